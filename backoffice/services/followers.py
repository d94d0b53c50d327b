"""Following a report that somebody else made: a proved address is told once that it is closed, and may leave before."""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from backoffice.domain import identity, nearby
from backoffice.domain.letters import FRENCH
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
from backoffice.services import accounts, correspondence, documents, moment, nearby_reports, outbox, procedures
from backoffice.services.outbox import Claim

# The address is not proven: few mails an hour, so that we are no nuisance.
WHILE = timedelta(hours=1)
MOST_MAILS = 5
TOO_MANY = Wording("Cette adresse a déjà reçu plusieurs de nos messages. Réessayez dans une heure.")
LEFT = Wording("Vous ne suivez plus ce signalement, ou il est terminé : vous n’avez rien à faire.")
TOO_LATE = Wording("Ce lien n’est plus valable : il a déjà servi, il a plus de trois jours, ou tout est terminé.")
CONFIRM_WITHIN = timedelta(days=3)
AT_ONCE = 200


def follow(
    runtime: Runtime,
    authority_id: int,
    report: NearbyReport,
    email: str,
    *,
    proven: Collection[str] = (),
    language: str = FRENCH,
) -> bool:
    """Tell this address, once, when the report is closed; again changes nothing. Give whether it is followed for sure.

    Until it is proved it gets a link to confirm it and nothing else. `proven` are the addresses that whoever asks has
    proved: for any other the answer is no, so that nobody learns who follows what. Raises Invalid for an address that
    nobody can have, or a proved one that had too many mails of ours.
    """
    address = identity.check_email(email).lower()
    asked = _Asked(authority_id, report, address, language, is_proven=address in proven)
    try:
        return _follow(runtime, asked)
    except IntegrityError:  # the same address, for the same report, at this instant
        return _follow(runtime, asked)


@dataclass(frozen=True, slots=True)
class _Asked:
    """Somebody wants this address, which they have proved or not, to be told of the end of a report."""

    authority_id: int
    report: NearbyReport
    address: str
    language: str
    is_proven: bool


def _follow(runtime: Runtime, asked: _Asked) -> bool:
    now = moment.now()
    with runtime.database.transaction() as session:
        known = queries.find_follower(session, asked.report.case_id, asked.address)
        if known is not None and known.confirmed_at is not None:
            return asked.is_proven
        if mails.count_mails_to_since(session, asked.authority_id, asked.address, now - WHILE) >= MOST_MAILS:
            if asked.is_proven:
                raise Invalid(TOO_MANY, {"email": TOO_MANY})
            return False
        token = secrets.token_urlsafe(32)
        if known is None:
            known = Follower(authority_id=asked.authority_id, case_id=asked.report.case_id, email=asked.address)
            session.add(known)
        known.token_hash, known.created_at = accounts.token_hash(token), now
        known.confirmed_at, known.language = now if asked.is_proven else None, asked.language
        _write(session, runtime, known, asked.report, token)
    return asked.is_proven


def confirm(session: Session, runtime: Runtime, authority_id: int, token: str, today: date) -> None:
    """Use the link that proves an address: the report is followed from now on.

    Raises NotFound once it is too late, or when the report may not be shown any more.
    """
    follower = get_unconfirmed(session, authority_id, token)
    report = nearby_reports.get_shown(session, authority_id, follower.case_id, today)
    follower.confirmed_at = moment.now()
    _write(session, runtime, follower, report, token)


def get_unconfirmed(session: Session, authority_id: int, token: str) -> Follower:
    """Whose address a link proves; raise NotFound once it proved it, or too late."""
    found = queries.find_follower_by_token(session, authority_id, accounts.token_hash(token))
    if found is None or found.confirmed_at is not None or found.created_at + CONFIRM_WITHIN < moment.now():
        raise NotFound(TOO_LATE)
    return found


def _write(session: Session, runtime: Runtime, follower: Follower, report: NearbyReport, token: str) -> None:
    """Send the link that proves the address, or once it is proved, the one to leave."""
    way, template = ("ne-plus-suivre", "report_followed") if follower.confirmed_at else ("confirmer", "report_confirm")
    values = {
        "authority": documents.authority_values(session.get_one(Authority, follower.authority_id)),
        "category": report.category,
        "street": report.street,
        "reported_on": report.reported_on.isoformat(),
        "link": f"{runtime.settings.public_url}/signalements/{way}/{token}",
        "language": follower.language,
    }
    correspondence.queue_mail_to(session, runtime, follower.authority_id, follower.email, template, values)


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
    """Write once to those who follow a case that is closed now, and forget their addresses, and those never proved."""
    with runtime.database.transaction() as session:
        outbox.keep(session, claim)
        queries.delete_unconfirmed(session, moment.now() - CONFIRM_WITHIN)
        for follower, case in queries.claim_followers_of_closed(session, AT_ONCE):
            definition = _definition(case)
            if definition is not None and follower.confirmed_at is not None:
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
        "language": follower.language,
    }
    correspondence.queue_mail_to(session, runtime, case.authority_id, follower.email, "report_closed", values)


def _definition(case: Case) -> ProcedureDefinition | None:
    version = case.procedure_version
    return procedures.read_version(version) if version else None
