"""Exports of agents: what leaves and in which format, how far it is, the file, and the log of all that left."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from backoffice.domain import policy
from backoffice.domain.dangerous_acts import DangerousAct
from backoffice.domain.exports import LONGEST_REASON, MOST_CASES_OF_FILES, STATE_LABELS, ExportKind, ExportState
from backoffice.domain.policy import Permission
from backoffice.domain.report_periods import Period
from backoffice.errors import Conflict, Invalid
from backoffice.infra.table_files import FORMATS
from backoffice.queries import agent_exports as queries
from backoffice.queries import queue as queue_queries
from backoffice.services import case_exports, export_jobs, export_work, figures
from backoffice.services.export_work import Wanted
from backoffice.web import activity_filters, batch_selection, files, queue, queue_choices, staff_notices
from backoffice.web.access import Audience, audience, dangerous
from backoffice.web.current import actor, runtime
from backoffice.web.errors import status_of
from backoffice.web.pages import today_here

pages = Blueprint("agent_exports", __name__, url_prefix="/agents/exports")

FIGURE = "chiffre"
LOGGED = 50
LINES, PEOPLE, FILES = "lignes", "personnes", "fichiers"
LONGEST_SOURCE = 4_000


@dataclass(frozen=True, slots=True)
class Source:
    """What is exported: a list of the queue or what a figure counts, in words and for the worker."""

    title: str
    about: list[str]
    asked: dict[str, Any]
    back: str


@pages.get("/")
@audience(Audience.STAFF, Permission.REPORT_EXPORT)
def show_all() -> ResponseReturnValue:
    """The exports of this person, newest first."""
    with runtime().database.reading() as session:
        found = queries.list_own(session, actor())
        states = export_jobs.read_states(session, found)
    return render_template("exports/list.html", exports=found, states=states, state_labels=STATE_LABELS)


@pages.get("/nouveau")
@audience(Audience.STAFF, Permission.REPORT_EXPORT)
def new() -> ResponseReturnValue:
    """The form, for a list of the queue or for what a figure counts (`chiffre` in the address)."""
    return _form(request.query_string.decode("utf-8", "replace")[:LONGEST_SOURCE], {})


def _will_tell_of_people() -> bool:
    # A form that lacks its reason comes back before the password is asked for: nothing leaves with it.
    return request.form.get("content") in {PEOPLE, FILES} and export_work.says_why(request.form.get("reason", ""))


@pages.post("/")
@audience(Audience.STAFF, Permission.REPORT_EXPORT)
@dangerous(DangerousAct.PERSONAL_EXPORT, when=_will_tell_of_people)
def create() -> ResponseReturnValue:
    """Promise the file; the same form sent twice leads to the same export."""
    given = request.form
    typed, content = given.get("source", "")[:LONGEST_SOURCE], given.get("content", LINES)
    source = _source(typed)
    kind = ExportKind.FILES if content == FILES else ExportKind.CASES
    personal = content in {PEOPLE, FILES}
    about = " · ".join(source.about)
    wanted = Wanted(
        kind,
        "zip" if content == FILES else given.get("format", ""),
        source.title,
        about,
        {**source.asked, "about": about, "personal": personal, "bom": given.get("bom") == "yes"},
        personal,
        given.get("reason", "").replace("\x00", ""),
        batch_selection.key_of(given),
    )
    try:
        with runtime().database.transaction() as session:
            export_id = export_jobs.ask_for(session, actor(), wanted).id
    except Invalid as fault:
        return _form(typed, fault.faults or {"": fault.sentence}), status_of(fault)
    return redirect(url_for("agent_exports.show", own_export_id=export_id), 303)


@pages.get("/journal")
@audience(Audience.STAFF, Permission.EXPORT_LOG_READ)
def log() -> ResponseReturnValue:
    """Who exported what, how many lines, and why when it told of people."""
    given = request.args.get("avant", "")
    before = int(given) if given.isascii() and given.isdigit() and len(given) < 18 else None
    with runtime().database.reading() as session:
        found = queries.list_logged(session, actor(), limit=LOGGED + 1, before=before)
        shown = found[:LOGGED]
        states = export_jobs.read_states(session, shown)
    return render_template(
        "exports/log.html",
        exports=shown,
        states=states,
        state_labels=STATE_LABELS,
        format_labels=_format_labels(),
        first_url=url_for("agent_exports.log") if before is not None else None,
        next_url=url_for("agent_exports.log", avant=shown[-1].id) if len(found) > LOGGED else None,
    )


@pages.get("/<int:own_export_id>")
@audience(Audience.STAFF, Permission.REPORT_EXPORT)
def show(own_export_id: int) -> ResponseReturnValue:
    """How far an export is, then its file; the page asks for itself again until it is made."""
    staff_notices.note_page_seen()
    with runtime().database.reading() as session:
        export = queries.get_own(session, actor(), own_export_id)
        state = export_jobs.read_states(session, [export])[export.id]
    return render_template(
        "exports/show.html",
        export=export,
        over=state not in queries.PENDING,
        ready=state == ExportState.DONE and bool(export.digest),
        stopped=state == ExportState.STOPPED,
        state=STATE_LABELS[state],
        format_label=_format_labels().get(export.format, export.format.upper()),
    )


@pages.post("/<int:own_export_id>/recommencer")
@audience(Audience.STAFF, Permission.REPORT_EXPORT)
def begin_again(own_export_id: int) -> ResponseReturnValue:
    """Start one again whose making stopped; one that goes on goes on."""
    with suppress(Conflict), runtime().database.transaction() as session:
        export_jobs.begin_again(session, actor(), own_export_id)
    return redirect(url_for("agent_exports.show", own_export_id=own_export_id), 303)


@pages.get("/<int:own_export_id>/fichier")
@audience(Audience.STAFF, Permission.REPORT_EXPORT)
def download(own_export_id: int) -> ResponseReturnValue:
    """The file, for who asked for it."""
    with runtime().database.transaction() as session:
        export = export_jobs.note_download(session, actor(), own_export_id)
        digest, name = export.digest, export.name
    return files.send_file(digest, name, "application/octet-stream")


def _format_labels() -> dict[str, str]:
    return {one.code: one.label for one in FORMATS}


def _form(typed: str, errors: Mapping[str, str]) -> str:
    source = _source(typed)
    with runtime().database.reading() as session:
        total = _count(session, source)
    given = request.form
    return render_template(
        "exports/new.html",
        source=typed,
        about=source,
        total=total,
        errors=errors,
        typed=given,
        form_key=batch_selection.key_of(given),
        formats=[(one.code, one.label) for one in FORMATS],
        may_tell=policy.allows(actor(), Permission.CASE_EXPORT_PERSONAL),
        longest_reason=LONGEST_REASON,
        most_cases=MOST_CASES_OF_FILES,
    )


def _count(session: Session, source: Source) -> int:
    return export_jobs.SUBJECTS[ExportKind.CASES].size(session, actor(), {**source.asked, "personal": False})


def _source(typed: str) -> Source:
    given: MultiDict[str, str] = MultiDict(parse_qsl(typed)[: queue.MOST_CHOSEN * 4])
    return _of_figure(given) if FIGURE in given else _of_list(given)


def _of_figure(given: "MultiDict[str, str]") -> Source:
    figure, asked = figures.get_figure(given[FIGURE]), activity_filters.read(given)
    with runtime().database.reading() as session:
        narrowed = activity_filters.in_words(asked.filters, activity_filters.list_options(session))
    period = "aujourd’hui" if figure.of_today else Period(asked.filters.start, asked.filters.end).name
    kept: dict[str, Any] = {name: given[name] for name in activity_filters.NAMES if given.get(name)}
    return Source(
        f"Dossiers : {figure.title}, {period}",
        [figure.definition, *narrowed],
        case_exports.of_figure(figure.code, asked.filters),
        url_for("figures.listed", figure=figure.code, **kept),
    )


def _of_list(given: "MultiDict[str, str]") -> Source:
    filters = queue.read_filters(given)
    with runtime().database.reading() as session:
        names = queue_queries.read_names(session, actor().authority_id)
    narrowings = [f"{one.about} : {one.kept}" for one in queue_choices.list_narrowings(filters, names)]
    return Source(
        f"Dossiers : {queue.VIEW_LABELS[filters.view]}",
        narrowings,
        case_exports.of_list(filters, today_here()),
        url_for("queue.show", **queue.fields_of(filters)),
    )
