"""The ledger of received mail: every message has one line, written with its raw bytes kept, and one outcome."""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from backoffice.domain.mail_outcomes import MailOutcome
from backoffice.errors import Conflict
from backoffice.infra.runtime import Runtime
from backoffice.models.authorities import Authority
from backoffice.models.mail import MailboxBookmark, MailRecord
from backoffice.models.people import Staff
from backoffice.queries import catalogue
from backoffice.queries import mail_ledger as queries
from backoffice.services import moment, outbox
from backoffice.services.outbox import Claim, JobKind
from backoffice.settings import MailboxSettings

# A worker that died while reading a mailbox leaves its turn to others after this; one that lives renews it meanwhile.
TURN = timedelta(seconds=30)
# A line that nobody sorted for so long lost its job (a database restored from a backup): it gets another.
FORGOTTEN_AFTER = timedelta(hours=1)
# The daily check looks for the raw files of as many lines, over as many days.
CHECKED_FILES, CHECKED_DAYS = 1000, 2
MOST_AT_ONCE = 1000
NOTHING = "Ce message est vide, ou son serveur ne peut pas le donner."
PLACED = (MailOutcome.OPENED, MailOutcome.JOINED)


class LostTurn(Conflict):
    """Another worker reads the mailbox: whatever this one was writing is undone."""

    sentence = "Cette boîte est lue par un autre processus."


@dataclass(frozen=True, slots=True)
class Turn:
    """The right to read a mailbox for now, and where its bookmark stands."""

    mailbox: str
    authority_id: int
    timezone: ZoneInfo
    token: str
    validity: int
    last_uid: int


@dataclass(frozen=True, slots=True)
class KeptMail:
    """A message whose bytes are safe in the storage; `fault` says why nobody should try to read it."""

    position: str
    digest: str
    size: int
    received_at: datetime
    uid: int = 0
    complete: bool = True
    fault: str = ""


def take_turn(session: Session, runtime: Runtime, mailbox: MailboxSettings) -> Turn | None:
    """Be the one who reads a mailbox; None while another worker does."""
    authority: Authority = catalogue.get_authority(session, mailbox.authority or runtime.settings.authority)
    now, token = moment.now(), secrets.token_hex(16)
    if not queries.hold_mailbox(session, authority.id, mailbox.code, now, now + TURN, token):
        return None
    bookmark = queries.find_bookmark(session, mailbox.code)
    assert bookmark is not None  # noqa: S101 (held just above)
    zone = ZoneInfo(authority.timezone)
    return Turn(mailbox.code, authority.id, zone, token, bookmark.uidvalidity, bookmark.last_uid)


def keep_turn(session: Session, turn: Turn) -> bool:
    """Go on reading for as long again; False when another worker took the turn."""
    return queries.write_bookmark(session, turn.mailbox, turn.token, held_until=moment.now() + TURN)


def take_in(session: Session, turn: Turn, mails: Sequence[KeptMail], validity: int) -> Turn:
    """Write the lines of new messages, promise their sorting and move the bookmark, all or nothing.

    A message that has its line already (the connection was cut before it was moved) changes nothing.
    """
    ids = queries.insert_lines(session, [_line(turn, mail) for mail in mails])
    new = [ids[mail.position] for mail in mails if mail.position in ids and not mail.fault]
    _promise_sorting(session, turn.authority_id, new)
    last_uid = max([mail.uid for mail in mails] + ([turn.last_uid] if validity == turn.validity else []), default=0)
    values = {"uidvalidity": validity, "last_uid": last_uid, "held_until": moment.now() + TURN}
    received = MailboxBookmark.received + len(ids)
    if not queries.write_bookmark(session, turn.mailbox, turn.token, received=received, **values):
        raise LostTurn
    return replace(turn, validity=validity, last_uid=last_uid)


def end_turn(session: Session, turn: Turn, error: str = "") -> None:
    """Let others read the mailbox, and say how it went."""
    now = moment.now()
    said = {"last_error": error, "last_error_at": now} if error else {"last_error": "", "last_success_at": now}
    queries.write_bookmark(session, turn.mailbox, turn.token, holder="", held_until=None, **said)


def settle(line: MailRecord, outcome: MailOutcome, reason: str = "", *, by: Staff | int | None = None) -> None:
    """Give a line (locked by the caller) its outcome; what a parked message said is not needed any more."""
    for name, value in settlement(outcome, reason).items():
        setattr(line, name, value)
    line.settled_by_id = by.id if isinstance(by, Staff) else by


def settlement(outcome: MailOutcome, reason: str = "", content: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What a line says of its outcome; `content` is what a parked message says, until a person places it."""
    said = dict(content or {})
    return {"outcome": outcome, "reason": reason[:2000], "settled_at": moment.now(), "content": said}


def sort_again(session: Session, line: MailRecord, *, as_request: bool = False) -> None:
    """Treat a message afresh from its raw bytes; `as_request` when a person says that a human being wrote it."""
    line.outcome, line.reason, line.settled_at, line.settled_by_id = MailOutcome.PENDING, "", None, None
    line.only_key, line.case_id, line.candidate_case_id, line.content = None, None, None, {}
    _promise_sorting(session, line.authority_id, [line.id], as_request=as_request)


def check(runtime: Runtime, claim: Claim) -> None:
    """The daily reckoning of every mailbox: received = sum of outcomes, and every raw file is where it should be."""
    with runtime.database.transaction() as session:
        outbox.keep(session, claim)
        before = moment.now() - FORGOTTEN_AFTER
        for line_id, authority_id in queries.list_forgotten(session, before, MOST_AT_ONCE):
            _promise_sorting(session, authority_id, [line_id])
        for bookmark in queries.list_bookmarks(session):
            bookmark.fault = _find_fault(session, runtime, bookmark)
            bookmark.checked_at = moment.now()


def _line(turn: Turn, mail: KeptMail) -> dict[str, object]:
    received_at = min(mail.received_at, moment.now())
    line: dict[str, object] = {
        "authority_id": turn.authority_id,
        "mailbox": turn.mailbox,
        "position": mail.position,
        "raw_digest": mail.digest,
        "size": mail.size,
        "complete": mail.complete,
        "received_at": received_at,
        "received_on": received_at.astimezone(turn.timezone).date(),
        "recorded_at": moment.now(),
        "outcome": MailOutcome.QUARANTINED if mail.fault else MailOutcome.PENDING,
        "reason": mail.fault,
        "content": {},
    }
    return line | dict.fromkeys(("dedupe_key", "sender", "subject", "kind"), "")


def _promise_sorting(session: Session, authority_id: int, line_ids: Iterable[int], *, as_request: bool = False) -> None:
    each = [{"record_id": line_id, "as_request": as_request} for line_id in line_ids]
    outbox.promise_each(session, JobKind.SORT_MAIL, each, authority_id=authority_id)


def _find_fault(session: Session, runtime: Runtime, bookmark: MailboxBookmark) -> str:
    faults = []
    lines = queries.count_lines(session, bookmark.mailbox)
    if bookmark.received != lines:
        faults.append(f"{bookmark.received} messages reçus pour {lines} lignes au registre.")
    nowhere = queries.count_placed_nowhere(session, bookmark.mailbox, PLACED)
    if nowhere:
        faults.append(f"{nowhere} messages classés sans dossier.")
    since = date.fromordinal(moment.now().date().toordinal() - CHECKED_DAYS)
    digests = queries.list_recent_digests(session, bookmark.mailbox, since, CHECKED_FILES)
    lost = sum(not runtime.storage.exists(digest) for digest in digests)
    if lost:
        faults.append(f"{lost} originaux manquent au stockage.")
    return " ".join(faults)
