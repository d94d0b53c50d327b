"""What a case puts in the blanks of a text, and what an agent still has to write there before it leaves."""

from sqlalchemy.orm import Session

from backoffice.domain import merge_fields
from backoffice.domain.french import long_date
from backoffice.errors import Invalid
from backoffice.models.authorities import Department
from backoffice.models.cases import Case
from backoffice.services import representations
from backoffice.services.representations import Addressee


def values(session: Session, case: Case, to: Addressee | None = None) -> dict[str, str]:
    """Each of MERGE_FIELDS on a case; `to` when the caller knows whom to write to."""
    return {
        "usager": (to or representations.addressee(session, case)).name,
        "reference": case.reference,
        "objet": case.subject,
        "date_reception": long_date(case.received_on),
        "service": session.get_one(Department, case.department_id).name,
    }


def fill_known(session: Session, case: Case, text: str) -> str:
    """The text with what the case knows; other blanks stay as they are, for a person to complete."""
    return merge_fields.fill_known(text, values(session, case)) if merge_fields.has_blank(text) else text


def complete(session: Session, case: Case, text: str) -> str:
    """The same for a text that leaves; raise Invalid when a blank stays."""
    filled = fill_known(session, case, text)
    left = merge_fields.find_left(filled)
    if left:
        said = " et ".join((", ".join(left[:-1]), left[-1])) if len(left) > 1 else left[0]
        sentence = f"Complétez {said} avant l’envoi : rien dans le dossier ne le dit."
        raise Invalid(sentence, {"text": sentence})
    return filled
