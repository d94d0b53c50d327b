"""Files that leave the storage: never run by the browser, shown only when their type is known to be safe."""

import re
import unicodedata
from collections.abc import Sequence
from urllib.parse import quote

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from backoffice.domain.file_checks import PDF, PICTURES, FileCheck, Scan
from backoffice.domain.incoming import IncomingFile
from backoffice.domain.policy import Permission
from backoffice.domain.wording import Wording
from backoffice.errors import Forbidden, NotFound, Unavailable
from backoffice.models.cases import Attachment, Case
from backoffice.queries import cases, mail
from backoffice.queries import documents as queries
from backoffice.services import emergency, journal, received_files, reserved_answers
from backoffice.services.journal import Event
from backoffice.web.access import Audience, audience
from backoffice.web.current import actor, runtime

pages = Blueprint("files", __name__)

# What browsers draw without running anything; every other type is only ever downloaded.
SHOWN = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"})
JPEG = "image/jpeg"
SANDBOX = "default-src 'none'; sandbox"
# The page that browsers make around a picture styles itself; nothing in a picture can.
PICTURE_VIEWER = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
# The readers of PDF built in browsers style themselves, and refuse to start in a sandbox.
PDF_READER = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; img-src 'self' data:"

GONE = Wording("Ce fichier n’existe pas ou n’est pas accessible avec votre compte.")
NOT_READY = Wording("L’aperçu de cette photo est en préparation. Réessayez dans une minute.")
NO_PREVIEW = Wording("Cette photo ne peut pas être montrée ici. Demandez-la au service qui suit votre demande.")


class Closed(Unavailable):
    """A file that the antivirus has not let through yet."""

    title = Wording("Fichier fermé pour le moment")


class Quarantined(Forbidden):
    """A file in which a virus was found."""

    title = Wording("Fichier écarté")


def send_received(digest: str, name: str, media_type: str, *, shown: bool = False) -> Response:
    """A file that came from outside, as it came; `shown` in the browser when that is safe, by its preview first.

    Raises Quarantined or Closed when the antivirus does not let it through.
    """
    check = opened(digest, name, media_type)
    if shown and check.preview:
        return send_file(check.preview, _as_jpeg(name), JPEG, shown=True)
    return send_file(digest, name, media_type, shown=shown and not (media_type == PDF and check.active))


def send_shared(digest: str, name: str, media_type: str) -> Response:
    """The same for who is not of the house: a picture leaves without what the camera wrote in it (place, device)."""
    if media_type not in PICTURES:
        return send_received(digest, name, media_type)
    check = opened(digest, name, media_type)
    if not check.preview:
        raise NotFound(NO_PREVIEW) if check.prepared else Closed(NOT_READY)
    return send_file(check.preview, _as_jpeg(name), JPEG, shown=True)


def send_thumbnail(attachment: Attachment) -> Response:
    """The small picture of a picture."""
    check = opened(attachment.digest, attachment.name, attachment.media_type)
    if not check.thumbnail:
        raise NotFound(GONE)
    return send_file(check.thumbnail, _as_jpeg(attachment.name), JPEG, shown=True)


def opened(digest: str, name: str, media_type: str) -> FileCheck:
    """What is known of a received file that may leave; raise Quarantined or Closed when it may not."""
    with runtime().database.reading() as session:
        check = received_files.checks(session, runtime(), [digest])[digest]
    if not check.known or check.scan is Scan.WAITING:
        # What came before the antivirus, or from a restored backup, is asked for when somebody wants it.
        with runtime().database.transaction() as session:
            received_files.note(session, runtime(), [IncomingFile(name, media_type, 0, digest)])
    if check.is_infected:
        raise Quarantined(check.sentence)
    if not check.may_leave:
        raise Closed(check.sentence)
    return check


def send_file(digest: str, name: str, media_type: str, *, shown: bool = False) -> Response:
    """The bytes of this digest as a download, or in the browser when `shown` and the type is safe.

    Raises NotFound when the storage does not hold them. `media_type` is what the bytes are, not what was said.
    """
    chunks = runtime().storage.chunks(digest)
    in_browser = shown and (media_type in SHOWN or media_type == PDF)
    response = Response(chunks, mimetype=media_type if in_browser else "application/octet-stream")
    response.headers["Content-Disposition"] = disposition("inline" if in_browser else "attachment", name)
    reader = PDF_READER if media_type == PDF else PICTURE_VIEWER
    response.headers["Content-Security-Policy"] = reader if in_browser else SANDBOX
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, no-store"
    return response


@pages.get("/agents/dossiers/<reference>/pieces/<int:attachment_id>")
@audience(Audience.STAFF, Permission.CASE_READ)
def attachment(reference: str, attachment_id: int) -> ResponseReturnValue:
    """An attachment of a case that this person may read."""
    case, found = _attachment(reference, attachment_id)
    note_reading(case, attachment_id=attachment_id)
    return send_received(found.digest, found.name, found.media_type, shown="apercu" in request.args)


@pages.get("/agents/dossiers/<reference>/pieces/<int:attachment_id>/vignette")
@audience(Audience.STAFF, Permission.CASE_READ)
def thumbnail(reference: str, attachment_id: int) -> ResponseReturnValue:
    """The thumbnail of a picture: a part of the page of its case, whose reading is noted once."""
    return send_thumbnail(_attachment(reference, attachment_id)[1])


def _attachment(reference: str, attachment_id: int) -> tuple[Case, Attachment]:
    with runtime().database.reading() as session:
        case = cases.get_case(session, actor(), reference)
        found = queries.find_attachment(session, case.id, attachment_id)
        if found is None or reserved_answers.hidden_files(session, actor(), case, [found]):
            raise NotFound(GONE)
    return case, found


@pages.get("/agents/dossiers/<reference>/documents/<int:document_id>")
@audience(Audience.STAFF, Permission.CASE_READ)
def document(reference: str, document_id: int) -> ResponseReturnValue:
    """A document that the house produced; the receipt also opens for the agent who recorded the request."""
    with runtime().database.reading() as session:
        case = cases.find_recorded_case(session, actor(), reference) or cases.get_case(session, actor(), reference)
        found = queries.find_document(session, case.id, document_id)
        if found is not None and found.template != "receipt":
            case = cases.get_case(session, actor(), reference)
    if found is None or not found.digest:
        raise NotFound(GONE)
    note_reading(case, document_id=document_id)
    return send_file(found.digest, f"{found.title}.pdf", PDF, shown="apercu" in request.args)


@pages.get("/agents/dossiers/<reference>/messages/<int:message_id>/original")
@audience(Audience.STAFF, Permission.CASE_READ)
def original(reference: str, message_id: int) -> ResponseReturnValue:
    """A received message exactly as it came in."""
    with runtime().database.reading() as session:
        case = cases.get_case(session, actor(), reference)
        found = queries.find_original(session, case.id, message_id)
    if found is None:
        raise NotFound(GONE)
    note_reading(case, message_id=message_id)
    return send_received(found.raw_digest, f"{reference}-{message_id}.eml", "message/rfc822")


@pages.get("/agents/dossiers/<reference>/courriels/<int:mail_id>/copie")
@audience(Audience.STAFF, Permission.CASE_READ)
def sent_copy(reference: str, mail_id: int) -> ResponseReturnValue:
    """A mail exactly as it left."""
    with runtime().database.reading() as session:
        case = cases.get_case(session, actor(), reference)
        found = mail.find_mail(session, case.id, mail_id)
        if found is None or not found.raw_digest:
            raise NotFound(GONE)
        if found.is_forward and reserved_answers.list_hidden(session, actor(), case):
            raise NotFound(GONE)
    note_reading(case, mail_id=mail_id)
    return send_file(found.raw_digest, f"{reference}-courriel-{mail_id}.eml", "message/rfc822")


def note_reading(case: Case, **what: int) -> None:
    """Write in its history that somebody read a restricted case (law 6), or any case in an emergency."""
    note_readings([case], **what)


def note_readings(together: Sequence[Case], **what: int) -> None:
    """The same of cases that one page shows together: a case and those joined to it."""
    urgent = actor().emergency
    noted = sorted(one.id for one in together if one.restricted or urgent)
    if not noted:
        return
    with runtime().database.transaction() as session:
        for case_id in noted:
            held = cases.claim_case_by_id(session, case_id)
            journal.record(session, actor(), held, Event.READ_IN_EMERGENCY if urgent else Event.READ_RESTRICTED, **what)
        if urgent:
            emergency.note_reading(session, actor())


def _as_jpeg(name: str) -> str:
    return f"{name.rpartition('.')[0] or name}.jpg"


def disposition(way: str, name: str) -> str:
    """The header of a file shown (`inline`) or saved (`attachment`) under a name, which may be of any language.

    As RFC 6266 wants it: in ASCII for the oldest programs, then as it is.
    """
    name = "".join(sign for sign in name if sign.isprintable()) or "fichier"
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    plain = re.sub(r'["\\;%/]', "_", plain).strip() or "fichier"
    return f"{way}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
