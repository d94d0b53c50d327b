"""What monitoring reads: figures by route and by promise, for those who may; and logs that name nobody."""

import io
import json
import logging
import multiprocessing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from backoffice.infra import logs, migrations
from backoffice.infra.request_counts import RequestCounts
from backoffice.infra.runtime import Runtime
from backoffice.models.jobs import Job
from backoffice.models.mail import MailboxBookmark
from tests import factories
from tests.conftest import OpenApp
from tests.web import everything
from tests.web.conftest import SignedIn
from tests.web.visits import STAFF

TOKEN = "un-jeton-de-supervision-bien-assez-long"
NAME = "Zwaqxorbine"


def _figures(text: str) -> dict[str, float]:
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines}


def test_the_figures_say_what_waits_what_is_late_and_what_is_lost(app: Flask, client: FlaskClient) -> None:
    runtime: Runtime = app.extensions["parvis"]
    filled = everything.fill(runtime)
    now = datetime.now(UTC)
    with runtime.database.transaction() as session:
        owner = filled.case.authority_id
        late = now - timedelta(minutes=10)
        session.add(Job(kind="check_ledger", payload={}, state="queued", due_at=late, created_at=late))
        session.add(MailboxBookmark(authority_id=owner, mailbox="demandes", received=3, last_success_at=late))
    client.get("/demarches")
    client.get("/nulle-part")
    answer = client.get("/metrics")
    assert answer.content_type.startswith("text/plain; version=0.0.4")
    found = _figures(answer.text)
    assert found['parvis_jobs{kind="check_ledger",state="queued"}'] >= 1
    assert found['parvis_jobs{kind="send_mail",state="dead"}'] == 1
    assert 600 <= found["parvis_jobs_oldest_due_seconds"] < 700
    assert found['parvis_mail_balance{mailbox="demandes"}'] == 2  # three received, one line
    assert found['parvis_deadlines{when="late"}'] == 0
    assert found['parvis_request_seconds_count{route="catalogue.show"}'] == 1
    assert found['parvis_request_seconds_bucket{route="catalogue.show",le="+Inf"}'] == 1
    assert found['parvis_responses_total{route="(none)",status="4xx"}'] == 1
    assert filled.case.reference not in answer.text
    types = [line.split()[2] for line in answer.text.splitlines() if line.startswith("# TYPE")]
    assert len(types) == len(set(types))


@pytest.mark.parametrize("seeded_url", ["sqlite"], indirect=True)
def test_only_this_machine_or_a_token_reads_them(open_app: OpenApp, seeded_url: str) -> None:
    near = open_app(seeded_url).test_client()
    assert near.get("/metrics").status_code == 200
    assert near.get("/metrics", headers={"X-Forwarded-For": "127.0.0.1"}).status_code == 404
    assert near.get("/metrics", environ_overrides={"REMOTE_ADDR": "10.0.0.9"}).status_code == 404
    far = open_app(seeded_url, metrics_token=TOKEN).test_client()
    place = {"environ_overrides": {"REMOTE_ADDR": "10.0.0.9"}}
    assert far.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}, **place).status_code == 200  # type: ignore[arg-type]
    for wrong in ({}, {"Authorization": "Bearer "}, {"Authorization": f"Bearer {TOKEN}é"}):
        assert far.get("/metrics", headers=wrong).status_code == 404


@pytest.mark.parametrize("seeded_url", ["sqlite"], indirect=True)
def test_a_program_is_not_ready_before_its_tables_are(app: Flask, client: FlaskClient) -> None:
    for revision, status in (("0001", 503), ("9999", 200), (migrations.known_numbers()[-1], 200)):
        with app.extensions["parvis"].database.transaction() as session:
            session.execute(text(f"UPDATE alembic_version SET version_num = '{revision}'"))
        assert client.get("/sante/pret").status_code == status, revision
    assert client.get("/sante/vivant").status_code == 200


def _count(folder: Path, barrier: object) -> None:
    counts = RequestCounts(folder, ["a", "b"])
    for _ in range(100):
        counts.note("b", 200, 0.02)
    barrier.wait()  # type: ignore[attr-defined]


def test_the_counts_of_processes_add_up_and_outlive_them(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    for _ in range(2):
        barrier = context.Barrier(3)
        processes = [context.Process(target=_count, args=(tmp_path, barrier)) for _ in range(3)]
        for process in processes:
            process.start()
        for process in processes:
            process.join()
    counts = RequestCounts(tmp_path, ["a", "b"])
    counts.note("elsewhere", 200, 1)
    counts.note("b", 503, 60)
    (found,) = counts.read()
    assert (found.route, found.buckets[1], found.buckets[-1]) == ("b", 600, 1)
    assert (found.classes[1], found.classes[4]) == (600, 1)
    assert found.seconds == pytest.approx(72)
    assert len(list(tmp_path.glob("*/*"))) == 3


@pytest.mark.parametrize("seeded_url", ["sqlite"], indirect=True)
def test_lines_carry_the_number_of_the_request_and_no_word_of_anybody(
    open_app: OpenApp, seeded_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = io.StringIO()
    monkeypatch.setattr("sys.stderr", written)
    app = open_app(seeded_url, log_json=True, trusted_proxies=1)

    @app.get("/panne")
    def fail() -> str:
        raise ValueError(f"le prénom {NAME} ne convient pas")

    fail.audience = ("machine", None)  # type: ignore[attr-defined]
    app.view_functions["fail"].audience = app.view_functions["health.alive"].audience  # type: ignore[attr-defined]
    client = app.test_client()
    try:
        told = client.get(f"/panne?nom={NAME}", headers={"X-Request-ID": "proxy-0123456789"})
        client.get(f"/suivi?reference={NAME}", headers={"X-Request-ID": "x y"})
    finally:
        logs.configure(factories.some_settings(seeded_url, Path()))
    assert told.status_code == 500
    assert told.headers["X-Request-ID"] == "proxy-0123456789"
    told_all = written.getvalue()
    assert NAME not in told_all
    lines = [json.loads(line) for line in told_all.splitlines()]
    failed = next(line for line in lines if line["event"] == "unforeseen error")
    assert failed["request_id"] == "proxy-0123456789"
    assert failed["trace"][0].startswith("ValueError at ")
    answered = [line for line in lines if line["event"] == "answered"]
    assert [(line["route"], line["status"]) for line in answered] == [("fail", 500), ("follow_up.form", 200)]
    assert len(answered[1]["request_id"]) == 16
    assert logging.getLogger().handlers


@pytest.mark.parametrize("seeded_url", ["sqlite"], indirect=True)
def test_sessions_that_open_and_doors_that_stay_shut_are_lines_that_name_nobody(
    app: Flask, signed_in: SignedIn, caplog: pytest.LogCaptureFixture
) -> None:
    client = signed_in("Karim")
    who = {"email": STAFF["Karim"], "password": factories.PASSWORD}
    client.post("/agents/connexion", data=who | {"password": NAME})
    client.post("/agents/connexion", data=who)
    assert client.get("/agents/boites").status_code == 403
    lines = [record.msg for record in caplog.records if isinstance(record.msg, dict)]
    told = [(line["event"], line.get("route"), line.get("way"), "staff" in line) for line in lines]
    assert told == [
        ("refused", "staff_sign_in.sign_in", None, False),
        ("staff session opened", None, "password", True),
        ("refused", "mail_ledger.show", None, True),
    ]
    assert all(len(line["request_id"]) == 16 for line in lines)
    assert not any(word in str(lines) for word in (NAME, *who.values()))


@pytest.mark.parametrize("seeded_url", ["sqlite"], indirect=True)
def test_whoever_finds_a_weakness_reads_whom_to_warn(client: FlaskClient) -> None:
    said = dict(line.split(": ", 1) for line in client.get("/.well-known/security.txt").text.splitlines())
    assert said["Contact"] == "mailto:mairie@saint-aubin.example"
    left = datetime.fromisoformat(said["Expires"]) - datetime.now(UTC)
    assert timedelta(days=170) < left < timedelta(days=365)
    assert said["Canonical"].endswith("/.well-known/security.txt")
