"""Why two sheets may be of one person: names first, for relatives share the rest."""

from dataclasses import replace

import pytest

from backoffice.domain import likeness
from backoffice.domain.incoming import Sender

MARIE = Sender(
    family_name="Lefèvre",
    given_names="Marie",
    email="m.lefevre@courriel.example",
    phone="+33612345678",
    address_line="12 rue des Lilas",
    postcode="49100",
    city="Angers",
)


@pytest.mark.parametrize(
    ("changes", "reasons"),
    [
        ({"email": "", "phone": "", "address_line": "", "postcode": "", "city": ""}, ("même nom",)),
        (
            {"family_name": "LEFEBVRE", "email": "autre@courriel.example", "phone": "06 12 34 56 78"},
            ("même téléphone", "même adresse", "nom très proche"),
        ),
        (
            {"given_names": "Marie-Hélène", "email": "", "phone": "", "address_line": ""},
            ("nom très proche", "même commune"),
        ),
        ({"family_name": "Durand", "usage_name": "Lefevre", "email": "", "phone": "", "city": "Nantes"}, ("même nom",)),
        (
            {"family_name": "", "given_names": "", "address_line": ""},
            ("même courriel", "même téléphone", "même commune"),
        ),
        # Her husband has her telephone and her roof; her neighbour, a name that looks like hers and another town.
        ({"given_names": "Paul"}, ()),
        ({"family_name": "Durand"}, ()),
        ({"family_name": "Lefebvre", "email": "", "phone": "", "postcode": "44000", "city": "Nantes"}, ()),
        ({"organisation": "Les Amis du Vélo"}, ()),
    ],
)
def test_two_sheets_are_proposed_as_one_persons_for_reasons(changes: dict[str, str], reasons: tuple[str, ...]) -> None:
    assert likeness.reasons(MARIE, replace(MARIE, **changes)) == reasons
    assert likeness.reasons(replace(MARIE, **changes), MARIE) == reasons
