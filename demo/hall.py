"""The kiosk of the town hall: the procedures that its screen offers, so that a code is all that is left to ask for."""

from sqlalchemy.orm import Session

from backoffice.domain import policy
from backoffice.domain.kiosks import USUAL_IDLE
from backoffice.domain.policy import Permission
from backoffice.models.authorities import Authority
from backoffice.queries import people
from backoffice.services import accounts, kiosks

OFFERED = ("street_issue", "waste_bin_bulky", "parking_resident_or_move", "room_booking")
"""What people ask for in a hall, without a file to join nor an account."""


def write(session: Session, authority: Authority) -> None:
    """Choose them as the administrator of the town."""
    staff = (accounts.actor_of(one) for one in people.list_staff(session, authority.id))
    administrator = next(one for one in staff if policy.allows(one, Permission.KIOSK_MANAGE))
    offered = {f"{kiosks.PROCEDURE}{code}": "yes" for code in OFFERED}
    kiosks.save(session, administrator, offered | {"idle_seconds": str(USUAL_IDLE)})
