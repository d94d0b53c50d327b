"""What the calendar does to many cases: implicit decisions written on their day, warnings before, dates kept right."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from functools import partial
from itertools import chain
from typing import Protocol

from sqlalchemy.exc import DisconnectionError, OperationalError
from sqlalchemy.orm import Session

from backoffice.domain.french import long_date, plural
from backoffice.domain.staff_notices import NoticeEvent
from backoffice.errors import Conflict
from backoffice.infra.runtime import Runtime
from backoffice.models.authorities import Authority
from backoffice.models.cases import Case
from backoffice.queries import cases
from backoffice.queries import legal as queries
from backoffice.services import clock, decisions, legal_facts, outbox, staff_notices
from backoffice.services.outbox import Claim

# Working days before the decision of silence: the handler first, then the supervisor too (R-SIL-7).
WARNINGS: tuple[tuple[int, bool], ...] = ((15, False), (7, True), (3, True))
MOST_FAULTS = 20
MEANINGS = {"acceptance": "vaudra accord", "rejection": "vaudra refus"}


_Act = Callable[[Session, Case], object]


class _List(Protocol):
    """A list of cases as (id, reference), read page after page from the one after an id."""

    def __call__(self, session: Session, /, *, after: int) -> list[tuple[int, str]]: ...


def write_implicit_decisions(runtime: Runtime, claim: Claim) -> None:
    """Write every decision that silence has made, one transaction a case: one faulty case stops none of the others."""
    with runtime.database.reading() as session:
        authorities = [(one.id, legal_facts.today_of(one)) for one in queries.list_authorities(session)]
    pages = [partial(queries.list_silent_cases, authority_id=one, before=today) for one, today in authorities]
    faults = each_case(runtime, claim, pages, decisions.write_implicit_decision)
    if faults:
        # The job is tried again, then shown to a person; what is written stays written.
        raise Conflict(f"Des décisions implicites n’ont pas pu être écrites : {', '.join(faults[:MOST_FAULTS])}.")
    with runtime.database.transaction() as session:
        outbox.keep(session, claim)


def refresh_dates(runtime: Runtime, claim: Claim) -> None:
    """Compute again the dates that every open case keeps for lists: the calendar, or the software, changed.

    One transaction a case: one faulty case stops none of the others.
    """
    with runtime.database.reading() as session:
        authorities = [one.id for one in queries.list_authorities(session)]
    pages = [partial(queries.list_open_cases, authority_id=one) for one in authorities]
    faults = each_case(runtime, claim, pages, _refresh)
    if faults:
        raise Conflict(f"Des échéances n’ont pas pu être recalculées : {', '.join(faults[:MOST_FAULTS])}.")
    with runtime.database.transaction() as session:
        outbox.keep(session, claim)


def _refresh(session: Session, case: Case) -> None:
    clock.refresh(session, case, session.get_one(Authority, case.authority_id))


def each_case(runtime: Runtime, claim: Claim, lists: Iterable[_List], act: _Act) -> list[str]:
    """Do `act` to every case of the lists, the job held meanwhile; the cases at fault, and of what."""
    faults: list[str] = []
    for pages in lists:
        for ids in _pages(runtime, pages):
            with runtime.database.transaction() as session:
                outbox.renew(session, claim, timedelta(seconds=runtime.settings.job_lease_seconds))
            done = (_do(runtime, case_id, reference, act) for case_id, reference in ids)
            faults += [fault for fault in done if fault]
    return faults


def _pages(runtime: Runtime, read: _List) -> Iterator[list[tuple[int, str]]]:
    """The id and reference of every case of a list, a page at a time: those at fault do not hide the others."""
    after = 0
    while True:
        with runtime.database.reading() as session:
            page = read(session, after=after)
        if not page:
            return
        yield page
        after = page[-1][0]


def _do(runtime: Runtime, case_id: int, reference: str, act: _Act) -> str:
    """Do something to one case; answers what is wrong with it, empty when nothing is."""
    try:
        with runtime.database.transaction() as session:
            act(session, cases.claim_case_by_id(session, case_id))
    except (OperationalError, DisconnectionError):
        raise  # the database is away for every case
    except Exception as error:  # noqa: BLE001 (whatever is wrong with one case, the others have their turn too)
        return f"{reference} ({type(error).__name__})"
    return ""


def warn_of_deadlines(runtime: Runtime, claim: Claim) -> None:
    """Tell, at J-15, J-7 and J-3 working days, whoever has the case; then whoever leads the department.

    Watched: the day on which silence decides, and the last day that a text gives to answer (RGPD 12.3, once extended
    too).
    """
    with runtime.database.transaction() as session:
        outbox.keep(session, claim)
        for authority in queries.list_authorities(session):
            _warn(session, authority)


def _warn(session: Session, authority: Authority) -> None:
    today, calendar = legal_facts.today_of(authority), clock.calendar_of(authority)
    limits = [(calendar.add_working_days(today, days), days, listening) for days, listening in WARNINGS]
    first = limits[0][0]
    silent = ((case, "silence", case.implicit_on) for case in queries.list_ripening_cases(session, authority.id, first))
    due = ((case, "answer", case.answer_by) for case in queries.list_due_answers(session, authority.id, first))
    for case, what, on in chain(silent, due):
        # The nearest threshold reached: a case taken up late gets one warning, not three at once.
        reached = [limit for limit in limits if on is not None and on <= limit[0]]
        for _, working_days, to_supervisors in reached[-1:]:
            assert on is not None  # noqa: S101 (only cases with that date are listed)
            staff_notices.tell(
                session,
                case,
                NoticeEvent.DEADLINE,
                staff_notices.listeners(session, case, to_supervisors=to_supervisors),
                SAID[what](case, on, today),
                once=f"{what}_{working_days}_{on.isoformat()}",
                urgent=working_days <= WARNINGS[-1][0],
            )


def _of_silence(case: Case, on: date, today: date) -> str:
    meaning = MEANINGS[case.regime.get("silence", "rejection")]
    return f"Dossier {case.reference} : le silence {meaning} le {long_date(on)}, {_left(on, today)}."


def _of_an_answer(case: Case, on: date, today: date) -> str:
    basis = case.regime.get("basis", "")
    text = f" ({basis})" if basis else ""
    if on < today:
        return f"Dossier {case.reference} : la réponse devait partir au plus tard le {long_date(on)}{text}."
    return f"Dossier {case.reference} : la réponse est due au plus tard le {long_date(on)}, {_left(on, today)}{text}."


def _left(on: date, today: date) -> str:
    return f"dans {plural((on - today).days, 'jour')}" if on > today else "aujourd’hui"


SAID = {"silence": _of_silence, "answer": _of_an_answer}
"""What a warning says, by what is watched."""
