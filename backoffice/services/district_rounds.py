"""The open cases of an authority put into its districts anew, after somebody drew them or changed their streets."""

from dataclasses import replace
from functools import partial

from sqlalchemy.orm import Session

from backoffice.domain.addresses import Point
from backoffice.domain.districts import spot_of
from backoffice.errors import Conflict
from backoffice.infra.runtime import Runtime
from backoffice.models.authorities import Authority
from backoffice.models.cases import Case
from backoffice.queries import legal
from backoffice.services import deadlines, districts, outbox, procedures
from backoffice.services.outbox import Claim


def place_open_cases(runtime: Runtime, claim: Claim) -> None:
    """Give every open case the district of its place, one transaction a case; those whose place says none keep none.

    Districts that changed again since have a promise of their own: this one has nothing left to do.
    """
    authority_id = claim.payload["place"]
    with runtime.database.reading() as session:
        is_latest = session.get_one(Authority, authority_id).details.get(districts.MARK) == claim.payload["mark"]
    pages = [partial(legal.list_open_cases, authority_id=authority_id)] if is_latest else []
    faults = deadlines.each_case(runtime, claim, pages, place_anew)
    if faults:
        raise Conflict(f"Des dossiers n’ont pas pu être rangés : {', '.join(faults[: deadlines.MOST_FAULTS])}.")
    with runtime.database.transaction() as session:
        outbox.keep(session, claim)


def place_anew(session: Session, case: Case) -> None:
    """The district of the place that a case says now; what was in a district that is retired stays there."""
    version = case.form_version
    if version is None:
        return
    spot = spot_of(procedures.read_version(version), case.answers)
    if spot.point is None and case.latitude is not None and case.longitude is not None:
        spot = replace(spot, point=Point(case.latitude, case.longitude))
    authority = session.get_one(Authority, case.authority_id)
    found = districts.find(session, authority, spot)
    # What was in a district that is retired stays there.
    if found is not None or case.district_id in {one.id for one in districts.districts_of(session, authority)}:
        case.district_id = found.id if found else None
