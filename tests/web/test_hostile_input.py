"""Whatever is written in an address or a form, by whomever: an answer, never a failure, the same on both engines."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from backoffice.infra.runtime import Runtime
from backoffice.models.cases import Case
from backoffice.web import legal_forms
from tests import factories
from tests.conftest import OpenApp
from tests.web import everything
from tests.web.everything import Everything, Form, Forms
from tests.web.visits import STAFF

HERE = Path(__file__).parents[2]
NUL, ENDLESS, LARGE = "\x00", "x" * 10_000, "99999999999999999999"
LARGEST_ROW = str(2**63 - 1)
HOSTILE = (
    f"2026-{NUL}000001",
    LARGE,
    LARGEST_ROW,
    "-1",
    "²",
    "😀",
    ENDLESS,
    "9" * 5000,
    "9999-12-31",
    "0001-01-01",
    "<script>alert(1)</script>'\"",
    "{{ 7 * 7 }}%s%(x)s",
)
WRITTEN = (f"2026-{NUL}000001", LARGE, "😀", "9999-12-31", "0001-01-01")
FAILURES = frozenset({500, 501, 502})
"""What is only not ready yet (a file that the antivirus has not seen) says 503, in French."""
IN_HASTE = (NUL, LARGE)
OF_THE_PAGE = frozenset({"revision", "history", "form_key"})
"""What a page of a case notes by itself: without it, nothing else is read."""
READ = re.compile(
    r"""args(?:\.get|\.getlist)?[(\[]\s*"(\w+)"|given(?:\.get|\.getlist)?[(\[]\s*"(\w+)"|_field\(request.args,\s*"(\w+)\""""
)


@pytest.fixture
def app(open_app: OpenApp, seeded_url: str) -> Flask:
    """The web application, where nobody sends too much."""
    return open_app(seeded_url, public_posts_per_minute=0)


@pytest.fixture
def house(app: Flask) -> Everything:
    """One thing of each kind; forms need no proof of origin here."""
    app.config["WTF_CSRF_ENABLED"] = False
    return everything.fill(_runtime(app))


def _runtime(app: Flask) -> Runtime:
    found: Runtime = app.extensions["parvis"]
    return found


def _parameters() -> list[str]:
    """Every parameter of an address that the pages read."""
    sources = [*(HERE / "backoffice/web").glob("*.py"), *(HERE / "channels/http").glob("*.py")]
    found = (match for path in sources for match in READ.finditer(path.read_text(encoding="utf-8")))
    return sorted({next(filter(None, match.groups())) for match in found})


def _addresses(app: Flask, house: Everything, values: tuple[str, ...], *, real: bool) -> Iterator[str]:
    """Every page with hostile parameters, and hostile parts where it has some; real parts too when asked."""
    names = _parameters()
    assert {"q", "vue", "du", "au", "next", "service", "agent", "apres", "jours", "reference", "state"} <= set(names)
    for value in values:
        written = quote(value, safe="")
        query = "&".join(f"{name}={written}" for name in names)
        for rule in everything.routes(app):
            if rule.arguments:
                yield house.address(rule, **dict.fromkeys(rule.arguments, written)) + "?" + query
            if real or not rule.arguments:
                yield house.address(rule) + "?" + query


def _fails(client: FlaskClient, addresses: Iterator[str]) -> list[str]:
    found = []
    for address in addresses:
        with client.get(address) as answer:
            if answer.status_code in FAILURES:
                found.append(f"{answer.status_code} {address[:150]}")
    return found


def test_no_page_fails_on_a_hostile_address(app: Flask, house: Everything) -> None:
    everywhere = everything.browser_of(app, staff_id=house.everywhere_id, citizen_id=house.citizen_id)
    assert _fails(everywhere, _addresses(app, house, IN_HASTE, real=True)) == []
    others = tuple(value for value in HOSTILE if value not in IN_HASTE) if _is_strict(app) else ()
    assert _fails(everywhere, _addresses(app, house, others, real=False)) == []
    assert _fails(app.test_client(), _addresses(app, house, IN_HASTE, real=False)) == []


@pytest.mark.parametrize("seeded_url", ["sqlite"], indirect=True)
def test_no_page_fails_on_a_hostile_address_whoever_opens_it(app: Flask, house: Everything) -> None:
    with _runtime(app).database.reading() as session:
        people = [factories.staff_named(session, name).id for name in (*STAFF, "Antoine")]
    for staff_id in people:
        browser = everything.browser_of(app, staff_id=staff_id)
        assert _fails(browser, _addresses(app, house, IN_HASTE, real=False)) == []


def _forms(app: Flask, house: Everything) -> list[Form]:
    """Every form that a page shows."""
    client = everything.browser_of(app, staff_id=house.everywhere_id, citizen_id=house.citizen_id)
    client.post("/suivi", data={"reference": house.case.reference, "code": house.case.tracking_code})
    found: dict[tuple[str, frozenset[str]], Form] = {}
    addresses = app.url_map.bind("localhost")
    acts = [f"/agents/dossiers/{house.case.reference}/actes/{act.code}" for act in legal_forms.ACTS]
    for address in [*map(house.address, everything.routes(app)), *acts]:
        with client.get(address, follow_redirects=True) as page:
            if page.mimetype == "text/html":
                for form in Forms(page.text, address).found:
                    if form.method == "post":
                        endpoint, _ = addresses.match(urlsplit(form.action).path, "POST")
                        found.setdefault((endpoint, frozenset(form.fields)), form)
    return list(found.values())


def _is_strict(app: Flask) -> bool:
    """PostgreSQL refuses most: a zero byte, a text too long, a text where a day stands. SQLite takes them all."""
    return "postgresql" in _runtime(app).settings.database_url


def _ways_to_fill(form: Form, *, strict: bool) -> Iterator[dict[str, str]]:
    """The form with every field hostile, each value in turn; then with one endless field, the others as they should."""
    for value in WRITTEN:
        yield form.fields | dict.fromkeys(set(form.fields) - OF_THE_PAGE, value)
    for name in form.written if strict else ():
        yield {**form.fields, name: ENDLESS}


def _revision(app: Flask, house: Everything) -> int:
    with _runtime(app).database.reading() as session:
        return session.get_one(Case, house.case.id).revision


def test_no_form_fails_on_what_is_written_in_it(app: Flask, house: Everything) -> None:
    failures = []
    forms = _forms(app, house)
    assert len(forms) > 35
    for form in forms:
        for fields in _ways_to_fill(form, strict=_is_strict(app)):
            # A new browser each time: some forms sign out.
            client = everything.browser_of(app, staff_id=house.everywhere_id, citizen_id=house.citizen_id)
            if "revision" in fields:
                fields["revision"] = str(_revision(app, house))
            with client.session_transaction() as session:
                session["cases"] = {house.case.reference: 9999999999}
            answer = client.post(form.action, data=fields)
            if answer.status_code in FAILURES or "trop long ou illisible" in answer.text:
                said = {name: value[:30] for name, value in fields.items()}
                failures.append(f"{answer.status_code} {form.action} {said}")
    assert failures == []
