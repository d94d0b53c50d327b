"""Legal rules as data: each has its article, its dates of validity and how sure we are of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from backoffice.domain.periods import Period
from backoffice.errors import Invalid

Value = Period | bool | str


class Confidence(StrEnum):
    """How sure we are of a rule: text found written, known from practice, or still to check on Légifrance."""

    SOURCE = "source"
    KNOWN = "known"
    TO_CONFIRM = "to_confirm"


@dataclass(frozen=True, slots=True)
class LegalRule:
    """One rule the clock applies. `value` is what it says: a period, a yes or no, or one of `choices`.

    `article` and `note` are French, shown to people; `author` is whoever set the value in this installation.
    """

    id: str
    article: str
    value: Value
    confidence: Confidence
    note: str = ""
    valid_from: date | None = None
    valid_to: date | None = None
    choices: tuple[str, ...] = ()
    author: str = ""

    def __post_init__(self) -> None:
        if isinstance(self.value, str) and self.value not in self.choices:
            raise Invalid(f"Règle « {self.id} » : choisissez l’une de ces valeurs : {', '.join(self.choices)}.")
        if self.valid_from and self.valid_to and self.valid_to < self.valid_from:
            raise Invalid(f"Règle « {self.id} » : la fin de validité précède son début.")

    @property
    def period(self) -> Period:
        """The value of a rule that fixes a length of time; raises Invalid for any other rule."""
        if not isinstance(self.value, Period):
            raise Invalid(f"La règle « {self.id} » ne fixe pas un délai.")
        return self.value


class Ruleset:
    """A named, immutable state of the law: for each rule id, its successive versions."""

    __slots__ = ("_rules", "label", "version")

    def __init__(self, version: str, label: str, rules: Iterable[LegalRule]) -> None:
        self.version = version
        self.label = label
        by_id: dict[str, list[LegalRule]] = {}
        for rule in rules:
            by_id.setdefault(rule.id, []).append(rule)
        self._rules = {rule_id: tuple(sorted(versions, key=_start_of_validity)) for rule_id, versions in by_id.items()}

    def __repr__(self) -> str:
        return f"Ruleset({self.version!r})"

    def rule(self, rule_id: str, on: date) -> LegalRule:
        """The version of a rule in force on a day; before the first known version, that first one.

        Raises KeyError on an id that no rule has: ids are written in the code, never typed by people.
        """
        versions = self._rules[rule_id]
        chosen = versions[0]
        for version in versions[1:]:
            if _start_of_validity(version) <= on:
                chosen = version
        return chosen

    def list_rules(self) -> list[LegalRule]:
        """Every version of every rule, for the page where an administrator reads and edits them."""
        return [rule for versions in self._rules.values() for rule in versions]

    def amended(self, version: str, label: str, changes: Iterable[LegalRule]) -> "Ruleset":
        """The same law with rules that replace theirs: from their `valid_from` on, or altogether without one.

        Raises Invalid when a change names no rule of this law or changes the nature of its value.
        """
        rules = dict(self._rules)
        for change in changes:
            known = rules.get(change.id)
            if known is None:
                raise Invalid(f"La règle « {change.id} » n’existe pas.")
            if type(change.value) is not type(known[0].value):
                raise Invalid(f"La règle « {change.id} » attend une autre sorte de valeur.")
            rules[change.id] = (change,) if change.valid_from is None else (*known, change)
        return Ruleset(version, label, (rule for versions in rules.values() for rule in versions))


def _start_of_validity(rule: LegalRule) -> date:
    return rule.valid_from or date.min
