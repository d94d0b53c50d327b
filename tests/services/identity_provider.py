"""The demonstration's identity provider as a real server, which tests make lie, fail and change its keys."""

import base64
import hashlib
import hmac
import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import requests
from cryptography.hazmat.primitives import serialization
from flask import Flask, Response, request
from flask.typing import ResponseReturnValue
from werkzeug.serving import make_server

from backoffice.identity_providers import IdentityProviderSettings, franceconnect, proconnect
from demo.identity_provider import create_provider
from demo.identity_rules import BASE, Client, Grant, IdentityProvider
from demo.professional_rules import ProfessionalProvider
from demo.regional_rules import RegionalProvider
from demo.token_signing import KEY_ID, SigningKey, encoded
from tests.services.program import free_port

PUBLIC_URL = "http://parvis.test"
SECRET = "a-secret-shared-with-the-provider-of-tests"
Claims = dict[str, Any]


def unchanged(claims: Claims) -> Claims:
    """The honest claims."""
    return claims


class FaultyProvider(IdentityProvider):
    """An honest provider, until a test sets one of its switches."""

    def __init__(self, issuer: str, client: Client) -> None:
        super().__init__(issuer, client)
        self.be_honest()

    def be_honest(self) -> None:
        """Forget every switch of the test before."""
        self.key = SigningKey()
        self.alter_id_token: Callable[[Claims], Claims] = unchanged
        self.alter_userinfo: Callable[[Claims], Claims] = unchanged
        self.alter_answer: Callable[[dict[str, str]], dict[str, str]] = unchanged
        self.alter_metadata: Callable[[Claims], Claims] = unchanged
        self.sign_id_token: Callable[[Claims], str] = self._sign
        self.sign_userinfo: Callable[[Claims], str | Response] = self._sign
        self.published: list[dict[str, str]] | None = None
        self.broken: dict[str, Callable[[], ResponseReturnValue]] = {}

    def keys(self) -> list[dict[str, str]]:
        return super().keys() if self.published is None else self.published

    def metadata(self) -> Claims:
        return self.alter_metadata(super().metadata())

    def answer_parameters(self, parameters: dict[str, str]) -> dict[str, str]:
        return self.alter_answer(super().answer_parameters(parameters))

    def id_token(self, grant: Grant) -> str:
        return self.sign_id_token(self.alter_id_token(self.id_token_claims(grant)))

    def userinfo(self, grant: Grant) -> Response:
        signed = self.sign_userinfo(self.alter_userinfo(self.userinfo_claims(grant)))
        return signed if isinstance(signed, Response) else Response(signed, mimetype="application/jwt")

    def _sign(self, claims: Claims) -> str:
        return self.key.sign(claims)  # the key of the moment

    def change_key(self, key_id: str = KEY_ID) -> None:
        """A new key; FranceConnect's keeps its name."""
        self.key = SigningKey(key_id)

    def settings(self, **changes: Any) -> IdentityProviderSettings:
        """How our application is told of it."""
        own: dict[str, Any] = {
            "name": "franceconnect",
            "issuer": self.issuer,
            "client_id": self.client.client_id,
            "client_secret": self.client.client_secret,
            "scopes": "openid given_name family_name preferred_username birthdate birthplace birthcountry email",
        }
        return franceconnect(**(own | changes))


def unsigned(claims: Claims) -> str:
    """An id_token with `alg: none`."""
    return f"{encoded(json.dumps({'alg': 'none'}).encode())}.{encoded(json.dumps(claims).encode())}."


def signed_by_secret(secret: bytes) -> Callable[[Claims], str]:
    """HS256 with a secret that the attacker may know."""

    def sign(claims: Claims) -> str:
        header = encoded(json.dumps({"alg": "HS256", "kid": KEY_ID}).encode())
        content = f"{header}.{encoded(json.dumps(claims).encode())}"
        return f"{content}.{encoded(hmac.new(secret, content.encode(), hashlib.sha256).digest())}"

    return sign


def public_pem(key: SigningKey) -> bytes:
    """The public key, as an attacker would use it for a secret."""
    public: bytes = key._private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return public


def choose(address: str, identity: str) -> str:
    """Follow the browser to the provider, choose somebody (nobody: cancel), and give the way back to the service."""
    with requests.Session() as browser:
        page = browser.get(address, timeout=10)
        assert page.status_code == 200, page.text
        found = re.search(r'action="([^"]*/interaction/[^"]+)"', page.text)
        assert found
        origin = "{0.scheme}://{0.netloc}".format(urlsplit(address))
        back = browser.post(
            origin + found[1], data={"identity": identity} if identity else {}, allow_redirects=False, timeout=10
        )
    assert back.status_code == 303, back.text
    parts = urlsplit(back.headers["Location"])
    return f"{parts.path}?{parts.query}"


def large_rsa() -> str:
    """A modulus of 1024 bits, too small to trust."""
    return base64.urlsafe_b64encode(b"\xff" * 128).rstrip(b"=").decode()


def region_settings(provider: IdentityProvider, **changes: Any) -> IdentityProviderSettings:
    """How our application is told of a plain OpenID provider."""
    own: dict[str, Any] = {
        "name": "region",
        "label": "le compte régional",
        "issuer": provider.issuer,
        "client_id": provider.client.client_id,
        "client_secret": provider.client.client_secret,
        "claims": {"birthdate": "date_naissance"},
    }
    return IdentityProviderSettings(**(own | changes))


@contextmanager
def running(public_url: str = PUBLIC_URL) -> Iterator[FaultyProvider]:
    """A provider that lives as long as the block, and knows the service of that address."""
    port = free_port()
    provider = FaultyProvider(f"http://127.0.0.1:{port}{BASE}", _client(public_url, "franceconnect"))
    app = create_provider(provider)

    @app.before_request
    def fail() -> ResponseReturnValue | None:
        broken = provider.broken.get(request.path.removeprefix(BASE))
        return broken() if broken else None

    with _served(app, port):
        yield provider


@contextmanager
def running_region(public_url: str = PUBLIC_URL) -> Iterator[RegionalProvider]:
    """A plain OpenID provider, beside the other."""
    port = free_port()
    provider = RegionalProvider(f"http://127.0.0.1:{port}", _client(public_url, "region"))
    with _served(create_provider(provider), port):
        yield provider


@contextmanager
def running_professional(public_url: str = PUBLIC_URL) -> Iterator[ProfessionalProvider]:
    """ProConnect, for staff."""
    port, staff = free_port(), f"{public_url}/agents/connexion"
    client = Client("parvis-agents", SECRET, f"{staff}/proconnect/retour", f"{staff}/retour")
    provider = ProfessionalProvider(f"http://127.0.0.1:{port}", client)
    with _served(create_provider(provider), port):
        yield provider


def professional_settings(provider: IdentityProvider, **changes: Any) -> IdentityProviderSettings:
    """How our application is told of ProConnect."""
    client = provider.client
    own = {"name": "proconnect", "client_id": client.client_id, "client_secret": client.client_secret}
    return proconnect(**{"issuer": provider.issuer, **own, **changes})


def _client(public_url: str, name: str) -> Client:
    return Client("parvis-tests", SECRET, f"{public_url}/connexion/{name}/retour", f"{public_url}/deconnexion/retour")


@contextmanager
def _served(app: Flask, port: int) -> Iterator[None]:
    server = make_server("127.0.0.1", port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
