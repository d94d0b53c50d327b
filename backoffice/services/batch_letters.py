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
    with runtime.database.transaction() as session:
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
    papers = {}
    for _, case in queries.list_waiting(session, batch.id, first, batches.SLICE):
        if not batches.refusal(author, case):
            letter = batches.fill(session, case, batches.letter_of(batch))
            values = documents.case_values(session, authority, case)
            values |= {"subject": letter.subject, "text": letter.text, "agent": agent}
            papers[case.id] = (f"{documents.TITLES['letter']} – {case.reference}", values)
    return papers


def _print(runtime: Runtime, title: str, values: dict[str, Any]) -> Printed:
    dressed = letterheads.dress(runtime, values)
    content = pdf.render(templating.document_html("letter", title, dressed, runtime.settings.public_url))
    return Printed(title, values, runtime.storage.put(content), len(content))


def _tell(session: Session, runtime: Runtime, author: Actor, batch: Batch, case: Case, letter: Printed) -> int:
    """Write the letter in the case and its history, and the mail that carries it; answer the id of its document."""
    document, message = _document(batch, case, letter), _message(author, batch, case, letter)
    session.add_all([document, message])
    session.flush()
    if batches.way_to(case) is Way.MAIL:
        correspondence.queue_mail(
            session,
            runtime,
            case,
            "reply",
            letter.values,
            automatic=False,
            documents=[document.id],
            message_row_id=message.id,
        )
    case.first_answer_at = case.first_answer_at or moment.now()
    if case.status == Status.RECEIVED:
        case.status = Status.UNDER_REVIEW
    case.revision += 1
    asked = {"document_id": document.id, "template": "letter", "batch_id": batch.id}
    journal.record(session, author, case, Event.DOCUMENT_ASKED, **asked)
    house = system(case.authority_id)
    told = {"document_id": document.id, "digest": letter.digest, "template": "letter"}
    journal.record(session, house, case, Event.DOCUMENT_RENDERED, **told)
    journal.record(session, author, case, Event.REPLIED, message_id=message.id)
    return document.id


def _document(batch: Batch, case: Case, letter: Printed) -> Document:
    return Document(
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


def _message(author: Actor, batch: Batch, case: Case, letter: Printed) -> Message:
    # (channel, source_id) is unique: whatever happens, a batch writes once to a case.
    return Message(
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
