"""The door of the telephone system: what it tells of calls, signed, a few minutes old at most (docs/telephony.md)."""

import hashlib
import hmac
import json
import time
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import IntegrityError

from backoffice.domain.calls import CallNews, read_news
from backoffice.errors import BackofficeError, Forbidden, Invalid, NotFound
from backoffice.models.calls import CallRecord
from backoffice.services import calls
from backoffice.web import errors, security
from backoffice.web.access import Audience, audience
from backoffice.web.current import authority, runtime

pages = Blueprint("call_webhook", __name__)

TIMESTAMP, SIGNATURE = "X-Parvis-Timestamp", "X-Parvis-Signature"
SCHEME = "sha256="
JSON = "application/json"
WINDOW_SECONDS = 300
MOST_BYTES = 16 * 1024
OFF = "La téléphonie n’est pas reliée à cette installation : voyez CALL_WEBHOOK_SECRET."


@pages.post("/telephonie/appels")
@security.answers_itself
@audience(Audience.MACHINE)
def receive() -> ResponseReturnValue:
    """News of a call: 200 and its number here, or problem details (RFC 9457)."""
    try:
        told_at, body = _signed_body()
        news = _read(body)
        call = _write(news, told_at)
    except BackofficeError as error:
        return errors.problem(error)
    return jsonify(id=news.external_id, call=call.id, known_caller=call.citizen_id is not None)


def _write(news: CallNews, told_at: datetime) -> CallRecord:
    def write() -> CallRecord:
        with runtime().database.transaction() as session:
            return calls.receive(session, authority().id, news, told_at)

    try:
        return write()
    except IntegrityError:  # the first two news of one call at the same instant
        return write()


def _signed_body() -> tuple[datetime, bytes]:
    """When it was told, and what; raise Forbidden for what the telephone system did not sign just now."""
    secret = runtime().settings.call_webhook_secret
    if not secret:
        raise NotFound(OFF)
    if request.mimetype != JSON:
        raise Invalid(f"Le contenu est annoncé comme {JSON} (Content-Type).")
    if (request.content_length or MOST_BYTES + 1) > MOST_BYTES:
        raise Invalid(f"{MOST_BYTES // 1024} ko au plus, dont la taille est annoncée (Content-Length).")
    body, stamp = request.get_data(), request.headers.get(TIMESTAMP, "")
    expected = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    given = request.headers.get(SIGNATURE, "").removeprefix(SCHEME)
    if not hmac.compare_digest(given.encode(), expected.encode()):
        raise Forbidden("La signature de cet appel n’est pas la bonne.")
    if not (stamp.isascii() and stamp.isdigit() and abs(time.time() - int(stamp[:12])) <= WINDOW_SECONDS):
        raise Forbidden("Ce message a plus de cinq minutes, ou l’heure du serveur téléphonique n’est pas juste.")
    return datetime.fromtimestamp(int(stamp), UTC), body


def _read(body: bytes) -> CallNews:
    try:
        data: Any = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Invalid("Un objet JSON est attendu.") from error
    return read_news(data)
