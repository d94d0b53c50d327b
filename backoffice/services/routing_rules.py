"""The rules that send new cases to their department, written by administrators: each change is kept."""

import secrets
from collections.abc import Mapping
from datetime import date, time
from typing import Any

from sqlalchemy.orm import Session

from backoffice.domain import policy, routing_rules, row_ids
from backoffice.domain.french import DAYS
from backoffice.domain.incoming import CHANNEL_LABELS, ChannelCode
from backoffice.domain.policy import Actor, Permission
from backoffice.domain.routing_rules import Files, Hours, RoutingRule, Where, Writer
from backoffice.domain.setting_screens import Screen
from backoffice.errors import Invalid
from backoffice.models.authorities import Authority
from backoffice.models.routing import RoutingRuleChange, RoutingRuleRow
from backoffice.models.tags import Tag
from backoffice.queries import catalogue, districts, people
from backoffice.queries import routing as queries
from backoffice.services import case_routing, moment, setting_history

LONGEST_NAME, MOST_WORDS, LONGEST_WORD = 80, 100, 80
NOTHING_ASKED = "Donnez au moins un critère : des mots, un lieu, une démarche, un canal, un jour ou une heure."
CHANGES = {
    "created": "Créée",
    "changed": "Modifiée",
    "moved": "Déplacée",
    "withdrawn": "Retirée",
    "restored": "Remise en service",
}
# Fields of the form that hold several values, separated by commas.
SEVERAL = ("channels", "for_procedures", "districts", "weekdays", "department", "agents")

Faults = dict[str, str]


def read(session: Session, actor: Actor, typed: Mapping[str, str], *, rule_id: int = 0) -> RoutingRule:
    """The rule that a form describes; raise Invalid with every fault, by field."""
    policy.require(actor, Permission.DEPARTMENT_MANAGE)
    text = {name: value.replace("\x00", "").strip() for name, value in typed.items()}
    faults: Faults = {}
    words = _words(text.get("words", ""), faults)
    days = {name: _day(text.get(name, ""), name, faults) for name in ("valid_from", "valid_to")}
    if days["valid_from"] and days["valid_to"] and days["valid_to"] < days["valid_from"]:
        faults["valid_to"] = "La fin précède le début."
    name = " ".join(text.get("name", "").split())
    if not name:
        faults["name"] = "Donnez un nom à la règle : il sera montré sur les dossiers."
    elif len(name) > LONGEST_NAME:
        faults["name"] = f"Ce nom est trop long : {LONGEST_NAME} caractères au plus."
    citizen, files = text.get("citizen", ""), text.get("files", "")
    channels = _chosen(text, "channels", [str(one) for one in CHANNEL_LABELS], faults)
    mailbox = text.get("mailbox", "")[:64]
    if mailbox and channels and ChannelCode.EMAIL not in channels:
        faults["mailbox"] = "Une boîte ne reçoit que des courriels : ajoutez ce canal, ou choisissez toutes les boîtes."
    titles = [code for code, _ in catalogue.list_procedure_titles(session, actor.authority_id)]
    for_procedures = _chosen(text, "for_procedures", titles, faults)
    placed = _chosen(
        text, "districts", [str(one.id) for one in districts.list_all(session, actor.authority_id)], faults
    )
    weekdays = tuple(int(one) for one in _chosen(text, "weekdays", list("1234567"), faults))
    hours = _hours(text, faults)
    if not (words or mailbox or citizen or files or channels or for_procedures or placed or weekdays or hours):
        faults["words"] = NOTHING_ASKED
    procedure, departments = _target(session, actor, text, faults)
    if procedure and for_procedures:
        faults["procedure"] = "La démarche est déjà choisie : une règle ne la change pas. Choisissez un service."
    rule = RoutingRule(
        rule_id,
        name,
        mailbox,
        words,
        Where(text["where"]) if text.get("where") in list(Where) else Where.ANYWHERE,
        Writer(citizen) if citizen in list(Writer) else Writer.ANY,
        Files(files) if files in list(Files) else Files.ANY,
        procedure,
        departments[0] if departments else None,
        days["valid_from"],
        days["valid_to"],
        channels=channels,
        for_procedures=for_procedures,
        districts=tuple(map(int, placed)),
        weekdays=weekdays,
        hours=hours,
        sharing=departments[1:],
        agents=_agents(session, actor, text, procedure, departments, faults),
        tag_id=_tag(session, actor, text, _places(session, actor, procedure, departments), faults),
    )
    if not (rule.decides or rule.tag_id):
        faults.setdefault("department", "Choisissez un service, une démarche, un agent ou une étiquette.")
    if faults:
        raise Invalid(faults=faults)
    return rule


def create(session: Session, actor: Actor, typed: Mapping[str, str]) -> RoutingRuleRow:
    """Add a rule after the others."""
    rule = read(session, actor, typed)
    authority = _changing(session, actor)
    row = RoutingRuleRow(
        authority_id=authority.id,
        position=queries.last_position(session, authority.id) + 1,
        active=True,
        author=actor.name[:255],
        created_at=moment.now(),
    )
    _fill(row, rule)
    session.add(row)
    session.flush()
    _note(session, actor, row, "created", {})
    return row


def update(session: Session, actor: Actor, rule_id: int, typed: Mapping[str, str]) -> RoutingRuleRow:
    """Correct a rule; cases that it sent somewhere stay there."""
    rule = read(session, actor, typed, rule_id=rule_id)
    _changing(session, actor)
    row = queries.get_rule(session, actor.authority_id, rule_id)
    before = _shown(session, row)
    _fill(row, rule)
    _note(session, actor, row, "changed", before)
    return row


def move(session: Session, actor: Actor, rule_id: int, *, up: bool) -> None:
    """Ask a rule one place earlier, or later; the first and the last stay where they are."""
    policy.require(actor, Permission.DEPARTMENT_MANAGE)
    _changing(session, actor)
    row = queries.get_rule(session, actor.authority_id, rule_id)
    rows = queries.list_rules(session, actor.authority_id)
    place = next((index for index, one in enumerate(rows) if one.id == row.id), -1)
    other = place - 1 if up else place + 1
    if place < 0 or not 0 <= other < len(rows):
        return
    before = _shown(session, row)
    rows[place], rows[other] = rows[other], rows[place]
    for position, one in enumerate(rows, 1):
        one.position = position
    _note(session, actor, row, "moved", before)


def set_active(session: Session, actor: Actor, rule_id: int, *, active: bool) -> None:
    """Withdraw a rule (it is kept, with its history), or put it back after the others."""
    policy.require(actor, Permission.DEPARTMENT_MANAGE)
    authority = _changing(session, actor)
    row = queries.get_rule(session, authority.id, rule_id)
    if row.active == active:
        return
    before = _shown(session, row)
    row.active = active
    row.position = queries.last_position(session, authority.id) + 1
    _note(session, actor, row, "restored" if active else "withdrawn", before)


def with_draft(session: Session, actor: Actor, draft: RoutingRule) -> list[RoutingRule]:
    """The rules as they would be with this one: in the place of that of the same id, else after the others."""
    rules = [case_routing.rule_of(row) for row in queries.list_rules(session, actor.authority_id)]
    if any(rule.id == draft.id for rule in rules):
        return [draft if rule.id == draft.id else rule for rule in rules]
    return [*rules, draft]


def values_of(row: RoutingRuleRow) -> dict[str, str]:
    """What the form shows of a rule; several values are separated by commas."""
    rule = case_routing.rule_of(row)
    return {
        "name": row.name,
        "mailbox": rule.mailbox,
        "words": ", ".join(rule.words),
        "where": rule.where,
        "citizen": rule.citizen,
        "files": rule.files,
        "channels": ",".join(rule.channels),
        "for_procedures": ",".join(rule.for_procedures),
        "districts": ",".join(map(str, rule.districts)),
        "weekdays": ",".join(map(str, rule.weekdays)),
        "from_hour": rule.hours.begin.isoformat("minutes") if rule.hours else "",
        "to_hour": rule.hours.end.isoformat("minutes") if rule.hours else "",
        "procedure": row.procedure_code,
        "department": ",".join(map(str, rule.departments)),
        "agents": ",".join(map(str, rule.agents)),
        "tag": str(rule.tag_id or ""),
        "valid_from": row.valid_from.isoformat() if row.valid_from else "",
        "valid_to": row.valid_to.isoformat() if row.valid_to else "",
    }


def _words(typed: str, faults: Faults) -> tuple[str, ...]:
    words = routing_rules.read_words(typed)
    if len(words) > MOST_WORDS or any(len(word) > LONGEST_WORD for word in words):
        faults["words"] = f"{MOST_WORDS} mots ou expressions au plus, de {LONGEST_WORD} caractères chacun."
    return words


def _day(typed: str, name: str, faults: Faults) -> date | None:
    try:
        return date.fromisoformat(typed) if typed else None
    except ValueError:
        faults[name] = "Écrivez une date, par exemple 01/09/2026."
        return None


def _chosen(text: Mapping[str, str], name: str, offered: list[str], faults: Faults) -> tuple[str, ...]:
    """The values of a field that holds several, each of those offered."""
    values = tuple(dict.fromkeys(one.strip() for one in text.get(name, "").split(",") if one.strip()))
    if any(one not in offered for one in values):
        faults[name] = "Un de ces choix n’est plus proposé : choisissez de nouveau."
        return ()
    return values


def _hours(text: Mapping[str, str], faults: Faults) -> Hours | None:
    begin, end = text.get("from_hour", ""), text.get("to_hour", "")
    if not begin and not end:
        return None
    try:
        hours = Hours(time.fromisoformat(begin), time.fromisoformat(end))
    except ValueError:
        faults["to_hour" if begin else "from_hour"] = "Donnez les deux heures, par exemple de 08:30 à 17:00."
        return None
    if hours.begin == hours.end:
        faults["to_hour"] = "La fin est la même heure que le début."
    return hours


def _target(session: Session, actor: Actor, text: Mapping[str, str], faults: Faults) -> tuple[str, tuple[int, ...]]:
    procedure = text.get("procedure", "")
    if procedure and catalogue.find_procedure(session, actor.authority_id, procedure) is None:
        faults["procedure"] = "Choisissez une démarche de la liste."
    known = [str(one.id) for one in catalogue.list_departments(session, actor.authority_id)]
    chosen = _chosen(text, "department", known, faults)
    if "department" in faults:
        faults["department"] = "Choisissez un service de la liste."
    return procedure, tuple(map(int, chosen))


def _agents(
    session: Session,
    actor: Actor,
    text: Mapping[str, str],
    procedure: str,
    departments: tuple[int, ...],
    faults: Faults,
) -> tuple[int, ...]:
    """The agents named, each a member of the department that the rule sends to, when it says which."""
    staff = {str(one.id): one for one in people.list_staff(session, actor.authority_id) if one.active}
    chosen = [staff[one] for one in _chosen(text, "agents", list(staff), faults)]
    if chosen and len(departments) > 1:
        faults["agents"] = "Choisissez plusieurs services, ou des agents d’un seul."
        return ()
    to = _places(session, actor, procedure, departments)
    strangers = [one for one in chosen if to and all(member.department_id != to[0] for member in one.memberships)]
    if strangers:
        name = catalogue.get_department(session, actor.authority_id, to[0]).name
        faults["agents"] = f"{', '.join(one.name for one in strangers)} ne fait pas partie du service « {name} »."
    return tuple(one.id for one in chosen)


def _places(session: Session, actor: Actor, procedure: str, departments: tuple[int, ...]) -> tuple[int, ...]:
    """Where a rule sends, when it says so: its departments, or that of the procedure it leads to."""
    found = catalogue.find_procedure(session, actor.authority_id, procedure) if procedure and not departments else None
    return departments or ((found.department_id,) if found else ())


def _tag(
    session: Session, actor: Actor, text: Mapping[str, str], departments: tuple[int, ...], faults: Faults
) -> int | None:
    tag_id = row_ids.read(text.get("tag", ""))
    if not text.get("tag"):
        return None
    tag = session.get(Tag, tag_id) if tag_id else None
    if tag is None or tag.authority_id != actor.authority_id or tag.retired_at is not None:
        faults["tag"] = "Choisissez une étiquette de la liste."
        return None
    if tag.department_id is not None and departments and tag.department_id not in departments:
        mine = catalogue.get_department(session, actor.authority_id, tag.department_id).name
        faults["tag"] = f"Cette étiquette est celle du service « {mine} », où cette règle n’envoie rien."
    return tag.id


def _fill(row: RoutingRuleRow, rule: RoutingRule) -> None:
    row.name, row.procedure_code, row.department_id = rule.name, rule.procedure, rule.department_id
    row.valid_from, row.valid_to = rule.valid_from, rule.valid_to
    row.criteria = {
        "mailbox": rule.mailbox,
        "words": list(rule.words),
        "where": rule.where,
        "citizen": rule.citizen,
        "files": rule.files,
        "channels": list(rule.channels),
        "for_procedures": list(rule.for_procedures),
        "districts": list(rule.districts),
        "weekdays": list(rule.weekdays),
        "from_hour": rule.hours.begin.isoformat("minutes") if rule.hours else "",
        "to_hour": rule.hours.end.isoformat("minutes") if rule.hours else "",
        "sharing": list(rule.sharing),
        "agents": list(rule.agents),
        "tag_id": rule.tag_id,
    }


def _changing(session: Session, actor: Actor) -> Authority:
    """The authority, locked; its mark changes with its rules, so that every process reads them again."""
    authority = catalogue.claim_authority(session, actor.authority_id)
    authority.details = {**authority.details, case_routing.RULES_MARK: secrets.token_hex(8)}
    return authority


def _shown(session: Session, row: RoutingRuleRow) -> dict[str, str]:
    """A rule in words: what it asks for, and where it sends."""
    rule, mine = case_routing.rule_of(row), row.authority_id
    named = {one.id: one.name for one in catalogue.list_departments(session, mine, with_inactive=True)}
    placed = {one.id: one.name for one in districts.list_all(session, mine, with_retired=True)}
    staff = {one.id: one.name for one in people.list_staff(session, mine)} if rule.agents else {}
    tag = session.get(Tag, rule.tag_id) if rule.tag_id else None
    hours = f"de {rule.hours.begin:%H:%M} à {rule.hours.end:%H:%M}" if rule.hours else ""
    return {
        "Nom": rule.name,
        "Mots": ", ".join(rule.words),
        "Boîte": rule.mailbox,
        "Canaux": ", ".join(str(CHANNEL_LABELS[ChannelCode(one)]) for one in rule.channels),
        "Démarches": ", ".join(rule.for_procedures),
        "Quartiers": ", ".join(placed.get(one, "") for one in rule.districts),
        "Jours": ", ".join(DAYS[one - 1] for one in rule.weekdays),
        "Heures": hours,
        "Mots cherchés dans": {Where.SUBJECT: "l’objet", Where.BODY: "le message"}.get(rule.where, ""),
        "Usager": {Writer.KNOWN: "déjà connu", Writer.UNKNOWN: "nouveau"}.get(rule.citizen, ""),
        "Fichiers joints": {Files.WITH: "avec", Files.WITHOUT: "sans"}.get(rule.files, ""),
        "Vers la démarche": rule.procedure,
        "Vers le service": ", ".join(named.get(one, "") for one in rule.departments),
        "Confié à": ", ".join(staff.get(one, "") for one in rule.agents),
        "Étiquette": tag.name if tag else "",
        "À partir du": f"{row.valid_from:%d/%m/%Y}" if row.valid_from else "",
        "Jusqu’au": f"{row.valid_to:%d/%m/%Y}" if row.valid_to else "",
        "Ordre": str(row.position),
    }


def _note(session: Session, actor: Actor, row: RoutingRuleRow, kind: str, before: Mapping[str, str]) -> None:
    after = _shown(session, row)
    setting_history.record(session, actor, Screen.ROUTING, row.name, before, after, act=CHANGES[kind])
    said: dict[str, Any] = {**values_of(row), "position": row.position}
    session.add(
        RoutingRuleChange(
            authority_id=row.authority_id,
            rule_id=row.id,
            kind=kind,
            said=said,
            staff_id=actor.id,
            author=actor.name[:255],
            at=moment.now(),
        )
    )
