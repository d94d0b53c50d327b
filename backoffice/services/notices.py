"""What agents must know in time about a case: said once to whoever has it, and to those who lead when it presses."""

from collections.abc import Iterable

from sqlalchemy.orm import Session

from backoffice.models.cases import Case
from backoffice.models.people import Staff
from backoffice.queries import legal as queries
from backoffice.queries import people
from backoffice.services import moment


def tell(session: Session, case: Case, people_told: Iterable[Staff], kind: str, text: str, *, urgent: bool) -> None:
    """Write the notice for each person; the same `kind` about the same case is told once to each."""
    for person in people_told:
        queries.insert_notice(
            session,
            authority_id=case.authority_id,
            staff_id=person.id,
            case_id=case.id,
            kind=kind,
            text=text,
            urgent=urgent,
            at=moment.now(),
        )


def listeners(session: Session, case: Case, *, to_supervisors: bool = False) -> list[Staff]:
    """Whoever has the case (its whole department when nobody or somebody gone does), then those who lead."""
    supervisors = queries.list_supervisors(session, case.department_id)
    if case.assignee is not None and case.assignee.active:
        handlers = [case.assignee]
    else:
        # Nobody has it: the whole department is told, before the day rather than after.
        handlers = people.list_department_staff(session, case.department_id)
    told = [*handlers, *(supervisors if to_supervisors else [])]
    return list({person.id: person for person in told}.values())
