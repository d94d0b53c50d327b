"""Two keys are accepted while one takes over from the other; then the old one may go."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import select, text

from backoffice.infra import sealing
from backoffice.infra.runtime import Runtime
from backoffice.models.jobs import Job
from backoffice.models.people import WebSession
from backoffice.services import key_rotation
from tests import factories

NEW = "another-secret-for-tests-that-is-long-enough"
ROOT = Path(__file__).parents[2]


def _with(runtime: Runtime, *keys: str) -> Runtime:
    return replace(runtime, settings=replace(runtime.settings, secret_keys=keys))


def test_what_an_old_key_sealed_opens_with_the_new_one_alone(runtime: Runtime) -> None:
    now = datetime.now(UTC)
    sealed = sealing.seal(runtime.settings, "jeton")
    with runtime.database.transaction() as session:
        owner = factories.the_authority(session).id
        agent = factories.staff_named(session, "Sandrine").id
        until = now + timedelta(hours=1)
        said = {"authority_id": owner, "token_hash": "x", "created_at": now, "seen_at": now, "expires_at": until}
        session.add(WebSession(**said, staff_id=agent, id_token=sealed))
        session.add(Job(kind="send_sheet_code", payload={"sealed": sealed, "to": "x"}, due_at=now, created_at=now))
    both = _with(runtime, NEW, factories.SECRET)
    assert sealing.unseal(both.settings, sealed) == "jeton"
    with runtime.database.transaction() as session:
        assert key_rotation.reseal(session, _with(runtime, NEW)) == key_rotation.Rotation(0, 2)
        assert key_rotation.reseal(session, both) == key_rotation.Rotation(2, 0)
    alone = _with(runtime, NEW).settings
    with runtime.database.reading() as session:
        token = session.scalar(text("SELECT id_token FROM web_sessions WHERE token_hash = 'x'"))
        payload = session.scalars(select(Job.payload).where(Job.kind == "send_sheet_code")).one()
    assert sealing.unseal(alone, token) == sealing.unseal(alone, payload["sealed"]) == "jeton"
    assert sealing.unseal(runtime.settings, token) == ""


def test_every_place_that_seals_is_known_to_the_rotation() -> None:
    """A new caller adds its column to `queries.sealed`, then its name here."""
    calls = re.compile(r"sealing\.seal\(")
    callers = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "backoffice").rglob("*.py")
        if calls.search(path.read_text(encoding="utf-8"))
    }
    assert callers == {
        "backoffice/services/kept_mailboxes.py",
        "backoffice/services/second_factors.py",
        "backoffice/services/sheet_codes.py",
        "backoffice/services/sign_ins.py",
        "backoffice/web/citizen_account.py",
        "backoffice/web/staff_sessions.py",
    }
