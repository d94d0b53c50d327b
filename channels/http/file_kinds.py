"""Which files people may send: what the bytes are, never what the name or the browser says they are."""

import re
import unicodedata
import zipfile
from typing import BinaryIO

import magic

from backoffice.domain.wording import Wording

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
"""For the file picker of browsers: a comfort, not a check.

Pictures and documents together make phones offer the camera, the photos and the files; `capture` would leave the camera
alone.
"""

REFUSED_KIND = Wording(
    "ce type de fichier n’est pas accepté. Envoyez une photo, un PDF, un document texte ou un tableur."
)
REFUSED_CONTENT = Wording("ce fichier contient un programme ou une page web. Envoyez-en une photo ou un PDF.")
EMPTY = Wording("ce fichier est vide. Choisissez-le de nouveau.")
UNREADABLE = Wording("ce document est abîmé. Enregistrez-le de nouveau, ou envoyez-le en PDF.")
DAMAGED = Wording("cette image est abîmée. Prenez une autre photo, ou envoyez un PDF.")
SWOLLEN = Wording("ce document devient trop grand une fois ouvert. Envoyez-le en PDF.")

SNIFFED_BYTES = 64 * 1024
OFFICE_FOLDERS = {
    "word/": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xl/": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ppt/": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}
ZIPPED = frozenset(kind for kind in ACCEPTED if "opendocument" in kind or "openxmlformats" in kind)
LONGEST_NAME = 120
# What Pillow cannot measure, agents cannot look at either; the other pictures are kept even so.
MEASURED = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"})
# An office document once unpacked: how many members, and bytes in all (a bomb has millions of times what it weighs).
MOST_MEMBERS = 5_000
BYTES_PER_MEMBER = 300
MOST_UNPACKED = 500_000_000
# The only place where XML may declare entities that swell.
XML_HEAD = 4096

# A file that is also something else: a page for browsers, or an archive (Java, Windows) glued behind an image.
_PAGE = re.compile(
    rb"<(?:!doctype\s+html|html|head|body|script|iframe|svg|object|embed|\?php)\b|<\?php|<%", re.IGNORECASE
)
_ARCHIVE_END = b"PK\x05\x06"
_HIDDEN = re.compile('[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff"*:<>?|]')


class RefusedFile(ValueError):
    """A file that may not come in; its sentence comes after the name of the file."""

    def __init__(self, sentence: Wording) -> None:
        self.sentence = sentence
        super().__init__(sentence)


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
        kind = _zipped(stream, tail)
    elif _PAGE.search(head[:1024]) or _PAGE.search(tail[-1024:]) or _ARCHIVE_END in tail:
        raise RefusedFile(REFUSED_CONTENT)
    elif kind.startswith("text/") and kind not in {"text/html", "text/xml", "image/svg+xml"}:
        kind = kind if kind in ACCEPTED else _text(head)
    if kind not in ACCEPTED:
        raise RefusedFile(REFUSED_KIND)
    if kind in MEASURED:
        _measure(stream, kind)
    stream.seek(0)
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


def _measure(stream: BinaryIO, kind: str) -> None:
    """A small file that says it has more points than any camera is a bomb; one without a size is no picture."""
    from backoffice.infra import pictures

    try:
        width, height = pictures.measure(stream, kind)
    except pictures.DamagedPicture:
        raise RefusedFile(DAMAGED) from None
    if width * height > pictures.MOST_PIXELS:
        raise RefusedFile(
            Wording(
                "cette image a plus de %(most)s millions de points. Réduisez-la, ou envoyez-la en PDF.",
                most=pictures.MOST_PIXELS // 1_000_000,
            )
        )


def _directory_size(tail: bytes) -> int:
    """The bytes of an archive's list of members, which is read whole: from its last record (APPNOTE 4.3.16)."""
    end = tail.rfind(_ARCHIVE_END)
    return int.from_bytes(tail[end + 12 : end + 16], "little") if end >= 0 else 0


def _swells(archive: zipfile.ZipFile) -> bool:
    """Whether a document is much larger than it looks: by what it packs, or by what its XML declares."""
    members = archive.infolist()
    if len(members) > MOST_MEMBERS or sum(one.file_size for one in members) > MOST_UNPACKED:
        return True
    return any(one.filename.endswith((".xml", ".rels")) and _declares(archive, one) for one in members)


def _declares(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bool:
    # Only the head is unpacked, whatever the member says it weighs; NULs are those of UTF-16.
    with archive.open(member) as stream:
        return b"<!ENTITY" in stream.read(XML_HEAD).replace(b"\0", b"").upper()


def _zipped(stream: BinaryIO, tail: bytes) -> str:
    """Which office document an archive is; another archive, one with macros, or one that swells, is refused."""
    stream.seek(0)
    if stream.read(4) != b"PK\x03\x04":  # an archive behind something else
        raise RefusedFile(REFUSED_KIND)
    if _directory_size(tail) > MOST_MEMBERS * BYTES_PER_MEMBER:
        raise RefusedFile(SWOLLEN)
    try:
        with zipfile.ZipFile(stream) as archive:
            names, swollen = archive.namelist(), _swells(archive)
            declared = archive.open("mimetype").read(100).decode("ascii", "replace") if "mimetype" in names else ""
    except Exception as error:
        # A hostile archive makes its reader fail in any way it likes: whatever it is, it cannot be read.
        raise RefusedFile(UNREADABLE) from error
    if swollen:
        raise RefusedFile(SWOLLEN)
    if any(name.lower().endswith(("vbaproject.bin", ".exe", ".js", ".class")) for name in names):
        raise RefusedFile(REFUSED_CONTENT)
    if declared:
        return declared.strip()
    if "[Content_Types].xml" not in names:
        raise RefusedFile(REFUSED_KIND)
    return next((kind for folder, kind in OFFICE_FOLDERS.items() if any(n.startswith(folder) for n in names)), "")
