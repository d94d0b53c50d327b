"""« Déjà signalé tout près ? »: what is shown of the reports of others, and following one of them instead."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from itsdangerous import BadSignature, URLSafeTimedSerializer

from backoffice.domain import nearby
from backoffice.domain.addresses import Point, read_point
from backoffice.domain.nearby import NearbyReport
from backoffice.domain.procedures import ProcedureDefinition
from backoffice.errors import Invalid, NotFound
from backoffice.queries import catalogue
from backoffice.services import followers
from backoffice.services import nearby_reports as reports
from backoffice.web import said_procedures
from backoffice.web.access import Audience, audience
from backoffice.web.current import authority, runtime, viewer
from backoffice.web.languages import spoken
from backoffice.web.limits import limiter
from backoffice.web.pages import today_here

pages = Blueprint("nearby_reports", __name__)

MARK_SECONDS = 24 * 3600
LOOKS = "60 per minute"
SEEN = "near_seen"
"""The input that says which reports the page has shown already: the form is not given back for them."""


@dataclass(frozen=True, slots=True)
class MarkedReport:
    """A report with its mark: a signed text that stands for it in pages, so that nobody goes through their numbers."""

    report: NearbyReport
    mark: str


@dataclass(frozen=True, slots=True)
class NearbyView:
    """What the question of a place shows below itself: `url` brings it, `category` is the input that says what.

    `at_desk` when an agent writes for somebody else, who may follow a report in their stead.
    """

    field: str
    category: str
    url: str
    at_desk: bool = False
    found: tuple[MarkedReport, ...] = ()

    @property
    def seen(self) -> str:
        """The marks of what is shown."""
        return " ".join(one.mark for one in self.found)


def view_of(
    definition: ProcedureDefinition, found: Sequence[NearbyReport] = (), *, at_desk: bool = False
) -> NearbyView | None:
    """The reports to show below the place, none found yet; None for a procedure that shows none."""
    place, category = nearby.place_field(definition), nearby.category_field(definition)
    if place is None or not nearby.is_shown_nearby(definition):
        return None
    url = url_for("desk_reports.around" if at_desk else "nearby_reports.around", code=definition.code)
    return NearbyView(place.code, category.code if category else "", url, at_desk, _marked(found))


def find(definition: ProcedureDefinition, values: dict[str, Any]) -> list[NearbyReport]:
    """The open reports near the place that was answered, when it has a point or an address that is known."""
    if not nearby.is_shown_nearby(definition):
        return []
    point = nearby.point_in(definition, values) or reports.find_point(
        runtime(), str(nearby.place_of(definition, values).get("address", ""))
    )
    category = nearby.category_field(definition)
    return _find(definition, point, str(values.get(category.code, "")) if category else "") if point else []


def find_unseen(definition: ProcedureDefinition, values: dict[str, Any], marks: str) -> list[NearbyReport]:
    """The same, unless the page has shown them all."""
    found = find(definition, values)
    return [] if {one.case_id for one in found} <= seen_in(marks) else found


def seen_in(marks: str) -> set[int]:
    """The cases that these marks stand for; a mark that is none, or is old, stands for nothing."""
    return {case_id for mark in marks.split()[: 4 * nearby.MOST] if (case_id := _read(mark)) is not None}


@pages.get("/demarches/<code>/proches")
@limiter.limit(LOOKS)
@audience(Audience.PUBLIC)
def around(code: str) -> ResponseReturnValue:
    """The reports near a point, as a piece of the form's page; empty when there is none."""
    return piece_around(code)


def piece_around(code: str, *, at_desk: bool = False) -> str:
    """The same, for a citizen or for an agent."""
    with runtime().database.reading() as session:
        definition = said_procedures.definition_of(catalogue.get_procedure(session, authority().id, code))
    point = read_point(request.args.get("lat"), request.args.get("lon"))
    shown = nearby.is_shown_nearby(definition) and point is not None
    found = _find(definition, point, request.args.get("categorie", "")[:100]) if shown and point else []
    return render_template("citizen/_nearby.html", near=view_of(definition, found, at_desk=at_desk), live=True)


@pages.get("/signalements/<mark>/suivre")
@audience(Audience.PUBLIC)
def ask(mark: str) -> ResponseReturnValue:
    """One report, and the address that will be told of its end."""
    seen = viewer()
    email = seen.email if seen is not None and seen.kind == "citizen" else ""
    return render_template("citizen/follow_report.html", mark=mark, report=get_marked(mark), email=email, errors={})


@pages.post("/signalements/<mark>/suivre")
@limiter.limit("20 per hour")
@audience(Audience.PUBLIC)
def follow(mark: str) -> ResponseReturnValue:
    """Follow it; the same page when the address is wrong."""
    report, email = get_marked(mark), request.form.get("email", "").strip()[:255]
    try:
        seen = viewer()
        proven, language = seen.addresses if seen is not None else (), spoken().language.code
        followed = followers.follow(runtime(), authority().id, report, email, proven=proven, language=language)
    except Invalid as error:
        errors = {"email": error.sentence}
        page = render_template("citizen/follow_report.html", mark=mark, report=report, email=email, errors=errors)
        return page, 422
    return redirect(url_for("nearby_reports.noted" if followed else "nearby_reports.sent"), 303)


@pages.get("/signalements/suivi")
@audience(Audience.PUBLIC)
def noted() -> ResponseReturnValue:
    """What happens next."""
    return render_template("citizen/report_followed.html", state="followed")


@pages.get("/signalements/a-confirmer")
@audience(Audience.PUBLIC)
def sent() -> ResponseReturnValue:
    """Where the link is that proves the address."""
    return render_template("citizen/report_followed.html", state="sent")


@pages.get("/signalements/confirmer/<token>")
@audience(Audience.PUBLIC)
def ask_to_confirm(token: str) -> ResponseReturnValue:
    """What the link of the first mail opens: only the button uses it, for some mail readers open every link."""
    with runtime().database.reading() as session:
        follower = followers.get_unconfirmed(session, authority().id, token)
        report = reports.get_shown(session, authority().id, follower.case_id, today_here())
    return render_template("citizen/confirm_report.html", token=token, email=follower.email, report=report)


@pages.post("/signalements/confirmer/<token>")
@audience(Audience.PUBLIC)
def confirm(token: str) -> ResponseReturnValue:
    """The address is theirs."""
    with runtime().database.transaction() as session:
        followers.confirm(session, runtime(), authority().id, token, today_here())
    return redirect(url_for("nearby_reports.noted"), 303)


@pages.get("/signalements/ne-plus-suivre/<token>")
@audience(Audience.PUBLIC)
def ask_to_leave(token: str) -> ResponseReturnValue:
    """The way out that a mail gave: only the button uses it, for some mail readers open every link."""
    with runtime().database.reading() as session:
        follower = followers.get_follower(session, authority().id, token)
    return render_template("citizen/leave_report.html", token=token, email=follower.email)


@pages.post("/signalements/ne-plus-suivre/<token>")
@audience(Audience.PUBLIC)
def leave(token: str) -> ResponseReturnValue:
    """Follow no more."""
    with runtime().database.transaction() as session:
        followers.leave(session, authority().id, token)
    return render_template("citizen/report_followed.html", state="left")


def _find(definition: ProcedureDefinition, point: Point, category: str) -> list[NearbyReport]:
    return reports.find(runtime(), authority().id, definition.code, point, category, today_here())


def get_marked(mark: str) -> NearbyReport:
    """The report of a mark; raise NotFound for one that was made up, is old, or may not be shown any more."""
    case_id = _read(mark)
    if case_id is None:
        raise NotFound(reports.GONE)
    with runtime().database.reading() as session:
        return reports.get_shown(session, authority().id, case_id, today_here())


def _marked(found: Iterable[NearbyReport]) -> tuple[MarkedReport, ...]:
    signer = _signer()
    return tuple(MarkedReport(one, str(signer.dumps(one.case_id))) for one in found)


def _read(mark: str) -> int | None:
    try:
        case_id = _signer().loads(mark, max_age=MARK_SECONDS)
    except BadSignature:
        return None
    return case_id if isinstance(case_id, int) else None


def _signer() -> URLSafeTimedSerializer:
    keys: Any = list(reversed(runtime().settings.secret_keys))  # itsdangerous signs with the last one
    return URLSafeTimedSerializer(keys, salt="nearby-report")
