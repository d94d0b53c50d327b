"""Whether this browser is a kiosk: a device that an administrator installed in a hall, for anybody who comes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from flask import g
from sqlalchemy.exc import SQLAlchemyError

from backoffice.domain.kiosks import WARNED_SECONDS, KioskSetting
from backoffice.models.authorities import Authority
from backoffice.services import kiosks
from backoffice.web import cookies
from backoffice.web.current import authority, runtime

COOKIE = "parvis_borne"
KEPT_DAYS = 400
"""Browsers keep no cookie for longer; each visit begins the count again."""
WELCOME = "kiosk.welcome"


@dataclass(frozen=True, slots=True)
class KioskHere:
    """The kiosk that this browser is; `is_to_note` says that the list has not heard of it for some time."""

    id: int
    place: str
    has_printer: bool
    is_to_note: bool
    setting: KioskSetting
    warned_seconds: int = WARNED_SECONDS

    def said(self, language: str) -> Mapping[str, str]:
        """Its texts, as templates ask for them."""
        return self.setting.said(language)


def here() -> KioskHere | None:
    """The kiosk that this browser is, None for any other.

    While the database is away, whoever says that they are one is: the page that says so must not stay on the screen.
    """
    if "kiosk" not in g:
        try:
            g.kiosk = _find()
        except SQLAlchemyError:
            g.kiosk = KioskHere(0, "", has_printer=False, is_to_note=False, setting=KioskSetting({}))
    return cast("KioskHere | None", g.kiosk)


def counted_as() -> str:
    """Under which name this device's own sendings are counted; empty when it is no kiosk."""
    found = here()
    return f"kiosk {found.id}" if found else ""


def _find() -> KioskHere | None:
    token = cookies.read(COOKIE)
    if not token:
        return None
    mine = authority().id
    with runtime().database.reading() as session:
        found = kiosks.find(session, mine, token)
        if found is None:
            return None
        setting = kiosks.setting_of(session.get_one(Authority, mine))
    return KioskHere(found.id, found.place, found.has_printer, kiosks.is_to_note(found), setting)
