"""The answers to a form as one person may read them: what is reserved is said to be, and not shown."""

from sqlalchemy.orm import Session

from backoffice.domain import answer_text, reserved_answers
from backoffice.domain.policy import Actor
from backoffice.models.cases import Case
from backoffice.queries import catalogue
from backoffice.services import procedures


def describe(session: Session, actor: Actor, case: Case) -> list[tuple[str, str]]:
    """Each answered question of a case with its answer, or with the word that stands for one that is reserved."""
    if case.form_version is None:
        return []
    definition = procedures.read_version(case.form_version)
    hidden: frozenset[str] = frozenset()
    if reserved_answers.list_reserved(definition):
        departments = catalogue.list_departments(session, case.authority_id, with_inactive=True)
        ids = {one.code: one.id for one in departments}
        hidden = reserved_answers.hidden_from(actor, definition, case.department_id, ids)
    return answer_text.describe(definition, case.answers, hidden=hidden)


def describe_for_all(case: Case) -> list[tuple[str, str]]:
    """The same for what anybody who may read the case opens later: nothing reserved is written there."""
    if case.form_version is None:
        return []
    definition = procedures.read_version(case.form_version)
    hidden = frozenset(reserved_answers.list_reserved(definition))
    return answer_text.describe(definition, case.answers, hidden=hidden)
