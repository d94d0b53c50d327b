"""What is fetched for everybody: fetched once, never waited for longer than one's own patience."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from backoffice.web.kept_fetch import KeptFetch, NobodyAnswers

SOON = 10.0


class Network:
    """A slow network: its answers come when they are let go."""

    def __init__(self) -> None:
        self.called = threading.Semaphore(0)
        self.answers: list[threading.Event] = []
        self.failing = False

    def fetch(self) -> int:
        go = threading.Event()
        self.answers.append(go)
        number = len(self.answers)
        self.called.release()
        assert go.wait(SOON)
        if self.failing:
            raise ConnectionError(number)
        return number

    def let_go(self) -> None:
        for answer in self.answers:
            answer.set()


@pytest.fixture
def network() -> Network:
    return Network()


def in_threads(count: int, ask: Callable[[], int], network: Network) -> list[object]:
    """What so many threads are told, once the first of them reached the network and it answers."""

    here = threading.Semaphore(0)

    def outcome() -> object:
        here.release()
        try:
            return ask()
        except Exception as error:  # noqa: BLE001 (what was raised is what is looked at)
            return type(error)

    with ThreadPoolExecutor(count) as pool:
        asked = [pool.submit(outcome) for _ in range(count)]
        assert network.called.acquire(timeout=SOON)
        assert all(here.acquire(timeout=SOON) for _ in asked)
        time.sleep(0.1)  # from here to the lock
        network.let_go()
        return [one.result(SOON) for one in asked]


def test_many_who_ask_at_once_share_one_fetch(network: Network) -> None:
    kept = KeptFetch(network.fetch, SOON, SOON)
    assert in_threads(5, kept.get, network) == [1] * 5
    assert kept.get() == 1
    assert len(network.answers) == 1


def test_they_share_its_failure_too_and_the_next_one_tries_again(network: Network) -> None:
    kept, network.failing = KeptFetch(network.fetch, SOON, SOON), True
    assert in_threads(5, kept.get, network) == [ConnectionError] * 5
    assert len(network.answers) == 1
    network.failing = False
    assert in_threads(1, kept.get, network) == [2]


def test_nobody_waits_longer_than_their_patience(network: Network) -> None:
    kept = KeptFetch(network.fetch, SOON, patience=0.05)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(kept.get)
        assert network.called.acquire(timeout=SOON)
        with pytest.raises(NobodyAnswers):
            kept.get()
        network.let_go()
        assert first.result(SOON) == 1


def test_what_is_old_serves_while_one_fetches_again(network: Network) -> None:
    kept = KeptFetch(network.fetch, seconds=0, patience=SOON)
    assert in_threads(1, kept.get, network) == [1]
    with ThreadPoolExecutor(1) as pool:
        again = pool.submit(kept.get)
        assert network.called.acquire(timeout=SOON)
        assert kept.get() == 1
        network.let_go()
        assert again.result(SOON) == 2


def test_a_newer_one_is_fetched_when_what_is_kept_will_not_do(network: Network) -> None:
    kept = KeptFetch(network.fetch, SOON, SOON)
    assert in_threads(1, kept.get, network) == [1]
    assert in_threads(3, lambda: kept.get(newer=True), network) == [2] * 3
