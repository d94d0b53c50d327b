"""Wrong tracking codes: counted by network and reference, so that nobody's guesses keep a citizen out of their case.

A code is one of 27^8: what stops a search is the number of tries in all. Beyond a day's worth of them on a reference,
from wherever they come, each network has a few left; whoever knows the code still needs only one.
"""

from limits import RateLimitItemPerDay, RateLimitItemPerMinute

from backoffice.web.limits import Limit, network, seconds_to_wait, spend

MINUTES = 15
BY_NETWORK = RateLimitItemPerMinute(30, MINUTES)
BY_NETWORK_ON_REFERENCE = (RateLimitItemPerMinute(10, MINUTES), RateLimitItemPerDay(40))
ON_REFERENCE = RateLimitItemPerDay(500)
UNDER_ATTACK = (RateLimitItemPerMinute(3, MINUTES), RateLimitItemPerDay(6))


def seconds_before_next(reference: str) -> int:
    """0 when this network may try a code on a reference, else the seconds to wait."""
    return seconds_to_wait(_limits(reference, attacked=seconds_to_wait(_on(reference)) > 0))


def note_wrong(reference: str) -> None:
    """Count a code that did not open the case of this reference (empty when what was typed is none)."""
    # Both counts go on, attacked or not: the stricter one is ready when it is needed.
    spend([*_limits(reference, attacked=False), *_limits(reference, attacked=True)[1:], *_on(reference)])


def _limits(reference: str, *, attacked: bool) -> list[Limit]:
    counted: list[Limit] = [(BY_NETWORK, ("guess", network()))]
    if reference:
        of_pair = UNDER_ATTACK if attacked else BY_NETWORK_ON_REFERENCE
        counted += [(item, ("guess", network(), reference)) for item in of_pair]
    return counted


def _on(reference: str) -> list[Limit]:
    return [(ON_REFERENCE, ("guess", reference))] if reference else []
