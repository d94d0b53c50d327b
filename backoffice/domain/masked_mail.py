"""A raw message as those who repair mailboxes see it: its structure byte for byte, and not a word of what it says."""

import re

MOST_BYTES = 64 * 1024

# Fields that say how a message is built, and how it travelled in time; what they hold is nobody's private life.
_STRUCTURE = re.compile(
    r"(?:content-type|content-transfer-encoding|content-disposition|mime-version|date)\s*:", re.IGNORECASE
)
_PARAMETER = re.compile(r"((?:file)?name\*?[0-9]*\*?\s*=\s*)(\"[^\"]*\"?|[^;\s]+)", re.IGNORECASE)
_FIELD = re.compile(r"([!-9;-~]+)(\s*:)(.*)", re.DOTALL)
_BOUNDARY = re.compile(rb"boundary\s*=\s*(?:\"([^\"\r\n]{1,72})\"|([^;\s\"]{1,72}))", re.IGNORECASE)
_LETTER, _DIGIT = re.compile(r"[^\W\d_]"), re.compile(r"\d")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def mask(raw: bytes) -> str:
    """The beginning of a message with each letter shown as « x », each digit as « 0 », and each odd byte by its number.

    Names of fields, what says its structure, and the boundaries of its parts stay as they are.
    """
    shown, in_head, in_structure = [], True, False
    boundaries = {f"--{(quoted or bare).decode('latin-1')}" for quoted, bare in _BOUNDARY.findall(raw[:MOST_BYTES])}
    for line in raw[:MOST_BYTES].decode("latin-1").split("\n"):
        bare = line.rstrip("\r")
        field = _FIELD.fullmatch(bare) if in_head else None
        if not bare:
            in_head = in_structure = False
        elif bare.rstrip().removesuffix("--") in boundaries or bare.rstrip() in boundaries:
            in_head, in_structure = True, True
        elif field is not None:
            in_structure = _STRUCTURE.match(bare) is not None
        elif not (in_head and bare[0] in " \t"):
            in_structure = False
        if in_structure:
            bare = _PARAMETER.sub(lambda found: found[1] + _masked(found[2]), bare)
        elif field is not None:
            bare = field[1] + field[2] + _masked(field[3])
        else:
            bare = _masked(bare)
        shown.append(_CONTROL.sub(lambda odd: f"\\x{ord(odd[0]):02x}", bare))
    return "\n".join(shown)


def _masked(text: str) -> str:
    return _DIGIT.sub("0", _LETTER.sub("x", text))
