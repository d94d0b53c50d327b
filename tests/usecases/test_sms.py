"""Text messages: for who wishes them, never personal, never at night, through one gateway or none."""

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from backoffice.domain import kiosks, references, texting
from backoffice.domain.incoming import ChannelCode, ContactPreference, Sender
from backoffice.errors import Unavailable
from backoffice.infra.runtime import Runtime
from backoffice.models.jobs import Job
from backoffice.models.sms import OutgoingSms
from backoffice.queries import cases
from backoffice.services import casework, journal, moment, sms_notices
from backoffice.services.outbox import JobKind
from tests import factories
from tests.usecases.promises import claim_next, jobs_by_state

NOON = datetime(2026, 6, 2, 10, tzinfo=UTC)
AMINA = Sender(
    family_name="Belkacem", given_names="Amina", phone="+33612345678", contact_preference=ContactPreference.SMS
)


class Gateway(HTTPServer):
    """A gateway that answers as it is told, and keeps what it got."""

    answer = 202

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Door)
        self.received: list[tuple[dict[str, str], dict[str, Any]]] = []

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.server_port}/sms"


class _Door(BaseHTTPRequestHandler):
    server: Gateway

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.received.append((dict(self.headers), body))
        self.send_response(self.server.answer)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    """A gateway of text messages."""
    with Gateway() as found:
        thread = threading.Thread(target=found.serve_forever, daemon=True)
        thread.start()
        yield found
        found.shutdown()
        thread.join()


def with_gateway(runtime: Runtime, gateway: Gateway) -> Runtime:
    settings = replace(
        runtime.settings, sms_url=gateway.url, sms_token="s3cret", sms_sender="StAubin", public_url="https://d.example"
    )
    return replace(runtime, settings=settings)


def answered(runtime: Runtime, sender: Sender = AMINA, at: datetime = NOON) -> str:
    """A case whose citizen gets an answer at an instant; its reference."""
    with moment.at(at):
        reference = factories.a_receipt(runtime, sender=sender, received_at=at).reference
        with runtime.database.transaction() as session:
            karim = factories.actor_named(session, "Karim")
            casework.reply(session, runtime, karim, cases.claim_case(session, karim, reference), "Secret médical.")
    return reference


def kinds(runtime: Runtime, reference: str) -> list[str]:
    with runtime.database.reading() as session:
        case = cases.get_case(session, factories.actor_named(session, "Karim"), reference)
        assert journal.verify(session, case)
        return [event.kind for event in cases.list_events(session, case.id) if "sms" in event.kind]


def send_next(runtime: Runtime) -> None:
    sms_notices.send(runtime, claim_next(runtime, JobKind.SEND_SMS))


def test_who_prefers_text_messages_learns_that_there_is_something_new_and_nothing_else(
    runtime: Runtime, gateway: Gateway
) -> None:
    reference = answered(runtime)
    assert jobs_by_state(runtime, JobKind.SEND_SMS) == {"queued": 1}, "the acknowledgement and the answer: one message"
    send_next(with_gateway(runtime, gateway))
    ((headers, body),) = gateway.received
    said = f"Du nouveau sur votre demande {reference} : https://d.example/suivi?reference={reference}"
    assert (body["to"], body["sender"], body["text"]) == ("+33612345678", "StAubin", said)
    assert len(said) <= 160
    assert said.isascii()
    assert headers["Authorization"] == "Bearer s3cret"
    assert headers["Idempotency-Key"] == body["id"]
    assert kinds(runtime, reference) == ["sms_sent"]


@pytest.mark.parametrize(("channel", "messages"), [(ChannelCode.PHONE, {"queued": 1}), (ChannelCode.COUNTER, {})])
def test_the_receipt_of_a_call_is_texted_and_that_of_a_visit_is_in_their_hands(
    runtime: Runtime, gateway: Gateway, channel: ChannelCode, messages: dict[str, int]
) -> None:
    with moment.at(NOON):
        received = factories.a_receipt(runtime, sender=AMINA, channel=channel)
    assert jobs_by_state(runtime, JobKind.SEND_SMS) == messages
    if messages:
        send_next(with_gateway(runtime, gateway))
        said = f"Votre demande {received.reference}, code de suivi {references.show_code(received.tracking_code)} : "
        assert gateway.received[0][1]["text"] == f"{said}https://d.example/suivi?reference={received.reference}"


def test_who_wrote_at_the_screen_of_a_hall_is_texted_the_reference_and_the_code(
    runtime: Runtime, gateway: Gateway
) -> None:
    with moment.at(NOON):
        received = factories.a_receipt(
            runtime, sender=AMINA, channel=ChannelCode.WEB_FORM, facts={kiosks.FACT: "Hall de la mairie"}
        )
        with runtime.database.transaction() as session:
            sms_notices.promise(
                session, cases.get_case(session, factories.actor_named(session, "Karim"), received.reference)
            )
    send_next(with_gateway(runtime, gateway))
    assert references.show_code(received.tracking_code) in gateway.received[0][1]["text"]


@pytest.mark.parametrize(
    "sender",
    [
        replace(AMINA, contact_preference=ContactPreference.PHONE),
        replace(AMINA, contact_preference=ContactPreference.EMAIL, email="amina@courriel.example"),
        Sender(family_name="Martin", address_line="1 rue X", city="Saint-Aubin"),
    ],
)
def test_nobody_else_gets_one(runtime: Runtime, sender: Sender) -> None:
    answered(runtime, sender)
    assert jobs_by_state(runtime, JobKind.SEND_SMS) == {}


def test_without_a_gateway_nothing_leaves_and_nothing_is_kept(runtime: Runtime) -> None:
    reference = answered(runtime)
    send_next(runtime)
    with runtime.database.reading() as session:
        assert session.scalars(select(OutgoingSms)).all() == []
    assert kinds(runtime, reference) == []


def test_a_telephone_that_takes_none_and_a_refusal_are_told_to_the_agents(runtime: Runtime, gateway: Gateway) -> None:
    tools = with_gateway(runtime, gateway)
    landline = answered(runtime, replace(AMINA, family_name="Zoé", phone="+33241000000"))
    send_next(tools)
    assert (gateway.received, kinds(runtime, landline)) == ([], ["sms_failed"])
    gateway.answer = 422
    refused = answered(runtime)
    send_next(tools)
    assert kinds(runtime, refused) == ["sms_failed"]


@pytest.mark.parametrize("answer", [302, 401, 429, 500, 503])
def test_a_gateway_in_trouble_is_tried_again_later(runtime: Runtime, gateway: Gateway, answer: int) -> None:
    gateway.answer = answer
    answered(runtime)
    with pytest.raises(Unavailable):
        send_next(with_gateway(runtime, gateway))
    assert len(gateway.received) == 1
    gateway.shutdown()
    gateway.server_close()


def test_at_night_one_message_waits_for_the_morning(runtime: Runtime) -> None:
    answered(runtime, at=datetime(2026, 6, 2, 19, tzinfo=UTC))  # 21:00 in Paris
    with runtime.database.reading() as session:
        job = session.scalars(select(Job).where(Job.kind == JobKind.SEND_SMS)).one()
        assert timedelta(hours=10, minutes=50) < job.due_at - job.created_at <= timedelta(hours=11)


def test_the_demonstration_writes_them_in_its_outbox(runtime: Runtime) -> None:
    tools = replace(runtime, settings=replace(runtime.settings, demo=True))
    reference = answered(tools)
    send_next(tools)
    (file,) = tools.settings.outbox_dir.glob("*.sms.json")
    assert reference in json.loads(file.read_text())["text"]


def test_the_morning_is_that_of_the_town() -> None:
    reunion = ZoneInfo("Indian/Reunion")
    for hour, expected in ((3, 4), (4, 4), (12, 12), (15, 15), (16, 28), (23, 28)):
        day = datetime(2026, 6, 2, tzinfo=UTC)
        assert texting.earliest(day + timedelta(hours=hour), reunion) == day + timedelta(hours=expected)


@pytest.mark.parametrize(
    ("phone", "mobile"),
    [
        ("+33612345678", True),
        ("+33639980011", True),
        ("+33756789012", True),
        ("+262692123456", True),
        ("+33241000000", False),
        ("", False),
    ],
)
def test_a_mobile_number_is_known(phone: str, mobile: bool) -> None:
    assert texting.is_mobile(phone) is mobile


def test_who_prefers_letters_is_answered_by_letter_and_acknowledged_as_they_wrote(runtime: Runtime) -> None:
    post = Sender(
        family_name="Martin",
        given_names="Jeanne",
        email="jeanne@courriel.example",
        address_line="12 rue des Lilas",
        city="Saint-Aubin",
        contact_preference=ContactPreference.POST,
    )
    reference = answered(runtime, post)
    with runtime.database.reading() as session:
        case = cases.get_case(session, factories.actor_named(session, "Karim"), reference)
        documents = {one.template: one.mail_template for one in cases.list_documents(session, case.id)}
        assert documents == {"acknowledgement": "acknowledgement", "letter": ""}
        assert cases.list_mails(session, case.id) == []
