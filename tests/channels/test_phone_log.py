"""A call, from what the agent typed to the value that intake receives."""

from dataclasses import replace
from datetime import UTC, datetime

from backoffice.domain.incoming import ChannelCode
from channels.base import Audience, Submission
from channels.counter_entry import CounterEntry
from channels.phone_log import PhoneLog

NOON = datetime(2026, 3, 27, 11, 0, tzinfo=UTC)


def test_it_is_a_door_for_staff() -> None:
    assert (PhoneLog.code, PhoneLog.audience) == (ChannelCode.PHONE, Audience.STAFF)


def test_a_call_becomes_a_request_of_the_phone_channel() -> None:
    typed = {
        "subject": ["Poubelle non ramassée"],
        "notes": ["Rue Haute, depuis lundi.\r\nRappeler le matin."],
        "requester.family_name": ["Belkacem"],
        "requester.phone": ["02 41 22 33 44"],
    }
    request = PhoneLog().normalise(Submission("call-1", NOON, typed, recorded_by=3))
    assert (request.channel, request.source_id, request.recorded_by) == (ChannelCode.PHONE, "call-1", 3)
    assert request.subject == "Poubelle non ramassée"
    assert request.body == "Rue Haute, depuis lundi.\nRappeler le matin."
    assert (request.sender.family_name, request.sender.phone) == ("Belkacem", "+33241223344")


def test_the_same_call_typed_at_the_counter_differs_by_its_door_alone() -> None:
    typed = Submission("one", NOON, {"subject": ["Bac cassé"], "requester.family_name": ["Martin"]})
    assert replace(PhoneLog().normalise(typed), channel=ChannelCode.COUNTER) == CounterEntry().normalise(typed)
