"""The morning round of the reports that leave by e-mail: on the first working day of a week or of a month."""

from backoffice.domain.saved_reports import Rhythm, sending_of
from backoffice.infra.runtime import Runtime
from backoffice.models.authorities import Authority
from backoffice.queries import saved_reports as queries
from backoffice.services import clock, mailed_reports, moment, outbox, saved_reports
from backoffice.services.outbox import Claim


def send_due(runtime: Runtime, claim: Claim) -> None:
    """Promise the versions that leave: one a week or month, on its first working day or on the next round.

    A report whose sending was asked for after that day waits for the next week or month.
    """
    with runtime.database.transaction() as session:
        outbox.keep(session, claim)
        for report in queries.list_scheduled(session):
            authority = session.get_one(Authority, report.authority_id)
            today = moment.today(authority.timezone)
            due = sending_of(Rhythm(report.rhythm), today, clock.calendar_of(authority))
            if due is None or report.scheduled_from is None or due[1] < report.scheduled_from:
                continue
            if queries.list_recipients(session, report.id, live=True):
                saved_reports.promise(session, report, slot=f"{mailed_reports.SLOT}{due[0]}")
