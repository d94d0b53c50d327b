"""Mails out: threaded by every reader, answered by no robot; sent by SMTP, or written in a local outbox."""

import hashlib
import os
import re
import smtplib
import socket
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from email.errors import HeaderParseError
from email.header import Header
from email.headerregistry import Address, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, Policy
from email.utils import parseaddr
from html import escape
from pathlib import Path
from typing import NamedTuple, Protocol

from backoffice.domain import delivery_failures
from backoffice.errors import Invalid, Unavailable
from backoffice.infra.smtp_connections import connection
from backoffice.infra.typesetting import one_line
from backoffice.settings import Settings

TOO_BIG = 552
# Every mail says who wrote it (RFC 3834 §5.1).
AUTOMATIC, BY_A_PERSON = "auto-replied", "no"
MOST_REFERENCES = 20
LINKED_TITLE = "Fichiers à télécharger"
LINKED = "Ces fichiers sont trop lourds pour un courriel. Leurs liens ouvrent jusqu’au {until}."
TRIED_AGAIN = " L’envoi sera retenté."

_ENHANCED_CODE = re.compile(r"\b5\.\d{1,3}\.\d{1,3}\b")
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f<>,;]")
# Letters of RFC 5322 alone, and short enough for every table: a stranger's Message-ID may hold anything.
_MESSAGE_ID = re.compile(r"<([!-;=?A-~]{1,125}@[!-;=?A-~]{1,125})>|([!-;=?A-~]{1,125}@[!-;=?A-~]{1,125})")


class _IdentifiersHeader(UnstructuredHeader):
    """One identifier a line, each whole, the first beside the name: Python would fold before or within it."""

    def fold(self, *, policy: Policy) -> str:
        return f"{self.name}: {f'{policy.linesep} '.join(str(self).split())}{policy.linesep}"  # type: ignore[attr-defined]


class _SubjectHeader(UnstructuredHeader):
    """Written in encoded words from end to end, or in none: Python would encode some words and lose spaces between."""

    def fold(self, *, policy: Policy) -> str:
        charset = "us-ascii" if str(self).isascii() else "utf-8"
        folded = Header(str(self), charset, header_name=self.name).encode(linesep=policy.linesep)  # type: ignore[attr-defined]
        return f"{self.name}: {folded}{policy.linesep}"  # type: ignore[attr-defined]


# Left to itself, Python folds a long In-Reply-To into encoded words, which no mail reader threads, and leaves nothing
# but the name on the first line of a Message-ID, which some relays take for an empty field and replace.
_HEADERS = HeaderRegistry()
for _name in ("message-id", "in-reply-to", "references"):
    _HEADERS.map_to_type(_name, _IdentifiersHeader)  # type: ignore[arg-type]
_HEADERS.map_to_type("subject", _SubjectHeader)  # type: ignore[arg-type]
_POLICY = SMTP.clone(header_factory=_HEADERS)


class Refused(Invalid):
    """The mail will never leave: a wrong address, or an answer of the server that no later attempt can change."""

    title = "Courriel refusé"
    sentence = "Ce courriel ne peut pas être envoyé : l’adresse du destinataire est incorrecte."


class Deferred(Unavailable):
    """The server does not answer, or asks to come back: the same mail may leave later."""


class Mail(Protocol):
    """What a message is composed of: a row of the mails we owe, read only."""

    @property
    def recipient(self) -> str:
        """One address."""

    @property
    def sender(self) -> str:
        """Our address, with or without a name: `Ville de Saint-Aubin <demandes@…>`."""

    @property
    def subject(self) -> str:
        """One line."""

    @property
    def text(self) -> str:
        """The words, for every reader."""

    @property
    def html(self) -> str:
        """The same words laid out, or nothing."""

    @property
    def message_id(self) -> str:
        """Our keyed Message-ID, without its angle brackets."""

    @property
    def in_reply_to(self) -> str:
        """The Message-ID that is answered, or nothing."""

    @property
    def thread(self) -> str:
        """The Message-IDs exchanged before, oldest first, one a line; the one that is answered may stand there too."""

    @property
    def reply_to(self) -> str:
        """The signed address of the case, or nothing."""

    @property
    def automatic(self) -> bool:
        """Whether a machine, not a person, writes."""

    @property
    def created_at(self) -> datetime:
        """When it was written."""


class Enclosure(NamedTuple):
    """A file that somebody sent us and that goes on as it came; `media_type` is what its bytes are."""

    name: str
    media_type: str
    content: bytes


class Linked(NamedTuple):
    """A file too heavy to travel: its name, and the address that opens it, until that day (in words)."""

    name: str
    url: str
    until: str


def compose(
    mail: Mail,
    attached: list[tuple[str, bytes]],
    enclosed: Iterable[Enclosure] = (),
    linked: Sequence[Linked] = (),
) -> EmailMessage:
    """The message of a mail, with its PDF files (name, content), the files that it passes on, and links to the others.

    Line breaks and control characters never reach a header. Raises Refused for an address that nobody can have.
    """
    message = EmailMessage(policy=_POLICY)
    name, sender = parseaddr(one_line(mail.sender))
    message["From"] = _address(sender, name)
    message["To"] = _address(mail.recipient.strip())
    message["Subject"] = one_line(mail.subject)
    message["Date"] = mail.created_at
    message["Message-ID"] = f"<{one_line(mail.message_id)}>"
    _thread(message, mail)
    if mail.reply_to:
        message["Reply-To"] = _address(mail.reply_to)
    message["X-Loop"] = sender
    message["Auto-Submitted"] = AUTOMATIC if mail.automatic else BY_A_PERSON
    if mail.automatic:
        message["X-Auto-Response-Suppress"] = "All"
    message.set_content(_with_links(mail.text, linked), cte="quoted-printable")
    if mail.html:
        message.add_alternative(_with_html_links(mail.html, linked), subtype="html", cte="quoted-printable")
    for file_name, content in attached:
        message.add_attachment(content, "application", "pdf", filename=_file_name(file_name))
    for one in enclosed:
        kind, _, subtype = one.media_type.partition("/")
        # What has a structure of its own (a mail in a mail) travels as bytes, never opened on the way.
        known = kind in {"application", "image", "text", "audio", "video"} and subtype.isascii() and subtype
        family, precise = (kind, subtype) if known and kind != "text" else ("application", "octet-stream")
        message.add_attachment(one.content, family, precise, filename=_file_name(one.name))
    _name_boundaries(message)
    return message


def list_message_ids(text: str) -> list[str]:
    """The Message-IDs of a text, each once, without brackets: whole ASCII words of at most 251 letters, no other."""
    found = (_MESSAGE_ID.fullmatch(word) for word in text.split())
    return list(dict.fromkeys(one[1] or one[2] for one in found if one is not None))


def _thread(message: EmailMessage, mail: Mail) -> None:
    """In-Reply-To names the mail that is answered, References the whole conversation up to it (RFC 5322 §3.6.4)."""
    answered = list_message_ids(mail.in_reply_to)[:1]
    if not answered:
        return
    before = [found for found in list_message_ids(mail.thread) if found != answered[0]]
    message["In-Reply-To"] = f"<{answered[0]}>"
    # Readers look at the first ones and at the last ones: what is too long loses its middle.
    kept = before if len(before) < MOST_REFERENCES else [before[0], *before[2 - MOST_REFERENCES :]]
    message["References"] = " ".join(f"<{one}>" for one in (*kept, answered[0]))


def _name_boundaries(message: EmailMessage) -> None:
    """Boundaries that follow from the Message-ID: the same mail tried again is the same bytes."""
    mark = hashlib.sha256(str(message["Message-ID"]).encode()).hexdigest()[:24]
    for number, part in enumerate(message.walk()):
        if part.is_multipart():
            part.set_boundary(f"=_{mark}.{number}")


def _with_links(text: str, linked: Sequence[Linked]) -> str:
    """The text, and above its signature the addresses of the files that do not fit in the mail."""
    if not linked:
        return text
    lines = [f"- {one_line(one.name)} : {one.url}" for one in linked]
    said = "\n".join([LINKED_TITLE.upper(), "", LINKED.format(until=linked[0].until), "", *lines])
    body, mark, signature = text.rpartition("\n-- \n")
    return f"{body}\n{said}\n{mark}{signature}" if mark else f"{text.rstrip()}\n\n{said}\n"


def _with_html_links(html: str, linked: Sequence[Linked]) -> str:
    if not linked:
        return html
    items = "".join(f'<li><a href="{escape(one.url)}">{escape(one_line(one.name))}</a></li>' for one in linked)
    said = f"<h2>{escape(LINKED_TITLE)}</h2><p>{escape(LINKED.format(until=linked[0].until))}</p><ul>{items}</ul>"
    body, end, rest = html.rpartition("</main>") if "</main>" in html else html.rpartition("</body>")
    return f"{body}{said}{end}{rest}" if end else html + said


def _file_name(name: str) -> str:
    return one_line(name).replace("/", "-")


def send(settings: Settings, message: EmailMessage) -> None:
    """Hand the message to the SMTP server of the settings, or write it as a file in the local outbox.

    Raises Deferred when trying later may work, Refused when it cannot.
    """
    if not settings.smtp_url:
        _keep(settings.outbox_dir, message)
        return
    recipient, sender = message["To"].addresses[0].addr_spec, envelope_sender(settings, message)
    with _translated(), connection(settings.smtp_url) as server:
        server.ehlo_or_helo_if_needed()
        # A notice in the form of RFC 3464, with the headers alone: what came back is then read without guessing.
        asked = server.has_extn("dsn") and bool(sender)
        options = ["RET=HDRS"] if asked else []
        server.send_message(message, sender, [recipient], options, ["NOTIFY=FAILURE,DELAY"] if asked else [])


def envelope_sender(settings: Settings, message: EmailMessage) -> str:
    """Where a bounce goes: to the signed reply address of the case, which says by itself what bounced.

    An automatic mail without one has the null sender (RFC 3834): nobody answers it.
    """
    if message["Reply-To"]:
        return str(message["Reply-To"].addresses[0].addr_spec)
    return "" if message["Auto-Submitted"] == AUTOMATIC else settings.mail_from


def _address(address: str, name: str = "") -> Address:
    """An address for a header, its domain in the form that DNS knows."""
    local, _, domain = address.rpartition("@")
    if not local or not domain or _FORBIDDEN.search(address):
        raise Refused
    try:
        return Address(name, addr_spec=f"{local}@{domain.encode('idna').decode('ascii')}")
    except (ValueError, IndexError, HeaderParseError) as fault:
        raise Refused from fault


@contextmanager
def _translated() -> Iterator[None]:
    """Sort the failures of SMTP: what concerns this very mail and is final is Refused, the rest may pass later."""
    try:
        yield
    except smtplib.SMTPRecipientsRefused as fault:
        code, answer = next(iter(fault.recipients.values()))
        raise _failure(code, answer, final=code >= 500) from fault
    except smtplib.SMTPResponseException as fault:
        about_this_mail = isinstance(fault, smtplib.SMTPDataError) or fault.smtp_code == TOO_BIG
        raise _failure(fault.smtp_code, fault.smtp_error, final=about_this_mail and fault.smtp_code >= 500) from fault
    except (smtplib.SMTPException, OSError) as fault:
        raise Deferred(f"Le serveur de messagerie {_silence(fault)}.{TRIED_AGAIN}") from fault


def _silence(fault: Exception) -> str:
    """What a server that gave no answer did, in words that an agent reads on the page of the case."""
    match fault:
        case smtplib.SMTPServerDisconnected():
            return "a coupé la conversation"
        case TimeoutError():
            return "met trop de temps à répondre"
        case ConnectionRefusedError():
            return "refuse la connexion"
        case socket.gaierror():
            return "est introuvable sous le nom réglé"
    return f"ne répond pas ({fault})"


def _failure(code: int, answer: bytes | str, *, final: bool) -> Refused | Deferred:
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    said = one_line(f"{code} {text}", 300)
    if final:
        enhanced = _ENHANCED_CODE.search(said)
        why = delivery_failures.explain(enhanced[0] if enhanced else "", said)
        return Refused(f"Le serveur de messagerie refuse définitivement ce courriel : {why}")
    return Deferred(f"Le serveur de messagerie n’a pas pris ce courriel : {said}.{TRIED_AGAIN}")


def _keep(folder: Path, message: EmailMessage) -> None:
    """Write the mail whole or not at all; written again, it replaces itself."""
    folder.mkdir(parents=True, exist_ok=True)
    sent_at = message["Date"].datetime
    name = re.sub(r"[^A-Za-z0-9.@_-]", "_", message["Message-ID"].strip("<>"))[:150]
    descriptor, draft = tempfile.mkstemp(dir=folder, prefix=".draft-")
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(message.as_bytes())
            stream.flush()
            os.fsync(stream.fileno())
        Path(draft).rename(folder / f"{sent_at:%Y%m%dT%H%M%S}-{name}.eml")
    finally:
        Path(draft).unlink(missing_ok=True)
