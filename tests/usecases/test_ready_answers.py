"""Ready answers: found by anybody's words, written as versions that stay."""

import pytest

from backoffice.domain import policy
from backoffice.errors import Conflict, Forbidden, Invalid
from backoffice.infra.runtime import Runtime
from backoffice.queries import ready_answers as queries
from backoffice.services import ready_answers
from tests import factories

TYPED = {
    "title": "Où jeter le verre ?", "text": "Dans un bac vert.", "words": "bouteille, tri",
    "procedure": "waste_bin_bulky",
    "review_on": "2027-01-15", "public": "1",
}  # fmt: skip


def _found(runtime: Runtime, words: str) -> list[str]:
    with runtime.database.reading() as session:
        return [one.code for one in queries.search(session, factories.the_authority(session).id, words)]


def test_an_answer_is_found_with_a_slip_without_accents_and_by_another_word(runtime: Runtime) -> None:
    assert _found(runtime, "encombrant")[0] == "bulky_waste_rules"
    assert _found(runtime, "encombrents")[0] == "bulky_waste_rules"
    assert _found(runtime, "matelas") == ["bulky_waste_rules"]
    assert _found(runtime, "prix acte de naissance")[0] == "birth_certificate_fee"
    assert "gdpr_rights_delay" not in _found(runtime, "prix")
    assert _found(runtime, "zzz") == _found(runtime, "") == []


def test_a_correction_is_a_new_version_and_what_was_said_stays(runtime: Runtime) -> None:
    with runtime.database.transaction() as session:
        agent, helene = (factories.actor_named(session, name) for name in ("Karim", "Hélène"))
        with pytest.raises(Forbidden):
            ready_answers.create(session, agent, TYPED)
        with pytest.raises(Invalid) as refused:
            ready_answers.create(session, helene, {"procedure": "rien", "review_on": "demain"})
        assert set(refused.value.faults) == {"title", "text", "procedure", "review_on"}
        answer = ready_answers.create(session, helene, TYPED)
        assert answer.code == "ou_jeter_le_verre"
        changed = {**TYPED, "text": "Dans un bac vert, sans bouchon."}
        ready_answers.update(session, helene, answer.id, changed, seen=1)
        with pytest.raises(Conflict):
            ready_answers.update(session, helene, answer.id, TYPED, seen=1)
        ready_answers.update(session, helene, answer.id, {**changed, "public": ""}, seen=2)
        said = [(one.number, one.text) for one in queries.list_versions(session, answer.id)]
        assert said == [(2, "Dans un bac vert, sans bouchon."), (1, "Dans un bac vert.")]
        assert [one.kind for one in queries.list_changes(session, answer.id)] == ["set", "written", "created"]
        mine = factories.the_authority(session).id
        assert queries.list_for_procedure(session, mine, "waste_bin_bulky")[0].code == "bulky_waste_rules"
        assert len(queries.list_for_procedure(session, mine, "waste_bin_bulky")) == 1
        ready_answers.set_retired(session, helene, answer.id, retired=True)
        assert queries.search(session, mine, "bouchon") == []
        ready_answers.set_retired(session, helene, answer.id, retired=False)
        assert [one.version_id for one in queries.search(session, mine, "bouchon")] == [answer.current_version_id]
        assert not policy.allows(agent, policy.Permission.READY_ANSWER_MANAGE)


def test_an_answer_for_a_state_is_offered_to_the_cases_in_that_state(runtime: Runtime) -> None:
    with runtime.database.transaction() as session:
        helene = factories.actor_named(session, "Hélène")
        with pytest.raises(Invalid) as refused:
            ready_answers.create(session, helene, {**TYPED, "status": "perdu"})
        assert set(refused.value.faults) == {"status"}
        waiting = ready_answers.create(session, helene, {**TYPED, "status": "waiting_citizen"})

        case = factories.a_case(session, runtime, procedure="waste_bin_bulky")

        def offered(status: str) -> list[tuple[str, list[str]]]:
            case.status = status
            return [(name, [title for _, title in found]) for name, found in queries.list_choices(session, case)]

        assert offered("waiting_citizen")[0][1][0] == waiting.title
        groups = dict(offered("under_review"))
        assert waiting.title not in groups["Cette démarche"]
        assert list(groups) == [
            "Cette démarche", "Autres démarches du service", "Toutes démarches", "Démarches des autres services"
        ]  # fmt: skip
        general = groups["Toutes démarches"]  # as a dictionary has them: « À » is not after « Z »
        assert general.index("À qui dire que je change d’adresse\u00a0?") < general.index(
            "Comment déclarer un décès\u00a0?"
        )
        assert "Rappeler ce que nous attendons" in dict(offered("waiting_citizen"))["Toutes démarches"]
        assert "Rappeler ce que nous attendons" not in dict(offered("closed"))["Toutes démarches"]
