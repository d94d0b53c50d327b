"""Addresses for our own pages: suggestions while one types, the address of a point, a plan; at worst, nothing."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue
from flask_limiter import RateLimitExceeded

from backoffice.domain.addresses import KnownAddress, read_point
from backoffice.web import maps
from backoffice.web.access import Audience, audience
from backoffice.web.current import runtime
from backoffice.web.limits import limiter

pages = Blueprint("addresses", __name__)

SHORTEST, LONGEST = 5, 200
# One who types makes some forty requests a minute; an office shares one address.
MOST = "240 per minute"
BROWSER_KEEPS = "private, max-age=600"


@pages.get("/adresses")
@limiter.limit(MOST)
@audience(Audience.PUBLIC)
def suggest() -> ResponseReturnValue:
    """The addresses that begin like what is typed; an outage is said, so that nobody takes it for a wrong address."""
    typed = request.args.get("q", "").strip()[:LONGEST]
    found = runtime().addresses.search(typed, maps.centre()) if len(typed) >= SHORTEST else []
    if found is None:
        return _answer({"suggestions": [], "unavailable": True}, [])
    return _answer({"suggestions": [_shown(one) for one in found]}, found)


@pages.get("/adresses/proche")
@limiter.limit(MOST)
@audience(Audience.PUBLIC)
def near() -> ResponseReturnValue:
    """The address of a point; null when none is near it or nothing is known."""
    point = read_point(request.args.get("lat"), request.args.get("lon"))
    found = runtime().addresses.nearest(point) if point else None
    return _answer({"address": _shown(found) if found else None}, [found] if found else [])


@pages.get("/adresses/plan")
@limiter.limit(MOST)
@audience(Audience.PUBLIC)
def plan() -> ResponseReturnValue:
    """The streets of the authority, for maps that have no tiles: names, and points as latitude and longitude."""
    middle = maps.centre()
    lines = runtime().addresses.plan(middle) if middle else []
    streets = [{"name": one.name, "points": [[p.latitude, p.longitude] for p in one.points]} for one in lines]
    return _answer({"streets": streets}, lines)


@pages.errorhandler(RateLimitExceeded)
def too_many(_: RateLimitExceeded) -> ResponseReturnValue:
    """The page goes on without suggestions."""
    return jsonify(suggestions=[], address=None, streets=[]), 429


def _answer(said: dict[str, Any], found: Sequence[object]) -> ResponseReturnValue:
    response = jsonify(said)
    if found:  # an outage is not worth keeping
        response.headers["Cache-Control"] = BROWSER_KEEPS
    return response


def _shown(known: KnownAddress) -> dict[str, Any]:
    return {
        "ban_id": known.id,
        "label": known.label,
        "line": known.line,
        "postcode": known.postcode,
        "city": known.city,
        "city_code": known.city_code,
        "latitude": known.point.latitude,
        "longitude": known.point.longitude,
    }
