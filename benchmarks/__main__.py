"""`python -m benchmarks [names] [--quick]`: measure, print, and write `benchmarks/results/latest.md` and `.json`."""

import argparse
import gc
import logging
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from backoffice.infra import logs
from benchmarks import (
    agents,
    batch_letters,
    case_page,
    dashboard,
    email_ingestion,
    exports,
    form_page,
    form_post,
    intake,
    memory,
    pdf_letter,
    person_search,
    queue_page,
    results,
)
from benchmarks.engines import Engine, PostgresEngine, SqliteEngine
from benchmarks.measure import Line
from benchmarks.subject import Bench, Subject
from tests import factories
from tests.services import postgres

SUBJECTS: Mapping[str, Subject] = {
    "memory": memory.run,
    "intake": intake.run,
    "form_page": form_page.run,
    "form_post": form_post.run,
    "queue_page": queue_page.run,
    "case_page": case_page.run,
    "dashboard": dashboard.run,
    "person_search": person_search.run,
    "email_ingestion": email_ingestion.run,
    "pdf_letter": pdf_letter.run,
    "batch_letters": batch_letters.run,
    "exports": exports.run,
    "agents": agents.run,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure the subjects named, or all; the code is 0 whatever is measured: these are facts, not tests."""
    chosen = _parser().parse_args(arguments)
    with _bench(quick=chosen.quick, engines=chosen.engine, million=chosen.million) as bench:
        for name in chosen.names or SUBJECTS:
            print(f"{name}…", file=sys.stderr, flush=True)
            lines: list[Line] = []
            for line in SUBJECTS[name](bench):
                print(results.as_text(line), flush=True)
                lines.append(line)
            if not (chosen.quick or chosen.engine or chosen.million):
                results.write(lines)
    return 0


@contextmanager
def _bench(*, quick: bool, engines: str, million: bool) -> Iterator[Bench]:
    # As the processes of the product do before they fork: what is loaded is not visited by the collector again.
    gc.collect()
    gc.freeze()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="parvis-bench-", ignore_cleanup_errors=True)))
        wanted: list[Engine] = []
        if engines != "sqlite":
            wanted.append(PostgresEngine(stack.enter_context(postgres.running())))
        if engines != "postgresql":
            wanted.append(SqliteEngine(folder))
        _log_to(folder / "log", stack)
        yield Bench(tuple(wanted), folder, quick, million)


def _log_to(path: Path, stack: ExitStack) -> None:
    """What the product logs is written as it would be, and not on this screen."""
    logs.configure(factories.some_settings("sqlite://", path.parent))
    stream = stack.enter_context(path.open("w", encoding="utf-8"))
    for handler in logging.getLogger().handlers:
        if isinstance(handler, logging.StreamHandler):
            handler.setStream(stream)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[[], *SUBJECTS], metavar="names", help=", ".join(SUBJECTS))
    parser.add_argument("--quick", action="store_true", help="a few operations of each, and nothing written")
    parser.add_argument(
        "--million", action="store_true", help="a million cases too (PostgreSQL, ten minutes), and nothing written"
    )
    parser.add_argument(
        "--engine", choices=["postgresql", "sqlite"], default="", help="one engine only, and nothing written"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
