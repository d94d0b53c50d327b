"""Text messages out: handed to an HTTP gateway, or written in the local outbox of the demonstration."""

import json
import os
import tempfile
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from backoffice.errors import Invalid, Unavailable
from backoffice.settings import Settings

TIMEOUT_SECONDS = 15
SUFFIX = ".sms.json"
# Answers that say something of the gateway or of our account, not of this message: later may be better.
NOT_OF_THIS_MESSAGE = frozenset({401, 402, 403, 404, 405, 407, 408, 409, 425, 429})


class Refused(Invalid):
    """The message will never leave: the gateway says so for good."""

    title = "SMS refusé"
    sentence = "La passerelle refuse ce SMS : le numéro n’en reçoit sans doute pas."


@dataclass(frozen=True, slots=True)
class Sms:
    """A message ready to leave; `key` is always the same for the same message, so that a gateway can drop a repeat."""

    key: str
    to: str
    text: str
    written_at: str


def is_on(settings: Settings) -> bool:
    """Whether text messages leave at all: there is a gateway, or the outbox of the demonstration."""
    return bool(settings.sms_url) or settings.demo


def send(settings: Settings, sms: Sms) -> None:
    """POST `{"to", "text", "sender", "id"}` as JSON to the gateway of the settings, or write it in the local outbox.

    Raises Unavailable when trying later may work, Refused when it cannot. Nothing is sent when nothing is on.
    """
    if settings.sms_url:
        _post(settings, sms)
    elif settings.demo:
        _keep(settings.outbox_dir, sms)


def _post(settings: Settings, sms: Sms) -> None:
    body = {"to": sms.to, "text": sms.text, "sender": settings.sms_sender, "id": sms.key}
    headers = {"Idempotency-Key": sms.key}
    if settings.sms_token:
        headers["Authorization"] = f"Bearer {settings.sms_token}"
    import requests  # noqa: PLC0415 (long to load, and most installations have no gateway)

    try:
        # A redirection would hand the number over to whoever answers there.
        answer = requests.post(
            settings.sms_url, json=body, headers=headers, timeout=TIMEOUT_SECONDS, allow_redirects=False
        )
    except requests.RequestException as fault:
        raise Unavailable(f"La passerelle SMS ne répond pas ({type(fault).__name__}). L’envoi sera retenté.") from fault
    code = answer.status_code
    if 200 <= code < 300:
        return
    if 400 <= code < 500 and code not in NOT_OF_THIS_MESSAGE:
        raise Refused(f"La passerelle refuse ce SMS (réponse {code}) : le numéro n’en reçoit sans doute pas.")
    raise Unavailable(f"La passerelle SMS n’a pas pris ce message (réponse {code}). L’envoi sera retenté.")


def _keep(folder: Path, sms: Sms) -> None:
    """Write the message whole or not at all; written again, it replaces itself."""
    folder.mkdir(parents=True, exist_ok=True)
    descriptor, draft = tempfile.mkstemp(dir=folder, prefix=".draft-")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            json.dump(asdict(sms), stream, ensure_ascii=False)
        moment = datetime.fromisoformat(sms.written_at)
        Path(draft).rename(folder / f"{moment:%Y%m%dT%H%M%S}-{sms.key}{SUFFIX}")
    finally:
        Path(draft).unlink(missing_ok=True)
