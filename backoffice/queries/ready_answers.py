"""SELECTs on ready answers: found by words, by procedure, by what they wait for."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from backoffice.domain import word_search
from backoffice.domain.french import by_name, fold
from backoffice.errors import NotFound
from backoffice.models.cases import Case
from backoffice.models.catalogue import Procedure
from backoffice.models.ready_answers import ReadyAnswer, ReadyAnswerChange, ReadyAnswerVersion

MOST_FOUND = 8
OF_PROCEDURE, OF_DEPARTMENT, GENERAL, OF_OTHERS = (
    "Cette démarche",
    "Autres démarches du service",
    "Toutes démarches",
    "Démarches des autres services",
)


@dataclass(frozen=True, slots=True)
class FoundAnswer:
    """A ready answer in service, as it is said today; `words` are others for the same thing."""

    version_id: int
    answer_id: int
    code: str
    title: str
    text: str
    words: str
    procedure_code: str
    public: bool


def search(
    session: Session, authority_id: int, words: str, limit: int = MOST_FOUND, *, public_only: bool = False
) -> list[FoundAnswer]:
    """The answers in service that have every word of `words`, best first: accents, plurals and slips are forgiven."""
    answers = list_in_service(session, authority_id, public_only=public_only)
    places = word_search.find([_index_of(one.title, one.words, one.text) for one in answers], words)
    return [answers[place] for place in places[:limit]]


def list_in_service(session: Session, authority_id: int, *, public_only: bool = False) -> list[FoundAnswer]:
    """The answers that are not retired, or those that citizens see, by title."""
    query = (
        select(
            ReadyAnswerVersion.id,
            ReadyAnswer.id,
            ReadyAnswer.code,
            ReadyAnswer.title,
            ReadyAnswerVersion.text,
            ReadyAnswerVersion.words,
            ReadyAnswer.procedure_code,
            ReadyAnswer.public,
        )
        .join(ReadyAnswerVersion, ReadyAnswerVersion.id == ReadyAnswer.current_version_id)
        .where(ReadyAnswer.authority_id == authority_id, ReadyAnswer.retired_at.is_(None))
    )
    rows = session.execute(query.where(ReadyAnswer.public) if public_only else query)
    return sorted((FoundAnswer(*row) for row in rows), key=lambda one: (fold(one.title), one.answer_id))


def list_for_procedure(session: Session, authority_id: int, procedure_code: str) -> list[FoundAnswer]:
    """The answers about a procedure that citizens see, by title."""
    shown = list_in_service(session, authority_id, public_only=True)
    return [one for one in shown if one.procedure_code == procedure_code]


def list_choices(session: Session, case: Case) -> list[tuple[str, list[tuple[int, str]]]]:
    """The answers in service that fit a case in its state, in groups: (name, [(id of the version, title)]).

    Those about its procedure come first (the ones for its very state before the others), then those about the other
    procedures of its department, about none, and about the procedures of others; by title in each.
    """
    query = (
        select(
            ReadyAnswer.current_version_id,
            ReadyAnswer.title,
            ReadyAnswer.status,
            ReadyAnswer.procedure_code,
            Procedure.department_id,
        )
        .outerjoin(
            Procedure,
            and_(Procedure.authority_id == ReadyAnswer.authority_id, Procedure.code == ReadyAnswer.procedure_code),
        )
        .where(
            ReadyAnswer.authority_id == case.authority_id,
            ReadyAnswer.retired_at.is_(None),
            ReadyAnswer.status.in_(("", case.status)),
        )
        .order_by(ReadyAnswer.id)
    )
    groups: dict[str, list[tuple[int, str]]] = {name: [] for name in (OF_PROCEDURE, OF_DEPARTMENT, GENERAL, OF_OTHERS)}
    by_title = by_name(session.execute(query), lambda row: row.title)
    for row in sorted(by_title, key=lambda row: not row.status):
        if row.procedure_code == "":
            group = GENERAL
        elif row.procedure_code == case.procedure_code:
            group = OF_PROCEDURE
        else:
            group = OF_DEPARTMENT if row.department_id == case.department_id else OF_OTHERS
        groups[group].append((row[0], row[1]))
    return [(name, answers) for name, answers in groups.items() if answers]


def list_all(session: Session, authority_id: int) -> list[ReadyAnswer]:
    """All the answers of an authority, retired ones too, by title."""
    query = select(ReadyAnswer).where(ReadyAnswer.authority_id == authority_id)
    return by_name(session.scalars(query.order_by(ReadyAnswer.id)), lambda one: one.title)


def list_said(session: Session, answers: Collection[ReadyAnswer]) -> dict[int, ReadyAnswerVersion]:
    """What these answers say today, by the id of the answer."""
    query = select(ReadyAnswerVersion).where(ReadyAnswerVersion.id.in_([one.current_version_id for one in answers]))
    return {version.answer_id: version for version in session.scalars(query)}


def find_answer(session: Session, authority_id: int, code: str) -> ReadyAnswer | None:
    """One answer by its code."""
    return session.scalar(select(ReadyAnswer).where(ReadyAnswer.authority_id == authority_id, ReadyAnswer.code == code))


def get_answer(session: Session, authority_id: int, answer_id: int) -> ReadyAnswer:
    """One answer of this authority, or NotFound."""
    return _of(session.get(ReadyAnswer, answer_id), authority_id)


def claim_answer(session: Session, authority_id: int, answer_id: int) -> ReadyAnswer:
    """The same, locked and read anew until the transaction ends."""
    query = select(ReadyAnswer).where(ReadyAnswer.id == answer_id).with_for_update(of=ReadyAnswer)
    return _of(session.scalar(query.execution_options(populate_existing=True)), authority_id)


def list_versions(session: Session, answer_id: int) -> list[ReadyAnswerVersion]:
    """What an answer has said, newest first."""
    query = select(ReadyAnswerVersion).where(ReadyAnswerVersion.answer_id == answer_id)
    return list(session.scalars(query.order_by(ReadyAnswerVersion.number.desc())))


def count_versions(session: Session, answer_id: int) -> int:
    """How many versions an answer has had."""
    counted = select(func.count()).select_from(ReadyAnswerVersion)
    return session.scalar(counted.where(ReadyAnswerVersion.answer_id == answer_id)) or 0


def find_version(session: Session, authority_id: int, version_id: int) -> ReadyAnswerVersion | None:
    """One version, of this authority."""
    version = session.get(ReadyAnswerVersion, version_id)
    return version if version is not None and version.authority_id == authority_id else None


def list_changes(session: Session, answer_id: int) -> list[ReadyAnswerChange]:
    """What was done to an answer, newest first."""
    query = select(ReadyAnswerChange).where(ReadyAnswerChange.answer_id == answer_id)
    return list(session.scalars(query.order_by(ReadyAnswerChange.id.desc())))


def _of(answer: ReadyAnswer | None, authority_id: int) -> ReadyAnswer:
    if answer is None or answer.authority_id != authority_id:
        raise NotFound("Cette réponse n’existe pas.")
    return answer


_index_of = lru_cache(maxsize=1024)(word_search.index_of)
