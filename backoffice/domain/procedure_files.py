"""Procedures in and out of the house as one YAML file each, every fault listed in French."""

from typing import Any

import yaml

from backoffice.domain import procedure_coherence, records
from backoffice.domain.procedures import ProcedureDefinition
from backoffice.domain.records import Faults
from backoffice.errors import Invalid

MAX_FILE_LENGTH = 500_000
"""Characters of a file; the longest procedure of the starter catalogue is fifty times shorter."""

_REFUSED = "Ce fichier de démarche contient des erreurs. Corrigez-les puis recommencez."


def parse(data: Any) -> ProcedureDefinition:
    """The procedure described by `data`; raises Invalid, whose `faults` list them all (path → sentence).

    Whether its department exists is for the caller to check.
    """
    definition = read(data)
    if faults := procedure_coherence.faults_of(definition):
        raise Invalid(_REFUSED, faults)
    return definition


def read(data: Any) -> ProcedureDefinition:
    """The same, coherent or not, as a draft may be: raises Invalid only for what is not written as a procedure is."""
    faults: Faults = {}
    definition = records.read(ProcedureDefinition, data, "", faults)
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
