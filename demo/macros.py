"""The macros of the town: two that visitors find written, to apply and change."""

from sqlalchemy.orm import Session

from backoffice.domain.macros import may_manage
from backoffice.models.authorities import Authority
from backoffice.queries import catalogue, people, ready_answers
from backoffice.services import accounts, macro_settings, tags

EXAMINING = {"name": "Dire que nous examinons la demande", "take": "yes", "status": "under_review", "position": "1"}
ON_SITE = {"name": "Pris en charge par la voirie", "take": "yes", "status": "under_review", "position": "2"}
TAG = {"name": "À voir sur place", "tone": "info"}


def write(session: Session, authority: Authority) -> None:
    """Write them as the administrator of the town: one answers for every department, one puts a tag of the roads."""
    staff = (accounts.actor_of(one) for one in people.list_staff(session, authority.id))
    administrator = next(one for one in staff if may_manage(one, None))
    answer = ready_answers.find_answer(session, authority.id, "state_under_review")
    if answer is not None:
        macro_settings.create(session, administrator, EXAMINING | {"answer": str(answer.id)}, ())
    roads = catalogue.find_department(session, authority.id, "voirie")
    if roads is not None:
        of_roads = {"department": str(roads.id)}
        tag = tags.create(session, administrator, TAG | of_roads)
        macro_settings.create(session, administrator, ON_SITE | of_roads, [str(tag.id)])
