"""Requests made at the counter find their owner's account: proposed, proved, confirmed, and undone exactly."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update
from werkzeug.test import TestResponse

from backoffice.domain import references
from backoffice.domain.incoming import ChannelCode, Sender
from backoffice.domain.policy import Actor
from backoffice.errors import Conflict, Forbidden, Invalid, NotFound
from backoffice.infra import sealing
from backoffice.models.cases import Case, CaseEvent
from backoffice.models.mail import OutgoingMail
from backoffice.models.people import Citizen, CitizenIdentity, CitizenMatchSetAside, CitizenMerge, OneTimeSecret
from backoffice.services import journal, reconciliation, sheet_codes
from backoffice.services.intake import Receipt
from backoffice.services.outbox import JobKind
from tests import factories
from tests.conftest import OpenApp
from tests.services.identity_provider import PUBLIC_URL, FaultyProvider
from tests.usecases.promises import claim_next
from tests.web.citizen_visits import all_cases, count, runtime_of
from tests.web.conftest import SignedIn
from tests.web.sign_in_visits import SPACE, sign_in
from tests.web.visits import csrf_token, hidden, post, words

FIND = f"{SPACE}/retrouver"
PROPOSED = "semblent être à vous"
AT_COUNTER = Sender(
    family_name="Martin", given_names="Jeanne", email="jeanne@ancienne.example", phone="+33612345678", city="Angers"
)


@pytest.fixture
def app(open_app: OpenApp, provider: FaultyProvider, seeded_sqlite_url: str) -> Flask:
    """The application with FranceConnect."""
    return open_app(seeded_sqlite_url, public_url=PUBLIC_URL, identity_providers=(provider.settings(),))


def visit(app: Flask, sender: Sender = AT_COUNTER, **changes: Any) -> Receipt:
    """Somebody asked for something at the counter."""
    return factories.a_receipt(runtime_of(app), channel=ChannelCode.COUNTER, sender=sender, **changes)


def show_code(client: FlaskClient, receipt: Receipt, code: str = "") -> TestResponse:
    """Give the reference of a case with its code, or another."""
    fields = {"reference": receipt.reference, "code": code or receipt.tracking_code}
    return post(client, f"{FIND}/reference", fields, token_from=FIND)


def confirm(client: FlaskClient, page: str) -> TestResponse:
    """Press « Oui, les rattacher »."""
    return post(client, f"{FIND}/rattacher", {"proof": hidden(page, "proof")}, token_from=FIND)


def ask_for_code(app: Flask, client: FlaskClient, address: str) -> str:
    """Ask for a code, and give the one that was sent, if one was."""
    before = len(mails(app))
    asked = post(client, f"{FIND}/coordonnee", {"contact": address}, token_from=FIND)
    assert (asked.status_code, asked.location) == (303, f"{FIND}/code")
    new = mails(app)[before:]
    return new[0].subject.rpartition(" ")[2] if new else ""


def give_code(client: FlaskClient, code: str) -> TestResponse:
    """Write the code that was received."""
    return post(client, f"{FIND}/code", {"code": code}, token_from=FIND)


def mails(app: Flask) -> list[OutgoingMail]:
    """The mails that belong to no case."""
    with runtime_of(app).database.reading() as session:
        return session.query(OutgoingMail).filter_by(case_id=None).order_by(OutgoingMail.id).all()


def rows(app: Flask, *models: type) -> list[dict[str, Any]]:
    """Tables as they are, to compare them."""
    with runtime_of(app).database.reading() as session:
        return [
            {column.key: getattr(row, column.key) for column in model.__table__.columns}
            for model in models
            for row in session.query(model).order_by(model.id)
        ]


def owners(app: Flask) -> list[int | None]:
    """Whose each case is."""
    return [case.citizen_id for case in all_cases(app)]


def the_merge(app: Flask) -> CitizenMerge:
    """The only merge."""
    with runtime_of(app).database.reading() as session:
        return session.query(CitizenMerge).one()


def agent(app: Flask, name: str) -> Actor:
    """An agent as the policy sees them."""
    with runtime_of(app).database.reading() as session:
        return factories.actor_named(session, name)


# Proposed, never attached ------------------------------------------------------------------------------------------


def test_a_sheet_of_the_same_name_is_proposed_and_nothing_of_it_is_shown(app: Flask, client: FlaskClient) -> None:
    receipt = visit(app)
    sign_in(client)
    pages = [words(client.get(path).text) for path in (SPACE, FIND, f"{FIND}/code")]
    assert PROPOSED in pages[0]
    for page in pages:
        assert not [told for told in (receipt.reference, "ancienne", "Nid-de-poule", "Angers") if told in page]
    assert client.get(f"/suivi/{receipt.reference}").status_code == 302
    assert count(app, CitizenMerge) == 0


def test_what_is_not_mine_is_said_once_and_not_proposed_again(
    app: Flask, client: FlaskClient, signed_in: SignedIn
) -> None:
    receipt = visit(app)
    sign_in(client)
    assert post(client, f"{FIND}/ecarter", {}, token_from=SPACE).location == SPACE
    post(client, f"{FIND}/ecarter", {}, token_from=SPACE)
    assert PROPOSED not in words(client.get(SPACE).text)
    (said,) = rows(app, CitizenMatchSetAside)
    told = words(signed_in("Sandrine").get(f"/agents/usagers/{said['account_id']}").text)
    assert "dit par Jeanne Marie MARTIN" in told
    visit(app, replace(AT_COUNTER, email="une.autre@courriel.example"))
    assert PROPOSED in words(client.get(SPACE).text)  # another sheet is another question
    assert show_code(client, receipt).status_code == 200  # and a proof is a proof


@pytest.mark.parametrize(
    "sender",
    [
        Sender(family_name="Martin", given_names="Paul", email="jeanne.martin@courriel.example"),
        Sender(family_name="Durand", given_names="Jeanne"),
        Sender(family_name="Martin", email="jeanne.martin@courriel.example"),
    ],
)
def test_another_name_is_not_proposed_even_with_the_same_address(
    app: Flask, client: FlaskClient, sender: Sender
) -> None:
    visit(app, sender)
    sign_in(client)
    assert PROPOSED not in words(client.get(SPACE).text)


def test_a_sheet_that_somebody_else_signed_in_with_is_not_proposed(app: Flask, client: FlaskClient) -> None:
    sign_in(client, "homonyme")
    with runtime_of(app).database.reading() as session:
        citizen = session.query(Citizen).one()
    visit(app, Sender(citizen_id=citizen.id))
    other = app.test_client()
    sign_in(other, "jeanne")
    assert PROPOSED not in words(other.get(SPACE).text)


# Proved ------------------------------------------------------------------------------------------------------------


def test_a_reference_and_its_code_bring_all_the_cases_of_the_sheet(app: Flask, client: FlaskClient) -> None:
    first = visit(app)
    with runtime_of(app).database.reading() as session:
        sheet = session.query(Citizen).one()
    second = visit(app, Sender(citizen_id=sheet.id), subject="Une seconde visite")
    sign_in(client)
    shown = show_code(client, first)
    assert shown.status_code == 200
    assert second.reference in words(shown.text)
    assert owners(app) == [sheet.id, sheet.id]  # nothing moved yet
    assert confirm(client, shown.text).location == SPACE
    space = words(client.get(SPACE).text)
    assert first.reference in space
    assert second.reference in space
    assert PROPOSED not in space
    account = owners(app)[0]
    assert owners(app) == [account, account] != [sheet.id, sheet.id]
    with runtime_of(app).database.reading() as session:
        kept = session.get_one(Citizen, account)
        assert (kept.family_name, kept.phone, kept.city) == ("MARTIN", "+33612345678", "Angers")
        assert kept.email == "jeanne.martin@courriel.example"  # what the account says is not typed over
        assert kept.origins["phone"]["source"] == ChannelCode.COUNTER
        assert kept.origins["family_name"]["source"] == "franceconnect"
        assert session.get_one(Citizen, sheet.id).merged_into_id == account
        assert journal.verify(session, session.query(Case).order_by(Case.id).first() or Case())


def test_a_wrong_code_says_nothing_of_the_case(app: Flask, client: FlaskClient) -> None:
    receipt = visit(app)
    stranger = visit(app, Sender(family_name="Petit", given_names="Paul", email="paul@courriel.example"))
    sign_in(client)
    answers = {
        words(answer.text).replace(receipt.reference, "").replace(stranger.reference, "").replace("2026-999999", "")
        for answer in (
            show_code(client, receipt, "AAAA-AAAA"),
            show_code(client, stranger),  # right, but another name
            show_code(client, Receipt(receipt.outcome, reference="2026-999999"), "AAAA-AAAA"),
        )
    }
    assert len({text.split("Avec la référence")[0] for text in answers}) == 1


def test_guesses_are_counted_by_account(app: Flask, client: FlaskClient) -> None:
    receipt = visit(app)
    sign_in(client)
    tries = [show_code(client, receipt, "AAAA-AAAA").status_code for _ in range(11)]
    assert tries == [403] * 10 + [429]
    assert show_code(client, receipt).status_code == 429


def test_a_code_sent_to_the_address_of_the_sheet_proves_it_once(app: Flask, client: FlaskClient) -> None:
    receipt = visit(app)
    sign_in(client)
    code = ask_for_code(app, client, "Jeanne@Ancienne.example")
    assert mails(app)[0].recipient == "jeanne@ancienne.example"
    shown = give_code(client, code.lower())
    assert receipt.reference in words(shown.text)
    assert give_code(client, code).status_code == 403
    confirm(client, shown.text)
    assert receipt.reference in words(client.get(SPACE).text)


def test_no_code_leaves_for_an_address_that_no_sheet_of_theirs_has(app: Flask, client: FlaskClient) -> None:
    visit(app, Sender(family_name="Petit", given_names="Paul", email="paul@courriel.example"))
    sign_in(client)
    assert ask_for_code(app, client, "paul@courriel.example") == ""
    assert ask_for_code(app, client, "personne@courriel.example") == ""


def test_a_code_is_of_the_account_that_asked_and_lives_a_quarter_of_an_hour(app: Flask, client: FlaskClient) -> None:
    visit(app)
    sign_in(client)
    thief = app.test_client()
    sign_in(thief, "homonyme")
    code = ask_for_code(app, client, "jeanne@ancienne.example")
    assert give_code(thief, code).status_code == 403
    with runtime_of(app).database.transaction() as session:
        session.execute(update(OneTimeSecret).values(expires_at=datetime.now(UTC) - timedelta(seconds=1)))
    assert give_code(client, code).status_code == 403


def test_a_code_goes_by_sms_to_the_telephone_of_the_sheet(app: Flask, client: FlaskClient) -> None:
    receipt = visit(app)
    sign_in(client)
    assert ask_for_code(app, client, "06 12 34 56 78") == ""  # by no mail
    runtime = runtime_of(app)
    claim = claim_next(runtime, JobKind.SEND_SHEET_CODE)
    code = sealing.unseal(runtime.settings, claim.payload["sealed"])
    assert code not in str(claim.payload)
    demo = replace(runtime, settings=replace(runtime.settings, demo=True))
    sheet_codes.send_by_sms(demo, claim)
    (file,) = runtime.settings.outbox_dir.glob("*.sms.json")
    sent = json.loads(file.read_text(encoding="utf-8"))
    assert sent["to"] == "+33612345678"
    assert references.show_code(code) in sent["text"]
    assert receipt.reference not in sent["text"]
    assert receipt.reference in words(give_code(client, code).text)


def test_two_sheets_that_match_come_together_when_one_proof_covers_them(app: Flask, client: FlaskClient) -> None:
    one = visit(app)
    with runtime_of(app).database.transaction() as session:
        session.execute(update(Citizen).values(folded_name="martin jeanne"))
    other = visit(app, Sender(family_name="Martin", given_names="Jeanne Marie", email="jeanne@ancienne.example"))
    apart = visit(app, Sender(family_name="Martin", given_names="Jeanne", email="une.homonyme@courriel.example"))
    assert count(app, Citizen) == 3
    sign_in(client)
    shown = give_code(client, ask_for_code(app, client, "jeanne@ancienne.example"))
    assert one.reference in shown.text
    assert other.reference in shown.text
    assert apart.reference not in shown.text
    confirm(client, shown.text)
    space = words(client.get(SPACE).text)
    assert one.reference in space
    assert other.reference in space
    assert apart.reference not in space
    assert PROPOSED in space  # the homonym's sheet is still a guess, and still says nothing
    assert count(app, CitizenMerge) == 2


def test_a_proof_of_another_account_joins_nothing(app: Flask, client: FlaskClient) -> None:
    receipt = visit(app)
    sign_in(client)
    proof = hidden(show_code(client, receipt).text, "proof")
    thief = app.test_client()
    sign_in(thief, "homonyme")
    for stolen in (proof, f"{proof}x", ""):
        post(thief, f"{FIND}/rattacher", {"proof": stolen}, token_from=FIND)
    assert count(app, CitizenMerge) == 0


def test_confirming_twice_moves_once(app: Flask, client: FlaskClient) -> None:
    receipt = visit(app)
    sign_in(client)
    shown = show_code(client, receipt)
    confirm(client, shown.text)
    again = confirm(client, shown.text)
    assert again.status_code == 409
    assert count(app, CitizenMerge) == 1


# Undone ------------------------------------------------------------------------------------------------------------


def joined(app: Flask, client: FlaskClient) -> Receipt:
    """A case of the counter in an account."""
    receipt = visit(app)
    sign_in(client)
    confirm(client, show_code(client, receipt).text)
    return receipt


def test_undoing_gives_everything_back_exactly(app: Flask, client: FlaskClient) -> None:
    receipt = visit(app)
    with runtime_of(app).database.transaction() as session:
        session.query(Citizen).one().electronic_reply_refused = True
    sign_in(client)
    before = rows(app, Citizen, CitizenIdentity)
    confirm(client, show_code(client, receipt).text)
    assert rows(app, Citizen, CitizenIdentity) != before
    with runtime_of(app).database.transaction() as session:
        reconciliation.undo(session, agent(app, "Sandrine"), the_merge(app).id, "Une homonyme.")
    assert rows(app, Citizen, CitizenIdentity) == before
    assert owners(app) == [before[0]["id"]]
    assert receipt.reference not in client.get(SPACE).text
    with runtime_of(app).database.reading() as session:
        (case,) = session.query(Case).all()
        kinds = [event.kind for event in session.query(CaseEvent).order_by(CaseEvent.id)]
        assert kinds[-2:] == ["sheet_joined", "sheet_parted"]
        assert journal.verify(session, case)


def test_cases_that_arrived_since_stay_where_they_arrived(app: Flask, client: FlaskClient) -> None:
    joined(app, client)
    account = owners(app)[0]
    later = visit(app, Sender(citizen_id=account), subject="Une demande de l’espace")
    stale = the_merge(app).merged_id
    through_old_page = visit(app, Sender(citizen_id=stale), subject="L’agent avait l’ancienne fiche à l’écran")
    assert owners(app) == [account] * 3
    with runtime_of(app).database.transaction() as session:
        reconciliation.undo(session, agent(app, "Sandrine"), the_merge(app).id, "Une homonyme.")
    assert owners(app) == [stale, account, account]
    space = words(client.get(SPACE).text)
    assert later.reference in space
    assert through_old_page.reference in space


def test_what_was_corrected_since_is_not_lost(app: Flask, client: FlaskClient) -> None:
    joined(app, client)
    details = {"requester.phone": "07 98 76 54 32", "requester.email": "jeanne.martin@courriel.example"}
    assert post(client, f"{SPACE}/coordonnees", details, token_from=SPACE).status_code == 303
    with runtime_of(app).database.transaction() as session:
        reconciliation.undo(session, agent(app, "Sandrine"), the_merge(app).id, "Une homonyme.")
        kept = session.get_one(Citizen, the_merge(app).kept_id)
        merged = session.get_one(Citizen, the_merge(app).merged_id)
        assert (kept.phone, kept.city) == ("+33798765432", "")
        assert (merged.phone, merged.city) == ("+33612345678", "Angers")


def test_undoing_has_a_reason_a_right_and_happens_once(app: Flask, client: FlaskClient) -> None:
    joined(app, client)
    merge_id = the_merge(app).id
    refused: list[tuple[str, str, type[Exception], int]] = [
        ("Sandrine", "  ", Invalid, merge_id),
        ("Paul", "Une homonyme.", Forbidden, merge_id),
        ("Sandrine", "Une homonyme.", NotFound, merge_id + 1),
    ]
    for name, reason, error, which in refused:
        with pytest.raises(error), runtime_of(app).database.transaction() as session:
            reconciliation.undo(session, agent(app, name), which, reason)
    with runtime_of(app).database.transaction() as session:
        reconciliation.undo(session, agent(app, "Sandrine"), merge_id, "Une homonyme.")
    with pytest.raises(Conflict), runtime_of(app).database.transaction() as session:
        reconciliation.undo(session, agent(app, "Sandrine"), merge_id, "Encore.")


def test_an_agent_separates_sheets_from_the_page_of_the_citizen(
    app: Flask, client: FlaskClient, signed_in: SignedIn
) -> None:
    receipt = joined(app, client)
    desk = signed_in("Sandrine")
    merge = the_merge(app)
    sheet = f"/agents/usagers/{merge.kept_id}"
    page = words(desk.get(sheet).text)
    for shown in ("Fiches réunies", "référence et code de suivi", receipt.reference, "FranceConnect", "Guichet"):
        assert shown in page
    assert "réunie à une autre" in words(desk.get(f"/agents/usagers/{merge.merged_id}").text)
    assert "Jeanne Martin" not in words(desk.get("/agents/usagers?q=jeanne@ancienne.example").text)
    path = f"{sheet}/separer/{merge.id}"
    empty = desk.post(path, data={f"reason-{merge.id}": ""})
    assert empty.status_code == 422
    assert "Dites pourquoi" in words(empty.text)
    assert desk.post(path, data={f"reason-{merge.id}": "Une homonyme."}).status_code == 303
    assert "Une homonyme." in words(desk.get(sheet).text)
    assert desk.post(path, data={f"reason-{merge.id}": "Encore."}).status_code == 409
    assert "Une homonyme." in words(desk.get(f"/agents/dossiers/{receipt.reference}").text)
    assert signed_in("Paul").post(path, data={f"reason-{merge.id}": "Encore."}).status_code == 403


def test_nobody_finds_anything_without_an_identity(app: Flask, client: FlaskClient) -> None:
    assert client.get(FIND).status_code == 302
    token = csrf_token(client, "/suivi")
    assert client.post(f"{FIND}/rattacher", data={"csrf_token": token}).location == f"/connexion?next={SPACE}"
