"""The plan of the house, checked: who imports whom, what is done where, how files are named and kept."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FLOORS = ("backoffice", "channels", "workers", "demo")
ELSEWHERE = ("benchmarks", "migrations", "tests")
LINES_OF_TWO_SUBJECTS = 400

Finder = Callable[[ast.Module], Iterator[ast.AST]]


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def python_files(*folders: str) -> list[Path]:
    """The modules of these folders, with the web process when all floors are asked for."""
    files = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    return [*files, *ROOT.glob("app.py")] if set(FLOORS) <= set(folders) else files


def places(find: Finder, folders: tuple[str, ...], *, allowed: tuple[str, ...] = ()) -> list[str]:
    """Where the finder finds something, as `path:line`, outside the allowed files and folders."""
    found = []
    for path in python_files(*folders):
        place = path.relative_to(ROOT).as_posix()
        if not place.startswith(allowed):
            found += [f"{place}:{getattr(node, 'lineno', 1)}" for node in find(tree(path))]
    return found


def uses(dotted: str) -> Finder:
    """Finds `b.c` in the code and `from a.b import c`; any `.c` when the name begins with a dot."""
    module, _, name = dotted.rpartition(".")

    def find(source: ast.Module) -> Iterator[ast.AST]:
        for node in ast.walk(source):
            if isinstance(node, ast.ImportFrom) and module and node.module == module:
                yield from (alias for alias in node.names if alias.name == name)
            elif isinstance(node, ast.Attribute) and node.attr == name:
                holder = ast.unparse(node.value)
                if not module or holder.split(".")[-1] == module.split(".")[-1]:
                    yield node

    return find


def imports_of(*packages: str) -> Finder:
    """Finds every import of these packages or of what they hold."""

    def find(source: ast.Module) -> Iterator[ast.AST]:
        for node in ast.walk(source):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            if any(name.split(".")[0] in packages for name in names):
                yield node

    return find


def test_every_import_goes_down_the_floors() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_web_process_knows_neither_the_workers_nor_the_demo() -> None:
    source = tree(ROOT / "app.py")
    assert [node.lineno for node in imports_of("workers", "demo", "tests")(source)] == []  # type: ignore[attr-defined]


def test_only_the_settings_read_the_environment() -> None:
    allowed = ("backoffice/settings.py",)
    assert places(uses("os.environ"), FLOORS, allowed=allowed) == []
    assert places(uses("os.getenv"), FLOORS, allowed=allowed) == []


def test_only_the_database_commits() -> None:
    assert places(uses(".commit"), FLOORS, allowed=("backoffice/infra/database.py",)) == []


@pytest.mark.parametrize("selection", ["sqlalchemy.select", "sqlalchemy.orm.Query", ".query"])
def test_only_queries_and_reports_select(selection: str) -> None:
    allowed = ("backoffice/queries/", "backoffice/reports/", "backoffice/infra/")
    assert places(uses(selection), FLOORS, allowed=allowed) == []


@pytest.mark.parametrize("clock", ["datetime.now", "datetime.today", "datetime.utcnow", "date.today"])
def test_the_domain_is_told_what_time_it_is(clock: str) -> None:
    assert places(uses(clock), ("backoffice/domain",)) == []


def test_every_module_says_what_it_is_for() -> None:
    def undocumented(source: ast.Module) -> Iterator[ast.AST]:
        if source.body and not ast.get_docstring(source):
            yield source

    assert places(undocumented, (*FLOORS, *ELSEWHERE)) == []


def test_no_file_is_named_after_nothing() -> None:
    vague = re.compile(r"(utils?|helpers?|misc|common|managers?)$")
    paths = python_files(*FLOORS, *ELSEWHERE)
    assert [str(path) for path in paths if vague.search(path.stem) or vague.search(path.parent.name)] == []


def test_no_module_holds_two_subjects() -> None:
    long = {
        path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8").count("\n")
        for path in python_files(*FLOORS)
    }
    assert {place: lines for place, lines in long.items() if lines > LINES_OF_TWO_SUBJECTS} == {}


SCRIPT = r"<script(?![^>]*\bsrc=)[^>]*>"
HANDLER = r"<[a-zA-Z][^>]*\son[a-z]+\s*="
SCRIPT_ADDRESS = r"""(?:href|src|action)\s*=\s*["']?\s*javascript:"""
STYLE = r"<[a-zA-Z][^>]*\sstyle\s*=|<style\b"


@pytest.mark.parametrize("inline", [SCRIPT, HANDLER, SCRIPT_ADDRESS, STYLE])
def test_pages_hold_no_script_and_no_style(inline: str) -> None:
    # The security policy forbids both. Mail readers and the PDF tool want their styles inside.
    guilty = []
    for path in sorted((ROOT / "templates").rglob("*.html*")):
        place = path.relative_to(ROOT / "templates").as_posix()
        if inline != STYLE or not place.startswith(("emails/", "documents/")):
            guilty += [f"{place}: {found.group()}" for found in re.finditer(inline, path.read_text(encoding="utf-8"))]
    assert guilty == []


@pytest.mark.parametrize("lock", ["requirements.txt", "requirements-dev.txt"])
def test_the_lock_is_complete_and_names_no_registry(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    entries = re.split(r"\n(?=[A-Za-z0-9])", re.sub(r"^#.*\n", "", text, flags=re.MULTILINE))
    assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []
    assert re.findall(r"https?:|file:|^-|/[a-z]+/", text, flags=re.MULTILINE) == []
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = project["dependencies"] + (project["optional-dependencies"]["dev"] if "dev" in lock else [])
    pins = {re.sub(r"\[.*?\]", "", pin).lower() for pin in wanted if "==" in pin}
    assert pins - {entry.split()[0].lower() for entry in entries} == set()
