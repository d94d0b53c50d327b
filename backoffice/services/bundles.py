"""Evidence bundles: asked for by somebody who may read the case, made by a worker, both written in its history."""

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, BinaryIO

from sqlalchemy.orm import Session

from backoffice.domain import policy
from backoffice.domain.policy import Actor, Permission, system
from backoffice.infra import pdf, templating
from backoffice.infra.archives import Archive
from backoffice.infra.runtime import Runtime
from backoffice.models.bundles import Bundle, BundleKind
from backoffice.models.cases import Case
from backoffice.queries import bundles as queries
from backoffice.queries import cases
from backoffice.services import evidence, journal, moment, outbox
from backoffice.services.evidence import Evidence
from backoffice.services.journal import Event
from backoffice.services.outbox import Claim, JobKind

TITLE = "Dossier de preuve"
ASKED = {
    BundleKind.EVIDENCE: (JobKind.MAKE_BUNDLE, Event.EVIDENCE_ASKED),
    BundleKind.ARCHIVES: (JobKind.MAKE_ARCHIVE_TRANSFER, Event.ARCHIVES_ASKED),
}
"""The job and the line of history that begin a bundle of each kind."""


def ask_for(session: Session, actor: Actor, case: Case) -> Bundle:
    """Promise a bundle of a case that the caller holds; one that is already being made is given again."""
    policy.require(actor, Permission.CASE_READ, case)
    return promise(session, actor, case, BundleKind.EVIDENCE)


def promise(session: Session, actor: Actor, case: Case, kind: BundleKind) -> Bundle:
    """Promise a bundle to somebody who may have it, unless one of its kind is being made; write it in the history."""
    pending = queries.find_pending_of_case(session, case.id, kind)
    if pending is not None:
        return pending
    now = moment.now()
    bundle = Bundle(authority_id=case.authority_id, case_id=case.id, kind=kind, staff_id=actor.id, asked_at=now)
    session.add(bundle)
    session.flush()
    job, event = ASKED[kind]
    outbox.promise(session, job, authority_id=case.authority_id, bundle_id=bundle.id)
    journal.record(session, actor, case, event, bundle_id=bundle.id)
    return bundle


def make(runtime: Runtime, claim: Claim) -> None:
    """Make the PDF and the ZIP; files go through piece by piece, and no transaction is open meanwhile."""
    now = moment.now()
    with runtime.database.transaction() as session:
        bundle = queries.find_pending(session, claim.payload["bundle_id"])
        found = read_case(session, runtime, bundle, now) if bundle is not None else None
    pdf_digest, pdf_size, zip_digest, zip_size = "", 0, "", 0
    if found is not None:
        absent = {kept.digest for kept in found.files if not runtime.storage.exists(kept.digest)}
        content = print_case(runtime, found, absent)
        pdf_digest, pdf_size = runtime.storage.put(content), len(content)
        with _zip(runtime, claim, found, absent, content) as archive:
            zip_digest, zip_size = runtime.storage.put_stream(archive)
    with runtime.database.transaction() as session:
        outbox.keep(session, claim)
        bundle = queries.find_pending(session, claim.payload["bundle_id"])
        if bundle is None or found is None:
            return
        bundle.made_at = moment.now()
        bundle.pdf_digest, bundle.pdf_size = pdf_digest, pdf_size
        bundle.zip_digest, bundle.zip_size = zip_digest, zip_size
        case = cases.claim_case_by_id(session, bundle.case_id)
        digests = {"pdf_digest": pdf_digest, "zip_digest": zip_digest}
        journal.record(session, system(case.authority_id), case, Event.EVIDENCE_MADE, bundle_id=bundle.id, **digests)


def read_case(session: Session, runtime: Runtime, bundle: Bundle, now: datetime) -> Evidence:
    """Everything about the case of a bundle, which is held meanwhile."""
    case = cases.claim_case_by_id(session, bundle.case_id)
    return evidence.gather(session, runtime, case, bundle.staff.name, now)


def print_case(runtime: Runtime, found: Evidence, absent: set[str]) -> bytes:
    """The PDF that tells a whole case; `absent` are the digests of the files that the storage lost."""
    values = found.values | {"absent": sorted(absent)}
    return pdf.render(
        templating.document_html("evidence", f"{TITLE} – {found.reference}", values, runtime.settings.public_url)
    )


@contextmanager
def _zip(runtime: Runtime, claim: Claim, found: Evidence, absent: set[str], content: bytes) -> Iterator[BinaryIO]:
    """The ZIP of a bundle, ready to be read; a file that is lost, altered or infected is named in the manifest."""
    with tempfile.TemporaryFile() as target:
        with Archive(target, found.made_at) as archive:
            archive.add("dossier.pdf", [content])
            archive.add("history.json", _json(found.history))
            archive.add("deadlines.json", _json(found.deadlines))
            for name, text in found.texts:
                archive.add(name, [text.encode("utf-8", "replace")])
            altered = []
            for kept in found.files:
                if kept.digest not in absent and kept.digest not in found.withheld:
                    renew(runtime, claim)
                    member = archive.add(kept.place, runtime.storage.chunks(kept.digest))
                    altered += [kept.place] if member.sha256 != kept.digest else []
            manifest = {
                "case": found.reference,
                "made_at": found.made_at.isoformat(),
                "history_head": found.history["head"],
                "files": [asdict(member) for member in archive.members],
                "missing": [asdict(kept) for kept in found.files if kept.digest in absent - set(found.withheld)],
                "withheld": [
                    asdict(kept) | {"reason": found.withheld[kept.digest]}
                    for kept in found.files
                    if kept.digest in found.withheld
                ],
                "altered": altered,
            }
            archive.add("manifest.json", _json(manifest))
        target.seek(0)
        yield target


def _json(data: Any) -> Iterator[bytes]:
    yield json.dumps(data, ensure_ascii=False, indent=1).encode("utf-8", "replace")


def renew(runtime: Runtime, claim: Claim) -> None:
    """Keep a bundle in hand while its files go through."""
    with runtime.database.transaction() as session:
        outbox.renew(session, claim, timedelta(seconds=runtime.settings.job_lease_seconds))
