"""Open data as administrators decide it: which procedures, what of them, from when; taken back; under which licence."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy.orm import Session

from backoffice.domain import identity, open_data, policy
from backoffice.domain.anonymising import Place, Span
from backoffice.domain.open_data import (
    HIGHEST_LAG,
    HIGHEST_THRESHOLD,
    LOWEST_THRESHOLD,
    UNPUBLISHED,
    USUAL_LAG,
    USUAL_THRESHOLD,
    Choices,
)
from backoffice.domain.policy import Actor, Permission
from backoffice.domain.setting_screens import Screen
from backoffice.errors import Conflict, Invalid, NotFound
from backoffice.models.authorities import Authority
from backoffice.models.catalogue import Procedure
from backoffice.models.open_data import OpenDataChange, OpenDataset
from backoffice.queries import catalogue
from backoffice.queries import open_data as queries
from backoffice.services import moment, outbox, procedures, setting_history
from backoffice.services.outbox import JobKind

SETTING = "open_data"
"""In the details of the authority: the licence and what the catalogue says of the territory."""
LICENCE = "Licence Ouverte / Open Licence version 2.0"
LICENCE_ADDRESS = "https://www.etalab.gouv.fr/licence-ouverte-open-licence/"
TEXTS = ("licence", "licence_url", "email", "territory", "territory_uri")
LONGEST, LONGEST_REASON, SHORTEST_REASON = 255, 1000, 10
FLAGS = ("channel", "department", "outcome", "delay", "in_time")
NOT_MARKED = "Les demandes de cette démarche ne sont pas publiées."
NO_REASON = "Dites pourquoi, en une phrase : la raison reste dans l’historique."
CHANGES = {
    "marked": "Publication ouverte",
    "changed": "Publication modifiée",
    "asked": "Publication demandée maintenant",
    "published": "Version publiée",
    "taken_back": "Publication retirée",
    "catalogue": "Licence et catalogue modifiés",
}


@dataclass(frozen=True, slots=True)
class Listed:
    """A procedure on the page of open data: its dataset when it was ever marked, why it never may be otherwise."""

    procedure: Procedure
    dataset: OpenDataset | None
    never: str

    @property
    def is_live(self) -> bool:
        """Whether it is published now."""
        return self.dataset is not None and self.dataset.taken_back_at is None and not self.never


def list_procedures(session: Session, actor: Actor) -> list[Listed]:
    """Every procedure of the authority, by title."""
    policy.require(actor, Permission.REPORT_READ)
    marked = {one.procedure_id: one for one in queries.list_datasets(session, actor.authority_id)}
    found = catalogue.list_procedures(session, actor.authority_id, open_only=False)
    return [Listed(one, marked.get(one.id), why_never(one)) for one in found]


def get_listed(session: Session, actor: Actor, code: str) -> Listed:
    """One of them; raise NotFound."""
    policy.require(actor, Permission.REPORT_READ)
    procedure = catalogue.get_procedure(session, actor.authority_id, code)
    return Listed(procedure, queries.find_dataset(session, actor.authority_id, code), why_never(procedure))


def why_never(procedure: Procedure) -> str:
    """Why the requests of a procedure can never be published; nothing when they can."""
    if procedure.current_version is None:
        return UNPUBLISHED
    return open_data.why_never(procedures.definition_of(procedure))


def values_of(dataset: OpenDataset | None, today: date) -> dict[str, Any]:
    """What the form shows: what is chosen, else what is usual."""
    choices = open_data.read_choices(dataset.choices) if dataset else Choices()
    usual_first = date(today.year - 1, 1, 1)
    said = choices.to_data()
    return {
        "span": str(said["span"]),
        "place": str(said["place"]),
        "columns": [name for name in FLAGS if said[name]],
        "threshold": str(dataset.threshold if dataset else USUAL_THRESHOLD),
        "lag": str(dataset.lag if dataset else USUAL_LAG),
        "first": f"{dataset.first_on if dataset else usual_first:%Y-%m}",
    }


def mark(session: Session, actor: Actor, code: str, typed: Mapping[str, Any]) -> OpenDataset:
    """Publish a procedure, or change how its next months will be; raise Invalid by field.

    What is published already stays as it is: only a series taken back begins again from its first month.
    """
    policy.require(actor, Permission.OPEN_DATA_MANAGE)
    procedure = catalogue.get_procedure(session, actor.authority_id, code)
    if never := why_never(procedure):
        raise Invalid(never)
    choices, threshold, lag, first = _read(typed)
    found = queries.find_dataset(session, actor.authority_id, code)
    dataset = queries.claim_dataset(session, found.id) if found else None
    if dataset is None:
        dataset = OpenDataset(authority_id=actor.authority_id, procedure_id=procedure.id, created_at=moment.now())
        dataset.series, kind = 1, "marked"
        session.add(dataset)
    elif dataset.taken_back_at is not None:
        dataset.series, dataset.taken_back_at, dataset.promised_on, kind = dataset.series + 1, None, None, "marked"
    else:
        kind = "changed"
        if first != dataset.first_on and queries.list_blocks(session, dataset):
            told = "Des mois sont déjà publiés : le premier ne change plus. Retirez la publication pour la recommencer."
            raise Invalid(faults={"first": told})
    dataset.choices, dataset.threshold, dataset.lag, dataset.first_on = choices.to_data(), threshold, lag, first
    session.flush()
    said = {"choices": dataset.choices, "threshold": threshold, "lag": lag, "first": first.isoformat()}
    note(session, actor, dataset, kind, said)
    return dataset


def draft(session: Session, actor: Actor, code: str, typed: Mapping[str, Any]) -> OpenDataset:
    """The dataset that a form would make, to look at: it is not kept. Raise Invalid as `mark` does."""
    policy.require(actor, Permission.REPORT_READ)
    procedure = catalogue.get_procedure(session, actor.authority_id, code)
    if never := why_never(procedure):
        raise Invalid(never)
    choices, threshold, lag, first = _read(typed)
    return OpenDataset(
        authority_id=actor.authority_id,
        procedure=procedure,
        choices=choices.to_data(),
        threshold=threshold,
        lag=lag,
        first_on=first,
    )


def take_back(session: Session, actor: Actor, code: str, reason: str) -> None:
    """No address of the dataset opens any more; its files stay in the storage, as a proof of what was published."""
    policy.require(actor, Permission.OPEN_DATA_MANAGE)
    reason = " ".join(reason.replace("\x00", "").split())
    if not SHORTEST_REASON <= len(reason) <= LONGEST_REASON:
        raise Invalid(faults={"reason": NO_REASON})
    withdraw(session, actor, get_live(session, actor, code), reason)


def withdraw(session: Session, actor: Actor, dataset: OpenDataset, reason: str) -> None:
    """The same for the house itself, when a procedure becomes restricted."""
    dataset.taken_back_at = moment.now()
    note(session, actor, dataset, "taken_back", {}, reason)


def ask_now(session: Session, actor: Actor, code: str) -> None:
    """Promise the publication of what may be, without waiting for the round of the night."""
    policy.require(actor, Permission.OPEN_DATA_MANAGE)
    dataset = get_live(session, actor, code)
    if never := why_never(dataset.procedure):
        raise Conflict(never)
    note(session, actor, dataset, "asked", {})
    promise(session, dataset, staff_id=actor.id)


def promise(session: Session, dataset: OpenDataset, *, staff_id: int | None) -> None:
    """Promise the publication of what is due; whoever asked is told when there is a version."""
    ids = {"dataset_id": dataset.id, "series": dataset.series, "staff_id": staff_id}
    outbox.promise_each(session, JobKind.PUBLISH_OPEN_DATA, [ids], authority_id=dataset.authority_id)


def get_live(session: Session, actor: Actor, code: str) -> OpenDataset:
    """A dataset that is published, held until the transaction ends; raise NotFound."""
    found = queries.find_dataset(session, actor.authority_id, code)
    dataset = queries.claim_dataset(session, found.id) if found else None
    if dataset is None or dataset.taken_back_at is not None:
        raise NotFound(NOT_MARKED)
    return dataset


def catalogue_values(authority: Authority | Any) -> dict[str, str]:
    """What the catalogue says of the authority: `authority` has details, name and email."""
    kept = authority.details.get(SETTING, {})
    usual = {"licence": LICENCE, "licence_url": LICENCE_ADDRESS, "email": authority.email, "territory": authority.name}
    return {name: str(kept.get(name) or usual.get(name, "")) for name in TEXTS}


def set_catalogue(session: Session, actor: Actor, typed: Mapping[str, str]) -> None:
    """Write what was corrected; raise Invalid by field."""
    policy.require(actor, Permission.OPEN_DATA_MANAGE)
    said = {name: " ".join(str(typed.get(name, "")).replace("\x00", "").split()) for name in TEXTS}
    faults = {name: f"{LONGEST} caractères au plus." for name in TEXTS if len(said[name]) > LONGEST}
    for name in ("licence", "licence_url", "territory"):
        if not said[name]:
            faults[name] = "Ce texte paraît dans le catalogue : écrivez-le."
    for name in ("licence_url", "territory_uri"):
        if said[name] and name not in faults and not _is_address(said[name]):
            faults[name] = "Écrivez une adresse entière, qui commence par https:// ou http://."
    if said["email"] and "email" not in faults:
        try:
            identity.check_email(said["email"])
        except Invalid as fault:
            faults["email"] = fault.sentence
    if faults:
        raise Invalid(faults=faults)
    authority = catalogue.claim_authority(session, actor.authority_id)
    authority.details = {**authority.details, SETTING: said}
    note(session, actor, None, "catalogue", said)


def note(
    session: Session, actor: Actor, dataset: OpenDataset | None, kind: str, said: dict[str, Any], reason: str = ""
) -> None:
    """Add a line to the history, and to that of all settings, in the transaction of the change."""
    screen, subject = (
        (Screen.PROCEDURES, dataset.procedure.title) if dataset else (Screen.AUTHORITY, "Données ouvertes")
    )
    act = f"Données ouvertes : {CHANGES[kind].lower()}"
    setting_history.record(session, actor, screen, subject, {}, {}, act=act, reason=reason)
    session.add(
        OpenDataChange(
            authority_id=actor.authority_id,
            dataset_id=dataset.id if dataset else None,
            kind=kind,
            said=said,
            reason=reason,
            staff_id=actor.id if actor.kind == "staff" else None,
            author=actor.name[:255],
            at=moment.now(),
        )
    )


def _read(typed: Mapping[str, Any]) -> tuple[Choices, int, int, date]:
    faults = {}
    span = _choice(typed.get("span"), (Span.DAY, Span.MONTH))
    place = _choice(typed.get("place"), tuple(Place))
    for name, value in (("span", span), ("place", place)):
        if value is None:
            faults[name] = "Choisissez dans la liste."
    threshold = _number(typed.get("threshold"), LOWEST_THRESHOLD, HIGHEST_THRESHOLD)
    if threshold is None:
        faults["threshold"] = f"Écrivez un nombre de personnes, de {LOWEST_THRESHOLD} à {HIGHEST_THRESHOLD}."
    lag = _number(typed.get("lag"), 0, HIGHEST_LAG)
    if lag is None:
        faults["lag"] = f"Écrivez un nombre de mois, de 0 à {HIGHEST_LAG}."
    first = _month(str(typed.get("first", "")))
    if first is None:
        faults["first"] = "Écrivez un mois, par exemple 2025-01."
    if span is None or place is None or threshold is None or lag is None or first is None:
        raise Invalid(faults=faults)
    told = set(typed.get("columns", ()))
    return Choices(Span(span), Place(place), **{name: name in told for name in FLAGS}), threshold, lag, first


def _choice(typed: Any, known: tuple[Any, ...]) -> int | None:
    return next((int(one) for one in known if str(int(one)) == typed), None)


def _number(typed: Any, least: int, most: int) -> int | None:
    text = str(typed or "").strip()
    known = text.isascii() and text.isdigit() and len(text) <= 3 and least <= int(text) <= most
    return int(text) if known else None


def _month(typed: str) -> date | None:
    year, _, month = typed.strip().partition("-")
    if not (len(year) == 4 and len(month) == 2 and (year + month).isascii() and (year + month).isdigit()):
        return None
    return date(int(year), int(month), 1) if int(year) >= 1900 and 1 <= int(month) <= 12 else None


def _is_address(text: str) -> bool:
    try:
        address = urlsplit(text)
    except ValueError:
        return False
    return address.scheme in {"http", "https"} and bool(address.netloc) and " " not in text
