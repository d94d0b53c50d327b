"""What is counted of forms: added to by one statement whatever there is to add, and summed for one text."""

from collections.abc import Sequence
from datetime import date
from functools import cache

from sqlalchemy import Insert, case, func, insert, select, text
from sqlalchemy.orm import Session

from backoffice.domain.form_events import Counted, FormEvent
from backoffice.infra.database import table_of
from backoffice.models.catalogue import Procedure, ProcedureVersion
from backoffice.models.evaluation import FormCount

KEY = ("version_id", "day", "event", "step", "field", "fault")
_SHOWN = (FormEvent.OPENED, FormEvent.SHOWN)


def add(session: Session, authority_id: int, version_id: int, day: date, counted: Sequence[Counted]) -> None:
    """One more of each on this day; nothing is fine."""
    # Always in the same order: two that add the same rows wait for one another, never both.
    found = sorted((one.event.value, one.step, one.field, one.fault) for one in counted)
    own = {"authority_id": authority_id, "version_id": version_id, "day": day, "n": 1}
    if found:
        rows = [own | dict(zip(KEY[2:], one, strict=True)) for one in found]
        session.execute(_add(), rows)


def sum_of_step(
    session: Session, authority_id: int, procedure_code: str, step: str, first: date, last: date
) -> tuple[int, int]:
    """(shown, passed) of a step between two days, both included; (started, sent) of whole forms without a step."""
    of, through = (_SHOWN, (FormEvent.PASSED,)) if step else ((FormEvent.STARTED,), (FormEvent.SENT,))
    sums = (func.coalesce(func.sum(case((FormCount.event.in_(one), FormCount.n), else_=0)), 0) for one in (of, through))
    query = select(*sums).join(ProcedureVersion, ProcedureVersion.id == FormCount.version_id)
    row = session.execute(
        query.join(Procedure, Procedure.id == ProcedureVersion.procedure_id).where(
            FormCount.authority_id == authority_id,
            Procedure.code == procedure_code,
            FormCount.day.between(first, last),
            *([FormCount.step == step] if step else []),
        )
    ).one()
    return int(row[0]), int(row[1])


@cache
def _add() -> Insert:
    # Building a statement costs more than running it; that of either engine's own INSERT is built at each execution.
    statement = insert(table_of(FormCount)).inline()
    statement._post_values_clause = text(  # noqa: SLF001
        f"ON CONFLICT ({', '.join(KEY)}) DO UPDATE SET n = form_counts.n + excluded.n"
    )
    return statement
