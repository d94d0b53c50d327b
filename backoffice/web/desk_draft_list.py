"""« Mes brouillons »: what an agent has not finished at the desk, shown there and where their day begins."""

from dataclasses import dataclass
from datetime import datetime

from flask import url_for

from backoffice.domain.incoming import CHANNEL_LABELS, ChannelCode
from backoffice.domain.policy import Permission, allows
from backoffice.services import desk_drafts
from backoffice.web.current import actor, runtime

NAMELESS = "Sans nom"


@dataclass(frozen=True, slots=True)
class ShownDraft:
    """A line of the list."""

    key: str
    title: str
    channel: str
    saved_at: datetime
    url: str


def list_shown(but: str = "") -> list[ShownDraft]:
    """The drafts of the agent, the last touched first, without the one on the screen."""
    if not allows(actor(), Permission.CASE_RECORD):
        return []
    with runtime().database.reading() as session:
        return [
            ShownDraft(
                one.key,
                one.title or NAMELESS,
                CHANNEL_LABELS[ChannelCode(one.channel)],
                one.saved_at,
                url_for("desk_entry.counter", brouillon=one.key),
            )
            for one in desk_drafts.list_mine(session, actor())
            if one.key != but
        ]
