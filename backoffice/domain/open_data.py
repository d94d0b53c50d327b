"""Open data: what an authority chooses to tell of the requests of a procedure, when, and in which columns.

Articles L. 312-1-1 and L. 312-1-2 of the code des relations entre le public et l’administration: what interests the
public is published online, once nothing in it tells of anybody.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from backoffice.domain.addresses import Point
from backoffice.domain.anonymising import Delay, Detail, Place, Span, Told
from backoffice.domain.incoming import CHANNEL_LABELS, ChannelCode
from backoffice.domain.lifecycle import OUTCOME_LABELS, Outcome
from backoffice.domain.procedures import ProcedureDefinition
from backoffice.domain.wording import Wording

USUAL_THRESHOLD, LOWEST_THRESHOLD, HIGHEST_THRESHOLD = 5, 3, 100
USUAL_LAG, HIGHEST_LAG = 3, 24
"""Whole months between the end of a month and the day it is published: most of its requests have ended."""
UNFAVOURABLE = frozenset({Outcome.REFUSED.value, Outcome.IMPLICITLY_REFUSED.value, Outcome.INADMISSIBLE.value})
RESTRICTED = "Cette démarche est réservée aux agents de son service : ses demandes ne sont jamais publiées."
UNPUBLISHED = "Cette démarche n’est pas publiée : il n’y a rien à ouvrir."

SPAN_LABELS: dict[Span, str] = {
    Span.DAY: "le jour",
    Span.MONTH: "le mois",
    Span.QUARTER: "le trimestre",
}
PLACE_LABELS: dict[Place, str] = {
    Place.CELL: "carré de 100 m",
    Place.DISTRICT: "quartier",
    Place.TERRITORY: "territoire",
}
OPEN_STATE, CLOSED_STATE = "En cours", "Terminée"
YES, NO = "oui", "non"


@dataclass(frozen=True, slots=True)
class Choices:
    """What is published of each request at the finest; the procedure and its theme always are."""

    span: Span = Span.MONTH
    place: Place = Place.DISTRICT
    channel: bool = True
    department: bool = True
    outcome: bool = True
    delay: bool = True
    in_time: bool = True

    @property
    def finest(self) -> Detail:
        """The first step of `domain.anonymising`."""
        delay = Delay.DAYS if self.delay else Delay.UNTOLD
        return Detail(self.span, self.place, self.channel, self.department, delay)

    def to_data(self) -> dict[str, Any]:
        """As a row keeps them."""
        return asdict(self) | {"span": int(self.span), "place": int(self.place)}


def read_choices(data: Mapping[str, Any]) -> Choices:
    """The choices that a row keeps."""
    return Choices(**{**data, "span": Span(data["span"]), "place": Place(data["place"])})


def why_never(definition: ProcedureDefinition) -> str:
    """Why the requests of a procedure can never be published, in French; nothing when they can."""
    return RESTRICTED if definition.restricted else ""


def month_of(day: date) -> date:
    """The first day of its month."""
    return day.replace(day=1)


def months_after(month: date, count: int) -> date:
    """The first day of the month that comes so many months later, or earlier."""
    rank = month.year * 12 + month.month - 1 + count
    return date(rank // 12, rank % 12 + 1, 1)


def last_month_due(today: date, lag: int) -> date:
    """The last month that may be published: it is over, and `lag` whole months with it."""
    return months_after(month_of(today), -lag - 1)


def months_due(first: date, today: date, lag: int) -> list[date]:
    """The months that may be published, the oldest first."""
    months, month, last = [], month_of(first), last_month_due(today, lag)
    while month <= last:
        months.append(month)
        month = months_after(month, 1)
    return months


def quarter_of(month: date) -> date:
    """The first day of its quarter."""
    return date(month.year, (month.month - 1) // 3 * 3 + 1, 1)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the data: its name in files, what it is for people, its type in Table Schema, the values it takes."""

    code: str
    title: str
    definition: str
    kind: str = "string"
    values: tuple[str, ...] = ()
    required: bool = False


COLUMNS: tuple[Column, ...] = (
    Column(
        "demarche_code", Wording("Code de la démarche"), Wording("Le même dans toutes les versions."), required=True
    ),
    Column("demarche", Wording("Démarche"), Wording("Son nom le jour de la publication."), required=True),
    Column("theme", Wording("Thème"), Wording("Le thème de la démarche sur ce site."), required=True),
    Column(
        "recue_du",
        Wording("Reçue à partir du"),
        Wording("Premier jour de la période de réception : un jour, un mois ou un trimestre."),
        "date",
        required=True,
    ),
    Column("recue_au", Wording("Reçue jusqu’au"), Wording("Dernier jour de la même période."), "date", required=True),
    Column(
        "canal",
        Wording("Canal"),
        Wording("Par où la demande est arrivée ; vide quand il n’est pas publié."),
        values=tuple(str(CHANNEL_LABELS[code]) for code in ChannelCode),
    ),
    Column(
        "service",
        Wording("Service"),
        Wording("Le service qui a la demande ; vide quand il n’est pas publié."),
    ),
    Column(
        "lieu_precision",
        Wording("Précision du lieu"),
        Wording("Carré de 100 m, quartier, ou rien de plus que le territoire de la collectivité."),
        values=tuple(str(PLACE_LABELS[one]) for one in Place),
        required=True,
    ),
    Column("quartier", Wording("Quartier"), Wording("Vide quand il n’est pas connu ou pas publié.")),
    Column(
        "longitude",
        Wording("Longitude"),
        Wording("Du milieu du carré de 100 m, ou d’un point du quartier : jamais d’une adresse. Degrés WGS 84."),
        "number",
    ),
    Column("latitude", Wording("Latitude"), Wording("Du même point."), "number"),
    Column(
        "etat",
        Wording("État"),
        Wording("Terminée ou en cours, le jour de « situation_au » ; vide quand il n’est pas publié."),
        values=(OPEN_STATE, CLOSED_STATE),
    ),
    Column(
        "issue",
        Wording("Issue"),
        Wording("Comment une demande terminée l’a été ; vide quand elle ne l’est pas ou n’est pas publiée."),
        values=tuple(str(OUTCOME_LABELS[one]) for one in Outcome),
    ),
    Column(
        "delai_min",
        Wording("Délai, au moins"),
        Wording(
            "Jours du calendrier de la réception à la fin, le plus petit que la demande a pu prendre : le délai exact "
            "quand il est égal à « delai_max »."
        ),
        "integer",
    ),
    Column(
        "delai_max",
        Wording("Délai, au plus"),
        Wording("Le plus grand que la demande a pu prendre ; vide au-delà de 180 jours."),
        "integer",
    ),
    Column(
        "dans_le_delai_legal",
        Wording("Dans le délai légal"),
        Wording(
            "Oui quand la demande a reçu sa réponse au plus tard le dernier jour du délai que donne un texte, avant "
            "toute décision implicite ; vide quand aucun texte n’en donne ou que la demande n’a pas appelé de réponse."
        ),
        "boolean",
    ),
    Column(
        "situation_au",
        Wording("Situation au"),
        Wording("Le jour où l’état, l’issue et le délai ont été relevés : ils ne changent plus ensuite."),
        "date",
        required=True,
    ),
)
"""Every dataset has these columns, in this order: what an authority does not publish is empty."""
FIRST_PLACE_COLUMN = next(rank for rank, one in enumerate(COLUMNS) if one.code == "longitude")


@dataclass(frozen=True, slots=True)
class Frame:
    """What all the lines of a block have in common; `spots` gives a point inside each district, by its name."""

    code: str
    title: str
    theme: str
    choices: Choices
    on: date
    spots: Mapping[str, Point]

    def row(self, told: Told) -> tuple[str, ...]:
        """A line in the order of `COLUMNS`, as texts."""
        traits, line, choices = told.traits, told.line, self.choices
        return (
            self.code,
            self.title,
            self.theme,
            traits.since.isoformat(),
            traits.until.isoformat(),
            _label(CHANNEL_LABELS, traits.channel),
            traits.department,
            str(PLACE_LABELS[traits.place]),
            traits.district,
            *self._spot(told),
            (CLOSED_STATE if line.closed else OPEN_STATE) if choices.outcome else "",
            _label(OUTCOME_LABELS, line.outcome) if choices.outcome and line.closed else "",
            "" if traits.shortest is None else str(traits.shortest),
            "" if traits.longest is None else str(traits.longest),
            "" if line.in_time is None or not choices.in_time else YES if line.in_time else NO,
            self.on.isoformat(),
        )

    def _spot(self, told: Told) -> tuple[str, str]:
        if told.traits.cell is not None:
            return f"{told.traits.cell[1]:.5f}", f"{told.traits.cell[0]:.5f}"
        spot = self.spots.get(told.traits.district) if told.traits.place is Place.DISTRICT else None
        return (f"{spot.longitude:.5f}", f"{spot.latitude:.5f}") if spot else ("", "")


def _label(labels: Mapping[Any, str], code: str) -> str:
    return str(labels.get(code, code)) if code else ""


def table_schema(title: str, address: str) -> dict[str, Any]:
    """The columns as Table Schema (frictionlessdata.io, version 1) says them, for programs that check files."""
    return {
        "$schema": "https://specs.frictionlessdata.io/schemas/table-schema.json",
        "name": "demandes-anonymisees",
        "title": title,
        "homepage": address,
        "missingValues": [""],
        "fields": [_schema_of(one) for one in COLUMNS],
    }


def _schema_of(column: Column) -> dict[str, Any]:
    said: dict[str, Any] = {
        "name": column.code,
        "title": str(column.title),
        "description": str(column.definition),
        "type": column.kind,
    }
    if column.kind == "boolean":
        said |= {"trueValues": [YES], "falseValues": [NO]}
    limits: dict[str, Any] = {"required": True} if column.required else {}
    if column.values:
        limits["enum"] = list(column.values)
    return said | ({"constraints": limits} if limits else {})
