"""Files of a backup: plain, or sealed with a key, piece by piece, so that no file is ever whole in memory.

A sealed file is `PARVIS1\n`, sixteen bytes of salt, then pieces of 1 MiB under AES-256-GCM, each with sixteen bytes of
proof. The key of a file is derived (HKDF-SHA256) from BACKUP_KEY and its salt; the nonce of a piece is its number and
whether it is the last, so that pieces can be neither moved, nor cut off, nor taken from another file.
"""

import hashlib
import os
import secrets
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from backoffice.errors import Invalid

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

MARK, SALT_BYTES, PROOF_BYTES = b"PARVIS1\n", 16, 16
PIECE = 1024 * 1024
SUFFIX = ".sealed"
CLOSED = "Ce fichier de sauvegarde ne s’ouvre pas : la clé BACKUP_KEY n’est pas la sienne, ou il est abîmé."


class Vault:
    """Writes and reads the files of a backup; with an empty key they are plain."""

    def __init__(self, key: str) -> None:
        self.key = key

    @property
    def suffix(self) -> str:
        """What ends the names of its files: with another key, every file is another, and is written again."""
        return f".{hashlib.sha256(b'parvis vault' + self.key.encode()).hexdigest()[:8]}{SUFFIX}" if self.key else ""

    def write(self, target: Path, chunks: Iterable[bytes]) -> tuple[str, int]:
        """Write a file that appears whole or not at all; answers the SHA-256 and size of what it holds, in bytes."""
        target.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=".draft-")
        told = _Told(chunks)
        try:
            with os.fdopen(descriptor, "wb") as draft:
                if self.key:
                    _seal(self.key, told, draft)
                else:
                    draft.writelines(told)
                draft.flush()
                os.fsync(draft.fileno())
            Path(name).rename(target)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        return told.digest.hexdigest(), told.size

    def read(self, source: Path) -> Iterator[bytes]:
        """What a file holds, piece by piece; raise Invalid when the key is not its own or a byte was changed."""
        if not source.exists():
            raise Invalid(CLOSED)
        with source.open("rb") as stream:
            if self.key:
                yield from _open(self.key, stream)
                return
            while chunk := stream.read(PIECE):
                yield chunk


class _Told:
    """Chunks that pass, with their digest and size once all have."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self.chunks = chunks
        self.digest = hashlib.sha256()
        self.size = 0

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self.chunks:
            self.digest.update(chunk)
            self.size += len(chunk)
            yield chunk


def _cipher(key: str, salt: bytes) -> "AESGCM":
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    derived = HKDF(algorithm=SHA256(), length=32, salt=salt, info=b"parvis backup file").derive(key.encode())
    return AESGCM(derived)


def _nonce(number: int, *, is_last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([is_last])


def _seal(key: str, chunks: Iterable[bytes], target: BinaryIO) -> None:
    salt = secrets.token_bytes(SALT_BYTES)
    cipher, number, waiting = _cipher(key, salt), 0, b""
    target.write(MARK + salt)
    for chunk in chunks:
        waiting += chunk
        while len(waiting) > PIECE:
            target.write(cipher.encrypt(_nonce(number, is_last=False), waiting[:PIECE], None))
            number, waiting = number + 1, waiting[PIECE:]
    target.write(cipher.encrypt(_nonce(number, is_last=True), waiting, None))


def _open(key: str, source: BinaryIO) -> Iterator[bytes]:
    from cryptography.exceptions import InvalidTag

    head = source.read(len(MARK) + SALT_BYTES)
    if not head.startswith(MARK):
        raise Invalid(CLOSED)
    cipher, number = _cipher(key, head[len(MARK) :]), 0
    piece = source.read(PIECE + PROOF_BYTES)
    while True:
        following = source.read(PIECE + PROOF_BYTES)
        try:
            yield cipher.decrypt(_nonce(number, is_last=not following), piece, None)
        except InvalidTag as error:
            raise Invalid(CLOSED) from error
        if not following:
            return
        piece, number = following, number + 1
