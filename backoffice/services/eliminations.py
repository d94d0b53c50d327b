"""Files whose time is over: proposed every month, listed in a bordereau, approved by the archives, then destroyed."""

from collections import Counter
from collections.abc import Collection
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from backoffice.domain import policy, retention, retention_words
from backoffice.domain.eliminations import (
    COUNTED_FROM,
    LARGEST_VISA,
    LONGEST_REASON,
    SHORTEST_REASON,
    UNDATED,
    WITHDRAWABLE,
    EliminationState,
    LineState,
    group_key,
)
from backoffice.domain.file_checks import PDF
from backoffice.domain.french import long_date, plural
from backoffice.domain.incoming import IncomingFile
from backoffice.domain.policy import Actor, Permission
from backoffice.domain.procedures import FinalDisposition, ProcedureDefinition, Retention
from backoffice.domain.staff_notices import NoticeEvent
from backoffice.errors import Conflict, Invalid
from backoffice.infra import file_types
from backoffice.infra.runtime import Runtime
from backoffice.models.authorities import Authority
from backoffice.models.eliminations import CaseHold, Elimination
from backoffice.queries import cases, catalogue, legal, people
from backoffice.queries import eliminations as queries
from backoffice.queries.eliminations import Group
from backoffice.services import accounts, moment, outbox, procedures, received_files, staff_notices
from backoffice.services.outbox import Claim, JobKind

PAGE = "/agents/archives"
OVER = ("dossier a fini sa", "dossiers ont fini leur")
NOTHING_LEFT = "Il ne reste aucun dossier à éliminer : tous sont écartés."
NOT_NOW = "Cette étape n’est plus possible : rechargez la page pour voir où en est le bordereau."
NO_VISA = "Joignez le visa signé : un fichier PDF."
NOT_PDF = "Ce fichier n’est pas un PDF. Numérisez le visa signé en PDF."
VISA_TOO_LARGE = "Ce fichier dépasse 10 Mo. Numérisez le visa en moins fin."
NO_SIGNATORY = "Écrivez le nom et la qualité du signataire."
LATER_DAY = "Donnez le jour de la signature : au plus tard aujourd’hui, et pas avant le bordereau."
NO_REASON = "Écrivez pourquoi ce dossier est retenu, en une phrase."
NO_SUCH_CASE = "Aucun dossier ne porte cette référence."
HELD_ALREADY = "Ce dossier est déjà retenu."


def propose_monthly(runtime: Runtime, claim: Claim) -> None:
    """The round of the month: one proposal an authority, and a notice to those who look after archives."""
    with runtime.database.transaction() as session:
        outbox.keep(session, claim)
        for authority in legal.list_authorities(session):
            if (added := propose(session, authority)) > 0:
                _tell(session, authority, added)


def search_now(session: Session, actor: Actor) -> int:
    """The same without waiting for the month to end; give how many files are proposed."""
    policy.require(actor, Permission.RETENTION_MANAGE)
    return propose(session, session.get_one(Authority, actor.authority_id))


def propose(session: Session, authority: Authority) -> int:
    """Bring the proposal of an authority up to date: what became due joins it; give how many files it lists."""
    proposal = queries.claim_proposal(session, authority.id)
    if proposal is not None:
        queries.delete_lines(session, proposal.id, states=(LineState.LISTED, LineState.KEPT))
    today, lines = moment.today(authority.timezone), list[dict[str, Any]]()
    for procedure in catalogue.list_procedures(session, authority.id, open_only=False):
        lines += _due_lines(session, authority, procedure.code, today)
    if not lines:
        if proposal is not None:
            session.delete(proposal)
        return 0
    if proposal is None:
        proposal = Elimination(
            authority_id=authority.id, state=EliminationState.PROPOSED, proposed_at=moment.now(), groups={}, counts={}
        )
        session.add(proposal)
        session.flush()
    proposal.proposed_at = moment.now()
    obstacles = queries.list_obstacles(session, (line["case_id"] for line in lines))
    for line in lines:
        if reason := obstacles.get(line["case_id"]):
            line["state"], line["reason"] = LineState.KEPT.value, reason
    queries.add_lines(session, proposal, lines)
    return len(lines) - len(obstacles)


def _due_lines(session: Session, authority: Authority, code: str, today: date) -> list[dict[str, Any]]:
    """The files of a procedure whose time is over, each with the day that it was counted from if an answer gives it."""
    rule, lines = _retention(session, authority.id, code), list[dict[str, Any]]()
    limit = retention.closed_by(rule, today)
    if limit is None:
        return lines
    for row in queries.list_due(session, authority.id, code, limit):
        reason = ""
        if rule.start_field:
            start_on, is_answered = retention.counted_from(rule, row.closed_on, row.answers)
            if start_on > limit:
                continue
            reason = COUNTED_FROM.format(long_date(start_on)) if is_answered else UNDATED
        known = {"procedure_code": code, "state": LineState.LISTED.value, "reason": reason}
        lines.append({"case_id": row.id, "reference": row.reference, "closed_on": row.closed_on, **known})
    return lines


def draw(session: Session, actor: Actor, elimination_id: int, left_out: Collection[str]) -> Elimination:
    """Number the bordereau and promise its PDF; `left_out` names groups (`group_key`) that stay for another time."""
    policy.require(actor, Permission.RETENTION_MANAGE)
    elimination = _claim(session, actor, elimination_id, {EliminationState.PROPOSED})
    lines = queries.list_lines(session, elimination.id, state=LineState.LISTED)
    aside = [one.id for one in lines if group_key(one.procedure_code, one.closed_on.year) in left_out]
    queries.delete_lines(session, elimination.id, ids=aside)
    queries.keep_lines(
        session, elimination.id, queries.list_obstacles(session, queries.list_listed_ids(session, elimination.id))
    )
    groups = queries.list_groups(session, elimination.id)
    if not groups:
        raise Conflict(NOTHING_LEFT)
    authority = session.get_one(Authority, actor.authority_id)
    year = moment.today(authority.timezone).year
    number = cases.next_number(session, authority.id, f"elimination-{year}")
    elimination.number = f"{year}-{number:03}"
    elimination.groups = {"groups": describe(session, elimination, groups)}
    elimination.drawn_at, elimination.drawn_by = moment.now(), actor.name
    elimination.state = EliminationState.DRAWN
    outbox.promise(session, JobKind.DRAW_ELIMINATION, authority_id=authority.id, elimination_id=elimination.id)
    return elimination


def approve(
    session: Session,
    runtime: Runtime,
    actor: Actor,
    elimination_id: int,
    content: bytes,
    signatory: str,
    on: date | None,
) -> None:
    """Keep the visa that the archives signed (a PDF); raise Invalid, by field. Nothing is destroyed yet."""
    policy.require(actor, Permission.RETENTION_MANAGE)
    elimination = _claim(session, actor, elimination_id, {EliminationState.DRAWN, EliminationState.APPROVED})
    signatory, faults = signatory.replace("\x00", "").strip()[:255], dict[str, str]()
    if not content:
        faults["visa"] = NO_VISA
    elif len(content) > LARGEST_VISA:
        faults["visa"] = VISA_TOO_LARGE
    elif file_types.sniff(content) != PDF:
        faults["visa"] = NOT_PDF
    if not signatory:
        faults["signed_by"] = NO_SIGNATORY
    timezone = session.get_one(Authority, actor.authority_id).timezone
    drawn_on = (elimination.drawn_at or moment.now()).astimezone(ZoneInfo(timezone)).date()
    if on is None or not drawn_on <= on <= moment.today(timezone):
        faults["signed_on"] = LATER_DAY
    if faults:
        raise Invalid(faults=faults)
    digest = runtime.storage.put(content)
    received_files.note(session, runtime, [IncomingFile("visa.pdf", PDF, len(content), digest)])
    elimination.visa_digest, elimination.visa_at, elimination.visa_by = digest, moment.now(), actor.name
    elimination.signed_by, elimination.signed_on = signatory, on
    elimination.state = EliminationState.APPROVED


def begin(session: Session, actor: Actor, elimination_id: int) -> None:
    """Promise the destruction: the act that nobody can undo, and that only a visa allows."""
    policy.require(actor, Permission.RETENTION_MANAGE)
    elimination = _claim(session, actor, elimination_id, {EliminationState.APPROVED})
    elimination.state, elimination.begun_at, elimination.begun_by = EliminationState.RUNNING, moment.now(), actor.name
    elimination.counts = {"total": len(queries.list_listed_ids(session, elimination.id)), "rows": {}}
    outbox.promise(
        session,
        JobKind.RUN_ELIMINATION,
        authority_id=actor.authority_id,
        elimination_id=elimination.id,
        staff_id=actor.id,
    )


def withdraw(session: Session, actor: Actor, elimination_id: int) -> None:
    """Give an elimination up while nothing is destroyed: its files will be proposed again."""
    policy.require(actor, Permission.RETENTION_MANAGE)
    elimination = _claim(session, actor, elimination_id, WITHDRAWABLE)
    queries.withdraw_lines(session, elimination.id)
    elimination.state, elimination.finished_at = EliminationState.WITHDRAWN, moment.now()
    elimination.counts = {"withdrawn_by": actor.name}


def hold(session: Session, actor: Actor, reference: str, reason: str) -> CaseHold:
    """Keep a file from destruction until it is lifted; raise Invalid, by field."""
    policy.require(actor, Permission.RETENTION_MANAGE)
    reason, reference = reason.replace("\x00", "").strip(), reference.replace("\x00", "").strip()
    case = cases.find_case_by_reference(session, actor.authority_id, reference) if reference else None
    faults = dict[str, str]()
    if case is None:
        faults["reference"] = NO_SUCH_CASE
    elif queries.find_hold(session, case.id) is not None:
        faults["reference"] = HELD_ALREADY
    if not SHORTEST_REASON <= len(reason) <= LONGEST_REASON:
        faults["reason"] = NO_REASON
    if case is None or faults:
        raise Invalid(faults=faults)
    held = CaseHold(authority_id=case.authority_id, case_id=case.id, reason=reason, author=actor.name, at=moment.now())
    session.add(held)
    session.flush()
    return held


def lift(session: Session, actor: Actor, hold_id: int) -> None:
    """Let a file follow its course again."""
    policy.require(actor, Permission.RETENTION_MANAGE)
    held = queries.claim_hold(session, actor.authority_id, hold_id)
    held.lifted_at, held.lifted_by = moment.now(), actor.name


def list_lasting(session: Session, authority_id: int) -> list[tuple[str, str]]:
    """The procedures whose files are never proposed, each with the reason in French."""
    today, found = moment.today(session.get_one(Authority, authority_id).timezone), list[tuple[str, str]]()
    for procedure in catalogue.list_procedures(session, authority_id, open_only=False):
        rule = _retention(session, authority_id, procedure.code)
        if retention.closed_by(rule, today) is None:
            ever = rule.years is None or rule.final is FinalDisposition.KEEP
            why = (
                "à verser aux archives"
                if ever
                else "le jour n’est pas connu, aucune question de la démarche ne le donne"
            )
            found.append((procedure.title, f"{retention_words.in_words(rule)} : {why}"))
    return found


def describe(session: Session, elimination: Elimination, groups: Collection[Group]) -> list[dict[str, Any]]:
    """The groups of an elimination as its bordereau says them; days are ISO 8601, `size` is in bytes."""
    sizes = queries.sizes_by_case(session, elimination.id)
    by_group: dict[str, int] = {}
    undated: Counter[str] = Counter()
    for line in queries.list_lines(session, elimination.id, state=LineState.LISTED):
        key = group_key(line.procedure_code, line.closed_on.year)
        by_group[key] = by_group.get(key, 0) + sizes.get(line.case_id, 0)
        undated[key] += line.reason == UNDATED
    titles = dict(catalogue.list_procedure_titles(session, elimination.authority_id, open_only=False))
    mine = elimination.authority_id
    known = {code: _definition(session, mine, code) for code in {one.procedure_code for one in groups}}
    rules = {code: definition.retention for code, definition in known.items()}
    return [
        {
            "key": (key := group_key(one.procedure_code, one.year)),
            "code": one.procedure_code,
            "title": titles.get(one.procedure_code, one.procedure_code),
            "year": one.year,
            "cases": one.cases,
            "first_on": one.first_on.isoformat(),
            "last_on": one.last_on.isoformat(),
            "size": by_group.get(key, 0),
            "retention": str(retention_words.in_words(rules[one.procedure_code])),
            "start": retention_words.start_in_words(known[one.procedure_code], undated[key]),
            "basis": retention.basis_of(rules[one.procedure_code]),
            "sorted": rules[one.procedure_code].final is FinalDisposition.SORT,
        }
        for one in groups
    ]


def _retention(session: Session, authority_id: int, code: str) -> Retention:
    """The rule in force, whichever version of the procedure a file was made under: the tableau de gestion of today."""
    return _definition(session, authority_id, code).retention


def _definition(session: Session, authority_id: int, code: str) -> ProcedureDefinition:
    version = catalogue.get_procedure(session, authority_id, code).current_version
    assert version is not None  # noqa: S101 (get_procedure gives those that have one)
    return procedures.read_version(version)


def _claim(session: Session, actor: Actor, elimination_id: int, wanted: Collection[str]) -> Elimination:
    elimination = queries.get_elimination(session, actor.authority_id, elimination_id, lock=True)
    if elimination.state not in wanted:
        raise Conflict(NOT_NOW)
    return elimination


def _tell(session: Session, authority: Authority, added: int) -> None:
    staff = [one for one in people.list_staff(session, authority.id) if one.active]
    told = [one.id for one in staff if policy.allows(accounts.actor_of(one), Permission.RETENTION_MANAGE)]
    said = f"{plural(added, *OVER)} durée de conservation : établissez le bordereau."
    staff_notices.tell_aside(session, authority.id, NoticeEvent.FINISHED, told, said, address=PAGE)
