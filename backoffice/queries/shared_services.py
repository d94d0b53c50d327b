"""SELECTs on departments that work for several authorities, and on their agents there."""

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session, joinedload

from backoffice.domain.policy import Actor
from backoffice.errors import NotFound
from backoffice.models.authorities import Authority
from backoffice.models.cases import Case
from backoffice.models.people import Membership, Staff
from backoffice.models.shared_services import SharedMember, SharedService
from backoffice.queries.cases import visible_to

NO_SERVICE = "Ce service commun n’existe pas."
NO_MEMBER = "Cet accès n’existe pas, ou n’est plus ouvert."
MOST_LISTED = 200


def _services() -> Select[tuple[SharedService]]:
    return select(SharedService).options(
        joinedload(SharedService.department),
        joinedload(SharedService.partner_department),
        joinedload(SharedService.home),
        joinedload(SharedService.partner),
    )


def list_services(session: Session, authority_id: int) -> list[SharedService]:
    """What the authority shares, and what is shared with it: those that stand first, then the last ended."""
    mine = or_(SharedService.authority_id == authority_id, SharedService.partner_id == authority_id)
    order = (SharedService.ended_at.is_not(None), SharedService.id.desc())
    return list(session.scalars(_services().where(mine).order_by(*order).limit(MOST_LISTED)))


def get_service(session: Session, authority_id: int, service_id: int) -> SharedService:
    """One of them, or NotFound for whoever is neither side of it."""
    mine = or_(SharedService.authority_id == authority_id, SharedService.partner_id == authority_id)
    found = session.scalar(_services().where(SharedService.id == service_id, mine))
    if found is None:
        raise NotFound(NO_SERVICE)
    return found


def claim_service(session: Session, authority_id: int, service_id: int) -> SharedService:
    """The same, locked until the transaction ends."""
    get_service(session, authority_id, service_id)
    query = select(SharedService).where(SharedService.id == service_id).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).one()


def find_standing(session: Session, department_id: int, partner_id: int) -> SharedService | None:
    """What was proposed of a department to an authority, or agreed, and not ended."""
    same = (SharedService.department_id == department_id, SharedService.partner_id == partner_id)
    return session.scalar(select(SharedService).where(*same, SharedService.ended_at.is_(None)).limit(1))


def works_elsewhere(session: Session, authority_id: int) -> bool:
    """Whether a department of the authority works for another one too."""
    own = (SharedService.authority_id == authority_id, SharedService.accepted_at.is_not(None))
    return session.scalar(select(SharedService.id).where(*own, SharedService.ended_at.is_(None)).limit(1)) is not None


def list_other_authorities(session: Session, authority_id: int) -> list[Authority]:
    """The other authorities of the installation, by name."""
    return list(session.scalars(select(Authority).where(Authority.id != authority_id).order_by(Authority.name)))


def list_members(session: Session, service_id: int) -> list[SharedMember]:
    """Who was invited to work for the partner, in order: those who still are, then those who left."""
    query = select(SharedMember).where(SharedMember.shared_service_id == service_id)
    order = (SharedMember.ended_at.is_not(None), SharedMember.name, SharedMember.id)
    return list(session.scalars(query.order_by(*order).limit(MOST_LISTED)))


def list_open_members(session: Session, service_id: int) -> list[SharedMember]:
    """Those who still are, locked."""
    query = select(SharedMember).where(SharedMember.shared_service_id == service_id, SharedMember.ended_at.is_(None))
    return list(session.scalars(query.order_by(SharedMember.id).with_for_update()))


def list_of_agent(session: Session, home_staff_id: int) -> list[SharedMember]:
    """Where an agent is invited, or works, besides their own authority."""
    query = (
        select(SharedMember)
        .join(SharedService, SharedService.id == SharedMember.shared_service_id)
        .where(
            SharedMember.home_staff_id == home_staff_id,
            SharedMember.ended_at.is_(None),
            SharedService.accepted_at.is_not(None),
            SharedService.ended_at.is_(None),
        )
    )
    loaded = query.options(
        joinedload(SharedMember.service).joinedload(SharedService.partner),
        joinedload(SharedMember.service).joinedload(SharedService.department),
    )
    return list(session.scalars(loaded.order_by(SharedMember.id)))


def find_member(session: Session, service_id: int, home_staff_id: int) -> SharedMember | None:
    """The access of an agent that stands, invited or accepted."""
    same = (SharedMember.shared_service_id == service_id, SharedMember.home_staff_id == home_staff_id)
    return session.scalar(select(SharedMember).where(*same, SharedMember.ended_at.is_(None)))


def claim_member(session: Session, member_id: int, *, authority_id: int = 0, home_staff_id: int = 0) -> SharedMember:
    """An access that stands, given by this authority or to this agent, locked; or NotFound."""
    whose = SharedMember.authority_id == authority_id if authority_id else SharedMember.home_staff_id == home_staff_id
    query = select(SharedMember).where(SharedMember.id == member_id, whose, SharedMember.ended_at.is_(None))
    found = session.scalar(query.with_for_update().execution_options(populate_existing=True))
    if found is None:
        raise NotFound(NO_MEMBER)
    return found


def find_standing_member(session: Session, member_id: int) -> SharedMember | None:
    """An access that both sides still want, for who passes from one site to the other."""
    query = select(SharedMember).where(SharedMember.id == member_id, SharedMember.ended_at.is_(None))
    service = joinedload(SharedMember.service)
    loaded = query.options(service.joinedload(SharedService.home), service.joinedload(SharedService.department))
    found = session.scalar(loaded)
    return found if found is not None and found.accepted_at is not None and found.service.is_open else None


def find_account(session: Session, authority_id: int, home_staff_id: int) -> Staff | None:
    """The account that an agent of another authority has here, open or not, locked."""
    query = select(Staff).where(Staff.authority_id == authority_id, Staff.home_id == home_staff_id)
    return session.scalar(query.with_for_update())


def find_home(session: Session, staff_id: int) -> SharedMember | None:
    """By which access an account of another authority's agent is open."""
    query = select(SharedMember).where(SharedMember.staff_id == staff_id, SharedMember.ended_at.is_(None))
    loaded = query.options(joinedload(SharedMember.service).joinedload(SharedService.home))
    return session.scalar(loaded.order_by(SharedMember.id).limit(1))


def is_in_department(session: Session, staff_id: int, department_id: int) -> bool:
    """Whether an agent holds a role in a department."""
    held = select(Membership.id).where(Membership.staff_id == staff_id, Membership.department_id == department_id)
    return session.scalar(held.limit(1)) is not None


def count_waiting(session: Session, actor: Actor) -> tuple[int, int]:
    """The open cases of the departments of an agent: those that nobody has, and the agent's own."""
    mine = (Case.closed_at.is_(None), Case.department_id.in_(actor.department_ids))
    counted = select(
        func.count().filter(Case.assignee_id.is_(None)), func.count().filter(Case.assignee_id == (actor.id or 0))
    ).select_from(Case)
    free, own = session.execute(visible_to(actor, counted).where(*mine)).one()
    return free, own
