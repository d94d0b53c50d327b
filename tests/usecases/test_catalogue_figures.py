"""What the catalogue tells from real cases, and the forms to print: made by workers, read by everybody."""

import subprocess
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select, update

from backoffice.domain.lifecycle import Outcome
from backoffice.domain.usual_delays import UsualDelay
from backoffice.infra.runtime import Runtime
from backoffice.models.authorities import Department
from backoffice.models.cases import Case
from backoffice.models.catalogue import PaperForm
from backoffice.queries import catalogue
from backoffice.queries import usual_delays as queries
from backoffice.services import legal_facts, moment, outbox, paper_forms, usual_delays
from backoffice.services.outbox import JobKind
from tests import factories
from tests.infra.test_pdf import check_accessible, check_structure
from tests.usecases.promises import claim_next, jobs_by_state


def promised(runtime: Runtime, kind: JobKind) -> outbox.Claim:
    with runtime.database.transaction() as session:
        outbox.promise(session, kind)
    return claim_next(runtime, kind)


def ended(runtime: Runtime, days: int, outcome: Outcome, *, days_ago: int = 30) -> None:
    with runtime.database.transaction() as session:
        case = factories.a_case(session, runtime)
        legal_facts.end(case, factories.the_authority(session), outcome)
        assert case.closed_on is not None
        case.closed_after_days, case.closed_on = days, case.closed_on - timedelta(days=days_ago)


def told(runtime: Runtime) -> UsualDelay | None:
    usual_delays.refresh(runtime, promised(runtime, JobKind.MEASURE_DELAYS))
    with runtime.database.reading() as session:
        return queries.find_delay(session, factories.the_authority(session).id, "street_issue")


def test_the_delay_told_is_that_of_the_answers_of_the_last_twelve_months(runtime: Runtime) -> None:
    for days in range(9):
        ended(runtime, days, Outcome.ANSWERED)
    assert told(runtime) is None
    ended(runtime, 200, Outcome.REFUSED)
    for unanswered in (Outcome.WITHDRAWN, Outcome.TRANSFERRED, Outcome.CLOSED_NO_ACTION):
        ended(runtime, 1, unanswered)
    ended(runtime, 1, Outcome.ANSWERED, days_ago=366)
    with runtime.database.transaction() as session:
        factories.a_case(session, runtime)
    assert told(runtime) == UsualDelay(10, 4, 8)
    assert told(runtime) == UsualDelay(10, 4, 8)
    with runtime.database.transaction() as session:
        session.execute(update(Case).where(Case.closed_after_days == 200).values(closed_on=None))
    assert told(runtime) is None


def a_form(runtime: Runtime, code: str = "street_issue") -> PaperForm:
    with runtime.database.transaction() as session:
        authority = factories.the_authority(session)
        return paper_forms.find_or_ask(session, authority, catalogue.get_procedure(session, authority.id, code))


def test_a_paper_form_is_printed_once_a_wording_and_says_all_that_is_needed(runtime: Runtime, tmp_path: Path) -> None:
    first = a_form(runtime)
    assert a_form(runtime).id == first.id
    assert jobs_by_state(runtime, JobKind.PRINT_PAPER_FORM) == {"queued": 1}
    paper_forms.print_form(runtime, claim_next(runtime, JobKind.PRINT_PAPER_FORM))
    path = tmp_path / "form.pdf"
    path.write_bytes(runtime.storage.get(a_form(runtime).digest))
    check_structure(path)
    check_accessible(path)
    text = " ".join(subprocess.run(["pdftotext", path, "-"], capture_output=True, text=True, check=True).stdout.split())
    text = text.replace("\u00a0", " ")
    for said in (
        "Signalement d’un problème dans la rue",
        "☐",
        "Éclairage public",
        "Appelez aussi l’astreinte",
        "À remplir seulement si votre réponse à « Est-ce dangereux pour quelqu’un en ce moment ? » est : oui",
        "14 rue des Ateliers",
        "du lundi au vendredi de 8 h à 12 h",
        "Elles sont conservées 2 ans après la clôture du dossier",
        "CNIL",
        "N’envoyez la demande qu’une fois",
    ):
        assert said in text
    with runtime.database.transaction() as session:
        session.execute(update(Department).where(Department.code == "voirie").values(opening_hours="Le lundi"))
    changed = a_form(runtime)
    assert (changed.id != first.id, changed.digest) == (True, "")


def test_forms_are_asked_for_before_anybody_comes_for_them(runtime: Runtime) -> None:
    for _ in range(2):
        paper_forms.ask_for_all(runtime, promised(runtime, JobKind.ASK_FOR_PAPER_FORMS))
    with runtime.database.reading() as session:
        forms = session.scalars(select(PaperForm)).all()
        procedures = catalogue.list_procedures(session, factories.the_authority(session).id)
    assert len(forms) == len(procedures)
    assert jobs_by_state(runtime, JobKind.PRINT_PAPER_FORM) == {"queued": len(forms)}
    assert moment.now() > forms[0].asked_at
