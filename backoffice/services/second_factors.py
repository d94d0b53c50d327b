"""The second proof of who staff are: codes of an application, passkeys, recovery codes; which roles must have one."""

import base64
import hashlib
import secrets
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from sqlalchemy.orm import Session

from backoffice.domain import one_time_codes, policy
from backoffice.domain.policy import Permission, Role
from backoffice.errors import Conflict, Forbidden, Invalid
from backoffice.infra import sealing
from backoffice.infra.runtime import Runtime
from backoffice.models.authorities import Authority
from backoffice.models.people import FailedSignIn, Staff
from backoffice.models.sign_in import RecoveryCode, StaffFactor
from backoffice.queries import accounts as account_queries
from backoffice.queries import people
from backoffice.queries import sign_in as queries
from backoffice.services import account_history, accounts
from backoffice.services.account_history import Change


class Kind(StrEnum):
    """What a factor is."""

    APPLICATION = "totp"
    PASSKEY = "passkey"


class Step(StrEnum):
    """What a session has still to prove."""

    NOTHING = ""
    FACTOR = "factor"
    ENROLMENT = "enrolment"


KIND_LABELS = {Kind.APPLICATION: "Application de codes", Kind.PASSKEY: "Clé d’accès"}
RECOVERY = "recovery"
BY_PROVIDER = "provider"
REQUIRED_ROLES = "second_factor_roles"
"""The setting of an authority: the roles that open nothing without a second factor."""
CODES = 10
MOST_FACTORS = 8
# Six figures are guessed one time in a third of a million: nobody is left the time to try.
WINDOW, MOST_TRIALS = timedelta(minutes=15), 5
LONG_WINDOW, MOST_TRIALS_A_DAY = timedelta(days=1), 30
WRONG = "Ce code n’est pas le bon, ou il a déjà servi. Attendez le suivant, puis réessayez."
LAST = "C’est votre dernier moyen, et votre rôle en demande un : ajoutez-en un autre d’abord."


def step_for(session: Session, staff: Staff, *, proved: bool = False) -> Step:
    """What is still to be proved after a password; `proved` when an identity provider says that it asked for more."""
    if proved:
        return Step.NOTHING
    if queries.list_factors(session, staff.id):
        return Step.FACTOR
    return Step.ENROLMENT if is_required(session, staff) else Step.NOTHING


def is_required(session: Session, staff: Staff) -> bool:
    """Whether a role of this account demands a second factor."""
    wanted = set(session.get_one(Authority, staff.authority_id).details.get(REQUIRED_ROLES, ()))
    held = {membership.role for membership in staff.memberships}
    # Who examines cases for another authority is asked what its own case handlers are.
    if Role.SHARED_HANDLER in held:
        held.add(Role.CASE_HANDLER)
    return bool(held & wanted)


def begin_application(session: Session, runtime: Runtime, staff: Staff) -> bytes:
    """The key of a new application, not yet confirmed; one that was begun before is the same again."""
    known = queries.find_unconfirmed(session, staff.id)
    if known is not None:
        key = key_of(runtime, known)
        if key:
            return key
    queries.forget_factors(session, staff.id, unconfirmed_only=True)
    key = secrets.token_bytes(one_time_codes.KEY_BYTES)
    session.add(
        StaffFactor(
            authority_id=staff.authority_id,
            staff_id=staff.id,
            kind=Kind.APPLICATION,
            name=KIND_LABELS[Kind.APPLICATION],
            secret=sealing.seal(runtime.settings, base64.b32encode(key).decode()),
            created_at=datetime.now(UTC),
        )
    )
    session.flush()
    return key


def confirm_application(session: Session, runtime: Runtime, staff: Staff, code: str, name: str = "") -> list[str]:
    """Use a new application once: it opens the account from now on. Give the first recovery codes, if they are."""
    factor = queries.find_unconfirmed(session, staff.id)
    if factor is None:
        raise Conflict("Cet ajout a été abandonné : recommencez.")
    counter = one_time_codes.find_counter(key_of(runtime, factor), code, datetime.now(UTC), factor.last_counter)
    if counter is None:
        said = (
            "Ce code ne correspond pas : vérifiez l’heure de votre téléphone, puis donnez le code affiché maintenant."
        )
        raise Invalid(said, {"code": said})
    factor.last_counter = counter
    return added(session, runtime, staff, factor, name)


def added(session: Session, runtime: Runtime, staff: Staff, factor: StaffFactor, name: str) -> list[str]:
    """Note a factor that was just proved; give recovery codes when the account has none."""
    if len(queries.list_factors(session, staff.id)) >= MOST_FACTORS:
        raise Conflict("Vous avez assez de moyens : retirez-en un d’abord.")
    factor.confirmed_at = factor.used_at = datetime.now(UTC)
    factor.name = name.strip()[:64] or KIND_LABELS[Kind(factor.kind)]
    session.flush()
    facts = {KIND_LABELS[Kind(factor.kind)]: factor.name}
    own = accounts.actor_of(staff)
    event = account_history.record(session, own, staff, Change.FACTOR_ADDED, {}, facts)
    account_history.tell(session, runtime, staff, event, "account_changed")
    return [] if queries.count_recovery_codes(session, staff.id) else _new_codes(session, staff)


def renew_codes(session: Session, runtime: Runtime, staff: Staff) -> list[str]:
    """Ten new recovery codes, shown this once; the old ones open nothing any more."""
    if not queries.list_factors(session, staff.id):
        raise Conflict("Ajoutez d’abord une application ou une clé d’accès.")
    queries.forget_recovery_codes(session, staff.id)
    codes = _new_codes(session, staff)
    event = account_history.record(session, accounts.actor_of(staff), staff, Change.CODES_RENEWED)
    account_history.tell(session, runtime, staff, event, "account_changed")
    return codes


def remove(session: Session, runtime: Runtime, staff: Staff, factor_id: int) -> None:
    """Take a factor away; the last one stays where a role demands one. Without any, recovery codes go too."""
    factor = queries.get_factor(session, staff.id, factor_id)
    others = [one for one in queries.list_factors(session, staff.id) if one.id != factor_id]
    if not others and is_required(session, staff):
        raise Conflict(LAST)
    facts = {KIND_LABELS[Kind(factor.kind)]: factor.name}
    session.delete(factor)
    session.flush()
    if not others:
        queries.forget_recovery_codes(session, staff.id)
    event = account_history.record(session, accounts.actor_of(staff), staff, Change.FACTOR_REMOVED, facts)
    account_history.tell(session, runtime, staff, event, "account_changed")


def reset(session: Session, runtime: Runtime, actor: policy.Actor, staff: Staff, reason: str) -> None:
    """An administrator takes away what a colleague lost: everything goes, sessions too, and the colleague is told."""
    policy.require(actor, Permission.STAFF_MANAGE)
    if staff.id == actor.id:
        raise Conflict("Vous ne pouvez pas annuler votre propre double authentification : demandez-le à un collègue.")
    if not reason.strip():
        said = "Dites pourquoi : téléphone perdu, changé… Le motif reste dans l’historique du compte."
        raise Invalid(said, {"factor_reason": said})
    forget_all(session, staff)
    event = account_history.record(session, actor, staff, Change.FACTORS_RESET, {}, {"Motif": reason.strip()[:500]})
    account_history.tell(session, runtime, staff, event, "account_changed")


def forget_all(session: Session, staff: Staff) -> None:
    """Every factor and recovery code of an account goes, and its sessions end."""
    queries.forget_factors(session, staff.id)
    queries.forget_recovery_codes(session, staff.id)
    accounts.revoke_all(session, staff)


def check_code(runtime: Runtime, staff_id: int, code: str) -> str:
    """What a code proves (`totp` or `recovery`), used up; raise Forbidden when it is wrong, or after too many."""
    key = accounts.count_key(runtime, f"factor:{staff_id}")
    with runtime.database.transaction() as session:
        now = datetime.now(UTC)
        tried = (
            people.count_failures(session, key, now - WINDOW),
            people.count_failures(session, key, now - LONG_WINDOW),
        )
        if tried[0] >= MOST_TRIALS or tried[1] >= MOST_TRIALS_A_DAY:
            raise Forbidden(accounts.THROTTLED)
        found = _use(session, runtime, staff_id, code)
        if not found:
            session.add(FailedSignIn(key=key, at=now))
    if not found:
        raise Forbidden(WRONG)
    return found


def _use(session: Session, runtime: Runtime, staff_id: int, code: str) -> str:
    """Use a code under the lock of its account: two browsers never both do."""
    staff = account_queries.find_account(session, staff_id)
    if staff is None:
        return ""
    account_queries.claim_staff(session, staff.authority_id, staff_id)
    now = datetime.now(UTC)
    for factor in queries.list_factors(session, staff_id):
        if factor.kind != Kind.APPLICATION:
            continue
        counter = one_time_codes.find_counter(key_of(runtime, factor), code, now, factor.last_counter)
        if counter is not None:
            factor.last_counter, factor.used_at = counter, now
            return Kind.APPLICATION
    kept = queries.claim_recovery_code(session, staff_id, _hash(staff_id, code))
    if kept is None:
        return ""
    kept.used_at = now
    left = {"Codes restants": str(queries.count_recovery_codes(session, staff_id))}
    event = account_history.record(session, accounts.actor_of(staff), staff, Change.CODE_USED, {}, left)
    account_history.tell(session, runtime, staff, event, "account_changed")
    return RECOVERY


def key_of(runtime: Runtime, factor: StaffFactor) -> bytes:
    """The key of an application, unsealed; empty when the installation lost the key that sealed it."""
    return base64.b32decode(sealing.unseal(runtime.settings, factor.secret))


def _new_codes(session: Session, staff: Staff) -> list[str]:
    # Eighty bits each: a stolen hash is no use, and no slow hash is needed.
    codes = [base64.b32encode(secrets.token_bytes(10)).decode() for _ in range(CODES)]
    now = datetime.now(UTC)
    session.add_all(
        RecoveryCode(
            authority_id=staff.authority_id, staff_id=staff.id, code_hash=_hash(staff.id, code), created_at=now
        )
        for code in codes
    )
    session.flush()
    return ["-".join(code[start : start + 4] for start in range(0, len(code), 4)) for code in codes]


def _hash(staff_id: int, code: str) -> str:
    plain = "".join(sign for sign in code.upper() if sign.isalnum())
    return hashlib.sha256(f"{staff_id}\0{plain}".encode()).hexdigest()
