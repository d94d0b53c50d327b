"""What a citizen's browser does with a form in steps: open it, send a page, follow it to the next one."""

import re
from html import unescape
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.web.citizen_visits import a_file, form_path, post_files
from tests.web.visits import hidden

GRANT = "association_grant"
CARRIED = ("csrf_token", "submission", "shown", "page", "version", "revision")
ASSOCIATION = {"rna": "W751234567", "siret": "732 829 320 00074", "iban": "FR76 3000 6000 0112 3456 7890 189"}
MONEY = {"kind": "operating", "amount": "2 500", "expenses": "10 000", "renewal": "no"}
PDF = b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n"
JEANNE = {
    "requester.family_name": "Martin",
    "requester.given_names": "Jeanne",
    "requester.email": "jeanne.martin@courriel.example",
}


def a_budget(name: str = "budget.pdf") -> Any:
    """A file to join."""
    return a_file(PDF, name)


def action_of(page: str) -> str:
    """Where the form of a page goes."""
    found = re.search(r'<form method="post"(?: id="demande")? action="(/(?:demarches|brouillons)/[^"]+)"', page)
    assert found, "no form in the page"
    return unescape(found[1])


def key_of(page: str) -> str:
    """The number of the form."""
    return hidden(page, "submission")


def send_page(client: FlaskClient, page: str, fields: dict[str, Any], path: str = "") -> TestResponse:
    """Send the form of a page, with what it carries by itself."""
    carried = {name: hidden(page, name) for name in CARRIED if f'name="{name}"' in page}
    return post_files(client, path or action_of(page), {**carried, **fields})


def go_on(client: FlaskClient, page: str, fields: dict[str, Any]) -> str:
    """Send a page that is right, and open the next one."""
    answer = send_page(client, page, fields)
    assert answer.status_code == 303, answer.text
    return client.get(answer.location).text


def first(client: FlaskClient, code: str = GRANT) -> str:
    """The first page of a form in steps."""
    return client.get(form_path(code)).text


def up_to_money(client: FlaskClient) -> str:
    """The second page of a grant, the first one being done."""
    return go_on(client, first(client), ASSOCIATION)


def up_to_details(client: FlaskClient) -> str:
    """The page about whoever asks, all before it being done."""
    page = go_on(client, up_to_money(client), {**MONEY, "budget": a_budget()})
    page = go_on(client, page, {"republican_commitment": "yes"})
    return go_on(client, page, {"document.bank_details": a_budget("rib.pdf")})


def up_to_summary(client: FlaskClient) -> str:
    """All the answers, to read again."""
    return go_on(client, up_to_details(client), JEANNE)
