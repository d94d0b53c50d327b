"""The answer that an agent has just written on another page than this one, while it waits to leave."""

import secrets
from datetime import UTC, datetime
from typing import Any

from flask import request
from sqlalchemy.orm import Session

from backoffice.models.cases import Case
from backoffice.queries import cases
from backoffice.services import taking_back
from backoffice.services.taking_back import Departure
from backoffice.web.current import actor

ANSWERED = "repondu"
"""In an address: the case that was answered just before."""


def find_answered(session: Session) -> tuple[Case | None, Departure | None]:
    """The case that the address says was answered, if the viewer may read it, and the answer while it waits."""
    answered = request.args.get(ANSWERED, "")
    if not answered or not cases.find_visible(session, actor(), answered):
        return None, None
    case = cases.get_case(session, actor(), answered)
    mails, messages = cases.list_mails(session, case.id), cases.list_messages(session, case.id)
    return case, taking_back.find_departure(actor(), case, mails, messages, datetime.now(UTC))


def context(session: Session) -> dict[str, Any]:
    """What `cases/_departure.html` needs on a page of no case."""
    left, departure = find_answered(session)
    return {"left": left, "departure": departure, "form_key": secrets.token_hex(16)}
