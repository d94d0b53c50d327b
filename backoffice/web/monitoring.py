"""`/metrics`: what Prometheus reads, with a token, or from this very machine."""

import hmac

from flask import Blueprint, Response, request

from backoffice.domain.metrics import text_of
from backoffice.errors import NotFound
from backoffice.services import metrics
from backoffice.web import measuring
from backoffice.web.access import Audience, audience
from backoffice.web.current import runtime

pages = Blueprint("monitoring", __name__)

LOOPBACK = frozenset({"127.0.0.1", "::1"})
CARRIED = ("Forwarded", "X-Forwarded-For", "X-Real-IP", "Via")
"""What proxies write: somebody else stands behind one of this machine."""
FORMAT = "text/plain; version=0.0.4; charset=utf-8"


@pages.get("/metrics")
@audience(Audience.MACHINE)
def show() -> Response:
    """Every figure; to anybody else, this page does not exist."""
    if not _may_read():
        raise NotFound
    return Response(text_of(metrics.collect(runtime(), measuring.counts().read())), content_type=FORMAT)


def _may_read() -> bool:
    if token := runtime().settings.metrics_token:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return hmac.compare_digest(given.encode(), token.encode())
    is_carried = any(name in request.headers for name in CARRIED)
    return request.remote_addr in LOOPBACK and not is_carried
