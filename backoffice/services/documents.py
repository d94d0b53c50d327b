"""Documents: asked for with the change that calls for them, rendered later by a worker, never altered."""

import json
from typing import Any

from sqlalchemy.orm import Session

from backoffice.domain import references
from backoffice.domain.incoming import CHANNEL_LABELS, ChannelCode
from backoffice.domain.policy import Actor, system
from backoffice.infra import pdf, templating
from backoffice.infra.runtime import Runtime
from backoffice.models.authorities import Authority, Department
from backoffice.models.cases import Case
from backoffice.models.documents import Document
from backoffice.queries import documents as queries
from backoffice.queries import rows
from backoffice.services import (
    clock,
    correspondence,
    journal,
    letter_templates,
    letterheads,
    moment,
    outbox,
    representations,
    sms_notices,
)
from backoffice.services.journal import Event
from backoffice.services.outbox import Claim, JobKind
from backoffice.services.representations import Addressee

VERSION = " (version {})"
TITLES: dict[str, str] = {
    "acknowledgement": "Accusé de réception",
    "receipt": "Récépissé de dépôt",
    "letter": "Courrier",
    "missing_documents": "Demande de pièces complémentaires",
    "transmission": "Avis de transmission",
    "implicit_decision": "Information sur une décision implicite",
    "certificate": "Attestation de décision implicite d’acceptation",
    "refusal": "Décision de refus",
    "favourable": "Décision favorable",
}

# What a machine may have to read again: the facts of these stand as JSON inside the PDF itself (PDF/A-3).
WITH_DATA = frozenset({"acknowledgement", "receipt", "implicit_decision", "certificate", "refusal", "favourable"})


def ask_for(
    session: Session, actor: Actor, case: Case, template: str, values: dict[str, Any], mail_template: str = ""
) -> None:
    """Write down the document and promise its rendering; `values` are the facts it states, frozen now.

    With a `mail_template`, the citizen gets it by e-mail once it is rendered.
    """
    journal.record_each(session, case, [_write(session, actor, case, template, values, mail_template)])


def _write(
    session: Session, actor: Actor, case: Case, template: str, values: dict[str, Any], mail_template: str
) -> journal.Line:
    document_id = rows.insert_row(
        session,
        Document,
        authority_id=case.authority_id,
        case_id=case.id,
        template=template,
        title=f"{TITLES[template]} – {case.reference}",
        values=values | {"letter": letter_templates.choose(session, case, template, values)},
        mail_template=mail_template,
        asked_at=moment.now(),
    )
    outbox.promise(session, JobKind.RENDER_DOCUMENT, authority_id=case.authority_id, document_id=document_id)
    # A receipt is handed over on the spot, except to who is on the telephone.
    if template != "receipt" or case.channel == ChannelCode.PHONE:
        sms_notices.promise(session, case)
    return actor, Event.DOCUMENT_ASKED, {"document_id": document_id, "template": template}


def ask_for_version(session: Session, actor: Actor, case: Case, document: Document) -> None:
    """The same letter for the address of today, to print and post: another version; the one before stays as it is."""
    number = document.values.get("version", 1) + 1
    base = document.title.removesuffix(VERSION.format(number - 1))
    citizen = _citizen(case, representations.addressee(session, case))
    values = document.values | {"citizen": citizen, "version_of": document.id, "version": number}
    version_id = rows.insert_row(
        session,
        Document,
        authority_id=case.authority_id,
        case_id=case.id,
        template=document.template,
        title=base + VERSION.format(number),
        values=values,
        mail_template="",
        asked_at=moment.now(),
    )
    outbox.promise(session, JobKind.RENDER_DOCUMENT, authority_id=case.authority_id, document_id=version_id)
    told = {"document_id": version_id, "template": document.template, "version": number}
    journal.record(session, actor, case, Event.DOCUMENT_ASKED, **told)


def ask_for_acknowledgement(
    session: Session, authority: Authority, case: Case, *, replaces: dict[str, str] | None = None
) -> None:
    """The acknowledgement owed whatever the door: by e-mail when the citizen has one, else to be printed.

    `replaces` says what it says of the one before (`acknowledging.issue_again`): that one counts no more.
    """
    journal.record_each(session, case, [_acknowledge(session, authority, case, replaces=replaces)])


def acknowledgement_of(case: Case) -> journal.Line:
    """What the history of a case that is not written yet says of the acknowledgement that it will have."""
    return system(case.authority_id), Event.DOCUMENT_ASKED, {"template": _first_template(case)}


def write_first_acknowledgement(session: Session, authority: Authority, case: Case, to: Addressee | None) -> None:
    """The one of `acknowledgement_of`, once the case is written; `to` is whom to write to."""
    _acknowledge(session, authority, case, to=to)


def _first_template(case: Case) -> str:
    # A receipt is handed over on the spot.
    return "receipt" if case.channel in {ChannelCode.COUNTER, ChannelCode.PHONE} else "acknowledgement"


def _acknowledge(
    session: Session,
    authority: Authority,
    case: Case,
    *,
    replaces: dict[str, str] | None = None,
    to: Addressee | None = None,
) -> journal.Line:
    citizen, electronic = case.citizen, case.channel in clock.ELECTRONIC
    # What came electronically is acknowledged so, even for who prefers letters (R112-11-1).
    reachable = citizen is not None and (citizen.accepts_email if electronic else citizen.is_answered_by_email)
    return _write(
        session,
        system(authority.id),
        case,
        # One that comes later is posted, and bears the address.
        _first_template(case) if replaces is None else "acknowledgement",
        case_values(session, authority, case, to) | {"replaces": replaces},
        "acknowledgement" if reachable else "",
    )


def case_values(session: Session, authority: Authority, case: Case, to: Addressee | None = None) -> dict[str, Any]:
    """The facts of a case that letters state; dates are ISO texts that templates write in words."""
    with session.no_autoflush:  # what is still to be written does not change the department
        department = session.get_one(Department, case.department_id)
    return {
        "reference": case.reference,
        "tracking_code": references.show_code(case.tracking_code),
        "subject": case.subject,
        "channel": CHANNEL_LABELS[ChannelCode(case.channel)],
        "electronic": case.channel in clock.ELECTRONIC,
        "written_on": moment.today(authority.timezone).isoformat(),
        "received_at": case.received_at.isoformat(),
        "received_on": case.received_on.isoformat(),
        "implicit_on": case.implicit_on.isoformat() if case.implicit_on else None,
        "acknowledge_by": case.acknowledge_by.isoformat() if case.acknowledge_by else None,
        "target_on": case.target_on.isoformat() if case.target_on else None,
        "regime": dict(case.regime),
        "citizen": _citizen(case, to or representations.addressee(session, case)),
        "department": {
            "name": department.name,
            "email": department.email,
            "phone": department.phone,
            "address": department.address,
        },
        "authority": authority_values(authority),
    }


def authority_values(authority: Authority) -> dict[str, Any]:
    """What letters say of the authority."""
    return {
        "name": authority.name,
        "email": authority.email,
        "phone": authority.phone,
        "timezone": authority.timezone,
        **{
            key: authority.details.get(key, "")
            for key in ("address", "court", "privacy_contact", letterheads.LOGO, "colour")
        },
    }


def _citizen(case: Case, to: Addressee) -> dict[str, Any]:
    """Whom the letter bears on; `speaker` and `through` are empty unless somebody else speaks for them."""
    return {
        "name": to.name,
        "speaker": to.speaker,
        "through": to.through,
        "email": case.citizen.email if case.citizen else "",
        "address_line": to.address_line,
        "postcode": to.postcode,
        "city": to.city,
    }


def render(runtime: Runtime, claim: Claim) -> None:
    """Make the PDF of a document; done once, however often it is called; no transaction is open while rendering."""
    with runtime.database.reading() as session:
        page = queries.find_pending(session, claim.payload["document_id"])
    content = b""
    if page is not None:
        values = letterheads.dress(runtime, page.values)
        html = templating.document_html(page.template, page.title, values, runtime.settings.public_url)
        content = pdf.render(html, source_data(page) if page.template in WITH_DATA else None)
        digest = runtime.storage.put(content)
    with runtime.database.transaction() as session:
        outbox.keep(session, claim)
        document = queries.find_pending(session, claim.payload["document_id"])
        if document is not None and content:
            _finish(session, runtime, document, digest, len(content))


def source_data(document: Document) -> bytes:
    """The facts that a document states, as JSON for machines: always the same bytes for the same facts."""
    data = {"template": document.template, "title": document.title, "values": document.values}
    return json.dumps(data, ensure_ascii=False, indent=1, sort_keys=True).encode()


def _finish(session: Session, runtime: Runtime, document: Document, digest: str, size: int) -> None:
    document.digest, document.size, document.rendered_at = digest, size, moment.now()
    case = queries.claim_case_of(session, document)
    actor = system(case.authority_id)
    told = {"document_id": document.id, "digest": digest, "template": document.template}
    journal.record(session, actor, case, Event.DOCUMENT_RENDERED, **told)
    if document.mail_template:
        correspondence.send_document(session, runtime, case, document)
