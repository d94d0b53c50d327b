"""The tray « À enregistrer »: files that a scanner made, the letters in them, and the page that keeps letters apart."""

import os
from contextlib import closing
from typing import Any, BinaryIO, cast

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from backoffice.domain import row_ids
from backoffice.domain.french import plural
from backoffice.domain.policy import Permission
from backoffice.domain.scan_cutting import CUT_LABELS, SEPARATOR_TEXT
from backoffice.errors import BackofficeError, Invalid, NotFound
from backoffice.infra.typesetting import qr_code
from backoffice.queries import digitised_mail as queries
from backoffice.queries.digitised_mail import ASIDE, DESTROYED, PAGE_SIZE, PUT_AWAY, REPEATED, WAITING
from backoffice.services import digitised_mail, scan_destruction
from backoffice.services.digitised_mail import Arrival
from backoffice.web import form_numbers, post_tabs, security
from backoffice.web.access import Audience, audience
from backoffice.web.current import actor, authority, runtime
from backoffice.web.errors import status_of
from backoffice.web.files import JPEG, send_file, send_received

pages = Blueprint("digitised_tray", __name__, url_prefix="/agents/courrier/numerises")

MOST_UPLOADS = 20
MOST_SHOWN_ASIDE = 20
FILES, REASON = "files", "reason"
VIEWS = {"ecartes": PUT_AWAY, "detruits": DESTROYED}
TOO_HEAVY = "« {} » dépasse la limite : numérisez en plusieurs fois."
NOTHING = "Choisissez un PDF ou un TIFF fait par le scanner."
EXPIRED = "Cette page est restée ouverte trop longtemps : choisissez de nouveau les fichiers."
NO_PAGE = "Cette page n’existe pas."


@pages.get("")
@audience(Audience.STAFF, Permission.CASE_RECORD)
def show() -> ResponseReturnValue:
    """The letters that wait, with their first page; what is searched stands in the address."""
    return _page({})


@pages.post("")
@security.answers_itself
@audience(Audience.STAFF, Permission.CASE_RECORD)
def upload() -> ResponseReturnValue:
    """Take in the files of a scanner; the same form sent twice takes them in once."""
    most = runtime().settings.max_scan_bytes
    request.max_content_length = most * 2  # heavier than a form: said before anything of it is read
    if not security.is_genuine_form():
        return _page({FILES: EXPIRED}), 400
    given = [file for file in request.files.getlist(FILES) if file.filename][:MOST_UPLOADS]
    form = request.form.get("submission", "")
    if not given:
        return _page({FILES: NOTHING}), 422
    taken, errors = 0, []
    for number, file in enumerate(given):
        name = (file.filename or "")[-120:]
        arrival = Arrival(f"form:{form}:{number}", name, "cut_at_blanks" in request.form, actor().id)
        with closing(cast("BinaryIO", file.stream)) as stream:
            if stream.seek(0, os.SEEK_END) > most:
                errors.append(TOO_HEAVY.format(name))
                continue
            outcome = digitised_mail.take_in(runtime(), actor().authority_id, arrival, stream)
        taken += outcome == WAITING
        if outcome == ASIDE:
            errors.append(f"« {name} » : {digitised_mail.NO_SCAN}")
    if errors:
        return _page({FILES: " ".join(errors)}), 422
    flash(
        plural(taken, "fichier reçu", "fichiers reçus") + " : ses courriers apparaissent ici dans un instant.",
        "success",
    )
    return redirect(url_for("digitised_tray.show"), 303)


@pages.post("/<int:letter_id>/ecarter")
@audience(Audience.STAFF, Permission.CASE_RECORD)
def put_away(letter_id: int) -> ResponseReturnValue:
    """No letter to register, and why."""
    try:
        with runtime().database.transaction() as session:
            digitised_mail.put_away(session, actor(), letter_id, request.form.get(REASON, ""))
    except BackofficeError as fault:
        faults = fault.faults if isinstance(fault, Invalid) else {}
        return _page({f"{REASON}-{letter_id}": faults.get(REASON, fault.sentence)}), status_of(fault)
    flash("Ce courrier numérisé est écarté. Il reste dans la liste « Écartés ».", "success")
    return redirect(url_for("digitised_tray.show"), 303)


@pages.post("/<int:letter_id>/reprendre")
@audience(Audience.STAFF, Permission.CASE_RECORD)
def take_up_again(letter_id: int) -> ResponseReturnValue:
    """It waits again."""
    with runtime().database.transaction() as session:
        digitised_mail.take_up_again(session, actor(), letter_id)
    return redirect(url_for("digitised_tray.show"), 303)


@pages.get("/<int:letter_id>/pages/<int:number>")
@audience(Audience.STAFF, Permission.CASE_RECORD)
def page(letter_id: int, number: int) -> ResponseReturnValue:
    """The picture of a page (from 1), or its thumbnail."""
    with runtime().database.reading() as session:
        letter = queries.get_letter(session, actor(), letter_id)
    listed = letter.pages["pages"]
    if not 1 <= number <= len(listed):
        raise NotFound(NO_PAGE)
    kind = "thumbnail" if "vignette" in request.args else "preview"
    return send_file(listed[number - 1][kind], f"courrier-{letter_id}-{number}.jpg", JPEG, shown=True)


@pages.get("/fichiers/<int:file_id>")
@audience(Audience.STAFF, Permission.CASE_RECORD)
def original(file_id: int) -> ResponseReturnValue:
    """A file as the scanner made it."""
    with runtime().database.reading() as session:
        file = queries.get_readable_file(session, actor(), file_id)
    return send_received(file.digest, file.name, file.media_type)


@pages.get("/separateur")
@audience(Audience.STAFF, Permission.CASE_RECORD)
def separator() -> ResponseReturnValue:
    """The page to print, and to lay between two letters."""
    code = qr_code(SEPARATOR_TEXT, "Code de la page de séparation")
    return render_template("desk/separator_page.html", code=code, back_url=url_for("digitised_tray.show"))


def _page(errors: dict[str, str]) -> str:
    words = request.args.get("q", "").strip()[:100]
    chosen = request.args.get("etat", "")
    state = VIEWS.get(chosen, WAITING)
    after = row_ids.read(request.args.get("apres", "")) or 0
    mine = actor().authority_id
    with runtime().database.reading() as session:
        rows = queries.list_letters(session, mine, state, words=words, after=after)
        total = queries.count_letters(session, mine, state, words)
        counts = {one: queries.count_letters(session, mine, one) for one in (WAITING, *VIEWS.values())}
        being_cut = queries.list_files(session, mine, [WAITING], MOST_SHOWN_ASIDE)
        aside = queries.list_files(session, mine, [ASIDE, REPEATED], MOST_SHOWN_ASIDE)
    shown, more = rows[:PAGE_SIZE], len(rows) > PAGE_SIZE
    kept: dict[str, Any] = {"q": words or None, "etat": chosen if state != WAITING else None}
    return render_template(
        "desk/digitised_tray.html",
        rows=shown,
        total=total,
        words=words,
        state=state,
        chosen=kept["etat"],
        days_kept=scan_destruction.days_kept(authority().details),
        views=[
            ("À enregistrer", url_for("digitised_tray.show"), state == WAITING, counts[WAITING]),
            ("Écartés", url_for("digitised_tray.show", etat="ecartes"), state == PUT_AWAY, counts[PUT_AWAY]),
            ("Détruits", url_for("digitised_tray.show", etat="detruits"), state == DESTROYED, counts[DESTROYED]),
        ],
        being_cut=being_cut,
        aside=aside,
        repeated=REPEATED,
        cuts=CUT_LABELS,
        errors=errors,
        submission=form_numbers.new(),
        max_bytes=runtime().settings.max_scan_bytes,
        next_url=url_for("digitised_tray.show", **kept, apres=shown[-1].id) if more else None,
        first_url=url_for("digitised_tray.show", **kept) if after else None,
        tabs=post_tabs.tabs(),
    )
