"""What agents must know in time: said once to each who may know of the case and did not ask to be left alone."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from backoffice.domain import policy
from backoffice.domain.policy import Actor, Permission
from backoffice.domain.staff_notices import Mode, NoticeEvent, Rhythm, mode_of, modes_for
from backoffice.errors import Invalid
from backoffice.models.cases import Case
from backoffice.queries import legal, people
from backoffice.queries import staff_notices as queries
from backoffice.services import accounts, moment

CHOOSE = "Choisissez dans la liste."
KEPT_ONCE_READ, KEPT_UNREAD = timedelta(days=60), timedelta(days=365)


def tell(  # noqa: PLR0913 (what is said of a notice is said by name)
    session: Session,
    case: Case,
    event: NoticeEvent,
    to: Iterable[int | None],
    text: str,
    *,
    by: Actor | None = None,
    once: str = "",
    urgent: bool = False,
    place: str = "",
) -> list[int]:
    """Tell these agents (ids; None is nobody) of something about a case, and give those who were told.

    Left out: who did it (`by`), who may not read the case, and who asked not to be told of such events. `once` names
    what is said once to each, whenever it is told again; without it each new line of the history may be told. `text` is
    a sentence with the reference and nothing that the citizen said. `place` is an anchor of the page of the case.
    """
    author = by.id if by and by.kind == "staff" else None
    asked = [one for one in dict.fromkeys(to) if one is not None and one != author]
    if not asked:
        return []
    listening = {
        staff.id
        for staff, modes in queries.list_told(session, case.authority_id, asked)
        if mode_of(modes, event) is not Mode.NONE
        and policy.allows(accounts.actor_of(staff), Permission.CASE_READ, case)
    }
    told = [one for one in asked if one in listening]
    kind = once or f"{event}_{case.history_length}"
    said = {"case_id": case.id, "kind": kind, "text": text, "urgent": urgent, "place": place}
    _write(session, case.authority_id, event, told, said)
    return told


def tell_aside(
    session: Session,
    authority_id: int,
    event: NoticeEvent,
    to: Iterable[int | None],
    text: str,
    *,
    address: str,
    once: str = "",
) -> None:
    """Tell these agents of something that is about no case, or about many; it leads to an `address` of the desk.

    `once` names what is said once to each: the caller lets one transaction at a time say it.
    """
    known = queries.list_told(session, authority_id, {one for one in to if one is not None})
    told = [staff.id for staff, modes in known if mode_of(modes, event) is not Mode.NONE]
    if once:
        already = queries.list_who_have(session, once, told)
        told = [one for one in told if one not in already]
    said = {"case_id": None, "kind": once or event.value, "text": text, "urgent": False, "place": address}
    _write(session, authority_id, event, told, said)


def _write(session: Session, authority_id: int, event: NoticeEvent, to: list[int], said: dict[str, Any]) -> None:
    common = said | {"authority_id": authority_id, "event": event.value, "at": moment.now()}
    queries.insert(session, [common | {"staff_id": one} for one in to])


def listeners(session: Session, case: Case, *, to_supervisors: bool = False) -> list[int]:
    """Whoever has the case (its whole department when nobody or somebody gone does), then those who lead: their ids."""
    supervisors = legal.list_supervisors(session, case.department_id)
    if case.assignee is not None and case.assignee.active:
        handlers = [case.assignee]
    else:
        # Nobody has it: the whole department is told, before the day rather than after.
        handlers = people.list_department_staff(session, case.department_id)
    told = [*handlers, *(supervisors if to_supervisors else [])]
    return list(dict.fromkeys(person.id for person in told))


def read(session: Session, actor: Actor, notice_id: int | None = None) -> None:
    """The actor has read one of their notices or, without a number, all: those of cases they lost sight of too."""
    if actor.id is not None:
        queries.mark_read(session, actor.id, moment.now(), notice_id=notice_id)


def read_of_case(session: Session, actor: Actor, case_id: int) -> None:
    """The actor opened a case: what they were told of it is read."""
    if actor.id is not None:
        queries.mark_read(session, actor.id, moment.now(), case_id=case_id)


def read_of_page(session: Session, actor: Actor, address: str) -> None:
    """The actor opened a page of the desk: what led them there is read."""
    if actor.id is not None:
        queries.mark_read(session, actor.id, moment.now(), address=address)


def choose(session: Session, actor: Actor, modes: Mapping[str, str], rhythm: str) -> None:
    """How the actor wants to be told, by event, and how often by mail; raises Invalid for what is not offered."""
    asked = {event.value: modes.get(event, "") for event in NoticeEvent}
    faults = {event: CHOOSE for event, mode in asked.items() if mode not in modes_for(NoticeEvent(event))}
    if rhythm not in set(Rhythm):
        faults["rhythm"] = CHOOSE
    if faults:
        raise Invalid(faults=faults)
    habit = queries.claim_habit(session, actor, rhythm)
    habit.modes, habit.rhythm = asked, rhythm


def forget_old(session: Session) -> None:
    """Delete what was read long ago, and what nobody read in a year."""
    now = moment.now()
    queries.delete_old(session, now - KEPT_ONCE_READ, now - KEPT_UNREAD)
