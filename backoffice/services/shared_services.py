"""A department that works for several authorities (service commun): proposed, accepted, ended by either of the two.

Nothing of an authority is read by another one: each keeps its own department, its cases and its figures, and gives the
agents of the shared service an account of its own (`services.shared_members`).
"""

from collections.abc import Mapping

from sqlalchemy.orm import Session

from backoffice.domain import policy, row_ids
from backoffice.domain.policy import Actor, Permission
from backoffice.domain.setting_screens import Facts, Screen
from backoffice.errors import Conflict, Invalid
from backoffice.infra.runtime import Runtime
from backoffice.models.authorities import Authority
from backoffice.models.shared_services import SharedService
from backoffice.queries import catalogue
from backoffice.queries import shared_services as queries
from backoffice.services import moment, setting_history, shared_members

NO_REASON = "Dites pourquoi : les deux collectivités le lisent dans leur historique."
LONGEST_REASON = 500


def propose(session: Session, runtime: Runtime, actor: Actor, values: Mapping[str, str]) -> SharedService:
    """Offer a department of ours to another authority of the installation; raise Invalid with what to correct."""
    policy.require(actor, Permission.DEPARTMENT_MANAGE)
    department_id, partner_id = (row_ids.read(values.get(name, "")) for name in ("department", "partner"))
    others = {one.id for one in queries.list_other_authorities(session, actor.authority_id)}
    faults = {}
    if department_id not in {one.id for one in catalogue.list_departments(session, actor.authority_id)}:
        faults["department"] = "Choisissez un service dans la liste."
    if partner_id not in others:
        faults["partner"] = "Choisissez une collectivité dans la liste."
    agreement = values.get("agreement", "").strip()[:255]
    if not agreement:
        faults["agreement"] = "Citez la convention ou la délibération, avec sa date."
    if not faults and queries.find_standing(session, department_id or 0, partner_id or 0):
        faults["partner"] = "Ce service lui est déjà proposé ou partagé."
    if faults:
        raise Invalid(faults=faults)
    service = SharedService(
        authority_id=actor.authority_id,
        department_id=department_id,
        partner_id=partner_id,
        agreement=agreement,
        home_site=runtime.settings.public_url,
        proposed_at=moment.now(),
        proposed_by=actor.name,
    )
    session.add(service)
    session.flush()
    _note(session, actor, service, "Service commun proposé", {"Convention": agreement})
    return service


def accept(session: Session, runtime: Runtime, actor: Actor, service: SharedService, department: str) -> None:
    """Say yes to what another authority proposes, and which department of ours has the cases that it examines."""
    policy.require(actor, Permission.DEPARTMENT_MANAGE)
    _check_is_partner(actor, service)
    if service.accepted_at or service.ended_at:
        raise Conflict("Cette proposition a déjà une réponse.")
    department_id = row_ids.read(department)
    if department_id not in {one.id for one in catalogue.list_departments(session, actor.authority_id)}:
        sentence = "Choisissez votre service dans la liste."
        raise Invalid(sentence, {"department": sentence})
    service.partner_department_id = department_id
    service.accepted_at, service.accepted_by = moment.now(), actor.name
    service.site = runtime.settings.public_url
    session.flush()
    ours = catalogue.get_department(session, actor.authority_id, department_id or 0)
    _note(session, actor, service, "Service commun accepté", {"Service qui a les dossiers": ours.name})


def end(session: Session, runtime: Runtime, actor: Actor, service: SharedService, reason: str) -> None:
    """Refuse, take back or end it, with a reason: every agent's access closes at once, open sessions too."""
    policy.require(actor, Permission.DEPARTMENT_MANAGE)
    reason = reason.strip()[:LONGEST_REASON]
    if not reason:
        raise Invalid(NO_REASON, {"reason": NO_REASON})
    if service.ended_at is not None:
        raise Conflict("Ce partage est déjà terminé.")
    for member in queries.list_open_members(session, service.id):
        shared_members.close(session, runtime, actor, member, reason)
    service.ended_at, service.ended_by, service.end_reason = moment.now(), actor.name, reason
    act = "Service commun terminé" if service.accepted_at else "Service commun refusé"
    if not service.accepted_at and actor.authority_id == service.authority_id:
        act = "Proposition de service commun retirée"
    _note(session, actor, service, act, {}, reason)


def keep_address(session: Session, runtime: Runtime, actor: Actor, service: SharedService) -> None:
    """Note the address of our site once it moved: agents of the shared service pass by it."""
    policy.require(actor, Permission.DEPARTMENT_MANAGE)
    ours = "home_site" if actor.authority_id == service.authority_id else "site"
    before = getattr(service, ours)
    setattr(service, ours, runtime.settings.public_url)
    facts = {"Adresse du site": runtime.settings.public_url}
    if before != runtime.settings.public_url:
        _note(session, actor, service, "Adresse du site changée", facts, before={"Adresse du site": before})


def _check_is_partner(actor: Actor, service: SharedService) -> None:
    if actor.authority_id != service.partner_id:
        raise Conflict("C’est à l’autre collectivité d’accepter.")


def _note(
    session: Session,
    actor: Actor,
    service: SharedService,
    act: str,
    after: Facts,
    reason: str = "",
    *,
    before: Facts | None = None,
) -> None:
    """A line in the history of settings of each of the two."""
    sides = {one: session.get_one(Authority, one) for one in (service.authority_id, service.partner_id)}
    name = catalogue.get_department(session, service.authority_id, service.department_id).name
    for authority_id, other_id in (
        (service.authority_id, service.partner_id),
        (service.partner_id, service.authority_id),
    ):
        author = shared_members.author_in(session, actor, authority_id)
        subject = f"{name}, avec {sides[other_id].name}"
        setting_history.record(
            session, author, Screen.DEPARTMENTS, subject, before or {}, after, act=act, reason=reason
        )
