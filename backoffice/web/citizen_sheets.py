"""The citizens that agents look for at the counter, and the sheet of one: where it comes from, and its cases."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from backoffice.domain import identity
from backoffice.domain.incoming import CHANNEL_LABELS, ChannelCode
from backoffice.domain.policy import Permission
from backoffice.errors import Conflict, Invalid
from backoffice.identity_providers import EMAIL
from backoffice.models.people import Citizen, CitizenMerge
from backoffice.queries import matching, people, queue
from backoffice.queries.queue import Row
from backoffice.services import reconciliation
from backoffice.services.reconciliation import Proof
from backoffice.web.access import Audience, audience
from backoffice.web.current import actor, runtime

pages = Blueprint("citizen_sheets", __name__, url_prefix="/agents/usagers")

MOST_FOUND = 30
SHOWN = (
    ("family_name", "Nom de naissance"),
    ("given_names", "Prénoms"),
    ("usage_name", "Nom d’usage"),
    ("organisation", "Organisme"),
    ("email", "Courriel"),
    ("phone", "Téléphone"),
    ("address_line", "Adresse"),
    ("postcode", "Code postal"),
    ("city", "Commune"),
)
SOURCES = {"citizen": "l’usager", "desk": "un agent", EMAIL: "lien par courriel"}
PROOFS = {
    Proof.CASE_CODE: "référence et code de suivi",
    Proof.CONTACT_CODE: "code reçu par courriel ou SMS",
    Proof.SIGN_IN: "connexion aux deux comptes",
}


@dataclass(frozen=True, slots=True)
class Fact:
    """A piece of information, where it comes from and since when (None: not known)."""

    label: str
    value: str
    source: str
    on: date | None


@dataclass(frozen=True, slots=True)
class Merged:
    """A merge into this sheet; `cases` are those that the agent may know of."""

    merge: CitizenMerge
    sheet: Citizen
    proof: str
    cases: list[Row]


@pages.get("")
@audience(Audience.STAFF, Permission.CITIZEN_READ)
def search() -> ResponseReturnValue:
    """Citizens by name, e-mail or phone."""
    words = request.args.get("q", "").replace("\x00", "").strip()[:200]
    with runtime().database.reading() as session:
        found = people.search_citizens(session, actor().authority_id, words, MOST_FOUND) if words else []
    return render_template("desk/citizens.html", words=words, found=found, most=MOST_FOUND)


@pages.get("/<int:citizen_id>")
@audience(Audience.STAFF, Permission.CITIZEN_READ)
def show(citizen_id: int) -> ResponseReturnValue:
    """Who it is, where each piece of information comes from, and their cases."""
    return _page(citizen_id)


@pages.post("/<int:citizen_id>/separer/<int:merge_id>")
@audience(Audience.STAFF, Permission.CITIZEN_WRITE)
def part(citizen_id: int, merge_id: int) -> ResponseReturnValue:
    """Take two sheets apart again: they were not the same person's."""
    reason = request.form.get(f"reason-{merge_id}", "")
    try:
        with runtime().database.transaction() as session:
            reconciliation.undo(session, actor(), merge_id, reason)
    except (Invalid, Conflict) as error:
        faults = {f"reason-{merge_id}": error.sentence} if isinstance(error, Invalid) else {"": error.sentence}
        return _page(citizen_id, faults, {merge_id: reason}), 422 if isinstance(error, Invalid) else 409
    flash("Les fiches sont séparées. Chacune a retrouvé ses demandes.", "success")
    return redirect(url_for("citizen_sheets.show", citizen_id=citizen_id), 303)


def _page(citizen_id: int, errors: dict[str, str] | None = None, reasons: dict[int, str] | None = None) -> str:
    with runtime().database.reading() as session:
        citizen = people.get_citizen(session, actor().authority_id, citizen_id)
        rows = queue.list_of_citizen(session, actor(), citizen_id)
        names = queue.read_names(session, actor().authority_id)
        merges = matching.list_merges(session, citizen_id)
        set_aside = matching.list_set_aside(session, citizen_id)
        into = people.find_citizen(session, actor().authority_id, citizen.merged_into_id or 0)
    return render_template(
        "desk/citizen.html",
        citizen=citizen,
        facts=_facts(citizen),
        rows=rows,
        names=names,
        merges=[_merged(merge, sheet, rows) for merge, sheet in merges],
        set_aside=set_aside,
        into=into,
        errors=errors or {},
        reasons=reasons or {},
    )


def _facts(citizen: Citizen) -> list[Fact]:
    values = {name: str(getattr(citizen, name)) for name, _ in SHOWN}
    values["phone"] = identity.display_phone(values["phone"]) if values["phone"] else ""
    return [Fact(label, values[name], *_origin(citizen.origins.get(name))) for name, label in SHOWN if values[name]]


def _origin(kept: Any) -> tuple[str, date | None]:
    """Where a piece of information comes from; before dates were kept, a bare code."""
    if not kept:
        return "", None
    if isinstance(kept, str):
        return _source(kept), None
    return _source(kept["source"]), date.fromisoformat(kept["on"])


def _source(code: str) -> str:
    if code in set(ChannelCode):
        return CHANNEL_LABELS[ChannelCode(code)]
    titles = {one.name: one.title for one in runtime().settings.identity_providers}
    return titles.get(code) or SOURCES.get(code, code)


def _merged(merge: CitizenMerge, sheet: Citizen, rows: list[Row]) -> Merged:
    moved = set(merge.moved["cases"])
    return Merged(merge, sheet, PROOFS[Proof(merge.proof)], [row for row in rows if row.id in moved])
