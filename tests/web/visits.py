"""What a browser does in a test: open a page, post its form with its token, sign in as one of the starter staff."""

import re
from html import unescape
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests import factories

STAFF = {
    "Sandrine": "sandrine.legoff@saint-aubin.example",
    "Karim": "karim.benali@saint-aubin.example",
    "Hélène": "helene.marchand@saint-aubin.example",
    "Philippe": "philippe.lambert@saint-aubin.example",
    "Inès": "ines.haddad@saint-aubin.example",
    "Paul": "paul.kervadec@saint-aubin.example",
    "Nadia": "nadia.ferreira@saint-aubin.example",
    "Marc": "marc.duval@saint-aubin.example",
    "Élodie": "elodie.vasseur@saint-aubin.example",
    "Julie": "julie.caron@saint-aubin.example",
}
SIGN_IN = "/agents/connexion"


def csrf_token(client: FlaskClient, path: str = SIGN_IN) -> str:
    """The proof of origin that a page gives to its forms."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get(path).text)
    assert found, f"{path} has no form"
    return found[1]


def post(client: FlaskClient, path: str, data: dict[str, Any], *, token_from: str = SIGN_IN) -> TestResponse:
    """Post a form as its page would."""
    return client.post(path, data={**data, "csrf_token": csrf_token(client, token_from)})


def sign_in(client: FlaskClient, first_name: str) -> None:
    """Sign in as one of the starter staff."""
    answer = post(client, SIGN_IN, {"email": STAFF[first_name], "password": factories.PASSWORD})
    assert answer.status_code == 303, answer.text


def hidden(page: str, name: str) -> str:
    """The first hidden value of this name in a page."""
    found = re.search(rf'name="{re.escape(name)}" value="([^"]*)"', page)
    assert found, f"no {name} in the page"
    return unescape(found[1])


def words(page: str) -> str:
    """The text of a page, on one line, as it is read."""
    text = re.sub(r"<(script|style|svg)\b.*?</\1>", " ", page, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split())
