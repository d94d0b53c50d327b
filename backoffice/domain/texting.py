"""Text messages to citizens: what they say (never anything personal), to whom they can go, and when."""

import re
from datetime import datetime, time, timedelta, tzinfo

_FRENCH_MOBILE = re.compile(r"\+33[67]\d{8}")
QUIET_FROM, QUIET_UNTIL = time(20), time(8)
"""Between these hours nobody's telephone rings for a case: the message waits for the morning."""


def notice(reference: str, address: str) -> str:
    """What a text message says: something is new, and where. Letters of GSM-7 only: one message."""
    return f"Du nouveau sur votre demande {reference} : {address}"


def receipt(reference: str, shown: str, address: str) -> str:
    """The receipt of a call, instead of the paper of a visit: the reference and the tracking code to keep."""
    return f"Votre demande {reference}, code de suivi {shown} : {address}"


def code(shown: str) -> str:
    """A code that somebody asked for a moment ago, and nothing of what it opens; GSM-7 as well."""
    return f"Votre code : {shown}. Il sert une fois, dans les 15 minutes. Ne le donnez pas."


def is_mobile(phone: str) -> bool:
    """Whether a number in the form E.164 can receive text messages.

    A French 06 or 07 can, even in a range that the library does not know yet (domain.identity.check_phone takes them).
    """
    if _FRENCH_MOBILE.fullmatch(phone):
        return True
    import phonenumbers  # only when a number is really looked at
    from phonenumbers import PhoneNumberType

    try:
        kind = phonenumbers.number_type(phonenumbers.parse(phone))
    except phonenumbers.NumberParseException:
        return False
    return kind in (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)


def earliest(now: datetime, timezone: tzinfo) -> datetime:
    """When a message may leave: now, or at the end of the quiet hours where the authority is."""
    local = now.astimezone(timezone)
    if local.time() >= QUIET_FROM:
        local = (local + timedelta(days=1)).replace(hour=QUIET_UNTIL.hour, minute=0, second=0, microsecond=0)
    elif local.time() < QUIET_UNTIL:
        local = local.replace(hour=QUIET_UNTIL.hour, minute=0, second=0, microsecond=0)
    return max(local, now)
