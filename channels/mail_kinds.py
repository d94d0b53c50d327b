"""Say what a received mail is: a person's request or reply, or a machine's bounce, answer, receipt, loop or spam.

Machine mail is filed, opens nothing and is never answered. In doubt a message is a person's.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from channels import bounces
from channels.bounces import Bounce
from channels.machine_phrases import (
    AUTO_SUBJECT,
    AUTO_TEXT,
    BOUNCE_SUBJECT,
    BOUNCE_TEXT,
    DAEMON_ADDRESS,
    DAEMON_NAME,
    FORWARD_SUBJECT,
    MAILER_DAEMON,
    NO_REPLY,
    RECEIPT_SUBJECT,
    REPLY_SUBJECT,
    WEAK_AUTO_SUBJECT,
)
from channels.mime import ParsedMail

_OPENING = 3000  # letters of text in which a machine introduces itself
_FML_ID = re.compile(r"^\d+\.FML", re.IGNORECASE)
_GREETING = 200  # letters within which an absence notice comes to the point
_AUTO_FIELD = re.compile(r"auto-?_?(?:repl|respon|answer|generat)|vacation")
_MESSAGE_CLASS = re.compile(r"IPM\.Note\.Rules\.(?:Oof|Reply)Template|Rules\.ReplyTemplate|OofTemplate", re.IGNORECASE)
_NDR_CLASS = re.compile(r"REPORT\.IPM\.Note\.(?:NDR|DR)|content-classes:dsn|\.NDR\b", re.IGNORECASE)
_BOUNCE_FIELDS = ("x-failed-recipients", "x-ms-exchange-message-is-ndr", "x-mx-bounce", "x-bounce-message", "x-ndr")
_NOTIFICATION = re.compile(
    r"\\?\"(?:notificationType|eventType)\\?\"\s*:\s*\\?\"(Bounce|Complaint|Delivery|DeliveryDelay)\\?\""
)
_REPLY_CODE = re.compile(
    r"(?<![\d.])(?:[45]\d\d[ -]+[45]\.\d\.\d|[45]\.\d\.\d{1,3}\b|\(#[45]\.\d\.\d\)|[45]\d\d[ -]\S+)"
)
_QUOTED_FIELDS = re.compile(r"^[ \t>]*(?:Received|Return-Path|Message-ID|Mime-Version): ", re.IGNORECASE | re.MULTILINE)


class Kind(StrEnum):
    """What a mail is. `request` and `reply` come from people, all others from machines."""

    REQUEST = "request"
    REPLY = "reply"
    BOUNCE = "bounce"
    COMPLAINT = "complaint"
    READ_RECEIPT = "read_receipt"
    AUTO_REPLY = "auto_reply"
    SPAM = "spam"
    LOOP = "loop"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A kind with the sign that decided it; `bounce` holds the details of delivery reports and complaints."""

    kind: Kind
    reason: str
    bounce: Bounce | None = None
    from_list: bool = False

    @property
    def is_human(self) -> bool:
        """True when a person wrote it."""
        return self.kind in (Kind.REQUEST, Kind.REPLY)

    @property
    def may_acknowledge(self) -> bool:
        """True when an automatic acknowledgement is polite: a person, not through a mailing list."""
        return self.is_human and not self.from_list


def is_forward(parsed: ParsedMail) -> bool:
    """True when the subject says that somebody passes a message on."""
    return FORWARD_SUBJECT.search(parsed.subject) is not None


def is_reply(parsed: ParsedMail) -> bool:
    """True when the message answers another one, known here or not."""
    return bool(parsed.in_reply_to or parsed.references) or REPLY_SUBJECT.match(parsed.subject) is not None


def kind(parsed: ParsedMail, own_addresses: Collection[str] = (), own_domain: str | None = None) -> Verdict:
    """What `parsed` is. `own_addresses` are our mailboxes and `own_domain` the right side of the Message-IDs we write."""
    sign = _loop_sign(parsed, own_addresses, own_domain)
    if sign:
        return Verdict(Kind.LOOP, sign)
    report_type = _report_type(parsed)
    if report_type == "feedback-report":
        return Verdict(Kind.COMPLAINT, "report-type=feedback-report", bounces.read(parsed))
    if report_type == "disposition-notification":
        return Verdict(Kind.READ_RECEIPT, "report-type=disposition-notification")
    is_auto_subject = AUTO_SUBJECT.match(parsed.subject) is not None
    sign = _bounce_sign(parsed, report_type, is_auto_subject=is_auto_subject)
    if sign:
        return Verdict(Kind.BOUNCE, sign, bounces.read(parsed))
    if parsed.return_path == "" and RECEIPT_SUBJECT.match(parsed.subject):
        return Verdict(Kind.READ_RECEIPT, "subject of a read receipt with a null envelope sender")
    sign = "automatic subject" if is_auto_subject else _auto_sign(parsed)
    if sign:
        return Verdict(Kind.AUTO_REPLY, sign)
    sign = _spam_sign(parsed)
    if sign:
        return Verdict(Kind.SPAM, sign)
    from_list = _is_from_list(parsed)
    if is_reply(parsed):
        return Verdict(Kind.REPLY, "answers another message", from_list=from_list)
    return Verdict(Kind.REQUEST, "first message", from_list=from_list)


def _loop_sign(parsed: ParsedMail, own_addresses: Collection[str], own_domain: str | None) -> str:
    own = {address.lower() for address in own_addresses}
    if own and parsed.sender.address.lower() in own:
        return "sent from our own address"
    if own and any(value.strip("<> ").lower() in own for value in parsed.headers.get("x-loop", ())):
        return "X-Loop names us"
    if own_domain and parsed.message_id and parsed.message_id.lower().endswith(f"@{own_domain.lower()}"):
        return "Message-ID written by us"
    return ""


def _report_type(parsed: ParsedMail) -> str:
    kinds = [media_type.partition("/")[2] for media_type, _ in parsed.reports]
    declared = parsed.type_parameters.get("report-type", "").lower()
    if "feedback-report" in (declared, *kinds):
        return "feedback-report"
    if "disposition-notification" in (declared, *kinds) and not any("delivery-status" in kind for kind in kinds):
        return "disposition-notification"
    if parsed.media_type == "multipart/report" or declared == "delivery-status" or kinds:
        return "delivery-status"
    return ""


def _bounce_sign(parsed: ParsedMail, report_type: str, *, is_auto_subject: bool) -> str:
    if report_type == "delivery-status":
        return "delivery report (RFC 3464)"
    headers = parsed.headers
    for name in _BOUNCE_FIELDS:
        if name in headers:
            return name
    if _NDR_CLASS.search(parsed.header("content-class")) or _NDR_CLASS.search(
        parsed.header("x-ms-exchange-organization-messageclass")
    ):
        return "message class of a non-delivery report"
    opening = parsed.text[:_OPENING]
    if opening.lstrip()[:1] == "{" and _NOTIFICATION.search(opening):
        return "notification of a mail service"
    if (
        is_auto_subject
        or (parsed.in_reply_to
        and not parsed.return_path == ""
        and "from" in headers
        and REPLY_SUBJECT.match(parsed.subject))
    ):
        return ""
    signs = _bounce_signs(parsed, opening)
    return ", ".join(name for name, _ in signs) if sum(weight for _, weight in signs) >= 4 else ""


def _bounce_signs(parsed: ParsedMail, opening: str) -> list[tuple[str, int]]:
    """Signs with their weight; four points make a bounce, so that no single word of a person does."""
    sender, signs = parsed.sender, list[tuple[str, int]]()
    is_daemon = bool(MAILER_DAEMON.search(sender.address) or MAILER_DAEMON.search(sender.name))
    if is_daemon:
        signs.append(("sent by a mailer daemon", 4))
    elif DAEMON_ADDRESS.match(sender.address) or DAEMON_NAME.search(sender.name):
        signs.append(("sent by a mail system", 2))
    elif not sender.address and not sender.name:
        signs.append(("no sender", 1))
    if BOUNCE_SUBJECT.match(parsed.subject):
        signs.append(("subject of a bounce", 2))
    if parsed.return_path == "" or MAILER_DAEMON.match(parsed.return_path or ""):
        signs.append(("null envelope sender", 1))
    if NO_REPLY.match(sender.address):
        signs.append(("sent by a machine", 1))
    if "x-mlserver" in parsed.headers or _FML_ID.search(parsed.message_id or ""):
        signs.append(("sent by a list server", 1))
    if not signs:
        return []
    if BOUNCE_TEXT.search(opening):
        is_subject_alone = [name for name, _ in signs] == ["subject of a bounce"]
        signs.append(("words of a bounce", 1 if is_subject_alone else 2))
    if _REPLY_CODE.search(opening):
        signs.append(("SMTP reply code", 1))
    if parsed.original is not None or _QUOTED_FIELDS.search(parsed.text):
        signs.append(("returned message", 1))
    return signs


def _auto_sign(parsed: ParsedMail) -> str:
    submitted = parsed.header("auto-submitted").split(";")[0].strip().lower()
    if submitted and submitted != "no":
        return f"Auto-Submitted: {submitted}"
    precedence = parsed.header("precedence").strip().lower()
    if precedence.replace("-", "_") in ("auto_reply", "autoreply") or "auto" in parsed.header("preference").lower():
        return "Precedence: auto_reply"
    for name, values in parsed.headers.items():
        if (
            _AUTO_FIELD.search(name)
            and name != "x-auto-response-suppress"
            and values[0].strip().lower() not in ("no", "false", "0", "none", "")
        ):
            return name
    for name in (
        "x-ms-exchange-messageclass",
        "x-ms-exchange-organization-messageclass",
        "x-messageclass",
        "x-ms-exchange-generated-message-source",
    ):
        if _MESSAGE_CLASS.search(parsed.header(name)) or "Mailbox Rules Agent" in parsed.header(name):
            return "message class of an automatic answer"
    if (
        "autoresponder" in parsed.header("x-post-messageclass").lower()
        or parsed.header("x-list-administrivia").lower() == "yes"
    ):
        return "written by an answering machine"
    suppress = parsed.header("x-auto-response-suppress").lower()
    if suppress.strip() == "all" or "oof" in suppress:
        return "X-Auto-Response-Suppress"
    is_machine = (
        parsed.return_path == "" or precedence in ("bulk", "junk") or NO_REPLY.match(parsed.sender.address) is not None
    )
    opening = parsed.text[: _OPENING // 3]
    if is_machine and "list-id" not in parsed.headers and AUTO_TEXT.search(opening):
        return "words of an automatic answer"
    if WEAK_AUTO_SUBJECT.match(parsed.subject) and AUTO_TEXT.search(opening[:_GREETING]) and "?" not in opening:
        return "subject and words of an automatic answer"
    return ""


def _spam_sign(parsed: ParsedMail) -> str:
    for name in ("x-spam-flag", "x-spam-status", "x-spam"):
        if parsed.header(name).strip().lower().startswith("yes"):
            return name
    return ""


def _is_from_list(parsed: ParsedMail) -> bool:
    return (
        "list-id" in parsed.headers
        or "list-unsubscribe" in parsed.headers
        or parsed.header("precedence").lower() in ("list", "bulk")
    )
