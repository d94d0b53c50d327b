"""Which files people may send: what the bytes are, never what the name or the browser says they are."""

import re
import unicodedata
import zipfile
from typing import BinaryIO

import magic

PLAIN_TEXT = "text/plain"

# What we accept, each with the endings that fit it (the first one is given to a file whose own does not).
ACCEPTED: dict[str, tuple[str, ...]] = {
    "image/jpeg": ("jpg", "jpeg"),
    "image/png": ("png",),
    "image/gif": ("gif",),
    "image/webp": ("webp",),
    "image/tiff": ("tiff", "tif"),
    "image/heic": ("heic", "heif"),
    "image/heif": ("heif", "heic"),
    "application/pdf": ("pdf",),
    "application/vnd.oasis.opendocument.text": ("odt",),
    "application/vnd.oasis.opendocument.spreadsheet": ("ods",),
    "application/vnd.oasis.opendocument.presentation": ("odp",),
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ("docx",),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ("xlsx",),
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": ("pptx",),
    PLAIN_TEXT: ("txt",),
    "text/csv": ("csv",),
}
ACCEPT_ATTRIBUTE = ",".join(["image/*", *(f".{end}" for kind in ACCEPTED for end in ACCEPTED[kind])])
"""For the file picker of browsers: a comfort, not a check."""

REFUSED_KIND = "ce type de fichier n’est pas accepté. Envoyez une photo, un PDF, un document texte ou un tableur."
REFUSED_CONTENT = "ce fichier contient un programme ou une page web. Envoyez-en une photo ou un PDF."
EMPTY = "ce fichier est vide. Choisissez-le de nouveau."
UNREADABLE = "ce document est abîmé. Enregistrez-le de nouveau, ou envoyez-le en PDF."

SNIFFED_BYTES = 64 * 1024
OFFICE_FOLDERS = {
    "word/": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xl/": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ppt/": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}
ZIPPED = frozenset(kind for kind in ACCEPTED if "opendocument" in kind or "openxmlformats" in kind)
LONGEST_NAME = 120

# A file that is also something else: a page for browsers, or an archive (Java, Windows) glued behind an image.
_PAGE = re.compile(
    rb"<(?:!doctype\s+html|html|head|body|script|iframe|svg|object|embed|\?php)\b|<\?php|<%", re.IGNORECASE
)
_ARCHIVE_END = b"PK\x05\x06"
_HIDDEN = re.compile('[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff"*:<>?|]')


class RefusedFile(ValueError):
    """A file that may not come in; its text is the French sentence, after the name of the file."""


def recognise(stream: BinaryIO, size: int) -> str:
    """The media type of a file that we accept; raise RefusedFile. The stream is left at its beginning."""
    stream.seek(0)
    head = stream.read(SNIFFED_BYTES)
    stream.seek(max(0, size - SNIFFED_BYTES))
    tail = stream.read(SNIFFED_BYTES)
    if not head:
        raise RefusedFile(EMPTY)
    kind = magic.from_buffer(head, mime=True)
    if kind in ZIPPED or kind in {"application/zip", "application/octet-stream"}:
        kind = _zipped(stream)
    elif _PAGE.search(head[:1024]) or _PAGE.search(tail[-1024:]) or _ARCHIVE_END in tail:
        raise RefusedFile(REFUSED_CONTENT)
    elif kind.startswith("text/") and kind not in {"text/html", "text/xml", "image/svg+xml"}:
        kind = kind if kind in ACCEPTED else _text(head)
    stream.seek(0)
    if kind not in ACCEPTED:
        raise RefusedFile(REFUSED_KIND)
    return kind


def clean_name(name: str, kind: str) -> str:
    """A name safe to show and to save: no folder, no hidden sign, and an ending that says what the file is."""
    base = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    base = " ".join(_HIDDEN.sub("", base).split()).strip(". ")
    stem, dot, ending = base.rpartition(".")
    if not dot or ending.lower() not in ACCEPTED[kind]:
        stem, ending = base, ACCEPTED[kind][0]
    return f"{stem[:LONGEST_NAME].rstrip('. ') or 'fichier'}.{ending.lower()}"


def _text(head: bytes) -> str:
    # Prose that libmagic takes for some programming language is still prose, unless it begins like a program.
    if head.startswith((b"#!", b"@echo", b"MZ")):
        raise RefusedFile(REFUSED_CONTENT)
    return PLAIN_TEXT


def _zipped(stream: BinaryIO) -> str:
    """Which office document an archive is; another archive, or one with macros, is refused."""
    stream.seek(0)
    if stream.read(4) != b"PK\x03\x04":  # an archive behind something else
        raise RefusedFile(REFUSED_KIND)
    try:
        with zipfile.ZipFile(stream) as archive:
            names = archive.namelist()
            declared = archive.open("mimetype").read(100).decode("ascii", "replace") if "mimetype" in names else ""
    except (zipfile.BadZipFile, KeyError, RuntimeError, NotImplementedError, OSError, ValueError) as error:
        raise RefusedFile(UNREADABLE) from error
    if any(name.lower().endswith(("vbaproject.bin", ".exe", ".js", ".class")) for name in names):
        raise RefusedFile(REFUSED_CONTENT)
    if declared:
        return declared.strip()
    if "[Content_Types].xml" not in names:
        raise RefusedFile(REFUSED_KIND)
    return next((kind for folder, kind in OFFICE_FOLDERS.items() if any(n.startswith(folder) for n in names)), "")
