"""The tray « À imprimer et poster »: one PDF of a selection, the day it was posted noted for all, and taken back."""

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy.orm import Session

from backoffice.domain import policy
from backoffice.domain.batches import BatchState, Kind, LineState, Way, way_of
from backoffice.domain.french import number
from backoffice.domain.policy import Actor, Permission
from backoffice.errors import Conflict, Invalid
from backoffice.models.batches import Batch, BatchLine
from backoffice.queries import batches as batch_queries
from backoffice.queries import cases, rows
from backoffice.queries import letters_to_post as queries
from backoffice.queries.letters_to_post import Waiting
from backoffice.services import moment, outbox, sending
from backoffice.services.outbox import JobKind

KIND = Kind.POST
TITLE = "Courriers à imprimer et poster"
MOST_AT_ONCE = 500
# How far back what was posted can be seen, and taken back.
SHOWN_FOR = timedelta(days=7)
NONE_CHOSEN = "Cochez au moins un courrier de la liste."
TOO_MANY = f"Choisissez au plus {number(MOST_AT_ONCE)} courriers à la fois."
GONE = "Ces courriers ne sont plus à poster : rechargez la page."


def make_file(session: Session, actor: Actor, document_ids: Sequence[int], *, key: str) -> Batch:
    """Promise one PDF of these letters, as a batch of its author; the same form (`key`) sent twice makes one."""
    policy.require(actor, Permission.CASE_NOTE)
    known = batch_queries.find_by_key(session, actor.authority_id, key)
    if known is not None:
        return batch_queries.get_batch(session, actor, known.id)
    chosen = _chosen(session, actor, document_ids)
    batch = Batch(
        authority_id=actor.authority_id,
        staff_id=actor.id,
        kind=KIND,
        form_key=key,
        values={"subject": TITLE, "text": ""},
        state=BatchState.MERGING,
        total=len(chosen),
        done=len(chosen),
        created_at=moment.now(),
    )
    session.add(batch)
    session.flush()
    lines = [_line(batch, position, one) for position, one in enumerate(chosen)]
    rows.insert_rows(session, BatchLine, lines)
    outbox.promise(session, JobKind.JOIN_BATCH, authority_id=batch.authority_id, batch_id=batch.id)
    return batch


def note_posted(session: Session, actor: Actor, document_ids: Sequence[int], on: date) -> list[int]:
    """These letters were posted on a day; answers those noted. All or none: raises Invalid when a date cannot be.

    What somebody else noted meanwhile is left as it is.
    """
    policy.require(actor, Permission.CASE_NOTE)
    noted = []
    for one in _chosen(session, actor, document_ids):
        case = cases.claim_case(session, actor, one.case.reference)
        try:
            sending.note_posted(session, actor, case, one.document, on)
        except Invalid as fault:
            raise Invalid(faults={"on": f"{one.case.reference} : {fault.faults.get('on', fault.sentence)}"}) from fault
        except Conflict:
            continue
        noted.append(one.document.id)
    return noted


def take_back(session: Session, actor: Actor, document_ids: Sequence[int]) -> int:
    """They were not posted after all: they wait again; answers how many. Only of the last days (`SHOWN_FOR`)."""
    policy.require(actor, Permission.CASE_NOTE)
    since = (moment.now() - SHOWN_FOR).date()
    found = queries.list_posted(session, actor, since, list(document_ids)[:MOST_AT_ONCE])
    for one in sorted(found, key=lambda one: one.case.id):
        sending.take_posting_back(session, actor, cases.claim_case(session, actor, one.case.reference), one.document)
    return len(found)


def _chosen(session: Session, actor: Actor, document_ids: Sequence[int]) -> list[Waiting]:
    if not document_ids:
        raise Invalid(NONE_CHOSEN)
    if len(document_ids) > MOST_AT_ONCE:
        raise Invalid(TOO_MANY)
    chosen = queries.list_chosen(session, actor, document_ids)
    if not chosen:
        raise Conflict(GONE)
    return chosen


def _line(batch: Batch, position: int, one: Waiting) -> dict[str, object]:
    printed = one.document.values["citizen"]
    way = way_of(email="", refuses_email=True, address_line=printed["address_line"], city=printed["city"])
    asked = way is Way.POST and one.citizen.email and not one.citizen.is_answered_by_email
    return {
        "authority_id": batch.authority_id,
        "batch_id": batch.id,
        "position": position,
        "case_id": one.case.id,
        "document_id": one.document.id,
        "state": LineState.OK,
        "way": Way.POST_ASKED if asked else way,
        "message": "",
    }
