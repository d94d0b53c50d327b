"""SELECTs on bulk letters, and the cases that a selection names."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import and_, func, or_, select, true, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, joinedload

from backoffice.domain.batches import POSTED, LineState, Way
from backoffice.domain.policy import Actor
from backoffice.errors import NotFound
from backoffice.models.batches import Batch, BatchLine
from backoffice.models.cases import Case
from backoffice.models.documents import Document
from backoffice.models.people import Citizen
from backoffice.queries.case_words import narrow
from backoffice.queries.cases import visible_to
from backoffice.queries.queue_filters import Filters, branches, find_words

PAGE_SIZE = 100


def list_references(session: Session, actor: Actor, filters: Filters, today: date, limit: int) -> list[str]:
    """The references of a whole list of the queue, the most urgent first."""
    tests = or_(*(and_(true(), *one) for one in branches(actor, filters, today)))
    query = visible_to(actor, select(Case.reference)).where(tests).order_by(Case.due_on, Case.id).limit(limit)
    return list(session.scalars(narrow(query, find_words(session, actor, filters))))


def list_visible_cases(session: Session, actor: Actor, references: Sequence[str]) -> list[Case]:
    """The cases of these references that the actor may know of, with their citizen, in order of arrival."""
    query = visible_to(actor, select(Case)).where(Case.reference.in_(references)).order_by(Case.id)
    return list(session.scalars(query.options(joinedload(Case.citizen))))


def insert_batch(session: Session, batch: Batch) -> Batch | None:
    """Add a batch, or None when its form was already received."""
    engine = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    values = {
        column.name: getattr(batch, column.name)
        for column in Batch.__table__.columns
        if column.name not in {"id", "done"}
    }
    row = engine.insert(Batch).values(**values, done=0).returning(Batch.id)
    added = session.scalar(row.on_conflict_do_nothing(index_elements=["authority_id", "form_key"]))
    return session.get_one(Batch, added) if added is not None else None


def find_by_key(session: Session, authority_id: int, form_key: str) -> Batch | None:
    """The batch that a form made."""
    return session.scalar(select(Batch).where(Batch.authority_id == authority_id, Batch.form_key == form_key))


def get_batch(session: Session, actor: Actor, batch_id: int) -> Batch:
    """A batch of this very person (it may hold restricted cases), or NotFound."""
    mine = (Batch.id == batch_id, Batch.authority_id == actor.authority_id, Batch.staff_id == actor.id)
    batch = session.scalar(select(Batch).where(*mine))
    if batch is None:
        raise NotFound("Cet envoi n’existe pas ou n’est pas accessible avec votre compte.")
    return batch


def list_batches(session: Session, actor: Actor, limit: int = 100) -> list[Batch]:
    """The batches of a person, newest first."""
    mine = (Batch.authority_id == actor.authority_id, Batch.staff_id == actor.id)
    return list(session.scalars(select(Batch).where(*mine).order_by(Batch.id.desc()).limit(limit)))


def list_waiting(session: Session, batch_id: int, first: int, count: int) -> list[tuple[BatchLine, Case]]:
    """The lines of a slice that are still to be settled, with their cases."""
    mine = (BatchLine.batch_id == batch_id, BatchLine.state == LineState.WAITING)
    query = (
        select(BatchLine, Case)
        .join(Case, Case.id == BatchLine.case_id)
        .where(*mine, BatchLine.position >= first, BatchLine.position < first + count)
        .order_by(BatchLine.case_id)
        .options(joinedload(Case.citizen), joinedload(Case.department))
    )
    return [(line, case) for line, case in session.execute(query)]


def claim_slice(session: Session, batch_id: int, first: int, count: int) -> list[tuple[BatchLine, Case]]:
    """The same, with the cases locked in one order for everybody, as they are now."""
    lines = {line.case_id: line for line, _ in list_waiting(session, batch_id, first, count)}
    query = select(Case).where(Case.id.in_(lines)).order_by(Case.id).options(joinedload(Case.citizen))
    held = session.scalars(query.with_for_update(of=Case).execution_options(populate_existing=True))
    return [(lines[case.id], case) for case in held]


def count_done(session: Session, batch_id: int, settled: int) -> bool:
    """Add to what is done; True for the one that settles the last line."""
    query = (
        update(Batch).where(Batch.id == batch_id).values(done=Batch.done + settled).returning(Batch.done, Batch.total)
    )
    done, total = session.execute(query.execution_options(synchronize_session=False)).one()
    return bool(done == total)


def count_ways(session: Session, batch_id: int) -> dict[str, int]:
    """How many letters leave in each way."""
    query = select(BatchLine.way, func.count()).where(BatchLine.batch_id == batch_id, BatchLine.state == LineState.OK)
    return {row[0]: row[1] for row in session.execute(query.group_by(BatchLine.way))}


def list_to_post(session: Session, actor: Actor, batch_id: int, way: Way) -> list[str]:
    """The digests of the letters to post in this way, in order of postcode then name, as the post takes them.

    Only of the cases that the actor may know of now: one may have been restricted since its letter was written.
    """
    query = (
        visible_to(actor, select(Document.digest))
        .join(BatchLine, BatchLine.document_id == Document.id)
        .join(Case, Case.id == BatchLine.case_id)
        .join(Citizen, Citizen.id == Case.citizen_id)
        .where(BatchLine.batch_id == batch_id, BatchLine.state == LineState.OK, BatchLine.way == way)
        .order_by(Citizen.postcode, Citizen.folded_name, BatchLine.position)
    )
    return list(session.scalars(query))


def list_posted_ids(session: Session, actor: Actor, batch_id: int) -> list[int]:
    """The letters of a batch that the post takes and that nobody noted as posted, where the actor may know of them."""
    query = (
        visible_to(actor, select(Document.id))
        .join(BatchLine, BatchLine.document_id == Document.id)
        .join(Case, Case.id == BatchLine.case_id)
        .where(BatchLine.batch_id == batch_id, BatchLine.state == LineState.OK, BatchLine.way.in_(POSTED))
        .where(Document.posted_on.is_(None), Document.digest != "")
    )
    return list(session.scalars(query))


def list_lines(
    session: Session, actor: Actor, batch_id: int, after: int = -1, *, refused_only: bool = False
) -> list[tuple[BatchLine, str, str]]:
    """(line, reference, subject) of the cases that follow a position: a page, and one more when there is another.

    Only the cases that the actor may know of now.
    """
    query = (
        visible_to(actor, select(BatchLine, Case.reference, Case.subject))
        .join(Case, Case.id == BatchLine.case_id)
        .where(BatchLine.batch_id == batch_id, BatchLine.position > after)
        .order_by(BatchLine.position)
        .limit(PAGE_SIZE + 1)
    )
    if refused_only:
        query = query.where(BatchLine.state == LineState.REFUSED)
    return [(row[0], row[1], row[2]) for row in session.execute(query)]


def count_hidden(session: Session, actor: Actor, batch_id: int) -> int:
    """How many cases of a batch went out of the actor's sight since it was made."""
    all_of_them = select(func.count()).select_from(BatchLine).where(BatchLine.batch_id == batch_id)
    seen = select(func.count()).select_from(BatchLine).join(Case, Case.id == BatchLine.case_id)
    visible = session.scalar(visible_to(actor, seen.where(BatchLine.batch_id == batch_id)))
    return (session.scalar(all_of_them) or 0) - (visible or 0)


def count_refused(session: Session, batch_id: int) -> int:
    """How many cases were refused."""
    refused = (BatchLine.batch_id == batch_id, BatchLine.state == LineState.REFUSED)
    return session.scalar(select(func.count()).select_from(BatchLine).where(*refused)) or 0
