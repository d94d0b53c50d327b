"""Which cases this browser may follow without an account: those it opened, or whose tracking code it gave."""

import time
from typing import Any

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


def note_sent(mark: str, files: frozenset[str], reference: str) -> None:
    """Remember what this browser just sent, so that the same again (« back », then « send ») is recognised."""
    now = time.time()
    recent = [line for line in _sent() if line[2] > now and (line[0] != mark or set(line[3]) != files)]
    session[_SENT] = [*recent[1 - MOST_SENT :], [mark, reference, int(now) + SENT_AGAIN_SECONDS, sorted(files)]]


def find_sent(mark: str, files: frozenset[str]) -> str:
    """The reference of what this browser sent a moment ago with the same words and these files at least, else ""."""
    now = time.time()
    same = (line for line in _sent() if line[0] == mark and line[2] > now and files.issubset(line[3]))
    return next((str(line[1]) for line in same), "")


def _sent() -> list[Any]:
    # A cookie of before files were told apart holds shorter lines.
    return [line for line in session.get(_SENT, []) if len(line) == 4]


def forget(reference: str) -> None:
    """Close a case in this browser (a shared computer)."""
    session[_KEY] = {known: until for known, until in session.get(_KEY, {}).items() if known != reference}


def has_any() -> bool:
    """Whether this browser may follow a case at all."""
    return any(until > time.time() for until in session.get(_KEY, {}).values())


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
