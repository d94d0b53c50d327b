"""Following a report that somebody else made: an address is told once that it is closed, and may leave before."""

import secrets
from datetime import timedelta

from sqlalchemy.orm import Session

from backoffice.domain import identity, nearby
from backoffice.domain.nearby import NearbyReport
from backoffice.domain.procedures import ProcedureDefinition
from backoffice.domain.wording import Wording
from backoffice.errors import Invalid, NotFound
from backoffice.infra.runtime import Runtime
from backoffice.models.authorities import Authority
from backoffice.models.cases import Case
from backoffice.models.followers import Follower
from backoffice.queries import mail as mails
from backoffice.queries import nearby as queries
from backoffice.services import accounts, correspondence, documents, moment, outbox, procedures
from backoffice.services.outbox import Claim

# The address is not proven: few mails an hour, so that we are no nuisance.
WHILE = timedelta(hours=1)
MOST_MAILS = 5
TOO_MANY = Wording("Cette adresse a déjà reçu plusieurs de nos messages. Réessayez dans une heure.")
LEFT = Wording("Vous ne suivez plus ce signalement, ou il est terminé : vous n’avez rien à faire.")
AT_ONCE = 200


def follow(session: Session, runtime: Runtime, authority_id: int, report: NearbyReport, email: str) -> None:
    """Tell this address, once, when the report is closed, and write to it now how to leave; again changes nothing.

    Raises Invalid for an address that nobody can have, or that had too many mails of ours.
    """
    address = identity.check_email(email).lower()
    if queries.find_follower(session, report.case_id, address) is not None:
        return
    now = moment.now()
    if mails.count_mails_to_since(session, authority_id, address, now - WHILE) >= MOST_MAILS:
        raise Invalid(TOO_MANY, {"email": TOO_MANY})
    token = secrets.token_urlsafe(32)
    session.add(
        Follower(
            authority_id=authority_id,
            case_id=report.case_id,
            email=address,
            token_hash=accounts.token_hash(token),
            created_at=now,
        )
    )
    values = {
        "authority": documents.authority_values(session.get_one(Authority, authority_id)),
        "category": report.category,
        "street": report.street,
        "reported_on": report.reported_on.isoformat(),
        "link": f"{runtime.settings.public_url}/signalements/ne-plus-suivre/{token}",
    }
    correspondence.queue_mail_to(session, runtime, authority_id, address, "report_followed", values)


def get_follower(session: Session, authority_id: int, token: str) -> Follower:
    """Whom a link to leave was sent to; raise NotFound once they left or were told."""
    found = queries.find_follower_by_token(session, authority_id, accounts.token_hash(token))
    if found is None:
        raise NotFound(LEFT)
    return found


def leave(session: Session, authority_id: int, token: str) -> None:
    """Follow no more: the address is forgotten."""
    session.delete(get_follower(session, authority_id, token))


def tell(runtime: Runtime, claim: Claim) -> None:
    """Write once to those who follow a case that is closed now, and forget their addresses."""
    with runtime.database.transaction() as session:
        outbox.keep(session, claim)
        for follower, case in queries.claim_followers_of_closed(session, AT_ONCE):
            if (definition := _definition(case)) is not None:
                _tell(session, runtime, follower, case, definition)
            session.delete(follower)


def _tell(session: Session, runtime: Runtime, follower: Follower, case: Case, definition: ProcedureDefinition) -> None:
    values = {
        "category": nearby.category_of(definition, case.answers_to_procedure),
        "street": case.near_street,
        "reported_on": case.received_on.isoformat(),
        "closed_on": (case.closed_on or case.received_on).isoformat(),
        "authority": documents.authority_values(session.get_one(Authority, case.authority_id)),
        "link": f"{runtime.settings.public_url}/demarches/{definition.code}",
    }
    correspondence.queue_mail_to(session, runtime, case.authority_id, follower.email, "report_closed", values)


def _definition(case: Case) -> ProcedureDefinition | None:
    version = case.procedure_version
    return procedures.read_version(version) if version else None
