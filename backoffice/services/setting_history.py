"""The history of administration: who changed which setting, when, what it was and what it is."""

from sqlalchemy.orm import Session

from backoffice.domain import policy
from backoffice.domain.french import fold
from backoffice.domain.policy import Actor
from backoffice.domain.setting_screens import Facts, Screen, difference
from backoffice.models.authorities import SettingChange
from backoffice.services import moment

CREATED, CHANGED = "Créé", "Modifié"


def record(
    session: Session,
    actor: Actor,
    screen: Screen,
    subject: str,
    before: Facts,
    after: Facts,
    *,
    act: str = "",
    reason: str = "",
) -> SettingChange | None:
    """Add a line, in the transaction of the change: what differs between two states, by label.

    Without an `act` (what was done, in words), two equal states leave no line, and others say « Modifié ». A secret is
    said by `setting_screens.CHANGED` alone. What the house sets by itself (the starter catalogue) leaves none.
    """
    if actor == policy.system(actor.authority_id):
        return None
    were, are = difference(before, after)
    if not act and not are:
        return None
    change = SettingChange(
        authority_id=actor.authority_id,
        screen=screen,
        subject=subject[:255],
        act=(act or CHANGED)[:255],
        before=were,
        after=are,
        reason=reason,
        folded=fold(" ".join((subject, act or CHANGED, reason, actor.name, *are, *were.values(), *are.values()))),
        staff_id=actor.id if actor.kind == "staff" else None,
        author=actor.name[:255],
        at=moment.now(),
    )
    session.add(change)
    return change
