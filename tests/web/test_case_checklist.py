"""The checklist of a procedure: ticked by name and hour, unticked too, and needed before a case ends well."""

import pytest
from flask import Flask
from sqlalchemy import select

from backoffice.domain import procedure_files
from backoffice.domain.lifecycle import Outcome
from backoffice.errors import Invalid
from backoffice.infra.runtime import Runtime
from backoffice.models.cases import Case
from backoffice.queries import cases
from backoffice.services import casework, checklists, decisions, history_text, journal, procedures
from tests import factories
from tests.web.conftest import SignedIn
from tests.web.visits import hidden, words


@pytest.fixture
def seeded_url(seeded_sqlite_url: str) -> str:
    """One engine is enough for pages: no SELECT here is written for one of them."""
    return seeded_sqlite_url


@pytest.fixture
def runtime(app: Flask) -> Runtime:
    found: Runtime = app.extensions["parvis"]
    return found


def test_agents_tick_and_untick_and_what_is_required_is_asked_before_the_case_ends_well(
    runtime: Runtime, signed_in: SignedIn
) -> None:
    reference = factories.a_receipt(runtime, procedure="terrace_permit", answers={}).reference
    page = f"/agents/dossiers/{reference}"
    elodie, other = signed_in("Élodie"), signed_in("Karim")
    shown = elodie.get(page).text
    assert "0 sur 4" in words(shown)
    seen = {name: hidden(shown, name) for name in ("revision", "history", "form_key")}
    assert elodie.post(f"{page}/controle", data={**seen, "checks": ["passage", "fee"]}).status_code == 303
    late = other.post(f"{page}/controle", data={**seen, "checks": ["insurance"]})
    assert (late.status_code, "a changé entre-temps" in late.text) == (409, True)
    assert 'value="insurance" checked' in late.text  # what they had ticked is kept, beside what the other did
    assert 'value="passage" checked' in late.text
    after = elodie.get(page).text
    assert "2 sur 4" in words(after)
    assert "Coché par Élodie Vasseur" in words(after)
    wrong = elodie.post(f"{page}/controle", data={"revision": hidden(after, "revision"), "checks": ["nothing"]})
    assert (wrong.status_code, "a changé : rechargez" in words(wrong.text)) == (422, True)

    closing = {"revision": hidden(after, "revision"), "outcome": "accepted", "answer": "Accordé."}
    stopped = elodie.post(f"{page}/terminer", data=closing)
    assert stopped.status_code == 422
    assert "Il reste à cocher dans la liste de contrôle, avant de terminer" in words(stopped.text)
    assert "Accordé." in stopped.text
    with runtime.database.transaction() as session:
        case = session.scalars(select(Case).where(Case.reference == reference)).one()
        actor = factories.actor_named(session, "Élodie")
        with pytest.raises(Invalid, match="L’attestation d’assurance couvre la période demandée"):
            decisions.accept(session, actor, case, "Accordé.")
        checklists.choose(session, actor, case, ["passage", "insurance"])
        casework.close(session, runtime, actor, case, Outcome.ACCEPTED, "Accordé.")
        told = [(one.kind, history_text.detail(one)) for one in cases.list_events(session, case.id)]
        assert ("unchecked", "La redevance est calculée") in told
        assert ("checked", "L’attestation d’assurance couvre la période demandée") in told
        assert journal.verify(session, case)


def test_what_grants_nothing_needs_no_check_and_a_procedure_carries_its_list_in_its_file(runtime: Runtime) -> None:
    with runtime.database.transaction() as session:
        case = factories.a_case(session, runtime, procedure="room_booking", answers={})
        assert case.procedure_version is not None
        definition = procedures.read_version(case.procedure_version)
        assert procedure_files.read_yaml(procedure_files.write_yaml(definition)).checklist == definition.checklist
        helene = factories.actor_named(session, "Hélène")
        casework.close(session, runtime, helene, case, Outcome.WITHDRAWN, "Vous renoncez.")
        file = procedure_files.dump(definition)
        file["checklist"] = [{"code": "a", "label": ""}, {"code": "a", "label": "Deux fois"}]
        with pytest.raises(Invalid) as refused:
            procedure_files.parse(file)
        assert set(refused.value.faults) == {"checklist.0.label", "checklist.1.code"}
