"""Asking others about a case, from its page: another department, or a body outside by a link."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from backoffice.domain import policy, row_ids
from backoffice.domain.policy import Permission
from backoffice.errors import BackofficeError, Conflict, Invalid
from backoffice.models.authorities import Authority
from backoffice.models.cases import Case
from backoffice.models.people import Staff
from backoffice.queries import cases
from backoffice.services import case_tasks, clock, outside_opinions, received_files
from backoffice.services.case_tasks import Question
from backoffice.web import case_page, files, form_numbers, shown_files
from backoffice.web.access import Audience, audience
from backoffice.web.current import actor, runtime
from backoffice.web.errors import status_of
from backoffice.web.pages import today_here

pages = Blueprint("case_tasks", __name__, url_prefix="/agents/dossiers/<reference>/questions")

USUAL_DAYS = 5
"""Working days that a department is usually given."""

Ask = Callable[[Session, Case, Question], str]


@pages.route("/nouvelle", methods=["GET", "POST"])
@audience(Audience.STAFF, Permission.TASK_ASK)
def ask(reference: str) -> ResponseReturnValue:
    """Ask another department."""

    def write(session: Session, case: Case, question: Question) -> str:
        task = case_tasks.ask(session, actor(), case, question)
        return f"La question est posée au service {task.who}. Les échéances du dossier n’ont pas changé."

    return _asked(reference, write, outside=False)


@pages.route("/exterieure", methods=["GET", "POST"])
@audience(Audience.STAFF, Permission.TASK_ASK)
def ask_outside(reference: str) -> ResponseReturnValue:
    """Ask a body outside."""

    def write(session: Session, case: Case, question: Question) -> str:
        task = outside_opinions.ask(session, runtime(), actor(), case, question)
        return f"La demande d’avis extérieur part à {task.email}. Les échéances du dossier n’ont pas changé."

    return _asked(reference, write, outside=True)


@pages.post("/<int:task_id>/annuler")
@audience(Audience.STAFF, Permission.TASK_ASK)
def cancel(reference: str, task_id: int) -> ResponseReturnValue:
    """Nobody needs to answer any more."""

    def change(session: Session, case: Case) -> str:
        case_tasks.cancel(session, actor(), case, task_id)
        return "La question est annulée : plus personne n’a à y répondre."

    return _changed(reference, change)


@pages.post("/<int:task_id>/lien")
@audience(Audience.STAFF, Permission.TASK_ASK)
def send_again(reference: str, task_id: int) -> ResponseReturnValue:
    """A new link leaves, the others are closed."""

    def change(session: Session, case: Case) -> str:
        field = f"email-{task_id}"
        try:
            typed = request.form.get(field, "").strip()
            task = outside_opinions.send_again(session, runtime(), actor(), case, task_id, typed)
        except Invalid as fault:
            raise Invalid(faults={field: fault.faults.get("email", fault.sentence)}) from None
        return f"Un nouveau lien part à {task.email}. Les précédents n’ouvrent plus rien."

    return _changed(reference, change)


@pages.post("/<int:task_id>/fermer-le-lien")
@audience(Audience.STAFF, Permission.TASK_ASK)
def close_link(reference: str, task_id: int) -> ResponseReturnValue:
    """The links that left open nothing now."""

    def change(session: Session, case: Case) -> str:
        outside_opinions.close_link(session, actor(), case, task_id)
        return "Le lien est fermé. La question reste posée : vous pouvez envoyer un autre lien, ou l’annuler."

    return _changed(reference, change)


def _changed(reference: str, change: Callable[[Session, Case], str]) -> ResponseReturnValue:
    try:
        with runtime().database.transaction() as session:
            said = change(session, cases.claim_case(session, actor(), reference))
    except (Conflict, Invalid) as fault:
        return case_page.refused(reference, fault)
    flash(said, "success")
    return redirect(url_for("case_page.show", reference=reference, _anchor="questions"), 303)


def _asked(reference: str, write: Ask, *, outside: bool) -> ResponseReturnValue:
    if request.method == "GET":
        return _page(reference, None, outside=outside)
    posted = request.form.get("submission", "")
    question = Question(
        request.form.to_dict(),
        posted if form_numbers.NUMBER.fullmatch(posted) else form_numbers.new(),
        _numbers("attachments"),
        _numbers("documents"),
    )
    try:
        with runtime().database.transaction() as session:
            said = write(session, cases.claim_case(session, actor(), reference), question)
    except (Conflict, Invalid) as fault:
        return _page(reference, fault, outside=outside), status_of(fault)
    flash(said, "success")
    return redirect(url_for("case_page.show", reference=reference, _anchor="questions"), 303)


def _page(reference: str, fault: BackofficeError | None, *, outside: bool) -> str:
    faults = dict(fault.faults) if isinstance(fault, Invalid) else {}
    errors = faults or ({"": fault.sentence} if fault else {})
    with runtime().database.reading() as session:
        case = cases.get_case(session, actor(), reference)
        policy.require(actor(), Permission.TASK_ASK, case)
        page = render_template(
            "tasks/ask.html",
            case=case,
            outside=outside,
            errors=errors,
            typed=request.form if fault else {"due_on": _usual_day(session, case, outside=outside)},
            submission=request.form.get("submission", "") or form_numbers.new(),
            chosen={name: _numbers(name) for name in ("attachments", "documents")},
            **_choices(session, case),
        )
    files.note_reading(case)
    return page


def _choices(session: Session, case: Case) -> Mapping[str, Any]:
    attachments = case_tasks.list_files(session, actor(), case)
    checks = received_files.checks(session, runtime(), [one.digest for one in attachments])
    departments = case_tasks.list_departments(session, case)
    names = {one.id: one.name for one in departments}
    return {
        "departments": [(one.id, one.name) for one in departments],
        "staff": [(one.id, f"{one.name} ({_places(one, names)})") for one in case_tasks.list_people(session, case)],
        "attachments": [(one.id, one.name) for one in attachments if checks[one.digest].may_leave],
        "documents": [
            (one.id, f"{one.title}, {shown_files.made_on(one)}")
            for one in cases.list_documents(session, case.id)
            if one.digest
        ],
    }


def _places(staff: Staff, names: Mapping[int, str]) -> str:
    held = [one.department_id for one in staff.memberships if one.department_id is not None]
    return ", ".join(names[one] for one in held if one in names)


def _usual_day(session: Session, case: Case, *, outside: bool) -> str:
    calendar = clock.calendar_of(session.get_one(Authority, case.authority_id))
    if outside:
        return calendar.next_working_day(today_here() + outside_opinions.USUAL_TIME).isoformat()
    return calendar.add_working_days(today_here(), USUAL_DAYS).isoformat()


def _numbers(name: str) -> tuple[int, ...]:
    return tuple(number for number in map(row_ids.read, request.form.getlist(name)) if number)
