"""A visit at the counter, from what the agent typed to the value that intake receives."""

from datetime import UTC, datetime
from typing import Any

import pytest

from backoffice import catalogue
from backoffice.domain.incoming import ChannelCode, ContactPreference, IncomingFile, IncomingRequest, Sender
from backoffice.domain.procedures import ProcedureDefinition
from channels.base import Audience, Submission
from channels.counter_entry import CounterEntry

NOON = datetime(2026, 3, 27, 11, 0, tzinfo=UTC)


def procedure(code: str) -> ProcedureDefinition:
    return next(one for one in catalogue.load_procedures() if one.code == code)


def visit(*, definition: ProcedureDefinition | None = None, files: tuple[IncomingFile, ...] = (), **fields: Any) -> Any:
    """What the agent typed; « requester__email » stands for the input « requester.email »."""
    named = {name.replace("__", "."): [text] for name, text in fields.items()}
    citizen_id = fields.pop("citizen_id", None)
    return Submission("visit-1", NOON, named, files, definition, "saint-aubin", citizen_id, recorded_by=7)


def read(**fields: Any) -> IncomingRequest:
    return CounterEntry().normalise(visit(**fields))


def test_it_is_a_door_for_staff() -> None:
    assert (CounterEntry.code, CounterEntry.audience) == (ChannelCode.COUNTER, Audience.STAFF)


def test_a_visit_keeps_who_wrote_it_when_and_under_which_number() -> None:
    request = read(subject="Horaires de la piscine", requester__family_name="Belkacem")
    assert (request.channel, request.source_id, request.received_at) == (ChannelCode.COUNTER, "visit-1", NOON)
    assert (request.recorded_by, request.authority) == (7, "saint-aubin")


def test_a_visitor_without_any_address_is_an_ordinary_visitor() -> None:
    request = read(subject="Concession", notes="Pour son mari.", requester__family_name="Belkacem")
    assert request.sender == Sender(family_name="Belkacem")
    assert (request.subject, request.body, request.procedure) == ("Concession", "Pour son mari.", "")


def test_a_phone_is_kept_as_it_is_dialled_from_anywhere() -> None:
    request = read(subject="Bac cassé", requester__phone="06 12 34 56 78")
    assert request.sender.phone == "+33612345678"
    assert request.sender.contact_preference is ContactPreference.PHONE


def test_the_sheet_that_the_agent_chose_is_the_person() -> None:
    assert read(subject="Bac cassé", citizen_id=12).sender.citizen_id == 12


def test_nobody_is_behind_an_anonymous_request() -> None:
    assert read(subject="Dépôt d’ordures", anonymous="yes", requester__family_name="Oubliée").sender == Sender()


def test_the_answers_are_read_as_those_of_the_web_form() -> None:
    request = read(
        definition=procedure("street_issue"),
        requester__family_name="Belkacem",
        category="pothole",
        location__address="Devant le 12 rue des Lilas",
        description="Un trou profond.",
        danger="no",
    )
    assert request.procedure == "street_issue"
    assert request.subject == "Signalement d’un problème dans la rue"
    assert request.answers["category"] == "pothole"
    assert request.answers["danger"] is False
    assert request.facts == {}


def test_what_the_visitor_does_not_know_is_noted_to_be_asked() -> None:
    request = read(definition=procedure("birth_certificate"), birth_place="here", holder__family_name="Belkacem")
    assert request.answers["holder"] == {"family_name": "Belkacem"}
    unknown = request.facts["unknown"]
    assert "Quel document souhaitez-vous\u00a0?" in unknown
    assert "La personne dont vous demandez l’acte\u00a0: Prénoms" in unknown
    assert not any("Nom de naissance" in question for question in unknown)


def test_the_notes_come_before_what_the_form_says() -> None:
    request = read(definition=procedure("street_issue"), notes="Revient demain.", description="Un trou profond.")
    assert request.body == "Revient demain.\n\nUn trou profond."


def test_photos_and_papers_come_with_the_request() -> None:
    photo = IncomingFile("trou.jpg", "image/jpeg", 10, "a" * 64, field="photos")
    other = IncomingFile("lettre.pdf", "application/pdf", 10, "b" * 64, field="attachments")
    stray = IncomingFile("x.pdf", "application/pdf", 10, "c" * 64, field="document.link_proof")
    request = read(definition=procedure("street_issue"), files=(photo, other, stray))
    assert request.files == (photo, other)


@pytest.mark.parametrize("nonsense", ["\x00", "<script>", "🙂" * 50, "\ud83d"])
def test_nothing_typed_makes_it_fail(nonsense: str) -> None:
    fields = {"requester__email": nonsense, "requester__postcode": nonsense, "category": nonsense, "danger": nonsense}
    request = read(definition=procedure("street_issue"), subject=nonsense, notes=nonsense, **fields)
    assert "\x00" not in request.body + request.subject
