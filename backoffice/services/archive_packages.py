"""The ZIP of a transfer to the archives: every file of a case under its digest, then the manifest of them all."""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

from backoffice.domain import seda
from backoffice.domain.archive_transfer import OUR_PDF, PUIDS, Content, Happening, Level, Transfer, Unit, place_of
from backoffice.infra.archives import Archive
from backoffice.services.evidence import Evidence

MANIFEST = "manifest.xml"
PRINTED, HISTORY, DATES = "dossier.pdf", "history.json", "deadlines.json"
PDF, JSON, TEXT, MAIL = "application/pdf", "application/json", "text/plain", "message/rfc822"
ABSENT = "Ce fichier n’a pas été retrouvé : il n’est pas dans ce versement."
ALTERED = "L’empreinte de ce fichier n’est plus celle de son arrivée."

Read = Callable[[str], Iterator[bytes]]
"""Gives the bytes of a digest, piece by piece."""


class Package:
    """Fills the ZIP of a transfer; what cannot leave is described with the reason, never passed over in silence."""

    def __init__(self, archive: Archive, found: Evidence, absent: set[str], read: Read) -> None:
        self._archive, self._found, self._absent, self._read = archive, found, absent, read
        self._digests = {kept.place: kept.digest for kept in found.files}
        self._texts = dict(found.texts)
        self._sent: dict[str, Content] = {}
        self._altered: set[str] = set()

    def write(self, transfer: Transfer, printed: bytes) -> None:
        """Every file, then the manifest: it gives their digests. `printed` is the PDF that tells the whole case."""
        self._texts |= {
            HISTORY: json.dumps(self._found.history, ensure_ascii=False, indent=1),
            DATES: json.dumps(self._found.deadlines, ensure_ascii=False, indent=1),
        }
        values = self._found.values
        parts = (
            _group("Échanges", (self._message(one) for one in values["messages"])),
            _group("Pièces jointes", (self._attachment(one) for one in values["attachments"])),
            _group("Documents produits", (self._document(one) for one in values["documents"])),
            _group("Courriels envoyés", (self._mail(one) for one in values["mails"])),
            self._own(HISTORY, "Historique, avec ses empreintes enchaînées", JSON),
            replace(self._own(DATES, "Dates légales expliquées", JSON), description=_dates(values["deadlines"])),
            Unit("Le dossier entier, à lire", content=self._put_own(PRINTED, PDF, printed, OUR_PDF)),
        )
        happened = tuple(_happening(line) for line in values["timeline"])
        file = replace(transfer.file, history=happened, parts=tuple(part for part in parts if part is not None))
        self._archive.add(MANIFEST, [seda.write(replace(transfer, file=file))])

    def _message(self, message: dict[str, Any]) -> Unit:
        instant, direction = message["instant"], message["direction"]
        title = " – ".join(part for part in (message["title"], message["subject"]) if part)
        original = message["original"]
        return replace(
            self._own(message["place"], title, TEXT),
            level=Level.PART if original else Level.PIECE,
            kind="Note" if direction == "note" else "Correspondance",
            sender=message["author"],
            created=instant if direction == "note" else None,
            sent=instant if direction == "out" else None,
            received=instant if direction == "in" else None,
            parts=(self._kept(original["place"], "Message d’origine", MAIL),) if original else (),
        )

    def _attachment(self, attachment: dict[str, Any]) -> Unit:
        unit = self._kept(attachment["place"], attachment["name"], attachment["type"])
        return replace(unit, kind="Pièce jointe", received=attachment["instant"])

    def _document(self, document: dict[str, Any]) -> Unit:
        unit = self._kept(document["place"], document["name"], PDF, OUR_PDF) if document["place"] else None
        return replace(unit or Unit(document["name"], description=ABSENT), created=document["instant"])

    def _mail(self, mail: dict[str, Any]) -> Unit:
        unit = self._own(mail["place"], mail["subject"], TEXT)
        return replace(
            unit, description=mail["state"], sender=mail["sender"], addressee=mail["to"], sent=mail["instant"]
        )

    def _own(self, place: str, title: str, media_type: str) -> Unit:
        """A text that the house writes for the transfer."""
        return Unit(title, content=self._put_own(place, media_type, self._texts[place].encode("utf-8", "replace")))

    def _put_own(self, name: str, media_type: str, written: bytes, puid: str = "") -> Content:
        return self._put(name, media_type, hashlib.sha256(written).hexdigest(), [written], puid)

    def _kept(self, place: str, title: str, media_type: str, puid: str = "") -> Unit:
        """A file as it was kept: one that is lost or infected is described all the same."""
        digest = self._digests[place]
        reason = ABSENT if digest in self._absent else self._found.withheld.get(digest, "")
        if reason:
            return Unit(title, description=reason)
        content = self._put(place, media_type, digest, self._read(digest), puid)
        return Unit(title, description=ALTERED if content.uri in self._altered else "", content=content)

    def _put(self, name: str, media_type: str, digest: str, chunks: Iterable[bytes], puid: str) -> Content:
        """Add a file once, however many units it belongs to."""
        uri = place_of(digest, name)
        if uri not in self._sent:
            member = self._archive.add(uri, chunks)
            known = puid or PUIDS.get(media_type, "")
            self._sent[uri] = Content(uri, member.sha512, member.size, media_type, name.rpartition("/")[2], known)
            if member.sha256 != digest:
                self._altered.add(uri)
        return self._sent[uri]


def _group(title: str, units: Iterable[Unit]) -> Unit | None:
    parts = tuple(units)
    return Unit(title, level=Level.PART, parts=parts) if parts else None


def _happening(line: dict[str, Any]) -> Happening:
    said = (line["number"], line["kind"], line["title"], line["instant"], line["detail"])
    return Happening(*said, actor_kind=line["actor_kind"], actor=line["who"])


def _dates(deadlines: dict[str, Any]) -> str:
    """Every legal date with the article that gives it, one a line."""
    lines = (f"{one['label']} : {one['day']} ({one['explanation']['article']})" for one in deadlines["dates"])
    return "\n".join(lines)
