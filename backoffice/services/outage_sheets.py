"""Sheets for a day without a computer: the printed forms of several procedures, in one PDF."""

import io
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from backoffice.domain import policy
from backoffice.domain.policy import Actor, Permission
from backoffice.errors import Invalid
from backoffice.infra.runtime import Runtime
from backoffice.models.authorities import Authority
from backoffice.models.catalogue import Procedure
from backoffice.queries import catalogue
from backoffice.services import paper_forms

TITLE = "Feuilles de secours"
NONE_CHOSEN = "Cochez au moins une démarche."
NOT_READY = "Ces feuilles s’impriment : revenez dans une minute. Il manque : {}."


@dataclass(frozen=True, slots=True)
class Sheet:
    """The form of a procedure; `digest` is empty while it is being printed."""

    code: str
    title: str
    digest: str


def list_sheets(session: Session, actor: Actor) -> list[Sheet]:
    """The form of each procedure as it has to be today; those that nobody has are promised."""
    policy.require(actor, Permission.CASE_RECORD)
    authority = session.get_one(Authority, actor.authority_id)
    return [_sheet(session, authority, one) for one in catalogue.list_procedures(session, authority.id)]


def join(runtime: Runtime, sheets: Sequence[Sheet]) -> bytes:
    """One PDF of these forms, one after the other (copied, not made again); raise Invalid when one is missing."""
    from backoffice.infra import pdf_joining

    if not sheets:
        raise Invalid(NONE_CHOSEN)
    waiting = [one.title for one in sheets if not one.digest]
    if waiting:
        raise Invalid(NOT_READY.format(", ".join(waiting)))
    target = io.BytesIO()
    pdf_joining.join((io.BytesIO(runtime.storage.get(one.digest)) for one in sheets), target, TITLE)
    return target.getvalue()


def _sheet(session: Session, authority: Authority, procedure: Procedure) -> Sheet:
    form = paper_forms.find_or_ask(session, authority, procedure)
    return Sheet(procedure.code, procedure.title, form.digest)
