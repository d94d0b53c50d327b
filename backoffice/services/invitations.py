"""The link by which a member of staff chooses a password: sent to them alone, used once, good for three days.

The link is signed over the mark that stands in the place of the password: choosing one, or sending another link,
replaces the mark, and the link with it. Whoever administers accounts never knows a password.
"""

import hashlib
import secrets
from datetime import timedelta
from typing import Any

from itsdangerous import BadData, URLSafeSerializer
from sqlalchemy.orm import Session

from backoffice.domain.french import long_date
from backoffice.errors import NotFound
from backoffice.infra.runtime import Runtime
from backoffice.models.accounts import AccountEvent
from backoffice.models.people import Staff
from backoffice.queries import accounts as queries
from backoffice.services import account_history, accounts, moment
from backoffice.services.account_history import Change

LASTS = timedelta(days=3)
GONE = "Ce lien a déjà servi, ou il a plus de trois jours. Demandez-en un autre à votre administrateur."


def send(session: Session, runtime: Runtime, staff: Staff, event: AccountEvent) -> None:
    """Void the password of an account, end its sessions, and send its owner the link to choose another.

    `event` is the line of its history that says why.
    """
    staff.password_hash = f"{accounts.NO_PASSWORD}{secrets.token_urlsafe(24)}"
    accounts.revoke_all(session, staff)
    ends_at = moment.now() + LASTS
    token = _signer(runtime).dumps([staff.id, _mark(staff), int(ends_at.timestamp())])
    link = f"{runtime.settings.public_url}/agents/invitation/{token}"
    until = long_date(ends_at.date())
    account_history.tell(session, runtime, staff, event, "staff_invitation", link=link, until=until)


def find(session: Session, runtime: Runtime, token: str) -> Staff:
    """The account that a link opens, without using it; raise NotFound when it opens none any more."""
    try:
        staff_id, mark, ends_at = _signer(runtime).loads(token)
    except (BadData, ValueError, TypeError):
        raise NotFound(GONE) from None
    staff = queries.find_account(session, staff_id) if ends_at > moment.now().timestamp() else None
    if staff is None or not staff.active or not secrets.compare_digest(_mark(staff), str(mark)):
        raise NotFound(GONE)
    return staff


def accept(session: Session, runtime: Runtime, token: str, password_hash: str) -> Staff:
    """Use a link: the account has this password from now on; raise NotFound when the link is gone."""
    staff = find(session, runtime, token)
    queries.claim_staff(session, staff.authority_id, staff.id)
    staff = find(session, runtime, token)  # another click may have used it meanwhile
    staff.password_hash = password_hash
    accounts.revoke_all(session, staff)
    event = account_history.record(session, accounts.actor_of(staff), staff, Change.PASSWORD_CHOSEN)
    account_history.tell(session, runtime, staff, event, "account_changed")
    return staff


def _signer(runtime: Runtime) -> URLSafeSerializer:
    keys: Any = list(reversed(runtime.settings.secret_keys))  # itsdangerous signs with the last one
    return URLSafeSerializer(keys, salt="staff-invitation")


def _mark(staff: Staff) -> str:
    return hashlib.sha256(staff.password_hash.encode()).hexdigest()[:32]
