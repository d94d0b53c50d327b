"""Cases that go together: tied once the other was seen, untied, told in both histories, and never betrayed."""

from collections.abc import Sequence

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from backoffice.domain.incoming import IncomingFile, Sender
from backoffice.infra.runtime import Runtime
from backoffice.models.authorities import Department
from backoffice.models.cases import Case
from backoffice.queries import cases
from backoffice.services import history_text, journal
from backoffice.services.journal import Event
from tests import factories
from tests.web.conftest import SignedIn
from tests.web.visits import hidden, post, words


@pytest.fixture
def runtime(app: Flask) -> Runtime:
    found: Runtime = app.extensions["parvis"]
    return found


def history_of(session: Session, reference: str) -> list[tuple[str, str]]:
    case = session.scalars(select(Case).where(Case.reference == reference)).one()
    assert journal.verify(session, case)
    return [(event.kind, history_text.detail(event)) for event in cases.list_events(session, case.id)]


def hide(runtime: Runtime, references: Sequence[str], department: str) -> None:
    """Make cases some of those that only their department may know of."""
    with runtime.database.transaction() as session:
        to = session.scalars(select(Department.id).where(Department.code == department)).one()
        session.execute(update(Case).where(Case.reference.in_(references)).values(restricted=True, department_id=to))


def test_an_agent_ties_two_cases_once_the_other_was_seen_and_both_say_so_until_it_is_undone(
    runtime: Runtime, signed_in: SignedIn
) -> None:
    mine, other = factories.a_receipt(runtime).reference, factories.a_receipt(runtime, subject="Bac cassé").reference
    karim = signed_in("Karim")
    page = f"/agents/dossiers/{mine}/liens"
    assert "Lier à un autre dossier" in karim.get(f"/agents/dossiers/{mine}").text

    empty = words(karim.get(page, query_string={"autre": ""}).text)
    assert "Donnez la référence de l’autre dossier" in empty
    assert "Choisissez comment ces deux dossiers vont ensemble" in empty
    assert "donnez celle d’un autre" in karim.get(page, query_string={"autre": mine, "lien": "linked"}).text
    shown = words(karim.get(page, query_string={"autre": other.replace("-0", " "), "lien": "duplicate"}).text)
    assert "Est-ce bien ce dossier ?" in shown
    assert "Bac cassé" in shown
    with runtime.database.reading() as session:
        assert "linked" not in [kind for kind, _ in history_of(session, mine)]

    asked = {"autre": other, "lien": "duplicate"}
    assert karim.post(page, data=asked).status_code == 303
    again = karim.post(page, data={"autre": mine, "lien": "linked"}, headers={"Referer": page})
    assert again.status_code == 422
    twice = karim.post(f"/agents/dossiers/{other}/liens", data={"autre": mine, "lien": "linked"})
    assert (twice.status_code, "déjà liés" in twice.text) == (409, True)
    assert f"Doublon du dossier {other}" in words(karim.get(f"/agents/dossiers/{mine}").text)
    assert f"A pour doublon {mine}" in words(karim.get(f"/agents/dossiers/{other}").text)

    undone = karim.post(f"/agents/dossiers/{other}/liens/defaire", data={"autre": mine}, follow_redirects=True)
    assert "Le lien est défait." in undone.text
    gone = karim.post(f"{page}/defaire", data={"autre": other})
    assert (gone.status_code, "n’existe plus" in gone.text) == (409, True)
    with runtime.database.reading() as session:
        told = [("linked", f"Doublon du dossier {other}"), ("unlinked", f"Doublon du dossier {other}")]
        assert history_of(session, mine)[-2:] == told
        assert history_of(session, other)[-1] == ("unlinked", f"A pour doublon {mine}")


def test_a_case_that_one_may_not_read_is_answered_like_one_that_does_not_exist_and_shows_nowhere(
    runtime: Runtime, signed_in: SignedIn
) -> None:
    mine, secret = factories.a_receipt(runtime).reference, factories.a_receipt(runtime, subject="Secours").reference
    hide(runtime, [secret], "police")
    karim, elodie = signed_in("Karim"), signed_in("Élodie")
    page = f"/agents/dossiers/{mine}/liens"
    absent = karim.get(page, query_string={"autre": "2026-999999", "lien": "linked"})
    hidden = karim.get(page, query_string={"autre": secret, "lien": "linked"})
    assert words(absent.text).replace("2026-999999", secret) == words(hidden.text)
    assert "Aucun dossier que vous pouvez lire" in hidden.text
    assert karim.post(page, data={"autre": secret, "lien": "linked"}).status_code == 422
    assert karim.get(f"/agents/dossiers/{secret}/liens").status_code == 404
    assert karim.post(f"/agents/dossiers/{secret}/liens", data={"autre": mine, "lien": "linked"}).status_code == 404

    assert elodie.post(page, data={"autre": secret, "lien": "follow_up"}).status_code == 303
    assert secret in elodie.get(f"/agents/dossiers/{mine}").text
    for address in (f"/agents/dossiers/{mine}", page):
        assert secret not in karim.get(address).text
    assert karim.post(f"{page}/defaire", data={"autre": secret}).status_code == 409
    with runtime.database.reading() as session:
        assert history_of(session, mine)[-1] == ("linked", "Suite du dossier d’accès restreint")
        assert history_of(session, secret)[-1] == ("linked", f"Suivi par le dossier {mine}")


def test_agents_read_both_on_one_page_and_whoever_follows_either_is_led_there(
    runtime: Runtime, app: Flask, signed_in: SignedIn
) -> None:
    photo = runtime.storage.put(b"%PDF-1.7\n%%EOF\n")
    file = IncomingFile("plan.pdf", "application/pdf", 15, photo)
    with runtime.database.transaction() as session:
        noor = Sender(family_name="Haddadi", given_names="Noor", email="noor.haddadi@messagerie.example")
        first = factories.a_case(session, runtime, sender=noor, body="Devant chez moi", files=(file,))
        kept = factories.a_case(session, runtime, sender=noor, subject="Trou", body="Toujours là")
        references = first.reference, kept.reference
        code = first.tracking_code
    mine, other = references
    karim = signed_in("Karim")
    page = f"/agents/dossiers/{mine}/liens"
    asked = {"autre": other, "lien": "joined"}
    assert "Ce que fait la jonction" in words(karim.get(page, query_string=asked).text)
    karim.post(f"/agents/dossiers/{mine}/suivre")
    karim.post(f"/agents/dossiers/{mine}/brouillon", data={"reply": "Nous venons."})
    unseen = karim.post(page, data=asked)  # both were not looked at as they are now
    assert unseen.status_code == 409
    assert f"Le dossier {mine} a changé entre-temps" in words(unseen.text)
    # Who welcomes people sees the link, and is told before that joining is not theirs.
    assert "Joindre deux dossiers revient aux" in words(signed_in("Sandrine").get(page, query_string=asked).text)
    as_seen = {name: hidden(unseen.text, name) for name in ("revision", "revision_autre")}
    assert karim.post(page, data=asked | as_seen).headers["Location"].endswith(other)
    going_on = karim.get(f"/agents/dossiers/{other}").text
    assert "Nous venons.</textarea>" in going_on
    assert "Ne plus suivre" in going_on
    both = words(karim.get(f"/agents/dossiers/{other}").text)
    assert "Devant chez moi" in both
    assert f"Dans le dossier joint {mine}" in both
    assert f"A reçu le dossier joint {mine}" in both
    assert "Devant chez moi" in words(karim.get(f"/agents/dossiers/{other}/division").text)
    alone = words(karim.get(f"/agents/dossiers/{mine}").text)
    assert "Ce dossier est joint à un autre" in alone
    assert "Rouvrir le dossier" not in alone
    assert "Recours possible jusqu’au" not in alone  # nothing was decided here

    app.config["WTF_CSRF_ENABLED"] = True
    neighbour = app.test_client()
    assert post(neighbour, "/suivi", {"reference": mine, "code": code}, token_from="/suivi").status_code == 303
    led = neighbour.get(f"/suivi/{mine}", follow_redirects=True)
    assert f"La demande {mine} est jointe à la demande {other}" in words(led.text)
    assert "Devant chez moi" in led.text
    assert "Toujours là" in led.text
    stranger = app.test_client()
    assert stranger.get(f"/suivi/{other}").status_code == 302
    app.config["WTF_CSRF_ENABLED"] = False
    hide(runtime, references, "voirie")
    assert [
        karim.get(f"/agents/dossiers/{other}{one}").status_code for one in ("", "/pieces-jointes", "/division")
    ] == ([200] * 3)
    with runtime.database.reading() as session:
        assert [kind for kind, _ in history_of(session, mine)].count(Event.READ_RESTRICTED) == 3
    undone = karim.post(f"/agents/dossiers/{other}/liens/defaire", data={"autre": mine}, follow_redirects=True)
    assert "La jonction est défaite" in undone.text
    assert [neighbour.get(f"/suivi/{one}").status_code for one in references] == [200, 302]
