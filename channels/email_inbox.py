"""The e-mail channel: a received message becomes one request; what it says of a case is claimed, never trusted."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from backoffice.domain import french, references
from backoffice.domain.incoming import ChannelCode, IncomingFile, IncomingRequest, Sender, Threading
from channels import authentication, forwards, html_text, machine_phrases, replies
from channels.base import Audience
from channels.mime import Address, ParsedMail

# Letters kept of a text: a longer one (a log pasted whole) stays entire in the original.
LONGEST_BODY = 500_000
MOST_REFERRED = 50
NO_MAIL = french.typographic(
    "[Ce qui est arrivé n’est pas un courriel lisible : le message d’origine est gardé tel quel.]"
)

_REPLY_ADDRESS = re.compile(r"\+(\d{1,18}\.[0-9a-f]{20})@")
_MAIL_FIELDS = ("from", "subject", "date", "message-id", "to", "received")
_UNPRINTED = re.compile(r"[\x01-\x08\x0e-\x1a\x1c-\x1f\x7f-\x9f\ufffd]")
_WORD = re.compile(r"\w+")
# Words in cipher among words that can be read (OpenPGP, RFC 9580 §6.2).
_ARMOUR = re.compile(r"-----BEGIN PGP MESSAGE-----.*?(?:-----END PGP MESSAGE-----|\Z)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class ReceivedMail:
    """A message that a mailbox of ours received, read, with its files already kept by content hash.

    `whole_size` is set when the message was too large: only its beginning was read, and its files were left.
    `authserv_id` is the name under which the relay of the mailbox writes what it found out about senders.
    """

    parsed: ParsedMail
    received_at: datetime
    raw_digest: str
    mailbox: str
    files: tuple[IncomingFile, ...] = ()
    authority: str = ""
    procedure: str = ""
    whole_size: int | None = None
    authserv_id: str = ""


class EmailInbox:
    """Messages of our mailboxes."""

    code = ChannelCode.EMAIL
    audience = Audience.CITIZEN

    def normalise(self, raw: ReceivedMail) -> IncomingRequest:
        """The request of a message: its new words apart from what it quotes, and the case it claims to answer."""
        parsed = raw.parsed
        reply = replies.visible(parsed)
        results = authentication.read(parsed.authentication_results, raw.authserv_id)
        sender = sender_of(parsed)
        shown = parsed.sender.address
        is_doubted = authentication.is_doubted(results, sender.email, shown)
        found_out = {
            "doubted": is_doubted,
            # A contact form of a website that is who it says vouches for what was typed in it, as our own forms do.
            "unvouched": is_doubted and authentication.is_doubted(results, shown, shown),
            "unreadable": parsed.protection == "encrypted" and not _ARMOUR.sub("", reply.visible).strip(),
        }
        return IncomingRequest(
            channel=self.code,
            source_id=source_id(parsed),
            received_at=raw.received_at,
            sender=replace(sender, email_doubted=is_doubted),
            authority=raw.authority,
            subject=parsed.subject,
            body=_body(NO_MAIL if _is_no_mail(parsed) else reply.visible, raw.whole_size),
            body_html=html_text.sanitise(parsed.html) if parsed.html else "",
            quoted="\n\n".join(part for part in (reply.signature, reply.elided) if part.strip())[:LONGEST_BODY],
            procedure=raw.procedure,
            files=raw.files,
            threading=threading_of(parsed),
            raw_digest=raw.raw_digest,
            facts=_facts(raw, results) | {name: True for name, is_so in found_out.items() if is_so},
        )


def source_id(parsed: ParsedMail) -> str:
    """What makes two copies the same message, through whatever mailbox they came: its Message-ID and its words.

    Some systems give one Message-ID to several messages: other words or files make another message.
    """
    digest = hashlib.sha256(f"{parsed.dedupe_key}\0{parsed.sender.address.lower()}".encode())
    digest.update("\0".join(_WORD.findall(f"{parsed.subject}\0{parsed.text}")).encode())
    for file in parsed.attachments:
        digest.update(bytes.fromhex(file.digest))
    return digest.hexdigest()


def threading_of(parsed: ParsedMail) -> Threading:
    """The case that a message says it answers, in the order of trust: our signed address, our Message-IDs, a number."""
    referred = (*parsed.in_reply_to, *reversed(parsed.references))
    return Threading(
        reply_token=find_reply_token((*parsed.delivered_to, *_addresses(parsed.to), *_addresses(parsed.cc))),
        message_id=parsed.message_id or "",
        referred_ids=tuple(dict.fromkeys(referred))[:MOST_REFERRED],
        quoted_reference=references.find_reference(parsed.subject),
    )


def find_reply_token(addresses: Iterable[str]) -> str:
    """The mark of the first address of ours that carries one (`demandes+12.<mark>@…`), else an empty text."""
    return next((found[1] for address in addresses if (found := _REPLY_ADDRESS.search(address.lower()))), "")


def sender_of(parsed: ParsedMail) -> Sender:
    """Who writes: From, unless it takes no answers (a contact form of a website) and names somebody who does."""
    shown = parsed.sender
    if not shown.address or machine_phrases.NO_REPLY.match(shown.address):
        shown = parsed.answer_to
    family_name, given_names = split_name(shown.name)
    return Sender(family_name=family_name, given_names=given_names, email=shown.address.lower())


def split_name(shown: str) -> tuple[str, str]:
    """(family name, given names) of a name as mail programs show it: « MARTIN Jeanne », « Martin, Jeanne » too."""
    name = " ".join(shown.split()).strip("'\" ")
    if not name or "@" in name:
        return "", ""
    if "," in name:
        family, _, given = name.partition(",")
        return family.strip(), given.strip()
    words = name.split(" ")
    capitals = [word for word in words if len(word) > 1 and word.isupper()]
    if capitals and len(capitals) < len(words):
        return " ".join(capitals), " ".join(word for word in words if word not in capitals)
    return " ".join(words[1:]) or words[0], words[0] if len(words) > 1 else ""


def _body(visible: str, whole_size: int | None) -> str:
    """The words, and what an agent must know of a message that did not come in whole."""
    text = visible[:LONGEST_BODY]
    if whole_size is None:
        return text
    size = french.file_size(whole_size)
    said = f"[Ce message pesait {size} : ses pièces jointes n’ont pas été prises, et la fin du texte peut manquer.]"
    return f"{text}\n\n{french.typographic(said)}".strip()


def _is_no_mail(parsed: ParsedMail) -> bool:
    """True for bytes without a field of a mail that are no text either: shown as letters they would say nothing."""
    if any(name in parsed.headers for name in _MAIL_FIELDS):
        return False
    opening = parsed.text[:2000]
    return len(_UNPRINTED.findall(opening)) * 20 > len(opening)


def _answers_elsewhere(parsed: ParsedMail) -> str:
    """Where a message by a person wants its answer, when that is in another domain: a forger's usual way."""
    shown, wanted = parsed.sender.address, parsed.answer_to.address
    if not shown or machine_phrases.NO_REPLY.match(shown):
        return ""
    return wanted if wanted.rpartition("@")[2].lower() != shown.rpartition("@")[2].lower() else ""


def _first_writer(parsed: ParsedMail) -> dict[str, str]:
    """Who wrote what this message passes on, as the fields of a sender."""
    first = forwards.find_original(parsed)
    if first is None:
        return {}
    family_name, given_names = split_name(first.name)
    return {"family_name": family_name, "given_names": given_names, "email": first.address.lower()}


def _addresses(shown: tuple[Address, ...]) -> list[str]:
    return [address.address for address in shown]


def _facts(raw: ReceivedMail, results: Mapping[str, str]) -> dict[str, Any]:
    """What is kept of a message beside its words; empty facts are left out."""
    parsed = raw.parsed
    facts = {
        "mailbox": raw.mailbox,
        "message_id": parsed.message_id,
        "from": parsed.sender.address,
        "answer_to": parsed.answer_to.address if parsed.answer_to != parsed.sender else "",
        "to": _addresses(parsed.to),
        "cc": _addresses(parsed.cc),
        "date": parsed.date.isoformat() if parsed.date else "",
        "calendar": parsed.calendar,
        "protection": parsed.protection,
        "authentication": dict(results),
        "answers_elsewhere": _answers_elsewhere(parsed),
        "forwarded": _first_writer(parsed),
        "defects": list(parsed.defects),
        "whole_size": raw.whole_size,
    }
    return {name: value for name, value in facts.items() if value}
