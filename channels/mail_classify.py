"""Classify stored messages in bulk: one path a line in, one JSON object a line out, no database."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from channels import mail_kinds, mime, replies
from channels.mail_kinds import Kind
from channels.mime import ParsedMail

_SHOWN_KINDS = {Kind.COMPLAINT: Kind.BOUNCE, Kind.READ_RECEIPT: Kind.AUTO_REPLY, Kind.LOOP: Kind.AUTO_REPLY}


def classify_lines(lines: Iterable[str]) -> Iterator[str]:
    """For each path of an .eml file, a JSON object: kind, subject, from, text, attachments (count) and error.

    A file that cannot be read gives its error in the object, and the next one is taken.
    """
    for line in lines:
        path = line.rstrip("\r\n")
        if path:
            yield json.dumps(_classify(path), ensure_ascii=False)


def _classify(path: str) -> dict[str, str | int | None]:
    try:
        return _describe(mime.parse(Path(path).read_bytes()))
    except Exception as fault:  # noqa: BLE001 - a fault in one message must not silence the thousand that follow
        return {"kind": None, "subject": "", "from": "", "text": "", "attachments": 0, "error": str(fault)}


def _describe(parsed: ParsedMail) -> dict[str, str | int | None]:
    kind = mail_kinds.kind(parsed).kind
    reply = replies.visible(parsed)
    return {
        "kind": _SHOWN_KINDS.get(kind, kind).value,
        "subject": parsed.subject,
        "from": parsed.sender.address or parsed.sender.name,
        "text": reply.visible,
        "attachments": len(parsed.attachments),
        "error": next((defect for defect in parsed.defects if defect.startswith("unreadable")), None),
    }
