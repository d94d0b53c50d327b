"""What the sheet of a citizen shows to an agent: only cases, contacts and documents that this agent may know of."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from backoffice.domain import identity
from backoffice.domain.incoming import CHANNEL_LABELS, ChannelCode
from backoffice.domain.policy import Actor, Permission, allows
from backoffice.domain.representation import PROOF_LABELS, Represented
from backoffice.identity_providers import EMAIL
from backoffice.infra.runtime import Runtime
from backoffice.models.calls import CallRecord
from backoffice.models.contacts import Contact
from backoffice.models.people import Citizen, CitizenMatchSetAside, CitizenMerge
from backoffice.queries import calls, cases, citizen_search, citizen_sheet, contacts, matching, people, queue
from backoffice.queries.citizen_search import Candidate
from backoffice.queries.citizen_sheet import Produced
from backoffice.queries.queue import Names, Row
from backoffice.services import contact_points, emergency, journal, representations
from backoffice.services.contact_points import Fate
from backoffice.services.journal import Event
from backoffice.services.reconciliation import Proof
from backoffice.settings import Settings

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
    Proof.AGENT: "constat d’un agent",
}


@dataclass(frozen=True, slots=True)
class Fact:
    """A piece of information, where it comes from and since when (None: not known), and how it served last."""

    label: str
    value: str
    source: str
    on: date | None
    fate: Fate | None


@dataclass(frozen=True, slots=True)
class Merged:
    """A merge into this sheet; `cases` are those that the agent may know of."""

    merge: CitizenMerge
    sheet: Citizen
    proof: str
    cases: list[Row]


@dataclass(frozen=True, slots=True)
class Mandate:
    """For whom the citizen speaks in a case, and where its proof stands."""

    represented: Represented
    proof: str
    reference: str


@dataclass(frozen=True, slots=True)
class SheetView:
    """All that the page shows; `into` is the sheet that has its cases now, `alike` those that may be of one person."""

    citizen: Citizen
    accounts: list[str]
    facts: list[Fact]
    rows: list[Row]
    names: Names
    contacts: list[Contact]
    calls: list[CallRecord]
    documents: list[Produced]
    mandates: list[Mandate]
    alike: list[Candidate]
    merges: list[Merged]
    set_aside: list[tuple[CitizenMatchSetAside, Citizen]]
    into: Citizen | None


def read(session: Session, settings: Settings, actor: Actor, citizen_id: int) -> SheetView:
    """The sheet as this agent may see it; NotFound when there is none."""
    citizen = people.get_citizen(session, actor.authority_id, citizen_id)
    rows = queue.list_of_citizen(session, actor, citizen_id)
    fates = contact_points.list_fates(session, actor, citizen)
    titles = {one.name: one.title for one in settings.identity_providers}
    identities = people.list_identities(session, citizen_id)
    return SheetView(
        citizen=citizen,
        accounts=[titles.get(one.provider) or SOURCES.get(one.provider, one.provider) for one in identities],
        facts=list(_facts(citizen, fates, titles)),
        rows=rows,
        names=queue.read_names(session, actor.authority_id),
        contacts=contacts.list_of_citizen(session, actor, citizen_id),
        calls=calls.list_last_of_citizen(session, citizen_id) if allows(actor, Permission.CALL_TAKE) else [],
        documents=citizen_sheet.list_documents(session, actor, citizen_id),
        mandates=_mandates(session, actor, citizen_id),
        alike=_alike(session, actor, citizen),
        merges=[_merged(merge, sheet, rows) for merge, sheet in matching.list_merges(session, citizen_id)],
        set_aside=matching.list_set_aside(session, citizen_id),
        into=people.find_citizen(session, actor.authority_id, citizen.merged_into_id or 0),
    )


def note_reading(runtime: Runtime, actor: Actor, view: SheetView) -> None:
    """Write in the history of each restricted case that the sheet shows that somebody saw it there (law 6).

    In an emergency access, of each case that it shows.
    """
    kind = Event.READ_IN_EMERGENCY if actor.emergency else Event.READ_RESTRICTED
    seen = [row.id for row in view.rows if row.restricted or actor.emergency]
    if not seen and not actor.emergency:
        return
    with runtime.database.transaction() as session:
        for case_id in seen:
            case = cases.claim_case_by_id(session, case_id)
            journal.record(session, actor, case, kind, citizen_id=view.citizen.id)
        if actor.emergency:
            emergency.note_reading(session, actor)


def _facts(citizen: Citizen, fates: dict[str, Fate], titles: dict[str, str]) -> Iterable[Fact]:
    for name, label in SHOWN:
        value = str(getattr(citizen, name))
        if value:
            shown = identity.display_phone(value) if name == "phone" else value
            yield Fact(label, shown, *_origin(citizen.origins.get(name), titles), fates.get(name))


def _origin(kept: Any, titles: dict[str, str]) -> tuple[str, date | None]:
    """Where a piece of information comes from; before dates were kept, a bare code."""
    if not kept:
        return "", None
    if isinstance(kept, str):
        return _source(kept, titles), None
    return _source(kept["source"], titles), date.fromisoformat(kept["on"])


def _source(code: str, titles: dict[str, str]) -> str:
    if code in set(ChannelCode):
        return CHANNEL_LABELS[ChannelCode(code)]
    return titles.get(code) or SOURCES.get(code, code)


def _alike(session: Session, actor: Actor, citizen: Citizen) -> list[Candidate]:
    """The sheets that may be of this person, for who may join them."""
    if citizen.merged_into_id is not None or not allows(actor, Permission.CITIZEN_MERGE):
        return []
    apart = citizen_sheet.list_told_apart(session, citizen.id) | {citizen.id}
    return citizen_search.likely_duplicates(session, actor, citizen, but=apart)


def _mandates(session: Session, actor: Actor, citizen_id: int) -> list[Mandate]:
    found = []
    for one in citizen_sheet.list_mandates(session, actor, citizen_id):
        represented = representations.as_value(one.row)
        proof, _ = representations.find_proof(session, one.row.case_id, represented)
        found.append(Mandate(represented, PROOF_LABELS[proof], one.reference))
    return found


def _merged(merge: CitizenMerge, sheet: Citizen, rows: list[Row]) -> Merged:
    moved = set(merge.moved["cases"])
    return Merged(merge, sheet, PROOFS[Proof(merge.proof)], [row for row in rows if row.id in moved])
