"""Macros: several acts in one, wholly or not at all, by the form that asked for them once; and who writes them."""

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from backoffice.errors import Forbidden
from backoffice.infra.runtime import Runtime
from backoffice.models.authorities import Department
from backoffice.models.cases import Case
from backoffice.models.macros import Macro
from backoffice.models.mail import OutgoingMail
from backoffice.models.ready_answers import ReadyAnswer, ReadyAnswerVersion
from backoffice.queries import cases
from backoffice.queries import macros as queries
from backoffice.services import journal, macro_settings, tags
from tests import factories
from tests.web.conftest import SignedIn
from tests.web.visits import hidden, words

MACROS = "/agents/enchainements"


@pytest.fixture
def seeded_url(seeded_sqlite_url: str) -> str:
    """One engine is enough for pages: no SELECT here is written for one of them."""
    return seeded_sqlite_url


@pytest.fixture
def runtime(app: Flask) -> Runtime:
    found: Runtime = app.extensions["parvis"]
    return found


def an_answer(runtime: Runtime, code: str) -> int:
    with runtime.database.reading() as session:
        return session.scalars(select(ReadyAnswer.id).where(ReadyAnswer.code == code)).one()


def a_macro(runtime: Runtime, name: str, department: str = "", **typed: Any) -> int:
    """A macro of all departments, or of the one of this code, by the administrator."""
    tag_ids = [str(one) for one in typed.pop("tags", [])]
    with runtime.database.transaction() as session:
        one = session.scalars(select(Department).where(Department.code == department)).one() if department else None
        nadia = factories.actor_named(session, "Nadia")
        said = {"name": name, "department": str(one.id) if one else ""} | {
            key: str(said) for key, said in typed.items()
        }
        return macro_settings.create(session, nadia, said, tag_ids).id


def the_case(runtime: Runtime, reference: str) -> tuple[Case, list[str]]:
    """A case as it is, and the kinds of the lines of its history."""
    with runtime.database.reading() as session:
        case = session.scalars(select(Case).where(Case.reference == reference)).one()
        assert journal.verify(session, case)
        return case, [one.kind for one in cases.list_events(session, case.id)]


def asked(client: FlaskClient, reference: str, **changes: Any) -> dict[str, Any]:
    """What the dialog of the queue would post."""
    page = client.get(f"/agents/dossiers/{reference}/enchainements?retour=/agents/dossiers?vue=en-cours").text
    return {name: hidden(page, name) for name in ("revision", "form_key", "retour")} | changes


def test_one_form_takes_tags_answers_notes_and_moves_once_and_the_answer_can_be_taken_back(
    runtime: Runtime, signed_in: SignedIn
) -> None:
    with runtime.database.transaction() as session:
        nadia = factories.actor_named(session, "Nadia")
        tag_id = tags.create(session, nadia, {"name": "Voirie vue", "tone": "info"}).id
    macro_id = a_macro(
        runtime, "Tout faire", take="yes", tags=[tag_id], answer=an_answer(runtime, "state_under_review"),
        note="Vu avec @helene.marchand.", status="waiting_citizen",
    )  # fmt: skip
    a_macro(runtime, "Cantine seule", "enfance", note="Non.")
    reference = factories.a_receipt(runtime).reference
    karim, url = signed_in("Karim"), f"/agents/dossiers/{reference}/enchainements"
    dialog = words(karim.get(url).text)
    assert "1 Tout faire Prendre en charge · Étiquettes : Voirie vue · Réponse : Dire où en est" in dialog
    assert "Cantine seule" not in dialog
    before = the_case(runtime, reference)[1]
    form = asked(karim, reference, macro=str(macro_id))
    for _ in range(2):  # a double click
        done = karim.post(url, data=form)
        assert (done.status_code, done.location) == (303, f"/agents/dossiers?vue=en-cours&repondu={reference}")
    case, after = the_case(runtime, reference)
    assert after[len(before) :] == ["taken", "tagged", "replied", "noted", "moved"]
    assert case.status == "waiting_citizen"
    queue = karim.get(done.location).text
    assert f"Dossier {reference}, « Tout faire » : vous l’avez pris en charge, étiquettes posées" in words(queue)
    assert "Annuler l’envoi" in queue
    with runtime.database.reading() as session:
        sent = session.scalars(select(OutgoingMail).where(OutgoingMail.message_row_id.is_not(None))).one()
    back = karim.post(
        f"/agents/dossiers/{reference}/reponses/{sent.message_row_id}/annuler", data={"form_key": form["form_key"]}
    )
    assert "L’envoi est annulé" in back.text
    assert "Annuler l’envoi" not in karim.get(done.location).text
    # On the page of the case, the same list stays there: what is done already is not done again.
    page = karim.get(f"/agents/dossiers/{reference}").text
    again = karim.post(url, data={"macro": str(macro_id), "revision": hidden(page, "revision"), "form_key": "b" * 32})
    assert again.location == f"/agents/dossiers/{reference}"
    assert the_case(runtime, reference)[1][len(after) :] == ["reply_taken_back", "replied", "noted"]


def test_a_step_that_cannot_be_done_is_named_and_nothing_is_half_done(runtime: Runtime, signed_in: SignedIn) -> None:
    answer_id = an_answer(runtime, "state_under_review")
    macro_id = a_macro(runtime, "Répondre", take="yes", answer=answer_id, status="under_review")
    with runtime.database.transaction() as session:  # the answer is written anew, and needs a person since
        answer = session.get_one(ReadyAnswer, answer_id)
        version = session.get_one(ReadyAnswerVersion, answer.current_version_id)
        session.add(new := ReadyAnswerVersion(
            authority_id=answer.authority_id, answer_id=answer.id, number=version.number + 1, title=answer.title,
            text="Il manque {{ la pièce }}.", author="Nadia", at=version.at,
        ))  # fmt: skip
        session.flush()
        answer.current_version_id = new.id
    reference = factories.a_receipt(runtime).reference
    karim, sandrine = signed_in("Karim"), signed_in("Sandrine")
    url, before = f"/agents/dossiers/{reference}/enchainements", the_case(runtime, reference)
    refused = karim.post(url, data=asked(karim, reference, macro=str(macro_id), retour=""))
    assert refused.status_code == 422
    said = "« Répondre » n’a rien fait, à cause de l’étape « Répondre à l’usager » : Complétez {{ la pièce }}"
    assert said in words(refused.text)
    moved_on = karim.post(url, data=asked(karim, reference, macro=str(macro_id)), follow_redirects=True)
    assert said in words(moved_on.text)
    assert the_case(runtime, reference)[0].revision == before[0].revision
    assert the_case(runtime, reference)[1] == before[1]
    assert karim.post(url, data=asked(karim, reference, macro="", retour="")).status_code == 422

    # Two agents: who comes second reads that the case changed, and is not offered what they may not do.
    note_id, late = a_macro(runtime, "Noter", note="Rappelé."), asked(karim, reference, retour="")
    assert "Répondre" not in words(sandrine.get(url).text)
    assert sandrine.post(url, data=asked(sandrine, reference, macro=str(macro_id))).status_code == 303
    assert sandrine.post(url, data=asked(sandrine, reference, macro=str(note_id))).status_code == 303
    second = karim.post(url, data=late | {"macro": str(note_id)})
    assert (second.status_code, "Ce dossier a changé" in second.text) == (409, True)
    assert the_case(runtime, reference)[1] == [*before[1], "noted"]


def test_a_restricted_case_of_another_department_and_a_case_that_is_over(runtime: Runtime, signed_in: SignedIn) -> None:
    a_macro(runtime, "Prendre", take="yes")
    macro_id = a_macro(runtime, "Noter", note="Rappelé.")
    reference = factories.a_receipt(runtime).reference
    helene, karim = signed_in("Hélène"), signed_in("Karim")
    with runtime.database.transaction() as session:
        case = session.scalars(select(Case).where(Case.reference == reference)).one()
        case.restricted, case.status = True, "closed"
    url = f"/agents/dossiers/{reference}/enchainements"
    assert helene.get(url).status_code == 404
    assert helene.post(url, data={"macro": str(macro_id), "revision": "1"}).status_code == 404
    offered = re.findall(r"<kbd[^>]*>\d</kbd> ([^<]+)</button>", karim.get(url).text)
    assert offered == ["Noter"]


def test_who_writes_macros_and_what_they_are_told(runtime: Runtime, signed_in: SignedIn) -> None:
    nadia, karim, helene = signed_in("Nadia"), signed_in("Karim"), signed_in("Hélène")
    assert karim.get(MACROS).status_code == 403
    waiting = an_answer(runtime, "state_waiting_citizen")
    wrong = nadia.post(
        f"{MACROS}/nouveau", data={"name": "", "answer": waiting, "status": "closed", "tags": "9", "position": "x"}
    )
    assert wrong.status_code == 422
    for sentence in (
        "Écrivez le nom", "Cette réponse demande à une personne de compléter {{ ce qui manque }}",
        "Choisissez un état", "Choisissez des étiquettes", "Écrivez un rang de 1 à 99",
    ):  # fmt: skip
        assert sentence in words(wrong.text)
    assert "Choisissez au moins une étape." in nadia.post(f"{MACROS}/nouveau", data={"name": "Vide"}).text
    assert nadia.post(f"{MACROS}/nouveau", data={"name": "Relire", "note": "À relire."}).status_code == 303
    assert "existe déjà" in nadia.post(f"{MACROS}/nouveau", data={"name": "RELIRE", "note": "x"}).text
    with runtime.database.reading() as session:
        macro = session.scalars(select(Macro)).one()
        own = session.scalars(select(Department.id).where(Department.code == "enfance")).one()
    page = f"{MACROS}/{macro.id}"
    assert "vous pouvez le lire, pas le changer" in helene.get(page).text
    assert helene.post(page, data={"name": "À moi", "note": "x", "department": str(own)}).status_code == 403
    everywhere = helene.post(f"{MACROS}/nouveau", data={"name": "Partout", "take": "yes"})
    assert (everywhere.status_code, "Choisissez le service" in everywhere.text) == (422, True)
    assert 'value="Partout"' in everywhere.text
    mine = {"name": "Cantine", "take": "yes", "department": str(own)}
    assert helene.post(f"{MACROS}/nouveau", data=mine).status_code == 303
    assert nadia.post(page, data={"name": "Relire", "note": "À relire vite.", "position": "1"}).status_code == 303
    assert nadia.post(f"{page}/service", data={"retired": "1"}).status_code == 303
    assert "Changé : Relire, tous les services, rang 1" in words(nadia.get(page).text)
    with runtime.database.reading() as session:
        assert [one.kind for one in queries.list_changes(session, macro.id)] == ["retired", "set", "created"]
    assert "Relire" not in karim.get(f"/agents/dossiers/{factories.a_receipt(runtime).reference}").text
    with runtime.database.transaction() as session, pytest.raises(Forbidden):
        macro_settings.set_retired(session, factories.actor_named(session, "Hélène"), macro.id, retired=False)
    assert {one.name for one in _listed(runtime)} == {"Relire", "Cantine"}


def _listed(runtime: Runtime) -> list[Macro]:
    with runtime.database.reading() as session:
        return queries.list_all(session, factories.the_authority(session).id)
