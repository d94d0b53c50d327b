"""Find the signs by which a mail shows that a machine wrote it: header fields first, words last."""

import re
from collections.abc import Callable

from channels.machine_phrases import (
    ABSENT_TEXT,
    AUTO_SUBJECT,
    AUTO_TEXT,
    BOUNCE_SUBJECT,
    BOUNCE_SUBJECT_END,
    BOUNCE_TEXT,
    CHALLENGE_TEXT,
    DAEMON_ADDRESS,
    DAEMON_NAME,
    INSTEAD_TEXT,
    MACHINE_TEXT,
    MAILER_DAEMON,
    NO_REPLY,
    REACHABLE_TEXT,
    REPLY_SUBJECT,
    WEAK_AUTO_SUBJECT,
)
from channels.mime import ParsedMail

_OPENING = 3000  # letters of text in which a mail system says what happened
_AUTO_OPENING = 1000  # letters in which an answering machine introduces itself
_OWN_OPENING = 600  # letters in which it says so without its subject's help
_QUOTATION = re.compile(
    r"^\s*(?:>|-{2,}|_{5,}|(?:De|From|Von|Da)\s*:)|(?:a\s+[ée]crit|wrote|schrieb)\b.{0,80}:\s*$", re.MULTILINE
)
# What somebody else said, told between quotation marks.
_SAID = re.compile(r"«[^»]{0,300}»|“[^”]{0,300}”|\"[^\"\n]{0,300}\"")
_GREETING = 200  # letters within which an absence notice comes to the point
_BOUNCE_POINTS = 4
_FML_ID = re.compile(r"^\d+\.FML", re.IGNORECASE)
_AUTO_FIELD = re.compile(r"auto-?_?(?:repl|respon|answer|generat)|vacation")
_MESSAGE_CLASS = re.compile(r"Rules\.(?:Oof|Reply)Template|OofTemplate|Mailbox Rules Agent", re.IGNORECASE)
_NDR_CLASS = re.compile(r"REPORT\.IPM\.Note\.(?:NDR|DR)|content-classes:dsn|\.NDR\b", re.IGNORECASE)
_BOUNCE_FIELDS = ("x-failed-recipients", "x-ms-exchange-message-is-ndr", "x-mx-bounce", "x-bounce-message", "x-ndr")
_NDR_CLASS_FIELDS = ("content-class", "x-ms-exchange-organization-messageclass")
_CLASS_FIELDS = (
    "x-ms-exchange-messageclass",
    "x-ms-exchange-organization-messageclass",
    "x-messageclass",
    "x-ms-exchange-generated-message-source",
)
_NOTIFICATION = re.compile(
    r"\\?\"(?:notificationType|eventType)\\?\"\s*:\s*\\?\"(Bounce|Complaint|Delivery|DeliveryDelay)\\?\""
)
_COMPLAINT_SUBJECT = re.compile(
    r"\s*(?:complaint about message|(?:e-?mail )?feedback report|abuse report)", re.IGNORECASE
)
_REPLY_CODE = re.compile(
    r"(?<![\d.])(?:[45]\d\d[ -]+[45]\.\d\.\d|[45]\.\d\.\d{1,3}\b|\(#[45]\.\d\.\d\)|[45]\d\d[ -]\S+)"
)
# Vade, the filter of many French hosts, writes X-VR-*; OVH sums it up in a field of its own; Exchange gives a level, of
# which only the highest says that no person should read it.
_SPAM_FIELDS = {
    "x-spam-flag": "yes",
    "x-spam-status": "yes",
    "x-spam": "yes",
    "x-vr-spamstate": "spam",
    "x-ovh-spam-status": "spam",
    "x-spamexperts-class": "spam",
    "x-ms-exchange-organization-scl": "9",
}
_QUOTED_FIELDS = re.compile(r"^[ \t>]*(?:Received|Return-Path|Message-ID|Mime-Version): ", re.IGNORECASE | re.MULTILINE)


def find_report_type(parsed: ParsedMail) -> str:
    """`delivery-status`, `disposition-notification`, `feedback-report` (RFC 6522), or nothing."""
    kinds = [media_type.partition("/")[2] for media_type, _ in parsed.reports]
    declared = parsed.type_parameters.get("report-type", "").lower()
    if "feedback-report" in (declared, *kinds) or _is_bare_complaint(parsed):
        return "feedback-report"
    has_status = any("delivery-status" in kind for kind in kinds)
    if "disposition-notification" in (declared, *kinds) and not has_status:
        is_rejection = BOUNCE_SUBJECT.match(parsed.subject) and _sender_signs(parsed)
        return "delivery-status" if is_rejection else "disposition-notification"  # Sieve's reject (RFC 5429) uses both
    if parsed.media_type == "multipart/report" or declared == "delivery-status" or kinds:
        return "delivery-status"
    return ""


def _is_bare_complaint(parsed: ParsedMail) -> bool:
    """An abuse complaint written before RFC 5965 or beside it: fields in the text, or Hotmail's own."""
    is_told = _COMPLAINT_SUBJECT.match(parsed.subject) is not None and parsed.original is not None
    return is_told or parsed.text.startswith("Feedback-Type:") or "x-hmxmroriginalrecipient" in parsed.headers


def find_bounce_sign(parsed: ParsedMail) -> str:
    """What makes this a delivery report, or nothing. An answering machine's subject excludes it."""
    for name in _BOUNCE_FIELDS:
        if name in parsed.headers:
            return name
    if any(_NDR_CLASS.search(parsed.header(name)) for name in _NDR_CLASS_FIELDS):
        return "message class of a non-delivery report"
    opening = parsed.text[:_OPENING]
    if opening.lstrip()[:1] == "{" and _NOTIFICATION.search(opening):
        return "notification of a mail service"
    if AUTO_SUBJECT.match(parsed.subject) or _is_a_persons_reply(parsed):
        return ""
    signs = [*_sender_signs(parsed), *_envelope_signs(parsed)]
    if signs:
        signs += _text_signs(parsed, opening, is_subject_alone=signs == [_SUBJECT_SIGN])
    return ", ".join(name for name, _ in signs) if sum(points for _, points in signs) >= _BOUNCE_POINTS else ""


def _is_a_persons_reply(parsed: ParsedMail) -> bool:
    is_reply = bool(parsed.in_reply_to) and REPLY_SUBJECT.match(parsed.subject) is not None
    return is_reply and parsed.return_path != "" and "from" in parsed.headers


# Signs and their points: four make a bounce, so that no single word of a person does.
Sign = tuple[str, int]
_SUBJECT_SIGN: Sign = ("subject of a bounce", 2)


def _sender_signs(parsed: ParsedMail) -> list[Sign]:
    sender = parsed.sender
    if MAILER_DAEMON.search(sender.address) or MAILER_DAEMON.search(sender.name):
        return [("sent by a mailer daemon", 4)]
    if DAEMON_ADDRESS.match(sender.address) or DAEMON_NAME.search(sender.name):
        return [("sent by a mail system", 2)]
    if not sender.address and not sender.name:
        return [("no sender", 1)]
    return [("sent by a machine", 1)] if NO_REPLY.match(sender.address) else []


def _envelope_signs(parsed: ParsedMail) -> list[Sign]:
    signs: list[Sign] = []
    if BOUNCE_SUBJECT.match(parsed.subject):
        signs.append(_SUBJECT_SIGN)
    elif BOUNCE_SUBJECT_END.search(parsed.subject):
        signs.append(("end of the subject of a bounce", 2))
    if parsed.return_path == "" or MAILER_DAEMON.match(parsed.return_path or ""):
        signs.append(("null envelope sender", 1))
    if "x-mlserver" in parsed.headers or _FML_ID.search(parsed.message_id or ""):
        signs.append(("sent by a list server", 1))
    return signs


def _text_signs(parsed: ParsedMail, opening: str, *, is_subject_alone: bool) -> list[Sign]:
    signs: list[Sign] = []
    if BOUNCE_TEXT.search(opening):
        signs.append(("words of a bounce", 1 if is_subject_alone else 2))
    if _REPLY_CODE.search(opening):
        signs.append(("SMTP reply code", 1))
    if parsed.original is not None or _QUOTED_FIELDS.search(parsed.text):
        signs.append(("returned message", 1))
    return signs


def find_auto_sign(parsed: ParsedMail) -> str:
    """What makes this an automatic answer (RFC 3834, or its many forerunners), or nothing."""
    if AUTO_SUBJECT.match(parsed.subject):
        return "automatic subject"
    return next((sign for find in _AUTO_SIGNS if (sign := find(parsed))), "")


def _submission_sign(parsed: ParsedMail) -> str:
    submitted = parsed.header("auto-submitted").split(";")[0].strip().lower()
    return f"Auto-Submitted: {submitted}" if submitted and submitted != "no" else ""


def _precedence_sign(parsed: ParsedMail) -> str:
    is_auto = "auto" in parsed.header("precedence").lower() or "auto" in parsed.header("preference").lower()
    return "Precedence: auto_reply" if is_auto else ""


def _field_sign(parsed: ParsedMail) -> str:
    named = ((name, parsed.header(name)) for name in parsed.headers if _AUTO_FIELD.search(name))
    denied = ("no", "false", "0", "none", "")
    return next(
        (n for n, value in named if n != "x-auto-response-suppress" and value.strip().lower() not in denied), ""
    )


def _program_sign(parsed: ParsedMail) -> str:
    if any(_MESSAGE_CLASS.search(parsed.header(name)) for name in _CLASS_FIELDS):
        return "message class of an automatic answer"
    if "autoresponder" in parsed.header("x-post-messageclass").lower():
        return "X-POST-MessageClass"
    if parsed.header("x-list-administrivia").lower() == "yes":
        return "X-List-Administrivia"
    suppressed = parsed.header("x-auto-response-suppress").lower()
    return "X-Auto-Response-Suppress" if suppressed.strip() == "all" or "oof" in suppressed else ""


def _challenge_sign(parsed: ParsedMail) -> str:
    """A filter that asks the sender to prove that he is a person, by a link."""
    is_asked = not _is_a_persons_reply(parsed) and CHALLENGE_TEXT.search(parsed.text[:_AUTO_OPENING]) is not None
    return "asks to authenticate the sender" if is_asked and ("http" in parsed.text or "href" in parsed.html) else ""


def _words_sign(parsed: ParsedMail) -> str:
    """Words alone prove nothing (a citizen may be « absente le 12 »): they need a machine's envelope or subject."""
    if _is_sent_for_somebody(parsed):
        return ""
    opening = parsed.text[:_AUTO_OPENING]
    is_machine = (
        parsed.return_path == ""
        or parsed.header("precedence").strip().lower() in ("bulk", "junk")
        or NO_REPLY.match(parsed.sender.address) is not None
    )
    if is_machine and "list-id" not in parsed.headers:
        if AUTO_TEXT.search(opening):
            return "words of an automatic answer"
        if parsed.return_path == "" and WEAK_AUTO_SUBJECT.match(parsed.subject):
            return "subject of an automatic answer with a null envelope sender"
    if WEAK_AUTO_SUBJECT.match(parsed.subject) and AUTO_TEXT.search(opening[:_GREETING]) and "?" not in opening:
        return "subject and words of an automatic answer"
    own = _own_opening(parsed)
    if MACHINE_TEXT.search(_SAID.sub(" ", own)):
        return "says that a machine wrote it"
    is_absent = ABSENT_TEXT.search(own[:_GREETING]) is not None and INSTEAD_TEXT.search(own) is not None
    is_here = "?" in own or REACHABLE_TEXT.search(own) is not None
    is_absence = is_absent and not is_here and _answers_something(parsed)
    return "words of an absence, and whom to ask instead" if is_absence else ""


def _answers_something(parsed: ParsedMail) -> bool:
    """A machine writes to who wrote: a first mail about an absence is a request."""
    subject = parsed.subject
    is_reply = bool(parsed.in_reply_to or parsed.references) or REPLY_SUBJECT.match(subject) is not None
    return is_reply or WEAK_AUTO_SUBJECT.match(subject) is not None


def _is_sent_for_somebody(parsed: ParsedMail) -> bool:
    """True for the contact form of a site: the answer goes to the person, whose address is of another house."""
    if NO_REPLY.match(parsed.sender.address) is None or len(parsed.reply_to) != 1:
        return False
    person = parsed.reply_to[0].address.lower()
    house = parsed.sender.address.rpartition("@")[2].lower()
    return "@" in person and NO_REPLY.match(person) is None and not person.endswith(house)


def _own_opening(parsed: ParsedMail) -> str:
    """The first lines up to any quotation: a person may answer, and quote, what a machine said."""
    found = _QUOTATION.search(parsed.text[:_OPENING])
    return parsed.text[: min(found.start() if found else _OPENING, _OWN_OPENING)]


_AUTO_SIGNS: tuple[Callable[[ParsedMail], str], ...] = (
    _submission_sign,
    _precedence_sign,
    _field_sign,
    _program_sign,
    _challenge_sign,
    _words_sign,
)


def find_spam_sign(parsed: ParsedMail) -> str:
    """The field by which a relay says that this is spam, or nothing."""
    said = ((name, words, parsed.header(name).strip().lower()) for name, words in _SPAM_FIELDS.items())
    return next((name for name, words, value in said if value.startswith(words)), "")


def is_from_list(parsed: ParsedMail) -> bool:
    """True when a mailing list passed the message on."""
    is_bulk = parsed.header("precedence").strip().lower() in ("list", "bulk")
    return is_bulk or "list-id" in parsed.headers or "list-unsubscribe" in parsed.headers
