"""The sub-states that a procedure adds under the common states: how they follow each other, and what each one asks.

The common states stay the law: a sub-state is left with its state, and none stands between a case and its end.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from backoffice.domain.fields import CODE, CODE_RULE
from backoffice.domain.lifecycle import DESK_STATUS_LABELS, MOVES, Status
from backoffice.domain.regime import Silence

UNDER = (Status.RECEIVED, Status.UNDER_REVIEW, Status.WAITING_CITIZEN)
MOST_STATES, LONGEST_LABEL, LONGEST_WORDING = 20, 60, 200
SHORTEST_WAIT, LONGEST_WAIT = 3, 365
"""Days before a reminder, and between a reminder and what it announces."""
SEPARATOR = " › "


@dataclass(frozen=True, slots=True)
class SubState:
    """A sub-state of a common state.

    `from_` names the states and sub-states that lead to it (none: all those from which its state may be reached).
    To enter it, the questions of `needs_fields` are answered and the documents of `needs_documents` are there.
    `public` is what the citizen reads; without it, they read the common state alone.
    """

    code: str
    name: str
    under: Status
    from_: tuple[str, ...] = ()
    needs_fields: tuple[str, ...] = ()
    needs_documents: tuple[str, ...] = ()
    public: str = ""

    @property
    def full_label(self) -> str:
        """« En cours d’examen › Visite sur place »."""
        return f"{DESK_STATUS_LABELS[self.under]}{SEPARATOR}{self.name}"

    def follows(self, status: Status, sub_state: str) -> bool:
        """Whether a case may come to it from there, as far as the definition says."""
        return not self.from_ or (sub_state or status) in self.from_


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """The sub-states of a procedure, and what happens by itself to a case that waits for its citizen.

    `remind_after` days after we asked, the citizen is reminded; `close_after` days after that reminder, which announces
    it, the case is closed with no action. None: never.
    """

    states: tuple[SubState, ...] = ()
    remind_after: int | None = None
    close_after: int | None = None

    def find(self, code: str) -> SubState | None:
        """The sub-state of this code."""
        return next((one for one in self.states if one.code == code), None)

    def under(self, status: Status) -> list[SubState]:
        """The sub-states of a common state."""
        return [one for one in self.states if one.under is status]

    def list_after(self, status: Status, sub_state: str) -> list[SubState]:
        """The sub-states to which a case may go from where it is, its own left out; none once it is closed."""
        if status is Status.CLOSED:
            return []
        return [
            one
            for one in self.states
            if one.code != sub_state
            and (one.under is status or one.under in MOVES[status])
            and one.follows(status, sub_state)
        ]

    def moves(self) -> Iterator[tuple[str, SubState]]:
        """Each way to a sub-state, from a state or a sub-state (its code)."""
        for one in self.states:
            for source in one.from_ or self._sources(one):
                yield source, one

    def _sources(self, state: SubState) -> Iterator[str]:
        for status in UNDER:
            if status is state.under or state.under in MOVES[status]:
                yield status
                yield from (other.code for other in self.under(status) if other is not state)


NO_LIFECYCLE = Lifecycle()
"""The common states alone."""


def may_close_in_silence(regimes: Iterable[Mapping[str, Any]]) -> bool:
    """Whether silence decides nothing and no law gives a day to answer by, with any of these regimes (data)."""
    timed = ("delay", "decide_within")
    return all(one.get("silence") == Silence.NONE and not any(one.get(name) for name in timed) for one in regimes)


def faults_of(
    lifecycle: Lifecycle, fields: Collection[str], documents: Collection[str], *, may_close: bool
) -> Iterator[tuple[str, str]]:
    """What is wrong with it (path → French sentence), given the codes of the form and whether closing is lawful."""
    if len(lifecycle.states) > MOST_STATES:
        yield "states", f"{MOST_STATES} sous-états au plus."
    seen = set[str]()
    for rank, one in enumerate(lifecycle.states):
        path = f"states.{rank}"
        if not CODE.fullmatch(one.code):
            yield f"{path}.code", CODE_RULE
        if one.code in seen or one.code in set(Status):
            yield f"{path}.code", f"Le code « {one.code} » sert déjà à un autre état."
        seen.add(one.code)
        yield from ((f"{path}.{name}", sentence) for name, sentence in _wording_faults(one))
        yield from ((f"{path}.{name}", sentence) for name, sentence in _way_faults(lifecycle, one))
        if lost := set(one.needs_fields) - set(fields):
            yield f"{path}.needs_fields", f"« {', '.join(sorted(lost))} » n’est pas une question du formulaire."
        if lost := set(one.needs_documents) - set(documents):
            yield f"{path}.needs_documents", f"« {', '.join(sorted(lost))} » n’est pas une pièce de cette démarche."
    yield from _unreachable(lifecycle)
    yield from _waits(lifecycle, may_close=may_close)


def _wording_faults(state: SubState) -> Iterator[tuple[str, str]]:
    if not state.name.strip() or len(state.name) > LONGEST_LABEL:
        yield "name", f"Donnez à ce sous-état un nom de {LONGEST_LABEL} caractères au plus."
    if len(state.public) > LONGEST_WORDING:
        yield "public", f"{LONGEST_WORDING} caractères au plus pour ce que lit l’usager."


def _way_faults(lifecycle: Lifecycle, state: SubState) -> Iterator[tuple[str, str]]:
    if state.under not in UNDER:
        yield "under", "Un dossier terminé n’a pas de sous-état : son issue dit comment il s’est terminé."
        return
    places = {*UNDER, *(one.code for one in lifecycle.states)}
    if lost := [source for source in state.from_ if source not in places]:
        yield "from", f"« {', '.join(lost)} » n’est ni un état ni un sous-état de cette démarche."
    if barred := list(_barred(lifecycle, state)):
        yield "from", f"Les états communs ne permettent pas de venir de : {', '.join(barred)}."


def _barred(lifecycle: Lifecycle, state: SubState) -> Iterator[str]:
    for source in state.from_:
        known = lifecycle.find(source)
        status = known.under if known else Status(source) if source in set(Status) else state.under
        if status is not state.under and status in UNDER and state.under not in MOVES[status]:
            yield known.full_label if known else DESK_STATUS_LABELS[status]


def _unreachable(lifecycle: Lifecycle) -> Iterator[tuple[str, str]]:
    reached: set[str] = set(UNDER)
    ways = list(lifecycle.moves())
    while found := {one.code for source, one in ways if source in reached} - reached:
        reached |= found
    for rank, one in enumerate(lifecycle.states):
        if one.code not in reached:
            yield f"states.{rank}.from", f"Aucun chemin ne mène à « {one.name} » : ajoutez un état de départ."


def _waits(lifecycle: Lifecycle, *, may_close: bool) -> Iterator[tuple[str, str]]:
    for name in ("remind_after", "close_after"):
        days = getattr(lifecycle, name)
        if days is not None and not SHORTEST_WAIT <= days <= LONGEST_WAIT:
            yield name, f"Donnez un nombre de jours entre {SHORTEST_WAIT} et {LONGEST_WAIT}."
    if lifecycle.close_after is None:
        return
    if lifecycle.remind_after is None:
        yield "close_after", "Un dossier n’est jamais classé sans relance qui l’annonce : donnez d’abord son délai."
    if not may_close:
        yield (
            "close_after",
            (
                "Le silence décide de cette démarche, ou un texte donne un délai pour répondre : "
                "ses dossiers ne peuvent pas être classés d’eux-mêmes."
            ),
        )
