"""Reads the mailboxes: bytes kept first, a line of the ledger next, and only then is the message moved aside."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from threading import Event, Thread

import structlog
from sqlalchemy.exc import SQLAlchemyError

from backoffice.errors import BackofficeError, Unavailable
from backoffice.infra import logs, mailboxes, runtime
from backoffice.infra.mailboxes import Reader, Waiting
from backoffice.infra.runtime import Runtime
from backoffice.services import kept_mailboxes, mail_ledger, received_files
from backoffice.services.mail_ledger import KeptMail, Turn
from backoffice.settings import MailboxSettings, Settings

# Messages, and bytes, whose lines are written in one transaction.
BATCH_MESSAGES, BATCH_BYTES = 50, 20 * 1024 * 1024
# What is kept of a message larger than the limit: its headers and the beginning of its text.
KEPT_OF_OVERSIZED = 256 * 1024
FIRST_PAUSE, LONGEST_PAUSE = 5.0, 300.0
# A quiet mailbox says that it is well at most this often, in seconds.
NEWS_EVERY = 60.0
# Who reads a mailbox says so this often, in seconds: well within the turn of the ledger.
KEEP_EVERY = 10.0
# What administrators change on screens is looked for this often, in seconds.
CHANGES_EVERY = 20.0

UNFORESEEN = "La lecture s’est arrêtée sur une erreur imprévue ({}) : elle reprendra d’elle-même."

log = structlog.get_logger("parvis.inboxes")


class Inbox:
    """One mailbox, watched by any number of workers, read by one at a time."""

    def __init__(self, tools: Runtime, settings: MailboxSettings) -> None:
        self.tools = tools
        self.settings = settings
        self.mailbox = mailboxes.mailbox_of(settings)
        self.told_at: datetime | None = None
        self.must_look_again = False

    def run(self, stop: Event) -> None:
        """Look, again and again, until told to stop; a server or a database that is away is waited for."""
        try:
            self._watch(stop)
        finally:
            self.mailbox.close()

    def _watch(self, stop: Event) -> None:
        pause = self.settings.pause_seconds
        while not stop.is_set():
            try:
                # The server rings when mail comes; after a fault, or while another worker reads, time decides.
                if self.must_look_again:
                    stop.wait(pause)
                else:
                    self.mailbox.wait(stop, pause)
                if stop.is_set():
                    return
                self.must_look_again = True
                self.poll()
                pause = self.settings.pause_seconds
            except Exception as error:  # noqa: BLE001 (this thread is the only one that reads this mailbox)
                self.must_look_again = True
                pause = min(max(FIRST_PAUSE, pause * 2), LONGEST_PAUSE)
                facts = {"mailbox": self.settings.code, "error": type(error).__name__, "again_in": pause}
                if isinstance(error, BackofficeError | SQLAlchemyError):
                    log.warning("mailbox not read", **facts)
                else:
                    log.error("mailbox not read: nobody foresaw why", place=logs.place_of(error), **facts)  # noqa: TRY400

    def poll(self) -> int:
        """Take in what is new, and give how many messages were moved aside; 0 when another worker is at it.

        Raises Unavailable when the mailbox does not answer; the ledger tells whatever went wrong.
        """
        if not self.mailbox.holds_something() and self._told_lately():
            self.must_look_again = False
            return 0
        with self.tools.database.transaction() as session:
            turn = mail_ledger.take_turn(session, self.tools, self.settings)
        if turn is None:
            return 0
        error = ""
        try:
            with self._held(turn):
                moved = self._read(turn)
            self.must_look_again = False
            return moved
        except Unavailable as fault:
            error = fault.sentence
            raise
        except Exception as fault:
            error = UNFORESEEN.format(type(fault).__name__)
            raise
        finally:
            with self.tools.database.transaction() as session:
                mail_ledger.end_turn(session, turn, error)
            self.told_at = datetime.now(UTC)

    def _told_lately(self) -> bool:
        return self.told_at is not None and (datetime.now(UTC) - self.told_at).total_seconds() < NEWS_EVERY

    @contextmanager
    def _held(self, turn: Turn) -> Iterator[None]:
        """Keep the turn while this process works, however long one message takes to come."""
        done = Event()
        keeper = Thread(target=self._keep_turn, args=(turn, done), name=f"turn of {turn.mailbox}", daemon=True)
        keeper.start()
        try:
            yield
        finally:
            done.set()
            keeper.join()

    def _keep_turn(self, turn: Turn, done: Event) -> None:
        while not done.wait(KEEP_EVERY):
            try:
                with self.tools.database.transaction() as session:
                    if not mail_ledger.keep_turn(session, turn):
                        return
            except SQLAlchemyError as error:
                log.warning("turn not kept", mailbox=turn.mailbox, error=type(error).__name__)

    def _read(self, turn: Turn) -> int:
        moved = 0
        with self.mailbox.open() as reader:
            look = reader.look(turn.validity, turn.last_uid)
            reader.set_aside(look.known)
            for batch in _batches(look.fresh, self.tools.settings.max_mail_bytes):
                kept = [mail for waiting in batch if (mail := self._keep(reader, waiting)) is not None]
                with self.tools.database.transaction() as session:
                    turn = mail_ledger.take_in(session, turn, kept, look.validity)
                    received_files.note_originals(session, self.tools, [mail.digest for mail in kept])
                reader.set_aside([mail.position for mail in kept])
                moved += len(kept)
        return moved

    def _keep(self, reader: Reader, waiting: Waiting) -> KeptMail | None:
        """Put the bytes of a message in the storage before anything looks at them."""
        limit = self.tools.settings.max_mail_bytes
        complete = waiting.size <= limit
        raw = reader.fetch(waiting, limit if complete else min(KEPT_OF_OVERSIZED, limit))
        if raw is None:
            return None
        try:
            digest = self.tools.storage.put(raw)
        except OSError as fault:
            raise Unavailable(f"Un message n’a pas pu être gardé : {fault.strerror or fault}.") from fault
        size = len(raw) if complete else waiting.size
        return KeptMail(
            waiting.position,
            digest,
            size,
            waiting.received_at,
            waiting.uid,
            complete,
            "" if raw.strip() else mail_ledger.NOTHING,
        )


def _batches(fresh: Sequence[Waiting], limit: int) -> Iterator[list[Waiting]]:
    batch: list[Waiting] = []
    weight = 0
    for waiting in fresh:
        if batch and (len(batch) >= BATCH_MESSAGES or weight + min(waiting.size, limit) > BATCH_BYTES):
            yield batch
            batch, weight = [], 0
        batch.append(waiting)
        weight += min(waiting.size, limit)
    if batch:
        yield batch


class Screens:
    """The mailboxes that administrators set on screens: watched from here as long as they are there, as they are."""

    def __init__(self, tools: Runtime) -> None:
        self.tools = tools
        self.watched: dict[MailboxSettings, tuple[Event, Thread]] = {}

    def run(self, stop: Event) -> None:
        """Look for what changed, again and again, until told to stop."""
        while not stop.is_set():
            try:
                self.follow()
            except SQLAlchemyError as error:
                log.warning("mailboxes of the screens not looked for", error=type(error).__name__)
            stop.wait(CHANGES_EVERY)
        self.leave(list(self.watched))

    def follow(self) -> None:
        """Watch what was added, leave what was suspended or is otherwise now."""
        with self.tools.database.reading() as session:
            wanted = kept_mailboxes.list_kept(session, self.tools)
        self.leave([one for one in self.watched if one not in wanted])
        for mailbox in wanted:
            if mailbox not in self.watched:
                told, name = Event(), f"mailbox {mailbox.code}"
                thread = Thread(target=Inbox(self.tools, mailbox).run, args=(told,), name=name, daemon=True)
                self.watched[mailbox] = told, thread
                thread.start()

    def leave(self, mailboxes: Sequence[MailboxSettings]) -> None:
        """Watch these no more: what is being taken in is taken in to the end."""
        threads = [self.watched.pop(one) for one in mailboxes]
        for told, _ in threads:
            told.set()
        for _, thread in threads:
            thread.join()


def start(settings: Settings, stop: Event) -> list[Thread]:
    """Watch every mailbox of the settings and of the screens, each in a thread, until told to stop."""
    tools = runtime.build(settings)
    threads = [
        threading.Thread(target=Inbox(tools, mailbox).run, args=(stop,), name=f"mailbox {mailbox.code}", daemon=True)
        for mailbox in settings.mailboxes
        if not mailbox.is_delivered
    ]
    threads.append(Thread(target=Screens(tools).run, args=(stop,), name="mailboxes of the screens", daemon=True))
    for thread in threads:
        thread.start()
    return threads
