"""DÉMONSTRATION: a small FranceConnect-style provider (v2), as strict as the real one, for people who do not exist.

`PARVIS_DEMO=1 python -m demo.identity_provider [--port N]`. It refuses to start anywhere but in a demonstration.
"""

import argparse
import hmac
import logging
import secrets
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, Flask, Response, current_app, jsonify, redirect, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.serving import make_server

from backoffice.settings import IdentityProviderSettings, Settings
from demo.identities import IDENTITIES, Identity, find_identity
from demo.token_signing import SigningKey, pairwise_subject

HERE = Path(__file__).resolve().parents[1]
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

pages = Blueprint("identity_provider", __name__, url_prefix=BASE)


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


class IdentityProvider:
    """What the provider knows, all in memory. Tests replace its methods to make it fail in every way."""

    def __init__(self, issuer: str, client: Client) -> None:
        self.issuer = issuer
        self.client = client
        self.key = SigningKey()
        self.pages: dict[str, Grant] = {}
        self.codes: dict[str, Grant] = {}
        self.tokens: dict[str, Grant] = {}

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
        allowed = {claim for scope in grant.parameters["scope"].split() for claim in SCOPES[scope]}
        return {**self.frame(grant), **{k: v for k, v in grant.identity.claims.items() if k in allowed}}

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


@dataclass(frozen=True, slots=True)
class Refusal:
    """A page of the provider that never comes back to the service, with the code that FranceConnect gives it."""

    code: str
    sentence: str = field(default="La demande de connexion n’est pas conforme.")


def create_provider(provider: IdentityProvider) -> Flask:
    """The provider's own small site."""
    app = Flask("demo.identity_provider", template_folder=str(HERE / "templates"), static_folder=str(HERE / "static"))
    app.extensions["provider"] = provider
    app.register_blueprint(pages)

    @app.after_request
    def protect(response: Response) -> Response:
        response.headers["Cache-Control"] = "no-store"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["Content-Security-Policy"] = (
            "default-src 'none'; style-src 'self'; font-src 'self'; frame-ancestors 'none'; base-uri 'none'"
        )
        return response

    return app


@pages.get("/.well-known/openid-configuration")
def discovery() -> ResponseReturnValue:
    """Where everything is."""
    return jsonify(_provider().metadata())


@pages.get("/jwks")
def jwks() -> ResponseReturnValue:
    """The public keys."""
    answer = jsonify({"keys": _provider().keys()})
    answer.headers["Cache-Control"] = "max-age=600"
    return answer


@pages.route("/authorize", methods=["GET", "POST"])
def authorize() -> ResponseReturnValue:
    """Check the request as FranceConnect does, then ask who is there."""
    given = request.values.to_dict()
    refusal = _refusal(given)
    if refusal is not None:
        return render_template("demo/refused.html", refusal=refusal), 400
    error = _error(given)
    if error:
        return _back(given, {"error": error, "error_description": "refused by the demonstration"})
    page = secrets.token_urlsafe(16)
    _provider().pages[page] = Grant(given, _provider().now())
    return render_template("demo/choose.html", page=page, identities=IDENTITIES)


@pages.post("/interaction/<page>")
def choose(page: str) -> ResponseReturnValue:
    """Sign in as one of the six, or give up."""
    provider = _provider()
    grant = provider.pages.pop(page, None)
    if grant is None or grant.since + PAGE_SECONDS < provider.now():
        return render_template("demo/refused.html", refusal=Refusal("Y000004", "Cette page a expiré.")), 400
    identity = find_identity(request.form.get("identity", ""))
    if identity is None:
        return _back(grant.parameters, {"error": "access_denied", "error_description": "User auth aborted"})
    code = secrets.token_urlsafe(32)
    provider.codes[code] = replace(grant, since=provider.now(), identity=identity, auth_time=int(provider.now()))
    return _back(grant.parameters, {"code": code})


@pages.post("/token")
def token() -> ResponseReturnValue:
    """Trade a code, once, against the secret given in the form and nowhere else."""
    provider, form = _provider(), request.form
    known = form.get("client_id") == provider.client.client_id and hmac.compare_digest(
        form.get("client_secret", "").encode(), provider.client.client_secret.encode()
    )
    if not known or "Authorization" in request.headers:
        return _token_error("invalid_client", 401)
    grant = provider.codes.pop(form.get("code", ""), None)
    if (
        grant is None
        or form.get("grant_type") != "authorization_code"
        or form.get("redirect_uri") != grant.parameters["redirect_uri"]
        or grant.since + CODE_SECONDS < provider.now()
    ):
        return _token_error("invalid_grant", 400)
    access_token = secrets.token_urlsafe(32)
    provider.tokens[access_token] = replace(grant, since=provider.now())
    return jsonify(
        access_token=access_token,
        token_type="Bearer",  # noqa: S106 (the kind of token)
        expires_in=TOKEN_SECONDS,
        id_token=provider.id_token(grant),
        scope=grant.parameters["scope"],
    )


@pages.get("/userinfo")
def userinfo() -> ResponseReturnValue:
    """The identity, to the bearer of a token less than half a minute old."""
    kind, _, value = request.headers.get("Authorization", "").partition(" ")
    grant = _provider().tokens.get(value) if kind == "Bearer" else None
    if grant is None or grant.since + GRANT_SECONDS < _provider().now():
        return _token_error("invalid_token", 401)
    return _provider().userinfo(grant)


@pages.get("/session/end")
def end_session() -> ResponseReturnValue:
    """Sign out and go back to the service, with its state."""
    given, client = request.args.to_dict(), _provider().client
    hint = _provider().key.read(given.get("id_token_hint", ""))
    if set(given) - LOGOUT_PARAMETERS or hint is None or hint.get("aud") != client.client_id:
        return render_template("demo/refused.html", refusal=Refusal("Y000400", "La déconnexion est mal demandée.")), 400
    if given.get("post_logout_redirect_uri") != client.post_logout_uri or len(given.get("state", "")) < SHORTEST_SECRET:
        return render_template("demo/refused.html", refusal=Refusal("Y04C013C")), 400
    return redirect(f"{client.post_logout_uri}?{urlencode({'state': given['state']})}")


def _refusal(given: dict[str, str]) -> Refusal | None:
    client = _provider().client
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


def _back(given: dict[str, str], parameters: dict[str, str]) -> Response:
    answer = _provider().answer_parameters({**parameters, "state": given["state"]})
    response = redirect(f"{given['redirect_uri']}?{urlencode(answer)}", 303)
    return current_app.make_response(response)


def _token_error(error: str, status: int) -> ResponseReturnValue:
    return jsonify(error=error, error_uri=f"https://demonstration.example/Y{secrets.token_hex(3)}"), status


def _provider() -> IdentityProvider:
    found: IdentityProvider = current_app.extensions["provider"]
    return found


def client_for(settings: Settings, registered: IdentityProviderSettings) -> Client:
    """The service as it is declared to the provider."""
    return Client(
        registered.client_id,
        registered.client_secret,
        f"{settings.public_url}/connexion/{registered.name}/retour",
        f"{settings.public_url}/deconnexion/retour",
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until stopped; 2 outside a demonstration."""
    parser = argparse.ArgumentParser(prog="python -m demo.identity_provider", description="DÉMONSTRATION seulement.")
    parser.add_argument("--port", type=int, help="the port of this machine (that of the configured issuer)")
    chosen = parser.parse_args(arguments)
    settings = Settings.from_environment()
    registered = next((one for one in settings.identity_providers if _is_here(one.issuer)), None)
    if not settings.demo or registered is None:
        print("Ce fournisseur d’identité ne sert qu’à la démonstration : PARVIS_DEMO=1.", file=sys.stderr)
        return 2
    port = chosen.port or urlsplit(registered.issuer).port or 8090
    issuer = f"http://127.0.0.1:{port}{BASE}"
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # a line a request tells nobody anything
    app = create_provider(IdentityProvider(issuer, client_for(settings, registered)))
    print(f"DÉMONSTRATION : fournisseur d’identité fictif sur {issuer}", flush=True)
    server = make_server("127.0.0.1", port, app, threaded=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        server.server_close()
    return 0


def _is_here(issuer: str) -> bool:
    return urlsplit(issuer).hostname in {"127.0.0.1", "localhost"} and urlsplit(issuer).path == BASE


if __name__ == "__main__":
    sys.exit(main())
