"""Secrets at rest: sealed with the keys of the installation, so that a stolen database gives them to nobody."""

import base64
import hashlib
from typing import TYPE_CHECKING

from backoffice.settings import Settings

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet


def seal(settings: Settings, text: str) -> str:
    """The text, encrypted and authenticated with today's key; an empty text stays empty."""
    return _box(settings).encrypt(text.encode()).decode() if text else ""


def unseal(settings: Settings, sealed: str) -> str:
    """The text again; empty when no key of ours opens it (a key was withdrawn)."""
    from cryptography.fernet import InvalidToken

    try:
        return _box(settings).decrypt(sealed.encode()).decode() if sealed else ""
    except InvalidToken:
        return ""


def _box(settings: Settings) -> "MultiFernet":
    from cryptography.fernet import Fernet, MultiFernet

    # A key for this use alone, derived from the installation's.
    keys = (hashlib.sha256(b"parvis-seal\0" + key.encode()).digest() for key in settings.secret_keys)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in keys])


def seal_again(settings: Settings, sealed: str) -> str:
    """The same text under today's key; empty when no key of ours opens it."""
    from cryptography.fernet import InvalidToken

    try:
        return _box(settings).rotate(sealed.encode()).decode()
    except InvalidToken:
        return ""


def is_sealed(text: str) -> bool:
    """Whether a text looks like one of `seal` (a Fernet token: version 0x80, then the hour)."""
    return text.startswith("gAAAAA")
