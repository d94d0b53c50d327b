"""Copies of their data for citizens (RGPD 15 and 20): asked for in their account, made later, gone after a week."""

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from backoffice.domain.french import long_datetime
from backoffice.domain.verified_claims import birth_in_words
from backoffice.domain.wording import Wording
from backoffice.errors import Conflict
from backoffice.identity_providers import EMAIL
from backoffice.infra import pdf, templating
from backoffice.infra.runtime import Runtime
from backoffice.models.authorities import Authority
from backoffice.models.exports import DataExport
from backoffice.models.people import Citizen
from backoffice.queries import exports as queries
from backoffice.services import account_data, documents, moment, outbox
from backoffice.services.outbox import Claim, JobKind

KEPT = timedelta(days=7)
MOST_A_DAY = 3
TOO_MANY = Wording(
    "Vous avez demandé trois copies aujourd’hui : les dernières sont ci-dessous. Revenez demain pour une autre."
)
TITLE = "Vos données"

# The names that FranceConnect gives to what it says of a person, and ours.
CLAIM_LABELS = {
    "family_name": "Nom de naissance",
    "given_name": "Prénoms",
    "preferred_username": "Nom d’usage",
    "gender": "Sexe",
    "birthdate": "Naissance",
    "birthplace": "Commune de naissance (code Insee)",
    "birthcountry": "Pays de naissance (code Insee)",
    "email": "Adresse électronique",
}
GENDERS = {"female": "féminin", "male": "masculin", "unspecified": "non précisé"}


def ask_for(session: Session, citizen: Citizen, address: str) -> DataExport:
    """Promise a copy of an account; one that is already being made is given again.

    Raises Conflict when enough were asked for today.
    """
    now = moment.now()
    for known in queries.list_live(session, citizen.id, address, now):
        if known.made_at is None:
            return known
    if queries.count_since(session, citizen.id, now - timedelta(days=1)) >= MOST_A_DAY:
        raise Conflict(TOO_MANY)
    export = DataExport(
        authority_id=citizen.authority_id,
        citizen_id=citizen.id,
        address=address,
        asked_at=now,
        expires_at=now + KEPT,
    )
    session.add(export)
    session.flush()
    outbox.promise(session, JobKind.MAKE_DATA_EXPORT, authority_id=citizen.authority_id, export_id=export.id)
    return export


def make(runtime: Runtime, claim: Claim) -> None:
    """Write both files; no transaction is open while the PDF is made."""
    now = moment.now()
    found: dict[str, Any] | None = None
    values: dict[str, Any] = {}
    with runtime.database.reading() as session:
        export = queries.find_pending(session, claim.payload["export_id"])
        if export is not None:
            found = account_data.gather(session, session.get_one(Citizen, export.citizen_id), export.address, now)
            values = _values(runtime, session.get_one(Authority, export.authority_id), found)
    data = page = b""
    if found is not None:
        data = json.dumps(found, ensure_ascii=False, indent=1).encode("utf-8", "replace")
        page = pdf.render(templating.document_html("data_export", TITLE, values, runtime.settings.public_url))
    with runtime.database.transaction() as session:
        outbox.keep(session, claim)
        export = queries.find_pending(session, claim.payload["export_id"])
        if export is not None and found is not None:
            export.made_at = moment.now()
            export.expires_at = export.made_at + KEPT
            export.data, export.data_size = data, len(data)
            export.page, export.page_size = page, len(page)


def _values(runtime: Runtime, authority: Authority, found: dict[str, Any]) -> dict[str, Any]:
    made = long_datetime(moment.now(), ZoneInfo(authority.timezone))
    identities = in_words(runtime, found["identities"])
    return found | {"authority": documents.authority_values(authority), "made": made, "identities": identities}


def in_words(runtime: Runtime, identities: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The ways to sign in, with the name of each provider (`title`) and what it says of the person (`said`)."""
    titles = {EMAIL: "lien par courriel"} | {one.name: one.title for one in runtime.settings.identity_providers}
    return [
        one | {"title": titles.get(one["provider"], one["provider"]), "said": _said(one["claims"])}
        for one in identities
    ]


def _said(claims: dict[str, Any]) -> list[tuple[str, str]]:
    # The level of the sign-in and the like are in the JSON alone.
    texts = {name: str(claims.get(name) or "") for name in CLAIM_LABELS}
    texts["birthdate"] = birth_in_words(texts["birthdate"])
    texts["gender"] = GENDERS.get(texts["gender"], texts["gender"])
    return [(label, texts[name]) for name, label in CLAIM_LABELS.items() if texts[name]]
