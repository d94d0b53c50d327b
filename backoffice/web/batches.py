"""Bulk letters: written once for a selection of the queue, read again before they leave, followed as they are made."""

import secrets
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from backoffice.domain import merge_fields
from backoffice.domain.batches import POSTED, WAY_LABELS, BatchState, Kind, Way
from backoffice.domain.file_checks import PDF
from backoffice.domain.policy import Permission
from backoffice.errors import Conflict, Invalid, NotFound
from backoffice.models.batches import Batch
from backoffice.queries import batches as queries
from backoffice.services import batches, letters_to_post
from backoffice.services.batches import Forecast, Letter
from backoffice.services.letters_to_post import MOST_AT_ONCE
from backoffice.web import batch_actions, batch_selection, queue, staff_notices
from backoffice.web.access import Audience, audience
from backoffice.web.current import actor, runtime
from backoffice.web.errors import status_of
from backoffice.web.files import send_file
from backoffice.web.pages import today_here

pages = Blueprint("batches", __name__, url_prefix="/agents/envois")

STATE_LABELS: dict[str, str] = {
    BatchState.WRITING: "Courriers en cours d’écriture",
    BatchState.RUNNING: "En cours",
    BatchState.MERGING: "Assemblage des courriers à poster",
    BatchState.DONE: "Terminé",
}


@dataclass(frozen=True, slots=True)
class Typed:
    """What the form holds: the cases chosen, the letter, and the form's own key."""

    references: tuple[str, ...]
    letter: Letter
    key: str


@pages.get("/")
@audience(Audience.STAFF, Permission.CASE_TAG)
def show_all() -> ResponseReturnValue:
    """The batches of this person, newest first."""
    with runtime().database.reading() as session:
        found = queries.list_batches(session, actor())
    return render_template("batches/list.html", batches=found, state_labels=STATE_LABELS)


@pages.get("/nouveau")
@audience(Audience.STAFF, Permission.CASE_REPLY)
def new() -> ResponseReturnValue:
    """The form, for the cases ticked in the queue or for its whole list."""
    filters = queue.read_filters()
    try:
        chosen = batch_selection.chosen(filters)
    except Invalid as fault:
        flash(fault.sentence, "error")
        return redirect(url_for("queue.show", **queue.fields_of(filters)))
    return _form(Typed(chosen, Letter("", ""), secrets.token_hex(16)))


@pages.post("/commencer")
@audience(Audience.STAFF, Permission.CASE_REPLY)
def begin() -> ResponseReturnValue:
    """The form, for the cases that the page of actions was about."""
    return _form(_typed())


@pages.post("/nouveau")
@audience(Audience.STAFF, Permission.CASE_REPLY)
def check() -> ResponseReturnValue:
    """The letter as the first citizen will read it, and what will become of each case."""
    typed = _typed()
    try:
        with runtime().database.reading() as session:
            forecast = batches.foresee(session, actor(), typed.references, typed.letter)
    except Invalid as fault:
        return _form(typed, fault), status_of(fault)
    return _form(typed, forecast=forecast)


@pages.post("/")
@audience(Audience.STAFF, Permission.CASE_REPLY)
def create() -> ResponseReturnValue:
    """Make the batch; the same form sent twice leads to the same one."""
    typed = _typed()
    try:
        with runtime().database.transaction() as session:
            batch = batches.create(session, actor(), typed.references, typed.letter, key=typed.key)
    except Invalid as fault:
        return _form(typed, fault), status_of(fault)
    return redirect(url_for("batches.show", batch_id=batch.id), 303)


@pages.get("/<int:batch_id>")
@audience(Audience.STAFF, Permission.CASE_NOTE)
def show(batch_id: int) -> ResponseReturnValue:
    """How far a batch is, and what became of each case; the page asks for itself again until it is over."""
    staff_notices.note_page_seen()
    refused_only = request.args.get("voir") == "refuses"
    with runtime().database.reading() as session:
        batch = queries.get_batch(session, actor(), batch_id)
        is_letter = batch.kind in {Kind.LETTER, Kind.POST}
        ways = queries.count_ways(session, batch_id)
        refused = queries.count_refused(session, batch_id)
        lines = queries.list_lines(session, actor(), batch_id, _after(), refused_only=refused_only)
        hidden = queries.count_hidden(session, actor(), batch_id)
        of_action = {} if is_letter else batch_actions.progress(session, batch, refused)
        file_fits = not batch.merged_digest or batches.is_file_fit(session, actor(), batch)
        is_over = batch.state == BatchState.DONE
        unposted = queries.list_posted_ids(session, actor(), batch_id) if is_letter and is_over else []
    shown, more = lines[: queries.PAGE_SIZE], len(lines) > queries.PAGE_SIZE
    return render_template(
        "batches/show.html" if is_letter else "batches/progress.html",
        batch=batch,
        state=STATE_LABELS[batch.state],
        over=is_over,
        **({"figures": _figures(batch, ways, refused)} | of_action),
        tabs=_tabs(batch, refused, refused_only=refused_only, word="Refusés" if is_letter else "Laissés"),
        lines=shown,
        way_labels=WAY_LABELS,
        first_url=url_for("batches.show", batch_id=batch_id, voir=request.args.get("voir")) if _after() >= 0 else None,
        next_url=_next_url(batch_id, shown[-1][0].position) if more else None,
        hidden=hidden,
        file_fits=file_fits,
        unposted=len(unposted) if len(unposted) <= MOST_AT_ONCE else 0,
        latest=today_here().isoformat(),
        list_url=url_for("letters_to_post.show") if batch.kind == letters_to_post.KIND else url_for("batches.show_all"),
        to_post=sum(ways.get(way, 0) for way in POSTED),
    )


@pages.get("/<int:batch_id>/a-poster.pdf")
@audience(Audience.STAFF, Permission.CASE_NOTE)
def to_post(batch_id: int) -> ResponseReturnValue:
    """The letters to print and post, in one file."""
    with runtime().database.reading() as session:
        batch = queries.get_batch(session, actor(), batch_id)
        file_fits = batch.merged_digest and batches.is_file_fit(session, actor(), batch)
    if not batch.merged_digest:
        raise NotFound("Ce fichier n’existe pas : aucun courrier de cet envoi n’est à poster, ou il n’est pas prêt.")
    if not file_fits:
        raise Conflict("Des dossiers de cet envoi ont changé : refaites le fichier depuis la page de l’envoi.")
    return send_file(batch.merged_digest, f"envoi-{batch.id}-a-poster.pdf", PDF)


@pages.post("/<int:batch_id>/a-poster")
@audience(Audience.STAFF, Permission.CASE_NOTE)
def join_again(batch_id: int) -> ResponseReturnValue:
    """Make the file to post anew, without the cases that went out of sight."""
    with runtime().database.transaction() as session:
        batches.join_again(session, actor(), batch_id)
    return redirect(url_for("batches.show", batch_id=batch_id), 303)


def _form(typed: Typed, fault: Invalid | None = None, forecast: Forecast | None = None) -> str:
    faults = (fault.faults or {"": fault.sentence}) if fault else {}
    return render_template(
        "batches/new.html",
        left=batch_selection.list_left(request.values),
        typed=typed,
        errors=faults,
        forecast=forecast,
        ways=[(WAY_LABELS[way], forecast.ways[way]) for way in Way if forecast.ways[way]] if forecast else [],
        blanks=merge_fields.describe(),
    )


def _typed() -> Typed:
    given = request.form
    letter = Letter(given.get("subject", ""), given.get("text", ""))
    chosen = batch_selection.references_of(given.get("references", "").split())
    return Typed(chosen, letter, batch_selection.key_of(given))


def _figures(batch: Batch, ways: dict[str, int], refused: int) -> list[tuple[str, Any]]:
    posted = sum(ways.get(way, 0) for way in POSTED)
    return [
        ("Dossiers", batch.total),
        ("Par courriel", ways.get(Way.MAIL, 0)),
        ("À poster", posted),
        ("Refusés", refused),
    ]


def _tabs(batch: Batch, refused: int, *, refused_only: bool, word: str) -> list[tuple[str, str, bool, int]]:
    return [
        ("Tous", url_for("batches.show", batch_id=batch.id), not refused_only, batch.total),
        (word, url_for("batches.show", batch_id=batch.id, voir="refuses"), refused_only, refused),
    ]


def _after() -> int:
    given = request.args.get("apres", "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 10 else -1


def _next_url(batch_id: int, position: int) -> str:
    return url_for("batches.show", batch_id=batch_id, voir=request.args.get("voir"), apres=position)
