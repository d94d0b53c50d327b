"""Why two sheets may be of one person: reasons for people to judge, never a proof (an e-mail or a phone is shared)."""

from typing import Protocol

from backoffice.domain import search_keys
from backoffice.domain.french import fold

SAME_NAME, NEAR_NAME = "même nom", "nom très proche"
SAME_EMAIL, SAME_PHONE = "même courriel", "même téléphone"
SAME_ADDRESS, SAME_TOWN = "même adresse", "même commune"
# What is worth how much beside the rest: only to sort those who are proposed.
WEIGHTS = {SAME_NAME: 5, SAME_EMAIL: 4, SAME_PHONE: 4, SAME_ADDRESS: 3, NEAR_NAME: 2, SAME_TOWN: 1}


class Told(Protocol):
    """A person as a sheet or a form tells of them, every part possibly empty."""

    @property
    def family_name(self) -> str: ...
    @property
    def usage_name(self) -> str: ...
    @property
    def given_names(self) -> str: ...
    @property
    def organisation(self) -> str: ...
    @property
    def email(self) -> str: ...
    @property
    def phone(self) -> str: ...
    @property
    def address_line(self) -> str: ...
    @property
    def postcode(self) -> str: ...
    @property
    def city(self) -> str: ...


def reasons(one: Told, other: Told) -> tuple[str, ...]:
    """What suggests that two sheets are of one person, the strongest first; nothing when it is not enough.

    Names count first: relatives share a telephone, an e-mail and a roof. The same name is enough by itself; a name that
    is written otherwise, or that one of them lacks, wants something else beside it.
    """
    shared = _shared(one, other)
    named = _same_name(one, other)
    if named is None or (named != SAME_NAME and not shared):
        return ()
    if not named and not {SAME_EMAIL, SAME_PHONE} & set(shared):
        return ()
    return tuple(sorted(filter(None, (named, *shared)), key=lambda reason: -WEIGHTS[reason]))


def weight(found: tuple[str, ...]) -> int:
    """How much these reasons say together."""
    return sum(WEIGHTS[reason] for reason in found)


def _shared(one: Told, other: Told) -> list[str]:
    found = []
    if one.email and one.email.lower() == other.email.lower():
        found.append(SAME_EMAIL)
    if one.phone and search_keys.phone_key(one.phone) == search_keys.phone_key(other.phone):
        found.append(SAME_PHONE)
    same_town = bool(one.city or one.postcode) and _agree(one.postcode, other.postcode) and _agree(one.city, other.city)
    if same_town and one.address_line and _address(one) == _address(other):
        found.append(SAME_ADDRESS)
    elif same_town and (one.city or one.postcode) and (other.city or other.postcode):
        found.append(SAME_TOWN)
    return found


def _same_name(one: Told, other: Told) -> str | None:
    """How alike the names are; an empty text when one of them has none, None when they are of two people."""
    if one.organisation or other.organisation:
        both = one.organisation and other.organisation
        return _alike(one.organisation, other.organisation) if both else None
    families = [_alike(first, second) for first in _families(one) for second in _families(other)]
    given = _alike(_first_given(one), _first_given(other))
    if given is None or (families and all(family is None for family in families)):
        return None
    family = SAME_NAME if SAME_NAME in families else NEAR_NAME if NEAR_NAME in families else ""
    return min((family, given), key=lambda how: WEIGHTS.get(how, 0))


def _families(person: Told) -> list[str]:
    return [name for name in (person.family_name, person.usage_name) if name]


def _first_given(person: Told) -> str:
    # Counters write the first of several; « Jean Philippe » and « Jean-Philippe » are one.
    return next(iter(person.given_names.split()), "")


def _alike(one: str, other: str) -> str | None:
    first, second = search_keys.words_of(one), search_keys.words_of(other)
    if not first or not second:
        return ""
    if first == second or "".join(first) == "".join(second):
        return SAME_NAME
    begun = min(len(first), len(second))
    pairs = list(zip(first, second, strict=False))
    if all(search_keys.is_slip(*pair) for pair in pairs) or first[:begun] == second[:begun]:
        return NEAR_NAME
    return None


def _address(person: Told) -> tuple[list[str], list[str]]:
    words = search_keys.words_of(person.address_line)
    return [word for word in words if word.isdigit()], sorted(search_keys.street_words(person.address_line))


def _agree(one: str, other: str) -> bool:
    return not one or not other or fold(one) == fold(other)
