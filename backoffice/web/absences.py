"""Who is away, and who has their cases meanwhile."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from backoffice.domain import row_ids
from backoffice.domain.french import plural
from backoffice.errors import Invalid, NotFound
from backoffice.models.people import Staff
from backoffice.queries import absences as queries
from backoffice.queries import people
from backoffice.services import absences
from backoffice.services.absences import Planned
from backoffice.web import staff_notices
from backoffice.web.access import Audience, audience
from backoffice.web.current import actor, runtime
from backoffice.web.errors import status_of
from backoffice.web.pages import today_here

pages = Blueprint("absences", __name__, url_prefix="/agents/absences")

DAY = "Indiquez le jour, le mois et l’année."


@pages.get("")
@audience(Audience.STAFF)
def show() -> ResponseReturnValue:
    """The absences of my departments that are not over, and noting one."""
    staff_notices.note_page_seen()
    return _page({})


@pages.post("")
@audience(Audience.STAFF)
def record() -> ResponseReturnValue:
    """Somebody will be away: me, or somebody whose department I lead."""
    try:
        with runtime().database.transaction() as session:
            staff = _asked(session)
            begun = absences.record(session, actor(), staff, _planned()).from_on <= today_here()
    except Invalid as fault:
        return _page(request.form, fault.faults), status_of(fault)
    then = "Les dossiers changent de mains." if begun else "Les dossiers changeront de mains le premier jour."
    flash(f"L’absence est notée. {then}", "success")
    return redirect(url_for("absences.show"), 303)


@pages.post("/<int:absence_id>/annuler")
@audience(Audience.STAFF)
def cancel(absence_id: int) -> ResponseReturnValue:
    """It will not be, or it ends today."""
    with runtime().database.transaction() as session:
        absence = queries.claim_absence(session, actor().authority_id, absence_id)
        begun = absence.begun_at is not None
        absences.cancel(session, actor(), absence)
    kept = "Le retour est noté. Les dossiers restent à qui les a : reprenez ceux que vous voulez."
    flash(kept if begun else "L’absence est annulée. Aucun dossier n’a bougé.", "success")
    return redirect(url_for("absences.show"), 303)


@pages.post("/reprendre")
@audience(Audience.STAFF)
def take_back() -> ResponseReturnValue:
    """I am back: my cases are mine again, but those that somebody else was given."""
    with runtime().database.transaction() as session:
        count = absences.take_back(session, actor())
    said = f"{plural(count, 'dossier est de nouveau à vous', 'dossiers sont de nouveau à vous')}."
    flash(said if count else "Aucun dossier ne vous attend.", "success" if count else "warning")
    return redirect(url_for("absences.show"), 303)


def _asked(session: Session) -> Staff:
    asked = row_ids.read(request.form.get("staff", "")) or actor().id or 0
    staff = people.find_staff_with_memberships(session, asked)
    if staff is None or staff.authority_id != actor().authority_id:
        raise NotFound("Ce compte d’agent n’existe pas.")
    return staff


def _planned() -> Planned:
    faults: dict[str, str] = {}
    from_on, until_on = _day("from_on", faults), _day("until_on", faults)
    if faults:
        raise Invalid(faults=faults)
    stand_in = row_ids.read(request.form.get("stand_in", ""))
    return Planned(from_on, until_on, request.form.get("words", ""), stand_in)


def _day(name: str, faults: dict[str, str]) -> date:
    try:
        return date.fromisoformat(request.form.get(name, ""))
    except ValueError:
        faults[name] = DAY
        return date.min


def _page(values: Mapping[str, Any], errors: Mapping[str, str] | None = None) -> str:
    with runtime().database.reading() as session:
        me = people.find_staff_with_memberships(session, actor().id or 0)
        everybody = people.list_staff(session, actor().authority_id)
        mine = actor().department_ids
        shown = [one.id for one in everybody if one.id == actor().id or mine & _departments(one) or _may(one)]
        recordable = [one for one in everybody if one.active and _may(one)]
        listed = queries.list_to_come(session, actor().authority_id, today_here(), shown)
        by_id = {one.id: one for one in everybody}
        back = absences.find_to_take_back(session, actor())
        return render_template(
            "staff/absences.html",
            rows=[(one, _may(by_id[one.staff_id])) for one in listed],
            people=[(one.id, one.name) for one in recordable] if len(recordable) > 1 else [],
            stand_ins=_stand_ins(session, recordable, me),
            values={"staff": actor().id, **values},
            errors=errors or {},
            back=back,
            back_days=absences.say_days(back[0]) if back else "",
        )


def _stand_ins(session: Session, recordable: list[Staff], me: Staff | None) -> list[tuple[int, str]]:
    """Whoever may stand in for one of those whose absence can be noted here: not me, when mine alone can."""
    departments = {one for staff in [*recordable, *([me] if me else [])] for one in _departments(staff)}
    listed = queries.list_colleagues(session, actor().authority_id, departments)
    return [(one.id, one.name) for one in listed if len(recordable) > 1 or one.id != actor().id]


def _departments(staff: Staff) -> set[int]:
    return {one.department_id for one in staff.memberships if one.department_id is not None}


def _may(staff: Staff) -> bool:
    return absences.may_record(actor(), staff)
