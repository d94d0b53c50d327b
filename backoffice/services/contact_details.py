"""The contact details of a citizen, corrected by an agent when a letter came back."""

from collections.abc import Mapping

from sqlalchemy.orm import Session

from backoffice.domain import identity, policy
from backoffice.domain.policy import Actor, Permission
from backoffice.errors import Conflict, Invalid
from backoffice.models.cases import Case
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
}


def correct(session: Session, actor: Actor, case: Case, given: Mapping[str, str]) -> None:
    """Replace the contact details of the citizen of a case; the history says which changed, not what they were.

    Raises Invalid, field by field, for details that are not well written.
    """
    policy.require(actor, Permission.CASE_READ, case)
    policy.require(actor, Permission.CITIZEN_WRITE)
    citizen = case.citizen
    if citizen is None:
        raise Conflict("Cette demande est anonyme : elle n’a pas de coordonnées.")
    values, faults = {}, {}
    for name in CONTACT_FIELDS:
        typed = " ".join(given.get(name, "").split())[:255]
        try:
            values[name] = CHECKS[name](typed) if typed and name in CHECKS else typed
        except Invalid as fault:
            faults[name] = fault.sentence
    if faults:
        raise Invalid(faults=faults)
    changed = [name for name in CONTACT_FIELDS if values[name] != getattr(citizen, name)]
    for name in changed:
        setattr(citizen, name, values[name])
    if changed:
        citizens.note_origin(citizen, changed, ORIGIN)
        case.revision += 1
        fields = ", ".join(LABELS[name] for name in changed)
        journal.record(session, actor, case, Event.CONTACT_CORRECTED, fields=fields)
