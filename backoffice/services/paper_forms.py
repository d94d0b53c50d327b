"""Forms to print: asked for once a wording, printed by a worker, then given to everybody."""

import hashlib
import json
from functools import cache
from typing import Any

from sqlalchemy.orm import Session

from backoffice.domain import paper_form, retention_words
from backoffice.domain.plain_silence import silence_in_words
from backoffice.domain.regime import Regime
from backoffice.infra import pdf, templating
from backoffice.infra.runtime import Runtime
from backoffice.models.authorities import Authority
from backoffice.models.catalogue import PaperForm, Procedure
from backoffice.queries import catalogue, legal
from backoffice.queries import paper_forms as queries
from backoffice.services import documents, legal_facts, moment, outbox, procedures
from backoffice.services.outbox import Claim, JobKind

TEMPLATE = "paper_form"


def find(session: Session, authority: Authority, procedure: Procedure) -> PaperForm | None:
    """The form as it has to be today, when somebody asked for it; its `digest` is empty until it is printed."""
    return queries.find_form(session, authority.id, _fingerprint(_values(authority, procedure)))


def find_or_ask(session: Session, authority: Authority, procedure: Procedure) -> PaperForm:
    """The same, promised when nobody asked for it yet."""
    values = _values(authority, procedure)
    fingerprint = _fingerprint(values)
    known = queries.find_form(session, authority.id, fingerprint)
    if known is not None:
        return known
    form = queries.get_or_insert(
        session,
        authority.id,
        fingerprint,
        procedure_id=procedure.id,
        title=procedure.title,
        values=values,
        asked_at=moment.now(),
    )
    outbox.promise(session, JobKind.PRINT_PAPER_FORM, authority_id=authority.id, form_id=form.id)
    return form


def ask_for_all(runtime: Runtime, claim: Claim) -> None:
    """Promise the forms that changed, of every procedure: nobody has to wait for one when they come for it."""
    with runtime.database.transaction() as session:
        outbox.keep(session, claim)
        for authority in legal.list_authorities(session):
            for procedure in catalogue.list_procedures(session, authority.id):
                find_or_ask(session, authority, procedure)


def print_form(runtime: Runtime, claim: Claim) -> None:
    """Make the PDF of a form, once; no transaction is open meanwhile."""
    with runtime.database.reading() as session:
        form = queries.find_unprinted(session, claim.payload["form_id"])
    digest, size = "", 0
    if form is not None:
        html = templating.document_html(TEMPLATE, form.title, form.values, runtime.settings.public_url)
        content = pdf.render(html)
        digest, size = runtime.storage.put(content), len(content)
    with runtime.database.transaction() as session:
        outbox.keep(session, claim)
        form = queries.find_unprinted(session, claim.payload["form_id"])
        if form is not None and digest:
            form.digest, form.size = digest, size


def _values(authority: Authority, procedure: Procedure) -> dict[str, Any]:
    definition, department = procedures.definition_of(procedure), procedure.department
    personal = definition.personal_data
    return {
        "authority": documents.authority_values(authority),
        "department": {
            **{name: getattr(department, name) for name in ("name", "email", "phone", "address")},
            "opening_hours": department.opening_hours or authority.details.get("opening_hours", ""),
        },
        "form": paper_form.describe(definition),
        "code": definition.code,
        "online": not definition.sve_excluded,
        "other_channels": definition.other_channels,
        "silence": silence_in_words(Regime.from_data(definition.regime), legal_facts.today_of(authority)),
        "data": {"purpose": personal.purpose, "basis": personal.basis, "recipients": personal.recipients},
        "kept": retention_words.in_words(definition.retention),
    }


def _fingerprint(values: dict[str, Any]) -> str:
    said = json.dumps(values, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(f"{_layout()}\n{said}".encode()).hexdigest()


@cache
def _layout() -> str:
    """How sheets look in this version of the house: another look is another sheet."""
    files = (templating.FOLDER / "documents" / f"{TEMPLATE}.html", pdf.SHEET)
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
