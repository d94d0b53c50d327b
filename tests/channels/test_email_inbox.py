"""A mail becomes a request: its words, its sender, and the case it claims to answer."""

import email
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from typing import Any

import pytest

from backoffice.domain.incoming import ChannelCode, IncomingFile, IncomingRequest
from channels import email_inbox, mime
from channels.email_inbox import EmailInbox, ReceivedMail
from tests import mails
from tests.channels import samples

RECEIVED = datetime(2026, 3, 3, 8, 0, tzinfo=UTC)
MARK = "0123456789abcdef0123"


def normalised(raw: bytes, **changes: Any) -> IncomingRequest:
    received: dict[str, Any] = {"received_at": RECEIVED, "raw_digest": "d" * 64, "mailbox": "demandes"} | changes
    return EmailInbox().normalise(ReceivedMail(mime.parse(raw), **received))


def test_a_mail_is_a_request_with_its_sender_and_words() -> None:
    photo = IncomingFile("trou.jpg", "image/jpeg", 3, "a" * 64)
    incoming = normalised(mails.a_mail(), authority="saint-aubin", procedure="street_issue", files=(photo,))
    assert incoming.channel is ChannelCode.EMAIL
    assert (incoming.sender.given_names, incoming.sender.family_name) == ("Jeanne", "Martin")
    assert incoming.sender.email == "jeanne.martin@courriel.example"
    assert incoming.subject == "Trou dans la chaussée"
    assert "trou profond" in incoming.body
    assert (incoming.authority, incoming.procedure, incoming.files) == ("saint-aubin", "street_issue", (photo,))
    assert incoming.received_at == RECEIVED
    assert incoming.raw_digest == "d" * 64


def test_the_new_words_of_a_reply_stand_apart_from_what_it_quotes() -> None:
    quote = "Le 2 mars 2026 à 10:00, Mairie <demandes@saint-aubin.example> a écrit :\n> Envoyez une photo.\n"
    text = f"Voici la photo.\n\n{quote}"
    incoming = normalised(mails.a_mail(text, Subject="Re: Votre demande", In_Reply_To="<x@y.example>"))
    assert incoming.body == "Voici la photo."
    assert "Envoyez une photo." in incoming.quoted


def test_html_is_cleaned_and_its_remote_images_are_gone() -> None:
    page = (
        '<p onclick="x()">Bonjour</p><img src="https://pisteur.example/p.gif"><script>x()</script><img src="cid:photo">'
    )
    incoming = normalised(mails.a_mail(html=page))
    assert "Bonjour" in incoming.body_html
    assert "cid:photo" in incoming.body_html
    assert not any(bad in incoming.body_html for bad in ("onclick", "script", "pisteur"))


@pytest.mark.parametrize("field", ["To", "Delivered-To", "X-Original-To", "Cc"])
def test_a_signed_reply_address_is_found_wherever_the_relay_wrote_it(field: str) -> None:
    address = f"Mairie <demandes+12.{MARK}@saint-aubin.example>"
    raw = mails.a_mail(**{"To": "", field.replace("-", "_"): address})
    assert normalised(raw).threading.reply_token == f"12.{MARK}"


def test_an_ordinary_plus_address_is_no_token() -> None:
    assert normalised(mails.a_mail(To="demandes+voirie@saint-aubin.example")).threading.reply_token == ""


def test_the_message_answered_comes_before_the_older_ones() -> None:
    raw = mails.a_mail(In_Reply_To="<c@x.example>", References="<a@x.example> <b@x.example> <c@x.example>")
    assert normalised(raw).threading.referred_ids == ("c@x.example", "b@x.example", "a@x.example")


def test_a_reference_is_read_in_the_subject_only() -> None:
    assert normalised(mails.a_mail(Subject="Dossier 2026-000123")).threading.quoted_reference == "2026-000123"
    assert normalised(mails.a_mail("Dossier 2026-000123")).threading.quoted_reference == ""


@pytest.mark.parametrize(
    ("shown", "family", "given"),
    [
        ("Jeanne Martin", "Martin", "Jeanne"),
        ("MARTIN Jeanne", "MARTIN", "Jeanne"),
        ("Martin, Jeanne", "Martin", "Jeanne"),
        ("Marie-Claude de la Tour", "de la Tour", "Marie-Claude"),
        ("LE GOFF Anne Marie", "LE GOFF", "Anne Marie"),
        ("martin", "martin", ""),
        ("jeanne.martin@courriel.example", "", ""),
        ("", "", ""),
    ],
)
def test_a_shown_name_is_split(shown: str, family: str, given: str) -> None:
    assert email_inbox.split_name(shown) == (family, given)


def test_a_contact_form_that_takes_no_answer_gives_way_to_the_person_it_names() -> None:
    raw = mails.a_mail(From="Site <noreply@association.example>", Reply_To="Ali Baba <ali@courriel.example>")
    assert normalised(raw).sender.email == "ali@courriel.example"


def test_two_copies_through_two_relays_are_one_message() -> None:
    raw = mails.a_mail()
    one = b"Received: from a by b; Tue, 3 Mar 2026 09:00:01 +0100\nDelivered-To: demandes@saint-aubin.example\n" + raw
    other = b"Received: from c by d; Tue, 3 Mar 2026 09:00:02 +0100\nDelivered-To: mairie@saint-aubin.example\n" + raw
    assert normalised(one).source_id == normalised(other).source_id


def test_one_message_id_on_two_texts_makes_two_messages() -> None:
    one, other = (mails.a_mail(text, Message_ID="<scanner@copieur.example>") for text in ("Page 1", "Page 2"))
    assert normalised(one).source_id != normalised(other).source_id


def test_bytes_that_are_no_mail_say_so_instead_of_their_signs() -> None:
    assert normalised(bytes(range(256)) * 20).body == email_inbox.NO_MAIL
    assert normalised("Bonjour, un trou s’est formé.".encode("cp1252")).body == "Bonjour, un trou s’est formé."


def test_an_agent_is_told_that_a_message_did_not_come_in_whole() -> None:
    assert "pesait 52,4\xa0Mo" in normalised(mails.a_mail(), whole_size=52_400_000).body


@pytest.mark.parametrize("name", sorted(samples.EXPECTED))
def test_no_sample_is_refused(name: str) -> None:
    incoming = normalised(samples.raw(name))
    assert len(incoming.source_id) == 64
    assert "\x00" not in incoming.body + incoming.subject


OUTLOOK = """Pour toi.

De : Jeanne Martin <jeanne.martin@courriel.example>
Envoyé : lundi 2 mars 2026 09:41
À : Karim Benali <karim@saint-aubin.example>
Objet : Un trou

Un trou devant chez moi."""
GMAIL = """---------- Forwarded message ---------
De : *Paul D’Artagnan* <paul@courriel.example>
Date: lun. 2 mars 2026 à 09:41
Subject: Un trou
To: <karim@saint-aubin.example>

Un trou."""
ON_ONE_LINE = """De : Léa NOËL [mailto:lea.noel@courriel.example] Envoyé : le 2 mars 2026 09:41 À : Karim Objet : Trou

Un trou."""


@pytest.mark.parametrize(
    ("text", "subject", "expected"),
    [
        (OUTLOOK, "TR: Un trou", ("Jeanne", "Martin", "jeanne.martin@courriel.example")),
        (GMAIL, "Fwd: Un trou", ("Paul", "D’Artagnan", "paul@courriel.example")),
        (ON_ONE_LINE, "Tr : Un trou", ("Léa", "NOËL", "lea.noel@courriel.example")),
        (OUTLOOK, "Re: Un trou", None),
        ("Je vous transmets ma demande.", "TR: Un trou", None),
    ],
)
def test_the_first_writer_of_a_forward_is_named(text: str, subject: str, expected: tuple[str, ...] | None) -> None:
    said = normalised(mails.a_mail(text, Subject=subject)).facts.get("forwarded")
    assert (tuple(said[name] for name in ("given_names", "family_name", "email")) if said else None) == expected


def test_the_first_writer_of_an_attached_message_is_named() -> None:
    message = EmailMessage()
    message["From"], message["Subject"] = "Karim <karim@saint-aubin.example>", "TR: Un trou"
    message.set_content("Pour vous.")
    message.add_attachment(email.message_from_bytes(mails.a_mail(), policy=policy.default))
    assert normalised(message.as_bytes()).facts["forwarded"]["email"] == "jeanne.martin@courriel.example"


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ({}, None),
        ({"Reply_To": "Jeanne <jeanne@courriel.example>"}, None),
        ({"Reply_To": "j@ailleurs.example"}, "j@ailleurs.example"),
        ({"From": "no-reply@formulaire.example", "Reply_To": "j@ailleurs.example"}, None),
    ],
)
def test_an_answer_wanted_in_another_domain_is_said(headers: dict[str, str], said: str | None) -> None:
    assert normalised(mails.a_mail(**headers)).facts.get("answers_elsewhere") == said
