"""Staff accounts and memberships on a simple screen."""

from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from backoffice.domain.dangerous_acts import DangerousAct
from backoffice.domain.french import fold
from backoffice.domain.policy import GIVEN_LABELS, ROLE_LABELS, Permission, Role
from backoffice.domain.setting_screens import Screen
from backoffice.errors import BackofficeError, Conflict, Invalid
from backoffice.models.people import Staff
from backoffice.queries import accounts as history
from backoffice.queries import catalogue, people, sign_in
from backoffice.services import accounts
from backoffice.services import staff as service
from backoffice.services.account_history import CHANGE_LABELS, Change
from backoffice.web import admin_sign_in
from backoffice.web.access import Audience, audience, dangerous
from backoffice.web.current import actor, runtime

pages = Blueprint("admin_staff", __name__, url_prefix="/agents/comptes")
FIELDS = ("name", "title", "phone")
LONGEST_WORDS = 100
STATES = {"ouvert": "Ouverts", "suspendu": "Suspendus"}


@pages.get("/")
@audience(Audience.STAFF, Permission.STAFF_MANAGE)
def show() -> ResponseReturnValue:
    """The accounts with their roles: all, or those that the words and the state of the address ask for."""
    words, state = request.args.get("q", "").replace("\x00", "")[:LONGEST_WORDS].strip(), request.args.get("etat", "")
    with runtime().database.reading() as session:
        found = people.list_staff(session, actor().authority_id)
        protected = sign_in.list_protected(session, actor().authority_id)
    shown = [one for one in found if _answers(one, fold(words).split()) and state in {"", _state(one)}]
    return render_template(
        "admin/staff.html",
        staff=shown,
        total=len(found),
        words=words,
        state=state,
        states=list(STATES.items()),
        role_labels=ROLE_LABELS,
        protected=protected,
        screen=Screen.STAFF,
    )


@pages.route("/nouveau", methods=["GET", "POST"])
@audience(Audience.STAFF, Permission.STAFF_MANAGE)
def create() -> ResponseReturnValue:
    """A new account; its owner is sent the link to choose a password."""
    if request.method == "GET":
        return render_template("admin/staff_new.html", values={}, errors={})
    try:
        with runtime().database.transaction() as session:
            staff = service.create(session, runtime(), actor(), request.form)
    except Invalid as fault:
        return render_template("admin/staff_new.html", values=request.form, errors=fault.faults), 422
    flash(f"Le compte est ouvert. {_sent_to(staff)}", "success")
    return redirect(url_for("admin_staff.edit", staff_id=staff.id), 303)


@pages.get("/<int:staff_id>")
@audience(Audience.STAFF, Permission.STAFF_MANAGE)
def edit(staff_id: int) -> ResponseReturnValue:
    """One account: who, which roles, suspended or not, and everything that happened to it."""
    return page(staff_id, {}, {})


@pages.post("/<int:staff_id>")
@audience(Audience.STAFF, Permission.STAFF_MANAGE)
def correct(staff_id: int) -> ResponseReturnValue:
    """Another name, title or phone."""
    try:
        with runtime().database.transaction() as session:
            staff = history.claim_staff(session, actor().authority_id, staff_id)
            service.update(session, runtime(), actor(), staff, request.form)
    except Invalid as fault:
        return page(staff_id, request.form.to_dict(), fault.faults), 422
    flash("Les modifications sont enregistrées.", "success")
    return _back(staff_id)


@pages.post("/<int:staff_id>/roles")
@audience(Audience.STAFF, Permission.STAFF_MANAGE)
@dangerous(DangerousAct.ROLES)
def add_membership(staff_id: int) -> ResponseReturnValue:
    """Give a role."""
    asked = request.form
    try:
        with runtime().database.transaction() as session:
            staff = history.claim_staff(session, actor().authority_id, staff_id)
            role, department = asked.get("role", ""), asked.get("department", "")
            service.add_membership(session, runtime(), actor(), staff, role, department)
    except BackofficeError as fault:
        return page(staff_id, asked.to_dict(), {"role": fault.sentence}), 422
    flash("Le rôle est attribué.", "success")
    return _back(staff_id)


@pages.post("/<int:staff_id>/roles/<int:membership_id>/retrait")
@audience(Audience.STAFF, Permission.STAFF_MANAGE)
@dangerous(DangerousAct.ROLES)
def remove_membership(staff_id: int, membership_id: int) -> ResponseReturnValue:
    """Take a role back."""

    def change(session: Session, staff: Staff) -> str:
        service.remove_membership(session, runtime(), actor(), staff, membership_id)
        return "Le rôle est retiré."

    return _act(staff_id, change)


@pages.post("/<int:staff_id>/activite")
@audience(Audience.STAFF, Permission.STAFF_MANAGE)
@dangerous(DangerousAct.STAFF_ACCESS)
def set_active(staff_id: int) -> ResponseReturnValue:
    """Suspend an account or open it again."""
    active = request.form.get("active") == "1"

    def change(session: Session, staff: Staff) -> str:
        service.set_active(session, runtime(), actor(), staff, active=active)
        return "Le compte est ouvert." if active else "Le compte est suspendu et ses sessions sont fermées."

    return _act(staff_id, change)


@pages.post("/<int:staff_id>/invitation")
@audience(Audience.STAFF, Permission.STAFF_MANAGE)
@dangerous(DangerousAct.STAFF_ACCESS)
def invite_again(staff_id: int) -> ResponseReturnValue:
    """A password forgotten or stolen: its owner is sent the link to choose another."""

    def change(session: Session, staff: Staff) -> str:
        service.invite_again(session, runtime(), actor(), staff)
        return _sent_to(staff)

    return _act(staff_id, change)


def _answers(staff: Staff, asked: list[str]) -> bool:
    """Whether an account is found by these folded words: its owner, their address, their roles and departments."""
    places = [one.department.name for one in staff.memberships if one.department]
    roles = [ROLE_LABELS[Role(one.role)] for one in staff.memberships]
    known = fold(" ".join((staff.name, staff.address, staff.title, *roles, *places)))
    return all(one in known for one in asked)


def _state(staff: Staff) -> str:
    return "ouvert" if staff.active else "suspendu"


def _act(staff_id: int, change: Callable[[Session, Staff], str]) -> ResponseReturnValue:
    try:
        with runtime().database.transaction() as session:
            done = change(session, history.claim_staff(session, actor().authority_id, staff_id))
        flash(done, "success")
    except Conflict as fault:
        flash(fault.sentence, "error")
    return _back(staff_id)


def _sent_to(staff: Staff) -> str:
    return f"Le lien pour choisir un mot de passe part à {staff.email} : il sert une fois, pendant trois jours."


def _back(staff_id: int) -> ResponseReturnValue:
    return redirect(url_for("admin_staff.edit", staff_id=staff_id), 303)


def page(staff_id: int, values: dict[str, str], errors: dict[str, str]) -> str:
    """The page of an account, with what was typed and what is wrong with it."""
    with runtime().database.reading() as session:
        staff = history.get_account(session, actor().authority_id, staff_id)
        departments = catalogue.list_departments(session, staff.authority_id)
        events = history.list_events(session, staff.id)
        mails = history.list_mails(session, staff.id)
        access = admin_sign_in.shown_of(session, staff)
    return render_template(
        "admin/staff_edit.html",
        staff=staff,
        values={field: getattr(staff, field) for field in FIELDS} | values,
        errors=errors,
        has_password=accounts.has_password(staff),
        factor_reason=values.get("factor_reason", ""),
        role_labels=ROLE_LABELS,
        roles_given=GIVEN_LABELS,
        departments=departments,
        access=access,
        events=[
            (event, CHANGE_LABELS[Change(event.kind)], mails.get(event.mail_id or 0)) for event in reversed(events)
        ],
    )
