"""Exports of agents: asked for, made later by a worker, downloaded for some days, and kept in a log."""

import tempfile
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from backoffice.domain import policy
from backoffice.domain.exports import KEPT, KEPT_PERSONAL, ExportKind, ExportState
from backoffice.domain.french import fold, plural
from backoffice.domain.policy import Actor, Permission
from backoffice.domain.staff_notices import NoticeEvent
from backoffice.errors import Forbidden, Invalid, NotFound
from backoffice.infra.runtime import Runtime
from backoffice.models.exports import Export
from backoffice.queries import agent_exports as queries
from backoffice.queries import jobs, people
from backoffice.services import (
    accounts,
    case_exports,
    evaluation_exports,
    file_exports,
    held_files,
    leases,
    moment,
    outbox,
    person_exports,
    report_exports,
    staff_notices,
)
from backoffice.services.export_work import Subject, Wanted, Work
from backoffice.services.outbox import Claim, JobKind

PAGE = "/agents/exports"
LOG_KEPT = timedelta(days=3 * 365)
NO_MORE_RIGHT = "Le compte ou les droits de la personne qui a demandé cet export ont changé : rien n’a été exporté."
ENDED = "Ce fichier n’est plus disponible : il a été effacé à la fin de son délai. Demandez un nouvel export."

SUBJECTS: Mapping[str, Subject] = {
    ExportKind.CASES: case_exports.SUBJECT,
    ExportKind.FILES: file_exports.SUBJECT,
    ExportKind.REPORT: report_exports.SUBJECT,
    ExportKind.EVALUATION: evaluation_exports.SUBJECT,
    ExportKind.PERSON: person_exports.SUBJECT,
}
"""What can be exported: a new kind is one file and one line here."""


def ask_for(session: Session, actor: Actor, wanted: Wanted) -> Export:
    """Write down an export and promise it; the same form (`key`) received twice gives the export that it made.

    Raises Forbidden for a right that is missing, Invalid, by field, for a reason or a format that is.
    """
    SUBJECTS[wanted.kind].check(session, actor, wanted)
    now = moment.now()
    values = {
        "authority_id": actor.authority_id,
        "staff_id": actor.id,
        "form_key": wanted.key,
        "kind": wanted.kind.value,
        "format": wanted.format,
        "title": wanted.title[:255],
        "about": wanted.about,
        "asked": wanted.asked,
        "personal": wanted.personal,
        "reason": wanted.reason.strip() if wanted.personal else "",
        "state": ExportState.WAITING.value,
        "fault": "",
        "total": None,
        "done": 0,
        "asked_at": now,
        "made_at": None,
        "expires_at": now + KEPT,
        "name": "",
        "digest": "",
        "size": 0,
        "downloads": 0,
    }
    is_new = queries.insert(session, values)
    export = queries.get_by_key(session, actor.authority_id, wanted.key)
    if export.staff_id != actor.id:
        raise NotFound(queries.GONE)
    if is_new:
        outbox.promise(session, JobKind.MAKE_EXPORT, authority_id=actor.authority_id, export_id=export.id)
    return export


def make(runtime: Runtime, claim: Claim) -> None:
    """Write the file with the rights of now; no transaction is open meanwhile, and what is read is read once."""
    with runtime.database.transaction() as session:
        export = queries.find_pending(session, claim.payload["export_id"])
        if export is None:
            outbox.keep(session, claim)
            return
        author = _author(session, export)
        if author is None:
            _end(session, claim, export.id, fault=NO_MORE_RIGHT)
            return
        subject = SUBJECTS[export.kind]
        try:
            subject.check(session, author, _wanted(export))
        except Forbidden:
            _end(session, claim, export.id, fault=NO_MORE_RIGHT)
            return
        except Invalid as fault:
            _end(session, claim, export.id, fault=next(iter(fault.faults.values()), fault.sentence))
            return
        export.state, export.done = ExportState.RUNNING, 0
        export.total = subject.size(session, author, export.asked)
        wanted, export_id, name = _wanted(export), export.id, _file_name(export, subject)
    with leases.held(runtime, claim), tempfile.TemporaryFile() as target:
        written = subject.write(Work(runtime, export_id, author, wanted, target))
        target.seek(0)
        digest, size = runtime.storage.put_stream(target)
    held_files.hold(runtime, [digest])
    with runtime.database.transaction() as session:
        _end(session, claim, export_id, digest=digest, size=size, lines=written, name=name)


def _end(
    session: Session, claim: Claim, export_id: int, *, fault: str = "", digest: str = "", size: int = 0,
    lines: int = 0, name: str = "",
) -> None:  # fmt: skip
    outbox.keep(session, claim)
    export = queries.find_pending(session, export_id)
    if export is None:
        return
    now = moment.now()
    export.state = ExportState.REFUSED if fault else ExportState.DONE
    export.fault, export.digest, export.size, export.name = fault, digest, size, name
    export.done = lines
    export.total = lines
    export.made_at, export.expires_at = now, now + (KEPT_PERSONAL if export.personal else KEPT)
    said = fault or f"« {export.title} » est prêt : {plural(lines, 'ligne')}."
    address = f"{person_exports.PAGE if export.kind == ExportKind.PERSON else PAGE}/{export.id}"
    staff_notices.tell_aside(
        session, export.authority_id, NoticeEvent.FINISHED, [export.staff_id], f"Export : {said}", address=address
    )


def read_states(session: Session, exports: Iterable[Export]) -> dict[int, ExportState]:
    """How far each is, by its number."""
    found = {one.id: ExportState(one.state) for one in exports}
    pending = [number for number, state in found.items() if state in queries.PENDING]
    stopped = jobs.list_given_up(session, JobKind.MAKE_EXPORT, "export_id", pending)
    return found | dict.fromkeys(stopped, ExportState.STOPPED)


def begin_again(session: Session, actor: Actor, export_id: int) -> None:
    """Have a file made whose making stopped; raise NotFound for somebody else's, Conflict when it did not stop."""
    export = queries.get_own(session, actor, export_id)
    outbox.begin_again(session, JobKind.MAKE_EXPORT, export_id=export.id)
    export.state, export.done, export.total = ExportState.WAITING, 0, None
    export.expires_at = moment.now() + KEPT


def note_download(session: Session, actor: Actor, export_id: int) -> Export:
    """The author takes the file; raise NotFound once it is gone, Forbidden when a right went meanwhile."""
    export = queries.get_own(session, actor, export_id)
    if not export.digest or export.expires_at <= moment.now():
        raise NotFound(ENDED)
    usual = Permission.CASE_EXPORT_PERSONAL if export.personal else Permission.REPORT_EXPORT
    policy.require(actor, Permission.PERSON_RIGHTS_MANAGE if export.kind == ExportKind.PERSON else usual)
    export.downloads += 1
    return export


def expire(session: Session, now: datetime) -> None:
    """Let go of the files whose time is over; the next sweep of files erases their bytes, the log keeps their line."""
    ended = queries.claim_expired(session, now)
    held_files.let_go(session, {export.digest for export in ended})
    for export in ended:
        export.digest, export.state = "", ExportState.EXPIRED
    queries.delete_old(session, now - LOG_KEPT)


def _author(session: Session, export: Export) -> Actor | None:
    staff = people.find_staff_with_memberships(session, export.staff_id)
    return accounts.actor_of(staff) if staff is not None and staff.active else None


def _wanted(export: Export) -> Wanted:
    return Wanted(
        ExportKind(export.kind), export.format, export.title, export.about, export.asked, export.personal,
        export.reason, export.form_key,
    )  # fmt: skip


def _file_name(export: Export, subject: Subject) -> str:
    words = "-".join("".join(c if c.isalnum() else " " for c in fold(export.title)).split())[:60].strip("-")
    return f"{words or 'export'}-{export.id}.{subject.suffix(export.format)}"
