"""Every received mail has one line and one outcome; people are answered, machines are filed."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from backoffice.domain.lifecycle import Status
from backoffice.domain.mail_outcomes import MailOutcome
from backoffice.errors import Conflict, Forbidden, NotFound
from backoffice.infra.runtime import Runtime
from backoffice.models.authorities import Authority
from backoffice.models.cases import Attachment, Case, CaseEvent, Message
from backoffice.models.jobs import Job
from backoffice.models.mail import KeptMailbox, MailRecord, OutgoingMail
from backoffice.models.people import Citizen, Staff
from backoffice.queries import mail_ledger as queries
from backoffice.services import history_text, mail_ledger, outbox, parked_mail
from backoffice.services.outbox import JobKind
from tests import factories, mails
from workers import jobs, mail_sorting

STRANGER = "Paul Inconnu <paul@ailleurs.example>"


@pytest.fixture
def house(runtime: Runtime) -> Runtime:
    return mails.with_maildirs(runtime)


def acknowledged(house: Runtime) -> tuple[Case, str]:
    """A case opened by e-mail whose acknowledgement has left, and the address to answer to."""
    mails.receive(house, mails.a_mail())
    mails.work_off(house)
    (sent,) = mails.sent(house)
    assert sent.sent_at is not None
    return mails.cases(house)[0], sent.reply_to


def events(house: Runtime, case: Case) -> list[str]:
    with house.database.reading() as session:
        found = session.scalars(select(CaseEvent).where(CaseEvent.case_id == case.id).order_by(CaseEvent.number))
        return [event.kind for event in found]


def messages(house: Runtime, case: Case) -> list[Message]:
    with house.database.reading() as session:
        return list(session.scalars(select(Message).where(Message.case_id == case.id).order_by(Message.id)))


def a_mailbox_of_the_screens(**changes: Any) -> KeptMailbox:
    """One that an administrator added under the name of the test's Maildir."""
    said: dict[str, Any] = {
        "code": "demandes",
        "address": "plu@saint-aubin.example",
        "scheme": "imaps",
        "host": "imap.saint-aubin.example",
        "port": 993,
        "account": "plu",
        "folder": "INBOX",
        "processed_folder": "Traités",
        "procedure_code": "accessibility_report",
        "active": True,
        "created_at": datetime.now(UTC),
    }
    return KeptMailbox(**said | changes)


# Where people's mail goes ------------------------------------------------------------------------------------------


def test_the_answer_to_our_acknowledgement_joins_its_case(house: Runtime) -> None:
    case, address = acknowledged(house)
    line = mails.receive(house, mails.a_mail("Voici la photo.", Subject="Re: Accusé", To=address))[-1]
    assert (line.outcome, line.case_id) == ("joined", case.id)
    assert [message.body.strip() for message in messages(house, case)][1] == "Voici la photo."
    assert len(mails.cases(house)) == 1
    assert len(mails.sent(house)) == 1


def test_an_answer_that_lost_our_address_joins_by_our_message_id(house: Runtime) -> None:
    case, _ = acknowledged(house)
    answer = mails.a_mail("Voici.", Subject="Re: Accusé", In_Reply_To=f"<{mails.sent(house)[0].message_id}>")
    assert mails.receive(house, answer)[-1].outcome == "joined"
    assert len(messages(house, case)) == 2


def test_the_same_answer_from_a_stranger_is_parked_with_its_candidate(house: Runtime) -> None:
    case, address = acknowledged(house)
    line = mails.receive(house, mails.a_mail("Je réponds pour elle.", From=STRANGER, To=address))[-1]
    assert (line.outcome, line.case_id, line.candidate_case_id) == ("parked", None, case.id)
    assert parked_mail.from_data(line.content).body.strip() == "Je réponds pour elle."
    assert len(messages(house, case)) == 1


def test_one_message_id_on_two_texts_keeps_both(house: Runtime) -> None:
    pages = [mails.a_mail(text, Message_ID="<scanner@copieur.example>") for text in ("Page 1", "Page 2")]
    lines = mails.receive(house, *pages)
    assert [line.outcome for line in lines] == ["opened", "opened"]
    assert "Message-ID" in lines[1].reason


RELAY = "mx.saint-aubin.example"
FORGED = f"{RELAY}; spf=softfail smtp.mailfrom=x.example; dmarc=fail (p=NONE; sp=NONE) header.from=courriel.example"
SOUND = f"{RELAY}; dkim=pass header.d=courriel.example; dmarc=pass header.from=courriel.example"


def behind_a_relay(house: Runtime) -> Runtime:
    boxes = tuple(replace(one, authserv_id=RELAY) for one in house.settings.mailboxes)
    return replace(house, settings=replace(house.settings, mailboxes=boxes))


def test_a_forged_sender_joins_nothing_even_with_our_signed_address(house: Runtime) -> None:
    house = behind_a_relay(house)
    case, address = acknowledged(house)
    forged = mails.a_mail("Changez mon adresse.", To=address, Authentication_Results=FORGED)
    line = mails.receive(house, forged)[-1]
    assert (line.outcome, line.candidate_case_id) == ("parked", case.id)
    assert "usurpation" in line.reason
    assert line.content["facts"]["authentication"]["dmarc"] == "fail"
    answer = mails.a_mail("Voici.", To=address, Authentication_Results=SOUND)
    assert mails.receive(house, answer)[-1].outcome == "joined"
    assert messages(house, case)[-1].facts["authentication"] == {
        "relay": RELAY, "dkim": "pass", "dmarc": "pass", "domain": "courriel.example"
    }  # fmt: skip


def test_a_contact_form_that_names_a_party_is_no_answer_of_theirs(house: Runtime) -> None:
    house = behind_a_relay(house)
    case, address = acknowledged(house)
    sound = f"{RELAY}; dmarc=pass header.from=ailleurs.example"
    raw = mails.a_mail("C’est moi.", From="no-reply@ailleurs.example", Reply_To=mails.JEANNE, To=address,
                       Authentication_Results=sound)  # fmt: skip
    line = mails.receive(house, raw)[-1]
    assert (line.outcome, line.candidate_case_id, line.case_id) == ("parked", case.id, None)


def test_a_forged_request_opens_a_case_that_fills_nobody_s_sheet(house: Runtime) -> None:
    house = behind_a_relay(house)
    case, _ = acknowledged(house)
    with house.database.transaction() as session:
        session.get_one(Citizen, case.citizen_id).phone = "+33612345678"
    line = mails.receive(house, mails.a_mail("Une demande.", Authentication_Results=FORGED))[-1]
    assert line.outcome == "opened"
    assert mails.cases(house)[-1].citizen_id != case.citizen_id


def test_the_verdict_of_a_relay_that_is_not_ours_says_nothing(house: Runtime) -> None:
    house = behind_a_relay(house)
    case, address = acknowledged(house)
    raw = mails.a_mail("Voici.", To=address, Authentication_Results=FORGED.replace(RELAY, "mx.ailleurs.example"))
    assert mails.receive(house, raw)[-1].outcome == "joined"
    assert "authentication" not in messages(house, case)[-1].facts


# A case that is closed ---------------------------------------------------------------------------------------------


def closed(house: Runtime, days_ago: int) -> tuple[Case, str]:
    """A case opened by e-mail, closed so many days ago, and the address to answer to."""
    case, address = acknowledged(house)
    with house.database.transaction() as session:
        held = session.get_one(Case, case.id)
        held.status, held.restricted = Status.CLOSED, True
        held.closed_at = mail_ledger.moment.now() - timedelta(days=days_ago)
        held.closed_on = held.closed_at.date()
    return case, address


def status_of(house: Runtime, case: Case) -> str:
    with house.database.reading() as session:
        return session.get_one(Case, case.id).status


def test_thanks_are_kept_in_a_closed_case_which_stays_closed_and_answers_nothing(house: Runtime) -> None:
    case, address = closed(house, days_ago=90)
    line = mails.receive(house, mails.a_mail("Merci beaucoup pour votre aide !", Subject="Re: Fini", To=address))[-1]
    mails.work_off(house)
    assert (line.outcome, line.case_id) == ("joined", case.id)
    assert "remerciement" in line.reason
    assert (status_of(house, case), len(messages(house, case)), len(mails.sent(house))) == ("closed", 2, 1)


def test_a_question_reopens_a_case_that_was_just_closed(house: Runtime) -> None:
    case, address = closed(house, days_ago=3)
    mails.receive(house, mails.a_mail("Le trou est revenu.", Subject="Re: Fini", To=address))
    assert status_of(house, case) == "under_review"
    assert "reopened" in events(house, case)


def test_a_question_to_an_old_case_opens_one_that_follows_it_and_takes_what_comes_next(house: Runtime) -> None:
    case, address = closed(house, days_ago=31)
    line = mails.receive(house, mails.a_mail("Le trou est revenu.", Subject="Re: Fini", To=address))[-1]
    assert line.outcome == "opened"
    following = mails.cases(house)[-1]
    assert (following.follows_case_id, following.department_id, following.citizen_id, following.restricted) == (
        case.id, case.department_id, case.citizen_id, True
    )  # fmt: skip
    assert following.routing_reason.startswith(f"Suite du dossier {case.reference}, terminé le ")
    assert (status_of(house, case), events(house, case)[-1]) == ("closed", "continued")
    again = mails.receive(house, mails.a_mail("Voici la photo.", Subject="Re: Fini", To=address))[-1]
    assert (again.outcome, again.case_id) == ("joined", following.id)
    with house.database.transaction() as session:
        session.get_one(Case, following.id).citizen_id = None  # an agent found that it was somebody else's
    other = mails.receive(house, mails.a_mail("Et l’autre ?", Subject="Re: Fini", To=address))[-1]
    assert (other.outcome, other.case_id) == ("opened", mails.cases(house)[-1].id)


def test_the_authority_says_for_how_long_a_case_is_opened_again(house: Runtime) -> None:
    with house.database.transaction() as session:
        authority = session.scalars(select(Authority)).one()
        authority.details = {**authority.details, "reopen_within_days": 60}
    case, address = closed(house, days_ago=31)
    mails.receive(house, mails.a_mail("Le trou est revenu.", Subject="Re: Fini", To=address))
    assert status_of(house, case) == "under_review"


# What a colleague passes on ----------------------------------------------------------------------------------------

PASSED_ON = f"""Pour vous.

De : {mails.JEANNE}
Envoyé : lundi 2 mars 2026 09:41
À : Karim
Objet : Un trou

Un trou devant chez moi."""


def colleague(house: Runtime) -> str:
    with house.database.reading() as session:
        return session.scalars(select(Staff.email).where(Staff.name.like("Karim%"))).one()


def test_a_forward_by_a_colleague_waits_with_its_first_writer_proposed_as_the_citizen(house: Runtime) -> None:
    karim = colleague(house)
    line = mails.receive(house, mails.a_mail(PASSED_ON, From=karim, Subject="TR: Un trou"))[-1]
    assert (line.outcome, line.candidate_case_id) == ("parked", None)
    assert "Un collègue transfère" in line.reason
    with house.database.transaction() as session:
        sandrine = factories.actor_named(session, "Sandrine")
        case = parked_mail.open_case(session, sandrine, line.id, for_first_writer=True)
        assert case.citizen is not None
        assert (case.citizen.email, case.citizen.family_name) == ("jeanne.martin@courriel.example", "Martin")
        assert case.subject == "Un trou"
    (message,) = messages(house, case)
    assert (message.author, message.facts["forwarded_by"]) == ("Jeanne Martin", karim)


def test_a_forward_by_anybody_else_is_their_own_request(house: Runtime) -> None:
    line = mails.receive(house, mails.a_mail(PASSED_ON, From=STRANGER, Subject="TR: Un trou"))[-1]
    assert line.outcome == "opened"
    assert messages(house, mails.cases(house)[0])[0].author == "Paul Inconnu"


def test_a_forward_put_in_the_case_of_its_first_writer_is_theirs(house: Runtime) -> None:
    case, _ = acknowledged(house)
    subject = f"TR: dossier {case.reference}"
    line = mails.receive(house, mails.a_mail(PASSED_ON, From=colleague(house), Subject=subject))[-1]
    assert line.candidate_case_id == case.id
    with house.database.transaction() as session:
        parked_mail.join(session, factories.actor_named(session, "Sandrine"), line.id, case.reference)
    assert messages(house, case)[-1].author == "Jeanne Martin"


# Machines ----------------------------------------------------------------------------------------------------------


def test_a_bounce_marks_the_mail_and_its_case_and_opens_nothing(house: Runtime) -> None:
    case, _ = acknowledged(house)
    line = mails.receive(house, mails.a_bounce(mails.sent(house)[0]))[-1]
    assert (line.outcome, line.case_id) == ("bounce", case.id)
    assert mails.sent(house)[0].bounced_at is not None
    assert events(house, case)[-1] == "mail_bounced"
    assert (len(mails.cases(house)), len(mails.sent(house))) == (1, 1)


def test_a_second_notice_of_the_same_bounce_writes_no_second_line_of_history(house: Runtime) -> None:
    case, _ = acknowledged(house)
    mails.receive(house, mails.a_bounce(mails.sent(house)[0]))
    before = events(house, case)
    mails.receive(house, mails.a_bounce(mails.sent(house)[0]))
    assert events(house, case) == before


def test_a_delay_notice_marks_nothing(house: Runtime) -> None:
    case, _ = acknowledged(house)
    line = mails.receive(house, mails.a_bounce(mails.sent(house)[0], action="delayed", status="4.4.1"))[-1]
    assert line.outcome == "bounce"
    assert mails.sent(house)[0].bounced_at is None
    assert "mail_bounced" not in events(house, case)


def test_a_bounce_that_names_a_message_id_of_others_marks_nothing(house: Runtime) -> None:
    acknowledged(house)
    forged = mails.sent(house)[0]
    forged.message_id, forged.reply_to = "parvis.1.2@saint-aubin.example", mails.ADDRESS
    line = mails.receive(house, mails.a_bounce(forged))[-1]
    assert (line.outcome, line.case_id) == ("bounce", None)
    assert mails.sent(house)[0].bounced_at is None


@pytest.mark.parametrize(
    ("outcome", "headers"),
    [
        ("auto_reply", {"Auto_Submitted": "auto-replied", "Subject": "Absence"}),
        ("list", {"List_Id": "<lettre.example>", "List_Unsubscribe": "<mailto:x@y.example>"}),
        ("spam", {"X_Spam_Flag": "YES"}),
        ("loop", {"From": mails.ADDRESS}),
        ("loop", {"X_Loop": mails.ADDRESS}),
    ],
)
def test_machine_mail_is_filed_opens_nothing_and_is_never_answered(
    house: Runtime, outcome: str, headers: dict[str, str]
) -> None:
    mails.receive(house, mails.a_mail(**headers))
    mails.work_off(house)
    assert mails.outcomes(house) == [outcome]
    assert mails.cases(house) == []
    assert mails.sent(house) == []


def test_an_absence_notice_is_filed_on_the_case_it_answers(house: Runtime) -> None:
    case, address = acknowledged(house)
    absence = mails.a_mail("Je suis absente.", Subject="Absence", To=address, Auto_Submitted="auto-replied")
    line = mails.receive(house, absence)[-1]
    assert (line.outcome, line.case_id) == ("auto_reply", case.id)
    assert len(messages(house, case)) == 1
    with house.database.reading() as session:
        told = session.scalars(select(CaseEvent).where(CaseEvent.case_id == case.id)).all()[-1]
        assert history_text.detail(told) == "Absence (jeanne.martin@courriel.example)"
        assert session.get_one(Case, case.id).status == case.status


def test_our_own_mail_coming_back_is_a_loop(house: Runtime) -> None:
    acknowledged(house)
    own = mails.a_mail(Message_ID=f"<{mails.sent(house)[0].message_id}>")
    assert mails.receive(house, own)[-1].outcome == "loop"


def test_a_mailbox_of_the_screens_gives_its_procedure_to_its_mail_and_knows_its_own_address(
    house: Runtime, runtime: Runtime
) -> None:
    with house.database.transaction() as session:
        session.add(a_mailbox_of_the_screens(authority_id=1))
    for mail in (mails.a_mail(), mails.a_mail("Bonjour,", From="plu@saint-aubin.example")):
        mails.deliver(house, mail)
    mails.read_all(house)
    mails.work_off(runtime)  # its settings name no mailbox
    assert mails.outcomes(house) == ["opened", "loop"]
    assert [case.procedure_code for case in mails.cases(house)] == ["accessibility_report"]
    (sent,) = mails.sent(house)
    assert "<plu@saint-aubin.example>" in sent.sender, "answered by the mailbox that the citizen wrote to"
    assert sent.reply_to.startswith("plu+")


def test_what_a_mailbox_gave_before_it_was_suspended_is_still_about_its_procedure(
    house: Runtime, runtime: Runtime
) -> None:
    mails.deliver(house, mails.a_mail())
    mails.read_all(house)
    with house.database.transaction() as session:
        session.add(a_mailbox_of_the_screens(authority_id=1, active=False))
    mails.work_off(runtime, JobKind.SORT_MAIL)  # its settings name no mailbox
    assert [case.procedure_code for case in mails.cases(house)] == ["accessibility_report"]


def test_what_an_authority_received_is_never_the_case_of_another_whatever_became_of_its_mailbox(
    house: Runtime, runtime: Runtime
) -> None:
    with house.database.transaction() as session:
        ours = factories.the_authority(session)
        facts = ("kind", "short_name", "timezone", "calendar", "email", "phone", "details", "created_at")
        copied = {name: getattr(ours, name) for name in facts}
        theirs = Authority(code="ailleurs", name="Commune d’Ailleurs", **copied)
        session.add(theirs)
        session.flush()
        their_id = theirs.id
    boxes = tuple(replace(one, authority="ailleurs") for one in house.settings.mailboxes)
    mails.deliver(house, mails.a_mail())
    mails.read_all(replace(house, settings=replace(house.settings, mailboxes=boxes)))
    mails.work_off(runtime, JobKind.SORT_MAIL)  # its settings name no mailbox any more
    assert [case.authority_id for case in mails.cases(house)] == [their_id]


# Acknowledgements --------------------------------------------------------------------------------------------------


def test_an_address_gets_one_automatic_acknowledgement_a_day_and_each_case_its_document(house: Runtime) -> None:
    mails.receive(house, mails.a_mail("Un trou."))
    mails.work_off(house)
    mails.receive(house, mails.a_mail("Un lampadaire."))
    mails.work_off(house)
    first, second = mails.cases(house)
    assert [mail.case_id for mail in mails.sent(house)] == [first.id]
    assert "document_rendered" in events(house, second)
    assert events(house, second)[-1] == "mail_failed"
    for hours, acknowledged in ((23, 1), (25, 2)):
        with house.database.transaction() as session:
            written = datetime.now(UTC) - timedelta(hours=hours)
            session.execute(update(OutgoingMail).values(created_at=written))
        mails.receive(house, mails.a_mail("Un banc."))
        mails.work_off(house)
        assert len(mails.sent(house)) == acknowledged


def test_a_web_form_is_acknowledged_whatever_came_by_mail(house: Runtime) -> None:
    mails.receive(house, mails.a_mail())
    mails.work_off(house)
    factories.a_receipt(house)
    mails.work_off(house)
    assert len(mails.sent(house)) == 2


# Failures ----------------------------------------------------------------------------------------------------------


def test_a_message_that_fails_three_times_waits_in_quarantine_and_never_delays_the_next(house: Runtime) -> None:
    mails.deliver(house, mails.a_mail())
    mails.read_all(house)
    (poisoned,) = mails.lines(house)
    kept = next((house.settings.var_dir / "files").rglob(poisoned.raw_digest))
    kept.rename(house.settings.var_dir / "raw")
    for _ in range(mail_sorting.MOST_STARTS + 1):
        start_everything(house)
    mails.receive(house, mails.a_mail("Le suivant."))
    assert mails.outcomes(house) == ["quarantined", "opened"]
    (house.settings.var_dir / "raw").rename(kept)
    with house.database.transaction() as session:
        parked_mail.replay(session, factories.actor_named(session, "Paul"), poisoned.id)
    mails.work_off(house, JobKind.SORT_MAIL)
    assert mails.outcomes(house) == ["opened", "opened"]


def start_everything(house: Runtime) -> None:
    """Every promise is due at once, even one that failed."""
    with house.database.transaction() as session:
        session.execute(update(Job).where(Job.state == "queued").values(due_at=mail_ledger.moment.now()))
    with house.database.reading() as session:
        due = session.scalars(select(Job.id).where(Job.state == "queued")).all()
    for job_id in due:
        jobs.run(house, jobs.HANDLERS, job_id)


def test_a_message_in_quarantine_becomes_a_case_with_its_original(house: Runtime) -> None:
    (line,) = mails.receive(house, b"\n")
    with house.database.transaction() as session:
        case = parked_mail.open_case(session, factories.actor_named(session, "Sandrine"), line.id)
    with house.database.reading() as session:
        file = session.scalars(select(Attachment).where(Attachment.case_id == case.id)).one()
        assert (file.name, file.digest) == ("message.eml", line.raw_digest)


# People sort what waits --------------------------------------------------------------------------------------------


def parked(house: Runtime) -> tuple[Case, MailRecord]:
    case, address = acknowledged(house)
    raw = mails.a_mail("Je réponds pour elle.", From=STRANGER, To=address, files={"a.txt": b"mots"})
    return case, mails.receive(house, raw)[-1]


def test_an_agent_accepts_the_candidate_and_history_tells_who(house: Runtime) -> None:
    case, line = parked(house)
    with house.database.transaction() as session:
        parked_mail.join(session, factories.actor_named(session, "Sandrine"), line.id, case.reference)
    after = mails.lines(house)[-1]
    assert (after.outcome, after.case_id, after.content) == ("joined", case.id, {})
    assert messages(house, case)[-1].author == "Paul Inconnu"
    assert events(house, case)[-1] == "mail_sorted"
    with house.database.reading() as session:
        assert session.scalars(select(Attachment.name).where(Attachment.case_id == case.id)).one() == "a.txt"


def test_an_agent_makes_a_new_case_of_it(house: Runtime) -> None:
    case, line = parked(house)
    with house.database.transaction() as session:
        new = parked_mail.open_case(session, factories.actor_named(session, "Sandrine"), line.id)
    assert new.id != case.id
    assert mails.lines(house)[-1].outcome == "opened"


def test_two_agents_on_one_mail_the_second_is_told(house: Runtime) -> None:
    case, line = parked(house)
    with house.database.transaction() as session:
        sandrine = factories.actor_named(session, "Sandrine")
        parked_mail.dismiss(session, sandrine, line.id)
    with pytest.raises(Conflict), house.database.transaction() as session:
        parked_mail.join(session, sandrine, line.id, case.reference)
    assert len(messages(house, case)) == 1


def test_a_dismissed_mail_is_taken_back_as_a_request(house: Runtime) -> None:
    _, line = parked(house)
    with house.database.transaction() as session:
        sandrine = factories.actor_named(session, "Sandrine")
        parked_mail.dismiss(session, sandrine, line.id)
    with house.database.transaction() as session:
        parked_mail.take_back(session, sandrine, line.id)
    mails.work_off(house, JobKind.SORT_MAIL)
    assert mails.lines(house)[-1].outcome == "parked"


def test_a_newsletter_that_was_a_request_becomes_one(house: Runtime) -> None:
    (line,) = mails.receive(house, mails.a_mail(List_Id="<club.example>"))
    with house.database.transaction() as session:
        parked_mail.take_back(session, factories.actor_named(session, "Karim"), line.id)
    mails.work_off(house, JobKind.SORT_MAIL)
    assert mails.outcomes(house) == ["opened"]


def test_a_mail_about_a_restricted_case_is_unknown_to_other_departments(house: Runtime) -> None:
    case, line = parked(house)
    with house.database.transaction() as session:
        session.get_one(Case, case.id).restricted = True
    with pytest.raises(NotFound), house.database.transaction() as session:
        parked_mail.dismiss(session, factories.actor_named(session, "Sandrine"), line.id)


def test_the_technical_administrator_sorts_nothing(house: Runtime) -> None:
    _, line = parked(house)
    with pytest.raises(Forbidden), house.database.transaction() as session:
        parked_mail.dismiss(session, factories.actor_named(session, "Paul"), line.id)


# The balance -------------------------------------------------------------------------------------------------------


def check(house: Runtime) -> str:
    with house.database.transaction() as session:
        outbox.promise(session, JobKind.CHECK_LEDGER)
    mails.work_off(house, JobKind.CHECK_LEDGER)
    with house.database.reading() as session:
        (bookmark,) = queries.list_bookmarks(session)
        assert bookmark.checked_at is not None
        return bookmark.fault


def test_received_equals_the_sum_of_outcomes(house: Runtime) -> None:
    parked(house)
    raw = mails.a_mail()
    mails.receive(house, raw, raw, mails.a_mail(X_Spam_Flag="YES"), b"")
    with house.database.reading() as session:
        by_day = queries.balance(session, "demandes")
        counted = Counter[str]()
        for _, outcome, count in by_day:
            counted[outcome] += count
        (bookmark,) = queries.list_bookmarks(session)
    assert bookmark.received == sum(counted.values()) == 6
    assert counted == {"opened": 2, "parked": 1, "repeated": 1, "spam": 1, "quarantined": 1}
    assert check(house) == ""


def test_a_line_or_an_original_gone_missing_is_told(house: Runtime) -> None:
    mails.receive(house, mails.a_mail(), mails.a_mail())
    first, _ = mails.lines(house)
    digest = first.raw_digest
    next((house.settings.var_dir / "files").rglob(digest)).unlink()
    assert check(house) == "1 originaux manquent au stockage."
    with house.database.transaction() as session:
        session.delete(session.get_one(MailRecord, first.id))
    assert "2 messages reçus pour 1 lignes" in check(house)


def test_a_line_that_everybody_forgot_is_taken_up_again(house: Runtime) -> None:
    mails.deliver(house, mails.a_mail())
    mails.read_all(house)
    with house.database.transaction() as session:
        session.execute(update(Job).values(state="done"))
        session.execute(update(MailRecord).values(recorded_at=mail_ledger.moment.now() - timedelta(hours=2)))
    check(house)
    mails.work_off(house, JobKind.SORT_MAIL)
    assert mails.outcomes(house) == [MailOutcome.OPENED]


def test_a_parked_request_comes_back_from_its_data_unchanged() -> None:
    incoming = factories.an_incoming()
    assert parked_mail.from_data(parked_mail.to_data(incoming)) == incoming
