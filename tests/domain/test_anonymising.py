"""Whatever the requests, nobody is told apart from fewer than k people, and everybody is counted once."""

import json
import math
from collections import defaultdict
from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from backoffice.domain import open_data
from backoffice.domain.addresses import EARTH_RADIUS, Point
from backoffice.domain.anonymising import (
    BANDS,
    Delay,
    Detail,
    Place,
    RawLine,
    Span,
    Told,
    Traits,
    anonymise,
    count_people,
    count_same_end,
    month_steps,
    quarter_steps,
)
from backoffice.domain.map_cells import SIDE, cell_of
from backoffice.domain.polygons import Outline

QUARTER = date(2026, 1, 1)
lines = st.builds(
    RawLine,
    id=st.integers(0, 10**6),
    requester=st.none() | st.integers(1, 12),
    received_on=st.integers(0, 89).map(lambda days: QUARTER + timedelta(days=days)),
    channel=st.sampled_from(["web_form", "phone", "letter"]),
    department=st.sampled_from(["Voirie", "Propreté"]),
    district=st.sampled_from(["", "Centre", "Gare"]),
    point=st.none() | st.builds(Point, st.sampled_from([47.2, 47.2005, 47.21]), st.sampled_from([-1.5, -1.4995])),
    delay=st.none() | st.integers(0, 400),
    outcome=st.sampled_from(["accepted", "refused"]),
)
details = st.builds(
    Detail,
    span=st.sampled_from([Span.DAY, Span.MONTH]),
    place=st.sampled_from(Place),
    channel=st.booleans(),
    department=st.booleans(),
    delay=st.sampled_from([Delay.DAYS, Delay.UNTOLD]),
)


def groups_of(told: list[Told]) -> dict[Traits, list[RawLine]]:
    groups = defaultdict(list)
    for traits, line in told:
        groups[traits].append(line)
    return groups


def covers(traits: Traits, line: RawLine) -> bool:
    """Whether what is told of a request is true of it."""
    long_enough = traits.shortest is None or (line.delay is not None and traits.shortest <= line.delay)
    short_enough = traits.longest is None or (line.delay is not None and line.delay <= traits.longest)
    return (
        traits.since <= line.received_on <= traits.until
        and traits.channel in {"", line.channel}
        and traits.department in {"", line.department}
        and traits.district in {"", line.district}
        and long_enough
        and short_enough
    )


@settings(deadline=None, max_examples=150)
@given(st.lists(lines, max_size=90), details, st.integers(2, 9))
def test_no_line_is_shared_by_fewer_than_k_people_and_all_are_counted(
    known: list[RawLine], finest: Detail, k: int
) -> None:
    """As a publication does it: month by month, then the quarter for those that no month could hide."""
    told, held = list[Told](), list[RawLine]()
    for month in (1, 2, 3):
        some, left = anonymise([one for one in known if one.received_on.month == month], month_steps(finest), k)
        assert not left or (count_people(left) < k and not some), "a month of k people leaves nobody out"
        told += some
        held += left
    some, suppressed = anonymise(held, quarter_steps(finest), k)
    told += some
    for traits, group in groups_of(told).items():
        assert count_people(group) >= k
        assert all(covers(traits, line) for line in group)
    assert len(told) + len(suppressed) == len(known)
    assert sorted(map(id, [*(one.line for one in told), *suppressed])) == sorted(map(id, known))
    assert count_people(suppressed) < k


@settings(deadline=None, max_examples=60)
@given(st.lists(lines, max_size=60), st.lists(lines, max_size=60), details, st.integers(2, 6))
def test_what_a_later_version_adds_hides_its_people_by_itself(
    before: list[RawLine], after: list[RawLine], finest: Detail, k: int
) -> None:
    """A month is made anonymous alone: the difference of two versions is what it adds, never fewer than k people."""
    january = [one for one in before if one.received_on.month == 1]
    february = [one for one in after if one.received_on.month == 2]
    first, _ = anonymise(january, month_steps(finest), k)
    again, _ = anonymise(january, month_steps(finest), k)
    added, _ = anonymise(february, month_steps(finest), k)
    assert first == again
    assert all(count_people(group) >= k for group in groups_of(added).values())
    assert not set(groups_of(first)) & set(groups_of(added)), "no group of a month grows later"


@given(details)
def test_each_step_tells_less_than_the_one_before(finest: Detail) -> None:
    for steps in (month_steps(finest), quarter_steps(finest)):
        for before, after in pairwise(steps):
            assert before != after
            assert after.span >= before.span
            assert after.place >= before.place
            assert after.delay >= before.delay
            assert after.channel <= before.channel
            assert after.department <= before.department
    last = Detail(Span.MONTH, Place.TERRITORY, channel=False, department=False, delay=Delay.UNTOLD)
    assert month_steps(finest)[-1] == last


def test_somebody_who_asks_five_times_is_one_person() -> None:
    same = [RawLine(rank, 7, QUARTER, outcome="refused") for rank in range(5)]
    finest = open_data.Choices().finest
    assert anonymise(same, month_steps(finest), 5) == ([], same)
    told, left = anonymise([*same, *(RawLine(9, one, QUARTER) for one in range(4))], month_steps(finest), 5)
    assert (len(told), left) == (9, [])
    refused, _ = anonymise([RawLine(1, one, QUARTER, outcome="refused") for one in range(6)], month_steps(finest), 5)
    assert (count_same_end(told, open_data.UNFAVOURABLE), count_same_end(refused, open_data.UNFAVOURABLE)) == (0, 6)


def test_bands_follow_one_another_without_a_hole() -> None:
    assert [first for first, _ in BANDS[1:]] == [last + 1 for _, last in BANDS[:-1] if last is not None]


@given(st.floats(-66, 66), st.floats(-179, 179))
def test_a_cell_of_a_hundred_metres_tells_no_door(latitude: float, longitude: float) -> None:
    north, east = cell_of(Point(latitude, longitude))
    metre = math.tau * EARTH_RADIUS / 360
    assert abs(north - latitude) * metre <= SIDE / 2 + 1
    assert abs(east - longitude) * metre * math.cos(math.radians(north)) <= SIDE / 2 + 1


def test_a_month_is_due_once_it_is_over_and_the_lag_with_it() -> None:
    first = date(2025, 11, 1)
    assert open_data.months_due(first, date(2026, 3, 31), 3) == [date(2025, 11, 1)]
    assert open_data.months_due(first, date(2026, 4, 1), 3) == [date(2025, 11, 1), date(2025, 12, 1)]
    assert open_data.months_due(first, date(2025, 11, 30), 0) == []
    assert open_data.quarter_of(date(2025, 12, 31)) == date(2025, 10, 1)


def test_the_point_of_a_district_is_inside_it_whatever_its_shape() -> None:
    horseshoe = [(0, 0), (9, 0), (9, 9), (6, 9), (6, 3), (3, 3), (3, 9), (0, 9)]
    ring = tuple(Point(north / 1000, east / 1000) for east, north in horseshoe)
    assert Outline((ring,)).contains(Outline((ring,)).inner_point)


def test_the_schema_says_every_column() -> None:
    schema = open_data.table_schema("Voirie", "https://demarches.example")
    assert [one["name"] for one in schema["fields"]] == [one.code for one in open_data.COLUMNS]
    assert json.loads(json.dumps(schema))["fields"][3]["type"] == "date"
