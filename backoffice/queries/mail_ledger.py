"""SELECTs and conditional writes on the ledger of received mail and on the bookmarks of mailboxes."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import CursorResult, Row, and_, bindparam, exists, func, literal_column, or_, select, update
from sqlalchemy.orm import Session, joinedload

from backoffice.domain.incoming import ChannelCode
from backoffice.domain.mail_outcomes import MailOutcome
from backoffice.domain.policy import Actor
from backoffice.infra.database import table_of
from backoffice.models.authorities import Authority
from backoffice.models.cases import Case, Message
from backoffice.models.files import ReceivedFile
from backoffice.models.mail import FOR_A_PERSON, WAITING_FOR_A_PERSON, KeptMailbox, MailboxBookmark, MailRecord
from backoffice.queries.cases import visible_to
from backoffice.queries.once import insert_each_once, insert_once

# Building a statement costs more than running it: those of every message are built once.
# What makes no object of a row is asked of the table.
_LINES = table_of(MailRecord)
_KEPT, _THEIRS = table_of(KeptMailbox), table_of(Authority)
# The mailboxes of the screens change at any time: what sorting must know of them comes with the line.
_PENDING = (
    select(
        _LINES.c.mailbox, _LINES.c.raw_digest, _LINES.c.size, _LINES.c.complete, _LINES.c.received_at,
        _THEIRS.c.code.label("authority"), _KEPT.c.procedure_code.label("kept_procedure"),
        select(func.aggregate_strings(_KEPT.c.address, " "))
        .where(_KEPT.c.active)
        .correlate(None)
        .scalar_subquery()
        .label("kept_addresses"),
    )
    .join_from(_LINES, _THEIRS, _THEIRS.c.id == _LINES.c.authority_id)
    # One that is suspended too: what it gave before is still about its procedure.
    .outerjoin(_KEPT, and_(_KEPT.c.code == _LINES.c.mailbox, _KEPT.c.authority_id == _THEIRS.c.id))
    .where(_LINES.c.id == bindparam("line_id"), _LINES.c.outcome == MailOutcome.PENDING)
)  # fmt: skip
_LOCKED = (
    select(MailRecord)
    .where(MailRecord.id == bindparam("line_id"))
    .with_for_update()
    .execution_options(populate_existing=True)
)
_SAME = _LINES.alias("same")
_HELD = (
    select(
        _LINES.c.id, _LINES.c.authority_id, _LINES.c.size, _LINES.c.complete,
        _SAME.c.id.label("same_id"), _SAME.c.only_key, _SAME.c.case_id, _SAME.c.candidate_case_id,
    )
    .outerjoin_from(
        _LINES,
        _SAME,
        and_(
            _SAME.c.authority_id == _LINES.c.authority_id,
            _SAME.c.dedupe_key == bindparam("dedupe_key"),
            _SAME.c.only_key.is_not(None),
        ),
    )
    .where(_LINES.c.id == bindparam("line_id"), _LINES.c.outcome == MailOutcome.PENDING)
    .order_by(_SAME.c.id)
    .with_for_update(of=_LINES)
)  # fmt: skip
_SETTLE = update(_LINES).where(_LINES.c.id == bindparam("line_id"))


def hold_mailbox(session: Session, authority_id: int, mailbox: str, now: datetime, until: datetime, token: str) -> bool:
    """Take the turn to read a mailbox with one conditional UPDATE; False while somebody else has it."""
    free = or_(MailboxBookmark.held_until.is_(None), MailboxBookmark.held_until < now)
    taken = update(MailboxBookmark).where(MailboxBookmark.mailbox == mailbox, free)
    values = taken.values(holder=token, held_until=until, authority_id=authority_id)
    if _count(session, values):
        return True
    if find_bookmark(session, mailbox) is not None:
        return False
    insert_once(session, MailboxBookmark, ("mailbox",), authority_id=authority_id, mailbox=mailbox)
    return _count(session, values) == 1


def write_bookmark(session: Session, mailbox: str, token: str, **values: Any) -> bool:
    """Change the bookmark of a mailbox that we hold; False when another worker took its turn."""
    held = update(MailboxBookmark).where(MailboxBookmark.mailbox == mailbox, MailboxBookmark.holder == token)
    return _count(session, held.values(**values)) == 1


def find_bookmark(session: Session, mailbox: str) -> MailboxBookmark | None:
    """How far a mailbox was read."""
    return session.scalar(select(MailboxBookmark).where(MailboxBookmark.mailbox == mailbox))


def list_bookmarks(session: Session, authority_id: int | None = None) -> list[MailboxBookmark]:
    """The mailboxes that were ever read, of one authority or of all."""
    query = select(MailboxBookmark).order_by(MailboxBookmark.mailbox)
    return list(session.scalars(query if authority_id is None else query.filter_by(authority_id=authority_id)))


def insert_lines(session: Session, lines: Sequence[dict[str, Any]]) -> dict[str, int]:
    """Write the lines whose place in the mailbox is new, and give their ids by place; the others are there already."""
    written = insert_each_once(session, MailRecord, ("mailbox", "position"), lines, "position", "id")
    return {row.position: row.id for row in written}


def find_pending(session: Session, line_id: int) -> Row[Any] | None:
    """A line that is still to be sorted: (mailbox, raw_digest, size, complete, received_at, authority).

    With it, when its mailbox is one of the screens, `kept_procedure`; and the addresses of all of them.
    """
    return session.execute(_PENDING, {"line_id": line_id}).first()


def claim_pending(session: Session, line_id: int, dedupe_key: str) -> list[Row[Any]]:
    """A line that is still to be sorted, locked, once for each line already sorted under this Message-ID, or alone.

    (id, authority_id, size, complete) are its own; (same_id, only_key, case_id, candidate_case_id) those of the other.
    """
    return list(session.execute(_HELD, {"line_id": line_id, "dedupe_key": dedupe_key}))


def settle_line(session: Session, line_id: int, **values: Any) -> None:
    """Write what became of a line that is claimed."""
    session.execute(_SETTLE, values | {"line_id": line_id})


def claim_line(session: Session, line_id: int) -> MailRecord | None:
    """One line, locked: of two who would settle it, the second sees what the first did."""
    return session.scalar(_LOCKED, {"line_id": line_id})


def find_line(session: Session, authority_id: int, line_id: int) -> MailRecord | None:
    """One line of an authority, as those who keep the mailboxes see it."""
    line = session.get(MailRecord, line_id)
    return line if line is not None and line.authority_id == authority_id else None


def list_mails_of_cases(session: Session, authority_id: int) -> list[tuple[Message, Case]]:
    """Every mail that opened or joined a case, with that case, in the order of arrival."""
    query = (
        select(Message, Case)
        .join(Case, Case.id == Message.case_id)
        .where(Message.authority_id == authority_id, Message.channel == ChannelCode.EMAIL, Message.direction == "in")
        .order_by(Message.received_at, Message.id)
    )
    return [(row[0], row[1]) for row in session.execute(query)]


def find_visible_line(session: Session, actor: Actor, line_id: int) -> tuple[MailRecord, Case | None] | None:
    """A line with the case or candidate it concerns, if the actor may know of that case."""
    line = session.get(MailRecord, line_id)
    if line is None or line.authority_id != actor.authority_id:
        return None
    case_id = line.case_id or line.candidate_case_id
    if case_id is None:
        return line, None
    case = session.scalar(visible_to(actor, select(Case).where(Case.id == case_id)))
    return (line, case) if case is not None else None


def visible_lines(actor: Actor, outcomes: Iterable[MailOutcome]) -> tuple[Any, ...]:
    """The tests of the lines with these outcomes whose case or candidate the actor may know of."""
    known = visible_to(actor, select(Case.id).where(Case.id == _CONCERNED)).correlate(MailRecord)
    mine, wanted = MailRecord.authority_id == actor.authority_id, frozenset(outcomes)
    # Written out, not bound: the index of these lines alone is only chosen when the planner sees its very test.
    among_few: Any = literal_column(f"{MailRecord.__tablename__}.{FOR_A_PERSON.text}")
    few = [among_few] if wanted.issubset(WAITING_FOR_A_PERSON) else []
    return mine, *few, MailRecord.outcome.in_(sorted(wanted)), or_(_CONCERNED.is_(None), known.exists())


def list_visible(
    session: Session, actor: Actor, outcomes: Iterable[MailOutcome], limit: int, *, newest_first: bool = False
) -> list[tuple[MailRecord, Case | None]]:
    """The lines with these outcomes whose case or candidate the actor may know of, each with that case."""
    query = (
        select(MailRecord, Case)
        .outerjoin(Case, Case.id == _CONCERNED)
        .options(joinedload(Case.citizen), joinedload(Case.department))
        .where(*visible_lines(actor, outcomes))
        .order_by(MailRecord.id.desc() if newest_first else MailRecord.id)
    )
    return [(row[0], row[1]) for row in session.execute(query.limit(limit))]


def count_visible(session: Session, actor: Actor, outcomes: Iterable[MailOutcome]) -> int:
    """How many there are of them."""
    return session.scalar(select(func.count()).select_from(MailRecord).where(*visible_lines(actor, outcomes))) or 0


def balance(session: Session, mailbox: str, since: date | None = None) -> list[tuple[date, str, int]]:
    """(day, outcome, lines) of a mailbox, newest day first."""
    counted = select(MailRecord.received_on, MailRecord.outcome, func.count()).where(MailRecord.mailbox == mailbox)
    if since is not None:
        counted = counted.where(MailRecord.received_on >= since)
    grouped = counted.group_by(MailRecord.received_on, MailRecord.outcome).order_by(MailRecord.received_on.desc())
    return [(row[0], row[1], row[2]) for row in session.execute(grouped)]


def totals(session: Session, mailbox: str) -> dict[str, int]:
    """The lines of a mailbox by outcome, since the first one."""
    counted = select(MailRecord.outcome, func.count()).where(MailRecord.mailbox == mailbox)
    return {row[0]: row[1] for row in session.execute(counted.group_by(MailRecord.outcome))}


def find_oldest_pending(session: Session, mailbox: str) -> datetime | None:
    """Since when the oldest line of a mailbox waits to be sorted; None when none does."""
    waiting = (MailRecord.mailbox == mailbox, MailRecord.outcome == MailOutcome.PENDING)
    return session.scalar(select(MailRecord.recorded_at).where(*waiting).order_by(MailRecord.id).limit(1))


def count_lines(session: Session, mailbox: str) -> int:
    """The lines of a mailbox."""
    counted = select(func.count()).select_from(MailRecord).where(MailRecord.mailbox == mailbox)
    return session.scalar(counted) or 0


def list_lines(session: Session, authority_id: int, outcome: MailOutcome, limit: int) -> list[MailRecord]:
    """The oldest lines with this outcome, as those who may not read them see them."""
    mine = (MailRecord.authority_id == authority_id, MailRecord.outcome == outcome)
    return list(session.scalars(select(MailRecord).where(*mine).order_by(MailRecord.id).limit(limit)))


def list_forgotten(session: Session, before: datetime, limit: int) -> list[tuple[int, int]]:
    """(id, authority) of the lines recorded before this instant that nobody sorted, oldest first."""
    forgotten = (MailRecord.outcome == MailOutcome.PENDING, MailRecord.recorded_at < before)
    query = select(MailRecord.id, MailRecord.authority_id).where(*forgotten).order_by(MailRecord.id).limit(limit)
    return [(row[0], row[1]) for row in session.execute(query)]


def list_recent_digests(session: Session, mailbox: str, since: date, limit: int) -> list[str]:
    """The raw files of the newest lines since a day, but for those of a virus that an administrator erased."""
    erased = exists().where(ReceivedFile.digest == MailRecord.raw_digest, ReceivedFile.erased_at.is_not(None))
    recent = (MailRecord.mailbox == mailbox, MailRecord.received_on >= since, ~erased)
    query = select(MailRecord.raw_digest).where(*recent).order_by(MailRecord.id.desc()).limit(limit)
    return list(session.scalars(query))


def count_placed_nowhere(session: Session, mailbox: str, placed: Iterable[MailOutcome]) -> int:
    """Lines that say they are in a case and name none."""
    said = (MailRecord.mailbox == mailbox, MailRecord.outcome.in_(list(placed)), MailRecord.case_id.is_(None))
    return session.scalar(select(func.count()).select_from(MailRecord).where(*said)) or 0


_CONCERNED = func.coalesce(MailRecord.case_id, MailRecord.candidate_case_id)


def _count(session: Session, statement: Any) -> int:
    done = session.execute(statement.execution_options(synchronize_session=False))
    return cast("CursorResult[Any]", done).rowcount
