"""The activity report as a file: a PDF to read and to keep, or its tables as workbooks and data."""

from collections.abc import Callable, Collection
from dataclasses import asdict
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from backoffice.domain import policy
from backoffice.domain.policy import Actor, Permission
from backoffice.domain.report_periods import Period
from backoffice.errors import Invalid
from backoffice.infra import pdf, templating
from backoffice.infra.runtime import Runtime
from backoffice.infra.table_files import BY_CODE, FORMATS
from backoffice.models.authorities import Authority
from backoffice.reports.base import Filters
from backoffice.services import documents, letterheads, report_document
from backoffice.services.export_work import NO_FORMAT, Subject, Wanted, Work
from backoffice.services.report_document import Document

PDF = "pdf"
PDF_LABEL = "Document PDF, à lire et à archiver"
LABELS: dict[str, str] = {PDF: PDF_LABEL} | {one.code: one.label for one in FORMATS if one.holds_many}
"""The formats of a report, by code."""

Reading = Callable[[Session, Actor, dict[str, Any]], Document]
"""Makes, for an actor, the document that was asked for."""


def of_period(filters: Filters, compared: Period, narrowed: list[str], *, outward: bool) -> dict[str, Any]:
    """What a worker reads to make a report again."""
    days = {name: getattr(filters, name).isoformat() for name in ("start", "end", "today")}
    return {
        "filters": asdict(filters) | days | {"timezone": filters.timezone.key},
        "compared": [compared.start.isoformat(), compared.end.isoformat()],
        "narrowed": narrowed,
        "outward": outward,
    }


def read(session: Session, actor: Actor, asked: dict[str, Any]) -> Document:
    """The report that was asked for, as it is now."""
    compared = Period(*(date.fromisoformat(day) for day in asked["compared"]))
    return report_document.read(
        session, actor, filters_of(asked), compared, asked["narrowed"], outward=asked["outward"]
    )


def filters_of(asked: dict[str, Any]) -> Filters:
    """The filters that `of_period` wrote."""
    said = dict(asked["filters"])
    days = {name: date.fromisoformat(said[name]) for name in ("start", "end", "today")}
    return Filters(**{**said, **days, "timezone": ZoneInfo(said["timezone"])})


def print_document(runtime: Runtime, authority: dict[str, Any], document: Document) -> bytes:
    """The document on paper: PDF/A-3 and PDF/UA, the same bytes for the same document."""
    values = letterheads.dress(runtime, {"authority": authority, "document": document})
    title = f"{document.title} – {document.subtitle}"
    return pdf.render(templating.document_html("report", title, values, runtime.settings.public_url))


def authority_of(session: Session, actor: Actor) -> dict[str, Any]:
    """Who the document is from."""
    return documents.authority_values(session.get_one(Authority, actor.authority_id))


def subject_of(read: Reading, formats: Collection[str]) -> Subject:
    """How a document of tables is exported, in these formats."""

    def check(_: Session, actor: Actor, wanted: Wanted) -> None:
        policy.require(actor, Permission.REPORT_EXPORT)
        if wanted.format not in formats:
            raise Invalid(NO_FORMAT, {"format": NO_FORMAT})

    def write(work: Work) -> int:
        with work.runtime.database.reading() as session:
            document = read(session, work.author, work.wanted.asked)
            authority = authority_of(session, work.author)
        if work.wanted.format == PDF:
            work.target.write(print_document(work.runtime, authority, document))
        else:
            BY_CODE[work.wanted.format].write(work.target, report_document.to_book(document))
        work.done = sum(len(one.rows) for one in document.sections)
        return work.done

    return Subject(check, _size, write, _suffix)


def _size(_session: Session, _actor: Actor, _asked: dict[str, Any]) -> int:
    return 1


def _suffix(code: str) -> str:
    return PDF if code == PDF else BY_CODE[code].suffix


SUBJECT = subject_of(read, LABELS)
