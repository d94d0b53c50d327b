"""Security headers, CSRF and rate limits, on every answer from the first page on."""

from collections.abc import Callable
from typing import TypeVar
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, g, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError, CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from backoffice.domain.wording import Wording
from backoffice.errors import Forbidden
from backoffice.settings import Settings
from backoffice.web import cookies, limits

View = TypeVar("View", bound=Callable[..., ResponseReturnValue])

csrf = CSRFProtect()

CONTENT_SECURITY_POLICY = (
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' blob:",
    "font-src 'self'",
    "connect-src 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "manifest-src 'self'",
)

FOR_PROGRAMS = frozenset({"application/json", "application/problem+json"})
"""What our scripts and monitoring read: opened as a page, it is a file to save (OWASP ASVS 14.4.2)."""

OUR_OWN = frozenset({"same-origin", "none"})
"""Where a browser (Sec-Fetch-Site) says that a request of ours comes from: our pages, or the person."""

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}


def install(app: Flask, settings: Settings) -> None:
    """Put every protection in place."""
    https = cookies.is_secure(settings)
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SECRET_KEY_FALLBACKS=list(settings.secret_keys[1:]),
        SESSION_COOKIE_NAME=cookies.name_of("parvis_formulaires", settings),
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=https,
        MAX_CONTENT_LENGTH=settings.max_request_bytes,
        MAX_FORM_MEMORY_SIZE=2 * 1024 * 1024,
        MAX_FORM_PARTS=2000,
        # A form stays valid as long as the browser's session: people fill them in over a lunch break.
        WTF_CSRF_TIME_LIMIT=None,
        # Where a form comes from is asked of what browsers always say (below), not of a Referer that some keep back.
        WTF_CSRF_SSL_STRICT=False,
    )
    if settings.trusted_proxies:
        count = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count)  # type: ignore[method-assign]
    limits.install(app, settings)
    app.before_request(_refuse_foreign_forms)
    policy = "; ".join((*CONTENT_SECURITY_POLICY, f"form-action 'self'{_form_targets(settings)}"))

    @app.after_request
    def protect(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        elsewhere = "".join(f" {origin}" for origin in g.get("form_targets", ()))
        response.headers.setdefault("Content-Security-Policy", policy + elsewhere)
        if response.mimetype in FOR_PROGRAMS:
            response.headers.setdefault("Content-Disposition", 'attachment; filename="api.json"')
        if https:
            response.headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
        if request.endpoint != "static":
            response.headers.setdefault("Cache-Control", "no-store")
        return response


def check_forms(app: Flask) -> None:
    """Ask every form for its proof of origin; after the guard, which says who sends it and how much they may."""
    csrf.init_app(app)


def _refuse_foreign_forms() -> None:
    if request.method not in limits.SAFE and _is_foreign():
        raise Forbidden(
            Wording("Ce formulaire vient d’un autre site. Ouvrez la page sur notre site, puis recommencez.")
        )


def _is_foreign() -> bool:
    """Whether the browser says that a page of another site sends this: its words are not even given back to send."""
    if said := request.headers.get("Sec-Fetch-Site"):
        return said not in OUR_OWN
    origin = request.headers.get("Origin", "null")
    ours = {urlsplit(current_app.extensions["parvis"].settings.public_url).netloc, request.host}
    return origin != "null" and urlsplit(origin).netloc not in ours


def _form_targets(settings: Settings) -> str:
    # Browsers apply form-action to the redirections of a form: signing in leaves for the provider.
    origins = frozenset[str]().union(*(provider.trusted_origins for provider in settings.identity_providers))
    return "".join(f" {origin}" for origin in sorted(origins))


def answers_itself(view: View) -> View:
    """Mark a view that asks `is_genuine_form`, and gives a stale form back with what was typed."""
    csrf.exempt(view)
    return view


def is_genuine_form() -> bool:
    """Whether the posted form carries its proof of origin: for doors that give it back instead of refusing it."""
    if not current_app.config["WTF_CSRF_ENABLED"]:
        return True
    if "genuine_form" not in g:
        g.genuine_form = _has_proof()
    return bool(g.genuine_form)


def _has_proof() -> bool:
    try:
        csrf.protect()
    except CSRFError:
        return False
    return True
