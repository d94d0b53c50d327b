"""The emblem of an authority at the head of its letters: given by an administrator, kept by content."""

import base64
from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from backoffice.domain import policy
from backoffice.domain.file_checks import PICTURES
from backoffice.domain.policy import Actor, Permission
from backoffice.domain.setting_screens import Screen
from backoffice.errors import Invalid, NotFound
from backoffice.infra import file_types
from backoffice.infra.runtime import Runtime
from backoffice.queries import catalogue as queries
from backoffice.services import setting_history
from backoffice.settings import MEGABYTE

LOGO = "logo"
MOST_BYTES = 5 * MEGABYTE
NONE_GIVEN = "Choisissez une image sur votre appareil."
TOO_HEAVY = "Cette image dépasse 5 Mo : choisissez-en une plus légère."
NO_PICTURE = "Ce fichier n’est pas une image que nous savons lire : choisissez un PNG ou un JPEG."


def set_logo(session: Session, runtime: Runtime, actor: Actor, content: bytes) -> None:
    """Keep the picture that letters written from now on bear; those that are written keep theirs.

    Raises Invalid, on the field `logo`, for what is not a picture.
    """
    from backoffice.infra import pictures

    policy.require(actor, Permission.DEPARTMENT_MANAGE)
    if not content:
        raise Invalid(faults={LOGO: NONE_GIVEN})
    if len(content) > MOST_BYTES:
        raise Invalid(faults={LOGO: TOO_HEAVY})
    media_type = file_types.sniff(content)
    emblem = pictures.make_emblem(content, media_type) if media_type in PICTURES else None
    if emblem is None:
        raise Invalid(faults={LOGO: NO_PICTURE})
    _keep(session, actor, runtime.storage.put(emblem))


def remove_logo(session: Session, actor: Actor) -> None:
    """Letters written from now on bear the name alone."""
    policy.require(actor, Permission.DEPARTMENT_MANAGE)
    _keep(session, actor, "")


def dress(runtime: Runtime, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a letter with the picture itself, which stands in the page; a lost one is left out."""
    digest = values["authority"].get(LOGO, "")
    try:
        content = runtime.storage.get(digest) if digest else b""
    except NotFound:
        content = b""
    address = f"data:image/png;base64,{base64.b64encode(content).decode()}" if content else ""
    return {**values, LOGO: address}


def _keep(session: Session, actor: Actor, digest: str) -> None:
    authority = queries.claim_authority(session, actor.authority_id)
    before, after = ({"Logo": f"image {one[:8]}" if one else ""} for one in (authority.details.get(LOGO, ""), digest))
    authority.details = {**authority.details, LOGO: digest}
    setting_history.record(session, actor, Screen.APPEARANCE, authority.name, before, after)
