"""What silence means for a procedure, said before anything is sent: one or two plain sentences."""

from datetime import date

from backoffice.domain.acknowledgements import Notice, notice
from backoffice.domain.law import Ruleset
from backoffice.domain.regime import Regime, Silence
from backoffice.domain.rulesets import DEFAULT
from backoffice.domain.wording import Wording


def silence_in_words(regime: Regime, on: date, ruleset: Ruleset = DEFAULT) -> str:
    """The effect of silence and after how long (CRPA L231-1 to L231-6), as a citizen reads it."""
    if regime.silence is Silence.NONE:
        if regime.delay:
            return Wording(
                "Vous recevez une réponse dans un délai de %(period)s. Le silence ne vaut pas décision.",
                period=regime.delay.in_words(),
            )
        return Wording("Vous recevez une réponse dans tous les cas. Le silence ne vaut pas décision.")
    period = regime.delay or ruleset.rule(f"silence.{regime.silence.value}", on).period
    if regime.silence is Silence.ACCEPTANCE:
        return Wording(
            "Sans réponse de notre part au bout de %(period)s, et si votre dossier est complet, "
            "votre demande est acceptée.",
            period=period.in_words(),
        )
    return Wording(
        "Sans réponse de notre part au bout de %(period)s, votre demande est considérée comme refusée. "
        "Vous pourrez contester.",
        period=period.in_words(),
    )


def implicit_in_words(regime: Regime, implicit_on: date | None, today: date) -> str:
    """What happens on the day of the implicit decision of one case; empty when the law wants nothing said of it."""
    if implicit_on is None:
        return ""
    day, is_past = implicit_on, implicit_on < today
    match notice(regime, dated=True):
        case Notice.ACCEPTANCE if is_past:
            return Wording(
                "Nous n’avons pas répondu : si votre dossier était complet, "
                "votre demande est acceptée depuis le %(day)s.",
                day=day,
            )
        case Notice.ACCEPTANCE:
            return Wording(
                "Si votre dossier est complet, et sans réponse de notre part le %(day)s, votre demande sera acceptée.",
                day=day,
            )
        case Notice.REJECTION if is_past:
            return Wording(
                "Nous n’avons pas répondu : votre demande est considérée comme refusée depuis le %(day)s. "
                "Vous pouvez contester ce refus ; nous pouvons encore vous répondre.",
                day=day,
            )
        case Notice.REJECTION:
            return Wording(
                "Sans réponse de notre part le %(day)s, votre demande sera considérée comme refusée.", day=day
            )
        case _:
            return ""
