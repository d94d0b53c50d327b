"""What people ask and how it ends: the stories of `stories/`, one file a procedure, with blanks to fill."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from backoffice.domain import french, records
from backoffice.domain.calendars import Calendar
from backoffice.domain.incoming import ChannelCode
from backoffice.domain.lifecycle import Outcome
from backoffice.domain.procedure_files import load_yaml
from backoffice.errors import Invalid
from demo.people import CHILDREN, ELDERS, FAMILIES, LANDMARKS, MEN, STREETS, WOMEN, Person, a_number

FOLDER = Path(__file__).parent / "stories"
TRIAGE = "triage"
"""The story book of mails that come without a procedure."""
GIRLS = frozenset({"Lina", "Inès", "Jade", "Louise", "Zoé", "Alma"})
_DAY = re.compile(r"(j|le)([+-][0-9]{1,5})")
_SEVERAL = ("text", "heard", "answer", "back")


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happens; one of its parts is filled.

    `ask` is a reply that waits for the citizen; `file` (« kind|name ») comes with what the citizen says;
    `transfer` is a department and the reason why.
    """

    note: str = ""
    reply: str = ""
    ask: str = ""
    citizen: str = ""
    file: str = ""
    transfer: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Story:
    """A request and its life. Lists of texts are ways to say it, used in turn.

    `text` is what the citizen writes, `heard` what the agent writes down at the counter or on the telephone; `doors`
    limits the channels, `months` are the busy ones; `days` is the usual delay; `back` reopens the case; `reasons`
    are those of a refusal (services.decisions.Reasons); `sort` is the procedure that an agent gives to a mail.
    """

    procedure: str
    subject: str
    close: Outcome
    answer: tuple[str, ...]
    days: int
    weight: int = 1
    text: tuple[str, ...] = ()
    heard: tuple[str, ...] = ()
    doors: tuple[ChannelCode, ...] = ()
    who: str = "person"
    anonymous: bool = False
    months: tuple[int, ...] = ()
    answers: Mapping[str, Any] = field(default_factory=dict)
    files: tuple[str, ...] = ()
    course: tuple[Step, ...] = ()
    back: tuple[str, ...] = ()
    reasons: Mapping[str, Any] = field(default_factory=dict)
    sort: str = ""

    @property
    def channels(self) -> frozenset[ChannelCode]:
        """The doors by which this can come in."""
        if self.procedure == TRIAGE:
            return frozenset({ChannelCode.EMAIL})
        written = {ChannelCode.WEB_FORM, ChannelCode.EMAIL, ChannelCode.LETTER} if self.text else set()
        spoken = {ChannelCode.PHONE, ChannelCode.COUNTER} if self.heard else set()
        return frozenset(written | spoken) & frozenset(self.doors or ChannelCode)


@cache
def stories() -> tuple[Story, ...]:
    """Every story; raises Invalid, naming the file and its faults."""
    return tuple(story for path in sorted(FOLDER.glob("*.yaml")) for story in _read(path))


def _read(path: Path) -> list[Story]:
    found, faults = [], dict[str, str]()
    for number, data in enumerate(load_yaml(path.read_text(encoding="utf-8"))):
        several = {key: [data[key]] for key in _SEVERAL if isinstance(data.get(key), str)}
        found.append(records.read(Story, {"procedure": path.stem, **data, **several}, str(number), faults))
    if faults:
        raise Invalid(f"{path.name} : {faults}", faults)
    return found


class Words(dict[str, str]):
    """The words for the blanks; « {le+3} » is a day counted from `today`, « {j+3} » the same for a form."""

    def __init__(self, words: Mapping[str, str], today: date, calendar: Calendar) -> None:
        super().__init__(words)
        self.today, self.calendar = today, calendar

    def __missing__(self, key: str) -> str:
        found = _DAY.fullmatch(key)
        if not found:
            raise KeyError(key)
        day = self.today + timedelta(days=int(found[2]))
        if abs(int(found[2])) < 1000:  # not a day of birth
            forth = found[2].startswith("+")
            day = self.calendar.next_working_day(day) if forth else self.calendar.previous_working_day(day)
        if found[1] == "j":
            return day.isoformat()
        return "le " + french.long_date(day).rpartition(" ")[0]


def fill(template: Any, words: Words) -> Any:
    """The template with its blanks filled, in all its texts."""
    if isinstance(template, str):
        return template.format_map(words)
    if isinstance(template, Mapping):
        return {key: fill(value, words) for key, value in template.items()}
    if isinstance(template, list | tuple):
        return [fill(value, words) for value in template]
    return template


def words_of(person: Person | None, seed: str, today: date) -> dict[str, str]:
    """The words of one case: the same for the same seed, whatever the day they are used."""
    chance = Random(seed)
    plate = f"Z{chance.choice('ABCDEFG')}-{chance.randrange(100, 999)}-{chance.choice('KLMNP')}{chance.choice('QRSTV')}"
    child, street = chance.choice(CHILDREN), chance.choice(STREETS)
    other_street = chance.choice([one for one in STREETS if one != street])
    child_of = f"{'ma fille' if child in GIRLS else 'mon fils'} {child}"
    names = person or Person("", "", is_woman=False, born_on=today, address_line="")
    month = french.MONTHS[(today.month + 1) % 12]
    return {
        "rue": street,
        "rue2": other_street,
        "numero": str(a_number(chance.randrange(1, 90), street)),
        "repere": chance.choice(LANDMARKS),
        "adresse": names.address_line,
        "prenom": names.given_names,
        "nom": names.family_name,
        "nom2": chance.choice(FAMILIES),
        "e": "e" if names.is_woman else "",
        "naissance": names.born_on.isoformat(),
        "naissance_fr": french.long_date(names.born_on).partition(" ")[2],
        "bonjour": "Bonjour" if names.organisation or not person else names.greeting,
        "en_reponse": "en répondant à ce message" if names.email else "par courrier ou au guichet",
        "pere": chance.choice(ELDERS[1::2]),
        "mere": chance.choice(ELDERS[::2]),
        "conjoint": chance.choice(MEN if names.is_woman else WOMEN),
        "enfant": child,
        "de_enfant": f"d’{child}" if child[0] in "AEIOU" else f"de {child}",
        "mon_enfant": child_of,
        "Mon_enfant": child_of.capitalize().replace(child.lower(), child),
        "son_enfant": child_of.replace("ma ", "sa ").replace("mon ", "son "),
        "organisation": names.organisation,
        "rna": names.rna,
        "siret": names.siret,
        "iban": names.iban,
        "plaque": plate,
        "n": str(chance.randrange(1000, 9999)),
        "mois": month,
    }
