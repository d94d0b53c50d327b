"""Received files as they leave for another administration: a photo says no more where it was taken, nor with what."""

from backoffice.domain.file_checks import PICTURES
from backoffice.infra.runtime import Runtime

ENDINGS = {"image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp"}


def read(runtime: Runtime, digest: str, name: str, media_type: str) -> tuple[str, str, bytes]:
    """The name, type and bytes of a file that leaves; a picture that cannot be decoded leaves as it came."""
    content = runtime.storage.get(digest)
    if media_type not in PICTURES:
        return name, media_type, content
    from backoffice.infra import pictures

    bare = pictures.make_bare(content, media_type)
    if bare is None:
        return name, media_type, content
    kept = name if bare[1] == media_type else f"{name.rpartition('.')[0] or name}{ENDINGS[bare[1]]}"
    return kept, bare[1], bare[0]
