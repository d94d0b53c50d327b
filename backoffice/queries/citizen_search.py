"""Citizens found from one box: a name however it is spelled, a telephone, an e-mail, a reference, a plate, a street."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import CompoundSelect, Row, Select, bindparam, func, select, union
from sqlalchemy.orm import Session, aliased

from backoffice.domain import likeness, references, search_keys
from backoffice.domain.french import NBSP
from backoffice.domain.identity import display_phone
from backoffice.domain.likeness import Told
from backoffice.domain.person_words import BEGINS_AS_REFERENCE, FEWEST_DIGITS, ONLY_NUMBER, WHOLE_PHONE
from backoffice.domain.policy import Actor
from backoffice.models.cases import Case
from backoffice.models.people import Citizen
from backoffice.models.search import CaseKey, CitizenKey
from backoffice.queries import citizen_words
from backoffice.queries.cases import visible_to
from backoffice.queries.citizen_keys import NAME, PHONE
from backoffice.queries.citizen_words import SHEET

MOST_OPEN_CASES = 3
# Sheets of one telephone or address: a family, a home for the elderly.
MOST_SHARING = 50
BY_REFERENCE, BY_CODE, BY_PLATE, BY_PHONE, BY_EMAIL = "référence", "code de suivi", "plaque", "téléphone", "courriel"

_LAST = "z" * 40
"""Comes after all that begins with a key."""

Found = tuple[Row[Any], str]
"""A sheet, and what was recognised."""

_BY_PHONE = (
    select(*SHEET)
    .join(CitizenKey, CitizenKey.citizen_id == Citizen.id)
    .where(
        CitizenKey.authority_id == bindparam("authority_id"),
        CitizenKey.kind == PHONE,
        CitizenKey.key >= bindparam("first"),
        CitizenKey.key <= bindparam("last"),
    )
    .limit(MOST_SHARING)
)
_BY_EMAIL = (
    select(*SHEET)
    .where(
        Citizen.authority_id == bindparam("authority_id"),
        Citizen.email >= bindparam("first"),
        Citizen.email <= bindparam("last"),
    )
    .limit(MOST_SHARING)
)
_BY_IDS = select(*SHEET).where(
    Citizen.authority_id == bindparam("authority_id"), Citizen.id.in_(bindparam("ids", expanding=True))
)


@dataclass(frozen=True, slots=True)
class OpenCase:
    """A case under way that the actor may see."""

    reference: str
    subject: str
    status: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who may be meant: `details` tells namesakes apart, `matched_by` says what was recognised."""

    citizen_id: int
    name: str
    details: str
    matched_by: str
    open_cases: tuple[OpenCase, ...] = ()


def search(session: Session, actor: Actor, words: str, limit: int = 8) -> list[Candidate]:
    """Who may be meant by what was typed in one box, the likeliest first.

    A case leads to its citizen by its reference, its tracking code or a plate only if the actor may see this case.
    """
    typed = " ".join(words.replace("\x00", "").split())[:200]
    found: dict[int, Found] = {}
    for look in (_by_case, _by_phone, _by_email):
        for row, matched_by in look(session, actor, typed):
            found.setdefault(row.id, (row, matched_by))
    if not found:  # an address is made of names, more often than not
        for row, matched_by in citizen_words.find(session, actor.authority_id, typed.partition("@")[0], limit):
            found.setdefault(row.id, (row, matched_by))
    kept = list(_as_kept(session, actor, found).items())[:limit]
    return describe(session, actor, [(row, matched_by) for _, (row, matched_by) in kept])


def ids_told_by(authority_id: int, words: str) -> CompoundSelect[Any]:
    """The ids of those whose name has words that begin so, in any order, or whose e-mail or telephone this is."""
    of_address = (Citizen.authority_id == authority_id, Citizen.email == words.strip().lower())
    parts = [select(Citizen.id).where(*of_address)]
    begun = [_having(authority_id, NAME, word) for word in search_keys.words_of(words)]
    if begun:
        first, *others = begun
        parts.append(first.where(*(first.selected_columns[0].in_(other) for other in others)))
    if key := _phone_key(words):
        parts.append(_having(authority_id, PHONE, key))
    return union(*parts)


def _having(authority_id: int, kind: str, begun: str) -> Select[Any]:
    """The ids of the sheets that have a key that begins so."""
    key = aliased(CitizenKey)
    mine = (key.authority_id == authority_id, key.kind == kind)
    return select(key.citizen_id).where(*mine, key.key.between(begun, begun + _LAST))


def likely_duplicates(
    session: Session, actor: Actor, person: Told, *, but: Collection[int] = (), limit: int = 5
) -> list[Candidate]:
    """The sheets that may be this person's, the likeliest first, with the reasons in `matched_by`; none of `but`."""
    name = person.organisation or f"{person.given_names} {person.usage_name or person.family_name}".strip()
    birth_name = f"{person.given_names} {person.family_name}".strip() if person.usage_name else ""
    found: dict[int, Found] = {}
    for words in filter(None, (name, birth_name)):
        found |= {
            row.id: (row, how) for row, how in citizen_words.find(session, actor.authority_id, words, MOST_SHARING)
        }
    for look, words in ((_by_phone, person.phone), (_by_email, person.email)):
        found |= {row.id: (row, how) for row, how in look(session, actor, words)}
    alike = {row.id: (row, likeness.reasons(person, row)) for row, _ in _as_kept(session, actor, found).values()}
    likely = [one for one in alike.values() if one[1] and one[0].id not in but]
    likely.sort(key=lambda one: (-likeness.weight(one[1]), one[0].id))
    return describe(session, actor, [(row, ", ".join(reasons)) for row, reasons in likely[:limit]])


def describe(session: Session, actor: Actor, found: Sequence[Found]) -> list[Candidate]:
    """Sheets as candidates, with their open cases."""
    cases = _open_cases(session, actor, [row.id for row, _ in found])
    return [
        Candidate(row.id, name_of(row), details_of(row), matched_by, tuple(cases.get(row.id, ())))
        for row, matched_by in found
    ]


def name_of(sheet: Any) -> str:
    """The name that agents read, as `Citizen.display_name`."""
    return str(Citizen.display_name.fget(sheet))  # type: ignore[attr-defined]


def details_of(sheet: Any) -> str:
    """What tells namesakes apart: where they live, how they are reached."""
    place = " ".join(part for part in (sheet.postcode, sheet.city) if part)
    home = ", ".join(part for part in (sheet.address_line, place) if part)
    phone = display_phone(sheet.phone) if sheet.phone else ""
    birth = f"nom de naissance {sheet.family_name}" if sheet.usage_name and sheet.family_name else ""
    return f"{NBSP}· ".join(part for part in (birth, home, phone, sheet.email) if part)


def _by_case(session: Session, actor: Actor, typed: str) -> list[Found]:
    """The citizens of the cases that have this reference, tracking code or plate."""
    is_begun = BEGINS_AS_REFERENCE.match(typed)  # « 06 20 26 12 34 56 » holds a year, and is a telephone
    reference = references.read_reference(typed) if is_begun else references.find_reference(typed)
    code, plate = references.read_code(typed), search_keys.plate_key(typed)
    tests = []
    if reference:
        tests.append((BY_REFERENCE, Case.reference == reference))
    if len(code) == references.CODE_LENGTH and set(code) <= set(references.ALPHABET):
        tests.append((BY_CODE, Case.tracking_code == code))
    if search_keys.may_be_plate(plate):
        of_plate = select(CaseKey.case_id).where(CaseKey.authority_id == actor.authority_id, CaseKey.key == plate)
        tests.append((BY_PLATE, Case.id.in_(of_plate)))
    found = []
    for matched_by, test in tests:
        query = visible_to(actor, select(*SHEET).join(Case, Case.citizen_id == Citizen.id).where(test))
        found += [(row, matched_by) for row in session.execute(query.limit(MOST_SHARING))]
    return found


def _by_phone(session: Session, actor: Actor, typed: str) -> list[Found]:
    """Those whose number ends with these digits, whatever prefix they have."""
    key = _phone_key(typed)
    if not key:
        return []
    bounds = {"authority_id": actor.authority_id, "first": key, "last": key + _LAST}
    return [(row, BY_PHONE) for row in session.execute(_BY_PHONE, bounds)]


def _phone_key(typed: str) -> str:
    """The key of the number in a text, or of its end; empty when there is none."""
    number = typed if ONLY_NUMBER.fullmatch(typed) else next(iter(WHOLE_PHONE.findall(typed)), "")
    key = search_keys.phone_key(number).rstrip("0")
    return key if len(key) >= FEWEST_DIGITS else ""


def _by_email(session: Session, actor: Actor, typed: str) -> list[Found]:
    """Those of this address; when there is none, of the same one at another provider, or that goes on like this."""
    asked = next((word for word in typed.lower().split() if "@" in word), "")
    if not asked:
        return []
    own = {"authority_id": actor.authority_id}
    local = asked.partition("@")[0] + "@"
    for first, last in ((asked, asked), (local, local + _LAST)):
        rows = session.execute(_BY_EMAIL, own | {"first": first, "last": last}).all()
        if found := [(row, BY_EMAIL) for row in rows if row.email.startswith(first)]:
            return found
    return []


def _as_kept(session: Session, actor: Actor, found: dict[int, Found]) -> dict[int, Found]:
    """The same, each sheet that went into another replaced by the one that has its cases now."""
    while gone := {row.merged_into_id for row, _ in found.values() if row.merged_into_id is not None}:
        into = {
            row.id: row for row in session.execute(_BY_IDS, {"authority_id": actor.authority_id, "ids": list(gone)})
        }
        kept: dict[int, Found] = {}
        for row, matched_by in found.values():
            now = row if row.merged_into_id is None else into[row.merged_into_id]
            kept.setdefault(now.id, (now, matched_by))
        found = kept
    return found


def _open_cases(session: Session, actor: Actor, citizen_ids: Collection[int]) -> dict[int, list[OpenCase]]:
    """The newest cases under way of each of these citizens."""
    cases: dict[int, list[OpenCase]] = {}
    if citizen_ids:
        for row in session.execute(_open_cases_of(actor), {"citizen_ids": list(citizen_ids)}):
            cases.setdefault(row.citizen_id, []).append(OpenCase(row.reference, row.subject, row.status))
    return cases


@lru_cache(maxsize=256)
def _open_cases_of(actor: Actor) -> Select[Any]:
    rank = func.row_number().over(partition_by=Case.citizen_id, order_by=Case.id.desc()).label("rank")
    columns = (Case.citizen_id, Case.reference, Case.subject, Case.status, rank)
    theirs = select(*columns).where(Case.citizen_id.in_(bindparam("citizen_ids", expanding=True)))
    ranked = visible_to(actor, theirs.where(Case.closed_at.is_(None))).subquery()
    return select(ranked).where(ranked.c.rank <= MOST_OPEN_CASES).order_by(ranked.c.citizen_id, ranked.c.rank)
