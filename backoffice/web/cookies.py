"""The cookies that open a session: under https, no other site nor subdomain can plant one (the prefix « __Host- »).

A browser takes such a name over TLS only, for this very host and all of its paths (RFC 6265bis §4.1.3.2).
"""

from flask import Response, request

from backoffice.settings import Settings
from backoffice.web.current import runtime

OF_THIS_HOST = "__Host-"


def name_of(name: str, settings: Settings) -> str:
    """What the browser calls a cookie."""
    return OF_THIS_HOST + name if is_secure(settings) else name


def is_secure(settings: Settings) -> bool:
    """Whether the site is under TLS."""
    return settings.public_url.startswith("https://")


def read(name: str) -> str:
    """What the browser sent of a cookie; empty when it has none."""
    return request.cookies.get(name_of(name, runtime().settings), "")


def give(response: Response, name: str, token: str, *, days: int | None = None) -> None:
    """Give a session's token to the browser, until it is closed or for some days.

    Lax, since identity providers come back by a plain link.
    """
    settings = runtime().settings
    response.set_cookie(
        name_of(name, settings),
        token,
        path="/",
        httponly=True,
        samesite="Lax",
        secure=is_secure(settings),
        max_age=None if days is None else days * 86_400,
    )


def take_back(response: Response, name: str) -> None:
    """Have the browser forget a cookie; the marks of the prefix are needed for that too."""
    settings = runtime().settings
    response.delete_cookie(name_of(name, settings), path="/", httponly=True, samesite="Lax", secure=is_secure(settings))
