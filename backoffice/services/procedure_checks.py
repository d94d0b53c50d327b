"""What keeps a draft of a procedure from being published, and what is better looked at first."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from backoffice.domain import procedure_coherence, procedure_translations, reserved_answers
from backoffice.domain.conditions import Condition, comparisons
from backoffice.domain.fields import Field, FieldKind
from backoffice.domain.french import NBSP
from backoffice.domain.languages import LANGUAGES
from backoffice.domain.law import Confidence
from backoffice.domain.letters import LETTERS
from backoffice.domain.procedure_words import ATTRIBUTES
from backoffice.domain.procedures import ProcedureDefinition
from backoffice.domain.regime import Regime
from backoffice.errors import Invalid
from backoffice.queries import catalogue
from backoffice.services import procedure_letters, procedures


@dataclass(frozen=True, slots=True)
class Problem:
    """Something to correct (`blocks`) or to look at; `path` says where in the definition, `subject` in words."""

    path: str
    sentence: str
    subject: str = ""
    blocks: bool = True


def list_problems(session: Session, authority_id: int, definition: ProcedureDefinition) -> list[Problem]:
    """What prevents publishing first, then what is worth a look, each in the order of the definition."""
    faults = procedure_coherence.faults_of(definition) | dict(_outside_faults(session, authority_id, definition))
    faults |= procedure_letters.faults_of(definition)
    faults |= procedure_letters.faults_in_force(session, authority_id, definition)
    called = questions_called(session, authority_id, definition)
    told = [(path, sentence, True) for path, sentence in faults.items()]
    told += [(path, sentence, False) for path, sentence in _advice(definition) if path not in faults]
    return [
        Problem(path, _with_names(sentence, called), _subject(definition, path), blocks=blocks)
        for path, sentence, blocks in told
    ]


def questions_called(session: Session, authority_id: int, definition: ProcedureDefinition) -> dict[str, Field]:
    """The questions by code, with those of the version in force that are no longer asked: people know their words."""
    procedure = catalogue.find_procedure(session, authority_id, definition.code)
    before = procedures.definition_of(procedure).fields if procedure and procedure.current_version else ()
    return {one.code: one for one in (*before, *definition.fields)}


def _with_names(sentence: str, called: Mapping[str, Field]) -> str:
    """The sentence with the words of questions in the place of their codes."""
    return re.sub(
        r"«[ \xa0]([a-z][a-z0-9_]*)[ \xa0]»",
        lambda found: f"«{NBSP}{called[found[1]].label}{NBSP}»" if found[1] in called else found[0],
        sentence,
    )


def _subject(definition: ProcedureDefinition, path: str) -> str:
    """What a path is about, in words: « Question « Votre adresse » »; empty for the whole procedure."""
    kind, *rest = path.split(".")
    ranks = [int(one) for one in rest if one.isdecimal()]
    if kind == "steps" and ranks:
        step = definition.steps[ranks[0]]
        if "fields" not in rest or len(ranks) < 2:
            return f"Étape « {step.title} »"
        field = step.fields[ranks[1]]
        return f"Question « {(field.fields[ranks[2]] if len(ranks) > 2 else field).label} »"
    if kind == "documents" and ranks:
        return f"Pièce « {definition.documents[ranks[0]].label} »"
    if kind == procedure_letters.IN_FORCE or (kind == "letters" and ranks):
        code = definition.letters[ranks[0]].letter if ranks else rest[0]
        return f"Courrier « {LETTERS[code].title if code in LETTERS else code} »"
    name = ATTRIBUTES.get(kind, "")
    return name[:1].upper() + name[1:]


def _outside_faults(session: Session, authority_id: int, definition: ProcedureDefinition) -> Iterator[tuple[str, str]]:
    """What the definition names and that does not exist here."""
    known = {one.code: one for one in catalogue.list_departments(session, authority_id, with_inactive=True)}
    if definition.department.strip() and definition.department not in known:
        yield "department", f"Le service « {definition.department} » n’existe pas ici : choisissez-en un de la liste."
    unknown = reserved_answers.unknown_readers(definition, {code: one.id for code, one in known.items()})
    for path, readers in _readers(definition):
        if lost := [one for one in readers if one in unknown]:
            yield path, f"Ni un rôle, ni un service : {', '.join(lost)}. Choisissez qui lit cette réponse."
    for rank, data in enumerate(procedure_coherence.regimes_of(definition)):
        try:
            Regime.from_data(data)
        except Invalid as fault:
            for name, sentence in fault.faults.items():
                yield f"regime.{name}" if rank == 0 else f"regime_variants.{rank - 1}.{name}", sentence


def _readers(definition: ProcedureDefinition) -> Iterator[tuple[str, tuple[str, ...]]]:
    for rank, document in enumerate(definition.documents):
        yield f"documents.{rank}.readers", document.readers
    for step, asked in enumerate(definition.steps):
        for rank, field in enumerate(asked.fields):
            yield f"steps.{step}.fields.{rank}.readers", field.readers
            for inner, one in enumerate(field.fields):
                yield f"steps.{step}.fields.{rank}.fields.{inner}.readers", one.readers


def _advice(definition: ProcedureDefinition) -> Iterator[tuple[str, str]]:
    if definition.regime.get("confidence", Confidence.TO_CONFIRM) == Confidence.TO_CONFIRM:
        yield "regime.confidence", "Le régime juridique est à confirmer : faites-le relire par un juriste."
    if not str(definition.regime.get("basis", "")).strip():
        yield "regime.basis", "Aucun texte ne fonde le régime juridique : les lettres n’en citeront pas."
    if definition.target_working_days is None:
        yield (
            "target_working_days",
            "Aucun délai de réponse n’est promis : celui de la collectivité vaudra, s’il y en a un.",
        )
    if not definition.keywords:
        yield "keywords", "Sans autres mots, la recherche ne trouve la démarche que par son titre et son résumé."
    yield from _advice_on_fields(definition)
    yield from _advice_on_readers(definition)
    yield from procedure_letters.advice_on(definition)
    for rank, document in enumerate(definition.documents):
        if document.confidence is Confidence.TO_CONFIRM and document.legal_basis.strip():
            yield (
                f"documents.{rank}.confidence",
                f"Le texte qui permet de demander « {document.label} » est à confirmer.",
            )
    texts = procedure_translations.texts(definition)
    for code, said in definition.translations.items():
        if code in LANGUAGES and (lost := sum(1 for text in texts if text not in said)):
            language = LANGUAGES[code].name
            yield (
                f"translations.{code}",
                f"{lost} textes n’ont pas de traduction ({language}) : ils restent en français.",
            )


def _advice_on_fields(definition: ProcedureDefinition) -> Iterator[tuple[str, str]]:
    labels = Counter(one.label.strip().casefold() for one in definition.fields)
    for step, asked in enumerate(definition.steps):
        for rank, field in enumerate(asked.fields):
            path = f"steps.{step}.fields.{rank}"
            if labels[field.label.strip().casefold()] > 1:
                yield (
                    f"{path}.label",
                    f"Deux questions s’appellent « {field.label} » : les agents ne les distingueront pas.",
                )
            elif _is_lonely_choice(field):
                yield f"{path}.choices", f"« {field.label} » n’a qu’un choix possible."


def _advice_on_readers(definition: ProcedureDefinition) -> Iterator[tuple[str, str]]:
    """What is asked only after a reserved answer tells it to whoever sees that it was asked."""
    reserved = {one.code: set(one.readers) for one in definition.fields if one.readers}
    for path, readers, conditions in _asked_after(definition):
        looked_at = {one.field for condition in conditions for one in comparisons(condition)} & reserved.keys()
        if told := sorted(code for code in looked_at if not readers or not set(readers) <= reserved[code]):
            why = f"Qui voit que ceci a été demandé devine la réponse à « {told[0]} », qui est réservée"
            yield f"{path}.readers", f"{why} : réservez-le aux mêmes lecteurs."


def _asked_after(
    definition: ProcedureDefinition,
) -> Iterator[tuple[str, tuple[str, ...], tuple[Condition | None, ...]]]:
    """Each question and document: its path, who reads it, and the conditions under which it is asked."""
    for step, asked in enumerate(definition.steps):
        for rank, field in enumerate(asked.fields):
            path = f"steps.{step}.fields.{rank}"
            yield path, field.readers, (asked.when, field.when)
            for inner, one in enumerate(field.fields):
                yield f"{path}.fields.{inner}", one.readers or field.readers, (one.when,)
    for rank, document in enumerate(definition.documents):
        yield f"documents.{rank}", document.readers, (document.when,)


def _is_lonely_choice(field: Field) -> bool:
    return field.kind is FieldKind.CHOICE and len(field.choices) == 1
