"""What holds for every legal date, whatever the facts: order, midnight, leap years, time zones."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from backoffice.domain.calendars import CALENDAR_LABELS, Calendar, get_calendar
from backoffice.domain.clock import (
    DEFAULT,
    PENDING_BILL,
    Acknowledgement,
    Appeal,
    AppealKind,
    AppealRoute,
    Counting,
    DocumentRequest,
    ExpressDecision,
    Facts,
    ReasonsRequest,
    Regime,
    Ruleset,
    Silence,
    Start,
    deadlines,
    local_date,
)
from backoffice.domain.periods import Period, Unit, add_months, end_of, is_leap

DAYS = st.dates(date(2016, 1, 1), date(2060, 12, 31))
INSTANTS = st.builds(datetime.fromtimestamp, st.integers(1_451_606_400, 2_871_763_199), st.just(UTC))
GAPS = st.integers(0, 90)
ZONES = st.sampled_from(
    [
        "Europe/Paris",
        "America/Martinique",
        "America/Cayenne",
        "America/Miquelon",
        "Indian/Reunion",
        "Indian/Mayotte",
        "Pacific/Noumea",
        "Pacific/Tahiti",
        "Pacific/Wallis",
    ]
)
CALENDARS = st.sampled_from(sorted(CALENDAR_LABELS)).map(get_calendar)
PERIODS = st.builds(Period, st.integers(0, 24), st.sampled_from(Unit), st.booleans(), st.booleans())
EFFECTS = st.sampled_from([Silence.ACCEPTANCE, Silence.REJECTION])
REGIMES = st.builds(
    Regime,
    silence=st.sampled_from(Silence),
    delay=st.one_of(
        st.none(), st.builds(Period, st.integers(1, 12), st.sampled_from([Unit.MONTHS, Unit.DAYS, Unit.WEEKS]))
    ),
    basis=st.sampled_from(["", "décret 2015-1459"]),
    collegial_decision=st.booleans(),
    ar_exempt_basis=st.sampled_from([None, "article R. 112-4 du CRPA"]),
    appeal_route=st.sampled_from(AppealRoute),
    decide_within=st.sampled_from([None, Period(5, Unit.DAYS)]),
    start=st.sampled_from(Start),
    counting=st.sampled_from(Counting),
    target_working_days=st.one_of(st.none(), st.integers(0, 40)),
)


@st.composite
def histories(draw: st.DrawFn) -> Facts:
    """A possible life of a request: each later event at or after those it follows."""
    received_at = draw(INSTANTS)
    today = received_at.date() + timedelta(days=1)

    def later() -> date:
        return today + timedelta(days=draw(st.integers(0, 120)))

    requests = []
    for _ in range(draw(st.integers(0, 3))):
        asked = later()
        limit = asked + timedelta(days=draw(GAPS))
        pieces = draw(st.one_of(st.none(), GAPS))
        got = None if pieces is None else asked + timedelta(days=pieces)
        requests.append(DocumentRequest(asked, limit, got, draw(st.booleans())))
    appealed, asked = later(), later()
    rejected = draw(st.one_of(st.none(), GAPS))
    given = draw(st.one_of(st.none(), GAPS))
    return Facts(
        received_at=received_at,
        electronic=draw(st.booleans()),
        first_authority_received_on=draw(st.sampled_from([None, received_at.date() - timedelta(days=9)])),
        transmitted_on=draw(st.sampled_from([None, None, None, today])),
        registration_notice_sent_at=draw(st.sampled_from([None, received_at + timedelta(minutes=1)])),
        acknowledgement=draw(st.sampled_from([None, Acknowledgement(received_at + timedelta(days=3))])),
        document_requests=tuple(requests),
        decision=draw(st.one_of(st.none(), st.builds(_decision, st.just(later()), st.booleans(), st.booleans()))),
        withdrawn_on=draw(st.sampled_from([None, None, None, later()])),
        resumed_on=draw(st.sampled_from([None, None, None, later()])),
        appeals=draw(
            st.sampled_from(
                [
                    (),
                    (
                        Appeal(
                            draw(st.sampled_from(AppealKind)),
                            appealed,
                            None,
                            None if rejected is None else appealed + timedelta(days=rejected),
                        ),
                    ),
                ]
            )
        ),
        reasons=draw(
            st.sampled_from([None, ReasonsRequest(asked, None if given is None else asked + timedelta(days=given))])
        ),
    )


def _decision(on: date, favourable: bool, is_notified: bool) -> ExpressDecision:
    return ExpressDecision(on if is_notified else None, favourable, signed_on=on)


@given(histories(), REGIMES, CALENDARS, ZONES, st.sampled_from([DEFAULT, PENDING_BILL]))
def test_no_legal_date_comes_before_its_facts(
    facts: Facts, regime: Regime, calendar: Calendar, zone: str, ruleset: Ruleset
) -> None:
    found = deadlines(facts, regime, calendar, zone, ruleset)
    first = min(found.received_on, facts.first_authority_received_on or found.received_on)
    for each in found:
        assert each.on >= first, each.code
        assert each.explanation.text
    if found.implicit_on and found.claimable_from and found.last_day_to_sign:
        assert found.claimable_from.on == found.implicit_on.on + timedelta(days=1)
        assert found.received_on <= found.last_day_to_sign.on
        assert found.last_day_to_sign.on <= max(found.implicit_on.on, found.received_on)
    if found.appeal_until:
        refused = [facts.decision.made_on] if facts.decision else []
        refused += [found.implicit_on.on] if found.implicit_on else []
        assert found.appeal_until.on > min(refused)


@given(histories(), REGIMES, CALENDARS, ZONES)
def test_the_clock_answers_the_same_twice(facts: Facts, regime: Regime, calendar: Calendar, zone: str) -> None:
    assert deadlines(facts, regime, calendar, zone) == deadlines(facts, regime, calendar, ZoneInfo(zone))


@given(INSTANTS, st.timedeltas(timedelta(), timedelta(days=400)), REGIMES, CALENDARS, ZONES)
def test_what_arrives_later_is_never_due_earlier(
    earlier: datetime, wait: timedelta, regime: Regime, calendar: Calendar, zone: str
) -> None:
    before = deadlines(Facts(received_at=earlier), regime, calendar, zone)
    after = deadlines(Facts(received_at=earlier + wait), regime, calendar, zone)
    found_before = {each.code: each.on for each in before}
    found_after = {each.code: each.on for each in after}
    assert found_before.keys() == found_after.keys()
    for code, day in found_before.items():
        assert day <= found_after[code], code


@given(DAYS, GAPS, GAPS, st.integers(0, 20), EFFECTS, st.sampled_from([DEFAULT, PENDING_BILL]))
def test_answering_a_request_for_documents_earlier_never_delays_the_decision(
    start: date, limit: int, answer: int, later: int, silence: Silence, ruleset: Ruleset
) -> None:
    asked = start + timedelta(days=10)
    dates = []
    for wait in (answer, answer + later):
        request = DocumentRequest(asked, asked + timedelta(days=limit), asked + timedelta(days=wait))
        facts = Facts(received_on=start, document_requests=(request,))
        found = deadlines(facts, Regime(silence), get_calendar("metropole"), "Europe/Paris", ruleset)
        assert found.implicit_on is not None
        dates.append(found.implicit_on.on)
    assert dates[0] <= dates[1]
    complete = deadlines(Facts(received_on=start), Regime(silence), get_calendar("metropole"), "Europe/Paris")
    assert complete.implicit_on is not None
    assert complete.implicit_on.on <= dates[0]


@given(DAYS, GAPS, GAPS)
def test_a_suspension_never_lasts_longer_than_the_time_allowed(start: date, limit: int, answer: int) -> None:
    asked = start + timedelta(days=5)
    request = DocumentRequest(asked, asked + timedelta(days=limit), asked + timedelta(days=answer))
    facts = Facts(received_on=start, document_requests=(request,))
    calendar, regime = get_calendar("metropole"), Regime(Silence.REJECTION)
    moved = deadlines(facts, regime, calendar, "Europe/Paris").implicit_on
    still = deadlines(replace(facts, document_requests=()), regime, calendar, "Europe/Paris").implicit_on
    assert moved is not None
    assert still is not None
    assert (moved.on - still.on).days == min(limit, answer)


@given(DAYS, st.integers(0, 60))
def test_months_keep_the_quantieme_or_take_the_last_day(start: date, count: int) -> None:
    end = add_months(start, count)
    assert (end.year * 12 + end.month) - (start.year * 12 + start.month) == count
    assert end.day == start.day or (end.day < start.day and (end + timedelta(days=1)).day == 1)


@given(st.integers(1, 9990), st.integers(29, 31))
def test_two_months_after_the_end_of_december_is_the_end_of_february(year: int, day: int) -> None:
    expected = 29 if is_leap(year + 1) else 28
    assert add_months(date(year, 12, day), 2) == date(year + 1, 2, expected)


@given(DAYS, st.integers(0, 400), PERIODS, CALENDARS)
def test_every_period_is_monotonic_in_its_start(start: date, wait: int, period: Period, calendar: Calendar) -> None:
    assert end_of(period, start, calendar) <= end_of(period, start + timedelta(days=wait), calendar)


@given(DAYS, PERIODS, CALENDARS)
def test_a_rolling_period_ends_on_a_working_day(start: date, period: Period, calendar: Calendar) -> None:
    rolled = end_of(replace(period, rolling=True), start, calendar)
    assert calendar.is_working_day(rolled)
    assert rolled >= end_of(replace(period, rolling=False), start, calendar)


@given(DAYS, PERIODS, CALENDARS)
def test_a_clear_period_lasts_one_day_more(start: date, period: Period, calendar: Calendar) -> None:
    plain = replace(period, rolling=False, clear=False)
    assert end_of(replace(plain, clear=True), start, calendar) - end_of(plain, start, calendar) == timedelta(1)


@given(PERIODS)
def test_a_period_survives_being_written_and_read(period: Period) -> None:
    assert Period.parse(str(period)) == period


@given(REGIMES)
def test_a_regime_survives_being_kept_on_a_case(regime: Regime) -> None:
    assert Regime.from_data(regime.to_data()) == regime


@given(INSTANTS, ZONES)
def test_the_legal_day_is_the_day_on_the_wall_of_the_town_hall(moment: datetime, zone: str) -> None:
    day = local_date(moment, zone)
    midnight = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone))
    assert midnight.timestamp() <= moment.timestamp() < (midnight + timedelta(days=1)).timestamp()


@given(INSTANTS, st.integers(-12, 14), ZONES)
def test_the_legal_day_does_not_depend_on_how_the_instant_is_written(moment: datetime, offset: int, zone: str) -> None:
    elsewhere = moment.astimezone(ZoneInfo(f"Etc/GMT{-offset:+d}" if offset else "UTC"))
    assert local_date(moment, zone) == local_date(elsewhere, zone)
