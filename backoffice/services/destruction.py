"""Destroys the files that a visa covers: some at a time, each batch for good, so that a stop loses nothing.

What figures are summed from stays, counted before the cases go and parted from them in the same transaction.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from backoffice.domain.eliminations import EliminationState, LineState
from backoffice.domain.exports import ExportState
from backoffice.domain.staff_notices import NoticeEvent
from backoffice.infra.runtime import Runtime
from backoffice.models.cases import Case
from backoffice.models.eliminations import Elimination, EliminationCase
from backoffice.queries import cases, erasure
from backoffice.queries import counting as counts
from backoffice.queries import destruction as rows
from backoffice.queries import eliminations as queries
from backoffice.services import (
    case_texts,
    counting,
    elimination_papers,
    held_files,
    journal,
    leases,
    moment,
    outbox,
    scan_destruction,
    staff_notices,
)
from backoffice.services.eliminations import PAGE
from backoffice.services.outbox import Claim

AT_ONCE = 25
SCANNED = "Détruit avec le dossier où il était enregistré, selon le bordereau d’élimination {}."
BROKEN = "Son historique ne correspond plus à ses empreintes : faites-le examiner avant toute destruction."


def run(runtime: Runtime, claim: Claim) -> None:
    """Destroy what is listed and nothing else, then certify it; taken up where it stopped, however often it stops."""
    elimination_id = claim.payload["elimination_id"]
    with leases.held(runtime, claim):
        counting.catch_up(runtime, float("inf"))
        while _destroy_some(runtime, elimination_id):
            pass
        _clean_up(runtime, elimination_id)
        digest = elimination_papers.certify(runtime, elimination_id)
    with runtime.database.transaction() as session:
        outbox.keep(session, claim)
        elimination = session.get_one(Elimination, elimination_id)
        if elimination.state != EliminationState.RUNNING:
            return
        elimination.state, elimination.finished_at = EliminationState.DONE, moment.now()
        elimination.certificate_digest = digest
        said = f"Le bordereau {elimination.number} est exécuté : le certificat d’élimination est prêt."
        to, address = [claim.payload.get("staff_id")], f"{PAGE}/{elimination.id}"
        staff_notices.tell_aside(session, elimination.authority_id, NoticeEvent.FINISHED, to, said, address=address)


def _destroy_some(runtime: Runtime, elimination_id: int) -> bool:
    """Settle the next lines in one transaction; False when none is left."""
    with runtime.database.transaction() as session:
        elimination = session.get_one(Elimination, elimination_id, with_for_update=True)
        lines = queries.claim_listed(session, elimination_id, AT_ONCE)
        if elimination.state != EliminationState.RUNNING or not lines:
            return False
        counts.may_count(session, waits=True)
        leaving = _settle(session, lines)
        said = SCANNED.format(elimination.number)
        done = rows.destroy_cases(session, leaving, said)
        for citizen_id in sorted(done.citizen_ids):
            sheets = erasure.list_group(session, citizen_id)
            if not erasure.is_needed(session, [one.id for one in sheets]):
                done.rows["people"] += erasure.empty_sheets(session, sheets)
        freed, files = rows.forget_files(session, done.digests)
        done.rows["files"] += files
        held_files.let_go(session, freed)
        rows.delete_jobs(session, elimination.authority_id, done.ids)
        marked = counts.claim_marked(session, 100_000)
        counts.count_again(session, *marked)
        elimination = session.get_one(Elimination, elimination_id)
        elimination.counts = _added(elimination.counts, done.rows)
    return True


def _settle(session: Session, lines: list[EliminationCase]) -> list[Case]:
    """Say of each line what becomes of it; give the cases that go."""
    obstacles = queries.list_obstacles(session, [line.case_id for line in lines])
    leaving = []
    for line in lines:
        case = cases.find_claimed(session, line.case_id)
        reason = obstacles.get(line.case_id, "")
        if case is not None and not reason and not journal.verify(session, case):
            reason = BROKEN
        line.state, line.reason = (LineState.KEPT, reason) if reason else (LineState.DESTROYED, "")
        line.settled_at = moment.now()
        if case is not None and not reason:
            line.proof = case.history_digest
            leaving.append(case)
    session.flush()
    return leaving


def _clean_up(runtime: Runtime, elimination_id: int) -> None:
    """What held something of these cases besides them: exports of agents, piles of scans, words to search by, bytes."""
    with runtime.database.transaction() as session:
        elimination = session.get_one(Elimination, elimination_id)
        for export in rows.claim_personal_exports(session, elimination.authority_id):
            held_files.let_go(session, {export.digest})
            export.digest, export.state = "", ExportState.EXPIRED
        scan_destruction.destroy_due(session)
    case_texts.catch_up(runtime, float("inf"))
    while held_files.sweep(runtime):
        pass


def _added(kept: Mapping[str, Any], more: Mapping[str, int]) -> dict[str, Any]:
    before = kept.get("rows", {})
    names = sorted({*before, *more})
    return {**kept, "rows": {name: before.get(name, 0) + more.get(name, 0) for name in names}}
