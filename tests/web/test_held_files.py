"""Files of forms that nobody sends: bounded, kept for the next try, then forgotten; those of requests stay."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from app import create_app
from backoffice.domain.drafts import DraftContent
from backoffice.domain.incoming import IncomingFile
from backoffice.infra.database import Base
from backoffice.infra.runtime import Runtime
from backoffice.models.drafts import Draft
from backoffice.models.held_files import HeldFile
from backoffice.queries import catalogue
from backoffice.queries import held_files as queries
from backoffice.services import held_files, moment
from backoffice.web import form_numbers
from channels.http import filled_form
from tests import factories
from tests.web.citizen_visits import HOLE, a_file, all_attachments, all_cases, form_path, kept_files, send
from tests.web.test_uploads import a_picture
from tests.web.visits import hidden

LATER = held_files.KEPT_FOR + timedelta(minutes=1)


@pytest.fixture
def seeded_url(seeded_sqlite_url: str) -> str:
    """One engine is enough here."""
    return seeded_sqlite_url


@pytest.fixture
def runtime(app: Flask) -> Runtime:
    found: Runtime = app.extensions["parvis"]
    return found


def stored(app: Flask) -> int:
    """How many files the storage holds."""
    return len(list(Path(app.extensions["parvis"].settings.var_dir, "files").rglob("[0-9a-f]" * 64)))


def sweep(runtime: Runtime, after: timedelta) -> int:
    with moment.at(datetime.now(UTC) + after):
        return held_files.sweep(runtime)


def test_a_made_up_form_without_proof_of_origin_leaves_nothing_here(app: Flask, client: FlaskClient) -> None:
    for number in ("", "A" * 22, "x"):
        answer = send(client, {**HOLE, "submission": number, "csrf_token": "made-up", "photos": a_file()})
        assert answer.status_code == 400
        assert HOLE["description"] in answer.text
        assert kept_files(answer.text) == []
    assert stored(app) == 0


def test_the_numbers_that_we_give_are_known_and_no_other(app: Flask) -> None:
    with app.app_context():
        given = form_numbers.new()
        assert form_numbers.is_ours(given)
        changed = given[:-3] + ("AAA" if given[-3:] != "AAA" else "BBB")
        assert [form_numbers.is_ours(one) for one in (changed, "A" * 22, "", given + "A", "é" * 22)] == [False] * 5


def test_a_form_whose_session_ended_keeps_its_files_for_the_next_try(app: Flask, client: FlaskClient) -> None:
    page = client.get(form_path()).text
    client.delete_cookie("parvis_formulaires")
    back = send(client, {**HOLE, "photos": a_file()}, page=page)
    assert back.status_code == 400
    assert len(kept_files(back.text)) == 1
    assert stored(app) == 1


def test_one_form_brings_so_much_and_no_more(seeded_url: str, tmp_path: Path) -> None:
    settings = factories.some_settings(seeded_url, tmp_path, max_request_bytes=30_000)
    client = create_app(settings).test_client()
    page = client.get(form_path()).text
    number, told = hidden(page, "submission"), []
    for pixels in range(300, 320):
        picture = a_picture("PNG", pixels) + b"\0" * 20_000
        back = send(client, {"photos": a_file(picture, f"{pixels}.png")}, page=page)
        told.append("trop de fichiers" in back.text)
    assert True in told
    assert told == sorted(told)
    assert stored(client.application) < 20
    assert number in client.get(form_path()).text or send(client, HOLE, page=page).status_code == 303


def test_what_nobody_sends_is_forgotten_and_what_was_sent_stays(
    app: Flask, runtime: Runtime, client: FlaskClient
) -> None:
    send(client, {"photos": a_file(a_picture("PNG", 9))})  # nothing else is filled in: it comes back
    assert send(client, {**HOLE, "photos": a_file()}).status_code == 303
    assert stored(app) == 2
    assert sweep(runtime, timedelta(hours=47)) == 0
    assert sweep(runtime, LATER) == 1
    (attachment,) = all_attachments(app, all_cases(app)[0])
    assert runtime.storage.exists(attachment.digest)
    assert stored(app) == 1
    with runtime.database.reading() as session:
        assert session.query(HeldFile).count() == 0


def test_a_form_that_comes_back_holds_its_files_again(app: Flask, runtime: Runtime, client: FlaskClient) -> None:
    first = send(client, {"photos": a_file()})
    (token,) = kept_files(first.text)
    with moment.at(datetime.now(UTC) + timedelta(hours=40)):
        send(client, {"kept_file": token}, page=first.text)
    assert sweep(runtime, LATER) == 0
    assert sweep(runtime, timedelta(hours=40) + LATER) == 1
    late = send(client, {**HOLE, "kept_file": token}, page=first.text)
    assert late.status_code == 422
    assert filled_form.GONE in late.text
    assert HOLE["description"] in late.text
    assert all_cases(app) == []


def test_the_files_of_a_draft_stay_as_long_as_it_does(runtime: Runtime) -> None:
    digest = runtime.storage.put(b"plan")
    held_files.hold(runtime, [digest])
    now = datetime.now(UTC)
    plan = IncomingFile("plan.pdf", "application/pdf", 4, digest)
    with runtime.database.transaction() as session:
        authority = factories.the_authority(session)
        procedure = catalogue.get_procedure(session, authority.id, "terrace_permit")
        draft = Draft(
            authority_id=authority.id,
            key="A" * 22,
            procedure_id=procedure.id,
            version_id=procedure.current_version_id,
            content=DraftContent({}, (plan,)).to_data(),
            created_at=now,
            saved_at=now,
            expires_at=now,
        )
        session.add(draft)
    assert sweep(runtime, LATER) == 0
    with runtime.database.transaction() as session:
        session.delete(session.merge(draft))
    held_files.hold(runtime, [digest])
    assert sweep(runtime, LATER) == 1


def test_every_column_that_names_a_file_is_looked_at() -> None:
    looked_at = {f"{column.class_.__tablename__}.{column.key}" for column in queries.NAMED}
    # Chains of history are no files.
    others = {"case_events.digest", "account_events.digest", "held_files.digest", "procedure_versions.digest"}
    names = {
        f"{table.name}.{column.name}"
        for table in Base.metadata.tables.values()
        for column in table.columns
        if column.name.endswith("digest") and not column.name.startswith(("previous_", "history_"))
    }
    assert names - others - looked_at == set()


def test_a_sweep_reads_each_table_once_however_many_files_end(runtime: Runtime) -> None:
    asked: list[str] = []
    listen = event.listens_for(runtime.database.engine, "before_cursor_execute")
    listen(lambda _connection, _cursor, statement, *_: asked.append(statement))

    def statements(files: int) -> int:
        held_files.hold(runtime, [runtime.storage.put(f"{files}-{number}".encode()) for number in range(files)])
        asked.clear()
        assert sweep(runtime, LATER) == files
        return sum("drafts" in one or "mail_records" in one or "messages" in one for one in asked)

    assert statements(1) == statements(20)
