"""Usual delays, measured again every day: a page that tells one reads a single row."""

from datetime import timedelta

from backoffice.domain.usual_delays import measure
from backoffice.infra.runtime import Runtime
from backoffice.queries import legal
from backoffice.queries import usual_delays as queries
from backoffice.services import legal_facts, moment, outbox
from backoffice.services.outbox import Claim

LOOKED_BACK = timedelta(days=365)


def refresh(runtime: Runtime, claim: Claim) -> None:
    """Measure the procedures of every authority on the cases that ended in the last twelve months."""
    with runtime.database.transaction() as session:
        outbox.keep(session, claim)
        for authority in legal.list_authorities(session):
            since = legal_facts.today_of(authority) - LOOKED_BACK
            taken = queries.count_days(session, authority.id, since)
            measured = {code: found for code, days in taken.items() if (found := measure(days)) is not None}
            queries.replace_delays(session, authority.id, measured, moment.now())
