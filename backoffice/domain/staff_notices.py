"""What agents are told of, how each of them wants to be, and when a mail that sums it up may leave."""

from datetime import datetime
from enum import StrEnum

from backoffice.domain.calendars import Calendar


class NoticeEvent(StrEnum):
    """What an agent can be told of."""

    ASSIGNED = "assigned"
    HANDED_OVER = "handed_over"
    TRANSFERRED = "transferred"
    ANSWERED = "answered"
    DEADLINE = "deadline"
    RETURNED = "returned"
    MENTIONED = "mentioned"
    WATCHED = "watched"
    ABSENCE = "absence"
    QUESTION = "question"
    REPLIED = "replied"
    FINISHED = "finished"


EVENT_LABELS: dict[NoticeEvent, str] = {
    NoticeEvent.ASSIGNED: "Un dossier m’est attribué",
    NoticeEvent.HANDED_OVER: "Un dossier m’est passé avec une consigne",
    NoticeEvent.TRANSFERRED: "Un dossier est transféré à mon service",
    NoticeEvent.ANSWERED: "L’usager a écrit ou agi dans un de mes dossiers",
    NoticeEvent.DEADLINE: "Une échéance approche dans un de mes dossiers",
    NoticeEvent.RETURNED: "Un envoi n’est pas arrivé dans un de mes dossiers",
    NoticeEvent.MENTIONED: "Un collègue me mentionne",
    NoticeEvent.WATCHED: "Un dossier que je suis a changé",
    NoticeEvent.ABSENCE: "Une absence me concerne",
    NoticeEvent.QUESTION: "Un autre service pose une question au mien",
    NoticeEvent.REPLIED: "Un service répond à une question sur un de mes dossiers",
    NoticeEvent.FINISHED: "Un travail que j’ai demandé est terminé",
}


class Mode(StrEnum):
    """How a person wants to be told of an event."""

    APP = "app"
    MAIL = "mail"
    NONE = "none"


MODE_LABELS: dict[Mode, str] = {
    Mode.APP: "Dans Mes notifications",
    Mode.MAIL: "Dans Mes notifications et par courriel",
    Mode.NONE: "Ne pas me prévenir",
}

# The law counts these days: nobody is kept from knowing (R-SIL-7).
ALWAYS_TOLD = frozenset({NoticeEvent.DEADLINE})


def modes_for(event: NoticeEvent) -> list[Mode]:
    """The ways to be told of an event that a person may choose among."""
    return [mode for mode in Mode if mode is not Mode.NONE or event not in ALWAYS_TOLD]


def mode_of(modes: dict[str, str], event: NoticeEvent) -> Mode:
    """How a person who chose `modes` (by event) is told of an event: in the application unless they said otherwise."""
    chosen = modes.get(event, "")
    return Mode(chosen) if chosen in modes_for(event) else Mode.APP


class Rhythm(StrEnum):
    """How often, at most, a mail sums up what a person has not read."""

    DAILY = "daily"
    TWICE = "twice"
    HOURLY = "hourly"


RHYTHM_LABELS: dict[Rhythm, str] = {
    Rhythm.DAILY: "Une fois par jour ouvré, le matin",
    Rhythm.TWICE: "Deux fois par jour ouvré, le matin et à 13 heures",
    Rhythm.HOURLY: "Une fois par heure au plus, de 8 heures à 18 heures",
}
OPENS, CLOSES = 8, 18
"""The hours between which mails to agents leave, where their authority is."""
_HOURS: dict[Rhythm, tuple[int, ...]] = {
    Rhythm.DAILY: (OPENS,),
    Rhythm.TWICE: (OPENS, 13),
    Rhythm.HOURLY: tuple(range(OPENS, CLOSES)),
}


def slot_of(rhythm: str, here: datetime, calendar: Calendar) -> datetime | None:
    """The instant since which one mail of this rhythm may leave; None out of working hours.

    `here` is the present in the time zone of the authority.
    """
    if not calendar.is_working_day(here.date()) or not OPENS <= here.hour < CLOSES:
        return None
    hours = _HOURS[Rhythm(rhythm)] if rhythm in set(Rhythm) else _HOURS[Rhythm.DAILY]
    begun = max(hour for hour in hours if hour <= here.hour)
    return here.replace(hour=begun, minute=0, second=0, microsecond=0)
