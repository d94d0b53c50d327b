"""The first day of an installation: authority, departments, staff and the starter catalogue."""

import re
from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy.orm import Session

from backoffice import catalogue as starter
from backoffice.catalogue import AuthoritySeed, DepartmentSeed
from backoffice.domain import policy
from backoffice.domain.policy import Actor
from backoffice.errors import Invalid
from backoffice.models.authorities import Authority, Department
from backoffice.models.people import Membership, Staff
from backoffice.queries import catalogue, people
from backoffice.queries import ready_answers as answer_queries
from backoffice.services import accounts, moment, procedures, ready_answers
from backoffice.services.ready_answers import Written
from backoffice.services.second_factors import REQUIRED_ROLES

CODE_OF_AUTHORITY = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


def install_starter(session: Session, second_factor_roles: Sequence[str] = ()) -> Authority:
    """Load the starter authority, its departments and procedures; what exists already is left as it is.

    A new authority asks the second factor of these roles: the commands name them, a demonstration opens in one step.
    """
    seed = starter.load_authority()
    authority = catalogue.find_authority(session, seed.code) or _add_authority(session, seed, second_factor_roles)
    for department in starter.load_departments():
        if catalogue.find_department(session, authority.id, department.code) is None:
            _add_department(session, authority, department)
    session.flush()
    triage = catalogue.find_department(session, authority.id, seed.triage_department)
    assert triage is not None  # noqa: S101 (a test checks the starter catalogue)
    authority.details = authority.details | {"triage_department_id": triage.id}
    system = policy.system(authority.id)
    for definition in starter.load_procedures():
        if catalogue.find_procedure(session, authority.id, definition.code) is None:
            procedures.publish(session, system, authority, definition)
    _install_ready_answers(session, system)
    return authority


def open_authority(session: Session, code: str, name: str, kind: str, second_factor_roles: Sequence[str]) -> Authority:
    """Open one more authority on this installation, with one department that sorts; raise Invalid for a wrong code.

    Nothing of the starter authority is in it: its contacts, departments and procedures are written on its own screens.
    """
    if not CODE_OF_AUTHORITY.fullmatch(code):
        raise Invalid("Le code s’écrit en minuscules, chiffres et tirets : par exemple « tilleuls-agglo ».")
    if catalogue.find_authority(session, code) is not None:
        raise Invalid(f"Une collectivité a déjà le code « {code} ».")
    now = moment.now()
    authority = Authority(
        code=code, kind=kind, name=name, short_name=name, details={REQUIRED_ROLES: list(second_factor_roles)}
    )
    authority.created_at = now
    session.add(authority)
    session.flush()
    triage = Department(authority_id=authority.id, code="accueil", name="Accueil", active=True, created_at=now)
    session.add(triage)
    session.flush()
    authority.details = authority.details | {"triage_department_id": triage.id}
    return authority


def install_staff(session: Session, authority: Authority, password: str) -> list[Staff]:
    """Create the starter accounts, all with one password: for demonstrations and tests only."""
    hashed = accounts.hash_password(password)
    departments = {d.code: d.id for d in catalogue.list_departments(session, authority.id)}
    added = []
    for seed in starter.load_staff():
        if people.find_staff_by_email(session, seed.email) is not None:
            continue
        staff = Staff(
            authority_id=authority.id,
            email=seed.email,
            name=seed.name,
            title=seed.title,
            phone=seed.phone,
            password_hash=hashed,
            created_at=moment.now(),
        )
        staff.memberships = [
            Membership(
                authority_id=authority.id,
                role=membership.role,
                department_id=departments[membership.department] if membership.department else None,
            )
            for membership in seed.memberships
        ]
        session.add(staff)
        added.append(staff)
    session.flush()
    return added


def _install_ready_answers(session: Session, system: Actor) -> None:
    """They belong to nobody yet: the list of answers says so, and when to read them again."""
    review_on = moment.now().date() + ready_answers.READ_AGAIN_AFTER
    known = {one.code for one in answer_queries.list_all(session, system.authority_id)}
    for seed in starter.load_ready_answers():
        if seed.code not in known:
            said = Written(seed.title, seed.text, seed.words, seed.procedure, None, review_on, seed.public, seed.status)
            ready_answers.add(session, system, said, code=seed.code)


def _add_authority(session: Session, seed: AuthoritySeed, second_factor_roles: Sequence[str]) -> Authority:
    authority = Authority(
        code=seed.code,
        kind=seed.kind,
        name=seed.name,
        short_name=seed.short_name,
        timezone=seed.timezone,
        calendar=seed.calendar,
        email=seed.email,
        phone=seed.phone,
        details=asdict(seed.details) | {REQUIRED_ROLES: list(second_factor_roles)},
        created_at=moment.now(),
    )
    session.add(authority)
    session.flush()
    return authority


def _add_department(session: Session, authority: Authority, seed: DepartmentSeed) -> None:
    session.add(
        Department(
            authority_id=authority.id,
            code=seed.code,
            name=seed.name,
            email=seed.email,
            phone=seed.phone,
            address=seed.address,
            opening_hours=seed.opening_hours,
            active=True,
            created_at=moment.now(),
        )
    )
