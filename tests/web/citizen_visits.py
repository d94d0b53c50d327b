"""What a citizen's browser does in a test: open a form, fill it in, send it, follow the case."""

import io
import re
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from backoffice.infra.runtime import Runtime
from backoffice.models.cases import Attachment, Case, Message
from tests.web.visits import hidden

HOLE = {
    "category": "pothole",
    "location.address": "12 rue des Lilas",
    "description": "Un trou profond s’est formé.",
    "danger": "no",
}
JEANNE = {
    "requester.family_name": "Martin",
    "requester.given_names": "Jeanne",
    "requester.email": "jeanne.martin@courriel.example",
}
PICTURE = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x02\x00\x00\x00\x90wS\xde\x00\x00\x00\x0cIDATx\x9cc```"
    b"\x00\x00\x00\x04\x00\x01\xf6\x178U\x00\x00\x00\x00IEND\xaeB`\x82"
)


def runtime_of(app: Flask) -> Runtime:
    """The tools of the application."""
    found: Runtime = app.extensions["parvis"]
    return found


def form_path(code: str = "street_issue") -> str:
    """The address of a procedure's form."""
    return f"/demarches/{code}/demande"


def carried(page: str) -> dict[str, str]:
    """What the form of a page carries by itself: its proof of origin, its number, and the questions it shows."""
    names = ("csrf_token", "submission", "shown")
    return {name: hidden(page, name) for name in names if f'name="{name}"' in page}


def send(client: FlaskClient, fields: dict[str, Any], code: str = "street_issue", page: str = "") -> TestResponse:
    """Fill a fresh form (or that of a page) and send it."""
    page = page or client.get(form_path(code)).text
    return post_files(client, form_path(code), {**carried(page), **fields})


def post_files(client: FlaskClient, path: str, fields: dict[str, Any]) -> TestResponse:
    """Post a form with files (encoded here: the client would leave its temporary files open)."""
    boundary, body = encode_multipart(fields)
    return client.post(path, data=body, content_type=f"multipart/form-data; boundary={boundary}")


def a_file(content: bytes = PICTURE, name: str = "trou.png") -> FileStorage:
    """A file as a browser posts it."""
    return FileStorage(io.BytesIO(content), name)


def kept_files(page: str) -> list[str]:
    """The marks of the files that were received already."""
    return re.findall(r'name="kept_file" value="([^"]+)"', page)


def all_cases(app: Flask) -> list[Case]:
    """Every case, oldest first."""
    with runtime_of(app).database.reading() as session:
        return session.query(Case).order_by(Case.id).all()


def all_messages(app: Flask, case: Case) -> list[Message]:
    """Every message of a case, notes included."""
    with runtime_of(app).database.reading() as session:
        return session.query(Message).filter_by(case_id=case.id).order_by(Message.id).all()


def all_attachments(app: Flask, case: Case) -> list[Attachment]:
    """Every file of a case."""
    with runtime_of(app).database.reading() as session:
        return session.query(Attachment).filter_by(case_id=case.id).order_by(Attachment.id).all()


def count(app: Flask, model: type) -> int:
    """How many rows a table has."""
    with runtime_of(app).database.reading() as session:
        return session.query(model).count()
