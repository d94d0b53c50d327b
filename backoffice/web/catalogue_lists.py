"""Procedures in lists: by theme, by moment of life, by search; each says at once when it takes no request."""

from collections.abc import Iterable
from dataclasses import dataclass

from backoffice.domain.french import fold
from backoffice.domain.incoming import ChannelCode
from backoffice.domain.procedure_search import search
from backoffice.domain.procedures import ProcedureDefinition
from backoffice.domain.wording import Wording
from backoffice.models.catalogue import Procedure
from backoffice.queries import catalogue as queries
from backoffice.web import said_procedures
from backoffice.web.current import authority, runtime
from backoffice.web.pages import closed_doors, today_here

CLOSED_BY_THE_HOUSE = Wording("Cette démarche est fermée pour le moment : aucune demande ne peut être déposée.")
NOT_BY_INTERNET = Wording("Cette démarche ne peut pas être faite par internet.")

Group = tuple[str, list["Listed"]]
"""A heading, and what stands under it."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A procedure in a list: what it is, and why it takes no request now (empty when it does)."""

    definition: ProcedureDefinition
    closure: str

    @property
    def code(self) -> str:
        """Its code, which is in its address."""
        return self.definition.code

    @property
    def mark(self) -> str:
        """In a few words, what its name must not hide in a list."""
        if self.definition.sve_excluded:
            return Wording("pas en ligne")
        return Wording("fermée en ce moment") if self.closure else ""


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment of life, and the procedures that go with it; `slug` is its address."""

    slug: str
    title: str
    listed: list[Listed]


def closure_of(procedure: Procedure, definition: ProcedureDefinition) -> str:
    """Why a procedure takes no request by internet today, for people; empty when it does."""
    if not procedure.open:
        return CLOSED_BY_THE_HOUSE
    if definition.sve_excluded:
        return Wording("%(said)s %(basis)s", said=NOT_BY_INTERNET, basis=definition.sve_basis)
    return closed_doors().get(ChannelCode.WEB_FORM, "") or definition.closure_sentence(today_here())


def list_all() -> list[Listed]:
    """Every procedure of the authority, by title."""
    with runtime().database.reading() as session:
        return [
            Listed(definition := said_procedures.definition_of(one), closure_of(one, definition))
            for one in queries.list_procedures(session, authority().id, open_only=False)
        ]


def by_theme(listed: Iterable[Listed]) -> list[Group]:
    """The procedures under their themes, both in the order of the alphabet."""
    themes: dict[str, list[Listed]] = {}
    for one in listed:
        themes.setdefault(one.definition.theme, []).append(one)
    return sorted(((_heading(theme, under), under) for theme, under in themes.items()), key=lambda one: fold(one[0]))


def by_moment(listed: Iterable[Listed]) -> list[Moment]:
    """The procedures under each moment of life that calls for them."""
    moments: dict[str, list[Listed]] = {}
    for one in listed:
        for title in one.definition.life_events:
            moments.setdefault(title, []).append(one)
    found = [Moment(fold(title).replace(" ", "-"), _heading(title, under), under) for title, under in moments.items()]
    return sorted(found, key=lambda moment: moment.slug)


def _heading(text: str, under: list[Listed]) -> str:
    return said_procedures.heading((one.definition for one in under), text)


def matching(listed: list[Listed], typed: str) -> list[Listed]:
    """The procedures that answer these words, best first."""
    by_code = {one.code: one for one in listed}
    return [by_code[found.code] for found in search([one.definition for one in listed], typed)]
