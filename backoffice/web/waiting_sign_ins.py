"""What a provider just said of somebody, sealed, while they are asked what to do with it; bound to their browser."""

from flask import session

from backoffice.services import sign_ins
from backoffice.services.sign_ins import Attempt, Purpose, Received
from backoffice.web.current import authority, runtime

_BROWSER = "browser"
_WAITING = "confirmation"


def browser() -> str:
    """What ties an attempt to this browser, in its signed cookie; gone when somebody signs in or out."""
    if _BROWSER not in session:
        session[_BROWSER] = sign_ins.new_secret()
    return str(session[_BROWSER])


def keep(received: Received, purpose: Purpose) -> None:
    """Keep it for the page that asks."""
    ticket = sign_ins.new_secret()
    sealed = sign_ins.seal(runtime(), received)
    attempt = Attempt(purpose, received.provider, ticket, next_path=received.next_path, received=sealed)
    with runtime().database.transaction() as database:
        sign_ins.begin(database, authority().id, browser(), attempt)
    session[_WAITING] = ticket


def find(purpose: Purpose) -> Received | None:
    """What waits for an answer, left in its place."""
    with runtime().database.reading() as database:
        attempt = sign_ins.find(database, browser(), purpose, session.get(_WAITING, ""))
    return sign_ins.unseal(runtime(), attempt) if attempt else None


def take(purpose: Purpose) -> Received | None:
    """The same, once."""
    with runtime().database.transaction() as database:
        attempt = sign_ins.take(database, browser(), purpose, session.pop(_WAITING, ""))
    return sign_ins.unseal(runtime(), attempt) if attempt else None
