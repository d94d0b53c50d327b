"""What follows a screen of the desk: the proof that is read aloud and handed over, and the way to the next one."""

from collections.abc import Collection

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from backoffice.domain import references
from backoffice.domain.answer_text import describe
from backoffice.domain.incoming import ChannelCode, ContactPreference
from backoffice.domain.late_entry import FACT, LATE_ON, LATE_REASON
from backoffice.domain.policy import Permission
from backoffice.infra import sms
from backoffice.models.cases import Case, Message
from backoffice.queries import cases, catalogue, contacts, ready_answers
from backoffice.services import procedures, representations
from backoffice.web.access import Audience, audience
from backoffice.web.current import actor, authority, runtime
from channels.http import desk_channel

pages = Blueprint("desk_proof", __name__)

LARGE = "grand"
BY_SMS = (
    "Un SMS part sur votre téléphone, avec cette référence et ce code ; "
    "un autre vous préviendra dès qu’il y a du nouveau."
)


@pages.get("/agents/recepisse/<reference>")
@audience(Audience.STAFF, Permission.CASE_RECORD)
def receipt(reference: str) -> ResponseReturnValue:
    """What is read aloud, printed and handed over; the agent who recorded a sensitive request may still do it."""
    with runtime().database.reading() as session:
        case = cases.find_recorded_case(session, actor(), reference) or cases.get_case(session, actor(), reference)
        documents = [one for one in cases.list_documents(session, case.id) if one.template == "receipt"]
        messages = cases.list_messages(session, case.id, with_notes=False)
        represented = representations.find(session, case.id)
    version = case.form_version
    definition = procedures.read_version(version) if version else None
    known = {channel.value for channel in desk_channel.DOORS}
    channel = ChannelCode(case.channel) if case.channel in known else ChannelCode.COUNTER
    message = messages[0] if messages else None
    answers = describe(definition, case.answers, sensitive=False) if definition else []
    return render_template(
        "desk/receipt.html",
        represented=represented,
        case=case,
        code=references.show_code(case.tracking_code),
        definition=definition,
        answers=answers,
        message=message,
        said=_said_besides(message, case.subject, [answer for _, answer in answers]),
        unknown=(message.facts or {}).get("unknown", []) if message else [],
        document=next((one for one in documents if one.digest), None),
        proof=_proof_of(case),
        large=request.args.get(LARGE) == "oui",
        door=desk_channel.DOORS[channel],
        next_url=_next_of(case, message),
        reference=case.reference,
        back_url=url_for("staff_sign_in.home"),
    )


@pages.get("/agents/echanges/<int:contact_id>")
@audience(Audience.STAFF, Permission.CASE_RECORD)
def contact(contact_id: int) -> ResponseReturnValue:
    """An answer given at once: what was noted, and the ways on: a case of it, more for this person, somebody else."""
    with runtime().database.reading() as session:
        found = contacts.get_contact(session, actor(), contact_id)
        procedure = catalogue.find_procedure(session, authority().id, found.motive) if found.motive else None
        version_id = found.ready_answer_version_id
        answer = ready_answers.find_version(session, authority().id, version_id) if version_id else None
    return render_template(
        "desk/contact.html",
        contact=found,
        procedure=procedure.title if procedure else "",
        answer=answer,
        door=desk_channel.DOORS[ChannelCode(found.channel)],
        next_url=desk_channel.DOORS[desk_channel.remembered()].url,
    )


def _said_besides(message: Message | None, subject: str, answers: Collection[str]) -> str:
    """What was noted besides the subject and the answers, which are read to the person already, as whole sentences."""
    known = {_bare(text) for answer in (subject, *answers) for text in answer.split("\n")}
    lines = [line.strip() for line in (message.body if message else "").split("\n")]
    return " ".join(line if line[-1] in ".…!?" else f"{line}." for line in lines if line and _bare(line) not in known)


def _bare(text: str) -> str:
    return text.strip().rstrip(".…!?").strip()


def _next_of(case: Case, message: Message | None) -> str:
    """The next sheet of a pile that is entered after an outage; else a blank screen."""
    why_late = (message.facts or {}).get(FACT) if message else None
    if not why_late:
        return desk_channel.DOORS[desk_channel.remembered()].url
    same = {desk_channel.CHANNEL: case.channel, LATE_ON: case.received_on.isoformat(), LATE_REASON: why_late}
    return url_for("catch_up_entry.show", **same)


def _proof_of(case: Case) -> str:
    """How the acknowledgement reaches the person, in the words that are read to them: over the phone they hold none."""
    citizen = case.citizen
    by_phone = case.channel == ChannelCode.PHONE
    keep = "Notez bien cette référence et ce code" if by_phone else "Gardez bien ce récépissé"
    if citizen is None:
        return f"{keep} : nous ne savons pas comment vous joindre."
    if citizen.is_answered_by_email:
        return f"Nous vous écrivons aussi à l’adresse {citizen.email}."
    if citizen.contact_preference == ContactPreference.SMS and citizen.phone and sms.is_on(runtime().settings):
        return BY_SMS if by_phone else "Gardez ce récépissé. Un SMS vous préviendra dès qu’il y a du nouveau."
    if citizen.city:
        return "Nous vous répondrons par courrier, à votre adresse."
    return f"{keep}. Nous vous appellerons." if citizen.phone else f"{keep}."
