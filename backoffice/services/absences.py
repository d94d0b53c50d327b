"""Agents who are away: their open cases go to a colleague, or back to the department, on the first day."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy.orm import Session

from backoffice.domain import policy
from backoffice.domain.french import long_date, plural
from backoffice.domain.policy import Actor, Permission
from backoffice.domain.staff_notices import NoticeEvent
from backoffice.errors import Forbidden, Invalid
from backoffice.infra.runtime import Runtime
from backoffice.models.absences import Absence
from backoffice.models.authorities import Authority, Department
from backoffice.models.cases import Case
from backoffice.models.people import Staff
from backoffice.queries import absences as queries
from backoffice.queries import legal, people
from backoffice.services import accounts, casework, clock, journal, legal_facts, moment, outbox, staff_notices
from backoffice.services.journal import Event
from backoffice.services.outbox import Claim, JobKind

PAGE = "/agents/absences"
LONGEST = timedelta(days=731)
LONGEST_WORDS = 2_000
SLICE = 100
TAKEN_BACK_WITHIN = timedelta(days=31)
"""Later, who has a case knows it better than who had it."""
TOLD_BACK_WITHIN = timedelta(days=7)
"""Later, whoever is back has met everybody."""
AT_ONCE = 500
GIVING = frozenset({Event.TAKEN, Event.ASSIGNED, Event.TRANSFERRED, Event.ABSENCE})


@dataclass(frozen=True, slots=True)
class Planned:
    """What somebody writes of an absence; without a stand-in the cases go back to their department."""

    from_on: date
    until_on: date
    words: str = ""
    stand_in_id: int | None = None


def may_record(actor: Actor, staff: Staff) -> bool:
    """Whether the actor may say that somebody is away: themselves, or those of the departments that they lead."""
    if actor.id == staff.id:
        return True
    places = {None, *(one.department_id for one in staff.memberships)}
    same = staff.authority_id == actor.authority_id
    return same and any(actor.holds_in(Permission.ABSENCE_MANAGE, place) for place in places)


def record(session: Session, actor: Actor, staff: Staff, planned: Planned) -> Absence:
    """Note that somebody will be away; when it begins today or before, their cases move at once (a job does it).

    Raises Invalid field by field, Forbidden for somebody of another department.
    """
    if not may_record(actor, staff) or actor.id is None:
        raise Forbidden
    today = legal_facts.today_of(session.get_one(Authority, staff.authority_id))
    faults = _faults(session, staff, planned, today)
    if faults:
        raise Invalid(faults=faults)
    absence = Absence(
        authority_id=staff.authority_id,
        staff_id=staff.id,
        from_on=planned.from_on,
        until_on=planned.until_on,
        words=planned.words.replace("\x00", "").strip(),
        stand_in_id=planned.stand_in_id,
        recorded_by_id=actor.id,
        recorded_at=moment.now(),
    )
    session.add(absence)
    session.flush()
    to = absence.stand_in.name if absence.stand_in else "leur service"
    mine = f"{actor.name} a noté votre absence {say_days(absence)} : vos dossiers en cours vont à {to}."
    _tell(
        session,
        absence,
        actor,
        mine,
        f"{staff.name} ne sera pas là {say_days(absence)} : ses dossiers en cours vont à {to}.",
    )
    if absence.from_on <= today:
        outbox.promise(session, JobKind.BEGIN_ABSENCES, authority_id=absence.authority_id)
    return absence


def _faults(session: Session, staff: Staff, planned: Planned, today: date) -> dict[str, str]:
    faults = {}
    if planned.until_on < planned.from_on:
        faults["until_on"] = "Le dernier jour vient avant le premier : corrigez l’un des deux."
    elif planned.until_on < today:
        faults["until_on"] = "Cette absence est déjà finie : il n’y a rien à faire suivre."
    elif planned.until_on - planned.from_on > LONGEST:
        faults["until_on"] = "Une absence dure deux ans au plus : au-delà, suspendez le compte."
    elif other := queries.find_overlapping(session, staff.id, planned.from_on, planned.until_on):
        faults["from_on"] = f"Une absence est déjà notée {say_days(other)} : annulez-la d’abord, ou changez les jours."
    if len(planned.words) > LONGEST_WORDS:
        faults["words"] = "Ce texte dépasse 2 000 caractères : raccourcissez-le."
    if planned.stand_in_id is not None:
        faults |= _stand_in_faults(session, staff, planned)
    return faults


def _stand_in_faults(session: Session, staff: Staff, planned: Planned) -> dict[str, str]:
    known = {one.id: one for one in list_stand_ins(session, staff)}
    stand_in = known.get(planned.stand_in_id or 0)
    if stand_in is None:
        return {"stand_in": "Choisissez un collègue d’un des mêmes services : lui seul pourra prendre les dossiers."}
    away = queries.find_overlapping(session, stand_in.id, planned.from_on, planned.from_on)
    if away is not None:
        return {"stand_in": f"{stand_in.name} n’est pas là {say_days(away)} : choisissez quelqu’un d’autre."}
    return {}


def list_stand_ins(session: Session, staff: Staff) -> list[Staff]:
    """The colleagues who work in one of the same departments."""
    departments = {one.department_id for one in staff.memberships if one.department_id is not None}
    listed = queries.list_colleagues(session, staff.authority_id, departments)
    return [one for one in listed if one.id != staff.id]


def cancel(session: Session, actor: Actor, absence: Absence) -> None:
    """It will not be, or it ends today: nothing moves back by itself. Again, it changes nothing."""
    staff = people.find_staff_with_memberships(session, absence.staff_id)
    if staff is None or not may_record(actor, staff):
        raise Forbidden
    if absence.cancelled_at is not None:
        return
    absence.cancelled_at = moment.now()
    ended = "noté votre retour avant la fin de" if absence.begun_at else "annulé"
    said = "est de retour plus tôt que prévu" if absence.begun_at else "sera finalement là"
    mine = f"{actor.name} a {ended} votre absence {say_days(absence)}."
    _tell(session, absence, actor, mine, f"{staff.name} {said}, absence notée {say_days(absence)}.")


def find_to_take_back(session: Session, actor: Actor, *, locked: bool = False) -> tuple[Absence, list[Case]] | None:
    """The absence that the actor is back from, with the cases that wait for them; None while they are away again."""
    if actor.id is None:
        return None
    today = legal_facts.today_of(session.get_one(Authority, actor.authority_id))
    absence = queries.find_last_over(session, actor.id, today, today - TAKEN_BACK_WITHIN)
    if absence is None or queries.list_away(session, actor.authority_id, today, [actor.id]):
        return None
    read = queries.claim_passed_on if locked else queries.list_passed_on
    waiting = read(session, absence, GIVING, AT_ONCE)
    mine = [case for case in waiting if policy.allows(actor, _needed(case), case)]
    return (absence, mine) if mine else None


def take_back(session: Session, actor: Actor) -> int:
    """The actor is back and has these cases again, but those that somebody else was given; their stand-in is told."""
    found = find_to_take_back(session, actor, locked=True)
    if found is None or actor.id is None:
        return 0
    absence, waiting = found
    me = people.get_staff(session, actor.authority_id, actor.id)
    lent = sum(case.assignee_id is not None for case in waiting)
    for case in waiting:
        if case.assignee_id is None:
            casework.take(session, actor, case)
        else:
            casework.assign(session, actor, case, to=me, quietly=True)
    if lent:
        text = f"{actor.name} est de retour et reprend {plural(lent, 'dossier')} que vous aviez."
        _aside(session, absence, [absence.stand_in_id], text, PAGE)
    return len(waiting)


def _needed(case: Case) -> Permission:
    return Permission.CASE_TAKE if case.assignee_id is None else Permission.CASE_ASSIGN


def begin(runtime: Runtime, claim: Claim) -> None:
    """Move the cases of those who are away from today on, a slice a transaction; what is done is not done again.

    Whoever is back today is told what waits for them, and those who count on them that they are there.
    """
    with runtime.database.reading() as session:
        authorities = legal.list_authorities(session)
        due = [
            absence_id
            for authority in authorities
            for absence_id in queries.list_to_begin(session, authority.id, legal_facts.today_of(authority))
        ]
        back = [absence_id for authority in authorities for absence_id in _list_back(session, authority)]
    for absence_id in due:
        moved: Counter[int] = Counter()
        while not _begin_slice(runtime, absence_id, moved):
            continue
    for absence_id in back:
        with runtime.database.transaction() as session:
            _tell_back(session, absence_id)
    with runtime.database.transaction() as session:
        outbox.keep(session, claim)


def _list_back(session: Session, authority: Authority) -> list[int]:
    """The last absence of each agent who is back, on a working day: nobody is « back » on a Sunday."""
    today = legal_facts.today_of(authority)
    if not clock.calendar_of(authority).is_working_day(today):
        return []
    last = {one.staff_id: one.id for one in queries.list_over(session, authority.id, today, today - TOLD_BACK_WITHIN)}
    away = {one.staff_id for one in queries.list_away(session, authority.id, today, list(last))}
    return [absence_id for staff_id, absence_id in last.items() if staff_id not in away]


def _tell_back(session: Session, absence_id: int) -> None:
    """Once to each: the cases that wait for whoever is back; to their stand-in and who leads, that they are."""
    found = session.get_one(Absence, absence_id)
    absence = queries.claim_absence(session, found.authority_id, absence_id)
    staff = people.find_staff_with_memberships(session, absence.staff_id)
    if staff is None or not staff.active:
        return
    once = f"back_{absence.id}"
    waiting = find_to_take_back(session, accounts.actor_of(staff))
    if waiting is not None:
        count = plural(len(waiting[1]), "dossier vous attend", "dossiers vous attendent")
        _aside(session, absence, [staff.id], f"Vous êtes de retour : {count}, à reprendre d’ici.", PAGE, once=once)
    places = {one.department_id for one in staff.memberships if one.department_id is not None}
    leads = [one.id for place in sorted(places) for one in legal.list_supervisors(session, place)]
    others = [one for one in (absence.stand_in_id, *leads) if one != staff.id]
    _aside(session, absence, others, f"{staff.name} est de retour (absence {say_days(absence)}).", PAGE, once=once)


def _begin_slice(runtime: Runtime, absence_id: int, moved: Counter[int]) -> bool:
    """Move some cases; True once none is left. `moved` counts those given back, by department, and 0 those confided."""
    with runtime.database.transaction() as session:
        found = session.get_one(Absence, absence_id)
        absence = queries.claim_absence(session, found.authority_id, absence_id)
        if absence.cancelled_at is not None or absence.begun_at is not None:
            return True
        cases = queries.claim_open_cases(session, absence.authority_id, absence.staff_id, SLICE)
        stand_in = _stand_in(session, absence)
        for case in cases:
            to = stand_in if stand_in and policy.allows(stand_in, Permission.CASE_TAKE, case) else None
            _pass_on(session, absence, case, to)
            moved[0 if to else case.department_id] += 1
        if len(cases) == SLICE:
            return False
        absence.begun_at = moment.now()
        _tell_begun(session, absence, moved)
        return True


def _stand_in(session: Session, absence: Absence) -> Actor | None:
    """Who has the cases meanwhile, when they are at work that day."""
    if absence.stand_in_id is None:
        return None
    staff = people.find_staff_with_memberships(session, absence.stand_in_id)
    if staff is None or not staff.active:
        return None
    today = legal_facts.today_of(session.get_one(Authority, absence.authority_id))
    away = queries.list_away(session, absence.authority_id, today, [staff.id])
    return None if away else accounts.actor_of(staff)


def _pass_on(session: Session, absence: Absence, case: Case, to: Actor | None) -> None:
    case.assignee_id = to.id if to else None
    case.revision += 1
    said = {
        "name": absence.staff.name,
        "from_on": absence.from_on.isoformat(),
        "until_on": absence.until_on.isoformat(),
    }
    said |= {"to": to.name if to else "", "reason": absence.words}
    journal.record(session, policy.system(case.authority_id), case, Event.ABSENCE, **said)


def _tell_begun(session: Session, absence: Absence, moved: Counter[int]) -> None:
    """The stand-in learns how many cases they have now, whoever leads a department how many came back to it."""
    who = f"{absence.staff.name} n’est pas là {say_days(absence)}"
    if confided := moved.pop(0, 0):
        text = f"{who} : {plural(confided, 'dossier vous attend', 'dossiers vous attendent')} dans votre file."
        _aside(session, absence, [absence.stand_in_id], text, "/agents/dossiers?vue=a-traiter")
    for department_id, count in moved.items():
        leads = [one.id for one in legal.list_supervisors(session, department_id) if one.id != absence.staff_id]
        place = session.get_one(Department, department_id).name
        text = f"{who} : {plural(count, 'dossier revient', 'dossiers reviennent')} au service {place}."
        _aside(session, absence, leads, text, f"/agents/dossiers?vue=sans-agent&service={department_id}")


def _tell(session: Session, absence: Absence, by: Actor, mine: str, others: str) -> None:
    """Whoever is away reads « votre absence », and their stand-in who it is; whoever noted it knows."""
    for one, text in ((absence.staff_id, mine), (absence.stand_in_id, others)):
        if one != by.id:
            _aside(session, absence, [one], text, PAGE)


def _aside(
    session: Session, absence: Absence, to: list[int | None] | list[int], text: str, address: str, *, once: str = ""
) -> None:
    staff_notices.tell_aside(session, absence.authority_id, NoticeEvent.ABSENCE, to, text, address=address, once=once)


def say_days(absence: Absence) -> str:
    """« du lundi 4 mai 2026 au vendredi 8 mai 2026 », or « le lundi 4 mai 2026 »."""
    if absence.from_on == absence.until_on:
        return f"le {long_date(absence.from_on)}"
    return f"du {long_date(absence.from_on)} au {long_date(absence.until_on)}"


def say_away(absence: Absence) -> str:
    """« pas là jusqu’au lundi 4 mai 2026, voir Marc Duval »."""
    said = f"pas là jusqu’au {long_date(absence.until_on)}"
    return f"{said}, voir {absence.stand_in.name}" if absence.stand_in else said
