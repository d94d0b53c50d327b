"""The counter: an agent writes down what a visitor asks for."""

from backoffice.domain.incoming import ChannelCode, IncomingRequest
from channels import desk_form
from channels.base import Audience, Submission


class CounterEntry:
    """A visit."""

    code = ChannelCode.COUNTER
    audience = Audience.STAFF

    def normalise(self, raw: Submission) -> IncomingRequest:
        """The visitor's request, dated from the moment it was made."""
        return desk_form.normalise(self.code, raw)
