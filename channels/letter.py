"""The post: an agent writes down what a letter asks for, on the day it arrived."""

from dataclasses import dataclass, field, replace

from backoffice.domain.arrived_letters import Particulars
from backoffice.domain.incoming import ChannelCode, IncomingRequest
from channels import desk_form
from channels.base import Audience, Submission

LETTER = "letter"
"""Under this name, the facts of the message say what is noted of the letter."""


@dataclass(frozen=True, slots=True)
class LetterSubmission(Submission):
    """A letter as it was registered. `received_at` is an instant of its day of arrival, which alone counts."""

    particulars: Particulars = field(kw_only=True)


class Letter:
    """A letter that arrived."""

    code = ChannelCode.LETTER
    audience = Audience.STAFF

    def normalise(self, raw: LetterSubmission) -> IncomingRequest:
        """The request of whoever wrote, dated from the day the letter reached the building."""
        request = desk_form.normalise(self.code, raw)
        noted = raw.particulars
        return replace(
            request,
            received_on=noted.received_on,
            posted_on=noted.posted_on,
            facts={**request.facts, LETTER: noted.to_data()},
        )
