"""Corrections of facts: a later fact supersedes an earlier one, with its reason and its author; nothing is erased."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from backoffice.domain.clock import DATES, Deadlines
from backoffice.domain.explanation import Step
from backoffice.domain.legal_events import RECEIPT, EventKind, LegalEvent

RECEIPT_LABEL = "Réception de la demande"

# What people note the day of, and may have noted wrongly. What the house does itself (a letter written, a decision
# signed) has the day of its doing.
LABELS: dict[EventKind, str] = {
    EventKind.FIRST_RECEIVED: "Première réception par une autre administration",
    EventKind.PIECES_RECEIVED: "Réception de pièces",
    EventKind.TRANSMITTED: "Transmission à l’administration compétente",
    EventKind.TRANSMISSION_RECEIVED: "Réception par l’administration compétente",
    EventKind.WITHDRAWN: "Retrait par l’usager",
    EventKind.NOTIFIED: "Notification de la décision",
    EventKind.APPEALED: "Réception d’un recours",
    EventKind.APPEAL_REJECTED: "Notification du rejet d’un recours",
    EventKind.REASONS_ASKED: "Demande de motifs",
}

# These two ended the case: they are undone by opening it again.
LASTING = frozenset({EventKind.TRANSMITTED, EventKind.WITHDRAWN})


@dataclass(frozen=True, slots=True)
class Noted:
    """A fact whose day can be corrected: its number (`RECEIPT` for the request itself), and between which days.

    `may_vanish`: it can also be said not to have happened.
    """

    number: int
    label: str
    on: date
    since: date | None
    until: date | None
    may_vanish: bool


@dataclass(frozen=True, slots=True)
class Correction:
    """What was corrected: the day noted before, the right one (None: it did not happen), why, by whom and when."""

    label: str
    was: date
    on: date | None
    reason: str
    by: str
    made_on: date

    def step(self) -> Step:
        """The correction as a fact of an explanation."""
        if self.on is None:
            return Step(
                "Corrigé par {1} le {2} : {0} notée au {3}, qui n’a pas eu lieu ({4}).",
                (self.label, self.by, self.made_on, self.was, self.reason),
            )
        return Step(
            "Date corrigée par {1} le {2} : {0}, le {5} au lieu du {3} ({4}).",
            (self.label, self.by, self.made_on, self.was, self.reason, self.on),
        )


def list_noted(received_on: date, posted_on: date | None, events: Iterable[LegalEvent]) -> tuple[Noted, ...]:
    """The facts of a case that can be corrected, as they hold, in the order in which they were written."""
    events = tuple(event for event in events if event.kind is not EventKind.CORRECTED)
    first = [event.on for event in events if event.kind is EventKind.FIRST_RECEIVED]
    after = [event.on for event in events if event.kind is not EventKind.FIRST_RECEIVED]
    since = max([*first, *([posted_on] if posted_on else [])], default=None)
    receipt = Noted(RECEIPT, RECEIPT_LABEL, received_on, since, min(after, default=None), may_vanish=False)
    return receipt, *(_noted(event, received_on, events) for event in events if event.kind in LABELS)


def list_corrections(events: Iterable[LegalEvent]) -> tuple[Correction, ...]:
    """Every correction of a case, in the order in which they were made."""
    return tuple(
        Correction(
            event.data["label"],
            date.fromisoformat(event.data["was"]),
            None if event.data["vanishes"] else event.on,
            event.data["reason"],
            event.data["by"],
            date.fromisoformat(event.data["made_on"]),
        )
        for event in events
        if event.kind is EventKind.CORRECTED
    )


def as_noted(events: Iterable[LegalEvent], received_on: date) -> tuple[tuple[LegalEvent, ...], date]:
    """The events and the receipt as they were before any correction, from the events as they were noted."""
    events = tuple(events)
    first = next((one for one in events if one.kind is EventKind.CORRECTED and one.data["fact"] == RECEIPT), None)
    noted = tuple(event for event in events if event.kind is not EventKind.CORRECTED)
    return noted, date.fromisoformat(first.data["was"]) if first else received_on


def explain(now: Deadlines, before: Deadlines | None, corrections: Iterable[Correction]) -> Deadlines:
    """The dates as they are, each that corrections moved saying so; `before` are those of the facts as first noted.

    Without `before` (what was noted first made no sense), every date says so.
    """
    steps = tuple(correction.step() for correction in corrections)
    moved = {}
    for name in DATES:
        legal, old = getattr(now, name), getattr(before, name, None)
        if legal is not None and (old is None or old.on != legal.on):
            moved[name] = legal._replace(facts=(*legal.facts, *steps))
    return replace(now, **moved)


def _noted(event: LegalEvent, received_on: date, events: tuple[LegalEvent, ...]) -> Noted:
    since: date | None = received_on
    until: date | None = None
    earlier = [one for one in events if one.number < event.number]
    later = [one for one in events if one.number > event.number]
    match event.kind:
        case EventKind.FIRST_RECEIVED:
            since, until = None, received_on
        case EventKind.PIECES_RECEIVED:
            since = _day_of([one for one in earlier if one.number == event.data["request"]], received_on)
        case EventKind.TRANSMISSION_RECEIVED:
            since = _day_of([one for one in earlier if one.kind is EventKind.TRANSMITTED], received_on)
        case EventKind.NOTIFIED:
            since = _day_of([one for one in earlier if one.kind is EventKind.DECIDED], received_on)
        case EventKind.APPEAL_REJECTED:
            since = _day_of([one for one in earlier if one.number == event.data["appeal"]], received_on)
        case EventKind.TRANSMITTED:
            until = _day_of([one for one in later if one.kind is EventKind.TRANSMISSION_RECEIVED][:1], None)
        case EventKind.WITHDRAWN:
            until = _day_of([one for one in later if one.kind is EventKind.RESUMED][:1], None)
        case EventKind.APPEALED:
            rejected = [one for one in later if one.kind is EventKind.APPEAL_REJECTED]
            until = _day_of([one for one in rejected if one.data["appeal"] == event.number], None)
        case EventKind.REASONS_ASKED:
            until = _day_of([one for one in later if one.kind is EventKind.REASONS_GIVEN][:1], None)
    return Noted(event.number, LABELS[event.kind], event.on, since, until, event.kind not in LASTING)


def _day_of(found: list[LegalEvent], otherwise: date | None) -> date | None:
    return found[-1].on if found else otherwise
