"""Reports already made near a place: where each case is, looked up after its intake, and what is told to the next."""

from datetime import date

from sqlalchemy.orm import Session

from backoffice.domain import nearby
from backoffice.domain.addresses import SURE_SCORE, Point, box_around
from backoffice.domain.districts import Spot
from backoffice.domain.lifecycle import Status
from backoffice.domain.nearby import NearbyReport
from backoffice.domain.procedures import ProcedureDefinition
from backoffice.domain.wording import Wording
from backoffice.errors import NotFound
from backoffice.infra.runtime import Runtime
from backoffice.models.authorities import Authority
from backoffice.models.cases import Case
from backoffice.queries import nearby as queries
from backoffice.services import districts, outbox, procedures
from backoffice.services.outbox import Claim, JobKind

GONE = Wording("Ce signalement vient de se terminer. Si le problème est toujours là, signalez-le : nous irons voir.")


def place(session: Session, case: Case, definition: ProcedureDefinition) -> None:
    """Keep where a new case is, and promise to look its place up; nothing for a procedure that shows no report."""
    if not nearby.is_shown_nearby(definition) or not nearby.place_of(definition, case.answers):
        return
    if point := nearby.point_in(definition, case.answers):
        case.latitude, case.longitude = point.latitude, point.longitude
    outbox.promise(session, JobKind.LOCATE_CASE, authority_id=case.authority_id, case_id=case.id)


def locate(runtime: Runtime, claim: Claim) -> None:
    """Find the point of a place that was only written, and the street of a point; the answers stay as they were given.

    What the address service does not know for sure, or cannot say now, stays unknown.
    """
    with runtime.database.reading() as session:
        case = session.get_one(Case, claim.payload["case_id"])
        version = case.form_version
        written = nearby.place_of(procedures.read_version(version), case.answers) if version else {}
    point = Point(case.latitude, case.longitude) if case.latitude is not None and case.longitude is not None else None
    point = point or find_point(runtime, str(written.get("address", "")))
    known = runtime.addresses.nearest(point) if point else None
    with runtime.database.transaction() as session:
        outbox.keep(session, claim)
        if point:
            located = session.get_one(Case, case.id)
            located.latitude, located.longitude = point.latitude, point.longitude
            located.near_street = known.street[:255] if known else ""
            if located.district_id is None:
                authority = session.get_one(Authority, located.authority_id)
                found = districts.find(session, authority, Spot(point))
                located.district_id = found.id if found else None


def find(
    runtime: Runtime, authority_id: int, code: str, point: Point, category: str, today: date
) -> list[NearbyReport]:
    """The open reports near a point, those of the same category (its value) first, then the nearest."""
    corners = box_around(point, nearby.METRES + nearby.GRID_METRES)
    found: list[tuple[tuple[bool, int], NearbyReport]] = []
    with runtime.database.reading() as session:
        for case in queries.list_open_around(session, authority_id, code, corners, today - nearby.LASTS):
            metres = nearby.distance_between(point, _point_of(case))
            if metres is not None:
                is_other = category not in ("", _category_value(case))
                found.append(((is_other, metres), _shown(case, nearby.distance_in_words(metres))))
    return [report for _, report in sorted(found, key=lambda one: one[0])[: nearby.MOST]]


def get_shown(session: Session, authority_id: int, case_id: int, today: date) -> NearbyReport:
    """One report as anybody may read it; raise NotFound once it may not be shown any more."""
    case = queries.find_open(session, authority_id, case_id, today - nearby.LASTS)
    version = case.procedure_version if case else None
    if case is None or version is None or not nearby.is_shown_nearby(procedures.read_version(version)):
        raise NotFound(GONE)
    return _shown(case, "")


def find_point(runtime: Runtime, written: str) -> Point | None:
    """The point of an address that is written to its number: that of a street is too far from most of it."""
    found = runtime.addresses.search(written) if written else []
    sure = (one.point for one in found or [] if one.kind == "housenumber" and one.score >= SURE_SCORE)
    return next(sure, None)


def _shown(case: Case, distance: str) -> NearbyReport:
    # Answers to the form of another procedure, which the case had before, say nothing here.
    version = case.procedure_version
    definition = procedures.read_version(version) if version else None
    return NearbyReport(
        case_id=case.id,
        category=nearby.category_of(definition, case.answers_to_procedure) if definition else "",
        street=case.near_street,
        distance=distance,
        state=nearby.STATES[Status(case.status)],
        reported_on=case.received_on,
    )


def _category_value(case: Case) -> str:
    version = case.procedure_version
    field = nearby.category_field(procedures.read_version(version)) if version else None
    return str(case.answers_to_procedure.get(field.code, "")) if field else ""


def _point_of(case: Case) -> Point:
    return Point(case.latitude or 0.0, case.longitude or 0.0)
