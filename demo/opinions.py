"""What citizens said of the answers they got: most were helped, a few say what was missing."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

from sqlalchemy.orm import Session

from backoffice.models.authorities import Authority
from backoffice.models.cases import Case
from backoffice.queries import cases
from backoffice.services import citizen_acts, moment
from demo.town import Opened

LASTS = timedelta(days=240)
SHARE, NOT_HELPED_SHARE = 0.5, 0.15
"""Of those who were answered, how many say so; and of these, how many were not helped."""
MISSING = (
    "Votre réponse ne dit pas à quelle date les travaux commencent.",
    "Je ne comprends pas quelle pièce je dois renvoyer.",
    "Le lien donné dans la réponse ne s’ouvre pas.",
    "On me renvoie vers un autre service sans me dire lequel.",
)


def write(session: Session, authority: Authority, opened: Sequence[Opened], now: datetime) -> None:
    """Give them some days after the answer; those who were not helped write when it is too late to open it again."""
    chance = Random(f"opinions {now:%Y-%m-%d}")
    too_late = citizen_acts.reopening_days(authority) + 1
    for one in opened:
        case = session.get_one(Case, one.case_id)
        if case.closed_at is None or case.closed_at < now - LASTS or case.restricted:
            continue
        says, helped = chance.random() < SHARE, chance.random() >= NOT_HELPED_SHARE
        (last,) = cases.list_last_events(session, case.id, 1)
        at = last.at + timedelta(days=chance.randint(1, 6) if helped else too_late, hours=chance.randint(0, 9))
        if not says or at >= now:
            continue
        with moment.at(at):
            if citizen_acts.may_be_judged(session, case):
                citizen_acts.judge(session, case, "" if helped else chance.choice(MISSING), helped=helped)
