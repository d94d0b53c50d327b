"""Files kept by content in a folder of this machine, or in a store that may be away."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from obstore.store import S3Store

from backoffice.errors import NotFound, Unavailable
from backoffice.infra.object_storage import ObjectStorage
from backoffice.infra.storage import LocalStorage, path_of
from tests.services.bucket import Bucket

PHOTO = b"a photo of a hole in the road"


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_the_same_bytes_are_kept_once_however_they_came(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path)
    digest = storage.put(PHOTO)
    assert storage.put(PHOTO) == digest
    assert storage.put_stream(io.BytesIO(PHOTO)) == (digest, len(PHOTO))
    assert [path.read_bytes() for path in files_in(tmp_path)] == [PHOTO]
    assert (storage.get(digest), b"".join(storage.chunks(digest))) == (PHOTO, PHOTO)


def test_a_file_of_an_older_installation_stays_where_it_is(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path)
    digest = storage.put(PHOTO)
    (kept,) = files_in(tmp_path)
    deeper = tmp_path / path_of(digest)
    deeper.parent.mkdir()
    kept.rename(deeper)
    assert storage.exists(digest)
    assert storage.get(digest) == PHOTO
    assert storage.put(PHOTO) == digest
    assert files_in(tmp_path) == [deeper]
    storage.delete(digest)
    assert files_in(tmp_path) == []


@pytest.mark.parametrize("digest", ["0" * 64, "", "../../etc/passwd", "A" * 64])
def test_what_is_no_file_of_ours_is_not_found(tmp_path: Path, digest: str) -> None:
    with pytest.raises(NotFound):
        LocalStorage(tmp_path).get(digest)


def stored_in(port: int) -> ObjectStorage:
    """A storage in the store of this port, which does not insist."""
    storage = ObjectStorage("s3://pieces")
    storage.store = S3Store(
        "pieces",
        endpoint=f"http://127.0.0.1:{port}",
        access_key_id="a",
        secret_access_key="b",
        region="local",
        client_options={"allow_http": True},
        retry_config={"max_retries": 0},
    )
    return storage


def test_files_are_kept_in_an_object_store_as_in_a_folder(bucket: Bucket) -> None:
    storage = stored_in(bucket.server_port)
    digest = storage.put(PHOTO)
    assert storage.put_stream(io.BytesIO(PHOTO)) == (digest, len(PHOTO))
    assert list(bucket.files.values()) == [PHOTO]
    assert (storage.exists(digest), storage.get(digest)) == (True, PHOTO)
    for _ in range(2):
        storage.delete(digest)
    assert not storage.exists(digest)
    with pytest.raises(NotFound):
        storage.get(digest)


def test_an_object_store_that_is_away_or_stops_in_the_middle_is_told_as_such(bucket: Bucket) -> None:
    digest = stored_in(bucket.server_port).put(PHOTO)
    bucket.cut = True
    with pytest.raises(Unavailable):
        stored_in(bucket.server_port).get(digest)
    away = stored_in(1)
    asked: list[Callable[[], object]] = [
        lambda: away.put(PHOTO),
        lambda: away.put_stream(io.BytesIO(PHOTO)),
        lambda: away.get(digest),
        lambda: away.delete(digest),
        lambda: away.exists(digest),
    ]
    for ask in asked:
        with pytest.raises(Unavailable, match="ne répond pas"):
            ask()
