"""A copy for training: it starts, agents sign in and work in it, and nothing that anybody said is there."""

import re
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import create_app
from backoffice.domain.french import fold
from backoffice.domain.pseudonyms import FAMILY, GIVEN, STREETS, WORDS
from backoffice.errors import Conflict, Invalid
from backoffice.infra import runtime as runtimes
from backoffice.infra.database import Base
from backoffice.infra.runtime import Runtime
from backoffice.models.cases import Attachment, Case, Message
from backoffice.models.documents import Document
from backoffice.models.mail import OutgoingMail
from backoffice.models.people import Citizen, Staff
from backoffice.queries import copied_tables
from backoffice.services import demo_copy, journal, letter_templates
from backoffice.settings import Settings
from tests import factories
from tests.usecases.test_eliminations import a_full_case
from tests.web.visits import post

SAYING = "L’hippopotame de madame Quincampoix barrit chaque nuit derrière ma palissade vermoulue."


def words_of(text: object) -> set[str]:
    return set(re.findall(r"[a-z]{5,}", fold(str(text))))


def of_people(session: Session) -> set[str]:
    """Every word of what people wrote, were called and were reached by."""
    said = set[str]()
    for message in session.scalars(select(Message)):
        said |= words_of(f"{message.body} {message.subject} {message.author}")
    said |= words_of(session.scalars(select(OutgoingMail.recipient)).all())
    for person in session.scalars(select(Citizen)):
        said |= words_of(f"{person.family_name} {person.given_names} {person.email}")
    return said | words_of(session.scalars(select(Staff.name)).all())


def of_the_house(session: Session) -> set[str]:
    """What the house itself is set with, which anybody may happen to say."""
    known = words_of((FAMILY, GIVEN, STREETS, WORDS)) | words_of(session.scalars(select(Staff.title)).all())
    known |= words_of(Path(journal.__file__).read_text(encoding="utf-8"))
    for table in copied_tables.list_tables():
        if table.name in copied_tables.AS_IT_IS:
            known |= words_of(session.execute(select(table)).all())
    return known


def kept_words(session: Session, secret: set[str]) -> dict[str, set[str]]:
    """Those of these words that are in a table, whichever."""
    left = {}
    for table in Base.metadata.sorted_tables:
        found = words_of(session.execute(select(table)).all()) & secret
        if found and table.name not in copied_tables.AS_IT_IS:
            left[table.name] = found
    return left


def test_nothing_that_was_said_is_in_the_copy_and_people_can_work_in_it(runtime: Runtime, tmp_path: Path) -> None:
    full_id = a_full_case(runtime)
    answers = {"category": "pothole", "description": SAYING, "location": {"address": "12 rue des Lilas"}}
    with runtime.database.transaction() as session:
        nadia, said = factories.actor_named(session, "Nadia"), "Vous dites : {{ reponse_description }}."
        letter_templates.save(session, nadia, "acknowledgement", "street_issue", "fr", "Voirie", said)
        factories.a_case(session, runtime, body=SAYING, answers=answers | {"description": "palissade"})
        other = factories.a_case(session, runtime, body=SAYING, subject=SAYING, answers=answers)
        reference, status = other.reference, other.status
    place = tmp_path / "copie"
    password = demo_copy.make(runtime, place)
    with pytest.raises(Conflict):
        demo_copy.make(runtime, place)
    with pytest.raises(Invalid, match="contient une espace"):
        demo_copy.make(runtime, tmp_path / "ma formation")
    lines = (place / demo_copy.ENVIRONMENT).read_text(encoding="utf-8").splitlines()
    settings = Settings.from_environment(dict(line.split("=", 1) for line in lines))
    assert (settings.smtp_url, settings.mailboxes) == ("", ())
    assert settings.secret_keys != runtime.settings.secret_keys
    copy = runtimes.build(settings)
    with runtime.database.reading() as before, copy.database.reading() as after:
        for table in copied_tables.list_tables():
            counted = [session.scalar(select(func.count()).select_from(table)) for session in (before, after)]
            assert counted[0] == counted[1], f"{table.name} has not the same shape"
        secret = of_people(before) - of_the_house(before)
        assert {"quincampoix", "bartholome", "hippopotame", "vermoulue", "palissade", "benali"} <= secret
        assert kept_words(after, secret) == {}
        for digest in copy.storage.digests():
            assert not words_of(copy.storage.get(digest).decode("utf-8", "replace")) & secret
            assert not runtime.storage.exists(digest)
        named = [*after.scalars(select(Attachment.digest)), *after.scalars(select(Document.digest))]
        assert all(copy.storage.exists(digest) for digest in named if digest)
        assert all(journal.verify(after, case) for case in after.scalars(select(Case)))
        kept = after.scalars(select(Case).where(Case.reference == reference)).one()
        assert (kept.answers["category"], kept.status) == ("pothole", status)
        full = after.get_one(Case, full_id).reference
        address = after.get_one(Staff, factories.staff_named(before, "Marc").id).email
    copy.database.dispose()
    app = create_app(settings)
    client = app.test_client()
    assert client.get("/").status_code == 200
    assert post(client, "/agents/connexion", {"email": address, "password": password}).status_code == 303
    for page in ("/agents/dossiers", f"/agents/dossiers/{reference}", f"/agents/dossiers/{full}", "/agents/activite"):
        assert client.get(page, follow_redirects=True).status_code == 200, page
    app.extensions["parvis"].database.dispose()
