"""Bulk letters: from the selection to letters in their cases, against WeasyPrint alone; then the PDF for the post."""

import math
import os
import secrets
from collections.abc import Iterator

import weasyprint  # noqa: TID253 (it is what is measured)
from weasyprint.text.fonts import FontConfiguration  # noqa: TID253

from backoffice.domain.incoming import ChannelCode, Sender
from backoffice.infra import pdf, templating
from backoffice.infra.runtime import Runtime
from backoffice.queries import cases
from backoffice.services import batch_letters, batch_post, batches, documents
from backoffice.services.batches import Letter
from backoffice.services.outbox import JobKind
from benchmarks.engines import Engine
from benchmarks.measure import Line, compare, own_cpu, per_operation, pss_megabytes
from benchmarks.subject import Bench
from tests import factories
from tests.infra import letters
from tests.usecases.promises import claim_next

TARGET = 1.2
# A worker process is started afresh beyond 400 MB; a batch must never bring one there.
MOST_GROWTH_MEGABYTES = 20.0

LETTER = Letter("Travaux dans votre rue", f"Bonjour {{{{ usager }}}},\n\n{letters.TEXT}")


def run(bench: Bench) -> Iterator[Line]:
    """WeasyPrint alone: the same pages, one style sheet and one FontConfiguration for all, tagged PDF/A as well."""
    for engine in bench.engines:
        with engine.lend() as url:
            runtime = factories.a_runtime(url, bench.folder)
            yield from _measure(engine, runtime, bench.many(60))
            runtime.database.dispose()


def _measure(engine: Engine, runtime: Runtime, count: int) -> Iterator[Line]:
    references = [_open(runtime, number) for number in range(count)]
    pages = _pages(runtime, references)
    fonts = FontConfiguration()
    sheet_text = pdf.SHEET.read_text(encoding="utf-8").replace(f"{pdf.FONT_SCHEME}:", f"{pdf.FONTS.as_uri()}/")
    sheet = weasyprint.CSS(string=sheet_text, font_config=fonts)
    batch_ids: list[int] = []

    def write() -> int:
        batch_ids.append(_write(runtime, references))
        return count

    def alone() -> int:
        for page in pages:
            weasyprint.HTML(string=page).write_pdf(stylesheets=[sheet], font_config=fonts, pdf_variant="pdf/a-3a")
        return count

    def join() -> int:
        for _ in batch_ids:
            batch_post.join(runtime, claim_next(runtime, JobKind.JOIN_BATCH))
        return count * len(batch_ids)

    def clock() -> float:
        return own_cpu() + engine.cpu()

    write()
    alone()
    before = pss_megabytes([os.getpid()])
    cost, limit = compare((write, clock), (alone, own_cpu))
    grown = pss_megabytes(["self"]) - before  # type: ignore[list-item]
    what = "letters in their cases and history, against WeasyPrint alone"
    yield Line("batch_letters", engine.name, what, "ms", cost, limit, TARGET)
    yield Line("batch_letters", engine.name, "letters for the post, joined", "ms", per_operation(join, clock))
    yield Line("batch_letters", engine.name, "memory gained meanwhile", "MB", grown, None, MOST_GROWTH_MEGABYTES)


def _open(runtime: Runtime, number: int) -> str:
    sender = Sender(
        family_name=f"Martin {number}", given_names="Jeanne", address_line="3 rue des Lilas", postcode="49990",
        city="Saint-Aubin-les-Tilleuls",
    )  # fmt: skip
    return factories.a_receipt(runtime, channel=ChannelCode.LETTER, sender=sender).reference


def _pages(runtime: Runtime, references: list[str]) -> list[str]:
    """The very pages that the batch prints."""
    with runtime.database.reading() as session:
        karim = factories.actor_named(session, "Karim")
        authority = factories.the_authority(session)
        pages = []
        for reference in references:
            case = cases.get_case(session, karim, reference)
            letter = batches.fill(session, case, LETTER)
            values = letters.letter_values() | documents.case_values(session, authority, case)
            values |= {"subject": letter.subject, "text": letter.text}
            pages.append(templating.document_html("letter", "Courrier", values, runtime.settings.public_url))
    return pages


def _write(runtime: Runtime, references: list[str]) -> int:
    with runtime.database.transaction() as session:
        karim = factories.actor_named(session, "Karim")
        batch_id = batches.create(session, karim, references, LETTER, key=secrets.token_hex(16)).id
    for _ in range(math.ceil(len(references) / batches.SLICE)):
        batch_letters.write(runtime, claim_next(runtime, JobKind.WRITE_BATCH))
    return batch_id
