"""DÉMONSTRATION: a small FranceConnect-style provider (v2), as strict as the real one, and a plain one beside it.

`PARVIS_DEMO=1 python -m demo.identity_provider [--port N]`. It refuses to start anywhere but in a demonstration.
"""

import argparse
import logging
import secrets
import socket
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, Flask, Response, current_app, jsonify, redirect, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.serving import make_server

from backoffice.identity_providers import FRANCECONNECT, PROCONNECT, IdentityProviderSettings
from backoffice.settings import Settings
from demo import professional_rules, regional_rules
from demo.identity_rules import (
    BASE,
    CODE_SECONDS,
    GRANT_SECONDS,
    LOGOUT_PARAMETERS,
    PAGE_SECONDS,
    SHORTEST_SECRET,
    TOKEN_SECONDS,
    Client,
    Grant,
    IdentityProvider,
    Refusal,
)
from demo.professional_rules import ProfessionalProvider
from demo.regional_rules import RegionalProvider

HERE = Path(__file__).resolve().parents[1]
POLL_SECONDS = 1.0

pages = Blueprint("identity_provider", __name__)


def create_provider(provider: IdentityProvider) -> Flask:
    """The provider's own small site."""
    app = Flask("demo.identity_provider", template_folder=str(HERE / "templates"), static_folder=str(HERE / "static"))
    app.extensions["provider"] = provider
    app.register_blueprint(pages, url_prefix=provider.prefix)

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
    refusal = _provider().refusal(given)
    if refusal is not None:
        return render_template("demo/refused.html", refusal=refusal), 400
    error = _provider().error(given)
    if error:
        return _back(given, {"error": error, "error_description": "refused by the demonstration"})
    page = secrets.token_urlsafe(16)
    _provider().pages[page] = Grant(given, _provider().now())
    return render_template("demo/choose.html", page=page, identities=_provider().identities)


@pages.post("/interaction/<page>")
def choose(page: str) -> ResponseReturnValue:
    """Sign in as one of the six, or give up."""
    provider = _provider()
    grant = provider.pages.pop(page, None)
    if grant is None or grant.since + PAGE_SECONDS < provider.now():
        return render_template("demo/refused.html", refusal=Refusal("Y000004", "Cette page a expiré.")), 400
    identity = provider.find_identity(request.form.get("identity", ""))
    if identity is None:
        return _back(grant.parameters, {"error": "access_denied", "error_description": "User auth aborted"})
    code = secrets.token_urlsafe(32)
    provider.codes[code] = replace(grant, since=provider.now(), identity=identity, auth_time=int(provider.now()))
    return _back(grant.parameters, {"code": code})


@pages.post("/token")
def token() -> ResponseReturnValue:
    """Trade a code, once, against the secret given in the form and nowhere else."""
    provider, form = _provider(), request.form
    if not provider.knows(form, request.authorization):
        return _token_error("invalid_client", 401)
    grant = provider.codes.pop(form.get("code", ""), None)
    if (
        grant is None
        or form.get("grant_type") != "authorization_code"
        or form.get("redirect_uri") != grant.parameters["redirect_uri"]
        or grant.since + CODE_SECONDS < provider.now()
        or not provider.proves_origin(grant, form.get("code_verifier", ""))
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
    here = settings.public_url
    back, out = f"{here}/connexion/{registered.name}/retour", f"{here}/deconnexion/retour"
    if registered.audience == "staff":
        back, out = f"{here}/agents/connexion/{registered.name}/retour", f"{here}/agents/connexion/retour"
    return Client(registered.client_id, registered.client_secret, back, out)


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until stopped; 2 outside a demonstration."""
    parser = argparse.ArgumentParser(prog="python -m demo.identity_provider", description="DÉMONSTRATION seulement.")
    parser.add_argument("--port", type=int, help="the port of this machine (that of the configured issuers)")
    chosen = parser.parse_args(arguments)
    settings = Settings.from_environment()
    registered = [one for one in settings.identity_providers if _is_here(one.issuer)]
    if not settings.demo or not registered:
        print("Ce fournisseur d’identité ne sert qu’à la démonstration : PARVIS_DEMO=1.", file=sys.stderr)
        return 2
    port = chosen.port or urlsplit(registered[0].issuer).port or 8090
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # a line a request tells nobody anything
    sites = {urlsplit(one.issuer).path: create_provider(provider_for(settings, one, port)) for one in registered}
    for path in sites:
        print(f"DÉMONSTRATION : fournisseur d’identité fictif sur http://127.0.0.1:{port}{path}", flush=True)
    wait_for(port)
    server = make_server("127.0.0.1", port, mounted(sites), threaded=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        server.server_close()
    return 0


def wait_for(port: int) -> None:
    """Until this port is free, for who starts a second demonstration on one machine: said once, with what to do."""
    is_said = False
    while not _is_free(port):
        if not is_said:
            print(
                f"DÉMONSTRATION : le port {port} du fournisseur d’identité est pris, sans doute par une autre "
                f"démonstration. Arrêtez-la, ou relancez celle-ci avec DEMO_IDENTITY_PORT={_free_after(port)}.",
                flush=True,
            )
        is_said = True
        time.sleep(POLL_SECONDS)


def _free_after(port: int) -> int:
    return next(one for one in range(port + 1, 65536) if _is_free(one))


def _is_free(port: int) -> bool:
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


def provider_for(settings: Settings, registered: IdentityProviderSettings, port: int) -> IdentityProvider:
    """The provider that an agreement of the demonstration is about."""
    issuer = f"http://127.0.0.1:{port}{urlsplit(registered.issuer).path}"
    kinds = {FRANCECONNECT: IdentityProvider, PROCONNECT: ProfessionalProvider}
    kind = kinds.get(registered.kind, RegionalProvider)
    return kind(issuer, client_for(settings, registered))


def mounted(sites: dict[str, Flask]) -> DispatcherMiddleware:
    """Several providers at one address: FranceConnect's site at the root, the others under their own path."""
    return DispatcherMiddleware(sites[BASE], {path: site.wsgi_app for path, site in sites.items() if path != BASE})


def _is_here(issuer: str) -> bool:
    parts = urlsplit(issuer)
    return parts.hostname in {"127.0.0.1", "localhost"} and parts.path in {
        BASE,
        regional_rules.PATH,
        professional_rules.PATH,
    }


if __name__ == "__main__":
    sys.exit(main())
