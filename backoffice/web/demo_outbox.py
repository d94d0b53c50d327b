"""DÉMONSTRATION: the mails and SMS that nobody sends, on a page where anybody can read them; nowhere else."""

import json
import re
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from email.utils import parsedate_to_datetime
from pathlib import Path

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue

from backoffice.errors import NotFound
from backoffice.infra.sms import SUFFIX, Sms
from backoffice.web.access import Audience, audience
from backoffice.web.current import authority, runtime
from backoffice.web.files import disposition

pages = Blueprint("demo_outbox", __name__)

MOST_SHOWN = 100
FILE_NAME = re.compile(r"[A-Za-z0-9@+_=-][A-Za-z0-9@+._=-]*\.eml")


@pages.get("/demonstration/courriels")
@audience(Audience.PUBLIC)
def show() -> ResponseReturnValue:
    """The newest mails first."""
    files = sorted(_folder().glob("*.eml"), key=lambda path: (path.stat().st_mtime_ns, path.name), reverse=True)
    mails = [(path.name, _read(path)) for path in files[:MOST_SHOWN]]
    written = sorted(_folder().glob(f"*{SUFFIX}"))[-MOST_SHOWN:]
    texts = [json.loads(path.read_text(encoding="utf-8")) for path in written]
    return render_template(
        "demo/outbox.html",
        mails=[(name, mail, _sent_at(mail)) for name, mail in mails],
        texts=[Sms(**one) for one in reversed(texts)],
    )


@pages.get("/demonstration/courriels/<name>")
@audience(Audience.PUBLIC)
def mail(name: str) -> ResponseReturnValue:
    """One mail as its reader would see it, in its text version."""
    found = _read(_path(name))
    body = found.get_body(("plain",))
    return render_template(
        "demo/mail.html",
        name=name,
        mail=found,
        sent_at=_sent_at(found),
        text=body.get_content() if body else "",
        files=[part.get_filename() or "fichier" for part in found.iter_attachments()],
    )


@pages.get("/demonstration/courriels/<name>/<int:number>")
@audience(Audience.PUBLIC)
def attachment(name: str, number: int) -> ResponseReturnValue:
    """A file that a mail carries."""
    parts = list(_read(_path(name)).iter_attachments())
    if number >= len(parts):
        raise NotFound
    response = Response(parts[number].get_payload(decode=True), mimetype="application/octet-stream")
    response.headers["Content-Disposition"] = disposition("attachment", parts[number].get_filename() or "fichier")
    return response


def _folder() -> Path:
    settings = runtime().settings
    if not settings.demo:
        raise NotFound
    return settings.outbox_dir


def _path(name: str) -> Path:
    path = _folder() / name
    if not FILE_NAME.fullmatch(name) or not path.is_file():
        raise NotFound
    return path


def _read(path: Path) -> EmailMessage:
    message = message_from_bytes(path.read_bytes(), policy=default)
    assert isinstance(message, EmailMessage)  # noqa: S101 (the policy makes these)
    return message


def _sent_at(found: EmailMessage) -> str:
    if not found["Date"]:
        return ""
    here = parsedate_to_datetime(str(found["Date"])).astimezone(authority().timezone)
    return here.strftime("%d/%m/%Y %H:%M")
