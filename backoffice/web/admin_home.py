"""The front page of administration: every setting by subject, one search over them, and what was changed."""

from datetime import date, datetime, time, timedelta
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from backoffice.domain import row_ids
from backoffice.domain.days import day_of_field
from backoffice.domain.setting_screens import SCREEN_LABELS, Screen
from backoffice.errors import Forbidden
from backoffice.queries import setting_changes as queries
from backoffice.queries.setting_changes import Wanted
from backoffice.web import admin_entries, law_words, page_numbers
from backoffice.web.access import Audience, audience
from backoffice.web.current import actor, authority, runtime

pages = Blueprint("admin_home", __name__, url_prefix="/agents/reglages")

LONGEST_WORDS, ROWS = 100, 50
NOTHING_TO_SET = "Votre compte ne donne accès à aucun réglage : demandez-le à l’administration de votre collectivité."


@pages.get("/")
@audience(Audience.STAFF)
def show() -> ResponseReturnValue:
    """Every setting that the viewer may open; with words, those that answer to them."""
    if not admin_entries.list_shown():
        raise Forbidden(NOTHING_TO_SET)
    words = request.args.get("q", "").replace("\x00", "")[:LONGEST_WORDS].strip()
    return render_template(
        "admin/home.html",
        subjects=admin_entries.list_shown(words),
        words=words,
        has_history=bool(admin_entries.screens()),
    )


@pages.get("/historique")
@audience(Audience.STAFF)
def history() -> ResponseReturnValue:
    """Who changed what, when: before and after, by the filters of the address."""
    readable = admin_entries.screens()
    if not readable:
        raise Forbidden(NOTHING_TO_SET)
    screen, faults = request.args.get("ecran", ""), dict[str, str]()
    since = day_of_field(request.args, "du", faults, required=False)
    until = day_of_field(request.args, "au", faults, required=False)
    if since and until and until < since:
        faults["au"] = "La période finit avant de commencer : choisissez une date de fin plus tardive."
    words = request.args.get("q", "").replace("\x00", "")[:LONGEST_WORDS].strip()
    wanted = Wanted(
        [one for one in readable if one == screen] or readable,
        row_ids.read(request.args.get("agent", "")) or 0,
        _midnight(since),
        _midnight(until, after=1),
        words,
    )
    page, mine = page_numbers.asked(), actor().authority_id
    with runtime().database.reading() as session:
        total = queries.count(session, mine, wanted)
        changes = queries.page(session, mine, wanted, ROWS, (page - 1) * ROWS)
        authors = queries.list_authors(session, mine)
    kept: dict[str, Any] = {name: request.args.get(name) or None for name in ("q", "ecran", "agent", "du", "au")}
    return render_template(
        "admin/history.html",
        changes=[(one, _subject(one.screen, one.subject)) for one in changes],
        total=total,
        screens=[(one, SCREEN_LABELS[one]) for one in readable],
        screen_labels=SCREEN_LABELS,
        authors=authors,
        values={name: value or "" for name, value in kept.items()},
        narrowed=any(kept.values()),
        errors=faults,
        previous_url=url_for("admin_home.history", **kept, page=page - 1) if page > 1 else None,
        next_url=url_for("admin_home.history", **kept, page=page + 1) if page * ROWS < total else None,
    )


def _midnight(day: date | None, after: int = 0) -> datetime | None:
    """The instant when a day begins where the authority is, or when it ends."""
    return datetime.combine(day + timedelta(days=after), time(), authority().timezone) if day else None


def _subject(screen: str, subject: str) -> str:
    return law_words.NAMES.get(subject, subject) if screen == Screen.LAW else subject
