"""The districts of an authority, written by administrators; each change is kept, and cases know theirs."""

import secrets
from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from backoffice.domain import districts, policy, polygons, street_lists
from backoffice.domain.districts import District, Spot
from backoffice.domain.french import fold, typographic
from backoffice.domain.policy import Actor, Permission
from backoffice.domain.polygons import Outline
from backoffice.domain.setting_screens import Screen
from backoffice.errors import Invalid
from backoffice.models.authorities import Authority
from backoffice.models.districts import DistrictChange, DistrictRow
from backoffice.queries import catalogue
from backoffice.queries import districts as queries
from backoffice.services import moment, outbox, setting_history
from backoffice.services.outbox import JobKind

LONGEST_NAME, MOST_DISTRICTS = 80, 500
CHANGES = {
    "created": "Créé",
    "set": "Modifié",
    "imported": "Contour importé",
    "retired": "Retiré",
    "restored": "Rétabli",
}
# In the details of the authority: a mark that changes with its districts, so that they are read again only then.
MARK = "districts"
_MOST_KEPT = 100
_kept: dict[str, tuple[District, ...]] = {}


def districts_of(session: Session, authority: Authority) -> tuple[District, ...]:
    """The districts in service, by name; read once a process for each change of theirs."""
    mark = authority.details.get(MARK, "")
    if not mark:
        return ()
    if mark not in _kept:
        if len(_kept) >= _MOST_KEPT:
            _kept.clear()
        _kept[mark] = tuple(value_of(row) for row in queries.list_all(session, authority.id))
    return _kept[mark]


def find(session: Session, authority: Authority, spot: Spot) -> District | None:
    """The district of a place, if it is in one."""
    known = districts_of(session, authority) if spot != Spot() else ()
    return districts.find(known, spot) if known else None


def name_of(session: Session, authority: Authority, district_id: int | None) -> str:
    """What the district of a case is called; empty without one."""
    if district_id is None:
        return ""
    named = (one.name for one in districts_of(session, authority) if one.id == district_id)
    return next(named, "") or queries.get_district(session, authority.id, district_id).name


def value_of(row: DistrictRow) -> District:
    """The district that a row holds."""
    outlines = tuple(polygons.from_data(one) for one in row.outlines)
    return District(row.id, row.name, outlines, street_lists.read(row.streets))


def create(session: Session, actor: Actor, typed: Mapping[str, str]) -> DistrictRow:
    """A new district, from a form (`name`, `streets`); raise Invalid, field by field."""
    policy.require(actor, Permission.DEPARTMENT_MANAGE)
    _changing(session, actor)
    name, streets = _read(session, actor, typed, None)
    row = _new(session, actor, name)
    row.streets = streets
    _note(session, actor, row, "created", {})
    return row


def update(session: Session, actor: Actor, district_id: int, typed: Mapping[str, str]) -> DistrictRow:
    """Another name, other streets; `outline` = « remove » takes its outline away."""
    policy.require(actor, Permission.DEPARTMENT_MANAGE)
    _changing(session, actor)
    row = queries.get_district(session, actor.authority_id, district_id)
    before = _shown(row)
    row.name, row.streets = _read(session, actor, typed, row)
    row.folded = fold(row.name)
    if typed.get("outline") == "remove":
        row.outlines = []
    _note(session, actor, row, "set", before)
    return row


def import_outlines(session: Session, actor: Actor, text: str) -> list[str]:
    """Draw the districts of a GeoJSON file, those of the same name again; give their names, or raise Invalid."""
    policy.require(actor, Permission.DEPARTMENT_MANAGE)
    drawn = polygons.read_geojson(text)
    _changing(session, actor)
    for name, outlines in drawn.items():
        row = queries.find_named(session, actor.authority_id, fold(name)) or _new(session, actor, typographic(name))
        before = _shown(row)
        row.outlines, row.retired_at = [one.to_data() for one in outlines], None
        _note(session, actor, row, "imported", before)
    return list(drawn)


def set_active(session: Session, actor: Actor, district_id: int, *, active: bool) -> None:
    """Retire a district, or bring it back; its cases keep it."""
    policy.require(actor, Permission.DEPARTMENT_MANAGE)
    _changing(session, actor)
    row = queries.get_district(session, actor.authority_id, district_id)
    if (row.retired_at is None) == active:
        return
    row.retired_at = None if active else moment.now()
    _note(session, actor, row, "restored" if active else "retired", _shown(row))


def outlines_of(row: DistrictRow) -> list[Outline]:
    """What a page draws."""
    return [polygons.from_data(one) for one in row.outlines]


def _read(session: Session, actor: Actor, typed: Mapping[str, str], row: DistrictRow | None) -> tuple[str, str]:
    name = typographic(" ".join(typed.get("name", "").replace("\x00", "").split()))
    streets = typed.get("streets", "").replace("\x00", "").strip()
    faults: dict[str, str] = {}
    if not name or not fold(name):
        faults["name"] = "Donnez un nom au quartier."
    elif len(name) > LONGEST_NAME:
        faults["name"] = f"Ce nom est trop long : {LONGEST_NAME} caractères au plus."
    elif (other := queries.find_named(session, actor.authority_id, fold(name))) is not None and other is not row:
        faults["name"] = "Un quartier porte déjà ce nom, en service ou retiré."
    try:
        street_lists.read(streets)
    except Invalid as fault:
        faults["streets"] = fault.sentence
    if faults:
        raise Invalid(faults=faults)
    return name, streets


def _new(session: Session, actor: Actor, name: str) -> DistrictRow:
    if len(queries.list_all(session, actor.authority_id, with_retired=True)) >= MOST_DISTRICTS:
        raise Invalid(f"{MOST_DISTRICTS} quartiers au plus.")
    row = DistrictRow(authority_id=actor.authority_id, name=name, folded=fold(name), created_at=moment.now())
    session.add(row)
    session.flush()
    return row


def _changing(session: Session, actor: Actor) -> None:
    """The authority is locked; its mark changes with its districts, so that every process reads them again.

    Its open cases are placed anew, later.
    """
    authority = catalogue.claim_authority(session, actor.authority_id)
    authority.details = {**authority.details, MARK: secrets.token_hex(8)}
    outbox.promise(
        session, JobKind.PLACE_IN_DISTRICTS, authority_id=authority.id, place=authority.id, mark=authority.details[MARK]
    )


def _points(row: DistrictRow) -> int:
    return sum(len(ring) for outline in row.outlines or () for ring in outline)


def _shown(row: DistrictRow) -> dict[str, str]:
    return {"Nom": row.name, "Rues": row.streets or "", "Points du contour": str(_points(row) or "")}


def _note(session: Session, actor: Actor, row: DistrictRow, kind: str, before: Mapping[str, str]) -> None:
    said: dict[str, Any] = {"name": row.name, "streets": row.streets, "points": _points(row)}
    setting_history.record(session, actor, Screen.DISTRICTS, row.name, before, _shown(row), act=CHANGES[kind])
    session.add(
        DistrictChange(
            authority_id=row.authority_id,
            district_id=row.id,
            kind=kind,
            said=said,
            staff_id=actor.id,
            author=actor.name[:255],
            at=moment.now(),
        )
    )
