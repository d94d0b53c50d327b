"""Files posted with a form: checked, kept by content at once, and carried from one try to the next by signed marks."""

import os
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Any, BinaryIO, cast

from itsdangerous import BadSignature, URLSafeSerializer
from werkzeug.datastructures import FileStorage, MultiDict

from backoffice.domain.incoming import IncomingFile
from backoffice.domain.wording import Wording, Written
from backoffice.infra.runtime import Runtime
from backoffice.settings import Settings
from backoffice.web import limits
from channels.http.file_kinds import RefusedFile, clean_name, recognise

KEPT_FILE = "kept_file"
"""The hidden inputs that name the files already received with an earlier try."""
DROPPED_FILE = "drop_file"
"""The boxes that citizens tick to take one of them back."""
MOST_FILES = 20
NO_ROOM = Wording(
    "vous avez déjà ajouté trop de fichiers à ce formulaire. Envoyez votre demande, puis ajoutez celui-ci."
)


@dataclass(frozen=True, slots=True)
class UploadLimits:
    """How big one file (bytes) and how many files a form may carry; `has_room` counts the bytes of one more file."""

    max_bytes: int
    max_files: int = MOST_FILES
    has_room: Callable[[int], bool] = field(default=lambda _: True)


def limits_of(settings: Settings, form: str, *, public: bool) -> UploadLimits:
    """The limits of this installation, for this form."""
    if not public:
        return UploadLimits(settings.max_upload_bytes)
    return UploadLimits(settings.max_upload_bytes, has_room=partial(limits.has_room, form=form))


def receive_files(
    files: MultiDict[str, FileStorage], runtime: Runtime, allowed: UploadLimits
) -> tuple[tuple[IncomingFile, ...], dict[str, str]]:
    """Keep every acceptable file in the storage, in flat memory; give them, and the refusals by input name.

    A refused file stops none of the others. The bytes stay as they came: they are evidence.
    """
    received: list[IncomingFile] = []
    errors: dict[str, str] = {}
    for name, file in files.items(multi=True):
        if not file.filename:
            continue
        if len(received) >= allowed.max_files:
            errors[name] = Wording.counted(
                "Envoyez au plus %(count)s fichier à la fois.",
                "Envoyez au plus %(count)s fichiers à la fois.",
                allowed.max_files,
            )
            break
        try:
            received.append(_receive(name, file, runtime, allowed))
        except RefusedFile as error:
            said = about(file.filename[-80:], error.sentence)
            errors[name] = Wording("%(one)s %(more)s", one=errors[name], more=said) if name in errors else said
    return tuple(received), errors


def about(name: str, refusal: str) -> Wording:
    """A refusal, with the name of the file that it is about."""
    return Wording("« %(name)s » : %(refusal)s", name=name, refusal=refusal)


def counts(files: Iterable[IncomingFile]) -> dict[str, int]:
    """How many files each input has."""
    return dict(Counter(file.field for file in files))


def keep_token(settings: Settings, form: str, file: IncomingFile) -> str:
    """A signed mark that brings a received file back with the next try of this very form."""
    return _signer(settings, form).dumps(asdict(file))


def by_field(settings: Settings, form: str, files: Iterable[IncomingFile]) -> dict[str, list[tuple[str, IncomingFile]]]:
    """The files of each input, with their marks: what the pages of forms show of an earlier try."""
    found: dict[str, list[tuple[str, IncomingFile]]] = {}
    for file in files:
        found.setdefault(file.field, []).append((keep_token(settings, form, file), file))
    return found


def read_kept(settings: Settings, form: str, tokens: Iterable[str], dropped: Iterable[str] = ()) -> list[IncomingFile]:
    """The files of these marks, without those taken back; a mark of another form, or made up, counts for nothing."""
    away = set(dropped)
    kept: list[IncomingFile] = []
    for token in list(dict.fromkeys(tokens))[:MOST_FILES]:
        if token not in away:
            try:
                kept.append(IncomingFile(**_signer(settings, form).loads(token)))
            except BadSignature:
                continue
    return kept


def _receive(name: str, file: FileStorage, runtime: Runtime, allowed: UploadLimits) -> IncomingFile:
    stream = cast("BinaryIO", file.stream)
    stream.seek(0, os.SEEK_END)
    size = stream.tell()
    if size > allowed.max_bytes:
        raise RefusedFile(
            Wording(
                "ce fichier pèse %(size)s, la limite est de %(most)s. Choisissez-en un plus léger.",
                size=Written("file_size", size),
                most=Written("file_size", allowed.max_bytes),
            )
        )
    kind = recognise(stream, size)
    if not allowed.has_room(size):
        raise RefusedFile(NO_ROOM)
    digest, size = runtime.storage.put_stream(stream)
    return IncomingFile(clean_name(file.filename or "", kind), kind, size, digest, field=name)


def _signer(settings: Settings, form: str) -> URLSafeSerializer:
    keys: Any = list(reversed(settings.secret_keys))  # itsdangerous signs with the last one
    return URLSafeSerializer(keys, salt=f"kept-file:{form}")
