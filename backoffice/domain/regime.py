"""The legal regime of a procedure: what silence means, after how long, and which appeal is open."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from functools import lru_cache
from typing import Any

from backoffice.domain.law import Confidence
from backoffice.domain.periods import Period, Unit
from backoffice.errors import Invalid


class Silence(StrEnum):
    """What the authority's silence becomes: an acceptance (SVA), a rejection (SVR), or nothing."""

    ACCEPTANCE = "acceptance"
    REJECTION = "rejection"
    NONE = "none"


class AppealRoute(StrEnum):
    """Who a refusal is first contested before; some are compulsory before the court."""

    ORDINARY = "ordinary"
    CADA = "cada"
    PREFET = "prefet"
    COMMISSION_CONTROLE = "commission_controle"
    CNIL = "cnil"
    NONE = "none"

    @property
    def is_compulsory(self) -> bool:
        """Whether a text makes an appeal to an administration compulsory before the court (RAPO)."""
        return self in {AppealRoute.CADA, AppealRoute.PREFET, AppealRoute.COMMISSION_CONTROLE}


class Start(StrEnum):
    """The event from which the period runs: receipt, the sending of our AEE or AR, the citizen's sending."""

    RECEIPT = "receipt"
    ACKNOWLEDGEMENT = "acknowledgement"
    SENDING = "sending"


class Counting(StrEnum):
    """Which law counts the time to answer: the procedure's own text, or the European regulation 1182/71."""

    NATIONAL = "national"
    EU = "eu"


@dataclass(frozen=True, slots=True)
class Regime:
    """What a jurist validated for one procedure; a copy is kept on each case when its clock starts.

    `delay` is the time after which silence takes effect (the general period of the law when absent) or, when
    silence means nothing, the time to answer. `decide_within` is a time to decide that has no effect of its
    own (electoral roll: five days). `extension` may be added by a notice sent in time (RGPD 12.3).
    `basis`, `note` and `ar_exempt_basis` are French. `target_working_days` is the promise of the house, in
    jours ouvrés.
    """

    silence: Silence
    delay: Period | None = None
    basis: str = ""
    confidence: Confidence = Confidence.TO_CONFIRM
    collegial_decision: bool = False
    ar_exempt_basis: str | None = None
    appeal_route: AppealRoute = AppealRoute.ORDINARY
    decide_within: Period | None = None
    extension: Period | None = None
    start: Start = Start.RECEIPT
    counting: Counting = Counting.NATIONAL
    target_working_days: int | None = None
    note: str = ""

    def __post_init__(self) -> None:
        faults = {}
        if self.target_working_days is not None and not 0 <= self.target_working_days <= 1000:
            faults["target_working_days"] = "L’objectif se compte en jours ouvrés, de 0 à 1000."
        answer = self.decide_within or (self.delay if self.silence is Silence.NONE else None)
        if self.extension and (answer is None or answer.unit != self.extension.unit):
            faults["extension"] = "La prolongation suppose un délai de réponse compté dans la même unité."
        if faults:
            raise Invalid("Le régime juridique de la démarche est à corriger.", faults)

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "Regime":
        """Read a regime from plain JSON data (a catalogue file, a case); « 2 mois » or « 2 months ».

        Raises Invalid with a French sentence for each field at fault, unknown fields included.
        """
        values: dict[str, Any] = {}
        faults: dict[str, str] = {}
        if "silence" not in data:
            faults["silence"] = "Précisez ce que vaut le silence : acceptance, rejection ou none."
        for name, value in data.items():
            try:
                values[name] = _read(name, value)
            except Invalid as error:
                faults[name] = error.sentence
        if faults:
            raise Invalid("Le régime juridique de la démarche est à corriger.", faults)
        return cls(**values)

    def to_data(self) -> dict[str, Any]:
        """The same regime as plain JSON data; what is not set is left out."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: _plain(value) for name, value in values.items() if value not in (None, "")}


PERIODS = frozenset({"delay", "decide_within", "extension"})
TEXTS = frozenset({"basis", "ar_exempt_basis", "note"})
CHOICES: dict[str, type[StrEnum]] = {
    "silence": Silence,
    "confidence": Confidence,
    "appeal_route": AppealRoute,
    "start": Start,
    "counting": Counting,
}

GENERAL = Regime(
    Silence.REJECTION,
    basis="article L. 231-4, 2°, du CRPA : demande sans procédure prévue par un texte",
    confidence=Confidence.SOURCE,
)
"""For what arrives outside any procedure: silence means rejection after the general period."""


def _read(name: str, value: Any) -> Any:
    if name in CHOICES:
        return _choice(CHOICES[name], str(value))
    if name in PERIODS:
        return _period(value)
    if name in TEXTS:
        return None if value is None else str(value)
    if name == "collegial_decision":
        return _exactly(bool, value, "Répondez par vrai ou faux.")
    if name == "target_working_days":
        return None if value is None else _exactly(int, value, "Écrivez un nombre entier de jours ouvrés.")
    raise Invalid(f"Le champ « {name} » n’existe pas.")


def _exactly(kind: type, value: Any, sentence: str) -> Any:
    if type(value) is not kind:
        raise Invalid(sentence)
    return value


@lru_cache(maxsize=64)
def _choice(kind: type[StrEnum], value: str) -> StrEnum:
    try:
        return kind(value)
    except ValueError:
        raise Invalid(f"« {value} » n’est pas un choix. Choisissez : {', '.join(kind)}.") from None


def _period(value: Any) -> Period | None:
    if value is None:
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        return Period(value, Unit.MONTHS)
    return Period.parse(str(value))


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, Period | StrEnum) else value
