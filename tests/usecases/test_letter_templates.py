"""The words of letters: saved version after version, chosen for each case, frozen in the letter that says them."""

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice.domain.letters import LETTERS
from backoffice.domain.policy import Actor
from backoffice.errors import Conflict, Forbidden, Invalid, NotFound
from backoffice.infra.runtime import Runtime
from backoffice.models.authorities import SettingChange
from backoffice.models.cases import Case
from backoffice.models.documents import Document, LetterPreview, LetterTemplate
from backoffice.queries import letters as queries
from backoffice.queries.catalogue import get_procedure
from backoffice.services import documents, letter_previews, letter_templates, outbox
from backoffice.services.letter_previews import Tried
from backoffice.services.outbox import JobKind
from tests import factories
from tests.usecases.promises import LEASE, render_next

CODE = "acknowledgement"


def nadia(session: Session) -> Actor:
    return factories.actor_named(session, "Nadia")


def save(session: Session, body: str, procedure: str = "", language: str = "fr", code: str = CODE) -> LetterTemplate:
    return letter_templates.save(session, nadia(session), code, procedure, language, "Texte", body)


def chosen(session: Session, runtime: Runtime, **changes: Any) -> dict[str, Any]:
    """The words frozen in the acknowledgement of a new case."""
    case = factories.a_case(session, runtime, **changes)
    letter: dict[str, Any] = session.scalars(select(Document).where(Document.case_id == case.id)).one().values["letter"]
    return letter


def test_the_history_of_settings_names_the_procedure_of_a_text_by_its_title(runtime: Runtime) -> None:
    with runtime.database.transaction() as session:
        save(session, "Bonjour.", "terrace_permit")
        title = get_procedure(session, factories.the_authority(session).id, "terrace_permit").title
        said = session.scalars(select(SettingChange.subject)).one()
    assert said == f"Accusé de réception, {title}, français"


def test_the_words_nearest_to_the_case_are_chosen(runtime: Runtime) -> None:
    """In French the procedure's, then those of every procedure, then those shipped; never only in another language."""
    with runtime.database.transaction() as session:
        assert "version_id" not in chosen(session, runtime, language="en")
        for procedure in ("", "street_issue"):
            version = save(session, f"{procedure} fr", procedure)
            found = chosen(session, runtime, language="en")
            assert (found["version_id"], found["number"], found["body"]) == (version.id, 1, version.body)
            assert found["language"] == "fr"
        assert chosen(session, runtime, procedure="terrace_permit")["body"] == "fr"


def test_the_second_language_of_a_case_stands_beside_the_french_that_says_the_same(runtime: Runtime) -> None:
    with runtime.database.transaction() as session:
        save(session, "Bonjour.")
        assert "second" not in chosen(session, runtime, language="en")
        common = save(session, "Hello {{ usager }}.", language="en")
        found = chosen(session, runtime, language="en")
        assert (found["body"], found["second"]["version_id"], found["second"]["language"]) == (
            "Bonjour.",
            common.id,
            "en",
        )
        assert "second" not in chosen(session, runtime)
        assert "second" not in chosen(session, runtime, language="de")
        save(session, "Pour la voirie.", "street_issue")
        assert "second" not in chosen(session, runtime, language="en")
        own = save(session, "About the street.", "street_issue", "en")
        assert chosen(session, runtime, language="en")["second"]["version_id"] == own.id
        assert letter_templates.languages_of(factories.the_authority(session)) == ("fr", "en")
        for version in (common, own):
            save(session, "", version.procedure_code, "en")
        assert letter_templates.languages_of(factories.the_authority(session)) == ("fr",)


def test_an_empty_text_gives_the_letter_back_to_the_next_in_line(runtime: Runtime) -> None:
    with runtime.database.transaction() as session:
        save(session, "Pour tous.")
        save(session, "Pour la voirie.", "street_issue")
        save(session, " \r\n ", "street_issue")
        assert chosen(session, runtime)["body"] == "Pour tous."


def test_a_letter_keeps_the_words_of_the_day_it_was_asked_for(runtime: Runtime) -> None:
    with runtime.database.transaction() as session:
        save(session, "Votre demande {{ reference }} nous est **utile**.")
        case_id = factories.a_case(session, runtime).id
        save(session, "Autre chose.")
    render_next(runtime)
    with runtime.database.reading() as session:
        document = session.scalars(select(Document).where(Document.case_id == case_id)).one()
        assert document.values["letter"]["number"] == 1
        assert document.digest
    content = documents.source_data(document).decode()
    assert "nous est **utile**" in content


def test_words_that_a_case_has_no_value_for_are_passed_over(runtime: Runtime) -> None:
    with runtime.database.transaction() as session:
        save(session, "Appelez le {{ telephone }}.", "street_issue")
        save(session, "Appelez-nous.")
        authority = factories.the_authority(session)
        assert chosen(session, runtime)["body"] == "Appelez le {{ telephone }}."
        authority.phone = ""
        for case in session.scalars(select(Case)):
            session.get_one(type(case.department), case.department_id).phone = ""
        assert chosen(session, runtime)["body"] == "Appelez-nous."


def test_each_change_is_a_new_version_and_an_older_one_can_be_said_again(runtime: Runtime) -> None:
    with runtime.database.transaction() as session:
        first = save(session, "Premier texte.")
        save(session, "Deuxième texte.")
        again = letter_templates.restore(session, nadia(session), first.id)
        assert (again.number, again.body, first.body) == (3, "Premier texte.", "Premier texte.")
        authority_id = again.authority_id
        versions = queries.list_versions(session, authority_id, CODE, "", "fr")
        assert [one.number for one in versions] == [3, 2, 1]
        assert [one.number for one in queries.list_in_force(session, authority_id)] == [3]
        assert versions[0].staff_id == factories.staff_named(session, "Nadia").id


@pytest.mark.parametrize("body", ["{{ licorne }}", "{{ 7 * 7 }}", "{% if x %}", "<b>x</b>", "**ouvert", "a" * 9000])
def test_words_that_could_not_be_printed_are_not_saved(runtime: Runtime, body: str) -> None:
    with runtime.database.transaction() as session:
        with pytest.raises(Invalid) as refused:
            save(session, body)
        assert set(refused.value.faults) == {"body"}
        assert session.scalars(select(LetterTemplate)).all() == []


def test_words_without_a_name_an_unknown_procedure_or_language_are_refused(runtime: Runtime) -> None:
    with runtime.database.transaction() as session:
        with pytest.raises(Invalid) as refused:
            letter_templates.save(session, nadia(session), CODE, "", "fr", " ", "Bonjour.")
        assert set(refused.value.faults) == {"title"}
        with pytest.raises(NotFound):
            save(session, "Bonjour.", "licorne")
        with pytest.raises(Invalid):
            save(session, "Bonjour.", language="klingon")
        with pytest.raises(NotFound):
            save(session, "Bonjour.", code="letter")


def test_only_those_who_manage_templates_write_or_try_words(runtime: Runtime) -> None:
    with runtime.database.transaction() as session:
        karim = factories.actor_named(session, "Karim")
        with pytest.raises(Forbidden):
            letter_templates.save(session, karim, CODE, "", "fr", "Texte", "Bonjour.")
        with pytest.raises(Forbidden):
            letter_previews.ask_for_pdf(session, karim, CODE, Tried("Bonjour."), "")


@pytest.mark.parametrize("code", LETTERS)
def test_every_letter_can_be_tried_on_a_sample_and_on_a_real_case(runtime: Runtime, code: str) -> None:
    with runtime.database.transaction() as session:
        case = factories.a_case(session, runtime)
        jurist = factories.actor_named(session, "Antoine")
        for reference in ("", case.reference):
            text = Tried("Bonjour {{ usager }}, **essai**.")
            page = letter_previews.page(session, runtime, jurist, code, text, reference, "/feuille.css")
            name = "Jeanne Martin" if reference else "Camille Exemple"
            assert f"<p>Bonjour {name},<strong> essai</strong>.</p>" in page
            assert '<link rel="stylesheet" href="/feuille.css">' in page


def test_a_real_case_is_tried_by_those_who_may_read_it_only(runtime: Runtime) -> None:
    with runtime.database.transaction() as session:
        case, text = factories.a_case(session, runtime), Tried("Bonjour.")
        with pytest.raises(Forbidden):
            letter_previews.page(session, runtime, nadia(session), CODE, text, case.reference, "")
        jurist = factories.actor_named(session, "Antoine")
        with pytest.raises(NotFound):
            letter_previews.page(session, runtime, jurist, CODE, text, "2026-999999", "")
        case.restricted = True
        with pytest.raises((Conflict, NotFound)):
            letter_previews.page(session, runtime, jurist, CODE, text, case.reference, "")


def test_a_preview_is_printed_by_a_worker_once_and_belongs_to_no_case(runtime: Runtime) -> None:
    with runtime.database.transaction() as session:
        preview_id = letter_previews.ask_for_pdf(session, nadia(session), "refusal", Tried("Bonjour."), "").id
        job_id = session.scalars(select(outbox.Job.id).where(outbox.Job.kind == JobKind.PREVIEW_LETTER)).one()
    with runtime.database.transaction() as session:
        claim = outbox.claim(session, job_id, LEASE)
    assert claim is not None
    letter_previews.render(runtime, claim)
    with runtime.database.reading() as session:
        content = session.get_one(LetterPreview, preview_id).content
        assert content is not None
        assert content.startswith(b"%PDF")
        assert session.scalars(select(Document)).all() == []
