"""The starter catalogue: an authority, its departments, its staff and its procedures, as YAML files."""

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from backoffice.domain import records
from backoffice.domain.french import fold, typographic
from backoffice.domain.policy import Role
from backoffice.domain.procedure_files import load_yaml, read_yaml
from backoffice.domain.procedures import ProcedureDefinition
from backoffice.errors import Invalid, NotFound

STARTER = Path(__file__).parent
"""The folder of the starter catalogue; an installation may load its own instead."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Court:
    """The tribunal administratif before which decisions are contested."""

    city: str
    address: str


@dataclass(frozen=True, slots=True)
class AuthorityDetails:
    """What letters and legal notices say of the authority, besides its name."""

    signatory: str
    signatory_title: str
    address: str
    opening_hours: str
    population: int
    insee_code: str
    siret: str
    court: Court
    website: str
    privacy_contact: str
    documents_contact: str
    accessibility_contact: str
    centre: str = ""
    """Where maps open: latitude and longitude, « 47.3052, -0.8504 »."""
    archives_name: str = ""
    archives_identifier: str = ""
    """Who receives the files that are transferred to the archives."""


@dataclass(frozen=True, slots=True)
class AuthoritySeed:
    """A legal person that decides; `kind` is commune, epci or departement, `calendar` its public holidays."""

    code: str
    kind: str
    name: str
    short_name: str
    timezone: str
    calendar: str
    email: str
    phone: str
    triage_department: str
    details: AuthorityDetails


@dataclass(frozen=True, slots=True)
class DepartmentSeed:
    """A service that examines cases."""

    code: str
    name: str
    email: str
    phone: str
    address: str
    opening_hours: str


@dataclass(frozen=True, slots=True)
class MembershipSeed:
    """A role held in a department, or in the whole authority when `department` is absent."""

    role: Role
    department: str | None = None


@dataclass(frozen=True, slots=True)
class StaffSeed:
    """An agent's account, without a password: whoever installs the house gives one."""

    email: str
    name: str
    title: str
    phone: str
    memberships: tuple[MembershipSeed, ...]


@dataclass(frozen=True, slots=True)
class ReadyAnswerSeed:
    """An answer that the desk gives again and again; `words` are for searches.

    It is about a procedure or none, and fits cases in one state or in any (empty); citizens see a public one.
    """

    code: str
    title: str
    text: str
    words: str = ""
    procedure: str = ""
    status: str = ""
    public: bool = True


@cache
def load_authority(folder: Path = STARTER) -> AuthoritySeed:
    """The authority of the catalogue in `folder`; raises Invalid, naming the file and its faults."""
    return _record(AuthoritySeed, _data(folder / "authority.yaml"), "authority.yaml")


@cache
def load_departments(folder: Path = STARTER) -> tuple[DepartmentSeed, ...]:
    """The departments, in the order in which they are shown; raises Invalid like `load_authority`."""
    return _records(DepartmentSeed, folder / "departments.yaml")


@cache
def load_staff(folder: Path = STARTER) -> tuple[StaffSeed, ...]:
    """The agents; raises Invalid like `load_authority`, also for a membership of an unknown department."""
    staff = _records(StaffSeed, folder / "staff.yaml")
    known = {department.code for department in load_departments(folder)}
    for agent in staff:
        for membership in agent.memberships:
            if membership.department and membership.department not in known:
                sentence = f"Le service « {membership.department} » de {agent.name} n’existe pas."
                raise _faulty("staff.yaml", {agent.email: sentence})
    return staff


@cache
def load_procedures(folder: Path = STARTER) -> tuple[ProcedureDefinition, ...]:
    """The procedures, by title; raises Invalid, naming the first file that is wrong and its faults."""
    known = {department.code for department in load_departments(folder)}
    procedures = [_procedure(path, known) for path in sorted((folder / "procedures").glob("*.yaml"))]
    return tuple(sorted(procedures, key=lambda procedure: fold(procedure.title)))


@cache
def list_titles(folder: Path = STARTER) -> tuple[tuple[str, str], ...]:
    """(code, title) of the procedures, by title, without reading what they say: a menu shows them."""
    found = []
    for path in (folder / "procedures").glob("*.yaml"):
        with path.open(encoding="utf-8") as file:
            line = next(line for line in file if line.startswith("title: "))
        found.append((path.stem, str(load_yaml(line)["title"])))
    return tuple(sorted(found, key=lambda one: fold(one[1])))


def load_procedure(code: str, folder: Path = STARTER) -> ProcedureDefinition:
    """One procedure; raises NotFound for a code that the catalogue does not have."""
    if code not in dict(list_titles(folder)):
        raise NotFound("Cette démarche n’est pas dans le catalogue livré.")
    known = {department.code for department in load_departments(folder)}
    return _procedure(folder / "procedures" / f"{code}.yaml", known)


@cache
def load_ready_answers(folder: Path = STARTER) -> tuple[ReadyAnswerSeed, ...]:
    """The ready answers; raises Invalid like `load_authority`, also for one about an unknown procedure."""
    known = {procedure.code for procedure in load_procedures(folder)}
    answers = _records(ReadyAnswerSeed, folder / "ready_answers.yaml")
    for one in answers:
        if one.procedure and one.procedure not in known:
            raise _faulty("ready_answers.yaml", {one.code: f"La démarche « {one.procedure} » n’existe pas."})
    # What YAML folds keeps one line end between paragraphs, where a page needs a blank line.
    return tuple(
        replace(one, title=typographic(one.title), text=typographic(one.text).replace("\n", "\n\n")) for one in answers
    )


def _procedure(path: Path, departments: set[str]) -> ProcedureDefinition:
    try:
        definition = read_yaml(path.read_text(encoding="utf-8"))
    except Invalid as error:
        raise _faulty(path.name, error.faults) from error
    if definition.department not in departments:
        raise _faulty(path.name, {"department": f"Le service « {definition.department} » n’existe pas."})
    if definition.code != path.stem:
        raise _faulty(path.name, {"code": f"Ce fichier devrait s’appeler {definition.code}.yaml."})
    return definition


def _records(kind: type[T], path: Path) -> tuple[T, ...]:
    data = _data(path)
    if not isinstance(data, list):
        raise _faulty(path.name, {"fichier": "Une liste est attendue."})
    return tuple(_record(kind, one, path.name) for one in data)


def _record(kind: type[T], data: Any, name: str) -> T:
    faults: records.Faults = {}
    record = records.read(kind, data, "", faults)
    if not isinstance(record, kind):
        raise _faulty(name, faults)
    return record


def _data(path: Path) -> Any:
    return load_yaml(path.read_text(encoding="utf-8"))


def _faulty(name: str, faults: dict[str, str]) -> Invalid:
    lines = " ".join(f"[{path}] {sentence}" for path, sentence in faults.items())
    return Invalid(f"Le fichier {name} du catalogue est à corriger. {lines}", faults)
