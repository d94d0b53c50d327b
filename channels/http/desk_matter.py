"""What somebody comes to the desk for: a procedure, a ready answer or a running case, found from one box."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from backoffice.domain import procedure_search, word_search
from backoffice.domain.lifecycle import DESK_STATUS_LABELS, Status
from backoffice.domain.nearby import LASTS
from backoffice.domain.procedures import ProcedureDefinition
from backoffice.domain.row_ids import read as read_id
from backoffice.errors import NotFound
from backoffice.models.cases import Case
from backoffice.models.people import Citizen
from backoffice.models.ready_answers import ReadyAnswerVersion
from backoffice.queries import cases, catalogue, nearby, queue, ready_answers
from backoffice.services import procedures
from backoffice.web.current import actor, authority
from backoffice.web.pages import today_here
from channels.http.filled_form import FilledForm

MATTER, PROCEDURE, ANSWER, ABOUT = "what", "demarche", "answer", "about"
MOTIVE, NO_MATTER = "motive:", "no-matter"
CHOOSE_ANSWER, CHOOSE_CASE = f"{ANSWER}:", f"{ABOUT}:"
MOST_PROCEDURES, MOST_ANSWERS, MOST_CASES = 5, 4, 5
# Those that are looked through for a street, the newest first.
MOST_PLACED = 500


@dataclass(frozen=True, slots=True)
class Option:
    """One thing that may be meant; `press` is the button that chooses it."""

    press: str
    label: str
    details: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Matter:
    """What was chosen: any of the three, or nothing yet."""

    definition: ProcedureDefinition | None = None
    answer: ReadyAnswerVersion | None = None
    about: Case | None = None

    @property
    def title(self) -> str:
        """A few words for it."""
        if self.about is not None:
            return f"{self.about.reference} {self.about.subject}"
        if self.answer is not None:
            return self.answer.title
        return self.definition.title if self.definition is not None else ""


def chosen_by(form: FilledForm, done: str, session: Session) -> FilledForm:
    """The form once the button `done` was pressed: another matter is chosen, or none any more."""
    changes: dict[str, str] = {}
    if done.startswith(MOTIVE):
        changes = {PROCEDURE: done.removeprefix(MOTIVE), ABOUT: ""}
    elif done.startswith(CHOOSE_ANSWER):
        changes = {ANSWER: done.removeprefix(CHOOSE_ANSWER), ABOUT: ""}
        version = _find_answer(session, changes[ANSWER])
        answer = ready_answers.get_answer(session, authority().id, version.answer_id) if version else None
        if answer is not None and answer.procedure_code:
            changes[PROCEDURE] = answer.procedure_code
    elif done.startswith(CHOOSE_CASE):
        changes = {ABOUT: done.removeprefix(CHOOSE_CASE), ANSWER: "", PROCEDURE: ""}
    elif done == NO_MATTER:
        changes = {PROCEDURE: "", ANSWER: "", ABOUT: ""}
    if changes:
        changes[MATTER] = ""
    return replace(form, fields={**form.fields, **{name: [text] for name, text in changes.items()}})


def find(session: Session, form: FilledForm) -> Matter:
    """What is on the screen."""
    code, reference = form.text(PROCEDURE), form.text(ABOUT)
    procedure = catalogue.find_procedure(session, authority().id, code) if code else None
    known = procedure is not None and procedure.open and procedure.current_version is not None
    return Matter(
        procedures.definition_of(procedure) if procedure and known else None,
        _find_answer(session, form.text(ANSWER)),
        _find_case(session, reference) if reference else None,
    )


def list_options(session: Session, words: str, citizen: Citizen | None) -> list[Option]:
    """What may be meant by these words: running cases of the person or of a street, procedures, ready answers."""
    words = words.strip()[:200]
    found = _cases(session, words, citizen)
    if words:
        found += _cases_on_street(session, words, {one.press for one in found})
        listed = catalogue.list_procedures(session, authority().id)
        known = [procedures.definition_of(one) for one in listed if one.current_version is not None]
        found += [
            Option(f"{MOTIVE}{one.code}", one.title, ("Démarche",))
            for one in procedure_search.search(known, words)[:MOST_PROCEDURES]
        ]
        found += [
            Option(f"{CHOOSE_ANSWER}{one.version_id}", one.title, ("Réponse type",))
            for one in ready_answers.search(session, authority().id, words, MOST_ANSWERS)
        ]
    return found


def _cases(session: Session, words: str, citizen: Citizen | None) -> list[Option]:
    """The running cases of the person that these words may mean; all of them for no word."""
    rows = queue.list_of_citizen(session, actor(), citizen.id, 20) if citizen else []
    open_rows = [row for row in rows if row.closed_on is None]
    wanted = _matching([f"{row.reference} {row.subject}" for row in open_rows], words)
    return [
        Option(
            f"{CHOOSE_CASE}{open_rows[place].reference}",
            f"{open_rows[place].reference} {open_rows[place].subject}",
            ("Demande en cours", DESK_STATUS_LABELS[Status(open_rows[place].status)]),
        )
        for place in wanted[:MOST_CASES]
    ]


def _cases_on_street(session: Session, words: str, but: Collection[str]) -> list[Option]:
    """The running cases of a street that these words name, whoever asked for them."""
    rows = nearby.list_open_on_streets(session, actor(), today_here() - LASTS, MOST_PLACED)
    wanted = (rows[place] for place in _matching([row.near_street for row in rows], words))
    told = (
        Option(
            f"{CHOOSE_CASE}{row.reference}",
            f"{row.reference} {row.subject}",
            ("Demande en cours", row.near_street, DESK_STATUS_LABELS[Status(row.status)]),
        )
        for row in wanted
    )
    return [one for one in told if one.press not in but][:MOST_CASES]


def _matching(texts: Sequence[str], words: str) -> list[int]:
    if not words:
        return list(range(len(texts)))
    return word_search.find([word_search.index_of(text, "", "") for text in texts], words)


def _find_answer(session: Session, text: str) -> ReadyAnswerVersion | None:
    version_id = read_id(text)
    return ready_answers.find_version(session, authority().id, version_id) if version_id else None


def _find_case(session: Session, reference: str) -> Case | None:
    try:
        return cases.get_case(session, actor(), reference)
    except NotFound:  # closed to this agent meanwhile
        return None
