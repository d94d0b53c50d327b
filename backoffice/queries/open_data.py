"""SELECTs on open data: what is marked, the requests to make anonymous, blocks, versions, files and history."""

from collections.abc import Collection, Iterator
from datetime import date
from typing import Any

from sqlalchemy import Select, and_, case, func, select
from sqlalchemy.orm import Session, joinedload

from backoffice.domain.addresses import Point
from backoffice.domain.anonymising import RawLine
from backoffice.domain.lifecycle import Status
from backoffice.models.authorities import Department
from backoffice.models.cases import Case
from backoffice.models.catalogue import Procedure
from backoffice.models.districts import DistrictRow
from backoffice.models.open_data import OpenDataBlock, OpenDataChange, OpenDataFile, OpenDataset, OpenDataVersion
from backoffice.reports.deadlines import HAS_LEGAL_TIME, IN_LEGAL_TIME, IS_ANSWERED
from backoffice.reports.figures import flag

IS_CLOSED = Case.status == Status.CLOSED.value


def list_datasets(session: Session, authority_id: int) -> list[OpenDataset]:
    """Everything that was ever marked, with its procedure."""
    query = select(OpenDataset).where(OpenDataset.authority_id == authority_id).options(*_with_procedure())
    return list(session.scalars(query.order_by(OpenDataset.id)))


def list_live(session: Session) -> list[OpenDataset]:
    """What is published now, of every authority."""
    query = select(OpenDataset).where(OpenDataset.taken_back_at.is_(None)).options(*_with_procedure())
    return list(session.scalars(query.order_by(OpenDataset.id)))


def find_dataset(session: Session, authority_id: int, code: str) -> OpenDataset | None:
    """The dataset of a procedure, by the code of the latter."""
    mine = (OpenDataset.authority_id == authority_id, Procedure.code == code)
    query = select(OpenDataset).join(Procedure, Procedure.id == OpenDataset.procedure_id).where(*mine)
    return session.scalar(query.options(*_with_procedure()))


def find_by_id(session: Session, dataset_id: int) -> OpenDataset | None:
    """A dataset by its id."""
    return session.scalar(select(OpenDataset).where(OpenDataset.id == dataset_id).options(*_with_procedure()))


def claim_dataset(session: Session, dataset_id: int) -> OpenDataset | None:
    """The same, held until the transaction ends."""
    query = select(OpenDataset).where(OpenDataset.id == dataset_id).with_for_update()
    return session.scalar(query.execution_options(populate_existing=True))


def read_lines(session: Session, procedure: Procedure, since: date, until: date) -> Iterator[RawLine]:
    """The requests received from a day to another, both included: never the restricted ones."""
    return _lines(session, _open_cases(procedure).where(Case.received_on >= since, Case.received_on <= until))


def read_held(session: Session, procedure: Procedure, ids: Collection[int]) -> Iterator[RawLine]:
    """Those of these requests that may still be published."""
    return _lines(session, _open_cases(procedure).where(Case.id.in_(ids)))


def count_lines(session: Session, procedure: Procedure, since: date, until: date) -> int:
    """How many requests `read_lines` would give."""
    query = _open_cases(procedure).where(Case.received_on >= since, Case.received_on <= until)
    return session.scalar(query.with_only_columns(func.count())) or 0


def _open_cases(procedure: Procedure) -> Select[Any]:
    mine = (Case.authority_id == procedure.authority_id, Case.procedure_code == procedure.code)
    return select(Case.id).where(*mine, Case.restricted.is_(False))


def _lines(session: Session, cases: Select[Any]) -> Iterator[RawLine]:
    answered = and_(IS_CLOSED, IS_ANSWERED, HAS_LEGAL_TIME)
    query = (
        cases.with_only_columns(
            Case.id,
            Case.citizen_id,
            Case.received_on,
            Case.channel,
            Department.name.label("department"),
            DistrictRow.name.label("district"),
            Case.latitude,
            Case.longitude,
            Case.closed_after_days,
            IS_CLOSED.label("closed"),
            Case.outcome,
            case((answered, flag(IN_LEGAL_TIME)), else_=None).label("in_time"),
        )
        .join(Department, Department.id == Case.department_id)
        .outerjoin(DistrictRow, DistrictRow.id == Case.district_id)
        .order_by(Case.id)
    )
    # A month at once: who makes it anonymous holds all of it.
    for row in session.execute(query):
        placed = row.latitude is not None and row.longitude is not None
        yield RawLine(
            row.id,
            row.citizen_id,
            row.received_on,
            row.channel,
            row.department,
            row.district or "",
            Point(row.latitude, row.longitude) if placed else None,
            row.closed_after_days if row.closed else None,
            bool(row.closed),
            row.outcome if row.closed else "",
            None if row.in_time is None else bool(row.in_time),
        )


def list_blocks(session: Session, dataset: OpenDataset) -> list[OpenDataBlock]:
    """The blocks of the series, in the order of their days, the quarter after its months."""
    mine = (OpenDataBlock.dataset_id == dataset.id, OpenDataBlock.series == dataset.series)
    found = session.scalars(select(OpenDataBlock).where(*mine))
    return sorted(
        found, key=lambda one: (one.starts_on.year, (one.starts_on.month - 1) // 3, one.months, one.starts_on)
    )


def list_versions(session: Session, dataset: OpenDataset) -> list[OpenDataVersion]:
    """Every version, the newest first: those of other series are not public any more."""
    query = select(OpenDataVersion).where(OpenDataVersion.dataset_id == dataset.id)
    return list(session.scalars(query.order_by(OpenDataVersion.number.desc())))


def find_version(session: Session, dataset: OpenDataset, number: int | None = None) -> OpenDataVersion | None:
    """A version of the series: the latest one unless a number is given."""
    mine = (OpenDataVersion.dataset_id == dataset.id, OpenDataVersion.series == dataset.series)
    query = select(OpenDataVersion).where(*mine).order_by(OpenDataVersion.number.desc()).limit(1)
    return session.scalar(query if number is None else query.where(OpenDataVersion.number == number))


def find_first_version(session: Session, dataset: OpenDataset) -> OpenDataVersion | None:
    """The first version of the series."""
    mine = (OpenDataVersion.dataset_id == dataset.id, OpenDataVersion.series == dataset.series)
    return session.scalar(select(OpenDataVersion).where(*mine).order_by(OpenDataVersion.number).limit(1))


def last_number(session: Session, dataset: OpenDataset) -> int:
    """The number of the last version of any series: numbers are never given twice."""
    query = select(func.max(OpenDataVersion.number)).where(OpenDataVersion.dataset_id == dataset.id)
    return session.scalar(query) or 0


def list_files(session: Session, version_ids: Collection[int]) -> list[OpenDataFile]:
    """The files of some versions, in the order they were made."""
    query = select(OpenDataFile).where(OpenDataFile.version_id.in_(version_ids)).order_by(OpenDataFile.id)
    return list(session.scalars(query))


def list_changes(session: Session, authority_id: int, dataset_id: int | None, limit: int) -> list[OpenDataChange]:
    """What was done to a dataset, or to the catalogue, the newest first."""
    mine = (OpenDataChange.authority_id == authority_id, OpenDataChange.dataset_id == dataset_id)
    return list(session.scalars(select(OpenDataChange).where(*mine).order_by(OpenDataChange.id.desc()).limit(limit)))


def _with_procedure() -> tuple[Any, ...]:
    return (joinedload(OpenDataset.procedure).joinedload(Procedure.current_version),)
