"""The agent's own details never become those of the citizen: what a tired hand types is told before it is kept."""

from sqlalchemy.orm import Session

from backoffice.domain.french import fold
from backoffice.domain.identity import check_phone
from backoffice.domain.incoming import Sender
from backoffice.domain.requester import PREFIX
from backoffice.errors import Invalid
from backoffice.queries import colleagues, people
from backoffice.web.current import actor, authority
from channels.http.filled_form import FilledForm

NAMESAKE = "namesake"
"""The box that an agent ticks for a citizen who really has their name."""
EMAIL_OF_STAFF = "C’est l’adresse d’un agent. Écrivez celle de l’usager, ou laissez vide s’il n’en a pas."
PHONE_OF_STAFF = (
    "C’est le téléphone d’un agent ou d’un service. Écrivez celui de l’usager, ou laissez vide s’il n’en a pas."
)
OWN_NAME = (
    "C’est votre propre nom. Écrivez celui de l’usager ; s’il porte le même nom que vous, cochez la case ci-dessous."
)


def check(session: Session, form: FilledForm, sender: Sender) -> dict[str, str]:
    """What is ours in what is written of the person: input name → French sentence."""
    errors: dict[str, str] = {}
    if sender.email and people.find_staff_by_email(session, sender.email) is not None:
        errors[f"{PREFIX}email"] = EMAIL_OF_STAFF
    if sender.phone and sender.phone in _our_phones(session):
        errors[f"{PREFIX}phone"] = PHONE_OF_STAFF
    if is_own_name(sender) and not form.text(NAMESAKE):
        errors[f"{PREFIX}family_name"] = OWN_NAME
    return errors


def is_own_name(sender: Sender) -> bool:
    """Whether the agent's own name is written, given names first or last."""
    names = (sender.family_name, sender.usage_name)
    own = sorted(fold(actor().name).split())
    return any(name and sorted(fold(f"{sender.given_names} {name}").split()) == own for name in names)


def _our_phones(session: Session) -> set[str]:
    written = [*colleagues.list_work_phones(session, authority().id), authority().phone]
    return {known for phone in written if (known := _normal(phone))}


def _normal(phone: str) -> str:
    try:
        return check_phone(phone) if phone else ""
    except Invalid:  # an extension, say
        return ""
