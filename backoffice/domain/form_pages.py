"""The pages of a form that is filled in step by step: which there are, what is done, where to go on."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from backoffice.domain.conditions import holds
from backoffice.domain.procedures import DocumentSource, ProcedureDefinition
from backoffice.domain.requester import PREFIX
from backoffice.domain.wording import Wording

DOCUMENTS, DETAILS, SUMMARY = "pieces", "coordonnees", "verification"
"""The pages after those of the procedure's own steps, as they stand in addresses."""

DOCUMENT_PREFIX = "document."
"""The supporting document « link_proof » is posted as « document.link_proof », and stays called so on the case."""
FREE_FILES = "attachments"
PIECE_PREFIX = "piece."
"""The piece « plan » that letter 12 asks for is posted as « piece.12.plan », and stays called so on the case."""

TITLES = {
    DOCUMENTS: Wording("Les pièces à joindre"),
    DETAILS: Wording("Vos coordonnées"),
    SUMMARY: Wording("Vérifiez vos réponses"),
}


@dataclass(frozen=True, slots=True)
class FormPage:
    """One page; `rank` is its step's in the definition, None for the pages that every procedure has."""

    slug: str
    title: str
    rank: int | None = None
    is_done: bool = False


def list_pages(
    definition: ProcedureDefinition,
    values: Mapping[str, Any],
    passed: Collection[str] = (),
    wrong: Iterable[str] = (),
) -> tuple[FormPage, ...]:
    """The pages to go through with these answers, in order; a step that they do not call for is not there.

    A page is done when it was `passed` and none of the inputs still `wrong` (their names) is on it.
    """
    faulty = {page_of(definition, name) for name in wrong}
    own = [(str(rank + 1), step.title, rank) for rank, step in enumerate(definition.steps) if holds(step.when, values)]
    others = [DOCUMENTS] if asks_for_files(definition) else []
    slugs = [*own, *((slug, TITLES[slug], None) for slug in (*others, DETAILS, SUMMARY))]
    return tuple(
        FormPage(slug, title, rank, slug in passed and slug not in faulty and slug != SUMMARY)
        for slug, title, rank in slugs
    )


def every_slug(definition: ProcedureDefinition) -> frozenset[str]:
    """The pages that the procedure may have, whatever the answers."""
    return frozenset({*(str(rank + 1) for rank in range(len(definition.steps))), DOCUMENTS, DETAILS})


def asks_for_files(definition: ProcedureDefinition) -> bool:
    """Whether there is a page for supporting documents."""
    return definition.max_attachments > 0 or any(one.source is DocumentSource.USER for one in definition.documents)


def page_of(definition: ProcedureDefinition, name: str) -> str:
    """The page that asks for an input, by its name (« holder.family_name », « child-0.class »); empty for none."""
    if name.startswith(PREFIX):
        return DETAILS
    if name.startswith(DOCUMENT_PREFIX) or name == FREE_FILES:
        return DOCUMENTS
    code = code_of(name)
    ranks = (rank for rank, step in enumerate(definition.steps) if any(field.code == code for field in step.fields))
    return next((str(rank + 1) for rank in ranks), "")


def code_of(name: str) -> str:
    """The field of an input: « child » for « child-0.class »."""
    return name.partition(".")[0].partition("-")[0]


def next_page(pages: tuple[FormPage, ...]) -> FormPage:
    """Where to go on: the first page that is not done, which is the summary at the end."""
    return next(page for page in pages if not page.is_done)


def find_page(pages: tuple[FormPage, ...], slug: str) -> FormPage | None:
    """One page, unless the answers do not call for it."""
    return next((page for page in pages if page.slug == slug), None)


def page_before(pages: tuple[FormPage, ...], slug: str) -> FormPage | None:
    """The page before this one, None before the first."""
    slugs = [page.slug for page in pages]
    return pages[slugs.index(slug) - 1] if slug in slugs[1:] else None
