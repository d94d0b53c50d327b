"""Departments on a simple screen: list, add, correct, close."""

from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from backoffice.domain.policy import Permission
from backoffice.errors import Conflict, Invalid
from backoffice.queries import catalogue
from backoffice.services import departments
from backoffice.web.access import Audience, audience
from backoffice.web.current import actor, runtime

pages = Blueprint("admin_departments", __name__, url_prefix="/agents/services")


@pages.get("/")
@audience(Audience.STAFF, Permission.DEPARTMENT_MANAGE)
def show() -> ResponseReturnValue:
    """Every department."""
    with runtime().database.reading() as session:
        found = catalogue.list_departments(session, actor().authority_id, with_inactive=True)
    return render_template("admin/departments.html", departments=found)


@pages.route("/nouveau", methods=["GET", "POST"])
@audience(Audience.STAFF, Permission.DEPARTMENT_MANAGE)
def create() -> ResponseReturnValue:
    """A new department."""
    if request.method == "GET":
        return _form(None, {}, {})
    try:
        with runtime().database.transaction() as session:
            department = departments.create(session, actor(), request.form)
    except Invalid as fault:
        return _form(None, request.form, fault.faults), 422
    flash(f"Le service « {department.name} » est créé.", "success")
    return redirect(url_for("admin_departments.show"), 303)


@pages.route("/<int:department_id>", methods=["GET", "POST"])
@audience(Audience.STAFF, Permission.DEPARTMENT_MANAGE)
def edit(department_id: int) -> ResponseReturnValue:
    """One department, to correct."""
    if request.method == "GET":
        return _correct(department_id)
    try:
        with runtime().database.transaction() as session:
            department = catalogue.get_department(session, actor().authority_id, department_id)
            departments.update(session, actor(), department, request.form)
    except Invalid as fault:
        return _correct(department_id, request.form, fault.faults), 422
    flash("Les modifications sont enregistrées.", "success")
    return redirect(url_for("admin_departments.show"), 303)


@pages.post("/<int:department_id>/activite")
@audience(Audience.STAFF, Permission.DEPARTMENT_MANAGE)
def set_active(department_id: int) -> ResponseReturnValue:
    """Close a department or open it again."""
    try:
        with runtime().database.transaction() as session:
            department = catalogue.get_department(session, actor().authority_id, department_id)
            departments.set_active(session, actor(), department, active=request.form.get("active") == "1")
    except Conflict as fault:
        flash(fault.sentence, "error")
    return redirect(url_for("admin_departments.show"), 303)


def _correct(
    department_id: int, typed: Mapping[str, str] | None = None, errors: Mapping[str, str] | None = None
) -> str:
    with runtime().database.reading() as session:
        department = catalogue.get_department(session, actor().authority_id, department_id)
    values = typed or {field: getattr(department, field) for field in departments.FIELDS}
    return _form(department, values, errors or {})


def _form(department: object, values: object, errors: Mapping[str, str]) -> str:
    return render_template("admin/department_form.html", department=department, values=values, errors=errors)
