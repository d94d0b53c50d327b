"""What has ended is swept; what lives, and what a person must see, stays."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select

from backoffice.models.jobs import Job
from backoffice.models.macros import Macro, MacroRun
from backoffice.models.people import FailedSignIn, SignInAttempt, WebSession
from backoffice.services import outbox, setup
from backoffice.services.outbox import JobKind
from tests import factories
from workers import jobs

NOW = datetime.now(UTC)
YEARS_AGO, LATER = NOW - timedelta(days=700), NOW + timedelta(hours=2)


def test_the_sweep_removes_what_has_ended_and_nothing_else(database_url: str, tmp_path: Path) -> None:
    tools = factories.a_runtime(database_url, tmp_path)
    with tools.database.transaction() as session:
        owner = setup.install_starter(session).id

        def a_session(name: str, ends: datetime, revoked: datetime | None = None) -> WebSession:
            return WebSession(
                authority_id=owner,
                token_hash=name,
                created_at=YEARS_AGO,
                seen_at=YEARS_AGO,
                expires_at=ends,
                revoked_at=revoked,
            )

        def an_attempt(name: str, at: datetime) -> SignInAttempt:
            return SignInAttempt(
                authority_id=owner, state_hash=name, browser_hash="b", provider="fc", nonce="n", created_at=at
            )

        def a_job(state: str) -> Job:
            return Job(
                kind="send_mail", payload={}, state=state, due_at=YEARS_AGO, created_at=YEARS_AGO, done_at=YEARS_AGO
            )

        session.add_all([a_session("live", LATER), a_session("old", YEARS_AGO), a_session("out", LATER, YEARS_AGO)])
        session.add_all([an_attempt("under way", NOW), an_attempt("abandoned", YEARS_AGO)])
        session.add_all([FailedSignIn(key="k", at=NOW), FailedSignIn(key="k", at=YEARS_AGO)])
        session.add_all([a_job("done"), a_job("dead")])
        case, named = (
            factories.a_case(session, tools),
            Macro(authority_id=owner, name="Clore", folded="clore", position=1, created_at=YEARS_AGO),
        )
        session.add(named)
        session.flush()
        session.add_all(
            MacroRun(authority_id=owner, case_id=case.id, macro_id=named.id, form_key=key, at=at)
            for key, at in (("fresh", NOW), ("old", YEARS_AGO))
        )
        outbox.promise(session, JobKind.SWEEP_SESSIONS)
        session.flush()
        job_id = session.scalars(select(Job.id).where(Job.kind == JobKind.SWEEP_SESSIONS)).one()
    left = tmp_path / "copy-abcd1234"
    left.mkdir()
    os.utime(left, (YEARS_AGO.timestamp(),) * 2)
    jobs.run(tools, jobs.HANDLERS, job_id)
    with tools.database.reading() as session:
        assert list(session.scalars(select(WebSession.token_hash))) == ["live"]
        assert list(session.scalars(select(SignInAttempt.state_hash))) == ["under way"]
        assert session.scalar(select(func.count()).select_from(FailedSignIn)) == 1
        # What waits is the acknowledgement of the case.
        assert sorted(session.scalars(select(Job.state))) == ["dead", "done", "queued"]
        assert session.get_one(Job, job_id).state == "done"
        assert list(session.scalars(select(MacroRun.form_key))) == ["fresh"]
    assert not left.exists(), "a copy of the database that a killed process left"
    tools.database.dispose()
