"""Counts of visitors kept in memory."""

from backoffice.web.counts import QuietMemory


def test_a_window_that_ended_is_forgotten_and_the_others_stay() -> None:
    counts = QuietMemory()
    counts.incr("ended", 0)
    assert [counts.incr("running", 60), counts.incr("running", 60)] == [1, 2]
    counts.sweep()
    assert dict(counts.storage) == {"running": 2}
