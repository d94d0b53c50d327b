"""Two hundred thousand plausible people, with names and streets as common and as rare as in a French town."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import accumulate

from sqlalchemy import func, select

from backoffice.domain.french import fold
from backoffice.infra.database import Database
from backoffice.models.authorities import Authority
from backoffice.models.people import Citizen
from backoffice.queries import citizen_keys
from benchmarks import volume
from benchmarks.volume import FAMILY_NAMES, GIVEN_NAMES, Row

ONSETS = ("b", "br", "c", "ch", "d", "f", "g", "gr", "j", "l", "m", "n", "p", "pr", "qu", "r", "s", "t", "tr", "v")
VOWELS = ("a", "e", "i", "o", "u", "ai", "au", "ou", "eu", "oi")
ENDS = ("", "n", "r", "l", "t", "s", "d", "x", "nd", "nt", "rd", "lle", "tte", "c")
SURNAMES, GIVEN, STREETS = 50_000, 1_500, 1_200
TOWNS = (("49000", "Angers"), ("49100", "Angers"), ("49240", "Avrillé"), ("49124", "Saint-Barthélemy-d’Anjou"))
BATCH = 10_000


class Names:
    """Names of people and of streets: a few very common ones, and very many rare ones (Zipf)."""

    def __init__(self) -> None:
        draw = random.Random(1)
        self.family = [*FAMILY_NAMES, *_invented(draw, SURNAMES)]
        self.given = [*GIVEN_NAMES, *_invented(draw, GIVEN)]
        self.streets = [
            f"{draw.choice(('rue', 'avenue', 'allée', 'place'))} {name}" for name in self._named_streets(draw)
        ]
        self.weights = {
            len(names): list(accumulate(1 / (rank + 20) for rank in range(len(names))))
            for names in (self.family, self.given, self.streets)
        }

    def _named_streets(self, draw: random.Random) -> Iterator[str]:
        for name in _invented(draw, STREETS):
            yield draw.choice((f"des {name}s", f"{draw.choice(self.given)} {name}", f"du {name}"))

    def draw(self, draw: random.Random, names: list[str]) -> str:
        """One of them, as often as it is met."""
        return draw.choices(names, cum_weights=self.weights[len(names)])[0]


def fill(database: Database, people: int) -> None:
    """Add sheets until there are so many, and index them all."""
    names = Names()
    writer = database.engine.execution_options(parvis_write=True)
    with writer.begin() as connection:
        authority = connection.execute(select(Authority.id)).scalars().one()
        known = connection.scalar(select(func.max(Citizen.id))) or 0
        now = datetime.now(UTC)
        for first in range(known + 1, people + 1, BATCH):
            numbers = range(first, min(first + BATCH, people + 1))
            rows = (person(names, number) | {"authority_id": authority, "created_at": now} for number in numbers)
            volume.write(connection, Citizen.__table__, rows)
    with database.transaction() as session:
        citizen_keys.rebuild(session)
    volume.tidy(database)


def person(names: Names, number: int) -> Row:
    """The sheet of that number."""
    draw = random.Random(number)
    family, given = names.draw(draw, names.family), names.draw(draw, names.given)
    postcode, city = draw.choices(TOWNS, weights=(5, 3, 1, 1))[0]
    return {
        "id": number,
        "family_name": family,
        "given_names": given,
        "folded_name": fold(f"{family} {given}"),
        "email": f"{fold(given)}.{fold(family)}.{number}@courriel.example".replace(" ", "") if number % 3 else "",
        "phone": f"+336{number * 7919 % 10**8:08d}",
        "address_line": f"{draw.randint(1, 160)} {names.draw(draw, names.streets)}",
        "postcode": postcode,
        "city": city,
    }


def _invented(draw: random.Random, count: int) -> list[str]:
    found: dict[str, None] = {}
    while len(found) < count:
        syllables = draw.choices((1, 2, 3), weights=(1, 8, 4))[0]
        word = "".join(draw.choice(ONSETS) + draw.choice(VOWELS) for _ in range(syllables)) + draw.choice(ENDS)
        found[word.capitalize()] = None
    return list(found)
