"""Who speaks for whom: oneself, another person, an association, a company; and what allows it (C. civ. 1984)."""

from dataclasses import asdict, dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from backoffice.domain import identity
from backoffice.domain.french import fold, plain_date
from backoffice.domain.wording import Wording


class Capacity(StrEnum):
    """In whose name a request is made."""

    SELF = "self"
    PERSON = "person"
    ASSOCIATION = "association"
    COMPANY = "company"


class Tie(StrEnum):
    """What allows one person to speak for another."""

    PARENT = "parent"
    GUARDIAN = "guardian"
    MANDATE = "mandate"
    LAWYER = "lawyer"
    RELATIVE = "relative"
    SOCIAL_WORKER = "social_worker"
    AIDANTS_CONNECT = "aidants_connect"
    FRANCE_SERVICES = "france_services"
    HELPER = "helper"


class Proof(StrEnum):
    """Where the proof of it stands."""

    NOT_NEEDED = "not_needed"
    GIVEN = "given"
    SEEN = "seen"
    AWAITED = "awaited"


TIE_LABELS = {
    Tie.PARENT: Wording("parent d’un mineur"),
    Tie.GUARDIAN: Wording("tutelle, curatelle ou habilitation"),
    Tie.MANDATE: Wording("mandat"),
    Tie.LAWYER: Wording("avocat"),
    Tie.RELATIVE: Wording("proche, sans mandat écrit"),
    Tie.SOCIAL_WORKER: Wording("travailleur social"),
    Tie.AIDANTS_CONNECT: Wording("mandat Aidants Connect"),
    Tie.FRANCE_SERVICES: Wording("conseiller France services"),
    Tie.HELPER: Wording("aide, sans mandat écrit"),
}
PROOF_LABELS = {
    Proof.NOT_NEEDED: "",
    Proof.GIVEN: "justificatif joint",
    Proof.SEEN: "justificatif vu par un agent",
    Proof.AWAITED: "justificatif à demander",
}
# A parent is believed on their word at this stage, a lawyer on their oath; who only helps signs nothing for the other.
PROVED_BY_PAPER = frozenset({Tie.GUARDIAN, Tie.MANDATE, Tie.AIDANTS_CONNECT})


@dataclass(frozen=True, slots=True)
class Represented:
    """The person or organisation in whose name somebody speaks; its address is empty when it is the speaker's.

    `scope` says what the mandate is for, in its own words, and `valid_until` is its last day, when they are known.
    """

    capacity: Capacity
    family_name: str = ""
    given_names: str = ""
    tie: Tie | None = None
    name: str = ""
    number: str = ""
    role: str = ""
    address_line: str = ""
    postcode: str = ""
    city: str = ""
    seen: bool = False
    scope: str = ""
    valid_until: date | None = None

    @property
    def display_name(self) -> str:
        """« Paul Martin », « Les Amis du Moulin »."""
        return self.name or f"{self.given_names} {self.family_name}".strip()

    @property
    def is_person(self) -> bool:
        """Whether it is somebody, and not an organisation."""
        return self.capacity is Capacity.PERSON

    @property
    def needs_paper(self) -> bool:
        """Whether a document must prove it."""
        return self.tie in PROVED_BY_PAPER

    def is_whom(self, other: "Represented") -> bool:
        """Whether it is the same person or organisation, in the same capacity: what proves one proves the other."""
        mine, theirs = ((one.capacity, one.tie, fold(one.display_name), one.number) for one in (self, other))
        return mine == theirs

    def is_over(self, today: date) -> bool:
        """Whether the mandate allowed it, and does not any more."""
        return self.valid_until is not None and self.valid_until < today

    def proof(self, *, has_file: bool) -> Proof:
        """Where the proof stands, knowing whether its file is there."""
        if has_file:
            return Proof.GIVEN
        if self.seen:
            return Proof.SEEN
        return Proof.AWAITED if self.needs_paper else Proof.NOT_NEEDED

    def through(self, speaker: str) -> str:
        """The line under the name on a letter: « par l’intermédiaire de Jeanne Martin »."""
        way = "par l’intermédiaire de" if self.is_person else "à l’attention de"
        return f"{way} {speaker}{f', {self.role}' if self.role else ''}" if speaker else ""

    def facts(self) -> list[tuple[str, str]]:
        """What was said of it, as people read it."""
        number = identity.display_siret(self.number) if self.capacity is Capacity.COMPANY else self.number
        place = f"{self.address_line} {self.postcode} {self.city}".strip()
        rows = (
            (Wording("Demande faite pour"), self.display_name),
            (Wording("À quel titre"), TIE_LABELS[self.tie] if self.tie else self.role),
            ("SIRET" if self.capacity is Capacity.COMPANY else "RNA", number if self.number else ""),
            (Wording("Ce que le mandat permet"), self.scope),
            (Wording("Mandat valable jusqu’au"), plain_date(self.valid_until) if self.valid_until else ""),
            (Wording("Son adresse"), place),
        )
        return [(label, value) for label, value in rows if value]

    def to_data(self) -> dict[str, Any]:
        """Plain data, for the columns of a case."""
        return asdict(self)
