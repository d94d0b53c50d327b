"""The examination of an installation: a sound one has nothing to do, a broken one reads what to do, part by part."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from backoffice.domain.health import Finding, State
from backoffice.domain.policy import Role
from backoffice.identity_providers import IdentityProviderSettings
from backoffice.infra import migrations
from backoffice.infra import runtime as runtimes
from backoffice.infra.runtime import Runtime
from backoffice.models.jobs import Job
from backoffice.services import doctor, outbox
from backoffice.services.outbox import JobKind
from tests import factories
from tests.conftest import OpenApp
from tests.services.program import free_port
from tests.services.redis import RedisServer
from tests.services.smtp import SmtpSink
from tests.web import everything

SECRETS = ("mot-de-passe-du-courtier", "mot-de-passe-du-courriel", "secret-du-client")


def _look(runtime: Runtime) -> dict[str, Finding]:
    return {one.code: one.finding for one in doctor.examine(runtime)}


def _a_pulse(runtime: Runtime) -> None:
    now = datetime.now(UTC)
    with runtime.database.transaction() as session:
        outbox.promise_slot(session, JobKind.TELL_WATCHERS, now.isoformat(), now)


def test_a_sound_installation_has_nothing_at_fault(
    runtime: Runtime, redis_server: RedisServer, smtp_sink: SmtpSink
) -> None:
    _a_pulse(runtime)
    sound = replace(
        runtime,
        settings=replace(runtime.settings, broker_url=redis_server.url, smtp_url=f"smtp://127.0.0.1:{smtp_sink.port}"),
    )
    found = _look(sound)
    assert [code for code, finding in found.items() if finding.state is State.FAULT and code != "disk"] == []
    assert list(found) == [check.code for check in doctor.CHECKS]
    assert found["database"].state is found["migrations"].state is found["storage"].state is State.OK
    assert found["mail"].said.endswith("demandes@saint-aubin.example.")
    assert found["identity"].state is State.UNUSED
    assert all(finding.remedy for finding in found.values() if finding.state in {State.WARNING, State.FAULT})


@pytest.mark.parametrize("seeded_url", ["sqlite"], indirect=True)
def test_each_broken_part_says_what_to_do_and_no_secret(runtime: Runtime, tmp_path: Path) -> None:
    port = free_port()
    provider = IdentityProviderSettings(
        name="fc",
        label="le fournisseur",
        issuer=f"http://127.0.0.1:{port}",
        client_id="parvis",
        client_secret=SECRETS[2],
    )
    (tmp_path / "plain").write_text("not a folder")
    broken = runtimes.build(
        replace(
            runtime.settings,
            broker_url=f"redis://:{SECRETS[0]}@127.0.0.1:{port}/0",
            smtp_url=f"smtp://parvis:{SECRETS[1]}@127.0.0.1:{port}",
            antivirus_url=f"tcp://127.0.0.1:{port}",
            storage_url=f"file://{tmp_path}/plain",
            identity_providers=(provider,),
        )
    )
    now = datetime.now(UTC)
    with broken.database.transaction() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    found = _look(broken)
    at_fault = {code for code, finding in found.items() if finding.state is State.FAULT}
    assert at_fault - {"disk"} == {"broker", "migrations", "storage", "mail", "antivirus", "identity", "jobs"}
    assert "plus récent" in found["migrations"].said
    assert "relais" in found["jobs"].said
    assert all(found[code].remedy for code in at_fault)
    assert not any(secret in str(found) for secret in SECRETS)
    _a_pulse(broken)
    with broken.database.transaction() as session:
        late = now - timedelta(minutes=30)
        session.add(Job(kind="send_mail", payload={}, state="queued", due_at=late, created_at=late))
    assert "2 tâches attendent, la plus ancienne depuis 30 min" in _look(broken)["jobs"].said
    broken.database.dispose()


def test_a_part_that_does_not_answer_does_not_hold_the_others(runtime: Runtime) -> None:
    def never(_runtime: Runtime) -> Finding:
        raise TimeoutError(SECRETS[0])

    checks = (doctor.Check("never", "Jamais", never, "Attendez."), *doctor.CHECKS[:1])
    never_found, database = doctor.examine(runtime, checks)
    assert never_found.finding == Finding(State.FAULT, "Ne répond pas (TimeoutError).", "Attendez.")
    assert database.finding.state is State.OK


@pytest.mark.parametrize("seeded_url", ["sqlite"], indirect=True)
def test_the_command_and_the_page_of_administrators_say_the_same(open_app: OpenApp, seeded_url: str) -> None:
    app = open_app(seeded_url, smtp_url=f"smtp://parvis:{SECRETS[1]}@127.0.0.1:{free_port()}")
    with app.app_context():
        done, plain = (app.test_cli_runner().invoke(args=["doctor", *more]) for more in (["--json"], []))
    assert (done.exit_code, plain.exit_code) == (1, 1)  # no relay works
    told = json.loads(done.stdout)
    assert [one["check"] for one in told] == [check.code for check in doctor.CHECKS]
    page = _administrator(app).get("/agents/etat/").text
    for one in told:
        assert one["label"] in page
        assert one["check"] == "disk" or one["said"] in plain.stdout  # room changes between two looks
    assert "En panne" in page
    assert migrations.known_numbers()[-1] in page
    assert not any(secret in page + plain.stdout + done.stdout for secret in (*SECRETS, factories.SECRET))


def _administrator(app: Flask) -> FlaskClient:
    runtime: Runtime = app.extensions["parvis"]
    with runtime.database.transaction() as session:
        agent = everything._an_agent(session, factories.the_authority(session).id, "Ines Technique")
        agent.memberships = [one for one in agent.memberships if one.role == Role.IT_ADMIN]
        staff_id = agent.id
    return everything.browser_of(app, staff_id=staff_id)
