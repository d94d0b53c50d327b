"""Departments shared between authorities: proposed, accepted, ended; and the agents of others who work here."""

from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from backoffice.domain.dangerous_acts import DangerousAct
from backoffice.domain.policy import Permission
from backoffice.errors import Conflict, Invalid
from backoffice.queries import catalogue
from backoffice.queries import shared_services as queries
from backoffice.services import shared_members
from backoffice.services import shared_services as service
from backoffice.web.access import Audience, audience, dangerous
from backoffice.web.current import actor, runtime

pages = Blueprint("admin_shared_services", __name__, url_prefix="/agents/services-communs")


@pages.get("/")
@audience(Audience.STAFF, Permission.DEPARTMENT_MANAGE)
def show_all() -> ResponseReturnValue:
    """What we share, what is shared with us, and the form to propose one."""
    return _list({}, {})


@pages.post("/proposer")
@audience(Audience.STAFF, Permission.DEPARTMENT_MANAGE)
@dangerous(DangerousAct.ROLES)
def propose() -> ResponseReturnValue:
    """Offer a department of ours to another authority."""
    try:
        with runtime().database.transaction() as session:
            found = service.propose(session, runtime(), actor(), request.form)
    except Invalid as fault:
        return _list(request.form, fault.faults), 422
    flash("La proposition est faite : l’autre collectivité l’accepte, ou non, dans ses réglages.", "success")
    return redirect(url_for("admin_shared_services.show", shared_id=found.id), 303)


@pages.get("/<int:shared_id>")
@audience(Audience.STAFF, Permission.DEPARTMENT_MANAGE)
def show(shared_id: int) -> ResponseReturnValue:
    """One of them: what both agreed, and who works for whom."""
    return _page(shared_id, {}, {})


@pages.post("/<int:shared_id>/acceptation")
@audience(Audience.STAFF, Permission.DEPARTMENT_MANAGE)
@dangerous(DangerousAct.ROLES)
def accept(shared_id: int) -> ResponseReturnValue:
    """Say yes, and which department of ours has the cases."""
    try:
        with runtime().database.transaction() as session:
            found = queries.claim_service(session, actor().authority_id, shared_id)
            service.accept(session, runtime(), actor(), found, request.form.get("department", ""))
    except (Conflict, Invalid) as fault:
        return _page(shared_id, request.form, _faults_of(fault)), 422
    flash("Le service commun est ouvert : invitez maintenant ses agents.", "success")
    return _back(shared_id)


@pages.post("/<int:shared_id>/fin")
@audience(Audience.STAFF, Permission.DEPARTMENT_MANAGE)
@dangerous(DangerousAct.ROLES)
def end(shared_id: int) -> ResponseReturnValue:
    """Refuse, take back, end."""
    try:
        with runtime().database.transaction() as session:
            found = queries.claim_service(session, actor().authority_id, shared_id)
            service.end(session, runtime(), actor(), found, request.form.get("reason", ""))
    except (Conflict, Invalid) as fault:
        return _page(shared_id, request.form, _faults_of(fault)), 422
    flash("C’est terminé : tous les accès sont fermés.", "success")
    return _back(shared_id)


@pages.post("/<int:shared_id>/adresse")
@audience(Audience.STAFF, Permission.DEPARTMENT_MANAGE)
def keep_address(shared_id: int) -> ResponseReturnValue:
    """Our site moved."""
    with runtime().database.transaction() as session:
        found = queries.claim_service(session, actor().authority_id, shared_id)
        service.keep_address(session, runtime(), actor(), found)
    flash("L’adresse de votre site est enregistrée.", "success")
    return _back(shared_id)


@pages.post("/<int:shared_id>/agents")
@audience(Audience.STAFF, Permission.STAFF_MANAGE)
@dangerous(DangerousAct.ROLES)
def invite(shared_id: int) -> ResponseReturnValue:
    """Ask an agent of the shared service to work here too."""
    try:
        with runtime().database.transaction() as session:
            found = queries.claim_service(session, actor().authority_id, shared_id)
            member = shared_members.invite(session, runtime(), actor(), found, request.form.get("email", ""))
    except (Conflict, Invalid) as fault:
        return _page(shared_id, request.form, _faults_of(fault)), 422
    flash(f"L’invitation part à {member.email} : l’accès s’ouvre quand l’agent l’accepte.", "success")
    return _back(shared_id)


@pages.post("/<int:shared_id>/agents/<int:member_id>/fin")
@audience(Audience.STAFF, Permission.STAFF_MANAGE)
@dangerous(DangerousAct.STAFF_ACCESS)
def withdraw(shared_id: int, member_id: int) -> ResponseReturnValue:
    """Take an access back."""
    try:
        with runtime().database.transaction() as session:
            queries.claim_service(session, actor().authority_id, shared_id)
            reason = request.form.get(f"reason_{member_id}", "")
            shared_members.withdraw(session, runtime(), actor(), member_id, reason)
    except Invalid as fault:
        faults = {f"{name}_{member_id}": sentence for name, sentence in fault.faults.items()}
        return _page(shared_id, request.form, faults), 422
    flash("L’accès est fermé, et ses sessions avec lui.", "success")
    return _back(shared_id)


def _faults_of(fault: Conflict | Invalid) -> dict[str, str]:
    return fault.faults if isinstance(fault, Invalid) and fault.faults else {"": fault.sentence}


def _back(shared_id: int) -> ResponseReturnValue:
    return redirect(url_for("admin_shared_services.show", shared_id=shared_id), 303)


def _list(values: Mapping[str, str], errors: Mapping[str, str]) -> str:
    with runtime().database.reading() as session:
        found = queries.list_services(session, actor().authority_id)
        others = queries.list_other_authorities(session, actor().authority_id)
        departments = _departments(session)
    return render_template(
        "admin/shared_services.html",
        services=found,
        mine=actor().authority_id,
        others=[(str(one.id), one.name) for one in others],
        departments=departments,
        values=values,
        errors=errors,
    )


def _page(shared_id: int, values: Mapping[str, str], errors: Mapping[str, str]) -> str:
    with runtime().database.reading() as session:
        found = queries.get_service(session, actor().authority_id, shared_id)
        members = queries.list_members(session, shared_id)
        departments = _departments(session)
    is_home = found.authority_id == actor().authority_id
    site = found.home_site if is_home else found.site
    return render_template(
        "admin/shared_service.html",
        service=found,
        is_home=is_home,
        members=members,
        departments=departments,
        has_moved=bool(site) and site != runtime().settings.public_url,
        values=values,
        errors=errors,
    )


def _departments(session: Session) -> list[tuple[str, str]]:
    return [(str(one.id), one.name) for one in catalogue.list_departments(session, actor().authority_id)]
