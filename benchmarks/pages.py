"""A page of the product beside bare pages, over HTTP, request by request on the same server."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial

from benchmarks import bare, load
from benchmarks.bare import Connections, Statement
from benchmarks.engines import Engine
from benchmarks.load import Ask, Maker
from benchmarks.measure import ROUNDS, Line, per_operation
from benchmarks.served import Served, serving
from benchmarks.subject import Bench

Beside = Callable[[Connections], Iterator[tuple[str, ...]]]
LIMITS = {
    Connections.OPENED: "a bare page that connects at each request",
    Connections.KEPT: "a bare page with a connection kept",
}


@dataclass(frozen=True, slots=True)
class Comparison:
    """What is asked of the product, and of the bare pages `kind` (with these arguments) beside it."""

    subject: str
    detail: str
    ask: Callable[[Served], Maker]
    kind: str
    plain: Ask
    status: int
    target: float | None
    arguments: tuple[str, ...] = ()


def compare(bench: Bench, engine: Engine, url: str, one: Comparison, count: int) -> Iterator[Line]:
    """The best round of the product, beside the best round of each bare page; the target is for the first of them.

    One server answers at a time, a few seconds each, in turn.
    """
    with ExitStack() as stack:
        product = stack.enter_context(serving("product", url, bench.folder))
        ask = one.ask(product)
        works = {"product": partial(load.send, product.port, count, ask, one.status)}
        servers = {"product": product}
        for connections in LIMITS:
            limit = stack.enter_context(serving(one.kind, url, bench.folder, connections, *one.arguments))
            works[connections] = partial(load.send, limit.port, count, lambda _: one.plain, one.status)
            servers[connections] = limit
        for work in works.values():
            work()  # warm
        best = dict.fromkeys(works, float("inf"))
        for _ in range(ROUNDS):
            for name, work in works.items():
                cost = per_operation(work, lambda: servers[name].cpu() + engine.cpu())  # noqa: B023 (called at once)
                best[name] = min(best[name], cost)
    for connections, words in LIMITS.items():
        target = one.target if engine.promised and connections is Connections.OPENED else None
        detail = f"{one.detail}, beside {words}"
        yield Line(one.subject, engine.name, detail, "ms", best["product"], best[connections], target)


def compare_reading(
    bench: Bench,
    engine: Engine,
    url: str,
    subject: str,
    detail: str,
    page: Ask,
    statements: Sequence[Statement],
    target: float | None,
) -> Iterator[Line]:
    """A page that is read, beside bare pages that send these SELECTs."""
    file = bench.folder / f"{subject}.json"
    bare.save(statements, file)
    one = Comparison(subject, detail, lambda _: lambda _: page, "select", Ask("GET", "/"), 200, target, (str(file),))
    yield from compare(bench, engine, url, one, bench.many(400))
