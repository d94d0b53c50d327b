"""What silence means for a procedure, said before anything is sent: one or two plain sentences."""

from datetime import date

from backoffice.domain.acknowledgements import Notice, notice
from backoffice.domain.french import long_date
from backoffice.domain.law import Ruleset
from backoffice.domain.regime import Regime, Silence
from backoffice.domain.rulesets import DEFAULT

NO_EFFECT = "Le silence ne vaut pas décision."
NO_ANSWER = "Nous n’avons pas répondu :"


def silence_in_words(regime: Regime, on: date, ruleset: Ruleset = DEFAULT) -> str:
    """The effect of silence and after how long (CRPA L231-1 to L231-6), as a citizen reads it."""
    if regime.silence is Silence.NONE:
        if regime.delay:
            return f"Vous recevez une réponse dans un délai de {regime.delay.in_french()}. {NO_EFFECT}"
        return f"Vous recevez une réponse dans tous les cas. {NO_EFFECT}"
    period = regime.delay or ruleset.rule(f"silence.{regime.silence.value}", on).period
    delay = f"au bout de {period.in_french()}"
    if regime.silence is Silence.ACCEPTANCE:
        return f"Sans réponse de notre part {delay}, et si votre dossier est complet, votre demande est acceptée."
    return f"Sans réponse de notre part {delay}, votre demande est considérée comme refusée. Vous pourrez contester."


def implicit_in_words(regime: Regime, implicit_on: date | None, today: date) -> str:
    """What happens on the day of the implicit decision of one case; empty when the law wants nothing said of it."""
    if implicit_on is None:
        return ""
    day, is_past = long_date(implicit_on), implicit_on < today
    match notice(regime, dated=True):
        case Notice.ACCEPTANCE if is_past:
            return f"{NO_ANSWER} si votre dossier était complet, votre demande est acceptée depuis le {day}."
        case Notice.ACCEPTANCE:
            return f"Si votre dossier est complet, et sans réponse de notre part le {day}, votre demande sera acceptée."
        case Notice.REJECTION if is_past:
            return (
                f"{NO_ANSWER} votre demande est considérée comme refusée depuis le {day}. "
                "Vous pouvez contester ce refus ; nous pouvons encore vous répondre."
            )
        case Notice.REJECTION:
            return f"Sans réponse de notre part le {day}, votre demande sera considérée comme refusée."
        case _:
            return ""
