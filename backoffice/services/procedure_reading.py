"""Versions of procedures read as values, each once a process: a version never changes."""

from backoffice.domain import procedure_files, procedure_translations
from backoffice.domain.procedures import ProcedureDefinition
from backoffice.errors import Invalid
from backoffice.models.catalogue import Procedure, ProcedureVersion

_KEPT: dict[str, ProcedureDefinition] = {}
_SAID: dict[tuple[str, str], tuple[ProcedureDefinition, ProcedureDefinition]] = {}


def definition_of(procedure: Procedure) -> ProcedureDefinition:
    """The current version as a value."""
    if procedure.current_version is None:
        raise Invalid("Cette démarche n’a pas encore de version publiée.")
    return read_version(procedure.current_version)


def read_version(version: ProcedureVersion) -> ProcedureDefinition:
    """A version as a value; a version never changes, so reading it once a process is enough."""
    kept = _KEPT.get(version.digest)
    if kept is None:
        kept = _KEPT[version.digest] = procedure_files.parse(version.definition)
    return kept


def in_language(definition: ProcedureDefinition, code: str) -> ProcedureDefinition:
    """The definition as citizens read it in this language; made once a process, like the definition itself."""
    known, said = _SAID.get((definition.code, code), (None, definition))
    if known is not definition:
        said = procedure_translations.in_language(definition, code)
        _SAID[definition.code, code] = definition, said
    return said
