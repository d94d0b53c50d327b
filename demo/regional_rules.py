"""The demonstration's second provider: a plain OpenID account such as a region gives, declared by its owner."""

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

from flask import Response, jsonify
from werkzeug.datastructures import Authorization

from demo.identity_rules import Grant, IdentityProvider, Refusal
from demo.token_signing import encoded

PATH = "/region"


class RegionalProvider(IdentityProvider):
    """A plain OpenID provider: PKCE wanted, secret in the header, JSON userinfo, a birth date under its own name."""

    prefix = ""  # it is mounted under its path
    scopes: dict[str, tuple[str, ...]] = {  # noqa: RUF012 (read only)
        "openid": (),
        "profile": ("given_name", "family_name", "date_naissance"),
        "email": ("email", "email_verified"),
    }

    def metadata(self) -> dict[str, Any]:
        """The discovery document."""
        return super().metadata() | {
            "id_token_signing_alg_values_supported": ["ES256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
        }

    def refusal(self, given: dict[str, str]) -> Refusal | None:
        """Only a request of nobody it knows, or that nothing would prove."""
        if given.get("client_id") != self.client.client_id or given.get("redirect_uri") != self.client.redirect_uri:
            return Refusal("invalid_client", "Ce service n’est pas connu.")
        if given.get("code_challenge_method") != "S256" or not given.get("code_challenge"):
            return Refusal("invalid_request", "La preuve d’origine (PKCE) manque.")
        return None

    def error(self, given: dict[str, str]) -> str:
        """Unknown scopes."""
        asked = given.get("scope", "").split()
        return "" if "openid" in asked and set(asked) <= set(self.scopes) else "invalid_scope"

    def knows(self, form: Mapping[str, str], authorization: Authorization | None) -> bool:
        """The secret comes in the header."""
        given = authorization or Authorization("basic", {})
        return self.is_client(given.username or "", given.password or "")

    def proves_origin(self, grant: Grant, verifier: str) -> bool:
        """The verifier is the one whose hash came with the request."""
        digest = encoded(hashlib.sha256(verifier.encode()).digest())
        return hmac.compare_digest(digest, grant.parameters["code_challenge"])

    def id_token_claims(self, grant: Grant) -> dict[str, Any]:
        """Without a level."""
        claims = {**self.frame(grant), "auth_time": grant.auth_time}
        return claims | ({"nonce": grant.parameters["nonce"]} if "nonce" in grant.parameters else {})

    def userinfo(self, grant: Grant) -> Response:
        """The identity, as plain JSON."""
        return jsonify(self.userinfo_claims(grant))

    def userinfo_claims(self, grant: Grant) -> dict[str, Any]:
        """What people wrote of themselves, the address checked by the region."""
        assert grant.identity is not None  # noqa: S101 (a token is given for somebody)
        known = grant.identity.claims
        own = known | {"date_naissance": known["birthdate"], "email_verified": "email" in known}
        allowed = {claim for scope in grant.parameters["scope"].split() for claim in self.scopes[scope]}
        return {"sub": self.frame(grant)["sub"], **{name: own[name] for name in allowed if name in own}}
