"""Which cases this browser may follow without an account: those it opened, or whose tracking code it gave."""

import time

from flask import session

from backoffice.models.cases import Case
from backoffice.queries import case_links
from backoffice.services import email_accounts
from backoffice.web.current import runtime, viewer

KEPT_SECONDS = 2 * 3600
MOST_CASES = 10
MOST_SENT = 5
SENT_AGAIN_SECONDS = 10 * 60
_KEY = "cases"
_SENT = "sent"


def grant(reference: str) -> None:
    """Let this browser follow a case for two hours (the session's cookie is signed, and holds no code)."""
    now = time.time()
    live = {known: until for known, until in session.get(_KEY, {}).items() if until > now and known != reference}
    newest = dict(list(live.items())[1 - MOST_CASES :])
    session[_KEY] = {**newest, reference: int(now) + KEPT_SECONDS}


def note_sent(mark: str, reference: str) -> None:
    """Remember what this browser just sent, so that the same again (« back », then « send ») is recognised."""
    now = time.time()
    recent = [line for line in session.get(_SENT, []) if line[2] > now and line[0] != mark]
    session[_SENT] = [*recent[1 - MOST_SENT :], [mark, reference, int(now) + SENT_AGAIN_SECONDS]]


def find_sent(mark: str) -> str:
    """The reference of what this browser sent with exactly this content a moment ago, else an empty text."""
    now = time.time()
    return next(
        (str(reference) for known, reference, until in session.get(_SENT, []) if known == mark and until > now), ""
    )


def forget(reference: str) -> None:
    """Close a case in this browser (a shared computer)."""
    session[_KEY] = {known: until for known, until in session.get(_KEY, {}).items() if known != reference}


def is_granted(reference: str) -> bool:
    """Whether this browser proved that it may follow this case."""
    return bool(session.get(_KEY, {}).get(reference, 0) > time.time())


def may_follow(case: Case) -> bool:
    """The same, or the signed-in citizen whose case it is; a proven address opens the cases that go by it."""
    seen = viewer()
    if seen is None or seen.kind != "citizen" or case.citizen_id is None:
        return is_granted(case.reference) or _is_granted_together(case)
    if seen.email:
        mine = email_accounts.opens(seen.email, case, seen.actor.id)
    else:
        mine = seen.actor.id == case.citizen_id or any(email_accounts.opens(one, case) for one in seen.addresses)
    return mine or is_granted(case.reference) or _is_granted_together(case)


def _is_granted_together(case: Case) -> bool:
    """Whether this browser proved that it may follow a case that this one is joined to, or that is joined to it."""
    if not session.get(_KEY):
        return False
    with runtime().database.reading() as reading:
        return any(is_granted(one) for one in case_links.list_told_together(reading, case.id))
