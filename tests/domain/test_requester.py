"""The requester says who they are; only the web insists, and nobody loses what was written."""

from backoffice.domain.incoming import ChannelCode, ContactPreference, Sender
from backoffice.domain.requester import as_posted, read_requester

WEB, COUNTER = ChannelCode.WEB_FORM, ChannelCode.COUNTER


def posted(**answers: str) -> dict[str, list[str]]:
    return {f"requester.{code}": [text] for code, text in answers.items()}


def test_a_person_gives_their_name_and_a_way_to_be_answered() -> None:
    sender, errors = read_requester(
        posted(family_name=" Belkacem ", given_names="Fatima", phone="06 12 34 56 78"), anonymous=False, channel=WEB
    )
    assert errors == {}
    assert sender.display_name == "Fatima Belkacem"
    assert sender.phone == "+33612345678"
    assert sender.contact_preference is ContactPreference.PHONE


def test_the_web_asks_for_what_is_missing() -> None:
    _, errors = read_requester({}, anonymous=False, channel=WEB)
    assert set(errors) == {"requester.family_name", "requester.given_names", "requester.email"}


def test_an_association_signs_with_its_name_alone() -> None:
    _, errors = read_requester(
        posted(organisation="Les Amis du Moulin", email="amis@moulin.example"), anonymous=False, channel=WEB
    )
    assert errors == {}


def test_a_missing_item_never_blocks_the_counter() -> None:
    sender, errors = read_requester(posted(family_name="Belkacem"), anonymous=False, channel=COUNTER)
    assert errors == {}
    assert sender.family_name == "Belkacem"
    assert sender.contact_preference is None


def test_what_is_badly_written_is_said_on_every_channel() -> None:
    for channel in (WEB, COUNTER):
        _, errors = read_requester(
            posted(family_name="Roy", given_names="Léa", email="lea@", postcode="49"), anonymous=False, channel=channel
        )
        assert set(errors) == {"requester.email", "requester.postcode"}


def test_an_anonymous_person_owes_nothing_and_may_still_leave_an_address() -> None:
    sender, errors = read_requester(posted(email="riverain@exemple.fr"), anonymous=True, channel=WEB)
    assert errors == {}
    assert sender.email == "riverain@exemple.fr"


def test_the_preferred_way_of_answering_must_be_possible() -> None:
    _, errors = read_requester(
        posted(family_name="Roy", given_names="Léa", email="lea@exemple.fr", contact_preference="sms"),
        anonymous=False,
        channel=WEB,
    )
    assert list(errors) == ["requester.phone"]


def test_a_text_message_goes_to_a_mobile_telephone() -> None:
    asked = {"family_name": "Roy", "given_names": "Léa", "contact_preference": "sms"}
    for phone, wrong in (("02 61 91 40 00", ["requester.phone"]), ("06 39 98 00 11", [])):
        assert list(read_requester(posted(**asked, phone=phone), anonymous=False, channel=WEB)[1]) == wrong


def test_an_address_abroad_has_no_french_postcode() -> None:
    sender, errors = read_requester(
        posted(family_name="Roy", given_names="Léa", address_line="1 rue Neuve", city="1000 Bruxelles, Belgique"),
        anonymous=False,
        channel=WEB,
    )
    assert errors == {}
    assert sender.contact_preference is ContactPreference.POST


def test_a_known_sender_fills_the_block_again() -> None:
    known = Sender(family_name="Roy", given_names="Léa", email="lea@exemple.fr")
    again, errors = read_requester(as_posted(known), anonymous=False, channel=WEB)
    assert errors == {}
    assert (again.family_name, again.email) == ("Roy", "lea@exemple.fr")
