"""Answers that agents note in a case: written in its thread, told in its history, and counted by its clock."""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy.orm import Session

from backoffice.domain import french, noted_answers, policy
from backoffice.domain.answers import Answers
from backoffice.domain.fields import Field, FieldKind
from backoffice.domain.lifecycle import Status, check_open
from backoffice.domain.noted_answers import SOURCE_LABELS, Source
from backoffice.domain.policy import Actor, Permission
from backoffice.domain.procedures import ProcedureDefinition
from backoffice.errors import Invalid
from backoffice.models.authorities import Authority
from backoffice.models.cases import Case
from backoffice.queries import cases as queries
from backoffice.services import (
    acknowledging,
    casework,
    clock,
    district_rounds,
    journal,
    nearby_reports,
    procedures,
    reserved_answers,
)
from backoffice.services.journal import Event

UNSAID_SOURCE = "Dites d’où vous tenez ces réponses."
NOTHING_TO_SHOW = "(réservées à certains agents)"
# What says where the matter is.
WHERE = frozenset({FieldKind.PLACE, FieldKind.ADDRESS})
NOTHING_NEW = "Notez au moins une réponse, ou revenez au dossier."


def definition_of(case: Case) -> ProcedureDefinition | None:
    """The form that answers can be noted for: none without procedure, nor under the answers to another one's form."""
    if case.procedure_version is None or case.answers_version_id is not None:
        return None
    return procedures.read_version(case.procedure_version)


def list_open(session: Session, actor: Actor, case: Case, noted: Collection[str] | None = None) -> tuple[Field, ...]:
    """The questions whose answer the actor may note, with those noted here before: `noted`, when the caller knows."""
    definition = definition_of(case)
    if definition is None:
        return ()
    hidden = reserved_answers.list_hidden(session, actor, case)
    noted = _list_noted(session, case) if noted is None else noted
    return noted_answers.list_open(definition, case.answers, noted=noted, hidden=hidden)


def list_settled(session: Session, actor: Actor, case: Case) -> list[str]:
    """The questions of which nothing more is asked, in words: they are answered, or the actor may not read them."""
    definition = definition_of(case)
    if definition is None:
        return []
    hidden = reserved_answers.list_hidden(session, actor, case)
    unanswered = {one.code for one in noted_answers.list_open(definition, case.answers)}
    answered = case.answers.keys() - unanswered
    return [str(one.label) for one in definition.fields if one.code in hidden or one.code in answered]


def note(
    session: Session, actor: Actor, case: Case, posted: Mapping[str, Sequence[str]], source: str, *, key: str
) -> None:
    """Keep the answers that were posted to open questions; raise Invalid with what is to correct, or without any news.

    Their words stay in the thread as a note, whatever is noted later. Whoever may write a note may: a regime that an
    answer decides applies from the receipt, and an acknowledgement that told another effect of silence is issued again.
    """
    policy.require(actor, Permission.CASE_NOTE, case)
    check_open(Status(case.status))
    definition, questions = definition_of(case), list_open(session, actor, case)
    if definition is None or not questions:
        raise Invalid(NOTHING_NEW)
    answers = noted_answers.read(definition, case.answers, questions, posted, case.received_on)
    faults = dict(answers.errors) if source in set(Source) else {**answers.errors, "source": UNSAID_SOURCE}
    if faults:
        raise Invalid(faults=faults)
    changed = [one for one in questions if answers.values.get(one.code) != case.answers.get(one.code)]
    if not changed:
        raise Invalid(NOTHING_NEW)
    before = definition.regime_for(case.answers)
    case.answers = dict(answers.values)
    said = SOURCE_LABELS[Source(source)]
    casework.note(session, actor, case, _words(changed, answers, said), key=key)
    # A reserved question is named to nobody: that it has an answer would be known.
    named = [str(one.label) for one in changed if not one.readers]
    facts = {"codes": [one.code for one in changed], "questions": named, "source": said}
    journal.record(session, actor, case, Event.ANSWERS_NOTED, **facts)
    if definition.regime_for(case.answers) != before and not case.implicit_outcome:
        authority, told = session.get_one(Authority, case.authority_id), acknowledging.effect_of(case)
        clock.restart_under(session, case, authority, definition)
        acknowledging.issue_if_changed(session, case, authority, told, why="answers")
    if any(one.kind in WHERE for one in changed):
        case.latitude = case.longitude = None
        case.near_street = ""
        nearby_reports.place(session, case, definition)
        district_rounds.place_anew(session, case)


def _list_noted(session: Session, case: Case) -> frozenset[str]:
    events = queries.list_events(session, case.id, after=case.history_length, kinds={Event.ANSWERS_NOTED})
    return frozenset(code for one in events for code in one.data["codes"])


def _words(changed: Sequence[Field], answers: Answers, source: str) -> str:
    lines = [f"– {line}" for line in noted_answers.in_words(changed, answers.values)] or [NOTHING_TO_SHOW]
    return french.typographic(f"Réponses notées ({source.lower()}) :\n" + "\n".join(lines))
