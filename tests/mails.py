"""Mails that people, machines and robots write, and a house that receives them."""

import os
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from sqlalchemy import select

from backoffice.infra.runtime import Runtime
from backoffice.models.cases import Case
from backoffice.models.jobs import Job
from backoffice.models.mail import MailRecord, OutgoingMail
from backoffice.services import taking_back
from backoffice.services.outbox import JobKind
from backoffice.settings import MailboxSettings
from tests.factories import numbers
from workers import jobs
from workers.inboxes import Inbox

ADDRESS = "demandes@saint-aubin.example"
JEANNE = "Jeanne Martin <jeanne.martin@courriel.example>"


def a_mail(
    text: str = "Bonjour, un trou profond s’est formé devant le 12 rue des Lilas.",
    *,
    files: Mapping[str, bytes] | None = None,
    html: str = "",
    **headers: str,
) -> bytes:
    """A mail by Jeanne Martin; headers are named with underscores: `In_Reply_To`, `Return_Path`."""
    message = EmailMessage()
    said = {
        "From": JEANNE,
        "To": ADDRESS,
        "Subject": "Trou dans la chaussée",
        "Date": "Tue, 3 Mar 2026 09:00:00 +0100",
        "Message_ID": f"<{next(numbers)}@courriel.example>",
    }
    for name, value in (said | headers).items():
        if value:
            message[name.replace("_", "-")] = value
    message.set_content(text)
    if html:
        message.add_alternative(html, subtype="html")
    for name, content in (files or {}).items():
        message.add_attachment(content, "application", "octet-stream", filename=name)
    return message.as_bytes()


def a_bounce(returned: OutgoingMail, *, action: str = "failed", status: str = "5.1.1") -> bytes:
    """What a mail server answers when it cannot deliver a mail of ours (RFC 3464)."""
    report = f"Reporting-MTA: dns; mx.courriel.example\n\nFinal-Recipient: rfc822; {returned.recipient}\n"
    report += f"Action: {action}\nStatus: {status}\nDiagnostic-Code: smtp; 550 {status} User unknown\n"
    lines = [
        "Return-Path: <>",
        "From: Mail Delivery Subsystem <mailer-daemon@courriel.example>",
        f"To: {returned.reply_to}",
        "Subject: Undelivered Mail Returned to Sender",
        f"Message-ID: <{next(numbers)}.dsn@courriel.example>",
        "Auto-Submitted: auto-replied",
        "MIME-Version: 1.0",
        'Content-Type: multipart/report; report-type=delivery-status; boundary="B"',
        "",
        "--B",
        "Content-Type: text/plain",
        "",
        "Your message could not be delivered.",
        "--B",
        "Content-Type: message/delivery-status",
        "",
        report,
        "--B",
        "Content-Type: text/rfc822-headers",
        "",
        f"Message-ID: <{returned.message_id}>",
        f"Subject: {returned.subject}",
        "",
        "--B--",
        "",
    ]
    return "\n".join(lines).encode()


def with_maildirs(runtime: Runtime, *codes: str, **changes: Any) -> Runtime:
    """The same house with these Maildirs to read (one called « demandes » when none is named)."""
    folder = runtime.settings.var_dir
    boxes = tuple(
        MailboxSettings(
            code, ADDRESS if code == "demandes" else f"{code}@saint-aubin.example", f"maildir://{folder}/{code}"
        )
        for code in codes or ("demandes",)
    )
    return replace(runtime, settings=replace(runtime.settings, mailboxes=boxes, **changes))


def deliver(runtime: Runtime, raw: bytes, code: str = "demandes", name: str = "") -> Path:
    """Put a message in a Maildir as a mail server does: whole, at once."""
    folder = runtime.settings.var_dir / code / "new"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / (name or f"{int(time.time())}.M{next(numbers)}.test")
    path.write_bytes(raw)
    settled = time.time() - 5
    os.utime(path, (settled, settled))
    return path


def read_all(runtime: Runtime) -> int:
    """Look once in every mailbox."""
    return sum(Inbox(runtime, mailbox).poll() for mailbox in runtime.settings.mailboxes)


def work_off(runtime: Runtime, *kinds: JobKind) -> None:
    """Keep every promise that is due (of these kinds, or all), and those that they call for.

    The seconds in which an answer may be taken back are over.
    """
    wanted = Job.kind.in_(kinds or list(JobKind))
    while True:
        with runtime.database.transaction() as session:
            waiting = session.scalars(select(Job).where(Job.state == "queued", Job.attempts == 0, wanted)).all()
            now = datetime.now(UTC)
            for job in waiting:
                job.due_at = min(job.due_at, now) if job.due_at - now <= taking_back.HOLD else job.due_at
            due = [job.id for job in waiting if job.due_at <= now]
        if not due:
            return
        for job_id in due:
            jobs.run(runtime, jobs.HANDLERS, job_id)


def receive(runtime: Runtime, *mails: bytes, code: str = "demandes") -> list[MailRecord]:
    """Deliver mails, read the mailbox, sort; the lines of the whole ledger."""
    for raw in mails:
        deliver(runtime, raw, code)
    read_all(runtime)
    work_off(runtime, JobKind.SORT_MAIL)
    return lines(runtime)


def lines(runtime: Runtime) -> list[MailRecord]:
    """The ledger, in order."""
    with runtime.database.reading() as session:
        return list(session.scalars(select(MailRecord).order_by(MailRecord.id)))


def outcomes(runtime: Runtime) -> list[str]:
    """What became of each message, in order."""
    return [line.outcome for line in lines(runtime)]


def cases(runtime: Runtime) -> list[Case]:
    """The cases, in order."""
    with runtime.database.reading() as session:
        return list(session.scalars(select(Case).order_by(Case.id)))


def sent(runtime: Runtime) -> list[OutgoingMail]:
    """The mails we wrote, in order."""
    with runtime.database.reading() as session:
        return list(session.scalars(select(OutgoingMail).order_by(OutgoingMail.id)))
