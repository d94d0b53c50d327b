"""How a citizen is reached, corrected by an agent: on their sheet, or beside a letter that came back."""

from collections.abc import Collection, Mapping

from sqlalchemy.orm import Session

from backoffice.domain import identity, policy
from backoffice.domain.incoming import ContactPreference
from backoffice.domain.lifecycle import Status
from backoffice.domain.policy import Actor, Permission
from backoffice.errors import Conflict, Invalid
from backoffice.models.cases import Case
from backoffice.models.people import Citizen
from backoffice.queries import cases, matching, people
from backoffice.services import citizens, journal
from backoffice.services.citizens import CONTACT_FIELDS
from backoffice.services.journal import Event

ORIGIN = "desk"
CHECKS = {
    "email": lambda typed: identity.check_email(typed).lower(),
    "phone": identity.check_phone,
    "postcode": identity.check_postcode,
}
LABELS = {
    "email": "adresse électronique",
    "phone": "téléphone",
    "address_line": "numéro et rue",
    "postcode": "code postal",
    "city": "commune",
    "contact_preference": "préférence de contact",
    "electronic_reply_refused": "refus des réponses électroniques",
}
REFUSES = "refuses_email"
NEEDS: dict[str, tuple[tuple[str, ...], str]] = {
    ContactPreference.EMAIL: (("email",), "Écrivez son adresse électronique, ou choisissez un autre moyen."),
    ContactPreference.POST: (("address_line", "city"), "Écrivez son adresse postale, ou choisissez un autre moyen."),
    ContactPreference.SMS: (("phone",), "Écrivez son téléphone, ou choisissez un autre moyen."),
    ContactPreference.PHONE: (("phone",), "Écrivez son téléphone, ou choisissez un autre moyen."),
}
"""What each way of being reached takes, and what is said when it lacks."""
REACHED_OTHERWISE = "La personne refuse les réponses électroniques : choisissez un autre moyen."


def correct(session: Session, actor: Actor, case: Case, given: Mapping[str, str]) -> None:
    """Replace the contact details of the citizen of a case; the history says which changed, not what they were.

    Raises Invalid, field by field, for details that are not well written.
    """
    policy.require(actor, Permission.CASE_READ, case)
    policy.require(actor, Permission.CITIZEN_WRITE)
    citizen = case.citizen
    if citizen is None:
        raise Conflict("Cette demande est anonyme : elle n’a pas de coordonnées.")
    values, faults = _read(given)
    if faults:
        raise Invalid(faults=faults)
    changed = _changed(citizen, values)
    if changed:
        _replace(citizen, values, changed)
        _note(session, actor, case, changed)


def correct_sheet(session: Session, actor: Actor, citizen_id: int, given: Mapping[str, str]) -> None:
    """The same from the sheet of a citizen, with how they wish to be reached; their open cases say what changed.

    Raises Conflict for a sheet that went into another one, Invalid as `correct` does, and for a way of being reached
    that the sheet gives no means of.
    """
    policy.require(actor, Permission.CITIZEN_WRITE)
    citizen = people.get_citizen(session, actor.authority_id, citizen_id)
    if citizen.merged_into_id is not None:
        raise Conflict("Cette fiche a été réunie à une autre : corrigez cette autre fiche.")
    contact, faults = _read(given)
    preference, refuses = given.get("contact_preference", ""), bool(given.get(REFUSES))
    wanted, sentence = NEEDS.get(preference, ((), ""))
    if any(not contact.get(name) for name in wanted) and not faults:
        faults["contact_preference"] = sentence
    elif preference == ContactPreference.EMAIL and refuses:
        faults["contact_preference"] = REACHED_OTHERWISE
    if faults:
        raise Invalid(faults=faults)
    said: dict[str, str | bool] = {
        "contact_preference": preference if preference in NEEDS else "",
        "electronic_reply_refused": refuses,
    }
    values = {**contact, **said}
    changed = _changed(citizen, values)
    note_in_open_cases(session, actor, [citizen.id], changed)
    _replace(citizen, values, changed)


def note_in_open_cases(session: Session, actor: Actor, sheet_ids: Collection[int], changed: Collection[str]) -> None:
    """Say in the open cases of these sheets what changed, and not what it was; nothing when nothing did."""
    if not changed:
        return
    for case_id in sorted(one for sheet_id in sheet_ids for one in matching.list_case_ids(session, sheet_id)):
        case = cases.claim_case_by_id(session, case_id)
        if case.status != Status.CLOSED:
            _note(session, actor, case, changed)


def _read(given: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """The contact details as they are kept, and what is badly written: name → French sentence."""
    values: dict[str, str] = {}
    faults: dict[str, str] = {}
    for name in CONTACT_FIELDS:
        typed = " ".join(given.get(name, "").split())[:255]
        try:
            values[name] = CHECKS[name](typed) if typed and name in CHECKS else typed
        except Invalid as fault:
            faults[name] = fault.sentence
    return values, faults


def _changed(citizen: Citizen, values: Mapping[str, str | bool]) -> list[str]:
    return [name for name, value in values.items() if value != getattr(citizen, name)]


def _replace(citizen: Citizen, values: Mapping[str, str | bool], changed: Collection[str]) -> None:
    for name in changed:
        setattr(citizen, name, values[name])
    if changed:
        citizens.note_origin(citizen, changed, ORIGIN)


def _note(session: Session, actor: Actor, case: Case, changed: Collection[str]) -> None:
    case.revision += 1
    fields = ", ".join(LABELS[name] for name in changed)
    journal.record(session, actor, case, Event.CONTACT_CORRECTED, fields=fields)
