"""What an identity provider says of a person, checked for shape before anything is done with it (FranceConnect v2)."""

import calendar
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from backoffice.domain.french import MONTHS
from backoffice.domain.incoming import Sender, VerifiedIdentity
from backoffice.domain.wording import Wording
from backoffice.errors import Invalid

LONGEST_CLAIM = 256
LONGEST_SUBJECT = 255
_BIRTHDATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")
_EMAIL = re.compile(r"[^@\s<>\"]{1,64}@[^@\s<>\"]{1,190}")

# The pivot identity: read-only here, whoever looks at it.
PIVOT = ("given_name", "family_name", "birthdate", "gender", "birthplace", "birthcountry")


@dataclass(frozen=True, slots=True)
class VerifiedPerson:
    """The claims that were granted, most of them possibly empty; a birth date is a text, for it may be partial."""

    identity: VerifiedIdentity
    family_name: str = ""
    given_names: str = ""
    usage_name: str = ""
    birthdate: str = ""
    birthplace: str = ""
    birthcountry: str = ""
    email: str = ""

    @property
    def sender(self) -> Sender:
        """The person as a sender of requests."""
        return Sender(
            family_name=self.family_name,
            given_names=self.given_names,
            usage_name=self.usage_name,
            email=self.email,
            identity=self.identity,
        )

    @property
    def facts(self) -> list[tuple[str, str]]:
        """What was received, as the person is shown it; not the places of birth, which come as codes of INSEE."""
        rows = (
            (Wording("Nom de naissance"), self.family_name),
            (Wording("Prénoms"), self.given_names),
            (Wording("Nom d’usage"), self.usage_name),
            (Wording("Naissance"), birth_in_words(self.birthdate)),
            (Wording("Adresse électronique"), self.email),
        )
        return [(label, value) for label, value in rows if value]


def read_person(claims: Mapping[str, Any], identity: VerifiedIdentity) -> VerifiedPerson:
    """The person behind claims whose signature was checked; raise Invalid on a claim of the wrong shape."""
    birthdate = _text(claims, "birthdate")
    if birthdate and not is_birthdate(birthdate):
        raise Invalid("birthdate")
    email = _text(claims, "email")
    return VerifiedPerson(
        identity=identity,
        family_name=_text(claims, "family_name"),
        given_names=_text(claims, "given_name"),
        usage_name=_text(claims, "preferred_username"),
        birthdate=birthdate,
        birthplace=_text(claims, "birthplace"),
        birthcountry=_text(claims, "birthcountry"),
        # An address that is none is left out: it is contact data, never the identity.
        email=email if _EMAIL.fullmatch(email) else "",
    )


def is_birthdate(text: str) -> bool:
    """`1975-06-24`, and what civil registries know no better: `1975-06-00`, `1975-00-00`, `1975-06`, `1975`."""
    found = _BIRTHDATE.fullmatch(text)
    if not found:
        return False
    year, month, day = (int(part or 0) for part in found.groups())
    if month == 0:
        return day == 0
    if not year >= 1 or month > 12:
        return False
    return day <= calendar.monthrange(year, month)[1]


def birth_in_words(birthdate: str) -> str:
    """« 24 juin 1975 », « juin 1975 », « en 1975 » ; empty when it is not a birth date."""
    found = _BIRTHDATE.fullmatch(birthdate)
    if not found or not is_birthdate(birthdate):
        return ""
    year, month, day = found[1], int(found[2] or 0), int(found[3] or 0)
    if not month:
        return f"en {year}"
    if not day:
        return f"{MONTHS[month - 1]} {year}"
    return f"{'1er' if day == 1 else day} {MONTHS[month - 1]} {year}"


def snapshot(claims: Mapping[str, Any]) -> dict[str, str]:
    """The claims worth keeping, as text (RGPD: nothing that nobody asked for)."""
    kept = (*PIVOT, "preferred_username", "email")
    return {name: str(claims[name])[:LONGEST_CLAIM] for name in kept if isinstance(claims.get(name), str)}


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > LONGEST_CLAIM:
        raise Invalid(name)
    plain = unicodedata.normalize("NFC", value)
    return "".join(sign for sign in plain if unicodedata.category(sign) not in {"Cc", "Cs", "Cf"}).strip()
