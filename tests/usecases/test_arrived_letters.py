"""The register of letters: a number without hole in each year, whoever registers at the same instant."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest

from backoffice.domain.arrived_letters import Nature, Particulars
from backoffice.domain.incoming import ChannelCode
from backoffice.domain.policy import Actor
from backoffice.errors import NotFound
from backoffice.infra.runtime import Runtime
from backoffice.services import arrived_letters
from backoffice.services.arrived_letters import Entry
from tests import factories


def an_entry(number: int) -> Entry:
    noted = Particulars(date(2026, 6, 2), Nature.SIMPLE)
    incoming = factories.an_incoming(
        channel=ChannelCode.LETTER, source_id=f"letter-{number}", received_on=date(2026, 6, 2)
    )
    return Entry(incoming, noted)


def test_two_agents_at_once_leave_no_hole_and_no_double_in_the_register(runtime: Runtime) -> None:
    with runtime.database.reading() as session:
        actors: list[Actor] = [factories.actor_named(session, name) for name in ("Sandrine", "Karim")]
    with ThreadPoolExecutor(2) as pool:
        done = list(
            pool.map(lambda at: arrived_letters.register(runtime, actors[at % 2], an_entry(at)).number, range(12))
        )
        # A refused letter takes no number with it.
        with pytest.raises(NotFound):
            arrived_letters.register(
                runtime, actors[0], Entry(an_entry(99).incoming, an_entry(99).particulars, "2026-999999")
            )
    assert sorted(done) == list(range(1, 13))
    assert arrived_letters.register(runtime, actors[0], an_entry(3)).number == done[3]
    assert arrived_letters.register(runtime, actors[0], an_entry(13)).number == 13
