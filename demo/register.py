"""The ledger lines of the mails that opened or joined the cases of the past, and a few mails that are just in."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from backoffice.domain.mail_outcomes import MailOutcome
from backoffice.infra.runtime import Runtime
from backoffice.models.authorities import Authority
from backoffice.models.cases import Case, Message
from backoffice.models.mail import MailboxBookmark, MailRecord
from backoffice.queries import mail_ledger
from backoffice.services import moment
from channels.mail_kinds import Kind
from demo.arrivals import MAILBOX, TOWN_HALL

SORTED_AFTER = timedelta(seconds=2)


def write_past(session: Session, runtime: Runtime, authority: Authority) -> int:
    """Give every mail of the cases its line, in the order of arrival; answer how many."""
    seen: set[int] = set()
    lines = 0
    for message, case in mail_ledger.list_mails_of_cases(session, authority.id):
        session.add(_line(runtime, authority, message, case, opened=case.id not in seen, number=lines + 1))
        seen.add(case.id)
        lines += 1
    session.add(
        MailboxBookmark(authority_id=authority.id, mailbox=MAILBOX, received=lines, last_success_at=moment.now())
    )
    return lines


def drop_new(maildir: Path, reference: str, now: datetime) -> None:
    """Leave in the embedded mailbox what a town hall gets beside requests; the workers sort it as they start.

    `reference` is a case that a neighbour quotes: nothing proves that it is theirs, so an agent has to look.
    """
    for folder in ("tmp", "new", "cur"):
        (maildir / folder).mkdir(parents=True, exist_ok=True)
    for number, message in enumerate(_news(reference, now), 1):
        name = f"{int(now.timestamp())}.demo{number}.parvis"
        (maildir / "tmp" / name).write_bytes(message.as_bytes())
        (maildir / "tmp" / name).rename(maildir / "new" / name)


def _news(reference: str, now: datetime) -> Iterator[EmailMessage]:
    yield _mail(
        now - timedelta(minutes=25),
        "Paule Quéméner <paule.quemener@courriel.example>",
        f"Votre dossier {reference}",
        "Bonjour,\n\nMa voisine m'a donné ce numéro : j'ai le même souci au 14.\n\nMerci,\nP. Quéméner",
    )
    yield _mail(
        now - timedelta(minutes=18),
        "Sylvie Perrin <s.perrin@habitat-tilleuls.example>",
        "Absence du bureau : votre message",
        "Je suis absente jusqu'à lundi et lirai votre message à mon retour.",
        {"Auto-Submitted": "auto-replied", "X-Auto-Response-Suppress": "All"},
    )
    yield _mail(
        now - timedelta(minutes=7),
        "Infos Territoires <lettre@infos-territoires.example>",
        "La lettre de la semaine : subventions et calendrier",
        "Retrouvez nos articles de la semaine.",
        {
            "List-Id": "<lettre.infos-territoires.example>",
            "List-Unsubscribe": "<https://infos-territoires.example/stop>",
            "Precedence": "bulk",
        },
    )


def _mail(at: datetime, sender: str, subject: str, text: str, headers: Mapping[str, str] | None = None) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Subject"], message["Date"] = sender, TOWN_HALL, subject, at
    message["Message-ID"] = f"<{int(at.timestamp())}@{sender.rpartition('@')[2].rstrip('>')}>"
    for name, value in (headers or {}).items():
        message[name] = value
    message.set_content(text + "\n", cte="quoted-printable")
    return message


def _line(
    runtime: Runtime, authority: Authority, message: Message, case: Case, *, opened: bool, number: int
) -> MailRecord:
    settled_at = message.received_at + SORTED_AFTER
    return MailRecord(
        authority_id=authority.id,
        mailbox=MAILBOX,
        position=f"demo-{number}",
        raw_digest=message.raw_digest,
        size=len(runtime.storage.get(message.raw_digest)),
        received_at=message.received_at,
        received_on=message.received_at.astimezone(ZoneInfo(authority.timezone)).date(),
        recorded_at=message.received_at,
        dedupe_key=message.facts.get("message_id", "")[:255],
        only_key=message.source_id,
        sender=message.facts.get("from", ""),
        subject=message.subject,
        kind=Kind.REQUEST if opened else Kind.REPLY,
        outcome=MailOutcome.OPENED if opened else MailOutcome.JOINED,
        case_id=case.id,
        settled_at=settled_at,
    )
