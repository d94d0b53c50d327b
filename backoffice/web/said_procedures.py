"""Procedures in the language of the page: their definitions, and their names wherever a case or a draft wears one."""

from collections.abc import Collection, Iterable, Iterator, Mapping

from flask import g
from markupsafe import Markup, escape

from backoffice.domain import procedure_translations
from backoffice.domain.french import tie_phones
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
    return text if spoken().is_french else _names().get(text, text)


def marked_title(text: str) -> str:
    """The same for the body of a page: marked as French when nobody translated it."""
    known = {} if spoken().is_french else _names()
    return _in_french(text) if known.get(text) == text else known.get(text, text)


def marked(text: str, *definitions: ProcedureDefinition) -> str:
    """A text of procedures for a page, marked as French where none of them says it in the language of the page.

    Readers then pronounce it, and write it from left to right, as French (WCAG 3.1.2).
    """
    if not text or type(text) is Wording:
        return text
    code = spoken().language.code
    if spoken().is_french or any(text in one.translations.get(code, {}).values() for one in definitions):
        return tie_phones(text)
    return _in_french(tie_phones(text))


def marked_answers(lines: Iterable[tuple[str, str]], definition: ProcedureDefinition) -> list[tuple[str, str]]:
    """Questions with their answers: what the definition says in French is marked, never what people wrote."""
    if spoken().is_french:
        return list(lines)
    french = _left_in_french(definition)
    return [(_woven(question, french), _woven(answer, french)) for question, answer in lines]


def marked_errors(errors: Mapping[str, str], definition: ProcedureDefinition) -> Mapping[str, str]:
    """Sentences about answers, with the French questions and choices that they quote marked."""
    if not errors or spoken().is_french:
        return errors
    french = _left_in_french(definition)
    return {name: _woven(sentence, french) for name, sentence in errors.items()}


def marked_choices(choices: Iterable[tuple[str, ...]], definition: ProcedureDefinition) -> list[tuple[str, ...]]:
    """The same for the choices of a question: value, label, and a hint when there is one."""
    return [(value, *(marked(text, definition) for text in texts)) for value, *texts in choices]


def heading(definitions: Iterable[ProcedureDefinition], text: str) -> str:
    """A theme or a moment of life in the language of the page, from the first procedure under it that says it there."""
    said = (procedure_translations.translated(one, text, spoken().language.code) for one in definitions)
    return next((words for words in said if words != text), text)


def _names() -> dict[str, str]:
    """Each name that cases and reports take from procedures, and what it is in the language of the page."""
    if "procedure_names" not in g:
        with runtime().database.reading() as session:
            found = queries.list_procedures(session, authority().id, open_only=False)
            known = [procedures.definition_of(one) for one in found]
        code = spoken().language.code
        names = {text: text for one in known for text in (one.title, *_choices_of(one))}
        for one in known:
            names |= one.translations.get(code, {})
        g.procedure_names = names
    found_names: dict[str, str] = g.procedure_names
    return found_names


def _choices_of(definition: ProcedureDefinition) -> Iterator[str]:
    return (choice.label for field in definition.fields for choice in field.choices)


def _in_french(text: str) -> Markup:
    return Markup('<span lang="fr" dir="auto">{}</span>').format(text)


def _left_in_french(definition: ProcedureDefinition) -> frozenset[str]:
    """The texts of a definition in the language of the page that nobody translated."""
    translated_texts = definition.translations.get(spoken().language.code, {}).values()
    return frozenset(procedure_translations.texts(definition)).difference(translated_texts)


def _woven(text: str, french: Collection[str]) -> str:
    """A text where each of these French texts is marked, alone or among the values of a wording."""
    if isinstance(text, Wording) and text.values:
        filled = {name: _woven(one, french) if isinstance(one, str) else one for name, one in text.values.items()}
        if any(isinstance(one, Markup) for one in filled.values()):
            values = {name: one if isinstance(one, Markup) else spoken().value(one) for name, one in filled.items()}
            return escape(spoken().sentence_of(text)) % values
    return _in_french(text) if type(text) is str and text in french else text
