"""The facts of a case that the law attaches dates to: what was received, asked, sent, decided, and when."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

from backoffice.errors import Invalid

NEVER_RECEIVED = "Indiquez quand la demande a été reçue."
NEVER_SIGNED = "Indiquez quand la décision a été signée ou notifiée."


class AppealKind(StrEnum):
    """An appeal to the administration: to its author, to its superior, or compulsory (RAPO)."""

    GRACIOUS = "gracious"
    HIERARCHICAL = "hierarchical"
    MANDATORY = "mandatory"


APPEAL_LABELS: dict[AppealKind, str] = {
    AppealKind.GRACIOUS: "Recours gracieux (à l’auteur de la décision)",
    AppealKind.HIERARCHICAL: "Recours hiérarchique (au supérieur)",
    AppealKind.MANDATORY: "Recours préalable obligatoire",
}


class Residence(StrEnum):
    """Where the applicant lives: it lengthens the period to go to court (CJA R421-7)."""

    LOCAL = "local"
    OVERSEAS = "overseas"
    ABROAD = "abroad"


RESIDENCE_LABELS: dict[Residence, str] = {
    Residence.LOCAL: "Dans le ressort du tribunal, ou ailleurs en métropole",
    Residence.OVERSEAS: "Outre-mer, quand le tribunal est en métropole (ou l’inverse) : un mois de plus",
    Residence.ABROAD: "À l’étranger : deux mois de plus",
}


OVERSEAS_POSTCODES = ("97", "98")


def seems_overseas(postcode: str) -> bool:
    """Whether a French postcode is one of overseas: only a person knows if the applicant really lives there."""
    return len(postcode) == 5 and postcode.startswith(OVERSEAS_POSTCODES)


@dataclass(frozen=True, slots=True)
class DocumentRequest:
    """An L114-5 letter: asked on a day, until a limit, and the day all the pieces came, if they did.

    A request that is not `blocking` (L114-5-1) never moves the clock.
    """

    requested_on: date
    limit_on: date
    received_on: date | None = None
    blocking: bool = True

    def __post_init__(self) -> None:
        _in_order(self.requested_on, self.limit_on, "La date limite des pièces précède leur demande.")
        _in_order(self.requested_on, self.received_on, "Les pièces sont reçues avant d’avoir été demandées.")


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """The AR that was sent; `complete` when it carries every mention that the law asks for."""

    sent_at: datetime
    complete: bool = True

    def __post_init__(self) -> None:
        _require_zone(self.sent_at)


@dataclass(frozen=True, slots=True)
class ExpressDecision:
    """A signed decision, and the day it was notified: None as long as nobody knows when it reached the citizen.

    `remedies_stated`: it gives the voies de recours. `signed_on` is left out when it was notified on that very day.
    """

    notified_on: date | None = None
    favourable: bool = False
    remedies_stated: bool = True
    signed_on: date | None = None

    def __post_init__(self) -> None:
        if self.notified_on is None and self.signed_on is None:
            raise Invalid(NEVER_SIGNED)
        _in_order(self.signed_on, self.notified_on, "La décision est notifiée avant d’avoir été signée.")

    @property
    def made_on(self) -> date:
        """The day it was signed."""
        made = self.signed_on or self.notified_on
        assert made is not None  # noqa: S101 (one of them is, see above)
        return made


@dataclass(frozen=True, slots=True)
class Appeal:
    """An appeal to the administration and the day its express rejection was notified, if it was."""

    kind: AppealKind
    received_on: date
    posted_on: date | None = None
    rejected_on: date | None = None

    def __post_init__(self) -> None:
        _in_order(self.posted_on, self.received_on, "Le recours est reçu avant d’avoir été posté.")
        _in_order(self.received_on, self.rejected_on, "Le recours est rejeté avant d’avoir été reçu.")

    @property
    def lodged_on(self) -> date:
        """The day that counts for the appellant: the postmark when there is one."""
        return self.posted_on or self.received_on


@dataclass(frozen=True, slots=True)
class ReasonsRequest:
    """A request for the reasons of an implicit rejection (L232-4), and the day they were given."""

    asked_on: date
    given_on: date | None = None

    def __post_init__(self) -> None:
        _in_order(self.asked_on, self.given_on, "Les motifs sont communiqués avant d’avoir été demandés.")


@dataclass(frozen=True, slots=True)
class Facts:
    """What happened to one request, as events; every legal date is computed from these.

    `received_at` is an aware instant (server arrival, counter, call). `received_on` is the day a letter
    reached the building; when both are given, the day wins. `electronic` says that the law of electronic
    sendings applies; by default, it does when no `received_on` is given. `first_authority_received_on`:
    another administration received it before us. `transmitted_on`: we sent it to the competent one, which
    received it on `competent_authority_received_on`. `resumed_on`: it was withdrawn, then taken up again that
    day. Raises Invalid when an instant has no time zone or when events are out of order.
    """

    received_at: datetime | None = None
    received_on: date | None = None
    posted_on: date | None = None
    electronic: bool | None = None
    first_authority_received_on: date | None = None
    transmitted_on: date | None = None
    competent_authority_received_on: date | None = None
    registration_notice_sent_at: datetime | None = None
    acknowledgement: Acknowledgement | None = None
    document_requests: tuple[DocumentRequest, ...] = ()
    extension_notified_on: date | None = None
    decision: ExpressDecision | None = None
    withdrawn_on: date | None = None
    resumed_on: date | None = None
    appeals: tuple[Appeal, ...] = ()
    reasons: ReasonsRequest | None = None
    residence: Residence = Residence.LOCAL

    def __post_init__(self) -> None:
        if self.received_at is None and self.received_on is None:
            raise Invalid(NEVER_RECEIVED)
        for moment in (self.received_at, self.registration_notice_sent_at):
            if moment is not None:
                _require_zone(moment)
        _in_order(self.posted_on, self.received_on, "La demande est reçue avant d’avoir été postée.")

    def received_day(self, timezone: str | ZoneInfo) -> date:
        """The legal day of receipt by this authority, in its time zone."""
        if self.received_on is not None:
            return self.received_on
        if self.received_at is None:
            raise Invalid(NEVER_RECEIVED)
        return local_date(self.received_at, timezone)

    @property
    def is_electronic(self) -> bool:
        """Whether the request came by an electronic sending, which is owed an AEE."""
        return self.received_on is None if self.electronic is None else self.electronic


def local_date(moment: datetime, timezone: str | ZoneInfo) -> date:
    """The legal day of an event: the day it was, at that instant, where the deciding authority is."""
    _require_zone(moment)
    return moment.astimezone(zone_of(timezone)).date()


def zone_of(timezone: str | ZoneInfo) -> ZoneInfo:
    """The time zone of that name, « Europe/Paris » for example; raises Invalid when there is none."""
    return timezone if isinstance(timezone, ZoneInfo) else _zone(timezone)


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise Invalid(f"Le fuseau horaire « {name} » n’existe pas. Écrivez par exemple « Europe/Paris ».") from None


def _require_zone(moment: datetime) -> None:
    if moment.tzinfo is None:
        raise Invalid("Un instant sans fuseau horaire ne donne pas de date légale.")


def _in_order(earlier: date | None, later: date | None, sentence: str) -> None:
    if earlier is not None and later is not None and later < earlier:
        raise Invalid(sentence)
