"""« Mes notifications »: the list, its filters in the address, what is read, and how one wants to be told."""

import re

import pytest
from sqlalchemy import select

from backoffice.domain.staff_notices import NoticeEvent
from backoffice.infra.runtime import Runtime
from backoffice.models.staff_notices import NoticeHabit, StaffNotice
from backoffice.services import casework, staff_notices
from tests import factories
from tests.web.conftest import SignedIn

pytestmark = pytest.mark.parametrize("seeded_url", ["sqlite"], indirect=True)
NOTICES = "/agents/notifications"


def unread(page: str) -> str:
    """The count in the head of the page; empty when nothing waits."""
    found = re.search(r'class="count-mark">(\S+?)<span', page)
    return found[1] if found else ""


def test_my_notices_are_filtered_by_the_address_counted_in_the_head_and_read(
    house: Runtime, signed_in: SignedIn
) -> None:
    with house.database.transaction() as session:
        first, second = (factories.a_case(session, house, subject=f"Objet {n}") for n in ("un", "deux"))
        karim, marc = factories.staff_named(session, "Karim"), factories.actor_named(session, "Marc")
        for case in (first, second):
            casework.assign(session, marc, case, to=karim)
        staff_notices.tell(session, first, NoticeEvent.MENTIONED, [karim.id], "Marc Duval vous mentionne.", place="m1")
        staff_notices.tell_aside(
            session, karim.authority_id, NoticeEvent.FINISHED, [karim.id], "C’est fini.", address="/agents/envois/"
        )
    client = signed_in("Karim")
    page = client.get(NOTICES).text
    assert unread(page) == "4"
    assert f'href="/agents/dossiers/{first.reference}#m1"' in page
    assert 'href="/agents/envois/">C’est fini.' in page
    assert "Objet deux" in page
    narrowed = client.get(f"{NOTICES}?sujet=mentioned").text
    assert "vous mentionne" in narrowed
    assert "vous attribue" not in narrowed
    # Opening a case reads what was said of it, and the page already counts without.
    assert unread(client.get(f"/agents/dossiers/{first.reference}").text) == "2"
    assert first.reference not in client.get(NOTICES).text
    assert first.reference in client.get(f"{NOTICES}?lues=toutes").text
    with house.database.reading() as session:
        left = session.scalars(select(StaffNotice.id).where(StaffNotice.read_at.is_(None))).all()
    signed_in("Marc").post(f"{NOTICES}/lues", data={"notice": left[0]})  # not his: nothing happens
    assert unread(client.get(NOTICES).text) == "2"
    assert client.post(f"{NOTICES}/lues", data={"notice": left[0]}).status_code == 303
    assert unread(client.get(NOTICES).text) == "1"
    assert client.post(f"{NOTICES}/lues?sujet=finished").location == f"{NOTICES}?sujet=finished"
    page = client.get(NOTICES).text
    assert unread(page) == ""
    assert "Aucune notification à lire" in page


def test_a_notice_is_read_once_the_page_that_it_leads_to_is_open(house: Runtime, signed_in: SignedIn) -> None:
    page = "/agents/absences"
    with house.database.transaction() as session:
        karim = factories.staff_named(session, "Karim")
        for address in (page, f"{page}/2"):
            staff_notices.tell_aside(
                session, karim.authority_id, NoticeEvent.ABSENCE, [karim.id], "Marc n’est pas là.", address=address
            )
    client = signed_in("Karim")
    assert unread(client.get(NOTICES).text) == "2"
    assert unread(client.get(page).text) == "1", "the one that leads elsewhere stays"
    assert client.get(NOTICES).text.count("Marc n’est pas là.</a>") == 1


def test_one_chooses_how_to_be_told_and_the_law_is_always_said(house: Runtime, signed_in: SignedIn) -> None:
    client = signed_in("Karim")
    chosen = {event.value: "app" for event in NoticeEvent} | {"watched": "none", "mentioned": "mail"}
    refused = client.post(f"{NOTICES}/preferences", data=chosen | {"deadline": "none", "rhythm": "hourly"})
    assert refused.status_code == 422
    assert 'href="#f-deadline"' in refused.text
    assert '<option value="none" selected>' in refused.text  # what was chosen is kept
    assert client.post(f"{NOTICES}/preferences", data=chosen | {"rhythm": "hourly"}).status_code == 303
    with house.database.reading() as session:
        habit = session.scalars(select(NoticeHabit)).one()
        assert (habit.modes["watched"], habit.rhythm) == ("none", "hourly")
    page = client.get(f"{NOTICES}/preferences").text
    assert 'value="hourly" checked' in page
