"""SELECTs on the history of administration."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from backoffice.domain.french import fold
from backoffice.models.authorities import SettingChange


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which changes are looked for: on these screens, by a person (0: anybody), in [since, until), of these words."""

    screens: Collection[str]
    staff_id: int = 0
    since: datetime | None = None
    until: datetime | None = None
    words: str = ""


def list_changes(session: Session, authority_id: int, screen: str, limit: int | None = None) -> list[SettingChange]:
    """What was done on a screen, the newest first."""
    mine = (SettingChange.authority_id == authority_id, SettingChange.screen == screen)
    return list(session.scalars(select(SettingChange).where(*mine).order_by(SettingChange.id.desc()).limit(limit)))


def page(session: Session, authority_id: int, wanted: Wanted, limit: int, offset: int) -> list[SettingChange]:
    """A page of what was done, the newest first."""
    query = select(SettingChange).where(*_asked(authority_id, wanted)).order_by(SettingChange.id.desc())
    return list(session.scalars(query.limit(limit).offset(offset)))


def count(session: Session, authority_id: int, wanted: Wanted) -> int:
    """How many there are."""
    counted = select(func.count()).select_from(SettingChange).where(*_asked(authority_id, wanted))
    return session.scalar(counted) or 0


def list_authors(session: Session, authority_id: int) -> list[tuple[int, str]]:
    """Who changed something, under their last name here, by name."""
    newest = func.max(SettingChange.id)
    mine = (SettingChange.authority_id == authority_id, SettingChange.staff_id.is_not(None))
    last = select(newest).where(*mine).group_by(SettingChange.staff_id)
    query = select(SettingChange.staff_id, SettingChange.author).where(SettingChange.id.in_(last))
    return [(row.staff_id, row.author) for row in session.execute(query.order_by(SettingChange.author)) if row.staff_id]


def _asked(authority_id: int, wanted: Wanted) -> list[ColumnElement[bool]]:
    asked = [SettingChange.authority_id == authority_id, SettingChange.screen.in_(list(wanted.screens))]
    if wanted.staff_id:
        asked.append(SettingChange.staff_id == wanted.staff_id)
    if wanted.since is not None:
        asked.append(SettingChange.at >= wanted.since)
    if wanted.until is not None:
        asked.append(SettingChange.at < wanted.until)
    if wanted.words:
        asked += [SettingChange.folded.contains(word, autoescape=True) for word in fold(wanted.words).split()]
    return asked
