"""Signing in at an identity provider: attempts bound to one browser and used once, accounts created with consent."""

import hashlib
import json
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session

from backoffice.domain.incoming import VerifiedIdentity
from backoffice.domain.verified_claims import VerifiedPerson, read_person, snapshot
from backoffice.infra import sealing
from backoffice.infra.runtime import Runtime
from backoffice.models.people import Citizen, CitizenIdentity, SignInAttempt
from backoffice.queries import people as queries
from backoffice.services import citizens

ATTEMPT_LASTS = timedelta(minutes=10)
MOST_PENDING = 5
LONGEST_PATH = 255


class Purpose(StrEnum):
    """What a state was made for: a state of one kind opens no door of another."""

    LOGIN = "login"
    CONFIRM = "confirm"
    LOGOUT = "logout"
    JOIN = "join"
    CONFIRM_JOIN = "confirm_join"
    STAFF = "staff"


@dataclass(frozen=True, slots=True)
class Attempt:
    """Something that a browser began and must bring back with its `state`; `received` is sealed."""

    purpose: Purpose
    provider: str
    state: str
    nonce: str = ""
    code_verifier: str = ""
    next_path: str = ""
    received: str = ""


@dataclass(frozen=True, slots=True)
class Received:
    """Verified claims that wait for their owner's consent; the id_token serves the logout alone."""

    provider: str
    claims: dict[str, Any]
    id_token: str
    next_path: str = ""

    def person(self) -> VerifiedPerson:
        """The person; raise Invalid on a claim of the wrong shape."""
        identity = VerifiedIdentity(str(self.claims["iss"]), str(self.claims["sub"]), self.provider)
        return read_person(self.claims, identity)


def new_secret() -> str:
    """43 random characters: what FranceConnect accepts for a state or a nonce."""
    return secrets.token_urlsafe(32)


def begin(session: Session, authority_id: int, browser: str, attempt: Attempt) -> None:
    """Remember an attempt of this browser; beyond five pending ones, the oldest goes."""
    pending = queries.list_sign_in_attempts(session, _hash(browser))
    for old in pending[: max(0, len(pending) + 1 - MOST_PENDING)]:
        session.delete(old)
    session.add(
        SignInAttempt(
            authority_id=authority_id,
            state_hash=_state(attempt.purpose, attempt.state),
            browser_hash=_hash(browser),
            provider=attempt.provider,
            nonce=attempt.nonce,
            code_verifier=attempt.code_verifier,
            next_path=attempt.next_path if len(attempt.next_path) <= LONGEST_PATH else "",
            received=attempt.received,
            created_at=datetime.now(UTC),
        )
    )


def take(session: Session, browser: str, purpose: Purpose, state: str) -> SignInAttempt | None:
    """The attempt of this state, once, for the browser that began it and within ten minutes."""
    found = queries.claim_sign_in_attempt(session, _state(purpose, state))
    if found is None or found.browser_hash != _hash(browser):
        return None
    session.delete(found)
    return found if found.created_at + ATTEMPT_LASTS > datetime.now(UTC) else None


def find(session: Session, browser: str, purpose: Purpose, state: str) -> SignInAttempt | None:
    """The same, left in its place (a page that is only looked at)."""
    found = queries.find_sign_in_attempt(session, _state(purpose, state))
    if found is None or found.browser_hash != _hash(browser):
        return None
    return found if found.created_at + ATTEMPT_LASTS > datetime.now(UTC) else None


def seal(runtime: Runtime, received: Received) -> str:
    """What was received, for a row of the database that nobody may read."""
    content = {"claims": {**snapshot(received.claims), **_key(received.claims)}, "id_token": received.id_token}
    return sealing.seal(runtime.settings, json.dumps(content))


def unseal(runtime: Runtime, attempt: SignInAttempt) -> Received | None:
    """What was received, again."""
    text = sealing.unseal(runtime.settings, attempt.received)
    if not text:
        return None
    content = json.loads(text)
    return Received(attempt.provider, content["claims"], content["id_token"], attempt.next_path)


def find_known(session: Session, authority_id: int, received: Received) -> Citizen | None:
    """Who the identity stands for here; its claims are kept as a new dated snapshot, and change nothing else."""
    linked = queries.find_identity(session, authority_id, str(received.claims["iss"]), str(received.claims["sub"]))
    if linked is None:
        return None
    _note(linked, received)
    return queries.get_citizen(session, authority_id, linked.citizen_id)


def open_account(session: Session, authority_id: int, received: Received) -> Citizen:
    """Create the account that its owner just confirmed; the same identity twice is the same account."""
    known = find_known(session, authority_id, received)
    if known is not None:
        return known
    citizen = citizens.create(session, authority_id, received.person().sender, received.provider)
    session.flush()
    linked = queries.find_identity(session, authority_id, str(received.claims["iss"]), str(received.claims["sub"]))
    assert linked is not None  # noqa: S101 (created with the citizen)
    _note(linked, received)
    return citizen


def _note(linked: CitizenIdentity, received: Received) -> None:
    now = datetime.now(UTC)
    linked.claims = {**snapshot(received.claims), "received_at": now.isoformat(), "acr": received.claims.get("acr", "")}
    linked.last_login_at = now


def _key(claims: dict[str, Any]) -> dict[str, str]:
    return {name: str(claims.get(name, "")) for name in ("iss", "sub", "acr")}


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _state(purpose: Purpose, state: str) -> str:
    return _hash(f"{purpose}\0{state}")
