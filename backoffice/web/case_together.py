"""On the page of a case: why one was handed it, who follows it, and who is away."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from backoffice.domain.policy import Actor, Permission
from backoffice.models.cases import Case, CaseEvent
from backoffice.queries import case_watchers as watcher_queries
from backoffice.queries import cases
from backoffice.services import case_watchers, handing_over
from backoffice.services.handing_over import Handover
from backoffice.web import case_list
from backoffice.web.access import Audience, audience
from backoffice.web.current import actor, runtime

pages = Blueprint("case_together", __name__, url_prefix="/agents/dossiers")


@dataclass(frozen=True, slots=True)
class Together:
    """What the page of a case says of those who share it."""

    handover: Handover | None
    watchers: list[str]
    is_watching: bool


def read(session: Session, viewer: Actor, case: Case, history: Sequence[CaseEvent]) -> Together:
    """The same for a viewer; the history is read already."""
    watchers = watcher_queries.list_names(session, case.id)
    return Together(
        handing_over.find_unread(viewer, case, history),
        [name for _, name in watchers],
        any(staff_id == viewer.id for staff_id, _ in watchers),
    )


@pages.post("/<reference>/consigne-lue")
@audience(Audience.STAFF, Permission.CASE_TAKE)
def acknowledge(reference: str) -> ResponseReturnValue:
    """I have read why I have this case."""
    return _do(reference, handing_over.acknowledge, "C’est noté : la consigne reste dans l’historique.")


@pages.post("/<reference>/suivre")
@audience(Audience.STAFF, Permission.CASE_READ)
def watch(reference: str) -> ResponseReturnValue:
    """Tell me what happens to this case."""
    return _do(reference, case_watchers.watch, "Vous suivez ce dossier : ses changements viendront dans Mes avis.")


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
