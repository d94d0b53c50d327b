"""Bulk letters: what a selection would give, and the batch that is made of it, once whatever its form does."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from backoffice.domain import merge_fields, policy
from backoffice.domain.batches import MOST_LETTERS, POSTED, BatchState, Kind, LineState, Way, way_of
from backoffice.domain.french import long_date, number
from backoffice.domain.lifecycle import Status
from backoffice.domain.policy import Actor, Permission
from backoffice.errors import Conflict, Invalid
from backoffice.models.authorities import Authority
from backoffice.models.batches import Batch, BatchLine
from backoffice.models.cases import Case
from backoffice.queries import batches as queries
from backoffice.queries import people, rows
from backoffice.queries.queue_filters import Filters
from backoffice.services import accounts, blanks, moment, outbox
from backoffice.services.outbox import JobKind
from backoffice.services.representations import Addressee

# One job writes so many letters: a second or two of work, shared by as many workers as there are.
SLICE = 20
# An action takes some milliseconds a case; its cases are locked together, for as long as one slice lasts.
ACTION_SLICE = 25
LONGEST_SUBJECT = 160
LONGEST_TEXT = 20_000

# Under this name, the values of a batch say which letters its file to post holds.
FILE_MARK = "posted"

NOT_ALLOWED = "Ce dossier est suivi par un service où vous ne pouvez pas écrire aux usagers."
CLOSED = "Ce dossier est terminé : rouvrez-le pour écrire à l’usager."
ANONYMOUS = "Cette demande est anonyme : il n’y a personne à qui écrire."


@dataclass(frozen=True, slots=True)
class Letter:
    """What an agent wrote for all: one line, and paragraphs, with their blanks."""

    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a selection would give as it is: letters by way, refused cases by reason, and the letter of one case."""

    ways: Counter[Way]
    refused: Counter[str]
    example: Letter | None
    example_reference: str

    @property
    def letters(self) -> int:
        """How many letters would leave."""
        return self.ways.total()


def list_references(session: Session, actor: Actor, filters: Filters, today: date) -> list[str]:
    """The whole of a list of the queue; raise Invalid when it is more than a batch may hold."""
    policy.require(actor, Permission.CASE_TAG)
    found = queries.list_references(session, actor, filters, today, MOST_LETTERS + 1)
    check_count(len(found))
    return found


def foresee(session: Session, actor: Actor, references: Sequence[str], letter: Letter) -> Forecast:
    """What `create` would do; raise Invalid, field by field, for what it would not take."""
    cases = _check(session, actor, references, letter)
    ways: Counter[Way] = Counter()
    refused: Counter[str] = Counter()
    first = None
    for case in cases:
        reason = refusal(actor, case)
        if reason:
            refused[reason] += 1
        else:
            ways[way_to(case)] += 1
            first = first or case
    example = fill(session, first, letter) if first else None
    return Forecast(ways, refused, example, first.reference if first else "")


def create(session: Session, actor: Actor, references: Sequence[str], letter: Letter, *, key: str) -> Batch:
    """Write the batch and promise its letters; the same form (`key`) received twice gives the batch it made."""
    known = queries.find_by_key(session, actor.authority_id, key)
    if known is not None:
        return queries.get_batch(session, actor, known.id)
    cases = _check(session, actor, references, letter)
    values = {"subject": letter.subject.strip(), "text": letter.text.strip()}
    return begin(session, actor, Kind.LETTER, values, [{"case_id": case.id} for case in cases], key=key)


def begin(
    session: Session, actor: Actor, kind: Kind, values: dict[str, Any], lines: Sequence[dict[str, Any]], *, key: str
) -> Batch:
    """Write a batch with its lines, and promise its slices; a form (`key`) received twice gives the batch it made."""
    is_letter = kind is Kind.LETTER
    batch = Batch(
        authority_id=actor.authority_id,
        staff_id=actor.id,
        kind=kind,
        form_key=key,
        values=values,
        state=BatchState.WRITING if is_letter else BatchState.RUNNING,
        total=len(lines),
        created_at=moment.now(),
        merged_digest="",
        merged_size=0,
    )
    made = queries.insert_batch(session, batch)
    if made is None:  # two clicks at the very same moment: the other one won
        winner = queries.find_by_key(session, actor.authority_id, key)
        assert winner is not None  # noqa: S101 (it is what refused ours)
        return queries.get_batch(session, actor, winner.id)
    own = {"authority_id": made.authority_id, "batch_id": made.id, "state": LineState.WAITING, "way": "", "message": ""}
    rows.insert_rows(session, BatchLine, [line | own | {"position": place} for place, line in enumerate(lines)])
    job, size = (JobKind.WRITE_BATCH, SLICE) if is_letter else (JobKind.RUN_BATCH, ACTION_SLICE)
    slices = [{"batch_id": made.id, "first": first} for first in range(0, len(lines), size)]
    outbox.promise_each(session, job, slices, authority_id=made.authority_id)
    return made


def refusal(actor: Actor, case: Case) -> str:
    """Why the actor may not write to the citizen of a case as it is; empty when they may."""
    if not policy.allows(actor, Permission.CASE_REPLY, case):
        return NOT_ALLOWED
    if case.status == Status.CLOSED:
        return CLOSED
    return ANONYMOUS if case.citizen is None else ""


def way_to(case: Case) -> Way:
    """How a letter reaches the citizen of a case (who has one)."""
    citizen = case.citizen
    assert citizen is not None  # noqa: S101 (`refusal` said that there is one)
    return way_of(
        email=citizen.email,
        refuses_email=citizen.electronic_reply_refused,
        address_line=citizen.address_line,
        city=citizen.city,
    )


def fill(session: Session, case: Case, letter: Letter, to: Addressee | None = None) -> Letter:
    """The letter of one case; `to` when the caller knows whom to write to."""
    values = blanks.values(session, case, to)
    return Letter(merge_fields.fill(letter.subject, values), merge_fields.fill(letter.text, values))


def letter_of(batch: Batch) -> Letter:
    """What was written for all."""
    return Letter(batch.values["subject"], batch.values["text"])


def find_author(session: Session, batch: Batch) -> Actor | None:
    """Who asked for the batch, with the rights of now; None when their account was closed."""
    staff = people.find_staff_with_memberships(session, batch.staff_id)
    return accounts.actor_of(staff) if staff is not None and staff.active else None


def list_posted(session: Session, actor: Actor, batch: Batch) -> list[tuple[Way, list[str]]]:
    """The letters that the post takes, by way, of the cases that the actor may know of now."""
    return [(way, queries.list_to_post(session, actor, batch.id, way)) for way in POSTED]


def mark_of(posted: Sequence[tuple[Way, Sequence[str]]]) -> str:
    """What names a file of letters to post by those that it holds."""
    lines = "\n".join(f"{way} {' '.join(sorted(digests))}" for way, digests in posted)
    return hashlib.sha256(lines.encode()).hexdigest()


def is_file_fit(session: Session, actor: Actor, batch: Batch) -> bool:
    """Whether the file to post still holds only what the actor may read: cases may have left their sight since."""
    mark = batch.values.get(FILE_MARK)
    return mark is not None and mark == mark_of(list_posted(session, actor, batch))


def join_again(session: Session, actor: Actor, batch_id: int) -> None:
    """Make the file to post anew, with the letters that its author may read now."""
    policy.require(actor, Permission.CASE_NOTE)
    batch = queries.get_batch(session, actor, batch_id)
    if batch.state != BatchState.DONE:
        raise Conflict("Cet envoi est encore en cours : attendez un instant.")
    batch.state, batch.merged_digest, batch.merged_size = BatchState.MERGING, "", 0
    outbox.promise(session, JobKind.JOIN_BATCH, authority_id=batch.authority_id, batch_id=batch.id)


def title_of(session: Session, batch: Batch) -> str:
    """« Envoi groupé du 3 mars 2026 : Travaux rue des Lilas »."""
    timezone = ZoneInfo(session.get_one(Authority, batch.authority_id).timezone)
    return f"Envoi groupé du {long_date(batch.created_at.astimezone(timezone).date())} : {batch.values['subject']}"


def _check(session: Session, actor: Actor, references: Sequence[str], letter: Letter) -> list[Case]:
    policy.require(actor, Permission.CASE_REPLY)
    faults = _faults(letter)
    if faults:
        raise Invalid(faults=faults)
    return list_chosen(session, actor, references)


def list_chosen(session: Session, actor: Actor, references: Sequence[str]) -> list[Case]:
    """The cases of a selection; raise Invalid when it is empty, too long, or holds what the actor may not know of."""
    wanted = dict.fromkeys(references)
    check_count(len(wanted))
    cases = queries.list_visible_cases(session, actor, list(wanted))
    lost = set(wanted) - {case.reference for case in cases}
    if lost:
        raise Invalid(f"Ces dossiers ne sont pas accessibles avec votre compte : {', '.join(sorted(lost)[:5])}.")
    return cases


def check_count(count: int) -> None:
    """Raise Invalid when a selection is empty, or more than a batch may hold."""
    if count == 0:
        raise Invalid("Aucun dossier n’est choisi : cochez-en au moins un dans la file.")
    if count > MOST_LETTERS:
        raise Invalid(f"Une action groupée porte sur {number(MOST_LETTERS)} dossiers au plus : filtrez la liste.")


def _faults(letter: Letter) -> dict[str, str]:
    faults = {}
    limits = (("subject", letter.subject, LONGEST_SUBJECT), ("text", letter.text, LONGEST_TEXT))
    for name, typed, longest in limits:
        unknown = merge_fields.find_unknown(typed)
        if not typed.strip():
            faults[name] = "Écrivez l’objet du courrier." if name == "subject" else "Écrivez le courrier."
        elif len(typed) > longest:
            faults[name] = f"Ce texte dépasse {number(longest)} caractères : raccourcissez-le."
        elif unknown:
            faults[name] = f"{unknown[0]} ne peut pas être rempli : choisissez dans la liste ci-dessous."
    return faults
