"""What answers a first mail by itself: nothing of the request to an address that may be forged, how to write again."""

from dataclasses import replace

import pytest

from backoffice.infra.runtime import Runtime
from backoffice.models.cases import Case
from backoffice.queries import cases as case_queries
from backoffice.queries import legal as legal_queries
from backoffice.services import acknowledging, documents, undelivered
from tests import factories, mails
from tests.channels import samples

RELAY = "mx.saint-aubin.example"
FORGED = f"{RELAY}; dmarc=fail header.from=courriel.example; spf=fail; dkim=fail"
NOBODY = f"{RELAY}; dmarc=none header.from=courriel.example; spf=none; dkim=none"
SITE = f"{RELAY}; dmarc=pass header.from=ailleurs.example; spf=pass"
SECRET = "Mon mari me bat, aidez-moi."
ARMOUR = "-----BEGIN PGP MESSAGE-----\n\nhQEMA5vJ\n-----END PGP MESSAGE-----\n"


@pytest.fixture
def house(runtime: Runtime) -> Runtime:
    """A house whose relay says what it found out about senders."""
    house = mails.with_maildirs(runtime)
    boxes = tuple(replace(one, authserv_id=RELAY) for one in house.settings.mailboxes)
    return replace(house, settings=replace(house.settings, mailboxes=boxes))


def answered(house: Runtime, raw: bytes) -> tuple[Case, str]:
    """The case of a first mail, and the words of the only mail that answers it by itself."""
    mails.receive(house, raw)
    mails.work_off(house)
    (case,), (sent,) = mails.cases(house), mails.sent(house)
    assert sent.automatic
    assert sent.files == {} or sent.files["documents"]
    return case, f"{sent.subject}\n{sent.text}\n{sent.html}"


def why_kept_back(house: Runtime, case: Case) -> list[str]:
    """What the page of the case says of the letters that did not leave."""
    with house.database.reading() as session:
        found = undelivered.list_undelivered(
            session.get_one(Case, case.id),
            case_queries.list_documents(session, case.id),
            case_queries.list_mails(session, case.id),
            legal_queries.list_events(session, case.id),
            case_queries.list_events(session, case.id),
        )
    return [one.reason for one in found]


@pytest.mark.parametrize("verdict", [FORGED, NOBODY])
def test_an_address_that_nobody_vouches_for_is_told_nothing_of_the_request(house: Runtime, verdict: str) -> None:
    forged = mails.a_mail(SECRET, Subject="Violences", Authentication_Results=verdict)
    case, words = answered(house, forged)
    assert "Rien ne prouve qu’il vient de vous" in words
    assert case.reference in words
    for secret in (SECRET, "Violences", "Jeanne", "Martin", case.tracking_code, documents.TITLES["acknowledgement"]):
        assert secret not in words
    (why,) = why_kept_back(house, case)
    assert "Vérifiez qui écrit" in why
    assert case.acknowledged_at is None


def test_the_acknowledgement_of_a_doubted_mail_stays_here_however_often_its_case_is_sorted(house: Runtime) -> None:
    case, _ = answered(house, mails.a_mail(Authentication_Results=FORGED))
    with house.database.transaction() as session:
        kept = case_queries.claim_case_by_id(session, case.id)
        acknowledging.issue_again(session, kept, factories.the_authority(session), why="sorted")
    mails.work_off(house)
    assert len(mails.sent(house)) == 1
    (why,) = why_kept_back(house, case)
    assert "Vérifiez qui écrit" in why


def test_what_came_by_the_form_of_a_website_is_acknowledged(house: Runtime) -> None:
    shown = {"From": "no-reply@ailleurs.example", "Reply_To": mails.JEANNE, "Authentication_Results": SITE}
    _, words = answered(house, mails.a_mail(**shown))
    assert "Accusé de réception" in words


@pytest.mark.parametrize("raw", [samples.raw("odd-pgp-mime"), samples.raw("odd-smime-chiffre"), mails.a_mail(ARMOUR)])
def test_who_wrote_in_cipher_is_told_in_plain_words_how_to_write_again(house: Runtime, raw: bytes) -> None:
    case, words = answered(house, raw)
    assert "nous n’avons pas la clé" in words
    assert "sans chiffrement" in words
    assert "rien d’autre à envoyer" not in words
    assert case.tracking_code not in words
    (why,) = why_kept_back(house, case)
    assert "quand la demande est lisible" in why


def test_a_mail_in_cipher_whose_words_can_be_read_is_acknowledged(house: Runtime) -> None:
    _, words = answered(house, mails.a_mail(f"Bonjour, un trou profond.\n\n{ARMOUR}"))
    assert "Accusé de réception" in words


def test_a_large_mail_that_nobody_vouches_for_gets_that_answer_alone(house: Runtime) -> None:
    small = replace(house, settings=replace(house.settings, max_mail_bytes=100_000))
    forged = mails.a_mail(SECRET, files={"film.bin": b"\0" * 300_000}, Authentication_Results=FORGED)
    case, words = answered(small, forged)
    assert "Rien ne prouve" in words
    assert case.tracking_code not in words
