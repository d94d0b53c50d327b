"""What the letters of a procedure may say of the answers to its questions, and what they never say."""

from dataclasses import replace

from backoffice.catalogue import load_procedure
from backoffice.domain import letter_answers
from backoffice.domain.conditions import Among
from backoffice.domain.fields import Field, FieldKind
from backoffice.domain.formulas import Answer
from backoffice.domain.french import NBSP
from backoffice.domain.letters import get_letter
from backoffice.domain.procedures import ProcedureDefinition, Step

MODEL = load_procedure("street_issue")


def asking(*fields: Field, when: Among | None = None) -> ProcedureDefinition:
    return replace(MODEL, steps=(Step("Étape", fields, when=when),))


def said(definition: ProcedureDefinition, **values: object) -> dict[str, str]:
    return dict(letter_answers.answers_for(definition, values))


def test_answers_are_written_as_people_read_them() -> None:
    definition = asking(
        Field("surface", FieldKind.NUMBER, "Surface", unit="m²"),
        Field("jour", FieldKind.DATE, "Jour"),
        Field("jardin", FieldKind.YES_NO, "Jardin"),
    )
    answers = said(definition, surface=12, jour="2026-03-03", jardin=True)
    assert answers == {"reponse_surface": f"12{NBSP}m²", "reponse_jour": "3 mars 2026", "reponse_jardin": "Oui"}


def test_what_is_reserved_or_about_health_is_never_said_nor_what_is_made_from_it() -> None:
    income = Field("revenu", FieldKind.NUMBER, "Revenu", required=True, readers=("enfance",))
    health = Field("allergie", FieldKind.TEXT, "Allergie", sensitive=True)
    block = Field("enfants", FieldKind.BLOCK, "Enfants", fields=(replace(health, code="soin"),))
    price = Field("prix", FieldKind.CALCULATED, "Prix", formula=Answer("revenu"))
    rebate = Field("remise", FieldKind.CALCULATED, "Remise", formula=Answer("prix"))
    town = Field("ville", FieldKind.TEXT, "Ville", required=True)
    definition = asking(income, health, block, price, rebate, town)
    values = {"revenu": 900, "allergie": "arachide", "prix": 12, "remise": 3, "ville": "Angers"}
    assert said(definition, **values) == {"reponse_ville": "Angers"}
    letter = letter_answers.with_answers(get_letter("acknowledgement"), definition)
    assert [one.name for one in letter.placeholders if one.name.startswith("reponse_")] == ["reponse_ville"]
    assert letter.withheld == {f"reponse_{one}" for one in ("revenu", "allergie", "enfants", "prix", "remise")}


def test_an_answer_that_the_form_no_longer_calls_for_is_not_said() -> None:
    shown = Field("jardin", FieldKind.TEXT, "Jardin", required=True, when=Among("logement", ("maison",)))
    home = Field("logement", FieldKind.TEXT, "Logement", required=True)
    definition = asking(home, shown)
    assert said(definition, logement="appartement", jardin="10") == {"reponse_logement": "appartement"}
    assert letter_answers.may_lack(definition, "jardin")
    assert not letter_answers.may_lack(definition, "logement")
    assert letter_answers.may_lack(asking(home, when=Among("autre", ("oui",))), "logement")
