"""Calls for agents: the log, who is calling now, one call with what became of it."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from sqlalchemy.orm import Session

from backoffice.domain import policy, row_ids
from backoffice.domain.calls import DIRECTION_LABELS, OUTCOME_LABELS, TO_CALL_BACK, CallOutcome, Direction, read_number
from backoffice.domain.policy import Permission
from backoffice.models.calls import CallRecord
from backoffice.queries import call_backs, citizen_search, contacts, people
from backoffice.queries import calls as queries
from backoffice.queries.calls import Filters, View
from backoffice.queries.citizen_search import Candidate
from backoffice.services import calls
from backoffice.web import page_numbers
from backoffice.web.access import Audience, audience, unattended
from backoffice.web.current import actor, authority, runtime
from backoffice.web.pages import today_here

pages = Blueprint("calls", __name__)

PAGE_SIZE = 50
SHOWN_DAYS = 30
RINGS_AT_MOST = timedelta(hours=2)
"""A call whose end was never told is over after this."""
VIEWS = {View.ALL: "Tous", View.MISSED: "Manqués, à rappeler", View.ONGOING: "En cours"}
NOTHING_NEW = 204


@dataclass(frozen=True, slots=True)
class Ringing:
    """A call that goes on, with who may be calling and the address where it is taken."""

    call: CallRecord
    people: list[Candidate]
    url: str


@pages.get("/agents/appels")
@audience(Audience.STAFF, Permission.CALL_TAKE)
def show() -> ResponseReturnValue:
    """The log, narrowed by what the address says."""
    first, last = _day("du", today_here() - timedelta(days=SHOWN_DAYS)), _day("au", today_here())
    asked = _filters(first, last)
    number = page_numbers.asked()
    mine = actor().authority_id
    with runtime().database.reading() as session:
        counts = queries.count_calls(session, mine, asked)
        rows = queries.page_calls(session, mine, asked, (number - 1) * PAGE_SIZE, PAGE_SIZE)
        return render_template(
            "calls/list.html",
            rows=rows,
            asked=asked,
            typed=request.args,
            first=first,
            last=last,
            tabs=[(label, _here(vue=one.value), one == asked.view, counts[one]) for one, label in VIEWS.items()],
            total=counts[asked.view],
            pager=(
                _here(page=str(number - 1)) if number > 1 else None,
                _here(page=str(number + 1)) if number * PAGE_SIZE < counts[asked.view] else None,
            ),
            staff=[(str(one.id), one.name) for one in people.list_staff(session, mine)],
            directions=list(DIRECTION_LABELS.items()),
            outcomes=list(OUTCOME_LABELS.items()),
            ringing_now=Markup(_ringing_now(session)),  # noqa: S704 (a template of ours wrote it)
            **_words(),
        )


@pages.get("/agents/appels/en-cours")
@unattended
@audience(Audience.STAFF, Permission.CALL_TAKE)
def ringing() -> ResponseReturnValue:
    """Who is calling now, for a page that asks every few seconds; 204 when it has it already."""
    with runtime().database.reading() as session:
        content = _ringing_now(session)
    is_known = f'value="{request.args.get("seen")}"' in content
    return Response(status=NOTHING_NEW) if is_known else content


@pages.get("/desk/call")
@audience(Audience.STAFF, Permission.CASE_RECORD)
def take() -> ResponseReturnValue:
    """Where a `tel:` link or a telephone leads (docs/telephony.md): the desk, with whoever calls from there."""
    # A plus sign that nobody escaped arrives as a space.
    typed = request.args.get("from", "")[:100]
    number = read_number(f"+{typed.strip()}" if typed.startswith(" ") else typed)
    with runtime().database.reading() as session:
        mine, now = actor().authority_id, datetime.now(UTC)
        call = queries.find_current(session, mine, number, now - RINGS_AT_MOST) if number else None
        found = citizen_search.search(session, actor(), number) if number else []
        return redirect(_desk_url(call, number, found))


@pages.get("/agents/appels/<int:call_id>")
@audience(Audience.STAFF, Permission.CALL_TAKE)
def call(call_id: int) -> ResponseReturnValue:
    """One call: who, when, what became of it."""
    with runtime().database.reading() as session:
        found = queries.get_call(session, actor().authority_id, call_id)
        number = calls.number_of(found)
        candidates = citizen_search.search(session, actor(), number) if number and not found.citizen_id else []
        known = [one for one in (found.citizen_id,) if one]
        return render_template(
            "calls/show.html",
            call=found,
            number=number,
            candidates=candidates,
            desk_url=_desk_url(found, number, candidates, known),
            contacts=contacts.list_of_call(session, actor(), call_id),
            call_backs=call_backs.list_of_call(session, actor(), call_id),
            may_read_case=found.case is not None and policy.allows(actor(), Permission.CASE_READ, found.case),
            to_call_back=found.outcome in TO_CALL_BACK,
            now=datetime.now(UTC),
            **_words(),
        )


@pages.post("/agents/appels/<int:call_id>/personne")
@audience(Audience.STAFF, Permission.CALL_TAKE)
def identify(call_id: int) -> ResponseReturnValue:
    """This is who called."""
    citizen_id = row_ids.read(request.form.get("citizen", "")) or 0
    with runtime().database.transaction() as session:
        calls.identify(session, actor(), call_id, citizen_id)
    flash("La personne est rattachée à cet appel.", "success")
    return redirect(url_for("calls.call", call_id=call_id), 303)


def _words() -> dict[str, Any]:
    return {"direction_labels": DIRECTION_LABELS, "call_outcomes": OUTCOME_LABELS}


def _ringing_now(session: Session) -> str:
    """Who is calling, as pages show it, with a mark that tells whether they have it already."""
    content = render_template(
        "calls/_ringing_now.html",
        ringing=_ringing(session),
        to_call=call_backs.count_now(session, actor(), datetime.now(UTC)),
    )
    mark = hashlib.sha256(content.encode()).hexdigest()[:16]
    return f'{content}<input type="hidden" name="seen" value="{mark}">'


def _ringing(session: Session) -> list[Ringing]:
    now = datetime.now(UTC)
    rows = queries.list_ringing(session, actor().authority_id, actor().id, now - RINGS_AT_MOST)
    shown = []
    for row in rows:
        found = citizen_search.search(session, actor(), row.from_number, 4) if row.from_number else []
        shown.append(Ringing(row, found, _desk_url(row, row.from_number, found)))
    return shown


def _desk_url(of: CallRecord | None, number: str, found: list[Candidate], known: list[int] | None = None) -> str:
    """The desk's screen for a call: with the person if only one is known, else with the number to look them up."""
    people_ids = known or [one.citizen_id for one in found]
    said: dict[str, Any] = {"call": of.id if of else None, "person": number or None}
    if len(people_ids) == 1:
        said |= {"usager": people_ids[0], "person": None}
    return url_for("desk_entry.phone", **said)


def _filters(first: date, last: date) -> Filters:
    view, direction, outcome = (request.args.get(name, "") for name in ("vue", "sens", "issue"))
    words = request.args.get("q", "").strip()[:100]
    digits = "".join(sign for sign in words if sign.isascii() and sign.isdigit())
    is_number = len(digits) >= 4 and not any(sign.isalpha() for sign in words)
    return Filters(
        View(view) if view in list(View) else View.ALL,
        _midnight(first),
        _midnight(last + timedelta(days=1)),
        direction if direction in list(Direction) else "",
        outcome if outcome in list(CallOutcome) else "",
        row_ids.read(request.args.get("agent", "")),
        digits.lstrip("0").removeprefix("33").lstrip("0") if is_number else "",
        "" if is_number else words,
    )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), authority().timezone)


def _day(name: str, default: date) -> date:
    try:
        day = date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return default
    return min(max(day, date(2000, 1, 1)), date(2999, 12, 31))


def _here(**changes: str) -> str:
    """This list with its filters, some of them changed; a change of list goes back to the first page."""
    kept: dict[str, Any] = {name: value for name, value in request.args.items() if name != "page"}
    return url_for("calls.show", **{name: value for name, value in (kept | changes).items() if value})
