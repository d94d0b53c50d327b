"""One letter of a case: exactly what would leave again, to whom; sent by e-mail, or noted as posted or handed over."""

from typing import Any

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from backoffice.domain.policy import Permission, allows
from backoffice.errors import NotFound
from backoffice.models.cases import Case
from backoffice.models.documents import Document
from backoffice.queries import documents as queries
from backoffice.services import contact_details, sending
from backoffice.services.citizens import CONTACT_FIELDS
from backoffice.web import act_forms, files
from backoffice.web.access import Audience, audience
from backoffice.web.act_forms import Situation
from backoffice.web.current import actor, runtime
from backoffice.web.legal_acts import page_of, perform

pages = Blueprint("letter_sending", __name__, url_prefix="/agents/dossiers/<reference>/courriers/<int:document_id>")


@pages.get("")
@audience(Audience.STAFF, Permission.CASE_NOTE)
def show(reference: str, document_id: int) -> ResponseReturnValue:
    """The letter, the mail that would bring it, the address of today."""
    return _page(reference, document_id, {})


@pages.post("/courriel")
@audience(Audience.STAFF, Permission.CASE_REPLY)
def send(reference: str, document_id: int) -> ResponseReturnValue:
    """Send it by e-mail to the address that the page showed."""

    def change(session: Session, case: Case) -> str:
        letter = _get(session, case, document_id)
        email = request.form.get("email", "")
        sending.send_again(session, runtime(), actor(), case, letter, email)
        return f"Le courrier part par courriel à {email}."

    return perform(reference, change, lambda faults: _page(reference, document_id, faults))


@pages.post("/remise")
@audience(Audience.STAFF, Permission.CASE_NOTE)
def note_posted(reference: str, document_id: int) -> ResponseReturnValue:
    """It was posted or handed over on a day."""

    def change(session: Session, case: Case) -> str:
        on = act_forms.day_in(request.form)
        sending.note_posted(session, actor(), case, _get(session, case, document_id), on)
        return "La remise du courrier est notée."

    return perform(reference, change, lambda faults: _page(reference, document_id, faults))


@pages.post("/version")
@audience(Audience.STAFF, Permission.CASE_REPLY)
def write_again(reference: str, document_id: int) -> ResponseReturnValue:
    """Another version, for the address of today."""

    def change(session: Session, case: Case) -> str:
        sending.write_again(session, actor(), case, _get(session, case, document_id))
        return "Une nouvelle version du courrier est en cours de production, à la bonne adresse. La première reste."

    return perform(reference, change, lambda faults: _page(reference, document_id, faults))


@pages.post("/coordonnees")
@audience(Audience.STAFF, Permission.CITIZEN_WRITE)
def correct_contact(reference: str, document_id: int) -> ResponseReturnValue:
    """The right address, before it is sent again."""

    def change(session: Session, case: Case) -> str:
        contact_details.correct(session, actor(), case, request.form)
        return "Les coordonnées de l’usager sont corrigées. Rien n’est encore envoyé."

    here = url_for("letter_sending.show", reference=reference, document_id=document_id)
    return perform(reference, change, lambda faults: _page(reference, document_id, faults), after=here)


def _page(reference: str, document_id: int, errors: dict[str, str]) -> str:
    def fill(session: Session, situation: Situation) -> dict[str, Any]:
        case = situation.case
        letter = _get(session, case, document_id)
        parcel = sending.prepare(session, runtime(), actor(), case, letter)
        typed = request.form if errors else {}
        citizen = case.citizen
        return {
            "parcel": parcel,
            "letter_url": url_for("files.document", reference=reference, document_id=letter.id),
            "printed": sending.printed_address(letter),
            "may_renew": sending.is_addressed_elsewhere(session, case, letter) and letter.template != "receipt",
            "may_send": allows(actor(), Permission.CASE_REPLY, case),
            "may_correct": citizen is not None and allows(actor(), Permission.CITIZEN_WRITE),
            "contact": {name: typed.get(name, getattr(citizen, name)) for name in CONTACT_FIELDS} if citizen else {},
            "values": {"on": typed.get("on", situation.today.isoformat())},
            "errors": errors,
        }

    return page_of(reference, "cases/letter.html", fill)


def _get(session: Session, case: Case, document_id: int) -> Document:
    found = queries.find_document(session, case.id, document_id)
    if found is None:
        raise NotFound(files.GONE)
    return found
