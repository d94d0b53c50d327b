"""Turn the bytes of a mail into one value, whatever their damage: nothing here raises on content."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from channels import attachments, bodies, calendar_summary, charsets, html_text, mime_headers, mime_parts, smime, tnef
from channels.attachments import Attachment
from channels.mime_headers import Address
from channels.mime_parts import Part

__all__ = ["Address", "Attachment", "ParsedMail", "parse"]

_NULL_ENVELOPE_LINE = re.compile(rb"\s*From (?:MAILER[-_]DAEMON|<>)[@\s]", re.IGNORECASE)
_SMIME = ("application/pkcs7-mime", "application/x-pkcs7-mime")
_RECEIVED = re.compile(
    rb"^(?:Received|X-Received|Delivered-To|Return-Path)[ \t]*:.*\n(?:[ \t].*\n)*", re.MULTILINE | re.IGNORECASE
)
_REPORT_PARTS = (
    "message/delivery-status",
    "message/global-delivery-status",
    "message/feedback-report",
    "message/disposition-notification",
)


@dataclass(frozen=True)
class ParsedMail:
    """A received message as a value; texts hold neither NUL nor lone surrogates, identifiers no angle brackets."""

    message_id: str | None
    in_reply_to: tuple[str, ...]
    references: tuple[str, ...]
    subject: str
    sender: Address
    reply_to: tuple[Address, ...]
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    delivered_to: tuple[str, ...]
    return_path: str | None  # "" for the null envelope sender <>, None when the field is missing
    date: datetime | None
    text: str  # the whole readable text: plain, else from the HTML
    text_plain: str
    html: str  # as received: show html_text.sanitise(html)
    attachments: tuple[Attachment, ...]
    calendar: str  # one French line on an invitation, empty without one
    protection: str  # "", "signed" or "encrypted"
    media_type: str
    type_parameters: Mapping[str, str]
    headers: Mapping[str, tuple[str, ...]]  # every field by lower-case name, unfolded
    reports: tuple[tuple[str, str], ...]  # (media type, text) of the machine-readable parts of a report
    original: str | None  # header fields and text of the returned message of a report, undecoded
    authentication_results: tuple[str, ...]
    dedupe_key: str  # the Message-ID, else the hash of the message less what each relay adds
    defects: tuple[str, ...]

    def header(self, name: str) -> str:
        """First value of a field, unfolded; empty when missing."""
        return self.headers[name][0] if name in self.headers else ""

    @property
    def answer_to(self) -> Address:
        """Whom an answer goes to: Reply-To, else From, else the envelope sender."""
        for candidate in (*self.reply_to, self.sender, Address("", self.return_path or "")):
            if "@" in candidate.address:
                return candidate
        return self.sender


def parse(raw: bytes) -> ParsedMail:
    """Read a message. What cannot be read as mail comes out as one text with its defects named."""
    try:
        return _parse(raw)
    except Exception as fault:  # noqa: BLE001 - law 1: a message nobody can read is still a message
        return _unreadable(raw, fault)


def _parse(raw: bytes) -> ParsedMail:
    defects: list[str] = []
    root = mime_parts.split(raw, defects)
    _unwrap_signatures(root)
    body = bodies.choose(root)
    html, text, text_plain = body.html, body.text, body.text_plain
    parts = list(root.walk())
    if not text.strip():
        text, html = _hidden_body(parts, text, html)
    calendar = next((calendar_summary.summarise(part.text) for part in parts if part.media_type == "text/calendar"), "")
    headers = root.headers
    from_ = mime_headers.parse_addresses(headers.raw("from"))
    message_ids = mime_headers.list_message_ids(headers.raw("message-id"))
    return ParsedMail(
        message_id=message_ids[0] if message_ids else None,
        in_reply_to=mime_headers.list_message_ids(headers.raw("in-reply-to")),
        references=mime_headers.list_message_ids(headers.raw("references")),
        subject=headers.text("subject"),
        sender=from_[0] if from_ else Address("", ""),
        reply_to=mime_headers.parse_addresses(headers.raw("reply-to")),
        to=mime_headers.parse_addresses(headers.raw("to")),
        cc=mime_headers.parse_addresses(headers.raw("cc")),
        delivered_to=_delivered_to(root),
        return_path=_return_path(root, raw),
        date=mime_headers.parse_date(headers.raw("date")),
        text=text or calendar,
        text_plain=text_plain,
        html=html,
        attachments=tuple(attachments.list_attachments(root, body.parts, html)),
        calendar=calendar,
        protection=_protection(parts, text_plain),
        media_type=root.media_type,
        type_parameters=root.parameters,
        headers=headers,
        reports=tuple((part.media_type, part.text) for part in _reports(root)),
        original=_original(root),
        authentication_results=headers.get("authentication-results", ()),
        dedupe_key=message_ids[0] if message_ids else _hash(raw),
        defects=tuple(dict.fromkeys(defects)),
    )


def _unwrap_signatures(root: Part) -> None:
    for part in list(root.walk()):
        if part.media_type in _SMIME and not part.children:
            content = smime.find_signed_content(part.content)
            if content is not None:
                part.children = [mime_parts.split(content, [])]


def _hidden_body(parts: list[Part], text: str, html: str) -> tuple[str, str]:
    """The text that Outlook left in winmail.dat, when the message shows none."""
    for part in parts:
        if part.media_type in ("application/ms-tnef", "application/vnd.ms-tnef"):
            unpacked = tnef.unpack(part.content)
            if unpacked is not None and (unpacked.text.strip() or unpacked.html.strip()):
                return unpacked.text.strip() or html_text.to_text(unpacked.html), unpacked.html or html
    return text, html


def _delivered_to(root: Part) -> tuple[str, ...]:
    names = ("delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-delivered-to", "apparently-to")
    values = [address.address for name in names for value in root.headers.list_raw(name)
              for address in mime_headers.parse_addresses(mime_headers.unfold(value))]  # fmt: skip
    return tuple(dict.fromkeys(value for value in values if value))


def _return_path(root: Part, raw: bytes) -> str | None:
    if "return-path" not in root.headers:
        # An mbox keeps the envelope sender in its own first line; local delivery writes the null one as MAILER-DAEMON.
        return "" if _NULL_ENVELOPE_LINE.match(raw) else None
    value = root.headers.raw("return-path")
    found = mime_headers.parse_addresses(value.replace("<>", ""))
    return found[0].address or found[0].name if found else ""


def _protection(parts: list[Part], text: str) -> str:
    for part in parts:
        if part.media_type == "multipart/encrypted" or (part.media_type in _SMIME and not part.children):
            return "encrypted"
        if part.media_type == "multipart/signed" or part.media_type in _SMIME:
            return "signed"
    if "-----BEGIN PGP " in text:
        return "encrypted" if "-----BEGIN PGP MESSAGE-----" in text else "signed"
    return ""


def _reports(root: Part) -> list[Part]:
    """Machine-readable parts of the message itself, not of messages attached to it."""
    if not root.media_type.startswith("multipart/"):
        return [root] if root.media_type in _REPORT_PARTS else []
    return [found for child in root.children for found in _reports(child)]


def _original(root: Part) -> str | None:
    """The returned message that a report carries: whole, or its header fields only."""
    if not root.media_type.startswith("multipart/"):
        return None
    for child in root.children:
        if child.media_type in (
            "message/rfc822",
            "message/global",
            "text/rfc822-headers",
            "message/global-headers",
            "message/rfc822-headers",
        ):
            return charsets.decode(child.content[:65536]).replace("\r\n", "\n").lstrip("\n")
        found = _original(child)
        if found is not None:
            return found
    return None


def _hash(raw: bytes) -> str:
    head, blank, rest = raw.replace(b"\r\n", b"\n").partition(b"\n\n")
    return "sha256:" + hashlib.sha256(_RECEIVED.sub(b"", head + b"\n") + blank + rest).hexdigest()


def _unreadable(raw: bytes, fault: Exception) -> ParsedMail:
    nobody = Address("", "")
    return ParsedMail(
        message_id=None,
        in_reply_to=(),
        references=(),
        subject="",
        sender=nobody,
        reply_to=(),
        to=(),
        cc=(),
        delivered_to=(),
        return_path=None,
        date=None,
        text=charsets.scrub(raw.decode("utf-8", "replace")),
        text_plain="",
        html="",
        attachments=(),
        calendar="",
        protection="",
        media_type="text/plain",
        type_parameters={},
        headers={},
        reports=(),
        original=None,
        authentication_results=(),
        dedupe_key=_hash(raw),
        defects=(f"unreadable: {type(fault).__name__}",),
    )
