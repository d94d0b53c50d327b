"""Read header fields as mailers really write them: raw 8-bit, encoded words, broken folding, odd addresses."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from urllib.parse import unquote_to_bytes

from channels import charsets, transfer_encodings

HEADER_LIMIT = (
    256 * 1024
)  # bytes of header fields read; what follows is dropped from the values, never from the raw file
_FIELD = re.compile(rb"([!-9;-~]{1,200})[ \t]*:[ \t]*")
_USUAL_LENGTH = 100  # letters of a Content-Type that many messages share: worth remembering
_FOLDED = (b" ", b"\t")
_WHOLE_FIELD = re.compile(rb"([!-9;-~]{1,200})[ \t]*:[ \t]*([^\n]*(?:\n[ \t][^\n]*)*)\n?")
_SOUND_BLOCK = re.compile(rb"(?:[!-9;-~]{1,200}+[ \t]*+:[^\n]*+(?:\n[ \t][^\n]*+)*+(?:\n|\Z))*+")
_ENCODED_WORD = re.compile(r"=\?([A-Za-z0-9_\-:.+$*()/ ]{1,60})\?([bBqQ])\?(.*?)\?=", re.DOTALL)
_BETWEEN_WORDS = re.compile(r"(\?=)\s+(?==\?[^?]{1,60}\?[bBqQ]\?)")
_FOLDING = re.compile(r"[\r\n]+[ \t]*")
_MESSAGE_ID = re.compile(r"<([^<>]+)>")
_PARAMETER = re.compile(r"([^\s=;\"]{1,80})\s*+=\s*(\"(?:[^\"\\]|\\.)*\"?|[^;]*)", re.DOTALL)
_ADDRESS = re.compile(r"[^\s<>\"(),:;@\[\]]{1,250}@[^\s<>\"(),:;]+")
_ADDRESS_MARK = re.compile(r"[\"()<>,;:]")
_ANGLE_AT_END = re.compile(r"<([^<>]*+)>?\s*+(?:\([^()]*+\))?\s*+$")
_ANGLE = re.compile(r"<([^<>]+)>")
_SPACES = re.compile(r"\s+")
_COMMENT = re.compile(r"\(([^()]*)\)")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Address:
    """A mailbox as written in a header: display name (may be empty) and addr-spec (may be empty)."""

    name: str
    address: str


class Headers(Mapping[str, tuple[str, ...]]):
    """The fields of one entity by lower-case name: all values, unfolded, encoded words left as they are.

    A message has some forty fields and a dozen are ever read: each is unfolded when it is first asked for.
    """

    __slots__ = ("_raw", "_read", "charset")

    def __init__(self, fields: Iterable[tuple[str, bytes]]) -> None:
        self._raw: dict[str, list[bytes]] = {}
        self._read: dict[str, tuple[str, ...]] = {}
        self.charset = ""  # declared by the body: the best hint for undeclared 8-bit fields
        for name, value in fields:
            self._raw.setdefault(name, []).append(value)

    def __getitem__(self, name: str) -> tuple[str, ...]:
        if name not in self._read:
            self._read[name] = tuple(unfold(value, self.charset) for value in self._raw[name])
        return self._read[name]

    def __contains__(self, name: object) -> bool:
        return name in self._raw

    def __iter__(self) -> Iterator[str]:
        return iter(self._raw)

    def __len__(self) -> int:
        return len(self._raw)

    def list_raw(self, name: str) -> list[bytes]:
        """Every value of one field as bytes, folding included."""
        return self._raw.get(name, [])

    def raw(self, name: str) -> str:
        """First value; empty when the field is missing."""
        return self[name][0] if name in self._raw else ""

    def text(self, name: str) -> str:
        """First value, decoded for people; empty when the field is missing."""
        return decode_words(self.raw(name))


def split_fields(block: bytes) -> list[tuple[str, bytes]]:
    """Fields of a header block; lines that are neither a field nor folded are taken as broken folding."""
    block = block[:HEADER_LIMIT]
    if is_sound(block):
        found = _WHOLE_FIELD.findall(block)
        return [(name.decode("ascii").lower(), value.rstrip()) for name, value in found]
    fields: list[tuple[str, list[bytes]]] = []
    for line in block.split(b"\n"):
        mark = None if line[:1] in _FOLDED else _FIELD.match(line)
        if mark is not None:
            fields.append((mark.group(1).decode("ascii").lower(), [line[mark.end() :]]))
        elif fields:
            fields[-1][1].append(line)
    return [(name, b"\n".join(lines).rstrip()) for name, lines in fields]


def is_sound(block: bytes) -> bool:
    """True when every line of a header block is a field or folded under one."""
    return _SOUND_BLOCK.fullmatch(block) is not None


def unfold(value: bytes, charset: str = "") -> str:
    """One line of text from a raw field value; undeclared 8-bit is UTF-8, then `charset`, then a guess."""
    if value.isascii() and b"\x00" not in value:
        plain = value.decode("ascii").strip()
        return _FOLDING.sub(" ", plain) if "\n" in plain or "\r" in plain else plain
    if value.isascii():
        text = value.decode("ascii")
    else:
        try:
            text = value.decode("utf-8")
        except ValueError:
            text = charsets.decode(value, charset)
    if "\n" in text or "\r" in text:
        text = _FOLDING.sub(" ", text)
    return charsets.scrub(text).strip()


def decode_words(text: str) -> str:
    """RFC 2047 encoded words decoded, neighbours joined before decoding when a letter is split between them."""
    if "=?" not in text:
        return charsets.scrub(charsets.repair_double_encoding(_decode_escapes(text)))
    text = _BETWEEN_WORDS.sub(r"\1", text)
    pieces: list[str] = []
    pending, pending_charset, end = b"", "", 0
    for word in _ENCODED_WORD.finditer(text):
        charset = word.group(1).split("*")[0].strip()
        content = _word_bytes(word.group(2), word.group(3))
        if pending and (word.start() > end or charset.lower() != pending_charset.lower()):
            pieces.append(charsets.decode(pending, pending_charset))
            pending = b""
        if word.start() > end:
            pieces.append(text[end : word.start()])
        pending, pending_charset, end = pending + content, charset, word.end()
    if pending:
        pieces.append(charsets.decode(pending, pending_charset))
    pieces.append(text[end:])
    return _CONTROL.sub(" ", "".join(pieces)).strip()


def _decode_escapes(text: str) -> str:
    return charsets.decode(text.encode("ascii", "replace"), "iso-2022-jp") if "\x1b$" in text else text


def _word_bytes(encoding: str, content: str) -> bytes:
    if encoding in "bB":
        return transfer_encodings.decode(content.encode("ascii", "ignore"), "base64", is_text=False)
    escaped = content.replace("_", " ").encode("utf-8", "replace")
    return re.sub(rb"=([0-9A-Fa-f]{2})", lambda pair: bytes([int(pair.group(1), 16)]), escaped)


def parse_parameters(value: str) -> tuple[str, dict[str, str]]:
    """`text/plain; charset=x` → (`text/plain`, {`charset`: `x`}), with RFC 2231 pieces joined and decoded."""
    if len(value) > _USUAL_LENGTH:
        return _parse_parameters(value)
    main, parameters = _parse_usual_parameters(value)
    return main, dict(parameters)


@lru_cache(maxsize=512)
def _parse_usual_parameters(value: str) -> tuple[str, dict[str, str]]:
    return _parse_parameters(value)


def _parse_parameters(value: str) -> tuple[str, dict[str, str]]:
    head, _, _ = value.partition(";")
    main = head.strip().strip("\"'").lower()
    if " " in main or "=" in main:
        main = "" if "=" in main.split(" ", 1)[0] else main.split(" ", 1)[0]
    found: dict[str, str] = {}
    pieces: dict[str, list[tuple[int, bool, str]]] = {}
    for match in _PARAMETER.finditer(value, len(main) if main else 0):
        name, content = match.group(1).strip("\"'").lower(), _unquote(match.group(2))
        if not name.startswith(("name", "filename")) and not match.group(2).startswith('"'):
            content = content.split(None, 1)[0] if content else ""
        if "*" not in name:
            found.setdefault(name, decode_words(content))
            continue
        base, *rest = name.split("*")
        rank = int(rest[0]) if rest[0].isdigit() and len(rest[0]) < 5 else 0
        pieces.setdefault(base, []).append((rank, rest[-1] == "" or len(rest) > 1, content))
    for base, parts in pieces.items():
        found[base] = _join_continuations(sorted(parts))
    return main, found


def _unquote(content: str) -> str:
    content = content.strip()
    if content.startswith('"'):
        content = content[1:-1] if len(content) > 1 and content.endswith('"') else content[1:]
        return content.replace('\\"', '"').replace("\\\\", "\\")
    return content.strip("'") if content.startswith("'") and content.endswith("'") else content


def _join_continuations(parts: list[tuple[int, bool, str]]) -> str:
    charset, content = "", b""
    for place, (_, is_encoded, piece) in enumerate(parts):
        if not is_encoded:
            content += piece.encode("utf-8", "replace")
            continue
        declared = piece.split("'", 2) if place == 0 else [piece]
        if len(declared) == 3:
            charset = declared[0]
        content += unquote_to_bytes(declared[-1] if len(declared) in (1, 3) else piece)
    return decode_words(charsets.decode(content, charset))


def parse_addresses(value: str) -> tuple[Address, ...]:
    """Every mailbox of an address field, groups opened; what has no address keeps its name."""
    if not value:
        return ()
    return tuple(address for piece in _join_names(value) if (address := _parse_mailbox(piece)) is not None)


def _join_names(value: str) -> Iterator[str]:
    """Mailboxes with the names that hold an unquoted comma put together again: `Berthier, Nadia <n@b.fr>`."""
    waiting = ""
    for piece in _split_mailboxes(value):
        if "@" not in piece and "<" not in piece and "=?" not in piece and piece.strip():
            if waiting:
                yield waiting
            waiting = piece
        elif waiting and "<" in piece and piece.strip()[0] not in '<"':
            yield f"{waiting},{piece}"
            waiting = ""
        else:
            if waiting:
                yield waiting
            waiting = ""
            yield piece
    if waiting:
        yield waiting


def _split_mailboxes(value: str) -> Iterator[str]:
    """Cut at commas and group marks that stand outside quotes, comments and angle brackets."""
    start, in_angle, last_angle = 0, False, value.rfind(">")
    for place in _outside_quotes(value):
        letter = value[place]
        if letter in "<>":
            in_angle = letter == "<"
        elif letter in ",;" and (not in_angle or place > last_angle):
            yield value[start:place]
            start, in_angle = place + 1, False
        elif letter == ":" and not in_angle and "@" not in value[start:place]:
            start = place + 1
    yield value[start:]


def _outside_quotes(value: str) -> Iterator[int]:
    """Places of the marks of an address list that stand in no quoted name and in no comment."""
    comment, is_quoted, is_balanced = 0, False, value.count('"') % 2 == 0
    for mark in _ADDRESS_MARK.finditer(value):
        letter = mark.group()
        if letter == '"':
            is_quoted ^= is_balanced and not comment and value[mark.start() - 1 : mark.start()] != "\\"
        elif not is_quoted and letter in "()":
            comment = max(0, comment + (1 if letter == "(" else -1))
        elif not is_quoted and not comment:
            yield mark.start()


def _parse_mailbox(piece: str) -> Address | None:
    piece = piece.strip()
    if not piece:
        return None
    angle = _ANGLE_AT_END.search(piece) or _ANGLE.search(piece)
    if angle:
        name = _display_name(piece[: angle.start()]) or _display_name(piece[angle.end() :])
        route = angle.group(1).strip()
        address = route.rpartition(":")[2] if route.startswith("@") else route.removeprefix("mailto:")
        if "=?" in address:
            address = decode_words(address)
        return Address(name, _SPACES.sub("", address) if "@" in address else address)
    bare = _COMMENT.sub(" ", piece).strip()
    comment = _COMMENT.search(piece)
    found = _ADDRESS.search(bare)
    if found is None:
        decoded = decode_words(bare)
        found = _ADDRESS.search(decoded)
        if found is None:
            words = _display_name(bare)
            return (
                Address("" if words and " " not in words else words, words if " " not in words else "")
                if words
                else None
            )
        bare = decoded
    around = (bare[: found.start()] + " " + bare[found.end() :]).strip(" \"'")
    return Address(_display_name(comment.group(1)) if comment else _display_name(around), found.group().strip("'\"."))


def _display_name(text: str) -> str:
    text = text.strip()
    if text.startswith('"') and text.endswith('"') and len(text) > 1:
        text = re.sub(r"\\(.)", r"\1", text[1:-1])
    name = decode_words(text).strip()
    return name.strip('"').strip() if name.count('"') in (1, 2) else name


def list_message_ids(value: str) -> tuple[str, ...]:
    """Message identifiers of a field without their angle brackets, in order, each once."""
    found = [_SPACES.sub("", match) for match in _MESSAGE_ID.findall(value)]
    if not found:
        found = [word.strip("<>,;\"'") for word in value.split() if "@" in word or "<" in word]
    return tuple(dict.fromkeys(identifier for identifier in found if identifier))


def parse_date(value: str) -> datetime | None:
    """The aware date of a Date field; without a zone it is read as UTC; None when it cannot be read."""
    for text in (value, re.sub(r"\([^)]*\)?|[^\w\s:+,\-/]", " ", value)):
        try:
            moment = parsedate_to_datetime(text)
            moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
            moment.astimezone(UTC)
            return moment
        except (ValueError, TypeError, IndexError, OverflowError, AttributeError):
            continue
    return None
