"""Cut the bytes of a message into its tree of parts in one pass of searches, and mend what can be mended.

The standard library reads a message line by line; here each multipart is cut at the places where its boundary is
found, so that a large attachment costs one search. A difference with the standard library is a mended defect.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from channels import charsets, transfer_encodings
from channels.mime_headers import HEADER_LIMIT, Headers, is_sound, parse_parameters, split_fields

PART_LIMIT = 1000
DEPTH_LIMIT = 30
_NOT_A_FIELD = re.compile(rb"^(?![!-9;-~]{1,200}[ \t]*:)(?![ \t])[^\r\n]+", re.MULTILINE)
_IS_FIELD = re.compile(rb"[!-9;-~]{1,200}[ \t]*:|[ \t]")
_ENVELOPE_LINE = re.compile(rb"(?:\s*>?From [^\r\n]*(?:\r\n|\r|\n))+")
_GUESSED_BOUNDARY = re.compile(
    rb"^--([^\r\n]{1,200}?)[ \t]*\r?\n(?:[Cc][Oo][Nn][Tt][Ee][Nn][Tt]-[A-Za-z-]+[ \t]*:)", re.MULTILINE
)
_BOUNDARY_PARAMETER = re.compile(r"boundary\s*=\s*(?:\"([^\"]*)\"?|'([^']*)'|([^\s;]+))", re.IGNORECASE)
_HTML_START = re.compile(rb"\s*(?:<!doctype html|<html|<body|<head>)", re.IGNORECASE)
_ENCODING_NOISE = re.compile(r"\(.*?\)|[\"';\s].*")
_LINE_END = re.compile(rb"[ \t]*(?:\r*\n|\Z)")


@dataclass
class Part:
    """One entity: its header fields, its undecoded body and its children (a multipart, or the message inside)."""

    headers: Headers
    body: bytes
    media_type: str = "text/plain"
    parameters: dict[str, str] = field(default_factory=dict)
    children: list["Part"] = field(default_factory=list)

    @cached_property
    def transfer_encoding(self) -> str:
        """Lower-case Content-Transfer-Encoding without comments or quotes; empty when missing."""
        value = self.headers.raw("content-transfer-encoding")
        return _ENCODING_NOISE.sub("", value.strip("\"' ")).lower() if value else ""

    @cached_property
    def disposition(self) -> tuple[str, dict[str, str]]:
        """Content-Disposition as (`attachment`, parameters)."""
        value = self.headers.raw("content-disposition")
        return parse_parameters(value) if value else ("", {})

    @cached_property
    def content(self) -> bytes:
        """Bytes after the transfer encoding is undone."""
        return transfer_encodings.decode(self.body, self.transfer_encoding, is_text=self.media_type.startswith("text/"))

    @cached_property
    def text(self) -> str:
        """Decoded text with `\\n` line ends."""
        text = charsets.decode(self.content, self.parameters.get("charset", ""))
        return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text

    @property
    def filename(self) -> str:
        """The name its sender gave it, as written (see attachments for the safe one)."""
        return self.disposition[1].get("filename") or self.parameters.get("name") or ""

    def walk(self) -> Iterator["Part"]:
        """This part and all below it, in document order."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass
class _Growth:
    """What one parse has used up and found wrong."""

    defects: list[str]
    parts: int = 0


def split(raw: bytes, defects: list[str]) -> Part:
    """The tree of a whole message; every fault met is named in `defects`, none is raised."""
    raw = _with_line_feeds(raw, defects)
    envelope = _ENVELOPE_LINE.match(raw)
    start = envelope.end() if envelope else 0
    if raw.startswith(b"\xef\xbb\xbf"):
        start = 3
    while raw[start : start + 1] in (b"\r", b"\n"):
        start += 1
    return _entity(raw[start:], _Growth(defects), depth=0)


def _with_line_feeds(raw: bytes, defects: list[str]) -> bytes:
    if b"\r" not in raw:
        return raw
    pairs, feeds, returns = raw.count(b"\r\n"), raw.count(b"\n"), raw.count(b"\r")
    if returns - pairs > 4 * feeds:
        defects.append("lines end with CR only")
        return raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return raw


def _entity(raw: bytes, growth: _Growth, depth: int, default_type: str = "text/plain") -> Part:
    growth.parts += 1
    block, body = _cut_headers(raw, growth.defects)
    if len(block) > HEADER_LIMIT:
        growth.defects.append("header fields over the limit")
    headers = Headers(split_fields(block))
    part = Part(headers, body, default_type)
    _read_type(part, growth, default_type)
    headers.charset = part.parameters.get("charset", "")
    if depth >= DEPTH_LIMIT or growth.parts >= PART_LIMIT:
        growth.defects.append("nested too deep" if depth >= DEPTH_LIMIT else "too many parts")
        return part
    if part.media_type.startswith("multipart/"):
        _open_multipart(part, growth, depth)
    elif part.media_type in ("message/rfc822", "message/global", "message/news"):
        inner = part.content if part.transfer_encoding in ("base64", "quoted-printable") else part.body
        part.children = [_entity(inner.lstrip(b"\r\n"), growth, depth + 1)]
    return part


def _cut_headers(raw: bytes, defects: list[str]) -> tuple[bytes, bytes]:
    """(header block, body). The block ends at the first blank line, or where lines stop looking like fields."""
    if raw[:1] == b"\n" or raw[:2] == b"\r\n":
        return b"", raw.lstrip(b"\r")[1:]
    block_end = _find_blank_line(raw)
    body_start = raw.find(b"\n", block_end) + 1 or len(raw)
    block = raw[:block_end]
    if is_sound(block):
        return block, raw[body_start:]
    stray = _NOT_A_FIELD.search(block)
    while stray:
        line_end = block.find(b"\n", stray.start())
        is_followed = line_end != -1 and _IS_FIELD.match(block, line_end + 1) is not None
        if stray.start() == 0 and not is_followed:
            defects.append("no header fields")
            return b"", raw
        if not is_followed:
            defects.append("no blank line after the header fields")
            return block[: stray.start()], raw[stray.start() :]
        defects.append("broken folding in the header fields")
        stray = _NOT_A_FIELD.search(block, line_end + 1)
    return block, raw[body_start:]


def _find_blank_line(raw: bytes) -> int:
    """Where the first blank line begins, or the end of the bytes."""
    end = len(raw)
    for mark in (b"\n\n", b"\n\r\n", b"\n\r\r\n"):
        found = raw.find(mark, 0, end)
        end = found + 1 if found != -1 else end
    return end


def _read_type(part: Part, growth: _Growth, default_type: str) -> None:
    values = part.headers.list_raw("content-type")
    if not values:
        if default_type == "text/plain" and _HTML_START.match(part.body):
            part.media_type = "text/html"
        elif growth.parts == 1:
            _adopt_undeclared_multipart(part, growth)
        return
    chosen = 0
    if len(values) > 1:
        growth.defects.append("several Content-Type fields")
        chosen = next((place for place, value in enumerate(values) if _is_sound_multipart(value, part.body)), 0)
    value = values[chosen].decode("utf-8", "replace").replace("\r", "").replace("\n", " ")
    media_type, part.parameters = parse_parameters(value)
    part.media_type = _known_type(media_type, default_type)
    if part.media_type.startswith("multipart/") and (found := _BOUNDARY_PARAMETER.search(value)):
        part.parameters["boundary"] = next((group for group in found.groups() if group is not None), "").rstrip()


def _is_sound_multipart(value: bytes, body: bytes) -> bool:
    found = _BOUNDARY_PARAMETER.search(value.decode("utf-8", "replace"))
    return found is not None and b"--" + next(group for group in found.groups() if group is not None).encode() in body


def _known_type(media_type: str, default_type: str) -> str:
    main, slash, sub = media_type.partition("/")
    if main and slash and sub:
        return media_type
    return {"html": "text/html", "multipart": "multipart/mixed", "image": "image/unknown"}.get(main, default_type)


def _adopt_undeclared_multipart(part: Part, growth: _Growth) -> None:
    """A message whose Content-Type is lost but whose body plainly begins as a multipart."""
    found = _GUESSED_BOUNDARY.search(part.body[:4096])
    before = part.body[: found.start()].strip() if found else b""
    if found and (not before or b"multi-part message" in before.lower() or b"mime" in before.lower()[:200]):
        growth.defects.append("multipart without a Content-Type")
        part.media_type = "multipart/mixed"
        part.parameters["boundary"] = found.group(1).decode("utf-8", "surrogateescape")


def _open_multipart(part: Part, growth: _Growth, depth: int) -> None:
    boundary = part.parameters.get("boundary", "").encode("utf-8", "surrogateescape")
    body = part.body
    pieces = _cut_at(body, boundary, growth.defects) if boundary else []
    if not pieces and part.transfer_encoding in ("base64", "quoted-printable"):
        body = part.content
        pieces = _cut_at(body, boundary, growth.defects) if boundary else []
    if not pieces and (guessed := _GUESSED_BOUNDARY.search(body)):
        growth.defects.append("boundary missing or wrong")
        pieces = _cut_at(body, guessed.group(1), growth.defects)
    if not pieces:
        growth.defects.append("multipart without parts")
        return
    default = "message/rfc822" if part.media_type == "multipart/digest" else "text/plain"
    for piece in pieces:
        if growth.parts >= PART_LIMIT:
            growth.defects.append("too many parts")
            break
        part.children.append(_entity(piece, growth, depth + 1, default))


def _cut_at(body: bytes, boundary: bytes, defects: list[str]) -> list[bytes]:
    """Bytes between boundary lines. Parts after a closing line are kept: some mailers close too early."""
    delimiter = b"--" + boundary
    marks: list[tuple[int, int, bool]] = []  # where the line begins, where the next begins, is it closing
    place = body.find(delimiter)
    while place != -1:
        after = place + len(delimiter)
        if place == 0 or body[place - 1 : place] == b"\n":
            is_closing = body[after : after + 2] == b"--"
            end = _LINE_END.match(body, after + 2 if is_closing else after)
            if end:
                marks.append((place, end.end(), is_closing))
        place = body.find(delimiter, after)
    if not marks:
        return []
    if not marks[-1][2]:
        defects.append("no closing boundary")
    pieces = []
    for place, (_, start, is_closing) in enumerate(marks):
        is_last = place + 1 == len(marks)
        piece = body[start : len(body) if is_last else marks[place + 1][0]]
        if (is_last or is_closing) and ((is_closing and is_last) or not piece.strip()):
            continue
        if not is_last and piece.endswith(b"\n"):
            piece = piece[: -2 if piece.endswith(b"\r\n") else -1]
        pieces.append(piece)
    return pieces
