"""Procedures in the language of the page: their definitions, and their names wherever a case or a draft wears one."""

from collections.abc import Iterable

from flask import g

from backoffice.domain.procedure_translations import translated
from backoffice.domain.procedures import ProcedureDefinition
from backoffice.models.catalogue import Procedure, ProcedureVersion
from backoffice.queries import catalogue as queries
from backoffice.services import procedures
from backoffice.web.current import authority, runtime
from backoffice.web.languages import spoken


def definition_of(procedure: Procedure) -> ProcedureDefinition:
    """The current version, as citizens read it."""
    return said(procedures.definition_of(procedure))


def read_version(version: ProcedureVersion) -> ProcedureDefinition:
    """A version, as citizens read it."""
    return said(procedures.read_version(version))


def said(definition: ProcedureDefinition) -> ProcedureDefinition:
    """A definition in the language of the page."""
    return procedures.in_language(definition, spoken().language.code)


def title(text: str) -> str:
    """A name that a case or a report took from its procedure, in the language of the page; any other text as it is."""
    return text if spoken().is_french else _translations().get(text, text)


def heading(definitions: Iterable[ProcedureDefinition], text: str) -> str:
    """A theme or a moment of life in the language of the page, from the first procedure under it that says it there."""
    said = (translated(one, text, spoken().language.code) for one in definitions)
    return next((words for words in said if words != text), text)


def _translations() -> dict[str, str]:
    if "procedure_translations" not in g:
        with runtime().database.reading() as session:
            found = queries.list_procedures(session, authority().id, open_only=False)
            known = [procedures.definition_of(one) for one in found]
        code = spoken().language.code
        g.procedure_translations = {
            text: words for one in known for text, words in one.translations.get(code, {}).items()
        }
    translations: dict[str, str] = g.procedure_translations
    return translations
