"""Open winmail.dat, the envelope in which Outlook hides a message's body and files."""

import logging
from dataclasses import dataclass

from tnefparse import TNEF

from channels import charsets

logging.getLogger("tnefparse").setLevel(logging.CRITICAL)  # it logs an error for each damaged file


@dataclass(frozen=True, slots=True)
class Unpacked:
    """What a winmail.dat holds: (name, content) of each file, and its text and HTML bodies (empty when absent)."""

    files: tuple[tuple[str, bytes], ...]
    text: str
    html: str


def unpack(content: bytes) -> Unpacked | None:
    """The contents of a TNEF stream, or None when it cannot be read (empty and truncated ones exist)."""
    try:
        envelope = TNEF(content, do_checksum=False)
        files = tuple(
            (_text(attachment.long_filename()).strip("\x00 "), bytes(attachment.data))
            for attachment in envelope.attachments
            if isinstance(attachment.data, bytes) and attachment.data
        )
        return Unpacked(files, _text(envelope.body), _text(envelope.htmlbody))
    except Exception:  # noqa: BLE001 - the library raises whatever its reading trips on; an unread envelope is kept as it is
        return None


def _text(value: object) -> str:
    if isinstance(value, list):
        value = value[0] if value else ""
    if isinstance(value, bytes):
        return charsets.decode(value).strip("\x00")
    return charsets.scrub(value) if isinstance(value, str) else ""
