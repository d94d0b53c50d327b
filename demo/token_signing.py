"""Signs the demonstration's tokens with `cryptography` alone: another library than the one that checks them."""

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

KEY_ID = "pkcs11:ES256:hsm"
"""FranceConnect's key keeps its name for ever, even when it changes."""
COORDINATE_BYTES = 32


class SigningKey:
    """An ES256 key and its public part as a JWK."""

    def __init__(self, key_id: str = KEY_ID) -> None:
        self.key_id = key_id
        self._private = ec.generate_private_key(ec.SECP256R1())

    @property
    def jwk(self) -> dict[str, str]:
        """The public key."""
        numbers = self._private.public_key().public_numbers()
        return {
            "kty": "EC",
            "crv": "P-256",
            "use": "sig",
            "alg": "ES256",
            "kid": self.key_id,
            "x": encoded(numbers.x.to_bytes(COORDINATE_BYTES)),
            "y": encoded(numbers.y.to_bytes(COORDINATE_BYTES)),
        }

    def sign(self, claims: Mapping[str, Any]) -> str:
        """A compact JWS whose header has `alg` and `kid` only."""
        header = encoded(json.dumps({"alg": "ES256", "kid": self.key_id}).encode())
        content = f"{header}.{encoded(json.dumps(claims).encode())}"
        r, s = decode_dss_signature(self._private.sign(content.encode(), ec.ECDSA(hashes.SHA256())))
        return f"{content}.{encoded(r.to_bytes(COORDINATE_BYTES) + s.to_bytes(COORDINATE_BYTES))}"

    def read(self, token: str) -> dict[str, Any] | None:
        """The claims of a token that this key signed, however old; None for any other."""
        try:
            header, payload, signature = token.split(".")
            raw = decoded(signature)
            r, s = int.from_bytes(raw[:COORDINATE_BYTES]), int.from_bytes(raw[COORDINATE_BYTES:])
            self._private.public_key().verify(
                encode_dss_signature(r, s), f"{header}.{payload}".encode(), ec.ECDSA(hashes.SHA256())
            )
            claims: dict[str, Any] = json.loads(decoded(payload))
        except (ValueError, InvalidSignature):
            return None
        return claims


def pairwise_subject(client_id: str, person: str) -> str:
    """A `sub` of FranceConnect's shape: the same for ever at one service, another at the next."""
    return hashlib.sha256(f"{client_id}\0{person}".encode()).hexdigest() + "v1"


def encoded(content: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    """The bytes again; raise ValueError."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
