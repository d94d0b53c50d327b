"""Drafts: kept at any moment, found again by a link or in the account, gone when sent, deleted or thirty days old."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from backoffice.models.drafts import Draft
from backoffice.models.held_files import HeldFile
from backoffice.models.mail import OutgoingMail
from backoffice.models.people import Citizen
from backoffice.services import accounts, held_files, outbox
from backoffice.services.drafts import KEPT, MOST_LINKS
from backoffice.services.outbox import JobKind
from backoffice.web.access import CITIZEN_COOKIE
from tests.usecases.promises import send_next
from tests.web.citizen_visits import (
    HOLE,
    JEANNE,
    a_file,
    all_attachments,
    all_cases,
    carried,
    form_path,
    kept_files,
    post_files,
    runtime_of,
    send,
)
from tests.web.step_visits import (
    ASSOCIATION,
    GRANT,
    MONEY,
    a_budget,
    first,
    key_of,
    send_page,
    up_to_money,
    up_to_summary,
)
from tests.web.visits import hidden, words
from workers import upkeep

SAVE = "/demarches/street_issue/brouillon"
BY_SCRIPT = {"Accept": "application/json"}


def save(client: FlaskClient, page: str, fields: dict[str, Any], path: str = SAVE) -> TestResponse:
    """What the script of a page does while somebody types."""
    data = {**carried(page), **fields}
    if 'name="page"' in page:
        data["page"] = hidden(page, "page")
    return client.post(path, data=data, headers=BY_SCRIPT)


def later(client: FlaskClient, page: str, fields: dict[str, Any], path: str = SAVE) -> str:
    """« Continuer plus tard » without script: the address of the page that follows."""
    answer = post_files(client, path, {**carried(page), **fields})
    assert answer.status_code == 303, answer.text
    return answer.location


def ask_link(client: FlaskClient, path: str, email: str = "jeanne@courriel.example") -> TestResponse:
    """Ask for the link."""
    return client.post(path, data={"email": email, "csrf_token": hidden(client.get(path).text, "csrf_token")})


def drafts(app: Flask) -> list[Draft]:
    with runtime_of(app).database.reading() as session:
        return session.query(Draft).order_by(Draft.id).all()


def mails(app: Flask) -> list[OutgoingMail]:
    with runtime_of(app).database.reading() as session:
        return session.query(OutgoingMail).order_by(OutgoingMail.id).all()


def link_of(mail: OutgoingMail) -> str:
    """The address that a mail gives."""
    found = re.search(r"^https?://[^/]+(/reprendre/\S+)$", mail.text, re.MULTILINE)
    assert found, mail.text
    return found[1]


def signed_in(app: Flask, name: str = "Martin") -> FlaskClient:
    """The browser of a citizen who has an account."""
    tools = runtime_of(app)
    with tools.database.transaction() as session:
        owner = Citizen(authority_id=1, family_name=name, given_names="Jeanne", created_at=datetime.now(UTC))
        session.add(owner)
        session.flush()
        token = accounts.open_session(session, tools, citizen=owner)
    client = app.test_client()
    client.set_cookie(CITIZEN_COOKIE, token)
    return client


def test_a_report_interrupted_is_found_again_by_the_link_on_another_device(app: Flask, client: FlaskClient) -> None:
    page = client.get(form_path()).text
    path = later(client, page, {**HOLE, "category": "", "danger": "no", "photos": a_file()})
    told = words(client.get(path).text)
    assert "Votre brouillon est enregistré" in told
    assert f"{drafts(app)[0].expires_at:%Y}" in told
    assert ask_link(client, path).location == path
    (mail,) = mails(app)
    assert mail.recipient == "jeanne@courriel.example"
    assert "Signalement d’un problème dans la rue" in mail.subject
    assert HOLE["description"] not in mail.text + mail.html
    elsewhere = app.test_client()
    opened = elsewhere.get(link_of(mail))
    form = elsewhere.get(opened.location)
    assert HOLE["description"] in form.text
    answer = send(elsewhere, {**HOLE, "kept_file": kept_files(form.text)[0]}, page=form.text)
    assert answer.status_code == 303
    (case,) = all_cases(app)
    assert [file.name for file in all_attachments(app, case)] == ["trou.png"]
    assert drafts(app) == []
    gone = app.test_client().get(link_of(mail))
    assert gone.status_code == 404
    assert "La demande est déjà envoyée" in words(gone.text)


def test_a_script_keeps_what_is_typed_and_says_when(app: Flask, client: FlaskClient) -> None:
    page = client.get(form_path()).text
    saved = save(client, page, {"description": "Un trou"})
    assert re.fullmatch(r"Brouillon enregistré à \d{1,2}\u00a0h(\u00a0\d{2})?", saved.json["saved"])  # type: ignore[index]
    save(client, page, {"description": "Un trou profond", "csrf": "x", "citizen_id": "3"})
    (draft,) = drafts(app)
    assert draft.content["fields"] == {"description": ["Un trou profond"]}
    fresh = client.get(form_path()).text
    assert "Vous avez déjà commencé cette demande" in words(fresh)
    assert f"/brouillons/{draft.key}" in fresh
    assert "déjà commencé" not in words(app.test_client().get(form_path()).text)


def test_a_script_sends_a_file_while_somebody_types(app: Flask, client: FlaskClient) -> None:
    page = client.get(form_path()).text
    data = {**carried(page), "description": "Un trou", "photos": a_file()}
    answer = client.post(SAVE, data=data, headers=BY_SCRIPT).json
    assert answer is not None
    (file,) = answer["files"]
    assert (file["field"], file["name"]) == ("photos", "trou.png")
    assert send(client, {**HOLE, "kept_file": file["token"]}, page=page).status_code == 303
    assert len(all_attachments(app, all_cases(app)[0])) == 1
    bad = {**carried(client.get(form_path()).text), "photos": a_file(b"<html><script>1</script></html>")}
    assert "programme" in client.post(SAVE, data=bad, headers=BY_SCRIPT).json["errors"]["photos"]  # type: ignore[index]


def test_a_script_that_saves_takes_no_file_away(app: Flask, client: FlaskClient) -> None:
    page = send_page(client, up_to_money(client), {**MONEY, "amount": "", "budget": a_budget()}).text
    token = kept_files(page)[0]
    save(client, page, {**MONEY, "kept_file": token, "drop_file": token}, f"/demarches/{GRANT}/brouillon")
    assert len(drafts(app)[0].content["files"]) == 1


def test_a_script_that_saves_a_page_leaves_the_others_alone(app: Flask, client: FlaskClient) -> None:
    page = up_to_money(client)
    save(client, page, {"amount": "12", "rna": "forged"}, f"/demarches/{GRANT}/brouillon")
    (draft,) = drafts(app)
    assert draft.content["fields"]["rna"] == [ASSOCIATION["rna"]]
    assert draft.content["fields"]["amount"] == ["12"]
    assert client.get(f"/brouillons/{draft.key}").location.endswith("/2")


def test_nothing_is_kept_of_a_form_that_is_sent_already(app: Flask, client: FlaskClient) -> None:
    page = client.get(form_path()).text
    send(client, HOLE, page=page)
    refused = save(client, page, {"description": "encore"})
    assert refused.status_code == 409
    assert drafts(app) == []


@pytest.mark.parametrize("token", ["", "made-up"])
def test_a_stale_page_saves_nothing_and_loses_nothing(app: Flask, client: FlaskClient, token: str) -> None:
    page = client.get(form_path()).text
    assert save(client, page, {"csrf_token": token, "description": "Un trou"}).status_code == 400
    back = post_files(client, SAVE, {**carried(page), **HOLE, "csrf_token": token})
    assert back.status_code == 400
    assert HOLE["description"] in back.text
    assert drafts(app) == []


def test_a_draft_larger_than_any_form_is_refused_with_everything_there(app: Flask, client: FlaskClient) -> None:
    page = client.get(form_path()).text
    huge = post_files(client, SAVE, {**carried(page), **HOLE, "description": "x" * 300_000})
    assert huge.status_code == 409
    assert "trop longues" in huge.text
    assert drafts(app) == []


def test_a_new_link_replaces_the_former_and_a_wrong_one_says_so(app: Flask, client: FlaskClient) -> None:
    path = later(client, client.get(form_path()).text, HOLE)
    ask_link(client, path)
    ask_link(client, path)
    former, latest = mails(app)
    assert app.test_client().get(link_of(former)).status_code == 404
    assert app.test_client().get(link_of(latest)).status_code == 303
    assert "Un lien plus récent" in words(app.test_client().get("/reprendre/made-up").text)


def test_an_address_is_checked_and_is_not_flooded(app: Flask, client: FlaskClient) -> None:
    path = later(client, client.get(form_path()).text, HOLE)
    wrong = ask_link(client, path, "jeanne@courriel")
    assert wrong.status_code == 422
    assert 'value="jeanne@courriel"' in wrong.text
    assert ask_link(client, path, "").status_code == 422
    for _ in range(MOST_LINKS):
        assert ask_link(client, path).status_code == 303
    assert "réessayez dans une heure" in ask_link(client, path).text
    assert len(mails(app)) == MOST_LINKS
    for _ in range(5):
        last = ask_link(client, path, "autre@courriel.example")
    assert last.status_code == 429


def test_the_link_is_wiped_from_the_mail_once_it_left(app: Flask, client: FlaskClient) -> None:
    ask_link(client, later(client, client.get(form_path()).text, HOLE))
    assert drafts(app)[0].token_hash not in {None, link_of(mails(app)[0]).rsplit("/", 1)[1]}
    send_next(runtime_of(app))
    (mail,) = mails(app)
    assert mail.sent_at is not None
    assert (mail.text, mail.html) == ("", "")


def test_a_citizen_finds_their_drafts_in_their_space_and_nobody_else_does(app: Flask) -> None:
    mine, other = signed_in(app), signed_in(app, "Durand")
    page = first(mine)
    send_page(mine, page, ASSOCIATION)
    (draft,) = drafts(app)
    space = mine.get("/mon-espace").text
    assert "Mes brouillons" in space
    assert f"/brouillons/{draft.key}" in space
    assert "Mes brouillons" not in other.get("/mon-espace").text
    assert other.get(f"/brouillons/{draft.key}/1").status_code == 404
    again = signed_in(app)  # another session of somebody else, with the same name
    assert again.get(f"/brouillons/{draft.key}/1").status_code == 404


def test_a_draft_of_an_account_asks_to_sign_in_again_and_keeps_what_was_typed(app: Flask) -> None:
    mine = signed_in(app)
    page = up_to_money(mine)
    mine.delete_cookie(CITIZEN_COOKIE)
    key = key_of(page)
    assert mine.get(f"/brouillons/{key}/1").location == f"/connexion?next=/brouillons/{key}/1"
    back = send_page(mine, page, {**MONEY, "amount": "321"})
    assert back.status_code == 403
    assert "Reconnectez-vous" in back.text
    assert 'value="321"' in back.text
    assert ASSOCIATION["rna"] not in back.text


def test_what_was_begun_without_account_goes_to_the_account_once_signed_in(app: Flask, client: FlaskClient) -> None:
    page = up_to_money(client)
    token = signed_in(app).get_cookie(CITIZEN_COOKIE)
    assert token
    client.set_cookie(CITIZEN_COOKIE, token.value)
    assert send_page(client, page, {**MONEY, "budget": a_budget()}).status_code == 303
    assert drafts(app)[0].citizen_id is not None
    client.delete_cookie(CITIZEN_COOKIE)
    assert client.get(f"/brouillons/{key_of(page)}").status_code == 303
    assert "/connexion" in client.get(f"/brouillons/{key_of(page)}").location


def test_a_draft_is_deleted_when_its_owner_says_so(app: Flask, client: FlaskClient) -> None:
    key = key_of(up_to_money(client))
    path = f"/brouillons/{key}/suppression"
    page = client.get(path).text
    assert "Vous ne pourrez pas les retrouver" in page
    assert client.post(path).status_code == 400
    gone = client.post(path, data={"csrf_token": hidden(page, "csrf_token")})
    assert gone.status_code == 303
    assert drafts(app) == []
    assert client.get(f"/brouillons/{key}").status_code == 404


def test_a_draft_of_thirty_days_is_gone_and_swept(app: Flask, client: FlaskClient) -> None:
    summary = up_to_summary(client)
    kept = up_to_money(app.test_client())
    tools = runtime_of(app)
    with tools.database.transaction() as session:
        old = session.query(Draft).filter_by(key=key_of(summary)).one()
        assert old.expires_at - old.saved_at == KEPT
        assert old.content["files"]
        session.query(HeldFile).delete()  # swept long ago, the draft naming them
        old.expires_at = datetime.now(UTC) - timedelta(minutes=1)
        outbox.promise(session, JobKind.SWEEP_SESSIONS)
        session.flush()
        claimed = outbox.claim(session, session.query(outbox.Job).one().id, timedelta(minutes=1))
    for answer in (client.get(f"/brouillons/{key_of(summary)}"), send_page(client, summary, {})):
        assert answer.status_code == 404
        assert "trente jours" in answer.text
    assert claimed is not None
    upkeep.sweep(tools, claimed)
    assert [one.key for one in drafts(app)] == [key_of(kept)]
    assert all_cases(app) == []
    held_files.sweep(tools)
    assert not any(tools.storage.exists(file["digest"]) for file in old.content["files"])


def test_an_expired_draft_that_is_sent_again_begins_afresh(app: Flask, client: FlaskClient) -> None:
    page = first(client)
    send_page(client, page, ASSOCIATION)
    with runtime_of(app).database.transaction() as session:
        session.query(Draft).one().expires_at = datetime.now(UTC) - timedelta(minutes=1)
    again = send_page(client, page, ASSOCIATION)
    assert again.location.endswith("/2")
    assert len(drafts(app)) == 1


def test_mails_of_no_case_do_not_stay(app: Flask, client: FlaskClient) -> None:
    ask_link(client, later(client, client.get(form_path()).text, HOLE))
    tools = runtime_of(app)
    with tools.database.transaction() as session:
        session.query(OutgoingMail).one().created_at = datetime.now(UTC) - timedelta(days=31)
        outbox.promise(session, JobKind.SWEEP_SESSIONS)
        session.flush()
        job = session.query(outbox.Job).filter_by(kind=JobKind.SWEEP_SESSIONS).one()
        claimed = outbox.claim(session, job.id, timedelta(minutes=1))
    assert claimed is not None
    upkeep.sweep(tools, claimed)
    assert mails(app) == []


def test_the_details_known_of_an_account_are_not_copied_into_its_drafts(app: Flask) -> None:
    mine = signed_in(app)
    save(mine, mine.get(form_path()).text, {"description": "Un trou", "requester.phone": "0612345678"})
    assert "requester.family_name" not in drafts(app)[0].content["fields"]
    assert JEANNE["requester.email"] not in str(drafts(app)[0].content)
