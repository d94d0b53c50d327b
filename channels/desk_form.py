"""The form that agents fill in for somebody: what was posted becomes one request, at the counter as on the phone."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from backoffice.domain.answers import read_answers
from backoffice.domain.field_reading import clean
from backoffice.domain.fields import Field, parts_of
from backoffice.domain.french import NBSP
from backoffice.domain.incoming import ChannelCode, IncomingRequest, Sender
from backoffice.domain.letters import read_language
from backoffice.domain.procedures import ProcedureDefinition
from backoffice.domain.representation_form import read_represented
from backoffice.domain.requester import LANGUAGE, read_requester
from channels.base import Submission
from channels.web_form import is_asked, own_words, with_proof

NOTES, SUBJECT, ANONYMOUS = "notes", "subject", "anonymous"
REFUSES_EMAIL = "requester.refuses_email"
"""The inputs of the form besides the questions of the procedure and those about the person."""


def normalise(code: ChannelCode, raw: Submission) -> IncomingRequest:
    """The request; an agent records what the person could say, and what is still to be asked is kept as a fact."""
    definition = raw.definition
    notes = clean(raw.text(NOTES), several_lines=True)
    represented = None if raw.text(ANONYMOUS) else read_represented(raw.fields, code)[0]
    request = IncomingRequest(
        channel=code,
        source_id=raw.id,
        received_at=raw.received_at,
        sender=sender_of(code, raw),
        authority=raw.authority,
        subject=clean(raw.text(SUBJECT)),
        body=notes,
        recorded_by=raw.recorded_by,
        files=with_proof(raw.files, represented),
        language=read_language(raw.text(LANGUAGE)),
        represented=represented,
    )
    if definition is None:
        return request
    answers = read_answers(definition, raw.fields, Counter(file.field for file in raw.files), unknowns_allowed=True)
    return replace(
        request,
        subject=request.subject or definition.title,
        body="\n\n".join(text for text in (notes, own_words(definition, answers.values)) if text),
        procedure=definition.code,
        answers=answers.values,
        files=tuple(file for file in request.files if is_asked(definition, file, answers.values)),
        facts={"unknown": labels(definition, answers.unknown)} if answers.unknown else {},
    )


def sender_of(code: ChannelCode, raw: Submission) -> Sender:
    """The person: their sheet when the agent chose one, what was said of them, or nobody."""
    if raw.text(ANONYMOUS):
        return Sender()
    sender, _ = read_requester(raw.fields, anonymous=True, channel=code)
    return replace(sender, citizen_id=raw.citizen_id, refuses_email=bool(raw.text(REFUSES_EMAIL)))


def labels(definition: ProcedureDefinition, names: Iterable[str]) -> list[str]:
    """The questions behind input names, as people read them: « holder.birth_date » is a part of « holder »."""
    return [_label(definition, name) for name in names]


def _label(definition: ProcedureDefinition, name: str) -> str:
    path = [step.partition("-")[0] for step in name.split(".")]
    known: tuple[Field, ...] = definition.fields
    said: list[str] = []
    for code in path:
        field = next((one for one in known if one.code == code), None)
        if field is None:
            break
        said.append(field.label)
        known = field.fields or parts_of(field)
    return f"{NBSP}: ".join(said) or name
