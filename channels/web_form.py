"""The form of a procedure, filled in by a citizen: what was posted becomes one request."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from backoffice.domain.answers import read_answers
from backoffice.domain.conditions import holds
from backoffice.domain.field_reading import clean
from backoffice.domain.fields import FieldKind
from backoffice.domain.form_pages import DOCUMENT_PREFIX, FREE_FILES
from backoffice.domain.incoming import ChannelCode, IncomingFile, IncomingRequest, Sender, VerifiedIdentity
from backoffice.domain.kiosks import FACT
from backoffice.domain.letters import read_language
from backoffice.domain.procedures import ProcedureDefinition
from backoffice.domain.representation import Represented
from backoffice.domain.representation_form import MANDATE, read_represented
from backoffice.domain.requester import LANGUAGE, read_requester
from channels.base import Audience, Submission


@dataclass(frozen=True, slots=True)
class WebSubmission(Submission):
    """A submission by the public, with what is proved of a citizen who is signed in: an identity, or an address.

    `kiosk` is the place of the screen of ours on which it was written, empty for a browser of theirs.
    """

    identity: VerifiedIdentity | None = None
    email_proven: bool = False
    kiosk: str = ""


class WebForm:
    """The public web form."""

    code = ChannelCode.WEB_FORM
    audience = Audience.CITIZEN

    def normalise(self, raw: WebSubmission) -> IncomingRequest:
        """The request; what was posted and cannot be read is left out, for the page has already said so."""
        definition = raw.definition
        sender, _ = read_requester(raw.fields, anonymous=True, channel=self.code)
        represented, _ = read_represented(raw.fields, self.code)
        counted = Counter(file.field for file in raw.files)
        values = read_answers(definition, raw.fields, counted, unknowns_allowed=True).values if definition else {}
        files = tuple(file for file in raw.files if definition is None or is_asked(definition, file, values))
        files = with_proof(files, represented)
        return IncomingRequest(
            channel=self.code,
            source_id=raw.id,
            received_at=raw.received_at,
            sender=replace(sender, citizen_id=raw.citizen_id, identity=raw.identity, email_proven=raw.email_proven),
            authority=raw.authority,
            subject=definition.title if definition else "",
            body=own_words(definition, values) if definition else raw.text("message"),
            procedure=definition.code if definition else "",
            answers=values,
            files=files,
            language=read_language(raw.text(LANGUAGE)),
            represented=represented,
            facts={FACT: raw.kiosk} if raw.kiosk else {},
        )


def with_proof(files: tuple[IncomingFile, ...], represented: Represented | None) -> tuple[IncomingFile, ...]:
    """The files, without the proof of a hat that was taken off before sending."""
    return files if represented and represented.is_person else tuple(one for one in files if one.field != MANDATE)


def is_asked(definition: ProcedureDefinition, file: IncomingFile, values: Mapping[str, Any]) -> bool:
    """Whether a file answers a question that these answers still ask: one that they hide is not sent."""
    if file.field in (FREE_FILES, MANDATE):
        return True
    if file.field.startswith(DOCUMENT_PREFIX):
        code = file.field.removeprefix(DOCUMENT_PREFIX)
        return any(one.code == code for one in definition.list_documents(values))
    return file.field.partition("-")[0] in values or file.field in values


def own_words(definition: ProcedureDefinition, values: Mapping[str, Any]) -> str:
    """What the citizen wrote in full sentences, as the first message of the case; sensitive answers stay out."""
    texts = [
        str(values[one.code])
        for step in definition.steps
        if holds(step.when, values)
        for one in step.fields
        if one.kind is FieldKind.LONG_TEXT and not one.sensitive and one.code in values
    ]
    return "\n\n".join(texts)


class WebReply:
    """What a citizen adds to their case from its follow-up page."""

    code = ChannelCode.WEB_FORM
    audience = Audience.CITIZEN

    def normalise(self, raw: WebSubmission) -> IncomingRequest:
        """The message and its files; the case is known already, and the sender with it."""
        return IncomingRequest(
            channel=self.code,
            source_id=raw.id,
            received_at=raw.received_at,
            sender=Sender(citizen_id=raw.citizen_id, identity=raw.identity),
            authority=raw.authority,
            body=clean(raw.text("message"), several_lines=True),
            files=raw.files,
        )
