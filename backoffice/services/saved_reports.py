"""Reports under a name: kept, shared, frozen as they are on a day, whatever is corrected or purged afterwards.

Its files stand in the storage under their SHA-256: what is downloaded years later is what was made that day.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from backoffice.domain import identity, policy, row_ids
from backoffice.domain.policy import Actor, Permission
from backoffice.domain.report_periods import Period
from backoffice.domain.saved_reports import LONGEST_NAME, MOST_RECIPIENTS, Rhythm, Span, period_of
from backoffice.domain.staff_notices import NoticeEvent
from backoffice.errors import Forbidden, Invalid
from backoffice.infra.runtime import Runtime
from backoffice.infra.table_files import BY_CODE
from backoffice.models.authorities import Authority
from backoffice.models.saved_reports import ReportFile, ReportRecipient, ReportVersion, SavedReport
from backoffice.queries import catalogue, jobs, people
from backoffice.queries import saved_reports as queries
from backoffice.reports.base import Filters
from backoffice.services import (
    accounts,
    held_files,
    leases,
    mailed_reports,
    moment,
    outbox,
    report_document,
    report_exports,
    staff_notices,
)
from backoffice.services.outbox import Claim, JobKind

MOST_OWNED = 50
KEPT_AS = ("pdf", "xlsx", "ods", "csv")
"""The formats that a version is kept in."""
NOT_YOURS = "Ce rapport est à un autre agent : lui seul le change et en garde des versions."
NO_MORE_RIGHT = "La personne qui a enregistré ce rapport n’a plus le droit de l’établir."
MINE, ALL = "", "tous"


@dataclass(frozen=True, slots=True)
class Typed:
    """What a form says of a report; `shared` is MINE, ALL or the id of a department, `recipients` one a line."""

    name: str
    fields: str
    narrowed: tuple[str, ...]
    span: str
    shared: str
    outward: bool
    rhythm: str
    recipients: str


def save(session: Session, actor: Actor, typed: Typed, report: SavedReport | None = None) -> SavedReport:
    """Keep a report, or change one; raise Invalid by field, or Forbidden for somebody else's."""
    policy.require(actor, Permission.REPORT_EXPORT)
    if report is not None and report.owner_id != actor.id:
        raise Forbidden(NOT_YOURS)
    addresses = _check(session, actor, typed, is_new=report is None)
    now, authority = moment.now(), session.get_one(Authority, actor.authority_id)
    if report is None:
        report = SavedReport(authority_id=actor.authority_id, owner_id=actor.id, saved_at=now)
        session.add(report)
    department_id = row_ids.read(typed.shared)
    rhythm = typed.rhythm
    if rhythm and rhythm != report.rhythm:
        report.scheduled_from = moment.today(authority.timezone)
    report.name, report.fields, report.span = " ".join(typed.name.split()), typed.fields, typed.span
    report.department_id, report.for_all, report.rhythm = department_id, typed.shared == ALL, rhythm
    report.outward = typed.outward or leaves(report, addresses)
    session.flush()
    _keep_recipients(session, report, addresses)
    return report


def list_shared(session: Session, actor: Actor) -> dict[int, str]:
    """The departments that the actor may share a report with, by id."""
    known = catalogue.list_departments(session, actor.authority_id)
    return {one.id: one.name for one in known if actor.holds_in(Permission.REPORT_EXPORT, one.id)}


def leaves(report: SavedReport, addresses: Sequence[str]) -> bool:
    """Whether others than its owner read it: its small numbers are then hidden."""
    return report.for_all or report.department_id is not None or bool(addresses)


def retire(actor: Actor, report: SavedReport) -> None:
    """Neither shown nor sent any more; its versions stay in the storage."""
    if report.owner_id != actor.id:
        raise Forbidden(NOT_YOURS)
    report.retired_at, report.rhythm = moment.now(), Rhythm.NEVER.value


def freeze(session: Session, actor: Actor, report: SavedReport, *, key: str) -> ReportVersion:
    """Promise a version of today; the same form (`key`) received twice gives the version that it asked for."""
    if report.owner_id != actor.id:
        raise Forbidden(NOT_YOURS)
    policy.require(actor, Permission.REPORT_EXPORT)
    return promise(session, report, slot=key)


def promise(session: Session, report: SavedReport, *, slot: str) -> ReportVersion:
    """Promise the version of a slot, once; it is made with the rights of the owner."""
    number = queries.next_number(session, report.id)
    known = queries.find_slot(session, report.id, slot)
    if known is not None:
        return known
    authority = session.get_one(Authority, report.authority_id)
    filters, compared = _filters(report, authority)
    narrowed = _words(report)
    version = ReportVersion(
        authority_id=report.authority_id,
        report_id=report.id,
        number=number,
        slot=slot,
        staff_id=report.owner_id,
        asked=report_exports.of_period(filters, compared, narrowed, outward=report.outward),
        period=Period(filters.start, filters.end).name,
        asked_at=moment.now(),
    )
    session.add(version)
    session.flush()
    outbox.promise(session, JobKind.FREEZE_REPORT, authority_id=report.authority_id, version_id=version.id)
    return version


def list_stopped(session: Session, versions: Sequence[ReportVersion]) -> set[int]:
    """Those whose making was given up, by their numbers."""
    pending = [one.id for one in versions if one.made_at is None and not one.fault]
    return jobs.list_given_up(session, JobKind.FREEZE_REPORT, "version_id", pending)


def begin_again(session: Session, actor: Actor, version: ReportVersion) -> None:
    """Have a version made whose making stopped; raise Forbidden for somebody else's, Conflict when it did not stop."""
    if version.report.owner_id != actor.id:
        raise Forbidden(NOT_YOURS)
    policy.require(actor, Permission.REPORT_EXPORT)
    outbox.begin_again(session, JobKind.FREEZE_REPORT, version_id=version.id)


def make(runtime: Runtime, claim: Claim) -> None:
    """Make the files of a version, in all its formats, from one reading; then send it to whom it is for."""
    with leases.held(runtime, claim):
        with runtime.database.reading() as session:
            version = queries.find_pending(session, claim.payload["version_id"])
            staff = people.find_staff_with_memberships(session, version.staff_id) if version is not None else None
            author = accounts.actor_of(staff) if staff is not None and staff.active else None
            document = None
            if version is not None and author is not None and policy.allows(author, Permission.REPORT_EXPORT):
                document = report_exports.read(session, author, version.asked)
                of_whom = report_exports.authority_of(session, author)
        files: list[tuple[str, str, int]] = []
        if document is not None:
            for code in KEPT_AS:
                content = (
                    report_exports.print_document(runtime, of_whom, document)
                    if code == report_exports.PDF
                    else _written(code, document)
                )
                files.append((code, runtime.storage.put(content), len(content)))
            held_files.hold(runtime, [digest for _, digest, _ in files])
    with runtime.database.transaction() as session:
        outbox.keep(session, claim)
        version = queries.find_pending(session, claim.payload["version_id"])
        if version is None:
            return
        if document is None:
            version.fault = NO_MORE_RIGHT
            return
        version.made_at, version.parameters = moment.now(), [list(one) for one in document.parameters]
        for code, digest, size in files:
            own = {"authority_id": version.authority_id, "version_id": version.id}
            session.add(ReportFile(**own, format=code, digest=digest, size=size))
        session.flush()
        _tell(session, version)
        if version.slot.startswith(mailed_reports.SLOT):
            mailed_reports.send(session, runtime, version)


def _written(code: str, document: report_document.Document) -> bytes:
    target = io.BytesIO()
    BY_CODE[code].write(target, report_document.to_book(document))
    return target.getvalue()


def _tell(session: Session, version: ReportVersion) -> None:
    text = f"La version {version.number} du rapport « {version.report.name} » est prête."
    address = f"/agents/rapports/{version.report_id}"
    event = NoticeEvent.FINISHED
    staff_notices.tell_aside(session, version.authority_id, event, [version.staff_id], text, address=address)


def _filters(report: SavedReport, authority: Authority) -> tuple[Filters, Period]:
    """What the report is about today, and what it is compared with."""
    given, today = dict(parse_qsl(report.fields)), moment.today(authority.timezone)
    fixed = Period(*(date.fromisoformat(given.get(name) or today.isoformat()) for name in ("du", "au")))
    period = period_of(Span(report.span), today, fixed)
    filters = Filters(
        period.start,
        period.end,
        channel=given.get("canal", ""),
        department_id=row_ids.read(given.get("service", "")),
        procedure=given.get("demarche", ""),
        timezone=ZoneInfo(authority.timezone),
        today=today,
    )
    return filters, period.year_before() if given.get("comparer") == "an" else period.before()


def _words(report: SavedReport) -> list[str]:
    """The filters in the words of when the report was saved."""
    return [one for one in dict(parse_qsl(report.fields)).get("mots", "").split("|") if one]


def _check(session: Session, actor: Actor, typed: Typed, *, is_new: bool) -> list[str]:
    """The addresses of a form; raise Invalid with every fault, by field."""
    faults = {}
    name = " ".join(typed.name.split())
    if not name:
        faults["name"] = "Donnez un nom à ce rapport."
    elif len(name) > LONGEST_NAME:
        faults["name"] = f"Un nom de rapport a {LONGEST_NAME} caractères au plus."
    if typed.span not in set(Span):
        faults["span"] = "Choisissez la période dans la liste."
    if typed.rhythm not in set(Rhythm):
        faults["rhythm"] = "Choisissez dans la liste."
    if typed.shared not in {MINE, ALL, *map(str, list_shared(session, actor))}:
        faults["shared"] = "Choisissez avec qui le rapport est partagé dans la liste."
    addresses, fault = _addresses(typed.recipients)
    if fault:
        faults["recipients"] = fault
    elif typed.rhythm and not addresses:
        faults["recipients"] = "Écrivez au moins une adresse, ou choisissez de ne pas envoyer ce rapport."
    if is_new and queries.count_owned(session, actor) >= MOST_OWNED:
        faults[""] = f"Vous avez déjà {MOST_OWNED} rapports : supprimez-en un qui ne sert plus."
    if faults:
        raise Invalid(faults=faults)
    return addresses


def _addresses(typed: str) -> tuple[list[str], str]:
    found: dict[str, None] = {}
    for line in typed.replace(",", "\n").replace(";", "\n").split():
        try:
            found[identity.check_email(line).lower()] = None
        except Invalid:
            return [], f"« {line[:80]} » n’est pas une adresse électronique : corrigez-la."
    if len(found) > MOST_RECIPIENTS:
        return [], f"Un rapport est envoyé à {MOST_RECIPIENTS} adresses au plus."
    return list(found), ""


def _keep_recipients(session: Session, report: SavedReport, addresses: Sequence[str]) -> None:
    """Those who asked for no more stay so, and cannot be added again."""
    known = {one.email: one for one in queries.list_recipients(session, report.id)}
    own = {"authority_id": report.authority_id, "report_id": report.id}
    for address in addresses:
        if address not in known:
            session.add(ReportRecipient(**own, email=address, added_at=moment.now()))
    for address, one in known.items():
        if address not in addresses and one.stopped_at is None:
            session.delete(one)
    session.flush()
