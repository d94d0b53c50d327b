"""« Je fais cette demande pour… » on a page: the same questions for a citizen and for the agent who asks them."""

import json
from dataclasses import dataclass

from backoffice.domain.fields import Field
from backoffice.domain.representation import TIE_LABELS, Capacity
from backoffice.domain.representation_form import (
    ADDRESS_FIELDS,
    CAPACITY_CHOICES,
    FOR,
    MANDATE,
    MANDATE_FIELDS,
    NAME_FIELD,
    PERSON_FIELDS,
    RNA_FIELD,
    ROLE_FIELD,
    SIRET_FIELD,
    TIE_CHOICES,
    TIE_FIELD,
)
from backoffice.domain.wording import Wording

ORGANISATIONS = (Capacity.ASSOCIATION, Capacity.COMPANY)
OTHERS = (Capacity.PERSON, *ORGANISATIONS)


@dataclass(frozen=True, slots=True)
class Part:
    """Questions that some hats ask, in rows; `when` is the condition of the script that shows them."""

    name: str
    hats: tuple[Capacity, ...]
    rows: tuple[tuple[Field, ...], ...]

    @property
    def when(self) -> str:
        """The condition as JSON."""
        return json.dumps({"field": "for", "in": self.hats})


@dataclass(frozen=True, slots=True)
class Hats:
    """What the page shows: the choice, the questions of each hat, and the words of whoever reads them."""

    question: str
    choices: tuple[tuple[str, str], ...]
    ties: tuple[tuple[str, str], ...]
    name: str = FOR
    mandate: str = MANDATE
    tie: Field = TIE_FIELD
    scope: Field = MANDATE_FIELDS[0]
    valid_until: Field = MANDATE_FIELDS[1]
    person: Part = Part("requester.for-person", (Capacity.PERSON,), (PERSON_FIELDS,))
    organisation: tuple[Part, ...] = (
        Part("requester.for-organisation", ORGANISATIONS, ((NAME_FIELD,),)),
        Part("requester.for-association", (Capacity.ASSOCIATION,), ((RNA_FIELD,),)),
        Part("requester.for-company", (Capacity.COMPANY,), ((SIRET_FIELD,),)),
        Part("requester.for-role", ORGANISATIONS, ((ROLE_FIELD,),)),
    )
    address: Part = Part("requester.for-address", OTHERS, (ADDRESS_FIELDS[:1], ADDRESS_FIELDS[1:]))


OF_CITIZEN = Hats(
    Wording("Je fais cette demande pour"),
    tuple((str(one.value), one.label) for one in CAPACITY_CHOICES),
    tuple((str(one.value), one.label) for one in TIE_CHOICES),
)
OF_AGENT = Hats(
    "Cette demande est pour",
    tuple(
        (str(one.value), "la personne elle-même" if one.value == Capacity.SELF else one.label)
        for one in CAPACITY_CHOICES
    ),
    tuple((str(tie), label[0].upper() + label[1:]) for tie, label in TIE_LABELS.items()),
)
