"""What the shared queue can be narrowed to and can show, in the words of its page."""

from collections.abc import Iterator
from dataclasses import dataclass

from werkzeug.datastructures import MultiDict

from backoffice.domain import french
from backoffice.domain.incoming import CHANNEL_LABELS
from backoffice.domain.letters import FRENCH, OWN_NAMES
from backoffice.domain.lifecycle import DESK_STATUS_LABELS
from backoffice.domain.regime import Silence
from backoffice.queries.queue import Names
from backoffice.queries.queue_filters import NOBODY, Filters
from backoffice.web.current import actor

EFFECTS: dict[str, str] = {
    Silence.ACCEPTANCE: "Accord implicite",
    Silence.REJECTION: "Rejet implicite",
    Silence.NONE: "Aucun",
}
LANGUAGES: dict[str, str] = {FRENCH: "Français", **OWN_NAMES}

# The reference is always there: it names the row and opens the case.
COLUMNS: dict[str, str] = {
    "objet": "Objet",
    "usager": "Usager",
    "canal": "Canal",
    "service": "Service",
    "agent": "Agent",
    "etat": "État",
    "etiquettes": "Étiquettes",
    "lieu": "Lieu",
    "quartier": "Quartier",
    "langue": "Langue",
    "effet": "Effet du silence",
    "recu": "Reçu le",
    "age": "Âge",
    "echeance": "Échéance",
}
USUAL_COLUMNS = ("objet", "usager", "canal", "service", "agent", "etat", "age", "echeance")

Choices = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Narrowing:
    """A filter in force: its field in the address, what it is about, what it keeps, what the field keeps without it."""

    field: str
    about: str
    kept: str
    rest: list[str] | None = None


def read_columns(given: "MultiDict[str, str]", remembered: str = "") -> tuple[str, ...]:
    """The columns of the address, else those that the agent chose, else the usual ones; in the order of the page."""
    asked = given.getlist("colonnes") or remembered.split()
    return tuple(code for code in COLUMNS if code in asked) or USUAL_COLUMNS


def offer(names: Names) -> dict[str, Choices]:
    """What the filters offer."""
    departments = [(str(key), name) for key, (name, offered) in names.departments.items() if offered]
    # What is one's own comes first: there may be thirty departments.
    mine = {str(one) for one in actor().department_ids}
    staff = [(str(key), name) for key, (name, offered) in names.staff.items() if offered]
    return {
        "channels": [(code, label) for code, label in CHANNEL_LABELS.items()],
        "statuses": [(code, label) for code, label in DESK_STATUS_LABELS.items()],
        "procedures": [(NOBODY, "Sans démarche"), *((code, title) for code, (title, _) in names.procedures.items())],
        "departments": sorted(departments, key=lambda one: one[0] not in mine),
        "staff": [(NOBODY, "Personne"), *staff],
        "tags": [(str(key), name) for key, (name, _) in names.tags.items()],
        "districts": [(str(key), name) for key, (name, _) in names.districts.items()],
        "effects": list(EFFECTS.items()),
        "languages": list(LANGUAGES.items()),
    }


def list_narrowings(filters: Filters, names: Names) -> list[Narrowing]:
    """The filters in force, one for each thing that is kept."""
    return list(_in_force(filters, names))


def _in_force(filters: Filters, names: Names) -> Iterator[Narrowing]:
    if filters.words:
        yield Narrowing("q", "Mots", f"«\u00a0{filters.words}\u00a0»")
    titles = {NOBODY: "sans démarche"} | {code: title for code, (title, _) in names.procedures.items()}
    called = {str(key): name for key, (name, _) in names.departments.items()}
    several: tuple[tuple[str, str, tuple[str, ...], dict[str, str]], ...] = (
        ("canal", "Canal", filters.channels, {str(code): label for code, label in CHANNEL_LABELS.items()}),
        ("demarche", "Démarche", filters.procedures, titles),
        ("service", "Service", tuple(map(str, filters.departments)), called),
        ("etat", "État", filters.statuses, {str(code): label for code, label in DESK_STATUS_LABELS.items()}),
    )
    for field, about, values, labels in several:
        for value in values:
            yield Narrowing(field, about, labels.get(value, value), [one for one in values if one != value])
    if filters.assignee:
        agents = {NOBODY: "personne"} | {str(key): name for key, (name, _) in names.staff.items()}
        yield Narrowing("agent", "Agent", agents.get(filters.assignee, filters.assignee))
    yield from _numbered(filters, names)
    if filters.effect:
        yield Narrowing("effet", "Effet du silence", EFFECTS[filters.effect])
    if filters.language:
        yield Narrowing("langue", "Langue", LANGUAGES[filters.language])
    yield from _last_in_force(filters)


def _last_in_force(filters: Filters) -> Iterator[Narrowing]:
    days = (
        ("du", "Reçus depuis le", filters.since),
        ("au", "Reçus jusqu’au", filters.until),
        ("echeance_du", "Échéance depuis le", filters.due_since),
        ("echeance_au", "Échéance jusqu’au", filters.due_until),
    )
    for field, about, day in days:
        if day:
            yield Narrowing(field, about, french.short_date(day))
    if filters.watched:
        yield Narrowing("suivis", "Suivis", "ceux que je suis")


def _numbered(filters: Filters, names: Names) -> Iterator[Narrowing]:
    numbered = (
        ("etiquette", "Étiquette", filters.tag, names.tags),
        ("quartier", "Quartier", filters.district, names.districts),
    )
    for field, about, one, named in numbered:
        if one is not None:
            yield Narrowing(field, about, named.get(one, (str(one), False))[0])
