"""Our own sentences that nobody has translated yet, marked as French on pages in other languages (WCAG 3.1.2).

Templates write sentences anywhere: in text, in attributes, in titles. What is left in French leaves them between two
signs, and the whole page, once made, gets its marks where a mark can stand; everywhere else the signs go.
"""

import re
import secrets

from flask import Response

# Signs of Unicode's private use area around a word that nobody outside this process can write.
_WORD = secrets.token_hex(8)
OPEN, CLOSE = f"\ue000{_WORD}\ue000", f"\ue001{_WORD}\ue001"
_START, _END = '<span lang="fr" dir="auto">', "</span>"
_TAG = re.compile(r"(<[^>]*>)")
_PLAIN = re.compile(r"<(/?)(?:title|option|textarea)\b")


def between(text: str) -> str:
    """A sentence that stays in French, between the two signs."""
    return f"{OPEN}{text}{CLOSE}"


def set_marks(response: Response) -> None:
    """Turn the signs of a finished page into marks."""
    if response.direct_passthrough or not response.is_sequence:
        return
    page = response.get_data(as_text=True) if response.mimetype == "text/html" else ""
    if OPEN in page:
        response.set_data(_marked(page))


def _marked(page: str) -> str:
    pieces, is_plain = _TAG.split(page), False
    for rank, piece in enumerate(pieces):
        is_tag = rank % 2 == 1
        if is_tag and (found := _PLAIN.match(piece)):
            is_plain = not found[1]
        if OPEN in piece or CLOSE in piece:
            start, end = ("", "") if is_tag or is_plain else (_START, _END)
            pieces[rank] = piece.replace(OPEN, start).replace(CLOSE, end)
    return "".join(pieces)
