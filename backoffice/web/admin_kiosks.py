"""Kiosks on the screens of administration: what they say and offer, where they are, and the code that installs one."""

from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from backoffice.domain.kiosks import LONGEST_TEXT, MOST_PROCEDURES, TEXTS
from backoffice.domain.languages import LANGUAGES
from backoffice.domain.policy import Permission
from backoffice.domain.setting_screens import Screen
from backoffice.errors import Invalid
from backoffice.models.authorities import Authority
from backoffice.models.kiosks import Kiosk
from backoffice.queries import kiosks as queries
from backoffice.services import kiosks
from backoffice.web import current
from backoffice.web.access import Audience, audience
from backoffice.web.current import actor, runtime

pages = Blueprint("admin_kiosks", __name__, url_prefix="/agents/bornes")


@pages.get("/")
@audience(Audience.STAFF, Permission.KIOSK_MANAGE)
def show() -> ResponseReturnValue:
    """Where kiosks are, what they say and what they offer."""
    return _page(None, {})


@pages.post("/textes")
@audience(Audience.STAFF, Permission.KIOSK_MANAGE)
def save() -> ResponseReturnValue:
    """Write what they say and offer: their next page has it."""
    try:
        with runtime().database.transaction() as session:
            kiosks.save(session, actor(), request.form)
    except Invalid as fault:
        return _page(request.form, fault.faults), 422
    current.forget_authority()
    flash("Les textes et les démarches des bornes sont enregistrés.", "success")
    return redirect(url_for("admin_kiosks.show"), 303)


@pages.post("/nouvelle")
@audience(Audience.STAFF, Permission.KIOSK_MANAGE)
def add() -> ResponseReturnValue:
    """Add a kiosk, and give the code that installs it."""
    try:
        with runtime().database.transaction() as session:
            kiosk, code = kiosks.add(
                session, runtime(), actor(), request.form.get("place", ""), has_printer="printer" in request.form
            )
            return _code_page(kiosk, code)
    except Invalid as fault:
        return _page(None, fault.faults, request.form.get("place", "")), 422


@pages.post("/<int:kiosk_id>/code")
@audience(Audience.STAFF, Permission.KIOSK_MANAGE)
def give_code(kiosk_id: int) -> ResponseReturnValue:
    """Give another code: for a device that was replaced, or that lost its cookies."""
    with runtime().database.transaction() as session:
        return _code_page(*kiosks.give_code(session, runtime(), actor(), kiosk_id))


@pages.post("/<int:kiosk_id>/imprimante")
@audience(Audience.STAFF, Permission.KIOSK_MANAGE)
def set_printer(kiosk_id: int) -> ResponseReturnValue:
    """Say whether it prints."""
    with runtime().database.transaction() as session:
        kiosk = kiosks.set_printer(session, actor(), kiosk_id, has_printer=request.form.get("printer") == "1")
        said = "propose d’imprimer" if kiosk.has_printer else "ne propose plus d’imprimer"
        flash(f"La borne « {kiosk.place} » {said}.", "success")
    return redirect(url_for("admin_kiosks.show"), 303)


@pages.post("/<int:kiosk_id>/retrait")
@audience(Audience.STAFF, Permission.KIOSK_MANAGE)
def withdraw(kiosk_id: int) -> ResponseReturnValue:
    """Take it out of service at once."""
    with runtime().database.transaction() as session:
        place = kiosks.withdraw(session, actor(), kiosk_id).place
    flash(f"La borne « {place} » est retirée : l’appareil n’est plus qu’un navigateur ordinaire.", "success")
    return redirect(url_for("admin_kiosks.show"), 303)


def _code_page(kiosk: Kiosk, code: str) -> str:
    return render_template(
        "admin/kiosk_code.html",
        place=kiosk.place,
        code=code,
        ends_at=kiosk.code_ends_at,
        address=f"{runtime().settings.public_url}{url_for('kiosk.welcome')}",
    )


def _page(typed: Mapping[str, str] | None, errors: Mapping[str, str], place: str = "") -> str:
    mine = actor().authority_id
    with runtime().database.reading() as session:
        setting = kiosks.setting_of(session.get_one(Authority, mine))
        offered = kiosks.list_fitting(session, mine)
        known = queries.list_kiosks(session, mine)
    return render_template(
        "admin/kiosks.html",
        values=kiosks.values_of(setting) if typed is None else typed,
        errors=errors,
        place=place,
        kiosks=known,
        procedures=[(f"{kiosks.PROCEDURE}{one.code}", one.title) for one in offered],
        languages_of_texts=[(code, one.name) for code, one in LANGUAGES.items()],
        texts=[(name, kiosks.TEXT_LABELS[name], usual) for name, usual in TEXTS.items()],
        most_procedures=MOST_PROCEDURES,
        longest=LONGEST_TEXT,
        screen=Screen.KIOSKS,
    )
