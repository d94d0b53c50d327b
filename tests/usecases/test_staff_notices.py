"""What agents are told, by event and preference, and the mail that sums it up."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice.domain.policy import Actor
from backoffice.domain.staff_notices import NoticeEvent
from backoffice.errors import Invalid
from backoffice.infra.runtime import Runtime
from backoffice.models.cases import Case
from backoffice.models.mail import OutgoingMail
from backoffice.models.staff_notices import StaffNotice
from backoffice.queries import catalogue
from backoffice.queries import staff_notices as queries
from backoffice.services import casework, intake, moment, outbox, staff_digests, staff_notices
from backoffice.services.outbox import JobKind
from tests import factories
from tests.usecases.promises import claim_next

MONDAY = datetime(2026, 5, 4, 7, 30, tzinfo=UTC)
"""Half past nine in Paris."""


def told(session: Session) -> list[tuple[str, str]]:
    """Who was told of what, in order."""
    names = {one.id: one.name.split()[0] for one in session.scalars(select(factories.Staff))}
    return [(names[one.staff_id], one.event) for one in session.scalars(select(StaffNotice).order_by(StaffNotice.id))]


def department_of(session: Session, code: str) -> int:
    authority = factories.the_authority(session)
    return next(one.id for one in catalogue.list_departments(session, authority.id) if one.code == code)


def sum_up(runtime: Runtime, at: datetime) -> list[OutgoingMail]:
    """Do what the periodic job does at an instant; give every summary written so far."""
    with runtime.database.transaction() as session:
        outbox.promise(session, JobKind.SUM_UP_NOTICES)
    with moment.at(at):
        staff_digests.send(runtime, claim_next(runtime, JobKind.SUM_UP_NOTICES))
    with runtime.database.reading() as session:
        return list(session.scalars(select(OutgoingMail).where(OutgoingMail.case_id.is_(None))))


def by_mail(session: Session, actor: Actor, rhythm: str = "daily", **modes: str) -> None:
    staff_notices.choose(session, actor, {event.value: "mail" for event in NoticeEvent} | modes, rhythm)


def test_each_is_told_of_what_concerns_them_and_never_of_what_they_did(runtime: Runtime) -> None:
    with runtime.database.transaction() as session:
        case = factories.a_case(session, runtime)
        marc, karim = factories.actor_named(session, "Marc"), factories.staff_named(session, "Karim")
        casework.assign(session, marc, case, to=karim)
        casework.assign(session, marc, case, to=factories.staff_named(session, "Marc"))
        casework.assign(session, marc, case, to=karim, reason="Le riverain rappelle jeudi.")
        assert told(session) == [("Karim", "assigned"), ("Karim", "handed_over")]
        incoming = factories.an_incoming(body="Avez-vous des nouvelles ?")
        intake.join(session, factories.the_authority(session), case, incoming)
        assert told(session)[2:] == [("Karim", "answered")]
        # Who may not know of the case is told nothing, whoever asks for it.
        case.restricted = True
        ids = [factories.staff_named(session, name).id for name in ("Julie", "Philippe", "Marc")]
        assert staff_notices.tell(session, case, NoticeEvent.MENTIONED, ids, "…") == [ids[2]]


def test_a_department_is_told_of_what_it_is_handed_but_those_who_asked_not_to_be(runtime: Runtime) -> None:
    with runtime.database.transaction() as session:
        case = factories.a_case(session, runtime)
        karim, julie = factories.actor_named(session, "Karim"), factories.actor_named(session, "Julie")
        by_mail(session, julie, transferred="none")
        to = department_of(session, "etat_civil")
        casework.transfer(session, karim, case, department_id=to, reason="Un acte de naissance.")
        names = [name for name, _ in told(session)]
        assert "Hélène" in names
        assert "Julie" not in names
        with pytest.raises(Invalid) as fault:
            by_mail(session, julie, deadline="none")
        assert set(fault.value.faults) == {"deadline"}


def test_the_mail_that_sums_up_leaves_once_in_working_hours_and_only_counts_sensitive_cases(runtime: Runtime) -> None:
    with runtime.database.transaction() as session:
        plain, secret, gone = (factories.a_case(session, runtime, subject=f"Objet {n}") for n in range(3))
        marc, karim = factories.actor_named(session, "Marc"), factories.actor_named(session, "Karim")
        by_mail(session, karim, "twice", answered="app")
        secret.restricted = True
        with moment.at(MONDAY):
            for case in (plain, secret, gone):
                casework.assign(session, marc, case, to=factories.staff_named(session, "Karim"))
            staff_notices.tell(session, plain, NoticeEvent.ANSWERED, [karim.id], "L’usager a écrit.")
    # Read before the mail leaves, restricted elsewhere before it leaves: neither is in it.
    with runtime.database.transaction() as session:
        lost = session.get_one(Case, gone.id)
        lost.restricted, lost.department_id = True, department_of(session, "etat_civil")
    assert sum_up(runtime, datetime(2026, 5, 2, 9, 0, tzinfo=UTC)) == []  # a Saturday
    assert sum_up(runtime, datetime(2026, 5, 4, 4, 0, tzinfo=UTC)) == []  # six in the morning
    (mail,) = sum_up(runtime, MONDAY)
    assert (mail.recipient, mail.subject) == ("karim.benali@saint-aubin.example", "2 notifications à lire")
    assert f"{plain.reference} : Marc Duval vous attribue ce dossier." in mail.text
    assert "1 notification sur un dossier sensible" in mail.text
    assert not [one for one in (secret.reference, gone.reference, "Objet", "a écrit") if one in mail.text + mail.html]
    with runtime.database.transaction() as session, moment.at(MONDAY):
        staff_notices.tell(session, plain, NoticeEvent.MENTIONED, [karim.id], "Marc Duval vous mentionne.")
    assert len(sum_up(runtime, MONDAY.replace(hour=10))) == 1  # the morning had its mail
    assert len(sum_up(runtime, MONDAY.replace(hour=11, minute=1))) == 2  # one in the afternoon in Paris
    assert len(sum_up(runtime, MONDAY.replace(hour=15))) == 2
    with runtime.database.reading() as session:
        left = queries.list_mine(session, karim, unread=True)
        assert sorted({one.reference for one in left}) == sorted({plain.reference, secret.reference})


def test_what_was_read_long_ago_is_forgotten(runtime: Runtime) -> None:
    with runtime.database.transaction() as session:
        case, marc = factories.a_case(session, runtime), factories.actor_named(session, "Marc")
        with moment.at(MONDAY):
            staff_notices.tell(session, case, NoticeEvent.ANSWERED, [marc.id], "Lu.", once="one")
            staff_notices.tell(session, case, NoticeEvent.ANSWERED, [marc.id], "Lu.", once="one")
            staff_notices.read_of_case(session, marc, case.id)
            staff_notices.tell(session, case, NoticeEvent.ANSWERED, [marc.id], "Non lu.", once="two")
            assert len(told(session)) == 2
        with moment.at(datetime(2026, 9, 1, tzinfo=UTC)):
            staff_notices.forget_old(session)
        assert [one.text for one in session.scalars(select(StaffNotice))] == ["Non lu."]
