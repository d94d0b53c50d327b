"""Archives and eliminations: what is due, the bordereau, its visa, the destruction and its certificate."""

from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from backoffice.domain import policy, row_ids
from backoffice.domain.dangerous_acts import DangerousAct
from backoffice.domain.eliminations import LARGEST_VISA, STATE_LABELS, WITHDRAWABLE, EliminationState, LineState
from backoffice.domain.file_checks import PDF
from backoffice.domain.french import plural
from backoffice.domain.policy import Permission
from backoffice.errors import Invalid, NotFound
from backoffice.models.cases import Case
from backoffice.models.eliminations import Elimination, EliminationCase
from backoffice.queries import cases
from backoffice.queries import eliminations as queries
from backoffice.services import elimination_papers, eliminations
from backoffice.web import files
from backoffice.web.access import Audience, audience, dangerous
from backoffice.web.current import actor, runtime

pages = Blueprint("eliminations", __name__, url_prefix="/agents/archives")

SHOWN = 100
PAPERS = {"bordereau": "pdf_digest", "visa": "visa_digest", "certificat": "certificate_digest"}


@pages.get("/")
@audience(Audience.STAFF, Permission.RETENTION_MANAGE)
def show() -> ResponseReturnValue:
    """Every elimination, what holds files back, and what is never proposed."""
    return _list({})


@pages.post("/chercher")
@audience(Audience.STAFF, Permission.RETENTION_MANAGE)
def search() -> ResponseReturnValue:
    """Look for what became due without waiting for the monthly round."""
    with runtime().database.transaction() as session:
        count = eliminations.search_now(session, actor())
    said = f"{plural(count, *eliminations.OVER)} durée de conservation."
    flash(said if count else "Aucun dossier n’a fini sa durée de conservation.", "success")
    return redirect(url_for("eliminations.show"), 303)


@pages.get("/<int:elimination_id>")
@audience(Audience.STAFF, Permission.RETENTION_MANAGE)
def show_one(elimination_id: int) -> ResponseReturnValue:
    """One elimination: where it is, what it lists, and the next step."""
    return _page(elimination_id, {})


@pages.get("/<int:elimination_id>/dossiers")
@audience(Audience.STAFF, Permission.RETENTION_MANAGE)
def list_cases(elimination_id: int) -> ResponseReturnValue:
    """The references of its files, some at a time; a restricted one has its reference for who may read it alone."""
    after = row_ids.read(request.args.get("apres", "")) or 0
    with runtime().database.reading() as session:
        elimination = queries.get_elimination(session, actor().authority_id, elimination_id)
        lines = queries.list_lines(session, elimination.id, after=after, limit=SHOWN + 1)
        shown = [(one, *_reference(session, one)) for one in lines[:SHOWN]]
    return render_template(
        "retention/cases.html",
        elimination=elimination,
        title=_title(elimination),
        lines=shown,
        first_url=url_for("eliminations.list_cases", elimination_id=elimination_id) if after else None,
        next_url=url_for("eliminations.list_cases", elimination_id=elimination_id, apres=lines[SHOWN - 1].id)
        if len(lines) > SHOWN
        else None,
    )


@pages.post("/<int:elimination_id>/bordereau")
@audience(Audience.STAFF, Permission.RETENTION_MANAGE)
def draw(elimination_id: int) -> ResponseReturnValue:
    """Number the bordereau with the groups that stay ticked."""
    offered, kept = set(request.form.getlist("offered")), set(request.form.getlist("groups"))
    with runtime().database.transaction() as session:
        number = eliminations.draw(session, actor(), elimination_id, offered - kept).number
    flash(f"Le bordereau {number} est établi. Envoyez-le aux archives, puis déposez ici le visa signé.", "success")
    return redirect(url_for("eliminations.show_one", elimination_id=elimination_id), 303)


@pages.post("/<int:elimination_id>/visa")
@audience(Audience.STAFF, Permission.RETENTION_MANAGE)
def approve(elimination_id: int) -> ResponseReturnValue:
    """Keep the visa that the archives signed."""
    sent = request.files.get("visa")
    content = sent.read(LARGEST_VISA + 1) if sent else b""
    signatory, on = request.form.get("signed_by", ""), _day(request.form.get("signed_on", ""))
    try:
        with runtime().database.transaction() as session:
            eliminations.approve(session, runtime(), actor(), elimination_id, content, signatory, on)
    except Invalid as fault:
        return _page(elimination_id, fault.faults), 422
    flash("Le visa est enregistré. Rien n’est détruit tant que vous ne le demandez pas.", "success")
    return redirect(url_for("eliminations.show_one", elimination_id=elimination_id), 303)


@pages.post("/<int:elimination_id>/detruire")
@audience(Audience.STAFF, Permission.RETENTION_MANAGE)
@dangerous(DangerousAct.DELETION)
def begin(elimination_id: int) -> ResponseReturnValue:
    """Destroy what the visa covers."""
    with runtime().database.transaction() as session:
        eliminations.begin(session, actor(), elimination_id)
    flash("La destruction est lancée : cette page dit où elle en est.", "success")
    return redirect(url_for("eliminations.show_one", elimination_id=elimination_id), 303)


@pages.post("/<int:elimination_id>/abandonner")
@audience(Audience.STAFF, Permission.RETENTION_MANAGE)
def withdraw(elimination_id: int) -> ResponseReturnValue:
    """Give it up while nothing is destroyed."""
    with runtime().database.transaction() as session:
        eliminations.withdraw(session, actor(), elimination_id)
    flash("Ce bordereau est abandonné : ses dossiers seront proposés de nouveau.", "success")
    return redirect(url_for("eliminations.show"), 303)


@pages.get("/<int:elimination_id>/<any(bordereau, visa, certificat):paper>.pdf")
@audience(Audience.STAFF, Permission.RETENTION_MANAGE)
def download(elimination_id: int, paper: str) -> ResponseReturnValue:
    """One of its papers."""
    with runtime().database.reading() as session:
        elimination = queries.get_elimination(session, actor().authority_id, elimination_id)
        digest, name = getattr(elimination, PAPERS[paper]), f"{paper}-{elimination.number}.pdf"
    if not digest:
        raise NotFound(files.GONE)
    return files.send_received(digest, name, PDF) if paper == "visa" else files.send_file(digest, name, PDF)


@pages.post("/retenues")
@audience(Audience.STAFF, Permission.RETENTION_MANAGE)
def hold() -> ResponseReturnValue:
    """Keep a file from destruction."""
    reference = request.form.get("reference", "")
    try:
        with runtime().database.transaction() as session:
            eliminations.hold(session, actor(), reference, request.form.get("reason", ""))
    except Invalid as fault:
        return _list(fault.faults), 422
    flash(f"Le dossier {reference.strip()} est retenu : rien ne le détruira.", "success")
    return redirect(url_for("eliminations.show"), 303)


@pages.post("/retenues/<int:hold_id>/lever")
@audience(Audience.STAFF, Permission.RETENTION_MANAGE)
def lift(hold_id: int) -> ResponseReturnValue:
    """Let a file follow its course again."""
    with runtime().database.transaction() as session:
        eliminations.lift(session, actor(), hold_id)
    flash("La retenue est levée.", "success")
    return redirect(url_for("eliminations.show"), 303)


def _list(errors: dict[str, str]) -> str:
    with runtime().database.reading() as session:
        found = queries.list_eliminations(session, actor().authority_id)
        counts = {one.id: queries.count_lines(session, one.id) for one in found}
        holds = queries.list_holds(session, actor().authority_id)
        unsorted = queries.count_without_procedure(session, actor().authority_id)
        lasting = eliminations.list_lasting(session, actor().authority_id)
    return render_template(
        "retention/list.html",
        eliminations=[
            (
                one,
                _title(one),
                sum(count for state, count in counts[one.id].items() if state != LineState.KEPT),
                STATE_LABELS[EliminationState(one.state)],
            )
            for one in found
        ],
        holds=[(one, case.reference if _may_name(case) else "Dossier sensible") for one, case in holds],
        without_procedure=unsorted,
        lasting=lasting,
        errors=errors,
        typed=request.form,
    )


def _page(elimination_id: int, errors: dict[str, str]) -> str:
    with runtime().database.reading() as session:
        elimination = queries.get_elimination(session, actor().authority_id, elimination_id)
        groups = elimination.groups.get("groups") or eliminations.describe(
            session, elimination, queries.list_groups(session, elimination.id)
        )
        counts = queries.count_lines(session, elimination.id)
        kept = [
            (one, *_reference(session, one))
            for one in queries.list_lines(session, elimination.id, state=LineState.KEPT, limit=SHOWN)
        ]
    state = EliminationState(elimination.state)
    return render_template(
        "retention/show.html",
        elimination=elimination,
        title=_title(elimination),
        state=state,
        states=EliminationState,
        state_label=STATE_LABELS[state],
        groups=[one | {day: date.fromisoformat(one[day]) for day in ("first_on", "last_on")} for one in groups],
        kept=kept,
        kept_count=counts.get(LineState.KEPT, 0),
        destroyed=counts.get(LineState.DESTROYED, 0),
        counts=elimination_papers.list_counts(elimination),
        may_withdraw=state in WITHDRAWABLE,
        errors=errors,
        typed=request.form,
    )


def _title(elimination: Elimination) -> str:
    return f"Bordereau {elimination.number}" if elimination.number else "Proposition d’élimination"


def _reference(session: Session, line: EliminationCase) -> tuple[str, bool]:
    """How a line is named to this person, and whether they may open its case."""
    case = cases.find_case_by_reference(session, line.authority_id, line.reference)
    if case is None:
        return line.reference, False
    may_open = policy.allows(actor(), Permission.CASE_READ, case)
    return (line.reference if _may_name(case) else "Dossier sensible"), may_open


def _may_name(case: Case) -> bool:
    return not case.restricted or policy.allows(actor(), Permission.CASE_READ, case)


def _day(typed: str) -> date | None:
    try:
        return date.fromisoformat(typed.strip())
    except ValueError:
        return None
