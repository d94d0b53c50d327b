"""Say what a received mail is: a person's request or reply, or a machine's bounce, answer, receipt, loop or spam.

Machine mail is filed, opens nothing and is never answered. In doubt a message is a person's.
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from channels import bounces, machine_signs
from channels.bounces import Bounce
from channels.machine_phrases import FORWARD_SUBJECT, RECEIPT_SUBJECT, REPLY_SUBJECT
from channels.mime import ParsedMail


class Kind(StrEnum):
    """What a mail is. `request` and `reply` come from people, all others from machines."""

    REQUEST = "request"
    REPLY = "reply"
    BOUNCE = "bounce"
    COMPLAINT = "complaint"
    READ_RECEIPT = "read_receipt"
    AUTO_REPLY = "auto_reply"
    SPAM = "spam"
    LOOP = "loop"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A kind with the sign that decided it; `bounce` holds the details of delivery reports and complaints."""

    kind: Kind
    reason: str
    bounce: Bounce | None = None
    from_list: bool = False

    @property
    def is_human(self) -> bool:
        """True when a person wrote it."""
        return self.kind in (Kind.REQUEST, Kind.REPLY)

    @property
    def may_acknowledge(self) -> bool:
        """True when an automatic acknowledgement is polite: a person, not through a mailing list."""
        return self.is_human and not self.from_list


def is_forward(parsed: ParsedMail) -> bool:
    """True when the subject says that somebody passes a message on."""
    return FORWARD_SUBJECT.search(parsed.subject) is not None


def is_reply(parsed: ParsedMail) -> bool:
    """True when the message answers another one, known here or not."""
    return bool(parsed.in_reply_to or parsed.references) or REPLY_SUBJECT.match(parsed.subject) is not None


def kind(parsed: ParsedMail, own_addresses: Collection[str] = (), own_domain: str | None = None) -> Verdict:
    """What `parsed` is, with the sign that decided.

    `own_addresses` are our mailboxes; `own_domain` is the right side of the Message-IDs that we write.
    """
    sign = _loop_sign(parsed, own_addresses, own_domain)
    if sign:
        return Verdict(Kind.LOOP, sign)
    verdict = _find_machine(parsed)
    if verdict is not None:
        return verdict
    from_list = machine_signs.is_from_list(parsed)
    if is_reply(parsed):
        return Verdict(Kind.REPLY, "answers another message", from_list=from_list)
    return Verdict(Kind.REQUEST, "first message", from_list=from_list)


def _loop_sign(parsed: ParsedMail, own_addresses: Collection[str], own_domain: str | None) -> str:
    own = {address.lower() for address in own_addresses}
    if own and parsed.sender.address.lower() in own:
        return "sent from our own address"
    if own and any(value.strip("<> ").lower() in own for value in parsed.headers.get("x-loop", ())):
        return "X-Loop names us"
    if own_domain and parsed.message_id and parsed.message_id.lower().endswith(f"@{own_domain.lower()}"):
        return "Message-ID written by us"
    return ""


def _find_machine(parsed: ParsedMail) -> Verdict | None:
    """Reports before answers: delivery reports too say `Auto-Submitted: auto-replied`."""
    report_type = machine_signs.find_report_type(parsed)
    if report_type == "feedback-report":
        return Verdict(Kind.COMPLAINT, f"report-type={report_type}", bounces.read(parsed))
    if report_type == "disposition-notification":
        return Verdict(Kind.READ_RECEIPT, f"report-type={report_type}")
    sign = "delivery report (RFC 3464)" if report_type else machine_signs.find_bounce_sign(parsed)
    if sign:
        return Verdict(Kind.BOUNCE, sign, bounces.read(parsed))
    if parsed.return_path == "" and RECEIPT_SUBJECT.match(parsed.subject):
        return Verdict(Kind.READ_RECEIPT, "subject of a read receipt with a null envelope sender")
    for machine, find in ((Kind.AUTO_REPLY, machine_signs.find_auto_sign), (Kind.SPAM, machine_signs.find_spam_sign)):
        sign = find(parsed)
        if sign:
            return Verdict(machine, sign)
    return None
