"""What the antivirus says of a received file, and whether the file may then leave the storage."""

from dataclasses import dataclass
from enum import StrEnum

from backoffice.domain.wording import Wording


class Scan(StrEnum):
    """How far the scan of some bytes is."""

    NONE = "none"
    WAITING = "waiting"
    UNAVAILABLE = "unavailable"
    TOO_LARGE = "too_large"
    CLEAN = "clean"
    INFECTED = "infected"


PDF = "application/pdf"
MESSAGE = "message/rfc822"
PICTURES = frozenset(f"image/{kind}" for kind in ("jpeg", "png", "gif", "webp", "tiff", "heic", "heif"))
PLAIN_TEXT, CSV = "text/plain", "text/csv"
DOCX, XLSX, PPTX = (
    f"application/vnd.openxmlformats-officedocument.{kind}"
    for kind in ("wordprocessingml.document", "spreadsheetml.sheet", "presentationml.presentation")
)
OPEN_DOCUMENTS = tuple(f"application/vnd.oasis.opendocument.{kind}" for kind in ("text", "spreadsheet", "presentation"))
WORDED = frozenset({PDF, PLAIN_TEXT, CSV, DOCX, XLSX, PPTX, *OPEN_DOCUMENTS})
"""What holds words that the search finds."""
PREPARED = PICTURES | WORDED
"""What is looked into once the antivirus has: pictures to make a smaller one, PDF files to know if they act, words."""

SETTLED = frozenset({Scan.CLEAN, Scan.INFECTED})

SENTENCES: dict[Scan, str] = {
    Scan.WAITING: Wording("L’antivirus n’a pas encore analysé ce fichier. Réessayez dans une minute."),
    Scan.UNAVAILABLE: Wording("L’antivirus ne répond pas : ce fichier reste fermé jusqu’à ce qu’il l’ait analysé."),
    Scan.TOO_LARGE: (
        Wording(
            "Ce fichier est trop lourd pour l’antivirus : il reste fermé. "
            "L’administration technique peut relever la limite de l’antivirus."
        )
    ),
}


@dataclass(frozen=True, slots=True)
class FileCheck:
    """What is known of some bytes today.

    `virus` is the name of what was found in them; `preview` and `thumbnail` are the digests of the JPEG made from a
    picture; a PDF is `active` when it carries scripts, or until it was looked into, and when it is `damaged`.
    """

    scan: Scan = Scan.NONE
    virus: str = ""
    known: bool = False
    prepared: bool = False
    active: bool = True
    damaged: bool = False
    preview: str = ""
    thumbnail: str = ""

    @property
    def may_leave(self) -> bool:
        """Whether somebody may open the file: it is clean, or no antivirus is asked."""
        return self.scan in {Scan.CLEAN, Scan.NONE}

    @property
    def is_infected(self) -> bool:
        """Whether the file is in quarantine."""
        return self.scan is Scan.INFECTED

    @property
    def sentence(self) -> str:
        """Why the file stays closed; empty when it opens."""
        if self.is_infected:
            return Wording("Fichier écarté : virus trouvé (%(virus)s).", virus=self.virus)
        return SENTENCES.get(self.scan, "")


def today(scan: str, *, has_scanner: bool) -> Scan:
    """A scan as it counts now: what was found stays found, and the rest waits only for a scanner that exists."""
    known = Scan(scan)
    if known in SETTLED:
        return known
    if not has_scanner:
        return Scan.NONE
    return Scan.WAITING if known is Scan.NONE else known
