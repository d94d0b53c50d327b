"""A kiosk in a test: added and installed as an administrator and a device do it."""

import re

from flask import Flask
from flask.testing import FlaskClient

from tests.web.conftest import SignedIn

TEXTS = {"idle_seconds": "90", "title_fr": "Bonjour à tous", "title_en": "Hello everybody"}
OFFERED = {"procedure_street_issue": "yes", "procedure_room_booking": "yes"}


def code_of(page: str) -> str:
    """The code that installs a kiosk, as its page shows it."""
    found = re.search(r'class="code">([0-9A-Z-]+)<', page)
    assert found
    return found[1]


def a_kiosk(app: Flask, signed_in: SignedIn, place: str = "Hall de la mairie", **printer: str) -> FlaskClient:
    """A device that was installed, on the first page of a visit."""
    admin = signed_in("Nadia")
    assert admin.post("/agents/bornes/textes", data=TEXTS | OFFERED).status_code == 303
    code = code_of(admin.post("/agents/bornes/nouvelle", data={"place": place, **printer}).text)
    device = app.test_client()
    assert device.post("/borne", data={"code": code.lower()}).headers["Location"] == "/borne"
    assert device.get("/borne").status_code == 200
    return device
