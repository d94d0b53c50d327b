"""Scanned letters: every file taken in once, whoever brings it, and the tray where its letters wait for an agent."""

from dataclasses import dataclass
from typing import BinaryIO

from sqlalchemy.orm import Session

from backoffice.domain import policy
from backoffice.domain.file_checks import PDF
from backoffice.domain.incoming import IncomingFile
from backoffice.domain.policy import Actor, Permission
from backoffice.errors import Conflict, Invalid
from backoffice.infra import file_types
from backoffice.infra.runtime import Runtime
from backoffice.models.arrived_letters import ArrivedLetter
from backoffice.models.digitised_mail import DigitisedFile, DigitisedLetter
from backoffice.queries import digitised_mail as queries
from backoffice.queries import received_files as file_queries
from backoffice.queries.digitised_mail import ASIDE, PUT_AWAY, REGISTERED, REPEATED, WAITING
from backoffice.services import moment, outbox, received_files
from backoffice.services.outbox import JobKind

TIFF = "image/tiff"
NO_SCAN = "Ce fichier n’est ni un PDF ni un TIFF."
EMPTY = "Ce fichier est vide."
SAME = "Les mêmes pages ont déjà été reçues, dans « {} »."
TAKEN = "Ce courrier numérisé est déjà enregistré, ou écarté : reprenez la liste."
SAY_WHY = "Dites pourquoi ce courrier n’est pas à enregistrer."


@dataclass(frozen=True, slots=True)
class Arrival:
    """A file that a scanner made: `source_key` is the same each time that this very arrival is looked at."""

    source_key: str
    name: str
    cuts_at_blanks: bool = False
    staff_id: int | None = None


def take_in(runtime: Runtime, authority_id: int, arrival: Arrival, stream: BinaryIO) -> str:
    """Keep the bytes, then write their line and promise the cut; answers the outcome, once and for all."""
    stream.seek(0)
    media_type = file_types.sniff(stream.read(file_types.SNIFFED_BYTES))
    stream.seek(0)
    digest, size = runtime.storage.put_stream(stream)
    with runtime.database.transaction() as session:
        file_id = queries.insert_file(
            session,
            authority_id=authority_id,
            source_key=arrival.source_key[:255],
            name=arrival.name[:255],
            media_type=media_type,
            size=size,
            digest=digest,
            cuts_at_blanks=arrival.cuts_at_blanks,
            staff_id=arrival.staff_id,
            received_at=moment.now(),
            state=WAITING,
        )
        if file_id is None:
            return REPEATED
        file = queries.get_file(session, authority_id, file_id)
        same = queries.find_same(session, authority_id, digest, file_id)
        if same is not None:
            settle(file, REPEATED, SAME.format(same.name))
        elif media_type not in {PDF, TIFF}:
            settle(file, ASIDE, NO_SCAN if size else EMPTY)
        else:
            received_files.note(session, runtime, [IncomingFile(file.name, media_type, size, digest)])
            outbox.promise(session, JobKind.CUT_SCAN, authority_id=authority_id, file_id=file_id)
        return file.state


def settle(file: DigitisedFile, state: str, reason: str = "") -> None:
    """The outcome of a file."""
    file.state, file.reason, file.settled_at = state, reason, moment.now()


def note_text(session: Session, letter: DigitisedLetter, text: str) -> None:
    """What was read on a letter, kept with its content too once it is in a case."""
    letter.text, letter.read_at = text, moment.now()
    if letter.state == REGISTERED:
        _keep_with_content(session, letter, text)


def register(session: Session, actor: Actor, letter_id: int, arrived: ArrivedLetter) -> None:
    """A scanned letter became a line of the register (its file is noted already); raise Conflict when it is taken."""
    letter = queries.claim_letter(session, actor.authority_id, letter_id)
    if letter.state != WAITING:
        raise Conflict(TAKEN)
    letter.state, letter.arrived_letter_id = REGISTERED, arrived.id
    letter.staff_id, letter.settled_at = actor.id, moment.now()
    _keep_with_content(session, letter, letter.text)


def put_away(session: Session, actor: Actor, letter_id: int, reason: str) -> None:
    """What is no letter to register (a cover, an advertisement): kept, with why; raise Invalid or Conflict."""
    policy.require(actor, Permission.CASE_RECORD)
    if not reason.strip():
        raise Invalid(faults={"reason": SAY_WHY})
    letter = queries.claim_letter(session, actor.authority_id, letter_id)
    if letter.state != WAITING:
        raise Conflict(TAKEN)
    letter.state, letter.reason = PUT_AWAY, reason.strip()[:500]
    letter.staff_id, letter.settled_at = actor.id, moment.now()


def take_up_again(session: Session, actor: Actor, letter_id: int) -> None:
    """What was put away waits again."""
    policy.require(actor, Permission.CASE_RECORD)
    letter = queries.claim_letter(session, actor.authority_id, letter_id)
    if letter.state != PUT_AWAY:
        raise Conflict(TAKEN)
    letter.state, letter.reason, letter.staff_id, letter.settled_at = WAITING, "", None, None


def _keep_with_content(session: Session, letter: DigitisedLetter, text: str) -> None:
    """What is read on the page of the case goes by the content of its files."""
    known = file_queries.claim_file(session, letter.digest)
    if known is not None and text:  # until it is recognised, what the scanner wrote in the file serves
        known.text = text


def file_of(letter: DigitisedLetter, field: str) -> IncomingFile:
    """The letter as a file of the request that it becomes."""
    return IncomingFile(f"courrier-{letter.id}.pdf", PDF, letter.size, letter.digest, field=field)
