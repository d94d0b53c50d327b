"""What the clock says beyond its dates: why there is none, whether a bar holds, and in which words."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from backoffice.domain.calendars import get_calendar
from backoffice.domain.clock import (
    DEFAULT,
    PENDING_BILL,
    Acknowledgement,
    Appeal,
    AppealKind,
    AppealRoute,
    ClockState,
    Confidence,
    Deadlines,
    DocumentRequest,
    ExpressDecision,
    Facts,
    LegalDate,
    LegalRule,
    Period,
    ReasonsRequest,
    Regime,
    Residence,
    Ruleset,
    Silence,
    Start,
    deadlines,
    get_ruleset,
    local_date,
)
from backoffice.domain.periods import Unit
from backoffice.domain.regime import GENERAL
from backoffice.errors import Invalid

RECEIVED = Facts(received_at=datetime(2026, 3, 2, 9, 5, tzinfo=UTC))
SENT = Acknowledgement(datetime(2026, 3, 4, 8, 0, tzinfo=UTC))
SVA, SVR = Regime(Silence.ACCEPTANCE), Regime(Silence.REJECTION)


def dates(facts: Facts, regime: Regime = SVR, ruleset: Ruleset = DEFAULT, calendar: str = "metropole") -> Deadlines:
    return deadlines(facts, regime, get_calendar(calendar), "Europe/Paris", ruleset)


def on(legal_date: LegalDate | None) -> str | None:
    return legal_date.on.isoformat() if legal_date else None


def asking(requested_on: date, limit_on: date, received_on: date | None = None, **given: Any) -> DocumentRequest:
    return DocumentRequest(requested_on, limit_on, received_on, **given)


# Silence


def test_a_silent_sva_request_is_accepted_after_two_months() -> None:
    found = dates(RECEIVED, SVA)
    assert (found.state, on(found.implicit_on)) == (ClockState.RUNNING, "2026-05-02")
    assert found.implicit_on is not None
    assert found.implicit_on.label == "Demande réputée acceptée"
    assert on(found.retract_until) == "2026-09-02"


def test_an_sva_request_can_no_longer_be_refused_once_accepted() -> None:
    found = dates(RECEIVED, SVA)
    assert found.may_refuse(date(2026, 5, 2))
    assert not found.may_refuse(date(2026, 5, 3))


def test_an_svr_request_can_still_be_refused_expressly() -> None:
    assert dates(RECEIVED).may_refuse(date(2026, 6, 1))


def test_a_request_without_any_procedure_falls_under_the_general_regime() -> None:
    assert on(dates(RECEIVED, GENERAL).implicit_on) == "2026-05-02"


def test_an_sva_period_has_no_term_while_indispensable_documents_are_awaited() -> None:
    found = dates(replace(RECEIVED, document_requests=(asking(date(2026, 3, 20), date(2026, 4, 20)),)), SVA)
    assert (found.state, found.implicit_on, found.claimable_from) == (
        ClockState.WAITING_FOR_DOCUMENTS,
        None,
        None,
    )
    assert found.silence_explanation[-1] == "Elles sont encore attendues\u00a0: aucune date ne court."


def test_an_sva_period_starts_when_the_last_documents_arrive() -> None:
    requests = (
        asking(date(2026, 4, 2), date(2026, 5, 4), date(2026, 4, 28)),
        asking(date(2026, 3, 20), date(2026, 4, 20), date(2026, 4, 10)),
    )
    assert on(dates(replace(RECEIVED, document_requests=requests), SVA).implicit_on) == "2026-06-28"


def test_overlapping_requests_suspend_an_svr_period_only_once() -> None:
    requests = (
        asking(date(2026, 3, 20), date(2026, 4, 20), date(2026, 4, 10)),
        asking(date(2026, 4, 1), date(2026, 4, 15)),
    )
    # Stopped from 20 March to 15 April: 26 days.
    assert on(dates(replace(RECEIVED, document_requests=requests)).implicit_on) == "2026-05-28"


@pytest.mark.parametrize("regime", [SVA, SVR])
def test_a_document_that_is_not_indispensable_moves_nothing(regime: Regime) -> None:
    request = asking(date(2026, 3, 20), date(2026, 4, 20), blocking=False)
    found = dates(replace(RECEIVED, document_requests=(request,)), regime)
    assert on(found.implicit_on) == "2026-05-02"
    assert "L.\u00a0114-5-1" in found.silence_explanation[-2]


@pytest.mark.parametrize("regime", [SVA, SVR])
def test_documents_asked_after_the_implicit_decision_move_nothing(regime: Regime) -> None:
    request = asking(date(2026, 5, 3), date(2026, 6, 3), date(2026, 5, 20))
    found = dates(replace(RECEIVED, document_requests=(request,)), regime)
    assert on(found.implicit_on) == "2026-05-02"
    assert any("sans effet" in step for step in found.silence_explanation)


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        (replace(RECEIVED, decision=ExpressDecision(date(2026, 5, 2), favourable=True)), ClockState.DECIDED),
        (replace(RECEIVED, withdrawn_on=date(2026, 4, 1)), ClockState.WITHDRAWN),
    ],
)
def test_no_implicit_decision_is_born_of_a_request_that_ended_in_time(facts: Facts, state: ClockState) -> None:
    found = dates(facts)
    assert (found.state, found.implicit_on, found.last_day_to_sign) == (state, None, None)
    assert found.appeal_until is None


def test_a_decision_notified_after_the_term_leaves_the_implicit_one_in_place() -> None:
    found = dates(replace(RECEIVED, decision=ExpressDecision(date(2026, 5, 4))), SVA)
    assert (found.state, on(found.implicit_on)) == (ClockState.DECIDED, "2026-05-02")


def test_a_refusal_signed_in_time_says_until_when_to_notify_it() -> None:
    signed = replace(RECEIVED, decision=ExpressDecision(signed_on=date(2026, 4, 30)))
    found = dates(signed, SVA)
    assert (found.state, found.implicit_on, on(found.notify_by)) == (ClockState.DECIDED, None, "2026-05-02")
    assert "si elle est notifiée au plus tard le samedi 2 mai 2026" in found.silence_explanation[-1]
    assert dates(signed, SVR).notify_by is None
    noted = replace(signed, decision=ExpressDecision(date(2026, 5, 2), signed_on=date(2026, 4, 30)))
    assert (dates(noted, SVA).implicit_on, dates(noted, SVA).notify_by) == (None, None)
    late = replace(signed, decision=ExpressDecision(date(2026, 5, 3), signed_on=date(2026, 4, 30)))
    assert on(dates(late, SVA).implicit_on) == "2026-05-02"


def test_a_withdrawn_request_taken_up_again_is_a_new_one() -> None:
    withdrawn = replace(RECEIVED, withdrawn_on=date(2026, 3, 10))
    resumed = replace(RECEIVED, resumed_on=date(2026, 6, 1))
    assert dates(withdrawn, SVA).implicit_on is None
    found = dates(resumed, SVA)
    assert (on(found.implicit_on), on(found.acknowledge_by)) == ("2026-08-01", "2026-06-15")
    assert found.implicit_on is not None
    assert "retirée puis reprise" in found.implicit_on.explanation.text
    assert on(dates(resumed, Regime(Silence.NONE, Period.parse("1 month"))).decide_by) == "2026-07-01"
    as_before = DEFAULT.amended("t", "t", [replace(DEFAULT.rule("start.resumed", date(2026, 6, 1)), value="receipt")])
    assert on(dates(resumed, SVA, as_before).implicit_on) == "2026-05-02"


def test_silence_without_effect_gives_no_implicit_date() -> None:
    found = dates(RECEIVED, Regime(Silence.NONE))
    assert (found.state, found.implicit_on, found.decide_by) == (ClockState.NO_EFFECT, None, None)


def test_a_request_sent_on_keeps_its_svr_clock_and_owes_no_acknowledgement_here() -> None:
    sent_on = replace(RECEIVED, transmitted_on=date(2026, 3, 5))
    rejected, accepted = dates(sent_on, SVR), dates(sent_on, SVA)
    assert (on(rejected.implicit_on), rejected.acknowledge_by) == ("2026-05-02", None)
    assert (accepted.implicit_on, accepted.state) == (None, ClockState.TRANSMITTED)
    arrived = replace(sent_on, competent_authority_received_on=date(2026, 3, 9))
    assert on(dates(arrived, SVA).implicit_on) == "2026-05-09"


def test_a_period_that_runs_from_our_notice_is_counted_from_receipt_until_it_leaves() -> None:
    found = dates(RECEIVED, replace(SVA, start=Start.ACKNOWLEDGEMENT))
    assert on(found.implicit_on) == "2026-05-02"
    assert "par prudence" in found.silence_explanation[0]


# Notices and the promise of the house


def test_a_request_at_the_counter_is_owed_an_acknowledgement_and_no_electronic_notice() -> None:
    found = dates(replace(RECEIVED, electronic=False))
    assert (found.registration_notice_by, on(found.acknowledge_by)) == (None, "2026-03-16")


def test_an_exempt_procedure_still_owes_the_registration_notice() -> None:
    found = dates(RECEIVED, replace(SVR, ar_exempt_basis="article R. 112-4 du CRPA"))
    assert (on(found.registration_notice_by), found.acknowledge_by) == ("2026-03-03", None)


def test_local_closing_days_move_notices_and_targets_but_no_court() -> None:
    closed = get_calendar("metropole", ["2026-03-03", "2026-07-03"])
    regime = replace(SVR, target_working_days=1)
    found = deadlines(RECEIVED, regime, closed, "Europe/Paris")
    assert (on(found.registration_notice_by), on(found.target_on)) == ("2026-03-04", "2026-03-04")
    assert on(found.appeal_until) == "2026-07-03"


# Appeals


@pytest.mark.parametrize(
    ("facts", "enforceable", "why"),
    [
        (RECEIVED, False, "n’est pas envoyé"),
        (replace(RECEIVED, acknowledgement=SENT), True, "accusé de réception complet est parti"),
        (replace(RECEIVED, acknowledgement=replace(SENT, complete=False)), False, "incomplet"),
        (
            replace(RECEIVED, acknowledgement=Acknowledgement(datetime(2026, 3, 17, 8, tzinfo=UTC))),
            False,
            "mardi 17 mars 2026, après le lundi 16 mars 2026",
        ),
        (replace(RECEIVED, decision=ExpressDecision(date(2026, 4, 1))), True, "mentionne les voies et délais"),
        (
            replace(RECEIVED, acknowledgement=SENT, decision=ExpressDecision(date(2026, 4, 1), remedies_stated=False)),
            False,
            "ne mentionne pas",
        ),
        (replace(RECEIVED, decision=ExpressDecision(date(2026, 6, 1))), False, "n’est pas envoyé"),
    ],
    ids=["no-AR", "AR", "incomplete-AR", "late-AR", "refused-in-time", "no-remedies", "refused-late-without-AR"],
)
def test_the_bar_holds_only_when_the_citizen_was_told(facts: Facts, enforceable: bool, why: str) -> None:
    found = dates(facts)
    assert found.appeal_period_enforceable is enforceable
    assert why in found.appeal_explanation[0]


def test_a_refusal_without_remedies_can_be_contested_for_about_a_year() -> None:
    refused = replace(RECEIVED, decision=ExpressDecision(date(2026, 4, 1), remedies_stated=False))
    assert on(dates(refused).reasonable_until) == "2027-04-01"


def test_an_acceptance_opens_no_appeal_to_its_applicant() -> None:
    assert dates(RECEIVED, SVA).appeal_until is None
    assert dates(replace(RECEIVED, decision=ExpressDecision(date(2026, 4, 1), favourable=True))).appeal_until is None


def test_a_collegial_decision_has_no_bar_until_an_express_refusal() -> None:
    regime = replace(SVR, collegial_decision=True)
    silent = dates(RECEIVED, regime)
    assert (on(silent.implicit_on), silent.appeal_until) == ("2026-05-02", None)
    assert "R.\u00a0421-3" in silent.appeal_explanation[-1]
    refused = dates(replace(RECEIVED, decision=ExpressDecision(date(2026, 12, 1))), regime)
    assert on(refused.appeal_until) == "2027-02-02"


def test_an_express_refusal_within_the_period_starts_it_again() -> None:
    told = replace(RECEIVED, acknowledgement=SENT, decision=ExpressDecision(date(2026, 6, 1)))
    assert on(dates(told).appeal_until) == "2026-08-03"


def test_an_express_refusal_after_the_bar_only_confirms_the_implicit_one() -> None:
    told = replace(RECEIVED, acknowledgement=SENT, decision=ExpressDecision(date(2026, 8, 1)))
    assert on(dates(told).appeal_until) == "2026-07-03"


def test_the_period_of_appeal_does_not_start_at_the_signature() -> None:
    signed = replace(RECEIVED, acknowledgement=SENT, decision=ExpressDecision(signed_on=date(2026, 4, 1)))
    found = dates(signed)
    assert (found.appeal_until, found.reasonable_until, found.appeal_period_enforceable) == (None, None, False)
    assert "n’a pas commencé" in found.appeal_explanation[0]
    assert "signée le mercredi 1er avril 2026" in found.appeal_explanation[0]


def test_what_silence_refused_stays_until_the_express_refusal_is_notified() -> None:
    told = replace(RECEIVED, acknowledgement=SENT, decision=ExpressDecision(signed_on=date(2026, 6, 1)))
    assert on(dates(told).appeal_until) == "2026-07-03"


def test_an_appeal_shows_that_the_citizen_knew_of_the_refusal() -> None:
    appeal = Appeal(AppealKind.GRACIOUS, date(2026, 4, 22), date(2026, 4, 20))
    told = replace(RECEIVED, decision=ExpressDecision(signed_on=date(2026, 4, 1)), appeals=(appeal,))
    found = dates(told)
    assert (on(found.appeal_silence_on), on(found.appeal_until)) == ("2026-06-22", "2026-08-24")
    assert found.appeal_until is not None
    assert "connaît depuis son recours du lundi 20 avril 2026" in found.appeal_until.explanation.text


def test_a_decision_is_dated_and_notified_after_its_signature() -> None:
    with pytest.raises(Invalid):
        ExpressDecision()
    with pytest.raises(Invalid):
        ExpressDecision(date(2026, 4, 1), signed_on=date(2026, 4, 2))


def test_a_late_recours_gracieux_interrupts_nothing() -> None:
    late = Appeal(AppealKind.GRACIOUS, date(2026, 7, 6))
    found = dates(replace(RECEIVED, acknowledgement=SENT, appeals=(late,)))
    assert (on(found.appeal_until), found.appeal_silence_on) == ("2026-07-03", None)


def test_an_appeal_posted_in_time_counts_even_received_late() -> None:
    posted = Appeal(AppealKind.GRACIOUS, date(2026, 7, 6), posted_on=date(2026, 7, 3))
    found = dates(replace(RECEIVED, acknowledgement=SENT, appeals=(posted,)))
    assert (on(found.appeal_silence_on), on(found.appeal_until)) == ("2026-09-06", "2026-11-09")


def test_two_appeals_reopen_the_court_once_both_are_rejected() -> None:
    appeals = (
        Appeal(AppealKind.GRACIOUS, date(2026, 5, 10), rejected_on=date(2026, 5, 20)),
        Appeal(AppealKind.HIERARCHICAL, date(2026, 5, 12)),
    )
    found = dates(replace(RECEIVED, acknowledgement=SENT, appeals=appeals))
    assert (on(found.appeal_silence_on), on(found.appeal_until)) == ("2026-07-12", "2026-09-14")


@pytest.mark.parametrize(
    ("rejected_on", "expected"),
    [
        pytest.param(date(2026, 8, 3), "2026-10-05", id="within-the-court-period"),
        pytest.param(date(2026, 12, 1), "2026-09-11", id="after-it"),
    ],
)
def test_an_appeal_rejected_after_its_silence_starts_again_only_within_the_period(
    rejected_on: date, expected: str
) -> None:
    appeal = Appeal(AppealKind.GRACIOUS, date(2026, 5, 10), rejected_on=rejected_on)
    found = dates(replace(RECEIVED, acknowledgement=SENT, appeals=(appeal,)))
    assert on(found.appeal_until) == expected


@pytest.mark.parametrize(
    ("route", "until", "silence", "court"),
    [
        (AppealRoute.CADA, "2026-07-03", "2026-07-10", "2026-09-11"),
        (AppealRoute.PREFET, "2026-07-03", "2026-06-10", "2026-08-11"),
        (AppealRoute.COMMISSION_CONTROLE, "2026-05-07", "2026-06-05", "2026-06-12"),
    ],
)
def test_a_compulsory_appeal_comes_before_the_court(route: AppealRoute, until: str, silence: str, court: str) -> None:
    regime = replace(SVR, appeal_route=route)
    told = replace(RECEIVED, acknowledgement=SENT)
    assert on(dates(told, regime).appeal_until) == until
    seized_on = date(2026, 5, 6 if route is AppealRoute.COMMISSION_CONTROLE else 10)
    found = dates(replace(told, appeals=(Appeal(AppealKind.MANDATORY, seized_on),)), regime)
    assert (on(found.appeal_silence_on), on(found.appeal_until)) == (silence, court)


def test_a_recours_gracieux_does_not_replace_a_compulsory_appeal() -> None:
    regime = replace(SVR, appeal_route=AppealRoute.CADA)
    found = dates(
        replace(RECEIVED, acknowledgement=SENT, appeals=(Appeal(AppealKind.GRACIOUS, date(2026, 5, 10)),)), regime
    )
    assert (found.appeal_silence_on, on(found.appeal_until)) == (None, "2026-07-03")


def test_a_complaint_to_the_cnil_has_no_period() -> None:
    regime = Regime(Silence.NONE, Period(1, Unit.MONTHS), appeal_route=AppealRoute.CNIL)
    found = dates(replace(RECEIVED, decision=ExpressDecision(date(2026, 3, 20))), regime)
    assert found.appeal_until is None
    assert found.appeal_explanation[-1] == "Aucun texte ne fixe de délai pour ce recours."


@pytest.mark.parametrize(
    ("residence", "expected"),
    [(Residence.LOCAL, "2026-07-03"), (Residence.OVERSEAS, "2026-08-03"), (Residence.ABROAD, "2026-09-03")],
)
def test_distance_lengthens_the_way_to_the_court(residence: Residence, expected: str) -> None:
    assert on(dates(replace(RECEIVED, residence=residence)).appeal_until) == expected


def test_reasons_asked_after_the_period_are_not_due() -> None:
    late = replace(RECEIVED, acknowledgement=SENT, reasons=ReasonsRequest(date(2026, 7, 6)))
    assert dates(late).reasons_due_on is None
    assert on(dates(late).appeal_until) == "2026-07-03"


# The law as data


def test_whether_local_holidays_move_the_court_is_data() -> None:
    refused = Facts(received_on=date(2025, 10, 1), decision=ExpressDecision(date(2025, 10, 25)))
    rule = DEFAULT.rule("appeal.local_holidays", date(2026, 1, 1))
    without = DEFAULT.amended("essai", "Sans les jours fériés locaux", [replace(rule, value=False)])
    assert on(dates(refused, calendar="alsace_moselle").appeal_until) == "2025-12-29"
    assert on(dates(refused, calendar="alsace_moselle", ruleset=without).appeal_until) == "2025-12-26"


@pytest.mark.parametrize(
    ("rule_id", "value", "expected"),
    [
        ("suspension.day_count", "both_days_counted", "2026-05-24"),
        ("silence.rolls", True, "2026-05-26"),
        ("incomplete.rejection", "restart", "2026-06-10"),
    ],
)
def test_every_point_to_confirm_is_data(rule_id: str, value: str | bool, expected: str) -> None:
    request = asking(date(2026, 3, 20), date(2026, 4, 20), date(2026, 4, 10))
    changed = replace(DEFAULT.rule(rule_id, date(2026, 1, 1)), value=value)
    ruleset = DEFAULT.amended("essai", "Essai", [changed])
    assert on(dates(replace(RECEIVED, document_requests=(request,)), ruleset=ruleset).implicit_on) == expected


def test_a_late_acknowledgement_can_be_made_to_count() -> None:
    changed = replace(DEFAULT.rule("acknowledgement.late_counts", date(2026, 1, 1)), value=True)
    ruleset = DEFAULT.amended("essai", "Essai", [changed])
    late = replace(RECEIVED, acknowledgement=Acknowledgement(datetime(2026, 4, 15, 8, tzinfo=UTC)))
    assert dates(late, ruleset=ruleset).appeal_period_enforceable is True


def test_a_rule_that_changes_on_a_day_leaves_earlier_cases_alone() -> None:
    five_days = replace(
        DEFAULT.rule("acknowledgement.electronic", date(2026, 1, 1)),
        value=Period.parse("5 jours ouvrés"),
        valid_from=date(2026, 3, 3),
        author="Service juridique",
    )
    ruleset = DEFAULT.amended("essai", "Accusé en cinq jours", [five_days])
    assert on(dates(RECEIVED, ruleset=ruleset).acknowledge_by) == "2026-03-16"
    next_day = Facts(received_at=datetime(2026, 3, 3, 9, tzinfo=UTC))
    assert on(dates(next_day, ruleset=ruleset).acknowledge_by) == "2026-03-10"


def test_the_pending_bill_is_named_and_marked_to_confirm() -> None:
    assert get_ruleset("crpa-simplification") is PENDING_BILL
    assert get_ruleset(dates(RECEIVED).ruleset) is DEFAULT
    assert PENDING_BILL.rule("incomplete.acceptance", date(2026, 1, 1)).confidence is Confidence.TO_CONFIRM


def test_a_rule_cannot_change_its_nature_nor_appear_from_nowhere() -> None:
    rule = DEFAULT.rule("reasons", date(2026, 1, 1))
    with pytest.raises(Invalid, match="autre sorte de valeur"):
        DEFAULT.amended("essai", "Essai", [replace(rule, value=True)])
    with pytest.raises(Invalid, match="n’existe pas"):
        DEFAULT.amended("essai", "Essai", [replace(rule, id="inconnue")])
    with pytest.raises(Invalid, match="restart, suspend"):
        replace(DEFAULT.rule("incomplete.acceptance", date(2026, 1, 1)), value="oubli")
    with pytest.raises(Invalid, match="précède son début"):
        LegalRule("x", "x", True, Confidence.KNOWN, "", date(2026, 1, 2), date(2026, 1, 1))
    with pytest.raises(Invalid, match="n’existe pas"):
        get_ruleset("code-hammurabi")


# What people read


def test_an_implicit_date_explains_itself_in_plain_french() -> None:
    regime = Regime.from_data({"silence": "rejection", "delay": "4 mois", "basis": "décret n° 2016-625"})
    implicit = dates(Facts(received_on=date(2025, 10, 31)), regime).implicit_on
    assert implicit is not None
    explanation = implicit.explanation
    assert (explanation.rule_id, explanation.article) == ("silence.rejection", "décret n°\u00a02016-625")
    assert explanation.facts == (
        "Demande reçue le vendredi 31 octobre 2025.",
        "Régime de la démarche\u00a0: le silence vaut rejet après 4\u00a0mois (décret n°\u00a02016-625).",
    )
    assert explanation.steps == (
        "Le délai court à compter de la réception, le vendredi 31 octobre 2025.",
        (
            "4\u00a0mois à compter du vendredi 31 octobre 2025\u00a0: le mois d’arrivée n’a pas de 31, on retient son "
            "dernier jour, samedi 28 février 2026, à minuit."
        ),
        "Cette date n’est pas reportée si elle tombe un jour non ouvré.",
    )
    assert explanation.confidence is Confidence.TO_CONFIRM
    assert explanation.notes[-1] == "Point de droit à faire confirmer par un juriste."


def test_a_count_in_working_days_names_the_holidays_it_stepped_over() -> None:
    found = dates(Facts(received_at=datetime(2026, 5, 2, 10, tzinfo=UTC)))
    assert found.acknowledge_by is not None
    assert found.acknowledge_by.explanation.steps == (
        "10\u00a0jours ouvrés à compter du samedi 2 mai 2026, ce jour non compris\u00a0: mardi 19 mai 2026.",
        (
            "Jours non comptés outre les fins de semaine\u00a0: vendredi 8 mai 2026 (victoire de 1945), "
            "jeudi 14 mai 2026 (Ascension)."
        ),
    )


def test_an_instant_is_told_in_the_time_of_the_authority() -> None:
    found = deadlines(
        Facts(received_at=datetime(2026, 3, 31, 22, 30, tzinfo=UTC)),
        SVR,
        get_calendar("martinique"),
        "America/Martinique",
    )
    fact = found.filed_on.explanation.facts[0]
    assert fact == "Demande reçue le mardi 31 mars 2026 à 18\u00a0h\u00a030 (heure de la Martinique)."


def test_the_evidence_bundle_gets_every_date_with_its_reasons_in_order() -> None:
    data = dates(RECEIVED).to_data()
    assert (data["ruleset"], data["state"], data["received_on"]) == ("crpa-2016", "running", "2026-03-02")
    days = [each["on"] for each in data["dates"]]
    assert days == sorted(days)
    assert all(each["explanation"]["article"] and each["explanation"]["steps"] for each in data["dates"])


# Bad input


def test_a_regime_says_everything_that_is_wrong_with_it() -> None:
    with pytest.raises(Invalid) as caught:
        Regime.from_data({"delay": "bientôt", "appeal_route": "roi", "couleur": "bleu", "collegial_decision": "oui"})
    assert set(caught.value.faults) == {"silence", "delay", "appeal_route", "couleur", "collegial_decision"}
    assert "« 2 mois »" in caught.value.faults["delay"]


@pytest.mark.parametrize(
    "given",
    [
        {"silence": "rejection", "target_working_days": -1},
        {"silence": "rejection", "delay": "2 months", "extension": "2 months"},
        {"silence": "none", "delay": "1 month", "extension": "30 days"},
    ],
)
def test_a_regime_that_contradicts_itself_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        Regime.from_data(given)


@pytest.mark.parametrize("text", ["", "mois", "2", "deux mois", "-1 months", "2 lunes", "99999 days", "² mois"])
def test_what_is_not_a_period_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(Invalid):
        Period.parse(text)


def test_periods_are_read_in_french_too() -> None:
    read = [Period.parse(text) for text in ("2 mois", "1 mois", "10 jours ouvrés", "1 semaine", "5 jours")]
    assert [str(each) for each in read] == ["2 months", "1 month", "10 working_days", "1 week", "5 days"]


def test_facts_out_of_order_are_refused() -> None:
    with pytest.raises(Invalid, match="quand la demande a été reçue"):
        Facts()
    with pytest.raises(Invalid, match="fuseau horaire"):
        Facts(received_at=datetime(2026, 3, 2, 9, 5))  # noqa: DTZ001 (what is refused here)
    with pytest.raises(Invalid, match="avant d’avoir été postée"):
        Facts(received_on=date(2026, 3, 2), posted_on=date(2026, 3, 3))
    with pytest.raises(Invalid, match="précède leur demande"):
        asking(date(2026, 3, 20), date(2026, 3, 19))
    with pytest.raises(Invalid, match="avant d’avoir été demandées"):
        asking(date(2026, 3, 20), date(2026, 4, 20), date(2026, 3, 19))
    with pytest.raises(Invalid, match="avant d’avoir été reçu"):
        Appeal(AppealKind.GRACIOUS, date(2026, 3, 2), rejected_on=date(2026, 3, 1))
    with pytest.raises(Invalid, match="avant d’avoir été demandés"):
        ReasonsRequest(date(2026, 3, 2), date(2026, 3, 1))


@pytest.mark.parametrize("timezone", ["Europe/Lutece", "", "../etc/passwd", "Europe"])
def test_an_unknown_time_zone_is_refused(timezone: str) -> None:
    with pytest.raises(Invalid, match="n’existe pas"):
        local_date(datetime(2026, 3, 2, tzinfo=UTC), timezone)


def test_an_extension_announced_too_late_changes_nothing() -> None:
    regime = Regime.from_data(
        {"silence": "none", "delay": 1, "extension": "2 months", "counting": "eu", "ar_exempt_basis": None}
    )
    late = dates(replace(RECEIVED, extension_notified_on=date(2026, 4, 3)), regime).decide_by
    assert late is not None
    assert on(late) == "2026-04-02"
    assert "sans effet" in late.explanation.steps[-1]


def test_reasons_given_at_once_do_not_shorten_an_appeal_already_made() -> None:
    told = replace(
        RECEIVED,
        acknowledgement=SENT,
        appeals=(Appeal(AppealKind.GRACIOUS, date(2026, 6, 1)),),
        reasons=ReasonsRequest(date(2026, 5, 4), date(2026, 5, 5)),
    )
    assert on(dates(told).appeal_until) == "2026-10-02"


def test_reasons_of_a_collegial_silence_open_no_bar() -> None:
    asked = replace(RECEIVED, reasons=ReasonsRequest(date(2026, 5, 4), date(2026, 5, 5)))
    found = dates(asked, replace(SVR, collegial_decision=True))
    assert (on(found.reasons_due_on), found.appeal_until) == ("2026-06-04", None)


def test_a_period_longer_than_a_century_is_refused() -> None:
    with pytest.raises(Invalid, match="hors limite"):
        Period(1201, Unit.MONTHS)
