"""Who sends the request: the block of questions common to every procedure (R112-9-1 of the CRPA)."""

from collections.abc import Mapping, Sequence
from typing import Any

from backoffice.domain.composite_reading import read
from backoffice.domain.field_reading import Posted
from backoffice.domain.fields import Choice, Field, FieldKind
from backoffice.domain.identity import check_postcode
from backoffice.domain.incoming import ChannelCode, ContactPreference, Sender
from backoffice.domain.representation import Represented
from backoffice.domain.texting import is_mobile
from backoffice.domain.wording import Wording
from backoffice.errors import Invalid

PREFIX = "requester."
# In which language they also want their letters, asked where the authority has some in another one than French.
LANGUAGE = "requester.language"

CONTACT_CHOICES = (
    Choice(ContactPreference.EMAIL, Wording("Par courriel")),
    Choice(ContactPreference.POST, Wording("Par courrier")),
    Choice(ContactPreference.SMS, Wording("Par SMS")),
    Choice(ContactPreference.PHONE, Wording("Par téléphone")),
)

NO_WAY_TO_ANSWER = Wording("Indiquez une adresse électronique, un téléphone ou une adresse postale pour la réponse.")
NO_ADDRESS = Wording("Indiquez l’adresse où envoyer le courrier que vous demandez : numéro et rue, et commune.")
NOT_MOBILE = Wording("Ce numéro ne reçoit pas de SMS. Donnez un numéro de mobile, ou choisissez un autre moyen.")
CONTACT_QUESTION = Wording("Comment souhaitez-vous être contacté ?")

REQUESTER_FIELDS = (
    Field("family_name", FieldKind.TEXT, Wording("Nom de naissance"), max_length=100),
    Field("given_names", FieldKind.TEXT, Wording("Prénoms"), max_length=100),
    Field(
        "usage_name",
        FieldKind.TEXT,
        Wording("Nom d’usage"),
        Wording("Si vous souhaitez être appelé par ce nom."),
        max_length=100,
    ),
    Field("organisation", FieldKind.TEXT, Wording("Association ou entreprise"), Wording("Si vous écrivez en son nom.")),
    Field("email", FieldKind.EMAIL, Wording("Adresse électronique"), Wording("Par exemple nom.prenom@exemple.fr.")),
    Field("phone", FieldKind.PHONE, Wording("Téléphone"), Wording("Par exemple 06 12 34 56 78.")),
    Field("address_line", FieldKind.TEXT, Wording("Numéro et rue")),
    Field("postcode", FieldKind.TEXT, Wording("Code postal"), Wording("5 chiffres.")),
    Field("city", FieldKind.TEXT, Wording("Commune"), max_length=100),
    Field(
        "contact_preference",
        FieldKind.CHOICE,
        Wording("Comment souhaitez-vous être contacté ?"),
        choices=CONTACT_CHOICES,
    ),
)
"""The questions, posted as « requester.family_name » and so on; the channel tells which are compulsory."""


def read_requester(
    posted: Mapping[str, Sequence[str]], *, anonymous: bool, channel: ChannelCode
) -> tuple[Sender, dict[str, str]]:
    """The sender, and the errors: input name (« requester.email ») → French sentence.

    What is written must be well written on every channel; only the web asks for what is missing: an agent
    records what the citizen could say. `anonymous` (where the procedure allows it) asks for nothing.
    """
    values: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for field in REQUESTER_FIELDS:
        reading = read(field, f"{PREFIX}{field.code}", Posted(posted))
        errors |= reading.faults
        values[field.code] = reading.value or ""
    if values["postcode"]:
        try:
            values["postcode"] = check_postcode(values["postcode"])
        except Invalid as error:
            errors[f"{PREFIX}postcode"] = error.sentence
    preference = values.pop("contact_preference")
    sender = Sender(**values, contact_preference=ContactPreference(preference) if preference else _usual(values))
    if channel is ChannelCode.WEB_FORM and not anonymous:
        errors = _missing(sender, errors) | errors
    return sender, errors


def lacks_address(*people: Sender | Represented | None) -> dict[str, str]:
    """The error when none of them says where to send a letter."""
    if any(one and one.address_line and one.city for one in people):
        return {}
    return {f"{PREFIX}address_line": NO_ADDRESS}


def as_posted(sender: Sender) -> dict[str, list[str]]:
    """The inputs that this sender would come from, to fill the block again."""
    values = {field.code: getattr(sender, field.code) for field in REQUESTER_FIELDS}
    return {f"{PREFIX}{code}": [str(value)] for code, value in values.items() if value}


def _usual(values: Mapping[str, str]) -> ContactPreference | None:
    """The way to answer that the contact details allow, when none was chosen."""
    if values["email"]:
        return ContactPreference.EMAIL
    if values["address_line"] and values["city"]:
        return ContactPreference.POST
    return ContactPreference.PHONE if values["phone"] else None


def _missing(sender: Sender, errors: Mapping[str, str]) -> dict[str, str]:
    """What a citizen still has to write: a name, and a way to be answered that fits their preference."""
    missing: dict[str, str] = {}
    if not sender.organisation:
        if not sender.family_name:
            missing["family_name"] = Wording("Indiquez votre nom de naissance.")
        if not sender.given_names:
            missing["given_names"] = Wording("Indiquez au moins un prénom.")
    can_be_posted_to = bool(sender.address_line and sender.city)
    if not (sender.email or sender.phone or can_be_posted_to or errors):
        missing["email"] = NO_WAY_TO_ANSWER
    elif sender.contact_preference is ContactPreference.EMAIL and not sender.email:
        missing["email"] = Wording("Indiquez votre adresse électronique pour une réponse par courriel.")
    elif sender.contact_preference is ContactPreference.POST and not can_be_posted_to:
        missing["address_line"] = Wording("Indiquez votre adresse postale pour une réponse par courrier.")
    elif sender.contact_preference in (ContactPreference.SMS, ContactPreference.PHONE) and not sender.phone:
        missing["phone"] = Wording("Indiquez votre téléphone pour être contacté ainsi.")
    elif sender.contact_preference is ContactPreference.SMS and not is_mobile(sender.phone):
        missing["phone"] = NOT_MOBILE
    return {f"{PREFIX}{code}": sentence for code, sentence in missing.items()}
