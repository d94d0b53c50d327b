"""Who speaks for whom in a case: written when it opens, stated by letters, completed when the proof is seen."""

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.orm import Session

from backoffice.domain import policy
from backoffice.domain.incoming import IncomingFile
from backoffice.domain.policy import Actor, Permission
from backoffice.domain.representation import Capacity, Proof, Represented, Tie
from backoffice.domain.representation_form import FOR, MANDATE
from backoffice.errors import Conflict, Invalid
from backoffice.infra.runtime import Runtime
from backoffice.models.cases import Attachment, Case, Message
from backoffice.models.people import Citizen
from backoffice.models.representations import CaseRepresentation
from backoffice.queries import representations as queries
from backoffice.services import journal, moment, received_files
from backoffice.services.journal import Event

NOBODY_SPEAKS = "Cette demande est anonyme : personne n’y parle pour quelqu’un d’autre."


@dataclass(frozen=True, slots=True)
class Addressee:
    """Whom the letters of a case bear on: `name`, with the speaker under it (`through`) when somebody else speaks."""

    name: str
    speaker: str = ""
    through: str = ""
    address_line: str = ""
    postcode: str = ""
    city: str = ""


def keep(session: Session, case: Case, represented: Represented | None, *, proof_after: int = 0) -> None:
    """Write down in whose name a case is opened; files up to number `proof_after` are no proof of it."""
    if represented is None:
        return
    columns = _columns(represented)
    row = CaseRepresentation(authority_id=case.authority_id, case_id=case.id, proof_after=proof_after, **columns)
    session.add(row)
    session.flush([row])  # the acknowledgement, written next, bears its name


def find(session: Session, case_id: int | None) -> Represented | None:
    """In whose name a case was opened; None for the speaker's own."""
    with session.no_autoflush:  # what is still to be written changes nothing here
        row = queries.find_representation(session, case_id) if case_id else None
    return as_value(row) if row else None


def list_by_case(session: Session, case_ids: Collection[int]) -> dict[int, Represented]:
    """The same for several cases."""
    return {case_id: as_value(row) for case_id, row in queries.list_representations(session, case_ids).items()}


def find_proof(session: Session, case_id: int, represented: Represented) -> tuple[Proof, list[Attachment]]:
    """Where the proof of it stands, with its files."""
    files = queries.list_proofs(session, case_id, MANDATE)
    return represented.proof(has_file=bool(files)), files


def as_value(row: CaseRepresentation) -> Represented:
    """A row as the domain knows it."""
    return Represented(
        Capacity(row.capacity),
        family_name=row.family_name,
        given_names=row.given_names,
        tie=Tie(row.tie) if row.tie else None,
        name=row.name,
        number=row.number,
        role=row.role,
        address_line=row.address_line,
        postcode=row.postcode,
        city=row.city,
        seen=row.seen,
        scope=row.scope,
        valid_until=row.valid_until,
    )


def addressee(session: Session, case: Case) -> Addressee:
    """Whom to write to: the one that the request is for, at its own address or at the speaker's."""
    return addressee_of(case.citizen, find(session, case.id))


def addressee_of(citizen: Citizen | None, represented: Represented | None) -> Addressee:
    """The same, when it is known in whose name the citizen speaks."""
    speaker = citizen.display_name if citizen else ""
    at = represented if represented is not None and represented.city else citizen
    place = (at.address_line, at.postcode, at.city) if at else ("", "", "")
    if represented is None:
        return Addressee(speaker, "", "", *place)
    return Addressee(represented.display_name, speaker, represented.through(speaker), *place)


def change(
    session: Session,
    runtime: Runtime,
    actor: Actor,
    case: Case,
    represented: Represented | None,
    files: Sequence[IncomingFile] = (),
    *,
    key: str = "",
) -> None:
    """Write down, or correct, in whose name the citizen of a case speaks (None: their own), and keep its proof.

    Letters bear the right name from then on; those that left stay as they are. Once the person or what ties them
    changed, earlier proofs prove nothing any more, kept or seen. `key` is the form's own.
    """
    policy.require(actor, Permission.CASE_NOTE, case)
    if case.citizen is None and represented is not None:
        raise Invalid(NOBODY_SPEAKS, {FOR: NOBODY_SPEAKS})
    row = queries.find_representation(session, case.id)
    earlier = as_value(row) if row else None
    before = earlier.display_name if earlier else ""
    if represented is None:
        if row is not None:
            session.delete(row)
    elif row is None or earlier is None:
        keep(session, case, represented, proof_after=queries.last_file(session, case.id, MANDATE))
    else:
        if not represented.is_whom(earlier):
            row.proof_after = queries.last_file(session, case.id, MANDATE)
            represented = replace(represented, seen=represented.seen and not earlier.seen)
        for name, value in _columns(represented).items():
            setattr(row, name, value)
    name = represented.display_name if represented else ""
    case.revision += 1
    if files:
        message = Message(
            authority_id=case.authority_id,
            case_id=case.id,
            direction="note",
            channel="desk",
            source_id=f"{case.id}.{key or secrets.token_hex(16)}",
            staff_id=actor.id,
            author=actor.name,
            body=f"Justificatif de la représentation : {name}.",
            received_at=moment.now(),
        )
        session.add(message)
        session.flush()
        received_files.attach(session, runtime, message, files)
    until = represented.valid_until.isoformat() if represented and represented.valid_until else ""
    facts = {"name": name, "before": before, "scope": represented.scope if represented else "", "valid_until": until}
    journal.record(session, actor, case, Event.REPRESENTATION_NOTED, **facts)


def note_proof_seen(session: Session, actor: Actor, case: Case) -> None:
    """An agent looked at the proof, and keeps no copy; raise Conflict when nothing is awaited."""
    policy.require(actor, Permission.CASE_NOTE, case)
    row = queries.find_representation(session, case.id)
    if row is None or find_proof(session, case.id, as_value(row))[0] is not Proof.AWAITED:
        raise Conflict("Aucun justificatif n’est attendu pour ce dossier.")
    row.seen = True
    case.revision += 1
    journal.record(session, actor, case, Event.MANDATE_SEEN, name=as_value(row).display_name)


def _columns(represented: Represented) -> dict[str, Any]:
    values = represented.to_data()
    return {
        name: value if name == "valid_until" else value or "" for name, value in values.items() if name != "seen"
    } | {"seen": represented.seen}
