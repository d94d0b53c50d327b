"""The largest batch there can be: five thousand letters, written and joined in memory that stays flat."""

import os
from collections.abc import Iterator
from pathlib import Path

import pikepdf
import pytest

from backoffice.domain.batches import MOST_LETTERS, BatchState
from backoffice.domain.incoming import ChannelCode, Sender
from backoffice.infra.runtime import Runtime
from backoffice.models.batches import Batch
from backoffice.services import batch_letters, batch_post, batches
from backoffice.services.batches import Letter
from backoffice.services.outbox import JobKind
from tests import factories
from tests.usecases.promises import claim_next

pytestmark = pytest.mark.soak

MOST_GROWTH_MEGABYTES = 30
WARM_AFTER = 500


@pytest.fixture
def embedded(seeded_sqlite_url: str, tmp_path: Path) -> Iterator[Runtime]:
    found = factories.a_runtime(seeded_sqlite_url, tmp_path)
    yield found
    found.database.dispose()


def resident_megabytes() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


@pytest.mark.timeout(3600)
def test_memory_stays_flat_over_the_largest_batch(embedded: Runtime, tmp_path: Path) -> None:
    count = MOST_LETTERS
    references = []
    for number in range(count):
        sender = Sender(
            family_name=f"Petit {number}", address_line="3 rue des Lilas", postcode="49990", city="Saint-Aubin"
        )
        references.append(factories.a_receipt(embedded, channel=ChannelCode.LETTER, sender=sender).reference)
    with embedded.database.transaction() as session:
        karim = factories.actor_named(session, "Karim")
        letter = Letter("Travaux", "Bonjour {{ usager }},\n\nLa rue sera barrée lundi.")
        batch_id = batches.create(session, karim, references, letter, key="k" * 32).id
    warm = 0.0
    for first in range(0, count, batches.SLICE):
        batch_letters.write(embedded, claim_next(embedded, JobKind.WRITE_BATCH))
        if first <= WARM_AFTER:
            warm = resident_megabytes()
    written = resident_megabytes()
    batch_post.join(embedded, claim_next(embedded, JobKind.JOIN_BATCH))
    joined = resident_megabytes()
    with embedded.database.reading() as session:
        batch = session.get_one(Batch, batch_id)
    assert (batch.state, batch.done) == (BatchState.DONE, count)
    assert max(written, joined) - warm < MOST_GROWTH_MEGABYTES, (warm, written, joined)
    merged = tmp_path / "post.pdf"
    merged.write_bytes(embedded.storage.get(batch.merged_digest))
    with pikepdf.open(merged) as file:
        assert len(file.pages) == count + 1
