"""Which acknowledgement a request calls for: what the law wants it to say depends on what silence means."""

from enum import StrEnum

from backoffice.domain.regime import Regime, Silence


class Notice(StrEnum):
    """The wordings: a bare registration (AEE), or a full acknowledgement (AR) with the effect of silence."""

    REGISTRATION = "registration"
    ACCEPTANCE = "acceptance"
    REJECTION = "rejection"
    NO_EFFECT = "no_effect"


def notice(regime: Regime, *, dated: bool) -> Notice:
    """The wording owed; `dated` is whether the date of the implicit decision is known (R112-11-1, 4° asks for it).

    A procedure exempt from the acknowledgement (R112-4) still gets its registration notice (L112-11).
    """
    if regime.ar_exempt_basis:
        return Notice.REGISTRATION
    if regime.silence is Silence.NONE:
        return Notice.NO_EFFECT
    if not dated:
        return Notice.REGISTRATION
    return Notice.ACCEPTANCE if regime.silence is Silence.ACCEPTANCE else Notice.REJECTION
