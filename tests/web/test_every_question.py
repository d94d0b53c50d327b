"""Every kind of question on a real page: wrong answers are explained beside it, right ones are kept and read again."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from backoffice.domain import policy
from backoffice.domain.fields import FieldKind
from backoffice.domain.procedure_files import parse
from backoffice.services import procedures
from tests import factories
from tests.domain.test_procedures import a_file as a_definition
from tests.web.citizen_visits import JEANNE, PICTURE, a_file, all_cases, form_path, runtime_of, send
from tests.web.step_visits import go_on, send_page
from tests.web.visits import words

CODE = "every_question"
CHOICES = [{"value": "a", "label": "Le premier"}, {"value": "b", "label": "Le second"}]
AGE = {"code": "age", "kind": "number", "label": "Âge", "required": True}
DOUBLE = {"multiply": [{"field": "q_number"}, 2]}
KINDS: dict[FieldKind, dict[str, Any]] = {
    FieldKind.TEXT: {"max_length": 10},
    FieldKind.LONG_TEXT: {"max_length": 20},
    FieldKind.NUMBER: {"minimum": 2, "maximum": 9, "unit": "m²"},
    FieldKind.MONEY: {"maximum": 1000},
    FieldKind.DATE: {"latest": "today"},
    FieldKind.PERIOD: {"max_days": 3},
    FieldKind.CHOICE: {"choices": CHOICES},
    FieldKind.MULTIPLE_CHOICE: {"choices": CHOICES, "min_items": 2},
    FieldKind.YES_NO: {"must_accept": True},
    FieldKind.EMAIL: {},
    FieldKind.PHONE: {},
    FieldKind.ADDRESS: {},
    FieldKind.PLACE: {},
    FieldKind.FILES: {},
    FieldKind.SIRET: {},
    FieldKind.RNA: {},
    FieldKind.IBAN: {},
    FieldKind.PLATE: {},
    FieldKind.PERSON: {"parts": ["birth_date", "birth_place"]},
    FieldKind.BLOCK: {"item_label": "Enfant", "fields": [AGE]},
}  # fmt: skip
FREE = {FieldKind.CALCULATED, FieldKind.INFORMATION}
FIELDS = [
    *(
        {"code": f"q_{kind}", "kind": str(kind), "label": f"Question {kind}", "required": True, **more}
        for kind, more in KINDS.items()
    ),
    {"code": "double", "kind": "calculated", "label": "Le double", "unit": "m²", "formula": DOUBLE},
    {"code": "note", "kind": "information", "label": "À savoir", "hint": "Rien à écrire ici."},
]  # fmt: skip

WRONG: dict[str, tuple[str, str]] = {
    "q_text": ("onze lettres", "Raccourcissez-la à 10"),
    "q_long_text": ("une phrase bien trop longue", "Raccourcissez-la à 20"),
    "q_number": ("12", "Le maximum est 9 m²"),
    "q_money": ("deux", "par exemple 1 250,50"),
    "q_date": ("31/02/2020", "n’existe pas dans le calendrier"),
    "q_period.end": ("01/01/2026", "vient avant la date de début"),
    "q_choice": ("z", "Choisissez une des réponses proposées"),
    "q_multiple_choice": ("a", "Il faut au moins 2 réponses"),
    "q_yes_no": ("no", "Cet engagement est nécessaire"),
    "q_email": ("jeanne@", "adresse"),
    "q_phone": ("12", "numéro"),
    "q_address.postcode": ("1", "code postal"),
    "q_place.address": ("", "Indiquez le lieu"),
    "q_files": ("", "Ajoutez au moins un fichier"),
    "q_siret": ("123", "SIRET"),
    "q_rna": ("W1", "RNA"),
    "q_iban": ("FR00", "IBAN"),
    "q_plate": ("A", "AB-123-CD"),
    "q_person.birth_date": ("demain", "Écrivez la date"),
    "q_block-0.age": ("vieux", "nombre"),
}
RIGHT: dict[str, Any] = {
    "q_text": "Court",
    "q_long_text": "Deux\nlignes",
    "q_number": "3",
    "q_money": "999,90 €",
    "q_date": "27.03.2020",
    "q_period.start": "27/03/2026",
    "q_period.end": "29/03/2026",
    "q_choice": "b",
    "q_multiple_choice": ["a", "b"],
    "q_yes_no": "yes",
    "q_email": "jeanne@courriel.example",
    "q_phone": "06 12 34 56 78",
    "q_address.line": "3 rue Haute",
    "q_address.postcode": "49990",
    "q_address.city": "Saint-Aubin",
    "q_place.address": "Devant l’école",
    "q_siret": "732 829 320 00074",
    "q_rna": "W751234567",
    "q_iban": "FR76 3000 6000 0112 3456 7890 189",
    "q_plate": "AB-123-CD",
    "q_person.family_name": "Roy",
    "q_person.given_names": "Léa",
    "q_person.birth_date": "02/05/1990",
    "q_person.birth_place": "Angers",
    "q_block-0.age": "7",
    "q_block-1.age": "9",
}
SAID = (
    "Court", "3 m²", "999,90 €", "27 mars 2020", "du 27 mars 2026 au 29 mars 2026", "Le second",
    "Le premier, Le second", "Oui",
    "06 12 34 56 78", "3 rue Haute, 49990 Saint-Aubin", "Devant l’école", "732 829 320 00074", "AB-123-CD",
    "Léa Roy, naissance le 2 mai 1990 à Angers", "Enfant 2 – Âge", "6 m²",
)  # fmt: skip


@pytest.fixture
def seeded_url(seeded_sqlite_url: str) -> str:
    """Pages do not depend on the engine; `test_drafts` tries both."""
    return seeded_sqlite_url


@pytest.fixture
def published(app: Flask, request: pytest.FixtureRequest) -> None:
    """A procedure that asks every kind of question, in one page or in steps."""
    data = a_definition(
        code=CODE, title="Toutes les questions", department="voirie", step_by_step=request.param, max_attachments=0,
        steps=[{"title": "Les questions", "fields": FIELDS}],
    )  # fmt: skip
    with runtime_of(app).database.transaction() as session:
        authority = factories.the_authority(session)
        procedures.publish(session, policy.system(authority.id), authority, parse(data))


def test_no_kind_is_forgotten() -> None:
    assert set(KINDS) | FREE == set(FieldKind)


@pytest.mark.parametrize("published", [False], indirect=True)
@pytest.mark.usefixtures("published")
def test_every_wrong_answer_is_explained_beside_its_question(app: Flask, client: FlaskClient) -> None:
    answers = {name: text for name, (text, _) in WRONG.items()} | {"q_period.start": "02/01/2026"}
    page = send(client, {**JEANNE, **answers}, CODE)
    assert page.status_code == 422
    told = words(page.text)
    assert "Rien à écrire ici." in told
    for name, (text, sentence) in WRONG.items():
        assert f'href="#f-{name}"' in page.text, name
        assert f'id="f-{name}"' in page.text, name
        assert sentence in told, name
        assert not text or text.split("\n")[0] in page.text, name
    assert all_cases(app) == []


@pytest.mark.parametrize("published", [False], indirect=True)
@pytest.mark.usefixtures("published")
def test_every_compulsory_question_left_blank_is_asked_again_by_its_name(client: FlaskClient) -> None:
    page = send(client, JEANNE, CODE)
    asked = words(page.text)
    for kind in set(KINDS) - {FieldKind.PERIOD, FieldKind.ADDRESS, FieldKind.PLACE, FieldKind.PERSON, FieldKind.BLOCK}:
        assert f"« Question {kind} »" in asked, kind


@pytest.mark.parametrize("published", [True], indirect=True)
@pytest.mark.usefixtures("published")
def test_every_right_answer_is_read_again_and_kept(app: Flask, client: FlaskClient) -> None:
    page = client.get(form_path(CODE)).text
    summary = go_on(client, go_on(client, page, {**RIGHT, "q_files": a_file(PICTURE)}), JEANNE)
    told = words(summary)
    for said in SAID:
        assert said in told, said
    assert send_page(client, summary, {}).status_code == 303
    answers = all_cases(app)[0].answers
    assert answers["double"] == 6
    assert answers["q_block"] == [{"age": 7}, {"age": 9}]
    assert set(answers) == {field["code"] for field in FIELDS} - {"note"}
