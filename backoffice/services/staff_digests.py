"""The mail that sums up what an agent has not read: in working hours, at their rhythm, of what they may still know."""

from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from backoffice.domain.french import plural
from backoffice.domain.staff_notices import Mode, NoticeEvent, mode_of, slot_of
from backoffice.infra.runtime import Runtime
from backoffice.models.authorities import Authority
from backoffice.models.people import Staff
from backoffice.queries import people
from backoffice.queries import staff_notices as queries
from backoffice.queries.staff_notices import Shown
from backoffice.services import accounts, clock, correspondence, documents, moment, outbox
from backoffice.services.outbox import Claim

PAGE = "/agents/notifications"


def send(runtime: Runtime, claim: Claim) -> None:
    """Write to each agent who wants mails and whose hour it is; one transaction each, so that nobody is told twice."""
    with runtime.database.reading() as session:
        listening = queries.list_mailed_staff(session)
    for staff_id in listening:
        with runtime.database.transaction() as session:
            _sum_up(session, runtime, staff_id)
    with runtime.database.transaction() as session:
        outbox.keep(session, claim)


def _sum_up(session: Session, runtime: Runtime, staff_id: int) -> None:
    staff = people.find_staff_with_memberships(session, staff_id)
    habit = queries.find_habit(session, staff_id)
    if staff is None or not staff.active or habit is None:
        return
    events = [event for event in NoticeEvent if mode_of(habit.modes, event) is Mode.MAIL]
    authority = session.get_one(Authority, staff.authority_id)
    now = moment.now()
    slot = slot_of(habit.rhythm, now.astimezone(ZoneInfo(authority.timezone)), clock.calendar_of(authority))
    if not events or slot is None or (habit.mailed_at is not None and habit.mailed_at >= slot):
        return
    waiting = queries.list_to_mail(session, accounts.actor_of(staff), events)
    if not waiting:
        return
    habit.mailed_at = now
    for one in waiting:
        one.notice.mailed_at = now
    _write(session, runtime, authority, staff, waiting)


def _write(session: Session, runtime: Runtime, authority: Authority, staff: Staff, waiting: list[Shown]) -> None:
    """A restricted case is neither named nor described: its notices are counted."""
    open_ones = [one for one in waiting if not one.restricted]
    hidden, url = len(waiting) - len(open_ones), runtime.settings.public_url
    values = {
        "authority": documents.authority_values(authority),
        "name": staff.name,
        "lines": [{"text": _said(one), "link": f"{url}{_path(one)}"} for one in open_ones],
        "many": plural(len(waiting), "notification", "notifications"),
        "sensitive": plural(hidden, "notification sur un dossier sensible", "notifications sur des dossiers sensibles")
        if hidden
        else "",
        "link": f"{url}{PAGE}",
        "choices": f"{url}{PAGE}/preferences",
    }
    correspondence.queue_mail_to(session, runtime, staff.authority_id, staff.address, "staff_digest", values)


def _said(one: Shown) -> str:
    text = one.notice.text
    return text if one.reference in text else f"{one.reference} : {text}"


def _path(one: Shown) -> str:
    anchor = f"#{one.notice.place}" if one.notice.place else ""
    return f"/agents/dossiers/{one.reference}{anchor}" if one.reference else one.notice.place
