"""Macros applied to a case: from its page, or from its row of the queue, which then comes back at the same place."""

import secrets
from urllib.parse import urlencode

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from backoffice.domain import row_ids
from backoffice.domain.lifecycle import DESK_STATUS_LABELS, Status
from backoffice.domain.macros import Steps
from backoffice.domain.policy import Permission
from backoffice.errors import Conflict, Invalid
from backoffice.models.cases import Case
from backoffice.queries import cases
from backoffice.services import casework, macros
from backoffice.web import case_list, case_page, departures
from backoffice.web.access import Audience, audience
from backoffice.web.current import actor, runtime
from backoffice.web.local_paths import safe_path

pages = Blueprint("case_macros", __name__, url_prefix="/agents/dossiers")


@pages.get("/<reference>/enchainements")
@audience(Audience.STAFF, Permission.CASE_NOTE)
def choose(reference: str) -> ResponseReturnValue:
    """The macros offered for a case, to be shown in the dialog of the queue."""
    with runtime().database.reading() as session:
        case = cases.get_case(session, actor(), reference)
        offered = macros.list_offered(session, actor(), case)
        names = macros.read_names(session, case.authority_id) if offered else macros.Names({}, {})
        return render_template(
            "desk/macro_choices.html",
            case=case,
            offered=[(one, macros.say_steps(Steps.from_data(one.steps), names)) for one in offered],
            form_key=secrets.token_hex(16),
            back=safe_path(request.args.get("retour", "")),
        )


@pages.post("/<reference>/enchainements")
@audience(Audience.STAFF, Permission.CASE_NOTE)
def apply(reference: str) -> ResponseReturnValue:
    """Do all that a macro does, or nothing; then back to the queue when it was asked from there."""
    back, key = safe_path(request.form.get("retour", "")), request.form.get("form_key", "")[:64]
    try:
        with runtime().database.transaction() as session:
            case = cases.claim_case(session, actor(), reference)
            said = "" if macros.is_repeat(session, case, key) else _apply(session, case, key)
    except (Conflict, Invalid) as error:
        if not back:
            return case_page.refused(reference, error)
        flash(f"Dossier {reference}. {error.sentence}", "danger")
        return redirect(back, 303)
    if said:
        flash(said, "success")
    return redirect(_answered(back, reference) if back else _page_of(reference), 303)


def _apply(session: Session, case: Case, key: str) -> str:
    casework.check_revision(case, row_ids.read(request.form.get("revision", "")) or 0)
    chosen = row_ids.read(request.form.get("macro", "")) or 0
    macro = next((one for one in macros.list_offered(session, actor(), case) if one.id == chosen), None)
    if macro is None:
        missing = macros.GONE if chosen else "Choisissez un enchaînement dans la liste."
        raise Invalid(missing, {"macro": missing})
    done = macros.apply(session, runtime(), actor(), case, macro, key)
    sentences = [f"Dossier {case.reference}, «\u00a0{macro.name}\u00a0»\u00a0: {', '.join(_say(done))}."]
    if done.answer_id:
        sentences.append(case_page.say_on_its_way(case))
    return " ".join(sentences)


def _say(done: Steps) -> list[str]:
    said = (
        (done.take, "vous l’avez pris en charge"),
        (done.tag_ids, "étiquettes posées"),
        (done.answer_id, "réponse écrite"),
        (done.note, "note enregistrée"),
        (done.status, f"état «\u00a0{DESK_STATUS_LABELS[Status(done.status)]}\u00a0»" if done.status else ""),
    )
    return [words for is_there, words in said if is_there] or ["rien n’était plus à faire"]


def _answered(back: str, reference: str) -> str:
    """The list that the reader was on, where an answer can still be taken back."""
    return f"{back}{'&' if '?' in back else '?'}{urlencode({departures.ANSWERED: reference})}"


def _page_of(reference: str) -> str:
    with runtime().database.reading() as session:
        is_visible = cases.find_visible(session, actor(), reference) is not None
    asked = case_list.read() or None
    return url_for("case_page.show", reference=reference, liste=asked) if is_visible else url_for("queue.show")
