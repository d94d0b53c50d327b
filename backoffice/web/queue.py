"""The shared queue: one list over every channel and procedure, narrowed by its address."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from backoffice.domain import references, row_ids
from backoffice.domain.french import number, plural
from backoffice.domain.incoming import CHANNEL_LABELS
from backoffice.domain.lifecycle import DESK_STATUS_LABELS
from backoffice.domain.policy import Actor, Permission, allows
from backoffice.queries import cases, queue_waiting, saved_views
from backoffice.queries import queue as queries
from backoffice.queries import tags as tag_queries
from backoffice.queries.queue import MOST_COUNTED, Names, Page, Place, Row
from backoffice.queries.queue_filters import COUNTED, NOBODY, Filters, View
from backoffice.queries.queue_waiting import Waiting
from backoffice.services import saved_views as views_service
from backoffice.web import departures, queue_choices, queue_search
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
    View.RETURNED: "Non remis",
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
    View.RETURNED: ("Tout est arrivé", "Aucun courriel n’est revenu sans qu’un autre envoi l’ait suivi."),
    View.OPEN: ("Aucun dossier en cours", "Les demandes qui arrivent apparaîtront ici."),
    View.CLOSED: ("Aucun dossier terminé", "Les dossiers apparaissent ici quand leur réponse est partie."),
    View.FOUND: (
        "Aucun dossier trouvé",
        "Essayez avec moins de mots, ou cherchez par référence, nom, téléphone ou courriel.",
    ),
}

NARROWED = ("Aucun dossier avec tous ces filtres", "Retirez un filtre ci-dessus, ou repartez de la liste entière.")
MOST_CHOSEN = 50
"""Of each kind in an address: more than any list offers."""
TICKED = "coche"
"""In an address: a case ticked on the page, for whoever comes back from an action in bulk that was not done."""
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
    with runtime().database.reading() as session:
        habit = saved_views.read_habit(session, actor())
    if habit.first_fields and not request.args:
        return redirect(f"{url_for('queue.show')}?{habit.first_fields}")
    typed = filters = read_filters(request.args)
    found = _case_named(filters)
    if found:
        return redirect(url_for("case_page.show", reference=found))
    today, columns = today_here(), queue_choices.read_columns(request.args, habit.columns)
    with runtime().database.reading() as session:
        names = queries.read_names(session, actor().authority_id)
        counts = queries.count_views(session, actor(), today)
        waiting = queue_waiting.count_waiting(session, actor(), datetime.now(UTC))
        views = saved_views.list_offered(session, actor())
        page = read_asked_page(session, actor(), filters, today)
        if not page.rows and (meant := queue_search.as_meant(session, actor(), filters)) != filters:
            filters, page = meant, read_asked_page(session, actor(), meant, today)
        ids = [row.id for row in page.rows]
        tags = tag_queries.list_by_case(session, ids) if "etiquettes" in columns and ids else {}
        hits = queue_search.read_hits(session, page.rows, filters.words)
        searched = filters.narrows or filters.view is View.FOUND
        total = queries.count(session, actor(), filters, today) if searched else counts[filters.view]
        waits = departures.context(session)
    fields = fields_of(filters)
    places: dict[str, Any] = {name: request.args.get(name) for name in ("apres", "avant")}
    shown = fields | {"colonnes": request.args.getlist("colonnes") or None}
    return render_template(
        "desk/queue.html",
        filters=filters,
        typed=typed.words,
        hits=hits,
        tabs=list_tabs(counts, waiting, filters, so_many(total)),
        rows=[(row, deadline(row, today)) for row in page.rows],
        names=names,
        choices=queue_choices.offer(names),
        columns=columns,
        tags=tags,
        headings=["Référence", *(queue_choices.COLUMNS[code] for code in columns)],
        column_labels=queue_choices.COLUMNS,
        effect_labels=queue_choices.EFFECTS,
        language_labels=queue_choices.LANGUAGES,
        narrowings=[
            (one, _address_of({**fields, one.field: one.rest})) for one in queue_choices.list_narrowings(filters, names)
        ],
        views=[(view, view.fields == write_query(shown)) for view in views],
        shared_with=list_shared_with(names),
        letter_keys=habit.letter_keys,
        here=_address_of(shown | places),
        news_url=url_for("queue_news.show", **fields, **places) if not filters.words else "",
        seen=write_seen(page),
        total=total,
        total_words=so_many(total),
        pager=_pager(shown, page),
        list_fields=pairs_of(fields),
        shown_fields=pairs_of(shown),
        ticked=set(request.args.getlist(TICKED)),
        nothing=_nothing(filters),
        search_text=typed.words,
        case_url=url_for("case_page.show", reference="").rstrip("/") + "/",
        clear_url=url_for("queue.show", vue=filters.view if filters.view is not View.FOUND else View.OPEN),
        **waits,
    )


def read_asked_page(session: Session, viewer: Actor, filters: Filters, today: date) -> Page:
    """The page of a list that the address asks for: what follows a place, or comes before it, or begins."""
    return queries.read_page(session, viewer, filters, today, after=_place("apres"), before=_place("avant"))


def deadline(row: Row, today: date) -> Deadline | None:
    """What `due_on` is on this row; nothing once the case is over."""
    if row.closed_on is not None:
        return None
    days = (row.due_on - today).days
    if row.due_on == row.implicit_on:
        return Deadline("Accord implicite" if row.silence == "acceptance" else "Rejet implicite", days)
    return Deadline("Objectif" if row.due_on == row.target_on else "À traiter", days)


def read_filters(given: "MultiDict[str, str] | None" = None) -> Filters:
    """The filters of the address, or of fields given otherwise; what is not understood is left out."""
    given = request.args if given is None else given
    words = given.get("q", "").strip()[:200]
    assignee, effect, language = (given.get(name, "") for name in ("agent", "effet", "langue"))
    return Filters(
        view=_view(given.get("vue", ""), words),
        words=words,
        channels=_several(given, "canal", set(CHANNEL_LABELS)),
        procedures=tuple(dict.fromkeys(one[:64] for one in given.getlist("demarche")[:MOST_CHOSEN] if one)),
        departments=tuple(dict.fromkeys(filter(None, map(row_ids.read, given.getlist("service")[:MOST_CHOSEN])))),
        statuses=_several(given, "etat", set(DESK_STATUS_LABELS)),
        assignee=assignee if assignee == NOBODY or row_ids.read(assignee) else "",
        tag=row_ids.read(given.get("etiquette", "")),
        district=row_ids.read(given.get("quartier", "")),
        effect=effect if effect in queue_choices.EFFECTS else "",
        language=language if language in queue_choices.LANGUAGES else "",
        since=_day(given.get("du", "")),
        until=_day(given.get("au", "")),
        due_since=_day(given.get("echeance_du", "")),
        due_until=_day(given.get("echeance_au", "")),
        watched=given.get("suivis") == "1",
    )


def _several(given: "MultiDict[str, str]", name: str, known: set[str]) -> tuple[str, ...]:
    return tuple(one for one in dict.fromkeys(given.getlist(name)) if one in known)


def _day(typed: str) -> date | None:
    try:
        return date.fromisoformat(typed)
    except ValueError:
        return None


def _written_day(day: date | None) -> str | None:
    return day.isoformat() if day else None


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


def _address_of(fields: Mapping[str, Any]) -> str:
    return url_for("queue.show", **fields)


def fields_of(filters: Filters) -> dict[str, Any]:
    """The filters as the fields of a form or of an address; what does not narrow the list is None."""
    return {
        "vue": filters.view,
        "q": filters.words or None,
        "canal": list(filters.channels) or None,
        "demarche": list(filters.procedures) or None,
        "service": list(filters.departments) or None,
        "etat": list(filters.statuses) or None,
        "agent": filters.assignee or None,
        "etiquette": filters.tag,
        "quartier": filters.district,
        "effet": filters.effect or None,
        "langue": filters.language or None,
        "du": _written_day(filters.since),
        "au": _written_day(filters.until),
        "echeance_du": _written_day(filters.due_since),
        "echeance_au": _written_day(filters.due_until),
        "suivis": "1" if filters.watched else None,
    }


def pairs_of(fields: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Fields as a form sends them: a name comes once for each of its values."""
    return [
        (name, str(one))
        for name, value in fields.items()
        if value is not None
        for one in (value if isinstance(value, list) else [value])
    ]


def write_query(fields: Mapping[str, Any]) -> str:
    """Fields as the end of an address, always written alike."""
    return urlencode(pairs_of(fields))


def write_seen(page: Page) -> str:
    """The rows of a page and how often each has changed, for the page to ask what is new."""
    return "-".join(f"{row.id}.{row.revision}" for row in page.rows)


def list_tabs(
    counts: Mapping[View, int], waiting: Waiting, filters: Filters | None = None, found: str = ""
) -> list[tuple[str, str, bool, str]]:
    """The tabs of the queue, what waits for the viewer first; without filters, the page of their drafts is shown."""
    shown = filters.view if filters else None
    tabs = [
        (VIEW_LABELS[view], url_for("queue.show", vue=view), view is shown, so_many(counts[view]))
        for view in COUNTED
        if view is not View.DEPARTMENTS or actor().department_ids
    ]
    beside = []
    if allows(actor(), Permission.MAIL_SORT):
        beside.append(("Courriels à trier", url_for("mail_sorting.show"), False, so_many(waiting.parked)))
    if allows(actor(), Permission.CASE_NOTE):
        beside.append(("Mes brouillons", url_for("queue_drafts.show"), filters is None, so_many(waiting.drafts)))
    if allows(actor(), Permission.TASK_ANSWER):
        beside.append(("Questions des autres services", url_for("task_list.show"), False, so_many(waiting.tasks)))
    tabs[-2:-2] = beside
    if filters and shown is View.FOUND:
        tabs.append((VIEW_LABELS[View.FOUND], _address_of(fields_of(filters)), True, found))
    return tabs


def so_many(count: int) -> str:
    """A capped count in words."""
    return f"{number(MOST_COUNTED)}+" if count > MOST_COUNTED else number(count)


def _pager(shown: Mapping[str, Any], page: Page) -> tuple[str | None, str | None, str]:
    summary = plural(len(page.rows), "dossier") + " sur cette page"
    previous = _address_of({**shown, "avant": _written(page.previous)}) if page.previous else None
    return previous, _address_of({**shown, "apres": _written(page.next)}) if page.next else None, summary


def _written(place: Place) -> str:
    return f"{place.day.isoformat()}_{place.id}"


def _nothing(filters: Filters) -> tuple[str, str]:
    if filters.narrows and not filters.words:
        return NARROWED
    return NOTHING[View.FOUND if filters.narrows else filters.view]


def list_shared_with(names: Names) -> list[tuple[str, str]]:
    """The departments that the viewer may share a view with."""
    offered = ((key, name) for key, (name, active) in names.departments.items() if active)
    return [(str(key), name) for key, name in offered if views_service.may_share(actor(), key)]
