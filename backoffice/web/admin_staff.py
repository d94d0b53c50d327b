"""Staff accounts and memberships on a simple screen."""

from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from backoffice.domain.policy import ROLE_LABELS, Permission
from backoffice.errors import BackofficeError, Invalid
from backoffice.models.people import Staff
from backoffice.queries import catalogue, people
from backoffice.services import staff as service
from backoffice.web.access import Audience, audience
from backoffice.web.current import actor, runtime

pages = Blueprint("admin_staff", __name__, url_prefix="/agents/comptes")
FIELDS = ("name", "title", "phone")


@pages.get("/")
@audience(Audience.STAFF, Permission.STAFF_MANAGE)
def show() -> ResponseReturnValue:
    """Every account with its roles."""
    with runtime().database.reading() as session:
        found = people.list_staff(session, actor().authority_id)
    return render_template("admin/staff.html", staff=found, role_labels=ROLE_LABELS)


@pages.route("/nouveau", methods=["GET", "POST"])
@audience(Audience.STAFF, Permission.STAFF_MANAGE)
def create() -> ResponseReturnValue:
    """A new account; its first password is shown once."""
    if request.method == "GET":
        return render_template("admin/staff_new.html", values={}, errors={})
    try:
        with runtime().database.transaction() as session:
            staff, password = service.create(session, actor(), request.form)
            return _page(session, staff, {}, {}, password)
    except Invalid as fault:
        return render_template("admin/staff_new.html", values=request.form, errors=fault.faults), 422


@pages.route("/<int:staff_id>", methods=["GET", "POST"])
@audience(Audience.STAFF, Permission.STAFF_MANAGE)
def edit(staff_id: int) -> ResponseReturnValue:
    """One account: who, which roles, suspended or not."""
    with runtime().database.transaction() as session:
        staff = people.get_staff(session, actor().authority_id, staff_id)
        if request.method == "GET":
            return _page(session, staff, {}, {})
        try:
            service.update(actor(), staff, request.form)
        except Invalid as fault:
            return _page(session, staff, request.form.to_dict(), fault.faults), 422
    flash("Les modifications sont enregistrées.", "success")
    return redirect(url_for("admin_staff.edit", staff_id=staff_id), 303)


@pages.post("/<int:staff_id>/roles")
@audience(Audience.STAFF, Permission.STAFF_MANAGE)
def add_membership(staff_id: int) -> ResponseReturnValue:
    """Give a role."""
    with runtime().database.transaction() as session:
        staff = people.get_staff(session, actor().authority_id, staff_id)
        asked = request.form
        try:
            service.add_membership(session, actor(), staff, asked.get("role", ""), asked.get("department", ""))
        except BackofficeError as fault:
            return _page(session, staff, asked.to_dict(), {"role": fault.sentence}), 422
    flash("Le rôle est attribué.", "success")
    return redirect(url_for("admin_staff.edit", staff_id=staff_id), 303)


@pages.post("/<int:staff_id>/roles/<int:membership_id>/retrait")
@audience(Audience.STAFF, Permission.STAFF_MANAGE)
def remove_membership(staff_id: int, membership_id: int) -> ResponseReturnValue:
    """Take a role back."""
    return _act(
        staff_id, lambda _, staff: service.remove_membership(actor(), staff, membership_id), "Le rôle est retiré."
    )


@pages.post("/<int:staff_id>/activite")
@audience(Audience.STAFF, Permission.STAFF_MANAGE)
def set_active(staff_id: int) -> ResponseReturnValue:
    """Suspend an account or open it again."""
    active = request.form.get("active") == "1"
    done = "Le compte est ouvert." if active else "Le compte est suspendu et ses sessions sont fermées."
    return _act(staff_id, lambda session, staff: service.set_active(session, actor(), staff, active=active), done)


@pages.post("/<int:staff_id>/mot-de-passe")
@audience(Audience.STAFF, Permission.STAFF_MANAGE)
def reset_password(staff_id: int) -> ResponseReturnValue:
    """A new first password, shown once."""
    with runtime().database.transaction() as session:
        staff = people.get_staff(session, actor().authority_id, staff_id)
        password = service.reset_password(session, actor(), staff)
        return _page(session, staff, {}, {}, password)


def _act(staff_id: int, change: Callable[[Session, Staff], object], done: str) -> ResponseReturnValue:
    try:
        with runtime().database.transaction() as session:
            change(session, people.get_staff(session, actor().authority_id, staff_id))
        flash(done, "success")
    except BackofficeError as fault:
        flash(fault.sentence, "error")
    return redirect(url_for("admin_staff.edit", staff_id=staff_id), 303)


def _page(session: Session, staff: Staff, values: dict[str, str], errors: dict[str, str], password: str = "") -> str:
    return render_template(
        "admin/staff_edit.html",
        staff=staff,
        values={field: getattr(staff, field) for field in FIELDS} | values,
        errors=errors,
        password=password,
        role_labels=ROLE_LABELS,
        departments=catalogue.list_departments(session, staff.authority_id),
    )
