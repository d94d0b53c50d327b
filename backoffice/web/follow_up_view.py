"""What a citizen reads about their case: where it is, what is awaited from them, dates, messages and documents."""

from dataclasses import dataclass
from typing import Any

from flask import url_for
from sqlalchemy.orm import Session

from backoffice.domain import answer_text
from backoffice.domain.clock import LegalDate
from backoffice.domain.file_checks import FileCheck
from backoffice.domain.french import NBSP, file_size
from backoffice.domain.lifecycle import OUTCOME_LABELS, STATUS_LABELS, Outcome, Status
from backoffice.domain.plain_silence import implicit_in_words
from backoffice.domain.regime import Regime
from backoffice.models.authorities import Authority
from backoffice.models.cases import Attachment, Case, Message
from backoffice.models.documents import Document
from backoffice.queries import cases
from backoffice.services import clock, procedures
from backoffice.web import shown_files
from backoffice.web.pages import today_here
from backoffice.web.shown_files import ShownFile

STATES: dict[Status, tuple[int, str]] = {
    Status.RECEIVED: (1, "Votre demande est arrivée. Un agent va l’examiner."),
    Status.UNDER_REVIEW: (2, "Un agent examine votre demande. Vous n’avez rien à faire pour le moment."),
    Status.WAITING_CITIZEN: (2, "Pour continuer, nous avons besoin d’une réponse de votre part."),
    Status.CLOSED: (3, "Votre demande est terminée."),
}
"""How far along each state is (of three), and the sentence that says it."""

File = tuple[str, str, str]
"""A name, an address and a size, as the page lists them."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A message that the citizen may read, with its files."""

    message: Message
    files: list[ShownFile]

    @property
    def is_theirs(self) -> bool:
        """Whether the citizen wrote it."""
        return self.message.direction == "in"


@dataclass(frozen=True, slots=True)
class Told:
    """A date, what it means, and how it was computed."""

    term: str
    legal: LegalDate
    meaning: str

    @property
    def steps(self) -> tuple[str, ...]:
        """The computation, a sentence a step."""
        return (*self.legal.explanation.facts, *self.legal.explanation.steps)


def context(session: Session, case: Case) -> dict[str, Any]:
    """Everything the follow-up page shows; internal notes never come this far."""
    status = Status(case.status)
    exchanges = _exchanges(session, case, cases.list_messages(session, case.id, with_notes=False))
    answers_of_ours = [one for one in exchanges if not one.is_theirs]
    rank, sentence = STATES[status]
    return {
        "case": case,
        "department": case.department,
        "assignee": case.assignee,
        "steps": _steps(case),
        "rank": rank,
        "sentence": sentence,
        "is_closed": status is Status.CLOSED,
        "is_awaited": status is Status.WAITING_CITIZEN,
        "asked": answers_of_ours[-1] if answers_of_ours else None,
        "dates": [] if status is Status.CLOSED else _dates(session, case),
        "exchanges": exchanges,
        "documents": [_document(case, one) for one in cases.list_documents(session, case.id) if one.digest],
        "answers": _answers(case),
    }


def _steps(case: Case) -> list[str]:
    waiting = case.status == Status.WAITING_CITIZEN
    middle = STATUS_LABELS[Status.WAITING_CITIZEN if waiting else Status.UNDER_REVIEW]
    end = STATUS_LABELS[Status.CLOSED]
    if case.outcome:
        outcome = OUTCOME_LABELS[Outcome(case.outcome)]
        end = f"{end}{NBSP}: {outcome[0].lower()}{outcome[1:]}"
    return [STATUS_LABELS[Status.RECEIVED], middle, end]


def _dates(session: Session, case: Case) -> list[Told]:
    dates = clock.deadlines(session, case, session.get_one(Authority, case.authority_id))
    told = []
    if dates.target_on:
        told.append(Told("Notre objectif", dates.target_on, "Nous visons une réponse au plus tard ce jour-là."))
    regime = Regime.from_data(case.regime)
    meaning = implicit_in_words(regime, dates.implicit_on.on if dates.implicit_on else None, today_here())
    if dates.implicit_on and meaning:
        told.append(Told("Si nous ne répondons pas", dates.implicit_on, meaning))
    return told


def _exchanges(session: Session, case: Case, messages: list[Message]) -> list[Exchange]:
    def show(one: Attachment, check: FileCheck) -> ShownFile:
        return shown_files.for_follower(case, one, check)

    files = shown_files.by_message(session, cases.list_attachments(session, case.id), show)
    return [Exchange(message, files.get(message.id, [])) for message in messages]


def _document(case: Case, document: Document) -> File:
    address = url_for("follow_up.document", reference=case.reference, document_id=document.id)
    return document.title, address, f"PDF, {file_size(document.size)}"


def _answers(case: Case) -> list[tuple[str, str]]:
    if case.form_version is None:
        return []
    return answer_text.describe(procedures.read_version(case.form_version), case.answers)
