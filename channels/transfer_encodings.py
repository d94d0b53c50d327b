"""Undo what was done to bytes for the road: base64, quoted-printable, uuencode, yEnc, however damaged."""

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass

_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/=]+")
_CLEAN_BASE64 = re.compile(rb"[A-Za-z0-9+/\s]*=*\s*")
_UU_START = re.compile(rb"(?:^|(?<=\n))begin(-base64)? [0-7]{3,4} ([^\r\n]{1,250})\r?\n")
_UU_END = re.compile(rb"(?:(?<=\n)|^)(?:end|====)[ \t]*\r?(?=\n|\Z)")
_YENC_START = re.compile(rb"(?:^|(?<=\n))=ybegin [^\r\n]{0,200}?name=([^\r\n]{1,250})\r?\n(?:=ypart [^\r\n]*\r?\n)?")
_YENC_END = re.compile(rb"(?<=\n)=yend[^\r\n]*")
_YENC_ESCAPE = re.compile(rb"=(.)", re.DOTALL)
_YENC_SHIFT = bytes((byte - 42) % 256 for byte in range(256))


@dataclass(frozen=True, slots=True)
class EncodedFile:
    """A file found inside a text, and where: the text is `body[:start] + body[end:]` without it."""

    name: bytes
    content: bytes
    start: int
    end: int


def decode(body: bytes, encoding: str, *, is_text: bool) -> bytes:
    """Bytes of a part as they were before transfer; an unknown encoding leaves them as they are."""
    if encoding == "base64":
        return _base64(body, is_text=is_text)
    if encoding == "quoted-printable":
        return _quoted_printable(body)
    if encoding in ("x-uuencode", "uuencode", "x-uue", "uue"):
        return next((file.content for file in find_encoded_files(body)), body)
    return body


def _quoted_printable(body: bytes) -> bytes:
    # Blanks after the soft line break's "=" are legal noise that binascii keeps.
    return binascii.a2b_qp(re.sub(rb"=[ \t]+(?=\r?\n)", b"=", body) if b"= " in body or b"=\t" in body else body)


def _base64(body: bytes, *, is_text: bool) -> bytes:
    if not is_text:
        return _base64_groups(body)
    clean = _CLEAN_BASE64.match(body)
    end = clean.end() if clean else 0
    if end == len(body):
        return _base64_groups(body)
    # A list server or an antivirus has put its plain footer after an encoded text.
    line_start = end if b"=" in body[max(0, end - 4) : end] else body.rfind(b"\n", 0, end) + 1
    rest = body[line_start:]
    if line_start and re.search(rb"[^A-Za-z0-9+/=\s]", rest) and re.search(rb"\w[ \t]+\w", rest):
        return _base64_groups(body[:line_start]) + b"\n" + rest.lstrip()
    return _base64_groups(body)


def _base64_groups(body: bytes) -> bytes:
    padding = body.find(b"=")
    if padding == -1 or not body[padding:].strip(b"= \t\r\n"):
        try:
            return binascii.a2b_base64(body)
        except binascii.Error:
            pass
    return _each_group(body)


def _each_group(body: bytes) -> bytes:
    pieces = []
    for group in re.split(rb"=+", _NOT_BASE64.sub(b"", body)):
        whole = group[:-1] if len(group) % 4 == 1 else group
        try:
            pieces.append(binascii.a2b_base64(whole + b"=" * (-len(whole) % 4)))
        except binascii.Error:
            continue
    return b"".join(pieces)


def find_encoded_files(body: bytes) -> Iterator[EncodedFile]:
    """Files written in the running text as uuencode (`begin 644 name`) or yEnc (`=ybegin`), in order."""
    if b"begin" in body:
        yield from _find_uuencoded(body)
    if b"=ybegin" in body:
        yield from _find_yencoded(body)


def _find_uuencoded(body: bytes) -> Iterator[EncodedFile]:
    start = _UU_START.search(body)
    while start is not None:
        end = _UU_END.search(body, start.end())
        if end is None:
            return
        block = body[start.end() : end.start()]
        content = _base64_groups(block) if start.group(1) else _uudecode(block)
        if content is not None:
            yield EncodedFile(start.group(2).strip(), content, start.start(), end.end())
        start = _UU_START.search(body, end.end())


def _find_yencoded(body: bytes) -> Iterator[EncodedFile]:
    start = _YENC_START.search(body)
    while start is not None:
        end = _YENC_END.search(body, start.end())
        if end is None:
            return
        encoded = body[start.end() : end.start()].replace(b"\r", b"").replace(b"\n", b"")
        plain = _YENC_ESCAPE.sub(lambda escape: bytes([(escape.group(1)[0] - 64) % 256]), encoded)
        yield EncodedFile(start.group(1).strip(), plain.translate(_YENC_SHIFT), start.start(), end.end())
        start = _YENC_START.search(body, end.end())


def _uudecode(lines: bytes) -> bytes | None:
    """Bytes of a uuencoded block, or None when it is prose that happens to say « begin 644 »."""
    decoded, faults = [], 0
    for line in filter(None, (line.rstrip(b"\r") for line in lines.split(b"\n"))):
        try:
            decoded.append(binascii.a2b_uu(line))
        except binascii.Error:
            # Some encoders miscount the last line: trust the announced length, as the standard library does.
            wanted = (((line[0] - 32) & 63) * 4 + 5) // 3
            try:
                decoded.append(binascii.a2b_uu(line[:wanted]))
            except binascii.Error:
                faults += 1
    return b"".join(decoded) if faults * 4 <= len(decoded) else None
