"""What the calendar does to all the cases at once: those at fault keep none of the others from their dates."""

from datetime import date

import pytest
from sqlalchemy import insert, select

from backoffice.errors import Conflict
from backoffice.infra import migrations
from backoffice.infra.runtime import Runtime
from backoffice.models.cases import Case
from backoffice.services import authority_settings, deadlines, moment, outbox
from backoffice.services.outbox import JobKind
from tests import factories
from tests.usecases.promises import claim_next, jobs_by_state
from tests.usecases.test_legal_acts import noon

FAULTY = 510


@pytest.mark.parametrize("seeded_url", ["sqlite"], indirect=True)
def test_many_faulty_cases_do_not_starve_the_others(runtime: Runtime) -> None:
    with runtime.database.transaction() as session:
        with moment.at(noon(date(2026, 3, 2))):
            faulty = factories.a_case(session, runtime, received_at=noon(date(2026, 3, 2)))
        row = {column.key: getattr(faulty, column.key) for column in Case.__table__.columns if column.key != "id"}
        copies = [row | {"reference": f"2026-9{n:05}", "regime": {"silence": "unheard of"}} for n in range(FAULTY)]
        session.execute(insert(Case), copies)
        sound = factories.a_case(session, runtime, received_at=noon(date(2026, 3, 2)))
        outbox.promise(session, JobKind.WRITE_IMPLICIT_DECISIONS)
    with moment.at(noon(date(2026, 7, 1))), pytest.raises(Conflict):
        deadlines.write_implicit_decisions(runtime, claim_next(runtime, JobKind.WRITE_IMPLICIT_DECISIONS))
    with runtime.database.reading() as session:
        outcomes = session.scalars(select(Case.implicit_outcome).where(Case.id.in_([faulty.id, sound.id]))).all()
    assert "" not in outcomes


@pytest.mark.parametrize("seeded_url", ["sqlite"], indirect=True)
def test_open_cases_follow_the_calendar_when_it_changes_and_an_upgrade(runtime: Runtime, seeded_url: str) -> None:
    with runtime.database.transaction() as session:
        case = factories.a_case(session, runtime, procedure="gdpr_request", received_at=noon(date(2026, 1, 31)))
        acknowledge_by = case.acknowledge_by
        assert acknowledge_by is not None
        assert case.answer_by == date(2026, 3, 2)
        admin = factories.actor_named(session, "Nadia")
        values = authority_settings.values_of(factories.the_authority(session))
        authority_settings.update(session, admin, values)
    assert jobs_by_state(runtime, JobKind.REFRESH_DATES) == {}, "nothing changed"
    with runtime.database.transaction() as session:
        # The day on which they ended is closed now.
        authority_settings.update(session, admin, values | {"extra_holidays": f"{acknowledge_by:%d/%m/%Y}"})
    deadlines.refresh_dates(runtime, claim_next(runtime, JobKind.REFRESH_DATES))
    with runtime.database.transaction() as session:
        held = session.get_one(Case, case.id)
        assert held.acknowledge_by is not None
        assert held.acknowledge_by > acknowledge_by
        held.answer_by = None  # as before the version that computes it
    migrations.downgrade(seeded_url, "0024")
    migrations.upgrade(seeded_url)
    deadlines.refresh_dates(runtime, claim_next(runtime, JobKind.REFRESH_DATES))
    with runtime.database.reading() as session:
        assert session.get_one(Case, case.id).answer_by == date(2026, 3, 2)
    assert jobs_by_state(runtime, JobKind.REFRESH_DATES) == {"done": 1}
