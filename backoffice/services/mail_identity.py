"""Under which address the house writes: the mailbox by which the citizen wrote, else the one of the installation."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from backoffice.infra.runtime import Runtime
from backoffice.models.cases import Case
from backoffice.queries import mail as queries
from backoffice.services import kept_mailboxes, placing


def address_for(session: Session, runtime: Runtime, case: Case) -> str:
    """The mailbox that received the last mail of a case: who wrote to the planning department is answered by it."""
    code = queries.find_last_received_facts(session, case.id).get("mailbox", "")
    return kept_mailboxes.find_address(session, runtime, code) or runtime.settings.mail_from


def reply_address(runtime: Runtime, case_id: int, address: str = "") -> str:
    """`demandes+<case>.<mark>@domain`: a reply sent there says by itself which case it answers."""
    local, _, domain = (address or runtime.settings.mail_from).partition("@")
    return f"{local}+{placing.reply_token(runtime, case_id)}@{domain}"


def sender(runtime: Runtime, values: Mapping[str, Any], address: str = "") -> str:
    """Our address, under the name of the authority that writes."""
    name = values["authority"]["name"].replace('"', "").replace("\\", "")[:120]
    return f'"{name}" <{address or runtime.settings.mail_from}>'
