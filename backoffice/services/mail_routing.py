"""Where a mail that opens a case goes: the authority's rules are asked first, and the reason is kept on the case."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from backoffice.domain import routing_rules
from backoffice.domain.incoming import ChannelCode, IncomingRequest
from backoffice.domain.routing_rules import Arrived, Files, RoutingRule, Where, Writer
from backoffice.models.authorities import Authority, Department
from backoffice.models.catalogue import Procedure
from backoffice.models.people import Citizen
from backoffice.models.routing import RoutingRuleRow
from backoffice.queries import catalogue
from backoffice.queries import routing as queries

# In the details of the authority: a mark that changes with its rules, so that they are read again only then.
RULES_MARK = "routing_rules"
_MOST_KEPT = 100
_kept: dict[str, tuple[RoutingRule, ...]] = {}


@dataclass(frozen=True, slots=True)
class Target:
    """Where a rule sends a case: a procedure, a department, or both; `reason` is what the case shows."""

    department_id: int
    reason: str
    procedure: Procedure | None = None


def find_target(
    session: Session, authority: Authority, incoming: IncomingRequest, citizen: Citizen | None, on: date
) -> Target | None:
    """Where the first rule that fits sends a mail; None without one, or when what it names is closed by now."""
    rules = rules_of(session, authority) if incoming.channel is ChannelCode.EMAIL else ()
    if not rules:
        return None
    asked = citizen is not None and routing_rules.needs_citizen(rules, on)
    arrived = Arrived(
        mailbox=str(incoming.facts.get("mailbox", "")),
        subject=incoming.subject,
        body=incoming.body,
        is_known=bool(asked and citizen is not None and queries.has_case(session, citizen.id)),
        has_files=any(not file.inline for file in incoming.files),
        on=on,
    )
    rule = routing_rules.first_that_fits(rules, arrived)
    return target_of(session, authority, rule) if rule is not None else None


def target_of(session: Session, authority: Authority, rule: RoutingRule) -> Target | None:
    """Where a rule leads today: a procedure or a department that was closed since leads nowhere."""
    procedure = catalogue.find_procedure(session, authority.id, rule.procedure) if rule.procedure else None
    if procedure is not None and (not procedure.open or procedure.current_version is None):
        procedure = None
    department = session.get(Department, rule.department_id) if rule.department_id else None
    if department is None or not department.active:
        department = procedure.department if procedure is not None else None
    if department is None:
        return None
    return Target(department.id, f"Orienté vers {department.name} par la règle « {rule.name} »"[:255], procedure)


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
    """The rule that a row holds."""
    return RoutingRule(
        id=row.id,
        name=row.name,
        mailbox=row.criteria.get("mailbox", ""),
        words=tuple(row.criteria.get("words", ())),
        where=Where(row.criteria.get("where", Where.ANYWHERE)),
        citizen=Writer(row.criteria.get("citizen", "")),
        files=Files(row.criteria.get("files", "")),
        procedure=row.procedure_code,
        department_id=row.department_id,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        active=row.active,
    )
