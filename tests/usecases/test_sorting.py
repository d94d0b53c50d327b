"""A case is given its procedure, or the right one, and its language: the citizen learns what changes for them."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice.domain import policy
from backoffice.domain.incoming import ChannelCode
from backoffice.errors import Conflict, Invalid, NotFound
from backoffice.infra.runtime import Runtime
from backoffice.models.cases import Case, CaseEvent
from backoffice.models.documents import Document
from backoffice.models.mail import OutgoingMail
from backoffice.services import decisions, history_text, letter_templates, moment, sorting
from tests import factories
from tests.usecases.promises import render_next, send_next

RECEIVED = datetime(2026, 3, 2, 9, tzinfo=UTC)


def acknowledgements(session: Session, case: Case) -> list[Document]:
    kinds = ("acknowledgement", "receipt")
    query = select(Document).where(Document.case_id == case.id, Document.template.in_(kinds)).order_by(Document.id)
    return list(session.scalars(query))


def an_unsorted_case(runtime: Runtime) -> int:
    with runtime.database.transaction() as session, moment.at(RECEIVED):
        return factories.a_case(
            session, runtime, procedure="", channel=ChannelCode.EMAIL, received_at=RECEIVED, subject="Cantine de Léa"
        ).id


def test_a_procedure_with_another_effect_of_silence_is_acknowledged_again(runtime: Runtime) -> None:
    case_id = an_unsorted_case(runtime)
    with moment.at(RECEIVED):
        render_next(runtime)
        send_next(runtime)
    with runtime.database.transaction() as session, moment.at(datetime(2026, 3, 3, 9, tzinfo=UTC)):
        case, julie = session.get_one(Case, case_id), factories.actor_named(session, "Julie")
        assert case.acknowledged_at is not None
        assert sorting.choose_procedure(session, julie, case, "school_meals_aftercare")
        assert (case.regime["silence"], case.received_on, case.acknowledged_at) == (
            "acceptance",
            date(2026, 3, 2),
            None,
        )
        again = acknowledgements(session, case)[-1]
        assert again.values["replaces"]["sent_on"] == "2026-03-02"
    with moment.at(datetime(2026, 3, 3, 9, 1, tzinfo=UTC)):
        render_next(runtime)
        send_next(runtime)
    with runtime.database.reading() as session:
        mail = session.scalars(select(OutgoingMail).order_by(OutgoingMail.id.desc())).first()
        assert mail is not None
        assert "remplace celui que nous vous avons envoyé le lundi 2 mars 2026" in mail.text
        assert "sera réputée acceptée le samedi 2 mai 2026" in mail.text.replace("\u00a0", " ")
        assert session.get_one(Case, case_id).acknowledged_at == datetime(2026, 3, 3, 9, 1, tzinfo=UTC)


def test_the_first_acknowledgement_does_not_leave_once_it_is_no_longer_true(runtime: Runtime) -> None:
    case_id = an_unsorted_case(runtime)
    with runtime.database.transaction() as session:
        julie = factories.actor_named(session, "Julie")
        sorting.choose_procedure(session, julie, session.get_one(Case, case_id), "school_meals_aftercare")
    for _ in range(2):
        render_next(runtime)
    send_next(runtime)
    with runtime.database.reading() as session:
        mails = session.scalars(select(OutgoingMail)).all()
        assert len(mails) == 1
        assert "acceptée" in mails[0].text
        assert "remplace" not in mails[0].text
        assert session.get_one(Case, case_id).acknowledged_at is not None


def test_a_procedure_with_the_same_effect_is_not_acknowledged_twice(runtime: Runtime) -> None:
    with runtime.database.transaction() as session:
        case, julie = factories.a_case(session, runtime, procedure=""), factories.actor_named(session, "Julie")
        assert not sorting.choose_procedure(session, julie, case, "street_issue")
        assert len(acknowledgements(session, case)) == 1
        line = session.scalars(
            select(CaseEvent).where(CaseEvent.kind == "routed").order_by(CaseEvent.id.desc())
        ).first()
        assert line is not None
        assert history_text.detail(line).startswith("Démarche : ")


def test_a_wrong_procedure_is_changed_and_the_answers_stay_those_of_their_form(runtime: Runtime) -> None:
    with runtime.database.transaction() as session:
        case = factories.a_case(session, runtime, answers={"description": "Un trou."})
        form, karim = case.procedure_version, factories.actor_named(session, "Karim")
        sorting.choose_procedure(session, karim, case, "document_access")
        assert (case.department.code, case.procedure_code, case.regime["appeal_route"]) == (
            "juridique",
            "document_access",
            "cada",
        )
        session.flush()
        assert (case.form_version, case.answers) == (form, {"description": "Un trou."})
        assert case.answers_to_procedure == {}
        house = policy.system(case.authority_id)
        with pytest.raises(Conflict, match="déjà cette démarche"):
            sorting.choose_procedure(session, house, case, "document_access")
        sorting.choose_procedure(session, house, case, "street_issue")
        assert (case.answers_version, case.answers_to_procedure) == (None, {"description": "Un trou."})


def test_what_silence_has_decided_stays_under_the_law_that_decided_it(runtime: Runtime) -> None:
    with runtime.database.transaction() as session:
        with moment.at(RECEIVED):
            case = factories.a_case(session, runtime, procedure="", received_at=RECEIVED)
        with moment.at(datetime(2026, 5, 4, 9, tzinfo=UTC)):
            assert decisions.write_implicit_decision(session, case)
            julie = factories.actor_named(session, "Julie")
            assert not sorting.choose_procedure(session, julie, case, "school_meals_aftercare")
        assert (case.regime["silence"], case.implicit_outcome) == ("rejection", "implicitly_refused")


def test_a_language_is_chosen_among_those_that_the_letters_speak(runtime: Runtime) -> None:
    with runtime.database.transaction() as session:
        case, karim = factories.a_case(session, runtime), factories.actor_named(session, "Karim")
        with pytest.raises(Invalid):
            sorting.choose_language(session, karim, case, "en")
        nadia = factories.actor_named(session, "Nadia")
        letter_templates.save(session, nadia, "missing_documents", "", "en", "English", "We miss some documents.")
        sorting.choose_language(session, karim, case, "en")
        assert case.language == "en"
        with pytest.raises(NotFound):
            sorting.choose_language(session, factories.actor_named(session, "Paul"), case, "fr")
