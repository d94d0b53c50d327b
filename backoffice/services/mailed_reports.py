"""Reports that leave by e-mail: to each address a link to read it, and one to ask for no more, both signed."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.orm import Session

from backoffice.domain import references
from backoffice.errors import NotFound
from backoffice.infra.runtime import Runtime
from backoffice.models.authorities import Authority
from backoffice.models.saved_reports import ReportRecipient, ReportVersion
from backoffice.queries import saved_reports as queries
from backoffice.services import correspondence, documents, moment

SLOT = "envoi-"
"""What the slots of versions that are sent begin with."""
PURPOSE = "mailed-report"
LASTS = timedelta(days=60)
GONE = "Ce lien n’ouvre aucun rapport : vérifiez qu’il est copié en entier."
EXPIRED = "Ce lien a expiré : il ouvrait pendant deux mois. Demandez le rapport à qui vous l’envoie."


@dataclass(frozen=True, slots=True)
class Mailed:
    """What a link stands for: a version, and whom it was sent to."""

    version: ReportVersion
    recipient: ReportRecipient
    digest: str


def send(session: Session, runtime: Runtime, version: ReportVersion) -> None:
    """Write to each address that did not ask for no more."""
    authority = session.get_one(Authority, version.authority_id)
    for recipient in queries.list_recipients(session, version.report_id, live=True):
        mark = token(runtime, version, recipient)
        link = f"{runtime.settings.public_url}/rapports/{mark}"
        values = {
            "authority": documents.authority_values(authority),
            "name": version.report.name,
            "period": version.period,
            "link": link,
            "stop": f"{link}/arret",
        }
        correspondence.queue_mail_to(session, runtime, version.authority_id, recipient.email, "saved_report", values)


def token(runtime: Runtime, version: ReportVersion, recipient: ReportRecipient) -> str:
    """The end of a link: `<version>.<recipient>.<mark>`; only we can make the mark."""
    text = f"{version.id}.{recipient.id}"
    return f"{text}.{references.sign(runtime.settings.secret_key, PURPOSE, text)}"


def find(session: Session, runtime: Runtime, authority_id: int, given: str) -> Mailed:
    """What a link stands for; raise NotFound for one that is not ours."""
    text, _, mark = given.rpartition(".")
    if not references.signed_by_any(runtime.settings.secret_keys, PURPOSE, text, mark):
        raise NotFound(GONE)
    version_id, recipient_id = (int(one) for one in text.split("."))
    version = queries.find_version(session, authority_id, version_id)
    recipient = queries.find_recipient(session, authority_id, recipient_id)
    if version is None or recipient is None or version.report_id != recipient.report_id:
        raise NotFound(GONE)
    digests = {one.format: one.digest for one in queries.list_files(session, version.id)}
    return Mailed(version, recipient, digests.get("pdf", ""))


def open_link(session: Session, runtime: Runtime, authority_id: int, given: str) -> Mailed:
    """The same for who reads the report: not after two months, nor once they asked for no more."""
    found = find(session, runtime, authority_id, given)
    made = found.version.made_at
    if found.recipient.stopped_at is not None or not found.digest:
        raise NotFound(GONE)
    if made is None or made + LASTS < moment.now():
        raise NotFound(EXPIRED)
    return found


def stop(session: Session, runtime: Runtime, authority_id: int, given: str) -> None:
    """Their owner wants no more of these mails: the address stays, so that nobody adds it again."""
    recipient = find(session, runtime, authority_id, given).recipient
    recipient.stopped_at = recipient.stopped_at or moment.now()
