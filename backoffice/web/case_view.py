"""What the page of a case shows: the header, one thread for every channel, and only the actions that are allowed."""

import secrets
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import url_for
from sqlalchemy.orm import Session

from backoffice.domain import references
from backoffice.domain.case_links import LinkKind, label
from backoffice.domain.clock import Deadlines, LegalDate
from backoffice.domain.file_checks import FileCheck
from backoffice.domain.french import NBSP, plural
from backoffice.domain.legal_events import (
    EventKind,
    find_notification,
    is_receipt_corrected,
    list_pieces_asked,
    transmitted_to,
)
from backoffice.domain.letters import ACKNOWLEDGEMENTS, language_choices
from backoffice.domain.lifecycle import CHOSEN_OUTCOMES, DESK_STATUS_LABELS, MOVES, OUTCOME_LABELS, Outcome, Status
from backoffice.domain.policy import Actor, Permission, allows
from backoffice.domain.representation import PROOF_LABELS, Proof, Represented
from backoffice.models.cases import Attachment, Case, CaseEvent
from backoffice.models.documents import Document
from backoffice.models.mail import OutgoingMail
from backoffice.models.tags import Tag
from backoffice.queries import case_choices, case_links, cases, legal, nearby, ready_answers
from backoffice.queries import mail as mail_queries
from backoffice.queries import tags as tag_queries
from backoffice.queries.case_links import Linked
from backoffice.queries.case_pages import Opened
from backoffice.services import (
    case_tags,
    casework,
    checklists,
    clock,
    districts,
    letter_templates,
    macros,
    noted_answers,
    procedures,
    representations,
    reserved_answers,
    sub_states,
)
from backoffice.services.journal import Event
from backoffice.web import case_history, case_thread, case_together, case_warnings, legal_forms, shown_files, task_panel
from backoffice.web.act_forms import Situation
from backoffice.web.case_history import LINES_SHOWN
from backoffice.web.case_thread import Exchange
from backoffice.web.pages import today_here
from backoffice.web.shown_files import ShownFile


@dataclass(frozen=True, slots=True)
class Spoken:
    """In whose name the citizen speaks, and the proof of it: in words, whether it is awaited or over, its files."""

    facts: list[tuple[str, str]]
    proof: str
    is_awaited: bool
    is_over: bool
    files: list[ShownFile]
    name: str


@dataclass(frozen=True, slots=True)
class DueDate:
    """A legal date with what explains it; `is_past` when it passed by itself, and nobody is late."""

    label: str
    on: date
    days: int
    steps: tuple[str, ...]
    law: str
    is_past: bool


def _returned(session: Session, opened: Opened) -> OutgoingMail | None:
    citizen = opened.case.citizen
    if citizen is None or not citizen.email or not opened.has.returned:
        return None
    return mail_queries.find_returned_last(session, opened.authority.id, citizen.email)


def context(
    session: Session, actor: Actor, opened: Opened, seen: int | None = None, *, whole: bool = False
) -> dict[str, Any]:
    """Everything the template needs; `seen` is the length of the history that an outdated page had shown.

    A long thread and a long history are folded, unless the `whole` is asked for.
    """
    case, authority, has = opened.case, opened.authority, opened.has
    events = legal.list_events(session, case.id) if has.facts else ()
    dates = clock.deadlines(session, case, authority, events)
    now = Situation(case, events, dates, today_here())
    linked = case_links.list_around(session, actor, case.id) if has.links else []
    joined = case_links.joined_among(linked)
    represented = representations.find(session, case.id) if has.represented else None
    thread = case_thread.read(session, [case, *joined], has_files=has.attachments, whole=whole)
    mails = thread.mails
    history = case_history.read(session, case, whole=whole or seen is not None)
    tags = tag_queries.list_of_case(session, case.id) if has.tags else []
    documents = cases.list_documents(session, case.id)
    may_note = allows(actor, Permission.CASE_NOTE, case)
    return {
        "case": case,
        "code": references.show_code(case.tracking_code),
        "represented": _represented(session, case, represented) if represented else None,
        "linked": _linked(linked),
        "joined": joined,
        "checks": checklists.list_checks(session, case),
        "joined_label": label(LinkKind.JOINED, is_first=True),
        "procedure_title": procedures.read_version(case.procedure_version).title if case.procedure_version else "",
        "received_on_corrected": is_receipt_corrected(events),
        "transmitted_to": transmitted_to(events) if case.outcome == Outcome.TRANSFERRED else "",
        "dates": _due_dates(now),
        "warnings": case_warnings.of_case(now, documents, mails, history, authority, _returned(session, opened)),
        "late_acknowledgement": not dates.appeal_period_enforceable and _is_acknowledgement_late(now),
        "appeal_reasons": dates.appeal_explanation,
        "acts": [(_act_url(case, code), title) for code, title in legal_forms.offered(actor, now)],
        "waiting_pieces": [one for one in list_pieces_asked(events) if one.missing],
        "thread": thread.exchanges,
        "folded": thread.folded,
        "file_count": thread.files,
        "answers": reserved_answers.describe(session, actor, case) + _followed(session, case),
        "unknown": _unknown(session, actor, case, thread.exchanges),
        "may_note_answers": may_note and case.closed_at is None and _has_questions(session, actor, case, history),
        "documents": [(one, _document_url(case, one), _sending_url(case, one)) for one in documents],
        "to_post": _to_post(case, documents, mails),
        "mails": mails,
        "beside": [one for one in mails if not one.message_row_id],
        "history": [case_history.line(one) for one in (history if whole else history[-LINES_SHOWN:])[::-1]],
        "history_length": case.history_length,
        "changes": case_history.changes(history[seen:], [one.message for one in thread.exchanges])
        if seen is not None
        else [],
        "form_key": secrets.token_hex(16),
        "tags": tags,
        "together": case_together.read(session, actor, case, history, is_watched=has.watchers),
        "district": districts.name_of(session, authority, case.district_id),
        **_actions(session, actor, opened, dates, tags),
        **task_panel.context(session, actor, [case, *joined], history, thread.exchanges),
        "languages": language_choices(letter_templates.languages_of(authority)) if may_note else [],
    }


def _unknown(session: Session, actor: Actor, case: Case, exchanges: list[Exchange]) -> list[str]:
    """The questions that the desk could not answer, or parts of them, but for those that are settled since."""
    asked = [str(one) for shown in exchanges for one in shown.message.facts.get("unknown", ())]
    settled = noted_answers.list_settled(session, actor, case) if asked else []
    return [one for one in asked if not any(one == known or one.startswith(f"{known}{NBSP}:") for known in settled)]


def _has_questions(session: Session, actor: Actor, case: Case, history: list[CaseEvent]) -> bool:
    """Whether there is an answer to note, or one noted here to correct."""
    noted = frozenset(code for one in history if one.kind == Event.ANSWERS_NOTED for code in one.data["codes"])
    return bool(noted_answers.list_open(session, actor, case, noted))


def _linked(linked: list[Linked]) -> list[tuple[str, str, str]]:
    """(label, reference, address) of the cases that go with one, which the actor may read."""
    return [(label(one.kind, is_first=one.is_first), one.case.reference, _page_of(one.case)) for one in linked]


def _page_of(case: Case) -> str:
    return url_for("case_page.show", reference=case.reference)


def _represented(session: Session, case: Case, represented: Represented) -> Spoken:
    proof, kept = representations.find_proof(session, case.id, represented)
    return Spoken(
        represented.facts(),
        PROOF_LABELS[proof],
        proof is Proof.AWAITED,
        represented.is_over(today_here()),
        _files(session, case, kept),
        represented.display_name,
    )


def _act_url(case: Case, code: str) -> str:
    pages = {legal_forms.ASK_FOR_PIECES: "ask_for_pieces", legal_forms.RECEIVE_PIECES: "receive_pieces"}
    if code in pages:
        return url_for(f"legal_acts.{pages[code]}", reference=case.reference)
    return url_for("legal_acts.act", reference=case.reference, code=code)


def _is_acknowledgement_late(now: Situation) -> bool:
    if now.case.outcome in {Outcome.WITHDRAWN, Outcome.JOINED}:
        return False  # nothing was decided, that could be appealed against
    if now.dates.implicit_on is None and now.has(EventKind.DECIDED) and find_notification(now.events) is None:
        return False  # no period has begun, which the page says by itself
    limit = now.dates.acknowledge_by
    return bool(now.case.implicit_outcome or now.case.closed_on) or (limit is not None and limit.on < now.today)


def _due_dates(now: Situation) -> list[DueDate]:
    """The dates that count for the case as it is, the nearest first: those of the examination, then of the appeal."""
    case, dates, today = now.case, now.dates, now.today
    if case.outcome == Outcome.JOINED:
        return []  # they follow on the case that is kept
    # An appeal is spoken of once there is something to appeal against.
    is_decided = bool(case.implicit_outcome or case.closed_on)
    asked = [dates.appeal_until, dates.appeal_silence_on] if is_decided else []
    if is_decided and not now.has(EventKind.REASONS_GIVEN):
        asked.append(dates.reasons_due_on)
    if case.closed_on is None:
        asked += [dates.target_on, dates.decide_by, dates.implicit_on]
        if not case.implicit_outcome:
            asked.append(dates.last_day_to_sign)
    elif dates.notify_by is not None:
        asked.append(dates.notify_by)
    elif case.outcome == Outcome.TRANSFERRED:
        asked.append(dates.implicit_on)
    if case.acknowledged_at is None and case.closed_on is None:
        asked.append(dates.acknowledge_by)
    by_themselves = (dates.implicit_on, dates.appeal_until, dates.appeal_silence_on)
    shown = (_due_date(one, today, is_past=one in by_themselves and one.on < today) for one in asked if one is not None)
    return sorted(shown, key=lambda one: one.on)


def _due_date(legal: LegalDate, today: date, *, is_past: bool) -> DueDate:
    why = legal.explanation
    steps = why.facts + why.steps + why.notes
    return DueDate(legal.label, legal.on, (legal.on - today).days, steps, why.article, is_past)


def _files(session: Session, case: Case, files: list[Attachment]) -> list[ShownFile]:
    def show(one: Attachment, check: FileCheck) -> ShownFile:
        return shown_files.for_staff(case, one, check)

    return [file for shown in shown_files.by_message(session, files, show).values() for file in shown]


def _document_url(case: Case, document: Document) -> str:
    """Where a document is, empty while it is being produced."""
    if not document.digest:
        return ""
    return url_for("files.document", reference=case.reference, document_id=document.id)


def _to_post(case: Case, documents: list[Document], mails: list[OutgoingMail]) -> frozenset[int]:
    """The letters that no mail brings and that nobody noted as posted; a receipt is handed over."""
    renewed = {one.version_of for one in documents}
    carried = {document_id for mail in mails for document_id in mail.files.get("documents", ())}
    return frozenset(
        one.id
        for one in documents
        if one.digest and not one.mail_template and one.posted_on is None and one.id not in carried | renewed
        if one.template not in ACKNOWLEDGEMENTS or case.acknowledged_at is None
    )


def _sending_url(case: Case, document: Document) -> str:
    return url_for("letter_sending.show", reference=case.reference, document_id=document.id) if document.digest else ""


def _followed(session: Session, case: Case) -> list[tuple[str, str]]:
    """How many others the end of a report will be told to."""
    count = nearby.count_followers(session, case.id) if case.latitude is not None else 0
    others = plural(count, "autre personne, prévenue à la clôture", "autres personnes, prévenues à la clôture")
    return [("Suivi par", others)] if count else []


def _actions(session: Session, actor: Actor, opened: Opened, dates: Deadlines, tags: list[Tag]) -> dict[str, Any]:
    """What may be done with the case as it is: a form is shown if, and only if, the policy allows it."""
    case, has = opened.case, opened.has
    is_open = case.status != Status.CLOSED

    def may(permission: Permission) -> bool:
        return allows(actor, permission, case)

    found: dict[str, Any] = {
        "may_take": is_open and case.assignee_id is None and may(Permission.CASE_TAKE),
        "may_note": may(Permission.CASE_NOTE),
        "may_move": may(Permission.CASE_MOVE),
        "may_reply": may(Permission.CASE_REPLY) and case.outcome != Outcome.JOINED,
        "may_close": is_open and may(Permission.CASE_DECIDE),
        "may_archive": not is_open and may(Permission.CASE_ARCHIVE),
        "ready_answers": [],
        **_given_to(session, actor, opened),
        "macros": macros.list_offered(session, actor, case) if has.macros and may(Permission.CASE_NOTE) else [],
        "tag_choices": _tag_choices(session, case, tags) if has.tag_choices and may(Permission.CASE_TAG) else [],
        "moves": _moves(case) if may(Permission.CASE_MOVE) and case.outcome != Outcome.JOINED else [],
        "sub_states": sub_states.list_choices(session, case) if may(Permission.CASE_MOVE) else [],
        "outcomes": _outcomes(dates),
        "refusable": dates.may_refuse(today_here()),
    }
    # After an answer, only where nothing is missing: what it asks for comes later.
    complete = [one for one in found["sub_states"] if not one.missing]
    found["then_sub_states"] = [(one.state.code, one.state.full_label) for one in complete]
    if found["may_reply"] and may(Permission.READY_ANSWER_READ):
        found["ready_answers"] = ready_answers.list_choices(session, case)
    return found


def _given_to(session: Session, actor: Actor, opened: Opened) -> dict[str, Any]:
    """The colleagues, departments and procedures that an open case may be given to."""
    case, kinds = opened.case, set[str]()
    if case.status != Status.CLOSED and allows(actor, Permission.CASE_ASSIGN, case):
        kinds.add(case_choices.COLLEAGUES)
    if case.status != Status.CLOSED and allows(actor, Permission.CASE_TRANSFER, case):
        kinds |= {case_choices.DEPARTMENTS, case_choices.PROCEDURES}
    found = case_choices.list_choices(session, case, frozenset(kinds))
    away = opened.has.away and bool(found.colleagues)
    return {
        "colleagues": case_together.name_colleagues(session, case.authority_id, found.colleagues, is_one_away=away),
        "departments": found.departments,
        "procedures": [one for one in found.procedures if one[0] != case.procedure_code],
    }


def _tag_choices(session: Session, case: Case, carried: list[Tag]) -> list[tuple[int, str]]:
    return [(tag.id, tag.name) for tag in case_tags.list_choices(session, case, carried)]


def _moves(case: Case) -> list[tuple[str, str]]:
    moves = sorted(MOVES[Status(case.status)] - {Status.CLOSED}, key=list(Status).index)
    return [(move, DESK_STATUS_LABELS[move]) for move in moves]


def _outcomes(dates: Deadlines) -> list[tuple[str, str]]:
    allowed = dates.may_refuse(today_here())
    return [(one, OUTCOME_LABELS[one]) for one in CHOSEN_OUTCOMES if allowed or one not in casework.ADVERSE]
