"""Files too heavy for a mail: they leave as links that we sign, that open for a month and for these files only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy.orm import Session

from backoffice.domain import references
from backoffice.errors import NotFound
from backoffice.infra.runtime import Runtime
from backoffice.models.authorities import Authority
from backoffice.models.mail import OutgoingMail
from backoffice.queries import mail as queries

MOST_MEGABYTES = "most_mail_megabytes"
USUAL_MEGABYTES, HIGHEST_MEGABYTES = 10, 25  # what most servers take, base64 included, and what some do
LASTS = timedelta(days=30)
PURPOSE = "file-of-a-mail"
DOCUMENT, RECEIVED = "d", "r"
UNKNOWN = "Ce lien n’ouvre aucun fichier : vérifiez qu’il est copié en entier."
EXPIRED = "Ce lien a expiré : il ouvrait pendant un mois. Répondez au courriel qui le contenait pour en avoir un autre."


@dataclass(frozen=True, slots=True)
class LinkedFile:
    """What a link opens: a letter of ours, or a file that somebody sent and that was passed on."""

    digest: str
    name: str
    media_type: str
    is_ours: bool


def megabytes(authority: Authority) -> int:
    """What an authority lets a mail carry."""
    return int(authority.details.get(MOST_MEGABYTES, USUAL_MEGABYTES))


def faults_of(typed: str) -> dict[str, str]:
    """What is wrong with a limit as an administrator typed it, by field; nothing for a good one."""
    if typed.isascii() and typed.isdigit() and len(typed) <= 2 and 1 <= int(typed) <= HIGHEST_MEGABYTES:
        return {}
    return {MOST_MEGABYTES: f"Écrivez un nombre de mégaoctets, de 1 à {HIGHEST_MEGABYTES}."}


def too_heavy(sizes: Sequence[int], limit: int) -> set[int]:
    """The places of the files that do not fit together in `limit` bytes, the lightest travelling first."""
    heavy: set[int] = set()
    carried = 0
    for place in sorted(range(len(sizes)), key=sizes.__getitem__):
        if carried + sizes[place] > limit:
            heavy.add(place)
        else:
            carried += sizes[place]
    return heavy


def token(runtime: Runtime, mail_id: int, kind: str, file_id: int, until: date) -> str:
    """The end of a link: `<mail>.<kind><file>.<last day>.<mark>`; only we can make the mark."""
    text = f"{mail_id}.{kind}{file_id}.{until:%Y%m%d}"
    return f"{text}.{references.sign(runtime.settings.secret_key, PURPOSE, text)}"


def find(session: Session, runtime: Runtime, authority_id: int, given: str, today: date) -> LinkedFile:
    """The file of a link; raise NotFound, with what to do, for one that is not ours or is over."""
    text, _, mark = given.rpartition(".")
    if not references.signed_by_any(runtime.settings.secret_keys, PURPOSE, text, mark):
        raise NotFound(UNKNOWN)
    number, named, last_day = text.split(".")
    if today > date.fromisoformat(last_day):
        raise NotFound(EXPIRED)
    mail = session.get(OutgoingMail, int(number))
    if mail is None or mail.authority_id != authority_id:
        raise NotFound(UNKNOWN)
    wanted = int(named[1:])
    if named[0] == DOCUMENT:
        for letter in queries.list_mail_documents(session, mail):
            if letter.id == wanted:
                return LinkedFile(letter.digest, f"{letter.title}.pdf", "application/pdf", is_ours=True)
    else:
        for file in queries.list_mail_attachments(session, mail):
            if file.id == wanted:
                return LinkedFile(file.digest, file.name, file.media_type, is_ours=False)
    raise NotFound(UNKNOWN)
