"""Codes that an application and the house compute from one key and the time (TOTP, RFC 6238; HOTP, RFC 4226)."""

import base64
import hashlib
import hmac
import struct
from datetime import datetime
from urllib.parse import quote, urlencode

PERIOD_SECONDS = 30
DIGITS = 6
# A telephone that is half a minute early or late is not refused.
DRIFT = 1
KEY_BYTES = 20


def counter_at(now: datetime) -> int:
    """The number of the period that an instant is in, counted from 1970."""
    return int(now.timestamp()) // PERIOD_SECONDS


def code_of(key: bytes, counter: int) -> str:
    """The six digits of a period (RFC 4226 §5.3, HMAC-SHA-1 as every application computes it)."""
    digest = hmac.new(key, struct.pack(">Q", counter), hashlib.sha1).digest()
    start = digest[-1] & 15
    number = struct.unpack(">I", digest[start : start + 4])[0] & 0x7FFFFFFF
    return str(number % 10**DIGITS).zfill(DIGITS)


def find_counter(key: bytes, code: str, now: datetime, last: int) -> int | None:
    """The period whose code this is, one away at most and later than `last`: no code opens twice (RFC 6238 §5.2)."""
    if not key:  # anybody can compute with a key that is not there
        return None
    typed = "".join(sign for sign in code if sign.isdigit() and sign.isascii())
    found = None
    for counter in range(counter_at(now) - DRIFT, counter_at(now) + DRIFT + 1):
        # Every period is compared, whatever the first gave.
        if hmac.compare_digest(code_of(key, counter), typed) and counter > last:
            found = counter
    return found


def written(key: bytes) -> str:
    """The key as people type it into an application: base32 in groups of four."""
    text = base64.b32encode(key).decode().rstrip("=")
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))


def address_of(key: bytes, issuer: str, account: str) -> str:
    """The `otpauth:` address that a QR code gives to an application."""
    label = quote(f"{issuer}:{account}")
    asked = urlencode({"secret": base64.b32encode(key).decode().rstrip("="), "issuer": issuer}, quote_via=quote)
    return f"otpauth://totp/{label}?{asked}"
