"""Files kept by content in a folder of this machine."""

import io
from pathlib import Path

import pytest

from backoffice.errors import NotFound
from backoffice.infra.storage import LocalStorage, path_of

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
