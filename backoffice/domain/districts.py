"""The districts (quartiers) of an authority: outlines, streets, and which of them a case is in."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from backoffice.domain import street_lists
from backoffice.domain.addresses import Point, point_of
from backoffice.domain.fields import FieldKind
from backoffice.domain.polygons import Outline
from backoffice.domain.procedures import ProcedureDefinition
from backoffice.domain.street_lists import Stretch

# Where the matter is tells more than where the requester lives.
_KINDS = (FieldKind.PLACE, FieldKind.ADDRESS)


@dataclass(frozen=True, slots=True)
class District:
    """A part of the territory: what its outlines hold, and its streets."""

    id: int
    name: str
    outlines: tuple[Outline, ...] = ()
    streets: tuple[Stretch, ...] = ()


@dataclass(frozen=True, slots=True)
class Spot:
    """Where something is: its point if it is known, and its address as it is written."""

    point: Point | None = None
    address: str = ""


def spot_of(definition: ProcedureDefinition, values: Mapping[str, Any]) -> Spot:
    """What the answers say of where: the first place of the form, failing that its first address."""
    fields = sorted((one for one in definition.fields if one.kind in _KINDS), key=lambda one: _KINDS.index(one.kind))
    for field in fields:
        said = values.get(field.code)
        if isinstance(said, Mapping) and said:
            return Spot(point_of(said), str(said.get("line") or said.get("address") or ""))
    return Spot()


def list_shared_streets(districts: Iterable[District]) -> list[tuple[str, list[str]]]:
    """The streets, folded, that have addresses in several districts at once, with the names of these in their order."""
    known: dict[str, list[tuple[District, Stretch]]] = {}
    for district in districts:
        for stretch in district.streets:
            known.setdefault(stretch.street, []).append((district, stretch))
    found = []
    for street, parts in known.items():
        shared = [
            district.name
            for district, part in parts
            if any(other is not district and part.meets(theirs) for other, theirs in parts)
        ]
        if shared:
            found.append((street, list(dict.fromkeys(shared))))
    return found


def find(districts: Iterable[District], spot: Spot) -> District | None:
    """The first district that has the point in an outline, failing that the address in its streets."""
    known = list(districts)
    if spot.point is not None:
        for district in known:
            if any(outline.contains(spot.point) for outline in district.outlines):
                return district
    address = street_lists.folded(spot.address) if spot.address else ""
    if not address:
        return None
    return next((one for one in known if street_lists.is_in(one.streets, address)), None)
