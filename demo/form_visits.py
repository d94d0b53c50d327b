"""What happened to the forms of the town: each request sent online went through its steps, and others gave up."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from backoffice.domain.form_events import WHOLE, Counted, Fault, FormEvent
from backoffice.domain.form_pages import list_pages
from backoffice.domain.incoming import ChannelCode
from backoffice.domain.procedures import ProcedureDefinition
from backoffice.models.authorities import Authority
from backoffice.models.cases import Case
from backoffice.models.evaluation import FormCount
from backoffice.services import procedures
from demo.town import Opened

LASTS = timedelta(days=180)
GIVE_UP = ((0, 1, 2, 3), (5, 5, 3, 1))
"""For one who sends, how many give up: the numbers, and how often each."""
REFUSED_SHARE = 0.25
"""Of those who look at a step, how many are told that an answer is missing."""

Happened = Counter[tuple[int, date, Counted]]


def write(session: Session, authority: Authority, opened: Sequence[Opened], now: datetime) -> None:
    """Count them day by day, as the forms would have."""
    chance, timezone = Random(f"forms {now:%Y-%m-%d}"), ZoneInfo(authority.timezone)
    happened: Happened = Counter()
    for one in opened:
        case = session.get_one(Case, one.case_id)
        version = case.procedure_version
        if version is None or case.channel != ChannelCode.WEB_FORM or case.received_at < now - LASTS:
            continue
        definition, day = procedures.read_version(version), case.received_at.astimezone(timezone).date()
        steps = _steps(definition)
        for _ in range(chance.choices(*GIVE_UP)[0]):
            _visit(happened, chance, (version.id, day), definition, steps[: chance.randint(1, len(steps))])
        _visit(happened, chance, (version.id, day), definition, steps, sends=True)
    session.add_all(
        FormCount(
            authority_id=authority.id,
            version_id=version_id,
            day=day,
            event=what.event,
            step=what.step,
            field=what.field,
            fault=what.fault,
            n=many,
        )
        for (version_id, day, what), many in happened.items()
    )
    session.flush()


def _steps(definition: ProcedureDefinition) -> list[str]:
    return [one.slug for one in list_pages(definition, {})] if definition.step_by_step else [WHOLE]


def _visit(
    happened: Happened,
    chance: Random,
    at: tuple[int, date],
    definition: ProcedureDefinition,
    steps: list[str],
    *,
    sends: bool = False,
) -> None:
    """One visitor, who goes as far as the last of these steps, and passes it only to send."""
    happened[(*at, Counted(FormEvent.OPENED, steps[0]))] += 1
    if len(steps) > 1 or sends:
        happened[(*at, Counted(FormEvent.STARTED))] += 1
    for rank, step in enumerate(steps):
        if rank:
            happened[(*at, Counted(FormEvent.SHOWN, step))] += 1
        asked = _asked(definition, step)
        if asked and chance.random() < REFUSED_SHARE:
            happened[(*at, Counted(FormEvent.REFUSED, step))] += 1
            happened[(*at, Counted(FormEvent.REFUSED, step, chance.choice(asked), Fault.MISSING))] += 1
        if sends or rank < len(steps) - 1:
            happened[(*at, Counted(FormEvent.PASSED, step))] += 1
    if sends:
        happened[(*at, Counted(FormEvent.SENT))] += 1


def _asked(definition: ProcedureDefinition, step: str) -> list[str]:
    """The questions of a step that want an answer."""
    if step == WHOLE:
        fields = [field for one in definition.steps for field in one.fields]
    elif step.isdigit():
        fields = list(definition.steps[int(step) - 1].fields)
    else:
        fields = []
    return [field.code for field in fields if field.required]
