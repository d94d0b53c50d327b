"""The letters of a procedure say the answers to its own questions; never those of another one, nor what is reserved."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice.domain import procedure_editing
from backoffice.errors import Invalid
from backoffice.infra.runtime import Runtime
from backoffice.models.cases import Case
from backoffice.models.documents import Document, LetterTemplate
from backoffice.queries import catalogue
from backoffice.services import documents, letter_templates, procedures, sorting
from tests import factories
from tests.usecases.promises import render_next

BULKY = "waste_bin_bulky"
GIVEN = {
    "variant": "bulky",
    "address": {"line": "12 rue des Lilas", "postcode": "49990", "city": "Saint-Aubin"},
    "items": "Un canapé <b>rouge</b> {{ 7 * 7 }}\nUn matelas",
    "slot": "2030-03-05",
}
WORDS = "Nous passerons prendre : « {{ reponse_items }} »."


def save(session: Session, body: str, procedure: str = BULKY, language: str = "fr") -> LetterTemplate:
    nadia = factories.actor_named(session, "Nadia")
    return letter_templates.save(session, nadia, "acknowledgement", procedure, language, "Texte", body)


def a_case(session: Session, runtime: Runtime, **changes: Any) -> Case:
    """A request for bulky waste to be taken away, with its answers."""
    return factories.a_case(session, runtime, **{"procedure": BULKY, "answers": GIVEN} | changes)


def letter_of(session: Session, case: Case) -> dict[str, Any]:
    found = session.scalars(select(Document).where(Document.case_id == case.id)).one()
    letter: dict[str, Any] = found.values["letter"]
    return letter


def test_a_letter_says_the_answer_as_it_was_given_and_evaluates_nothing_of_it(runtime: Runtime) -> None:
    with runtime.database.transaction() as session:
        save(session, WORDS)
        case = a_case(session, runtime)
        case_id, letter = case.id, letter_of(session, case)
    assert letter["answers"] == {"reponse_items": "Un canapé <b>rouge</b> {{ 7 * 7 }} Un matelas"}
    render_next(runtime)
    with runtime.database.reading() as session:
        document = session.scalars(select(Document).where(Document.case_id == case_id)).one()
        assert document.digest
    assert "Un canapé" in documents.source_data(document).decode()


def test_a_case_without_the_answer_gets_the_words_of_every_procedure(runtime: Runtime) -> None:
    with runtime.database.transaction() as session:
        save(session, "Pour tous.", "")
        save(session, WORDS)
        given = {"variant": "repair", "address": GIVEN["address"]}
        assert letter_of(session, a_case(session, runtime, answers=given))["body"] == "Pour tous."
        assert letter_of(session, a_case(session, runtime))["body"] == WORDS


def test_a_case_given_to_another_procedure_says_nothing_of_the_form_of_the_first(runtime: Runtime) -> None:
    """Two procedures may call two different questions by the same code."""
    with runtime.database.transaction() as session:
        save(session, "Le {{ reponse_address }}.")
        case = a_case(session, runtime)
        values = documents.case_values(session, factories.the_authority(session), case)
        assert letter_templates.choose(session, case, "acknowledgement", values)["answers"]
        save(session, "Le {{ reponse_address }}.", "citizen_census")
        sorting.choose_procedure(session, factories.actor_named(session, "Karim"), case, "citizen_census")
        assert "answers" not in letter_templates.choose(session, case, "acknowledgement", values)


def test_an_answer_is_said_in_the_language_of_the_letter(runtime: Runtime) -> None:
    with runtime.database.transaction() as session:
        save(session, "Le {{ reponse_slot }}.")
        save(session, "On {{ reponse_slot }}.", language="en")
        letter = letter_of(session, a_case(session, runtime, language="en"))
        assert letter["answers"] == {"reponse_slot": "5 mars 2030"}
        assert letter["second"]["answers"] == {"reponse_slot": "5 March 2030"}


@pytest.mark.parametrize(
    ("procedure", "name", "why"),
    [
        (BULKY, "reponse_licorne", "que cette démarche ne pose pas"),
        ("school_meals_aftercare", "reponse_pai", "aucun courrier ne l’imprime"),
        ("", "reponse_items", "seul le courrier d’une démarche dit les réponses à ses propres questions"),
    ],
)
def test_what_no_letter_may_say_is_refused_when_it_is_written(
    runtime: Runtime, procedure: str, name: str, why: str
) -> None:
    with runtime.database.transaction() as session:
        with pytest.raises(Invalid) as refused:
            save(session, f"Bonjour {{{{ {name} }}}}.", procedure)
        assert why in refused.value.faults["body"]


def test_a_version_that_no_longer_asks_what_a_letter_says_is_not_published(runtime: Runtime) -> None:
    with runtime.database.transaction() as session:
        save(session, WORDS, language="en")
        save(session, WORDS)
        nadia, authority = factories.actor_named(session, "Nadia"), factories.the_authority(session)
        known = procedures.definition_of(catalogue.get_procedure(session, authority.id, BULKY))
        fewer = procedure_editing.remove_field(known, "items")
        with pytest.raises(Invalid) as refused:
            procedures.publish(session, nadia, authority, fewer)
        assert set(refused.value.faults) == {
            "letters_in_force.acknowledgement.en",
            "letters_in_force.acknowledgement.fr",
        }
        for language in ("en", "fr"):
            save(session, "Bonjour.", language=language)
        assert procedures.publish(session, nadia, authority, fewer).current_version is not None


def test_an_answer_that_a_letter_says_cannot_become_one_that_only_some_read(runtime: Runtime) -> None:
    with runtime.database.transaction() as session:
        save(session, WORDS)
        nadia, authority = factories.actor_named(session, "Nadia"), factories.the_authority(session)
        known = procedures.definition_of(catalogue.get_procedure(session, authority.id, BULKY))
        (step,) = known.steps
        fields = tuple(replace(one, sensitive=one.code == "items") for one in step.fields)
        with pytest.raises(Invalid) as refused:
            procedures.publish(session, nadia, authority, replace(known, steps=(replace(step, fields=fields),)))
        assert "aucun courrier ne l’imprime" in " ".join(refused.value.faults.values())
