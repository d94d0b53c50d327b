"""What an agent is writing down survives interruptions, belongs to them alone, and goes once recorded or forgotten."""

from datetime import UTC, datetime, timedelta

from backoffice.domain.drafts import DraftContent
from backoffice.domain.incoming import ChannelCode, IncomingFile
from backoffice.infra.runtime import Runtime
from backoffice.queries import held_files
from backoffice.services import contacts, desk_drafts
from backoffice.services.contacts import Answered
from tests.factories import actor_named

DIGEST = "a" * 64
PHOTO = IncomingFile("bac.png", "image/png", 10, DIGEST, field="attachments")


def test_two_calls_are_held_at_once_and_each_goes_when_it_is_recorded(runtime: Runtime) -> None:
    with runtime.database.transaction() as session:
        actor, other = actor_named(session, "Sandrine"), actor_named(session, "Karim")
        for key, words in (("call-1", "Un bac volé."), ("call-2", "Horaires de la piscine.")):
            content = DraftContent({"notes": [words]}, (PHOTO,))
            desk_drafts.keep(session, actor, key, ChannelCode.PHONE, content, words)
        desk_drafts.keep(session, actor, "call-1", ChannelCode.PHONE, DraftContent({"notes": ["Bac volé."]}), "Bac")
        assert {one.title for one in desk_drafts.list_mine(session, actor)} == {"Bac", "Horaires de la piscine."}
        assert desk_drafts.find(session, other, "call-1") is None
        assert desk_drafts.keep(session, other, "call-1", ChannelCode.PHONE, DraftContent({}), "") is None
        assert held_files.list_named(session, [DIGEST]) == {DIGEST}
        contacts.record(session, actor, Answered("call-2", ChannelCode.PHONE, "Horaires de la piscine."))
        assert [one.key for one in desk_drafts.list_mine(session, actor)] == ["call-1"]
        # What was still on its way from the browser does not bring it back.
        assert desk_drafts.keep(session, actor, "call-2", ChannelCode.PHONE, DraftContent({}), "Piscine") is None
        desk_drafts.give_up(session, other, "call-1")
        assert len(desk_drafts.list_mine(session, actor)) == 1
        desk_drafts.give_up(session, actor, "call-1")
        assert desk_drafts.list_mine(session, actor) == []


def test_a_draft_left_for_a_week_is_gone(runtime: Runtime) -> None:
    with runtime.database.transaction() as session:
        actor = actor_named(session, "Sandrine")
        draft = desk_drafts.keep(session, actor, "visit", ChannelCode.COUNTER, DraftContent({"notes": ["Bruit"]}), "")
        assert draft is not None
        draft.expires_at = datetime.now(UTC) - timedelta(seconds=1)
        session.flush()
        assert desk_drafts.find(session, actor, "visit") is None
        desk_drafts.forget_expired(session)
        desk_drafts.keep(session, actor, "visit", ChannelCode.COUNTER, DraftContent({}), "")
        assert desk_drafts.find(session, actor, "visit") is not None
