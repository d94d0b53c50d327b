"""Thousands of plausible cases, written straight into the tables (COPY, or many rows a statement)."""

import hashlib
import random
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from psycopg.types.json import Jsonb
from sqlalchemy import Connection, Table, delete, func, insert, select, text
from sqlalchemy.orm import Session

from backoffice.domain import clock, references, search_terms
from backoffice.domain.french import fold
from backoffice.domain.incoming import ChannelCode
from backoffice.domain.lifecycle import Outcome, Status
from backoffice.domain.regime import GENERAL
from backoffice.infra.database import Database, table_of
from backoffice.models.authorities import Authority
from backoffice.models.cases import Case, CaseEvent, Message
from backoffice.models.catalogue import Procedure
from backoffice.models.counting import CountMark
from backoffice.models.documents import Document
from backoffice.models.people import Citizen, Membership
from backoffice.models.search import CaseTextMark
from backoffice.queries import case_texts
from benchmarks import copies

BATCH = 5_000
# One case in five is open, however many there are: the backlog grows with the archive, which is the harder case.
ONE_OPEN_IN = 5
OPEN_DAYS, ARCHIVE_DAYS = 200, 1_000
# Lines of history of each.
EVENTS = 2
# No other reference is of this year: numbering starts at its own beginning beside them.
YEAR = 2001

FAMILY_NAMES = (
    "Martin", "Bernard", "Thomas", "Petit", "Robert", "Richard", "Durand", "Dubois", "Moreau", "Laurent", "Simon",
    "Michel", "Lefèvre", "Leroy", "Roux", "David", "Bertrand", "Morel", "Fournier", "Girard", "Bonnet", "Dupont",
    "Lambert", "Fontaine", "Rousseau", "Vincent", "Müller", "Faure", "André", "Mercier", "Blanc", "Guérin",
)  # fmt: skip
GIVEN_NAMES = (
    "Jeanne", "Karima", "Louis", "Maryse", "Ibrahim", "Chloé", "Paul", "Nadège", "Yanis", "Hélène", "Thi Hanh", "Rémi",
)  # fmt: skip
PLACES = ("rue des Lilas", "place des Tilleuls", "rue des Ateliers", "chemin du Lavoir", "avenue Jean-Moulin")
THINGS = ("Nid-de-poule", "Lampadaire éteint", "Dépôt sauvage", "Demande d’acte", "Place de stationnement", "Question")
BODY = "Bonjour, je vous écris au sujet de ce que j’ai constaté la semaine dernière. Merci de me dire la suite. "

PROSE = tuple(search_terms.words_in((BODY,)))
CASES_OF_RARE_WORD = 10
LETTERS = str.maketrans("0123456789", "abcdefghij")
# Past so many, PostgreSQL copies the cases that it has: it writes a million in two minutes.
MOST_WRITTEN = 100_000

Row = dict[str, Any]


def fill(url: str, cases: int) -> None:
    """Add what is missing for a seeded installation to hold so many cases, all of them from here."""
    database = Database(url)
    writer = database.engine.execution_options(parvis_write=True)
    with writer.begin() as connection:
        known = connection.scalar(select(func.count()).select_from(Case.__table__)) or 0
        house = _House(connection)
        written = min(cases, MOST_WRITTEN) if database.dialect == "postgresql" else cases
        for first in range(known, written, BATCH):
            house.add(range(first, min(first + BATCH, written)))
        for first in range(max(known, written), cases, written):
            copies.add(connection, first, min(written, cases - first))
        connection.execute(delete(table_of(CaseTextMark)))
        # What reads figures counts them first: marks one by one would take longer than all at once.
        connection.execute(delete(table_of(CountMark)))
        if database.dialect == "postgresql":
            _move_sequences(connection)
    tidy(database)
    database.dispose()


def rare_word(case_id: int) -> str:
    """A word that this case and nine others have."""
    return "lieu" + f"{case_id // CASES_OF_RARE_WORD:06d}".translate(LETTERS)


def tidy(database: Database) -> None:
    """What the autovacuum of PostgreSQL does within the minute."""
    if database.dialect == "postgresql":
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))


class _House:
    """The catalogue that cases are drawn from, and the connection that they are written on."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.authority: int = connection.execute(select(Authority.id)).scalars().one()
        self.now = datetime.now(UTC)
        self.procedures = connection.execute(
            select(Procedure.code, Procedure.department_id, Procedure.current_version_id).order_by(Procedure.id)
        ).all()
        self.staff: dict[int, list[int]] = {}
        for department, staff in connection.execute(select(Membership.department_id, Membership.staff_id)):
            self.staff.setdefault(department, []).append(staff)

    def add(self, numbers: range) -> None:
        cases = [self._case(number) for number in numbers]
        people = [self._citizen(case["citizen_id"]) for case in cases]
        self._write(Citizen.__table__, people)
        self._write(Case.__table__, cases)
        self._write_words(cases, people)
        self._write(Message.__table__, (self._message(case) for case in cases))
        self._write(CaseEvent.__table__, (event for case in cases for event in self._events(case)))
        self._write(Document.__table__, (self._document(case) for case in cases))

    def _case(self, number: int) -> Row:
        row_id, draw = number + 1, random.Random(number)
        procedure = draw.choice(self.procedures)
        is_open = number % ONE_OPEN_IN == 0
        received_at = self.now - timedelta(days=draw.uniform(0, OPEN_DAYS if is_open else ARCHIVE_DAYS))
        colleagues = self.staff.get(procedure.department_id)
        silent_on = received_at.date() + timedelta(days=61)
        taken = bool(colleagues) and (not is_open or draw.random() < 0.6)
        row: Row = {
            "id": row_id,
            "authority_id": self.authority,
            "reference": references.reference(YEAR, row_id),
            "tracking_code": "K7QM3TXP",
            "channel": draw.choice(list(ChannelCode)),
            "subject": f"{draw.choice(THINGS)} {draw.choice(PLACES)}",
            "status": draw.choice((Status.RECEIVED, Status.UNDER_REVIEW, Status.WAITING_CITIZEN)),
            "procedure_code": procedure.code,
            "procedure_version_id": procedure.current_version_id,
            "department_id": procedure.department_id,
            "assignee_id": draw.choice(colleagues) if taken and colleagues else None,
            "citizen_id": row_id,
            "restricted": draw.random() < 0.03,
            "answers": {"location": {"address": draw.choice(PLACES)}, "description": f"{BODY}{rare_word(row_id)}"},
            "received_at": received_at,
            "received_on": received_at.date(),
            "registered_at": received_at,
            "regime": GENERAL.to_data(),
            "ruleset": clock.DEFAULT.version,
            "acknowledge_by": received_at.date() + timedelta(days=10),
            "implicit_on": silent_on,
            # What silence became was written on the day after, as it always is: the first morning is a usual one.
            "implicit_outcome": Outcome.IMPLICITLY_REFUSED if is_open and silent_on < self.now.date() else "",
            "target_on": received_at.date() + timedelta(days=30),
            "due_on": received_at.date() + timedelta(days=30),
            "history_length": EVENTS,
        }
        return row if is_open else row | self._end(received_at, draw)

    def _end(self, received_at: datetime, draw: random.Random) -> Row:
        closed_at = min(self.now, received_at + timedelta(days=draw.uniform(1, 60)))
        return {
            "status": Status.CLOSED,
            "outcome": draw.choice(list(Outcome)),
            "acknowledged_at": received_at + timedelta(days=draw.uniform(0, 12)),
            "first_answer_at": received_at + (closed_at - received_at) * draw.random(),
            "closed_at": closed_at,
            "closed_on": closed_at.date(),
            "closed_after_days": (closed_at - received_at).days,
        }

    def _citizen(self, row_id: int) -> Row:
        draw = random.Random(row_id)
        family, given = draw.choice(FAMILY_NAMES), draw.choice(GIVEN_NAMES)
        return {
            "id": row_id,
            "authority_id": self.authority,
            "family_name": family,
            "given_names": given,
            "folded_name": fold(f"{family} {given}"),
            "email": f"usager.{row_id}@courriel.example",
            "created_at": self.now,
        }

    def _message(self, case: Row) -> Row:
        return {
            "id": case["id"],
            "authority_id": self.authority,
            "case_id": case["id"],
            "direction": "in",
            "channel": case["channel"],
            "source_id": f"volume-{case['id']}",
            "author": "Jeanne Martin",
            "subject": case["subject"],
            "body": BODY * 3,
            "received_at": case["received_at"],
        }

    def _events(self, case: Row) -> Iterator[Row]:
        for number, kind in enumerate(("opened", "routed"), 1):
            yield {
                "id": case["id"] * 2 + number - 2,
                "authority_id": self.authority,
                "case_id": case["id"],
                "number": number,
                "kind": kind,
                "at": case["received_at"],
                "actor_kind": "system",
                "actor_name": "Parvis",
                "digest": hashlib.sha256(f"{case['id']} {number}".encode()).hexdigest(),
            }

    def _document(self, case: Row) -> Row:
        return {
            "id": case["id"],
            "authority_id": self.authority,
            "case_id": case["id"],
            "template": "acknowledgement",
            "title": f"Accusé de réception – {case['reference']}",
            "values": {"reference": case["reference"], "subject": case["subject"]},
            "asked_at": case["received_at"],
            "rendered_at": case["received_at"],
            "digest": hashlib.sha256(str(case["id"]).encode()).hexdigest(),
            "size": 17_000,
        }

    def _write_words(self, cases: list[Row], people: list[Row]) -> None:
        said = {}
        for case, person in zip(cases, people, strict=True):
            own = (case["reference"], case["subject"], person["family_name"], person["given_names"], person["email"])
            words = search_terms.words_in((*own, case["answers"]["location"]["address"], rare_word(case["id"])))
            said[case["authority_id"], case["id"]] = list(dict.fromkeys((*PROSE, *words)))
        with Session(self.connection) as session:
            case_texts.write(session, said)

    def _write(self, table: Any, rows: Iterable[Row]) -> None:
        write(self.connection, table, rows)


def write(connection: Connection, table: Any, rows: Iterable[Row]) -> None:
    """Write rows as fast as the engine can; columns that they leave out take their default."""
    blank = _blank(table)
    complete = [blank | row for row in rows]
    if connection.dialect.name == "postgresql":
        _copy(connection, table, list(blank), complete)
    else:
        connection.execute(insert(table), complete)


def _blank(table: Table) -> Row:
    """A row of the defaults that models give: rows written here do not pass through them."""
    return {column.name: _default(column.default) for column in table.columns}


def _default(default: Any) -> Any:
    if default is None:
        return None
    return default.arg if default.is_scalar else default.arg(None)


def _copy(connection: Connection, table: Table, columns: list[str], rows: Iterable[Row]) -> None:
    names = ", ".join(f'"{name}"' for name in columns)
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(f"COPY {table.name} ({names}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row([Jsonb(row[name]) if isinstance(row[name], dict) else row[name] for name in columns])


def _move_sequences(connection: Connection) -> None:
    for table in (Citizen, Case, Message, CaseEvent, Document):
        name = table.__tablename__
        connection.execute(text(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), (SELECT max(id) FROM {name}))"))
