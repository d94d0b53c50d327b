"""How much one visitor may send: forms counted by network, wrong guesses, bytes of files; never a lock for the others.

A network is an IPv4 address, or the /64 that a household has in IPv6 (each device there has millions of addresses).
A kiosk is a network of its own: the people who use it in turn neither block the town hall nor are blocked by it.
"""

import math
import time
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any, TypeVar

from flask import Flask, current_app, request
from flask_limiter import Limiter
from limits import RateLimitItem, RateLimitItemPerDay, RateLimitItemPerHour, RateLimitItemPerMinute
from werkzeug.exceptions import TooManyRequests

from backoffice.settings import Settings
from backoffice.web import counts, kiosk_device

HOUSEHOLD_BITS = 64
KILOBYTE = 1024
# What one network sends in an hour and in a day, in kilobytes: some twelve forms of the largest, some twenty-five.
BY_HOUR, BY_DAY = RateLimitItemPerHour(500 * KILOBYTE), RateLimitItemPerDay(KILOBYTE * KILOBYTE)
FORMS_WORTH = 5
"""How many times the largest sending one form may bring in a day: files that are replaced, pages sent one by one."""
# What one network begins: a library on the last day of the enrolments, not a machine.
REQUESTS_BY_HOUR, REQUESTS_BY_DAY = RateLimitItemPerHour(100), RateLimitItemPerDay(400)
HOURS_WORTH = 20
"""How many of the busiest minutes make an hour: pages save themselves while people write."""
SAVES_WORTH = 5
"""How many times as many saves as forms: a page saves itself every quarter of a minute, and nobody pressed anything."""
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

View = TypeVar("View", bound=Callable[..., Any])
Limit = tuple[RateLimitItem, tuple[str, ...]]
"""So many in such a time, and whose count it is."""


def network() -> str:
    """The network that this request comes from; a kiosk counts by itself, beside the office that it is in."""
    return kiosk_device.counted_as() or network_of(request.remote_addr or "")


def network_of(address: str) -> str:
    """The network of an address; what is no address (a local socket) counts as one visitor."""
    try:
        known = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if not isinstance(known, IPv6Address):
        return str(known)
    if known.ipv4_mapped:
        return str(known.ipv4_mapped)
    return str(ip_network((known, HOUSEHOLD_BITS), strict=False))


limiter = Limiter(network, strategy="fixed-window", headers_enabled=False)


def install(app: Flask, settings: Settings) -> None:
    """Keep the counts where the settings say."""
    app.config["RATELIMIT_STORAGE_URI"] = counts.storage_address(settings.rate_limit_url)
    limiter.init_app(app)


def count_post() -> None:
    """Count the form that was just sent by the public; raise TooManyRequests beyond what one network may send."""
    settings, here = _settings(), network()
    if request.method in SAFE or not settings.public_posts_per_minute:
        return
    kind = "save" if _saves_itself() else "post"
    most = settings.public_posts_per_minute * (SAVES_WORTH if kind == "save" else 1)
    posts: list[Limit] = [
        (RateLimitItemPerMinute(most), (kind, here)),
        (RateLimitItemPerHour(most * HOURS_WORTH), (kind, here)),
    ]
    weights: list[Limit] = [(BY_HOUR, ("kilobytes", here)), (BY_DAY, ("kilobytes", here))]
    # Browsers say how much they send; what goes on without saying is taken for the most.
    unsaid = settings.max_request_bytes if "Transfer-Encoding" in request.headers else 0
    cost = math.ceil((request.content_length or unsaid) / KILOBYTE)
    if wait := max(seconds_to_wait(posts), seconds_to_wait(weights, cost)):
        raise TooManyRequests(retry_after=wait)
    spend(posts)
    spend(weights, cost)


def saves_itself(view: View) -> View:
    """Mark a view where pages save themselves by script: those posts are counted apart from the forms that are sent."""
    view.saves_itself = True  # type: ignore[attr-defined]
    return view


def _saves_itself() -> bool:
    view = current_app.view_functions.get(request.endpoint or "")
    return getattr(view, "saves_itself", False) and "application/json" in request.headers.get("Accept", "")


def count_request() -> None:
    """Count a request, or a draft, that somebody of the public begins; raise TooManyRequests beyond a busy hour."""
    if not _settings().public_posts_per_minute:
        return
    counted: list[Limit] = [(REQUESTS_BY_HOUR, ("request", network())), (REQUESTS_BY_DAY, ("request", network()))]
    if wait := seconds_to_wait(counted):
        raise TooManyRequests(retry_after=wait)
    spend(counted)


def has_room(size: int, form: str) -> bool:
    """Count the bytes of one more file of a form; False, and nothing counted, beyond what a form may leave here."""
    settings, cost = _settings(), math.ceil(size / KILOBYTE)
    most = FORMS_WORTH * settings.max_request_bytes // KILOBYTE
    counted: list[Limit] = [(RateLimitItemPerDay(most), ("kilobytes of form", form))]
    if seconds_to_wait(counted, cost):
        return False
    spend(counted, cost)
    return True


def seconds_to_wait(counted: list[Limit], cost: int = 1) -> int:
    """0 when there is room for this much, else the seconds until there is."""
    rates, now = limiter.limiter, time.time()
    full = [limit for limit in counted if not rates.test(limit[0], *limit[1], cost=cost)]
    return max((math.ceil(rates.get_window_stats(item, *whose).reset_time - now) for item, whose in full), default=0)


def spend(counted: list[Limit], cost: int = 1) -> None:
    """Count this much."""
    for item, whose in counted:
        limiter.limiter.hit(item, *whose, cost=cost)


def _settings() -> Settings:
    settings: Settings = current_app.extensions["parvis"].settings
    return settings
