"""What any test may ask for: real servers, started when first asked for, and fresh databases."""

import gc
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import bccache
from playwright.sync_api import Browser
from sqlalchemy import Engine, update
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule

from app import create_app
from backoffice.infra import database, migrations
from backoffice.infra.database import Database
from backoffice.infra.runtime import Runtime
from backoffice.models.people import Staff
from backoffice.services import setup
from tests import factories
from tests.services import browser as chromium
from tests.services import bucket as object_store
from tests.services import clamd as clamav
from tests.services import dovecot as imap
from tests.services import postgres as postgresql
from tests.services import redis as broker
from tests.services import smtp
from tests.services.browser import Pages
from tests.services.bucket import Bucket
from tests.services.clamd import Clamd
from tests.services.dovecot import Dovecot, Mailbox
from tests.services.postgres import Postgres
from tests.services.redis import RedisServer
from tests.services.smtp import SmtpSink

MIGRATED = "parvis_migrated"
SEEDED = "parvis_seeded"

OpenApp = Callable[..., Flask]


def pytest_addoption(parser: pytest.Parser) -> None:
    """How much the long tests of `make soak` do."""
    parser.addoption("--soak-mails", type=int, default=10_000, help="mails of the soak of the e-mail channel")


class KeptTemplates(bccache.BytecodeCache):
    """Templates compiled by this process."""

    def __init__(self) -> None:
        self.known: dict[tuple[str, str], Any] = {}

    def load_bytecode(self, bucket: bccache.Bucket) -> None:
        """Give a template that was compiled from the same source."""
        bucket.code = self.known.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: bccache.Bucket) -> None:
        """Keep one."""
        self.known[bucket.key, bucket.checksum] = bucket.code


@pytest.fixture(scope="session", autouse=True)
def _templates_compiled_once() -> None:
    """Each test has its own application: without this, each would compile the templates that it shows."""
    Flask.jinja_options = Flask.jinja_options | {"bytecode_cache": KeptTemplates()}


@pytest.fixture(scope="session", autouse=True)
def _statements_compiled_once() -> None:
    """Each test has its own engine: without this, each would write the SQL of every statement again."""
    make_engine = database._engine
    known: dict[type, Any] = {}

    def engine_like_the_first(url: str, options: dict[str, Any]) -> Engine:
        engine = make_engine(url, options)
        kind = type(engine.dialect)
        if kind not in known:
            # Statements are known by their dialect: each engine has one of its own, and all of a kind write alike.
            kind.__eq__ = lambda one, other: type(one) is type(other)  # type: ignore[method-assign, assignment]
            kind.__hash__ = lambda one: hash(type(one))  # type: ignore[method-assign, assignment]
            known[kind] = LRUCache(10_000)
        engine._compiled_cache = known[kind]
        return engine

    database._engine = engine_like_the_first


@pytest.fixture(scope="session", autouse=True)
def _routes_compiled_once() -> None:
    """Werkzeug reads each route of each application, and writes and compiles two functions for it: the same, for us."""
    compile_builder, parse_rule = Rule._compile_builder, Rule._parse_rule
    builders: dict[Any, Any] = {}
    parsed: dict[Any, Any] = {}

    def find_builder(rule: Rule, append_unknown: bool = True) -> Any:
        key = (rule.rule, append_unknown, tuple(rule._trace), repr(rule.defaults))
        if key not in builders:
            builders[key] = compile_builder(rule, append_unknown)
        return builders[key]

    def find_parts(rule: Rule, text: str) -> Any:
        key, already = (type(rule.map), text), len(rule._trace)
        if key not in parsed:
            parts = list(parse_rule(rule, text))
            parsed[key] = parts, rule._trace[already:], dict(rule._converters), set(rule.arguments)
            return parts
        parts, trace, converters, arguments = parsed[key]
        rule._trace.extend(trace)
        rule._converters.update(converters)
        rule.arguments.update(arguments)
        return parts

    Rule._compile_builder = find_builder  # type: ignore[assignment, method-assign]
    Rule._parse_rule = find_parts  # type: ignore[method-assign]


@pytest.fixture(scope="session", autouse=True)
def _rubbish_seldom_looked_for() -> None:
    """What was loaded stays: Python looked for rubbish in it at each test, for a fifth of the time of all."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 10)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """The PostgreSQL cluster of the session."""
    with postgresql.running() as server:
        yield server


@pytest.fixture(scope="session")
def migrated_postgres(postgres: Postgres) -> str:
    """The name of a PostgreSQL template that has every table and no row."""
    migrations.upgrade(postgres.create(MIGRATED))
    return MIGRATED


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file that has every table and no row."""
    path = tmp_path_factory.mktemp("sqlite") / "template.sqlite"
    migrations.upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite_url(migrated_sqlite: Path, tmp_path: Path) -> str:
    """The address of a new SQLite database with empty tables."""
    return f"sqlite:///{shutil.copy(migrated_sqlite, tmp_path / 'parvis.sqlite')}"


@pytest.fixture
def postgres_url(postgres: Postgres, migrated_postgres: str) -> Iterator[str]:
    """The address of a new PostgreSQL database with empty tables."""
    with postgres.database(migrated_postgres) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The address of a new database with empty tables: the test runs once on each engine."""
    url: str = request.getfixturevalue({"sqlite": "sqlite_url", "postgresql": "postgres_url"}[request.param])
    return url


@pytest.fixture(scope="session")
def redis_of_session() -> Iterator[RedisServer]:
    """The Redis of the session; tests take `redis_server`."""
    with broker.running() as server:
        yield server


@pytest.fixture
def redis_server(redis_of_session: RedisServer) -> RedisServer:
    """An empty Redis, which the test may stop and start."""
    redis_of_session.clean()
    return redis_of_session


@pytest.fixture(scope="session")
def dovecot_of_session() -> Iterator[Dovecot]:
    """The IMAP server of the session; tests take `dovecot` or `mailbox`."""
    with imap.running() as server:
        yield server


@pytest.fixture
def dovecot(dovecot_of_session: Dovecot) -> Dovecot:
    """An IMAP server, which the test may stop, start, restart and cut."""
    dovecot_of_session.clean()
    return dovecot_of_session


@pytest.fixture
def mailbox(dovecot: Dovecot) -> Mailbox:
    """A new, empty IMAP mailbox."""
    return dovecot.mailbox()


@pytest.fixture(scope="session")
def smtp_of_session() -> Iterator[SmtpSink]:
    """The SMTP server of the session; tests take `smtp_sink`."""
    with smtp.running() as server:
        yield server


@pytest.fixture
def smtp_sink(smtp_of_session: SmtpSink) -> SmtpSink:
    """An SMTP server that has received nothing yet."""
    smtp_of_session.clean()
    return smtp_of_session


@pytest.fixture(scope="session")
def clamd_of_session() -> Iterator[Clamd]:
    """The virus scanner of the session; tests take `clamd`."""
    with clamav.running() as server:
        yield server


@pytest.fixture
def clamd(clamd_of_session: Clamd) -> Clamd:
    """A virus scanner that knows EICAR, which the test may stop and start."""
    clamd_of_session.clean()
    return clamd_of_session


@pytest.fixture
def bucket() -> Iterator[Bucket]:
    """An empty object store, which the test may slow down or cut."""
    with object_store.running() as found:
        yield found


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The Chromium of the session."""
    with chromium.running() as found:
        yield found


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Pages]:
    """Opens pages, `open_page(320)`; fails if one calls another site or breaks its own security policy."""
    pages = Pages(browser)
    yield pages
    pages.close()
    assert pages.complaints == []


def _seed(url: str) -> None:
    seeded = Database(url)
    # As strong as in an installation, each of a thousand sign-ins would cost a tenth of a second.
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(factories.PASSWORD)
    with seeded.transaction() as session:
        setup.install_staff(session, setup.install_starter(session), factories.PASSWORD)
        session.execute(update(Staff).values(password_hash=quick))
    seeded.dispose()


@pytest.fixture(scope="session")
def seeded_sqlite(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the starter catalogue and staff."""
    path = tmp_path_factory.mktemp("seeded") / "template.sqlite"
    shutil.copy(migrated_sqlite, path)
    _seed(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def seeded_postgres(postgres: Postgres, migrated_postgres: str) -> str:
    """The name of a PostgreSQL template with the starter catalogue and staff."""
    _seed(postgres.create(SEEDED, migrated_postgres))
    return SEEDED


@pytest.fixture
def seeded_sqlite_url(seeded_sqlite: Path, tmp_path: Path) -> str:
    """The address of a new SQLite database with the starter catalogue and staff."""
    return f"sqlite:///{shutil.copy(seeded_sqlite, tmp_path / 'seeded.sqlite')}"


@pytest.fixture
def seeded_postgres_url(postgres: Postgres, seeded_postgres: str) -> Iterator[str]:
    """The address of a new PostgreSQL database with the starter catalogue and staff."""
    with postgres.database(seeded_postgres) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def seeded_url(request: pytest.FixtureRequest) -> str:
    """The address of a new database with the starter catalogue and staff: once on each engine."""
    names = {"sqlite": "seeded_sqlite_url", "postgresql": "seeded_postgres_url"}
    url: str = request.getfixturevalue(names[request.param])
    return url


@pytest.fixture
def runtime(seeded_url: str, tmp_path: Path) -> Iterator[Runtime]:
    """The tools of a seeded installation, once on each engine."""
    found = factories.a_runtime(seeded_url, tmp_path)
    yield found
    found.database.dispose()


@pytest.fixture
def open_app(tmp_path: Path) -> Iterator[OpenApp]:
    """Makes the web application on this database, with other settings than the usual ones if need be."""
    with ExitStack() as at_the_end:

        def open_app(url: str, **settings: Any) -> Flask:
            application = create_app(factories.some_settings(url, tmp_path, **settings))
            at_the_end.callback(application.extensions["parvis"].database.dispose)
            return application

        yield open_app


@pytest.fixture
def app(open_app: OpenApp, seeded_url: str) -> Flask:
    """The web application on a seeded installation, once on each engine."""
    return open_app(seeded_url)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without JavaScript or memory of earlier tests."""
    return app.test_client()
