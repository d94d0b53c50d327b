"""The districts of the authority: their streets, their outline drawn, and what was changed."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from backoffice.domain.districts import list_shared_streets
from backoffice.domain.french import plural
from backoffice.domain.policy import Permission, allows
from backoffice.domain.polygons import Outline
from backoffice.errors import Invalid
from backoffice.models.districts import DistrictRow
from backoffice.queries import districts as queries
from backoffice.services import districts
from backoffice.web.access import Audience, audience
from backoffice.web.current import actor, runtime

pages = Blueprint("admin_districts", __name__, url_prefix="/agents/quartiers")
LARGEST_FILE = 2 * 1024 * 1024
DRAWN = 100.0
"""The longer side of a drawing, in units of its own."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """What a page draws of a district: a size, and the path of each outline."""

    width: int
    height: int
    paths: list[str]


@pages.get("/")
@audience(Audience.STAFF, Permission.DEPARTMENT_MANAGE)
def show() -> ResponseReturnValue:
    """Every district, with what it is made of."""
    return _list({})


@pages.post("/import")
@audience(Audience.STAFF, Permission.DEPARTMENT_MANAGE)
def import_file() -> ResponseReturnValue:
    """Draw the districts of a GeoJSON file; nothing is half-written."""
    sent = request.files.get("file")
    content = sent.read(LARGEST_FILE + 1) if sent else b""
    try:
        with runtime().database.transaction() as session:
            names = districts.import_outlines(session, actor(), _text(content))
    except Invalid as fault:
        return _list({"file": fault.sentence}), 422
    flash(f"{plural(len(names), 'contour importé', 'contours importés')} : {', '.join(names)}.", "success")
    return redirect(url_for("admin_districts.show"), 303)


@pages.route("/nouveau", methods=["GET", "POST"])
@audience(Audience.STAFF, Permission.DEPARTMENT_MANAGE)
def create() -> ResponseReturnValue:
    """A new district."""
    if request.method == "GET":
        return _form(None, {}, {})
    return _posted(None, lambda session: districts.create(session, actor(), request.form))


@pages.route("/<int:district_id>", methods=["GET", "POST"])
@audience(Audience.STAFF, Permission.DEPARTMENT_MANAGE)
def edit(district_id: int) -> ResponseReturnValue:
    """One district with its history, to correct."""
    if request.method == "GET":
        with runtime().database.reading() as session:
            row = queries.get_district(session, actor().authority_id, district_id)
            values = {"name": row.name, "streets": row.streets}
        return _form(district_id, values, {})
    return _posted(district_id, lambda session: districts.update(session, actor(), district_id, request.form))


@pages.post("/<int:district_id>/activite")
@audience(Audience.STAFF, Permission.DEPARTMENT_MANAGE)
def set_active(district_id: int) -> ResponseReturnValue:
    """Retire it, or bring it back."""
    with runtime().database.transaction() as session:
        districts.set_active(session, actor(), district_id, active=request.form.get("active") == "1")
    return redirect(url_for("admin_districts.show"), 303)


def _text(content: bytes) -> str:
    if not content:
        raise Invalid("Choisissez le fichier GeoJSON des quartiers.")
    if len(content) > LARGEST_FILE:
        raise Invalid("Ce fichier dépasse 2 Mo : simplifiez les contours avant de les importer.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Invalid("Ce fichier n’est pas un texte en UTF-8 : exportez de nouveau la couche en GeoJSON.") from None


def _posted(district_id: int | None, write: Callable[[Session], DistrictRow]) -> ResponseReturnValue:
    try:
        with runtime().database.transaction() as session:
            name = write(session).name
    except Invalid as fault:
        return _form(district_id, request.form, fault.faults or {"name": fault.sentence}), 422
    flash(
        f"Le quartier « {name} » est enregistré : les demandes à venir et les dossiers en cours y sont rangés.",
        "success",
    )
    return redirect(url_for("admin_districts.show"), 303)


def _list(errors: Mapping[str, str]) -> str:
    with runtime().database.reading() as session:
        found = queries.list_all(session, actor().authority_id, with_retired=True)
        return render_template(
            "admin/districts.html",
            districts=[(one, _street_count(one)) for one in found],
            counts=queries.count_open_cases(session, actor()) if allows(actor(), Permission.CASE_READ) else None,
            shared=list_shared_streets(districts.value_of(one) for one in found if not one.retired_at),
            errors=errors,
        )


def _form(district_id: int | None, values: Mapping[str, str], errors: Mapping[str, str]) -> str:
    with runtime().database.reading() as session:
        row = queries.get_district(session, actor().authority_id, district_id) if district_id else None
        return render_template(
            "admin/district_form.html",
            district=row,
            values=values,
            errors=errors,
            drawing=draw(districts.outlines_of(row)) if row else None,
            changes=queries.list_changes(session, district_id) if district_id else [],
            change_labels=districts.CHANGES,
        )


def _street_count(row: DistrictRow) -> int:
    return sum(bool(line.strip()) for line in row.streets.splitlines())


def draw(outlines: list[Outline]) -> Drawing | None:
    """The drawing of a district, north up; None for one that is a list of streets alone."""
    if not outlines:
        return None
    boxes = [one.box for one in outlines]
    south, west = min(box[0] for box in boxes), min(box[1] for box in boxes)
    north, east = max(box[2] for box in boxes), max(box[3] for box in boxes)
    # A degree of longitude is shorter than one of latitude.
    squeeze = math.cos(math.radians((south + north) / 2))
    scale = DRAWN / (max(north - south, (east - west) * squeeze) or 1)

    def path(outline: Outline) -> str:
        rings = []
        for ring in outline.rings:
            across = (f"{(one.longitude - west) * squeeze * scale:.1f}" for one in ring)
            down = (f"{(north - one.latitude) * scale:.1f}" for one in ring)
            rings.append(f"M{'L'.join(map(' '.join, zip(across, down, strict=True)))}Z")
        return "".join(rings)

    width, height = (east - west) * squeeze * scale, (north - south) * scale
    return Drawing(math.ceil(width), math.ceil(height), [path(one) for one in outlines])
