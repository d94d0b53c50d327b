"""The citizen behind a request: found when we may, created when we must, never guessed."""

from collections.abc import Iterable

from sqlalchemy.orm import Session

from backoffice.domain.french import fold
from backoffice.domain.incoming import ChannelCode, Sender
from backoffice.models.people import Citizen, CitizenIdentity
from backoffice.queries import citizen_keys, rows
from backoffice.queries import people as queries
from backoffice.services import moment

CONTACT_FIELDS = ("email", "phone", "address_line", "postcode", "city")
NAME_FIELDS = ("family_name", "given_names", "usage_name", "organisation")


def find_or_create(
    session: Session, authority_id: int, sender: Sender, origin: str, *, knows_email: bool = True
) -> Citizen | None:
    """The sheet of the sender; None for somebody who says nothing of themselves.

    Known by the sheet that an agent chose, by a verified identity, or by e-mail and name together on a sheet that no
    identity provider vouches for; by internet, or from an address that our mail relay doubts, only on a sheet that says
    nothing more than they did, unless they proved that the address is theirs. `origin` (a channel code) is kept as the
    source of each attribute. `knows_email` is False for who found already that no sheet has the address.
    """
    citizen = _known(session, authority_id, sender, origin, knows_email=knows_email)
    if citizen is not None:
        _complete(citizen, sender, origin)
        return citizen
    if not any(getattr(sender, name) for name in NAME_FIELDS + CONTACT_FIELDS):
        return None
    return create(session, authority_id, sender, origin)


def create(session: Session, authority_id: int, sender: Sender, origin: str) -> Citizen:
    """A new sheet with what the sender said."""
    now = moment.now()
    citizen = Citizen(
        authority_id=authority_id,
        contact_preference=sender.contact_preference or "",
        origins={},
        created_at=now,
        folded_name=folded_name(sender),
    )
    for name in NAME_FIELDS + CONTACT_FIELDS:
        setattr(citizen, name, "")
    _complete(citizen, sender, origin)
    rows.insert_object(session, citizen)
    citizen_keys.write_citizen(session, citizen)
    if sender.identity:
        session.add(
            CitizenIdentity(
                authority_id=authority_id,
                citizen_id=citizen.id,
                issuer=sender.identity.issuer,
                subject=sender.identity.subject,
                provider=sender.identity.provider,
                linked_at=now,
                last_login_at=now,
            )
        )
    return citizen


def correct_contact(citizen: Citizen, sender: Sender, origin: str) -> None:
    """Replace the contact details by those that their owner, signed in, just wrote."""
    changed = []
    for name in CONTACT_FIELDS:
        given = getattr(sender, name).strip()[:255]
        given = given.lower() if name == "email" else given
        if given != getattr(citizen, name):
            setattr(citizen, name, given)
            changed.append(name)
    note_origin(citizen, changed, origin)
    citizen.contact_preference = sender.contact_preference or ""


def note_origin(citizen: Citizen, names: Iterable[str], source: str) -> None:
    """Remember where these attributes come from, and since when."""
    said = {"source": source, "on": moment.now().date().isoformat()}
    citizen.origins = citizen.origins | dict.fromkeys(names, said)


def folded_name(sender: Sender) -> str:
    """The name as it is searched: « dupont marie », without accents or case."""
    name = sender.organisation or f"{sender.usage_name or sender.family_name} {sender.given_names}"
    return fold(name.strip())[:255]


def _known(session: Session, authority_id: int, sender: Sender, origin: str, *, knows_email: bool) -> Citizen | None:
    if sender.citizen_id is not None:
        chosen = queries.get_citizen(session, authority_id, sender.citizen_id)
        while chosen.merged_into_id is not None:  # the page was open when two sheets became one
            chosen = queries.get_citizen(session, authority_id, chosen.merged_into_id)
        return chosen
    if sender.identity:
        identity = sender.identity
        return queries.find_citizen_by_identity(session, authority_id, identity.issuer, identity.subject)
    if sender.email and knows_email:
        found = queries.list_citizens_by_contact(session, authority_id, sender.email.lower(), folded_name(sender))
        # Whoever fills in a form follows its case: its letters must not tell them where somebody else lives.
        open_to_all = (origin == ChannelCode.WEB_FORM and not sender.email_proven) or sender.email_doubted
        # A sheet of this very name goes before one without any; for who gives no name, the other way round.
        found.sort(key=lambda one: one.folded_name != folded_name(sender))
        return next((one for one in found if not open_to_all or _says_no_more(one, sender)), None)
    return None


def _says_no_more(citizen: Citizen, sender: Sender) -> bool:
    """Whether all that a sheet says was just written by the sender."""
    return all(
        fold(getattr(citizen, name)) in ("", fold(getattr(sender, name).strip()[:255]))
        for name in NAME_FIELDS + CONTACT_FIELDS
    )


def _complete(citizen: Citizen, sender: Sender, origin: str) -> None:
    """Fill what the sheet lacks; what it already says stays (a correction is an act of its own)."""
    filled = []
    for name in NAME_FIELDS + CONTACT_FIELDS:
        given = getattr(sender, name).strip()[:255]
        if given and not getattr(citizen, name):
            setattr(citizen, name, given.lower() if name == "email" else given)
            filled.append(name)
    if filled:
        note_origin(citizen, filled, origin)
        citizen.folded_name = citizen.folded_name or folded_name(sender)
    if sender.contact_preference and not citizen.contact_preference:
        citizen.contact_preference = sender.contact_preference
    if sender.refuses_email and not citizen.electronic_reply_refused:
        citizen.electronic_reply_refused = True
        note_origin(citizen, ["electronic_reply_refused"], origin)
