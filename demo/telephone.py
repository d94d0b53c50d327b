"""The telephone of the town: three months of calls, what was answered, who is to be called back."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from backoffice.domain.calls import CallNews, CallOutcome, Direction
from backoffice.domain.incoming import ChannelCode
from backoffice.domain.policy import Actor
from backoffice.models.authorities import Authority
from backoffice.models.calls import CallRecord
from backoffice.models.people import Staff
from backoffice.models.ready_answers import ReadyAnswer
from backoffice.queries import catalogue, people, ready_answers
from backoffice.services import accounts, call_backs, calls, contacts, moment
from backoffice.services import ready_answers as answer_services
from backoffice.services.call_backs import About
from backoffice.services.contacts import Answered
from demo.people import Person

SWITCHBOARD = "+33261914000"
DAYS, BUSIEST = 90, 5
"""How far back calls go, and how many a day at most."""
BUSY_WEEK = timedelta(days=6)
"""The last days: half of the calls wait for somebody to call back."""
SAID = (
    "Horaires donnés.", "Pièces à apporter dites au téléphone.", "Prix expliqué.", "Délai rappelé, dossier en cours.",
    "Orientée vers le site de l’État.", "Adresse de la déchèterie donnée.", "Démarche expliquée pas à pas.",
)  # fmt: skip
ABOUT = ("Son acte de naissance n’est pas arrivé", "Une place en crèche", "La salle des fêtes en juin", "Un lampadaire")
READ_LATE, READ_SOON = 2, 3
CAME_BACK = 0.2
"""The share of people who come to the counter because the answer was not enough."""


@dataclass(frozen=True, slots=True)
class Desk:
    """Who answers, and what they may say."""

    authority: Authority
    timezone: ZoneInfo
    agents: list[tuple[Actor, Staff]]
    answers: list[ReadyAnswer]
    inhabitants: list[Person]
    chance: Random


def write(session: Session, authority: Authority, inhabitants: Sequence[Person], now: datetime) -> None:
    """Play the telephone of the last three months, up to this morning."""
    _keep_answers(session, authority, now.date())
    names = ("Sandrine", "Julie", "Mathieu")
    staff = [one for one in people.list_staff(session, authority.id) if one.name.partition(" ")[0] in names]
    desk = Desk(
        authority,
        ZoneInfo(authority.timezone),
        [(accounts.actor_of(one), one) for one in staff],
        ready_answers.list_all(session, authority.id),
        [one for one in inhabitants if one.phone],
        Random("telephone"),
    )
    for days in range(DAYS, -1, -1):
        day = (now - timedelta(days=days)).astimezone(desk.timezone).date()
        if day.weekday() < 5:
            _play(session, desk, day, now)


def _keep_answers(session: Session, authority: Authority, today: date) -> None:
    """Supervisors keep the answers of their departments; some are to be read again, one was written anew."""
    owners = {
        membership.department_id: one
        for one in people.list_staff(session, authority.id)
        for membership in one.memberships
        if membership.role == "unit_supervisor"
    }
    for place, answer in enumerate(ready_answers.list_all(session, authority.id)):
        procedure = catalogue.find_procedure(session, authority.id, answer.procedure_code)
        owner = owners.get(procedure.department_id if procedure else None) or next(iter(owners.values()))
        days = -20 if place < READ_LATE else 12 if place < READ_LATE + READ_SOON else 60 + 9 * place
        said = ready_answers.list_said(session, [answer])[answer.id]
        more = "" if answer.code != "town_hall_hours" else "\nL’accueil téléphonique ferme un quart d’heure plus tôt."
        typed = {
            "title": said.title,
            "text": said.text + more,
            "words": said.words,
            "procedure": answer.procedure_code,
            "owner": str(owner.id),
            "review_on": (today + timedelta(days=days)).isoformat(),
            "public": "1" if answer.public else "",
        }
        answer_services.update(session, accounts.actor_of(owner), answer.id, typed)


def _play(session: Session, desk: Desk, day: date, now: datetime) -> None:
    moments = [time(9 + desk.chance.randrange(8), desk.chance.randrange(60)) for _ in range(BUSIEST)]
    for at in sorted(moments[: 1 + desk.chance.randrange(BUSIEST)]):
        started_at = datetime.combine(day, at, desk.timezone).astimezone(UTC)
        caller = desk.chance.choice(desk.inhabitants)
        if started_at < now - timedelta(minutes=30):
            _ring(session, desk, caller, started_at, now)


def _ring(session: Session, desk: Desk, caller: Person, started_at: datetime, now: datetime) -> None:
    drawn = desk.chance.random()
    answered = 0.8 if started_at < now - BUSY_WEEK else 0.5
    missed = answered + (1 - answered) / 2
    outcome = (
        CallOutcome.ANSWERED if drawn < answered else CallOutcome.MISSED if drawn < missed else CallOutcome.VOICEMAIL
    )
    actor, agent = desk.chance.choice(desk.agents)
    rang, spoke = desk.chance.randrange(4, 25), desk.chance.randrange(40, 420)
    is_answered = outcome is CallOutcome.ANSWERED
    news = CallNews(
        f"demo-{started_at:%Y%m%d%H%M}-{desk.chance.randrange(10_000)}",
        Direction.IN,
        caller.phone if desk.chance.random() < 0.95 else "",
        SWITCHBOARD,
        started_at,
        started_at + timedelta(seconds=rang) if is_answered else None,
        started_at + timedelta(seconds=rang + (spoke if is_answered else 0)),
        None,
        outcome,
        agent.email if is_answered else "",
    )
    call = calls.receive(session, desk.authority.id, news, news.ended_at or started_at)
    with moment.at(news.ended_at or started_at):
        if is_answered:
            _note(session, desk, actor, caller, call, now)
        elif call.from_number:
            _promise(session, desk, caller, call, now)


def _note(session: Session, desk: Desk, actor: Actor, caller: Person, call: CallRecord, now: datetime) -> None:
    answer = desk.chance.choice(desk.answers) if desk.chance.random() < 0.7 else None
    sender = replace(caller.sender, citizen_id=call.citizen_id)
    answered = Answered(
        f"demo-call-{call.id}",
        ChannelCode.PHONE,
        desk.chance.choice(SAID),
        sender if desk.chance.random() < 0.8 else None,
        answer.procedure_code if answer else "",
        answer.current_version_id if answer else None,
        call.id,
        at=moment.now(),
    )
    contacts.record(session, actor, answered)
    back_at = moment.now() + timedelta(days=desk.chance.randrange(2, 12))
    if answered.motive and answered.sender and back_at < now and desk.chance.random() < CAME_BACK:
        again = replace(answered, source_id=f"{answered.source_id}-again", call_id=None, at=back_at)
        contacts.record(session, actor, replace(again, ready_answer_version_id=None, channel=ChannelCode.COUNTER))


def _promise(session: Session, desk: Desk, caller: Person, call: CallRecord, now: datetime) -> None:
    """A missed call is returned the next working day; the newest ones wait, some for too long."""
    actor, agent = desk.chance.choice(desk.agents)
    day = call.started_at.astimezone(desk.timezone).date() + timedelta(days=1)
    while day.weekday() > 4:
        day += timedelta(days=1)
    department = catalogue.find_department(session, desk.authority.id, "etat_civil")
    if department is None:
        return
    begin, end = desk.chance.choice((("09:00", "12:00"), ("14:00", "16:00")))
    typed = {
        "number": call.from_number,
        "name": f"{caller.given_names} {caller.family_name}",
        "about": desk.chance.choice(ABOUT),
        "day": day.isoformat(),
        "begin": begin,
        "end": end,
        "department": str(department.id),
        "staff": str(agent.id) if desk.chance.random() < 0.4 else "",
    }
    promised = call_backs.plan(session, actor, typed, About(call.id))
    if promised.ends_at < now - BUSY_WEEK / 2:
        with moment.at(promised.starts_at + timedelta(minutes=20)):
            call_backs.finish(session, actor, promised.id, "Rappelé, réponse donnée.")
