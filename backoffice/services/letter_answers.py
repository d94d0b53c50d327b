"""The answers that letters say: what the letters of a procedure may call for, and what a case answers."""

from collections.abc import Mapping

from sqlalchemy.orm import Session

from backoffice.domain import letter_answers
from backoffice.domain.letters import Letter
from backoffice.infra import letter_text, speech
from backoffice.infra.typesetting import one_line
from backoffice.models.cases import Case
from backoffice.models.catalogue import ProcedureVersion
from backoffice.queries import catalogue
from backoffice.services import procedure_reading


def offered(session: Session, authority_id: int, letter: Letter, procedure_code: str) -> Letter:
    """The letter with all that its words may call for: a letter of one procedure also says answers to its questions."""
    procedure = catalogue.find_procedure(session, authority_id, procedure_code) if procedure_code else None
    if procedure is None or procedure.current_version is None:
        return letter
    return letter_answers.with_answers(letter, procedure_reading.definition_of(procedure))


def of_case(session: Session, case: Case, body: str, language: str) -> Mapping[str, str]:
    """The answers of a case that a text calls for, in its language; those that the case lacks are left out.

    A case that was given another procedure has no answer to the questions of that one.
    """
    called = letter_answers.called(letter_text.names_in(body))
    if not called or not case.answers_to_procedure or case.procedure_version_id is None:
        return {}
    with session.no_autoflush:  # the case may be on its way in, and knows its version by number alone
        version = session.get_one(ProcedureVersion, case.procedure_version_id)
    definition = procedure_reading.in_language(procedure_reading.read_version(version), language)
    say = speech.of(language).say
    said = letter_answers.answers_for(definition, case.answers_to_procedure)
    return {name: one_line(say(text)) for name, text in said if name in called}
