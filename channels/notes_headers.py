"""Tell the headers that Lotus Notes writes above a quotation: labels without a colon, in columns or on lines apart."""

import re

_FROM, _TO, _COPY = r"de|from|von|da|van", r"à|a|to|an|para|per|aan|pour", r"cc|cci|bcc|copie"
_DATE, _SUBJECT = r"date|datum|fecha|data", r"objet|subject|betreff|asunto|assunto|oggetto|onderwerp"
_IN_COLUMNS = re.compile(
    rf"^(?:(?P<from>{_FROM})|(?P<to>{_TO})|(?P<date>{_DATE})|(?P<subject>{_SUBJECT}))\s{{2,}}\S"
    rf"|^(?P<copy>{_COPY})(?:\s{{2,}}|$)",
    re.IGNORECASE,
)
_DAY = re.compile(r"^\d{1,4}[/.-]\d{1,2}[/.-]\d{2,4},?\s+\d{1,2}[:.h]\d\d(?:[:.]\d\d)?(?:\s[\w+:]{1,9})?$")
_TO_ALONE = re.compile(rf"^(?:{_TO})\s?:?$", re.IGNORECASE)
_SUBJECT_ALONE = re.compile(rf"^(?:{_SUBJECT})\s?:?$", re.IGNORECASE)
_WINDOW = 16
_SENDER_LIMIT = 120


def find(lines: list[str], start: int) -> int | None:
    """Number of lines of the Notes header that begins at `start`, or None (flat lines)."""
    return _find_columns(lines, start) or _find_apart(lines, start)


def _find_columns(lines: list[str], start: int) -> int | None:
    """« De        Mairie », « A         Nadia », « Date      04/03/2025 », « Objet     Votre demande »."""
    seen: set[str] = set()
    count = 0
    for below, line in enumerate(lines[start : start + _WINDOW], 1):
        label = _IN_COLUMNS.match(line.strip())
        if line.strip() and (label is None or label.lastgroup is None or label.lastgroup in seen):
            break
        if label is not None and label.lastgroup is not None:
            seen.add(label.lastgroup)
            count = below
    return count if seen >= {"from", "date"} and len(seen - {"copy"}) >= 3 else None


def _find_apart(lines: list[str], start: int) -> int | None:
    """The sender, the day, then « Pour », « Objet », each alone on its line above what it says."""
    sender = lines[start].strip()
    written = [place for place in range(start, min(start + _WINDOW, len(lines))) if lines[place].strip()]
    if len(written) < 5 or written[0] != start or not any(letter.isalpha() for letter in sender):
        return None
    if len(sender) > _SENDER_LIMIT or not _DAY.match(lines[written[1]].strip()):
        return None
    if not _TO_ALONE.match(lines[written[2]].strip()):
        return None
    subject = next((place for place in written[3:] if _SUBJECT_ALONE.match(lines[place].strip())), None)
    below = next((place for place in written if subject is not None and place > subject), None)
    return below - start + 1 if below is not None else None
