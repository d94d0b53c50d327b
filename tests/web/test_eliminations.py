"""The page of archives and eliminations: who may open it, and its steps from the proposal to the certificate."""

import io

import pytest
from flask import Flask

from backoffice.domain.eliminations import EliminationState
from backoffice.models.cases import Case
from backoffice.models.eliminations import Elimination
from backoffice.services import destruction, elimination_papers, moment
from backoffice.services.outbox import JobKind
from tests.usecases.promises import claim_next
from tests.usecases.test_eliminations import closed
from tests.web.citizen_visits import runtime_of
from tests.web.conftest import SignedIn
from tests.web.visits import words

PAGE = "/agents/archives/"


@pytest.mark.parametrize("seeded_url", ["sqlite"], indirect=True)
def test_the_officer_goes_from_the_proposal_to_the_certificate(app: Flask, signed_in: SignedIn) -> None:
    runtime, dpo = runtime_of(app), signed_in("Inès")
    with runtime.database.transaction() as session:
        going, held = (closed(session, runtime).reference for _ in range(2))
        hidden = closed(session, runtime)
        hidden.restricted = True
        hidden_reference = hidden.reference
    for stranger in ("Marc", "Karim", "Philippe", "Paul"):
        assert signed_in(stranger).get(PAGE).status_code == 403
    assert "Aucune proposition" in words(dpo.get(PAGE).text)
    refused = dpo.post(f"{PAGE}retenues", data={"reference": "rien", "reason": ""})
    assert refused.status_code == 422
    assert "Aucun dossier ne porte cette référence." in words(refused.text)
    dpo.post(f"{PAGE}retenues", data={"reference": held, "reason": "Contentieux en cours."})
    assert dpo.post(f"{PAGE}chercher").status_code == 303
    shown = words(dpo.get(PAGE).text)
    assert "2 dossiers ont fini leur durée de conservation." in shown
    assert "Concession" in shown
    assert "à verser aux archives" in shown
    one = f"{PAGE}1"
    assert f"{held} : Il est retenu : Contentieux en cours." in words(dpo.get(one).text)
    administrator = signed_in("Nadia")
    listed = words(administrator.get(f"{one}/dossiers").text)
    assert going in listed
    assert hidden_reference not in listed
    assert "Dossier sensible" in listed
    assert hidden_reference in words(dpo.get(f"{one}/dossiers").text)
    assert dpo.get(f"{one}/bordereau.pdf").status_code == 404
    dpo.post(f"{one}/bordereau", data={"offered": ["street_issue:2022"], "groups": ["street_issue:2022"]})
    elimination_papers.draw(runtime, claim_next(runtime, JobKind.DRAW_ELIMINATION))
    assert dpo.get(f"{one}/bordereau.pdf").data.startswith(b"%PDF")
    assert dpo.post(f"{one}/detruire").status_code == 409, "without a visa, nothing is destroyed"
    fault = dpo.post(f"{one}/visa", data={"signed_by": "Mme Diraison", "visa": (io.BytesIO(b"GIF89a"), "visa.pdf")})
    assert fault.status_code == 422
    assert "Ce fichier n’est pas un PDF." in words(fault.text)
    assert 'value="Mme Diraison"' in fault.text
    visa = (io.BytesIO(b"%PDF-1.7\n%%EOF\n"), "visa.pdf")
    sent = {"signed_by": "Mme Diraison", "signed_on": moment.today("Europe/Paris").isoformat(), "visa": visa}
    assert dpo.post(f"{one}/visa", data=sent).status_code == 303
    assert dpo.post(f"{one}/detruire").status_code == 303
    assert "0 sur 2 dossiers" in words(dpo.get(one).text)
    destruction.run(runtime, claim_next(runtime, JobKind.RUN_ELIMINATION))
    assert dpo.get(f"{one}/certificat.pdf").data.startswith(b"%PDF")
    assert dpo.get(f"{one}/visa.pdf").status_code == 200
    assert dpo.get(f"/agents/dossiers/{going}").status_code == 404
    assert dpo.get(f"/agents/dossiers/{held}").status_code == 200
    with runtime.database.reading() as session:
        assert session.get_one(Elimination, 1).state == EliminationState.DONE
        assert session.query(Case).count() == 1
