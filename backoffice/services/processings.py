"""The register of processings (RGPD 30), made from the procedures as they are in force, completed by hand."""

import io
from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from backoffice.domain import policy
from backoffice.domain.books import Book, Field, Sheet
from backoffice.domain.french import long_datetime
from backoffice.domain.policy import Actor, Permission
from backoffice.domain.processings import COMPLETIONS, LONGEST, Processing, derive
from backoffice.errors import Invalid, NotFound
from backoffice.infra import pdf, templating
from backoffice.infra.runtime import Runtime
from backoffice.infra.table_files import BY_CODE
from backoffice.models.authorities import Authority
from backoffice.models.data_protection import ProcessingEntry
from backoffice.queries import catalogue
from backoffice.queries import processings as queries
from backoffice.services import documents, moment, procedures

TITLE = "Registre des activités de traitement"
FORMATS = ("pdf", "ods", "csv")
COLUMNS = (
    ("title", "Traitement"),
    ("purpose", "Finalité"),
    ("basis", "Base légale"),
    ("people", "Personnes concernées"),
    ("categories", "Catégories de données"),
    ("recipients", "Destinataires"),
    ("retention", "Durée de conservation"),
    ("measures", "Mesures de sécurité"),
    ("transfers", "Transferts"),
)


def read(session: Session, actor: Actor) -> list[Processing]:
    """Every processing, by title: the procedures that are open, and those that are closed but still keep files."""
    policy.require(actor, Permission.PROCESSING_MANAGE)
    added = queries.read_added(session, actor.authority_id)
    found = catalogue.list_procedures(session, actor.authority_id, open_only=False)
    return [
        derive(procedures.read_version(one.current_version), one.department.name, added.get(one.code, {}))
        for one in found
        if one.current_version is not None
    ]


def get(session: Session, actor: Actor, code: str) -> tuple[Processing, list[ProcessingEntry]]:
    """One processing with what was added to it, the newest first; raise NotFound."""
    found = next((one for one in read(session, actor) if one.code == code), None)
    if found is None:
        raise NotFound("Ce traitement n’est pas au registre.")
    return found, queries.list_entries(session, actor.authority_id, code)


def complete(session: Session, actor: Actor, code: str, typed: Mapping[str, str]) -> None:
    """Add what the procedure does not say, as a new line of its history; raise Invalid, by field."""
    found, entries = get(session, actor, code)
    said = {name: typed.get(name, "").replace("\x00", "").strip() for name in COMPLETIONS}
    faults = {
        name: f"Ce texte est trop long : {LONGEST} caractères au plus." for name in said if len(said[name]) > LONGEST
    }
    if faults:
        raise Invalid(faults=faults)
    if {name: text for name, text in said.items() if text} == (dict(entries[0].said) if entries else {}):
        return
    kept = {name: text for name, text in said.items() if text}
    session.add(
        ProcessingEntry(
            authority_id=actor.authority_id,
            procedure_code=found.code,
            said=kept,
            staff_id=actor.id,
            author=actor.name,
            at=moment.now(),
        )
    )


def write(runtime: Runtime, authority: Authority, found: Sequence[Processing], code: str) -> tuple[bytes, str]:
    """The register as a file, and its media type; raise NotFound for a format that is not offered."""
    if code not in FORMATS:
        raise NotFound("Ce format n’est pas proposé.")
    made = long_datetime(moment.now(), ZoneInfo(authority.timezone))
    about = _about(authority, made)
    if code == "pdf":
        values: dict[str, Any] = {
            "authority": documents.authority_values(authority),
            "about": about,
            "processings": found,
            "columns": COLUMNS[1:],
        }
        page = templating.document_html("processings", TITLE, values, runtime.settings.public_url)
        return pdf.render(page), "application/pdf"
    fields = tuple(Field(name, title) for name, title in COLUMNS)
    rows = [[_cell(getattr(one, name)) for name, _ in COLUMNS] for one in found]
    target = io.BytesIO()
    BY_CODE[code].write(target, Book(TITLE, (Sheet("traitements", "Traitements", fields, rows),), about))
    return target.getvalue(), BY_CODE[code].media_type


def _about(authority: Authority, made: str) -> tuple[tuple[str, str], ...]:
    said = (
        ("Responsable du traitement", authority.name),
        ("Adresse", authority.details.get("address", "")),
        ("Contact", authority.email),
        ("Protection des données", authority.details.get("privacy_contact", "")),
        ("Établi le", made),
    )
    return tuple((name, text) for name, text in said if text)


def _cell(value: str | tuple[str, ...]) -> str:
    return value if isinstance(value, str) else " ; ".join(value)
