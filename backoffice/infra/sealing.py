"""Secrets at rest: sealed with the keys of the installation, so that a stolen database gives them to nobody."""

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from backoffice.settings import Settings


def seal(settings: Settings, text: str) -> str:
    """The text, encrypted and authenticated with today's key; an empty text stays empty."""
    return _box(settings).encrypt(text.encode()).decode() if text else ""


def unseal(settings: Settings, sealed: str) -> str:
    """The text again; empty when no key of ours opens it (a key was withdrawn)."""
    try:
        return _box(settings).decrypt(sealed.encode()).decode() if sealed else ""
    except InvalidToken:
        return ""


def _box(settings: Settings) -> MultiFernet:
    # A key for this use alone, derived from the installation's.
    keys = (hashlib.sha256(b"parvis-seal\0" + key.encode()).digest() for key in settings.secret_keys)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in keys])
