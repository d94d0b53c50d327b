"""Cases are found by all that they hold, however it is written, alike on both engines, by those who may read them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.orm import Session

from backoffice.domain.incoming import IncomingFile, Sender
from backoffice.domain.policy import Actor
from backoffice.infra.runtime import Runtime
from backoffice.models.cases import Case, Message
from backoffice.models.files import ReceivedFile
from backoffice.models.people import Citizen
from backoffice.models.search import CaseText, CaseTextMark, TextSpelling
from backoffice.queries import batches, case_search, case_words, queue
from backoffice.queries.queue_filters import Filters, View
from backoffice.services import case_texts, casework
from backoffice.web import queue_search
from tests import factories

HELENE = Sender(
    family_name="Lefèvre-Gauthier",
    given_names="Hélène",
    email="h.lefevre@courriel.example",
    phone="+33612345678",
)
CLUB = Sender(organisation="Les Amis du Vélo", email="contact@velo.example")
PHOTO = IncomingFile("Photo du cœur brisé.jpg", "image/jpeg", 3, "a" * 64)
LETTER = "Madame la Maire, mon véhicule AB-123-CD a été rayé par un arroseur municipal."

TYPED = {
    "lampadaire": ["lamp"],
    "LAMPADAIRES éteints": [],  # nothing begins so: see the words that were meant
    "lampad": ["lamp"],
    "eteint velo": ["lamp"],  # the subject of the case, the name of who wrote it
    "chaussee": ["hole"],  # in the message
    "l'œuvre": ["lamp"],
    "oeuvre": ["lamp"],
    "nid-de-poule": ["hole"],
    "nid de poule": ["hole"],
    "rue DES lilas": ["hole", "lamp"],
    "rue des ormes": [],
    "lefevre": ["hole"],
    "helene gauthier": ["hole"],
    "h.lefevre@courriel.example": ["hole"],
    "06 12 34 56 78": ["hole"],
    "0033612345678": ["hole"],
    "34 56 78": ["hole"],
    "02.41.22.33.44": ["lamp"],  # in the message
    "cœur brisé": ["hole"],  # the name of an attachment
    "ab 123 cd": ["lamp"],  # on a scanned letter
    "AB123CD": ["lamp"],
    "arroseur": ["lamp"],
    "ascenseur": ["lamp"],  # in an internal note
    "nid AND lampadaire": [],
    '"lilas" OR (poule)*': [],
    "*": [],
    "de la": [],
}  # fmt: skip
MEANT = {"lampadere": "lampadaire", "nid de pouls lilsa": "nid poule lilas", "gotier": "gauthier", "zzyzx": "zzyzx"}


@dataclass(frozen=True, slots=True)
class House:
    """Two cases, and those who look for them: Julie may not read the restricted cases of the roads."""

    runtime: Runtime
    session: Session
    karim: Actor
    julie: Actor
    names: dict[str, str]

    def found(self, words: str, actor: Actor | None = None, view: View = View.FOUND) -> list[str]:
        """The cases of the first page, each by its name here, as many as are counted."""
        filters, today = Filters(view, words), datetime.now(UTC).date()
        self.session.rollback()  # look at what is committed by now
        self.session.info.clear()
        page = queue.read_page(self.session, actor or self.karim, filters, today)
        assert queue.count(self.session, actor or self.karim, filters, today) == len(page.rows)
        assert len(batches.list_references(self.session, actor or self.karim, filters, today, 10)) == len(page.rows)
        return sorted(self.names.get(row.reference, row.reference) for row in page.rows)


@pytest.fixture
def house(runtime: Runtime) -> Iterator[House]:
    hole = factories.a_receipt(
        runtime, sender=HELENE, files=(PHOTO,), body="La chaussée s’effondre.", answers={"description": "Urgent"}
    ).reference
    with runtime.database.transaction() as session:
        karim, julie = (factories.actor_named(session, name) for name in ("Karim", "Julie"))
        lamp = factories.a_case(
            session, runtime, sender=CLUB, subject="Lampadaire éteint rue des Lilas",
            body="Devant l’œuvre d’art. Rappelez au 02 41 22 33 44.",
            files=(IncomingFile("lettre.pdf", "application/pdf", 3, "b" * 64),),
        )  # fmt: skip
        casework.note(session, karim, lamp, "Vu avec le gardien : l’ascenseur est en panne.")
        session.execute(update(ReceivedFile).where(ReceivedFile.digest == "b" * 64).values(text=LETTER))
        names = {hole: "hole", lamp.reference: "lamp"}
    assert case_texts.catch_up(runtime) > 0
    with runtime.database.reading() as session:
        yield House(runtime, session, karim, julie, names)


def test_a_case_is_found_by_whatever_it_holds_however_it_is_typed(house: House) -> None:
    assert {words: house.found(words) for words in TYPED} == TYPED
    hole = next(reference for reference, name in house.names.items() if name == "hole")
    year, number = hole.split("-")
    for words in (hole, f"dossier n° {hole}", f"{year} {int(number)}", year + number, number):
        assert house.found(words) == ["hole"], words
    assert house.found("lilas", view=View.OPEN) == ["hole", "lamp"]
    assert house.found("lilas", view=View.CLOSED) == []
    with house.runtime.database.reading() as session:
        code = session.scalars(select(Case.tracking_code).where(Case.reference == hole)).one()
    assert [house.found(words) for words in (code, f"{code[:4]}-{code[4:]}".lower())] == [["hole"], ["hole"]]


def test_a_common_word_is_read_along_the_index_with_the_same_result(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(case_words, "MOST_NAMED", 0)
    monkeypatch.setattr(case_words, "MOST_BEGUN", 0)
    asked = {words: found for words, found in TYPED.items() if found}
    assert {words: house.found(words) for words in asked} == asked
    assert house.found("lilas", view=View.OPEN) == ["hole", "lamp"]


def test_a_misspelt_word_is_put_right_and_what_is_found_is_shown(house: House) -> None:
    assert {typed: case_search.respell(house.session, house.karim, typed) for typed in MEANT} == MEANT
    page = queue.read_page(house.session, house.karim, Filters(View.FOUND, "lilas"), datetime.now(UTC).date())
    shown = {}
    for words in ("ascenseur", "0241223344", "ab123cd", "oeuvre", "coeur"):
        hits = queue_search.read_hits(house.session, page.rows, words)
        (excerpt,) = (hits.excerpt(row.id) for row in page.rows if hits.excerpt(row.id))
        shown[words] = (excerpt.kind, [piece.text for piece in excerpt.pieces if piece.found])
    assert shown == {
        "ascenseur": ("note", ["ascenseur"]),
        "0241223344": ("message", ["02 41 22 33 44"]),
        "ab123cd": ("scan", ["AB-123-CD"]),
        "oeuvre": ("message", ["œuvre"]),
        "coeur": ("attachment", ["cœur"]),
    }


def test_the_words_of_a_restricted_case_are_neither_found_nor_proposed(house: House) -> None:
    with house.runtime.database.transaction() as session:
        session.execute(update(Case).where(Case.subject.startswith("Lampadaire")).values(restricted=True))
    assert house.found("lampadaire") == ["lamp"]
    for words in ("lampadaire", "ascenseur", "arroseur", "ab123cd", "velo", "lampadere"):
        assert house.found(words, house.julie) == [], words
        assert case_search.respell(house.session, house.julie, words) == words
    assert house.found("lilas", house.julie) == ["hole"]
    assert case_search.respell(house.session, house.julie, "gotier") == "gauthier"


def test_every_change_is_read_again_and_what_nobody_says_is_forgotten(house: House) -> None:
    runtime = house.runtime
    with runtime.database.transaction() as session:
        session.execute(update(Citizen).where(Citizen.family_name == HELENE.family_name).values(family_name="Quillien"))
        session.execute(delete(Message).where(Message.direction == "note"))
        session.execute(update(Case).where(Case.subject.startswith("Nid")).values(subject="Affaissement"))
        session.execute(
            update(Message).where(Message.subject.startswith("Nid")).values(subject="", author="Un passant")
        )
    assert case_texts.catch_up(runtime) == 2
    found = {words: house.found(words) for words in ("gauthier", "ascenseur", "poule", "quillien", "affaissement")}
    assert found == {"gauthier": [], "ascenseur": [], "poule": [], "quillien": ["hole"], "affaissement": ["hole"]}
    with runtime.database.reading() as session:
        known = set(session.scalars(select(TextSpelling.word)))
        assert not known & {"gauthier", "ascenseur", "poule"}
        assert {"quillien", "affaissement"} <= known
        assert not session.scalars(select(CaseTextMark)).all()
    with runtime.database.transaction() as session:  # a case that is gone, an index that was lost
        session.add(CaseTextMark(authority_id=house.karim.authority_id, case_id=999))
        session.execute(delete(CaseText))
        session.execute(text("DELETE FROM text_spellings"))
    assert house.found("quillien") == []
    assert case_texts.rebuild(runtime) == 3
    assert house.found("quillien") == ["hole"]
    assert case_search.respell(house.session, house.karim, "quilien") == "quillien"
