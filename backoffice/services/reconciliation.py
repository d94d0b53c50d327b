"""One person, several sheets: guessed from a verified identity, joined on a second proof, taken apart exactly."""

from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session

from backoffice.domain import matching, policy, references
from backoffice.domain.matching import Described
from backoffice.domain.policy import Actor, Permission
from backoffice.errors import Conflict, Invalid
from backoffice.identity_providers import EMAIL
from backoffice.infra.runtime import Runtime
from backoffice.models.people import Citizen, CitizenMatchSetAside, CitizenMerge
from backoffice.queries import cases, people
from backoffice.queries import matching as queries
from backoffice.queries.once import insert_once
from backoffice.services import accounts, journal, moment
from backoffice.services.citizens import CONTACT_FIELDS, NAME_FIELDS
from backoffice.services.journal import Event

TAKEN = (*NAME_FIELDS, *CONTACT_FIELDS, "contact_preference", "folded_name")
NO_REASON = "Dites pourquoi ces fiches ne sont pas celles d’une même personne."
NO_REASON_TO_JOIN = "Dites ce qui montre que c’est la même personne, par exemple sa pièce d’identité."
TWO_ACCOUNTS = (
    "Chacune de ces fiches a un compte dont l’identité est vérifiée. Si c’est pourtant une seule personne, elle peut "
    "les réunir elle-même depuis son espace."
)
SAME_SHEET = "C’est la même fiche."


class Proof(StrEnum):
    """What showed that a sheet is the account's."""

    CASE_CODE = "case_code"
    CONTACT_CODE = "contact_code"
    SIGN_IN = "sign_in"
    AGENT = "agent"


def list_candidates(session: Session, runtime: Runtime, account: Citizen) -> list[Citizen]:
    """The sheets that may be this account's, guessed on a verified identity; nothing of them may be shown yet."""
    verified = find_verified(session, runtime, account)
    if verified is None:
        return []
    found = queries.list_namesakes(session, account.authority_id, matching.search_keys(verified))
    return [one for one in found if one.id != account.id and matching.may_be_one(verified, _described(one))]


def list_proposed(session: Session, runtime: Runtime, account: Citizen) -> list[Citizen]:
    """The same, without those that the account's owner said are not theirs; a proof may still join these."""
    away = {sheet.id for _, sheet in queries.list_set_aside(session, account.id)}
    return [one for one in list_candidates(session, runtime, account) if one.id not in away]


def set_aside(session: Session, runtime: Runtime, actor: Actor, account: Citizen) -> None:
    """The owner of an account says that what is proposed today is not theirs: these sheets are proposed no more."""
    for sheet in list_proposed(session, runtime, account):
        _set_aside(session, actor, account.id, sheet.id)


def prove_by_case(session: Session, runtime: Runtime, account: Citizen, reference: str, code: str) -> list[Citizen]:
    """The sheet of a case whose tracking code is right, if it may be theirs; empty in any other event."""
    case = cases.find_case_by_reference(session, account.authority_id, reference)
    is_right = references.same_code(code, case.tracking_code if case else references.new_tracking_code())
    candidates = list_candidates(session, runtime, account)
    return [one for one in candidates if is_right and case is not None and one.id == case.citizen_id]


def merge_by_agent(session: Session, actor: Actor, kept_id: int, merged_id: int, reason: str) -> CitizenMerge:
    """Make one of two sheets that an agent found to be of one person; the history of each case that moves says why.

    Raises Invalid without a reason, Conflict for one sheet, or for two that identity providers vouch for.
    """
    policy.require(actor, Permission.CITIZEN_MERGE)
    if not reason.strip():
        raise Invalid(NO_REASON_TO_JOIN, {"reason": NO_REASON_TO_JOIN})
    if kept_id == merged_id:
        raise Conflict(SAME_SHEET)
    if all(_is_vouched_for(session, citizen_id) for citizen_id in (kept_id, merged_id)):
        raise Conflict(TWO_ACCOUNTS)
    return merge(session, actor, kept_id, merged_id, Proof.AGENT, reason.strip())


def tell_apart(session: Session, actor: Actor, citizen_id: int, other_id: int) -> None:
    """An agent says that two sheets that look alike are of two people: they are proposed no more."""
    policy.require(actor, Permission.CITIZEN_MERGE)
    for one in (citizen_id, other_id):
        people.get_citizen(session, actor.authority_id, one)
    _set_aside(session, actor, citizen_id, other_id)


def merge(session: Session, actor: Actor, kept_id: int, merged_id: int, proof: Proof, reason: str = "") -> CitizenMerge:
    """Give an account the cases of a sheet that was proved to be its own, and fill in what the account lacks.

    Raises Conflict when one of the two has gone into another sheet meanwhile.
    """
    both = queries.claim_citizens(session, actor.authority_id, (kept_id, merged_id))
    if len(both) < 2 or any(one.merged_into_id is not None for one in both.values()):
        raise Conflict("Ces demandes viennent d’être rattachées. Rechargez la page pour les voir.")
    kept, merged = both[kept_id], both[merged_id]
    moved: dict[str, Any] = {
        "cases": queries.list_case_ids(session, merged.id),
        **queries.list_owned(session, merged.id),
        "attributes": _fill(kept, merged),
    }
    done = CitizenMerge(
        authority_id=kept.authority_id,
        kept_id=kept.id,
        merged_id=merged.id,
        proof=proof,
        reason=reason,
        moved=moved,
        merged_at=moment.now(),
        merged_by=actor.name[:255],
    )
    session.add(done)
    merged.merged_into_id = kept.id
    accounts.revoke_citizen(session, merged)
    queries.give(session, moved, source=merged.id, to=kept.id)
    session.flush()
    for case_id in moved["cases"]:
        said = {"proof": proof, "merge": done.id} | ({"reason": reason} if reason else {})
        _hand_over(session, actor, case_id, Event.SHEET_JOINED, source=merged, to=kept, **said)
    return done


def undo(session: Session, actor: Actor, merge_id: int, reason: str) -> CitizenMerge:
    """Give back everything that a merge moved, and nothing that came since; the history of each case says why.

    Raises Invalid without a reason, Conflict when it was undone already or when the kept sheet went into another.
    """
    policy.require(actor, Permission.CITIZEN_WRITE)
    if not reason.strip():
        raise Invalid(NO_REASON, {"reason": NO_REASON})
    done = queries.claim_merge(session, actor.authority_id, merge_id)
    both = queries.claim_citizens(session, actor.authority_id, (done.kept_id, done.merged_id))
    kept, merged = both[done.kept_id], both[done.merged_id]
    if done.undone_at is not None:
        raise Conflict("Ces fiches sont déjà séparées.")
    if kept.merged_into_id is not None:
        raise Conflict("Cette fiche a été réunie à une autre : séparez d’abord celles-là.")
    done.undone_at, done.undone_by, done.undone_reason = moment.now(), actor.name[:255], reason.strip()
    merged.merged_into_id = None
    if done.moved.get("identities"):  # a session of the one may have been opened by the identity of the other
        accounts.revoke_citizen(session, kept)
    queries.give(session, done.moved, source=kept.id, to=merged.id)
    _take_back(kept, done.moved["attributes"])
    session.flush()
    for case_id in done.moved["cases"]:
        _hand_over(
            session, actor, case_id, Event.SHEET_PARTED, source=kept, to=merged, reason=reason.strip(), merge=done.id
        )
    return done


def find_verified(session: Session, runtime: Runtime, account: Citizen) -> Described | None:
    """Who an account is for a provider that vouches for identities; None when none does."""
    proving = {one.name for one in runtime.settings.identity_providers if one.proves_identity}
    linked = [one for one in people.list_identities(session, account.id) if one.provider in proving]
    return matching.described_by(linked[0].claims) if linked else None


def _is_vouched_for(session: Session, citizen_id: int) -> bool:
    return any(one.provider != EMAIL for one in people.list_identities(session, citizen_id))


def _set_aside(session: Session, actor: Actor, account_id: int, sheet_id: int) -> None:
    insert_once(  # said twice at the same moment, it is said once
        session,
        CitizenMatchSetAside,
        ("account_id", "sheet_id"),
        authority_id=actor.authority_id,
        account_id=account_id,
        sheet_id=sheet_id,
        set_aside_at=moment.now(),
        set_aside_by=actor.name[:255],
    )


def _described(sheet: Citizen) -> Described:
    return Described(sheet.family_name, sheet.usage_name, sheet.given_names)


def _fill(kept: Citizen, merged: Citizen) -> dict[str, Any]:
    """Fill what the kept sheet lacks; what it took is remembered as [before, after, origin before, origin after]."""
    taken: dict[str, Any] = {}
    origins = dict(kept.origins)
    for name in TAKEN:
        before, after = getattr(kept, name), getattr(merged, name)
        if after and not before:
            setattr(kept, name, after)
            taken[name] = [before, after, kept.origins.get(name), merged.origins.get(name)]
            if name in merged.origins:
                origins[name] = merged.origins[name]
    if merged.electronic_reply_refused and not kept.electronic_reply_refused:
        kept.electronic_reply_refused = True  # a refusal holds for the person, not for the sheet (L112-14)
        taken["electronic_reply_refused"] = [False, True, None, None]
    kept.origins = origins
    return taken


def _take_back(kept: Citizen, taken: dict[str, Any]) -> None:
    """Empty again what the merge filled, unless somebody corrected it since."""
    origins = dict(kept.origins)
    for name, (before, after, origin_before, origin_after) in taken.items():
        if getattr(kept, name) != after or origins.get(name) != origin_after:
            continue
        setattr(kept, name, before)
        origins.pop(name, None)
        if origin_before is not None:
            origins[name] = origin_before
    kept.origins = origins


def _hand_over(
    session: Session, actor: Actor, case_id: int, kind: Event, *, source: Citizen, to: Citizen, **data: Any
) -> None:
    case = cases.claim_case_by_id(session, case_id)
    if case.citizen_id != source.id:
        return
    case.citizen_id = to.id
    case.revision += 1
    journal.record(session, actor, case, kind, source_id=source.id, citizen_id=to.id, name=to.display_name, **data)
