"""What answers a case that is closed: thanks are kept, a question reopens it, and after a time opens the next one."""

from datetime import date, timedelta

from sqlalchemy.orm import Session

from backoffice.domain import thanks
from backoffice.domain.french import long_date
from backoffice.domain.incoming import IncomingRequest
from backoffice.domain.lifecycle import Status
from backoffice.models.authorities import Authority
from backoffice.models.cases import Case
from backoffice.queries import cases as queries
from backoffice.services.citizen_acts import reopening_days


def only_thanks(case: Case, incoming: IncomingRequest) -> bool:
    """Whether a message to a closed case asks nothing of anybody."""
    brings_something = any(not file.inline for file in incoming.files)
    return case.status == Status.CLOSED and not brings_something and thanks.is_only_thanks(incoming.body)


def current_case(session: Session, case: Case) -> Case:
    """The case where the matter goes on: the case itself, or the last of those that followed it once closed.

    One that was given to somebody else since is not followed: whoever answers is a party of the first case only.
    """
    while case.status == Status.CLOSED:
        following = queries.find_following_case(session, case.id)
        if following is None or following.citizen_id != case.citizen_id:
            return case
        case = following
    return case


def is_too_late(case: Case, authority: Authority, on: date) -> bool:
    """Whether a closed case is too old on this day to be opened again: the authority says for how many days it may."""
    if case.status != Status.CLOSED or case.closed_on is None:
        return False
    return on > case.closed_on + timedelta(days=reopening_days(authority))


def reason(case: Case) -> str:
    """Why the case that follows goes where it goes."""
    return f"Suite du dossier {case.reference}, terminé le {long_date(case.closed_on)}" if case.closed_on else ""
