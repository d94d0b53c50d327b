"""On the page of a case: why one was handed it, who follows it, and who is away."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from flask import Blueprint, flash, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from backoffice.domain.policy import Actor, Permission
from backoffice.models.cases import Case, CaseEvent
from backoffice.models.people import Staff
from backoffice.queries import absences as absence_queries
from backoffice.queries import case_watchers as watcher_queries
from backoffice.queries import cases
from backoffice.services import absences, case_watchers, handing_over, mentions
from backoffice.services.handing_over import Handover
from backoffice.web import case_list
from backoffice.web.access import Audience, audience
from backoffice.web.current import actor, runtime
from backoffice.web.pages import today_here

pages = Blueprint("case_together", __name__, url_prefix="/agents/dossiers")


# What the list of colleagues says: see static/js/suggestions.js.
MENTION_WORDS = {
    "list": "Collègues à prévenir",
    "none": "Aucun collègue trouvé",
    "one": "Un collègue trouvé : flèche vers le bas pour le choisir",
    "many": "collègues trouvés : flèche vers le bas pour choisir",
    "chosen": "Choisi :",
}


@dataclass(frozen=True, slots=True)
class Together:
    """What the page of a case says of those who share it; `mention` are the attributes of a text that names some."""

    handover: Handover | None
    watchers: list[str]
    is_watching: bool
    mention: Mapping[str, str]


def name_colleagues(
    session: Session, authority_id: int, listed: Sequence[tuple[int, str]], *, is_one_away: bool = True
) -> list[tuple[int, str]]:
    """Whoever may be given a case, as (id, name); those who are away say until when, and who stands in."""
    away = absence_queries.list_away(session, authority_id, today_here()) if is_one_away else []
    said = {one.staff_id: f" ({absences.say_away(one)})" for one in away}
    return [(staff_id, name + said.get(staff_id, "")) for staff_id, name in listed]


def warn_of_absence(session: Session, staff: Staff) -> None:
    """Say, once they were given a case, that somebody is away."""
    for one in absence_queries.list_away(session, staff.authority_id, today_here(), [staff.id]):
        flash(f"{staff.name} n’est {absences.say_away(one)}. Le dossier lui est attribué tout de même.", "warning")


def read(session: Session, viewer: Actor, case: Case, history: Sequence[CaseEvent], *, is_watched: bool) -> Together:
    """The same for a viewer; the history is read already."""
    watchers = watcher_queries.list_names(session, case.id) if is_watched else []
    return Together(
        handing_over.find_unread(viewer, case, history),
        [name for _, name in watchers],
        any(staff_id == viewer.id for staff_id, _ in watchers),
        {
            "data-suggest": url_for("case_together.suggest", reference=case.reference),
            "data-after": "@",
            "data-shortest": "1",
            "data-words": json.dumps(MENTION_WORDS, ensure_ascii=False),
        },
    )


def tell_mentioned(session: Session, case: Case, text: str, place: str = "") -> None:
    """Tell the colleagues whom a text names; say here who was not."""
    hint = mentions.tell(session, actor(), case, text, place=place)
    if hint:
        flash(hint, "warning")


@pages.get("/<reference>/collegues")
@audience(Audience.STAFF, Permission.CASE_NOTE)
def suggest(reference: str) -> ResponseReturnValue:
    """The colleagues to name after what was typed: those who may read this case."""
    typed = request.args.get("q", "")[:60]
    with runtime().database.reading() as session:
        case = cases.get_case(session, actor(), reference)
        found = mentions.suggest(session, actor(), case, typed) if typed else []
    shown = [{"label": one.name, "details": [title] if title else [], "insert": said} for one, title, said in found]
    return jsonify(suggestions=shown)


@pages.post("/<reference>/consigne-lue")
@audience(Audience.STAFF, Permission.CASE_TAKE)
def acknowledge(reference: str) -> ResponseReturnValue:
    """I have read why I have this case."""
    return _do(reference, handing_over.acknowledge, "C’est noté : la consigne reste dans l’historique.")


@pages.post("/<reference>/suivre")
@audience(Audience.STAFF, Permission.CASE_READ)
def watch(reference: str) -> ResponseReturnValue:
    """Tell me what happens to this case."""
    return _do(
        reference, case_watchers.watch, "Vous suivez ce dossier : ses changements viendront dans Mes notifications."
    )


@pages.post("/<reference>/ne-plus-suivre")
@audience(Audience.STAFF, Permission.CASE_READ)
def unwatch(reference: str) -> ResponseReturnValue:
    """Tell me no more."""
    return _do(reference, case_watchers.unwatch, "Vous ne suivez plus ce dossier.")


def _do(reference: str, act: Callable[[Session, Actor, Case], None], said: str) -> ResponseReturnValue:
    with runtime().database.transaction() as session:
        act(session, actor(), cases.claim_case(session, actor(), reference))
    flash(said, "success")
    return redirect(url_for("case_page.show", reference=reference, liste=case_list.read() or None), 303)
