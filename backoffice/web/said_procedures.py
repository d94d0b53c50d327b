"""Procedures in the language of the page: their definitions, and their names wherever a case or a draft wears one."""

from collections.abc import Iterable

from flask import g
from markupsafe import Markup

from backoffice.domain.procedure_translations import translated
from backoffice.domain.procedures import ProcedureDefinition
from backoffice.domain.wording import Wording
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


def marked(text: str, *definitions: ProcedureDefinition) -> str:
    """A text of procedures for a page, marked as French where none of them says it in the language of the page.

    Readers then pronounce it, and write it from left to right, as French (WCAG 3.1.2).
    """
    if not text or spoken().is_french or type(text) is Wording:
        return text
    code = spoken().language.code
    if any(text in one.translations.get(code, {}).values() for one in definitions):
        return text
    return Markup('<span lang="fr" dir="auto">{}</span>').format(text)


def marked_choices(choices: Iterable[tuple[str, ...]], definition: ProcedureDefinition) -> list[tuple[str, ...]]:
    """The same for the choices of a question: value, label, and a hint when there is one."""
    return [(value, *(marked(text, definition) for text in texts)) for value, *texts in choices]


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
