"""What a procedure (démarche) is: form, documents asked, legal regime and texts, as one frozen value."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from backoffice.domain.conditions import Condition, comparisons, holds
from backoffice.domain.fields import Field
from backoffice.domain.law import Confidence
from backoffice.domain.letters import FRENCH
from backoffice.domain.representation import Capacity
from backoffice.domain.sub_states import NO_LIFECYCLE, Lifecycle
from backoffice.domain.wording import Wording


class DocumentSource(StrEnum):
    """Where a supporting document comes from; « user » is the last resort (L114-8)."""

    USER = "user"
    API = "api"
    ALREADY_HELD = "already_held"
    DECLARATION = "declaration"


class FinalDisposition(StrEnum):
    """What becomes of a file at the end of its retention: kept, sorted or destroyed (sort final)."""

    KEEP = "C"
    SORT = "T"
    DESTROY = "D"


class RetentionStart(StrEnum):
    """The event from which the retention of a file is counted."""

    CLOSURE = "closure"
    END_OF_STAY = "end_of_stay"
    END_OF_SCHOOL_YEAR = "end_of_school_year"
    END_OF_OCCUPATION = "end_of_occupation"
    END_OF_CONTRACT = "end_of_contract"


RETENTION_START_LABELS: dict[RetentionStart, str] = {
    RetentionStart.CLOSURE: Wording("la clôture du dossier"),
    RetentionStart.END_OF_STAY: Wording("la fin de l’accueil, ou le refus"),
    RetentionStart.END_OF_SCHOOL_YEAR: Wording("la fin de l’année scolaire"),
    RetentionStart.END_OF_OCCUPATION: Wording("la fin de l’occupation"),
    RetentionStart.END_OF_CONTRACT: Wording("la fin du contrat"),
}


@dataclass(frozen=True, slots=True)
class Step:
    """A page of the form."""

    title: str
    fields: tuple[Field, ...]
    introduction: str = ""
    when: Condition | None = None


@dataclass(frozen=True, slots=True)
class RequiredDocument:
    """A supporting document, which always has a legal basis (L114-5).

    Only a `blocking` one may suspend the examination while it is missing (L114-5-1). `readers` are those of `Field`.
    """

    code: str
    label: str
    legal_basis: str
    source: DocumentSource = DocumentSource.USER
    blocking: bool = False
    hint: str = ""
    confidence: Confidence = Confidence.KNOWN
    when: Condition | None = None
    readers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ChecklistItem:
    """Something that agents check on each case; a `required` one before the request is answered or granted."""

    code: str
    label: str
    hint: str = ""
    required: bool = False


@dataclass(frozen=True, slots=True)
class EligibilityRule:
    """Answers with which this procedure cannot succeed: why, and what to do instead."""

    when: Condition
    reason: str
    instead: str


@dataclass(frozen=True, slots=True)
class RegimeVariant:
    """What changes in the legal regime with these answers: `regime` holds the changed keys only."""

    when: Condition
    regime: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Retention:
    """How long files are kept (years after the event `from_`; None: for ever) and their final disposition.

    `start_field` is the question of the form, a date or a period, whose answer (the end of a period) is the day of an
    event that the house does not know by itself.
    """

    years: int | None
    from_: RetentionStart
    final: FinalDisposition
    confidence: Confidence = Confidence.TO_CONFIRM
    note: str = ""
    start_field: str = ""


@dataclass(frozen=True, slots=True)
class PersonalData:
    """What the information notice says (RGPD 13): purpose, legal basis, who receives the data."""

    purpose: str
    basis: str
    recipients: str


@dataclass(frozen=True, slots=True)
class ProcedureLetter:
    """The words of a letter (`backoffice.domain.letters`) for this procedure alone."""

    letter: str
    title: str
    body: str
    language: str = FRENCH


@dataclass(frozen=True, slots=True)
class ProcedureDefinition:
    """A procedure as published.

    `summary` is at most ten plain sentences. `regime` is the legal regime as data, which the clock parses
    (`Regime.from_data(definition.regime_for(values))`).
    `exclusive` makes other electronic channels irregular (L112-9), `sve_excluded` excludes electronic sending
    (L112-10, with its `sve_basis`). `target_working_days` is the promise of the house, in jours ouvrés.
    `step_by_step` shows one step per page, with a summary before sending; else the whole form is one page.
    `posted_when` says with which answers something is sent by post: a postal address is then compulsory.
    `usually_for` is in whose name it is mostly made: what the form proposes first.
    `restricted` limits the cases to the members of the department. `max_attachments` counts the free files
    beside the documents asked. `checklist` is for agents alone; `lifecycle` adds sub-states to the common states of
    its cases. The days `opens_on` and `closes_on` are open days. `translations` gives the French texts in other
    languages (`backoffice.domain.procedure_translations`). `letters` travel with a file or a draft: once published,
    they have versions of their own and the version of the procedure holds none.
    """

    code: str
    title: str
    summary: tuple[str, ...]
    who: str
    theme: str
    department: str
    steps: tuple[Step, ...]
    regime: Mapping[str, Any]
    fee: str
    personal_data: PersonalData
    retention: Retention
    regime_variants: tuple[RegimeVariant, ...] = ()
    life_events: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    warning: str = ""
    documents: tuple[RequiredDocument, ...] = ()
    eligibility: tuple[EligibilityRule, ...] = ()
    target_working_days: int | None = None
    requires_identity: bool = False
    anonymous_allowed: bool = False
    posted_when: Condition | None = None
    usually_for: Capacity = Capacity.SELF
    max_attachments: int = 5
    step_by_step: bool = False
    photos: bool = False
    restricted: bool = False
    public_relation: bool = True
    sve_excluded: bool = False
    sve_basis: str = ""
    exclusive: bool = False
    open311: bool = False
    opens_on: date | None = None
    closes_on: date | None = None
    other_channels: str = ""
    routing: str = ""
    checklist: tuple[ChecklistItem, ...] = ()
    outputs: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    lifecycle: Lifecycle = NO_LIFECYCLE
    translations: Mapping[str, Any] = field(default_factory=dict)
    letters: tuple[ProcedureLetter, ...] = ()

    @property
    def fields(self) -> tuple[Field, ...]:
        """Every question, in the order of the form."""
        return tuple(one for step in self.steps for one in step.fields)

    def find_field(self, code: str) -> Field | None:
        """The question with this code, outside blocks."""
        return next((one for one in self.fields if one.code == code), None)

    def may_ask(self, code: str, values: Mapping[str, Any]) -> bool:
        """Whether these answers call for the question of this code, outside blocks, or those still missing may."""
        asked = ((step, one) for step in self.steps for one in step.fields if one.code == code)
        return any(self.may_hold(step.when, values) and self.may_hold(one.when, values) for step, one in asked)

    def may_hold(self, condition: Condition | None, values: Mapping[str, Any]) -> bool:
        """Whether a condition holds, or may once compulsory questions that nobody has answered yet are."""
        return holds(condition, values) or any(self._is_awaited(one.field, values) for one in comparisons(condition))

    def _is_awaited(self, code: str, values: Mapping[str, Any]) -> bool:
        # A form that is sent has all of its compulsory answers: only a call, a visit or a mail lacks one. Conditions
        # look at what was asked before, so that to look further back comes to an end.
        field = self.find_field(code)
        return field is not None and field.required and values.get(code) is None and self.may_ask(code, values)

    def list_documents(self, values: Mapping[str, Any]) -> tuple[RequiredDocument, ...]:
        """The documents to ask the user for, given these answers, without what the house can get itself."""
        return tuple(one for one in self.documents if one.source is DocumentSource.USER and holds(one.when, values))

    def regime_for(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The legal regime, as data, that applies with these answers: the first variant that fits wins."""
        variant = next((one.regime for one in self.regime_variants if holds(one.when, values)), {})
        return {**self.regime, **variant}

    def find_ineligibility(self, values: Mapping[str, Any], until: int | None = None) -> EligibilityRule | None:
        """The first rule with which these answers cannot succeed.

        With `until` (the rank of a step), only the rules that look at nothing asked after that step.
        """
        return next((rule for rule in self.list_rules(until) if holds(rule.when, values)), None)

    def list_rules(self, until: int | None = None) -> tuple[EligibilityRule, ...]:
        """The rules of eligibility; with `until` (the rank of a step), those that look at nothing asked after it."""
        steps = self.steps if until is None else self.steps[: until + 1]
        asked = {one.code for step in steps for one in step.fields}
        return tuple(rule for rule in self.eligibility if all(one.field in asked for one in comparisons(rule.when)))

    def closure_sentence(self, on: date) -> str:
        """Why the procedure does not take requests on that local day, for people; empty when it is open."""
        if self.opens_on and on < self.opens_on:
            return Wording(
                "La démarche « %(title)s » ouvrira le %(day)s. Revenez à partir de ce jour.",
                title=self.title,
                day=self.opens_on,
            )
        if self.closes_on and on > self.closes_on:
            return Wording(
                "La démarche « %(title)s » est fermée depuis le %(day)s. "
                "Contactez le service pour connaître la prochaine ouverture.",
                title=self.title,
                day=self.closes_on,
            )
        return ""
