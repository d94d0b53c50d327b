"""The person on a screen of the desk: found again or described, checked, with what their sheet does not say yet."""

from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from backoffice.domain import row_ids
from backoffice.domain.incoming import ChannelCode
from backoffice.domain.procedures import ProcedureDefinition
from backoffice.domain.representation_form import read_represented
from backoffice.domain.requester import PREFIX, REQUESTER_FIELDS, read_requester
from backoffice.models.people import Citizen
from backoffice.queries import people
from backoffice.web.current import authority
from channels.desk_form import ANONYMOUS
from channels.http.filled_form import FilledForm
from channels.http.form_page import REQUESTER_ROWS

MOST_CANDIDATES = 8
CHOOSE, FORGET = "choose:", "forget"


def chosen_by(form: FilledForm, done: str) -> FilledForm:
    """The form once the button `done` was pressed: another person is chosen, or none any more."""
    changes: dict[str, list[str]] = {}
    if done.startswith(CHOOSE):
        changes = {"usager": [done.removeprefix(CHOOSE)], "person": [""], "anonymous": [""]}
    elif done == FORGET:
        changes = {"usager": [""]}
    return replace(form, fields={**form.fields, **changes})


def find_citizen(session: Session, form: FilledForm) -> Citizen | None:
    """The sheet that the agent chose."""
    citizen_id = row_ids.read(form.text("usager"))
    return people.find_citizen(session, authority().id, citizen_id) if citizen_id else None


def list_candidates(session: Session, form: FilledForm, citizen: Citizen | None) -> list[Citizen]:
    """Who may be meant: by what was searched, else by the name or the contact details already written."""
    if citizen is not None or form.text(ANONYMOUS):
        return []
    name = " ".join(form.text(f"{PREFIX}{code}") for code in ("family_name", "given_names")).strip()
    found: dict[int, Citizen] = {}
    for words in (form.text("person"), name, form.text(f"{PREFIX}email"), form.text(f"{PREFIX}phone")):
        if words.strip():
            for one in people.search_citizens(session, authority().id, words[:200], MOST_CANDIDATES):
                found.setdefault(one.id, one)
    return list(found.values())[:MOST_CANDIDATES]


def asked_of(citizen: Citizen | None) -> list[list[Any]]:
    """The questions about the person, in rows: all of them, or only what their sheet lacks."""
    by_code = {field.code: field for field in REQUESTER_FIELDS}
    wanted = [code for row in REQUESTER_ROWS for code in row]
    if citizen is not None:
        wanted = [code for code in ("email", "phone", "address_line", "postcode", "city") if not getattr(citizen, code)]
    rows = ([by_code[code] for code in row if code in wanted] for row in REQUESTER_ROWS)
    return [row for row in rows if row]


def check(
    session: Session,
    channel: ChannelCode,
    form: FilledForm,
    citizen: Citizen | None,
    definition: ProcedureDefinition | None,
) -> dict[str, str]:
    """What must be corrected about the person before anything is recorded: input name → French sentence."""
    sender, errors = read_requester(form.fields, anonymous=True, channel=channel)
    said = any(form.text(f"{PREFIX}{field.code}").strip() for field in REQUESTER_FIELDS[:-1])
    if sender.email and people.find_staff_by_email(session, sender.email) is not None:
        errors[f"{PREFIX}email"] = (
            "C’est l’adresse d’un agent. Écrivez celle de l’usager, ou laissez vide s’il n’en a pas."
        )
    if not form.text(ANONYMOUS):
        errors |= read_represented(form.fields, channel)[1]
    if form.text(ANONYMOUS):
        if citizen is not None or said:
            errors[ANONYMOUS] = "Décochez cette case, ou retirez ce qui est écrit sur la personne."
        elif definition is not None and not definition.anonymous_allowed:
            errors[ANONYMOUS] = "Cette démarche ne peut pas être anonyme : demandez au moins un nom."
    elif citizen is None and not said:
        errors["person"] = "Retrouvez la personne, écrivez au moins son nom, ou cochez « Demande anonyme »."
    return errors
