"""How the agents of the town work together this week: notices read or not, a question to a colleague, a week away."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from backoffice.models.authorities import Authority
from backoffice.models.cases import Case
from backoffice.models.people import Staff
from backoffice.queries import absences as absence_queries
from backoffice.queries import people, staff_notices
from backoffice.services import absences, accounts, case_watchers, casework, mentions
from backoffice.services.absences import Planned

READ_BEFORE = timedelta(days=14)
READ_AFTER = timedelta(hours=2)
MOST = 10_000
ASKED = "@karim.benali l’usager a rappelé ce matin. Peux-tu lui dire quand tu passes ?"
WORDS = "Les rendez-vous de la semaine sont notés dans chaque dossier."


def write(session: Session, authority: Authority, now: datetime) -> None:
    """What was told a fortnight ago is read; Marc asks Karim something; Mathieu will be away next week."""
    staff = {one.name.split()[0]: one for one in people.list_staff(session, authority.id)}
    for one in staff.values():
        for shown in staff_notices.list_mine(session, accounts.actor_of(one), unread=True, limit=MOST):
            if shown.notice.at < now - READ_BEFORE:
                shown.notice.read_at = shown.notice.at + READ_AFTER
    _ask(session, authority, staff["Marc"], staff["Karim"])
    mathieu = staff["Mathieu"]
    monday = now.date() + timedelta(days=7 - now.weekday())
    stand_ins = absences.list_stand_ins(session, mathieu)
    planned = Planned(monday, monday + timedelta(days=4), WORDS, stand_ins[0].id if stand_ins else None)
    absences.record(session, accounts.actor_of(mathieu), mathieu, planned)


def _ask(session: Session, authority: Authority, asking: Staff, asked: Staff) -> None:
    """A note that names a colleague in a case that they have, which its author follows from now on."""
    actor = accounts.actor_of(asking)
    held: list[Case] = absence_queries.claim_open_cases(session, authority.id, asked.id, MOST)
    open_to_all = [case for case in held if not case.restricted]
    if not open_to_all:
        return
    case = open_to_all[-1]
    written = casework.note(session, actor, case, ASKED)
    mentions.tell(session, actor, case, ASKED, place=mentions.note_place(written.id))
    case_watchers.watch(session, actor, case)
