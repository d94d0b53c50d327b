"""The log of readings: for who protects data alone, by case, person, agent and period; nameless after its time."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from backoffice.models.cases import Case
from backoffice.queries import cases
from backoffice.services import access_log, journal, moment
from tests import factories
from tests.web.citizen_visits import runtime_of
from tests.web.conftest import SignedIn
from tests.web.visits import words

PAGE = "/agents/consultations/"


@pytest.mark.parametrize("seeded_url", ["sqlite"], indirect=True)
def test_who_read_what_is_found_for_a_year_and_looking_is_logged(app: Flask, signed_in: SignedIn) -> None:
    runtime, dpo, handler = runtime_of(app), signed_in("Inès"), signed_in("Karim")
    with runtime.database.transaction() as session:
        case = factories.a_case(session, runtime)
        case.restricted = True
        case_id, reference = case.id, case.reference
    assert handler.get(f"/agents/dossiers/{reference}").status_code == 200
    for stranger in ("Karim", "Marc", "Nadia", "Paul"):
        assert signed_in(stranger).get(PAGE).status_code == 403
    read = f"Karim Benali {reference} La page du dossier"
    for narrowed in (
        "",
        f"?dossier={reference}",
        "?usager=martin",
        "?usager=jeanne.martin@courriel.example",
        "?agent=2",
    ):
        assert read in words(dpo.get(PAGE + narrowed).text), narrowed
    for other in ("?dossier=2020-000001", "?usager=petit", "?agent=999999", "?du=2999-01-01", "?au=2000-01-01"):
        assert read not in words(dpo.get(PAGE + other).text), other
    assert "Inès Haddad, le" in (shown := words(dpo.get(PAGE + "?du=rien&avant=x").text))
    assert "usager : petit" in shown
    refused = dpo.post(f"{PAGE}duree", data={"months": "13"})
    assert refused.status_code == 422
    assert "Écrivez un nombre de mois, de 6 à 12." in words(refused.text)
    assert dpo.post(f"{PAGE}duree", data={"months": "6"}).status_code == 303
    for months, named in ((5, True), (7, False)):
        with runtime.database.transaction() as session, moment.at(datetime.now(UTC) + timedelta(days=31 * months)):
            access_log.forget_old(session)
        with runtime.database.reading() as session:
            assert journal.verify(session, session.get_one(Case, case_id)), "the chain holds whoever is forgotten"
            assert any(one.actor_name == "Karim Benali" for one in cases.list_events(session, case_id)) is named
    assert read not in words(dpo.get(PAGE + f"?dossier={reference}").text)
    with runtime.database.transaction() as session:
        last = cases.list_events(session, case_id)[0]
        last.actor_name = "Un autre"
    with runtime.database.reading() as session:
        assert not journal.verify(session, session.get_one(Case, case_id))
