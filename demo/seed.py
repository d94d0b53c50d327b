"""`python -m demo.seed`: the imaginary town with a year and a half of cases; run again, it adds nothing."""

import gc
import multiprocessing
import os
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from backoffice import catalogue as starter
from backoffice.domain import policy
from backoffice.errors import BackofficeError, Forbidden
from backoffice.infra import migrations, pdf
from backoffice.infra import runtime as runtimes
from backoffice.infra.runtime import Runtime
from backoffice.models.authorities import Authority
from backoffice.models.cases import Case
from backoffice.queries import catalogue, queue
from backoffice.queries.queue_filters import Filters, View
from backoffice.services import case_texts, clock, counting, moment, setup
from backoffice.settings import Settings
from demo import (
    contacts,
    districts,
    form_visits,
    hall,
    macros,
    opinions,
    post_room,
    questions,
    register,
    rules,
    telephone,
    together,
    town,
)
from demo.history import Life
from demo.people import Person, inhabitants
from demo.plan import WINDOW, Setting, plan
from demo.town import Opened, Town
from workers import jobs
from workers.welcome import DEMO_PASSWORD

CASES = 300
# Older mails have left long ago: only the newest cases leave theirs in the local outbox that the demo page shows.
IN_OUTBOX = 20
CHUNK = 5
Show = Callable[[str], None]


def main() -> int:
    """Seed what the environment names; 2 when it cannot be done, with the reason."""
    try:
        settings = Settings.from_environment()
        added = seed(settings, show=_show)
    except BackofficeError as error:
        print(error.sentence, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nInterrompu.", file=sys.stderr)
        return 130
    _show(f"{added} dossiers ajoutés\n" if added else "déjà en place\n")
    return 0


def seed(settings: Settings, cases: int = CASES, now: datetime | None = None, show: Show = lambda _: None) -> int:
    """Bring the schema up to date, install the town, and play `cases` cases if there are none; answer how many.

    Raises Forbidden outside a demonstration. No mail leaves by SMTP, whatever the settings say.
    """
    if not settings.demo:
        raise Forbidden("Les données de démonstration ne s’installent qu’avec PARVIS_DEMO=1.")
    now = now or datetime.now(UTC)
    show("mise à jour de la base")
    migrations.upgrade(settings.database_url)
    runtime = runtimes.build(replace(settings, smtp_url=""))
    try:
        opened = _open(runtime, cases, now, show)
    finally:
        runtime.database.dispose()
    if opened:
        pdf.render("<p>")  # what printing needs is loaded once, then shared by the processes
        for done in _live(runtime.settings, opened, now):
            show(f"{done} dossiers sur {len(opened)}")
        _fill_registers(settings, opened, now)
    return len(opened)


def _fill_registers(settings: Settings, opened: list[Opened], now: datetime) -> None:
    """What the desk answered on the spot, the mails of the past, and the mails that are waiting this morning."""
    runtime = runtimes.build(settings)
    try:
        with runtime.database.transaction() as session, moment.at(now):
            authority = catalogue.get_authority(session, starter.load_authority().code)
            register.write_past(session, runtime, authority)
            rules.write(session, authority)
            macros.write(session, authority)
            telephone.write(session, authority, _callers(authority, now), now)
            here = town.read_town(session, runtime, authority.code)
            contacts.write(session, authority, here, opened, now)
            post_room.write_register(session, authority, here, opened)
            form_visits.write(session, authority, opened, now)
            opinions.write(session, authority, opened, now)
            mails = questions.write(session, runtime, authority, here, opened, now)
            with moment.at(now - timedelta(minutes=2)):
                together.write(session, authority, now)
            reference = session.get_one(Case, opened[-1].case_id).reference
        with moment.at(now - timedelta(minutes=1)):
            for job_id in mails:
                jobs.run(runtime, jobs.HANDLERS, job_id)
        with moment.at(now):
            post_room.lay_pile(runtime, authority.id, now)
        register.drop_new(settings.var_dir / "maildir", reference, now)
        case_texts.catch_up(runtime, float("inf"))
        counting.catch_up(runtime, float("inf"))
    finally:
        runtime.database.dispose()


def _open(runtime: Runtime, cases: int, now: datetime, show: Show) -> list[Opened]:
    """The town and its requests in one transaction: all of them, or none."""
    with runtime.database.transaction() as session:
        if _has_cases(session, now.date()):
            return []
        show("arrivée des demandes")
        with moment.at(now - WINDOW - timedelta(days=30)):
            authority = setup.install_starter(session)
            setup.install_staff(session, authority, DEMO_PASSWORD)
            districts.write(session, authority)
            hall.write(session, authority)
        setting = _setting(authority, now)
        planned = plan(Random(f"cases {setting.today}"), setting, cases)
        return town.open_cases(session, runtime, town.read_town(session, runtime, authority.code), planned)


def _callers(authority: Authority, now: datetime) -> list[Person]:
    """A few dozen people who call rather than write: the same ones again and again."""
    people = _setting(authority, now).people
    return [*people.elders, *people.adults][:60]


def _has_cases(session: Session, today: date) -> bool:
    authority = catalogue.find_authority(session, starter.load_authority().code)
    return authority is not None and queue.count(session, policy.system(authority.id), Filters(View.FOUND), today) > 0


def _setting(authority: Authority, now: datetime) -> Setting:
    timezone = ZoneInfo(authority.timezone)
    today = now.astimezone(timezone).date()
    departments = {one.code: one.department for one in starter.load_procedures()}
    people = inhabitants(Random("people"), today)
    return Setting(now, timezone, clock.calendar_of(authority), people, departments)


def _live(settings: Settings, opened: list[Opened], now: datetime) -> Iterator[int]:
    """Play the lives side by side, one process a core: almost all the time goes into printing acknowledgements."""
    newest = opened[-1].planned.number - IN_OUTBOX
    context = multiprocessing.get_context("fork")
    with (
        tempfile.TemporaryDirectory(prefix="parvis-") as gone,
        ProcessPoolExecutor(min(4, os.cpu_count() or 1), context, _prepare, (settings, gone, now, newest)) as pool,
    ):
        done = 0
        for played in pool.map(_play, [opened[start : start + CHUNK] for start in range(0, len(opened), CHUNK)]):
            done += played
            yield done


class _Player:
    """What a process of the pool keeps from one case to the next."""

    def __init__(self, settings: Settings, gone: str, now: datetime, newest: int) -> None:
        self.runtime = runtimes.build(settings)
        self.past = replace(self.runtime, settings=replace(settings, var_dir=Path(gone)))
        self.now, self.newest = now, newest
        with self.runtime.database.reading() as session:
            self.town: Town = town.read_town(session, self.runtime, starter.load_authority().code)

    def play(self, one: Opened) -> None:
        """One case; the mails of the older ones are written where nobody looks, as they left long ago."""
        runtime = self.runtime if one.planned.number > self.newest else self.past
        Life(runtime, self.town, one, self.now).play()


_players: list[_Player] = []


def _prepare(settings: Settings, gone: str, now: datetime, newest: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C is for the process that started this one
    gc.freeze()
    gc.set_threshold(100_000, 20, 50)  # printing makes many small objects: a third of the time went into visiting them
    _players[:] = [_Player(settings, gone, now, newest)]


def _play(opened: list[Opened]) -> int:
    for one in opened:
        _players[0].play(one)
    return len(opened)


def _show(progress: str) -> None:
    """One line that changes, in a terminal; elsewhere (a log), a line for each hundred cases."""
    if sys.stdout.isatty():
        print(f"\r\033[KDonnées de démonstration : {progress}", end="", flush=True)
    elif not progress[0].isdigit() or progress.partition(" ")[0].endswith("00"):
        print(f"Données de démonstration : {progress.strip()}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
