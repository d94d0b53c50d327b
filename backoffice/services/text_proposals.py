"""Better texts: proposed by who reads the evaluation, decided and published by who edits the text, each act kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from backoffice.domain import form_events, policy
from backoffice.domain.french import typographic
from backoffice.domain.policy import Actor, Permission
from backoffice.domain.text_proposals import (
    LONGEST_REASON,
    LONGEST_TEXT,
    MEASURED_DAYS,
    MOVES,
    State,
    Subject,
    Target,
    editor_of,
)
from backoffice.errors import Conflict, Invalid, NotFound
from backoffice.models.authorities import Authority
from backoffice.models.evaluation import TextProposal, TextProposalChange
from backoffice.queries import catalogue, ready_answers, repeat_contacts
from backoffice.queries import form_counts as counts
from backoffice.queries import text_proposals as queries
from backoffice.services import moment, procedures

NO_TEXT = "Ce texte n’existe pas : revenez à la page « Évaluation » et choisissez-en un."
MOVED = "Cette proposition n’en est plus là : un collègue l’a fait avancer. Relisez-la."


@dataclass(frozen=True, slots=True)
class Read:
    """The text of a target as it is today: what it is of, in words, and what it says."""

    about: str
    said: str


@dataclass(frozen=True, slots=True)
class Measured:
    """How many were lost, or not helped, of how many, over some days; `until` is when the days end."""

    lost: int
    of: int

    @property
    def share(self) -> float | None:
        """In percent; None when there is nothing to measure."""
        return round(100 * self.lost / self.of, 1) if self.of else None


def read_target(session: Session, actor: Actor, target: Target) -> Read:
    """The text of today; raise NotFound when nothing stands there."""
    policy.require(actor, Permission.REPORT_READ)
    if target.subject is Subject.ANSWER:
        answer = ready_answers.get_answer(session, actor.authority_id, target.answer_id or 0)
        return Read(answer.title, ready_answers.list_said(session, [answer])[answer.id].text)
    procedure = catalogue.get_procedure(session, actor.authority_id, target.procedure_code)
    definition = procedures.definition_of(procedure)
    if target.subject is Subject.PROCEDURE:
        return Read(definition.title, "\n".join(definition.summary))
    titles = dict(form_events.list_steps(definition))
    if target.subject is Subject.STEP:
        if target.step not in titles:
            raise NotFound(NO_TEXT)
        introduction = next(
            (step.introduction for rank, step in enumerate(definition.steps) if str(rank + 1) == target.step), ""
        )
        said = "\n".join(part for part in (titles[target.step], introduction) if part)
        return Read(f"{definition.title} : {titles[target.step]}", said)
    field = definition.find_field(target.field)
    if field is None:
        raise NotFound(NO_TEXT)
    return Read(
        f"{definition.title} : {field.label}"[:255], field.label if target.subject is Subject.LABEL else field.hint
    )


def propose(session: Session, actor: Actor, target: Target, typed: Mapping[str, str]) -> TextProposal:
    """Keep a proposal with the text of today; raise Invalid, by field."""
    read = read_target(session, actor, target)
    given = {name: value.replace("\x00", "").replace("\r\n", "\n").strip() for name, value in typed.items()}
    said, proposed = given.get("said", ""), typographic(given.get("proposed", ""))
    why = typographic(given.get("why", ""))
    faults = _faults(said, proposed, why)
    if faults:
        raise Invalid(faults=faults)
    proposal = TextProposal(
        authority_id=actor.authority_id,
        subject=target.subject.value,
        procedure_code=target.procedure_code,
        step=target.step,
        field=target.field,
        answer_id=target.answer_id,
        about=read.about[:255],
        said=said,
        proposed=proposed,
        why=why,
        state=State.PROPOSED.value,
        staff_id=actor.id,
        author=actor.name,
        at=moment.now(),
    )
    session.add(proposal)
    session.flush()
    _note(session, actor, proposal)
    return proposal


def move(session: Session, actor: Actor, proposal_id: int, state: str, reason: str = "") -> TextProposal:
    """Accept, decline (with a reason) or say published; raise Conflict when it cannot go there from where it is."""
    proposal = queries.get_proposal(session, actor.authority_id, proposal_id, lock=True)
    policy.require(actor, editor_of(proposal.subject))
    if state not in MOVES[State(proposal.state)]:
        raise Conflict(MOVED)
    reason = typographic(reason.replace("\x00", "").replace("\r\n", "\n").strip())
    if state == State.DECLINED and not 0 < len(reason) <= LONGEST_REASON:
        raise Invalid(faults={"reason": "Dites en une phrase pourquoi elle est écartée : son auteur le lira."})
    proposal.state = state
    if state == State.PUBLISHED:
        proposal.published_at = moment.now()
    _note(session, actor, proposal, reason if state == State.DECLINED else "")
    return proposal


def measure(session: Session, actor: Actor, proposal: TextProposal) -> tuple[Measured, Measured] | None:
    """What the text loses in the thirty days before it was published, and since; None until it is."""
    if proposal.published_at is None:
        return None
    zone = ZoneInfo(session.get_one(Authority, proposal.authority_id).timezone)
    published = proposal.published_at.astimezone(zone).date()
    days = timedelta(days=MEASURED_DAYS)
    before, since = (published - days, published), (published, published + days)
    if proposal.subject == Subject.ANSWER and proposal.answer_id:
        return tuple(_of_answer(session, actor, proposal.answer_id, *span, zone) for span in (before, since))  # type: ignore[return-value]
    return tuple(_of_form(session, proposal, *span) for span in (before, since))  # type: ignore[return-value]


def _of_answer(session: Session, actor: Actor, answer_id: int, first: date, after: date, zone: ZoneInfo) -> Measured:
    start, end = (datetime.combine(day, time(), zone).astimezone(UTC) for day in (first, after))
    # Who was answered less than fifteen days ago may still come back.
    end = min(end, moment.now() - repeat_contacts.CAME_BACK_WITHIN)
    uses = repeat_contacts.count_uses(session, actor, start, end, answer_id) if start < end else {}
    given, came_back = uses.get(answer_id, (0, 0))
    return Measured(came_back, given)


def _of_form(session: Session, proposal: TextProposal, first: date, after: date) -> Measured:
    code, last = proposal.procedure_code, after - timedelta(days=1)
    of, through = counts.sum_of_step(session, proposal.authority_id, code, proposal.step, first, last)
    return Measured(max(0, of - through), of)


def _faults(said: str, proposed: str, why: str) -> dict[str, str]:
    faults = {}
    if not proposed:
        faults["proposed"] = "Écrivez le texte que vous proposez."
    elif proposed == said:
        faults["proposed"] = "Ce texte est le même que celui d’aujourd’hui."
    elif len(proposed) > LONGEST_TEXT:
        faults["proposed"] = f"Ce texte est trop long : {LONGEST_TEXT} caractères au plus."
    if len(said) > LONGEST_TEXT:
        faults["said"] = f"Ce texte est trop long : {LONGEST_TEXT} caractères au plus."
    if not why:
        faults["why"] = "Dites pourquoi : ce que les usagers n’ont pas compris, ce qu’ils reviennent demander."
    elif len(why) > LONGEST_REASON:
        faults["why"] = f"Cette raison est trop longue : {LONGEST_REASON} caractères au plus."
    return faults


def _note(session: Session, actor: Actor, proposal: TextProposal, reason: str = "") -> None:
    session.add(
        TextProposalChange(
            authority_id=proposal.authority_id,
            proposal_id=proposal.id,
            state=proposal.state,
            reason=reason,
            staff_id=actor.id,
            author=actor.name,
            at=moment.now(),
        )
    )
