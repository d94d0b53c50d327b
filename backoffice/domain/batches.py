"""What is done in bulk: the kinds of batches, the states of a batch and of its lines, and how each letter leaves."""

from enum import StrEnum

# What one batch may hold: a merged PDF that a print shop takes, and a page that a person can check.
MOST_LETTERS = 5_000


class Kind(StrEnum):
    """What a batch does: letters, one PDF of letters that exist, an action on cases, or taking an action back."""

    LETTER = "letter"
    POST = "post"
    ASSIGN = "assign"
    TRANSFER = "transfer"
    TAG = "tag"
    UNTAG = "untag"
    MOVE = "move"
    MACRO = "macro"
    REPLY = "reply"
    CLOSE = "close"
    UNDO = "undo"


class BatchState(StrEnum):
    """Where a batch is."""

    WRITING = "writing"
    RUNNING = "running"
    MERGING = "merging"
    DONE = "done"


class LineState(StrEnum):
    """What became of a case."""

    WAITING = "waiting"
    OK = "ok"
    REFUSED = "refused"


class Way(StrEnum):
    """How a letter leaves; those to post are in this order in the merged PDF."""

    MAIL = "mail"
    POST = "post"
    POST_ASKED = "post_asked"
    NO_ADDRESS = "no_address"


WAY_LABELS: dict[Way, str] = {
    Way.MAIL: "Par courriel",
    Way.POST: "À poster : pas d’adresse électronique",
    Way.POST_ASKED: "À poster : l’usager refuse le courriel",
    Way.NO_ADDRESS: "À poster : adresse postale à compléter à la main",
}
POSTED = tuple(way for way in Way if way is not Way.MAIL)


def way_of(*, email: str, refuses_email: bool, address_line: str, city: str) -> Way:
    """How a letter reaches a person: by e-mail when they have one and accept it, else by post."""
    if email and not refuses_email:
        return Way.MAIL
    if not address_line or not city:
        return Way.NO_ADDRESS
    return Way.POST_ASKED if email else Way.POST
