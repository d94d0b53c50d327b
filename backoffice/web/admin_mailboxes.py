"""Mailboxes added, corrected, tried out and suspended on a screen; those of the settings are shown with them."""

from collections.abc import Mapping, Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from backoffice.domain.dangerous_acts import DangerousAct
from backoffice.domain.policy import Permission
from backoffice.domain.setting_screens import Screen
from backoffice.errors import Invalid
from backoffice.queries import catalogue
from backoffice.queries import kept_mailboxes as queries
from backoffice.services import kept_mailboxes
from backoffice.web.access import Audience, audience, dangerous
from backoffice.web.current import actor, runtime

pages = Blueprint("admin_mailboxes", __name__, url_prefix="/agents/boites/reglages")


@pages.route("/nouvelle", methods=["GET", "POST"])
@audience(Audience.STAFF, Permission.MAILBOX_MANAGE)
@dangerous(DangerousAct.MAILBOX, lambda: request.method == "POST")
def create() -> ResponseReturnValue:
    """A new mailbox."""
    if request.method == "GET":
        return _form("", kept_mailboxes.USUAL, {})
    return _posted("")


@pages.route("/<code>", methods=["GET", "POST"])
@audience(Audience.STAFF, Permission.MAILBOX_MANAGE)
@dangerous(DangerousAct.MAILBOX, lambda: request.method == "POST")
def edit(code: str) -> ResponseReturnValue:
    """One mailbox of the screens."""
    if request.method == "GET":
        with runtime().database.reading() as session:
            values = kept_mailboxes.values_of(queries.get_mailbox(session, actor().authority_id, code))
        return _form(code, values, {})
    return _posted(code)


@pages.post("/<code>/lecture")
@audience(Audience.STAFF, Permission.MAILBOX_MANAGE)
@dangerous(DangerousAct.MAILBOX)
def set_active(code: str) -> ResponseReturnValue:
    """Suspend it, or read it again."""
    active = request.form.get("active") == "1"
    with runtime().database.transaction() as session:
        kept_mailboxes.set_active(session, actor(), code, active=active)
    waits = "Ses courriels attendent sur leur serveur."
    flash(f"La boîte « {code} » est {'lue de nouveau.' if active else f'suspendue. {waits}'}", "success")
    return redirect(url_for("mail_ledger.show"), 303)


def _posted(code: str) -> ResponseReturnValue:
    """Tried out (nothing is kept, what was typed stays) or kept."""
    try:
        if request.form.get("do") == "test":
            return _form(code, request.form, {}, _tried(code))
        with runtime().database.transaction() as session:
            if code:
                name = kept_mailboxes.update(session, runtime(), actor(), code, request.form).code
            else:
                name = kept_mailboxes.create(session, runtime(), actor(), request.form).code
    except Invalid as fault:
        return _form(code, request.form, fault.faults), 422
    flash(f"La boîte « {name} » est enregistrée : elle est lue dans la minute.", "success")
    return redirect(url_for("mail_ledger.show"), 303)


def _tried(code: str) -> Sequence[object]:
    # The IMAP client: 3 MB in every process, for the one button that asks for it.
    from backoffice.infra.mailbox_check import Mark, check

    with runtime().database.reading() as session:
        typed = kept_mailboxes.draft(session, runtime(), actor(), request.form, code)
    return check(typed, Mark())


def _form(code: str, values: Mapping[str, str], errors: Mapping[str, str], steps: Sequence[object] = ()) -> str:
    with runtime().database.reading() as session:
        mine = actor().authority_id
        row = queries.get_mailbox(session, mine, code) if code else None
        return render_template(
            "mail/mailbox_form.html",
            mailbox=row,
            values=values,
            errors=errors,
            steps=steps,
            schemes=list(kept_mailboxes.SCHEMES.items()),
            procedures=catalogue.list_procedure_titles(session, mine),
            screen=Screen.MAILBOXES,
        )
