"""« Je fais cette demande pour… » : the questions of each hat, and what is read of their answers."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from backoffice.domain.composite_reading import read
from backoffice.domain.field_reading import Posted
from backoffice.domain.fields import Choice, Field, FieldKind
from backoffice.domain.identity import check_postcode
from backoffice.domain.incoming import ChannelCode
from backoffice.domain.representation import TIE_LABELS, Capacity, Represented, Tie
from backoffice.domain.requester import PREFIX
from backoffice.domain.wording import Wording
from backoffice.errors import Invalid

FOR, MANDATE = f"{PREFIX}for", f"{PREFIX}mandate"
"""The choice of a hat, and the file that proves it: with the questions about the person, whose page they are on."""

CAPACITY_CHOICES = (
    Choice(Capacity.SELF, Wording("moi-même")),
    Choice(Capacity.PERSON, Wording("une autre personne")),
    Choice(Capacity.ASSOCIATION, Wording("une association")),
    Choice(Capacity.COMPANY, Wording("une entreprise")),
)
TIE_CHOICES = (
    Choice(Tie.PARENT, Wording("Je suis son parent, elle est mineure")),
    Choice(Tie.GUARDIAN, Wording("Je suis son tuteur, son curateur ou une personne habilitée par le juge")),
    Choice(Tie.MANDATE, Wording("Elle m’a donné un mandat ou une procuration")),
    Choice(Tie.LAWYER, Wording("Je suis son avocat")),
    Choice(Tie.HELPER, Wording("Je l’aide, sans mandat écrit")),
)
"""What the web asks; agents, whom helpers by trade come to see, may say any tie."""
PERSON_FIELDS = (
    Field("for_given_names", FieldKind.TEXT, Wording("Ses prénoms"), max_length=100),
    Field("for_family_name", FieldKind.TEXT, Wording("Son nom"), max_length=100),
)
TIE_FIELD = Field(
    "for_tie", FieldKind.CHOICE, Wording("À quel titre ?"), choices=tuple(Choice(*one) for one in TIE_LABELS.items())
)
NAME_FIELD = Field("for_name", FieldKind.TEXT, Wording("Nom de l’association ou de l’entreprise"), max_length=200)
RNA_FIELD = Field(
    "for_rna", FieldKind.RNA, Wording("Numéro RNA"), Wording("W et 9 chiffres, sur le récépissé de la préfecture.")
)
SIRET_FIELD = Field("for_siret", FieldKind.SIRET, Wording("Numéro SIRET"), Wording("14 chiffres, sur vos factures."))
ROLE_FIELD = Field(
    "for_role", FieldKind.TEXT, Wording("Votre fonction"), Wording("Par exemple présidente, gérant."), max_length=100
)
ADDRESS_FIELDS = (
    Field("for_address_line", FieldKind.TEXT, Wording("Numéro et rue")),
    Field("for_postcode", FieldKind.TEXT, Wording("Code postal"), Wording("5 chiffres.")),
    Field("for_city", FieldKind.TEXT, Wording("Commune"), max_length=100),
)
ASKED: Mapping[Capacity, tuple[Field, ...]] = {
    Capacity.SELF: (),
    Capacity.PERSON: (*PERSON_FIELDS, TIE_FIELD, *ADDRESS_FIELDS),
    Capacity.ASSOCIATION: (NAME_FIELD, RNA_FIELD, ROLE_FIELD, *ADDRESS_FIELDS),
    Capacity.COMPANY: (NAME_FIELD, SIRET_FIELD, ROLE_FIELD, *ADDRESS_FIELDS),
}
"""What each hat asks, posted as « requester.for_name » and so on; what another hat asks is not read."""
MANDATE_FIELDS = (
    Field(
        "for_scope",
        FieldKind.TEXT,
        "Ce que le mandat permet",
        "Par exemple « toute démarche d’état civil ».",
        max_length=200,
    ),
    Field("for_valid_until", FieldKind.DATE, "Valable jusqu’au", "Laissez vide si aucune date n’est écrite."),
)
"""What an agent reads on the mandate that is shown; the web asks nobody to."""
SEEN = f"{PREFIX}for_seen"
"""The box that an agent ticks who saw the proof and kept no copy of it."""


def read_represented(
    posted: Mapping[str, Sequence[str]], channel: ChannelCode
) -> tuple[Represented | None, dict[str, str]]:
    """Who is spoken for (None: nobody but oneself), and the errors: input name → French sentence.

    On every channel a name is needed, since a letter must bear one; the web asks for the rest too.
    """
    chosen = (posted.get(FOR) or ("",))[0]
    if chosen not in set(Capacity) or chosen == Capacity.SELF:
        return None, {}
    capacity = Capacity(chosen)
    values: dict[str, Any] = {}
    errors: dict[str, str] = {}
    on_paper = MANDATE_FIELDS if capacity is Capacity.PERSON and channel is not ChannelCode.WEB_FORM else ()
    for field in (*ASKED[capacity], *on_paper):
        reading = read(field, f"{PREFIX}{field.code}", Posted(posted))
        errors |= reading.faults
        values[field.code.removeprefix("for_")] = reading.value or ""
    if values["postcode"]:
        try:
            values["postcode"] = check_postcode(values["postcode"])
        except Invalid as error:
            errors[f"{PREFIX}for_postcode"] = error.sentence
    numbers = [values.pop(name, "") for name in ("rna", "siret")]
    tie, until = values.pop("tie", ""), values.pop("valid_until", None)
    found = Represented(
        capacity,
        number=next(filter(None, numbers), ""),
        tie=Tie(tie) if tie else None,
        valid_until=date.fromisoformat(until) if until else None,
        seen=channel is not ChannelCode.WEB_FORM and bool((posted.get(SEEN) or ("",))[0]),
        **values,
    )
    return found, _missing(found, channel) | errors


def as_posted(known: Represented) -> dict[str, list[str]]:
    """What a page that corrects it starts with."""
    values = known.to_data()
    number = {Capacity.ASSOCIATION: "rna", Capacity.COMPANY: "siret"}.get(known.capacity)
    values |= {number: values.pop("number")} if number else {}
    seen = "yes" if values.pop("seen") else ""
    typed = {f"{PREFIX}for_{name}": [str(value)] for name, value in values.items() if value}
    return {**typed, FOR: [known.capacity], SEEN: [seen]}


def _missing(found: Represented, channel: ChannelCode) -> dict[str, str]:
    missing: dict[str, str] = {}
    on_web = channel is ChannelCode.WEB_FORM
    if found.is_person:
        if not found.family_name:
            missing["for_family_name"] = Wording("Indiquez le nom de la personne pour qui la demande est faite.")
        if on_web and not found.given_names:
            missing["for_given_names"] = Wording("Indiquez au moins un prénom de cette personne.")
        if on_web and found.tie is None:
            missing["for_tie"] = Wording("Dites à quel titre vous faites cette demande pour elle.")
    else:
        if not found.name:
            missing["for_name"] = Wording("Indiquez le nom de l’association ou de l’entreprise.")
        if on_web and found.capacity is Capacity.COMPANY and not found.number:
            missing["for_siret"] = Wording("Indiquez le numéro SIRET de l’entreprise, 14 chiffres.")
    return {f"{PREFIX}{code}": sentence for code, sentence in missing.items()}
