"""`python -m benchmarks [names] [--quick]`: measure, print, and write `benchmarks/results/latest.md` and `.json`."""

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import case_page, form_post, intake, memory, pdf_letter, queue_page, results
from benchmarks.engines import Engine, PostgresEngine, SqliteEngine
from benchmarks.measure import Line
from benchmarks.subject import Bench, Subject
from tests.services import postgres

SUBJECTS: Mapping[str, Subject] = {
    "memory": memory.run,
    "intake": intake.run,
    "form_post": form_post.run,
    "queue_page": queue_page.run,
    "case_page": case_page.run,
    "pdf_letter": pdf_letter.run,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure the subjects named, or all; the code is 0 whatever is measured: these are facts, not tests."""
    chosen = _parser().parse_args(arguments)
    lines: list[Line] = []
    with _bench(quick=chosen.quick, engines=chosen.engine) as bench:
        for name in chosen.names or SUBJECTS:
            print(f"{name}…", file=sys.stderr, flush=True)
            for line in SUBJECTS[name](bench):
                print(results.as_text(line), flush=True)
                lines.append(line)
    if not chosen.quick:
        results.write(lines)
    return 0


@contextmanager
def _bench(*, quick: bool, engines: str) -> Iterator[Bench]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="parvis-bench-", ignore_cleanup_errors=True)))
        wanted: list[Engine] = []
        if engines != "sqlite":
            wanted.append(PostgresEngine(stack.enter_context(postgres.running())))
        if engines != "postgresql":
            wanted.append(SqliteEngine(folder))
        yield Bench(tuple(wanted), folder, quick)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[[], *SUBJECTS], metavar="names", help=", ".join(SUBJECTS))
    parser.add_argument("--quick", action="store_true", help="a few operations of each, and nothing written")
    parser.add_argument("--engine", choices=["postgresql", "sqlite"], default="", help="one engine only")
    return parser


if __name__ == "__main__":
    sys.exit(main())
