"""What an agent looks at before an answer leaves: the case as they saw it, and the mail exactly as it would go."""

from dataclasses import dataclass

from flask import request
from sqlalchemy.orm import Session

from backoffice.domain import row_ids
from backoffice.infra import templating
from backoffice.infra.templating import MailText
from backoffice.models.cases import Case
from backoffice.queries import cases
from backoffice.services import blanks, casework, mail_identity
from backoffice.web.current import actor, runtime


@dataclass(frozen=True, slots=True)
class Preview:
    """An answer as it would leave."""

    sender: str
    recipient: str
    mail: MailText


def as_seen(session: Session, reference: str) -> Case:
    """The case, unless it changed since the page was shown: a new page would hide what is new from who is writing."""
    case = cases.get_case(session, actor(), reference)
    if "revision" in request.form:
        casework.check_revision(case, row_ids.read(request.form["revision"]) or 0)
    return case


def read(session: Session, case: Case, text: str) -> Preview:
    """The mail that this answer would be; raise Invalid when something of it is missing."""
    values = casework.reply_values(session, actor(), case, blanks.complete(session, case, text))
    sender = mail_identity.sender(runtime(), values, mail_identity.address_for(session, runtime(), case))
    mail = templating.mail("reply", values, runtime().settings.public_url)
    return Preview(sender, case.citizen.email if case.citizen else "", mail)
