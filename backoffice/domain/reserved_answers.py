"""Answers that only some read: the roles and the departments that a procedure names beside a question."""

from collections.abc import Iterator, Mapping

from backoffice.domain.fields import Field
from backoffice.domain.policy import Actor, Role
from backoffice.domain.procedures import ProcedureDefinition

RESERVED = "Réponse réservée"
"""What the others read in its place."""


def list_reserved(definition: ProcedureDefinition) -> dict[str, tuple[str, ...]]:
    """The questions whose answer is reserved, by their code, with the roles and departments that read it."""
    return {one.code: one.readers for one in _fields(definition.fields) if one.readers}


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
