"""Colleagues named in a note or in a hand-over: told of it when they may read the case."""

from sqlalchemy.orm import Session

from backoffice.domain import mentions, policy
from backoffice.domain.mentions import Colleague
from backoffice.domain.policy import Actor, Permission
from backoffice.domain.staff_notices import NoticeEvent
from backoffice.models.cases import Case
from backoffice.models.people import Staff
from backoffice.queries import people
from backoffice.services import accounts, staff_notices

MOST_SUGGESTED = 8


def note_place(message_id: int) -> str:
    """The anchor of a note in the page of its case."""
    return f"note-{message_id}"


def tell(session: Session, actor: Actor, case: Case, text: str, *, place: str = "") -> str:
    """Tell those whom a text names, and give a hint on the others, in a sentence; empty when there is none."""
    if not mentions.list_written(text):
        return ""
    staff = {one.id: one for one in people.list_staff(session, case.authority_id) if one.active}
    read = mentions.resolve(text, [_colleague(one) for one in staff.values()])
    readers = [one for one in read.found if _may_read(staff[one], case)]
    said = f"{actor.name} vous mentionne dans {'une note' if place else 'une consigne'}."
    staff_notices.tell(session, case, NoticeEvent.MENTIONED, readers, said, by=actor, place=place)
    kept_out = [staff[one].name for one in read.found if one not in readers]
    hints = [
        ("ne désigne aucun collègue : personne n’a été prévenu. Écrivez @prenom.nom.", read.unknown),
        ("désigne plusieurs collègues : personne n’a été prévenu. Écrivez @ puis l’adresse.", read.ambiguous),
        ("n’a pas accès à ce dossier et n’a rien reçu.", kept_out),
    ]
    return " ".join(f"«\u00a0{one}\u00a0» {hint}" for hint, those in hints for one in those)


def suggest(session: Session, actor: Actor, case: Case, typed: str) -> list[tuple[Colleague, str, str]]:
    """Colleagues who may read the case and whose name begins so: who, their title, and how to write them."""
    policy.require(actor, Permission.CASE_NOTE, case)
    active = [one for one in people.list_staff(session, case.authority_id) if one.active]
    everybody = [_colleague(one) for one in active]
    found = [
        (_colleague(one), one.title, mentions.write(_colleague(one), everybody))
        for one in active
        if one.id != actor.id and mentions.matches(_colleague(one), typed) and _may_read(one, case)
    ]
    # « @marc » is Marc Duval before Hélène Marchand.
    found.sort(key=lambda one: not mentions.begins(one[0], typed))
    return found[:MOST_SUGGESTED]


def _colleague(one: Staff) -> Colleague:
    return Colleague(one.id, one.name, one.address)


def _may_read(one: Staff, case: Case) -> bool:
    return policy.allows(accounts.actor_of(one), Permission.CASE_READ, case)
