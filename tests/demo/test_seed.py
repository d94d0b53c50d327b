"""The demonstration town: believable, entirely made through the use cases, and installed once."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from random import Random
from statistics import median

import pytest
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from backoffice import catalogue
from backoffice.domain.calendars import get_calendar
from backoffice.domain.calls import CallOutcome
from backoffice.domain.form_events import FormEvent
from backoffice.domain.incoming import ChannelCode
from backoffice.domain.lifecycle import Outcome, Status
from backoffice.domain.tasks import TaskState
from backoffice.errors import Forbidden
from backoffice.infra.runtime import Runtime
from backoffice.infra.storage import LocalStorage
from backoffice.models.arrived_letters import ArrivedLetter
from backoffice.models.authorities import Department
from backoffice.models.calls import CallBack, CallRecord
from backoffice.models.cases import Attachment, Case, CaseEvent, Message
from backoffice.models.catalogue import Procedure
from backoffice.models.contacts import Contact
from backoffice.models.digitised_mail import DigitisedFile, DigitisedLetter
from backoffice.models.evaluation import FormCount
from backoffice.models.feedback import Feedback
from backoffice.models.jobs import Job
from backoffice.models.mail import MailboxBookmark, MailRecord, OutgoingMail
from backoffice.models.people import Staff
from backoffice.models.ready_answers import ReadyAnswer
from backoffice.models.tasks import Task
from backoffice.reports.activity import BY_CHANNEL
from backoffice.reports.base import Filters, Scope
from backoffice.services import journal, kiosks
from backoffice.services.outbox import JobKind
from channels import mail_kinds, mime
from demo import arrivals, contacts, form_visits, hall, seed, telephone
from demo.arrivals import Doors
from demo.people import People, inhabitants
from demo.plan import FRESH, WINDOW, Planned
from demo.storybook import TRIAGE, Story, stories
from tests import factories
from tests.usecases.promises import claim_next
from workers import scan_cutting

CASES = 64
NOW = datetime(2026, 3, 18, 15, 40, tzinfo=UTC)
TODAY = NOW.date()


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def town(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    """A small demonstration, once on each engine."""
    folder = tmp_path_factory.mktemp("demo")
    if request.param == "sqlite":
        yield from _seeded(f"sqlite:///{folder}/parvis.sqlite", folder)
    else:
        template = request.getfixturevalue("migrated_postgres")
        with request.getfixturevalue("postgres").database(template) as url:
            yield from _seeded(url, folder)


def _seeded(url: str, folder: Path) -> Iterator[Runtime]:
    runtime = factories.a_runtime(url, folder, demo=True)
    assert seed.seed(runtime.settings, CASES, NOW) == CASES
    yield runtime
    runtime.database.dispose()


@pytest.fixture
def session(town: Runtime) -> Iterator[Session]:
    with town.database.reading() as session:
        yield session


def count(session: Session, table: type) -> int:
    return session.scalar(select(func.count()).select_from(table)) or 0


def all_cases(session: Session) -> list[Case]:
    return list(session.scalars(select(Case).order_by(Case.id)))


def test_the_town_has_its_departments_procedures_and_staff(session: Session) -> None:
    assert (count(session, Department), count(session, Procedure), count(session, Staff)) == (8, 17, 12)


def test_a_kiosk_of_the_town_hall_has_procedures_to_offer(session: Session) -> None:
    offered = kiosks.setting_of(factories.the_authority(session)).procedures
    assert sorted(offered) == sorted(hall.OFFERED)


def test_cases_come_by_every_door_and_reach_every_state(session: Session) -> None:
    cases = all_cases(session)
    assert len(cases) == CASES
    assert {case.channel for case in cases} == set(ChannelCode) - {ChannelCode.OPEN311}
    assert {case.status for case in cases} == set(Status)
    assert {case.outcome for case in cases} >= {"", Outcome.ACCEPTED, Outcome.ANSWERED}
    still_open = sum(case.closed_at is None for case in cases)
    assert 0.15 * CASES < still_open < 0.5 * CASES


def test_every_department_has_open_cases(session: Session) -> None:
    still_open = Counter(case.department_id for case in all_cases(session) if case.closed_at is None)
    assert set(still_open) == set(session.scalars(select(Department.id)))


def test_nothing_happens_before_the_window_or_in_the_future(session: Session) -> None:
    for case in all_cases(session):
        assert NOW - WINDOW - timedelta(days=1) < case.received_at < NOW
        instants = [
            event.at
            for event in session.scalars(select(CaseEvent).where(CaseEvent.case_id == case.id).order_by("number"))
        ]
        assert instants[0] == case.received_at == case.registered_at
        assert instants[-1] < NOW
        assert all(earlier <= later for earlier, later in pairwise(instants))


def test_references_follow_the_order_of_arrival(session: Session) -> None:
    cases = all_cases(session)
    assert [case.reference for case in cases] == sorted(case.reference for case in cases)
    assert all(earlier.received_at <= later.received_at for earlier, later in pairwise(cases))


def test_every_history_verifies(session: Session) -> None:
    assert all(journal.verify(session, case) for case in all_cases(session))


def test_acknowledgements_left_when_the_request_came(session: Session) -> None:
    older = [case for case in all_cases(session)[:-FRESH] if case.citizen and case.citizen.email]
    assert older
    for case in older:
        assert case.acknowledged_at is not None
        # A mail that an agent sorted is acknowledged again, once its procedure says what silence means.
        if case.channel != ChannelCode.EMAIL:
            assert case.acknowledged_at - case.received_at < timedelta(minutes=5)


def test_the_newest_requests_wait_for_the_workers(session: Session) -> None:
    waiting = session.scalars(select(Job).where(Job.state != "done")).all()
    assert {job.state for job in waiting} == {"queued"}
    assert [job.kind for job in waiting].count(JobKind.RENDER_DOCUMENT) == FRESH
    assert all(case.acknowledged_at is None for case in all_cases(session)[-FRESH:])


def test_only_the_newest_mails_are_in_the_local_outbox(town: Runtime, session: Session) -> None:
    in_outbox = len(list(town.settings.outbox_dir.glob("*.eml")))
    assert 0 < in_outbox < count(session, OutgoingMail) / 2
    assert session.scalar(select(func.count()).where(OutgoingMail.sent_at.is_(None))) == 0


def test_citizens_write_back_and_send_files_that_are_kept(town: Runtime, session: Session) -> None:
    assert (session.scalar(select(func.count()).where(Message.direction == "in")) or 0) > CASES
    attachments = list(session.scalars(select(Attachment)))
    assert {one.media_type for one in attachments} == {"image/jpeg", "application/pdf"}
    assert all(len(town.storage.get(one.digest)) == one.size for one in attachments)


def test_the_ledger_has_one_line_for_each_mail_of_the_past_and_balances(town: Runtime, session: Session) -> None:
    mails = list(session.scalars(select(Message).filter_by(channel=ChannelCode.EMAIL, direction="in")))
    lines = list(session.scalars(select(MailRecord)))
    assert mails
    assert Counter(line.only_key for line in lines) == Counter(mail.source_id for mail in mails)
    assert all(town.storage.exists(line.raw_digest) for line in lines)
    [bookmark] = session.scalars(select(MailboxBookmark))
    assert bookmark.received == len(lines)


def test_a_person_an_absence_and_a_newsletter_wait_in_the_mailbox(town: Runtime) -> None:
    waiting = sorted((town.settings.var_dir / "maildir" / "new").iterdir())
    verdicts = [mail_kinds.kind(mime.parse(mail.read_bytes())) for mail in waiting]
    assert [verdict.is_human and not verdict.from_list for verdict in verdicts] == [True, False, False]


def test_the_activity_of_the_window_adds_up(session: Session) -> None:
    cases = all_cases(session)
    scope = Scope(cases[0].authority_id, None, None)
    period = Filters(TODAY - WINDOW - timedelta(days=2), TODAY + timedelta(days=1))
    lines = session.execute(BY_CHANNEL.select(period, scope)).all()
    received, closed, backlog = (
        sum(getattr(line, name) for line in lines) for name in ("received", "closed", "backlog")
    )
    still_open = sum(case.closed_at is None for case in cases)
    assert (received, closed, backlog) == (CASES, CASES - still_open, still_open)
    assert 2 <= median(case.closed_after_days for case in cases if case.closed_after_days is not None) <= 30
    month = session.execute(BY_CHANNEL.select(Filters(TODAY - timedelta(days=30), TODAY), scope)).all()
    assert 0 < sum(line.received for line in month) < CASES
    assert sum(line.backlog for line in month) == still_open


def test_seeding_again_adds_nothing(town: Runtime) -> None:
    assert seed.seed(town.settings, CASES, NOW) == 0
    with town.database.reading() as session:
        assert (count(session, Case), count(session, Staff), count(session, Procedure)) == (CASES, 12, 17)


def test_a_real_installation_refuses_the_demonstration(town: Runtime) -> None:
    with pytest.raises(Forbidden, match="PARVIS_DEMO=1"):
        seed.seed(replace(town.settings, demo=False))


@pytest.fixture(scope="module")
def people() -> People:
    return inhabitants(Random("people"), TODAY)


@pytest.fixture(scope="module")
def doors(tmp_path_factory: pytest.TempPathFactory) -> Doors:
    definitions = {one.code: one for one in catalogue.load_procedures()}
    return Doors(
        LocalStorage(tmp_path_factory.mktemp("files")), definitions, get_calendar("metropole"), "saint-aubin", 1
    )


def test_the_desk_answered_on_the_spot_all_along(session: Session) -> None:
    by_hand = Contact.source_id.startswith("demo-contact-")
    said = list(session.scalars(select(Contact).where(by_hand).order_by(Contact.at)))
    assert len(said) == contacts.TOTAL
    assert {one.channel for one in said} == set(contacts.DOORS)
    assert all(NOW - WINDOW <= one.at < NOW and one.line for one in said)
    assert {one.motive for one in said} - {""} <= {one.code for one in catalogue.load_procedures()}
    assert any(one.citizen_id for one in said)
    assert any(one.about_case_id for one in said)
    assert sum(one.ready_answer_version_id is not None for one in said) > contacts.TOTAL / 5


def test_forms_were_sent_as_often_as_online_requests_came_and_others_gave_up(session: Session) -> None:
    since = NOW - form_visits.LASTS
    online = [one for one in all_cases(session) if one.channel == ChannelCode.WEB_FORM and one.received_at >= since]
    happened = {event: int(n) for event, n in session.execute(_counts_of_forms())}
    assert happened[FormEvent.SENT] == sum(one.procedure_version_id is not None for one in online) > 0
    assert happened[FormEvent.OPENED] > happened[FormEvent.SENT]


def test_most_who_judged_their_answer_were_helped_and_no_case_was_opened_again_by_that(session: Session) -> None:
    said = session.scalars(select(Feedback)).all()
    helped = sum(one.helped for one in said)
    assert helped > len(said) / 2
    assert not any(one.reopened for one in said)
    assert all(one.reason for one in said if not one.helped)


def _counts_of_forms() -> Select[tuple[str, int]]:
    return select(FormCount.event, func.sum(FormCount.n)).group_by(FormCount.event)


def test_departments_ask_each_other_about_their_open_cases(session: Session) -> None:
    found = session.scalars(select(Task)).all()
    assert {one.state for one in found} == {TaskState.ASKED, TaskState.ANSWERED}
    assert all(one.department_id != one.from_department_id for one in found)


def test_the_telephone_rang_and_some_people_wait_to_be_called_back(session: Session) -> None:
    rang = list(session.scalars(select(CallRecord)))
    assert {one.outcome for one in rang} == set(CallOutcome)
    assert all(one.started_at < NOW and one.ended_at for one in rang)
    assert {one.number[:6] for one in session.scalars(select(CallBack))} <= {"+33639", "+33261", "+33199"}
    assert session.scalar(select(func.count()).where(CallBack.done_at.is_(None)))
    noted = list(session.scalars(select(Contact).where(Contact.call_id.is_not(None))))
    assert {one.call_id for one in noted} == {one.id for one in rang if one.outcome == CallOutcome.ANSWERED}
    overdue = select(func.count()).where(ReadyAnswer.review_on < TODAY)
    assert session.scalar(overdue) == telephone.READ_LATE


def test_every_procedure_has_its_stories() -> None:
    told = Counter(story.procedure for story in stories())
    assert set(told) == {one.code for one in catalogue.load_procedures()} | {TRIAGE}
    assert min(told.values()) >= 3


@pytest.mark.parametrize("story", stories(), ids=lambda story: f"{story.procedure}-{story.subject[:30]}")
def test_a_story_fits_its_procedure_by_every_door(story: Story, doors: Doors, people: People) -> None:
    person = {"association": people.associations, "company": people.companies}.get(story.who, people.adults)[0]
    for channel in sorted(story.channels):
        for turn in range(3):
            planned = Planned(turn, story, turn, channel, NOW, person)
            incoming = arrivals.incoming(doors, planned, TODAY, None)
            assert "{" not in incoming.subject + incoming.body
            if channel not in (ChannelCode.EMAIL, ChannelCode.WEB_FORM):
                assert incoming.body
                assert set(incoming.answers) >= set(story.answers) - {file.partition("|")[0] for file in story.files}


def test_this_mornings_letters_wait_in_their_pile_and_those_of_the_past_are_in_the_register(town: Runtime) -> None:
    with town.database.reading() as session:
        lines = list(session.scalars(select(ArrivedLetter).order_by(ArrivedLetter.year, ArrivedLetter.number)))
        by_post = select(func.count()).select_from(Case).where(Case.channel == ChannelCode.LETTER)
        assert len(lines) == session.scalar(by_post)
        assert all(one.number == before.number + 1 for before, one in pairwise(lines) if one.year == before.year)
        pile = session.scalars(select(DigitisedFile)).one()
    scan_cutting.cut_file(town, claim_next(town, JobKind.CUT_SCAN))
    with town.database.reading() as session:
        assert len(session.scalars(select(DigitisedLetter.id).where(DigitisedLetter.file_id == pile.id)).all()) == 3
