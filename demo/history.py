"""Plays each case through the product's own use cases, each at its instant of the past."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from random import Random

from sqlalchemy.orm import Session

from backoffice.domain import french
from backoffice.domain.lifecycle import Outcome, Status
from backoffice.domain.policy import Actor
from backoffice.infra.runtime import Runtime
from backoffice.models.cases import Case
from backoffice.queries import cases, people
from backoffice.services import casework, checklists, decisions, intake, mail_identity, moment, outbox, sorting
from backoffice.services.decisions import Reasons
from demo import arrivals
from demo.arrivals import Reply
from demo.plan import Fate
from demo.storybook import Step, fill
from demo.town import Opened, Town, promised
from workers.jobs import HANDLERS

LEASE = timedelta(minutes=10)
MORNING, EVENING = time(8, 40), time(17, 20)
# The instants of one life are drawn in working hours; the last one leaves the newcomer a moment before the present.
MARGIN = timedelta(minutes=5)
ADVERSE_BY = timedelta(days=21)


@dataclass
class Life:
    """What happens to one case after it was opened. `now` ends the story: what would come later does not happen."""

    runtime: Runtime
    town: Town
    opened: Opened
    now: datetime
    at: datetime = field(init=False)

    def __post_init__(self) -> None:
        self.planned = self.opened.planned
        self.story = self.planned.story
        self.chance = Random(f"life {self.planned.seed}")
        self.at = self.planned.received_at

    def play(self) -> None:
        """The acknowledgement, then the work of the agents as far as the plan says."""
        if self.planned.fate is Fate.FRESH:
            return
        self.at += timedelta(seconds=self.chance.randrange(15, 90))
        promised[:] = self.opened.promises
        self._keep_promises()
        for act in self._acts():
            if not self._next_working_instant(act):
                break
        self._let_silence_speak()

    def _let_silence_speak(self) -> None:
        """What nobody answered in time became a decision, written the night after its day, as workers do."""
        with self.runtime.database.transaction() as session:
            case = cases.claim_case_by_id(session, self.opened.case_id)
            if case.closed_at is not None or case.implicit_on is None:
                return
            night = datetime.combine(case.implicit_on + timedelta(days=1), time(0, 20), self.town.timezone)
            if night > self.now - MARGIN:
                return
            self.at = max(self.at, night)
            with moment.at(self.at):
                decisions.write_implicit_decision(session, case)
        self._keep_promises()

    def _acts(self) -> list[Callable[[Session, Case], None]]:
        fate = self.planned.fate
        acts: list[Callable[[Session, Case], None]] = []
        if self.opened.planned.channel == "email" and not (fate is Fate.UNTOUCHED and self.chance.random() < 0.35):
            acts += self._sorting()
        if fate is Fate.UNTOUCHED:
            return acts
        if fate is not Fate.TRANSFERRED:
            acts.append(self._take)
        for step in self.story.course:
            if fate is Fate.TAKEN and not step.note:
                return acts
            if fate is Fate.TRANSFERRED and not step.transfer:
                continue
            acts += self._of(step)
            if (fate is Fate.WAITING and step.ask) or (fate is Fate.TRANSFERRED and step.transfer):
                return acts
        if fate in (Fate.CLOSED, Fate.REOPENED):
            acts.append(self._close)
            acts += [self._note_notified] if self.story.close is Outcome.REFUSED else []
        if fate is Fate.REOPENED:
            acts.append(self._hear_back)
        return acts

    def _sorting(self) -> list[Callable[[Session, Case], None]]:
        code = self.story.sort or (self.story.procedure if self.story.procedure in self.town.doors.definitions else "")
        if not code:
            return []
        return [lambda session, case: self._sort(session, case, code)]

    def _sort(self, session: Session, case: Case, code: str) -> None:
        sorting.choose_procedure(session, self.town.front_desk, case, code)

    def _of(self, step: Step) -> list[Callable[[Session, Case], None]]:
        """The acts of one step; nobody answers an anonymous person, nor hears from them."""
        if step.note:
            return [lambda session, case: self._note(session, case, step.note)]
        if step.transfer:
            return [lambda session, case: self._transfer(session, case, *step.transfer), self._take]
        if self.planned.person is None:
            return []
        if step.ask:
            return [lambda session, case: self._ask(session, case, step.ask)]
        if step.reply:
            return [lambda session, case: self._reply(session, case, step.reply)]
        return [lambda session, case: self._hear(session, case, step.citizen, step.file)]

    # When things happen

    def _next_working_instant(self, act: Callable[[Session, Case], None]) -> bool:
        """Do the act at its instant, unless that is still to come."""
        instant = self._instant_of(act)
        if instant > self.now - MARGIN:
            return False
        self.at = instant
        with self.runtime.database.transaction() as session, moment.at(self.at):
            case = cases.claim_case_by_id(session, self.opened.case_id)
            act(session, case)
        self._keep_promises()
        return True

    def _instant_of(self, act: Callable[[Session, Case], None]) -> datetime:
        if act == self._note_notified:
            return self._at_work(self.at + timedelta(days=self.chance.randrange(2, 7)))
        if act == self._hear_back:
            return self.at + timedelta(hours=self.chance.uniform(20, 80))
        if act == self._close:
            soon = timedelta(hours=self.chance.choice((0.4, 1.5, 3, 22, 45)))
            return self._at_work(max(self.at + soon, self._closing()))
        steps = len(self.story.course) + 2
        usual = timedelta(days=self.story.days) * min(2.0, self.chance.lognormvariate(0, 0.5)) / steps
        return self._at_work(self.at + max(usual, timedelta(minutes=self.chance.randrange(8, 90))))

    def _closing(self) -> datetime:
        """Around the usual delay, sometimes much later; a refusal in time, and nothing in the future if it can be."""
        spread = self.chance.lognormvariate(-0.25, 0.6) * (2.5 if self.chance.random() < 0.06 else 1)
        delay = timedelta(days=self.story.days) * spread
        if self.story.close is not Outcome.ACCEPTED:
            delay = min(delay, ADVERSE_BY)
        return self.planned.received_at + min(delay, (self.now - self.planned.received_at) * 0.9)

    def _at_work(self, instant: datetime) -> datetime:
        """The instant itself in working hours, else some moment of the next working day."""
        local = instant.astimezone(self.town.timezone)
        calendar = self.town.doors.calendar
        if calendar.is_working_day(local.date()) and MORNING <= local.time() <= EVENING:
            return instant
        day = local.date() + timedelta(days=1 if local.time() > EVENING else 0)
        start = datetime.combine(calendar.next_working_day(day), MORNING, self.town.timezone)
        return start + timedelta(seconds=self.chance.randrange(8 * 3600), microseconds=self.chance.randrange(10**6))

    def _keep_promises(self) -> None:
        """Render and send what was promised a moment ago, as the workers would have done."""
        while promised:
            due, promised[:] = list(promised), []
            self.at += timedelta(seconds=self.chance.randrange(1, 6))
            with self.runtime.database.transaction() as session:
                claims = [outbox.claim(session, job_id, LEASE) for job_id in due]
            for claim in claims:
                if claim is not None:
                    with moment.at(self.at):
                        HANDLERS[claim.kind](self.runtime, claim)

    # What people do

    def _typed(self, template: str) -> str:
        """A text as somebody types it today."""
        day = self.at.astimezone(self.town.timezone).date()
        text: str = fill(template, arrivals.words_on(self.planned, day, self.town.doors.calendar))
        return text

    def _text(self, template: str) -> str:
        return french.typographic(self._typed(template))

    def _handler(self, session: Session, case: Case) -> Actor:
        """Whoever has the case, else somebody of its department, seldom the supervisor."""
        able = self.town.handlers[case.department_id]
        holder = next((one for one in able if one.id == case.assignee_id), None)
        return holder or able[0 if self.chance.random() < 0.8 else -1]

    def _take(self, session: Session, case: Case) -> None:
        able = self.town.handlers[case.department_id]
        if len(able) > 1 and self.chance.random() < 0.25:
            to = people.get_staff(session, case.authority_id, able[0].id or 0)
            casework.assign(session, able[-1], case, to=to)
        else:
            casework.take(session, self._handler(session, case), case)

    def _note(self, session: Session, case: Case, template: str) -> None:
        casework.note(session, self._handler(session, case), case, self._text(template))

    def _reply(self, session: Session, case: Case, template: str) -> None:
        casework.reply(session, self.runtime, self._handler(session, case), case, self._text(template))

    def _ask(self, session: Session, case: Case, template: str) -> None:
        self._reply(session, case, template)
        casework.move(session, self._handler(session, case), case, Status.WAITING_CITIZEN)

    def _transfer(self, session: Session, case: Case, department: str, reason: str) -> None:
        by = self.town.front_desk if case.assignee_id is None else self._handler(session, case)
        if self.town.departments[department] != case.department_id:
            reason = self._text(reason)
            casework.transfer(session, by, case, department_id=self.town.departments[department], reason=reason)

    def _hear(self, session: Session, case: Case, template: str, file: str = "") -> None:
        """The citizen answers: by mail into the case, else by a call that an agent writes down."""
        person = self.planned.person
        assert person is not None  # noqa: S101 (nobody hears from an anonymous person)
        text = self._typed(template)
        if not person.email:
            handler = self._handler(session, case)
            casework.note(session, handler, case, french.typographic(f"Appel reçu de l'usager : « {text} »"))
            if case.status == Status.WAITING_CITIZEN:
                casework.move(session, handler, case, Status.UNDER_REVIEW)
            return
        to = mail_identity.reply_address(self.runtime, case.id)
        answer = Reply(person, case.subject, text, to, self.at, file)
        receipt = intake.receive(session, self.runtime, arrivals.reply(self.town.doors, self.planned, answer))
        assert receipt.outcome is intake.Intake.JOINED, receipt  # noqa: S101 (a signed address and a party)

    def _close(self, session: Session, case: Case) -> None:
        answer = self.story.answer[self.planned.turn % len(self.story.answer)]
        handler = self._handler(session, case)
        if self.story.close is Outcome.REFUSED:
            words = {name: self._text(text) for name, text in self.story.reasons.items()}
            decisions.refuse(session, handler, case, Reasons(**words))
            return
        ticked = {one.item.code for one in checklists.list_checks(session, case)}
        checklists.choose(session, handler, case, ticked)
        casework.close(session, self.runtime, handler, case, self.story.close, self._text(answer))

    def _note_notified(self, session: Session, case: Case) -> None:
        """The day on which the refusal reached the citizen, as the slip of the post says it."""
        day = self.at.astimezone(self.town.timezone).date()
        decisions.note_notified(session, self._handler(session, case), case, day)

    def _hear_back(self, session: Session, case: Case) -> None:
        self._hear(session, case, self.story.back[self.planned.turn % len(self.story.back)])
