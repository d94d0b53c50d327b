"""Six people who do not exist, as FranceConnect would describe them: with all that makes real identities awkward."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Identity:
    """One fictitious person: what the choice page says of them, and their claims."""

    code: str
    note: str
    claims: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """How the choice page calls them."""
        return f"{self.claims['given_name']} {self.claims['family_name']}"


def _person(given: list[str], family: str, birth: tuple[str, str, str], **more: str) -> dict[str, Any]:
    birthdate, birthplace, birthcountry = birth
    return {
        "given_name": " ".join(given),
        "given_name_array": given,
        "family_name": family,
        "birthdate": birthdate,
        "birthplace": birthplace,
        "birthcountry": birthcountry,
        **more,
    }


IDENTITIES: tuple[Identity, ...] = (
    Identity(
        "jeanne",
        "Identité simple, avec une adresse électronique",
        _person(
            ["Jeanne", "Marie"],
            "MARTIN",
            ("1984-03-27", "49007", "99100"),
            gender="female",
            email="jeanne.martin@courriel.example",
        ),
    ),
    Identity(
        "jean-philippe",
        "Prénom avec une espace, nom d’usage, né en Corse",
        _person(
            ["Jean Philippe", "Aimé"],
            "LE GOFF-D'ÆÑO",
            ("1990-12-01", "2A004", "99100"),
            gender="male",
            preferred_username="Le Goff",
            email="jp.legoff@courriel.example",
        ),
    ),
    Identity(
        "amira",
        "Née à l’étranger : pas de commune de naissance, pas d’adresse électronique",
        _person(["Amira"], "BELKACEM", ("1955-06-24", "", "99352"), gender="female"),
    ),
    Identity(
        "mamadou",
        "Date de naissance incomplète : l’année seulement",
        _person(["Mamadou"], "DIALLO", ("1954-00-00", "", "99341"), gender="male", email="m.diallo@courriel.example"),
    ),
    Identity(
        "homonyme",
        "Homonyme de Jeanne Martin, née ailleurs, même adresse électronique",
        _person(
            ["Jeanne", "Marie"],
            "MARTIN",
            ("1984-03-27", "13055", "99100"),
            gender="female",
            email="jeanne.martin@courriel.example",
        ),
    ),
    Identity(
        "balises",
        "Nom qui contient des signes dangereux pour une page mal faite",
        _person(
            ['Bobby"><script>alert(1)</script>', "{{ 7*7 }}"],
            "O'<b>NEIL</b> & Fils",
            ("2000-02-29", "97411", "99100"),
            gender="unspecified",
            email="bobby@courriel.example",
        ),
    ),
)
