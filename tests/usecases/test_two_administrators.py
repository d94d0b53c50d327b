"""Two administrators at the same moment: each adds to what the other wrote, whichever commits first."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

import pytest

from backoffice.errors import Conflict
from backoffice.infra.runtime import Runtime
from backoffice.models.authorities import Authority
from backoffice.queries import catalogue
from backoffice.queries import letters as queries
from backoffice.services import law, letter_templates, regimes
from tests import factories

RULE = {"value": "5 jours ouvrés", "article": "règlement intérieur", "confidence": "known", "note": ""}
AT_MOST = 30


def test_a_rule_and_a_letter_changed_at_once_are_both_kept(runtime: Runtime) -> None:
    with runtime.database.reading() as session:
        antoine, nadia = (factories.actor_named(session, name) for name in ("Antoine", "Nadia"))
        authority_id = factories.the_authority(session).id
    begun = Event()

    def save_a_letter() -> None:
        begun.wait(AT_MOST)
        with runtime.database.transaction() as session:
            assert session.get_one(Authority, authority_id).code  # read before the other one is done, where it can be
            letter_templates.save(session, nadia, "refusal", "", "en", "English", "We are sorry.")

    with ThreadPoolExecutor(1) as other:
        with runtime.database.transaction() as session:
            law.amend(session, antoine, session.get_one(Authority, authority_id), "acknowledgement.electronic", RULE)
            begun.set()
            saving = other.submit(save_a_letter)
            with pytest.raises(TimeoutError):  # it waits for its turn
                saving.result(0.5)
        saving.result(AT_MOST)
    with runtime.database.reading() as session:
        authority = factories.the_authority(session)
        assert law.current_version(authority) != "crpa-2016"
        assert authority.details[letter_templates.OWN_LETTERS] == ["refusal"]
        assert letter_templates.languages_of(authority) == ("fr", "en")


def test_the_same_letter_saved_by_many_at_once_has_as_many_versions(runtime: Runtime) -> None:
    many = 4
    together = Barrier(many)

    def save(number: int) -> None:
        together.wait(AT_MOST)
        with runtime.database.transaction() as session:
            nadia = factories.actor_named(session, "Nadia")
            letter_templates.save(session, nadia, "refusal", "", "fr", f"Texte {number}", f"Texte {number}.")

    with ThreadPoolExecutor(many) as all_of_them:
        list(all_of_them.map(save, range(many)))
    with runtime.database.reading() as session:
        authority = catalogue.get_authority(session)
        versions = queries.list_versions(session, authority.id, "refusal", "", "fr")
    assert [one.number for one in versions] == [4, 3, 2, 1]


def test_a_regime_amended_by_two_at_once_is_amended_by_one_and_the_other_is_told(runtime: Runtime) -> None:
    together = Barrier(2)
    with runtime.database.reading() as session:
        current = catalogue.get_procedure(
            session, factories.the_authority(session).id, "terrace_permit"
        ).current_version
        assert current is not None
        known = {"version": str(current.number), "silence": "rejection", "confidence": "known", "reason": "Relu."}

    def amend(name: str) -> str:
        together.wait(AT_MOST)
        try:
            with runtime.database.transaction() as session:
                regimes.amend(session, factories.actor_named(session, name), "terrace_permit", known | {"basis": name})
        except Conflict as conflict:
            return conflict.sentence
        return name

    with ThreadPoolExecutor(2) as both:
        told = list(both.map(amend, ("Antoine", "Nadia")))
    assert told.count(regimes.CHANGED) == 1
    with runtime.database.reading() as session:
        procedure = catalogue.get_procedure(session, factories.the_authority(session).id, "terrace_permit")
        (last, author), first = catalogue.list_versions(session, procedure.id)
        assert (last.number, last.id, last.reason, first[1]) == (2, procedure.current_version_id, "Relu.", "")
        assert author.startswith(last.definition["regime"]["basis"])
        assert last.definition["regime"]["basis"] in told
