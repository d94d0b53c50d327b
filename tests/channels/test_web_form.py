"""The web form as a channel: what a browser posted becomes one request, and nothing makes it stumble."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from backoffice import catalogue as starter
from backoffice.domain.incoming import ChannelCode, IncomingFile, VerifiedIdentity
from backoffice.domain.procedures import ProcedureDefinition
from channels.web_form import WebForm, WebReply, WebSubmission

DIGEST = "ab" * 32
PROCEDURES = {one.code: one for one in starter.load_procedures()}
NOON = datetime(2026, 3, 27, 11, 0, tzinfo=UTC)


def a_submission(code: str = "street_issue", **fields: str) -> WebSubmission:
    """What Jeanne Martin posted."""
    own = {
        "requester.family_name": "Martin",
        "requester.given_names": "Jeanne",
        "requester.email": "JM@courriel.example",
    }
    posted = {name: [text] for name, text in {**own, **fields}.items()}
    return WebSubmission("submission-1", NOON, posted, definition=PROCEDURES[code], authority="saint-aubin")


def a_file(field: str) -> IncomingFile:
    """A photo received under that input."""
    return IncomingFile("photo.jpg", "image/jpeg", 3, DIGEST, field)


def test_a_form_becomes_a_request_with_its_sender_answers_and_words() -> None:
    incoming = WebForm().normalise(
        a_submission(
            category="pothole", description="Un trou\r\nprofond", danger="no", **{"location.address": "Rue des Lilas"}
        )
    )
    assert incoming.channel is ChannelCode.WEB_FORM
    assert (incoming.source_id, incoming.received_at, incoming.authority) == ("submission-1", NOON, "saint-aubin")
    assert (incoming.procedure, incoming.subject) == ("street_issue", PROCEDURES["street_issue"].title)
    assert incoming.sender.display_name == "Jeanne Martin"
    assert incoming.answers == {
        "category": "pothole",
        "location": {"address": "Rue des Lilas"},
        "description": "Un trou\nprofond",
        "danger": False,
    }
    assert incoming.body == "Un trou\nprofond"


def test_the_photos_of_a_question_come_with_the_request() -> None:
    raw = a_submission(category="pothole")
    incoming = WebForm().normalise(WebSubmission(raw.id, NOON, raw.fields, (a_file("photos"),) * 2, raw.definition))
    assert [file.field for file in incoming.files] == ["photos", "photos"]
    assert incoming.answers["photos"] == 2


def test_a_file_whose_question_is_hidden_by_the_answers_stays_out() -> None:
    raw = a_submission("school_meals_aftercare", service="meals", pai="no")
    files = (a_file("pai_file"), a_file("attachments"))
    incoming = WebForm().normalise(WebSubmission(raw.id, NOON, raw.fields, files, raw.definition))
    assert [file.field for file in incoming.files] == ["attachments"]
    assert "pai_file" not in incoming.answers


def test_a_supporting_document_is_sent_only_when_these_answers_ask_for_it() -> None:
    raw = a_submission("birth_certificate", requester_link="self", act_kind="full_copy")
    files = (a_file("document.requester_id"), a_file("document.link_proof"))
    incoming = WebForm().normalise(WebSubmission(raw.id, NOON, raw.fields, files, raw.definition))
    assert [file.field for file in incoming.files] == ["document.requester_id"]


def test_sensitive_words_are_answers_and_never_the_message() -> None:
    for definition in PROCEDURES.values():
        texts = {field.code: "Écrit de ma main." for field in definition.fields if field.kind == "long_text"}
        incoming = WebForm().normalise(a_submission(definition.code, **texts))
        sensitive = [field.code for field in definition.fields if field.kind == "long_text" and field.sensitive]
        assert not sensitive or incoming.body.count("Écrit") < len(texts)


def test_a_verified_identity_travels_with_the_sender() -> None:
    proof = VerifiedIdentity("https://fc.example", "sub-1", "franceconnect")
    raw = a_submission(category="tree")
    incoming = WebForm().normalise(
        WebSubmission(raw.id, NOON, raw.fields, definition=raw.definition, citizen_id=7, identity=proof)
    )
    assert incoming.sender.identity == proof
    assert incoming.sender.citizen_id == 7


def test_an_answer_to_the_service_keeps_its_paragraphs_and_its_files() -> None:
    incoming = WebReply().normalise(
        WebSubmission("12.reply-1", NOON, {"message": ["Bonjour\r\n\r\n  Voici.\x00 "]}, (a_file(""),))
    )
    assert incoming.body == "Bonjour\n\n  Voici."
    assert len(incoming.files) == 1


@given(
    st.sampled_from(sorted(PROCEDURES)),
    st.dictionaries(st.text(max_size=30), st.lists(st.text(max_size=50), max_size=3), max_size=8),
    st.lists(st.text(max_size=20), max_size=3),
)
def test_whatever_is_posted_a_request_comes_out(code: str, fields: dict[str, list[str]], names: list[str]) -> None:
    definition: ProcedureDefinition = PROCEDURES[code]
    known = {field.code: ["\ud800", "<script>"] for field in definition.fields}
    raw = WebSubmission("s", NOON, {**known, **fields}, tuple(a_file(name) for name in names), definition)
    assert WebForm().normalise(raw).procedure == code
