"""What a form of an act of the law is made of: questions, when it is offered, and how days are read from it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from backoffice.domain.clock import Deadlines
from backoffice.domain.days import day_of_field
from backoffice.domain.legal_events import EventKind, LegalEvent, find_last
from backoffice.domain.lifecycle import Status
from backoffice.domain.policy import Actor, Permission
from backoffice.errors import Invalid
from backoffice.models.cases import Case

Values = Mapping[str, str]
Choices = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Ask:
    """One question of an act's form; `kind` is text, textarea, date, day (a date, today by default), check or choice.

    `choices` may depend on the case.
    """

    name: str
    label: str
    kind: str = "text"
    hint: str = ""
    required: bool = True
    choices: "Choices | Callable[[Situation], Choices]" = ()

    def choices_in(self, situation: "Situation") -> Choices:
        """What can be chosen on this case."""
        return self.choices if isinstance(self.choices, tuple) else self.choices(situation)


@dataclass(frozen=True, slots=True)
class Situation:
    """What decides which acts are offered."""

    case: Case
    events: tuple[LegalEvent, ...]
    dates: Deadlines
    today: date

    @property
    def is_open(self) -> bool:
        """Whether the case is open."""
        return self.case.status != Status.CLOSED

    def has(self, kind: EventKind) -> bool:
        """Whether such an event happened."""
        return find_last(self.events, kind) is not None


@dataclass(frozen=True, slots=True)
class Act:
    """An act: its address, its words, who may, when it makes sense, what it asks and does; `writes` a letter or not."""

    code: str
    title: str
    effect: str
    permission: Permission
    is_offered: Callable[[Situation], bool]
    asks: tuple[Ask, ...]
    run: Callable[[Session, Actor, Case, Values], object]
    done: str
    button: str
    writes: bool = False


def day_in(values: Values, name: str = "on") -> date:
    """A day typed in a form; raise Invalid beside its field."""
    faults: dict[str, str] = {}
    day = day_of_field(values, name, faults)
    if day is None:
        raise Invalid(faults=faults)
    return day


def day_or_none(values: Values, name: str) -> date | None:
    """The same, when it may be left empty."""
    return day_in(values, name) if values.get(name, "").strip() else None
