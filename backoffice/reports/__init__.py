"""One SELECT a file with its columns and the definition shown to people; REPORTS and FAMILIES are the lists."""

from backoffice.reports import deadlines, delays, feedback, load, returns, volumes
from backoffice.reports.activity import BY_CHANNEL, BY_DEPARTMENT, BY_PROCEDURE
from backoffice.reports.base import Report
from backoffice.reports.figures import Family, Figure

REPORTS: tuple[Report, ...] = (BY_CHANNEL, BY_DEPARTMENT, BY_PROCEDURE)
"""Received, closed, backlog and median delay of a period, by channel, department or procedure."""

FAMILIES: tuple[Family, ...] = (
    volumes.FAMILY,
    delays.FAMILY,
    deadlines.FAMILY,
    returns.FAMILY,
    feedback.FAMILY,
    load.FAMILY,
)
"""Every figure that people read, with those that are read beside it."""

FIGURES: dict[str, Figure] = {figure.code: figure for family in FAMILIES for figure in family.figures}
