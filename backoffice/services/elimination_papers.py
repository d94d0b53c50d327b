"""The two papers of an elimination: the bordereau that the archives sign, and the certificate that all is destroyed."""

import hashlib
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from backoffice.domain.eliminations import EliminationState, LineState
from backoffice.domain.french import long_date, long_datetime
from backoffice.infra import pdf, templating
from backoffice.infra.runtime import Runtime
from backoffice.models.authorities import Authority
from backoffice.models.eliminations import Elimination
from backoffice.queries import eliminations as queries
from backoffice.services import archive_transfers, documents, moment, outbox
from backoffice.services.outbox import Claim

BORDEREAU, CERTIFICATE = "Bordereau d’élimination", "Certificat d’élimination"
COUNTED = (
    ("cases", "Dossiers"),
    ("messages", "Messages"),
    ("attachments", "Pièces jointes"),
    ("documents", "Documents produits"),
    ("outgoing_mails", "Courriels envoyés"),
    ("received_mails", "Courriels reçus (originaux)"),
    ("outgoing_sms", "SMS envoyés"),
    ("scans", "Courriers numérisés"),
    ("case_events", "Lignes d’historique"),
    ("case_facts", "Faits juridiques"),
    ("files", "Fichiers effacés du stockage"),
    ("people", "Fiches d’usagers effacées"),
)
"""What the certificate counts, with its words."""


def draw(runtime: Runtime, claim: Claim) -> None:
    """Make the PDF of a bordereau, once; no transaction is open meanwhile."""
    with runtime.database.reading() as session:
        elimination = session.get_one(Elimination, claim.payload["elimination_id"])
        wanted = elimination.state == EliminationState.DRAWN and not elimination.pdf_digest
        values = _values(session, elimination) if wanted else {}
    page = b""
    if wanted:
        title = f"{BORDEREAU} {values['number']}"
        page = pdf.render(templating.document_html("elimination", title, values, runtime.settings.public_url))
    digest = runtime.storage.put(page) if page else ""
    with runtime.database.transaction() as session:
        outbox.keep(session, claim)
        if digest:
            session.get_one(Elimination, claim.payload["elimination_id"]).pdf_digest = digest


def certify(runtime: Runtime, elimination_id: int) -> str:
    """Make the certificate and give its digest: counts and fingerprints, no personal data."""
    with runtime.database.reading() as session:
        elimination = session.get_one(Elimination, elimination_id)
        values = _values(session, elimination) | _destroyed(session, elimination)
    title = f"{CERTIFICATE} {values['number']}"
    page = templating.document_html("elimination_certificate", title, values, runtime.settings.public_url)
    return runtime.storage.put(pdf.render(page))


def list_counts(elimination: Elimination) -> list[tuple[str, int]]:
    """What was destroyed, in words, as far as it is."""
    counted = elimination.counts.get("rows", {})
    return [(label, counted[name]) for name, label in COUNTED if counted.get(name)]


def fingerprint(session: Session, elimination_id: int) -> str:
    """The SHA-256 of the list of what was destroyed: a line a file, its reference and the head of its history."""
    lines = queries.list_lines(session, elimination_id, state=LineState.DESTROYED)
    listed = "".join(f"{one.reference} {one.proof}\n" for one in lines)
    return hashlib.sha256(listed.encode()).hexdigest()


def _values(session: Session, elimination: Elimination) -> dict[str, Any]:
    authority = session.get_one(Authority, elimination.authority_id)
    archives = archive_transfers.archives_of(authority)
    zone = ZoneInfo(authority.timezone)
    groups = elimination.groups["groups"]
    return {
        "authority": documents.authority_values(authority),
        "number": elimination.number or "",
        "archives": archives.name if archives else "",
        "drawn": long_datetime(elimination.drawn_at or moment.now(), zone),
        "drawn_by": elimination.drawn_by,
        "groups": groups,
        "cases": sum(one["cases"] for one in groups),
        "size": sum(one["size"] for one in groups),
        "first_on": min(one["first_on"] for one in groups),
        "last_on": max(one["last_on"] for one in groups),
    }


def _destroyed(session: Session, elimination: Elimination) -> dict[str, Any]:
    authority = session.get_one(Authority, elimination.authority_id)
    zone = ZoneInfo(authority.timezone)
    counted = queries.count_lines(session, elimination.id)
    return {
        "begun": long_datetime(elimination.begun_at or moment.now(), zone),
        "begun_by": elimination.begun_by,
        "finished": long_datetime(moment.now(), zone),
        "signed_by": elimination.signed_by,
        "signed_on": long_date(elimination.signed_on) if elimination.signed_on else "",
        "counts": list_counts(elimination),
        "destroyed": counted.get(LineState.DESTROYED, 0),
        "kept": counted.get(LineState.KEPT, 0),
        "list_digest": fingerprint(session, elimination.id),
        "pdf_digest": elimination.pdf_digest,
        "visa_digest": elimination.visa_digest,
    }
