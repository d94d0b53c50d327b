"""Somebody who comes back within fifteen days for the same motive was not answered."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice.domain.incoming import ChannelCode, Sender
from backoffice.domain.policy import Actor
from backoffice.infra.runtime import Runtime
from backoffice.models.contacts import Contact
from backoffice.queries import ready_answers, repeat_contacts
from backoffice.services import contacts, moment
from backoffice.services.contacts import Answered
from tests import factories


def _told(
    session: Session, agent: Actor, who: str, days_ago: float, *, version: int | None = None, motive: str = ""
) -> None:
    sender = Sender(given_names=who, family_name="Petit", email=f"{who.lower()}@courriel.example") if who else None
    with moment.at(moment.now() - timedelta(days=days_ago)):
        answered = Answered(f"{next(factories.numbers):032}", ChannelCode.PHONE, "Dit.", sender, motive, version)
        contacts.record(session, agent, answered)


def test_who_comes_back_for_the_same_motive_in_fifteen_days_is_counted_once_and_listed(runtime: Runtime) -> None:
    with runtime.database.transaction() as session:
        agent = factories.actor_named(session, "Sandrine")
        answer = ready_answers.find_answer(session, agent.authority_id, "street_issue_danger")
        assert answer is not None
        version = answer.current_version_id
        for who in ("Anne", "Bob", "Chloé", "Dora", "Émile"):
            _told(session, agent, who, 40, version=version)
        _told(session, agent, "", 40, version=version)
        _told(session, agent, "Anne", 30, motive="street_issue")
        _told(session, agent, "Anne", 29, motive="street_issue")
        _told(session, agent, "Bob", 24, motive="street_issue")
        _told(session, agent, "Chloé", 30, motive="birth_certificate")
        _told(session, agent, "Dora", 26, version=version)
        now = moment.now()
        sender = Sender(given_names="Émile", family_name="Petit", email="émile@courriel.example")
        with moment.at(now - timedelta(days=35)):
            case = factories.a_case(session, runtime, sender=sender, received_at=now - timedelta(days=35))
        since, until = now - timedelta(days=105), now - timedelta(days=15)
        uses = repeat_contacts.list_uses(session, agent, since, until, answer.id)
        back = {use.citizen: use.reference for use in uses if use.back_at}
        # Dora's second visit was the answer given again: it counts itself, and nobody came back after it.
        assert len(uses) == 6
        assert [use.citizen for use in uses if "Dora" in use.citizen] == ["Dora Petit"] * 2
        assert back == {"Anne Petit": "", "Dora Petit": "", "Émile Petit": case.reference}
        assert repeat_contacts.count_uses(session, agent, since, until) == {answer.id: (6, 3)}
        assert repeat_contacts.count_uses(session, agent, since, until, answer.id) == {answer.id: (6, 3)}
        page = repeat_contacts.list_uses(session, agent, since, until, answer.id, only_back=True, limit=2)
        rest = repeat_contacts.list_uses(
            session, agent, since, until, answer.id, only_back=True, before=page[-1].contact_id
        )
        assert {use.citizen: use.reference for use in page + rest} == back
        assert (len(page), len(rest)) == (2, 1)
        director = factories.actor_named(session, "Philippe")
        assert repeat_contacts.count_uses(session, director, since, until) == {}


def test_a_sensitive_return_is_counted_for_those_who_may_read_it_alone(runtime: Runtime) -> None:
    with runtime.database.transaction() as session:
        karim, sandrine = (factories.actor_named(session, name) for name in ("Karim", "Sandrine"))
        answer = ready_answers.find_answer(session, karim.authority_id, "street_issue_danger")
        assert answer is not None
        _told(session, karim, "Anne", 40, version=answer.current_version_id)
        _told(session, karim, "Anne", 30, motive="street_issue")
        later = session.scalars(select(Contact).order_by(Contact.id.desc())).first()
        assert later is not None
        later.restricted = True
        later.department_id = next(iter(karim.department_ids))
        session.flush()
        since, until = moment.now() - timedelta(days=105), moment.now() - timedelta(days=15)
        assert repeat_contacts.count_uses(session, karim, since, until) == {answer.id: (1, 1)}
        assert repeat_contacts.count_uses(session, sandrine, since, until) == {answer.id: (1, 0)}
