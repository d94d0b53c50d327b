"""By which door somebody comes to the desk: a visit, a call or a letter; the last one is remembered."""

from dataclasses import dataclass

from flask import session as browser
from flask import url_for

from backoffice.domain.incoming import CHANNEL_LABELS, ChannelCode
from backoffice.web.current import actor
from channels.http.filled_form import FilledForm

CHANNEL = "canal"
REMEMBERED = "desk_channel"


@dataclass(frozen=True, slots=True)
class Door:
    """What the screen says of a channel, and its address."""

    channel: ChannelCode
    endpoint: str
    title: str
    lead: str

    @property
    def url(self) -> str:
        """A blank screen of this door."""
        return url_for(self.endpoint)


DOORS = {
    one.channel: one
    for one in (
        Door(ChannelCode.COUNTER, "desk_entry.counter", "Une visite au guichet", "Le visiteur est devant vous."),
        Door(ChannelCode.PHONE, "desk_entry.phone", "Un appel", "La personne est au bout du fil."),
        Door(ChannelCode.LETTER, "desk_entry.counter", "Un courrier", "La lettre est sous vos yeux."),
    )
}
CHOICES = [(channel.value, CHANNEL_LABELS[channel]) for channel in DOORS]


def read(form: FilledForm) -> ChannelCode:
    """The channel that is chosen on the screen."""
    chosen = form.text(CHANNEL)
    return ChannelCode(chosen) if chosen in set(DOORS) else ChannelCode.COUNTER


def remember(channel: ChannelCode) -> None:
    """The next blank screen of this agent, in this browser, begins with this channel."""
    browser[REMEMBERED] = [actor().id, channel.value]


def remembered() -> ChannelCode:
    """The last channel of this agent in this browser; a visit before any."""
    staff_id, code = browser.get(REMEMBERED) or (None, "")
    return ChannelCode(code) if staff_id == actor().id and code in set(DOORS) else ChannelCode.COUNTER
