"""Better texts: the list, the form, one proposal with what became of it and what it changed."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from backoffice.domain import policy, row_ids
from backoffice.domain.policy import Permission
from backoffice.domain.text_changes import compare
from backoffice.domain.text_proposals import (
    LONGEST_REASON,
    LONGEST_TEXT,
    MEASURED_DAYS,
    MOVES,
    STATE_LABELS,
    SUBJECT_LABELS,
    State,
    Subject,
    Target,
    editor_of,
)
from backoffice.errors import Conflict, Invalid, NotFound
from backoffice.models.evaluation import TextProposal
from backoffice.queries import text_proposals as queries
from backoffice.services import text_proposals
from backoffice.web import evaluation, page_numbers
from backoffice.web.access import Audience, audience
from backoffice.web.current import actor, runtime
from backoffice.web.errors import status_of

pages = Blueprint("text_proposals", __name__, url_prefix="/agents/activite/evaluation/textes")

ROWS = 50
TOLD = {
    State.ACCEPTED: "La proposition est retenue : modifiez le texte, puis dites qu’elle est publiée.",
    State.DECLINED: "La proposition est écartée.",
    State.PUBLISHED: "La proposition est publiée : ce qu’elle change est mesuré à partir d’aujourd’hui.",
}


@pages.get("")
@audience(Audience.STAFF, Permission.REPORT_READ)
def show_all() -> ResponseReturnValue:
    """The proposals, all or in one state, the newest first."""
    state, number = request.args.get("etat", ""), page_numbers.asked()
    state = state if state in set(State) else ""
    with runtime().database.reading() as session:
        counts = queries.count_by_state(session, actor().authority_id)
        found = queries.list_all(session, actor().authority_id, state=state, limit=ROWS + 1, offset=(number - 1) * ROWS)

    def at(page: int) -> str:
        return url_for("text_proposals.show_all", etat=state or None, page=page)

    views = [("", "Toutes", sum(counts.values())), *((one, STATE_LABELS[one], counts.get(one, 0)) for one in State)]
    return render_template(
        "evaluation/proposals.html",
        proposals=found[:ROWS],
        tabs=evaluation.tabs(counts.get(State.PROPOSED, 0)),
        views=[
            (label, url_for("text_proposals.show_all", etat=code or None), code == state, n) for code, label, n in views
        ],
        state_labels=STATE_LABELS,
        subject_labels=SUBJECT_LABELS,
        previous_url=at(number - 1) if number > 1 else None,
        next_url=at(number + 1) if len(found) > ROWS else None,
    )


@pages.route("/nouveau", methods=["GET", "POST"])
@audience(Audience.STAFF, Permission.REPORT_READ)
def new() -> ResponseReturnValue:
    """The form, with the text of today; which one is said by the line that it comes from."""
    if "sujet" not in request.args:
        return redirect(url_for("text_proposals.show_all"))
    target = _target()
    if request.method == "GET":
        return _form(target, {})
    try:
        with runtime().database.transaction() as session:
            proposal_id = text_proposals.propose(session, actor(), target, request.form).id
    except Invalid as fault:
        return _form(target, fault.faults), status_of(fault)
    flash("La proposition est enregistrée : ceux qui modifient ce texte la voient.", "success")
    return redirect(url_for("text_proposals.show", proposal_id=proposal_id), 303)


@pages.get("/<int:proposal_id>")
@audience(Audience.STAFF, Permission.REPORT_READ)
def show(proposal_id: int) -> ResponseReturnValue:
    """One proposal: both texts, why, what was made of it, and what it changed."""
    return _show(proposal_id, {})


@pages.post("/<int:proposal_id>")
@audience(Audience.STAFF, Permission.REPORT_READ)
def move(proposal_id: int) -> ResponseReturnValue:
    """Accept, decline, or say published."""
    state = request.form.get("state", "")
    try:
        with runtime().database.transaction() as session:
            text_proposals.move(session, actor(), proposal_id, state, request.form.get("reason", ""))
    except (Invalid, Conflict) as fault:
        faults = fault.faults if isinstance(fault, Invalid) else {"": fault.sentence}
        return _show(proposal_id, faults), status_of(fault)
    flash(TOLD[State(state)], "success")
    return redirect(url_for("text_proposals.show", proposal_id=proposal_id), 303)


@pages.app_template_global("waiting_texts")
def list_waiting(*, answer_id: int | None = None, procedure_code: str = "") -> list[TextProposal]:
    """What waits for who edits the texts of a ready answer, or of a procedure, and may read the evaluation."""
    if not policy.allows(actor(), Permission.REPORT_READ):
        return []
    with runtime().database.reading() as session:
        return queries.list_open(session, actor().authority_id, answer_id=answer_id, procedure_code=procedure_code)


def _target() -> Target:
    given = request.args
    if given.get("sujet") not in set(Subject):
        raise NotFound(text_proposals.NO_TEXT)
    names = {name: given.get(name, "").replace("\x00", "")[:64] for name in ("demarche", "etape", "question")}
    subject, answer_id = Subject(given["sujet"]), row_ids.read(given.get("reponse", ""))
    if subject is Subject.ANSWER:
        return Target(subject, answer_id=answer_id)
    return Target(subject, names["demarche"], names["etape"], names["question"])


def _form(target: Target, errors: dict[str, str]) -> str:
    with runtime().database.reading() as session:
        read = text_proposals.read_target(session, actor(), target)
    return render_template(
        "evaluation/propose.html",
        about=read.about,
        said=request.form.get("said", read.said),
        typed=request.form,
        errors=errors,
        subject=SUBJECT_LABELS[target.subject],
        longest_text=LONGEST_TEXT,
        longest_reason=LONGEST_REASON,
    )


def _show(proposal_id: int, errors: dict[str, str]) -> str:
    with runtime().database.reading() as session:
        proposal = queries.get_proposal(session, actor().authority_id, proposal_id)
        changes = queries.list_changes(session, proposal.id)
        measured = text_proposals.measure(session, actor(), proposal)
    may_move = policy.allows(actor(), editor_of(proposal.subject))
    return render_template(
        "evaluation/proposal.html",
        proposal=proposal,
        changes=changes,
        compared=compare(proposal.said, proposal.proposed),
        measured=measured,
        measured_days=MEASURED_DAYS,
        moves=MOVES[State(proposal.state)] if may_move else (),
        edit_url=_edit_url(proposal) if may_move else "",
        state_labels=STATE_LABELS,
        subject_labels=SUBJECT_LABELS,
        states=State,
        errors=errors,
        typed=request.form,
        longest_reason=LONGEST_REASON,
    )


def _edit_url(proposal: TextProposal) -> str:
    of: dict[str, Any] = {"answer_id": proposal.answer_id}
    if proposal.subject == Subject.ANSWER:
        return url_for("ready_answers.edit", **of)
    return url_for("admin_regimes.show", code=proposal.procedure_code)
