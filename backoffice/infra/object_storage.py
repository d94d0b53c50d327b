"""Files by content in any S3-compatible store, through obstore."""

import hashlib
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import BinaryIO
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from backoffice.errors import NotFound, Unavailable
from backoffice.infra.storage import CHUNK, DIGEST, path_of

SPOOLED_IN_MEMORY = 8 * 1024 * 1024
# A store that is away is told to whoever waits (a page, a relay, a job with its own retries) within seconds: left to
# itself, obstore asks ten times over three minutes.
MOST_RETRIES, LONGEST_RETRYING = 3, timedelta(seconds=15)


class ObjectStorage:
    """A bucket: s3://bucket/prefix; endpoint and credentials come from the usual AWS variables.

    Every method raises Unavailable when the store does not answer, or refuses.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.store = S3Store(
            parts.netloc,
            prefix=parts.path.strip("/") or None,
            retry_config={"max_retries": MOST_RETRIES, "retry_timeout": LONGEST_RETRYING},
        )

    def put(self, content: bytes, digest: str = "") -> str:
        """Keep the bytes under their SHA-256."""
        digest = digest or hashlib.sha256(content).hexdigest()
        if not self.exists(digest):
            with _answering():
                obstore.put(self.store, path_of(digest), content)
        return digest

    def put_stream(self, stream: BinaryIO) -> tuple[str, int]:
        """Spool (the name is only known at the end), then send."""
        digest, size = hashlib.sha256(), 0
        with tempfile.SpooledTemporaryFile(max_size=SPOOLED_IN_MEMORY) as spool:
            while chunk := stream.read(CHUNK):
                digest.update(chunk)
                size += len(chunk)
                spool.write(chunk)
            spool.seek(0)
            with _answering():
                obstore.put(self.store, path_of(digest.hexdigest()), spool)
        return digest.hexdigest(), size

    def get(self, digest: str) -> bytes:
        """Give the bytes back; raise NotFound."""
        return b"".join(self.chunks(digest))

    def chunks(self, digest: str) -> Iterator[bytes]:
        """Give the bytes back piece by piece; raise NotFound before the first piece."""
        try:
            with _answering():
                answer = obstore.get(self.store, path_of(digest))
        except FileNotFoundError:
            raise NotFound("Ce fichier n’existe pas.") from None
        return _pieces(answer)

    def delete(self, digest: str) -> None:
        """Forget the bytes."""
        with suppress(FileNotFoundError), _answering():
            obstore.delete(self.store, path_of(digest))

    def digests(self) -> Iterator[str]:
        """The names of all that is kept, page by page."""
        with _answering():
            for page in obstore.list(self.store):
                names = (str(one["path"]).rsplit("/", 1)[-1] for one in page)
                yield from (name for name in names if DIGEST.fullmatch(name))

    def exists(self, digest: str) -> bool:
        """Say if the bytes are kept."""
        try:
            with _answering():
                obstore.head(self.store, path_of(digest))
        except FileNotFoundError:
            return False
        return True


def _pieces(answer: Iterable[bytes]) -> Iterator[bytes]:
    with _answering():
        for chunk in answer:
            yield bytes(chunk)


@contextmanager
def _answering() -> Iterator[None]:
    """Failures of obstore derive from Exception alone, not from OSError; only FileNotFoundError passes as it is."""
    try:
        yield
    except FileNotFoundError:
        raise
    except (BaseError, OSError) as fault:
        raise Unavailable("Le stockage des fichiers ne répond pas. Réessayez plus tard.") from fault
