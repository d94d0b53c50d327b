"""Answers that only some read: the roles and the departments that a procedure names beside a question."""

from collections.abc import Iterator, Mapping

from backoffice.domain.fields import Field
from backoffice.domain.form_pages import DOCUMENT_PREFIX, PIECE_PREFIX, code_of
from backoffice.domain.policy import Actor, Role
from backoffice.domain.procedures import ProcedureDefinition

RESERVED = "Réponse réservée, s’il y en a une"
RESERVED_FILE = "Fichier réservé"
"""What the others read in its place."""


def list_reserved(definition: ProcedureDefinition) -> dict[str, tuple[str, ...]]:
    """What is reserved, with the roles and departments that read it: questions by their code, documents as posted."""
    documents = {f"{DOCUMENT_PREFIX}{one.code}": one.readers for one in definition.documents if one.readers}
    return {one.code: one.readers for one in _fields(definition.fields) if one.readers} | documents


def questions_of(name: str) -> frozenset[str]:
    """What a file answers, by the name it was posted under, as `list_reserved` calls it.

    A question (« plans »), one of a block with its block (« child-0.photo »), or a document, whether it came with the
    form (« document.plan ») or later (« piece.12.plan »).
    """
    if name.startswith(PIECE_PREFIX):
        return frozenset({DOCUMENT_PREFIX + name.removeprefix(PIECE_PREFIX).partition(".")[2]})
    if name.startswith(DOCUMENT_PREFIX):
        return frozenset({name})
    return frozenset({code_of(name), name.rpartition(".")[2]})


def hidden_from(
    actor: Actor, definition: ProcedureDefinition, department_id: int, departments: Mapping[str, int]
) -> frozenset[str]:
    """The codes of the answers that the actor does not read in a case of this department.

    A role counts where it is held: in the department of the case, or in the whole authority. `departments` gives the
    number of each by its code.
    """
    roles = {one.role.value for one in actor.grants if one.department_id in (None, department_id)}
    mine = roles | {code for code, number in departments.items() if number in actor.department_ids}
    return frozenset(code for code, readers in list_reserved(definition).items() if not mine & set(readers))


def unknown_readers(definition: ProcedureDefinition, departments: Mapping[str, int]) -> list[str]:
    """What is named beside a question and is neither a role nor a department."""
    named = {reader for readers in list_reserved(definition).values() for reader in readers}
    return sorted(named - set(Role) - departments.keys())


def _fields(fields: tuple[Field, ...]) -> Iterator[Field]:
    for one in fields:
        yield one
        yield from _fields(one.fields)
