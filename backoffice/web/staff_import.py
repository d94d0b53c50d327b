"""Opening accounts in number: a CSV file is read, what it would do is shown, and only then is it done."""

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from backoffice.domain import staff_lists
from backoffice.domain.dangerous_acts import DangerousAct
from backoffice.domain.french import plural
from backoffice.domain.policy import GIVEN_LABELS, Permission
from backoffice.errors import Invalid
from backoffice.queries import catalogue
from backoffice.services import staff_import
from backoffice.services.staff_import import Plan
from backoffice.web import files
from backoffice.web.access import Audience, audience, dangerous
from backoffice.web.current import actor, runtime

pages = Blueprint("staff_import", __name__, url_prefix="/agents/comptes/import")


@pages.get("")
@audience(Audience.STAFF, Permission.STAFF_MANAGE)
def show() -> ResponseReturnValue:
    """What the file must hold."""
    return _page({})


@pages.get("/modele.csv")
@audience(Audience.STAFF, Permission.STAFF_MANAGE)
def example() -> ResponseReturnValue:
    """An example to fill in."""
    with runtime().database.reading() as session:
        names = [one.name for one in catalogue.list_departments(session, actor().authority_id)]
    answer = Response("\ufeff" + staff_lists.example(names), mimetype="text/csv")
    answer.headers["Content-Disposition"] = files.disposition("attachment", "agents.csv")
    return answer


@pages.post("")
@audience(Audience.STAFF, Permission.STAFF_MANAGE)
def try_out() -> ResponseReturnValue:
    """What the file would do; nothing is written."""
    given = request.files.get("list")
    if given is None or not given.filename:
        return _page({"list": "Choisissez le fichier de la liste."}), 422
    try:
        text = staff_lists.decoded(given.read(staff_lists.MOST_BYTES + 1))
    except Invalid as fault:
        return _page({"list": fault.sentence}), 422
    with runtime().database.reading() as session:
        plan = staff_import.plan(session, actor(), text)
    return _page({}, plan, text), 422 if plan.faults else 200


@pages.post("/ouvrir")
@audience(Audience.STAFF, Permission.STAFF_MANAGE)
@dangerous(DangerousAct.STAFF_IMPORT)
def run() -> ResponseReturnValue:
    """Open the accounts that were shown: all of them, or none."""
    text = request.form.get("content", "")[: staff_lists.MOST_BYTES]
    try:
        with runtime().database.transaction() as session:
            opened = staff_import.run(session, runtime(), actor(), text)
    except Invalid as fault:
        with runtime().database.reading() as session:
            plan = staff_import.plan(session, actor(), text)
        return _page({"": fault.sentence}, plan, text), 422
    many = plural(opened, "compte est ouvert", "comptes sont ouverts")
    flash(f"{many} : chacun reçoit un lien pour choisir son mot de passe.", "success")
    return redirect(url_for("admin_staff.show"), 303)


def _page(errors: dict[str, str], plan: Plan | None = None, text: str = "") -> str:
    with runtime().database.reading() as session:
        names = {one.id: one.name for one in catalogue.list_departments(session, actor().authority_id)}
    return render_template(
        "admin/staff_import.html", errors=errors, plan=plan, content=text, roles=GIVEN_LABELS, departments=names
    )
