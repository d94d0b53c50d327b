"""Staff sign in at an identity provider (ProConnect, or any other): a callback and a kind of session of their own."""

import secrets
from typing import TYPE_CHECKING

import structlog
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from backoffice.errors import Forbidden, Invalid, NotFound
from backoffice.services import sign_ins, staff_identities
from backoffice.services.sign_ins import Attempt, Purpose
from backoffice.web import local_paths, provider_answers, staff_sessions, waiting_sign_ins
from backoffice.web.access import Audience, audience
from backoffice.web.current import authority, runtime
from backoffice.web.identity_clients import client_of, staff_providers
from backoffice.web.limits import limiter
from backoffice.web.sign_in_failures import Failure, SignInFailed

if TYPE_CHECKING:
    from backoffice.web.oidc import ProviderClient

pages = Blueprint("staff_provider", __name__, url_prefix="/agents/connexion")
log = structlog.get_logger("parvis.sign_in")

STARTS = "30 per 5 minutes"
SENTENCES = {
    Failure.INTERRUPTED: "Vous avez interrompu la connexion. Vous pouvez réessayer, ou donner votre mot de passe.",
    Failure.UNAVAILABLE: "{name} ne répond pas pour le moment. Réessayez, ou donnez votre mot de passe.",
    Failure.MISCONFIGURED: "{name} refuse ce site : prévenez votre administrateur. Votre mot de passe fonctionne.",
    Failure.EXPIRED: "Cette tentative de connexion a expiré. Recommencez, ou donnez votre mot de passe.",
    Failure.REFUSED: "Cette tentative de connexion a expiré. Recommencez, ou donnez votre mot de passe.",
    Failure.LEVEL: "{name} ne vous a pas assez reconnu : choisissez-y un moyen plus sûr, ou donnez votre mot de passe.",
}


@pages.post("/<name>")
@limiter.limit(STARTS)
@audience(Audience.PUBLIC)
def start(name: str) -> ResponseReturnValue:
    """Leave for the provider, with a state and a nonce that only this browser may bring back."""
    client = _client(name)
    next_path = local_paths.safe_path(request.form.get("next", ""))
    state, nonce = sign_ins.new_secret(), sign_ins.new_secret()
    try:
        made = client.create_authorization_url(_callback_uri(name), state=state, nonce=nonce)
    except (SignInFailed, OSError, ValueError) as error:
        return _failed(client, provider_answers.as_failure(error), next_path)
    with runtime().database.transaction() as database:
        attempt = Attempt(Purpose.STAFF, name, state, nonce, made.get("code_verifier", ""), next_path)
        sign_ins.begin(database, authority().id, waiting_sign_ins.browser(), attempt)
    return redirect(made["url"], 303)


@pages.get("/<name>/retour")
@audience(Audience.PUBLIC)
def callback(name: str) -> ResponseReturnValue:
    """Back from the provider: a session only for an open account of ours, with our second factor if it gave none."""
    client = _client(name)
    with runtime().database.transaction() as database:
        state = request.args.get("state", "")
        attempt = sign_ins.take(database, waiting_sign_ins.browser(), Purpose.STAFF, state)
    if attempt is None or attempt.provider != name or not attempt.nonce:
        return _failed(client, SignInFailed(Failure.EXPIRED, "state"), "")
    try:
        provider_answers.check(client)
        claims, id_token = client.person_of(
            request.args["code"], _callback_uri(name), attempt.nonce, attempt.code_verifier
        )
    except (SignInFailed, OSError, Invalid, ValueError) as error:
        return _failed(client, provider_answers.as_failure(error), attempt.next_path)
    try:
        with runtime().database.transaction() as database:
            staff = staff_identities.sign_in(database, runtime(), authority().id, client.provider, claims)
    except Forbidden as error:
        log.info("staff sign-in refused", provider=name, why="no account")
        return _page(attempt.next_path, error.sentence, with_contact=True), 403
    log.info("staff signed in", provider=name)
    proved = client.provider.had_second_factor(claims)
    return staff_sessions.open_for(staff, attempt.next_path, provider=name, id_token=id_token, proved=proved)


@pages.get("/retour")
@audience(Audience.PUBLIC)
def signed_out() -> ResponseReturnValue:
    """Back from the provider's own sign-out."""
    with runtime().database.transaction() as database:
        known = sign_ins.take(database, waiting_sign_ins.browser(), Purpose.LOGOUT, request.args.get("state", ""))
    if known is not None:
        flash("Vous êtes déconnecté de ce site et de votre fournisseur d’identité.", "success")
    return redirect(url_for("staff_sign_in.form"))


def _client(name: str) -> "ProviderClient":
    client = client_of(name, "staff")
    if client is None:
        raise NotFound
    return client


def _failed(client: "ProviderClient", error: SignInFailed, next_path: str) -> ResponseReturnValue:
    reference = secrets.token_hex(4)
    write = getattr(log, error.failure.level)
    write("staff sign-in refused", provider=client.provider.name, why=error.why, reference=reference)
    sentence = SENTENCES[error.failure].format(name=client.provider.title)
    if error.failure not in {Failure.INTERRUPTED, Failure.EXPIRED}:
        sentence = f"{sentence} (référence {reference})"
    return _page(next_path, sentence), error.failure.status


def _page(next_path: str, sentence: str, *, with_contact: bool = False) -> str:
    return render_template(
        "staff/sign_in.html",
        next_path=next_path,
        email="",
        errors={},
        kept=[],
        kept_path="",
        providers=staff_providers(runtime().settings),
        sentence=sentence,
        with_contact=with_contact,
    )


def _callback_uri(name: str) -> str:
    # From the configured address, never from the request: a forged Host would send the code elsewhere.
    return runtime().settings.public_url + url_for("staff_provider.callback", name=name)
