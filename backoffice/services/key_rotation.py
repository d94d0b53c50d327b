"""A new secret key takes over: what the old ones sealed is sealed again, so that they can be withdrawn."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from backoffice.infra import sealing
from backoffice.infra.runtime import Runtime
from backoffice.queries import sealed as queries


@dataclass(frozen=True, slots=True)
class Rotation:
    """How many texts are sealed with the first key now, and how many no key of ours opens."""

    done: int
    lost: int


def reseal(session: Session, runtime: Runtime) -> Rotation:
    """Seal everything again with the first of SECRET_KEYS; what no key opens stays as it is."""
    done = lost = 0
    for column, row_id, text in queries.list_sealed(session):
        if not sealing.is_sealed(text):
            continue  # the public key of a passkey, which stands in the same column
        again = sealing.seal_again(runtime.settings, text)
        if again:
            queries.write_sealed(session, column, row_id, again)
        done, lost = done + bool(again), lost + (not again)
    for job in queries.list_jobs(session):
        again = sealing.seal_again(runtime.settings, job.payload[queries.IN_PAYLOADS])
        if again:
            job.payload = {**job.payload, queries.IN_PAYLOADS: again}
        done, lost = done + bool(again), lost + (not again)
    return Rotation(done, lost)
