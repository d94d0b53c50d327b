"""Received files as pages list them: pictures by their thumbnail, and no link while a file is closed."""

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from flask import url_for
from sqlalchemy.orm import Session

from backoffice.domain.file_checks import PDF, PICTURES, FileCheck
from backoffice.domain.reserved_answers import RESERVED_FILE
from backoffice.domain.wording import Wording
from backoffice.models.cases import Attachment, Case
from backoffice.models.documents import Document
from backoffice.services import received_files
from backoffice.web.current import authority, runtime
from backoffice.web.files import SHOWN
from backoffice.web.languages import spoken

ACTIVE = Wording("Ce PDF contient des actions automatiques : il se télécharge sans s’ouvrir ici.")
DAMAGED = "Ce PDF est abîmé : il se télécharge sans s’ouvrir ici. Si vous ne pouvez pas le lire, demandez-en un autre."
SEND_AGAIN = Wording(
    "Nous ne pouvons pas l’ouvrir. Envoyez ce document depuis un autre appareil, ou apportez-le à l’accueil."
)
KEPT_FOR_SOME = "La démarche le réserve à certains rôles ou services."
STRIPPED = Wording("Aperçu sans le lieu ni l’appareil de la prise de vue.")


@dataclass(frozen=True, slots=True)
class ShownFile:
    """A file of a list: `url` opens it (empty when `closed` says why not), `original` downloads it as it came."""

    name: str
    size: str
    url: str = ""
    original: str = ""
    thumbnail: str = ""
    closed: str = ""
    note: str = ""


def made_on(document: Document) -> str:
    """The day and hour of a document: two letters of one case may bear the same title."""
    return spoken().writing.short_datetime(document.asked_at, authority().timezone)


def of_document(document: Document) -> str:
    """What a list says of a document besides its title: « PDF, 24 ko, 03/03/2026 à 14 h 05 »."""
    return f"PDF, {spoken().writing.file_size(document.size)}, {made_on(document)}"


def by_message(
    session: Session, attachments: Sequence[Attachment], show: Callable[[Attachment, FileCheck], ShownFile]
) -> dict[int, list[ShownFile]]:
    """The files of each message, each as `show` says."""
    known = received_files.checks(session, runtime(), [one.digest for one in attachments])
    found: dict[int, list[ShownFile]] = defaultdict(list)
    for one in attachments:
        found[one.message_id].append(show(one, known[one.digest]))
    return found


def for_staff(case: Case, one: Attachment, check: FileCheck, *, hidden: Collection[int] = ()) -> ShownFile:
    """What the desk may do with a file: look at it when that is safe, and download it as it came.

    Of those `hidden` (by id) the viewer learns that they are there, not even their name.
    """
    if one.id in hidden:
        return ShownFile(RESERVED_FILE, spoken().writing.file_size(one.size), closed=KEPT_FOR_SOME)
    if not check.may_leave:
        return ShownFile(one.name, spoken().writing.file_size(one.size), closed=check.sentence)
    place: dict[str, Any] = {"reference": case.reference, "attachment_id": one.id}
    original = url_for("files.attachment", **place)
    is_looked_at = check.preview or one.media_type in SHOWN or (one.media_type == PDF and not check.active)
    return ShownFile(
        one.name,
        spoken().writing.file_size(one.size),
        url_for("files.attachment", **place, apercu=1) if is_looked_at else original,
        original if is_looked_at else "",
        url_for("files.thumbnail", **place) if check.thumbnail else "",
        note=_caution(check) if one.media_type == PDF and check.prepared else "",
    )


def _caution(check: FileCheck) -> str:
    """Why a PDF is only downloaded; empty when it opens here."""
    if check.damaged:
        return DAMAGED
    return ACTIVE if check.active else ""


def for_follower(case: Case, one: Attachment, check: FileCheck) -> ShownFile:
    """What who follows the case may do with a file: a picture is its preview only."""
    if not check.may_leave:
        note = SEND_AGAIN if check.is_infected else ""
        return ShownFile(one.name, spoken().writing.file_size(one.size), closed=check.sentence, note=note)
    place: dict[str, Any] = {"reference": case.reference, "attachment_id": one.id}
    return ShownFile(
        one.name,
        spoken().writing.file_size(one.size),
        url_for("follow_up.attachment", **place),
        thumbnail=url_for("follow_up.thumbnail", **place) if check.thumbnail else "",
        note=STRIPPED if one.media_type in PICTURES else "",
    )
