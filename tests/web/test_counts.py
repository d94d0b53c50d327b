"""Counts of visitors, kept in memory or shared."""

from backoffice.web.counts import QuietMemory, SharedCounts, storage_address
from tests.services.redis import RedisServer


def test_a_window_that_ended_is_forgotten_and_the_others_stay() -> None:
    counts = QuietMemory()
    counts.incr("ended", 0)
    assert [counts.incr("running", 60), counts.incr("running", 60)] == [1, 2]
    counts.sweep()
    assert dict(counts.storage) == {"running": 2}


def test_processes_count_together_and_each_alone_while_redis_is_away(redis_server: RedisServer) -> None:
    one, other = (SharedCounts(storage_address(redis_server.url)) for _ in range(2))
    assert [one.incr("forms", 60), other.incr("forms", 60), one.get("forms")] == [1, 2, 2]
    redis_server.stop()
    assert [other.incr("forms", 60), other.incr("forms", 60), other.get_expiry("forms") > 0] == [1, 2, True]
    redis_server.start()
    assert other.get("forms") == 2, "it does not look again at once"
    other.alone_until = 0.0
    assert [other.incr("forms", 60), one.get("forms")] == [1, 1]
