"""The message that somebody passes on: who wrote it first, as the forward itself says."""

import re

from channels import mail_kinds, mime, quote_marks
from channels.mime import Address, ParsedMail

_FROM = re.compile(r"^[\s>|*_]*(?:de|from|von|da|van|exp[ée]diteur)[\s*_]*:[\s*_]*(?P<who>.+)$", re.IGNORECASE)
_ADDRESS = re.compile(r"[\w.+%'-]+@[\w-]+(?:\.[\w-]+)+")
_NOT_A_NAME = re.compile(r"<[^>]*>|\[[^\]]*\]|mailto:|[\"*_]")
_END_OF_NAME = re.compile(r"\s(?:envoy[ée]e?|date|sent|gesendet)\s*:", re.IGNORECASE)
_MOST_LINES = 400


def find_original(parsed: ParsedMail) -> Address | None:
    """Who wrote the message that this one passes on; None when it passes none on, or does not say.

    The original is attached whole, or stands in the text under its own header lines; the one nearest to the top counts.
    """
    if not mail_kinds.is_forward(parsed):
        return None
    for file in parsed.attachments:
        if file.media_type == "message/rfc822" and "@" in (first := mime.parse(file.content).sender).address:
            return first
    return _written(parsed.text)


def _written(text: str) -> Address | None:
    lines = text.splitlines()[:_MOST_LINES]
    flat = [quote_marks.flatten(line) for line in lines]
    for place in range(len(flat)):
        length = quote_marks.find_header_block(flat, place)
        if length is not None:
            return _from_field(lines[place : place + length])
    return None


def _from_field(block: list[str]) -> Address | None:
    for line in block:
        said = _FROM.match(line)
        if said is None:
            continue
        who = _END_OF_NAME.split(said["who"])[0]
        address = _ADDRESS.search(who)
        name = _NOT_A_NAME.sub(" ", who.replace(address[0], " ") if address else who)
        return Address(" ".join(name.split()).strip(" ,;()"), address[0] if address else "")
    return None
