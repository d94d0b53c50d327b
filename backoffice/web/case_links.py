"""The cases that go with a case: tied by their reference once the other one was shown, and untied."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from backoffice.domain import policy, row_ids
from backoffice.domain.case_links import OFFERED_KINDS, LinkKind, label
from backoffice.domain.lifecycle import Status
from backoffice.domain.policy import Actor, Permission
from backoffice.domain.references import read_reference
from backoffice.errors import BackofficeError, Conflict, Invalid, NotFound
from backoffice.models.cases import Case
from backoffice.queries import case_links as queries
from backoffice.queries import cases
from backoffice.queries.case_links import Linked
from backoffice.services import case_links, joining
from backoffice.web import case_history, files
from backoffice.web.access import Audience, audience
from backoffice.web.current import actor, runtime
from backoffice.web.errors import status_of

pages = Blueprint("case_links", __name__, url_prefix="/agents/dossiers")

NO_OTHER = "Aucun dossier que vous pouvez lire ne porte cette référence. Vérifiez-la, par exemple 2026-000123."
CHOOSE = "Choisissez comment ces deux dossiers vont ensemble."


@pages.get("/<reference>/liens")
@audience(Audience.STAFF, Permission.CASE_NOTE)
def show(reference: str) -> ResponseReturnValue:
    """The links of a case; with a reference, the other case, to be looked at before it is tied."""
    faults = _read_faults() if "autre" in request.args else {}
    try:
        return _page(reference, faults=faults, look="autre" in request.args and not faults)
    except _NoOtherCaseError:
        return _page(reference, faults={"autre": NO_OTHER})


@pages.post("/<reference>/liens")
@audience(Audience.STAFF, Permission.CASE_NOTE)
def tie(reference: str) -> ResponseReturnValue:
    """Tie the two cases."""
    if faults := _read_faults():
        return _page(reference, faults=faults), 422
    try:
        with runtime().database.transaction() as session:
            case, other = _both(session, reference)
            kind = LinkKind(request.values["lien"])
            if kind is LinkKind.JOINED:
                _check_seen(session, case, other)
                joining.join(session, actor(), case, other)
            else:
                case_links.tie(session, actor(), case, other, kind)
            led = other.reference if kind is LinkKind.JOINED else ""
    except _NoOtherCaseError:
        return _page(reference, faults={"autre": NO_OTHER}), 422
    except _ChangedError as error:
        return _page(reference, faults={"": error.sentence}, look=True), status_of(error)
    except (Conflict, Invalid) as error:
        return _page(reference, faults=_said(error)), status_of(error)
    if led:
        flash(f"Le dossier {reference} est joint à celui-ci : tout se suit maintenant ici.", "success")
        return redirect(url_for("case_page.show", reference=led), 303)
    flash("Les deux dossiers sont liés : chacun le dit.", "success")
    return redirect(url_for("case_links.show", reference=reference), 303)


@pages.post("/<reference>/liens/defaire")
@audience(Audience.STAFF, Permission.CASE_NOTE)
def untie(reference: str) -> ResponseReturnValue:
    """Undo the link of two cases."""
    try:
        with runtime().database.transaction() as session:
            said = _untie(session, *_both(session, reference))
    except (Conflict, _NoOtherCaseError) as error:
        fault = error if isinstance(error, Conflict) else Conflict(case_links.NOT_TIED)
        return _page(reference, faults=_said(fault)), status_of(fault)
    flash(said, "success")
    return redirect(url_for("case_links.show", reference=reference), 303)


def _untie(session: Session, case: Case, other: Case) -> str:
    """By the act that fits, and what was done: a junction gives each case its own life again."""
    link = queries.find_between(session, case.id, other.id)
    if link is None or link.kind != LinkKind.JOINED:
        case_links.untie(session, actor(), case, other)
        return "Le lien est défait."
    if link.case_id == case.id:
        joining.part(session, actor(), case, other)
    else:
        joining.part(session, actor(), other, case)
    return "La jonction est défaite : chaque dossier a de nouveau ses échanges, ses dates et sa réponse."


class _NoOtherCaseError(Exception):
    """The typed reference is that of no case, or of one that the agent may not know of: nobody learns which."""


class _ChangedError(Conflict):
    """One of the cases changed after both were looked at."""


def _check_seen(session: Session, case: Case, other: Case) -> None:
    """Raise what happened last on a case that changed since the agent looked at both."""
    for one, name in ((case, "revision"), (other, "revision_autre")):
        if one.revision != row_ids.read(request.form.get(name, "")):
            last = case_history.line(cases.list_last_events(session, one.id, 1)[0])
            by = f", {last.who}" if last.who else ""
            said = f"Le dossier {one.reference} a changé entre-temps (« {last.title} »{by})."
            raise _ChangedError(f"{said} Relisez-le avant de les joindre.")


def _both(session: Session, reference: str) -> tuple[Case, Case]:
    typed = read_reference(request.values.get("autre", ""))
    policy.require(actor(), Permission.CASE_NOTE, cases.get_case(session, actor(), reference))
    if typed == reference:
        raise Invalid(faults={"reference": case_links.ITSELF})
    try:
        return queries.claim_both(session, actor(), reference, typed)
    except NotFound:
        raise _NoOtherCaseError from None


def _read_faults() -> dict[str, str]:
    faults: dict[str, str] = {}
    if not read_reference(request.values.get("autre", "")):
        faults["autre"] = "Donnez la référence de l’autre dossier, par exemple 2026-000123."
    if request.values.get("lien") not in OFFERED_KINDS:
        faults["lien"] = CHOOSE
    return faults


def _said(error: BackofficeError) -> dict[str, str]:
    faults = error.faults if isinstance(error, Invalid) else {}
    return {"autre": faults.get("reference", error.sentence)}


def _page(reference: str, *, faults: dict[str, str], look: bool = False) -> str:
    typed = request.values.get("autre", "")
    with runtime().database.reading() as session:
        case = cases.get_case(session, actor(), reference)
        policy.require(actor(), Permission.CASE_NOTE, case)
        other = _look(session, actor(), case, read_reference(typed), faults) if look else None
        around = queries.list_around(session, actor(), case.id)
    files.note_reading(case)
    if other is not None:
        files.note_reading(other)
    return render_template(
        "cases/links.html",
        case=case,
        around=[(one, label(one.kind, is_first=one.is_first), _may_untie(case, one)) for one in around],
        other=other,
        kinds=_kinds(case),
        typed={"autre": typed, "lien": request.values.get("lien", "")},
        errors=faults,
        said=OFFERED_KINDS[LinkKind(request.values["lien"])][0] if other is not None else "",
    )


def _may_untie(case: Case, linked: Linked) -> bool:
    """Whether the viewer is offered to undo a link: what the house made by itself, and what a split left, stay."""
    if not linked.id or linked.kind is LinkKind.SPLIT:
        return False
    return linked.kind is not LinkKind.JOINED or joining.may_join(actor(), linked.case if linked.is_first else case)


def _look(session: Session, who: Actor, case: Case, reference: str, faults: dict[str, str]) -> Case | None:
    if reference == case.reference:
        faults["autre"] = case_links.ITSELF
        return None
    try:
        other = cases.get_case(session, who, reference)
    except NotFound:
        raise _NoOtherCaseError from None
    if request.values["lien"] == LinkKind.JOINED:
        is_theirs = joining.may_join(who, case, other)
        obstacle = joining.find_obstacle(session, case, other) if is_theirs else joining.NOT_YOURS
    else:
        obstacle = case_links.TIED if queries.find_between(session, case.id, other.id) is not None else ""
    if obstacle:
        faults["autre"] = obstacle
        return None
    return other


def _kinds(case: Case) -> list[tuple[str, str, str]]:
    """What may be asked for here: a junction ends the case, which is for those who handle it."""
    may_join = case.status != Status.CLOSED and policy.allows(actor(), Permission.CASE_MOVE, case)
    return [(kind.value, *words) for kind, words in OFFERED_KINDS.items() if may_join or kind is not LinkKind.JOINED]
