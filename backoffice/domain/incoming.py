"""What arrives: one immutable value, whatever the door it came through."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from backoffice.domain.representation import Represented
from backoffice.domain.wording import Wording


class ChannelCode(StrEnum):
    """The doors of the house (kept on each case as a fact, never as a fork in the code)."""

    WEB_FORM = "web_form"
    EMAIL = "email"
    COUNTER = "counter"
    PHONE = "phone"
    LETTER = "letter"
    OPEN311 = "open311"


CHANNEL_LABELS: dict[ChannelCode, str] = {
    ChannelCode.WEB_FORM: Wording("En ligne"),
    ChannelCode.EMAIL: Wording("Courriel"),
    ChannelCode.COUNTER: Wording("Guichet"),
    ChannelCode.PHONE: Wording("Téléphone"),
    ChannelCode.LETTER: Wording("Courrier"),
    ChannelCode.OPEN311: "Open311",
}


class ContactPreference(StrEnum):
    """How the citizen wishes to be answered."""

    EMAIL = "email"
    POST = "post"
    SMS = "sms"
    PHONE = "phone"


@dataclass(frozen=True, slots=True)
class VerifiedIdentity:
    """Who an identity provider says the sender is; the key is (issuer, subject), never the e-mail."""

    issuer: str
    subject: str
    provider: str


@dataclass(frozen=True, slots=True)
class Sender:
    """The person or organisation behind a request, as they presented themselves (R112-9-1)."""

    family_name: str = ""
    given_names: str = ""
    usage_name: str = ""
    organisation: str = ""
    email: str = ""
    phone: str = ""
    address_line: str = ""
    postcode: str = ""
    city: str = ""
    contact_preference: ContactPreference | None = None
    citizen_id: int | None = None
    identity: VerifiedIdentity | None = None
    # Whether they told an agent that they want no answer by e-mail (L112-14 of the CRPA).
    refuses_email: bool = False
    # Whether the sender proved, by a link, that the address is theirs.
    email_proven: bool = False
    # Whether our own mail relay found that the address may be somebody else's.
    email_doubted: bool = False

    @property
    def display_name(self) -> str:
        """The name shown to agents: organisation, else given names and name, else a plain word."""
        person = f"{self.given_names} {self.usage_name or self.family_name}".strip()
        return self.organisation or person or self.email or self.phone or "Personne non identifiée"


@dataclass(frozen=True, slots=True)
class IncomingFile:
    """A file already kept by content hash in the storage: its `digest` is the SHA-256 in hexadecimal."""

    name: str
    media_type: str
    size: int
    digest: str
    field: str = ""
    content_id: str = ""
    inline: bool = False


@dataclass(frozen=True, slots=True)
class Threading:
    """What a message says about the case it answers; nothing here is trusted before intake checks it."""

    reply_token: str = ""
    message_id: str = ""
    referred_ids: tuple[str, ...] = ()
    quoted_reference: str = ""


@dataclass(frozen=True, slots=True)
class IncomingRequest:
    """A sollicitation: a value, not a table.

    `source_id` is unique within its channel: receiving the same pair again changes nothing.
    `received_at` is an aware UTC instant; `received_on` and `posted_on` are set for letters and counter visits
    whose legal date is a day and not an instant.
    """

    channel: ChannelCode
    source_id: str
    received_at: datetime
    sender: Sender
    authority: str = ""
    subject: str = ""
    body: str = ""
    body_html: str = ""
    quoted: str = ""
    procedure: str = ""
    answers: Mapping[str, Any] = field(default_factory=dict)
    files: tuple[IncomingFile, ...] = ()
    threading: Threading = Threading()
    raw_digest: str = ""
    received_on: date | None = None
    posted_on: date | None = None
    recorded_by: int | None = None
    language: str = "fr"
    represented: Represented | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
