"""The OpenID Connect client: Authlib, with every check that it leaves to us (specs: franceconnect.md §5 and §6)."""

import base64
import hmac
import time
from typing import Any, TypeVar

import requests
import structlog
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.base_client import OAuthError
from authlib.integrations.flask_client import FlaskOAuth2App
from authlib.integrations.flask_client.integration import FlaskIntegration
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import BadSignatureError, InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from backoffice.identity_providers import IdentityProviderSettings, is_safe_url, origin_of
from backoffice.web.kept_fetch import KeptFetch, NobodyAnswers
from backoffice.web.sign_in_failures import Failure, SignInFailed, failure_of

Value = TypeVar("Value")
log = structlog.get_logger("parvis.sign_in")

METADATA_SECONDS = 600.0
KEYS_SECONDS = 600.0
# After a signature that our keys do not explain, they are fetched again, and not once more for that long.
FORCED_PAUSE_SECONDS = 30.0
LEEWAY_SECONDS = 15
TIMEOUT_SECONDS = 5
SMALLEST_RSA_BITS = 2048
CURVES = frozenset({"P-256", "P-384"})
LONGEST_SUBJECT = 255
EXPIRED_TOKEN = 401

ENDPOINTS = ("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri", "end_session_endpoint")
KEPT_METADATA = (*ENDPOINTS, "issuer", "authorization_response_iss_parameter_supported")


class ProviderClient(FlaskOAuth2App):
    """One provider, kept for the life of the process and shared by its threads."""

    provider: IdentityProviderSettings

    def __init__(self, provider: IdentityProviderSettings) -> None:
        super().__init__(
            FlaskIntegration(provider.name),
            provider.name,
            client_id=provider.client_id,
            client_secret=provider.client_secret,
            server_metadata_url=provider.metadata_url,
            authorize_params=provider.asked or None,
            client_kwargs={
                "scope": provider.scopes,
                "token_endpoint_auth_method": provider.token_auth_method,
                # Of the access token: a longer one takes FranceConnect's minute for expired on arrival.
                "leeway": 5,
                "default_timeout": TIMEOUT_SECONDS,
                **({"code_challenge_method": "S256"} if provider.pkce else {}),
            },
        )
        self.provider = provider
        self._metadata = KeptFetch(self._fetch_metadata, METADATA_SECONDS, TIMEOUT_SECONDS)
        self._keys = KeptFetch(self._fetch_keys, KEYS_SECONDS, TIMEOUT_SECONDS)
        self._force_after = 0.0

    def load_server_metadata(self) -> dict[str, Any]:
        """The discovery document, read again every ten minutes, without anything that we did not ask of it."""
        self.server_metadata = self._shared(self._metadata)
        return self.server_metadata

    def promises_issuer(self) -> bool:
        """Whether its answers carry `iss` (RFC 9207)."""
        return self.load_server_metadata().get("authorization_response_iss_parameter_supported") is True

    def person_of(self, code: str, redirect_uri: str, nonce: str, code_verifier: str) -> tuple[dict[str, Any], str]:
        """Trade a code for verified claims and the raw id_token; raise SignInFailed."""
        try:
            proof = {"code_verifier": code_verifier} if code_verifier else {}
            token = self.fetch_access_token(redirect_uri=redirect_uri, code=code, **proof)
            claims = self.parse_id_token(token, nonce)
            if self.provider.userinfo != "none":
                # Who vouches, for whom and how well is what the signed id_token says, whatever a userinfo adds.
                claims = {**self._userinfo(token, claims["sub"]), **claims}
        except SignInFailed:
            raise
        except OAuthError as error:
            raise SignInFailed(failure_of(error.error), error.error) from error
        except JoseError as error:
            raise SignInFailed(Failure.REFUSED, type(error).__name__) from error
        except AuthlibBaseError as error:
            raise SignInFailed(Failure.REFUSED, type(error).__name__) from error
        except requests.HTTPError as error:
            late = error.response.status_code == EXPIRED_TOKEN
            failure = Failure.EXPIRED if late else Failure.UNAVAILABLE
            raise SignInFailed(failure, f"HTTP {error.response.status_code}") from error
        except requests.RequestException as error:
            raise SignInFailed(Failure.UNAVAILABLE, type(error).__name__) from error
        except (ValueError, KeyError, TypeError) as error:  # what should be JSON is not, or lacks what it must have
            raise SignInFailed(Failure.UNAVAILABLE, type(error).__name__) from error
        return self.provider.granted(claims), token["id_token"]

    def parse_id_token(self, token: dict[str, Any], nonce: str, **_: Any) -> dict[str, Any]:
        """The claims of a valid id_token; every check is ours, then Authlib's own (at_hash, azp, auth_time)."""
        if not isinstance(token.get("id_token"), str):
            raise SignInFailed(Failure.REFUSED, "no id_token")
        decoded = self._verify(token["id_token"])
        claims = dict(decoded.claims)
        if not nonce or not hmac.compare_digest(str(claims.get("nonce", "")), nonce):
            raise SignInFailed(Failure.REFUSED, "nonce")
        params = {"nonce": nonce, "client_id": self.client_id, "access_token": token.get("access_token", "")}
        CodeIDToken(claims, decoded.header, None, params).validate(leeway=LEEWAY_SECONDS)
        if self.provider.accepted_acr and claims.get("acr") not in self.provider.accepted_acr:
            raise SignInFailed(Failure.LEVEL, "acr")
        return claims

    def logout_url(self, id_token: str, post_logout_uri: str, state: str) -> str:
        """Where the browser ends its session at the provider; empty when it offers none."""
        if not self.load_server_metadata().get("end_session_endpoint"):
            return ""
        url: str = self.create_logout_url(post_logout_uri, id_token, state)["url"]
        return url

    def _userinfo(self, token: dict[str, Any], subject: str) -> dict[str, Any]:
        answer = self.get(self.load_server_metadata()["userinfo_endpoint"], token=token)
        answer.raise_for_status()
        kind = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        signed = self.provider.userinfo == "jwt"
        if kind != ("application/jwt" if signed else "application/json"):
            raise SignInFailed(Failure.REFUSED, "userinfo type")
        claims = dict(self._verify(answer.text).claims) if signed else dict(answer.json())
        if not hmac.compare_digest(str(claims.get("sub", "")), subject):
            raise SignInFailed(Failure.REFUSED, "userinfo sub")
        return claims

    def _verify(self, token: str) -> jwt.Token:
        """One verifier for both JWTs; a key that changed, even under its old name, is fetched once."""
        algorithms = list(self.load_server_metadata()["id_token_signing_alg_values_supported"])
        try:
            decoded = jwt.decode(token, self._key_set(), algorithms=algorithms)
        except (BadSignatureError, InvalidKeyIdError):
            decoded = jwt.decode(token, self._key_set(force=True), algorithms=algorithms)
        jwt.JWTClaimsRegistry(
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": self.provider.issuer},
            aud={"essential": True, "value": self.provider.client_id},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
        ).validate(decoded.claims)
        _check_parties(decoded.claims, self.provider.client_id)
        return decoded

    def _key_set(self, *, force: bool = False) -> KeySet:
        now = time.monotonic()
        forced = force and now >= self._force_after
        if forced:
            self._force_after = now + FORCED_PAUSE_SECONDS
        return self._shared(self._keys, newer=forced)

    def _shared(self, kept: KeptFetch[Value], *, newer: bool = False) -> Value:
        try:
            return kept.get(newer=newer)
        except NobodyAnswers as error:
            raise SignInFailed(Failure.UNAVAILABLE, "still waiting") from error

    def _fetch_metadata(self) -> dict[str, Any]:
        return {**self._checked(self._fetch(self.provider.metadata_url)), "_loaded_at": time.time()}

    def _fetch(self, uri: str) -> Any:
        with self._get_session() as session:
            answer = session.request("GET", uri, withhold_token=True)
            answer.raise_for_status()
        return answer.json()

    def _fetch_keys(self) -> KeySet:
        listed = self._fetch(self.load_server_metadata()["jwks_uri"])["keys"]
        keys = [key for key in listed if _is_sound(key, self.provider.algorithms)]
        if not keys:
            raise SignInFailed(Failure.REFUSED, "no usable key")
        return KeySet.import_key_set({"keys": keys})

    def _checked(self, found: dict[str, Any]) -> dict[str, Any]:
        if found.get("issuer") != self.provider.issuer:
            raise SignInFailed(Failure.MISCONFIGURED, "issuer of discovery")
        for name in ENDPOINTS:
            if name in found and origin_of(str(found[name])) not in self.provider.trusted_origins:
                raise SignInFailed(Failure.MISCONFIGURED, f"origin of {name}")
        if not all(map(is_safe_url, self.provider.trusted_origins)):
            raise SignInFailed(Failure.MISCONFIGURED, "not https")
        theirs = found.get("id_token_signing_alg_values_supported") or ["RS256"]
        common = [algorithm for algorithm in self.provider.algorithms if algorithm in theirs]
        if not common:
            raise SignInFailed(Failure.MISCONFIGURED, "algorithms")
        kept = {name: found[name] for name in KEPT_METADATA if name in found}
        return {**kept, "id_token_signing_alg_values_supported": common}


def _check_parties(claims: dict[str, Any], client_id: str) -> None:
    audience, party = claims["aud"], claims.get("azp")
    if (isinstance(audience, list) and len(audience) > 1 and party is None) or party not in (None, client_id):
        raise SignInFailed(Failure.REFUSED, "azp")
    subject = claims["sub"]
    if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_SUBJECT:
        raise SignInFailed(Failure.REFUSED, "sub")


def _is_sound(key: dict[str, Any], algorithms: tuple[str, ...]) -> bool:
    """A public signing key of a kind and a size that we trust."""
    if key.get("use", "sig") != "sig" or key.get("alg", algorithms[0]) not in algorithms:
        return False
    if key.get("kty") == "EC":
        return key.get("crv") in CURVES
    if key.get("kty") == "RSA":
        modulus = base64.urlsafe_b64decode(str(key.get("n", "")) + "==")
        return len(modulus.lstrip(b"\0")) * 8 >= SMALLEST_RSA_BITS
    return key.get("kty") == "OKP" and "EdDSA" in algorithms
