"""The rules that send cases to their department, in the words of their pages."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from flask import url_for
from sqlalchemy.orm import Session

from backoffice.domain import policy
from backoffice.domain.french import DAYS, hour_of_day, number, plural, short_date
from backoffice.domain.incoming import CHANNEL_LABELS
from backoffice.domain.policy import Permission
from backoffice.domain.routing_rules import Files, RoutingRule, Where, Writer
from backoffice.models.routing import RoutingRuleChange
from backoffice.models.tags import Tag
from backoffice.queries import catalogue, districts, people, tags
from backoffice.services.routing_trials import TRIED_CASES, Trial, Trials
from backoffice.web.current import actor

WHERE = {Where.ANYWHERE: "l’objet, le message ou les réponses", Where.SUBJECT: "l’objet",
         Where.BODY: "le message ou les réponses"}  # fmt: skip
WRITERS = {Writer.KNOWN: "Usager qui a déjà une demande", Writer.UNKNOWN: "Usager sans autre demande"}
FILES = {Files.WITH: "Avec pièces jointes", Files.WITHOUT: "Sans pièce jointe"}
LEFT_OUT = "Les dossiers sensibles que vous ne pouvez pas lire ne sont pas comptés."
HIDDEN_SUBJECT = "Objet visible avec le droit de lire le dossier"
MOST_SHOWN = 20
SAID_LABELS: dict[str, str] = {
    "name": "Nom",
    "words": "Mots",
    "where": "Cherchés dans",
    "channels": "Canaux",
    "for_procedures": "Démarches concernées",
    "districts": "Quartiers",
    "weekdays": "Jours",
    "from_hour": "De",
    "to_hour": "À",
    "mailbox": "Boîte",
    "citizen": "Usager",
    "files": "Pièces jointes",
    "procedure": "Vers la démarche",
    "department": "Vers le service",
    "agents": "Confié à",
    "tag": "Étiquette",
    "valid_from": "À partir du",
    "valid_to": "Jusqu’au",
    "position": "Ordre",
}


Difference = tuple[str, str, str]
"""What changed, what it was, what it is."""
CHANNEL_CHOICES = [(str(code), label) for code, label in CHANNEL_LABELS.items()]
DAY_CHOICES = [(str(rank), day.capitalize()) for rank, day in enumerate(DAYS, 1)]


@dataclass(frozen=True, slots=True)
class Called:
    """What codes and numbers are called, by kind."""

    procedures: Mapping[str, str]
    departments: Mapping[str, str]
    districts: Mapping[str, str]
    staff: Mapping[str, str]
    tags: Mapping[str, str]
    tag_departments: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class TrialRow:
    """A case as the trial shows it: where it went, where the rules would have sent it."""

    reference: str
    url: str
    subject: str
    on: date
    went: str
    would_go: str


def read_called(session: Session) -> Called:
    """The names of this authority; of what is closed or retired too, for rules that still name it."""
    mine = actor().authority_id
    known = tags.list_all(session, mine)
    return Called(
        dict(catalogue.list_procedure_titles(session, mine)),
        {str(one.id): one.name for one in catalogue.list_departments(session, mine, with_inactive=True)},
        {str(one.id): one.name for one in districts.list_all(session, mine, with_retired=True)},
        {str(one.id): one.name for one in people.list_staff(session, mine)},
        {str(one.id): one.name for one in known},
        {str(one.id): one.department.name for one in known if one.department and one.retired_at is None},
    )


def criteria(rule: RoutingRule, called: Called) -> list[str]:
    """What a rule asks, in words; all must hold."""
    return list(_criteria(rule, called))


def _criteria(rule: RoutingRule, called: Called) -> Iterator[str]:
    if rule.for_procedures:
        yield f"Démarche : {_several(rule.for_procedures, called.procedures)}"
    if rule.districts:
        yield f"Quartier : {_several(rule.districts, called.districts)}"
    if rule.words:
        verb = "contient" if rule.where is Where.SUBJECT else "contiennent"
        yield f"{WHERE[rule.where].capitalize()} {verb} : {', '.join(rule.words)}"
    if rule.channels:
        yield f"Canal : {_several(rule.channels, {str(code): str(label) for code, label in CHANNEL_LABELS.items()})}"
    if rule.mailbox:
        yield f"Boîte {rule.mailbox}"
    if rule.weekdays:
        yield f"Le {', '.join(DAYS[one - 1] for one in rule.weekdays)}"
    if rule.hours:
        yield f"Entre {hour_of_day(rule.hours.begin)} et {hour_of_day(rule.hours.end)}"
    if rule.citizen in WRITERS:
        yield WRITERS[rule.citizen]
    if rule.files in FILES:
        yield FILES[rule.files]


def goes_to(rule: RoutingRule, called: Called) -> list[str]:
    """Where a rule sends what it takes, in words."""
    return list(_goes_to(rule, called))


def _goes_to(rule: RoutingRule, called: Called) -> Iterator[str]:
    if rule.procedure:
        yield called.procedures.get(rule.procedure, rule.procedure)
    if len(rule.departments) > 1:
        yield f"Le moins chargé de : {_several(rule.departments, called.departments)}"
    elif rule.departments:
        yield _several(rule.departments, called.departments)
    if len(rule.agents) > 1:
        yield f"Confié au moins chargé de : {_several(rule.agents, called.staff)}"
    elif rule.agents:
        yield f"Confié à {_several(rule.agents, called.staff)}"
    if rule.tag_id:
        yield f"Étiquette « {called.tags.get(str(rule.tag_id), '')} »{_only_there(rule, called)}"


def _only_there(rule: RoutingRule, called: Called) -> str:
    """What keeps a tag off some of the cases of a rule: it is of one department, and they may go to another."""
    of = called.tag_departments.get(str(rule.tag_id), "")
    sends = {called.departments.get(str(one), "") for one in rule.departments}
    return f" (sur les dossiers du service « {of} » seulement)" if of and sends != {of} else ""


def tag_choices(known: Sequence[Tag]) -> list[tuple[str, str]]:
    """The tags that a rule may put; one that is of a department says so, for it is put on its cases alone."""
    return [(str(one.id), f"{one.name} ({one.department.name})" if one.department else one.name) for one in known]


def kept_off(trials: Trials, taken: list[Trial], tag_of: Mapping[int, int | None], called: Called) -> list[str]:
    """The tags that would not have been put on some of these cases, a sentence each, and why."""
    said = []
    for rule_id, count in trials.count_kept_off(taken).items():
        if rule_id not in tag_of:  # told where that rule is tried
            continue
        tag = str(tag_of[rule_id])
        name, of = called.tags.get(tag, ""), called.tag_departments.get(tag, "")
        cases = plural(count, "dossier", "dossiers")
        why = f"elle est celle d’un autre service, « {of} »" if of else "elle est retirée"
        said.append(f"L’étiquette « {name} » n’aurait pas été posée sur {cases} : {why}.")
    return said


def history(
    changes: list[RoutingRuleChange], called: Called
) -> list[tuple[RoutingRuleChange, list[tuple[str, str, str]]]]:
    """Each change, newest first, with what it changed: (what, before, after)."""
    before = [*changes[1:], None]
    return [
        (change, _differences(old.said if old else {}, change.said, called))
        for change, old in zip(changes, before, strict=True)
    ]


def _differences(old: Mapping[str, object], new: Mapping[str, object], called: Called) -> list[Difference]:
    found = []
    for name, label in SAID_LABELS.items():
        before, after = (_said(name, str(one.get(name) or ""), called) for one in (old, new))
        if before != after:
            found.append((label, before or "rien", after or "rien"))
    return found


def _said(name: str, value: str, called: Called) -> str:
    known: dict[str, Mapping[str, str]] = {
        "for_procedures": called.procedures,
        "procedure": called.procedures,
        "department": called.departments,
        "districts": called.districts,
        "agents": called.staff,
        "tag": called.tags,
        "channels": {str(code): str(label) for code, label in CHANNEL_LABELS.items()},
        "weekdays": {str(rank): day for rank, day in enumerate(DAYS, 1)},
        "where": {str(code): label for code, label in WHERE.items()},
        "citizen": {str(code): label for code, label in WRITERS.items()},
        "files": {str(code): label for code, label in FILES.items()},
    }
    if name in ("valid_from", "valid_to") and value:
        return short_date(date.fromisoformat(value))
    return ", ".join(known[name].get(one, one) for one in value.split(",")) if name in known and value else value


def trial_sentence(trials: Trials, taken: list[Trial], subject: str) -> str:
    """How many cases were tried, how many a rule (« cette règle en aurait ») takes, and how many would have moved."""
    moved = sum(one.moves for one in taken)
    opened = plural(trials.tried, "dossier ouvert", "dossiers ouverts")
    said = f"Depuis un mois, sur {opened}, {subject} pris {number(len(taken))}"
    said += f", dont {number(moved)} pour un autre service que celui d’aujourd’hui." if moved else "."
    if trials.is_capped:
        said += f" Seuls les {number(TRIED_CASES)} derniers dossiers sont essayés."
    return f"{said} {LEFT_OUT}" if trials.leaves_some_out else said


def trial_row(trial: Trial) -> TrialRow:
    """A case as the trial shows it to this viewer."""
    may_read = policy.allows(actor(), Permission.CASE_READ, trial)
    url = url_for("case_page.show", reference=trial.reference) if may_read else ""
    subject = trial.subject if may_read else HIDDEN_SUBJECT
    return TrialRow(trial.reference, url, subject, trial.received_on, trial.department, trial.would_go)


def _several(values: tuple[object, ...], names: Mapping[str, str]) -> str:
    return ", ".join(names.get(str(one), str(one)) for one in values)
