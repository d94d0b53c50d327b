"""Requests made into lines that name nobody: step by step less precise until enough people share each, else left out.

k-anonymity by local recoding: a line is told with the first step at which `k` people at least are told the same. What
a stranger could know of a request (when, where, by which door, to whom, how long) is told by step; how it ended is not
a way to find somebody, and is told as it is.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import IntEnum
from itertools import pairwise
from typing import NamedTuple

from backoffice.domain.addresses import Point
from backoffice.domain.map_cells import cell_of
from backoffice.domain.report_periods import PeriodKind, containing


class Span(IntEnum):
    """How precisely the day of receipt is told."""

    DAY = 0
    MONTH = 1
    QUARTER = 2


class Place(IntEnum):
    """How precisely the place is told: a cell of 100 m, a district, or no more than the territory."""

    CELL = 0
    DISTRICT = 1
    TERRITORY = 2


class Delay(IntEnum):
    """How precisely the days to the end are told."""

    DAYS = 0
    BAND = 1
    UNTOLD = 2


BANDS: tuple[tuple[int, int | None], ...] = ((0, 7), (8, 15), (16, 30), (31, 60), (61, 90), (91, 180), (181, None))
"""The bands of days, both ends included; the last one has no end."""
MOST_TRIED = 50
"""Groups that are looked at, the smallest first, for the one that loses least to hide what stayed alone."""


@dataclass(frozen=True, slots=True)
class RawLine:
    """What the house knows of a request; `requester` is None when nobody said who they are. `delay` is in days."""

    id: int
    requester: int | None
    received_on: date
    channel: str = ""
    department: str = ""
    district: str = ""
    point: Point | None = None
    delay: int | None = None
    closed: bool = False
    outcome: str = ""
    in_time: bool | None = None


class Traits(NamedTuple):
    """What is told of a request that could point at somebody; `cell` is the middle of it (latitude, longitude)."""

    since: date
    until: date
    channel: str
    department: str
    place: Place
    district: str
    cell: tuple[float, float] | None
    shortest: int | None
    longest: int | None


class Told(NamedTuple):
    """A line as it is told."""

    traits: Traits
    line: RawLine


@dataclass(frozen=True, slots=True)
class Detail:
    """A step: how precisely each trait is told."""

    span: Span
    place: Place
    channel: bool
    department: bool
    delay: Delay

    def of(self, line: RawLine) -> Traits:
        """The traits of a request at this step."""
        since, until = _days(self.span, line.received_on)
        place, district, cell = _where(self.place, line)
        channel = line.channel if self.channel else ""
        department = line.department if self.department else ""
        return Traits(since, until, channel, department, place, district, cell, *_band(self.delay, line.delay))


def month_steps(finest: Detail) -> tuple[Detail, ...]:
    """From what was chosen to no more than the month of receipt."""
    steps = [finest, replace(finest, delay=max(finest.delay, Delay.BAND))]
    steps.append(replace(steps[-1], place=max(finest.place, Place.DISTRICT)))
    steps.append(replace(steps[-1], span=max(finest.span, Span.MONTH)))
    return _without_doubles([*steps, *_least(steps[-1])])


def quarter_steps(finest: Detail) -> tuple[Detail, ...]:
    """The same for what no month could tell: the quarter of receipt, in which the district may be told again."""
    place, delay = max(finest.place, Place.DISTRICT), max(finest.delay, Delay.BAND)
    first = replace(finest, span=Span.QUARTER, place=place, delay=delay)
    return _without_doubles([first, *_least(first)])


def anonymise(lines: Iterable[RawLine], steps: Sequence[Detail], k: int) -> tuple[list[Told], list[RawLine]]:
    """The lines that may be told, and those that may not: none is told then, for they are under `k` people in all.

    What stays alone at the last step is told with a group that was, less precisely than it was.
    """
    told, left = _step_by_step(lines, steps, k)
    if not left or not told:
        return told, left
    groups = defaultdict[Traits, list[RawLine]](list)
    for traits, line in told:
        groups[traits].append(line)
    smallest = sorted(groups.values(), key=len)[:MOST_TRIED]
    rank, mixed = min(((_first_step(steps, [*group, *left], k), group) for group in smallest), key=lambda one: one[0])
    taken_back = steps[rank]
    kept = {id(line) for line in mixed}
    told = [one for one in told if id(one.line) not in kept]
    return [*told, *(Told(taken_back.of(line), line) for line in [*mixed, *left])], []


def _first_step(steps: Sequence[Detail], lines: Sequence[RawLine], k: int) -> int:
    """The rank of the first step that tells all these lines; at the last one they are all told the same."""
    for rank, step in enumerate(steps[:-1]):
        groups = defaultdict[Traits, list[RawLine]](list)
        for line in lines:
            groups[step.of(line)].append(line)
        if all(count_people(group) >= k for group in groups.values()):
            return rank
    return len(steps) - 1


def _step_by_step(lines: Iterable[RawLine], steps: Sequence[Detail], k: int) -> tuple[list[Told], list[RawLine]]:
    told, left = list[Told](), list(lines)
    for step in steps:
        groups = defaultdict[Traits, list[RawLine]](list)
        for line in left:
            groups[step.of(line)].append(line)
        left = []
        for traits, group in groups.items():
            if count_people(group) >= k:
                told += [Told(traits, line) for line in group]
            else:
                left += group
    return told, left


def count_people(lines: Iterable[RawLine]) -> int:
    """How many people asked: somebody who asked five times is one, each request of nobody known counts for one."""
    known, unknown = set[int](), 0
    for line in lines:
        if line.requester is None:
            unknown += 1
        else:
            known.add(line.requester)
    return len(known) + unknown


def count_same_end(told: Iterable[Told], ends: frozenset[str]) -> int:
    """How many lines are in a group that all ended the same way, one of `ends`: who is known to be in it is known to
    have had it, however many they are."""
    groups = defaultdict[Traits, list[str]](list)
    for traits, line in told:
        groups[traits].append(line.outcome)
    return sum(len(outcomes) for outcomes in groups.values() if len(set(outcomes)) == 1 and outcomes[0] in ends)


def _least(step: Detail) -> list[Detail]:
    steps = [replace(step, channel=False)]
    steps.append(replace(steps[-1], delay=Delay.UNTOLD))
    steps.append(replace(steps[-1], place=Place.TERRITORY))
    return [*steps, replace(steps[-1], department=False)]


def _without_doubles(steps: Sequence[Detail]) -> tuple[Detail, ...]:
    return (steps[0], *(after for before, after in pairwise(steps) if after != before))


def _days(span: Span, day: date) -> tuple[date, date]:
    if span is Span.DAY:
        return day, day
    period = containing(PeriodKind.MONTH if span is Span.MONTH else PeriodKind.QUARTER, day)
    return period.start, period.end


def _where(place: Place, line: RawLine) -> tuple[Place, str, tuple[float, float] | None]:
    if place is Place.CELL and line.point is not None:
        return Place.CELL, line.district, cell_of(line.point)
    if place is not Place.TERRITORY and line.district:
        return Place.DISTRICT, line.district, None
    return Place.TERRITORY, "", None


def _band(detail: Delay, days: int | None) -> tuple[int | None, int | None]:
    if days is None or detail is Delay.UNTOLD:
        return None, None
    if detail is Delay.DAYS:
        return days, days
    return next(band for band in BANDS if band[1] is None or days <= band[1])
