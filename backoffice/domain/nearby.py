"""Reports already made near a place, as anybody may read them: what, about where, since when; no citizen's words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from backoffice.domain.addresses import Point, metres_between, point_of
from backoffice.domain.fields import Field, FieldKind
from backoffice.domain.lifecycle import Status
from backoffice.domain.procedures import ProcedureDefinition
from backoffice.domain.wording import Wording

METRES = 100
LASTS = timedelta(days=90)
MOST = 5
GRID_DEGREES = 0.00025
"""Points are told to some 25 metres: whoever asks again and again from around learns no more than that."""
GRID_METRES = 20
"""The farthest that such a square's middle is from a point of it."""

STATES = {
    Status.RECEIVED: Wording("Signalé au service"),
    Status.UNDER_REVIEW: Wording("En cours de traitement"),
    Status.WAITING_CITIZEN: Wording("En cours de traitement"),
    Status.CLOSED: Wording("Terminé"),
}


@dataclass(frozen=True, slots=True)
class NearbyReport:
    """One report, for people: `distance` is in words, `street` empty when it is not known."""

    case_id: int
    category: str
    street: str
    distance: str
    state: str
    reported_on: date


def is_shown_nearby(definition: ProcedureDefinition) -> bool:
    """Whether the open requests of a procedure are shown to who makes another one near them."""
    return definition.open311 and not definition.restricted and place_field(definition) is not None


def place_field(definition: ProcedureDefinition) -> Field | None:
    """The question that says where."""
    return next((field for field in definition.fields if field.kind is FieldKind.PLACE), None)


def category_field(definition: ProcedureDefinition) -> Field | None:
    """The question that says what: the first choice of the form."""
    return next((field for field in definition.fields if field.kind is FieldKind.CHOICE), None)


def place_of(definition: ProcedureDefinition, values: Mapping[str, Any]) -> Mapping[str, Any]:
    """The answer that says where; empty when there is none."""
    field = place_field(definition)
    return values.get(field.code) or {} if field else {}


def point_in(definition: ProcedureDefinition, values: Mapping[str, Any]) -> Point | None:
    """The point of that answer, if it has one."""
    return point_of(place_of(definition, values))


def category_of(definition: ProcedureDefinition, values: Mapping[str, Any]) -> str:
    """What is reported, in the words of the form, or the name of the procedure."""
    field = category_field(definition)
    labels = {choice.value: choice.label for choice in field.choices} if field else {}
    return labels.get(str(values.get(field.code))) or definition.title if field else definition.title


def coarse(point: Point) -> Point:
    """About where a point is: the middle of its square."""
    return Point(
        round(point.latitude / GRID_DEGREES) * GRID_DEGREES, round(point.longitude / GRID_DEGREES) * GRID_DEGREES
    )


def distance_between(point: Point, reported: Point) -> int | None:
    """How far a report is, to ten metres, when it is near enough to be the same problem."""
    metres = metres_between(point, coarse(reported))
    return round(metres / 10) * 10 if metres <= METRES else None


def distance_in_words(metres: int) -> str:
    """« à environ 40 m »."""
    return Wording("à environ %(metres)s m", metres=metres) if metres > 20 else Wording("tout près")
