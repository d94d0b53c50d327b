"""What docs/security.md says: each place that it names exists, and what no other test shows."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.test_house import FLOORS, imports_of, places, tree

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "security.md"
NAMED = re.compile(r"`([\w./-]+?\.(?:py|md|toml|txt)|static/vendor|\.ci/run)(?:::(\w+)…?)?`")


@pytest.fixture
def seeded_url(seeded_sqlite_url: str) -> str:
    """Nothing here depends on the database's engine."""
    return seeded_sqlite_url


def _named() -> Iterator[tuple[str, str]]:
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        yield from NAMED.findall(line)


def _found(place: str) -> list[Path]:
    """The files that a place may be: `test_oidc.py`, `services/accounts.py`, `docs/operations.md`."""
    if (ROOT / place).exists():
        return [ROOT / place]
    folders = (*FLOORS, "tests")
    return [path for folder in folders for path in (ROOT / folder).rglob(Path(place).name) if str(path).endswith(place)]


def test_every_place_that_shows_a_point_exists() -> None:
    named = list(_named())
    assert len(named) > 150
    missing = []
    for place, function in named:
        tests = [
            node.name
            for path in _found(place)
            if path.suffix == ".py"
            for node in tree(path).body
            if isinstance(node, ast.FunctionDef)
        ]
        if not _found(place) or (function and not any(name.startswith(function) for name in tests)):
            missing.append(f"{place}::{function}")
    assert missing == []


def test_every_chapter_is_walked_through() -> None:
    chapters = re.findall(r"^## V(\d+) ", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert {*chapters} == {str(number) for number in range(1, 15)}


def test_nothing_of_ours_reads_xml_or_pickles() -> None:
    assert places(imports_of("pickle", "marshal", "shelve", "lxml", "defusedxml", "pyexpat", "xmlrpc"), FLOORS) == []
    writers = {"Element", "SubElement", "escape", "indent", "quoteattr", "tostring"}

    def reading(source: ast.Module) -> Iterator[ast.AST]:
        for node in imports_of("xml")(source):
            if not (isinstance(node, ast.ImportFrom) and {alias.name for alias in node.names} <= writers):
                yield node

    assert places(reading, FLOORS) == []


def test_browsers_are_given_nothing_of_a_case_to_keep() -> None:
    kept = re.compile(r"(localStorage|sessionStorage|indexedDB|caches)\b[.\[]\w*\(?([^,)]*)")
    said = {
        (path.name, what.strip())
        for path in sorted((ROOT / "static/js").glob("*.js"))
        for store, what in kept.findall(path.read_text(encoding="utf-8"))
    }
    assert {name for name, _ in said} == {"theme.js", "sorting.js", "queue_keys.js"}
    assert all(what.startswith(("KEPT", "STORE", '"theme"')) for _, what in said)


def test_answers_name_no_version(client: FlaskClient) -> None:
    for path in ("/", "/nulle-part", "/sante/vivant"):
        answer = client.get(path, headers={"Origin": "https://ailleurs.example"})
        told = {name.lower() for name, _ in answer.headers}
        assert not told & {"server", "x-powered-by", "access-control-allow-origin"}
    for method in ("PUT", "DELETE", "PATCH", "TRACE"):
        assert client.open("/", method=method).status_code == 405, method


def test_what_programs_read_is_never_opened_as_a_page(client: FlaskClient) -> None:
    asked = {"Accept": "application/json"}
    for address in ("/sante/pret", "/adresses?q=rue des", "/cette-page-n-existe-pas"):
        answer = client.get(address, headers=asked)
        assert "json" in answer.content_type, address
        assert answer.headers["Content-Disposition"] == 'attachment; filename="api.json"', address
    assert "Content-Disposition" not in client.get("/").headers
