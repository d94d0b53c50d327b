"""The numbers of forms: random, and marked as ours, so that a form whose session ended is known from a made-up one.

A number is also that of the request which its form becomes: sent twice, it is one. It opens nothing by itself.
"""

import base64
import binascii
import hashlib
import hmac
import re
import secrets

from backoffice.web.current import runtime

NUMBER = re.compile(r"[A-Za-z0-9_-]{22}")
RANDOM_BYTES, MARK_BYTES = 10, 6
PURPOSE = b"form-number\0"


def new() -> str:
    """A number that nobody has."""
    chosen = secrets.token_bytes(RANDOM_BYTES)
    return base64.urlsafe_b64encode(chosen + _mark(runtime().settings.secret_key, chosen)).decode().rstrip("=")


def is_ours(number: str) -> bool:
    """Whether we gave this number to a form, under one of the keys still accepted."""
    if not NUMBER.fullmatch(number):
        return False
    try:
        read = base64.urlsafe_b64decode(f"{number}==")
    except binascii.Error:
        return False
    chosen, mark = read[:RANDOM_BYTES], read[RANDOM_BYTES:]
    return any(hmac.compare_digest(_mark(key, chosen), mark) for key in runtime().settings.secret_keys)


def _mark(key: str, chosen: bytes) -> bytes:
    return hmac.new(key.encode(), PURPOSE + chosen, hashlib.sha256).digest()[:MARK_BYTES]
