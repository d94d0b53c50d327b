"""Every figure equals the list that it leads to, whoever reads it; and each one counts what its definition says."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice.domain.incoming import ChannelCode
from backoffice.domain.legal_events import EventKind
from backoffice.domain.lifecycle import Outcome, Status
from backoffice.domain.policy import Actor, Grant, Role
from backoffice.domain.report_periods import Period
from backoffice.infra.runtime import Runtime
from backoffice.models.authorities import Department
from backoffice.models.cases import Case, CaseEvent
from backoffice.models.contacts import Contact
from backoffice.models.feedback import Feedback
from backoffice.models.legal import CaseFact
from backoffice.models.people import Citizen, Staff
from backoffice.reports import FAMILIES, FIGURES
from backoffice.reports.base import Filters, Scope
from backoffice.reports.figures import FEWEST_AGENTS, Figure, Measure
from backoffice.services import figures
from tests import factories

MARCH = Filters(date(2026, 3, 1), date(2026, 3, 31), today=date(2026, 4, 20))
SPRING = replace(MARCH, start=date(2026, 2, 1), end=date(2026, 4, 30))
NARROWED = (
    MARCH,
    SPRING,
    replace(SPRING, channel="phone", procedure="a-choisir"),
)
MANUAL = Path(__file__).parents[2] / "docs" / "figures.md"
INTRODUCTION = (
    "One definition for each figure, in the words that the page, the list behind it and the export show",
    "(`backoffice/reports/`, listed in `FAMILIES`; a test keeps this page equal to them). The number and its list come",
    "from one SELECT, in the same scope: what a reader may not know of is in neither. Restricted cases count only for",
    "who may read them. Figures by agent are shown only where an administrator chose it, for a reason that all read.",
    "",
    "The page and the report read sums (`backoffice/reports/sums.py`): the moments of each case and contact, a line",
    "each, without a name, and how many of them a month measure the same. Triggers mark what changes; the relay counts",
    "it again within the second, and so does a page that finds a mark. While one is left, figures are read from the",
    "cases themselves. `flask --app app check-figures` counts everything from scratch and says what differs,",
    "`count-figures` starts again. What was counted of a deleted case stays.",
)
LINES = ("opened", "moved", "pieces_asked", "message_received", "reopened", "transferred", "closed")


def a_day(draw: random.Random) -> datetime:
    return datetime(2026, 1, 20, 8, 30, tzinfo=UTC) + timedelta(days=draw.randrange(90), minutes=draw.randrange(900))


def fill(session: Session, seed: int, cases: int = 90) -> None:
    """Cases, contacts, opinions and histories as they come."""
    draw, authority = random.Random(seed), factories.the_authority(session)
    departments = session.scalars(select(Department).order_by(Department.id)).all()[:3]
    staff = session.scalars(select(Staff.id).order_by(Staff.id)).all()[:6]
    people = [Citizen(authority_id=authority.id, family_name=f"U{n}", created_at=a_day(draw)) for n in range(20)]
    session.add_all(people)
    session.flush()
    own = {"authority_id": authority.id}
    for number in range(cases):
        session.add(case := Case(**own, **_values(draw, number, departments, staff, people)))
        session.flush()
        at = case.received_at
        for place in range(draw.randrange(6)):
            at += timedelta(hours=draw.randrange(1, 200))
            to = draw.choice((Status.WAITING_CITIZEN.value, Status.UNDER_REVIEW.value))
            line = {"number": place + 1, "kind": draw.choice(LINES), "at": at, "data": {"to": to}, "digest": "x"}
            session.add(CaseEvent(**own, case_id=case.id, actor_kind="staff", actor_name="x", **line))
        if draw.random() < 0.2:
            said = {"closed_at": at, "helped": draw.random() < 0.6, "at": a_day(draw)}
            session.add(Feedback(**own, case_id=case.id, **said))
        if draw.random() < 0.2:
            case.implicit_outcome = draw.choice(("", Outcome.IMPLICITLY_REFUSED.value))
            kind = EventKind.IMPLICIT_DECISION.value
            session.add(CaseFact(**own, case_id=case.id, kind=kind, on=a_day(draw).date(), at=at))
    for number in range(cases // 2):
        about = {"motive": draw.choice(("", "street_issue")), "department_id": draw.choice((None, departments[0].id))}
        who = draw.choice((None, draw.choice(people).id))
        contact = Contact(**own, source_id=f"c{number}", channel=draw.choice(("phone", "counter")), at=a_day(draw))
        contact.recorded_by_id, contact.citizen_id, contact.restricted = staff[0], who, draw.random() < 0.2
        contact.motive, contact.department_id = str(about["motive"]), about["department_id"]  # type: ignore[assignment]
        contact.case_id = session.scalar(select(Case.id).limit(1)) if draw.random() < 0.2 else None
        session.add(contact)


def _values(draw: random.Random, number: int, departments: Any, staff: Any, people: Any) -> dict[str, Any]:
    received, days = a_day(draw), draw.randrange(60)
    closed = received + timedelta(days=days) if draw.random() < 0.6 else None
    maybe: Any = lambda value: value if draw.random() < 0.7 else None  # noqa: E731
    return {
        "reference": f"G-{number}",
        "tracking_code": "X",
        "channel": draw.choice((ChannelCode.WEB_FORM.value, "phone", "letter")),
        "subject": "Trou",
        "status": Status.CLOSED if closed else Status.UNDER_REVIEW,
        "outcome": draw.choice(list(Outcome)) if closed else "",
        "procedure_code": draw.choice(("", "street_issue", "terrace_permit")),
        "department_id": draw.choice(departments).id,
        "assignee_id": maybe(draw.choice(staff)),
        "citizen_id": maybe(draw.choice(people).id),
        "restricted": draw.random() < 0.2,
        "received_at": received,
        "received_on": received.date(),
        "registered_at": received,
        "due_on": received.date(),
        "acknowledge_by": maybe(received.date() + timedelta(days=10)),
        "acknowledged_at": maybe(received + timedelta(days=draw.randrange(20))),
        "implicit_on": maybe(received.date() + timedelta(days=30)),
        "answer_by": maybe(received.date() + timedelta(days=40)),
        "target_on": maybe(received.date() + timedelta(days=20)),
        "first_answer_at": maybe(received + timedelta(hours=draw.randrange(600))),
        "closed_at": closed,
        "closed_on": closed.date() if closed else None,
        "closed_after_days": days if closed else None,
    }


def readers(session: Session) -> Iterator[Actor]:
    """One department, the whole authority without what is restricted, and someone who may read that too."""
    authority = factories.the_authority(session)
    department = session.scalars(select(Department.id).order_by(Department.id)).first()
    for role, where in ((Role.UNIT_SUPERVISOR, department), (Role.EXECUTIVE_DIRECTOR, None), (Role.DPO, None)):
        yield Actor("staff", authority.id, 1, "x", (Grant(role, where),))


def measured(figure: Figure, values: list[Any]) -> Any:
    """The number that the listed rows give, computed without the database."""
    if figure.measure is Measure.COUNT:
        return len(values)
    if not values:
        return None
    ranked = sorted(values)
    return {
        Measure.MEDIAN: lambda: median(ranked),
        Measure.NINE_IN_TEN: lambda: ranked[-(-len(ranked) * 9 // 10) - 1],
        Measure.LARGEST: lambda: ranked[-1],
        Measure.SHARE: lambda: 100 * sum(ranked) / len(ranked),
    }[figure.measure]()


def test_every_figure_equals_its_list_for_whoever_reads_it(runtime: Runtime) -> None:
    with runtime.database.transaction() as session:
        fill(session, seed=1)
    seen = set()
    with runtime.database.reading() as session:
        for actor in readers(session):
            scope = Scope.of(actor)
            for filters in NARROWED:
                read = figures.read_figures(session, actor, filters, Period(filters.start, filters.end).before())
                for shown in (one for _, family in read for one in family):
                    listed, total = figures.list_counted(session, actor, shown.figure, filters, limit=1000)
                    assert len(listed) == total, shown.figure.code
                    if shown.figure.measure is Measure.PER_AGENT:
                        agents = {one.case.assignee_id for one in listed if one.case}
                        expected = total / len(agents) if len(agents) >= FEWEST_AGENTS else None
                    else:
                        expected = measured(shown.figure, [one.value for one in listed])
                    assert shown.value == pytest.approx(expected, abs=0.11), (shown.figure.code, filters)
                    for one in listed:
                        row = one.case or one.contact
                        assert row is not None
                        assert scope.department_ids is None or row.department_id in scope.department_ids
                        assert actor.grants[0].role is not Role.EXECUTIVE_DIRECTOR or not row.restricted
                        assert one.may_open == (
                            one.case is not None and actor.grants[0].role is not Role.EXECUTIVE_DIRECTOR
                        )
                    if shown.value:
                        seen.add(shown.figure.code)
    assert seen == set(FIGURES), "a figure is worth nothing in all that was generated"


def test_each_figure_counts_what_its_definition_says(runtime: Runtime) -> None:
    at = datetime(2026, 3, 2, 9, tzinfo=UTC)
    with runtime.database.transaction() as session:
        people = [Citizen(authority_id=1, family_name=name, created_at=at) for name in "AB"]
        session.add_all(people)
        session.flush()
        cases = [factories.a_case(session, runtime, received_at=at + timedelta(days=place)) for place in (0, 10, 20)]
        for case in cases:
            case.citizen_id, case.received_on = people[0].id, case.received_at.date()
            case.acknowledged_at, case.first_acknowledged_at = None, None
        first, second, third = cases
        # Ended after 20 days, 5 of which were spent waiting for the citizen, before a first answer on the 8th.
        first.first_answer_at, first.closed_at = at + timedelta(days=8), at + timedelta(days=20)
        first.closed_on, first.closed_after_days, first.outcome = first.closed_at.date(), 20, Outcome.ACCEPTED
        first.implicit_on, first.answer_by, first.target_on = first.closed_on, None, date(2026, 3, 21)
        lines = ((3, "moved", {"to": "waiting_citizen"}), (6, "message_received", {}), (7, "pieces_asked", {}))
        for place, (day, kind, data) in enumerate((*lines, (9, "pieces_received", {}), (19, "reopened", {}))):
            line = {"number": 100 + place, "kind": kind, "at": at + timedelta(days=day), "data": data, "digest": "x"}
            session.add(CaseEvent(authority_id=1, case_id=first.id, actor_kind="x", actor_name="x", **line))
        # In Paris, the last evening belongs to the day and half past eleven in London to the next.
        first.acknowledge_by, first.acknowledged_at = date(2026, 3, 16), datetime(2026, 3, 16, 22, 30, tzinfo=UTC)
        second.acknowledge_by, second.acknowledged_at = date(2026, 3, 26), datetime(2026, 3, 26, 23, 30, tzinfo=UTC)
        third.acknowledge_by, third.citizen_id = date(2026, 4, 25), people[1].id
        director = Actor("staff", 1, 1, "x", (Grant(Role.EXECUTIVE_DIRECTOR, None),))
        session.flush()
        read = figures.read_figures(session, director, MARCH, Period(MARCH.start, MARCH.end).before())
    found = {one.figure.code: one.value for _, family in read for one in family}
    assert (
        found
        | {
            "recues": 3,
            "terminees": 1,
            "en-cours": 2,
            "age-median": 14,
            "age-de-la-plus-ancienne": 19,
            "premiere-reponse-mediane": 8,
            "premiere-reponse-mediane-hors-attente": 4,
            "delai-median": 20,
            "delai-neuf-sur-dix": 20,
            "delai-median-hors-attente": 15,
            "dans-le-delai-legal": 100,
            "dans-le-delai-annonce": 0,
            "accuses-en-retard": 1,
            "rouvertes": 1,
            "usagers-revenus": 1,
            "charge-par-agent": None,
            "satisfaction": None,
        }
        == found
    )
    changes = {one.figure.code: one.change for _, family in read for one in family}
    assert (changes["recues"], changes["delai-median"], changes["transferts"]) == ("3 de plus (0)", "", "Pareil (0)")


def test_the_manual_says_what_the_screen_says() -> None:
    lines = ["# The figures of « Activité »", "", *INTRODUCTION]
    for family in FAMILIES:
        lines += ["", f"## {family.title}", "", "| Chiffre | Unité | Définition |", "|---|---|---|"]
        lines += [f"| {one.title} | {one.unit} | {one.definition} |" for one in family.figures]
    assert MANUAL.read_text(encoding="utf-8").splitlines() == lines


def test_figures_have_one_code_and_a_whole_definition() -> None:
    codes = [figure.code for family in FAMILIES for figure in family.figures]
    assert len(codes) == len(set(codes)) == len(FIGURES)
    assert all(figure.definition.endswith((".", "?")) for figure in FIGURES.values())
