"""Call-backs: promised for a time, done or put off, with everything that was done of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from backoffice.domain import calls, policy
from backoffice.domain.calls import TO_CALL_BACK, CallOutcome, window_in_words
from backoffice.domain.policy import Actor, Permission
from backoffice.errors import Conflict, Invalid
from backoffice.models.authorities import Authority
from backoffice.models.calls import CallBack
from backoffice.queries import call_backs as queries
from backoffice.queries import calls as call_queries
from backoffice.queries import cases, catalogue, people
from backoffice.services import moment

LONGEST_NAME, LONGEST_TEXT = 120, 1000
ALREADY_DONE = "Ce rappel est déjà fait : il n’y a plus rien à changer."


@dataclass(frozen=True, slots=True)
class About:
    """What a call-back is about, when it is known: the call that was missed, the person, the case's reference."""

    call_id: int | None = None
    citizen_id: int | None = None
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Window:
    """When to call, and who does."""

    starts_at: datetime
    ends_at: datetime
    department_id: int
    staff_id: int | None


def plan(session: Session, actor: Actor, typed: Mapping[str, str], about: About) -> CallBack:
    """Promise a call; raise Invalid with every fault, by field."""
    policy.require(actor, Permission.CALL_TAKE)
    text = _texts(typed)
    faults: dict[str, str] = {}
    number = calls.read_number(text.get("number", ""))
    if not number:
        faults["number"] = "Écrivez le numéro à rappeler, par exemple 06 12 34 56 78."
    if len(text.get("name", "")) > LONGEST_NAME:
        faults["name"] = f"{LONGEST_NAME} caractères au plus."
    if len(text.get("about", "")) > LONGEST_TEXT:
        faults["about"] = f"{LONGEST_TEXT} caractères au plus."
    window = _window(session, actor, text, faults)
    if faults or window is None:
        raise Invalid(faults=faults)
    call = call_queries.get_call(session, actor.authority_id, about.call_id) if about.call_id else None
    case = cases.get_case(session, actor, about.reference) if about.reference else None
    citizen_id = about.citizen_id or (call.citizen_id if call else None) or (case.citizen_id if case else None)
    citizen = people.get_citizen(session, actor.authority_id, citizen_id) if citizen_id else None
    row = CallBack(
        authority_id=actor.authority_id,
        call_id=call.id if call else None,
        citizen_id=citizen.id if citizen else None,
        case_id=case.id if case else None,
        number=number,
        name=text.get("name", "") or (citizen.display_name[:LONGEST_NAME] if citizen else ""),
        about=text.get("about", ""),
        created_at=moment.now(),
        history={},
    )
    _set(row, window)
    _note(row, actor, "planned", window_in_words(row.starts_at, row.ends_at, _timezone(session, actor)))
    session.add(row)
    session.flush()
    return row


def put_off(session: Session, actor: Actor, call_back_id: int, typed: Mapping[str, str]) -> CallBack:
    """Call another time, or have somebody else call; raise Invalid with every fault, Conflict once it is done."""
    policy.require(actor, Permission.CALL_TAKE)
    row = _to_do(session, actor, call_back_id)
    text = _texts(typed)
    faults: dict[str, str] = {}
    window = _window(session, actor, text, faults)
    if faults or window is None:
        raise Invalid(faults=faults)
    _set(row, window)
    said = window_in_words(row.starts_at, row.ends_at, _timezone(session, actor))
    reason = text.get("reason", "")[:LONGEST_TEXT]
    _note(row, actor, "put_off", f"{said}. {reason}" if reason else said)
    return row


def finish(session: Session, actor: Actor, call_back_id: int, said: str) -> CallBack:
    """The person was called: their missed calls are returned; raise Conflict when a colleague did it before."""
    policy.require(actor, Permission.CALL_TAKE)
    row = _to_do(session, actor, call_back_id)
    row.done_at, row.done_by_id = moment.now(), actor.id
    _note(row, actor, "done", said.replace("\x00", "").strip()[:LONGEST_TEXT])
    call = call_queries.find_call(session, actor.authority_id, row.call_id) if row.call_id else None
    if call is not None and call.outcome in TO_CALL_BACK:
        call.outcome = CallOutcome.CALLED_BACK
    return row


def _to_do(session: Session, actor: Actor, call_back_id: int) -> CallBack:
    row = queries.claim_call_back(session, actor, call_back_id)
    if row.done_at is not None:
        raise Conflict(ALREADY_DONE)
    return row


def _texts(typed: Mapping[str, str]) -> dict[str, str]:
    return {name: " ".join(value.replace("\x00", "").split()) for name, value in typed.items()}


def _window(session: Session, actor: Actor, text: Mapping[str, str], faults: dict[str, str]) -> Window | None:
    timezone = _timezone(session, actor)
    try:
        day: date | None = date.fromisoformat(text.get("day", ""))
    except ValueError:
        day = None
        faults["day"] = "Écrivez le jour du rappel, par exemple 03/03/2026."
    begin, end = (_hour(text.get(name, ""), name, faults) for name in ("begin", "end"))
    department_id, staff_id = _who(session, actor, text, faults)
    if day is None or begin is None or end is None or department_id is None:
        return None
    starts_at, ends_at = (datetime.combine(day, hour, timezone).astimezone(UTC) for hour in (begin, end))
    if ends_at <= starts_at:
        faults["end"] = "La fin doit venir après le début."
    elif ends_at <= moment.now():
        faults["day"] = "Ce moment est passé : choisissez-en un qui vient."
    return Window(starts_at, ends_at, department_id, staff_id)


def _hour(typed: str, name: str, faults: dict[str, str]) -> time | None:
    try:
        return time.fromisoformat(typed).replace(tzinfo=None)
    except ValueError:
        faults[name] = "Écrivez une heure, par exemple 09:00."
        return None


def _who(
    session: Session, actor: Actor, text: Mapping[str, str], faults: dict[str, str]
) -> tuple[int | None, int | None]:
    departments = {str(one.id): one.id for one in catalogue.list_departments(session, actor.authority_id)}
    staff = {str(one.id): one.id for one in people.list_staff(session, actor.authority_id) if one.active}
    department, agent = text.get("department", ""), text.get("staff", "")
    if department not in departments:
        faults["department"] = "Choisissez un service de la liste."
    if agent and agent not in staff:
        faults["staff"] = "Choisissez un agent de la liste."
    return departments.get(department), staff.get(agent)


def _timezone(session: Session, actor: Actor) -> ZoneInfo:
    return ZoneInfo(session.get_one(Authority, actor.authority_id).timezone)


def _set(row: CallBack, window: Window) -> None:
    row.starts_at, row.ends_at = window.starts_at, window.ends_at
    row.department_id, row.staff_id = window.department_id, window.staff_id


def _note(row: CallBack, actor: Actor, kind: str, said: str) -> None:
    line = {"at": moment.now().isoformat(), "who": actor.name, "kind": kind, "said": said}
    row.history = {"lines": [*row.history.get("lines", ()), line]}
