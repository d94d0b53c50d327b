"""A list of agents as a spreadsheet gives it (CSV): read line by line, every fault said in French with its number."""

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

from backoffice.domain import identity
from backoffice.domain.french import fold
from backoffice.domain.policy import GIVEN_LABELS, Role
from backoffice.errors import Invalid

Known = TypeVar("Known")

MOST_LINES = 500
MOST_BYTES = 500_000
SEVERAL = "|"
# The heading of each column, as people write it; folded.
COLUMNS: dict[str, tuple[str, ...]] = {
    "name": ("nom", "prenom et nom", "agent"),
    "email": ("courriel", "adresse electronique", "email", "mail", "adresse mail"),
    "title": ("fonction",),
    "phone": ("telephone", "tel"),
    "roles": ("roles", "role"),
    "departments": ("services", "service"),
}
NEEDED = ("name", "email", "roles")
LONGEST = {"name": 255, "email": 255, "title": 255, "phone": 64}

_ROLES = {fold(word): role for role, label in GIVEN_LABELS.items() for word in (label, role.value)}


@dataclass(frozen=True, slots=True)
class Line:
    """One agent to be: each role is held in each department, or in the whole authority when there is none."""

    number: int
    name: str
    email: str
    title: str
    phone: str
    roles: tuple[Role, ...]
    department_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class StaffList:
    """What a file says: the lines that are right, and the faults (line number, 0 for the file; sentence)."""

    lines: tuple[Line, ...]
    faults: tuple[tuple[int, str], ...]


def example(departments: Iterable[str]) -> str:
    """A list to fill in: an agent of two departments, by their names, and one of the whole authority."""
    written = io.StringIO()
    lines = csv.writer(written, delimiter=";", lineterminator="\n")
    lines.writerow(("Nom", "Courriel", "Fonction", "Téléphone", "Rôles", "Services"))
    held = f" {SEVERAL} ".join(islice(departments, 2))
    handler = GIVEN_LABELS[Role.CASE_HANDLER]
    lines.writerow(
        ("Claire Petit", "claire.petit@collectivite.example", "Gestionnaire", "02 41 00 00 00", handler, held)
    )
    lines.writerow(("Luc Moreau", "luc.moreau@collectivite.example", "", "", GIVEN_LABELS[Role.FRONT_DESK], ""))
    return written.getvalue()


def decoded(content: bytes) -> str:
    """The text of a file, as spreadsheets write it in France; raise Invalid when it is no text."""
    if len(content) > MOST_BYTES:
        raise Invalid(f"Ce fichier est trop lourd : {MOST_BYTES // 1000} Ko au plus.")
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise Invalid("Ce fichier n’est pas du texte : enregistrez votre tableau au format CSV, puis recommencez.")


def read(text: str, departments: Mapping[str, int]) -> StaffList:
    """Read a list; `departments` gives the number of each by its name and its code, as they are written."""
    rows = _rows(text)
    if not rows:
        return StaffList((), ((0, "Ce fichier est vide : la première ligne donne le nom des colonnes."),))
    columns, missing = _columns(rows[0][1])
    if missing:
        names = ", ".join(f"« {COLUMNS[name][0].capitalize()} »" for name in missing)
        return StaffList((), ((rows[0][0], f"Il manque la colonne {names} à la première ligne."),))
    if len(rows) - 1 > MOST_LINES:
        return StaffList((), ((0, f"Ce fichier a plus de {MOST_LINES} lignes : coupez-le en plusieurs."),))
    folded = {fold(name): number for name, number in departments.items()}
    lines: list[Line] = []
    faults: list[tuple[int, str]] = []
    seen: dict[str, int] = {}
    for number, cells in rows[1:]:
        values = {name: cells[place].strip() if place < len(cells) else "" for name, place in columns.items()}
        line, found = _line(number, values, folded)
        if line.email and line.email in seen:
            found.append(f"l’adresse {line.email} est déjà à la ligne {seen[line.email]}.")
        seen.setdefault(line.email, number)
        faults += [(number, sentence) for sentence in found]
        if not found:
            lines.append(line)
    if not lines and not faults:
        faults.append((0, "Ce fichier n’a que ses titres de colonnes : ajoutez une ligne par agent."))
    return StaffList(tuple(lines), tuple(faults))


def _rows(text: str) -> list[tuple[int, list[str]]]:
    """The lines that say something, with their number in the file."""
    first = text.partition("\n")[0]
    separator = max(";,\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    found = []
    begins = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                found.append((begins, cells))
            begins = reader.line_num + 1
    except csv.Error:
        return []
    return found


def _columns(heading: list[str]) -> tuple[dict[str, int], list[str]]:
    known = {word: name for name, words in COLUMNS.items() for word in words}
    places: dict[str, int] = {}
    for place, cell in enumerate(heading):
        name = known.get(fold(cell))
        if name is not None:
            places.setdefault(name, place)
    return places, [name for name in NEEDED if name not in places]


def _line(number: int, values: Mapping[str, str], departments: Mapping[str, int]) -> tuple[Line, list[str]]:
    said = {name: values.get(name, "").replace("\x00", "") for name in LONGEST}
    faults = [f"« {said[name][:30]}… » est trop long." for name, most in LONGEST.items() if len(said[name]) > most]
    if not said["name"]:
        faults.append("le nom manque.")
    try:
        identity.check_email(said["email"])
    except Invalid as fault:
        faults.append(f"« {said['email'][:60]} » : {fault.sentence}" if said["email"] else "le courriel manque.")
    roles, wrong_roles = _each(values.get("roles", ""), _ROLES)
    places, wrong_places = _each(values.get("departments", ""), departments)
    faults += [f"le rôle « {one[:60]} » n’existe pas." for one in wrong_roles]
    faults += [f"le service « {one[:60]} » n’existe pas." for one in wrong_places]
    if not roles and not wrong_roles:
        faults.append("le rôle manque.")
    line = Line(number, said["name"], said["email"].lower(), said["title"], said["phone"], tuple(roles), tuple(places))
    return line, faults


def _each(cell: str, known: Mapping[str, Known]) -> tuple[list[Known], list[str]]:
    words = [word.strip() for word in cell.split(SEVERAL) if word.strip()]
    found = [known[fold(word)] for word in words if fold(word) in known]
    return list(dict.fromkeys(found)), [word for word in words if fold(word) not in known]
