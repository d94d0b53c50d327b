"""The months of open data, made anonymous once and for all: which are due, and the file of each.

A month that was published is never computed again, and what no group of it could hide waits for its quarter.
"""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import BinaryIO

from sqlalchemy.orm import Session

from backoffice.domain import open_data as rules
from backoffice.domain.anonymising import RawLine, anonymise, month_steps, quarter_steps
from backoffice.domain.open_data import Frame
from backoffice.domain.report_periods import PeriodKind, containing
from backoffice.infra.runtime import Runtime
from backoffice.models.authorities import Authority
from backoffice.models.open_data import OpenDataBlock, OpenDataset
from backoffice.queries import districts as district_rows
from backoffice.queries import open_data as queries
from backoffice.queries.once import insert_once
from backoffice.services import districts, held_files, moment, open_data, procedures
from backoffice.services.open_data_files import write_block
from backoffice.services.outbox import Claim

QUARTER = 3


@dataclass(frozen=True, slots=True)
class Due:
    """A block to make: its first day, how many months it has; `held` are the requests that a quarter takes up."""

    starts_on: date
    months: int
    held: tuple[int, ...] = ()


def is_live(dataset: OpenDataset | None, claim: Claim) -> bool:
    """Whether what a promise is about is still published, as it was when it was made."""
    if dataset is None or dataset.taken_back_at is not None or dataset.series != claim.payload["series"]:
        return False
    return not open_data.why_never(dataset.procedure)


def find_due(runtime: Runtime, claim: Claim) -> Due | None:
    """The next block to make; None once all are, or when the dataset is published no more."""
    with runtime.database.reading() as session:
        dataset = queries.find_by_id(session, claim.payload["dataset_id"])
        if dataset is None or not is_live(dataset, claim):
            return None
        today = moment.today(session.get_one(Authority, dataset.authority_id).timezone)
        blocks = queries.list_blocks(session, dataset)
    made = {one.starts_on for one in blocks if one.months == 1}
    quarters = {one.starts_on for one in blocks if one.months == QUARTER}
    for month in rules.months_due(dataset.first_on, today, dataset.lag):
        if month not in made:
            return Due(month, 1)
        quarter = rules.quarter_of(month)
        if month == rules.months_after(quarter, QUARTER - 1) and quarter not in quarters:
            held = [
                case_id
                for one in blocks
                if one.months == 1 and rules.quarter_of(one.starts_on) == quarter
                for case_id in one.held
            ]
            if held:
                return Due(quarter, QUARTER, tuple(held))
    return None


def frame_of(session: Session, dataset: OpenDataset) -> Frame:
    """What the lines of a dataset have in common today."""
    definition = procedures.definition_of(dataset.procedure)
    authority = session.get_one(Authority, dataset.authority_id)
    drawn = (
        (row.name, districts.outlines_of(row))
        for row in district_rows.list_all(session, authority.id, with_retired=True)
    )
    return Frame(
        dataset.procedure.code,
        definition.title,
        definition.theme,
        rules.read_choices(dataset.choices),
        moment.today(authority.timezone),
        {name: outlines[0].inner_point for name, outlines in drawn if outlines},
    )


def make_block(runtime: Runtime, claim: Claim, due: Due) -> None:
    """Make a block and write it down, unless somebody did meanwhile."""
    with runtime.database.reading() as session:
        dataset = queries.find_by_id(session, claim.payload["dataset_id"])
        if dataset is None:
            return
        frame = frame_of(session, dataset)
        if due.months == QUARTER:
            lines: list[RawLine] = list(queries.read_held(session, dataset.procedure, due.held))
            steps = quarter_steps(frame.choices.finest)
        else:
            last = containing(PeriodKind.MONTH, due.starts_on).end
            lines = list(queries.read_lines(session, dataset.procedure, due.starts_on, last))
            steps = month_steps(frame.choices.finest)
    total = len(lines)
    told, left = anonymise(lines, steps, dataset.threshold)
    digest, _ = stored(runtime, lambda target: write_block(target, map(frame.row, told)))
    is_quarter = due.months == QUARTER
    with runtime.database.transaction() as session:
        insert_once(
            session,
            OpenDataBlock,
            ("dataset_id", "series", "starts_on", "months"),
            authority_id=dataset.authority_id,
            dataset_id=dataset.id,
            series=dataset.series,
            starts_on=due.starts_on,
            months=due.months,
            choices=dataset.choices,
            threshold=dataset.threshold,
            total=0 if is_quarter else total,
            lines=len(told),
            # A request that is restricted since, or was given another procedure, is not told either.
            suppressed=len(due.held) - len(told) if is_quarter else 0,
            held=[] if is_quarter else sorted(one.id for one in left),
            digest=digest,
            made_at=moment.now(),
        )


def stored(runtime: Runtime, write: Callable[[BinaryIO], object]) -> tuple[str, int]:
    """A file in the storage, held until a row names it."""
    with tempfile.TemporaryFile() as target:
        write(target)
        target.seek(0)
        digest, size = runtime.storage.put_stream(target)
    held_files.hold(runtime, [digest])
    return digest, size
