"""Leaving: what an installation exports, another takes in, and is its equal, table by table and file by file."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import LargeBinary, inspect, text

from backoffice.domain.incoming import ChannelCode
from backoffice.errors import Conflict, Invalid
from backoffice.infra.database import Base
from backoffice.infra.runtime import Runtime
from backoffice.queries import whole_tables
from backoffice.services import case_texts, counting, whole_export, whole_import
from tests import factories
from tests.web import everything

# What looks like a secret by its name, and may leave: keyed marks of links and of addresses, which open nothing.
HARMLESS = frozenset(
    {
        "drafts.token_hash",
        "followers.token_hash",
        "outgoing_mails.secret",
        "task_links.token_hash",
    }
)
NewHouse = Callable[[str], Runtime]


@pytest.fixture
def new_house(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[NewHouse]:
    with ExitStack() as at_the_end:

        def build(engine: str) -> Runtime:
            url = request.getfixturevalue({"sqlite": "sqlite_url", "postgresql": "postgres_url"}[engine])
            found = factories.a_runtime(url, tmp_path / f"new-{engine}")
            at_the_end.callback(found.database.dispose)
            return found

        yield build


def _said(manifest: dict[str, Any]) -> dict[str, tuple[int, str]]:
    return {table["name"]: (table["rows"], table["sha256"]) for table in manifest["tables"]}


def _fill(runtime: Runtime) -> None:
    everything.fill(runtime)
    with runtime.database.transaction() as session:
        factories.a_case(session, runtime, channel=ChannelCode.COUNTER, subject="Œuf à 0 °C « été »\n\ttab \U0001f600")
    _catch_up(runtime)


def _catch_up(runtime: Runtime) -> None:
    """What a relay does within the second."""
    case_texts.catch_up(runtime)
    counting.catch_up(runtime)


def test_what_is_left_is_equal_where_it_arrives_on_the_other_engine(
    runtime: Runtime, new_house: NewHouse, tmp_path: Path
) -> None:
    _fill(runtime)
    told = whole_export.export(runtime, tmp_path / "export")
    said = _said(told)
    assert {"cases", "messages", "citizens", "case_events", "staff", "procedure_versions", "jobs"} <= said.keys()
    assert [name for name in ("cases", "case_events", "staff", "memberships") if not said[name][0]] == []
    text_of_all = "".join(path.read_text() for path in (tmp_path / "export" / "tables").iterdir())
    assert factories.SECRET not in text_of_all
    assert "argon2" not in text_of_all
    (other,) = {"sqlite", "postgresql"} - {runtime.database.dialect}
    new = new_house(other)
    whole_import.take_in(new, tmp_path / "export")
    again = whole_export.export(new, tmp_path / "again")
    assert _said(again) == said
    assert set(new.storage.digests()) == set(runtime.storage.digests())
    _catch_up(new)
    assert counting.check(new) == []
    with new.database.reading() as session, runtime.database.reading() as before:
        for table in ("case_texts", "citizen_keys", "case_keys"):
            count = text(f"SELECT count(*) FROM {table}")
            assert session.scalar(count) == before.scalar(count), table
    with new.database.transaction() as session:  # life goes on: new rows have new numbers
        factories.a_case(session, new)
    with pytest.raises(Conflict, match="vide"):
        whole_import.take_in(new, tmp_path / "export")


def test_an_export_that_was_changed_or_cut_is_refused_whole(
    seeded_sqlite_url: str, new_house: NewHouse, tmp_path: Path
) -> None:
    old = factories.a_runtime(seeded_sqlite_url, tmp_path / "old")
    _fill(old)
    place = tmp_path / "export"
    whole_export.export(old, place)
    with pytest.raises(Conflict, match="vide"):
        whole_export.export(old, place)
    old.database.dispose()
    new = new_house("sqlite")
    cases = place / "tables" / "cases.jsonl"
    good = cases.read_bytes()
    for wrong in (good.replace(b"Nid-de-poule", b"Nid-de-merle"), good[: good.index(b"\n") + 1], good[:40], b"[]\n"):
        cases.write_bytes(wrong)
        with pytest.raises((Invalid, AttributeError)):
            whole_import.take_in(new, place)
        with new.database.reading() as session:
            assert whole_tables.list_filled(session) == []
    cases.write_bytes(good)
    manifest = json.loads((place / "manifest.json").read_text())
    (place / "manifest.json").write_text(json.dumps({**manifest, "revision": "0001"}))
    with pytest.raises(Invalid, match="révision 0001"):
        whole_import.take_in(new, place)


def test_a_base_without_tables_says_how_to_make_them(runtime: Runtime, tmp_path: Path) -> None:
    whole_export.export(runtime, tmp_path / "export")
    bare = factories.a_runtime(f"sqlite:///{tmp_path / 'bare.db'}", tmp_path / "bare")
    with pytest.raises(Invalid, match="upgrade"):
        whole_import.take_in(bare, tmp_path / "export")
    bare.database.dispose()


def test_every_table_and_column_leaves_but_those_that_are_said(seeded_sqlite_url: str, tmp_path: Path) -> None:
    tables = {table.name: table for table in Base.metadata.sorted_tables}
    assert whole_tables.LEFT_OUT.keys() <= tables.keys()
    assert {table.name for table in whole_tables.list_tables()} == tables.keys() - whole_tables.LEFT_OUT.keys()
    columns = {f"{name}.{column.name}": column for name, table in tables.items() for column in table.columns}
    assert whole_tables.LEFT_OUT_COLUMNS.keys() <= columns.keys()
    leaving = {
        f"{one.name}.{column.name}" for one in whole_tables.list_tables() for column in whole_tables.columns_of(one)
    }
    assert all(whole_tables.kind_of(columns[name]) for name in leaving)
    words = ("password", "secret", "token", "totp", "recovery", "credential", "otp", "private")
    suspicious = {name for name in leaving if any(word in name.split(".")[1] for word in words)}
    assert suspicious == HARMLESS
    known = factories.a_runtime(seeded_sqlite_url, tmp_path)
    there = set(inspect(known.database.engine).get_table_names()) - {"alembic_version"}
    assert {name for name in there if not name.startswith("case_texts_fts")} == tables.keys()
    known.database.dispose()
    assert any(isinstance(columns[name].type, LargeBinary) for name in leaving)
