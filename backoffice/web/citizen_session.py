"""Opening a citizen's session, whatever proved who they are: a new token each time, the former one ended."""

from flask import Response, make_response, redirect, request, session, url_for

from backoffice.models.people import Citizen
from backoffice.services import accounts
from backoffice.web import cookies
from backoffice.web.access import CITIZEN_COOKIE
from backoffice.web.current import runtime
from backoffice.web.languages import CHOICE

# What a browser may take with it when somebody signs in: the cases whose code it gave, the drafts that it began, and
# the language that it chose.
CARRIED = ("cases", "drafts", CHOICE)


def begin(citizen: Citizen, provider: str, next_path: str, *, id_token: str = "", address: str = "") -> Response:
    """A session under a new token; the browser keeps its cases, drafts and language, no more.

    `id_token` is sealed already; `address` is what a link proved, when nothing else was.
    """
    with runtime().database.transaction() as database:
        accounts.close_session(database, cookies.read(CITIZEN_COOKIE))
        token = accounts.open_session(
            database,
            runtime(),
            citizen=citizen,
            user_agent=request.headers.get("User-Agent", ""),
            provider=provider,
            id_token=id_token,
            address=address,
        )
    carried = {key: session[key] for key in CARRIED if key in session}
    session.clear()
    session.update(carried)
    response = make_response(redirect(next_path or url_for("citizen_space.show"), 303))
    cookies.give(response, CITIZEN_COOKIE, token)
    return response
