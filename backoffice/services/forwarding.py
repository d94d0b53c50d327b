"""A request sent on to the administration that must answer it (L114-2): what was asked, by whom, with every file."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from backoffice.domain import answer_text
from backoffice.infra.runtime import Runtime
from backoffice.models.cases import Attachment, Case
from backoffice.queries import cases
from backoffice.services import correspondence, procedures, received_files

CONTACTS = ("email", "phone", "address_line", "postcode", "city")


def forward(session: Session, runtime: Runtime, case: Case, to: str, values: Mapping[str, Any]) -> None:
    """Write the mail that brings the request to another administration; its answer comes back to the case.

    Our own notes and answers stay here. A file that the antivirus keeps shut is named; one that is too heavy for a mail
    leaves as a link (see `services.linked_files`).
    """
    brought, kept = _sorted_files(session, runtime, case)
    citizen = case.citizen
    told = {
        "request": [(one.received_at.isoformat(), one.body) for one in _requests(session, case)],
        "answers": _answers(case),
        "contact": [getattr(citizen, name) for name in CONTACTS if getattr(citizen, name)] if citizen else [],
        "brought": [one.name for one in brought],
        "kept": [one.name for one in kept],
    }
    correspondence.queue_forward(session, runtime, case, to, dict(values) | told, [one.id for one in brought])


def _requests(session: Session, case: Case) -> list[Any]:
    return [
        one for one in cases.list_messages(session, case.id, with_notes=False) if one.direction == "in" and one.body
    ]


def _answers(case: Case) -> list[tuple[str, str]]:
    if case.form_version is None:
        return []
    return answer_text.describe(procedures.read_version(case.form_version), case.answers)


def _sorted_files(session: Session, runtime: Runtime, case: Case) -> tuple[list[Attachment], list[Attachment]]:
    """The files that go, and those that stay."""
    attachments = cases.list_attachments(session, case.id)
    checks = received_files.checks(session, runtime, [one.digest for one in attachments])
    brought = [one for one in attachments if checks[one.digest].may_leave]
    return brought, [one for one in attachments if not checks[one.digest].may_leave]
