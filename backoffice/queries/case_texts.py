"""What the words of cases are read from, and where they are kept: see `models.search`."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row, delete, exists, func, select, text, union
from sqlalchemy.orm import Session

from backoffice.domain import references
from backoffice.infra.database import table_of
from backoffice.models.arrived_letters import ArrivedLetter
from backoffice.models.cases import Attachment, Case, Message
from backoffice.models.files import ReceivedFile
from backoffice.models.people import Citizen
from backoffice.models.representations import CaseRepresentation
from backoffice.models.search import CaseText, CaseTextMark, TextSpelling
from backoffice.queries.case_words import exactly, id_of, matches
from backoffice.queries.spellings import learn

LONGEST_TEXT = 200_000
"""Characters of a message, or of what was read on a scan, that are read."""
# A vocabulary for misspelt words: nobody misspells a figure, nor a word of two letters.
SHORTEST_LEARNED, LONGEST_LEARNED = 3, 24

_WRITE = {
    "postgresql": text(
        "INSERT INTO case_texts (case_id, authority_id, words)"
        " VALUES (:case_id, :authority_id, array_to_tsvector(CAST(:words AS text[])))"
        " ON CONFLICT (case_id) DO UPDATE SET words = excluded.words"
    ),
    "sqlite": text(
        "INSERT INTO case_texts (case_id, authority_id, words) VALUES (:case_id, :authority_id, :words)"
        " ON CONFLICT (case_id) DO UPDATE SET words = excluded.words"
    ),
}


@dataclass(slots=True)
class Source:
    """A case as it is read: `version_id` is that of the form that its answers were given to."""

    case_id: int
    authority_id: int
    answers: Mapping[str, Any]
    version_id: int | None
    texts: list[str] = field(default_factory=list)


def any_marked(session: Session) -> bool:
    """Whether some case is to be read again."""
    return bool(session.scalar(select(exists(select(CaseTextMark.id)))))


def claim_marked(session: Session, most: int) -> list[int]:
    """Take the oldest marks away and give the ids of their cases; whoever takes some next waits for us to end."""
    table = table_of(CaseTextMark)
    oldest = select(table.c.id, table.c.case_id).order_by(table.c.id).limit(most)
    marks = session.execute(oldest.with_for_update()).all()
    session.execute(delete(table).where(table.c.id.in_([mark.id for mark in marks])))
    return list(dict.fromkeys(mark.case_id for mark in marks))


def mark_all(session: Session) -> None:
    """Have every case read again, and forget what was read of those that are gone."""
    marked = union(select(Case.authority_id, Case.id), select(CaseText.authority_id, CaseText.case_id))
    session.execute(table_of(CaseTextMark).insert().from_select(["authority_id", "case_id"], marked))


def read_sources(session: Session, case_ids: Collection[int]) -> list[Source]:
    """All that these cases say, but for their answers, which their form puts into words."""
    people = (Citizen.family_name, Citizen.given_names, Citizen.usage_name, Citizen.organisation)
    reached = (Citizen.email, Citizen.phone, Citizen.address_line)
    one = CaseRepresentation
    represented = (one.family_name.label("family"), one.given_names.label("given"), one.name, one.number)
    version = func.coalesce(Case.answers_version_id, Case.procedure_version_id).label("version_id")
    rows = session.execute(
        select(Case.id, Case.authority_id, Case.answers, version)
        .add_columns(Case.reference, Case.tracking_code, Case.subject, *people, *reached, *represented)
        .outerjoin(Citizen, Citizen.id == Case.citizen_id)
        .outerjoin(CaseRepresentation, CaseRepresentation.case_id == Case.id)
        .where(Case.id.in_(case_ids))
    )
    found = {}
    for row in rows:
        case_id, authority_id, answers, version_id, *texts = row
        said = [references.show_code(row.tracking_code), *filter(None, texts)]
        found[case_id] = Source(case_id, authority_id, answers, version_id, said)
    for rows_of in (_messages, _attachments, _letters):
        for row in rows_of(session, case_ids):
            if row[0] in found:
                found[row[0]].texts += filter(None, row[1:])
    return list(found.values())


def write(session: Session, words: Mapping[tuple[int, int], list[str]]) -> None:
    """Keep the words of cases, by (authority, case); those of none are forgotten, a new one is learned."""
    known = _kept(session, [case_id for _, case_id in words])
    fresh: dict[int, set[str]] = {}
    gone: dict[int, set[str]] = {}
    rows = []
    for (authority_id, case_id), said in words.items():
        before = known.get(case_id, frozenset())
        if before == set(said):
            continue
        rows.append({"case_id": case_id, "authority_id": authority_id, "words": _stored(session, said)})
        fresh.setdefault(authority_id, set()).update(_learned(said) - before)
        gone.setdefault(authority_id, set()).update(_learned(before - set(said)))
    if rows:
        session.execute(_WRITE[_dialect(session)], rows)
    for authority_id in sorted(fresh):
        learn(session, TextSpelling, authority_id, fresh[authority_id])
        _unlearn(session, authority_id, gone[authority_id])


def forget(session: Session, case_ids: Collection[int]) -> None:
    """Forget the words of cases that are gone."""
    known = _kept(session, case_ids)
    table = table_of(CaseText)
    left = session.execute(
        delete(table).where(table.c.case_id.in_(case_ids)).returning(table.c.authority_id, table.c.case_id)
    ).all()
    gone: dict[int, set[str]] = {}
    for row in left:
        gone.setdefault(row.authority_id, set()).update(_learned(known[row.case_id]))
    for authority_id, words in gone.items():
        _unlearn(session, authority_id, words)


def _messages(session: Session, case_ids: Collection[int]) -> Iterable[Row[Any]]:
    body = func.substr(Message.body, 1, LONGEST_TEXT)
    return session.execute(
        select(Message.case_id, Message.author, Message.subject, body).where(Message.case_id.in_(case_ids))
    )


def _attachments(session: Session, case_ids: Collection[int]) -> Iterable[Row[Any]]:
    read = func.substr(ReceivedFile.text, 1, LONGEST_TEXT)
    return session.execute(
        select(Attachment.case_id, Attachment.name, read)
        .outerjoin(ReceivedFile, ReceivedFile.digest == Attachment.digest)
        .where(Attachment.case_id.in_(case_ids), Attachment.reserved.is_(False))
    )


def _letters(session: Session, case_ids: Collection[int]) -> Iterable[Row[Any]]:
    number = ArrivedLetter.registered_number
    return session.execute(select(ArrivedLetter.case_id, number).where(ArrivedLetter.case_id.in_(case_ids)))


def _dialect(session: Session) -> str:
    return session.get_bind().dialect.name


def _stored(session: Session, words: list[str]) -> list[str] | str:
    return " ".join(words) if _dialect(session) == "sqlite" else words


def _kept(session: Session, case_ids: Collection[int]) -> dict[int, frozenset[str]]:
    if _dialect(session) == "sqlite":
        rows = session.execute(select(CaseText.case_id, CaseText.words).where(CaseText.case_id.in_(case_ids)))
        return {row[0]: frozenset(row[1].split()) for row in rows}
    words = func.tsvector_to_array(CaseText.words)
    rows = session.execute(select(CaseText.case_id, words).where(CaseText.case_id.in_(case_ids)))
    return {row[0]: frozenset(row[1]) for row in rows}


def _learned(words: Iterable[str]) -> set[str]:
    return {
        word
        for word in words
        if SHORTEST_LEARNED <= len(word) <= LONGEST_LEARNED and not any(sign.isdigit() for sign in word)
    }


def _unlearn(session: Session, authority_id: int, words: set[str]) -> None:
    """Forget the words of this set that no case has."""
    table = table_of(TextSpelling)
    left = []
    for word in sorted(words):
        asked = exactly(session, word)
        if session.scalar(select(id_of(asked)).where(matches(asked)).limit(1)) is None:
            left.append(word)
    if left:
        session.execute(delete(table).where(table.c.authority_id == authority_id, table.c.word.in_(left)))
