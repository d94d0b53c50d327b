"""Two administrators at the same moment: each adds to what the other wrote, whichever commits first."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

import pytest

from backoffice.infra.runtime import Runtime
from backoffice.models.authorities import Authority
from backoffice.queries import catalogue
from backoffice.queries import letters as queries
from backoffice.services import law, letter_templates
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
