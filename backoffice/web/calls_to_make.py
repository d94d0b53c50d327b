"""How many people wait for a call at this moment: said where an agent's day begins."""

from datetime import UTC, datetime

from backoffice.domain import policy
from backoffice.domain.policy import Permission
from backoffice.queries import call_backs
from backoffice.web.current import actor, runtime


def count_now() -> int:
    """Those that the agent, or whoever is free in their departments, has promised to call now."""
    if not policy.allows(actor(), Permission.CALL_TAKE):
        return 0
    with runtime().database.reading() as session:
        return call_backs.count_now(session, actor(), datetime.now(UTC))
