"""The log of readings of sensitive cases: kept from six to twelve months, and each look at it is logged too."""

from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from backoffice.domain import policy
from backoffice.domain.policy import Actor, Permission
from backoffice.domain.setting_screens import Screen
from backoffice.errors import Invalid
from backoffice.models.authorities import Authority
from backoffice.models.cases import Case, CaseEvent
from backoffice.models.eliminations import AccessLogLook
from backoffice.queries import access_log as queries
from backoffice.queries import catalogue, legal
from backoffice.queries.access_log import Wanted
from backoffice.services import moment, setting_history

MONTHS_SETTING = "reading_log_months"
FEWEST, MOST = 6, 12
"""Months (CNIL, délibération 2021-122)."""
DAYS_OF_MONTH = 30.5
NOT_MONTHS = f"Écrivez un nombre de mois, de {FEWEST} à {MOST}."
AT_ONCE = 5_000


def months_kept(authority: Authority) -> int:
    """How long an authority keeps its log, in months."""
    return int(authority.details.get(MONTHS_SETTING, MOST))


def look(
    session: Session, actor: Actor, wanted: Wanted, asked: dict[str, Any], *, limit: int, before: int | None = None
) -> list[tuple[CaseEvent, Case]]:
    """A page of the log, and a line that says who looked at what (`asked`: the words of the form)."""
    policy.require(actor, Permission.ACCESS_LOG_READ)
    said = {name: value for name, value in asked.items() if value}
    session.add(
        AccessLogLook(
            authority_id=actor.authority_id, staff_id=actor.id, author=actor.name, at=moment.now(), asked=said
        )
    )
    return queries.page(session, actor, wanted, limit=limit, before=before)


def keep_for(session: Session, actor: Actor, typed: str) -> int:
    """Change how long the log is kept; raise Invalid out of six to twelve months."""
    policy.require(actor, Permission.ACCESS_LOG_READ)
    typed = typed.strip()
    months = int(typed) if typed.isascii() and typed.isdigit() and len(typed) <= 2 else 0
    if not FEWEST <= months <= MOST:
        raise Invalid(faults={"months": NOT_MONTHS})
    authority = catalogue.claim_authority(session, actor.authority_id)
    before = {"Journal des consultations": f"{months_kept(authority)} mois"}
    authority.details = {**authority.details, MONTHS_SETTING: months}
    after = {"Journal des consultations": f"{months} mois"}
    setting_history.record(session, actor, Screen.AUTHORITY, "Journal des consultations", before, after)
    return months


def forget_old(session: Session) -> int:
    """Take the names out of readings whose time is over, in every authority; give how many."""
    forgotten = 0
    for authority in legal.list_authorities(session):
        before = moment.now() - timedelta(days=round(months_kept(authority) * DAYS_OF_MONTH))
        forgotten += queries.forget_readings(session, authority.id, before, AT_ONCE)
        queries.delete_looks(session, authority.id, before)
    return forgotten


def what_was_read(event: CaseEvent) -> str:
    """What of a case somebody read, in French: its page when nothing more is known."""
    return next((said for name, said in _READ.items() if name in event.data), "La page du dossier")


_READ = {
    "attachment_id": "Une pièce jointe",
    "document_id": "Un document produit",
    "message_id": "Un message d’origine",
    "mail_id": "Un courriel envoyé",
    "mail_line_id": "Un courriel à trier",
    "bundle_id": "Un dossier de preuve ou un versement",
    "citizen_id": "La fiche de l’usager",
    "task_id": "Une question",
}
