"""Promises kept one by one, as a worker would, for tests that look at each."""

from datetime import timedelta

from sqlalchemy import select

from backoffice.infra.runtime import Runtime
from backoffice.models.jobs import Job
from backoffice.services import correspondence, documents, outbox
from backoffice.services.outbox import Claim, JobKind

LEASE = timedelta(minutes=2)


def claim_next(runtime: Runtime, kind: JobKind) -> Claim:
    """Take the oldest promise of a kind in hand."""
    with runtime.database.transaction() as session:
        waiting = select(Job.id).where(Job.kind == kind, Job.state == "queued").order_by(Job.id)
        claim = outbox.claim(session, session.scalars(waiting).all()[0], LEASE)
    assert claim is not None
    return claim


def render_next(runtime: Runtime) -> Claim:
    """Make the next document."""
    claim = claim_next(runtime, JobKind.RENDER_DOCUMENT)
    documents.render(runtime, claim)
    return claim


def send_next(runtime: Runtime) -> Claim:
    """Send the next mail."""
    claim = claim_next(runtime, JobKind.SEND_MAIL)
    correspondence.send(runtime, claim)
    return claim


def jobs_by_state(runtime: Runtime, kind: JobKind) -> dict[str, int]:
    """How many promises of a kind are in each state."""
    with runtime.database.reading() as session:
        states = session.scalars(select(Job.state).where(Job.kind == kind)).all()
    return {state: states.count(state) for state in states}
