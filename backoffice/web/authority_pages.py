"""What pages say of the authority, on four screens: name and colour, opening hours, legal texts, channels."""

from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from backoffice.domain.french import DAYS
from backoffice.domain.incoming import CHANNEL_LABELS
from backoffice.domain.policy import Permission
from backoffice.errors import Invalid
from backoffice.models.authorities import Authority
from backoffice.services import authority_pages as service
from backoffice.services.authority_pages import Settled, Unreadable
from backoffice.web import current
from backoffice.web.access import Audience, audience
from backoffice.web.current import actor, runtime

pages = Blueprint("authority_pages", __name__, url_prefix="/agents/collectivite")

# What the field of a text says below its label.
HINTS: dict[str, str] = {
    "signatory": "Les mentions légales le nomment.",
    "host": "Nom, adresse et téléphone : la loi demande de les publier.",
    "court_city": "Les courriers qui refusent disent devant quel tribunal aller.",
    "legal_text": "Ajouté à la page des mentions légales.",
    "accessibility_text": "Ajouté à la déclaration d’accessibilité : ce qui n’est pas conforme, et pourquoi.",
    "privacy_text": "Ajouté à la page des données personnelles.",
}


@pages.route("/identite", methods=["GET", "POST"])
@audience(Audience.STAFF, Permission.DEPARTMENT_MANAGE)
def appearance() -> ResponseReturnValue:
    """The name of the authority, and the colour of its pages and letters."""
    return _screen(service.APPEARANCE, "admin/appearance.html", "Le nom et la couleur sont enregistrés.")


@pages.route("/horaires", methods=["GET", "POST"])
@audience(Audience.STAFF, Permission.DEPARTMENT_MANAGE)
def hours() -> ResponseReturnValue:
    """The hours of the week, and the days when they are others."""
    days = [(f"day_{rank}", name.capitalize()) for rank, name in enumerate(DAYS, 1)]
    return _screen(
        service.HOURS, "admin/hours.html", "Les horaires sont enregistrés : toutes les pages les disent.", days=days
    )


@pages.route("/textes", methods=["GET", "POST"])
@audience(Audience.STAFF, Permission.DEPARTMENT_MANAGE)
def texts() -> ResponseReturnValue:
    """What the law has us publish."""
    fields = [(name, label, HINTS.get(name)) for name, label in service.TEXTS.items()]
    return _screen(
        service.PUBLIC_TEXTS,
        "admin/public_texts.html",
        "Les textes sont enregistrés.",
        fields=fields,
        long=service.LONG_TEXTS,
    )


@pages.route("/canaux", methods=["GET", "POST"])
@audience(Audience.STAFF, Permission.DEPARTMENT_MANAGE)
def channels() -> ResponseReturnValue:
    """The doors that are open, and what is said of those that are not."""
    doors = [(code.value, CHANNEL_LABELS[code]) for code in service.SWITCHED]
    return _screen(service.CHANNELS, "admin/channels.html", "Les canaux sont enregistrés.", doors=doors)


def _screen(settled: Settled, template: str, done: str, **more: object) -> ResponseReturnValue:
    """Show what is set, or write what was typed; what cannot be written stays in the form, with why."""
    values: Mapping[str, str] = request.form
    faults: Mapping[str, str] = {}
    nearest = ""
    if request.method == "POST":
        try:
            with runtime().database.transaction() as session:
                settled.save(session, actor(), request.form)
        except Invalid as fault:
            faults, nearest = fault.faults, fault.nearest if isinstance(fault, Unreadable) else ""
        else:
            current.forget_authority()
            flash(done, "success")
            return redirect(url_for(request.endpoint or ""), 303)
    else:
        with runtime().database.reading() as session:
            values = settled.shown(session.get_one(Authority, actor().authority_id))
    shown = {"values": values, "errors": faults, "nearest": nearest, "screen": settled.screen}
    return render_template(template, **shown, **more), 422 if faults else 200
