"""Requests as their doors make them: a posted form, the bytes of a mail, what an agent writes down."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from random import Random
from typing import Any

from backoffice.domain import requester
from backoffice.domain.answers import as_posted, read_answers
from backoffice.domain.calendars import Calendar
from backoffice.domain.incoming import ChannelCode, IncomingFile, IncomingRequest, Sender
from backoffice.domain.procedures import ProcedureDefinition
from backoffice.errors import Invalid
from backoffice.infra.storage import Storage
from channels import mime
from channels.email_inbox import EmailInbox, ReceivedMail
from channels.web_form import WebForm, WebSubmission
from demo import pieces
from demo.people import Person
from demo.plan import Planned
from demo.storybook import Words, fill, words_of

TOWN_HALL = "mairie@saint-aubin.example"
MAILBOX = "demandes"
OPENINGS = ("Bonjour,", "Bonjour,", "Bonjour,", "Madame, Monsieur,", "Bonsoir,", "")
CLOSINGS = ("Cordialement,", "Merci d'avance,", "Bien à vous,", "Bonne journée,", "Merci,", "Bien cordialement")
LETTER_CLOSING = "Je vous prie d'agréer, Madame, Monsieur, mes salutations distinguées."


@dataclass(frozen=True, slots=True)
class Doors:
    """What turning a plan into a request needs."""

    storage: Storage
    definitions: Mapping[str, ProcedureDefinition]
    calendar: Calendar
    authority: str
    front_desk_id: int


def words_on(planned: Planned, day: date, calendar: Calendar) -> Words:
    """The words of a case on some day of its life."""
    return Words(words_of(planned.person, planned.seed, day), day, calendar)


def incoming(doors: Doors, planned: Planned, day: date, citizen_id: int | None) -> IncomingRequest:
    """The request, as intake gets it on its local `day`; an agent who knows the citizen says so."""
    words = words_on(planned, day, doors.calendar)
    spoken = planned.channel in (ChannelCode.PHONE, ChannelCode.COUNTER)
    ways = planned.story.heard if spoken else planned.story.text
    if planned.channel is ChannelCode.LETTER:  # whoever takes a pen writes with capitals
        ways = tuple(way for way in ways if not way[0].islower())
    words["texte"] = fill(ways[planned.turn % len(ways)], words)
    match planned.channel:
        case ChannelCode.EMAIL:
            return _mail(doors, planned, words)
        case ChannelCode.WEB_FORM:
            return _form(doors, planned, words)
        case _:
            return _recorded(doors, planned, words, citizen_id)


@dataclass(frozen=True, slots=True)
class Reply:
    """What a citizen answers to one of our mails, perhaps with a file (« kind|name »)."""

    person: Person
    subject: str
    text: str
    to: str
    at: datetime
    file: str = ""


def reply(doors: Doors, planned: Planned, answer: Reply) -> IncomingRequest:
    """A mail to the signed address of the case."""
    seed = f"{planned.seed} {answer.at}"
    message = _message(answer.person, f"Re: {answer.subject}", answer.text, answer.to, answer.at, seed)
    if answer.file:
        _attach(message, answer.file, planned.number % 3, words_on(planned, answer.at.date(), doors.calendar))
    return _received(doors, message, answer.at)


def _mail(doors: Doors, planned: Planned, words: Words) -> IncomingRequest:
    assert planned.person is not None  # noqa: S101 (only forms are anonymous)
    subject = fill(planned.story.subject, words)
    text = words["texte"] if words["texte"][0].islower() else f"{_opening(planned.seed)}{words['texte']}"
    message = _message(planned.person, subject, text, TOWN_HALL, planned.received_at, planned.seed)
    for file in planned.story.files[:2]:
        _attach(message, file.partition("|")[2], planned.number % 3, words)
    return _received(doors, message, planned.received_at)


def _attach(message: EmailMessage, file: str, variant: int, words: Words) -> None:
    kind, name = file.split("|")
    media_type, content = pieces.make(kind, variant)
    main, _, sub = media_type.partition("/")
    message.add_attachment(content, main, sub, filename=fill(name, words))


def _opening(seed: str) -> str:
    opening = Random(f"opening {seed}").choice(OPENINGS)
    return f"{opening}\n\n" if opening else ""


def _message(person: Person, subject: str, text: str, to: str, at: datetime, seed: str) -> EmailMessage:
    name = f"{person.given_names} {person.family_name}"
    closing = Random(f"closing {seed}").choice(CLOSINGS)
    message = EmailMessage(policy=SMTP)
    message["From"] = f'"{name}" <{person.email}>'
    message["To"] = to
    message["Subject"] = subject
    message["Date"] = at
    message["Message-ID"] = f"<{Random(seed + subject).getrandbits(80):020x}@{person.email.partition('@')[2]}>"
    message.set_content(f"{text}\n\n{closing}\n{name}\n{person.organisation}".strip() + "\n", cte="quoted-printable")
    return message


def _received(doors: Doors, message: EmailMessage, at: datetime) -> IncomingRequest:
    raw = message.as_bytes()
    parsed = mime.parse(raw)
    files = tuple(
        IncomingFile(file.filename, file.media_type, len(file.content), doors.storage.put(file.content))
        for file in parsed.attachments
    )
    mail = ReceivedMail(parsed, at, doors.storage.put(raw), MAILBOX, files, doors.authority)
    return EmailInbox().normalise(mail)


def _form(doors: Doors, planned: Planned, words: Words) -> IncomingRequest:
    definition = doors.definitions[planned.story.procedure]
    files = _files(doors, planned, words)
    posted = as_posted(fill(planned.story.answers, words))
    _check(definition, posted, files, words.today, planned)
    sender = planned.person.sender if planned.person else Sender()
    fields = posted | requester.as_posted(sender)
    submission = WebSubmission(
        id=f"demo-{planned.number}",
        received_at=planned.received_at,
        fields=fields,
        files=files,
        definition=definition,
        authority=doors.authority,
    )
    return WebForm().normalise(submission)


def _recorded(doors: Doors, planned: Planned, words: Words, citizen_id: int | None) -> IncomingRequest:
    """A call, a visit or a letter, written down by the front desk: unknown answers may stay so."""
    definition = doors.definitions[planned.story.procedure]
    by_post = planned.channel is ChannelCode.LETTER
    assert planned.person is not None  # noqa: S101 (only forms are anonymous)
    files = _scans(doors, planned) if by_post else ()
    posted = as_posted(fill(planned.story.answers, words))
    answers = read_answers(definition, posted, today=words.today, unknowns_allowed=True).values
    body = f"Madame, Monsieur,\n\n{words['texte']}\n\n{LETTER_CLOSING}" if by_post else words["texte"]
    return IncomingRequest(
        channel=planned.channel,
        source_id=f"demo-{planned.number}",
        received_at=planned.received_at,
        received_on=words.today,
        posted_on=words.today - timedelta(days=2) if by_post else None,
        sender=replace(planned.person.sender, citizen_id=citizen_id),
        authority=doors.authority,
        subject=fill(planned.story.subject, words),
        body=body,
        procedure=definition.code,
        answers=answers,
        files=files,
        recorded_by=doors.front_desk_id,
    )


def _check(
    definition: ProcedureDefinition, posted: Any, files: tuple[IncomingFile, ...], today: date, planned: Planned
) -> None:
    """What the page of the form would have said; raises Invalid when a story does not fit its procedure."""
    counts: dict[str, int] = {}
    for file in files:
        counts[file.field] = counts.get(file.field, 0) + 1
    answers = read_answers(definition, posted, counts, today=today)
    if not answers.is_acceptable:
        reason = f"{planned.story.procedure}, « {planned.story.subject} » : {answers.errors} {answers.ineligible}"
        raise Invalid(reason)


def _files(doors: Doors, planned: Planned, words: Words) -> tuple[IncomingFile, ...]:
    """The files of a form; photos, which nobody has to add, come two times out of three."""
    found = []
    for file in planned.story.files:
        field, kind, name = file.split("|")
        if field == "photos" and planned.turn % 3 == 2:
            continue
        media_type, content = pieces.make(kind, planned.number % 3)
        digest = doors.storage.put(content)
        found.append(IncomingFile(fill(name, words), media_type, len(content), digest, field))
    return tuple(found)


def _scans(doors: Doors, planned: Planned) -> tuple[IncomingFile, ...]:
    media_type, content = pieces.make("letter", planned.number % 5)
    return (IncomingFile("courrier-numerise.pdf", media_type, len(content), doors.storage.put(content)),)
