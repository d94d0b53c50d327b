"""From the end of a retention to the certificate: what a visa covers goes from everywhere, and figures do not move."""

import subprocess
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Text, cast, delete, func, select, update
from sqlalchemy.orm import Session

from backoffice.domain import retention
from backoffice.domain.case_links import LinkKind
from backoffice.domain.eliminations import EliminationState, LineState
from backoffice.domain.incoming import IncomingFile, Sender
from backoffice.domain.lifecycle import Outcome
from backoffice.domain.procedures import FinalDisposition, Retention, RetentionStart
from backoffice.domain.report_periods import Period
from backoffice.errors import Conflict, Forbidden, Invalid
from backoffice.infra.database import Base
from backoffice.infra.runtime import Runtime
from backoffice.models.calls import CallBack, CallRecord
from backoffice.models.cases import Attachment, Case, CaseEvent, Message
from backoffice.models.contacts import Contact
from backoffice.models.counting import CountMark
from backoffice.models.drafts import Draft
from backoffice.models.eliminations import Elimination
from backoffice.models.feedback import Feedback
from backoffice.models.mail import MailRecord
from backoffice.models.people import Citizen, CitizenIdentity
from backoffice.models.staff_notices import StaffNotice
from backoffice.models.tasks import Task
from backoffice.queries import eliminations as queries
from backoffice.queries import held_files
from backoffice.reports.base import Filters
from backoffice.services import (
    case_links,
    case_texts,
    casework,
    counting,
    destruction,
    elimination_papers,
    eliminations,
    exports,
    figures,
    moment,
    outbox,
)
from backoffice.services.outbox import Claim, JobKind
from tests import factories
from tests.usecases.promises import claim_next
from tests.web import everything

LONG_AGO = datetime(2022, 3, 14, 9, tzinfo=UTC)
NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
WHOLE = Filters(date(2022, 1, 1), date(2022, 12, 31))
DPO = "Inès"
SECRET_WORDS = ("Bartholomé", "Quincampoix", "hippopotame")


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (Retention(2, RetentionStart.CLOSURE, FinalDisposition.DESTROY), date(2026, 2, 28)),
        (Retention(2, RetentionStart.CLOSURE, FinalDisposition.SORT), date(2026, 2, 28)),
        (Retention(1, RetentionStart.END_OF_SCHOOL_YEAR, FinalDisposition.DESTROY), date(2026, 8, 31)),
        (Retention(2, RetentionStart.END_OF_SCHOOL_YEAR, FinalDisposition.DESTROY), date(2025, 8, 31)),
        (Retention(2, RetentionStart.END_OF_STAY, FinalDisposition.DESTROY), None),
        (Retention(2, RetentionStart.END_OF_STAY, FinalDisposition.DESTROY, start_field="stay"), date(2026, 2, 28)),
        (Retention(2, RetentionStart.END_OF_STAY, FinalDisposition.KEEP, start_field="stay"), None),
        (Retention(None, RetentionStart.CLOSURE, FinalDisposition.KEEP), None),
        (Retention(10, RetentionStart.CLOSURE, FinalDisposition.KEEP), None),
    ],
)
def test_the_time_of_a_file_is_over_by_the_rule_of_its_procedure(rule: Retention, expected: date | None) -> None:
    assert retention.closed_by(rule, date(2028, 2, 29)) == expected


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({"stay": "2026-06-30"}, (date(2026, 6, 30), True)),
        ({"stay": {"start": "2026-04-01", "end": "2026-08-31"}}, (date(2026, 8, 31), True)),
        ({"stay": "2025-01-01"}, (date(2026, 3, 14), True)),
        ({}, (date(2026, 3, 14), False)),
        ({"stay": {"start": "2026-04-01"}}, (date(2026, 3, 14), False)),
        ({"stay": "bientôt"}, (date(2026, 3, 14), False)),
    ],
)
def test_a_time_is_counted_from_what_was_answered_and_never_before_the_end_of_the_file(
    answers: dict[str, Any], expected: tuple[date, bool]
) -> None:
    rule = Retention(2, RetentionStart.END_OF_STAY, FinalDisposition.DESTROY, start_field="stay")
    assert retention.counted_from(rule, date(2026, 3, 14), answers) == expected


def closed(
    session: Session, runtime: Runtime, by: str = "Marc", outcome: Outcome = Outcome.ANSWERED, **changes: Any
) -> Case:
    """A case of 2022, answered and closed then."""
    with moment.at(LONG_AGO):
        case = factories.a_case(session, runtime, received_at=LONG_AGO, **changes)
        chief = factories.actor_named(session, by)
        casework.close(session, runtime, chief, case, outcome, "Bonjour,\n\nC’est fait.")
    return case


def a_full_case(runtime: Runtime) -> int:
    """A closed case of 2022 with one thing of each kind, told by one person with words that nobody else has."""
    first, second, third = SECRET_WORDS
    said = {
        "sender": Sender(family_name=second, given_names=first, email="b.q@courriel.example", phone="0600000123"),
        "body": f"Un {third} bloque la rue.",
        "subject": f"Un {third}",
        "files": (IncomingFile("hippopotame.png", "image/png", 9, runtime.storage.put(b"\x89PNG hippo")),),
        "raw_digest": runtime.storage.put(f"Subject: {third}".encode()),
    }
    with moment.at(LONG_AGO):
        everything_of = everything.fill(runtime, received_at=LONG_AGO, **said)
    with runtime.database.transaction() as session, moment.at(LONG_AGO):
        case = session.get_one(Case, everything_of.case.id)
        for task in session.scalars(select(Task).where(Task.case_id == case.id)):
            task.ended_at = LONG_AGO
        # Nothing but this case keeps the sheet: no account, no draft, no call of this year.
        session.execute(delete(Draft))
        session.execute(delete(CitizenIdentity))
        for table in (Contact, CallRecord, CallBack):
            session.execute(update(table).values(citizen_id=None))
        chief = factories.actor_named(session, "Marc")
        casework.close(session, runtime, chief, case, Outcome.ANSWERED, f"Bonjour {first},\n\nC’est fait.")
    return everything_of.case.id


def read_figures(session: Session) -> Any:
    actor = factories.actor_named(session, "Philippe")
    assert counting.is_up_to_date(session, actor.authority_id)
    period = Period(date(2021, 1, 1), date(2021, 12, 31))
    return figures.read_figures(session, actor, WHOLE, period), [
        (table.report.code, table.rows)
        for table in exports.read_all(session, actor, WHOLE)
        if table.report.code != "load_by_department"
    ]


def in_the_database(session: Session, word: str) -> list[str]:
    """The columns where a word is, in any table, whatever its kind."""
    found = []
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            cell = cast(column, Text)
            if session.scalar(select(func.count()).select_from(table).where(cell.ilike(f"%{word}%"))):
                found.append(f"{table.name}.{column.name}")
    return found


def proposal(session: Session) -> Elimination:
    return session.scalars(select(Elimination).where(Elimination.state == EliminationState.PROPOSED)).one()


def approved(runtime: Runtime, visa: bytes) -> int:
    """From the proposal to the visa."""
    with runtime.database.transaction() as session:
        eliminations.search_now(session, factories.actor_named(session, DPO))
        elimination_id = proposal(session).id
    with runtime.database.transaction() as session:
        dpo = factories.actor_named(session, DPO)
        eliminations.draw(session, dpo, elimination_id, [])
        with pytest.raises(Conflict):
            eliminations.begin(session, dpo, elimination_id)
    elimination_papers.draw(runtime, claim_next(runtime, JobKind.DRAW_ELIMINATION))
    with runtime.database.transaction() as session:
        dpo = factories.actor_named(session, DPO)
        with pytest.raises(Invalid) as refused:
            eliminations.approve(session, runtime, dpo, elimination_id, b"GIF89a", "", date(2020, 1, 1))
        assert set(refused.value.faults) == {"visa", "signed_by", "signed_on"}
        today = moment.today("Europe/Paris")
        eliminations.approve(session, runtime, dpo, elimination_id, visa, "Mme Diraison, directrice", today)
    return elimination_id


def test_what_a_visa_covers_is_destroyed_everywhere_and_no_figure_moves(  # noqa: PLR0915 (one long story)
    runtime: Runtime,
) -> None:
    full_id = a_full_case(runtime)
    with runtime.database.transaction() as session:
        digests = set(session.scalars(select(Attachment.digest).where(Attachment.case_id == full_id)))
        digests |= set(session.scalars(select(Message.raw_digest).where(Message.case_id == full_id))) - {""}
        assert len(digests) >= 2
        others = [closed(session, runtime).id for _ in range(3)]
        held, linked, recent = others[0], closed(session, runtime), factories.a_case(session, runtime)
        case_links.tie(session, factories.actor_named(session, "Marc"), linked, recent, LinkKind.LINKED)
        dpo = factories.actor_named(session, DPO)
        eliminations.hold(session, dpo, session.get_one(Case, held).reference, "Contentieux au tribunal.")
        citizen_id = session.get_one(Case, full_id).citizen_id
        session.add(
            Feedback(authority_id=dpo.authority_id, case_id=full_id, closed_at=LONG_AGO, helped=True, at=LONG_AGO)
        )
    counting.catch_up(runtime, float("inf"))
    case_texts.catch_up(runtime, float("inf"))
    with runtime.database.reading() as session:
        before, balance = read_figures(session), session.scalars(select(MailRecord.outcome)).all()
        assert all(in_the_database(session, word) for word in SECRET_WORDS)
    visa = b"%PDF-1.7\n%signed\n%%EOF\n"
    elimination_id = approved(runtime, visa)
    with runtime.database.transaction() as session:
        eliminations.begin(session, factories.actor_named(session, DPO), elimination_id)
    claim = claim_next(runtime, JobKind.RUN_ELIMINATION)
    # A process that dies between two batches: what is settled stays settled, and the rest is taken up.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(destruction, "AT_ONCE", 1)
        assert destruction._destroy_some(runtime, elimination_id)
    destruction.run(runtime, claim)
    with runtime.database.reading() as session:
        elimination = session.get_one(Elimination, elimination_id)
        assert elimination.state == EliminationState.DONE
        lines = {one.case_id: one for one in queries.list_lines(session, elimination_id)}
        assert {id_ for id_, one in lines.items() if one.state == LineState.DESTROYED} == {full_id, *others[1:]}
        assert lines[held].reason == "Il est retenu : Contentieux au tribunal."
        assert lines[linked.id].reason == "Un dossier lié est en cours."
        assert all(one.proof for one in lines.values() if one.state == LineState.DESTROYED)
        assert {word: in_the_database(session, word) for word in SECRET_WORDS} == {word: [] for word in SECRET_WORDS}
        assert in_the_database(session, "b.q@courriel") == []
        for table in Base.metadata.sorted_tables:
            for column in table.columns:
                if column.name.endswith("case_id") and table.name != "elimination_cases":
                    assert full_id not in session.scalars(select(column)).all(), f"{table.name}.{column.name}"
        assert session.get_one(Citizen, citizen_id).display_name == "Personne non identifiée"
        assert read_figures(session) == before
        assert session.scalars(select(MailRecord.outcome)).all() == balance, "the ledger balances as before"
        assert session.scalars(select(CountMark)).all() == []
        needed = held_files.list_named(session, digests)
        certificate = read_pdf(runtime.storage.get(elimination.certificate_digest))
        bordereau = read_pdf(runtime.storage.get(elimination.pdf_digest))
        assert runtime.storage.get(elimination.visa_digest) == visa
    assert counting.check(runtime) == []
    assert needed == set()
    assert [digest for digest in digests if runtime.storage.exists(digest)] == []
    assert "Mme Diraison" in certificate
    assert "Dossiers détruits 3" in certificate
    assert elimination.visa_digest in certificate.replace(" ", "")
    assert "2 ans après la clôture du dossier" in bordereau
    assert "L. 212-2" in bordereau
    assert not any(word in certificate + bordereau for word in (*SECRET_WORDS, "Martin"))


def test_a_file_whose_occupation_goes_on_is_proposed_when_its_time_after_the_end_is_over(runtime: Runtime) -> None:
    def occupied(session: Session, name: str, **answers: Any) -> str:
        terrace = {"procedure": "terrace_permit", "answers": answers, "sender": Sender(family_name=name)}
        return closed(session, runtime, outcome=Outcome.CLOSED_NO_ACTION, **terrace).reference

    with runtime.database.transaction() as session:
        ended = occupied(session, "Ended", occupation={"start": "2022-04-01", "end": "2022-09-30"})
        undated = occupied(session, "Undated")
        occupied(session, "Going on", occupation={"start": "2022-04-01", "end": "2025-12-31"})
    with runtime.database.transaction() as session, moment.at(datetime(2027, 9, 29, 9, tzinfo=UTC)):
        assert eliminations.search_now(session, factories.actor_named(session, DPO)) == 1, "a day too early"
    with runtime.database.transaction() as session, moment.at(datetime(2027, 10, 1, 9, tzinfo=UTC)):
        assert eliminations.search_now(session, factories.actor_named(session, DPO)) == 2
        proposed = proposal(session)
        assert {one.reference: one.reason for one in queries.list_lines(session, proposed.id)} == {
            ended: "Durée comptée du vendredi 30 septembre 2022.",
            undated: "Sans réponse à cette question\u00a0: durée comptée de la fin du dossier.",
        }
        (group,) = eliminations.describe(session, proposed, queries.list_groups(session, proposed.id))
        assert "«\u00a0Dates d’occupation\u00a0»" in group["start"]
        assert "1 dossier sans cette réponse, durée comptée de la fin du dossier." in group["start"]


def test_a_proposal_follows_what_becomes_due_and_can_be_given_up(runtime: Runtime) -> None:
    with runtime.database.transaction() as session:
        with pytest.raises(Forbidden):
            eliminations.search_now(session, factories.actor_named(session, "Marc"))
        first = closed(session, runtime)
        factories.a_case(session, runtime)
    eliminations.propose_monthly(runtime, a_round(runtime))
    with runtime.database.transaction() as session:
        assert [one.case_id for one in queries.list_lines(session, proposal(session).id)] == [first.id]
        # The functional administrator, and the data-protection officer, who keeps the archives too: told once.
        told = session.scalars(select(StaffNotice.text).where(StaffNotice.place == eliminations.PAGE)).all()
        assert told == ["1 dossier a fini sa durée de conservation : établissez le bordereau."] * 2
        dpo = factories.actor_named(session, DPO)
        second = closed(session, runtime, "Antoine", procedure="document_access", sender=Sender(family_name="Petit"))
        assert eliminations.search_now(session, dpo) == 1, "five years are not over for the second"
        with moment.at(NOW + timedelta(days=400)):
            assert eliminations.search_now(session, dpo) == 2
        one = proposal(session)
        with pytest.raises(Conflict):
            eliminations.draw(session, dpo, one.id, ["street_issue:2022", "document_access:2022"])
        eliminations.search_now(session, dpo)
        eliminations.draw(session, dpo, proposal(session).id, ["document_access:2022"])
        eliminations.withdraw(session, dpo, one.id)
        assert eliminations.search_now(session, dpo) == 1
        assert session.get(Case, second.id) is not None
        tampered = session.scalars(select(CaseEvent).where(CaseEvent.case_id == first.id)).first()
        assert tampered is not None
        tampered.actor_name = "Quelqu’un d’autre"
    elimination_id = approved(runtime, b"%PDF-1.7\n%%EOF\n")
    with runtime.database.transaction() as session:
        eliminations.begin(session, factories.actor_named(session, DPO), elimination_id)
    destruction.run(runtime, claim_next(runtime, JobKind.RUN_ELIMINATION))
    with runtime.database.reading() as session:
        assert session.get(Case, first.id) is not None, "a history that was tampered with is looked at first"
        assert queries.list_lines(session, elimination_id)[0].reason == destruction.BROKEN


def a_round(runtime: Runtime) -> Claim:
    with runtime.database.transaction() as session:
        outbox.promise(session, JobKind.PROPOSE_ELIMINATIONS)
    return claim_next(runtime, JobKind.PROPOSE_ELIMINATIONS)


def read_pdf(content: bytes) -> str:
    done = subprocess.run(["pdftotext", "-raw", "-", "-"], input=content, capture_output=True, check=True)
    return " ".join(done.stdout.decode().split())
