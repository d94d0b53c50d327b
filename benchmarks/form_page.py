"""The pages that a citizen waits for: a form in one page, and the first page of a form in steps, each a first visit."""

from collections.abc import Iterator

from benchmarks import load
from benchmarks.load import Ask
from benchmarks.measure import ROUNDS, Line, per_operation
from benchmarks.served import serving
from benchmarks.subject import Bench

MOST_MILLISECONDS = 15.0
FORMS = {"in one page, with a map": "street_issue", "in steps, its first page": "association_grant"}


def run(bench: Bench) -> Iterator[Line]:
    """CPU time of server and database for each page, beside no raw limit: what is promised is a time."""
    count = bench.many(400)
    for engine in bench.engines:
        with engine.lend() as url, serving("product", url, bench.folder) as product:
            for detail, code in FORMS.items():
                page = Ask("GET", f"/demarches/{code}/demande", headers=load.BROWSER)

                def work() -> int:
                    return load.send(product.port, count, lambda _: page)  # noqa: B023 (called before the next turn)

                work()  # warm
                cost = min(per_operation(work, lambda: product.cpu() + engine.cpu()) for _ in range(ROUNDS))  # noqa: B023
                yield Line("form_page", engine.name, detail, "ms", cost, None, MOST_MILLISECONDS)
