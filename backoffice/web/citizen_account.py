"""Citizens sign in with an identity provider, confirm what was received, and sign out."""

import secrets
from typing import TYPE_CHECKING

import structlog
from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import IntegrityError

from backoffice.domain.wording import Wording
from backoffice.errors import Invalid, NotFound
from backoffice.infra import sealing
from backoffice.models.people import Citizen
from backoffice.services import accounts, sign_ins
from backoffice.services.sign_ins import Attempt, Purpose, Received
from backoffice.web import (
    citizen_session,
    cookies,
    languages,
    local_paths,
    provider_answers,
    provider_logout,
    waiting_sign_ins,
)
from backoffice.web.access import CITIZEN_COOKIE, Audience, audience
from backoffice.web.current import authority, runtime
from backoffice.web.identity_clients import client_of
from backoffice.web.languages import said
from backoffice.web.limits import limiter
from backoffice.web.sign_in_failures import Failure, SignInFailed

if TYPE_CHECKING:
    from backoffice.web.oidc import ProviderClient

pages = Blueprint("citizen_account", __name__)
log = structlog.get_logger("parvis.sign_in")

STARTS = "30 per 5 minutes"
IDENTITY_NEEDED = Wording(
    "Cette démarche demande une identité vérifiée : une adresse électronique ne suffit pas. "
    "Vous pouvez aussi la faire à l’accueil ou par courrier."
)


@pages.get("/connexion")
@audience(Audience.PUBLIC)
def sign_in() -> ResponseReturnValue:
    """The ways to sign in, and to go on without."""
    next_path = local_paths.safe_path(request.args.get("next", ""))
    if "identite" in request.args:
        return sign_in_page(next_path, IDENTITY_NEEDED, neutral=True, identity_only=True)
    return sign_in_page(next_path)


@pages.post("/connexion/<name>")
@limiter.limit(STARTS)
@audience(Audience.PUBLIC)
def start(name: str) -> ResponseReturnValue:
    """Leave for the provider, with a state and a nonce that only this browser may bring back."""
    return leave_for(name, Purpose.LOGIN, local_paths.safe_path(request.form.get("next", "")))


def leave_for(name: str, purpose: Purpose, next_path: str) -> ResponseReturnValue:
    """The same, to sign in or to join another account to the one that is open."""
    client = _client(name)
    state, nonce = sign_ins.new_secret(), sign_ins.new_secret()
    try:
        made = client.create_authorization_url(_callback_uri(name), state=state, nonce=nonce)
    except (SignInFailed, OSError, ValueError) as error:  # whatever the HTTP client raises is an OSError
        return _failed(client, provider_answers.as_failure(error), next_path)
    with runtime().database.transaction() as database:
        verifier = made.get("code_verifier", "")
        attempt = Attempt(purpose, name, state, nonce, verifier, next_path)
        sign_ins.begin(database, authority().id, waiting_sign_ins.browser(), attempt)
    return redirect(made["url"], 303)


@pages.get("/connexion/<name>/retour")
@audience(Audience.PUBLIC)
def callback(name: str) -> ResponseReturnValue:
    """Back from the provider: one path, one refusal page, and a session only when everything is proved."""
    client = _client(name)
    state = request.args.get("state", "")
    with runtime().database.transaction() as database:
        attempt = sign_ins.take(database, waiting_sign_ins.browser(), Purpose.LOGIN, state)
        joining = None if attempt else sign_ins.take(database, waiting_sign_ins.browser(), Purpose.JOIN, state)
        attempt = attempt or joining
    if attempt is None or attempt.provider != name or not attempt.nonce:
        return _failed(client, SignInFailed(Failure.EXPIRED, "state"), "")
    try:
        provider_answers.check(client)
        claims, id_token = client.person_of(
            request.args["code"], _callback_uri(name), attempt.nonce, attempt.code_verifier
        )
        received = Received(name, claims, id_token, attempt.next_path)
        received.person()
    except (SignInFailed, OSError, Invalid, ValueError) as error:
        return _failed(client, provider_answers.as_failure(error), attempt.next_path)
    if joining is not None:
        waiting_sign_ins.keep(received, Purpose.CONFIRM_JOIN)
        return redirect(url_for("citizen_ways_in.confirmation"))
    with runtime().database.transaction() as database:
        known = sign_ins.find_known(database, authority().id, received)
    if known is not None:
        log.info("signed in", provider=name)
        return open_account(known, received)
    waiting_sign_ins.keep(received, Purpose.CONFIRM)
    return redirect(url_for("citizen_account.confirmation"))


@pages.get("/connexion/confirmation")
@audience(Audience.PUBLIC)
def confirmation() -> ResponseReturnValue:
    """What was received and what it is for, before any account exists."""
    received = waiting_sign_ins.find(Purpose.CONFIRM)
    if received is None:
        return redirect(url_for("citizen_account.sign_in"))
    client = _client(received.provider)
    return render_template("citizen/confirmation.html", person=received.person(), provider=client.provider)


@pages.post("/connexion/confirmation")
@audience(Audience.PUBLIC)
def confirm() -> ResponseReturnValue:
    """Create the account, or forget everything that was received."""
    received = waiting_sign_ins.take(Purpose.CONFIRM)
    if received is None:
        return _failed(None, SignInFailed(Failure.EXPIRED, "confirmation"), "")
    if request.form.get("choice") != "accept":
        log.info("account declined", provider=received.provider)
        flash(said(Wording("Rien n’a été enregistré. Vous pouvez faire vos demandes sans compte.")), "info")
        return redirect(url_for("catalogue.home"), 303)
    try:
        citizen = _create(received)
    except IntegrityError:  # the same person, in another tab, a moment ago
        citizen = _create(received)
    log.info("account created", provider=received.provider)
    return open_account(citizen, received)


@pages.post("/deconnexion")
@audience(Audience.PUBLIC)
def sign_out() -> ResponseReturnValue:
    """End the session here first, then at the provider when it can be."""
    with runtime().database.transaction() as database:
        ended = accounts.close_session(database, cookies.read(CITIZEN_COOKIE))
        id_token = sealing.unseal(runtime().settings, ended.id_token) if ended else ""
        if ended is not None:
            ended.id_token = ""
    languages.forget_all_else()
    address = provider_logout.address(ended.provider, id_token, "citizen") if ended is not None and id_token else ""
    if not address:
        flash(said(Wording("Vous êtes déconnecté de ce site.")), "success")
    response = make_response(redirect(address or url_for("catalogue.home"), 303))
    cookies.take_back(response, CITIZEN_COOKIE)
    return response


@pages.get("/deconnexion/retour")
@audience(Audience.PUBLIC)
def signed_out() -> ResponseReturnValue:
    """Back from the provider's own sign-out."""
    with runtime().database.transaction() as database:
        known = sign_ins.take(database, waiting_sign_ins.browser(), Purpose.LOGOUT, request.args.get("state", ""))
    if known is not None:
        flash(said(Wording("Vous êtes déconnecté de ce site et de votre fournisseur d’identité.")), "success")
    return redirect(url_for("catalogue.home"))


def _client(name: str) -> "ProviderClient":
    client = client_of(name)
    if client is None:
        raise NotFound
    return client


def _failed(client: "ProviderClient | None", error: SignInFailed, next_path: str) -> ResponseReturnValue:
    reference = secrets.token_hex(4)
    provider = client.provider.name if client else ""
    write = getattr(log, error.failure.level)
    write("sign-in refused", provider=provider, why=error.why, kind=error.failure.name, reference=reference)
    title = client.provider.title if client else ""
    sentence = said(error.failure.sentence).format(name=f"{title[:1].upper()}{title[1:]}")
    shown = reference if error.failure not in {Failure.INTERRUPTED, Failure.EXPIRED} else ""
    return sign_in_page(next_path, sentence, shown, neutral=error.failure is Failure.INTERRUPTED), error.failure.status


def sign_in_page(
    next_path: str,
    sentence: str = "",
    reference: str = "",
    *,
    neutral: bool = False,
    typed: str = "",
    errors: dict[str, str] | None = None,
    identity_only: bool = False,
) -> str:
    """The ways in; `sentence` says why the last try came to nothing, `errors` what is wrong with the address typed."""
    offered = runtime().settings.identity_providers
    listed = [one for one in offered if one.audience == "citizen" and (one.proves_identity or not identity_only)]
    return render_template(
        "citizen/sign_in.html",
        # FranceConnect comes first among the ways in; the others keep the order of the configuration.
        providers=sorted(listed, key=lambda one: not one.is_franceconnect),
        next_path=next_path,
        sentence=sentence,
        reference=reference,
        neutral=neutral,
        typed=typed,
        errors=errors or {},
        identity_only=identity_only,
    )


def _callback_uri(name: str) -> str:
    # From the configured address, never from the request: a forged Host would send the code elsewhere.
    return runtime().settings.public_url + url_for("citizen_account.callback", name=name)


def _create(received: Received) -> Citizen:
    with runtime().database.transaction() as database:
        return sign_ins.open_account(database, authority().id, received)


def open_account(citizen: Citizen, received: Received) -> Response:
    """Open the session that an identity proved."""
    proof = sealing.seal(runtime().settings, received.id_token)
    return citizen_session.begin(citizen, received.provider, received.next_path, id_token=proof)
