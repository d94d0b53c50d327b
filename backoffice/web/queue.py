"""The shared queue: one list over every channel and procedure, narrowed by its address."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from backoffice.domain import references, row_ids
from backoffice.domain.french import number, plural
from backoffice.domain.incoming import CHANNEL_LABELS
from backoffice.domain.lifecycle import DESK_STATUS_LABELS
from backoffice.domain.policy import Permission
from backoffice.queries import cases
from backoffice.queries import queue as queries
from backoffice.queries.queue import MOST_COUNTED, Names, Page, Place, Row
from backoffice.queries.queue_filters import COUNTED, NOBODY, Filters, View
from backoffice.web import queue_search
from backoffice.web.access import Audience, audience
from backoffice.web.current import actor, runtime
from backoffice.web.pages import today_here

pages = Blueprint("queue", __name__)

VIEW_LABELS: dict[View, str] = {
    View.MINE: "À traiter par moi",
    View.DEPARTMENTS: "Mes services",
    View.UNASSIGNED: "Sans agent",
    View.WAITING: "En attente de l’usager",
    View.LATE: "En retard",
    View.OPEN: "Tous en cours",
    View.CLOSED: "Terminés",
    View.FOUND: "Résultats",
}

NOTHING: dict[View, tuple[str, str]] = {
    View.MINE: ("Rien ne vous attend", "Prenez en charge un dossier de vos services : il apparaîtra ici."),
    View.DEPARTMENTS: ("Aucun dossier en cours", "Tout est traité dans vos services."),
    View.UNASSIGNED: ("Aucun dossier sans agent", "Chaque dossier en cours a quelqu’un pour le suivre."),
    View.WAITING: ("Aucun dossier en attente", "Aucun usager ne nous doit de réponse."),
    View.LATE: ("Aucun retard", "Tous les dossiers en cours sont dans les temps."),
    View.OPEN: ("Aucun dossier en cours", "Les demandes qui arrivent apparaîtront ici."),
    View.CLOSED: ("Aucun dossier terminé", "Les dossiers apparaissent ici quand leur réponse est partie."),
    View.FOUND: (
        "Aucun dossier trouvé",
        "Essayez avec moins de mots, ou cherchez par référence, nom, téléphone ou courriel.",
    ),
}

PLACE = re.compile(r"(\d{4}-\d{2}-\d{2})_(\d{1,18})")


@dataclass(frozen=True, slots=True)
class Deadline:
    """The next date that matters on a case, and how far it is."""

    kind: str
    days: int


@pages.get("/agents/dossiers")
@audience(Audience.STAFF, Permission.CASE_READ)
def show() -> ResponseReturnValue:
    """One page of the list; the whole state of the page is in its address."""
    typed = filters = read_filters()
    found = _case_named(filters)
    if found:
        return redirect(url_for("case_page.show", reference=found))
    today = today_here()
    with runtime().database.reading() as session:
        names = queries.read_names(session, actor().authority_id)
        counts = queries.count_views(session, actor(), today)
        page = _page(session, filters, today)
        if not page.rows and (meant := queue_search.as_meant(session, actor(), filters)) != filters:
            filters, page = meant, _page(session, meant, today)
        hits = queue_search.read_hits(session, page.rows, filters.words)
        searched = filters.narrows or filters.view is View.FOUND
        total = queries.count(session, actor(), filters, today) if searched else counts[filters.view]
    return render_template(
        "desk/queue.html",
        filters=filters,
        typed=typed.words,
        hits=hits,
        tabs=_tabs(filters, counts),
        rows=[(row, deadline(row, today)) for row in page.rows],
        names=names,
        choices=_choices(names),
        total=total,
        total_words=_so_many(total),
        pager=_pager(filters, page),
        list_fields={name: value for name, value in fields_of(filters).items() if value is not None},
        nothing=NOTHING[View.FOUND if filters.narrows else filters.view],
        search_text=typed.words,
        case_url=url_for("case_page.show", reference="").rstrip("/") + "/",
        clear_url=url_for("queue.show", vue=filters.view if filters.view is not View.FOUND else View.OPEN),
    )


def _page(session: Session, filters: Filters, today: date) -> Page:
    return queries.read_page(session, actor(), filters, today, after=_place("apres"), before=_place("avant"))


def deadline(row: Row, today: date) -> Deadline | None:
    """What `due_on` is on this row; nothing once the case is over."""
    if row.closed_on is not None:
        return None
    days = (row.due_on - today).days
    if row.due_on == row.implicit_on:
        return Deadline("Accord implicite" if row.silence == "acceptance" else "Rejet implicite", days)
    return Deadline("Objectif" if row.due_on == row.target_on else "À traiter", days)


def read_filters() -> Filters:
    """The filters of the address; what is not understood is left out."""
    given = request.args
    words = given.get("q", "").strip()[:200]
    view = _view(given.get("vue", ""), words)
    department, assignee = given.get("service", ""), given.get("agent", "")
    return Filters(
        view=view,
        words=words,
        channel=given["canal"] if given.get("canal") in set(CHANNEL_LABELS) else "",
        procedure=given.get("demarche", "")[:64],
        department=row_ids.read(department),
        status=given["etat"] if given.get("etat") in set(DESK_STATUS_LABELS) else "",
        assignee=assignee if assignee == NOBODY or row_ids.read(assignee) else "",
        tag=row_ids.read(given.get("etiquette", "")),
    )


def _view(asked: str, words: str) -> View:
    """The view asked for; a search looks everywhere; else what this person's departments have to do."""
    if asked in set(View) and (asked != View.FOUND or words):
        return View(asked)
    if words:
        return View.FOUND
    return View.DEPARTMENTS if actor().department_ids else View.OPEN


def _place(name: str) -> Place | None:
    found = PLACE.fullmatch(request.args.get(name, ""))
    try:
        return Place(date.fromisoformat(found[1]), int(found[2])) if found else None
    except ValueError:
        return None


def _case_named(filters: Filters) -> str:
    """The case whose very reference was typed in the search box, if this person may open it."""
    reference = references.find_reference(filters.words)
    if filters.view is not View.FOUND or reference != filters.words:
        return ""
    with runtime().database.reading() as session:
        return reference if cases.find_visible(session, actor(), reference) else ""


def _address(filters: Filters, *, after: Place | None = None, before: Place | None = None) -> str:
    """The address of a list, or of what follows or comes before one of its places."""
    narrowed: dict[str, Any] = {
        **fields_of(filters),
        "apres": f"{after.day.isoformat()}_{after.id}" if after else None,
        "avant": f"{before.day.isoformat()}_{before.id}" if before else None,
    }
    return url_for("queue.show", **narrowed)


def fields_of(filters: Filters) -> dict[str, Any]:
    """The filters as the fields of a form or of an address; what does not narrow the list is None."""
    return {
        "vue": filters.view,
        "q": filters.words or None,
        "canal": filters.channel or None,
        "demarche": filters.procedure or None,
        "service": filters.department,
        "etat": filters.status or None,
        "agent": filters.assignee or None,
        "etiquette": filters.tag,
    }


def _tabs(filters: Filters, counts: dict[View, int]) -> list[tuple[str, str, bool, str]]:
    tabs = [
        (VIEW_LABELS[view], url_for("queue.show", vue=view), view is filters.view, _so_many(counts[view]))
        for view in COUNTED
        if view is not View.DEPARTMENTS or actor().department_ids
    ]
    if filters.view is View.FOUND:
        tabs.append((VIEW_LABELS[View.FOUND], _address(filters), True, ""))
    return tabs


def _so_many(count: int) -> str:
    return f"{number(MOST_COUNTED)}+" if count > MOST_COUNTED else number(count)


def _pager(filters: Filters, page: Page) -> tuple[str | None, str | None, str]:
    shown = plural(len(page.rows), "dossier") + " sur cette page"
    previous = _address(filters, before=page.previous) if page.previous else None
    return previous, _address(filters, after=page.next) if page.next else None, shown


def _choices(names: Names) -> dict[str, list[tuple[str, str]]]:
    """What the filters offer."""
    return {
        "channels": [(code, label) for code, label in CHANNEL_LABELS.items()],
        "statuses": [(code, label) for code, label in DESK_STATUS_LABELS.items()],
        "procedures": [(NOBODY, "Sans démarche"), *((code, title) for code, (title, _) in names.procedures.items())],
        "departments": [(str(key), name) for key, (name, offered) in names.departments.items() if offered],
        "staff": [(NOBODY, "Personne"), *((str(key), name) for key, (name, offered) in names.staff.items() if offered)],
        "tags": [(str(key), name) for key, (name, _) in names.tags.items()],
    }
