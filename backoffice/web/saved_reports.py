"""Reports under a name: the list, the form, one report with its versions, and the files of a version."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qsl, urlencode

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from backoffice.domain.file_checks import PDF
from backoffice.domain.policy import Permission
from backoffice.domain.saved_reports import LONGEST_NAME, MOST_RECIPIENTS, RHYTHM_LABELS, SPAN_LABELS, Span
from backoffice.errors import Conflict, Invalid, NotFound
from backoffice.infra.table_files import BY_CODE
from backoffice.models.saved_reports import ReportRecipient, SavedReport
from backoffice.queries import catalogue
from backoffice.queries import saved_reports as queries
from backoffice.services import report_exports, saved_reports
from backoffice.services.saved_reports import ALL, MINE, Typed
from backoffice.web import activity_filters, batch_selection, files
from backoffice.web import report_exports as export_pages
from backoffice.web.access import Audience, audience
from backoffice.web.current import actor, runtime
from backoffice.web.errors import status_of

pages = Blueprint("saved_reports", __name__, url_prefix="/agents/rapports")


@pages.get("/")
@audience(Audience.STAFF, Permission.REPORT_READ)
def show_all() -> ResponseReturnValue:
    """The reports of this person, and those shared with them."""
    with runtime().database.reading() as session:
        found = queries.list_open(session, actor())
        names = _department_names(session)
    return render_template(
        "reports/list.html",
        reports=found,
        shared=[_shared_in_words(one, names) for one in found],
        span_labels=SPAN_LABELS,
        rhythm_labels=RHYTHM_LABELS,
    )


@pages.get("/nouveau")
@audience(Audience.STAFF, Permission.REPORT_EXPORT)
def new() -> ResponseReturnValue:
    """The form, for the filters of the activity page."""
    source = request.query_string.decode("utf-8", "replace")[: export_pages.LONGEST_SOURCE]
    fixed = {"du", "au"} <= set(request.args)
    return _form(None, source, {"span": Span.FIXED if fixed else Span.MONTH}, {})


@pages.post("/nouveau")
@audience(Audience.STAFF, Permission.REPORT_EXPORT)
def create() -> ResponseReturnValue:
    """Keep it."""
    source = request.form.get("source", "")[: export_pages.LONGEST_SOURCE]
    try:
        with runtime().database.transaction() as session:
            report_id = saved_reports.save(session, actor(), _typed(source)).id
    except Invalid as fault:
        return _form(None, source, request.form, fault.faults), status_of(fault)
    flash("Le rapport est enregistré.", "success")
    return redirect(url_for("saved_reports.show", report_id=report_id), 303)


@pages.get("/<int:report_id>")
@audience(Audience.STAFF, Permission.REPORT_READ)
def show(report_id: int) -> ResponseReturnValue:
    """One report: what it is about, whom it is for, and its versions."""
    with runtime().database.reading() as session:
        report = queries.get_open(session, actor(), report_id)
        versions = queries.list_versions(session, report.id)
        stopped = saved_reports.list_stopped(session, versions)
        recipients = queries.list_recipients(session, report.id)
        names = _department_names(session)
    given = dict(parse_qsl(report.fields))
    return render_template(
        "reports/show.html",
        report=report,
        versions=versions,
        stopped=stopped,
        recipients=recipients,
        mine=report.owner_id == actor().id,
        shared=_shared_in_words(report, names),
        filters=[one for one in given.get("mots", "").split("|") if one],
        span=export_pages.read_filters(report.fields).period.name
        if report.span == Span.FIXED
        else SPAN_LABELS[Span(report.span)],
        rhythm_labels=RHYTHM_LABELS,
        form_key=batch_selection.key_of({}),
        activity_url=f"{url_for('supervision.show')}?{report.fields}",
    )


@pages.get("/<int:report_id>/modifier")
@audience(Audience.STAFF, Permission.REPORT_EXPORT)
def edit(report_id: int) -> ResponseReturnValue:
    """The form of a report that is there."""
    with runtime().database.reading() as session:
        report = queries.get_open(session, actor(), report_id)
        recipients = queries.list_recipients(session, report.id, live=True)
    return _form(report, report.fields, _values_of(report, recipients), {})


@pages.post("/<int:report_id>/modifier")
@audience(Audience.STAFF, Permission.REPORT_EXPORT)
def change(report_id: int) -> ResponseReturnValue:
    """Change it: the next versions follow, those that are there do not."""
    source = request.form.get("source", "")[: export_pages.LONGEST_SOURCE]
    with runtime().database.reading() as session:
        report = queries.get_open(session, actor(), report_id)
    try:
        with runtime().database.transaction() as session:
            saved_reports.save(session, actor(), _typed(source), queries.get_open(session, actor(), report_id))
    except Invalid as fault:
        return _form(report, source, request.form, fault.faults), status_of(fault)
    flash("Le rapport est modifié.", "success")
    return redirect(url_for("saved_reports.show", report_id=report_id), 303)


@pages.post("/<int:report_id>/supprimer")
@audience(Audience.STAFF, Permission.REPORT_EXPORT)
def retire(report_id: int) -> ResponseReturnValue:
    """Neither shown nor sent any more."""
    with runtime().database.transaction() as session:
        saved_reports.retire(actor(), queries.get_open(session, actor(), report_id))
    flash("Le rapport est supprimé.", "success")
    return redirect(url_for("saved_reports.show_all"), 303)


@pages.post("/<int:report_id>/versions")
@audience(Audience.STAFF, Permission.REPORT_EXPORT)
def freeze(report_id: int) -> ResponseReturnValue:
    """Keep a version of today."""
    with runtime().database.transaction() as session:
        report = queries.get_open(session, actor(), report_id)
        number = saved_reports.freeze(session, actor(), report, key=batch_selection.key_of(request.form)).number
    return redirect(url_for("saved_reports.version", report_id=report_id, version_number=number), 303)


@pages.get("/<int:report_id>/versions/<int:version_number>")
@audience(Audience.STAFF, Permission.REPORT_READ)
def version(report_id: int, version_number: int) -> ResponseReturnValue:
    """One version: by whom, when, with which parameters, and its files with their hashes."""
    with runtime().database.reading() as session:
        report = queries.get_open(session, actor(), report_id)
        found = queries.get_version(session, report.id, version_number)
        kept = queries.list_files(session, found.id)
        stopped = bool(saved_reports.list_stopped(session, [found]))
    return render_template(
        "reports/version.html",
        report=report,
        version=found,
        files=kept,
        stopped=stopped,
        mine=report.owner_id == actor().id,
        format_labels=report_exports.LABELS,
    )


@pages.post("/<int:report_id>/versions/<int:version_number>/recommencer")
@audience(Audience.STAFF, Permission.REPORT_EXPORT)
def begin_again(report_id: int, version_number: int) -> ResponseReturnValue:
    """Start a version again whose making stopped; one that goes on goes on."""
    with suppress(Conflict), runtime().database.transaction() as session:
        report = queries.get_open(session, actor(), report_id)
        saved_reports.begin_again(session, actor(), queries.get_version(session, report.id, version_number))
    return redirect(url_for("saved_reports.version", report_id=report_id, version_number=version_number), 303)


@pages.get("/<int:report_id>/versions/<int:version_number>/<format_code>")
@audience(Audience.STAFF, Permission.REPORT_READ)
def download(report_id: int, version_number: int, format_code: str) -> ResponseReturnValue:
    """A file of a version, as it was made that day."""
    with runtime().database.reading() as session:
        report = queries.get_open(session, actor(), report_id)
        found = queries.get_version(session, report.id, version_number)
        kept = {one.format: one.digest for one in queries.list_files(session, found.id)}
    if format_code not in kept:
        raise NotFound(queries.GONE)
    suffix = BY_CODE[format_code].suffix if format_code in BY_CODE else format_code
    name = f"{report.name} – {found.period} – version {found.number}.{suffix}"
    shown = format_code == report_exports.PDF
    return files.send_file(kept[format_code], name, PDF if shown else "application/octet-stream", shown=shown)


def _typed(source: str) -> Typed:
    given = request.form
    asked = export_pages.read_filters(source)
    fixed = given.get("span") == Span.FIXED
    kept = {name: value for name, value in parse_qsl(source) if name in activity_filters.NAMES}
    kept |= {"du": asked.filters.start.isoformat(), "au": asked.filters.end.isoformat()}
    if not fixed:
        del kept["du"], kept["au"]
    with runtime().database.reading() as session:
        narrowed = tuple(export_pages.narrowed_to(session, asked))
    fields = urlencode(kept | ({"mots": "|".join(narrowed)} if narrowed else {}))
    return Typed(
        given.get("name", "").replace("\x00", ""),
        fields,
        narrowed,
        given.get("span", ""),
        given.get("shared", MINE),
        given.get("outward") == "yes",
        given.get("rhythm", ""),
        given.get("recipients", "").replace("\x00", ""),
    )


def _values_of(report: SavedReport, recipients: list[ReportRecipient]) -> dict[str, Any]:
    shared = ALL if report.for_all else str(report.department_id or "")
    return {
        "name": report.name,
        "span": report.span,
        "shared": shared,
        "outward": "yes" if report.outward else "",
        "rhythm": report.rhythm,
        "recipients": "\n".join(one.email for one in recipients),
    }


def _form(report: SavedReport | None, source: str, typed: Mapping[str, Any], errors: Mapping[str, str]) -> str:
    asked = export_pages.read_filters(source)
    with runtime().database.reading() as session:
        narrowed = export_pages.narrowed_to(session, asked)
        shared = [(str(key), name) for key, name in saved_reports.list_shared(session, actor()).items()]
    return render_template(
        "reports/form.html",
        report=report,
        source=source,
        days=asked.period.name,
        narrowed=narrowed,
        typed=typed,
        errors=errors,
        spans=[(span.value, label) for span, label in SPAN_LABELS.items()],
        shares=[(ALL, "Toutes les personnes qui lisent les rapports"), *shared],
        rhythms=[(rhythm.value, label) for rhythm, label in RHYTHM_LABELS.items() if rhythm],
        longest_name=LONGEST_NAME,
        most_recipients=MOST_RECIPIENTS,
    )


def _department_names(session: Any) -> dict[int, str]:
    found = catalogue.list_departments(session, actor().authority_id, with_inactive=True)
    return {one.id: one.name for one in found}


def _shared_in_words(report: SavedReport, names: Mapping[int, str]) -> str:
    if report.for_all:
        return "Toutes les personnes qui lisent les rapports"
    return names.get(report.department_id or 0, "Son auteur seul")
