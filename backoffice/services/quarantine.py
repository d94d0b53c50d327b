"""The quarantine of infected files: kept closed, looked at by an administrator, whose word erases their bytes."""

from sqlalchemy.orm import Session

from backoffice.domain import policy
from backoffice.domain.file_checks import Scan
from backoffice.domain.policy import Actor, Permission
from backoffice.domain.setting_screens import Screen
from backoffice.errors import Conflict, NotFound
from backoffice.infra.runtime import Runtime
from backoffice.models.files import ReceivedFile
from backoffice.queries import cases, received_files
from backoffice.queries import quarantine as queries
from backoffice.services import journal, moment, outbox, setting_history
from backoffice.services.journal import Event
from backoffice.services.outbox import JobKind
from backoffice.services.received_files import LOST_AFTER
from backoffice.services.scans import ORIGINAL

GONE = "Ce fichier n’existe pas ou n’est pas en quarantaine."
ERASED = "Les octets de ce fichier sont déjà effacés."
NOBODY = "Aucun antivirus n’est configuré : le fichier reste en quarantaine."
AWAITED = "Ce courriel attend encore d’être trié. Placez-le ou écartez-le d’abord, puis revenez l’effacer."


def scan_again(session: Session, runtime: Runtime, actor: Actor, digest: str) -> None:
    """Have an infected file looked at once more, with the signatures of today: one taken by mistake is given back."""
    policy.require(actor, Permission.QUARANTINE_MANAGE)
    if queries.find_infected(session, actor.authority_id, digest) is None:
        raise NotFound(GONE)
    if runtime.antivirus is None:
        raise Conflict(NOBODY)
    known = received_files.claim_file(session, digest)
    if known is None or known.erased_at is not None:
        raise Conflict(ERASED)
    known.scan, known.retry_at = Scan.WAITING, moment.now() + LOST_AFTER
    outbox.promise(session, JobKind.SCAN_FILE, digest=digest, again=True)
    _note(session, actor, known, "Analyse demandée de nouveau")


def erase(session: Session, runtime: Runtime, actor: Actor, digest: str) -> None:
    """Delete the bytes of an infected file for good; its name, its digest and the history of its cases stay."""
    policy.require(actor, Permission.QUARANTINE_MANAGE)
    if queries.find_infected(session, actor.authority_id, digest) is None:
        raise NotFound(GONE)
    if queries.is_awaited(session, digest):
        raise Conflict(AWAITED)
    # Cases first, the content next: the order in which everybody locks them.
    held = [cases.claim_case_by_id(session, case_id) for case_id in received_files.list_case_ids(session, digest)]
    known = received_files.claim_file(session, digest)
    if known is None or known.erased_at is not None:
        raise Conflict(ERASED)
    known.erased_at, known.erased_by = moment.now(), actor.name[:255]
    for case in held:
        names = received_files.list_names(session, case.id, digest) or [ORIGINAL]
        by = actor if case.authority_id == actor.authority_id else policy.system(case.authority_id)
        facts = {"name": ", ".join(names), "virus": known.virus, "digest": digest}
        journal.record(session, by, case, Event.FILE_ERASED, **facts)
    _note(session, actor, known, "Effacé")
    # Last: whatever fails before this leaves the bytes where they are.
    runtime.storage.delete(digest)


def _note(session: Session, actor: Actor, known: ReceivedFile, act: str) -> None:
    facts = {"Virus": known.virus, "Empreinte": known.digest}
    setting_history.record(session, actor, Screen.QUARANTINE, f"Fichier {known.digest[:8]}", {}, facts, act=act)
