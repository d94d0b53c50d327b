"""However many cases cannot be decided, those that can have their decision on its day."""

from datetime import date

import pytest
from sqlalchemy import insert, select

from backoffice.errors import Conflict
from backoffice.infra.runtime import Runtime
from backoffice.models.cases import Case
from backoffice.services import deadlines, moment, outbox
from backoffice.services.outbox import JobKind
from tests import factories
from tests.usecases.promises import claim_next
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
