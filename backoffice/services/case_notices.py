"""What agents are told when a case passes from one to another, or when its citizen writes."""

from sqlalchemy.orm import Session

from backoffice.domain.batches import Kind
from backoffice.domain.french import plural
from backoffice.domain.policy import Actor
from backoffice.domain.staff_notices import NoticeEvent
from backoffice.infra.typesetting import quoted
from backoffice.models.batches import Batch
from backoffice.models.cases import Case
from backoffice.models.people import Staff
from backoffice.queries import people
from backoffice.services import staff_notices

QUEUE = "/agents/dossiers"
BATCHES = "/agents/envois"


def tell_assigned(session: Session, actor: Actor, case: Case, to: Staff, reason: str) -> None:
    """Somebody is given a case, maybe with a reason that they read first."""
    event = NoticeEvent.HANDED_OVER if reason else NoticeEvent.ASSIGNED
    said = " avec une consigne à lire" if reason else ""
    staff_notices.tell(session, case, event, [to.id], f"{actor.name} vous attribue ce dossier{said}.", by=actor)


def tell_assigned_by_rule(session: Session, case: Case, to: Staff) -> None:
    """A rule gives a new case to somebody."""
    text = "Une règle d’orientation vous attribue ce dossier."
    staff_notices.tell(session, case, NoticeEvent.ASSIGNED, [to.id], text)


def tell_transferred(session: Session, actor: Actor, case: Case, name: str) -> None:
    """A department (`name`) is handed a case."""
    to = [one.id for one in people.list_department_staff(session, case.department_id)]
    text = f"{actor.name} transfère ce dossier au service {name}."
    staff_notices.tell(session, case, NoticeEvent.TRANSFERRED, to, text, by=actor)


def tell_answered(session: Session, case: Case) -> None:
    """The citizen wrote: whoever has the case is told."""
    text = "L’usager a écrit : son message est dans le dossier."
    staff_notices.tell(session, case, NoticeEvent.ANSWERED, [case.assignee_id], text)


def tell_batch_done(session: Session, batch: Batch, author: Actor, done: int) -> None:
    """An action in bulk is over: its author is told once, and so is whoever was given its cases."""
    subject, count = quoted(batch.values["subject"]), plural(done, "dossier traité", "dossiers traités")
    mine = f"Votre action groupée {subject} est terminée : {count}."
    address = f"{BATCHES}/{batch.id}"
    staff_notices.tell_aside(session, batch.authority_id, NoticeEvent.FINISHED, [author.id], mine, address=address)
    if not done:
        return
    if batch.kind == Kind.ASSIGN and batch.values.get("staff_id"):
        event, to = NoticeEvent.ASSIGNED, [batch.values["staff_id"]]
        text, address = f"{author.name} vous attribue {plural(done, 'dossier')}.", f"{QUEUE}?vue=a-traiter"
    elif batch.kind == Kind.TRANSFER:
        department_id = batch.values["department_id"]
        event, to = NoticeEvent.TRANSFERRED, [one.id for one in people.list_department_staff(session, department_id)]
        text = f"{author.name} transfère {plural(done, 'dossier')} à votre service."
        address = f"{QUEUE}?vue=mes-services&service={department_id}"
    else:
        return
    told = [one for one in to if one != author.id]
    staff_notices.tell_aside(session, batch.authority_id, event, told, text, address=address)
