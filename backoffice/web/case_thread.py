"""The conversation on the page of a case: every channel in one thread, whose middle is folded when it is long."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from backoffice.domain.arrived_letters import describe as describe_letter
from backoffice.domain.file_checks import FileCheck
from backoffice.models.cases import Attachment, Case, Message
from backoffice.models.mail import OutgoingMail
from backoffice.queries import cases
from backoffice.queries import received_files as file_queries
from backoffice.services import received_files
from backoffice.web import shown_files
from backoffice.web.current import runtime
from backoffice.web.shown_files import ShownFile

LONGEST_WHOLE, LAST_SHOWN = 60, 40
"""Exchanges of a thread that is shown whole, and those at the end of a longer one."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """An échange of the thread, with its files and, for our own, the mail that carries it.

    `closed` says why the antivirus keeps the original message shut; `letter` what is noted of a letter, and `text` what
    was read on its pages. `reference` is that of its own case, which may be joined to the one of the page.
    """

    message: Message
    files: list[ShownFile]
    closed: str
    mail: OutgoingMail | None
    text: str = ""
    reference: str = ""

    @property
    def letter(self) -> str:
        """« Lettre simple, datée du… »: what is noted of a letter; empty for anything else."""
        noted = self.message.facts.get("letter")
        said = describe_letter(noted) if noted else ""
        return said[:1].upper() + said[1:]


@dataclass(frozen=True, slots=True)
class Thread:
    """The échanges that are shown; `folded` is how many are left out after the first, `files` how many came in all."""

    exchanges: list[Exchange]
    folded: int
    files: int


def read(session: Session, together: Sequence[Case], mails: Sequence[OutgoingMail], *, whole: bool) -> Thread:
    """The thread of a case and of those joined to it, the case first.

    All of it, or what opened it and its end when there is more than one reads.
    """
    by_id = {one.id: one for one in together}
    messages, folded = _messages(session, list(by_id), whole=whole)

    def show(one: Attachment, check: FileCheck) -> ShownFile:
        return shown_files.for_staff(by_id[one.case_id], one, check)

    case_id, *joined = by_id
    shown = {one.id for one in messages}
    received = cases.list_attachments(session, case_id, joined=joined)
    attachments = [one for one in received if one.message_id in shown]
    files = shown_files.by_message(session, attachments, show)
    words = file_queries.list_texts(session, [one.digest for one in attachments])
    texts = {one.message_id: words[one.digest] for one in attachments if one.digest in words}
    originals = received_files.checks(session, runtime(), [one.raw_digest for one in messages if one.raw_digest])
    closed = {digest: check.sentence for digest, check in originals.items()}
    carried = {mail.message_row_id: mail for mail in mails if mail.message_row_id}
    exchanges = [
        Exchange(
            one,
            files.get(one.id, []),
            closed.get(one.raw_digest, ""),
            carried.get(one.id),
            texts.get(one.id, ""),
            by_id[one.case_id].reference,
        )
        for one in messages
    ]
    return Thread(exchanges, folded, len(received))


def _messages(session: Session, case_ids: Sequence[int], *, whole: bool) -> tuple[list[Message], int]:
    case_id, *joined = case_ids
    if whole:
        return cases.list_messages(session, case_id, joined=joined), 0
    last = cases.list_last_messages(session, case_id, LONGEST_WHOLE + 1, joined=joined)
    if len(last) <= LONGEST_WHOLE:
        return last, 0
    first = cases.get_first_message(session, case_id, joined=joined)
    count = cases.count_messages(session, case_id, joined=joined)
    return [first, *last[-LAST_SHOWN:]], count - LAST_SHOWN - 1
