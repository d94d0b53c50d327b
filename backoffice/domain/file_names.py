"""Names of files that any system can unpack, from what people called them."""

import unicodedata

LONGEST = 100
_KEPT_MARKS = frozenset(" ._-–’'()")


def safe_name(given: str, number: int | None = None) -> str:
    """A name without path, control or turning mark: « ../../Été:.pdf » becomes « Été_.pdf ».

    `number` goes first, so that no name is empty, reserved by a system or given twice.
    """
    name = unicodedata.normalize("NFC", given).replace("\\", "/").rpartition("/")[2]
    kept = "".join(sign if sign.isalnum() or sign in _KEPT_MARKS or _is_mark(sign) else "_" for sign in name)
    stem, dot, extension = kept.strip(" .").rpartition(".")
    if not dot or len(extension) > 10:
        stem, dot, extension = kept.strip(" ."), "", ""
    short = f"{stem[: LONGEST - len(extension)].strip(' .') or 'fichier'}{dot}{extension}"
    return short if number is None else f"{number:03}-{short}"


def _is_mark(sign: str) -> bool:
    """A letter's own accent that stands apart (Vietnamese, Arabic, Hindi)."""
    return unicodedata.category(sign) in {"Mn", "Mc"}
