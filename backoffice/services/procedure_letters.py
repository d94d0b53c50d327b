"""The letters that travel with the file or the draft of a procedure: read, checked, given versions when published."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from sqlalchemy.orm import Session

from backoffice.domain import letter_answers
from backoffice.domain.letters import ANSWER, LANGUAGES, LETTERS
from backoffice.domain.policy import Actor
from backoffice.domain.procedures import ProcedureDefinition, ProcedureLetter
from backoffice.domain.records import Faults
from backoffice.errors import Invalid
from backoffice.infra import letter_text
from backoffice.queries import letters as queries
from backoffice.services import letter_templates

Place = tuple[str, str]
"""A letter and a language."""

IN_FORCE = "letters_in_force"
"""Where faults of letters that the definition does not hold stand: « letters_in_force.refusal.en »."""


def list_in_force(session: Session, authority_id: int, code: str) -> tuple[ProcedureLetter, ...]:
    """The words that the letters of this procedure alone have today."""
    found = queries.list_in_force(session, authority_id, procedures=[code])
    return tuple(ProcedureLetter(one.template, one.title, one.body, one.language) for one in found if one.body)


def by_place(letters: Iterable[ProcedureLetter]) -> dict[Place, ProcedureLetter]:
    """The letters by what they are and their language; the last one wins."""
    return {(one.letter, one.language): one for one in letters}


def with_letters(session: Session, authority_id: int, definition: ProcedureDefinition) -> ProcedureDefinition:
    """The definition as a file says it: with the letters in force, and its own in their place."""
    known = by_place((*list_in_force(session, authority_id, definition.code), *definition.letters))
    return replace(definition, letters=tuple(known.values()))


def faults_of(definition: ProcedureDefinition) -> Faults:
    """What keeps its letters from being printed (path → French sentence)."""
    faults: Faults = {}
    for rank, one in enumerate(definition.letters):
        path = f"letters.{rank}"
        letter = LETTERS.get(one.letter)
        if letter is None:
            faults[f"{path}.letter"] = f"Ce courrier n’existe pas. Les courriers sont : {', '.join(LETTERS)}."
            continue
        if one.language not in LANGUAGES:
            faults[f"{path}.language"] = "Les courriers ne parlent pas cette langue."
        if not one.title.strip():
            faults[f"{path}.title"] = "Donnez un nom à ce texte."
        try:
            letter_text.check(one.body, letter_answers.with_answers(letter, definition))
        except Invalid as fault:
            faults[f"{path}.body"] = " ".join(fault.faults.values())
    return faults


def faults_in_force(session: Session, authority_id: int, definition: ProcedureDefinition) -> Faults:
    """The letters in force that ask for an answer which the definition no longer gives, unless it words them again."""
    replaced, faults = by_place(definition.letters), Faults()
    for place, one in by_place(list_in_force(session, authority_id, definition.code)).items():
        letter = LETTERS.get(one.letter)
        if letter is None or place in replaced:
            continue
        letter = letter_answers.with_answers(letter, definition)
        lost = [name for name in letter_text.names_in(one.body) if letter.find(name) is None]
        if sentences := [letter_text.refusal(name, letter) for name in sorted(letter_answers.called(lost))]:
            faults[f"{IN_FORCE}.{one.letter}.{one.language}"] = " ".join(sentences)
    return faults


def advice_on(definition: ProcedureDefinition) -> Iterator[tuple[str, str]]:
    """The letters that ask for an answer which may lack: without it, the words of every procedure are said."""
    for rank, one in enumerate(definition.letters):
        try:
            names = letter_answers.called(letter_text.names_in(one.body))
        except Invalid:
            continue
        for question in sorted(name.removeprefix(ANSWER) for name in names):
            if letter_answers.may_lack(definition, question):
                yield (
                    f"letters.{rank}.body",
                    f"La question « {question} » peut rester sans réponse : le courrier dira alors le texte commun.",
                )


def write(session: Session, actor: Actor, definition: ProcedureDefinition) -> None:
    """Give its next version to each letter of the definition that says something else than the one in force.

    The procedure exists already. Raises Invalid for a letter that could not be printed.
    """
    if faults := faults_of(definition):
        raise Invalid(faults=faults)
    known = by_place(list_in_force(session, actor.authority_id, definition.code))
    for place, one in by_place(definition.letters).items():
        if one.body.strip() != (known[place].body if place in known else ""):
            letter_templates.save(session, actor, one.letter, definition.code, one.language, one.title, one.body)
