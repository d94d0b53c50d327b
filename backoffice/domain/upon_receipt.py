"""What receipt obliges the authority to send, and the date that counts for the citizen."""

from backoffice.domain.explanation import LegalDate, Step
from backoffice.domain.matter import Matter, counted, legal_date
from backoffice.domain.periods import Period
from backoffice.domain.rulesets import POSTMARK


def filed_on(matter: Matter) -> LegalDate:
    """The day that counts for the citizen's date limite (L112-1): a letter's postmark, else the receipt."""
    rule = matter.rule("filing")
    posted_on = matter.facts.posted_on
    if posted_on and rule.value == POSTMARK:
        step = Step("Pour un courrier, la date du cachet de la poste est retenue : {0}.", (posted_on,))
        return legal_date("filed_on", posted_on, (rule,), (matter.receipt(),), (step,))
    step = Step("La date de réception est retenue : {0}.", (matter.received_on,))
    return legal_date("filed_on", matter.received_on, (rule,), (matter.receipt(),), (step,))


def registration_notice_by(matter: Matter) -> LegalDate | None:
    """The last day to send the AEE; None when the request did not come by an electronic sending."""
    if not matter.facts.is_electronic:
        return None
    rule = matter.rule("registration_notice")
    end, steps = counted(rule.period, matter.received_on, matter.calendar)
    return legal_date("registration_notice_by", end, (rule,), (matter.receipt(),), steps)


def acknowledge_by(matter: Matter) -> LegalDate | None:
    """The last day to send the AR; None when none is owed (R112-4) or another authority owes it (L114-4).

    A request that was withdrawn then resumed is owed another one: its dates are not those of the first.
    """
    if matter.regime.ar_exempt_basis or matter.facts.transmitted_on:
        return None
    rule = matter.rule("acknowledgement.electronic" if matter.facts.is_electronic else "acknowledgement.other")
    end, steps = counted(rule.period, matter.begun_on, matter.calendar)
    return legal_date("acknowledge_by", end, (rule,), (matter.receipt(),), steps)


def target_on(matter: Matter) -> LegalDate | None:
    """The promise of the house, counted from receipt; None when the procedure makes none."""
    count = matter.regime.target_working_days
    if count is None:
        return None
    rule = matter.rule("target")
    end, steps = counted(Period(count, rule.period.unit), matter.received_on, matter.calendar)
    return legal_date("target_on", end, (rule,), (matter.receipt(),), steps)
