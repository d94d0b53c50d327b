"""The ways to sign in to one's account: one is added by signing in to it too, an address is changed by a link."""

from typing import Any

import structlog
from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from backoffice.domain import identity, row_ids
from backoffice.domain.wording import Wording
from backoffice.errors import Conflict, Forbidden, Invalid, NotFound
from backoffice.identity_providers import EMAIL
from backoffice.models.people import Citizen
from backoffice.queries import cases, people
from backoffice.services import account_links, address_changes, email_accounts
from backoffice.services.sign_ins import Purpose, Received
from backoffice.web import citizen_account, citizen_session, limits, waiting_sign_ins
from backoffice.web.access import Audience, audience
from backoffice.web.current import actor, authority, runtime, viewer
from backoffice.web.languages import said, spoken
from backoffice.web.limits import limiter

pages = Blueprint("citizen_ways_in", __name__, url_prefix="/mon-espace/connexions")
log = structlog.get_logger("parvis.sign_in")

TOO_LATE = Wording("Cette page est restée ouverte trop longtemps. Recommencez.")
JOINED = Wording("C’est fait : vous pouvez vous connecter des deux façons, et tout est dans le même espace.")
ALREADY = Wording("Cette façon de vous connecter ouvre déjà votre espace.")
FORBIDDEN, GONE, TOO_MANY_REQUESTS = 403, 410, 429


@pages.get("")
@audience(Audience.CITIZEN)
def show() -> ResponseReturnValue:
    """The ways in that there are, and those that may be added."""
    return _page()


@pages.post("/<name>")
@limiter.limit(citizen_account.STARTS)
@audience(Audience.CITIZEN)
def leave(name: str) -> ResponseReturnValue:
    """Sign in to the other account too."""
    with runtime().database.reading() as session:
        if not account_links.proves_enough(session, _account(session), _proven()):
            raise Forbidden(account_links.WEAK)
    return citizen_account.leave_for(name, Purpose.JOIN, url_for("citizen_ways_in.show"))


@pages.get("/confirmation")
@audience(Audience.CITIZEN)
def confirmation() -> ResponseReturnValue:
    """Whom the other account is, and what it holds, before anything moves."""
    received = waiting_sign_ins.find(Purpose.CONFIRM_JOIN)
    if received is None:
        return _back(TOO_LATE, "warning")
    with runtime().database.reading() as session:
        linked = people.find_identity(session, authority().id, str(received.claims["iss"]), str(received.claims["sub"]))
        if linked is not None and linked.citizen_id == actor().id:
            return _back(ALREADY, "info")
        found = cases.list_citizen_cases(session, linked.citizen_id) if linked else []
    titles = _titles()
    return render_template(
        "citizen/join_accounts.html",
        facts=received.person().facts,
        title=titles.get(received.provider, received.provider),
        cases=found,
        address="",
        action=url_for("citizen_ways_in.join"),
    )


@pages.post("/confirmation")
@audience(Audience.CITIZEN)
def join() -> ResponseReturnValue:
    """Make one account of both."""
    received = waiting_sign_ins.take(Purpose.CONFIRM_JOIN)
    if received is None:
        return _back(TOO_LATE, "warning")
    try:
        try:
            kept = _join(received)
        except IntegrityError:  # the same identity, for the first time, in another tab
            kept = _join(received)
    except (Conflict, Forbidden) as error:
        log.warning("accounts not joined", provider=received.provider, why=type(error).__name__)
        return _page({"": error.sentence}), 409
    log.info("accounts joined", provider=received.provider)
    flash(said(JOINED), "success")
    if kept.id == actor().id:
        return redirect(url_for("citizen_space.show"), 303)
    return citizen_account.open_account(kept, _with_next(received))


@pages.post("/courriel")
@audience(Audience.CITIZEN)
def ask() -> ResponseReturnValue:
    """Send a link to another address, to add it or to change for it."""
    typed = request.form.get("email", "")[:255]
    try:
        address = identity.check_email(typed).lower()
        with runtime().database.transaction() as session:
            account_links.send_link(
                session,
                runtime(),
                _account(session),
                address,
                proven=_proven(),
                network=limits.network(),
                language=spoken().language.code,
            )
    except Invalid as error:
        return _page({"email": error.sentence}, typed), 422
    except Forbidden as error:
        refusal = FORBIDDEN if error.sentence == account_links.WEAK else TOO_MANY_REQUESTS
        return _page({"": error.sentence}, typed), refusal
    sent = Wording(
        "Un lien part à %(address)s. Ouvrez-le dans les 15 minutes, dans ce navigateur, sans vous déconnecter.",
        address=address,
    )
    return _back(sent, "info")


@pages.get("/courriel/<token>")
@audience(Audience.CITIZEN)
def show_link(token: str) -> ResponseReturnValue:
    """What the link opens, and the button that uses it: scanners of mail follow links, and press nothing."""
    try:
        with runtime().database.reading() as session:
            account = _account(session)
            values: dict[str, Any] = {"address": account_links.find_address(session, runtime(), account.id, token)}
            if _proven():
                address_changes.find_key(session, account, values["address"])
                found = address_changes.list_sheets(session, account, _proven())
                values["sheets"] = [(str(one.id), one.display_name) for one in found]
            values["cases"] = email_accounts.list_cases(session, authority().id, None, [values["address"]])
    except NotFound as error:
        return _page({"": error.sentence}), GONE
    except Conflict as error:
        return _page({"": error.sentence}), 409
    action = url_for("citizen_ways_in.use_link", token=token)
    template = "citizen/change_address.html" if _proven() else "citizen/join_accounts.html"
    page = make_response(render_template(template, action=action, former=_proven(), **values))
    page.headers["Referrer-Policy"] = "no-referrer"
    return page


@pages.post("/courriel/<token>")
@audience(Audience.CITIZEN)
def use_link(token: str) -> ResponseReturnValue:
    """Change for the address, or join its account."""
    try:
        if _proven():
            return _change(token)
        try:
            _add(token)
        except IntegrityError:  # the same address, for the first time, by another link
            _add(token)
    except NotFound as error:
        return _page({"": error.sentence}), GONE
    except (Conflict, Forbidden) as error:
        return _page({"": error.sentence}), 409
    log.info("accounts joined", provider=EMAIL)
    flash(said(JOINED), "success")
    return redirect(url_for("citizen_space.show"), 303)


def _add(token: str) -> None:
    with runtime().database.transaction() as session:
        account_links.with_address(session, runtime(), actor(), token)


def _change(token: str) -> ResponseReturnValue:
    chosen = {number for one in request.form.getlist("sheets") if (number := row_ids.read(one)) is not None}
    with runtime().database.transaction() as session:
        account, address = address_changes.change(
            session, runtime(), actor(), _proven(), token, chosen, language=spoken().language.code
        )
    log.info("address changed", provider=EMAIL)
    changed = Wording(
        "Votre espace s’ouvre maintenant avec %(address)s. L’ancienne adresse en est prévenue.", address=address
    )
    flash(said(changed), "success")
    return citizen_session.begin(account, EMAIL, url_for("citizen_space.show"), address=address)


def _join(received: Received) -> Citizen:
    with runtime().database.transaction() as session:
        return account_links.with_identity(session, runtime(), actor(), received, _proven())


def _with_next(received: Received) -> Received:
    return Received(received.provider, received.claims, received.id_token, url_for("citizen_space.show"))


def _page(errors: dict[str, str] | None = None, typed: str = "") -> str:
    with runtime().database.reading() as session:
        account = _account(session)
        linked = people.list_identities(session, account.id)
        may_add = account_links.proves_enough(session, account, _proven())
    known = {one.provider for one in linked}
    offered = [one for one in runtime().settings.identity_providers if one.audience == "citizen"]
    return render_template(
        "citizen/ways_in.html",
        identities=linked,
        titles=_titles(),
        may_add=may_add,
        providers=[one for one in offered if one.name not in known] if may_add else [],
        proven=_proven(),
        typed=typed,
        errors=errors or {},
    )


def _titles() -> dict[str, str]:
    return {one.name: one.title for one in runtime().settings.identity_providers}


def _back(sentence: str, tone: str) -> ResponseReturnValue:
    flash(said(sentence), tone)
    return redirect(url_for("citizen_ways_in.show"), 303)


def _account(session: Session) -> Citizen:
    return people.get_citizen(session, authority().id, actor().id or 0)


def _proven() -> str:
    seen = viewer()
    return seen.email if seen else ""
