"""The states of a procedure as a drawing: a column a common state, its sub-states under it, arrows between them."""

import itertools
import textwrap
from dataclasses import dataclass

from backoffice.domain.lifecycle import DESK_STATUS_LABELS, Status
from backoffice.domain.sub_states import Lifecycle

COLUMNS = (Status.RECEIVED, Status.UNDER_REVIEW, Status.WAITING_CITIZEN, Status.CLOSED)
WIDTH, HEIGHT, ACROSS, DOWN, MARGIN = 200, 52, 290, 84, 50
LETTERS, LINES = 25, 2


@dataclass(frozen=True, slots=True)
class Box:
    """A state of the drawing, in its units; `is_common` for those of the law."""

    code: str
    lines: list[str]
    x: int
    y: int
    is_common: bool


@dataclass(frozen=True, slots=True)
class Drawing:
    """Boxes and arrows (their paths) on a sheet of this size."""

    width: int
    height: int
    boxes: list[Box]
    arrows: list[str]


def draw(lifecycle: Lifecycle) -> Drawing:
    """The drawing of a lifecycle. A sub-state that everything leads to has one arrow, from its state."""
    boxes: dict[str, Box] = {}
    deepest = 0
    for rank, status in enumerate(COLUMNS):
        x = MARGIN + rank * ACROSS
        boxes[status] = Box(status, [str(DESK_STATUS_LABELS[status])], x, 8, is_common=True)
        for depth, one in enumerate(lifecycle.under(status), 1):
            boxes[one.code] = Box(one.code, _lines(one.name), x, 8 + depth * DOWN, is_common=False)
            deepest = max(deepest, depth)
    ways = [(source, one.code) for one in lifecycle.states for source in one.from_ or (one.under,)]
    ways += [(before, after) for before, after in itertools.pairwise(COLUMNS)]
    ways.append((Status.WAITING_CITIZEN, Status.UNDER_REVIEW))
    arrows = [_arrow(boxes[source], boxes[to]) for source, to in ways if source in boxes and to in boxes]
    width = 2 * MARGIN + (len(COLUMNS) - 1) * ACROSS + WIDTH
    return Drawing(width, 16 + HEIGHT + deepest * DOWN, list(boxes.values()), arrows)


def _lines(label: str) -> list[str]:
    return textwrap.wrap(label, LETTERS, max_lines=LINES, placeholder="…")


def _arrow(source: Box, to: Box) -> str:
    """From one side of a box to a side of the other; down a column, around its left, and up it around its right."""
    start, end = source.y + HEIGHT // 2, to.y + HEIGHT // 2
    if source.x == to.x:
        bend = 16 + 12 * abs(to.y - source.y) // DOWN  # the farther, the wider: arrows stay apart
        side, out = (to.x, to.x - bend) if to.y > source.y else (to.x + WIDTH, to.x + WIDTH + bend)
        return f"M{side} {start}C{out} {start} {out} {end} {side} {end}"
    forward = to.x > source.x
    left, right = (source.x + WIDTH, to.x) if forward else (source.x, to.x + WIDTH)
    # There and back between the same two boxes are told apart.
    start, end = (start - 8, end - 8) if forward else (start + 8, end + 8)
    middle = (left + right) // 2
    return f"M{left} {start}C{middle} {start} {middle} {end} {right} {end}"
