"""Finds procedures from a citizen's words."""

from collections.abc import Sequence
from functools import lru_cache

from backoffice.domain import word_search
from backoffice.domain.procedures import ProcedureDefinition


def search(definitions: Sequence[ProcedureDefinition], typed: str) -> list[ProcedureDefinition]:
    """The procedures that have every word that means something, best first; none of them known: an empty list."""
    return [definitions[place] for place in word_search.find([_index(one) for one in definitions], typed)]


def _index(definition: ProcedureDefinition) -> dict[str, int]:
    return _index_of(
        definition.title,
        " ".join((*definition.keywords, *definition.life_events, definition.theme)),
        " ".join((*definition.summary, definition.who)),
    )


_index_of = lru_cache(maxsize=512)(word_search.index_of)
