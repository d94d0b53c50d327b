"""What a citizen reads about their case: where it is, what is awaited from them, dates, messages and documents."""

from dataclasses import dataclass
from typing import Any

from flask import url_for
from sqlalchemy.orm import Session

from backoffice.domain import answer_text
from backoffice.domain.clock import ClockState, Deadlines, LegalDate
from backoffice.domain.file_checks import FileCheck
from backoffice.domain.legal_events import EventKind, LegalEvent, find_last, transmitted_to
from backoffice.domain.lifecycle import OUTCOME_LABELS, STATUS_LABELS, Outcome, Status
from backoffice.domain.plain_silence import implicit_in_words
from backoffice.domain.regime import Regime
from backoffice.domain.tasks import progress, progress_in_words
from backoffice.domain.wording import Wording, Written
from backoffice.models.authorities import Authority
from backoffice.models.cases import Attachment, Case, Message
from backoffice.models.documents import Document
from backoffice.queries import case_links, cases, feedback, legal, tasks
from backoffice.services import citizen_acts, clock, representations
from backoffice.web import awaited_pieces, said_procedures, shown_files
from backoffice.web.languages import own, said, spoken
from backoffice.web.pages import today_here
from backoffice.web.shown_files import ShownFile

STATES: dict[Status, tuple[int, str]] = {
    Status.RECEIVED: (1, Wording("Votre demande est arrivée. Un agent va l’examiner.")),
    Status.UNDER_REVIEW: (2, Wording("Un agent examine votre demande. Vous n’avez rien à faire pour le moment.")),
    Status.WAITING_CITIZEN: (2, Wording("Pour continuer, nous avons besoin d’une réponse de votre part.")),
    Status.CLOSED: (3, Wording("Votre demande est terminée.")),
}
"""How far along each state is (of three), and the sentence that says it."""

WAITING_FOR_PIECES = Wording("Un agent examine votre demande. Il lui manque encore des pièces.")

SINCE: dict[str, str] = {
    Outcome.IMPLICITLY_ACCEPTED: Wording("Votre demande est acceptée depuis le"),
    Outcome.IMPLICITLY_REFUSED: Wording("Votre demande est considérée comme refusée depuis le"),
}
"""What silence has decided, before its day."""

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
    """A date, what it means, and how it was computed; no date when none can be given yet."""

    term: str
    legal: LegalDate | None
    meaning: str

    @property
    def steps(self) -> tuple[str, ...]:
        """The computation, a sentence a step."""
        return tuple(spoken().explain(one) for one in (*self.legal.facts, *self.legal.steps)) if self.legal else ()


def context(session: Session, case: Case) -> dict[str, Any]:
    """Everything the follow-up page shows; internal notes never come this far."""
    status = Status(case.status)
    joined = case_links.list_joined(session, case.id)
    ids = [one.id for one in joined]
    attachments = cases.list_attachments(session, case.id, joined=ids)
    messages = cases.list_messages(session, case.id, with_notes=False, joined=ids)
    exchanges = _exchanges(session, [case, *joined], messages, attachments)
    answers_of_ours = [one for one in exchanges if not one.is_theirs]
    rank, sentence = STATES[status]
    is_closed = status is Status.CLOSED
    events = legal.list_events(session, case.id)
    pieces = [] if is_closed else awaited_pieces.list_requests(events, attachments, today_here())
    implicit = _implicit(case, events)
    if implicit:
        rank, sentence = max(rank, 2), ""  # what silence decided is said above all, and once
    elif pieces and status is Status.UNDER_REVIEW:
        sentence = WAITING_FOR_PIECES
    elif wording := _public_wording(case):
        sentence = wording
    return {
        "case": case,
        "represented": representations.find(session, case.id),
        "department": case.department,
        "assignee": case.assignee,
        "steps": _steps(case, implicit, transmitted_to(events)),
        "rank": rank,
        "sentence": sentence,
        "is_closed": is_closed,
        "is_awaited": status is Status.WAITING_CITIZEN,
        "pieces": pieces,
        "asked": answers_of_ours[-1] if answers_of_ours and not pieces else None,
        "implicit": implicit,
        "progress": "" if is_closed else _progress(session, [case.id, *ids]),
        "dates": [] if is_closed else _dates(session, case, events, implicit),
        **_acts(session, case),
        "exchanges": exchanges,
        "documents": _documents(session, [case, *joined]),
        "answers": _answers(case),
    }


def _progress(session: Session, case_ids: list[int]) -> str:
    """How many of the services that were asked have answered, when their citizen is told of it."""
    known = progress(tasks.list_shared(session, case_ids))
    return progress_in_words(known) if known else ""


def _acts(session: Session, case: Case) -> dict[str, Any]:
    """What their citizen may do besides answering, and what they already did."""
    authority = session.get_one(Authority, case.authority_id)
    may_judge = citizen_acts.may_be_judged(session, case)
    return {
        "may_ask_for_certificate": citizen_acts.may_ask_for_certificate(session, case),
        "certificate_asked": citizen_acts.is_certificate_asked(session, case),
        "may_judge": may_judge,
        "may_reopen": may_judge and citizen_acts.may_reopen(session, case, authority),
        "reopening_days": citizen_acts.reopening_days(authority),
        "judged": feedback.find_feedback(session, case) if case.closed_at else None,
    }


def _implicit(case: Case, events: tuple[LegalEvent, ...]) -> str:
    """What silence has decided, as long as it holds: an express decision may follow a rejection by silence."""
    if case.closed_at is not None or _is_overruled(case, events):
        return ""
    return case.implicit_outcome


def _is_overruled(case: Case, events: tuple[LegalEvent, ...]) -> bool:
    return case.implicit_outcome == Outcome.IMPLICITLY_REFUSED and find_last(events, EventKind.DECIDED) is not None


def _public_wording(case: Case) -> str:
    """What the procedure says to citizens of the sub-state of their case; nothing unless it has words for them."""
    version = case.procedure_version if case.sub_state else None
    definition = said_procedures.read_version(version) if version else None
    state = definition.lifecycle.find(case.sub_state) if definition else None
    return said_procedures.marked(state.public, definition) if definition and state and state.public else ""


def _steps(case: Case, implicit: str, recipient: str) -> list[str]:
    waiting = case.status == Status.WAITING_CITIZEN
    middle = STATUS_LABELS[Status.WAITING_CITIZEN if waiting else Status.UNDER_REVIEW]
    if implicit and not waiting:
        middle = OUTCOME_LABELS[Outcome(implicit)]
    end = STATUS_LABELS[Status.CLOSED]
    if case.outcome == Outcome.TRANSFERRED and recipient:
        end = Wording("Terminée : transmise à %(name)s", name=recipient)
    elif case.outcome:
        outcome = said(OUTCOME_LABELS[Outcome(case.outcome)])
        end = Wording("Terminée : %(outcome)s", outcome=f"{outcome[0].lower()}{outcome[1:]}")
    received = Wording("Reçue le %(day)s", day=Written("short_date", case.received_on))
    return [received, middle, end]


def _dates(session: Session, case: Case, events: tuple[LegalEvent, ...], implicit: str) -> list[Told]:
    dates = clock.deadlines(session, case, session.get_one(Authority, case.authority_id), events)
    if implicit:
        return [Told(SINCE[implicit], dates.implicit_on, "")] if dates.implicit_on else []
    silence = [] if _is_overruled(case, events) else _silence(Regime.from_data(case.regime), dates)
    return _target(dates) + silence


def _target(dates: Deadlines) -> list[Told]:
    """The promise of the house; while pieces are awaited, neither a promise nor late."""
    if dates.target_on is None or dates.state is ClockState.WAITING_FOR_DOCUMENTS:
        return []
    meaning = Wording("Nous visons une réponse au plus tard ce jour-là.")
    if dates.target_on.on < today_here():
        meaning = Wording("Nous visions une réponse au plus tard ce jour-là : nous sommes en retard, excusez-nous.")
    return [Told(Wording("Notre objectif"), dates.target_on, meaning)]


def _silence(regime: Regime, dates: Deadlines) -> list[Told]:
    term = Wording("Si nous ne répondons pas")
    if dates.state is ClockState.WAITING_FOR_DOCUMENTS:
        waiting = Wording(
            "Aucun délai ne court pour le moment : il commencera le jour où nous aurons reçu toutes les pièces "
            "demandées. D’ici là, notre silence ne vaut pas accord."
        )
        return [Told(term, None, waiting)]
    meaning = implicit_in_words(regime, dates.implicit_on.on if dates.implicit_on else None, today_here())
    return [Told(term, dates.implicit_on, meaning)] if dates.implicit_on and meaning else []


def _exchanges(
    session: Session, together: list[Case], messages: list[Message], attachments: list[Attachment]
) -> list[Exchange]:
    by_id = {one.id: one for one in together}

    def show(one: Attachment, check: FileCheck) -> ShownFile:
        return shown_files.for_follower(by_id[one.case_id], one, check)

    files = shown_files.by_message(session, attachments, show)
    return [Exchange(message, files.get(message.id, [])) for message in messages]


def _documents(session: Session, together: list[Case]) -> list[File]:
    by_id = {one.id: one for one in together}
    case, *joined = together
    listed = cases.list_documents(session, case.id, joined=[one.id for one in joined])
    return [_document(by_id[one.case_id], one) for one in listed if one.digest]


def _document(case: Case, document: Document) -> File:
    address = url_for("follow_up.document", reference=case.reference, document_id=document.id)
    title = own(document.title)
    name = title if title != document.title else said_procedures.marked(title)
    return name, address, shown_files.of_document(document)


def _answers(case: Case) -> list[tuple[str, str]]:
    if case.form_version is None:
        return []
    definition = said_procedures.read_version(case.form_version)
    return said_procedures.marked_answers(answer_text.describe(definition, case.answers), definition)
