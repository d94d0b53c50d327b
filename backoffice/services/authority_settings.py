"""What an administrator says of the authority itself: how to reach it, what it promises, where its law stands."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from backoffice.domain import closing_days, identity, policy
from backoffice.domain.archive_transfer import PRIVATE_LIFE
from backoffice.domain.calendars import CALENDAR_LABELS
from backoffice.domain.late_entry import MOST_DAYS_SETTING, USUAL_MOST_DAYS
from backoffice.domain.masking import HIGHEST_THRESHOLD, THRESHOLD_SETTING, USUAL_THRESHOLD
from backoffice.domain.policy import Actor, Permission
from backoffice.domain.setting_screens import Screen
from backoffice.errors import Invalid
from backoffice.models.authorities import Authority
from backoffice.queries import catalogue as queries
from backoffice.services import linked_files, outbox, scan_destruction, setting_history
from backoffice.services.authority_pages import WEEK
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
LABELS = {
    "email": "Courriel",
    "phone": "Téléphone",
    "address": "Adresse postale",
    "opening_hours": "Horaires d’ouverture",
    "privacy_contact": "Courriel de la protection des données",
    "accessibility_contact": "Courriel pour l’accessibilité",
    "accessibility_state": "Conformité au RGAA",
    "accessibility_audit": "Audit d’accessibilité",
    "siret": "SIRET",
    "archives_name": "Service d’archives",
    "archives_identifier": "Identifiant du service d’archives",
    "archives_agreement": "Accord de versement",
    "archives_access_rule": "Règle de communicabilité",
    "calendar": "Jours fériés de",
    EXTRA_HOLIDAYS: "Jours de fermeture en plus",
    REOPEN_WITHIN_DAYS: "Délai pour rouvrir une demande (jours)",
    MOST_DAYS_SETTING: "Saisie de rattrapage (jours)",
    scan_destruction.DAYS_SETTING: "Courriers numérisés écartés (jours)",
    linked_files.MOST_MEGABYTES: "Poids des fichiers joints (Mo)",
    THRESHOLD_SETTING: "Nombres masqués dans les rapports",
}
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
    mail |= {THRESHOLD_SETTING: str(authority.details.get(THRESHOLD_SETTING, USUAL_THRESHOLD))}
    return {"email": authority.email, "phone": authority.phone, **known, REOPEN_WITHIN_DAYS: days} | mail | late


def update(session: Session, actor: Actor, values: Mapping[str, str]) -> None:
    """Write what was corrected; raise Invalid with every fault, by field."""
    policy.require(actor, Permission.DEPARTMENT_MANAGE)
    typed = {name: text.replace("\x00", "").strip() for name, text in values.items()}
    faults = _faults(typed)
    if faults:
        raise Invalid(faults=faults)
    authority = queries.claim_authority(session, actor.authority_id)
    before = _shown(authority)
    authority.email, authority.phone = typed.get("email", ""), typed.get("phone", "")
    said: dict[str, Any] = {name: typed.get(name, "") for name in (*DETAILS, "accessibility_state")}
    if authority.details.get(WEEK):  # said by the hours of the week
        said["opening_hours"] = authority.details.get("opening_hours", "")
    said |= {name: int(typed[name]) for name in (REOPEN_WITHIN_DAYS, linked_files.MOST_MEGABYTES)}
    said |= {name: int(typed[name]) for name in OPTIONAL_DAYS if name in typed}
    if THRESHOLD_SETTING in typed:
        said[THRESHOLD_SETTING] = int(typed[THRESHOLD_SETTING])
    if EXTRA_HOLIDAYS in typed:
        said[EXTRA_HOLIDAYS] = list(closing_days.read_days(typed[EXTRA_HOLIDAYS]))
    days_before = _days_of(authority)
    authority.calendar = typed.get("calendar", authority.calendar)
    authority.details = {**authority.details, **said}
    setting_history.record(session, actor, Screen.AUTHORITY, authority.name, before, _shown(authority))
    if _days_of(authority) != days_before:
        outbox.promise(session, JobKind.REFRESH_DATES, authority_id=authority.id)


def _shown(authority: Authority) -> dict[str, str]:
    values = values_of(authority)
    values["calendar"] = CALENDAR_LABELS.get(values["calendar"], values["calendar"])
    return {label: values[name] for name, label in LABELS.items()}


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
    least = typed.get(THRESHOLD_SETTING, "0")
    if not (least.isascii() and least.isdigit() and len(least) <= 3 and int(least) <= HIGHEST_THRESHOLD):
        faults[THRESHOLD_SETTING] = f"Écrivez un nombre, de 0 (rien n’est masqué) à {HIGHEST_THRESHOLD}."
    return faults | _faults_of_days(typed)


def _faults_of_days(typed: Mapping[str, str]) -> dict[str, str]:
    faults = {}
    for name in (REOPEN_WITHIN_DAYS, *OPTIONAL_DAYS):
        days = typed.get(name, "" if name == REOPEN_WITHIN_DAYS else "0")
        if not (days.isascii() and days.isdigit() and len(days) <= 3 and int(days) <= MOST_DAYS):
            faults[name] = f"Écrivez un nombre de jours, de 0 à {MOST_DAYS}."
    return faults
