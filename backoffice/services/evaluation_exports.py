"""The tables of the evaluation as workbooks and data; when they leave the department, small numbers are hidden."""

from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from backoffice.domain.french import long_datetime
from backoffice.domain.policy import Actor
from backoffice.domain.report_periods import Period
from backoffice.infra.table_files import FORMATS
from backoffice.models.authorities import Authority
from backoffice.reports.base import Filters
from backoffice.services import evaluation, moment, report_document, report_exports
from backoffice.services.activity_document import of_table
from backoffice.services.report_document import Document

TITLE = "Évaluation"
LABELS: dict[str, str] = {one.code: one.label for one in FORMATS if one.holds_many}
"""The formats of the tables, by code."""


def of_period(filters: Filters, narrowed: list[str], *, outward: bool) -> dict[str, Any]:
    """What a worker reads to make the tables again."""
    period = Period(filters.start, filters.end)
    return report_exports.of_period(replace(filters, channel=""), period, narrowed, outward=outward)


def read(session: Session, actor: Actor, asked: dict[str, Any]) -> Document:
    """The tables that were asked for, as they are now, within what the actor may count."""
    filters = report_exports.filters_of(asked)
    tables = (
        *evaluation.read_returns(session, actor, filters),
        evaluation.read_answers(session, actor, filters),
        evaluation.read_forms(session, actor, filters),
    )
    authority = session.get_one(Authority, actor.authority_id)
    threshold = report_document.threshold_of(authority) if asked["outward"] else 0
    sections = [of_table(table) for table in tables]
    period = Period(filters.start, filters.end)
    about = (
        ("Collectivité", authority.name),
        ("Période", period.name),
        ("Filtres", ", ".join(asked["narrowed"]) or "aucun"),
        ("Services comptés", report_document.counted_departments(session, actor)),
        ("Nombres masqués", report_document.said_of_masks(threshold)),
        ("Établi le", long_datetime(moment.now(), ZoneInfo(authority.timezone))),
        ("Par", actor.name),
    )
    shown = report_document.mask_tables(sections, threshold) if threshold else sections
    return Document(TITLE, period.name, authority.name, tuple(shown), about)


SUBJECT = report_exports.subject_of(read, LABELS)
