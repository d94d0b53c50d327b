"""One case that holds two matters becomes two, received the same day; a double click makes one."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from backoffice.domain.incoming import ChannelCode, IncomingFile
from backoffice.infra.runtime import Runtime
from backoffice.models.authorities import Department
from backoffice.models.cases import Attachment, Case
from backoffice.models.mail import OutgoingMail
from backoffice.queries import cases
from backoffice.services import correcting, history_text, journal, moment
from tests import factories
from tests.web.conftest import SignedIn
from tests.web.visits import hidden, words

RECEIVED, TODAY = datetime(2026, 3, 2, 9, tzinfo=UTC), datetime(2026, 3, 12, 9, tzinfo=UTC)
TWO = "Un trou devant le 12. Et mon bac jaune est cassé."


@pytest.fixture
def seeded_url(seeded_sqlite_url: str) -> str:
    """One engine is enough for pages: no SELECT here is written for one of them."""
    return seeded_sqlite_url


@pytest.fixture
def runtime(app: Flask) -> Runtime:
    found: Runtime = app.extensions["parvis"]
    return found


def test_what_is_chosen_becomes_a_second_case_once_with_its_own_procedure_and_the_same_receipt(
    runtime: Runtime, signed_in: SignedIn
) -> None:
    photo = IncomingFile("bac.png", "image/png", 9, runtime.storage.put(b"%PDF-1.7\n%%EOF\n"))
    with runtime.database.transaction() as session, moment.at(RECEIVED):
        said = {"channel": ChannelCode.EMAIL, "received_at": RECEIVED, "body": TWO, "files": (photo,)}
        case = factories.a_case(session, runtime, **said)
        correcting.correct(
            session, factories.actor_named(session, "Karim"), case, 0, date(2026, 2, 27), "Le cachet du courrier"
        )
        first, reference = case.id, case.reference

        file = session.scalars(select(Attachment.id).where(Attachment.case_id == first)).one()
        police = session.scalars(select(Department.id).where(Department.code == "police")).one()
    karim = signed_in("Karim")
    page = f"/agents/dossiers/{reference}/division"
    form = karim.get(page).text
    assert "Séparer en deux dossiers" in karim.get(f"/agents/dossiers/{reference}").text
    given: dict[str, Any] = {"procedure": "waste_bin_bulky", "subject": "Bac jaune cassé"}
    given["submission"] = hidden(form, "submission")
    empty = karim.post(page, data={"submission": given["submission"], "words": "Mon bac"})
    assert empty.status_code == 422
    assert "Donnez l’objet" in words(empty.text)
    assert "Donnez à l’autre affaire une démarche ou un service" in words(empty.text)
    assert "Mon bac" in empty.text
    for wrong in ({"messages": ["999999"]}, {"files": ["999999"], "words": "x"}):
        assert "n’est plus dans ce dossier" in words(karim.post(page, data={**given, **wrong}).text)
    assert karim.post(page, data={**given, "submission": "x" * 22, "words": "y"}).status_code == 422

    given |= {"words": "Mon bac jaune est cassé.", "files": [str(file)], "department": str(police)}
    with moment.at(TODAY):
        answers = [karim.post(page, data=given).headers["Location"] for _ in range(2)]
    assert answers[0] == answers[1] != f"/agents/dossiers/{reference}"
    with runtime.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Case)) == 2
        old, new = session.get_one(Case, first), session.scalars(select(Case).where(Case.id != first)).one()
        assert (new.procedure_code, new.department_id, new.received_on) == (
            "waste_bin_bulky",
            police,
            date(2026, 2, 27),
        )
        assert (new.channel, new.citizen_id, new.routing_reason) == (
            "email",
            old.citizen_id,
            f"Tiré du dossier {reference}",
        )
        assert [one.body for one in cases.list_messages(session, new.id)] == ["Mon bac jaune est cassé."]
        assert [one.name for one in cases.list_attachments(session, new.id)] == ["bac.png"]
        assert cases.list_attachments(session, old.id)[0].id == file
        assert old.first_answer_at is None
        mail = session.scalars(select(OutgoingMail).where(OutgoingMail.case_id == old.id)).all()[-1]
        assert new.reference in mail.text
        assert "vendredi 27 février 2026" in mail.text.replace("\u00a0", " ")
        assert [one.template for one in cases.list_documents(session, new.id)] == ["acknowledgement"]
        for one, line in ((old, f"A donné le dossier {new.reference}"), (new, f"Tiré du dossier {reference}")):
            assert journal.verify(session, one)
            told = [
                history_text.detail(event) for event in cases.list_events(session, one.id) if event.kind == "linked"
            ]
            assert told == [line]
    shown = words(karim.get(answers[0]).text)
    assert f"Tiré du dossier {reference}" in shown
    assert signed_in("Sandrine").get(page).status_code == 403
