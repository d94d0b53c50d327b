"""The letters of a batch, a slice a job: printed outside any transaction, then told to the cases all at once."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from backoffice.domain.batches import BatchState, LineState, Way
from backoffice.domain.lifecycle import Status
from backoffice.domain.policy import Actor, system
from backoffice.infra import pdf, templating
from backoffice.infra.runtime import Runtime
from backoffice.models.authorities import Authority
from backoffice.models.batches import Batch
from backoffice.models.cases import Case, Message
from backoffice.models.documents import Document
from backoffice.queries import batches as queries
from backoffice.queries import rows
from backoffice.services import (
    batches,
    casework,
    correspondence,
    documents,
    journal,
    legal_facts,
    letterheads,
    moment,
    outbox,
    representations,
)
from backoffice.services.journal import Event
from backoffice.services.outbox import Claim, JobKind

NO_MORE_AUTHOR = "Le compte de l’agent qui a préparé l’envoi est fermé : ce courrier n’a pas été écrit."
CHANGED = "Ce dossier a changé pendant l’envoi : écrivez à l’usager depuis sa page."


@dataclass(frozen=True, slots=True)
class Printed:
    """The letter of a case, in the storage, before anybody is told of it."""

    title: str
    values: dict[str, Any]
    digest: str
    size: int


def write(runtime: Runtime, claim: Claim) -> None:
    """Write the letters of a slice; the job that settles the last case of its batch promises the PDF to post."""
    batch_id, first = claim.payload["batch_id"], claim.payload["first"]
    with runtime.database.reading() as session:
        papers = _papers(session, session.get_one(Batch, batch_id), first)
    printed = {case_id: _print(runtime, title, values) for case_id, (title, values) in papers.items()}
    # What the cases become is written together at the end, not between two readings.
    with runtime.database.transaction() as session, session.no_autoflush:
        outbox.keep(session, claim)
        batch = session.get_one(Batch, batch_id)
        author = batches.find_author(session, batch)
        held = queries.claim_slice(session, batch_id, first, batches.SLICE)
        for line, case in held:
            reason = batches.refusal(author, case) if author else NO_MORE_AUTHOR
            letter = printed.get(case.id)
            if reason or author is None or letter is None:
                line.state, line.message = LineState.REFUSED, reason or CHANGED
            else:
                line.state, line.way = LineState.OK, batches.way_to(case)
                line.document_id = _tell(session, runtime, author, batch, case, letter)
        session.flush()
        if held and queries.count_done(session, batch_id, len(held)):
            batch.state = BatchState.MERGING
            outbox.promise(session, JobKind.JOIN_BATCH, authority_id=batch.authority_id, batch_id=batch_id)


def _papers(session: Session, batch: Batch, first: int) -> dict[int, tuple[str, dict[str, Any]]]:
    """Title and values of the letters of a slice, by case; a case that may not be written to has none."""
    author = batches.find_author(session, batch)
    if author is None:
        return {}
    authority = session.get_one(Authority, batch.authority_id)
    agent = legal_facts.agent_of(session, author)
    waiting = [case for _, case in queries.list_waiting(session, batch.id, first, batches.SLICE)]
    represented = representations.list_by_case(session, [case.id for case in waiting])
    papers = {}
    for case in waiting:
        if not batches.refusal(author, case):
            to = representations.addressee_of(case.citizen, represented.get(case.id))
            letter = batches.fill(session, case, batches.letter_of(batch), to)
            values = documents.case_values(session, authority, case, to)
            values |= {"subject": letter.subject, "text": letter.text, "agent": agent}
            papers[case.id] = (f"{documents.TITLES['letter']} – {case.reference}", values)
    return papers


def _print(runtime: Runtime, title: str, values: dict[str, Any]) -> Printed:
    dressed = letterheads.dress(runtime, values)
    content = pdf.render(templating.document_html("letter", title, dressed, runtime.settings.public_url))
    return Printed(title, values, runtime.storage.put(content), len(content))


def _tell(session: Session, runtime: Runtime, author: Actor, batch: Batch, case: Case, letter: Printed) -> int:
    """Write the letter in the case and its history, and the mail that carries it; answer the id of its document."""
    document_id, message_id = _document(session, batch, case, letter), _message(session, author, batch, case, letter)
    if batches.way_to(case) is Way.MAIL:
        correspondence.queue_mail(
            session,
            runtime,
            case,
            "reply",
            letter.values,
            automatic=False,
            documents=[document_id],
            message_row_id=message_id,
        )
    case.first_answer_at = case.first_answer_at or moment.now()
    if case.status == Status.RECEIVED:
        case.status = Status.UNDER_REVIEW
    case.revision += 1
    asked = {"document_id": document_id, "template": "letter", "batch_id": batch.id}
    told = {"document_id": document_id, "digest": letter.digest, "template": "letter"}
    lines: list[journal.Line] = [
        (author, Event.DOCUMENT_ASKED, asked),
        (system(case.authority_id), Event.DOCUMENT_RENDERED, told),
        (author, Event.REPLIED, {"message_id": message_id}),
    ]
    journal.record_each(session, case, lines)
    return document_id


def _document(session: Session, batch: Batch, case: Case, letter: Printed) -> int:
    return rows.insert_row(
        session,
        Document,
        authority_id=case.authority_id,
        case_id=case.id,
        template="letter",
        title=letter.title,
        values=letter.values,
        asked_at=batch.created_at,
        rendered_at=moment.now(),
        digest=letter.digest,
        size=letter.size,
    )


def _message(session: Session, author: Actor, batch: Batch, case: Case, letter: Printed) -> int:
    # (channel, source_id) is unique: whatever happens, a batch writes once to a case.
    return rows.insert_row(
        session,
        Message,
        authority_id=case.authority_id,
        case_id=case.id,
        direction="out",
        channel=casework.DESK,
        source_id=f"{case.id}.batch-{batch.id}",
        staff_id=author.id,
        author=author.name,
        subject=letter.values["subject"],
        body=letter.values["text"],
        received_at=moment.now(),
    )
