"""The letters of a batch that the post takes: one PDF to print, a page before each group saying what to do with it."""

import io
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from typing import BinaryIO

from backoffice.domain.batches import WAY_LABELS, BatchState, Way
from backoffice.infra import pdf, templating
from backoffice.infra.runtime import Runtime
from backoffice.models.authorities import Authority
from backoffice.models.batches import Batch
from backoffice.services import batches, moment, outbox
from backoffice.services.outbox import Claim

# The lease is renewed each time so many letters went through.
RENEWED_EVERY = 200

Groups = list[tuple[Way, list[str]]]


def join(runtime: Runtime, claim: Claim) -> None:
    """Make the PDF to post and end the batch; a batch that leaves wholly by e-mail has none."""
    from backoffice.infra import pdf_joining

    batch_id = claim.payload["batch_id"]
    with runtime.database.reading() as session:
        batch = session.get_one(Batch, batch_id)
        authority = session.get_one(Authority, batch.authority_id)
        title = batches.title_of(session, batch)
        author = batches.find_author(session, batch)
        groups: Groups = batches.list_posted(session, author, batch) if author else []
    digest, size = "", 0
    if any(digests for _, digests in groups):
        with tempfile.TemporaryFile() as target:
            pdf_joining.join(_sheets(runtime, claim, groups, title, authority.name), target, title)
            target.seek(0)
            digest, size = runtime.storage.put_stream(target)
    with runtime.database.transaction() as session:
        outbox.keep(session, claim)
        batch = session.get_one(Batch, batch_id)
        batch.state, batch.finished_at = BatchState.DONE, moment.now()
        batch.merged_digest, batch.merged_size = digest, size
        batch.values = batch.values | {batches.FILE_MARK: batches.mark_of(groups)}


def _sheets(runtime: Runtime, claim: Claim, groups: Groups, title: str, authority: str) -> Iterator[BinaryIO]:
    count = 0
    for way, digests in groups:
        if digests:
            yield io.BytesIO(_separator(runtime, way, len(digests), title, authority))
        for digest in digests:
            yield io.BytesIO(runtime.storage.get(digest))
            count += 1
            if count % RENEWED_EVERY == 0:
                with runtime.database.transaction() as session:
                    outbox.renew(session, claim, timedelta(seconds=runtime.settings.job_lease_seconds))


def _separator(runtime: Runtime, way: Way, count: int, title: str, authority: str) -> bytes:
    values = {
        "way": way.value,
        "label": WAY_LABELS[way],
        "count": count,
        "batch": title,
        "authority": {"name": authority},
    }
    return pdf.render(templating.document_html("separator", title, values, runtime.settings.public_url))
