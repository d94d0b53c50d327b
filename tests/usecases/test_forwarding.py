"""A request sent on to the administration that must answer it: it leaves with its files, and comes back told."""

import email
import io
import os
import re
from datetime import UTC, date, datetime
from email.message import EmailMessage
from email.policy import default

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import select

from backoffice.domain.incoming import IncomingFile
from backoffice.errors import Invalid
from backoffice.infra.runtime import Runtime
from backoffice.models.cases import Case, CaseEvent
from backoffice.models.mail import OutgoingMail
from backoffice.models.staff_notices import StaffNotice
from backoffice.services import bounces, casework, history_text, linked_files, transmissions
from backoffice.services.outbox import JobKind
from backoffice.services.transmissions import Recipient
from tests import factories, mails

AGGLO = Recipient("Tilleuls Agglomération", "1 rue du Pont", "contact@agglo.example")
PNG = b"\x89PNG picture"


def transmitted(runtime: Runtime, recipient: Recipient = AGGLO) -> int:
    """A case with a picture and an internal note, sent on."""
    with runtime.database.transaction() as session:
        picture = IncomingFile("bac.png", "image/png", len(PNG), runtime.storage.put(PNG))
        case = factories.a_case(session, runtime, files=(picture,), subject="Mon bac est cassé")
        karim = factories.actor_named(session, "Karim")
        casework.note(session, karim, case, "Entre nous : voir avec l’agglomération.")
        transmissions.transmit(session, runtime, karim, case, recipient, "La collecte lui a été transférée.")
    mails.work_off(runtime)
    return case.id


def left(runtime: Runtime) -> list[EmailMessage]:
    """What left for the agglomeration, as its mail reader sees it."""
    files = sorted(runtime.settings.outbox_dir.glob("*.eml"))
    read = [email.message_from_bytes(one.read_bytes(), policy=default) for one in files]
    return [one for one in read if "contact@agglo.example" in str(one["To"])]


def test_the_request_leaves_with_its_files_and_without_our_notes(runtime: Runtime) -> None:
    transmitted(runtime)
    (message,) = left(runtime)
    body = message.get_body(("plain",))
    assert body is not None
    text = body.get_content().replace("\u00a0", " ")
    for words in (
        "article L. 114-2",
        "Un trou profond s’est formé",
        "Jeanne Martin",
        "jeanne.martin@courriel.example",
    ):
        assert words in text
    assert "Entre nous" not in text
    (file,) = message.iter_attachments()
    assert (file.get_filename(), file.get_content_type(), file.get_content()) == ("bac.png", "image/png", PNG)
    assert "+" in message["Reply-To"]


def test_without_an_address_nothing_leaves_and_a_wrong_one_is_told(runtime: Runtime) -> None:
    transmitted(runtime, Recipient("Tilleuls Agglomération", "1 rue du Pont"))
    assert left(runtime) == []
    with runtime.database.transaction() as session:
        case, karim = factories.a_case(session, runtime), factories.actor_named(session, "Karim")
        with pytest.raises(Invalid) as refused:
            transmissions.transmit(session, runtime, karim, case, Recipient("Agglo", "1 rue", "contact@"), "")
        assert set(refused.value.faults) == {"recipient_email"}


def test_a_transmission_that_comes_back_is_told_to_whoever_has_the_case(runtime: Runtime) -> None:
    case_id = transmitted(runtime)
    with runtime.database.transaction() as session:
        mail = session.scalars(select(OutgoingMail).where(OutgoingMail.recipient == AGGLO.email)).one()
        bounces.note_returned(session, mail, diagnostic="550 no such user", permanent=True)
        case = session.get_one(Case, case_id)
        assert case.acknowledged_at is not None
        notices = session.scalars(select(StaffNotice.text)).all()
        assert notices
        assert all("n’est pas parvenue à l’administration compétente" in text for text in notices)
        line = session.scalars(select(CaseEvent).where(CaseEvent.kind == "mail_bounced")).one()
        assert history_text.detail(line) == f"à {AGGLO.email} : 550 no such user"


def test_a_picture_that_grows_when_its_place_is_taken_out_leaves_as_a_link(runtime: Runtime) -> None:
    came = io.BytesIO()
    Image.frombytes("L", (1200, 1000), os.urandom(1_200_000)).convert("RGB").save(came, "JPEG", quality=60)
    content = came.getvalue()
    assert len(content) < 1_000_000
    with runtime.database.transaction() as session:
        authority = factories.the_authority(session)
        authority.details = {**authority.details, linked_files.MOST_MEGABYTES: 1}
        photo = IncomingFile("trou.jpg", "image/jpeg", len(content), runtime.storage.put(content))
        case = factories.a_case(session, runtime, files=(photo,))
        karim = factories.actor_named(session, "Karim")
        transmissions.transmit(session, runtime, karim, case, AGGLO, "")
    mails.work_off(runtime, JobKind.SEND_MAIL)
    (sent,) = left(runtime)
    assert list(sent.iter_attachments()) == []
    body = sent.get_body(("plain",))
    assert body is not None
    assert "- trou.jpg : http" in body.get_content().replace("\u00a0", " ")


def test_files_too_heavy_for_a_mail_leave_as_links_that_open_for_a_month(app: Flask) -> None:
    runtime: Runtime = app.extensions["parvis"]
    noise = [os.urandom(size) for size in (5, 700_000, 600_000)]
    with runtime.database.transaction() as session:
        authority = factories.the_authority(session)
        authority.details = {**authority.details, linked_files.MOST_MEGABYTES: 1}
        files = tuple(
            IncomingFile(f"{n}.bin", "application/octet-stream", len(content), runtime.storage.put(content))
            for n, content in enumerate(noise)
        )
        case = factories.a_case(session, runtime, files=files, received_at=datetime(2026, 3, 2, tzinfo=UTC))
        karim = factories.actor_named(session, "Karim")
        transmissions.transmit(session, runtime, karim, case, AGGLO, "")
    mails.work_off(runtime, JobKind.SEND_MAIL)
    (sent,) = left(runtime)
    assert [file.get_filename() for file in sent.iter_attachments()] == ["0.bin", "2.bin"]
    for body in (sent.get_body(("plain",)), sent.get_body(("html",))):
        assert body is not None
        said = body.get_content()
        assert "1.bin" in said
        (path,) = set(re.findall(r"/fichiers/[\w.]+", said))
    client = app.test_client()
    assert client.get(path).data == noise[1]
    assert client.get(path[:-1]).status_code == 404
    number, named, _, _ = path.removeprefix("/fichiers/").split(".")
    old = linked_files.token(runtime, int(number), named[0], int(named[1:]), date(2020, 1, 1))
    assert "Ce lien a expiré" in client.get(f"/fichiers/{old}").text
