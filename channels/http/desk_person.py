"""The person on a screen of the desk: found again or described, checked, with what their sheet does not say yet."""

from dataclasses import asdict, replace
from typing import Any

from sqlalchemy.orm import Session

from backoffice.domain import person_words, row_ids
from backoffice.domain.incoming import ChannelCode
from backoffice.domain.person_words import Sort
from backoffice.domain.procedures import ProcedureDefinition
from backoffice.domain.representation_form import read_represented
from backoffice.domain.requester import PREFIX, REQUESTER_FIELDS, read_requester
from backoffice.models.people import Citizen
from backoffice.queries import citizen_search, people
from backoffice.queries.citizen_search import Candidate
from backoffice.web.current import actor, authority
from channels.desk_form import ANONYMOUS
from channels.http import desk_guards
from channels.http.filled_form import FilledForm
from channels.http.form_page import REQUESTER_ROWS

PERSON = "person"
"""The box where one person is looked for, or written down in a few words."""
SEEN_PEOPLE = "seen_people"
"""The sheets that were shown as alike."""
MOST_CANDIDATES = 8
CHOOSE, FORGET, NEW = "choose:", "forget", "new"
NOBODY_BEARS = (
    "Personne n’est trouvé par {}. Faites répéter l’usager, ou cherchez par le nom, le téléphone ou le courriel."
)


def chosen_by(form: FilledForm, done: str) -> FilledForm:
    """The form once the button `done` was pressed: a sheet is chosen, a new person written down, or none any more."""
    changes: dict[str, str] = {}
    if done.startswith(CHOOSE):
        changes = {"usager": done.removeprefix(CHOOSE), PERSON: "", ANONYMOUS: ""}
    elif done == FORGET:
        changes = {"usager": ""}
    elif done == NEW:
        changes = {"usager": "", PERSON: "", ANONYMOUS: "", **_described(form.text(PERSON))}
    return replace(form, fields={**form.fields, **{name: [text] for name, text in changes.items()}})


def _described(words: str) -> dict[str, str]:
    """Somebody new, by the words of the box."""
    person = person_words.read_person(words)
    return {f"{PREFIX}{name}": text for name, text in asdict(person).items() if text}


def told_of(words: str) -> str:
    """What to say of words that nobody was found by; empty when they may be somebody new."""
    sort = person_words.sort_of(words)
    return NOBODY_BEARS.format(sort) if sort is not Sort.PERSON else ""


def find_citizen(session: Session, form: FilledForm) -> Citizen | None:
    """The sheet that the agent chose, or the one that it went into meanwhile."""
    citizen_id = row_ids.read(form.text("usager"))
    citizen = people.find_citizen(session, authority().id, citizen_id) if citizen_id else None
    while citizen is not None and citizen.merged_into_id is not None:
        citizen = people.find_citizen(session, authority().id, citizen.merged_into_id)
    return citizen


def list_candidates(session: Session, form: FilledForm, citizen: Citizen | None) -> list[Candidate]:
    """Who may be meant: by what was searched, else by the name or the contact details already written."""
    if citizen is not None or form.text(ANONYMOUS):
        return []
    words = form.text(PERSON).strip()
    if words:
        return citizen_search.search(session, actor(), words, MOST_CANDIDATES)
    return list_alike(session, form)


def list_alike(session: Session, form: FilledForm) -> list[Candidate]:
    """The sheets that may be those of the person who is being written down, each with its reasons."""
    sender, _ = read_requester(form.fields, anonymous=True, channel=ChannelCode.COUNTER)
    return citizen_search.likely_duplicates(session, actor(), sender, limit=MOST_CANDIDATES)


def list_unseen(session: Session, form: FilledForm, citizen: Citizen | None) -> list[int]:
    """The sheets like the one about to be made, when the page has not shown them all."""
    if citizen is not None or form.text(ANONYMOUS) or not is_said(form):
        return []
    found = [one.citizen_id for one in list_alike(session, form)]
    return [] if {str(one) for one in found} <= set(form.text(SEEN_PEOPLE).split()) else found


def asked_of(citizen: Citizen | None) -> list[list[Any]]:
    """The questions about the person, in rows: all of them, or only what their sheet lacks."""
    by_code = {field.code: field for field in REQUESTER_FIELDS}
    wanted = [code for row in REQUESTER_ROWS for code in row]
    if citizen is not None:
        wanted = [code for code in ("email", "phone", "address_line", "postcode", "city") if not getattr(citizen, code)]
    rows = ([by_code[code] for code in row if code in wanted] for row in REQUESTER_ROWS)
    return [row for row in rows if row]


def is_said(form: FilledForm) -> bool:
    """Whether anything is written of the person."""
    return any(form.text(f"{PREFIX}{field.code}").strip() for field in REQUESTER_FIELDS[:-1])


def check(
    session: Session,
    channel: ChannelCode,
    form: FilledForm,
    citizen: Citizen | None,
    definition: ProcedureDefinition | None,
) -> dict[str, str]:
    """What must be corrected about the person before anything is recorded: input name → French sentence."""
    sender, errors = read_requester(form.fields, anonymous=True, channel=channel)
    errors |= desk_guards.check(session, form, sender)
    said = is_said(form)
    if not form.text(ANONYMOUS):
        errors |= read_represented(form.fields, channel)[1]
    if form.text(ANONYMOUS):
        if citizen is not None or said:
            errors[ANONYMOUS] = "Décochez cette case, ou retirez ce qui est écrit sur la personne."
        elif definition is not None and not definition.anonymous_allowed:
            errors[ANONYMOUS] = "Cette démarche ne peut pas être anonyme : demandez au moins un nom."
    elif citizen is None and not said:
        errors[PERSON] = "Retrouvez la personne, écrivez au moins son nom, ou cochez « Demande anonyme »."
    return errors
