"""A person looked for from the one box of the desk, among two hundred thousand sheets."""

import random
from collections.abc import Callable, Iterator
from functools import partial
from itertools import cycle

from backoffice.domain.policy import Actor
from backoffice.infra.database import Database
from backoffice.queries import citizen_search
from benchmarks import bare, people, visits
from benchmarks.bare import Connections
from benchmarks.engines import Engine
from benchmarks.measure import Line, compare, own_cpu
from benchmarks.people import Names
from benchmarks.subject import Bench
from benchmarks.volume import Row
from tests import factories

PEOPLE, CASES = 200_000, 10_000
TARGETS = {"PostgreSQL": 15.0, "SQLite": 40.0}
ASKED = 60


def run(bench: Bench) -> Iterator[Line]:
    """Each way to say who it is, beside a raw SELECT of as many columns by an indexed e-mail."""
    known, count = (1_000, PEOPLE // 20) if bench.quick else (CASES, PEOPLE)
    names = Names()
    drawn = [people.person(names, number) for number in random.Random(7).sample(range(known + 1, count), ASKED)]
    for engine in bench.engines:
        with engine.lend(known) as url:
            database = Database(url)
            people.fill(database, count)
            with database.reading() as session:
                actor = factories.actor_named(session, visits.AGENT)
            clock, raw = partial(_cpu, engine), _raw(url, drawn)
            for way, words in _ways(names, drawn).items():
                ours = _search(database, actor, words, bench.many(160))
                ours()  # warm
                cost, limit = compare((ours, clock), (raw, clock))
                detail = f"{way}, {count:,} people"
                yield Line("person_search", engine.name, detail, "ms", cost, None, TARGETS[engine.name])
                yield Line("person_search", engine.name, f"{detail}, beside a raw SELECT", "ms", cost, limit)
            database.dispose()


def _cpu(engine: Engine) -> float:
    return own_cpu() + engine.cpu()


def _ways(names: Names, drawn: list[Row]) -> dict[str, list[str]]:
    """What agents type, by the way they say it."""
    return {
        "name": [f"{one['given_names']} {one['family_name']}" for one in drawn],
        "name with a typo": [f"{one['given_names']} {_mistyped(one['family_name'])}" for one in drawn],
        "very common name": [names.family[rank % 8] for rank in range(ASKED)],
        "beginning of a name": [one["family_name"][:3] for one in drawn],
        "telephone": [f"0{one['phone'][3:]}" for one in drawn],
        "e-mail": [one["email"] or "personne@courriel.example" for one in drawn],
        "address": [f"{one['address_line']} {one['city']}" for one in drawn],
        "nobody": [f"Wxyzk{rank} Qwvbn{rank}" for rank in range(ASKED)],
    }


def _mistyped(name: str) -> str:
    middle = len(name) // 2
    return name[: middle - 1] + name[middle] + name[middle - 1] + name[middle + 1 :]


def _search(database: Database, actor: Actor, words: list[str], count: int) -> Callable[[], int]:
    asked = cycle(words)

    def work() -> int:
        for _ in range(count):
            with database.reading() as session:
                citizen_search.search(session, actor, next(asked))
        return count

    return work


def _raw(url: str, drawn: list[Row]) -> Callable[[], int]:
    connect = bare.connecting(url, Connections.KEPT)
    mark = "%s" if url.startswith("postgresql") else "?"
    sql = f"SELECT * FROM citizens WHERE authority_id = 1 AND email = {mark}"
    count = 2_000

    def work() -> int:
        emails = cycle([one["email"] for one in drawn if one["email"]])
        with connect() as connection:
            for _ in range(count):
                connection.execute(sql, [next(emails)]).fetchall()
        return count

    return work
