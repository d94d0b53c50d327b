"""The polite answer to a message too large to be taken in: its words are received, its files are to be sent again."""

from sqlalchemy.orm import Session

from backoffice.domain import first_answers, french
from backoffice.infra.runtime import Runtime
from backoffice.models.authorities import Authority
from backoffice.models.cases import Case
from backoffice.queries import cases
from backoffice.queries import mail as queries
from backoffice.services import correspondence, documents


def answer(session: Session, runtime: Runtime, case: Case, size: int) -> None:
    """Ask the citizen of a case for the files that a message of `size` bytes could not bring."""
    _say_in_acknowledgement(session, case)
    if case.citizen is None or not case.citizen.accepts_email:
        return
    if not correspondence.may_write_automatically(session, case):
        return
    if first_answers.instead_of_acknowledgement(queries.find_opening_facts(session, case.id)):
        return  # the answer to that one says what to do, and nothing of the request
    values = documents.case_values(session, session.get_one(Authority, case.authority_id), case)
    settings = runtime.settings
    values |= {
        "size": french.file_size(size),
        "limit": french.file_size(settings.max_mail_bytes),
        "page_limit": french.file_size(settings.max_upload_bytes),
    }
    correspondence.queue_mail(session, runtime, case, "oversized", values, automatic=True)


def _say_in_acknowledgement(session: Session, case: Case) -> None:
    """One that is still to be made must not tell its reader that there is nothing more to send."""
    for document in cases.list_documents(session, case.id):
        if document.template == "acknowledgement" and not document.digest:
            document.values = {**document.values, "files_refused": True}
