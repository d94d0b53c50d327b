"""What people do to a case: take, assign, transfer, note, reply, move, close; leave first, history last."""

import secrets
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from backoffice.domain import policy
from backoffice.domain.legal_events import EventKind
from backoffice.domain.lifecycle import CHOSEN_OUTCOMES, Outcome, Status, check_move, check_open
from backoffice.domain.policy import Actor, Permission
from backoffice.errors import Conflict, Forbidden, Invalid
from backoffice.infra.runtime import Runtime
from backoffice.models.authorities import Authority
from backoffice.models.cases import Case, Message
from backoffice.models.people import Staff
from backoffice.queries import cases as queries
from backoffice.queries import catalogue, people
from backoffice.services import (
    case_notices,
    case_tasks,
    checklists,
    clock,
    correspondence,
    documents,
    joining,
    journal,
    legal_facts,
    moment,
    reopening,
    sms_notices,
)
from backoffice.services.journal import Event

LONGEST_TEXT = 20_000
SIGN_IT = "Un refus se motive et se signe : dans les actes du dossier, choisissez « Signer un refus motivé »."
UNWRITTEN = "Écrivez la réponse avant de l’envoyer."
REPLY_ON_KEPT = "Ce dossier est joint à un autre : répondez depuis le dossier gardé, parmi ses dossiers liés."
DESK = "desk"
# What a silence that became an acceptance no longer allows (R-SIL-6).
ADVERSE = frozenset({Outcome.REFUSED, Outcome.PARTIALLY_ACCEPTED, Outcome.INADMISSIBLE})
TOO_LATE_TO_REFUSE = (
    "Le silence gardé sur cette demande vaut déjà accord : elle ne peut plus être refusée ainsi. "
    "Voyez avec un juriste si la décision peut être retirée."
)


def check_revision(case: Case, seen: int) -> None:
    """Raise Conflict when the case changed since the actor's page was shown; nothing is overwritten."""
    if case.revision != seen:
        raise Conflict(
            "Ce dossier a changé depuis que vous l’avez ouvert. Votre saisie est conservée ci-dessous : "
            "relisez les nouveautés, puis recommencez si elle reste utile."
        )


def is_repeat(session: Session, case: Case, key: str) -> bool:
    """Whether the form that carries this key was already received (a double click, a page sent again)."""
    return bool(key) and queries.find_case_of_message(session, case.authority_id, DESK, f"{case.id}.{key}") is not None


def take(session: Session, actor: Actor, case: Case) -> None:
    """The actor becomes the one in charge of a case that nobody has."""
    policy.require(actor, Permission.CASE_TAKE, case)
    check_open(Status(case.status))
    if case.assignee_id == actor.id:
        return
    if case.assignee_id is not None:
        holder = people.get_staff(session, case.authority_id, case.assignee_id)
        raise Conflict(f"{holder.name} a déjà pris ce dossier en charge.")
    case.assignee_id = actor.id
    legal_facts.begin(case)
    _changed(session, actor, case, Event.TAKEN)


def assign(
    session: Session, actor: Actor, case: Case, *, to: Staff | None, reason: str = "", quietly: bool = False
) -> None:
    """Give a case to a colleague of its department, or back to the department (`to` None).

    `reason` is what the next one reads first. `quietly`: they are told otherwise (many cases at once).
    """
    policy.require(actor, Permission.CASE_ASSIGN, case)
    check_open(Status(case.status))
    if to is not None and to not in people.list_department_staff(session, case.department_id):
        raise Invalid("Cette personne ne fait pas partie du service chargé du dossier.")
    case.assignee_id = to.id if to else None
    if to is not None:
        legal_facts.begin(case)
    reason = check_length(reason)
    said = {"reason": reason} if reason else {}
    _changed(session, actor, case, Event.ASSIGNED, staff_id=to.id if to else None, name=to.name if to else "", **said)
    if to is not None and not quietly:
        case_notices.tell_assigned(session, actor, case, to, reason)


def transfer(
    session: Session, actor: Actor, case: Case, *, department_id: int, reason: str, quietly: bool = False
) -> None:
    """Hand a case to another department of the authority, which reads `reason` first: no date moves (R-INC-2)."""
    policy.require(actor, Permission.CASE_TRANSFER, case)
    check_open(Status(case.status))
    department = catalogue.get_department(session, case.authority_id, department_id)
    reason = _text(reason, "Indiquez au service pourquoi vous lui transférez ce dossier.")
    if department.id == case.department_id:
        raise Invalid("Ce dossier est déjà dans ce service.")
    if not department.active:
        raise Invalid("Ce service est fermé : choisissez-en un autre.")
    source = case.department_id
    case.department_id, case.assignee_id = department.id, None
    _changed(
        session, actor, case, Event.TRANSFERRED, source=source, department_id=department.id, name=department.name,
        reason=reason,
    )  # fmt: skip
    joining.follow(session, actor, case)
    if not quietly:
        case_notices.tell_transferred(session, actor, case, department.name)


def note(session: Session, actor: Actor, case: Case, text: str, *, key: str = "") -> Message:
    """Write an internal note: objective, useful, readable by the person one day (domain.md §3)."""
    policy.require(actor, Permission.CASE_NOTE, case)
    message = _message(session, actor, case, "note", _text(text, "Écrivez la note avant de l’enregistrer."), key)
    _changed(session, actor, case, Event.NOTED, message_id=message.id)
    return message


def reply(
    session: Session,
    runtime: Runtime,
    actor: Actor,
    case: Case,
    text: str,
    *,
    key: str = "",
    hold: timedelta = timedelta(),
) -> Message:
    """Answer the citizen: by e-mail when we have one, else by a letter to print and post.

    Whoever asked without a name reads it on the page of the case, and nothing leaves. `key` is the form's own: the same
    one twice is recognised by `is_repeat`. A mail waits for `hold` before it leaves.
    """
    policy.require(actor, Permission.CASE_REPLY, case)
    if case.outcome == Outcome.JOINED:
        raise Conflict(REPLY_ON_KEPT)
    message = _message(session, actor, case, "out", _text(text, UNWRITTEN), key)
    if case.citizen is not None:
        _send(session, runtime, actor, case, message, hold)
    case.first_answer_at = case.first_answer_at or message.received_at
    legal_facts.begin(case)
    _changed(session, actor, case, Event.REPLIED, message_id=message.id)
    return message


def _send(session: Session, runtime: Runtime, actor: Actor, case: Case, message: Message, hold: timedelta) -> None:
    values = reply_values(session, actor, case, message.body)
    if case.citizen is not None and case.citizen.is_answered_by_email:
        correspondence.queue_mail(
            session, runtime, case, "reply", values, automatic=False, message_row_id=message.id, after=hold,
        )  # fmt: skip
        sms_notices.promise(session, case, hold)
    else:
        documents.ask_for(session, actor, case, "letter", values)


def reply_values(session: Session, actor: Actor, case: Case, text: str) -> dict[str, Any]:
    """What the answer of an agent says; raise Invalid when there is no text, or nobody to send it to."""
    policy.require(actor, Permission.CASE_REPLY, case)
    text = _text(text, UNWRITTEN)
    if case.citizen is None:
        raise Invalid("Cette demande est anonyme : aucun courriel ne part.")
    authority = session.get_one(Authority, case.authority_id)
    said = {"text": text, "agent": {"name": actor.name, "title": _title(session, actor)}}
    return documents.case_values(session, authority, case) | said


def move(session: Session, actor: Actor, case: Case, to: Status) -> None:
    """Change the state of an open case, or open a closed one again."""
    policy.require(actor, Permission.CASE_MOVE, case)
    if to is Status.CLOSED:
        raise Invalid("Pour terminer un dossier, indiquez son issue et la réponse apportée.")
    source = Status(case.status)
    check_move(source, to)
    case.status = to
    if source is not Status.CLOSED:
        _changed(session, actor, case, Event.MOVED, source=source, to=to)
        return
    _changed(session, actor, case, Event.REOPENED, source=source, to=to)
    today = legal_facts.today_of(session.get_one(Authority, case.authority_id))
    reopening.open_again(session, actor, case, today)


def close(
    session: Session,
    runtime: Runtime,
    actor: Actor,
    case: Case,
    outcome: Outcome,
    text: str,
    *,
    key: str = "",
    open_tasks: str = "",
) -> None:
    """End a case with its outcome and the answer that the citizen receives (an anonymous one may have none).

    `open_tasks` says what becomes of the questions that others have not answered (see `case_tasks.check_closing`).
    """
    policy.require(actor, Permission.CASE_DECIDE, case)
    check_move(Status(case.status), Status.CLOSED)
    authority = session.get_one(Authority, case.authority_id)
    today = legal_facts.today_of(authority)
    if outcome in ADVERSE and not clock.deadlines(session, case, authority).may_refuse(today):
        raise Conflict(TOO_LATE_TO_REFUSE)
    if outcome is Outcome.REFUSED:
        # A free answer gives no reasons in law and in fact, and no ways to contest it (L211-2, L211-5).
        raise Invalid(SIGN_IT, {"outcome": SIGN_IT})
    if outcome not in CHOSEN_OUTCOMES:
        raise Invalid("Choisissez l’issue du dossier dans la liste.")
    checklists.require_done(session, case, outcome)
    case_tasks.check_closing(session, actor, case, open_tasks)
    if case.citizen is not None or text.strip():
        reply(session, runtime, actor, case, text, key=key)
    legal_facts.end(case, authority, outcome)
    _tell_clock(session, actor, case, authority, outcome)
    _changed(session, actor, case, Event.CLOSED, outcome=outcome)


def _tell_clock(session: Session, actor: Actor, case: Case, authority: Authority, outcome: Outcome) -> None:
    """An answer or a withdrawal ends the silence for good: a case opened again becomes no decision by itself."""
    if outcome is Outcome.CLOSED_NO_ACTION or case.closed_on is None:
        return
    if outcome is Outcome.WITHDRAWN:
        legal_facts.write(session, actor, case, EventKind.WITHDRAWN, case.closed_on, {})
    else:
        # An answer written freely says no voies de recours: it starts no period of appeal (CJA R421-5).
        data = {"outcome": outcome.value, "favourable": outcome not in ADVERSE, "remedies_stated": False}
        legal_facts.write(session, actor, case, EventKind.DECIDED, case.closed_on, data)
    clock.refresh(session, case, authority)


def _changed(session: Session, actor: Actor, case: Case, event: Event, **data: object) -> None:
    case.revision += 1
    journal.record(session, actor, case, event, **data)


def _text(text: str, missing: str) -> str:
    text = check_length(text)
    if not text:
        raise Invalid(missing, {"text": missing})
    return text


def check_length(text: str) -> str:
    """What somebody wrote, maybe nothing; raise Invalid when it is too long to be kept."""
    text = text.replace("\x00", "").strip()
    if len(text) > LONGEST_TEXT:
        sentence = "Ce texte dépasse 20 000 caractères : raccourcissez-le ou joignez un fichier."
        raise Invalid(sentence, {"text": sentence})
    return text


def _title(session: Session, actor: Actor) -> str:
    if actor.kind != "staff" or actor.id is None:
        raise Forbidden
    return people.get_staff(session, actor.authority_id, actor.id).title


def _message(session: Session, actor: Actor, case: Case, direction: str, text: str, key: str) -> Message:
    message = Message(
        authority_id=case.authority_id,
        case_id=case.id,
        direction=direction,
        channel=DESK,
        source_id=f"{case.id}.{key or secrets.token_hex(16)}",
        staff_id=actor.id,
        author=actor.name,
        body=text,
        received_at=moment.now(),
    )
    session.add(message)
    session.flush()
    return message
