"""What every template can use: formats and words in the language of the page, the authority, the viewer, addresses."""

import hashlib
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask, current_app, g, request, url_for
from jinja2 import StrictUndefined
from markupsafe import Markup

from backoffice.domain import calls, french, identity, letters, opening_hours, policy
from backoffice.domain.incoming import CHANNEL_LABELS
from backoffice.domain.languages import Writing
from backoffice.domain.lifecycle import DESK_STATUS_LABELS, OUTCOME_LABELS, STATUS_LABELS
from backoffice.domain.policy import Permission
from backoffice.errors import BackofficeError
from backoffice.infra import templating, typesetting
from backoffice.services import authority_pages
from backoffice.web import calls_to_make, current, desk_draft_list, kiosk_device, languages, said_procedures

# The desk's menu: label, endpoint, who sees it.
DESK_MENU: tuple[tuple[str, str, Permission], ...] = (
    ("File partagée", "queue.show", Permission.CASE_READ),
    ("Échéances", "deadline_list.show", Permission.CASE_READ),
    ("Actions groupées", "batches.show_all", Permission.CASE_TAG),
    ("Courrier", "letter_entry.show", Permission.CASE_RECORD),
    ("Courriels à trier", "mail_sorting.show", Permission.MAIL_SORT),
    ("Appels", "calls.show", Permission.CALL_TAKE),
    ("Réponses types", "ready_answers.show", Permission.READY_ANSWER_READ),
    ("Activité", "supervision.show", Permission.REPORT_READ),
)

# What is set once and looked after: in a menu of its own for who also has much daily work.
SETTINGS_MENU: tuple[tuple[str, str, Permission], ...] = (
    ("Étiquettes", "tags.show", Permission.TAG_MANAGE),
    ("Enchaînements", "macros.show", Permission.MACRO_MANAGE),
    ("Services", "admin_departments.show", Permission.DEPARTMENT_MANAGE),
    ("Agents", "admin_staff.show", Permission.STAFF_MANAGE),
    ("Démarches", "admin_procedures.show", Permission.PROCEDURE_MANAGE),
    ("Droit", "admin_law.show", Permission.LAW_MANAGE),
    ("Modèles", "admin_templates.show", Permission.TEMPLATE_MANAGE),
    ("Orientation", "admin_routing.show", Permission.DEPARTMENT_MANAGE),
    ("Boîtes", "mail_ledger.show", Permission.MAIL_LEDGER_READ),
    ("Fichiers écartés", "quarantine.show", Permission.QUARANTINE_MANAGE),
    ("Tâches", "admin_jobs.show", Permission.JOB_RETRY),
    ("Données personnelles", "eliminations.show", Permission.RETENTION_MANAGE),
)

ALL_SETTINGS = ("Tous les réglages", "admin_home.show")
LONGEST_MENU, FEW_DAILY = 8, 3
"""Entries that one line of a common screen holds beside the two buttons, and daily ones of who mostly sets."""

CITIZEN_LINKS: dict[str, str] = {
    "home": "catalogue.home",
    "procedures": "catalogue.show",
    "follow": "follow_up.form",
    "account": "citizen_space.show",
    "login": "citizen_account.sign_in",
    "logout": "citizen_account.sign_out",
    "sitemap": "catalogue.sitemap",
    "accessibility": "catalogue.accessibility",
    "personal_data": "catalogue.personal_data",
    "legal": "catalogue.legal",
}

DESK_LINKS: dict[str, str] = {
    "home": "staff_sign_in.home",
    "notices": "staff_notices.show",
    "account": "staff_sign_in.account",
    "elsewhere": "shared_work.show",
    "logout": "staff_sign_in.sign_out",
    "lock": "staff_lock.lock",
}

DESK_ENTRIES: tuple[tuple[str, str, Permission], ...] = (
    ("counter", "desk_entry.counter", Permission.CASE_RECORD),
    ("phone", "desk_entry.phone", Permission.CASE_RECORD),
    ("search", "queue.show", Permission.CASE_READ),
)


def install(app: Flask) -> None:
    """Register formats and globals."""
    environment = app.jinja_env
    app.jinja_options = {"undefined": StrictUndefined}
    environment.undefined = StrictUndefined
    environment.trim_blocks = environment.lstrip_blocks = True
    environment.add_extension("jinja2.ext.i18n")
    # French is the source language; the others come as catalogues of the same calls, chosen page by page.
    environment.install_gettext_callables(  # type: ignore[attr-defined]
        languages.gettext, languages.ngettext, newstyle=True
    )
    environment.globals["_"] = languages.in_page  # the same gettext, in one call instead of three
    environment.finalize = languages.shown
    environment.filters.update(_formats())
    environment.globals.update(
        static_url=_static_url(Path(app.static_folder or "static")),
        channel_labels=CHANNEL_LABELS,
        status_labels=STATUS_LABELS,
        desk_status_labels=DESK_STATUS_LABELS,
        outcome_labels=OUTCOME_LABELS,
        may=_may,
        letter_languages=_letter_languages,
        first_time=_first_time,
        desk_drafts=desk_draft_list.list_shown,
        calls_to_make=calls_to_make.count_now,
        closed_doors=closed_doors,
    )
    app.context_processor(_context)


def _first_time(what: str) -> bool:
    """Whether a page asks for this (a script of several parts) for the first time: it is written once."""
    said: set[str] = g.setdefault("said_once", set())
    is_first = what not in said
    said.add(what)
    return is_first


def _formats() -> dict[str, Callable[..., Any]]:
    return {
        "long_date": lambda day: _writing().long_date(day),
        "short_date": lambda day: _writing().short_date(day),
        "long_datetime": lambda moment: _writing().long_datetime(moment, _timezone()),
        "short_datetime": lambda moment: _writing().short_datetime(moment, _timezone()),
        "relative_days": lambda day, today=None: french.relative_days(day, today or today_here()),
        "number": lambda value, decimals=None: _writing().number(value, decimals),
        "money": lambda amount: _writing().money(amount),
        "file_size": lambda size: _writing().file_size(size),
        "said": languages.said,
        "procedure_name": said_procedures.title,
        "procedure_title": said_procedures.marked_title,
        "procedure_text": said_procedures.marked,
        "procedure_choices": said_procedures.marked_choices,
        "plural": french.plural,
        "phone": lambda number: identity.display_phone(number) if number else "",
        "duration": calls.duration_in_words,
        "typed": templating.typed,
        "paragraphs": typesetting.paragraphs,
        "typographic": french.typographic,
        "tie_phones": french.tie_phones,
    }


def closed_doors() -> dict[str, str]:
    """The channels that the authority closed, with what it tells citizens of each."""
    known = current.known_authority()
    return authority_pages.closed_channels(known.details) if known else {}


def today_here() -> date:
    """Today where the authority is."""
    return datetime.now(UTC).astimezone(_timezone()).date()


def _writing() -> Writing:
    return languages.spoken().writing


def _timezone() -> ZoneInfo:
    return current.authority().timezone


def _may(permission: str, subject: Any = None) -> bool:
    viewer = current.viewer()
    return viewer is not None and policy.allows(viewer.actor, Permission(permission), subject)


def _letter_languages() -> list[tuple[str, str]]:
    """The languages to choose from on a form: none when every letter here speaks French alone."""
    return letters.language_choices((letters.FRENCH, *current.authority().details.get("letter_languages", ())))


def _context() -> dict[str, Any]:
    viewer = current.viewer()
    try:
        authority: current.AuthorityView | None = current.known_authority()
    except BackofficeError:
        authority = None
    desk = viewer is not None and viewer.kind == "staff"
    return {
        "authority": authority,
        "language": languages.spoken().language,
        "languages": languages.choices(),
        "in_french": "" if languages.spoken().is_french else Markup(' lang="fr" dir="auto"'),
        "viewer": viewer,
        "demo": current.runtime().settings.demo,
        "telephony": bool(current.runtime().settings.call_webhook_secret) or current.runtime().settings.demo,
        "links": _desk_links() if desk else _links(CITIZEN_LINKS),
        **(_menus() if desk else {"nav_items": [], "nav_settings": []}),
        "today": today_here() if authority else None,
        "kiosk": kiosk_device.here() if authority else None,
        "colour": authority.details.get(authority_pages.COLOUR, "") if authority and not desk else "",
        "special_hours": _special_hours(authority) if authority else [],
    }


def _special_hours(authority: current.AuthorityView) -> list[str]:
    return opening_hours.say_to_come(authority_pages.special_hours(authority.details), today_here())


def _links(endpoints: dict[str, str]) -> dict[str, str]:
    return {name: _address(to) for name, to in endpoints.items() if to in current_app.view_functions}


def _desk_links() -> dict[str, str]:
    """What the head of the desk leads to, and the page that a locked screen comes back to."""
    here = request.full_path.rstrip("?") if request.method == "GET" else ""
    return _links({**DESK_LINKS, **_entries()}) | {"here": here}


def _entries() -> dict[str, str]:
    return {name: to for name, to, permission in DESK_ENTRIES if _may(permission)}


def _menus() -> dict[str, list[tuple[str, str, bool]]]:
    """The main menu, and the settings apart when all would not stand on a line."""
    daily, settings = _menu(DESK_MENU), _menu(SETTINGS_MENU)
    if settings:
        label, endpoint = ALL_SETTINGS
        settings.append((label, url_for(endpoint), request.endpoint == endpoint))
    if len(daily) <= FEW_DAILY or len(daily) + len(settings) <= LONGEST_MENU:
        return {"nav_items": daily + settings, "nav_settings": []}
    return {"nav_items": daily, "nav_settings": settings}


def _menu(entries: tuple[tuple[str, str, Permission], ...]) -> list[tuple[str, str, bool]]:
    return [
        (label, _address(to), request.endpoint == to)
        for label, to, permission in entries
        if to in current_app.view_functions and _may(permission)
    ]


def _address(endpoint: str) -> str:
    """The address of a page that needs nothing more; a head names thirty of them, always the same."""
    kept: dict[tuple[str, str], str] = current_app.extensions.setdefault("parvis.addresses", {})
    key = (request.script_root, endpoint)
    if key not in kept:
        kept[key] = url_for(endpoint)
    return kept[key]


def _static_url(folder: Path) -> Callable[[str], str]:
    @lru_cache(maxsize=256)
    def fingerprint(path: str) -> str:
        return hashlib.sha256((folder / path).read_bytes()).hexdigest()[:12]

    addresses: dict[tuple[str, str], str] = {}

    def static_url(path: str) -> str:
        # A page names twenty of them, always the same.
        key = (request.script_root, path)
        if key not in addresses:
            addresses[key] = url_for("static", filename=path, v=fingerprint(path))
        return addresses[key]

    return static_url
