"""Transfers to the archives: a closed case as a SEDA package, asked for, made by a worker, written in its history."""

import tempfile
from collections.abc import Iterator
from datetime import datetime

from sqlalchemy.orm import Session

from backoffice.domain import policy
from backoffice.domain.archive_transfer import PRIVATE_LIFE, Agency, Appraisal, Level, Transfer, Unit
from backoffice.domain.policy import Actor, Permission, system
from backoffice.domain.procedures import FinalDisposition, Retention
from backoffice.errors import Conflict
from backoffice.infra.archives import Archive
from backoffice.infra.runtime import Runtime
from backoffice.models.authorities import Authority
from backoffice.models.bundles import Bundle, BundleKind
from backoffice.models.cases import Case
from backoffice.queries import bundles as queries
from backoffice.queries import cases
from backoffice.services import bundles, journal, moment, outbox, procedures
from backoffice.services.archive_packages import Package
from backoffice.services.evidence import Evidence
from backoffice.services.journal import Event
from backoffice.services.outbox import Claim

STILL_OPEN = "Seul un dossier terminé se verse aux archives."
NO_PROCEDURE = "Choisissez d’abord la démarche de ce dossier : c’est elle qui dit combien de temps il est conservé."
NO_ARCHIVES = "Le service d’archives n’est pas connu : l’administration l’indique dans « La collectivité »."
FINAL_LABELS = {
    FinalDisposition.KEEP: "conservation",
    FinalDisposition.SORT: "tri par les archives",
    FinalDisposition.DESTROY: "destruction",
}


def ask_for(session: Session, actor: Actor, case: Case) -> Bundle:
    """Promise the transfer of a closed case that the caller holds; one that is already being made is given again."""
    policy.require(actor, Permission.CASE_ARCHIVE, case)
    obstacle = obstacle_to(session.get_one(Authority, case.authority_id), case)
    if obstacle:
        raise Conflict(obstacle)
    return bundles.promise(session, actor, case, BundleKind.ARCHIVES)


def get_case(session: Session, actor: Actor, reference: str) -> Case:
    """A case that the caller may transfer; raise NotFound or Forbidden."""
    case = cases.get_case(session, actor, reference)
    policy.require(actor, Permission.CASE_ARCHIVE, case)
    return case


def obstacle_to(authority: Authority, case: Case) -> str:
    """Why a case cannot be transferred now, for people; empty when it can."""
    if case.closed_on is None:
        return STILL_OPEN
    if case.procedure_version is None:
        return NO_PROCEDURE
    return "" if archives_of(authority) else NO_ARCHIVES


def archives_of(authority: Authority) -> Agency | None:
    """The archives that receive the files of an authority, when an administrator named them."""
    details = authority.details
    name, identifier = details.get("archives_name", ""), details.get("archives_identifier", "")
    return Agency(identifier, name) if name and identifier else None


def retention_of(case: Case) -> Retention | None:
    """How long the file of a case is kept: what its procedure says."""
    return procedures.read_version(case.procedure_version).retention if case.procedure_version else None


def make(runtime: Runtime, claim: Claim) -> None:
    """Make the ZIP; files go through piece by piece, and no transaction is open meanwhile.

    A case that can no longer leave (it was opened again meanwhile) keeps a line of history that says why, no bundle.
    """
    now = moment.now()
    found: Evidence | None = None
    transfer: Transfer | None = None
    with runtime.database.transaction() as session:
        bundle = queries.find_pending(session, claim.payload["bundle_id"])
        if bundle is not None:
            try:
                transfer = _head(session, bundle, now)
            except Conflict as obstacle:
                outbox.keep(session, claim)
                _give_up(session, bundle, obstacle.sentence)
                return
            found = bundles.read_case(session, runtime, bundle, now)
    digest, size = "", 0
    if found is not None and transfer is not None:
        absent = {kept.digest for kept in found.files if not runtime.storage.exists(kept.digest)}
        printed = bundles.print_case(runtime, found, absent)

        def read(digest: str) -> Iterator[bytes]:
            bundles.renew(runtime, claim)
            yield from runtime.storage.chunks(digest)

        with tempfile.TemporaryFile() as target:
            with Archive(target, now) as archive:
                Package(archive, found, absent, read).write(transfer, printed)
            target.seek(0)
            digest, size = runtime.storage.put_stream(target)
    with runtime.database.transaction() as session:
        outbox.keep(session, claim)
        bundle = queries.find_pending(session, claim.payload["bundle_id"])
        if bundle is None:
            return
        bundle.made_at, bundle.zip_digest, bundle.zip_size = moment.now(), digest, size
        case = cases.claim_case_by_id(session, bundle.case_id)
        made = {"bundle_id": bundle.id, "zip_digest": digest}
        journal.record(session, system(case.authority_id), case, Event.ARCHIVES_MADE, **made)


def _give_up(session: Session, bundle: Bundle, reason: str) -> None:
    case = cases.claim_case_by_id(session, bundle.case_id)
    journal.record(
        session, system(case.authority_id), case, Event.ARCHIVES_ABANDONED, bundle_id=bundle.id, reason=reason
    )
    session.delete(bundle)


def _head(session: Session, bundle: Bundle, now: datetime) -> Transfer:
    """The transfer without the parts of its file; raise Conflict when the case can no longer leave."""
    case = cases.claim_case_by_id(session, bundle.case_id)
    authority = session.get_one(Authority, case.authority_id)
    obstacle, archives = obstacle_to(authority, case), archives_of(authority)
    if obstacle or archives is None or case.procedure_version is None or case.closed_on is None:
        raise Conflict(obstacle)
    definition, details = procedures.read_version(case.procedure_version), authority.details
    return Transfer(
        identifier=f"{authority.code}-{case.reference}-{bundle.id}",
        at=now,
        comment=f"Versement du dossier {case.reference} : {authority.name} à {archives.name}",
        agreement=details.get("archives_agreement", ""),
        archives=archives,
        authority=Agency(details.get("siret") or authority.code, authority.name),
        appraisal=Appraisal.of(definition.retention, case.closed_on, case.answers),
        access_rule=details.get("archives_access_rule") or PRIVATE_LIFE,
        closed_on=case.closed_on,
        file=Unit(
            title=case.subject,
            level=Level.FILE,
            identifier=case.reference,
            description=f"{definition.title}. Sort final : {FINAL_LABELS[definition.retention.final]}.",
            start_on=case.received_on,
            end_on=case.closed_on,
        ),
    )
