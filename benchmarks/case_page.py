"""The page of a case with 20 messages, then with 200, as the agent in charge of it sees it."""

from collections.abc import Iterator
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from backoffice.infra.runtime import Runtime
from backoffice.models.cases import Case
from backoffice.queries import cases
from backoffice.services import casework, intake
from benchmarks import load, visits
from benchmarks.engines import Engine
from benchmarks.load import Ask
from benchmarks.measure import ROUNDS, Line, per_operation
from benchmarks.pages import compare_reading
from benchmarks.served import serving
from benchmarks.subject import Bench
from tests import factories

PATH = "/agents/dossiers"
TARGET = 6.0
MESSAGES, MOST_MESSAGES = 20, 200
MOST_MILLISECONDS = 25.0


def run(bench: Bench) -> Iterator[Line]:
    """Against a bare page with the raw SELECTs of the case and of its messages; the long one, against a time."""
    for engine in bench.engines:
        with engine.lend(bench.volumes[0]) as url:
            runtime = factories.a_runtime(url, bench.folder)
            with runtime.database.transaction() as session:
                reference, case_id = _long_case(session, runtime, MESSAGES)
                longest, _ = _long_case(session, runtime, MOST_MESSAGES)
            with runtime.database.reading() as session:
                actor = factories.actor_named(session, visits.AGENT)

                def read() -> None:
                    cases.get_case(session, actor, reference)  # noqa: B023 (called before the next turn)
                    cases.list_messages(session, case_id)  # noqa: B023

                statements = visits.statements_of(runtime.database, read)
            cookie = visits.agent_cookie(runtime)
            runtime.database.dispose()
            page = Ask("GET", f"{PATH}/{reference}", headers={"Cookie": cookie})
            yield from compare_reading(
                bench, engine, url, "case_page", f"{MESSAGES} messages", page, statements, TARGET
            )
            yield _timed(bench, engine, url, Ask("GET", f"{PATH}/{longest}", headers={"Cookie": cookie}))


def _timed(bench: Bench, engine: Engine, url: str, page: Ask) -> Line:
    """CPU time of server and database for the long one, beside no raw limit: what is promised is a time."""
    count = bench.many(100)
    with serving("product", url, bench.folder) as product:

        def work() -> int:
            return load.send(product.port, count, lambda _: page)

        work()  # warm
        cost = min(per_operation(work, lambda: product.cpu() + engine.cpu()) for _ in range(ROUNDS))
    most = MOST_MILLISECONDS if engine.promised else None
    return Line("case_page", engine.name, f"{MOST_MESSAGES} messages", "ms", cost, None, most)


def _long_case(session: Session, runtime: Runtime, messages: int) -> tuple[str, int]:
    """A conversation: the citizen writes, the agent answers, in turn."""
    case = factories.a_case(session, runtime)
    agent = factories.actor_named(session, visits.AGENT)
    casework.take(session, agent, case)
    authority = factories.the_authority(session)
    for number in range(1, messages):
        if number % 2:
            casework.reply(
                session,
                runtime,
                agent,
                case,
                f"Bonjour,\n\nNotre équipe passera le {number} mars.",
                key=f"bench-{messages}-{number}",
            )
        else:
            incoming = factories.an_incoming(
                received_at=datetime.now(UTC), body=f"Merci. Voici une précision ({number})."
            )
            intake.join(session, authority, case, incoming)
        session.flush()
    assert isinstance(case, Case)
    return case.reference, case.id
