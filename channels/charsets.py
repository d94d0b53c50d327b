"""Turn mail bytes into text whatever charset they claim to be in: aliases, supersets, detection, then replacement."""

import codecs
import re
from functools import lru_cache

from charset_normalizer import from_bytes

# What mailers write, against what Python calls it. Supersets win: what says gb2312 is in fact gb18030, and so on.
_ALIASES = {
    "ascii": "cp1252",
    "usascii": "cp1252",
    "ansix341968": "cp1252",
    "iso646us": "cp1252",
    "646": "cp1252",
    "iso88591": "cp1252",
    "88591": "cp1252",
    "latin1": "cp1252",
    "l1": "cp1252",
    "iso88591windows31latin1": "cp1252",
    "ansi": "cp1252",
    "xansi": "cp1252",
    "windows1252": "cp1252",
    "win1252": "cp1252",
    "1252": "cp1252",
    "xcp1252": "cp1252",
    "iso885915": "iso8859-15",
    "latin9": "iso8859-15",
    "iso88599": "cp1254",
    "latin5": "cp1254",
    "iso88598i": "cp1255",
    "iso88598e": "cp1255",
    "iso88598": "cp1255",
    "logical": "cp1255",
    "tis620": "cp874",
    "iso885911": "cp874",
    "windows874": "cp874",
    "utf8": "utf-8",
    "uft8": "utf-8",
    "utf": "utf-8",
    "unicode": "utf-8",
    "utf8mb4": "utf-8",
    "unicode11utf8": "utf-8",
    "cp65001": "utf-8",
    "65001": "utf-8",
    "xutf8": "utf-8",
    "unicode11utf7": "utf-7",
    "unicode20utf7": "utf-7",
    "xunicode20utf7": "utf-7",
    "utf7": "utf-7",
    "gb2312": "gb18030",
    "xgb2312": "gb18030",
    "isogb2312": "gb18030",
    "gb231280": "gb18030",
    "csgb2312": "gb18030",
    "gbk": "gb18030",
    "xgbk": "gb18030",
    "gb18030": "gb18030",
    "cp936": "gb18030",
    "936": "gb18030",
    "euccn": "gb18030",
    "xeuccn": "gb18030",
    "hzgb2312": "hz",
    "ksc56011987": "cp949",
    "ksc5601": "cp949",
    "xksc56011987": "cp949",
    "euckr": "cp949",
    "cp949": "cp949",
    "uhc": "cp949",
    "windows949": "cp949",
    "ks": "cp949",
    "korean": "cp949",
    "shiftjis": "cp932",
    "xsjis": "cp932",
    "sjis": "cp932",
    "mskanji": "cp932",
    "windows31j": "cp932",
    "cp932": "cp932",
    "eucjp": "euc_jp",
    "xeucjp": "euc_jp",
    "cp51932": "euc_jp",
    "iso2022jp": "iso-2022-jp",
    "iso2022jpesc": "iso-2022-jp",
    "iso2022jpms": "iso-2022-jp",
    "iso2022jp1": "iso-2022-jp",
    "iso2022jp2": "iso-2022-jp",
    "cp50220": "iso-2022-jp",
    "cp50221": "iso-2022-jp",
    "csiso2022jp": "iso-2022-jp",
    "jis": "iso-2022-jp",
    "big5": "big5hkscs",
    "xbig5": "big5hkscs",
    "big5hkscs": "big5hkscs",
    "cnbig5": "big5hkscs",
    "macintosh": "mac_roman",
    "mac": "mac_roman",
    "xmacroman": "mac_roman",
    "macroman": "mac_roman",
    "koi8": "koi8_r",
    "xkoi8r": "koi8_r",
    "ibm850": "cp850",
    "xcp850": "cp850",
}
_SAYS_NOTHING = {
    "",
    "unknown",
    "xunknown",
    "unknown8bit",
    "xunknown8bit",
    "8bit",
    "binary",
    "default",
    "none",
    "xuserdefined",
}
_HIGH_UNDEFINED = {0x81: "\x81", 0x8D: "\x8d", 0x8F: "\x8f", 0x90: "\x90", 0x9D: "\x9d"}
_JIS_SEGMENT = re.compile(rb"\x1b(\$[@B]|\$\([@BDO]|\([BJIH])([^\x1b]*)")
_ISO_2022_JP = re.compile(rb"\x1b\$[@B]|\x1b\$\([BDO]")
_MOJIBAKE = re.compile(
    "\u00c3[\u00a0-\u00bf\u0192\u201a-\u2026\u2039\u0152\u017d\u2018-\u201d\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\u017e\u0178]|\u00e2\u20ac|\u00c2[\u00a0\u00ab\u00bb\u00b0]"
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_DETECTION_SAMPLE = 4096


def scrub(text: str) -> str:
    """Take out what neither JSON nor PostgreSQL accepts: lone surrogates and NUL."""
    if "\x00" in text:
        text = text.replace("\x00", "")
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return _SURROGATE.sub("\ufffd", text)
    return text


@lru_cache(maxsize=256)
def find_codec(declared: str) -> str | None:
    """The Python codec for a charset name as mailers write it, or None when the name says nothing."""
    key = re.sub(r"[^a-z0-9]", "", declared.lower().split("*")[0])
    if key in _SAYS_NOTHING:
        return None
    if key in _ALIASES:
        return _ALIASES[key]
    for candidate in (
        declared.strip().lower(),
        key,
        re.sub(r"^(x|cs)-?", "", declared.strip().lower()),
        f"cp{key[-4:]}",
    ):
        try:
            codec = codecs.lookup(candidate)
            text = b"a".decode(candidate)
        except (LookupError, ValueError, TypeError):
            continue
        if isinstance(text, str):
            return codec.name
    return None


def decode(data: bytes, declared: str = "") -> str:
    """Text of `data`, said to be in charset `declared`; never raises and never returns NUL or lone surrogates."""
    codec = find_codec(declared) if declared else None
    if data.isascii() and b"\x1b" not in data and codec not in ("utf-7", "hz", "utf-16", "utf-16-le", "utf-16-be"):
        return scrub(data.decode("ascii"))
    return scrub(_decode(data, codec))


def _decode(data: bytes, codec: str | None) -> str:
    if data.startswith(b"\xef\xbb\xbf"):
        data, codec = data[3:], "utf-8"
    elif data.startswith((b"\xff\xfe", b"\xfe\xff")) and b"\x00" in data[:64]:
        return data.decode("utf-16", "replace")
    if codec in (None, "cp1252", "utf-8"):
        if _ISO_2022_JP.search(data):
            return _decode_iso_2022_jp(data)
        text = _find_strict(data, "utf-8")
        if text is not None:
            return repair_double_encoding(text)
        if codec == "utf-8" and _is_mostly_utf_8(data):
            return data.decode("utf-8", "replace")
        return repair_double_encoding(_western(data)) if codec == "cp1252" else _guess(data)
    if codec == "iso-2022-jp":
        return _decode_iso_2022_jp(data)
    text = _find_strict(data, codec)
    if text is not None:
        return text
    return _find_strict(data, "utf-8") or _mended(data, codec)


def _find_strict(data: bytes, codec: str) -> str | None:
    try:
        return data.decode(codec)
    except (ValueError, LookupError, TypeError):
        return None


def _mended(data: bytes, codec: str) -> str:
    """The declared charset with replacements, unless so much of it is wrong that a guess serves better."""
    try:
        text = data.decode(codec, "replace")
    except (ValueError, LookupError, TypeError):
        return _guess(data)
    return text if text.count("\ufffd") * 20 <= len(text) else _guess(data)


def _is_mostly_utf_8(data: bytes) -> bool:
    """True when the faults are few: a text cut in the middle of a letter, one foreign byte in a page."""
    text = data.decode("utf-8", "replace")
    faults = text.count("\ufffd")
    sound = sum(1 for letter in text if letter > "\x7f") - faults
    return sound > 2 * faults


def _western(data: bytes) -> str:
    text = data.decode("cp1252", "replace")
    if "\ufffd" in text:
        return "".join(bytes([byte]).decode("cp1252", "ignore") or _HIGH_UNDEFINED[byte] for byte in data)
    return text


def _guess(data: bytes) -> str:
    """Undeclared 8-bit text: Western unless the share of high bytes says that words are written with them."""
    text = _find_strict(data, "utf-8")
    if text is not None:
        return text
    high = sum(1 for byte in data[:_DETECTION_SAMPLE] if byte > 0x7F)
    if high * 4 > len(data[:_DETECTION_SAMPLE]):
        for codec in ("gb18030", "cp932", "euc_jp", "cp949", "big5hkscs"):
            text = _find_strict(data, codec)
            if text is not None and _looks_east_asian(text):
                return text
        best = from_bytes(data[:_DETECTION_SAMPLE]).best()
        if best is not None:
            return data.decode(best.encoding, "replace")
    return _western(data)


def _looks_east_asian(text: str) -> bool:
    letters = [letter for letter in text if letter > "\x7f"]
    usual = sum(
        1
        for letter in letters
        if "\u3000" <= letter <= "\u30ff"
        or "\u4e00" <= letter <= "\u9fa5"
        or "\uac00" <= letter <= "\ud7a3"
        or "\uff00" <= letter <= "\uff60"
    )
    return usual * 10 >= len(letters) * 9


def _decode_iso_2022_jp(data: bytes) -> str:
    """ISO-2022-JP with the vendors' extra characters (circled digits, half-width kana), read through cp932."""
    text = _find_strict(data, "iso2022_jp_2")
    if text is not None:
        return text
    pieces, end = [], 0
    for segment in _JIS_SEGMENT.finditer(data):
        pieces.append(_guess(data[end : segment.start()]))
        pieces.append(_jis_segment(segment.group(1), segment.group(2)))
        end = segment.end()
    return "".join(pieces) + _guess(data[end:])


def _jis_segment(escape: bytes, content: bytes) -> str:
    if escape == b"(I":
        return bytes(byte | 0x80 for byte in content).decode("cp932", "replace")
    if not escape.startswith(b"$"):
        return _guess(content)
    text, place = [], 0
    while place < len(content):
        pair = content[place : place + 2]
        if len(pair) < 2 or pair[0] < 0x21:
            text.append(content[place : place + 1].decode("ascii", "replace"))
            place += 1
            continue
        text.append(_shift_jis(pair[0] & 0x7F, pair[1] & 0x7F).decode("cp932", "replace"))
        place += 2
    return "".join(text)


def _shift_jis(row: int, cell: int) -> bytes:
    lead = ((row + 1) >> 1) + (0x70 if row < 0x5F else 0xB0)
    trail = cell + (0x1F if cell < 0x60 else 0x20) if row % 2 else cell + 0x7E
    return bytes((lead & 0xFF, trail & 0xFF))


def repair_double_encoding(text: str) -> str:
    """Undo UTF-8 read as Latin-1 and encoded again (« Ã©tÃ© »), only when the whole text says so."""
    if not ("\u00c3" in text or "\u00c2" in text or "\u00e2\u20ac" in text) or not _MOJIBAKE.search(text):
        return text
    for codec in ("cp1252", "latin-1"):
        try:
            return text.encode(codec).decode("utf-8")
        except ValueError:
            continue
    return text
