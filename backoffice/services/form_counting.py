"""Counts what happens to the steps of public forms, in the transaction of what happened, or in one of its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from backoffice.domain.form_events import Counted
from backoffice.infra.runtime import Runtime
from backoffice.queries import form_counts as queries

log = structlog.get_logger("parvis.forms")


@dataclass(frozen=True, slots=True)
class Tally:
    """What is counted of a form: the version of its procedure, and the day where the authority is."""

    authority_id: int
    version_id: int
    day: date

    def add(self, session: Session, counted: Sequence[Counted]) -> None:
        """One more of each; at the end of a transaction, for everybody adds to the same rows."""
        queries.add(session, self.authority_id, self.version_id, self.day, counted)

    def add_alone(self, runtime: Runtime, counted: Sequence[Counted]) -> None:
        """The same once a page is given for which nothing is written: the page matters more than its count."""
        try:
            with runtime.database.transaction() as session:
                self.add(session, counted)
        except SQLAlchemyError as error:
            log.warning("form not counted", error=type(error).__name__)
