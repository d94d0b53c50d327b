"""Figures by agent: never shown unless an administrator turns them on, with a reason that everybody who reads sees."""

from sqlalchemy.orm import Session

from backoffice.domain import policy
from backoffice.domain.policy import Actor, Permission
from backoffice.domain.setting_screens import SCREEN_LABELS, Screen
from backoffice.errors import Conflict, Invalid
from backoffice.models.authorities import Authority, SettingChange
from backoffice.queries import catalogue, people
from backoffice.queries.setting_changes import list_changes
from backoffice.reports.agents import BY_AGENT
from backoffice.reports.base import Filters, Scope
from backoffice.services import setting_history
from backoffice.services.exports import Table

SETTING = "agent_figures"
LABEL = SCREEN_LABELS[Screen.AGENT_FIGURES]
IN_WORDS = {True: "Affichés", False: "Cachés"}
SHORTEST_REASON, LONGEST_REASON = 10, 1000
NO_REASON = "Dites pourquoi, en une phrase : les agents et leurs représentants la liront."
TOO_LONG = f"Cette raison est trop longue : {LONGEST_REASON} caractères au plus."
ALREADY = "Ce réglage a changé entre-temps : regardez son historique."


def are_shown(authority: Authority) -> bool:
    """Whether the authority shows figures by agent."""
    return bool(authority.details.get(SETTING, False))


def find_last_change(session: Session, authority_id: int) -> SettingChange | None:
    """Who turned them on or off last, when and why."""
    return next(iter(list_changes(session, authority_id, Screen.AGENT_FIGURES)), None)


def show_or_hide(session: Session, actor: Actor, reason: str, *, shown: bool) -> None:
    """Turn them on or off; raise Invalid without a reason, Conflict when somebody just did it."""
    policy.require(actor, Permission.DEPARTMENT_MANAGE)
    reason = " ".join(reason.replace("\x00", "").split())
    if len(reason) < SHORTEST_REASON:
        raise Invalid(faults={"reason": NO_REASON})
    if len(reason) > LONGEST_REASON:
        raise Invalid(faults={"reason": TOO_LONG})
    authority = catalogue.claim_authority(session, actor.authority_id)
    if are_shown(authority) == shown:
        raise Conflict(ALREADY)
    authority.details = {**authority.details, SETTING: shown}
    before, after = {LABEL: IN_WORDS[not shown]}, {LABEL: IN_WORDS[shown]}
    setting_history.record(
        session, actor, Screen.AGENT_FIGURES, LABEL, before, after, act=IN_WORDS[shown], reason=reason
    )


def read_table(session: Session, actor: Actor, filters: Filters) -> Table | None:
    """What each agent has in hand and closed, within what the actor may count; None where they are not shown."""
    policy.require(actor, Permission.REPORT_READ)
    if not are_shown(session.get_one(Authority, actor.authority_id)):
        return None
    names = {one.id: one.name for one in people.list_staff(session, actor.authority_id)}
    rows = session.execute(BY_AGENT.select(filters, Scope.of(actor))).all()
    shown = tuple((names.get(row.key, "Ancien agent"), row.taken, row.closed) for row in rows)
    return Table(BY_AGENT, shown, tuple(row.key for row in rows))
