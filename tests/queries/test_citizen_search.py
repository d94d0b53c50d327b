"""People are found from one box, on both engines, by whatever the agent was told and however they wrote it."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from backoffice.domain.incoming import Sender
from backoffice.domain.policy import Actor
from backoffice.infra.runtime import Runtime
from backoffice.models.cases import Case
from backoffice.models.people import Citizen
from backoffice.models.search import CaseKey, CitizenKey, KnownSpelling
from backoffice.queries import citizen_keys, citizen_search
from backoffice.services import citizens, reconciliation
from backoffice.services.reconciliation import Proof
from tests import factories

HELENE = Sender(
    family_name="Lefèvre-Gauthier",
    given_names="Marie-Hélène",
    email="mh.lefevre@courriel.example",
    phone="+33612345678",
    address_line="12 bis rue des Lilas",
    postcode="49100",
    city="Angers",
)
YANIS = Sender(
    family_name="Benali", given_names="Yanis", address_line="14 rue des Lilas", postcode="49100", city="Angers"
)
FONTAINE = Sender(family_name="de la Fontaine", given_names="Jean", phone="+3222234567", city="Bruxelles")
CLUB = Sender(organisation="Les Amis du Vélo", email="contact@velo.example", city="Angers")
NEIGHBOUR = Sender(family_name="Angers", given_names="Odile", address_line="3 rue de Bruxelles", city="Nantes")
EVERYBODY = {"Hélène": HELENE, "Yanis": YANIS, "Fontaine": FONTAINE, "Club": CLUB, "Odile": NEIGHBOUR}

TYPED = {
    "lefevre": ["Hélène"],
    "LEFÈVRE marie hélène": ["Hélène"],
    "helene lefebvre": ["Hélène"],  # one letter more
    "lefvere": ["Hélène"],  # two letters in each other's place
    "gotier": ["Hélène"],  # by ear
    "mariehelene": ["Hélène"],
    "lef": ["Hélène"],
    "M. Benaly": ["Yanis"],
    "y benali": ["Yanis"],
    "benali angers": ["Yanis"],
    "fontaine bruxelles": ["Fontaine"],  # a town, and a street elsewhere
    "benali bordeaux": [],
    "delafontaine": ["Fontaine"],
    "Jean de La Fontaine": ["Fontaine"],
    "amis velo": ["Club"],
    "contact@velo.example": ["Club"],
    "mh.lefevre@autre.example": ["Hélène"],  # at another provider
    "06 12 34 56 78": ["Hélène"],
    "+33 (0)6.12.34.56.78": ["Hélène"],
    "0033612345678": ["Hélène"],
    "34 56 78": ["Hélène"],
    "rappeler au 0612345678": ["Hélène"],
    "02 223 45 67": ["Fontaine"],
    "12 rue des Lilas": ["Hélène"],
    "rue des lylas": ["Yanis", "Hélène"],
    "14, rue des Lilas 49100 Angers": ["Yanis"],
    "99 rue des Lilas Angers": ["Yanis", "Hélène"],
    "Personne Introuvable": [],
    "": [],
    "%": [],
}


@pytest.fixture
def karim(runtime: Runtime) -> Actor:
    with runtime.database.reading() as session:
        return factories.actor_named(session, "Karim")


def _found(session: Session, actor: Actor, words: str) -> list[str]:
    return [one.name for one in citizen_search.search(session, actor, words)]


def test_a_person_is_found_however_they_are_said(runtime: Runtime, karim: Actor) -> None:
    with runtime.database.transaction() as session:
        ids = {}
        for name, sender in EVERYBODY.items():
            created = citizens.create(session, karim.authority_id, sender, "counter")
            ids[created.id] = name
    with runtime.database.reading() as session:
        found = {
            typed: [ids[one.citizen_id] for one in citizen_search.search(session, karim, typed)] for typed in TYPED
        }
        assert found == TYPED
        (found_one,) = citizen_search.search(session, karim, "lefebvre")
    assert (found_one.name, found_one.matched_by) == ("Marie-Hélène Lefèvre-Gauthier", "nom")
    assert "12 bis rue des Lilas, 49100 Angers" in found_one.details
    assert "mh.lefevre@courriel.example" in found_one.details


def test_a_case_leads_to_its_citizen_and_a_hidden_one_to_nobody(runtime: Runtime, karim: Actor) -> None:
    with runtime.database.transaction() as session:
        car = {"variant": "resident", "plate": "AB-123-CD"}
        parking = factories.a_case(
            session, runtime, sender=YANIS, procedure="parking_resident_or_move", answers=car, channel="counter"
        )
        reference, code, hole = parking.reference, parking.tracking_code, factories.a_case(session, runtime)
        hole.citizen_id = parking.citizen_id
    year, number = reference.split("-")
    ways = {
        "plaque": ["AB123CD", "ab-123-cd", "AB 123 CD"],
        "référence": [reference, f"{year} {int(number)}", f"dossier {reference}, s’il vous plaît"],
        "code de suivi": [code, f"{code[:4].lower()}-{code[4:]}"],
    }
    with runtime.database.reading() as session:
        for matched_by, typed in ways.items():
            for words in typed:
                (one,) = citizen_search.search(session, karim, words)
                assert (one.name, one.matched_by) == ("Yanis Benali", matched_by), words
        assert one.open_cases[0].subject == "Nid-de-poule rue des Lilas"
        assert {case.reference for case in one.open_cases} == {reference, hole.reference}
        assert _found(session, karim, f"06 {year[:2]} {year[2:]} {int(number):06d}") == []  # a telephone holds a year
    # The plate is another one now, and the case belongs to a department that hides it.
    with runtime.database.transaction() as session:
        changed = session.get_one(Case, parking.id)
        changed.answers = car | {"plate": "AB-123-CE"}
        changed.restricted, changed.department_id = True, _department_without(karim)
    with runtime.database.reading() as session:
        keys = session.scalars(select(CaseKey.key)).all()
        assert keys == ["AB123CE"]
        assert [_found(session, karim, words) for words in ("AB-123-CE", reference, code)] == [[], [], []]
        (by_name,) = citizen_search.search(session, karim, "benali")
        assert [case.reference for case in by_name.open_cases] == [hole.reference]


def test_the_index_follows_the_sheets(runtime: Runtime, karim: Actor) -> None:
    with runtime.database.transaction() as session:
        old = citizens.create(session, karim.authority_id, replace(HELENE, email=""), "counter")
        new = citizens.create(session, karim.authority_id, replace(YANIS, family_name="Zidane"), "counter")
    with runtime.database.transaction() as session:
        merged = reconciliation.merge(session, karim, new.id, old.id, Proof.CASE_CODE).id
    with runtime.database.reading() as session:  # by what either sheet says, the one that has the cases
        assert {_found(session, karim, words)[0] for words in ("lefevre", "06 12 34 56 78", "zidane")} == {
            "Yanis Zidane"
        }
    with runtime.database.transaction() as session:
        reconciliation.undo(session, karim, merged, "Deux voisins.")
        session.get_one(Citizen, new.id).family_name = "Zitoune"
    with runtime.database.reading() as session:
        assert _found(session, karim, "lefevre") == ["Marie-Hélène Lefèvre-Gauthier"]
        assert (_found(session, karim, "zidane"), _found(session, karim, "zitoun")) == ([], ["Yanis Zitoune"])
        kept = session.scalars(select(KnownSpelling.word).distinct()).all()
        assert "zitoune" in kept
        assert "zidane" not in kept  # nobody has this name: nothing keeps it
    before = _index(runtime)
    with runtime.database.transaction() as session:
        session.execute(delete(CitizenKey))
        session.execute(delete(KnownSpelling))
        citizen_keys.rebuild(session)
    assert _index(runtime) == before


def _department_without(actor: Actor) -> int:
    return next(number for number in range(1, 10) if number not in actor.department_ids)


def _index(runtime: Runtime) -> tuple[set[tuple[Any, ...]], set[tuple[Any, ...]]]:
    with runtime.database.reading() as session:
        keys = session.execute(select(CitizenKey.citizen_id, CitizenKey.kind, CitizenKey.key))
        spellings = session.execute(select(KnownSpelling.spelling, KnownSpelling.word))
        return {tuple(row) for row in keys}, {tuple(row) for row in spellings}


def test_who_may_be_one_person_is_proposed_with_reasons(runtime: Runtime, karim: Actor) -> None:
    with runtime.database.transaction() as session:
        for sender in EVERYBODY.values():
            citizens.create(session, karim.authority_id, sender, "counter")
        husband = replace(HELENE, given_names="Paul")
        citizens.create(session, karim.authority_id, husband, "counter")
    typed = Sender(family_name="Lefebvre-Gautier", given_names="Marie", phone="06 12 34 56 78", city="ANGERS")
    with runtime.database.reading() as session:
        (likely,) = citizen_search.likely_duplicates(session, karim, typed)
        assert (likely.name, likely.matched_by) == (
            "Marie-Hélène Lefèvre-Gauthier",
            "même téléphone, nom très proche, même commune",
        )
        assert citizen_search.likely_duplicates(session, karim, typed, but=[likely.citizen_id]) == []
        assert citizen_search.likely_duplicates(session, karim, Sender()) == []


def test_the_queue_looks_for_names_in_the_same_index(runtime: Runtime, karim: Actor) -> None:
    with runtime.database.transaction() as session:
        ids = {citizens.create(session, karim.authority_id, one, "counter").id: name for name, one in EVERYBODY.items()}
    with runtime.database.reading() as session:
        for words, names in {
            "hélène LEFEVRE": {"Hélène"},
            "gauth mar": {"Hélène"},
            "06 12 34 56 78": {"Hélène"},
            "contact@velo.example": {"Club"},
            "hélène benali": set(),
            "!": set(),
        }.items():
            found = session.scalars(citizen_search.ids_told_by(karim.authority_id, words)).all()
            assert {ids[one] for one in found} == names, words
