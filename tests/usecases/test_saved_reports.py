"""A frozen report stays what it was; a scheduled one leaves once, on a working day, to who did not ask for no more."""

import hashlib
import io
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import openpyxl
import pytest
from sqlalchemy import delete, select, update

from backoffice.domain.calendars import get_calendar
from backoffice.domain.masking import MASKED
from backoffice.domain.report_periods import Period
from backoffice.domain.saved_reports import Rhythm, Span, period_of, sending_of
from backoffice.errors import Forbidden, Invalid, NotFound
from backoffice.infra.runtime import Runtime
from backoffice.models.cases import Case
from backoffice.models.mail import OutgoingMail
from backoffice.models.saved_reports import ReportRecipient, ReportVersion, SavedReport
from backoffice.queries import saved_reports as queries
from backoffice.services import held_files, mailed_reports, moment, outbox, report_rounds, saved_reports
from backoffice.services.outbox import JobKind
from backoffice.services.saved_reports import Typed
from tests import factories
from tests.usecases.promises import claim_next, jobs_by_state

MARCH = Typed("Conseil de mars", "du=2026-03-01&au=2026-03-31", (), Span.FIXED, "", False, "", "")
MAYOR = "maire@saint-aubin.example"


def kept(runtime: Runtime, typed: Typed = MARCH, by: str = "Philippe") -> int:
    with runtime.database.transaction() as session:
        return saved_reports.save(session, factories.actor_named(session, by), typed).id


def frozen(runtime: Runtime, report_id: int, key: str = "k") -> ReportVersion:
    with runtime.database.transaction() as session:
        actor = factories.actor_named(session, "Philippe")
        version = saved_reports.freeze(session, actor, queries.get_open(session, actor, report_id), key=key)
    saved_reports.make(runtime, claim_next(runtime, JobKind.FREEZE_REPORT))
    return version


def contents(runtime: Runtime, version: ReportVersion) -> dict[str, bytes]:
    with runtime.database.reading() as session:
        return {one.format: runtime.storage.get(one.digest) for one in queries.list_files(session, version.id)}


def received(content: bytes) -> object:
    """What the workbook of a version says was received."""
    return openpyxl.load_workbook(io.BytesIO(content))["Volumes"]["B2"].value


@pytest.mark.parametrize("seeded_url", ["sqlite"], indirect=True)
def test_a_version_is_the_same_after_corrections_and_purges(runtime: Runtime) -> None:
    with runtime.database.transaction() as session:
        for day in range(1, 8):
            factories.a_case(session, runtime, received_at=datetime(2026, 3, day, 10, tzinfo=UTC))
    report_id = kept(runtime)
    first = frozen(runtime, report_id)
    before = contents(runtime, first)
    assert set(before) == {"pdf", "xlsx", "ods", "csv"}
    assert received(before["xlsx"]) == 7
    with runtime.database.transaction() as session:
        session.execute(update(Case).where(Case.id < 3).values(received_on=date(2026, 2, 1)))
    held_files.sweep(runtime)
    with runtime.database.transaction() as session:
        held_files.let_go(session, [hashlib.sha256(one).hexdigest() for one in before.values()])
    held_files.sweep(runtime)
    assert contents(runtime, first) == before
    second = frozen(runtime, report_id, key="l")
    assert (first.number, second.number) == (1, 2)
    assert received(contents(runtime, second)["xlsx"]) != 7
    with runtime.database.reading() as session:
        parameters = dict(session.get_one(ReportVersion, first.id).parameters)
    assert parameters["Par"] == "Philippe Lambert"
    assert parameters["Période"].startswith("mars 2026")


@pytest.mark.parametrize("seeded_url", ["sqlite"], indirect=True)
def test_a_report_is_read_by_those_it_is_shared_with_and_then_hides_small_numbers(runtime: Runtime) -> None:
    mine = kept(runtime)
    for_all = kept(runtime, replace(MARCH, name="Pour tous", shared="tous"))
    with runtime.database.transaction() as session:
        marc, philippe = (factories.actor_named(session, name) for name in ("Marc", "Philippe"))
        assert [one.name for one in queries.list_open(session, marc)] == ["Pour tous"]
        assert session.get_one(SavedReport, for_all).outward
        with pytest.raises(NotFound):
            queries.get_open(session, marc, mine)
        with pytest.raises(Forbidden):
            saved_reports.freeze(session, marc, queries.get_open(session, marc, for_all), key="x")
        with pytest.raises(Forbidden):
            saved_reports.save(session, factories.actor_named(session, "Karim"), MARCH)
        wrong = replace(MARCH, name=" ", shared="9999", rhythm="weekly", recipients="pas une adresse")
        with pytest.raises(Invalid) as fault:
            saved_reports.save(session, philippe, wrong)
        assert set(fault.value.faults) == {"name", "shared", "recipients"}
        factories.a_case(session, runtime, received_at=datetime(2026, 3, 2, 10, tzinfo=UTC))
    assert received(contents(runtime, frozen(runtime, for_all))["xlsx"]) == MASKED


@pytest.mark.parametrize("seeded_url", ["sqlite"], indirect=True)
def test_a_scheduled_report_leaves_once_a_month_to_who_still_wants_it(runtime: Runtime) -> None:
    asked = replace(
        MARCH, span=Span.MONTH, fields="", rhythm="monthly", recipients=f"{MAYOR}\nelue@saint-aubin.example"
    )
    with moment.at(datetime(2026, 4, 15, 8, tzinfo=UTC)):
        kept(runtime, asked)
        round_of(runtime)
    assert not jobs_by_state(runtime, JobKind.FREEZE_REPORT), "it was asked for after the first of April"
    with moment.at(datetime(2026, 5, 3, 8, tzinfo=UTC)):
        round_of(runtime)
        assert not jobs_by_state(runtime, JobKind.FREEZE_REPORT), "the first is a holiday, then comes the week-end"
    with moment.at(datetime(2026, 5, 4, 8, tzinfo=UTC)):
        round_of(runtime)
        round_of(runtime)
        saved_reports.make(runtime, claim_next(runtime, JobKind.FREEZE_REPORT))
    assert jobs_by_state(runtime, JobKind.FREEZE_REPORT) == {"done": 1}
    with runtime.database.transaction() as session:
        mails = session.scalars(select(OutgoingMail).order_by(OutgoingMail.recipient)).all()
        assert [one.recipient for one in mails] == ["elue@saint-aubin.example", MAYOR]
        assert "avril 2026" in mails[1].subject
        token = mails[1].text.partition("/rapports/")[2].split()[0]
        authority_id = mails[1].authority_id
        with moment.at(datetime(2026, 5, 20, tzinfo=UTC)):
            opened = mailed_reports.open_link(session, runtime, authority_id, token)
            assert runtime.storage.get(opened.digest).startswith(b"%PDF")
            assert opened.recipient.email == MAYOR
        with moment.at(datetime(2026, 8, 1, tzinfo=UTC)), pytest.raises(NotFound):
            mailed_reports.open_link(session, runtime, authority_id, token)
        with pytest.raises(NotFound):
            mailed_reports.stop(session, runtime, authority_id, token.replace("1.", "2.", 1))
        mailed_reports.stop(session, runtime, authority_id, token)
        session.execute(delete(OutgoingMail))
    with moment.at(datetime(2026, 6, 1, 8, tzinfo=UTC)):
        round_of(runtime)
        saved_reports.make(runtime, claim_next(runtime, JobKind.FREEZE_REPORT))
    with runtime.database.transaction() as session:
        assert session.scalars(select(OutgoingMail.recipient)).all() == ["elue@saint-aubin.example"]
        # Who stopped stays so, whoever writes their address again.
        philippe = factories.actor_named(session, "Philippe")
        (report,) = queries.list_open(session, philippe)
        saved_reports.save(session, philippe, asked, report)
        stopped = session.scalars(select(ReportRecipient).where(ReportRecipient.email == MAYOR)).one()
        assert stopped.stopped_at is not None


def round_of(runtime: Runtime) -> None:
    """One morning round."""
    with runtime.database.transaction() as session:
        outbox.promise(session, JobKind.SEND_REPORTS)
    report_rounds.send_due(runtime, claim_next(runtime, JobKind.SEND_REPORTS))


def test_a_report_is_about_the_last_whole_period_and_leaves_on_the_first_working_day() -> None:
    chosen = Period(date(2026, 1, 2), date(2026, 1, 9))
    monday = date(2026, 5, 4)
    assert period_of(Span.WEEK, monday, chosen) == Period(date(2026, 4, 27), date(2026, 5, 3))
    assert period_of(Span.QUARTER, monday, chosen) == Period(date(2026, 1, 1), date(2026, 3, 31))
    assert period_of(Span.FIXED, monday, chosen) == chosen
    calendar = get_calendar("metropole")
    assert sending_of(Rhythm.WEEKLY, monday, calendar) == ("2026-W19", monday)
    assert sending_of(Rhythm.WEEKLY, monday + timedelta(days=3), calendar) == ("2026-W19", monday)
    assert sending_of(Rhythm.MONTHLY, date(2026, 5, 2), calendar) is None
    assert sending_of(Rhythm.MONTHLY, date(2026, 5, 9), calendar) == ("2026-05", monday)
    assert sending_of(Rhythm.NEVER, monday, calendar) is None
