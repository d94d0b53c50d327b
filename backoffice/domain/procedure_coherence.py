"""What does not hold together in a procedure: conditions on nothing, codes used twice, documents without a basis."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from backoffice.domain import calculated, fields, procedure_translations, sub_states
from backoffice.domain.conditions import Among, Condition, comparisons
from backoffice.domain.fields import CHOICE_KINDS, CODE, CODE_RULE, Field, FieldKind, parts_of
from backoffice.domain.procedures import ProcedureDefinition, RetentionStart
from backoffice.domain.records import Faults

MAX_SUMMARY_SENTENCES = 10

DAY_KINDS = frozenset({FieldKind.DATE, FieldKind.PERIOD})
"""Questions whose answer can begin the time that a file is kept."""
KNOWN_STARTS = frozenset({RetentionStart.CLOSURE, RetentionStart.END_OF_SCHOOL_YEAR})
"""Events that the house knows without asking."""

RESERVED = frozenset({"attachments", "section", "submission", "shown", "page", "add", "remove", "refresh"})
RESERVED_IN_PARTS = frozenset({"requester", "document"})
"""Codes that a form uses for itself; the second ones only before a point, in the names of parts."""


def faults_of(definition: ProcedureDefinition) -> Faults:
    """What keeps a procedure from being published (path → French sentence).

    Whether its department and its readers exist, and whether its legal regime stands, is for the caller to check.
    """
    return dict(_incoherences(definition))


def _incoherences(definition: ProcedureDefinition) -> Iterator[tuple[str, str]]:
    if not CODE.fullmatch(definition.code):
        yield "code", CODE_RULE
    for key in ("title", "who", "theme", "department", "fee"):
        if not getattr(definition, key).strip():
            yield key, "Ce texte est vide : complétez-le."
    if not 1 <= len(definition.summary) <= MAX_SUMMARY_SENTENCES:
        yield "summary", f"Résumez la démarche en {MAX_SUMMARY_SENTENCES} phrases au plus, une par ligne."
    yield from procedure_translations.faults_of(definition)
    if definition.opens_on and definition.closes_on and definition.closes_on < definition.opens_on:
        yield "closes_on", "La fermeture vient avant l’ouverture."
    if definition.sve_excluded and not definition.sve_basis:
        yield "sve_basis", "Citez le texte qui exclut l’envoi électronique (L112-10)."
    if not definition.steps:
        yield "steps", "Donnez au moins une étape au formulaire."
    yield from _form_incoherences(definition)
    yield from _document_incoherences(definition)
    yield from _checklist_incoherences(definition)
    yield from _retention_incoherences(definition)
    yield from lifecycle_faults(definition)


def _retention_incoherences(definition: ProcedureDefinition) -> Iterator[tuple[str, str]]:
    rule = definition.retention
    if not rule.start_field:
        return
    field = definition.find_field(rule.start_field)
    if field is None or field.kind not in DAY_KINDS:
        yield (
            "retention.start_field",
            f"« {rule.start_field} » n’est pas une question de date ou de période du formulaire.",
        )
    elif rule.from_ in KNOWN_STARTS:
        yield "retention.start_field", "Ce début de conservation se connaît sans question : retirez-la."


def regimes_of(definition: ProcedureDefinition) -> list[dict[str, Any]]:
    """Every legal regime that a case of the procedure may have, as data."""
    return [dict(definition.regime), *({**definition.regime, **one.regime} for one in definition.regime_variants)]


def lifecycle_faults(definition: ProcedureDefinition) -> Iterator[tuple[str, str]]:
    """What is wrong with the lifecycle of a procedure (path → French sentence)."""
    documents = [one.code for one in definition.documents]
    asked = [one.code for one in definition.fields]
    may_close = sub_states.may_close_in_silence(regimes_of(definition))
    for path, sentence in sub_states.faults_of(definition.lifecycle, asked, documents, may_close=may_close):
        yield f"lifecycle.{path}", sentence


def _form_incoherences(definition: ProcedureDefinition) -> Iterator[tuple[str, str]]:
    before: dict[str, Field] = {}
    for rank, step in enumerate(definition.steps):
        path = f"steps.{rank}"
        if not step.title.strip() or not step.fields:
            yield path, "Une étape a un titre et au moins un champ."
        yield from _condition_faults(step.when, before, f"{path}.when")
        yield from _field_incoherences(step.fields, before, path)
    for rank, rule in enumerate(definition.eligibility):
        yield from _condition_faults(rule.when, before, f"eligibility.{rank}.when")
    for rank, variant in enumerate(definition.regime_variants):
        yield from _condition_faults(variant.when, before, f"regime_variants.{rank}.when")
    yield from _condition_faults(definition.posted_when, before, "posted_when")


def _field_incoherences(asked: Sequence[Field], before: dict[str, Field], path: str) -> Iterator[tuple[str, str]]:
    """Faults of these fields; each is added to `before`, where the conditions of the next ones may look."""
    for rank, field in enumerate(asked):
        here = f"{path}.fields.{rank}"
        yield from fields.faults_of(field, here).items()
        yield from _condition_faults(field.when, before, f"{here}.when")
        yield from calculated.faults_of(field, before, here)
        if field.kind is FieldKind.BLOCK:
            yield from _inner_incoherences(field, dict(before), here)
        if field.code in before:
            yield f"{here}.code", f"Le code « {field.code} » sert déjà à un autre champ."
        if field.code in RESERVED or (field.code in RESERVED_IN_PARTS and parts_of(field)):
            yield f"{here}.code", f"Le code « {field.code} » est réservé : choisissez-en un autre."
        before[field.code] = field


def _inner_incoherences(block: Field, before: dict[str, Field], path: str) -> Iterator[tuple[str, str]]:
    """Inside a block, conditions see the fields before the block and its own."""
    for rank, field in enumerate(block.fields):
        yield from _condition_faults(field.when, before, f"{path}.fields.{rank}.when")
        yield from calculated.faults_of(field, before, f"{path}.fields.{rank}")
        if field.code in before:
            yield f"{path}.fields.{rank}.code", f"Le code « {field.code} » sert déjà à un autre champ."
        before[field.code] = field


def _condition_faults(condition: Condition | None, before: Mapping[str, Field], path: str) -> Iterator[tuple[str, str]]:
    """A condition looks at fields already asked, and at answers that they can have."""
    for one in comparisons(condition):
        field = before.get(one.field)
        if field is None:
            yield path, f"Cette condition regarde « {one.field} », qui n’est pas un champ écrit avant."
        elif isinstance(one, Among) and (lost := _impossible_values(one, field)):
            yield path, f"« {', '.join(lost)} » n’est pas une réponse possible à « {one.field} »."


def _impossible_values(comparison: Among, field: Field) -> list[str]:
    possible: set[Any]
    if field.kind in CHOICE_KINDS:
        possible = {choice.value for choice in field.choices}
    elif field.kind is FieldKind.YES_NO:
        possible = {True, False}
    else:
        return []
    return [str(value) for value in comparison.values if value not in possible]


def _checklist_incoherences(definition: ProcedureDefinition) -> Iterator[tuple[str, str]]:
    known: set[str] = set()
    for rank, item in enumerate(definition.checklist):
        if not CODE.fullmatch(item.code):
            yield f"checklist.{rank}.code", CODE_RULE
        if item.code in known:
            yield f"checklist.{rank}.code", "Ce code est déjà celui d’un autre point à vérifier."
        if not item.label.strip():
            yield f"checklist.{rank}.label", "Dites ce qui est à vérifier."
        known.add(item.code)


def _document_incoherences(definition: ProcedureDefinition) -> Iterator[tuple[str, str]]:
    asked = {field.code: field for field in definition.fields}
    codes: set[str] = set()
    for rank, document in enumerate(definition.documents):
        path = f"documents.{rank}"
        if not CODE.fullmatch(document.code) or document.code in codes | set(asked):
            yield f"{path}.code", "Donnez à ce document un code qui ne serve qu’à lui, en minuscules."
        if not document.legal_basis.strip():
            yield f"{path}.legal_basis", "Citez le texte qui permet de demander ce document (L114-5)."
        yield from _condition_faults(document.when, asked, f"{path}.when")
        codes.add(document.code)
