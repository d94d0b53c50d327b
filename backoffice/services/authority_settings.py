"""What an administrator says of the authority itself: how to reach it, what it promises, where its law stands."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from backoffice.domain import closing_days, identity, policy
from backoffice.domain.archive_transfer import PRIVATE_LIFE
from backoffice.domain.calendars import CALENDAR_LABELS
from backoffice.domain.late_entry import MOST_DAYS_SETTING, USUAL_MOST_DAYS
from backoffice.domain.policy import Actor, Permission
from backoffice.errors import Invalid
from backoffice.models.authorities import Authority
from backoffice.queries import catalogue as queries
from backoffice.services import linked_files, outbox, scan_destruction
from backoffice.services.citizen_acts import REOPEN_WITHIN_DAYS, reopening_days
from backoffice.services.clock import EXTRA_HOLIDAYS
from backoffice.services.outbox import JobKind

# Who receives the files that are transferred to the archives, under which agreement and rule of access (SEDA).
ARCHIVES = ("siret", "archives_name", "archives_identifier", "archives_agreement", "archives_access_rule")
DETAILS = ("address", "opening_hours", "privacy_contact", "accessibility_contact", "accessibility_audit", *ARCHIVES)
EMAILS = ("email", "privacy_contact", "accessibility_contact")
CONFORMITY = ("", "non conforme", "partiellement conforme", "totalement conforme")
LONGEST = 255
LONGEST_PHONE = 64
MOST_DAYS = 365
OPTIONAL_DAYS = (MOST_DAYS_SETTING, scan_destruction.DAYS_SETTING)


def values_of(authority: Authority) -> dict[str, str]:
    """What the form shows."""
    known = {name: str(authority.details.get(name, "")) for name in (*DETAILS, "accessibility_state")}
    known["archives_access_rule"] = known["archives_access_rule"] or PRIVATE_LIFE
    days = str(reopening_days(authority))
    closed = closing_days.write_days(tuple(authority.details.get(EXTRA_HOLIDAYS, ())))
    known |= {"calendar": authority.calendar, EXTRA_HOLIDAYS: closed}
    late = {
        MOST_DAYS_SETTING: str(authority.details.get(MOST_DAYS_SETTING, USUAL_MOST_DAYS)),
        scan_destruction.DAYS_SETTING: str(scan_destruction.days_kept(authority.details)),
    }
    mail = {linked_files.MOST_MEGABYTES: str(linked_files.megabytes(authority))}
    return {"email": authority.email, "phone": authority.phone, **known, REOPEN_WITHIN_DAYS: days} | mail | late


def update(session: Session, actor: Actor, values: Mapping[str, str]) -> None:
    """Write what was corrected; raise Invalid with every fault, by field."""
    policy.require(actor, Permission.DEPARTMENT_MANAGE)
    typed = {name: text.replace("\x00", "").strip() for name, text in values.items()}
    faults = _faults(typed)
    if faults:
        raise Invalid(faults=faults)
    authority = queries.claim_authority(session, actor.authority_id)
    authority.email, authority.phone = typed.get("email", ""), typed.get("phone", "")
    said: dict[str, Any] = {name: typed.get(name, "") for name in (*DETAILS, "accessibility_state")}
    said |= {name: int(typed[name]) for name in (REOPEN_WITHIN_DAYS, linked_files.MOST_MEGABYTES)}
    said |= {name: int(typed[name]) for name in OPTIONAL_DAYS if name in typed}
    if EXTRA_HOLIDAYS in typed:
        said[EXTRA_HOLIDAYS] = list(closing_days.read_days(typed[EXTRA_HOLIDAYS]))
    days_before = _days_of(authority)
    authority.calendar = typed.get("calendar", authority.calendar)
    authority.details = {**authority.details, **said}
    if _days_of(authority) != days_before:
        outbox.promise(session, JobKind.REFRESH_DATES, authority_id=authority.id)


def _days_of(authority: Authority) -> tuple[str, list[str]]:
    """What every working day is counted with."""
    return authority.calendar, list(authority.details.get(EXTRA_HOLIDAYS, ()))


def _faults(typed: Mapping[str, str]) -> dict[str, str]:
    faults = {
        name: f"Ce texte est trop long : {LONGEST} caractères au plus."
        for name in ("email", *DETAILS)
        if len(typed.get(name, "")) > LONGEST
    }
    for name in EMAILS:
        if (address := typed.get(name, "")) and name not in faults:
            try:
                identity.check_email(address)
            except Invalid as fault:
                faults[name] = fault.sentence
    if len(typed.get("phone", "")) > LONGEST_PHONE:
        faults["phone"] = f"Ce numéro est trop long : {LONGEST_PHONE} caractères au plus."
    if bool(typed.get("archives_name")) != bool(typed.get("archives_identifier")):
        missing = "archives_identifier" if typed.get("archives_name") else "archives_name"
        faults.setdefault(missing, "Donnez le nom du service d’archives et son identifiant, ou aucun des deux.")
    if typed.get("accessibility_state", "") not in CONFORMITY:
        faults["accessibility_state"] = "Choisissez l’état de conformité dans la liste."
    if typed.get("calendar", "metropole") not in CALENDAR_LABELS:
        faults["calendar"] = "Choisissez le calendrier dans la liste."
    try:
        closing_days.read_days(typed.get(EXTRA_HOLIDAYS, ""))
    except Invalid as fault:
        faults[EXTRA_HOLIDAYS] = fault.sentence
    faults |= linked_files.faults_of(typed.get(linked_files.MOST_MEGABYTES, ""))
    return faults | _faults_of_days(typed)


def _faults_of_days(typed: Mapping[str, str]) -> dict[str, str]:
    faults = {}
    for name in (REOPEN_WITHIN_DAYS, *OPTIONAL_DAYS):
        days = typed.get(name, "" if name == REOPEN_WITHIN_DAYS else "0")
        if not (days.isascii() and days.isdigit() and len(days) <= 3 and int(days) <= MOST_DAYS):
            faults[name] = f"Écrivez un nombre de jours, de 0 à {MOST_DAYS}."
    return faults
