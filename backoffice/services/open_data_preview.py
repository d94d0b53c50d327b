"""What a publication would say, before it is: the last months that may be, made anonymous without keeping anything."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from backoffice.domain import open_data as rules
from backoffice.domain.anonymising import (
    Delay,
    RawLine,
    Span,
    Told,
    anonymise,
    count_same_end,
    month_steps,
    quarter_steps,
)
from backoffice.domain.open_data import PLACE_LABELS, SPAN_LABELS, UNFAVOURABLE, Frame
from backoffice.domain.report_periods import PeriodKind, containing
from backoffice.models.authorities import Authority
from backoffice.models.open_data import OpenDataset
from backoffice.queries import open_data as queries
from backoffice.services import moment
from backoffice.services.open_data_blocks import frame_of

MOST_MONTHS, MOST_LINES, SHOWN = 12, 20_000, 8
"""A page looks at a year, or at fewer months where so many requests came."""


@dataclass(frozen=True, slots=True)
class Preview:
    """Of `total` requests received from `since` to `until`: how many are told, how precisely, and how many are not."""

    since: date
    until: date
    total: int
    told: int
    waiting: int
    suppressed: int
    same_end: int
    precision: tuple[tuple[str, tuple[tuple[str, int], ...]], ...]
    sample: tuple[tuple[str, ...], ...]


def make(session: Session, dataset: OpenDataset) -> Preview | None:
    """The preview of the choices of a dataset; None while no month may be published."""
    today = moment.today(session.get_one(Authority, dataset.authority_id).timezone)
    months = _recent(session, dataset, rules.months_due(dataset.first_on, today, dataset.lag))
    if not months:
        return None
    frame, threshold = frame_of(session, dataset), dataset.threshold
    total = suppressed = 0
    told: list[Told] = []
    held: list[RawLine] = []
    for month in months:
        lines = list(queries.read_lines(session, dataset.procedure, month, containing(PeriodKind.MONTH, month).end))
        total += len(lines)
        some, left = anonymise(lines, month_steps(frame.choices.finest), threshold)
        told += some
        held += left
        if month == rules.months_after(rules.quarter_of(month), 2):
            some, left = anonymise(held, quarter_steps(frame.choices.finest), threshold)
            told += some
            suppressed += len(left)
            held = []
    last = containing(PeriodKind.MONTH, months[-1]).end
    same_end = count_same_end(told, UNFAVOURABLE) if frame.choices.outcome else 0
    precision, sample = _precision(told, frame), tuple(sorted(map(frame.row, told)))[:SHOWN]
    return Preview(months[0], last, total, len(told), len(held), suppressed, same_end, precision, sample)


def _recent(session: Session, dataset: OpenDataset, months: Sequence[date]) -> list[date]:
    """The last months, whole quarters as far as there are."""
    kept, count = list[date](), 0
    for month in reversed(months[-MOST_MONTHS:]):
        end = containing(PeriodKind.MONTH, month).end
        count += queries.count_lines(session, dataset.procedure, month, end)
        if kept and count > MOST_LINES:
            break
        kept.append(month)
    return kept[::-1]


def _precision(told: Sequence[Told], frame: Frame) -> tuple[tuple[str, tuple[tuple[str, int], ...]], ...]:
    """How many lines are told how precisely, trait by trait, the finest first."""
    finest = frame.choices.finest
    spans = Counter(_span_of(one) for one in told)
    places = Counter(one.traits.place for one in told)
    found = [
        ("Réception", tuple((str(label), spans[span]) for span, label in SPAN_LABELS.items() if spans[span])),
        ("Lieu", tuple((str(label), places[place]) for place, label in PLACE_LABELS.items() if places[place])),
    ]
    if finest.channel:
        found.append(("Canal", _known(sum(bool(one.traits.channel) for one in told), len(told))))
    if finest.department:
        found.append(("Service", _known(sum(bool(one.traits.department) for one in told), len(told))))
    if finest.delay is Delay.DAYS:
        ended = [one for one in told if one.line.delay is not None]
        exact = sum(one.traits.shortest is not None and one.traits.shortest == one.traits.longest for one in ended)
        none = sum(one.traits.shortest is None for one in ended)
        counts = (("au jour près", exact), ("par tranche", len(ended) - exact - none), ("pas publié", none))
        found.append(("Délai des demandes terminées", tuple(one for one in counts if one[1])))
    return tuple((title, counts) for title, counts in found if counts)


def _span_of(told: Told) -> Span:
    days = (told.traits.until - told.traits.since).days
    return Span.DAY if days == 0 else Span.MONTH if days < 31 else Span.QUARTER


def _known(known: int, total: int) -> tuple[tuple[str, int], ...]:
    return tuple(one for one in (("publié", known), ("pas publié", total - known)) if one[1])
