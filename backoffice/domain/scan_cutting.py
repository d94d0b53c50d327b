"""Where one letter ends and the next begins in a file that a scanner made of many, by what its pages are."""

from collections.abc import Sequence
from enum import StrEnum

SEPARATOR_TEXT = "PARVIS:SEPARATION"
"""What the QR code of a separator page says."""


class PageKind(StrEnum):
    """What a page is, for the cut."""

    CONTENT = "content"
    BLANK = "blank"
    SEPARATOR = "separator"


class Cut(StrEnum):
    """How a file was cut."""

    SEPARATORS = "separators"
    BLANKS = "blanks"
    WHOLE = "whole"


CUT_LABELS: dict[Cut, str] = {
    Cut.SEPARATORS: "coupé aux pages de séparation",
    Cut.BLANKS: "coupé aux pages blanches",
    Cut.WHOLE: "d’un seul tenant",
}


def cut(pages: Sequence[PageKind], *, at_blanks: bool) -> tuple[Cut, tuple[tuple[int, ...], ...]]:
    """The pages (from 0) of each letter: separator pages cut, else blank ones when that is wanted, else nothing.

    A blank page inside a letter stays in it (the back of a sheet); one at either end goes: it is the back of a
    separator, or nothing. What holds blank pages alone is no letter.
    """
    if PageKind.SEPARATOR in pages:
        return Cut.SEPARATORS, _letters(pages, PageKind.SEPARATOR)
    if at_blanks and PageKind.BLANK in pages:
        return Cut.BLANKS, _letters(pages, PageKind.BLANK)
    return Cut.WHOLE, _letters(pages, PageKind.SEPARATOR)


def _letters(pages: Sequence[PageKind], edge: PageKind) -> tuple[tuple[int, ...], ...]:
    found: list[list[int]] = [[]]
    for number, kind in enumerate(pages):
        if kind is edge:
            found.append([])
        else:
            found[-1].append(number)
    trimmed = (_without_blank_ends(pages, one) for one in found)
    return tuple(one for one in trimmed if one)


def _without_blank_ends(pages: Sequence[PageKind], letter: list[int]) -> tuple[int, ...]:
    written = [number for number in letter if pages[number] is not PageKind.BLANK]
    return tuple(number for number in letter if written[0] <= number <= written[-1]) if written else ()
