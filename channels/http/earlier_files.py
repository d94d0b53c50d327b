"""« Reprendre un document déjà envoyé » : the files that a signed-in citizen sent before, offered to a new form."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from flask import g

from backoffice.domain.incoming import IncomingFile
from backoffice.models.cases import Case
from backoffice.queries import documents
from backoffice.services import email_accounts, received_files
from backoffice.web.current import authority, runtime, viewer
from channels.http.file_kinds import ACCEPTED

EARLIER_FILE = "earlier_file"
"""The boxes that take one again: « input name|number of the attachment »."""
MOST_OFFERED = 12
MOST_LOOKED_AT = 200


@dataclass(frozen=True, slots=True)
class EarlierFile:
    """A file of one of the citizen's own requests."""

    id: int
    file: IncomingFile
    reference: str
    sent_on: date


def list_mine() -> list[EarlierFile]:
    """What this citizen sent before and may send again, the last first, each content once; nothing for anybody else."""
    if "earlier_files" not in g:
        g.earlier_files = _list_mine()
    found: list[EarlierFile] = g.earlier_files
    return found


def taken(asked: Iterable[str]) -> list[IncomingFile]:
    """The files of these boxes, for the inputs that they name; what is not this citizen's own counts for nothing."""
    boxes = [box.rpartition("|") for box in asked]
    if not boxes:
        return []
    mine = {str(one.id): one.file for one in list_mine()}
    return [
        IncomingFile(own.name, own.media_type, own.size, own.digest, field=field)
        for field, _, number in boxes
        if field and (own := mine.get(number)) is not None
    ]


def _list_mine() -> list[EarlierFile]:
    seen = viewer()
    if seen is None or seen.kind != "citizen" or seen.actor.id is None:
        return []
    with runtime().database.reading() as session:
        # The very cases of their space: who proved an address alone has no other.
        own = email_accounts.list_cases(session, authority().id, seen.actor.id, seen.addresses, proven=seen.email)
        by_id = {case.id: case for case in own}
        found: dict[str, EarlierFile] = {}
        for attachment, author in documents.list_received_files(session, list(by_id), MOST_LOOKED_AT):
            case = by_id[attachment.case_id]
            if attachment.media_type in ACCEPTED and _is_theirs(case, author):
                file = IncomingFile(attachment.name, attachment.media_type, attachment.size, attachment.digest)
                found.setdefault(file.digest, EarlierFile(attachment.id, file, case.reference, case.received_on))
        checks = received_files.checks(session, runtime(), found)
    return [one for digest, one in found.items() if checks[digest].may_leave][:MOST_OFFERED]


def _is_theirs(case: Case, author: str) -> bool:
    """Whether they wrote it themselves: a neighbour may have written in their case."""
    return case.citizen is not None and author == case.citizen.display_name[:255]
