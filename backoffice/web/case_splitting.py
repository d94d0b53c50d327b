"""One case that holds two matters: an agent chooses what becomes a second case."""

import textwrap
from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from backoffice.domain import policy, row_ids
from backoffice.domain.policy import Permission
from backoffice.errors import BackofficeError, Conflict, Invalid
from backoffice.queries import case_links, cases, catalogue
from backoffice.services import splitting
from backoffice.services.splitting import Part
from backoffice.web import files, form_numbers
from backoffice.web.access import Audience, audience
from backoffice.web.current import actor, runtime
from backoffice.web.errors import status_of

pages = Blueprint("case_splitting", __name__, url_prefix="/agents/dossiers")

EXTRACT = 160
"""Characters of a message that are enough to know it."""


@pages.get("/<reference>/division")
@audience(Audience.STAFF, Permission.CASE_MOVE)
def show(reference: str) -> ResponseReturnValue:
    """What can be chosen, and where it can go."""
    return _page(reference, {})


@pages.post("/<reference>/division")
@audience(Audience.STAFF, Permission.CASE_MOVE)
def split(reference: str) -> ResponseReturnValue:
    """Open the second case; the same form sent twice opens it once."""
    number = request.form.get("submission", "")
    if not form_numbers.is_ours(number):
        return _page(reference, {"": "Ce formulaire a expiré : relisez-le, puis envoyez-le de nouveau."}), 422
    part = Part(
        subject=request.form.get("subject", ""),
        procedure=request.form.get("procedure", ""),
        department_id=row_ids.read(request.form.get("department", "")),
        words=request.form.get("words", "").replace("\x00", ""),
        message_ids=_numbers("messages"),
        attachment_ids=_numbers("files"),
    )
    try:
        with runtime().database.transaction() as session:
            case = cases.claim_case(session, actor(), reference)
            second = splitting.split(session, runtime(), actor(), case, part, key=number)
            made = second.reference
            is_read = policy.allows(actor(), Permission.CASE_READ, second)
    except (Conflict, Invalid) as error:
        return _page(reference, _faults(error)), status_of(error)
    flash(f"La seconde demande est ouverte : dossier {made}. L’usager en est informé.", "success")
    return redirect(url_for("case_page.show", reference=made if is_read else reference), 303)


def _numbers(name: str) -> frozenset[int]:
    return frozenset(row_ids.read(one) or 0 for one in request.form.getlist(name))


def _faults(error: BackofficeError) -> Mapping[str, str]:
    return error.faults if isinstance(error, Invalid) and error.faults else {"": error.sentence}


def _page(reference: str, errors: Mapping[str, str]) -> str:
    with runtime().database.reading() as session:
        case = cases.get_case(session, actor(), reference)
        policy.require(actor(), Permission.CASE_MOVE, case)
        messages = splitting.list_messages(session, case)
        received = splitting.list_files(session, case)
        departments = [(one.id, one.name) for one in catalogue.list_departments(session, case.authority_id)]
        procedures = catalogue.list_procedure_titles(session, case.authority_id)
        joined = case_links.joined_among(case_links.list_around(session, actor(), case.id))
    files.note_readings([case, *joined])
    return render_template(
        "cases/split.html",
        case=case,
        messages=[(one, textwrap.shorten(one.body or one.subject, EXTRACT, placeholder="\u00a0…")) for one in messages],
        files=[(one.id, one.name) for one in received],
        departments=departments,
        procedures=procedures,
        submission=request.form.get("submission", "") if errors and "" not in errors else form_numbers.new(),
        typed={name: request.form.get(name, "") for name in ("subject", "words", "procedure", "department")},
        chosen={name: request.form.getlist(name) for name in ("messages", "files")},
        errors=errors,
    )
