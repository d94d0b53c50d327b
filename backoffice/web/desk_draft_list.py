"""« Mes brouillons »: what an agent has not finished at the desk, shown there and where their day begins."""

from dataclasses import dataclass
from datetime import datetime

from flask import url_for

from backoffice.domain.arrived_letters import NATURE
from backoffice.domain.incoming import CHANNEL_LABELS, ChannelCode
from backoffice.domain.late_entry import LATE
from backoffice.domain.policy import Permission, allows
from backoffice.models.contacts import DeskDraft
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
                url_for(_screen_of(one), brouillon=one.key),
            )
            for one in desk_drafts.list_mine(session, actor())
            if one.key != but
        ]


def _screen_of(draft: DeskDraft) -> str:
    """The page of letters for a draft that says how its letter came, that of late sheets for one; else the desk's."""
    said = draft.content["fields"]
    if LATE in said:
        return "catch_up_entry.show"
    return "letter_entry.show" if NATURE in said else "desk_entry.counter"
