"""Whether a sheet may be that of a verified person: names, and birth where both say it; never an e-mail (O7).

A match is a guess worth a question, never a proof.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from backoffice.domain.french import fold

UNKNOWN_PART = "00"


@dataclass(frozen=True, slots=True)
class Described:
    """A person as a sheet or a provider describes them, every part possibly empty; `birthdate` may be partial."""

    family_name: str = ""
    usage_name: str = ""
    given_names: str = ""
    birthdate: str = ""
    birthplace: str = ""
    birthcountry: str = ""


def described_by(claims: Mapping[str, str]) -> Described:
    """The person of a snapshot of claims."""
    return Described(
        claims.get("family_name", ""),
        claims.get("preferred_username", ""),
        claims.get("given_name", ""),
        claims.get("birthdate", ""),
        claims.get("birthplace", ""),
        claims.get("birthcountry", ""),
    )


def may_be_one(verified: Described, sheet: Described) -> bool:
    """Whether nothing that both say tells them apart, and both say a name and a given name."""
    return (
        bool(_names(verified) & _names(sheet))
        and _same_given_names(verified.given_names, sheet.given_names)
        and _same_birthdate(verified.birthdate, sheet.birthdate)
        and _agree(verified.birthplace, sheet.birthplace)
        and _agree(verified.birthcountry, sheet.birthcountry)
    )


def search_keys(verified: Described) -> list[str]:
    """How a sheet that may be theirs begins, as sheets are sorted: « martin jeanne »."""
    given = fold(verified.given_names).split()
    return [f"{name} {given[0]}" for name in sorted(_names(verified))] if given else []


def _names(person: Described) -> set[str]:
    return {fold(name) for name in (person.family_name, person.usage_name)} - {""}


def _same_given_names(one: str, other: str) -> bool:
    # Counters write the first of several; « Jean Philippe » and « Jean-Philippe » fold alike.
    first, second = fold(one).split(), fold(other).split()
    common = min(len(first), len(second))
    return common > 0 and first[:common] == second[:common]


def _same_birthdate(one: str, other: str) -> bool:
    known = zip(one.split("-"), other.split("-"), strict=False)
    return all(UNKNOWN_PART in (first, second) or _agree(first, second) for first, second in known)


def _agree(one: str, other: str) -> bool:
    return not one or not other or one == other
