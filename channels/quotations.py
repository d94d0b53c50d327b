"""Find, among the lines of a mail, those it quotes, above, below or between what its writer says."""

import re
from collections.abc import Callable

from channels import attributions, notes_headers, quote_marks, signatures
from channels.html_lines import Line, Mark

# « Mes réponses ci-dessous »: what follows the quotation is the message.
_SEE_BELOW = re.compile(
    r"\bci-dessous\b|\bdessous\b|\bplus\s+bas\b|\bbelow\b|\binline\b|\bunten\b|\babajo\b|\babaixo\b|\bsotto\b|\bhieronder\b",
    re.IGNORECASE,
)
_LINK_ALONE = re.compile(r"^\s*[(<]https?://\S+[)>]\s*+>?\s*+$")
_LONG_LINE = 55  # letters from which a program may have wrapped a quoted line and left its tail without « > »
_LONGEST_NAME = 80  # letters of a line that may be the name with which an attribution begins


def has_words(lines: list[str]) -> bool:
    """True when something is said in these lines, were it by a drawn face."""
    return any(letter.isalnum() for line in lines for letter in line) or any(
        line.strip() and not line.isascii() for line in lines
    )


def cut(lines: list[Line]) -> tuple[list[str], list[str]]:
    """(shown lines, elided lines): cut at a structure or an announcement, else take out what is marked as quoted."""
    if not lines:
        return [], []
    texts = [line.text for line in lines]
    quoted = [
        line.mark is Mark.QUOTED or (line.mark is Mark.TEXT and quote_marks.is_quoted(line.text)) for line in lines
    ]
    _join_wrapped(texts, quoted)
    flat = quote_marks.flatten("\n".join(texts)).split("\n")
    structural = next((place for place, line in enumerate(lines) if line.mark is Mark.CUT), None)
    announced = _find_announcement(flat, quoted, structural if structural is not None else len(flat))
    first = _first_quoted_block(quoted)
    if first is not None and (announced is None or first < announced[0]) and _heads_a_quotation(texts, quoted, first):
        return texts[:first], texts[first:]
    if announced is not None and announced[2]:
        return texts, []
    if announced is not None:
        return _cut_from(texts, quoted, announced[0], announced[1])
    if structural is None:
        return _cut_marked(texts, quoted, first)
    below = structural
    while below < len(lines) and lines[below].mark is Mark.CUT:
        below += 1
    return _cut_from(texts, quoted, structural, below - structural)


def _join_wrapped(texts: list[str], quoted: list[bool]) -> None:
    """Count as quoted the tail of a wrapped quoted line, and the address of a link, that lost their mark."""
    last = max((place for place, text in enumerate(texts) if text.strip()), default=0)
    for place in range(1, last + 1):
        if quoted[place] or not texts[place].strip() or not quoted[place - 1]:
            continue
        above, line = texts[place - 1].rstrip(), texts[place]
        if place == last:
            quoted[place] = line[:1].islower() and _had_no_room(above, line)
        elif quoted[place + 1]:
            is_tail = len(line) < _LONG_LINE and (len(above) >= _LONG_LINE or _had_no_room(above, line))
            quoted[place] = is_tail or _LINK_ALONE.match(line) is not None or _is_end_of_link(above, line)


def _had_no_room(above: str, line: str) -> bool:
    """True when the first word of `line` could not stand on the line above, which ends no sentence."""
    return above[-1:] not in ".!?" and len(above) + 1 + len(line.split(maxsplit=1)[0]) > _LONG_LINE


def _is_end_of_link(above: str, line: str) -> bool:
    """True for the second half of an address « (https://… » that a program cut in two."""
    return (
        "http" in above
        and above.rfind("(") > above.rfind(")")
        and " " not in line.strip()
        and line.rstrip()[-1:] == ")"
    )


def _find_announcement(flat: list[str], quoted: list[bool], limit: int) -> tuple[int, int, bool] | None:
    """(first line, number of lines, is it a forward) of the first announcement of a quotation, at most at `limit`."""
    for place in range(min(limit + 1, len(flat))):
        line = flat[place]
        if quoted[place] or not (attributions.may_announce(line) or _opens_an_announcement(flat, place)):
            continue
        if quote_marks.is_forward(line):
            return place, 1, True
        length = _announcement_length(flat, place)
        if length is not None:
            start = place
            while start and (
                quote_marks.RULE.match(flat[start - 1])
                or (not flat[start - 1].strip() and start > 1 and quote_marks.RULE.match(flat[start - 2]))
            ):
                start -= 1
            return start, length + place - start, False
    return None


def _opens_an_announcement(flat: list[str], place: int) -> bool:
    """True for a short line, the first of its paragraph, above one that may announce: a name that was folded."""
    line = flat[place].strip()
    return (
        0 < len(line) < _LONGEST_NAME
        and (place == 0 or not flat[place - 1].strip())
        and place + 1 < len(flat)
        and attributions.may_announce(flat[place + 1])
    )


_ANNOUNCEMENTS: tuple[Callable[[list[str], int], int | None], ...] = (
    quote_marks.find_header_block,
    attributions.find_attribution,
    notes_headers.find,
)


def _announcement_length(flat: list[str], place: int) -> int | None:
    if quote_marks.is_separator(flat[place]) or attributions.is_followed_by_text(flat[place]):
        return 1
    return next((length for find in _ANNOUNCEMENTS if (length := find(flat, place)) is not None), None)


def _first_quoted_block(quoted: list[bool]) -> int | None:
    return next((place for place, is_quoted in enumerate(quoted) if is_quoted), None)


def _cut_from(texts: list[str], quoted: list[bool], start: int, length: int) -> tuple[list[str], list[str]]:
    """Cut at an announcement. What stands under a marked quotation is the answer when nothing stands above it."""
    before, below = texts[:start], start + length
    own_before = has_words([text for text, is_quoted in zip(before, quoted, strict=False) if not is_quoted])
    first = next((place for place in range(below, len(texts)) if texts[place].strip()), None)
    if first is None or not quoted[first]:
        return (before, texts[start:]) if own_before else (texts, [])
    end = _end_of_quotation(texts, quoted, first)
    if own_before and _is_marked_once(texts, quoted, start, first):
        return before, texts[start:]
    after = [text for text, is_quoted in zip(texts[end:], quoted[end:], strict=True) if not is_quoted]
    if not has_words(after):
        return before, texts[start:]
    if any(quoted[end:]) or (own_before and any(quoted[:start])):
        return _without_last_quotation(texts, quoted)  # answers between the quoted lines make no sense apart
    return [*before, *texts[end:]], texts[start:end]


def _end_of_quotation(texts: list[str], quoted: list[bool], first: int) -> int:
    """Where the quoted lines that begin at `first` end, blank lines among them."""
    end = first
    while end < len(texts) and (quoted[end] or not texts[end].strip()):
        end += 1
    return end


def _is_marked_once(texts: list[str], quoted: list[bool], start: int, first: int) -> bool:
    """True when a program marked the first line of its quotation only.

    Somebody who answers under a quotation of one line writes little above it, a greeting at most, and often under a
    question.
    """
    above = [text for text in texts[:start] if text.strip()]
    is_greeting = len(above) == 1 and signatures.GREETING.match(above[0]) is not None
    is_told = any(_SEE_BELOW.search(text) for text in above)
    if is_greeting or is_told or any(quoted[:start]) or texts[first].rstrip().endswith("?"):
        return False
    again = next((place for place in range(first + 1, len(texts)) if quoted[place]), None)
    return again is None or _announces([quote_marks.flatten(text) for text in texts[first + 1 : again]])


def _announces(flat: list[str]) -> bool:
    return any(_announcement_length(flat, place) is not None for place in range(len(flat)))


def _cut_marked(texts: list[str], quoted: list[bool], first: int | None) -> tuple[list[str], list[str]]:
    """No announcement: take out a block of at least three marked lines, unless answers stand between them."""
    if first is None or not (sum(quoted) >= 3 or _quotes_an_announcement(texts, first)):
        return texts, []
    end = _end_of_quotation(texts, quoted, first)
    if any(quoted[end:]):
        return _without_last_quotation(texts, quoted)
    return [*texts[:first], *texts[end:]], texts[first:end]


def _without_last_quotation(texts: list[str], quoted: list[bool]) -> tuple[list[str], list[str]]:
    """Fold what is quoted under the last answer: nothing there is new, and nobody answered it."""
    end = signatures.find_signature(texts)
    while end and (quoted[end - 1] or not texts[end - 1].strip()):
        end -= 1
    return texts[:end], texts[end:]


def _heads_a_quotation(texts: list[str], quoted: list[bool], first: int) -> bool:
    """True for marked header lines, under the message, above a quotation without marks."""
    return has_words(texts[:first]) and _is_only_headers(texts[first : _end_of_quotation(texts, quoted, first)])


def _is_only_headers(block: list[str]) -> bool:
    """True for « > De : > Objet : » with at most one line below: the program marked the headers, not the quotation."""
    flat = [quote_marks.flatten(text).lstrip(" >|") for text in block]
    for start in range(min(2, len(flat))):
        length = quote_marks.find_header_block(flat, start)
        if length is not None:
            return sum(1 for text in flat[start + length :] if text.strip()) <= 1
    return False


def _quotes_an_announcement(texts: list[str], first: int) -> bool:
    """True when the marked lines begin with « > Le …, … a écrit : »: even two of them are then a quotation."""
    below = [quote_marks.flatten(text).lstrip(" >|") for text in texts[first : first + attributions.ATTRIBUTION_LINES]]
    return (
        any(below) and _announcement_length(below, next(place for place, text in enumerate(below) if text)) is not None
    )
