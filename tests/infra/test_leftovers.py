"""What dead processes left in the installation is removed; what a living one has stays, as does the rest."""

import io
import os
import signal
import time
from collections.abc import Iterator
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from backoffice.infra import leftovers
from backoffice.infra.request_counts import RequestCounts
from backoffice.infra.storage import LocalStorage
from backoffice.settings import Settings
from tests import factories

TWO_DAYS = 2 * 24 * 3600


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return factories.some_settings("sqlite://", tmp_path)


def aged(path: Path) -> Path:
    """The same, as if nobody had touched it for two days."""
    for one in (*path.rglob("*"), path):
        os.utime(one, (time.time() - TWO_DAYS,) * 2)
    return path


class _Endless(io.BytesIO):
    """An upload that never ends: says once that it has begun."""

    def __init__(self, told: Connection) -> None:
        self.told = told

    def read(self, _: int | None = -1) -> bytes:
        self.told.send("half received")
        signal.pause()
        return b""


def _work(folder: Path, told: Connection) -> None:
    """A process that copies, counts and receives, until it is killed."""
    counts = RequestCounts(folder / leftovers.METRICS, ["an old page"])
    counts.note("an old page", 200, 0.1)
    with leftovers.scratch(folder, "copy-") as place:
        (place / "parvis.sqlite").write_bytes(b"names and addresses")
        LocalStorage(folder / "files").put_stream(_Endless(told))


@pytest.fixture
def at_work(tmp_path: Path) -> Iterator[int]:
    """The number of a process that has all kinds of things in hand."""
    here, there = get_context("fork").Pipe()
    process = get_context("fork").Process(target=_work, args=(tmp_path, there), daemon=True)
    process.start()
    assert here.recv() == "half received"
    yield process.pid or 0
    process.kill()
    process.join()


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*") if path.is_file()}


def test_what_a_killed_process_had_goes_and_what_it_had_while_it_lived_stayed(
    settings: Settings, tmp_path: Path, at_work: int
) -> None:
    (metrics,) = (tmp_path / leftovers.METRICS).iterdir()
    RequestCounts(tmp_path / leftovers.METRICS, ["a page of today"]).note("a page of today", 200, 0.1)
    (old,) = tmp_path.glob("copy-*")
    (draft,) = (tmp_path / "files" / leftovers.DRAFTS).iterdir()
    for one in (old, draft, metrics):
        aged(one)
    assert leftovers.sweep(settings) == 0, "a process that lives has it, however old it is"
    os.kill(at_work, signal.SIGKILL)
    os.waitid(os.P_PID, at_work, os.WEXITED | os.WNOWAIT)
    assert leftovers.sweep(settings) == 3
    assert not any(one.exists() for one in (old, draft, metrics))
    assert names(tmp_path / leftovers.METRICS) == {"process-0"}, "the counts of today go on"


def test_only_what_parvis_names_so_is_swept_and_nothing_young(settings: Settings, tmp_path: Path) -> None:
    kept = {"parvis.db", "secret.key", "copy-of-my-notes", "demo-copy/parvis.sqlite", "files/ab/abcd", "maildir/tmp/1"}
    for name in kept:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("kept", encoding="ascii")
        aged(tmp_path / name)
    (tmp_path / "prove-abcd1234").mkdir()
    assert leftovers.sweep(settings) == 0, "what was begun today may be of a process that shows no lock"
    aged(tmp_path / "prove-abcd1234")
    (tmp_path / "outbox").mkdir()
    aged_draft = tmp_path / "outbox" / ".draft-abcd1234"
    aged_draft.write_text("half a mail", encoding="ascii")
    aged(aged_draft)
    assert leftovers.sweep(settings) == 2
    assert all((tmp_path / name).exists() for name in kept)
    (tmp_path / "copy-abcd1234").symlink_to(tmp_path / "files")
    os.utime(tmp_path / "copy-abcd1234", (time.time() - TWO_DAYS,) * 2, follow_symlinks=False)
    assert leftovers.sweep(settings) == 0
    assert (tmp_path / "files" / "ab" / "abcd").exists()
