"""A Redis server that tests may stop and start again."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import redis

from tests.services.program import Program, find_program, free_port


class RedisServer:
    """Redis without a memory: an outage (`stop`, `start`) loses what it held, as Debian's own may."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        command = [
            find_program("redis-server", "redis-server"),
            "--port",
            str(self.port),
            "--bind",
            "127.0.0.1",
        ]
        command += ["--save", "", "--appendonly", "no", "--dir", str(folder)]
        program = Program(command, folder / "redis.log", self._answers)
        self.start, self.stop = program.start, program.stop
        self.program = program

    def clean(self) -> None:
        """Bring the server back as new, whatever the last test did to it."""
        if not self.program.is_running:
            self.start()
        with redis.Redis.from_url(self.url) as client:
            client.flushall()

    def _answers(self) -> bool:
        with suppress(redis.ConnectionError), redis.Redis.from_url(self.url, retry=None) as client:
            return bool(client.ping())
        return False


@contextmanager
def running() -> Iterator[RedisServer]:
    """A Redis that lives as long as the block."""
    with TemporaryDirectory(prefix="parvis-redis-", ignore_cleanup_errors=True) as name:
        server = RedisServer(Path(name))
        try:
            server.start()
            yield server
        finally:
            server.stop()
