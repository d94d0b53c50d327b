"""The conversation on the page of a case: every channel in one thread, whose middle is folded when it is long."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from backoffice.domain.arrived_letters import describe as describe_letter
from backoffice.domain.file_checks import FileCheck
from backoffice.domain.incoming import ChannelCode
from backoffice.models.cases import Attachment, Case, Message
from backoffice.models.mail import OutgoingMail
from backoffice.queries import cases
from backoffice.queries import received_files as file_queries
from backoffice.services import received_files, reserved_answers
from backoffice.web import shown_files
from backoffice.web.current import actor, runtime
from backoffice.web.shown_files import ShownFile

LONGEST_WHOLE, LAST_SHOWN = 50, 30
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
    """The échanges that are shown; `folded` is how many are left out after the first, `files` how many came in all.

    `mails` are those of the case that carry them, or that are no échange.
    """

    exchanges: list[Exchange]
    folded: int
    files: int
    mails: list[OutgoingMail]


def read(session: Session, together: Sequence[Case], *, has_files: bool, whole: bool) -> Thread:
    """The thread of a case, which `has_files` or not, and of those joined to it, the case first.

    All of it, or what opened it and its end when there is more than one reads.
    """
    by_id = {one.id: one for one in together}
    messages, folded = _messages(session, list(by_id), whole=whole)

    case_id, *joined = by_id
    shown = {one.id for one in messages}
    mails = cases.list_mails_beside(session, case_id, shown)
    received = cases.list_attachments(session, case_id, joined=joined) if has_files or joined else []
    hidden = hidden_files(session, together, received)

    def show(one: Attachment, check: FileCheck) -> ShownFile:
        return shown_files.for_staff(by_id[one.case_id], one, check, hidden=hidden)

    attachments = [one for one in received if one.message_id in shown]
    files = shown_files.by_message(session, attachments, show)
    # Shown for letters alone: what else is written in a document is read in it.
    on_paper = {one.id for one in messages if one.channel == ChannelCode.LETTER}
    words = file_queries.list_texts(session, [one.digest for one in attachments if one.message_id in on_paper])
    texts = {one.message_id: words[one.digest] for one in attachments if one.digest in words and one.id not in hidden}
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
    return Thread(exchanges, folded, len(received), mails)


def hidden_files(session: Session, together: Sequence[Case], received: Sequence[Attachment]) -> frozenset[int]:
    """The ids of the files of a case, and of those joined to it, that the viewer does not read."""
    return frozenset().union(*(reserved_answers.hidden_files(session, actor(), one, received) for one in together))


def _messages(session: Session, case_ids: Sequence[int], *, whole: bool) -> tuple[list[Message], int]:
    case_id, *joined = case_ids
    if whole:
        return cases.list_messages(session, case_id, joined=joined), 0
    return cases.list_ends(session, case_id, LONGEST_WHOLE, LAST_SHOWN, joined=joined)
