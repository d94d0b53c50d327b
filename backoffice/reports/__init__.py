"""One SELECT a file with its columns and the definition shown to people; REPORTS is the list."""

from backoffice.reports.activity import BY_CHANNEL, BY_DEPARTMENT, BY_PROCEDURE, IN_ALL
from backoffice.reports.base import Report

REPORTS: tuple[Report, ...] = (IN_ALL, BY_CHANNEL, BY_DEPARTMENT, BY_PROCEDURE)
