"""The mailboxes and their ledger: received, what became of it, what waits; no content, for those who read none."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from backoffice.domain import masked_mail, policy
from backoffice.domain.mail_outcomes import FILED, OUTCOME_LABELS, MailOutcome
from backoffice.domain.policy import Permission
from backoffice.domain.setting_screens import Screen
from backoffice.errors import BackofficeError, NotFound
from backoffice.models.mail import MailboxBookmark
from backoffice.queries import kept_mailboxes as kept_queries
from backoffice.queries import mail_ledger as queries
from backoffice.services import kept_mailboxes, parked_mail, setting_history
from backoffice.web.access import Audience, audience
from backoffice.web.current import actor, authority, runtime
from backoffice.web.pages import today_here

pages = Blueprint("mail_ledger", __name__, url_prefix="/agents/boites")

SHOWN_DAYS = 14
MOST_QUARANTINED = 100
# The columns of the balance: heading, outcomes counted there. Together they hold every outcome once.
COLUMNS: tuple[tuple[str, frozenset[MailOutcome]], ...] = (
    ("Dossiers ouverts", frozenset({MailOutcome.OPENED})),
    ("Rattachés", frozenset({MailOutcome.JOINED})),
    ("Déjà reçus", frozenset({MailOutcome.REPEATED})),
    ("Écartés", FILED),
    ("À trier", frozenset({MailOutcome.PARKED})),
    ("Quarantaine", frozenset({MailOutcome.QUARANTINED})),
    ("En attente", frozenset({MailOutcome.PENDING})),
)


@dataclass(frozen=True, slots=True)
class Row:
    """A day, or the whole life, of a mailbox: `cells` in the order of COLUMNS, their sum is `received`."""

    day: date | None
    received: int
    cells: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class MailboxView:
    """A mailbox as administrators see it; `bookmark` is None as long as it was never read."""

    code: str
    address: str
    bookmark: MailboxBookmark | None
    total: Row
    days: list[Row]
    waiting_since: datetime | None

    @property
    def balanced(self) -> bool:
        """Whether what was received equals the sum of outcomes, now and at the last check."""
        return self.bookmark is None or (self.bookmark.received == self.total.received and not self.bookmark.fault)


@pages.get("")
@audience(Audience.STAFF, Permission.MAIL_LEDGER_READ)
def show() -> ResponseReturnValue:
    """Every mailbox: balance, delay, last success, and what is in quarantine."""
    with runtime().database.reading() as session:
        boxes = [_view(session, code, address) for code, address in _codes(session).items()]
        quarantined = queries.list_lines(session, actor().authority_id, MailOutcome.QUARANTINED, MOST_QUARANTINED)
        read = {mailbox.code for mailbox in kept_mailboxes.list_of(session, runtime(), authority().code)}
        kept = {one.code for one in kept_queries.list_all(session, actor().authority_id)}
    return render_template(
        "mail/ledger.html",
        boxes=boxes,
        columns=[heading for heading, _ in COLUMNS],
        quarantined=quarantined,
        tested=read,
        kept=kept,
        filed_labels=[OUTCOME_LABELS[outcome] for outcome in MailOutcome if outcome in FILED],
    )


@pages.post("/<code>/tester")
@audience(Audience.STAFF, Permission.MAIL_LEDGER_READ)
def test(code: str) -> ResponseReturnValue:
    """Try each step of reading a mailbox, in a few seconds at most."""
    # The IMAP client: 3 MB in every process, for the one button that asks for it.
    from backoffice.infra.mailbox_check import MOST_SECONDS, Mark, check

    with runtime().database.reading() as session:
        boxes = kept_mailboxes.list_of(session, runtime(), authority().code)
        found = next((one for one in boxes if one.code == code), None)
        if found is None:
            raise NotFound("Cette boîte n’est pas configurée : elle n’est plus lue.")
        bookmark = queries.find_bookmark(session, code)
        mark = Mark(bookmark.uidvalidity, bookmark.last_uid) if bookmark is not None else Mark()
    steps = check(found, mark)
    return render_template(
        "mail/mailbox_test.html", mailbox=found, steps=steps, bookmark=bookmark, seconds=MOST_SECONDS
    )


@pages.get("/lignes/<int:line_id>/structure")
@audience(Audience.STAFF, Permission.MAIL_LEDGER_READ)
def structure(line_id: int) -> ResponseReturnValue:
    """The raw message of a line in quarantine as it is built, without what it says."""
    with runtime().database.reading() as session:
        line = queries.find_line(session, actor().authority_id, line_id)
    if line is None or line.outcome != MailOutcome.QUARANTINED:
        raise NotFound("Ce courriel n’est pas en quarantaine.")
    return render_template(
        "mail/structure.html",
        line=line,
        shown=masked_mail.mask(runtime().storage.get(line.raw_digest)),
        sorts_mail=policy.allows(actor(), Permission.MAIL_SORT),
    )


@pages.post("/lignes/<int:line_id>/relancer")
@audience(Audience.STAFF, Permission.MAIL_LEDGER_READ)
def replay(line_id: int) -> ResponseReturnValue:
    """Treat a mail in quarantine again, from its raw bytes."""
    try:
        with runtime().database.transaction() as session:
            parked_mail.replay(session, actor(), line_id)
            subject = f"Courriel n° {line_id}"
            setting_history.record(session, actor(), Screen.MAILBOXES, subject, {}, {}, act="Relancé")
        flash("Le courriel va être traité de nouveau, dans quelques secondes.", "success")
    except BackofficeError as fault:
        flash(fault.sentence, "error")
    return redirect(url_for("mail_ledger.show"), 303)


def _codes(session: Session) -> dict[str, str]:
    """The mailboxes of this authority: of the settings, of the screens, and those that were read before."""
    here = {one.code: one.address for one in kept_queries.list_all(session, actor().authority_id)}
    here |= {one.code: one.address for one in runtime().settings.mailboxes_of(authority().code)}
    read = {bookmark.mailbox: "" for bookmark in queries.list_bookmarks(session, actor().authority_id)}
    return read | here


def _view(session: Session, code: str, address: str) -> MailboxView:
    since = today_here() - timedelta(days=SHOWN_DAYS - 1)
    by_day: dict[date, Counter[str]] = {}
    for day, outcome, count in queries.balance(session, code, since):
        by_day.setdefault(day, Counter())[outcome] += count
    return MailboxView(
        code,
        address,
        queries.find_bookmark(session, code),
        _row(None, queries.totals(session, code)),
        [_row(day, counts) for day, counts in by_day.items()],
        queries.find_oldest_pending(session, code),
    )


def _row(day: date | None, counts: dict[str, int]) -> Row:
    cells = tuple(sum(counts.get(outcome, 0) for outcome in outcomes) for _, outcomes in COLUMNS)
    return Row(day, sum(counts.values()), cells)
