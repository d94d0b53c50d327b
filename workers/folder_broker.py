"""The embedded broker: Kombu's filesystem transport, with wake-ups that appear whole and leave nothing behind.

Kombu's own writes a message in place, so that a reader may meet half of it, and takes it through /tmp.
"""

import json
import time
from contextlib import suppress
from pathlib import Path
from queue import Empty
from secrets import token_hex
from typing import Any
from urllib.parse import urlsplit

from kombu.exceptions import ChannelError
from kombu.transport import filesystem

# Between two looks at the folder, in seconds: what a job waits at most, for a third of a percent of one processor.
LOOK_EVERY = 0.1
# Celery asks for two seconds at a time, during which it hears nobody.
LONGEST_WAIT = 0.4
# Files that a killed process left half-way are swept after this many seconds.
LEFT_BEHIND_SECONDS = 60


def options(broker_url: str) -> dict[str, Any]:
    """What Kombu must know about `filesystem:///folder`."""
    folder = urlsplit(broker_url).path
    return {
        "data_folder_in": folder,
        "data_folder_out": folder,
        "control_folder": f"{folder}/control",
        "polling_interval": LOOK_EVERY,
    }


def prepare(broker_url: str) -> None:
    """Make the folder, and remove what a killed process left in it."""
    folder = Path(urlsplit(broker_url).path)
    (folder / "control").mkdir(parents=True, exist_ok=True)
    limit = time.time() - LEFT_BEHIND_SECONDS
    for path in (*folder.glob("*.draft"), *folder.glob("*.taken")):
        with suppress(FileNotFoundError):
            if path.stat().st_mtime < limit:
                path.unlink()


class Channel(filesystem.Channel):
    """Messages are files `<time>-<random>.<queue>.msg`, taken in their order."""

    def _put(self, queue: str, payload: dict[str, Any], **_: Any) -> None:  # type: ignore[override]
        folder = Path(self.data_folder_out)
        name = f"{time.time_ns()}-{token_hex(4)}.{queue}"
        draft = folder / f"{name}.draft"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            draft.write_text(json.dumps(payload), encoding="utf-8")
            draft.rename(folder / f"{name}.msg")
        except OSError as error:
            raise ChannelError(f"cannot write in {folder}: {error.strerror}") from error

    def _get(self, queue: str, timeout: float | None = None) -> dict[str, Any]:
        for path in self._waiting(queue):
            taken = path.with_suffix(".taken")
            try:
                path.rename(taken)  # of two readers, only one succeeds
                content = taken.read_text(encoding="utf-8")
                taken.unlink()
                payload: dict[str, Any] = json.loads(content)
            except (OSError, ValueError):
                continue  # somebody else took it, or a power cut truncated it: its job will be woken again
            return payload
        raise Empty

    def _size(self, queue: str) -> int:
        return len(self._waiting(queue))

    def _purge(self, queue: str) -> int:
        waiting = self._waiting(queue)
        for path in waiting:
            path.unlink(missing_ok=True)
        return len(waiting)

    def _waiting(self, queue: str) -> list[Path]:
        # A folder that cannot be read holds nothing for now; writing in it is what complains.
        try:
            return sorted(Path(self.data_folder_in).glob(f"*.{queue}.msg"))
        except OSError:
            return []


class Transport(filesystem.Transport):
    """Chosen by Celery's `broker_transport`."""

    Channel = Channel

    def drain_events(self, connection: Any, timeout: float | None = None, **_: Any) -> Any:
        """Wait for a message; a worker that was told to stop notices between two waits."""
        return super().drain_events(  # type: ignore[no-untyped-call]
            connection, timeout=min(timeout or LONGEST_WAIT, LONGEST_WAIT)
        )
