"""The telephone: an agent writes down what a caller asks for."""

from backoffice.domain.incoming import ChannelCode, IncomingRequest
from channels import desk_form
from channels.base import Audience, Submission


class PhoneLog:
    """A call."""

    code = ChannelCode.PHONE
    audience = Audience.STAFF

    def normalise(self, raw: Submission) -> IncomingRequest:
        """The caller's request, dated from the moment it was made."""
        return desk_form.normalise(self.code, raw)
