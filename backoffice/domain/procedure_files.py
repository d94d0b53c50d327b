"""Procedures in and out of the house as one YAML file each, every fault listed in French."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import yaml

from backoffice.domain import calculated, procedure_translations, records, sub_states
from backoffice.domain.conditions import Among, Condition, comparisons
from backoffice.domain.fields import CHOICE_KINDS, CODE, CODE_RULE, Field, FieldKind, faults_of, parts_of
from backoffice.domain.procedures import ProcedureDefinition
from backoffice.domain.records import Faults
from backoffice.errors import Invalid

MAX_FILE_LENGTH = 500_000
"""Characters of a file; the longest procedure of the starter catalogue is fifty times shorter."""

MAX_SUMMARY_SENTENCES = 10

RESERVED = frozenset({"attachments", "section", "submission", "shown", "page", "add", "remove", "refresh"})
RESERVED_IN_PARTS = frozenset({"requester", "document"})
"""Codes that a form uses for itself; the second ones only before a point, in the names of parts."""

_REFUSED = "Ce fichier de démarche contient des erreurs. Corrigez-les puis recommencez."


def parse(data: Any) -> ProcedureDefinition:
    """The procedure described by `data`; raises Invalid, whose `faults` list them all (path → sentence).

    Whether its department exists is for the caller to check.
    """
    faults: Faults = {}
    definition = records.read(ProcedureDefinition, data, "", faults)
    if isinstance(definition, ProcedureDefinition):
        faults |= dict(_incoherences(definition))
    if faults or not isinstance(definition, ProcedureDefinition):
        raise Invalid(_REFUSED, faults)
    return definition


def dump(definition: ProcedureDefinition) -> dict[str, Any]:
    """The procedure as plain data, such that `parse(dump(definition)) == definition`."""
    return records.write(definition)


def read_yaml(text: str) -> ProcedureDefinition:
    """The procedure written in a YAML file; raises Invalid if it is not understood or not coherent."""
    return parse(load_yaml(text))


def write_yaml(definition: ProcedureDefinition) -> str:
    """The procedure as a YAML file that `read_yaml` understands, keys in the order of the definition."""
    return dump_yaml(dump(definition))


def dump_yaml(data: Any) -> str:
    """Plain data as the YAML of the house: blocks, accents as they are, order kept."""
    return yaml.dump(data, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=110)


def load_yaml(text: str) -> Any:
    """Plain data of a YAML text; raises Invalid with the line at fault.

    Only plain types are built; a repeated key (which YAML would silently drop) and aliases (which can grow a
    small file into an enormous one) are refused.
    """
    if len(text) > MAX_FILE_LENGTH:
        raise Invalid(_REFUSED, {"fichier": "Ce fichier est trop long pour une démarche."})
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506 - a SafeLoader
    except yaml.MarkedYAMLError as error:
        line = f"Ligne {error.problem_mark.line + 1} : " if error.problem_mark else ""
        reason = error.problem if isinstance(error, _Refused) else "l’écriture YAML n’est pas correcte ici."
        raise Invalid(_REFUSED, {"fichier": f"{line}{reason}"}) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise Invalid(_REFUSED, {"fichier": "Ce fichier n’est pas un fichier YAML lisible."}) from error


class _Refused(yaml.MarkedYAMLError):
    """Correct YAML that we do not take."""


class _Loader(yaml.SafeLoader):
    """Plain types only, no repeated key, no alias."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise _Refused(problem="les renvois YAML (*nom) ne sont pas acceptés.", problem_mark=mark)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise _Refused(problem="une clé est un simple mot.", problem_mark=key.start_mark)
            if key.value in seen:
                problem = f"la clé « {key.value} » est écrite deux fois."
                raise _Refused(problem=problem, problem_mark=key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


class _Dumper(yaml.SafeDumper):
    """Lists indented under their key, which people read more easily."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def _text_node(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    """Text whose rare line ends (NEL, U+2028, U+2029) are escaped: written as they are, YAML reads them as spaces."""
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"' if _RARE_LINE_ENDS & set(text) else None)


_RARE_LINE_ENDS = frozenset("\x85\u2028\u2029")
_Dumper.add_representer(str, _text_node)


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
    yield from lifecycle_faults(definition)


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


def _field_incoherences(fields: Sequence[Field], before: dict[str, Field], path: str) -> Iterator[tuple[str, str]]:
    """Faults of these fields; each is added to `before`, where the conditions of the next ones may look."""
    for rank, field in enumerate(fields):
        here = f"{path}.fields.{rank}"
        yield from faults_of(field, here).items()
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
    fields = {field.code: field for field in definition.fields}
    codes: set[str] = set()
    for rank, document in enumerate(definition.documents):
        path = f"documents.{rank}"
        if not CODE.fullmatch(document.code) or document.code in codes | set(fields):
            yield f"{path}.code", "Donnez à ce document un code qui ne serve qu’à lui, en minuscules."
        if not document.legal_basis.strip():
            yield f"{path}.legal_basis", "Citez le texte qui permet de demander ce document (L114-5)."
        yield from _condition_faults(document.when, fields, f"{path}.when")
        codes.add(document.code)
