"""A procedure's form as it came back from a browser: what was typed, the files, and what was asked of the page."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from flask import request

from backoffice.domain.field_reading import too_many_files
from backoffice.domain.fields import FieldKind
from backoffice.domain.form_pages import FREE_FILES
from backoffice.domain.incoming import IncomingFile
from backoffice.domain.procedures import ProcedureDefinition
from backoffice.domain.wording import Wording
from backoffice.infra.runtime import Runtime
from backoffice.services import held_files
from backoffice.web import form_numbers, security
from backoffice.web.current import viewer
from backoffice.web.nearby_reports import SEEN
from channels.http import earlier_files, form_view, uploads

CARRIED = frozenset(
    {"csrf_token", "submission", "shown", SEEN, uploads.KEPT_FILE, uploads.DROPPED_FILE, earlier_files.EARLIER_FILE}
)
"""What a form carries by itself: nobody typed it."""
NOT_OURS = Wording("Ce fichier n’a pas pu être gardé : ajoutez-le de nouveau.")
GONE = Wording("ce fichier a été ajouté il y a trop longtemps pour être gardé. Ajoutez-le de nouveau.")
TOO_MUCH = Wording(
    "Vos fichiers sont trop lourds ensemble. Envoyez-en moins, ou de plus légers : "
    "vous pourrez ajouter les autres ensuite."
)
# Bytes are read (to the disk) beyond what is kept, so that a file too heavy costs nobody what they wrote.
READ_FACTOR = 4


@dataclass(frozen=True, slots=True)
class FilledForm:
    """`submission` is the form's own number: the same one sent twice is one request."""

    submission: str
    fields: Mapping[str, Sequence[str]] = field(default_factory=dict)
    files: tuple[IncomingFile, ...] = ()
    file_errors: Mapping[str, str] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """The first text posted under this name, as it was typed."""
        return (self.fields.get(name) or ("",))[0]

    @property
    def content_mark(self) -> str:
        """The same for two forms that say the same in words, whatever their numbers and files."""
        own = {name: texts for name, texts in self.fields.items() if name not in CARRIED and any(texts)}
        return _mark([request.path, own])

    @property
    def file_marks(self) -> frozenset[str]:
        """One for each file: a page that comes back by « back » may have lost those that its script had sent."""
        return frozenset(_mark([file.field, file.digest])[:8] for file in self.files)

    @property
    def shown(self) -> frozenset[str]:
        """The conditional questions that the page showed."""
        return frozenset(self.text("shown").split())


def blank() -> FilledForm:
    """A new form, with a number of its own."""
    return FilledForm(form_numbers.new())


def read(runtime: Runtime, most_free_files: int) -> FilledForm:
    """The form that was posted; its files are kept at once, so that no second try has to send them again.

    Nothing is kept of a form without its proof of origin, unless its number says that we made it: a session that ended.
    Raises RequestEntityTooLarge when there is more than may even be read.
    """
    settings = runtime.settings
    request.max_content_length = settings.max_request_bytes * READ_FACTOR
    fields = {name: list(texts) for name, texts in request.form.lists()}
    posted = request.form.get("submission", "")
    submission = posted if form_numbers.NUMBER.fullmatch(posted) else form_numbers.new()
    kept = uploads.read_kept(
        settings, submission, fields.get(uploads.KEPT_FILE, ()), fields.get(uploads.DROPPED_FILE, ())
    )
    if (request.content_length or 0) > settings.max_request_bytes:
        return FilledForm(submission, fields, tuple(kept), {"": TOO_MUCH})
    received: tuple[IncomingFile, ...] = ()
    errors: dict[str, str] = {}
    if form_numbers.is_ours(posted) or security.is_genuine_form():
        allowed = uploads.limits_of(settings, submission, public=not _is_staff())
        received, errors = uploads.receive_files(request.files, runtime, allowed)
    else:
        errors = {name: NOT_OURS for name, file in request.files.items() if file.filename}
    held = _held(runtime, [*kept, *received], errors)
    taken = earlier_files.taken(fields.get(earlier_files.EARLIER_FILE, ()))
    files = _without_repeats([*held, *taken])
    free = sum(file.field == FREE_FILES for file in files)
    if free > most_free_files and FREE_FILES not in errors:
        errors[FREE_FILES] = too_many_files(most_free_files, free)
    return FilledForm(submission, fields, files, errors)


def rearranged(form: FilledForm, definition: ProcedureDefinition) -> FilledForm | None:
    """The form with one repetition more or less, or as it is to show its sums again; None when it was sent."""
    if form.text("refresh"):
        return form
    added, removed = form.text("add"), form.text("remove")
    block = definition.find_field(added) if added else None
    if block is not None and block.kind is FieldKind.BLOCK:
        known = form_view.indexes(block, added, form.fields)
        new = f"{added}-{max(known, default=-1) + 1}.{block.fields[0].code}"
        return replace(form, fields={**form.fields, new: [""]})
    if re.fullmatch(r"[a-z][a-z0-9_]*-[0-9]{1,6}", removed):
        mine = f"{removed}."
        fields = {name: texts for name, texts in form.fields.items() if not name.startswith(mine)}
        return replace(form, fields=fields, files=tuple(f for f in form.files if not f.field.startswith(mine)))
    return None


def _mark(said: list[object]) -> str:
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode(errors="surrogatepass")).hexdigest()[:20]


def _held(runtime: Runtime, files: Sequence[IncomingFile], errors: dict[str, str]) -> list[IncomingFile]:
    """The files that are there for a while more; those that waited too long are asked for again."""
    held_files.hold(runtime, [file.digest for file in files])
    there = [file for file in files if runtime.storage.exists(file.digest)]
    for lost in files:
        if lost not in there:
            errors[lost.field] = uploads.about(lost.name, GONE)
    return there


def _is_staff() -> bool:
    seen = viewer()
    return seen is not None and seen.kind == "staff"


def _without_repeats(files: Sequence[IncomingFile]) -> tuple[IncomingFile, ...]:
    # The same file chosen again for the same question is one file.
    return tuple({(file.field, file.digest): file for file in files}.values())
