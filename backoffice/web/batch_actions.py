"""Actions in bulk: what can be done to a selection of the queue, said before it is done, followed, and taken back."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from backoffice.domain import merge_fields
from backoffice.domain.batch_actions import LABELS, OUTCOMES
from backoffice.domain.batches import Kind
from backoffice.domain.lifecycle import OUTCOME_LABELS
from backoffice.domain.policy import Actor, Permission
from backoffice.errors import BackofficeError, Conflict, Invalid
from backoffice.models.batches import Batch
from backoffice.queries import batch_actions as queries
from backoffice.services import batch_actions
from backoffice.services.batch_actions import Forecast
from backoffice.web import batch_selection, case_together, queue
from backoffice.web.access import Audience, audience
from backoffice.web.current import actor, runtime
from backoffice.web.errors import status_of

pages = Blueprint("batch_actions", __name__, url_prefix="/agents/actions-groupees")

NOTHING = "Aucune action n’est possible sur ces dossiers : ils sont suivis par d’autres services, ou terminés."


@dataclass(frozen=True, slots=True)
class Typed:
    """What the form holds: the action, the cases, whom or what it is to, its text, and the form's own key."""

    kind: Kind
    references: tuple[str, ...]
    to: str
    text: str
    key: str


@pages.get("")
@audience(Audience.STAFF, Permission.CASE_TAG)
def choose() -> ResponseReturnValue:
    """What can be done to the cases ticked in the queue, or to its whole list."""
    filters = queue.read_filters()
    try:
        chosen = batch_selection.chosen(filters)
        with runtime().database.reading() as session:
            offers = batch_actions.offer(session, actor(), chosen)
    except Invalid as fault:
        offers, sentence = [], fault.sentence
    else:
        sentence = NOTHING
    if not offers:
        flash(sentence, "error")
        return redirect(batch_selection.list_to_return_to(filters))
    return render_template(
        "batches/choose.html",
        references=chosen,
        left=batch_selection.list_to_return_to(filters),
        offers=[(kind, LABELS[kind], count, _endpoint(kind)) for kind, count in offers],
    )


@pages.post("/preparer")
@audience(Audience.STAFF, Permission.CASE_TAG)
def prepare() -> ResponseReturnValue:
    """The form of an action; once filled, what it would do to each case."""
    typed = _typed()
    if request.form.get("do") != "check":
        return _form(typed)
    try:
        with runtime().database.reading() as session:
            action = batch_actions.read(session, actor(), typed.kind, request.form, typed.references)
            forecast = batch_actions.foresee(session, actor(), typed.references, action)
            label = batch_actions.label_of(session, actor().authority_id, action)
    except (Conflict, Invalid) as fault:
        return _form(typed, fault), status_of(fault)
    return _form(typed, forecast=forecast, label=label)


@pages.post("")
@audience(Audience.STAFF, Permission.CASE_TAG)
def create() -> ResponseReturnValue:
    """Promise the action; the same form sent twice leads to the same batch."""
    typed = _typed()
    try:
        with runtime().database.transaction() as session:
            action = batch_actions.read(session, actor(), typed.kind, request.form, typed.references)
            batch = batch_actions.create(session, actor(), typed.references, action, key=typed.key)
    except (Conflict, Invalid) as fault:
        return _form(typed, fault), status_of(fault)
    return redirect(url_for("batches.show", batch_id=batch.id), 303)


@pages.post("/<int:batch_id>/annuler")
@audience(Audience.STAFF, Permission.CASE_TAG)
def undo(batch_id: int) -> ResponseReturnValue:
    """Restore each case that has not changed since."""
    try:
        with runtime().database.transaction() as session:
            undoing = batch_actions.undo(session, actor(), batch_id)
    except Conflict as fault:
        flash(fault.sentence, "error")
        return redirect(url_for("batches.show", batch_id=batch_id), 303)
    return redirect(url_for("batches.show", batch_id=undoing.id), 303)


def progress(session: Session, batch: Batch, refused: int) -> dict[str, Any]:
    """What the page of an action shows besides the lines: figures, reasons, and whether it can be taken back."""
    undoing = queries.find_undoing(session, batch.authority_id, batch.id)
    return {
        "figures": [
            ("Dossiers", batch.total),
            ("Faits", batch.done - refused),
            ("Laissés comme ils étaient", refused),
        ],
        "reasons": queries.count_reasons(session, batch.id) if refused else [],
        "undoing": undoing,
        "may_undo": undoing is None and batch_actions.is_undoable(batch) and batch.done > refused,
        "final": not batch_actions.comes_back(batch) and batch.kind != Kind.UNDO,
        "of": batch.values.get("of"),
        "text": batch.values.get("text", ""),
    }


def _endpoint(kind: Kind) -> str:
    return url_for("batches.begin" if kind is Kind.LETTER else "batch_actions.prepare")


def _typed() -> Typed:
    given = request.form
    kind = given.get("kind", "")
    if kind not in LABELS or kind == Kind.LETTER:
        raise Invalid("Choisissez l’action à faire depuis la file partagée.")
    references = batch_selection.references_of(given.get("references", "").split())
    return Typed(Kind(kind), references, given.get("to", ""), given.get("text", ""), batch_selection.key_of(given))


def _form(typed: Typed, fault: BackofficeError | None = None, forecast: Forecast | None = None, label: str = "") -> str:
    faults = fault.faults if isinstance(fault, Invalid) else {}
    with runtime().database.reading() as session:
        options = _options(session, actor(), typed.kind, typed.references)
    return render_template(
        "batches/action.html",
        typed=typed,
        left=batch_selection.list_left(request.form),
        title=LABELS[typed.kind],
        errors=faults or ({"": fault.sentence} if fault else {}),
        options=options,
        forecast=forecast,
        label=label,
        blanks=merge_fields.describe(),
    )


def _options(session: Session, viewer: Actor, kind: Kind, references: Sequence[str]) -> list[tuple[str, str]]:
    """What the list of the form offers, by kind of action; none for an answer."""
    own = viewer.authority_id
    match kind:
        case Kind.ASSIGN:
            listed = [(one.id, one.name) for one in batch_actions.list_agents(session, viewer, references)]
            nobody = (batch_actions.NOBODY, "Personne (rendre au service)")
            named = case_together.name_colleagues(session, own, listed)
            return [nobody, *((str(staff_id), name) for staff_id, name in named)]
        case Kind.TRANSFER:
            return [(str(one.id), one.name) for one in batch_actions.list_departments(session, viewer, references)]
        case Kind.TAG | Kind.UNTAG:
            return [(str(one.id), one.name) for one in batch_actions.list_tags(session, viewer, kind, references)]
        case Kind.MACRO:
            return [(str(one.id), one.name) for one in batch_actions.list_macros(session, viewer, references)]
        case Kind.MOVE:
            return batch_actions.list_states(session, viewer, references)
        case Kind.CLOSE:
            return [(one.value, str(OUTCOME_LABELS[one])) for one in OUTCOMES]
        case _:
            return []
