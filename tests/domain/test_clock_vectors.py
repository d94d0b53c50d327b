"""The 45 reference cases of the legal clock (domain.md §2.5), each under its number."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from backoffice.domain.calendars import get_calendar
from backoffice.domain.clock import (
    DEFAULT,
    PENDING_BILL,
    Acknowledgement,
    Appeal,
    AppealKind,
    AppealRoute,
    Counting,
    Deadlines,
    DocumentRequest,
    ExpressDecision,
    Facts,
    LegalDate,
    ReasonsRequest,
    Regime,
    Ruleset,
    Silence,
    Start,
    deadlines,
)
from backoffice.domain.periods import Period, end_of

PARIS = "Europe/Paris"


def a_regime(silence: Silence = Silence.ACCEPTANCE, delay: str | None = "2 months", **given: Any) -> Regime:
    return Regime(silence, Period.parse(delay) if delay else None, **given)


SVA = a_regime(Silence.ACCEPTANCE)
SVR = a_regime(Silence.REJECTION)


def dates(
    facts: Facts,
    regime: Regime = SVR,
    *,
    calendar: str = "metropole",
    timezone: str = PARIS,
    ruleset: Ruleset = DEFAULT,
) -> Deadlines:
    return deadlines(facts, regime, get_calendar(calendar), timezone, ruleset)


def on(legal_date: LegalDate | None) -> str | None:
    return legal_date.on.isoformat() if legal_date else None


def day(text: str) -> date:
    return date.fromisoformat(text)


def received(on_day: str, **given: Any) -> Facts:
    return Facts(received_on=day(on_day), **given)


def at(instant: str) -> Facts:
    """An electronic sending at that instant: « …Z » for UTC, else the hour of Paris."""
    moment = datetime.fromisoformat(instant)
    return Facts(received_at=moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(PARIS)).astimezone(UTC))


def notified(on_day: str, **given: Any) -> Facts:
    """A refusal notified on that day, of a request received a month before."""
    refused_on = day(on_day)
    return Facts(
        received_on=date.fromordinal(refused_on.toordinal() - 30),
        decision=ExpressDecision(refused_on),
        **given,
    )


@pytest.mark.parametrize(
    ("regime", "start", "expected"),
    [
        pytest.param(SVA, "2022-03-01", "2022-05-01", id="E1-official-example-sunday-and-holiday"),
        pytest.param(SVA, "2023-05-15", "2023-07-15", id="E2-same-case-as-the-state-code"),
        pytest.param(SVA, "2025-12-31", "2026-02-28", id="E3-no-31st"),
        pytest.param(SVA, "2025-12-29", "2026-02-28", id="E3-no-29th"),
        pytest.param(SVA, "2023-12-31", "2024-02-29", id="E4-leap-year"),
        pytest.param(SVA, "2027-12-30", "2028-02-29", id="E4-leap-year-no-30th"),
        pytest.param(SVA, "2026-06-30", "2026-08-30", id="E5-quantieme-kept"),
        pytest.param(SVA, "2026-07-31", "2026-09-30", id="E6-31-to-30"),
        pytest.param(SVA, "2024-02-29", "2024-04-29", id="E7-from-29-february"),
        pytest.param(a_regime(delay="12 months"), "2024-02-29", "2025-02-28", id="E7-twelve-months"),
        pytest.param(a_regime(Silence.REJECTION, "4 months"), "2025-10-31", "2026-02-28", id="E8-creche"),
        pytest.param(
            a_regime(Silence.REJECTION, "1 month", appeal_route=AppealRoute.CADA),
            "2024-01-11",
            "2024-02-11",
            id="E9-cada",
        ),
        pytest.param(
            a_regime(Silence.REJECTION, "1 month", appeal_route=AppealRoute.PREFET),
            "2026-01-31",
            "2026-02-28",
            id="E10-attestation-d-accueil",
        ),
        pytest.param(
            a_regime(Silence.REJECTION, "1 month", appeal_route=AppealRoute.PREFET),
            "2028-01-30",
            "2028-02-29",
            id="E10-attestation-d-accueil-leap-year",
        ),
    ],
)
def test_silence_takes_effect_on_the_same_quantieme(regime: Regime, start: str, expected: str) -> None:
    assert on(dates(received(start), regime).implicit_on) == expected


def test_e2_an_implicit_decision_can_be_claimed_from_the_next_day() -> None:
    assert on(dates(received("2023-05-15"), SVA).claimable_from) == "2023-07-16"


def test_e11_a_planning_certificate_runs_from_the_sending_of_the_notice() -> None:
    regime = a_regime(start=Start.ACKNOWLEDGEMENT)
    facts = replace(at("2026-03-14T11:00"), registration_notice_sent_at=datetime(2026, 3, 16, 8, 30, tzinfo=UTC))
    assert on(dates(facts, regime).implicit_on) == "2026-05-16"


@pytest.mark.parametrize(
    ("start", "implicit", "sign_by"),
    [
        pytest.param("2026-03-01", "2026-05-01", "2026-04-30", id="E12-labour-day"),
        pytest.param("2023-05-15", "2023-07-15", "2023-07-13", id="E12-saturday-after-14-july"),
    ],
)
def test_the_last_useful_day_to_sign_is_a_working_day_before_the_term(start: str, implicit: str, sign_by: str) -> None:
    found = dates(received(start), SVA)
    assert (on(found.implicit_on), on(found.last_day_to_sign)) == (implicit, sign_by)


@pytest.mark.parametrize(
    ("regime", "expected"),
    [
        pytest.param(SVR, "2026-03-15", id="E13-svr-from-the-first-authority"),
        pytest.param(SVA, "2026-04-03", id="E14-sva-from-the-competent-authority"),
    ],
)
def test_a_forwarded_request_starts_where_its_regime_says(regime: Regime, expected: str) -> None:
    facts = received("2026-02-03", first_authority_received_on=day("2026-01-15"))
    assert on(dates(facts, regime).implicit_on) == expected


def incomplete(received_on: str | None) -> Facts:
    request = DocumentRequest(day("2026-03-20"), day("2026-04-20"), day(received_on) if received_on else None)
    return received("2026-03-02", document_requests=(request,))


@pytest.mark.parametrize(
    ("pieces_on", "regime", "ruleset", "expected"),
    [
        pytest.param("2026-04-10", SVR, DEFAULT, "2026-05-23", id="E15-svr-answered-early"),
        pytest.param(None, SVR, DEFAULT, "2026-06-02", id="E16-svr-not-answered"),
        pytest.param("2026-04-10", SVA, DEFAULT, "2026-06-10", id="E17-sva-restarts"),
        pytest.param("2026-04-10", SVA, PENDING_BILL, "2026-05-23", id="E18-sva-suspended-by-the-pending-bill"),
    ],
)
def test_missing_documents_move_the_term(
    pieces_on: str | None, regime: Regime, ruleset: Ruleset, expected: str
) -> None:
    assert on(dates(incomplete(pieces_on), regime, ruleset=ruleset).implicit_on) == expected


def test_e19_a_late_acknowledgement_does_not_move_the_clock() -> None:
    sent = Acknowledgement(datetime(2026, 4, 15, 8, 0, tzinfo=UTC))
    found = dates(replace(at("2026-03-02T10:00"), acknowledgement=sent))
    assert on(found.implicit_on) == "2026-05-02"
    assert found.appeal_period_enforceable is False


def test_e20_a_letter_counts_from_its_delivery_and_is_filed_on_its_postmark() -> None:
    found = dates(received("2026-06-02", posted_on=day("2026-05-29")))
    assert on(found.implicit_on) == "2026-08-02"
    assert found.filed_on.on <= day("2026-05-31")


@pytest.mark.parametrize(
    ("notified_on", "calendar", "expected"),
    [
        pytest.param("2021-01-03", "metropole", "2021-03-04", id="E21-textbook"),
        pytest.param("2025-12-31", "metropole", "2026-03-02", id="E23-weekend"),
        pytest.param("2026-03-07", "metropole", "2026-05-11", id="E24-holiday-bridge"),
        pytest.param("2026-06-14", "metropole", "2026-08-17", id="E25-15-august"),
        pytest.param("2025-10-25", "metropole", "2025-12-26", id="E26-26-december"),
        pytest.param("2025-10-25", "alsace_moselle", "2025-12-29", id="E26-26-december-in-strasbourg"),
        pytest.param("2027-10-19", "metropole", "2027-12-20", id="E27-20-december"),
        pytest.param("2027-10-19", "reunion", "2027-12-21", id="E27-20-december-in-la-reunion"),
        pytest.param("2026-04-09", "metropole", "2026-06-10", id="E28-10-june"),
        pytest.param("2026-04-09", "guyane", "2026-06-11", id="E28-10-june-in-guyane"),
    ],
)
def test_the_appeal_period_is_clear_and_ends_on_a_working_day(notified_on: str, calendar: str, expected: str) -> None:
    found = dates(notified(notified_on), calendar=calendar)
    assert on(found.appeal_until) == expected
    assert found.implicit_on is None


def test_e22_appeal_against_an_implicit_refusal() -> None:
    found = dates(received("2017-07-20"))
    assert (on(found.implicit_on), on(found.appeal_until)) == ("2017-09-20", "2017-11-21")


def test_e29_a_recours_gracieux_interrupts_the_period() -> None:
    refused = notified("2026-03-12")
    assert on(dates(refused).appeal_until) == "2026-05-13"
    found = dates(replace(refused, appeals=(Appeal(AppealKind.GRACIOUS, day("2026-04-20")),)))
    assert (on(found.appeal_silence_on), on(found.appeal_until)) == ("2026-06-20", "2026-08-21")


def test_e30_reasons_asked_extend_the_period_once_given() -> None:
    asked = received("2026-02-20", reasons=ReasonsRequest(day("2026-05-04")))
    found = dates(asked)
    assert on(found.implicit_on) == "2026-04-20"
    assert on(found.reasons_due_on) == "2026-06-04"
    assert found.appeal_until is None, "the period stays open while the reasons are awaited"
    given = dates(replace(asked, reasons=ReasonsRequest(day("2026-05-04"), day("2026-06-01"))))
    assert on(given.appeal_until) == "2026-08-03"


@pytest.mark.parametrize(
    ("instant", "calendar", "timezone", "notice_by", "acknowledge_by"),
    [
        pytest.param("2026-04-03T18:40", "metropole", PARIS, "2026-04-07", "2026-04-20", id="E31-easter"),
        pytest.param("2026-04-02T09:00", "metropole", PARIS, "2026-04-03", "2026-04-17", id="E32-mainland"),
        pytest.param("2026-04-02T09:00", "alsace_moselle", PARIS, "2026-04-07", "2026-04-20", id="E32-strasbourg"),
        pytest.param("2026-05-02T12:00", "metropole", PARIS, "2026-05-04", "2026-05-19", id="E33-two-holidays"),
        pytest.param("2026-12-24T23:30", "metropole", PARIS, "2026-12-28", "2027-01-11", id="E34-year-end"),
        pytest.param(
            "2026-05-20T15:00Z",
            "martinique",
            "America/Martinique",
            "2026-05-21",
            "2026-06-05",
            id="E35-martinique",
        ),
        pytest.param("2026-05-20T15:00", "metropole", PARIS, "2026-05-21", "2026-06-04", id="E35-mainland"),
    ],
)
def test_notices_are_due_in_working_days(
    instant: str, calendar: str, timezone: str, notice_by: str, acknowledge_by: str
) -> None:
    found = dates(at(instant), calendar=calendar, timezone=timezone)
    assert (on(found.registration_notice_by), on(found.acknowledge_by)) == (notice_by, acknowledge_by)


@pytest.mark.parametrize(
    ("instant", "timezone", "local", "expected"),
    [
        pytest.param("2026-03-31T22:30Z", PARIS, "2026-04-01", "2026-06-01", id="E36-paris"),
        pytest.param("2026-03-31T22:30Z", "America/Martinique", "2026-03-31", "2026-05-31", id="E36-fort-de-france"),
        pytest.param("2026-03-31T22:30Z", "Indian/Reunion", "2026-04-01", "2026-06-01", id="E36-la-reunion"),
        pytest.param("2026-01-31T13:30Z", "Pacific/Noumea", "2026-02-01", "2026-04-01", id="E37-noumea"),
        pytest.param("2026-01-31T13:30Z", PARIS, "2026-01-31", "2026-03-31", id="E37-paris"),
        pytest.param("2026-06-30T21:59:59Z", PARIS, "2026-06-30", "2026-08-30", id="E38-before-midnight"),
        pytest.param("2026-06-30T22:00:00Z", PARIS, "2026-07-01", "2026-09-01", id="E38-at-midnight"),
        pytest.param("2027-01-01T03:30Z", "America/Cayenne", "2027-01-01", "2027-03-01", id="E39-cayenne"),
        pytest.param("2027-01-01T03:30Z", "America/Martinique", "2026-12-31", "2027-02-28", id="E39-fort-de-france"),
        pytest.param("2026-10-24T22:30Z", PARIS, "2026-10-25", "2026-12-25", id="E40-dst-night-and-christmas"),
    ],
)
def test_the_day_of_an_event_is_that_of_the_deciding_authority(
    instant: str, timezone: str, local: str, expected: str
) -> None:
    found = dates(at(instant), timezone=timezone)
    assert (found.received_on, on(found.implicit_on)) == (day(local), expected)


@pytest.mark.parametrize(
    ("period", "start", "expected"),
    [
        pytest.param("5 business_days", "2026-04-30", "2026-05-07", id="E41-jours-ouvrables"),
        pytest.param("5 working_days", "2026-04-30", "2026-05-11", id="E41-jours-ouvres"),
        pytest.param("5 clear days", "2026-06-01", "2026-06-07", id="E42-jours-francs"),
    ],
)
def test_days_are_counted_as_the_text_says(period: str, start: str, expected: str) -> None:
    assert end_of(Period.parse(period), day(start), get_calendar("metropole")) == day(expected)


def test_e43_an_electoral_registration_is_decided_within_five_calendar_days() -> None:
    regime = a_regime(
        Silence.REJECTION, decide_within=Period.parse("5 days"), appeal_route=AppealRoute.COMMISSION_CONTROLE
    )
    assert on(dates(received("2026-02-06"), regime).decide_by) == "2026-02-11"


def test_e44_a_gdpr_request_is_answered_within_a_month_that_rolls() -> None:
    regime = a_regime(
        Silence.NONE,
        "1 month",
        extension=Period.parse("2 months"),
        counting=Counting.EU,
        appeal_route=AppealRoute.CNIL,
    )
    asked = at("2026-01-31T10:00")
    assert on(dates(asked, regime).decide_by) == "2026-03-02"
    extended = replace(asked, extension_notified_on=day("2026-02-20"))
    assert on(dates(extended, regime).decide_by) == "2026-04-30"
    assert dates(asked, regime).implicit_on is None


def test_e45_an_accessibility_complaint_is_answered_a_week_after_it_was_sent() -> None:
    regime = a_regime(Silence.NONE, "1 week", start=Start.SENDING)
    assert on(dates(at("2026-05-07T17:00"), regime).decide_by) == "2026-05-14"
    by_post = received("2026-05-11", posted_on=day("2026-05-07"))
    assert on(dates(by_post, regime).decide_by) == "2026-05-14"
