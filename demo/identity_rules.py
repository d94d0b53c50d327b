"""What the demonstration's FranceConnect knows, accepts and answers: as strict as the real one."""

import hmac
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Response
from werkzeug.datastructures import Authorization

from demo.identities import IDENTITIES, Identity
from demo.token_signing import SigningKey, pairwise_subject

BASE = "/api/v2"
CODE_SECONDS, TOKEN_SECONDS, GRANT_SECONDS, PAGE_SECONDS = 30, 60, 30, 900
SHORTEST_SECRET = 32
KNOWN_PARAMETERS = frozenset(
    {
        "response_type",
        "client_id",
        "redirect_uri",
        "scope",
        "state",
        "nonce",
        "acr_values",
        "prompt",
        "claims",
        "idp_hint",
        "ui_locales",
    }
)
LOGOUT_PARAMETERS = frozenset(
    {"id_token_hint", "post_logout_redirect_uri", "state", "client_id", "logout_hint", "ui_locales"}
)
LEVELS = ("eidas1", "eidas2", "eidas3")
SCOPES: dict[str, tuple[str, ...]] = {
    "openid": (),
    "given_name": ("given_name", "given_name_array"),
    **{
        name: (name,)
        for name in ("family_name", "preferred_username", "birthdate", "gender", "birthplace", "birthcountry", "email")
    },
    "profile": ("given_name", "given_name_array", "family_name", "birthdate", "gender", "preferred_username"),
    "birth": ("birthplace", "birthcountry"),
    "identite_pivot": (
        "given_name",
        "given_name_array",
        "family_name",
        "birthdate",
        "gender",
        "birthplace",
        "birthcountry",
    ),
}


@dataclass(frozen=True, slots=True)
class Client:
    """The one service that is registered here, with its addresses compared character by character."""

    client_id: str
    client_secret: str
    redirect_uri: str
    post_logout_uri: str


@dataclass(frozen=True, slots=True)
class Grant:
    """A sign-in under way; `since` dates its last step, in seconds."""

    parameters: dict[str, str]
    since: float
    identity: Identity | None = None
    auth_time: int = 0


@dataclass(frozen=True, slots=True)
class Refusal:
    """A page of the provider that never comes back to the service, with the code that FranceConnect gives it."""

    code: str
    sentence: str = field(default="La demande de connexion n’est pas conforme.")


class IdentityProvider:
    """What the provider knows, all in memory. Tests replace its methods to make it fail in every way."""

    prefix = BASE
    scopes = SCOPES
    identities: tuple[Identity, ...] = IDENTITIES

    def __init__(self, issuer: str, client: Client) -> None:
        self.issuer = issuer
        self.client = client
        self.key = SigningKey()
        self.pages: dict[str, Grant] = {}
        self.codes: dict[str, Grant] = {}
        self.tokens: dict[str, Grant] = {}

    def find_identity(self, code: str) -> Identity | None:
        """Somebody whom it knows, by their code."""
        return next((one for one in self.identities if one.code == code), None)

    def now(self) -> float:
        """The time, in seconds."""
        return time.time()

    def keys(self) -> list[dict[str, str]]:
        """The public keys."""
        return [self.key.jwk]

    def metadata(self) -> dict[str, Any]:
        """The discovery document: like the real one, it promises more than it accepts."""
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "jwks_uri": f"{self.issuer}/jwks",
            "end_session_endpoint": f"{self.issuer}/session/end",
            "response_types_supported": ["code"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["ES256", "RS256", "HS256"],
            "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": True,
        }

    def answer_parameters(self, parameters: dict[str, str]) -> dict[str, str]:
        """What the browser brings back."""
        return parameters | {"iss": self.issuer}

    def id_token(self, grant: Grant) -> str:
        """The signed proof of the sign-in: a minute long, no personal data."""
        return self.key.sign(self.id_token_claims(grant))

    def id_token_claims(self, grant: Grant) -> dict[str, Any]:
        """Its claims."""
        return {
            **self.frame(grant),
            "auth_time": grant.auth_time,
            "nonce": grant.parameters["nonce"],
            "acr": LEVELS[0],
        }

    def userinfo(self, grant: Grant) -> Response:
        """The identity, signed: only what the scopes allow."""
        return Response(self.key.sign(self.userinfo_claims(grant)), mimetype="application/jwt")

    def userinfo_claims(self, grant: Grant) -> dict[str, Any]:
        """Its claims."""
        assert grant.identity is not None  # noqa: S101 (a token is given for somebody)
        allowed = {claim for scope in grant.parameters["scope"].split() for claim in self.scopes[scope]}
        return {**self.frame(grant), **{k: v for k, v in grant.identity.claims.items() if k in allowed}}

    def refusal(self, given: dict[str, str]) -> Refusal | None:
        """Why it never comes back to the service with this request."""
        return _refusal(self.client, given)

    def error(self, given: dict[str, str]) -> str:
        """The error that it comes back with at once, empty for none."""
        return _error(given)

    def knows(self, form: Mapping[str, str], authorization: Authorization | None) -> bool:
        """Whether the service says its secret, in the form and nowhere else."""
        return authorization is None and self.is_client(form.get("client_id", ""), form.get("client_secret", ""))

    def is_client(self, client_id: str, secret: str) -> bool:
        """Whether this is the one service that is registered."""
        return client_id == self.client.client_id and hmac.compare_digest(
            secret.encode(), self.client.client_secret.encode()
        )

    def proves_origin(self, grant: Grant, verifier: str) -> bool:
        """Whether the code comes back from where the sign-in began (PKCE, which FranceConnect refuses)."""
        return not verifier or "code_challenge" not in grant.parameters

    def frame(self, grant: Grant) -> dict[str, Any]:
        """The claims that both tokens carry."""
        assert grant.identity is not None  # noqa: S101 (a token is given for somebody)
        now = int(self.now())
        return {
            "iss": self.issuer,
            "aud": self.client.client_id,
            "sub": pairwise_subject(self.client.client_id, grant.identity.code),
            "iat": now,
            "exp": now + TOKEN_SECONDS,
        }


def _refusal(client: Client, given: dict[str, str]) -> Refusal | None:
    if given.get("client_id") != client.client_id:
        return Refusal("Y04EA6EF", "Ce service n’est pas connu.")
    if given.get("redirect_uri") != client.redirect_uri:
        return Refusal("Y04C013C", "L’adresse de retour n’est pas déclarée.")
    unknown = sorted(set(given) - KNOWN_PARAMETERS)
    if unknown:
        return Refusal("Y030007", f"Paramètre refusé : {unknown[0]}.")
    short = [name for name in ("state", "nonce") if len(given.get(name, "")) < SHORTEST_SECRET]
    if short or given.get("response_type") != "code" or "acr_values" not in given:
        return Refusal("Y000400", "Un paramètre manque, ou state et nonce sont trop courts.")
    if not set(given.get("prompt", "login").split()) <= {"login", "consent"} or given.get("prompt") == "":
        return Refusal("Y000400", "La valeur de prompt n’est pas acceptée.")
    return None


def _error(given: dict[str, str]) -> str:
    scopes = given.get("scope", "").split()
    if "openid" not in scopes or not set(scopes) <= set(SCOPES):
        return "invalid_scope"
    asked = [level for level in LEVELS if level in given["acr_values"].split()]
    return "" if asked[:1] == [LEVELS[0]] else "invalid_acr"
