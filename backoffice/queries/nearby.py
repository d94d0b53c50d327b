"""SELECTs on the open requests around a point, and on those who follow them."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, Select, delete, func, select
from sqlalchemy.orm import Session, joinedload

from backoffice.domain.addresses import Point
from backoffice.domain.policy import Actor
from backoffice.models.cases import Case
from backoffice.models.followers import Follower
from backoffice.queries.cases import visible_to

MOST_READ = 50


def list_open_around(
    session: Session, authority_id: int, code: str, corners: tuple[Point, Point], since: date
) -> list[Case]:
    """The open, unrestricted requests of a procedure inside a square, received from a day on, newest first."""
    south_west, north_east = corners
    query = _open(authority_id, code, since).where(
        Case.latitude.between(south_west.latitude, north_east.latitude),
        Case.longitude.between(south_west.longitude, north_east.longitude),
    )
    query = query.options(joinedload(Case.procedure_version)).order_by(Case.id.desc()).limit(MOST_READ)
    return list(session.scalars(query))


def find_open(session: Session, authority_id: int, case_id: int, since: date) -> Case | None:
    """One of them, as long as it may be shown."""
    query = _open(authority_id, "", since).where(Case.id == case_id)
    return session.scalar(query.options(joinedload(Case.procedure_version)))


def list_open_on_streets(session: Session, actor: Actor, since: date, limit: int) -> list[Row[Any]]:
    """What names the open requests of streets that the actor may see, with their street, newest first."""
    columns = (Case.reference, Case.subject, Case.status, Case.near_street)
    query = visible_to(actor, _open(actor.authority_id, "", since)).where(Case.near_street != "")
    newest = query.order_by(Case.id.desc()).limit(limit)
    return list(session.execute(newest.with_only_columns(*columns)))


def _open(authority_id: int, code: str, since: date) -> Select[tuple[Case]]:
    query = select(Case).where(
        Case.authority_id == authority_id,
        Case.closed_at.is_(None),
        Case.restricted.is_(False),
        Case.latitude.is_not(None),
        Case.received_on >= since,
    )
    return query.where(Case.procedure_code == code) if code else query


def find_follower(session: Session, case_id: int, email: str) -> Follower | None:
    """Who follows a case with this address."""
    return session.scalar(select(Follower).where(Follower.case_id == case_id, Follower.email == email))


def find_follower_by_token(session: Session, authority_id: int, token_hash: str) -> Follower | None:
    """Whom a link of ours to follow no more was sent to."""
    mine = (Follower.authority_id == authority_id, Follower.token_hash == token_hash)
    return session.scalar(select(Follower).where(*mine))


def claim_followers_of_closed(session: Session, most: int) -> list[tuple[Follower, Case]]:
    """Those whose case is closed, locked until the transaction ends; those that another worker holds are left to it."""
    query = (
        select(Follower, Case)
        .join(Case, Case.id == Follower.case_id)
        .where(Case.closed_at.is_not(None))
        .order_by(Follower.id)
        .limit(most)
        .with_for_update(of=Follower, skip_locked=True)
    )
    return [(follower, case) for follower, case in session.execute(query)]


def count_followers(session: Session, case_id: int) -> int:
    """How many people follow a case, their address proved."""
    proved = (Follower.case_id == case_id, Follower.confirmed_at.is_not(None))
    return session.scalar(select(func.count()).select_from(Follower).where(*proved)) or 0


def delete_unconfirmed(session: Session, before: datetime) -> None:
    """Forget the addresses that nobody proved and that were given before this instant."""
    session.execute(delete(Follower).where(Follower.confirmed_at.is_(None), Follower.created_at < before))
