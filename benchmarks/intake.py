"""Intake through the service: case, citizen, message, history, clock, document and promise in one transaction."""

from collections.abc import Iterator

from benchmarks import bare
from benchmarks.engines import Engine
from benchmarks.measure import Line, compare, own_cpu
from benchmarks.subject import Bench
from tests import factories


def run(bench: Bench) -> Iterator[Line]:
    """Against one raw INSERT on an open connection."""
    count = bench.many(400)
    for engine in bench.engines:
        with engine.lend() as url:
            ours, limit = _measure(engine, url, bench, count)
        yield Line("intake", engine.name, "through the service, against one raw INSERT", "ms", ours, limit)


def _measure(engine: Engine, url: str, bench: Bench, count: int) -> tuple[float, float]:
    runtime = factories.a_runtime(url, bench.folder)
    bare.prepare(url)
    insert = bare.insert_statement(url)

    def receive() -> int:
        for _ in range(count):
            factories.a_receipt(runtime)
        return count

    def write() -> int:
        for _ in range(count):
            connection.execute(insert, ["Martin", "jeanne@courriel.example", "Un trou profond."])
        return count

    def clock() -> float:
        return own_cpu() + engine.cpu()

    receive()  # warm
    with bare.connecting(url, bare.Connections.OPENED)() as connection:
        measured = compare((receive, clock), (write, clock))
    runtime.database.dispose()
    return measured
