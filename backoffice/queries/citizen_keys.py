"""The index that people are found by, kept in the transaction that changes a sheet or the answers of a case."""

from collections.abc import Collection, Iterable, Iterator
from typing import Any, cast

from sqlalchemy import ColumnElement, delete, event, exists, insert, literal_column, select
from sqlalchemy.orm import PassiveFlag, Session
from sqlalchemy.orm.attributes import get_history

from backoffice.domain import search_keys
from backoffice.infra.database import table_of
from backoffice.models.cases import Case
from backoffice.models.people import Citizen
from backoffice.models.search import CaseKey, CitizenKey, KnownSpelling
from backoffice.queries import spellings

NAME, STREET, PHONE = "name", "street", "phone"
NAMES = ("family_name", "given_names", "usage_name", "organisation")
SOURCES = (*NAMES, "address_line", "phone")
BATCH = 2_000

_KEYS, _PLATES, _KNOWN = table_of(CitizenKey), table_of(CaseKey), table_of(KnownSpelling)
# Building a statement costs more than running it: those of every intake are built once.
_INSERT_PLATES = insert(_PLATES).returning(_PLATES.c.key)  # to give back is what makes several rows one statement
# Named in full: SQLite would take a bare name for a column of the other table.
_AUTHORITY_OF_KEY: ColumnElement[int] = literal_column(f"{_KEYS.name}.authority_id")
_WORD_OF_KEY: ColumnElement[str] = literal_column(f"{_KEYS.name}.key")
_IS_KNOWN = exists().where(
    _KNOWN.c.authority_id == _AUTHORITY_OF_KEY, _KNOWN.c.spelling == _WORD_OF_KEY, _KNOWN.c.word == _WORD_OF_KEY
)
# The words that no sheet said before are told by the statement that writes them.
_INSERT_KEYS = insert(_KEYS).returning(_KEYS.c.authority_id, _KEYS.c.kind, _KEYS.c.key, _IS_KNOWN.label("is_known"))


def write_citizen(session: Session, citizen: Citizen) -> None:
    """Make a new sheet one that can be found."""
    _write_keys(session, [_Sheet(citizen.authority_id, citizen.id, [getattr(citizen, name) for name in SOURCES])])


def write_case(session: Session, case: Case) -> None:
    """Make the citizen of a new case one that its plates lead to."""
    _write_plates(session, [(case.authority_id, case.id, case.answers)])


def rebuild(session: Session) -> None:
    """Make the whole index again, for rows that were written without it (an older version, a copy of tables)."""
    for model in (CitizenKey, CaseKey, KnownSpelling):
        session.execute(delete(table_of(model)))
    sources = (getattr(Citizen, name) for name in SOURCES)
    for rows in _pages(session, Citizen, Citizen.authority_id, Citizen.id, *sources):
        _write_keys(session, [_Sheet(row[0], row[1], list(row[2:])) for row in rows])
    for rows in _pages(session, Case, Case.authority_id, Case.id, Case.answers):
        _write_plates(session, [(row[0], row[1], row[2]) for row in rows])


class _Sheet:
    """What a sheet is found by: `values` are those of SOURCES, in their order."""

    def __init__(self, authority_id: int, citizen_id: int, values: list[str]) -> None:
        self.authority_id = authority_id
        self.citizen_id = citizen_id
        names, (street, phone) = values[: len(NAMES)], values[len(NAMES) :]
        self.words = {NAME: search_keys.name_words(*names), STREET: search_keys.street_words(street)}
        self.phone = search_keys.phone_key(phone)

    def rows(self) -> Iterator[dict[str, Any]]:
        own = {"authority_id": self.authority_id, "citizen_id": self.citizen_id}
        for kind, words in self.words.items():
            yield from (own | {"kind": kind, "key": word} for word in words)
        if self.phone:
            yield own | {"kind": PHONE, "key": self.phone}


def _write_keys(session: Session, sheets: Collection[_Sheet]) -> None:
    rows = [row for sheet in sheets for row in sheet.rows()]
    if not rows:
        return
    words: dict[int, set[str]] = {}
    for written in session.execute(_INSERT_KEYS, rows).all():
        if written.kind != PHONE and not written.is_known:
            words.setdefault(written.authority_id, set()).add(written.key)
    for authority_id, said in words.items():
        spellings.learn_new(session, KnownSpelling, authority_id, said)


def _write_plates(session: Session, cases: Iterable[tuple[int, int, Any]]) -> None:
    rows = [
        {"authority_id": authority_id, "case_id": case_id, "key": plate}
        for authority_id, case_id, answers in cases
        for plate in dict.fromkeys(search_keys.plates_in(answers))
    ]
    if rows:
        session.execute(_INSERT_PLATES, rows).close()


def _forget_citizen(session: Session, citizen: Citizen) -> None:
    """Take a sheet out of the index, and the words that no other one has."""
    gone = delete(_KEYS).where(_KEYS.c.citizen_id == citizen.id).returning(_KEYS.c.key, _KEYS.c.kind)
    words = {row.key for row in session.execute(gone).all() if row.kind != PHONE}
    said = select(_KEYS.c.key).where(
        _KEYS.c.authority_id == citizen.authority_id, _KEYS.c.kind.in_((NAME, STREET)), _KEYS.c.key.in_(words)
    )
    left = words - set(session.scalars(said))
    session.execute(delete(_KNOWN).where(_KNOWN.c.authority_id == citizen.authority_id, _KNOWN.c.word.in_(left)))


def _pages(session: Session, model: type[Citizen] | type[Case], *columns: Any) -> Iterator[list[Any]]:
    last = 0
    while rows := session.execute(select(*columns).where(model.id > last).order_by(model.id).limit(BATCH)).all():
        yield list(rows)
        last = rows[-1].id


def _session_of(row: Citizen | Case) -> Session:
    return cast("Session", Session.object_session(row))


def _has_changed(row: Citizen | Case, names: Iterable[str]) -> bool:
    return any(get_history(row, name, PassiveFlag.PASSIVE_NO_INITIALIZE).has_changes() for name in names)


@event.listens_for(Citizen, "after_insert")
def _note_new_citizen(_mapper: Any, _connection: Any, citizen: Citizen) -> None:
    write_citizen(_session_of(citizen), citizen)


@event.listens_for(Citizen, "after_update")
def _note_changed_citizen(_mapper: Any, _connection: Any, citizen: Citizen) -> None:
    if _has_changed(citizen, SOURCES):
        session = _session_of(citizen)
        _forget_citizen(session, citizen)
        write_citizen(session, citizen)


@event.listens_for(Citizen, "before_delete")
def _note_deleted_citizen(_mapper: Any, _connection: Any, citizen: Citizen) -> None:
    _forget_citizen(_session_of(citizen), citizen)


@event.listens_for(Case, "after_insert")
def _note_new_case(_mapper: Any, _connection: Any, case: Case) -> None:
    write_case(_session_of(case), case)


@event.listens_for(Case, "after_update")
def _note_changed_case(_mapper: Any, _connection: Any, case: Case) -> None:
    if _has_changed(case, ("answers",)):
        _forget_case(case)
        write_case(_session_of(case), case)


@event.listens_for(Case, "before_delete")
def _note_deleted_case(_mapper: Any, _connection: Any, case: Case) -> None:
    _forget_case(case)


def _forget_case(case: Case) -> None:
    _session_of(case).execute(delete(_PLATES).where(_PLATES.c.case_id == case.id))
