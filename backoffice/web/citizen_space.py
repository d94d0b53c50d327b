"""A citizen's account: all their cases, whatever the door they came by, and what is known of them."""

from dataclasses import replace
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from backoffice.domain import requester
from backoffice.domain.incoming import ChannelCode, Sender
from backoffice.domain.requester import CONTACT_CHOICES
from backoffice.domain.verified_claims import birth_in_words
from backoffice.domain.wording import Wording
from backoffice.errors import Forbidden
from backoffice.identity_providers import EMAIL
from backoffice.queries import drafts, people
from backoffice.services import account_links, citizens, email_accounts, moment, reconciliation, representations
from backoffice.web.access import Audience, audience
from backoffice.web.current import actor, authority, runtime, viewer
from backoffice.web.languages import said

pages = Blueprint("citizen_space", __name__)


@pages.get("/mon-espace")
@audience(Audience.CITIZEN)
def show() -> ResponseReturnValue:
    """All my cases, whatever the door they came by, and what is known of me."""
    return _space({}, None)


@pages.post("/mon-espace/coordonnees")
@audience(Audience.CITIZEN)
def change_contact() -> ResponseReturnValue:
    """Correct my contact details; my verified identity stays what the provider says.

    Raises Forbidden when an address alone opened an account that a provider vouches for.
    """
    if _is_weak():
        raise Forbidden(account_links.WEAK)
    posted = {name: request.form.getlist(name) for name in request.form}
    sender, errors = requester.read_requester(posted, anonymous=True, channel=ChannelCode.WEB_FORM)
    if errors:
        return _space(errors, {name: texts[0] for name, texts in posted.items()}), 422
    with runtime().database.transaction() as database:
        citizen = people.get_citizen(database, authority().id, actor().id or 0)
        if _proven_address():  # it is a key of the account: it is not typed over
            sender = replace(sender, email=citizen.email)
        citizens.correct_contact(citizen, sender, "citizen")
    flash(said(Wording("Vos coordonnées sont enregistrées.")), "success")
    return redirect(url_for("citizen_space.show"), 303)


def _proven_address() -> str:
    seen = viewer()
    return seen.email if seen else ""


def _is_weak() -> bool:
    seen = viewer()
    return seen is not None and seen.is_weak


def _addresses() -> tuple[str, ...]:
    seen = viewer()
    return seen.addresses if seen else ()


def _space(errors: dict[str, str], typed: dict[str, str] | None) -> str:
    with runtime().database.reading() as database:
        citizen = people.get_citizen(database, authority().id, actor().id or 0)
        proven = _proven_address()
        mine = email_accounts.list_cases(database, authority().id, citizen.id, _addresses(), proven=proven)
        candidates = [] if proven else reconciliation.list_proposed(database, runtime(), citizen)
        spoken_for = representations.list_by_case(database, [one.id for one in mine])
        linked = [one for one in people.list_identities(database, citizen.id) if one.provider != EMAIL]
        begun = [] if _is_weak() else drafts.list_drafts_of(database, citizen.id, authority().id, moment.now())
    known = requester.as_posted(Sender(**{name: getattr(citizen, name) for name in citizens.CONTACT_FIELDS}))
    values: dict[str, Any] = {name: texts[0] for name, texts in known.items()}
    values["requester.contact_preference"] = citizen.contact_preference
    return render_template(
        "citizen/space.html",
        citizen=citizen,
        drafts=begun,
        proven=proven,
        is_weak=_is_weak(),
        spoken_for=spoken_for,
        proposed=bool(candidates),
        provider_titles={one.name: one.title for one in runtime().settings.identity_providers},
        cases=sorted(mine, key=lambda case: (case.status != "waiting_citizen", case.status == "closed", -case.id)),
        identities=linked,
        birth=birth_in_words(linked[0].claims.get("birthdate", "")) if linked else "",
        values=values if typed is None else typed,
        errors=errors,
        contact_options=[(str(choice.value), choice.label) for choice in CONTACT_CHOICES],
    )
