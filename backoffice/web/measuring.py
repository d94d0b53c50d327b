"""Each request has a number, which its lines in the logs and its answer carry, and its time is counted by route."""

import re
import secrets
import time

import structlog
from flask import Flask, Response, current_app, g, request

from backoffice.infra import leftovers, logs
from backoffice.infra.request_counts import RequestCounts
from backoffice.settings import Settings
from backoffice.web import current

HEADER = "X-Request-ID"
SLOW_SECONDS = 2.0
STATIC, NOWHERE = "static", "(none)"
REFUSED = 403
"""What is written whatever the settings: a wrong password, a wrong code, a right that somebody lacks."""
GIVEN = re.compile(r"[A-Za-z0-9._-]{8,64}")

log = structlog.get_logger("parvis.web")


def install(app: Flask, settings: Settings) -> None:
    """Number and time every request; first of all, so that the work of the others is counted too."""

    @app.before_request
    def begin() -> None:
        g.begun = time.perf_counter()
        given = request.headers.get(HEADER, "") if settings.trusted_proxies else ""
        g.request_id = given if GIVEN.fullmatch(given) else secrets.token_hex(8)
        logs.forget()
        logs.bind(request_id=g.request_id)

    @app.after_request
    def end(response: Response) -> Response:
        seconds = time.perf_counter() - g.get("begun", time.perf_counter())
        route = request.endpoint or NOWHERE
        counts().note(route, response.status_code, seconds)
        if "request_id" in g:
            response.headers[HEADER] = g.request_id
        # The route, never the address: addresses hold references and codes.
        told = {"route": route, "method": request.method, "status": response.status_code, "ms": round(seconds * 1000)}
        seen = current.viewer()
        if seen is not None and seen.kind == "staff":
            told["staff"] = seen.actor.id
        if settings.log_json and route != STATIC:
            log.info("answered", **told)
        elif response.status_code == REFUSED:
            log.warning("refused", **told)
        elif seconds > SLOW_SECONDS:
            log.warning("slow answer", **told)
        return response


def counts() -> RequestCounts:
    """What this machine counts; the routes are known once the first request comes."""
    found: RequestCounts | None = current_app.extensions.get("parvis.counts")
    if found is None:
        routes = sorted({NOWHERE, *(rule.endpoint for rule in current_app.url_map.iter_rules())})
        folder = current_app.extensions["parvis"].settings.var_dir / leftovers.METRICS
        found = current_app.extensions.setdefault("parvis.counts", RequestCounts(folder, routes))
    return found
