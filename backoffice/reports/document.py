"""What a report is made of, whoever writes it (page, PDF, spreadsheet): titled tables in order, some of them drawn."""

from dataclasses import dataclass
from typing import Any

from backoffice.domain.charts import Chart
from backoffice.reports.base import Column


@dataclass(frozen=True, slots=True)
class Section:
    """One table of a report, with what it says and, when a drawing tells more, its chart.

    `code` is unique in the report. The first value of a row is its label; the others are texts, numbers, or None where
    there is nothing to measure. `keys` are what the labels stand for, row by row, where a row can be narrowed to.
    """

    code: str
    title: str
    definition: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Any, ...], ...]
    chart: Chart | None = None
    keys: tuple[Any, ...] = ()
