"""Read what a non-delivery notice says: whom it did not reach, why, for good or not, and which of our messages."""

import json
import re
from dataclasses import dataclass

from channels import machine_phrases, mime_headers
from channels.mime import ParsedMail

_FIELD = re.compile(r"^([A-Za-z][A-Za-z-]{2,40}):[ \t]*((?:.*(?:\n[ \t]+.*)*))$", re.MULTILINE)
_STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
_REPLY_CODE = re.compile(r"(?<![\d.:/-])([45]\d\d)(?=[ \t-]+(?:[45]\.\d|[A-Za-z<#]))")
_MAILBOX = (
    r"<?([A-Za-z0-9._%+&'*/=?^`{|}~!#$-]{1,250}@[A-Za-z0-9.-]{1,250}\.[A-Za-z0-9-]{1,60}"
    r"|[A-Za-z0-9._+-]{1,250}@localhost)>?"
)
_RECIPIENT_LINES = (
    re.compile(rf"^[ \t]*(?:final|original)-recipient:\s*(?:rfc822;)?\s*{_MAILBOX}", re.IGNORECASE | re.MULTILINE),
    re.compile(
        rf"^[ \t]*{_MAILBOX}:?[ \t]*(?:\.\.\.|:|\(|$|\n|[,;\s]+(?:mailbox|user|recipient|unknown|said|due|[45]\d\d))",
        re.IGNORECASE | re.MULTILINE,
    ),
    re.compile(
        rf"\b(?:rcpt\s+to:|(?:recipient(?:\s+address)?|user|to|for|adresse?|an|à)(?:\s*:\s*|\s+)){_MAILBOX}",
        re.IGNORECASE,
    ),
    re.compile(_MAILBOX),
)
_ORIGINAL_MARK = re.compile(
    r"^[ \t>]*(?:-{2,}|={2,}|_{2,}|return-path:|received:|message headers follow|"
    r"included is a copy|en-têtes|original message).*$",
    re.IGNORECASE | re.MULTILINE,
)
_ORIGINAL_ID = re.compile(r"^[ \t>*]*Message-ID:\s*<?([^<>\s]+@[^<>\s]+)>?", re.IGNORECASE | re.MULTILINE)
_TEMPORARY_WORDS = re.compile(
    r"over\s+(?:its\s+)?quota|quota\s+exceeded|mailbox\s+(?:is\s+)?full|temporar|try\s+again|"
    r"greylist|too\s+many|timed?\s?out|boîte\s+pleine|disk\s+full",
    re.IGNORECASE,
)
_REPORT_TYPES = ("message/delivery-status", "message/global-delivery-status")


@dataclass(frozen=True, slots=True)
class Bounce:
    """A delivery report. `action` is RFC 3464's: failed, delayed, delivered, relayed or expanded."""

    recipients: tuple[str, ...]
    action: str
    status: str  # RFC 3463, such as 5.1.1; empty when the notice gives none
    permanent: bool  # True only for a failure that sending again will not mend
    diagnostic: str
    original_message_id: str | None

    @property
    def is_failure(self) -> bool:
        """False for delays and for reports of success, which count against nobody."""
        return self.action == "failed"


def read(parsed: ParsedMail) -> Bounce:
    """The details of a message already known to be a delivery report (RFC 3464, or in the sender's own words)."""
    fields = _report_fields(parsed)
    notification = _read_notification(parsed.text) if parsed.text.lstrip()[:1] == "{" else {}
    text = parsed.text[:20000]
    said = _without_original(text)
    diagnostic = _first(fields, "diagnostic-code") or notification.get("diagnostic", "") or _diagnostic_line(said)
    status = _status(fields, diagnostic, notification, said)
    action = (_first(fields, "action") or notification.get("action", "")).split("(")[0].strip().lower()
    action = (
        action
        if action in ("failed", "delayed", "delivered", "relayed", "expanded")
        else _guess_action(parsed, status, said)
    )
    return Bounce(
        recipients=_recipients(parsed, fields, notification, said),
        action=action,
        status=status,
        permanent=_is_permanent(action, status, diagnostic or said),
        diagnostic=diagnostic[:500],
        original_message_id=_original_id(parsed, notification, text),
    )


def _report_fields(parsed: ParsedMail) -> dict[str, list[str]]:
    fields: dict[str, list[str]] = {}
    for media_type, text in parsed.reports:
        if media_type in _REPORT_TYPES:
            for name, value in _FIELD.findall(text[:100000]):
                fields.setdefault(name.lower(), []).append(" ".join(value.split()))
    return fields


def _first(fields: dict[str, list[str]], name: str) -> str:
    return next(iter(fields.get(name, ())), "")


def _read_notification(text: str) -> dict[str, str]:
    """The JSON of Amazon SES, bare or wrapped in an SNS notification."""
    try:
        found = json.JSONDecoder().raw_decode(text.lstrip())[0]
        if isinstance(found, dict) and isinstance(found.get("Message"), str):
            found = json.loads(found["Message"])
        bounce = found.get("bounce") or found.get("complaint") or {}
        people = bounce.get("bouncedRecipients") or bounce.get("complainedRecipients") or [{}]
        headers = found.get("mail", {}).get("commonHeaders", {})
        kind = str(found.get("notificationType", found.get("eventType", ""))).lower()
        return {
            "recipients": " ".join(str(person.get("emailAddress", "")) for person in people),
            "status": str(people[0].get("status", "")),
            "diagnostic": str(people[0].get("diagnosticCode", "")),
            "action": "delivered" if kind == "delivery" else str(people[0].get("action", "failed")),
            "message_id": str(headers.get("messageId") or found.get("mail", {}).get("messageId", "")).strip("<>"),
        }
    except (ValueError, AttributeError, TypeError, IndexError, KeyError, RecursionError):
        return {}


def _without_original(text: str) -> str:
    """The notice without the copy of the message it returns, whose addresses are not failures."""
    for mark in _ORIGINAL_MARK.finditer(text):
        before, after = text[: mark.start()], text[mark.end() :]
        if before.strip() and re.search(
            r"^[ \t>]*(?:Received|From|Subject|Message-ID|Return-Path):",
            after[:600] if "@" in before else "",
            re.IGNORECASE | re.MULTILINE,
        ):
            return before
    return text


def _diagnostic_line(text: str) -> str:
    found = _STATUS.search(text) or _REPLY_CODE.search(text)
    if found is None:
        return ""
    start, end = text.rfind("\n", 0, found.start()) + 1, text.find("\n", found.end())
    return text[start : end if end != -1 else None].strip()


def _status(fields: dict[str, list[str]], diagnostic: str, notification: dict[str, str], text: str) -> str:
    for source in (_first(fields, "status"), notification.get("status", ""), diagnostic, text[:4000]):
        found = _STATUS.search(source)
        if found:
            return found.group(1)
    code = _REPLY_CODE.search(diagnostic) or _REPLY_CODE.search(text[:4000])
    return f"{code.group(1)[0]}.0.0" if code else ""


def _guess_action(parsed: ParsedMail, status: str, text: str) -> str:
    if re.match(r"\W*(?:successful|delivered|relayed|remis)\b", parsed.subject, re.IGNORECASE) or status.startswith(
        "2"
    ):
        return "delivered"
    if machine_phrases.DELAY.search(parsed.subject) or (
        not status.startswith("5") and machine_phrases.DELAY.search(text[:1500])
    ):
        return "delayed"
    return "failed"


def _is_permanent(action: str, status: str, text: str) -> bool:
    if action != "failed" or status.startswith("4") or status == "5.2.2":
        return False
    return status.startswith("5.1") or not _TEMPORARY_WORDS.search(text[:4000])


def _recipients(
    parsed: ParsedMail, fields: dict[str, list[str]], notification: dict[str, str], text: str
) -> tuple[str, ...]:
    named = fields.get("final-recipient", []) or fields.get("original-recipient", [])
    found = [address.address for value in named for address in mime_headers.parse_addresses(value.rpartition(";")[2])]
    if not any("@" in address for address in found) and fields.get("original-recipient"):
        found = [
            a.address for v in fields["original-recipient"] for a in mime_headers.parse_addresses(v.rpartition(";")[2])
        ]
    if not found:
        found = [
            a.address for v in parsed.headers.get("x-failed-recipients", ()) for a in mime_headers.parse_addresses(v)
        ]
    found = found or notification.get("recipients", "").split()
    if not found:
        ours = {address.address.lower() for address in (*parsed.to, *parsed.cc, parsed.sender)}
        for pattern in _RECIPIENT_LINES:
            found = [address.rstrip(".") for address in pattern.findall(text) if address.lower() not in ours]
            if found:
                break
    return tuple(dict.fromkeys(address.strip("<>'\"") for address in found if "@" in address))[:100]


def _original_id(parsed: ParsedMail, notification: dict[str, str], text: str) -> str | None:
    for source in (parsed.original or "", text):
        found = _ORIGINAL_ID.search(source)
        if found:
            return found.group(1)
    if notification.get("message_id"):
        return notification["message_id"]
    for attachment in parsed.attachments:
        if attachment.content and attachment.media_type.startswith(("text/", "message/")):
            found = _ORIGINAL_ID.search(attachment.content[:32768].decode("latin-1"))
            if found:
                return found.group(1)
    return next(iter((*parsed.in_reply_to, *reversed(parsed.references))), None)
