"""Intake through the service: case, citizen, message, history, clock, document and promise in one transaction."""

from collections.abc import Iterator

from benchmarks import bare
from benchmarks.measure import Line, compare, own_cpu
from benchmarks.subject import Bench
from tests import factories


def run(bench: Bench) -> Iterator[Line]:
    """Against one raw INSERT on an open connection."""
    count = bench.many(400)
    for engine in bench.engines:
        with engine.lend() as url:
            runtime = factories.a_runtime(url, bench.folder)
            bare.prepare(url)
            connection = bare.connect(url)()
            mark = "%s" if url.startswith("postgresql") else "?"
            insert = f"INSERT INTO {bare.TABLE} ({', '.join(bare.COLUMNS)}) VALUES ({mark}, {mark}, {mark})"

            def receive() -> int:
                for _ in range(count):
                    factories.a_receipt(runtime)  # noqa: B023 (called before the next turn)
                return count

            def raw() -> int:
                for _ in range(count):
                    connection.execute(insert, ["Martin", "jeanne@courriel.example", "Un trou profond."])  # noqa: B023
                return count

            def clock() -> float:
                return own_cpu() + engine.cpu()  # noqa: B023

            receive()  # warm
            ours, limit = compare((receive, clock), (raw, clock))
            connection.close()
            runtime.database.dispose()
            yield Line("intake", engine.name, "through the service, against one raw INSERT", "ms", ours, limit)
