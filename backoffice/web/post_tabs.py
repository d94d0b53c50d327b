"""The pages of the post room, one tab each: letters that arrive, those that leave, sheets for days of outage."""

from flask import current_app, request, url_for

from backoffice.domain.policy import Permission, allows
from backoffice.web.current import actor

TABS: tuple[tuple[str, str, Permission], ...] = (
    ("Enregistrer", "letter_entry.show", Permission.CASE_RECORD),
    ("À enregistrer", "digitised_tray.show", Permission.CASE_RECORD),
    ("Registre", "letter_register.show", Permission.CASE_READ),
    ("À imprimer et poster", "letters_to_post.show", Permission.CASE_NOTE),
    ("Feuilles de secours", "outage_sheets.show", Permission.CASE_RECORD),
)


def tabs() -> list[tuple[str, str, bool]]:
    """(label, address, is it this page) of the pages that the viewer may open."""
    return [
        (label, url_for(to), url_for(to) == request.script_root + request.path)
        for label, to, permission in TABS
        if to in current_app.view_functions and allows(actor(), permission)
    ]
