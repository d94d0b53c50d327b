"""A form in steps, without any script: each page kept and checked, all read again, one request however often sent."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from backoffice.domain import policy
from backoffice.domain.procedure_files import dump, parse
from backoffice.models.drafts import Draft
from backoffice.queries import catalogue
from backoffice.services import procedures
from tests import factories
from tests.web.citizen_visits import a_file, all_attachments, all_cases, form_path, kept_files, runtime_of
from tests.web.step_visits import (
    ASSOCIATION,
    GRANT,
    JEANNE,
    MONEY,
    a_budget,
    first,
    go_on,
    key_of,
    send_page,
    up_to_details,
    up_to_money,
    up_to_summary,
)
from tests.web.visits import hidden, words

HTML = b"<html><script>alert(1)</script></html>"


@pytest.fixture
def seeded_url(seeded_sqlite_url: str) -> str:
    """Pages do not depend on the engine; `test_drafts` tries both."""
    return seeded_sqlite_url


def drafts(app: Flask) -> list[Draft]:
    with runtime_of(app).database.reading() as session:
        return session.query(Draft).order_by(Draft.id).all()


def change_procedure(app: Flask, **changes: object) -> None:
    """Publish another version of the grants."""
    with runtime_of(app).database.transaction() as session:
        authority = factories.the_authority(session)
        old = procedures.definition_of(catalogue.get_procedure(session, authority.id, GRANT))
        procedures.publish(session, policy.system(authority.id), authority, parse({**dump(old), **changes}))


def test_a_grant_is_asked_for_page_by_page_and_read_again_before_it_leaves(app: Flask, client: FlaskClient) -> None:
    page = first(client)
    assert "Étape 1 sur 6" in words(page)
    assert drafts(app) == []
    page = go_on(client, page, ASSOCIATION)
    assert "Étape 2 sur 6" in words(page)
    assert "L’association (terminée)" in words(page)
    summary = up_to_summary(client)
    told = words(summary)
    for said in ("Vérifiez vos réponses", "2 500 €", "25 %", "budget.pdf", "rib.pdf", "Jeanne", "732 829 320 00074"):
        assert said in told.replace("\u00a0", " ").replace("\u202f", " ")
    assert re.findall(r"/(\w+)\">Modifier", summary) == ["1", "2", "3", "pieces", "coordonnees"]
    assert all_cases(app) == []
    sent = send_page(client, summary, {})
    (case,) = all_cases(app)
    assert sent.location == f"/demandes/recue/{case.reference}"
    assert (case.answers["share"], case.answers["amount"]) == (25, "2500.00")
    assert {(file.field, file.name) for file in all_attachments(app, case)} == {
        ("budget", "budget.pdf"),
        ("document.bank_details", "rib.pdf"),
    }
    assert [one.key for one in drafts(app) if one.key == key_of(summary)] == []


def test_what_associations_ask_for_is_first_asked_in_their_name(client: FlaskClient) -> None:
    assert re.search(r'name="requester.for" value="association"[^>]* checked', up_to_details(client))
    assert re.search(r'name="requester.for" value="self"[^>]* checked', client.get(form_path()).text)


def test_a_page_is_not_left_before_it_is_right_and_nothing_typed_is_lost(app: Flask, client: FlaskClient) -> None:
    answer = send_page(client, first(client), {**ASSOCIATION, "iban": "FR00"})
    assert answer.status_code == 422
    assert 'href="#f-iban"' in answer.text
    assert 'value="FR00"' in answer.text
    assert "<title>Erreur" in answer.text
    assert drafts(app)[0].content["fields"]["iban"] == ["FR00"]
    ahead = client.get(f"/brouillons/{key_of(answer.text)}/3")
    assert ahead.location == f"/brouillons/{key_of(answer.text)}/1"


def test_a_file_of_a_page_with_an_error_is_kept_and_can_be_taken_back(app: Flask, client: FlaskClient) -> None:
    page = send_page(client, up_to_money(client), {**MONEY, "amount": "", "budget": a_budget()}).text
    (token,) = kept_files(page)
    after = send_page(client, page, {**MONEY, "kept_file": token, "drop_file": token})
    assert after.status_code == 422
    assert "Ajoutez au moins un fichier" in after.text
    assert drafts(app)[0].content["files"] == []


def test_a_refused_file_stops_its_page_and_is_told_there(client: FlaskClient) -> None:
    page = up_to_money(client)
    refused = send_page(client, page, {**MONEY, "budget": [a_budget(), a_budget("b.pdf"), a_file(HTML, "page.pdf")]})
    assert refused.status_code == 422
    assert 'id="f-budget-error"' in refused.text
    assert len(kept_files(refused.text)) == 1  # the same content twice is one file


def test_one_goes_back_without_losing_what_is_half_written(client: FlaskClient) -> None:
    back = send_page(client, up_to_money(client), {"amount": "beaucoup", "go": "back"})
    assert back.location.endswith("/1")
    page = client.get(back.location).text
    again = go_on(client, page, ASSOCIATION)
    assert 'value="beaucoup"' in again


def test_a_question_opened_on_the_same_page_is_shown_before_one_goes_on(client: FlaskClient) -> None:
    opened = send_page(client, up_to_money(client), {**MONEY, "amount": "9 000", "budget": a_budget()})
    assert opened.status_code == 422
    assert "nouvelles questions" in opened.text
    assert "90\u00a0%" in opened.text
    assert "plus de la moitié du budget" in opened.text
    more = {**MONEY, "amount": "9 000"}
    assert "Étape 3 sur 6" in words(go_on(client, opened.text, more))


def test_a_calculated_value_is_shown_without_script(client: FlaskClient) -> None:
    page = send_page(client, up_to_money(client), {**MONEY, "refresh": "share"})
    assert page.status_code == 200
    assert "25\u00a0%" in page.text
    assert 'value="2 500"' in page.text


def test_answers_that_cannot_succeed_stop_at_their_step_with_another_way(app: Flask, client: FlaskClient) -> None:
    asked = {**MONEY, "amount": "20 000", "budget": a_budget()}
    page = send_page(client, up_to_money(client), asked).text
    stopped = send_page(client, page, {**MONEY, "amount": "20 000"})
    assert stopped.status_code == 422
    assert "dépasse le total des dépenses prévues" in stopped.text
    assert "02 61 91 40 70" in stopped.text
    key = key_of(stopped.text)
    assert client.get(f"/brouillons/{key}/3").location == f"/brouillons/{key}/2"


def test_modifying_an_answer_leads_back_to_the_summary(client: FlaskClient) -> None:
    summary = up_to_summary(client)
    page = client.get(f"/brouillons/{key_of(summary)}/1").text
    assert 'value="W751234567"' in page
    again = go_on(client, page, {**ASSOCIATION, "rna": "W759999999"})
    assert "Vérifiez vos réponses" in again
    assert "W759999999" in again


def test_what_is_sent_is_what_was_read_whatever_another_tab_did(app: Flask, client: FlaskClient) -> None:
    summary = up_to_summary(client)
    page = client.get(f"/brouillons/{key_of(summary)}/1").text
    assert send_page(client, page, {**ASSOCIATION, "rna": "W759999999"}).status_code == 303
    stale = send_page(client, summary, {})
    assert stale.status_code == 409
    assert "changé dans un autre onglet" in stale.text
    assert "W759999999" in stale.text
    assert all_cases(app) == []
    assert send_page(client, stale.text, {}).status_code == 303


def test_two_tabs_on_two_pages_lose_nothing_of_each_other(client: FlaskClient) -> None:
    page = up_to_money(client)
    other = client.get(f"/brouillons/{key_of(page)}/1").text
    assert send_page(client, page, {**MONEY, "budget": a_budget()}).status_code == 303
    assert send_page(client, other, {**ASSOCIATION, "rna": "W759999999"}).status_code == 303
    details = go_on(client, client.get(f"/brouillons/{key_of(page)}/3").text, {"republican_commitment": "yes"})
    summary = words(go_on(client, go_on(client, details, {}), JEANNE))
    assert "W759999999" in summary
    assert "25 %" in summary


def test_sending_twice_or_going_back_after_the_receipt_is_one_request(app: Flask, client: FlaskClient) -> None:
    summary = up_to_summary(client)
    sent = send_page(client, summary, {})
    again = send_page(client, summary, {})
    assert again.location == f"{sent.location}?deja=1"
    key = key_of(summary)
    for path in (f"/brouillons/{key}", f"/brouillons/{key}/2", f"/brouillons/{key}/verification"):
        assert client.get(path).location == f"{sent.location}?deja=1"
    assert send_page(client, summary, ASSOCIATION, f"/brouillons/{key}/1").location == f"{sent.location}?deja=1"
    assert send_page(client, summary, ASSOCIATION, f"/demarches/{GRANT}/demande").location == f"{sent.location}?deja=1"
    assert len(all_cases(app)) == 1


def test_nobody_opens_a_draft_with_its_number_alone(app: Flask, client: FlaskClient) -> None:
    page = up_to_money(client)
    stranger = app.test_client()
    for path in (
        f"/brouillons/{key_of(page)}",
        f"/brouillons/{key_of(page)}/1",
        f"/brouillons/{key_of(page)}/plus-tard",
    ):
        refused = stranger.get(path)
        assert refused.status_code == 404
        assert "Nous ne trouvons pas ce brouillon" in refused.text
    assert stranger.get("/brouillons/nothing").status_code == 404
    theirs = first(stranger)
    taken = send_page(stranger, theirs, {**ASSOCIATION, "submission": key_of(page), "rna": "W750000000"})
    assert key_of(page) not in taken.location
    assert [one.content["fields"]["rna"] for one in drafts(app)] == [["W751234567"], ["W750000000"]]


@pytest.mark.parametrize("token", ["", "made-up"])
def test_an_expired_session_gives_the_page_back_filled(app: Flask, client: FlaskClient, token: str) -> None:
    page = up_to_money(client)
    back = send_page(client, page, {**MONEY, "csrf_token": token, "budget": a_budget()})
    assert back.status_code == 400
    assert "Tout ce que vous avez écrit est là" in back.text
    assert 'value="10 000"' in back.text
    again = send_page(client, back.text, {**MONEY, "kept_file": kept_files(back.text)[0]})
    assert again.location.endswith("/3")
    client.delete_cookie("parvis_formulaires")
    first_page = send_page(client, first(app.test_client()), ASSOCIATION)
    assert first_page.status_code == 400
    assert 'value="W751234567"' in first_page.text


def test_a_new_version_keeps_what_fits_and_says_what_it_took_away(app: Flask, client: FlaskClient) -> None:
    page = up_to_money(client)
    key = key_of(page)
    send_page(client, page, {**MONEY, "amount": "1", "go": "back"})
    with runtime_of(app).database.reading() as session:
        authority = factories.the_authority(session)
        steps = dump(procedures.definition_of(catalogue.get_procedure(session, authority.id, GRANT)))["steps"]
    fields = [{**field, "kind": "text"} if field["code"] == "expenses" else field for field in steps[1]["fields"]]
    fields = [field for field in fields if not {"share"} & {field["code"], (field.get("when") or {}).get("field")}]
    change_procedure(app, steps=[{**steps[1], "fields": fields}, steps[0], steps[2]], eligibility=[])
    moved = client.get(f"/brouillons/{key}/2")
    assert moved.location == f"/brouillons/{key}"
    landed = client.get(client.get(moved.location).location)
    told = words(landed.text)
    assert "Cette démarche a changé" in told
    assert "Total des dépenses prévues" in told
    assert "Étape 1 sur 6" in told
    assert 'value="1"' in landed.text
    assert "L’association (terminée)" in told


def test_a_page_sent_from_the_version_before_keeps_what_was_typed(app: Flask, client: FlaskClient) -> None:
    page = up_to_money(client)
    change_procedure(app, warning="Nouveau.")
    sent = send_page(client, page, {**MONEY, "amount": "777"})
    assert sent.location == f"/brouillons/{key_of(page)}"
    landed = client.get(client.get(sent.location).location).text
    assert "Cette démarche a changé" in landed
    assert 'value="777"' in landed


def test_a_draft_whose_procedure_closed_gives_the_answers_to_copy(app: Flask, client: FlaskClient) -> None:
    summary = up_to_summary(client)
    with runtime_of(app).database.transaction() as session:
        authority = factories.the_authority(session)
        found = catalogue.get_procedure(session, authority.id, GRANT)
        procedures.set_open(session, policy.system(authority.id), found, is_open=False)
    for answer in (client.get(f"/brouillons/{key_of(summary)}"), send_page(client, summary, {})):
        assert answer.status_code == 409
        assert "fermée pour le moment" in answer.text
        assert "W751234567" in answer.text
    assert all_cases(app) == []


def test_a_file_that_the_storage_lost_is_asked_for_again(app: Flask, client: FlaskClient) -> None:
    summary = up_to_summary(client)
    lost = next(file for file in drafts(app)[-1].content["files"] if file["field"] == "budget")
    for path in runtime_of(app).settings.var_dir.rglob(lost["digest"]):
        path.unlink()
    # The two files of this draft have the same content.
    answer = send_page(client, summary, {})
    assert answer.location.endswith("/2")
    page = client.get(answer.location).text
    assert "Nous n’avons plus ces fichiers" in page
    assert "budget.pdf" in page
    assert all_cases(app) == []


def test_a_summary_that_is_not_complete_is_not_shown_nor_sent(app: Flask, client: FlaskClient) -> None:
    details = up_to_details(client)
    key = key_of(details)
    assert client.get(f"/brouillons/{key}/verification").location.endswith("/coordonnees")
    sent = send_page(client, details, {"revision": "1"}, f"/brouillons/{key}/verification")
    assert sent.location.endswith("/coordonnees")
    assert all_cases(app) == []


def test_a_step_that_the_answers_do_not_call_for_is_skipped(app: Flask, client: FlaskClient) -> None:
    extra = {
        "title": "Le projet en détail",
        "when": {"field": "kind", "equals": "project"},
        "fields": [{"code": "place", "kind": "text", "label": "Où ?", "required": True}],
    }
    with runtime_of(app).database.reading() as session:
        authority = factories.the_authority(session)
        steps = dump(procedures.definition_of(catalogue.get_procedure(session, authority.id, GRANT)))["steps"]
    change_procedure(app, steps=[*steps[:2], extra, steps[2]])
    page = go_on(client, up_to_money(client), {**MONEY, "budget": a_budget()})
    assert "L’engagement" in words(page)
    assert "Étape 3 sur 6" in words(page)
    second = client.get(f"/brouillons/{key_of(page)}/2").text
    project = {**MONEY, "kind": "project", "project": "Un bal"}
    opened = send_page(client, second, {**project, "shown": hidden(second, "shown") + " project"})
    assert opened.location.endswith("/3")
    assert "Étape 3 sur 7" in words(client.get(opened.location).text)
