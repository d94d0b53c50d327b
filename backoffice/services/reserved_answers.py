"""The answers and files of a case as one person may read them: what is reserved is said to be, and not shown."""

from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy.orm import Session

from backoffice.domain import answer_text, reserved_answers
from backoffice.domain.policy import Actor
from backoffice.domain.procedures import ProcedureDefinition
from backoffice.models.cases import Attachment, Case
from backoffice.queries import catalogue
from backoffice.services import procedures


def describe(session: Session, actor: Actor, case: Case) -> list[tuple[str, str]]:
    """Each answered question of a case with its answer, or with the word that stands for one that is reserved."""
    if case.form_version is None:
        return []
    definition = procedures.read_version(case.form_version)
    hidden: frozenset[str] = frozenset()
    if reserved_answers.list_reserved(definition):
        hidden = reserved_answers.hidden_from(actor, definition, case.department_id, _departments(session, case))
    return answer_text.describe(definition, case.answers, hidden=hidden)


def describe_for_all(case: Case) -> list[tuple[str, str]]:
    """The same for what anybody who may read the case opens later: nothing reserved is written there."""
    if case.form_version is None:
        return []
    definition = procedures.read_version(case.form_version)
    hidden = frozenset(reserved_answers.list_reserved(definition))
    return answer_text.describe(definition, case.answers, hidden=hidden)


def is_reserved(case: Case, name: str) -> bool:
    """Whether a file posted under this name answers something that the procedure keeps for some."""
    asked = reserved_answers.questions_of(name) if name else frozenset()
    return bool(asked) and not asked.isdisjoint(_list_reserved(case))


def hidden_files(session: Session, actor: Actor, case: Case, files: Sequence[Attachment]) -> frozenset[int]:
    """The ids of the files of this case, among these, that the actor does not read.

    Whoever may not say what a reserved file answers (its question is gone) does not read it either.
    """
    reserved = [one for one in files if one.reserved and one.case_id == case.id]
    if not reserved:
        return frozenset()
    known, hidden = _list_reserved(case), list_hidden(session, actor, case)
    return frozenset(
        one.id for one in reserved if not (asked := reserved_answers.questions_of(one.field)) & known or asked & hidden
    )


def list_hidden(session: Session, actor: Actor, case: Case) -> frozenset[str]:
    """What the actor does not read of what the procedure keeps for some: questions and documents, by code."""
    if not _list_reserved(case):
        return frozenset()
    departments = _departments(session, case)
    hidden = (reserved_answers.hidden_from(actor, one, case.department_id, departments) for one in _definitions(case))
    return frozenset().union(*hidden)


def reserves(case: Case) -> bool:
    """Whether the procedure of a case keeps anything for some."""
    return bool(_list_reserved(case))


def _list_reserved(case: Case) -> frozenset[str]:
    return frozenset().union(*(reserved_answers.list_reserved(one) for one in _definitions(case)))


def _definitions(case: Case) -> Iterator[ProcedureDefinition]:
    """The form that the answers were given to, and the procedure of today, whose documents are asked for later."""
    versions = {one.id: one for one in (case.form_version, case.procedure_version) if one is not None}
    return (procedures.read_version(one) for one in versions.values())


def _departments(session: Session, case: Case) -> Mapping[str, int]:
    listed = catalogue.list_departments(session, case.authority_id, with_inactive=True)
    return {one.code: one.id for one in listed}
