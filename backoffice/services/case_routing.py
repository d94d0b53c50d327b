"""Where a new case goes, whatever its door: the authority's rules are asked first, the reason is kept on the case."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from backoffice.domain import answer_text, policy, routing, routing_rules, tags
from backoffice.domain.districts import Spot, spot_of
from backoffice.domain.french import plural
from backoffice.domain.incoming import ChannelCode, IncomingRequest
from backoffice.domain.procedures import ProcedureDefinition
from backoffice.domain.routing_rules import Arrived, Files, Hours, RoutingRule, Where, Writer
from backoffice.infra.typesetting import quoted
from backoffice.models.authorities import Authority, Department
from backoffice.models.cases import Case
from backoffice.models.catalogue import Procedure
from backoffice.models.people import Citizen, Staff
from backoffice.models.routing import RoutingRuleRow
from backoffice.models.tags import Tag
from backoffice.queries import catalogue, people
from backoffice.queries import routing as queries
from backoffice.queries import tags as tag_queries
from backoffice.services import case_notices, districts, journal, procedures
from backoffice.services.journal import Event

# In the details of the authority: a mark that changes with its rules, so that they are read again only then.
RULES_MARK = "routing_rules"
_MOST_KEPT = 100
_kept: dict[str, tuple[RoutingRule, ...]] = {}


@dataclass(frozen=True, slots=True)
class Target:
    """Where a rule sends a case; `reason` is what the case shows. Its procedure stays what it was without one here."""

    department_id: int
    reason: str
    procedure: Procedure | None = None
    assignee: Staff | None = None


@dataclass(frozen=True, slots=True)
class Course:
    """What is known of a new case before it is written: its district, where a rule sends it, the tags that rules put.

    Each tag comes with the name of the rule that puts it.
    """

    district_id: int | None = None
    target: Target | None = None
    labels: tuple[tuple[Tag, str], ...] = ()


def plot(
    session: Session,
    authority: Authority,
    incoming: IncomingRequest,
    procedure: Procedure | None,
    citizen: Citizen | None,
    on: date,
) -> Course:
    """The course of a request, on its legal day: what the first rule that fits says, and those that only label it.

    A rule that leads to what is closed by now leads nowhere: the case goes the usual way.
    """
    version = procedure.current_version if procedure else None
    definition = procedures.read_version(version) if version else None
    spot = spot_of(definition, incoming.answers) if definition else Spot()
    district = districts.find(session, authority, spot)
    district_id = district.id if district else None
    rules = rules_of(session, authority)
    if not rules:
        return Course(district_id)
    arrived = _arrived(session, authority, incoming, definition, citizen, on, district_id, rules)
    rule = routing_rules.first_that_fits(rules, arrived)
    usual = routing.route(
        procedure.department_id if procedure else None,
        incoming.facts.get("department_id"),
        authority.details["triage_department_id"],
    )
    target = None
    if rule is not None:
        target = target_of(session, authority, rule, usual.department_id, on, is_chosen=arrived.is_chosen)
    labels = [(session.get_one(Tag, one.tag_id), one.name) for one in routing_rules.list_labelling(rules, arrived)]
    return Course(district_id, target, tuple(labels))


def target_of(
    session: Session, authority: Authority, rule: RoutingRule, usual: int, on: date, *, is_chosen: bool
) -> Target | None:
    """Where a rule leads today: a procedure or a department that was closed since leads nowhere.

    Its agents receive when they are there; else their department does. `usual` is the department without the rule. A
    procedure that `is_chosen`
    stays.
    """
    named = rule.procedure and not is_chosen
    procedure = catalogue.find_procedure(session, authority.id, rule.procedure) if named else None
    if procedure is not None and (not procedure.open or procedure.current_version is None):
        procedure = None
    department = _least_loaded(session, authority, rule)
    if department is None and procedure is not None:
        department = procedure.department
    agents = _agents(session, rule, department.id if department else usual, on)
    if department is None and rule.agents:
        department = session.get_one(Department, usual)
    if department is None:
        return None
    by = f"Orienté vers {department.name} par la règle {quoted(rule.name)}"
    if len(rule.departments) > 1:
        by += f" (le moins chargé de {plural(len(rule.departments), 'service')})"
    if agents:
        by += f", confié à {agents[0].name}"
        by += f" (l’agent le moins chargé sur {len(agents)})" if len(agents) > 1 else ""
    return Target(department.id, by[:255], procedure, agents[0] if agents else None)


def settle(session: Session, case: Case, course: Course) -> list[journal.Line]:
    """Give a new case the agent of its course, who is told, and its tags; answer the lines of its history."""
    system, lines = policy.system(case.authority_id), list[journal.Line]()
    if case.assignee_id is not None and course.target is not None and course.target.assignee is not None:
        agent = course.target.assignee
        lines.append((system, Event.ASSIGNED, {"staff_id": agent.id, "name": agent.name}))
        case_notices.tell_assigned_by_rule(session, case, agent)
    for tag_id, (tag, rule) in {tag.id: (tag, rule) for tag, rule in course.labels}.items():
        if tag.retired_at is None and tags.fits(tag.department_id, case.department_id):
            tag_queries.put(session, case, tag)
            lines.append((system, Event.TAGGED, {"tag_ids": [tag_id], "names": [tag.name], "rule": rule}))
    return lines


def rules_of(session: Session, authority: Authority) -> tuple[RoutingRule, ...]:
    """The rules in force or to come, in their order; read once a process for each change of theirs."""
    mark = authority.details.get(RULES_MARK, "")
    if not mark:
        return ()
    if mark not in _kept:
        if len(_kept) >= _MOST_KEPT:
            _kept.clear()
        _kept[mark] = tuple(rule_of(row) for row in queries.list_rules(session, authority.id))
    return _kept[mark]


def rule_of(row: RoutingRuleRow) -> RoutingRule:
    """The rule that a row holds. Those written when rules were for mail alone name no channel: they stay so."""
    said = row.criteria
    begin, end = said.get("from_hour", ""), said.get("to_hour", "")
    return RoutingRule(
        id=row.id,
        name=row.name,
        mailbox=said.get("mailbox", ""),
        words=tuple(said.get("words", ())),
        where=Where(said.get("where", Where.ANYWHERE)),
        citizen=Writer(said.get("citizen", "")),
        files=Files(said.get("files", "")),
        procedure=row.procedure_code,
        department_id=row.department_id,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        active=row.active,
        channels=tuple(said.get("channels", ("email",))),
        for_procedures=tuple(said.get("for_procedures", ())),
        districts=tuple(said.get("districts", ())),
        weekdays=tuple(said.get("weekdays", ())),
        hours=Hours(time.fromisoformat(begin), time.fromisoformat(end)) if begin and end else None,
        sharing=tuple(said.get("sharing", ())),
        agents=tuple(said.get("agents", ())),
        tag_id=said.get("tag_id"),
    )


def words_of(definition: ProcedureDefinition | None, body: str, answers: Mapping[str, object]) -> str:
    """The text that rules look at: the message, then the answers to the form; health and identity papers stay out."""
    if definition is None:
        return body
    said = answer_text.describe(definition, answers, sensitive=False)
    return "\n".join([body, *(str(answer) for _, answer in said)])


def _arrived(
    session: Session,
    authority: Authority,
    incoming: IncomingRequest,
    definition: ProcedureDefinition | None,
    citizen: Citizen | None,
    on: date,
    district_id: int | None,
    rules: tuple[RoutingRule, ...],
) -> Arrived:
    asked = citizen is not None and routing_rules.needs_citizen(rules, on)
    here = incoming.received_at.astimezone(ZoneInfo(authority.timezone))
    has_hour = here.date() == on and incoming.channel is not ChannelCode.LETTER
    return Arrived(
        mailbox=str(incoming.facts.get("mailbox", "")),
        subject=incoming.subject,
        body=words_of(definition, incoming.body, incoming.answers),
        is_known=bool(asked and citizen is not None and queries.has_case(session, citizen.id)),
        has_files=any(not file.inline for file in incoming.files),
        on=on,
        at=here.time() if has_hour else None,
        channel=incoming.channel,
        procedure=incoming.procedure if definition else "",
        restricted=bool(definition and definition.restricted),
        district_id=district_id,
    )


def _least_loaded(session: Session, authority: Authority, rule: RoutingRule) -> Department | None:
    """The department of the rule, or the one of several that has the fewest open cases; None when all are closed."""
    known = [catalogue.get_department(session, authority.id, one) for one in rule.departments]
    open_ones = [one for one in known if one.active]
    if len(open_ones) < 2:
        return open_ones[0] if open_ones else None
    loads = queries.count_open_of_departments(session, authority.id, [one.id for one in open_ones])
    return min(open_ones, key=lambda one: loads[one.id])


def _agents(session: Session, rule: RoutingRule, department_id: int, on: date) -> list[Staff]:
    """The agents of the rule who are of the department and there on this day, the least loaded first."""
    if not rule.agents:
        return []
    members = {one.id: one for one in people.list_department_staff(session, department_id)}
    away = queries.list_away(session, rule.agents, on)
    able = [members[one] for one in rule.agents if one in members and one not in away]
    if len(able) < 2:
        return able
    loads = queries.count_open_of_agents(session, able[0].authority_id, [one.id for one in able])
    return sorted(able, key=lambda one: loads[one.id])
