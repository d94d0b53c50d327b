"""A request sent on to the administration that must answer it: it leaves with its files, and comes back told."""

import email
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import default

import pytest
from sqlalchemy import select

from backoffice.domain.incoming import IncomingFile
from backoffice.errors import Invalid
from backoffice.infra.runtime import Runtime
from backoffice.models.cases import Attachment, Case, CaseEvent
from backoffice.models.legal import StaffNotice
from backoffice.models.mail import OutgoingMail
from backoffice.services import bounces, casework, forwarding, history_text, transmissions
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


def test_files_too_heavy_for_a_mail_are_named(runtime: Runtime) -> None:
    with runtime.database.transaction() as session:
        files = tuple(
            IncomingFile(f"{n}.png", "image/png", size, runtime.storage.put(PNG + bytes([n])))
            for n, size in enumerate((forwarding.MOST_BYTES - 10, 100, 5))
        )
        case = factories.a_case(session, runtime, files=files, received_at=datetime(2026, 3, 2, tzinfo=UTC))
        karim = factories.actor_named(session, "Karim")
        transmissions.transmit(session, runtime, karim, case, AGGLO, "")
        mail = session.scalars(select(OutgoingMail).where(OutgoingMail.recipient == AGGLO.email)).one()
        names = {one.id: one.name for one in session.scalars(select(Attachment))}
        assert [names[one] for one in mail.files["received"]] == ["0.png", "2.png"]
        assert "Fichiers à nous demander (trop lourds, ou retenus par l’antivirus) : 1.png" in mail.text
