"""Figures summed from what was counted equal those read from the cases, after whatever happens to these."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import cycle
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from backoffice.domain.lifecycle import Outcome, Status
from backoffice.domain.policy import Actor
from backoffice.domain.report_periods import Period
from backoffice.infra.runtime import Runtime
from backoffice.models.authorities import Department
from backoffice.models.cases import Attachment, Case, CaseEvent, Message
from backoffice.models.contacts import Contact
from backoffice.models.counting import CountedMoment, MonthCount
from backoffice.models.feedback import Feedback
from backoffice.models.legal import CaseFact
from backoffice.models.people import Citizen
from backoffice.reports.base import NOT_CHOSEN, Filters, Scope
from backoffice.services import activity_charts, casework, counting, exports, figures
from tests import factories
from tests.usecases.test_figures import fill, readers

MARCH = Filters(date(2026, 3, 1), date(2026, 3, 31), today=date(2026, 4, 20))
ASKED = (
    MARCH,
    replace(MARCH, start=date(2026, 2, 11), end=date(2026, 4, 17)),
    replace(MARCH, start=date(2026, 1, 1), end=date(2026, 12, 31), procedure="street_issue"),
    replace(MARCH, channel="letter", procedure=NOT_CHOSEN),
    replace(MARCH, start=date(2025, 9, 1), end=date(2026, 2, 28), department_id=1),
)


def all_figures(session: Session, actor: Actor, filters: Filters) -> dict[str, Any]:
    """Every number that the activity page shows, wherever it stands."""
    read = figures.read_figures(session, actor, filters, Period(filters.start, filters.end).before())
    found: dict[str, Any] = {one.figure.code: (one.value, one.before) for _, family in read for one in family}
    for table in exports.read_all(session, actor, filters):
        found[table.report.code] = dict(zip(table.keys, table.rows, strict=True))
    drawn = activity_charts.read_drawn(session, filters, Scope.of(actor))
    return found | {name: getattr(drawn, name) for name in drawn.__slots__}


def read_all(runtime: Runtime) -> list[dict[str, Any]]:
    with runtime.database.reading() as session:
        return [
            all_figures(session, actor, filters) for actor, filters in zip(cycle(readers(session)), ASKED, strict=False)
        ]


def assert_counted(runtime: Runtime) -> None:
    """What is read from the cases while changes wait is what is summed once they are counted, and from scratch."""
    with runtime.database.reading() as session:
        assert not counting.is_up_to_date(session, 1)
    from_cases = read_all(runtime)
    counting.catch_up(runtime, float("inf"))
    with runtime.database.reading() as session:
        assert counting.is_up_to_date(session, 1)
    for summed, read in zip(read_all(runtime), from_cases, strict=True):
        assert summed == read
    assert counting.check(runtime) == []


def test_sums_follow_every_change_of_what_they_count(runtime: Runtime) -> None:
    database = runtime.database
    with database.transaction() as session:
        fill(session, seed=3, cases=60)
    assert_counted(runtime)
    with database.transaction() as session:
        karim = factories.actor_named(session, "Karim")
        fresh = factories.a_case(session, runtime)
        casework.close(session, runtime, karim, fresh, Outcome.ANSWERED, "Le trou est rebouché.")
        closed, opened, moved, secret, given = session.scalars(select(Case).order_by(Case.id).limit(5)).all()
        # Opened again, corrected, transferred, hidden, given to another person.
        closed.closed_at = closed.closed_on = closed.closed_after_days = None
        closed.status, closed.outcome = Status.UNDER_REVIEW, ""
        line = {"number": 90, "kind": "reopened", "at": closed.received_at + timedelta(days=40), "digest": "x"}
        session.add(CaseEvent(authority_id=1, case_id=closed.id, actor_kind="staff", actor_name="x", **line))
        opened.received_at -= timedelta(days=31)
        opened.received_on = opened.received_at.date()
        other = select(Department.id).where(Department.id != moved.department_id)
        moved.department_id, moved.procedure_code = session.scalars(other.order_by(Department.id)).first() or 0, ""
        secret.restricted, given.citizen_id = not secret.restricted, session.scalar(select(Citizen.id).limit(1))
        # Sheets merged, contacts that become cases or are forgotten, an opinion that changes.
        first, second, *_ = session.scalars(select(Citizen.id).order_by(Citizen.id)).all()
        session.execute(update(Case).where(Case.citizen_id == second).values(citizen_id=first))
        contact, forgotten = session.scalars(select(Contact).order_by(Contact.id).limit(2)).all()
        contact.case_id, forgotten.citizen_id = fresh.id, None
        for opinion in session.scalars(select(Feedback).limit(3)):
            opinion.helped = not opinion.helped
    assert_counted(runtime)
    counting.rebuild(runtime)
    assert counting.check(runtime) == []


def test_a_deleted_case_stays_in_the_sums_without_its_number(runtime: Runtime) -> None:
    database = runtime.database
    with database.transaction() as session:
        fill(session, seed=5, cases=12)
    counting.catch_up(runtime, float("inf"))
    before = read_all(runtime)
    with database.transaction() as session:
        last = session.scalars(select(Case.id).order_by(Case.id.desc())).first()
        for table in (CaseEvent, CaseFact, Feedback, Attachment, Message):
            session.execute(delete(table).where(table.case_id == last))
        session.execute(delete(Case).where(Case.id == last))
    counting.catch_up(runtime, float("inf"))
    assert read_all(runtime) == before
    counting.rebuild(runtime)
    assert read_all(runtime) == before
    with database.transaction() as session:
        assert session.scalar(select(CountedMoment.id).where(CountedMoment.case_id == last)) is None
        session.execute(update(MonthCount).where(MonthCount.measure == "received").values(n=MonthCount.n + 1))
    assert counting.check(runtime), "a wrong count is found"
