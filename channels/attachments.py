"""List every file a message carries, named safely: attached, inline, nested, uuencoded or inside winmail.dat."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from channels import bodies as mail_bodies
from channels import charsets, mime_headers, tnef, transfer_encodings
from channels.mime_parts import Part

NAME_LIMIT = 150  # bytes of UTF-8, extension included
_FORBIDDEN = re.compile('[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff"*:<>?|]')
_EXTENSIONS = {
    "message/rfc822": "eml",
    "message/global": "eml",
    "message/news": "eml",
    "message/delivery-status": "txt",
    "message/disposition-notification": "txt",
    "message/feedback-report": "txt",
    "message/partial": "txt",
    "message/external-body": "txt",
    "text/plain": "txt",
    "text/html": "html",
    "text/rfc822-headers": "txt",
    "text/calendar": "ics",
    "text/csv": "csv",
    "text/vcard": "vcf",
    "text/x-vcard": "vcf",
    "text/directory": "vcf",
    "text/rtf": "rtf",
    "text/enriched": "txt",
    "application/pdf": "pdf",
    "application/rtf": "rtf",
    "application/zip": "zip",
    "application/json": "json",
    "application/msword": "doc",
    "application/ms-tnef": "dat",
    "application/pgp-signature": "asc",
    "application/pgp-encrypted": "asc",
    "application/pgp-keys": "asc",
    "application/pkcs7-signature": "p7s",
    "application/x-pkcs7-signature": "p7s",
    "application/pkcs7-mime": "p7m",
    "application/x-pkcs7-mime": "p7m",
    "image/jpeg": "jpg",
    "image/jpg": "jpg",
    "image/pjpeg": "jpg",
    "image/png": "png",
    "image/gif": "gif",
    "image/tiff": "tiff",
    "image/heic": "heic",
    "image/webp": "webp",
    "image/svg+xml": "svg",
    "audio/mpeg": "mp3",
    "audio/amr": "amr",
    "video/mp4": "mp4",
}


@dataclass(frozen=True)
class Attachment:
    """One file of a message. `inside` names the attached message or envelope it was found in (usually empty)."""

    filename: str
    media_type: str
    content: bytes
    content_id: str
    inline: bool
    inside: str = ""

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the content, in hexadecimal: the name that it is kept under."""
        return hashlib.sha256(self.content).hexdigest()


def list_attachments(root: Part, bodies: list[Part], html: str) -> Iterator[Attachment]:
    """Every file below `root`, except the parts shown as its body; `html` says which images it shows in place."""
    body_ids = {id(part) for part in bodies}
    yield from _below(root, body_ids, html.lower() if "cid:" in html else "", "")


def _below(part: Part, body_ids: set[int], html: str, inside: str) -> Iterator[Attachment]:
    if id(part) in body_ids:
        if b"begin" in part.content:
            for file in transfer_encodings.find_encoded_files(part.content):
                name = charsets.decode(file.name, part.parameters.get("charset", ""))
                yield Attachment(
                    safe_name(name, "application/octet-stream"),
                    "application/octet-stream",
                    file.content,
                    "",
                    False,
                    inside,
                )
        return
    if part.media_type.startswith("multipart/") and (part.children or not part.body.strip()):
        for child in part.children:
            yield from _below(child, body_ids, html, inside)
        return
    yield from _file(part, html, inside)
    if part.children:  # an attached message: its own files are listed too, its text stays in the .eml
        nested = part.children[0]
        nested_bodies = {id(body) for body in mail_bodies.choose(nested).parts}
        yield from _below(
            nested, nested_bodies, "", inside or safe_name(part.filename or _subject(part), part.media_type)
        )


def _file(part: Part, html: str, inside: str) -> Iterator[Attachment]:
    media_type, content = part.media_type, part.content
    if media_type in ("application/ms-tnef", "application/vnd.ms-tnef") or part.filename.lower() == "winmail.dat":
        unpacked = tnef.unpack(content)
        if unpacked is not None and unpacked.files:
            for name, data in unpacked.files:
                yield Attachment(
                    safe_name(name, "application/octet-stream"),
                    "application/octet-stream",
                    data,
                    "",
                    False,
                    inside or "winmail.dat",
                )
            return
    if not content and not part.filename and not part.disposition[0] and not part.headers.raw("content-id"):
        return
    name = part.filename or (_subject(part) if media_type == "message/rfc822" else "")
    content_id = part.headers.raw("content-id").strip("<> ")
    is_shown = bool(content_id) and f"cid:{content_id}".lower() in html
    yield Attachment(safe_name(name, media_type), media_type, content, content_id, is_shown, inside)


def _subject(part: Part) -> str:
    return part.children[0].headers.text("subject") if part.children else ""


def safe_name(name: str, media_type: str) -> str:
    """A file name without path, control or reserved characters, at most NAME_LIMIT bytes, never empty."""
    name = mime_headers.decode_words(name) if "=?" in name else charsets.scrub(name)
    if media_type.startswith("message/") and not name.lower().endswith((".eml", ".txt", ".msg")):
        name = name.replace("/", "-").replace("\\", "-")
        name = f"{name}.{_EXTENSIONS.get(media_type, 'eml')}" if name else ""
    name = _FORBIDDEN.sub("_", re.split(r"[/\\]", name)[-1]).strip(" .")
    if not name:
        kind = media_type.partition("/")[0]
        stem = {"message": "message", "image": "image", "audio": "son", "video": "video", "text": "texte"}.get(
            kind, "piece"
        )
        return f"{stem}.{_EXTENSIONS.get(media_type, 'bin')}"
    if len(name.encode()) <= NAME_LIMIT:
        return name
    stem, dot, extension = name.rpartition(".")
    if not dot or len(extension) > 10:
        stem, extension = name, ""
    room = NAME_LIMIT - len(dot.encode()) - len(extension.encode())
    return stem.encode()[:room].decode("utf-8", "ignore") + (dot + extension if extension else "")
