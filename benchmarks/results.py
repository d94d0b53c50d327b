"""Writes results down, for people and for programs, with the machine they were measured on."""

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.measure import Line

FOLDER = Path(__file__).parent / "results"
PACKAGES = ("Flask", "SQLAlchemy", "psycopg", "gunicorn", "WeasyPrint", "celery")

HEAD = """\
# Measured costs

{machine}, {day}.

CPU time of server and database for one operation, the best of three rounds; each raw limit was measured in the same
run, in turn with the product. A subject that is measured again replaces its own lines: two subjects may come from two
runs. `make bench` measures again; only ratios travel from one machine to another.

Pages stand beside two bare pages. Targets are held against the one that connects at each request, as a bare page does
that keeps nothing: it costs 6 to 10 ms here, where the targets were written with 4 ms for a form and 3 ms for a list or
a case. Beside the page that keeps its connection no page meets its target: those rows are given without one.

A mail costs its raw limit 8 ms in the words of its target: that is the file of 300 kB here. A smaller file misses the
target, for what a case asks of the database does not shrink with it; a larger one holds it easily.

Idle memory is taken on an installation whose first day is over; a worker that has printed keeps WeasyPrint loaded.

| subject | engine | what | product | raw limit | ratio | target | met |
|---|---|---|---:|---:|---:|---:|---|
"""


def as_text(line: Line) -> str:
    """One line for the terminal."""
    return " · ".join(cell for cell in _cells(line) if cell)


def write(lines: Sequence[Line], folder: Path = FOLDER) -> None:
    """Put the new lines in `latest.json` beside the older ones of other subjects, and the whole in `latest.md`."""
    folder.mkdir(exist_ok=True)
    path = folder / "latest.json"
    before = json.loads(path.read_text(encoding="utf-8"))["lines"] if path.exists() else []
    measured = {line.subject for line in lines}
    kept = [Line(**_own(line)) for line in before if line["subject"] not in measured]
    everything = sorted([*kept, *lines], key=lambda line: line.subject)
    found = {
        "machine": _machine(),
        "lines": [{**asdict(line), "ratio": line.ratio, "met": line.met} for line in everything],
    }
    path.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    head = HEAD.format(machine=_machine(), day=datetime.now(UTC).date().isoformat())
    rows = "".join(f"| {' | '.join(_cells(line))} |\n" for line in everything)
    (folder / "latest.md").write_text(head + rows, encoding="utf-8")


def _own(line: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in line.items() if name not in {"ratio", "met"}}


def _cells(line: Line) -> list[str]:
    raw = f"{line.raw:.2f} {line.unit}" if line.raw is not None else ""
    ratio = f"{line.ratio:.2f} ×" if line.ratio is not None else ""
    target = "" if line.target is None else f"≤ {line.target:g} {line.unit if line.raw is None else '×'}"
    met = {None: "", True: "yes", False: "**no**"}[line.met]
    return [line.subject, line.engine, line.detail, f"{line.ours:.2f} {line.unit}", raw, ratio, target, met]


def _machine() -> str:
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    system = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
    return f"{os.cpu_count()} processors, {system}, {packages}"
