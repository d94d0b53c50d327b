"""What rules would have done to the cases of last month: nothing is changed, and nothing sensitive is told."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from backoffice.domain import policy, routing, routing_rules, tags
from backoffice.domain.incoming import ChannelCode
from backoffice.domain.policy import Actor, Permission
from backoffice.domain.procedures import ProcedureDefinition
from backoffice.domain.routing_rules import Arrived, RoutingRule
from backoffice.models.authorities import Authority
from backoffice.models.catalogue import ProcedureVersion
from backoffice.queries import catalogue
from backoffice.queries import routing as queries
from backoffice.queries import tags as tag_queries
from backoffice.services import case_routing, moment, procedures

TRIED_DAYS, TRIED_CASES = 31, 2000


@dataclass(frozen=True, slots=True)
class Trial:
    """A case of the last month, the rule that would have decided of it if any, and where it would have gone.

    `labels` are the rules that would have put their tag on it, `kept_off` those whose tag is of another department than
    any where it would have gone: it would not have been put.
    """

    subject: str
    reference: str
    received_on: date
    department: str
    authority_id: int
    department_id: int
    restricted: bool
    rule: RoutingRule | None
    labels: tuple[int, ...]
    kept_off: tuple[int, ...]
    would_go: str

    @property
    def moves(self) -> bool:
        """Whether it would have gone elsewhere than where it is."""
        return self.department not in self.would_go.split(OR)


OR = " ou "


@dataclass(frozen=True, slots=True)
class Trials:
    """The cases that were tried. `leaves_some_out` when some are restricted and whoever tries may know nothing of
    them; `is_capped` when the month had more than TRIED_CASES, the latest of which were tried."""

    cases: list[Trial]
    leaves_some_out: bool
    is_capped: bool

    @property
    def tried(self) -> int:
        """How many cases were tried."""
        return len(self.cases)

    @property
    def taken(self) -> list[Trial]:
        """Those that a rule decides of or labels, or would label if they went to the department of its tag."""
        return [one for one in self.cases if one.rule is not None or one.labels or one.kept_off]

    def of(self, rule_id: int) -> list[Trial]:
        """Those that one rule takes, to send them or to label them."""
        return [one for one in self.cases if rule_id in _rules(one)]

    def count_kept_off(self, cases: Sequence[Trial]) -> dict[int, int]:
        """How many of these cases would not have had the tag of each rule that was to put one on them."""
        return dict(Counter(rule_id for one in cases for rule_id in one.kept_off))

    def flows(self, cases: Sequence[Trial]) -> list[tuple[str, str, int]]:
        """(where they went, where they would have gone, how many) of these cases, the most numerous first."""
        counted = Counter((one.department, one.would_go) for one in cases)
        return [(went, would, count) for (went, would), count in counted.most_common()]


@dataclass(frozen=True, slots=True)
class _House:
    """What trying asks again and again, read once."""

    timezone: ZoneInfo
    triage: int
    names: dict[int, str]
    homes: dict[str, int]
    tag_departments: dict[int, int | None]


def try_out(session: Session, actor: Actor, rules: Sequence[RoutingRule]) -> Trials:
    """What these rules, in this order, would do to the cases of the last month, as they are today.

    Days of validity are left aside: a rule for next month is tried on this one's cases. Loads are today's business:
    where the least loaded would receive, all are named.
    """
    policy.require(actor, Permission.DEPARTMENT_MANAGE)
    authority = session.get_one(Authority, actor.authority_id)
    house = _read_house(session, authority)
    since = moment.now().date() - timedelta(days=TRIED_DAYS)
    always = [replace(rule, valid_from=None, valid_to=None) for rule in rules if rule.active]
    cases, leaves_some_out, read = list[Trial](), False, 0
    for line in queries.each_opening(session, authority.id, since, TRIED_CASES + 1, routing_rules.SEARCHED):
        read += 1
        if read > TRIED_CASES:
            break
        if line.restricted and not policy.allows(actor, Permission.CASE_READ_RESTRICTED, line):
            leaves_some_out = True
            continue
        cases.append(_try_one(session, house, always, line))
    return Trials(cases, leaves_some_out, read > TRIED_CASES)


def _read_house(session: Session, authority: Authority) -> _House:
    departments = catalogue.list_departments(session, authority.id, with_inactive=True)
    homes = {one.code: one.department_id for one in catalogue.list_procedures(session, authority.id, open_only=False)}
    names = {one.id: one.name for one in departments}
    worn = {one.id: one.department_id for one in tag_queries.list_all(session, authority.id, in_service_only=True)}
    return _House(ZoneInfo(authority.timezone), authority.details["triage_department_id"], names, homes, worn)


def _try_one(session: Session, house: _House, rules: Sequence[RoutingRule], line: Any) -> Trial:
    arrived = _as_it_arrived(session, house, line)
    rule = routing_rules.first_that_fits(rules, arrived)
    labelling = routing_rules.list_labelling(rules, arrived)
    usual = routing.route(house.homes.get(arrived.procedure), line.door, house.triage).department_id
    named = rule.departments if rule else ()
    if rule and not named:
        named = (house.homes.get(rule.procedure, usual),) if rule.procedure and not rule.agents else (usual,)
    places = [one for one in named or (usual,) if one in house.names]
    put = {one.id: _is_put(house, one.tag_id, places) for one in labelling}
    return Trial(
        line.subject,
        line.reference,
        line.received_on,
        line.department,
        line.authority_id,
        line.department_id,
        line.restricted,
        rule,
        tuple(rule_id for rule_id, is_put in put.items() if is_put),
        tuple(rule_id for rule_id, is_put in put.items() if not is_put),
        OR.join(house.names[one] for one in places),
    )


def _is_put(house: _House, tag_id: int | None, places: Sequence[int]) -> bool:
    """Whether a tag would be put on what goes to one of these departments, as `case_routing.settle` does."""
    if tag_id not in house.tag_departments:
        return False
    return any(tags.fits(house.tag_departments[tag_id], one) for one in places)


def _rules(trial: Trial) -> set[int]:
    decided = {trial.rule.id} if trial.rule else set()
    return {*decided, *trial.labels, *trial.kept_off}


def _as_it_arrived(session: Session, house: _House, line: Any) -> Arrived:
    # A version is read once a session, and parsed once a process.
    version = session.get(ProcedureVersion, line.version_id) if line.version_id else None
    definition: ProcedureDefinition | None = procedures.read_version(version) if version else None
    here = line.received_at.astimezone(house.timezone)
    has_hour = here.date() == line.received_on and line.channel != ChannelCode.LETTER
    return Arrived(
        mailbox=line.mailbox or "",
        subject=line.subject,
        body=case_routing.words_of(definition, line.body, line.answers),
        is_known=line.is_known,
        has_files=line.has_files,
        on=line.received_on,
        at=here.time() if has_hour else None,
        channel=line.channel,
        # A mail names no procedure: the one it has today was chosen after, by a rule or an agent.
        procedure="" if line.channel == ChannelCode.EMAIL else line.procedure_code,
        restricted=line.restricted,
        district_id=line.district_id,
    )
