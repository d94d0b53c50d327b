"""A citizen sends a form over HTTP, with the checks, the receipt and the promise of its acknowledgement."""

import re
import secrets
from collections.abc import Iterator
from http.client import HTTPConnection
from urllib.parse import urlencode

from benchmarks import bare, load
from benchmarks.load import Ask, Maker
from benchmarks.measure import Line
from benchmarks.pages import Comparison, compare
from benchmarks.served import Served
from benchmarks.subject import Bench

PATH = "/demarches/street_issue/demande"
TARGET = 3.0
FIELDS = {
    "category": "pothole",
    "location.address": "12 rue des Lilas",
    "description": "Un trou profond s’est formé devant le numéro 12, au bord du trottoir.",
    "danger": "no",
    "requester.family_name": "Martin",
    "requester.given_names": "Jeanne",
    "requester.email": "jeanne.martin@courriel.example",
    "requester.contact_preference": "email",
}
BARE_FIELDS = {name: FIELDS.get(name) or FIELDS[f"requester.{name}"] for name in bare.COLUMNS}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def run(bench: Bench) -> Iterator[Line]:
    """Only the POST is counted: each visitor already has the page of the form, its cookie and its proof of origin."""
    plain = Ask("POST", "/", urlencode(BARE_FIELDS).encode(), FORM)
    one = Comparison("form_post", "without files", _forms, "insert", plain, 303, TARGET)
    for engine in bench.engines:
        with engine.lend() as url:
            bare.prepare(url)
            yield from compare(bench, engine, url, one, bench.many(600))


def _forms(product: Served) -> Maker:
    """Makes the nth form: its own number, the cookie and the proof of the visitor, an address among many."""
    visitors = [_open_form(product.port) for _ in range(load.CONNECTIONS)]

    def form(number: int) -> Ask:
        cookie, proof = visitors[number % load.CONNECTIONS]
        fields = FIELDS | {"submission": secrets.token_urlsafe(16), "csrf_token": proof}
        address = f"10.{secrets.randbelow(256)}.{secrets.randbelow(256)}.{secrets.randbelow(256)}"
        sent_by = load.BROWSER | {"Cookie": cookie, "X-Forwarded-For": address}
        return Ask("POST", PATH, urlencode(fields).encode(), FORM | sent_by)

    return form


def _open_form(port: int) -> tuple[str, str]:
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", PATH)
    answer = connection.getresponse()
    page = answer.read().decode()
    proof = re.search(r'name="csrf_token" value="([^"]+)"', page)
    if answer.status != 200 or not proof:
        raise RuntimeError(f"{PATH}: {answer.status}")
    cookie = (answer.getheader("Set-Cookie") or "").partition(";")[0]
    return cookie, proof[1]
