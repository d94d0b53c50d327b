"""Open data for the desk: what is published of which procedure, what would be, its versions, and its history."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from backoffice.domain.anonymising import Place, Span
from backoffice.domain.dangerous_acts import DangerousAct
from backoffice.domain.french import plural
from backoffice.domain.open_data import COLUMNS, PLACE_LABELS, SPAN_LABELS, last_month_due
from backoffice.domain.policy import Permission
from backoffice.domain.report_periods import PeriodKind, containing
from backoffice.errors import Invalid
from backoffice.models.authorities import Authority
from backoffice.queries import open_data as queries
from backoffice.services import open_data, open_data_preview
from backoffice.services.open_data_preview import Preview
from backoffice.web import current
from backoffice.web.access import Audience, audience, dangerous
from backoffice.web.current import actor, runtime
from backoffice.web.pages import today_here

pages = Blueprint("admin_open_data", __name__, url_prefix="/agents/donnees-ouvertes")

MOST_CHANGES = 50
SPANS = [(str(int(one)), SPAN_LABELS[one].capitalize()) for one in (Span.DAY, Span.MONTH)]
PLACES = [
    (str(int(Place.CELL)), "Le carré de 100 m, sinon le quartier"),
    (str(int(Place.DISTRICT)), "Le quartier"),
    (str(int(Place.TERRITORY)), "Aucun"),
]
COLUMN_CHOICES = [
    ("channel", "Le canal"),
    ("department", "Le service"),
    ("outcome", "L’état et l’issue", "Pas pour une démarche où un refus dirait quelque chose de la personne."),
    ("delay", "Le délai jusqu’à la fin, en jours ou par tranche"),
    ("in_time", "Si le délai légal a été tenu"),
]


@pages.get("/")
@audience(Audience.STAFF, Permission.REPORT_READ)
def show_all() -> ResponseReturnValue:
    """Every procedure, with what is published of it; the licence."""
    return _list({}, {})


@pages.post("/catalogue")
@audience(Audience.STAFF, Permission.OPEN_DATA_MANAGE)
def save_catalogue() -> ResponseReturnValue:
    """The licence, the territory and whom to write to."""
    try:
        with runtime().database.transaction() as session:
            open_data.set_catalogue(session, actor(), request.form)
    except Invalid as fault:
        return _list(request.form, fault.faults), 422
    current.forget_authority()
    flash("Le catalogue est modifié.", "success")
    return redirect(url_for("admin_open_data.show_all"), 303)


@pages.get("/<code>")
@audience(Audience.STAFF, Permission.REPORT_READ)
def show(code: str) -> ResponseReturnValue:
    """One procedure: its choices, its versions, its history."""
    return _page(code, None, {})


@pages.post("/<code>/apercu")
@audience(Audience.STAFF, Permission.REPORT_READ)
def preview(code: str) -> ResponseReturnValue:
    """The same page with what these choices would publish; nothing is kept."""
    typed = _typed()
    try:
        with runtime().database.reading() as session:
            made = open_data_preview.make(session, open_data.draft(session, actor(), code, typed))
    except Invalid as fault:
        return _page(code, typed, fault.faults or {"": fault.sentence}), 422
    return _page(code, typed, {}, made, was_asked=True)


@pages.post("/<code>")
@audience(Audience.STAFF, Permission.OPEN_DATA_MANAGE)
@dangerous(DangerousAct.OPEN_DATA)
def save(code: str) -> ResponseReturnValue:
    """Open the publication, or change how its next months are."""
    typed = _typed()
    try:
        with runtime().database.transaction() as session:
            open_data.mark(session, actor(), code, typed)
    except Invalid as fault:
        return _page(code, typed, fault.faults or {"": fault.sentence}), 422
    flash(
        "C’est enregistré : les mois qui peuvent l’être sont publiés cette nuit, ou dès que vous le demandez.",
        "success",
    )
    return redirect(url_for("admin_open_data.show", code=code), 303)


@pages.post("/<code>/publier")
@audience(Audience.STAFF, Permission.OPEN_DATA_MANAGE)
def publish(code: str) -> ResponseReturnValue:
    """Publish what may be, now."""
    with runtime().database.transaction() as session:
        open_data.ask_now(session, actor(), code)
    flash("La publication est demandée : une notification vous dira quand elle est faite.", "success")
    return redirect(url_for("admin_open_data.show", code=code), 303)


@pages.post("/<code>/retirer")
@audience(Audience.STAFF, Permission.OPEN_DATA_MANAGE)
def take_back(code: str) -> ResponseReturnValue:
    """No address of the dataset opens any more."""
    try:
        with runtime().database.transaction() as session:
            open_data.take_back(session, actor(), code, request.form.get("reason", ""))
    except Invalid as fault:
        return _page(code, None, fault.faults), 422
    flash("La publication est retirée : ses adresses n’ouvrent plus.", "success")
    return redirect(url_for("admin_open_data.show", code=code), 303)


def _typed() -> dict[str, Any]:
    given = request.form
    names = ("span", "place", "threshold", "lag", "first")
    return {name: given.get(name, "") for name in names} | {"columns": given.getlist("columns")}


def _list(typed: Mapping[str, str], errors: Mapping[str, str]) -> str:
    with runtime().database.reading() as session:
        found = open_data.list_procedures(session, actor())
        latest = {one.procedure.id: queries.find_version(session, one.dataset) for one in found if one.dataset}
        values = open_data.catalogue_values(session.get_one(Authority, actor().authority_id))
        changes = queries.list_changes(session, actor().authority_id, None, MOST_CHANGES)
    return render_template(
        "open_data/list.html",
        procedures=found,
        latest=latest,
        typed=typed or values,
        errors=errors,
        changes=[(one, ", ".join(str(value) for value in one.said.values() if value)) for one in changes],
    )


def _page(
    code: str,
    typed: Mapping[str, Any] | None,
    errors: Mapping[str, str],
    made: Preview | None = None,
    *,
    was_asked: bool = False,
) -> str:
    today = today_here()
    with runtime().database.reading() as session:
        listed = open_data.get_listed(session, actor(), code)
        dataset = listed.dataset
        versions = queries.list_versions(session, dataset) if dataset else []
        files = queries.list_files(session, [one.id for one in versions])
        changes = queries.list_changes(session, actor().authority_id, dataset.id, MOST_CHANGES) if dataset else []
    return render_template(
        "open_data/dataset.html",
        listed=listed,
        dataset=dataset,
        values=typed or open_data.values_of(dataset, today),
        errors=errors,
        preview=made,
        was_asked=was_asked,
        columns=COLUMNS,
        versions=[(one, next((f for f in files if f.version_id == one.id), None)) for one in versions],
        due=containing(PeriodKind.MONTH, last_month_due(today, dataset.lag)).name if dataset else "",
        changes=[(one, _in_words(one.kind, one.said)) for one in changes],
        change_labels=open_data.CHANGES,
        spans=SPANS,
        places=PLACES,
        column_choices=COLUMN_CHOICES,
    )


def _in_words(kind: str, said: Mapping[str, Any]) -> str:
    """What a line of the history says beside its title."""
    if kind == "published":
        left = plural(said["suppressed"], "demande écartée", "demandes écartées")
        return f"Version {said['number']} : {plural(said['lines'], 'ligne')}, {left}."
    if kind not in {"marked", "changed"}:
        return ""
    choices = said["choices"]
    told = [one[1] for one in COLUMN_CHOICES if choices[one[0]]]
    parts = [
        f"réception : {SPAN_LABELS[Span(choices['span'])]}",
        f"lieu : {PLACE_LABELS[Place(choices['place'])]}",
        f"au moins {said['threshold']} personnes",
        f"{said['lag']} mois d’attente",
        f"depuis {said['first'][:7]}",
        *(one[0].lower() + one[1:] for one in told),
    ]
    return ", ".join(parts)
