"""A Maildir of this machine; a `.eml` file put at its top is read like a delivered message."""

import os
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from urllib.parse import unquote, urlsplit

from backoffice.errors import Unavailable
from backoffice.infra.mailboxes import Look, Waiting
from backoffice.settings import MailboxSettings

# A file that somebody is still copying is left until it has not changed for so long.
SETTLED_SECONDS = 0.5
# What a mail server names a message: the second it was delivered, first.
_DELIVERED = re.compile(r"(\d{9,11})\.")
_LONGEST_NAME = 200


class Maildir:
    """A folder with new/, cur/ and tmp/; what is taken in goes to the subfolder of processed messages."""

    def __init__(self, settings: MailboxSettings) -> None:
        self.folder = Path(unquote(urlsplit(settings.url).path))
        self.processed = self.folder / f".{settings.processed_folder}" / "cur"
        self._paths: dict[str, Path] = {}

    def wait(self, stop: Event, seconds: float) -> None:
        """A folder tells nothing by itself: it is looked at from time to time."""
        stop.wait(seconds)

    def close(self) -> None:
        """Nothing stays open."""

    def holds_something(self) -> bool:
        """Whether there is a file to read."""
        return next(self._files(), None) is not None

    @contextmanager
    def open(self) -> Iterator["Maildir"]:
        """Make the folders that are missing."""
        try:
            for name in ("new", "cur", "tmp"):
                (self.folder / name).mkdir(parents=True, exist_ok=True)
            self.processed.mkdir(parents=True, exist_ok=True)
        except OSError as fault:
            raise Unavailable(f"Le dossier de la boîte ne peut pas être préparé : {fault.strerror}.") from fault
        yield self

    def look(self, validity: int, last_uid: int) -> Look:
        """Every file that is still there, oldest first: one already taken in is recognised by its place."""
        now, found = time.time(), []
        self._paths.clear()
        for path in self._files():
            with suppress(FileNotFoundError):
                facts = path.stat()
                if not 0 <= now - facts.st_mtime < SETTLED_SECONDS:
                    waiting = self._waiting(path, facts)
                    self._paths[waiting.position] = path
                    found.append((facts.st_mtime_ns, waiting.position, waiting))
        return Look(0, tuple(waiting for _, _, waiting in sorted(found, key=lambda one: one[:2])))

    def fetch(self, waiting: Waiting, limit: int) -> bytes | None:
        """The bytes of the file."""
        try:
            with self._paths[waiting.position].open("rb") as stream:
                return stream.read(limit)
        except FileNotFoundError:
            return None
        except OSError as fault:
            raise Unavailable(f"Un message de la boîte ne peut pas être lu : {fault.strerror}.") from fault

    def set_aside(self, positions: Sequence[str]) -> None:
        """Rename: the time goes first, for two files may come under one name."""
        for position in positions:
            path = self._paths[position]
            try:
                path.rename(self.processed / f"{position.rpartition(':')[2]}.{path.name[:_LONGEST_NAME]}")
            except FileNotFoundError:
                continue
            except OSError as fault:
                raise Unavailable(f"Un message lu ne peut pas être rangé : {fault.strerror}.") from fault

    def _files(self) -> Iterator[Path]:
        for place in ("new", "cur", ""):
            with suppress(FileNotFoundError), os.scandir(self.folder / place) as entries:
                for entry in entries:
                    wanted = place or entry.name.endswith(".eml")
                    if wanted and not entry.name.startswith(".") and entry.is_file():
                        yield Path(entry.path)

    def _waiting(self, path: Path, facts: os.stat_result) -> Waiting:
        """Its place is its path and its time: a file of the same name put there later is another message."""
        name = os.fsencode(path.relative_to(self.folder)).decode("utf-8", "backslashreplace")
        delivered = _DELIVERED.match(path.name)
        received_at = datetime.fromtimestamp(float(delivered[1]) if delivered else facts.st_ctime, UTC)
        return Waiting(f"{name[:_LONGEST_NAME]}:{facts.st_mtime_ns}", facts.st_size, received_at)
