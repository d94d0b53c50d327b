"""People are found from one box, on both engines, by whatever the agent was told and however they wrote it."""

import pytest
from sqlalchemy.orm import Session

from backoffice.domain.incoming import Sender
from backoffice.domain.policy import Actor
from backoffice.infra.runtime import Runtime
from backoffice.queries import citizen_search
from backoffice.services import citizens
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
EVERYBODY = {"Hélène": HELENE, "Yanis": YANIS, "Fontaine": FONTAINE, "Club": CLUB}

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
    "14, rue des Lilas 49100 Angers": ["Yanis", "Hélène"],
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
