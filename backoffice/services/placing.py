"""Which case an incoming message belongs to: joined on proof, parked on doubt, new otherwise (law 2)."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from backoffice.domain import references
from backoffice.domain.incoming import IncomingRequest
from backoffice.infra.runtime import Runtime
from backoffice.models.cases import Case
from backoffice.queries import cases as queries
from backoffice.queries import matching
from backoffice.queries.colleagues import is_colleague

REPLY = "reply"
MESSAGE = "message-id"
PASSED_ON = "Un collègue transfère ce courriel : la personne qui l’a écrit d’abord est proposée comme usager."
DOUBTED = "L’adresse de l’expéditeur n’est pas authentifiée : ce message peut être une usurpation."


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a message goes: `case` when it is proved; with a `reason`, a person must look (a `candidate` or none).

    With neither, it is a new request.
    """

    case: Case | None = None
    candidate: Case | None = None
    reason: str = ""


def place(session: Session, runtime: Runtime, authority_id: int, incoming: IncomingRequest) -> Placement:
    """A signed reply address or our own keyed Message-ID, *and* a sender who is a party: joined. Less: parked.

    A sender whose address our own relay doubts joins nothing, whatever they know. What a colleague passes on waits for
    somebody to say whose request it is.
    """
    placement = _place(session, runtime, authority_id, incoming)
    if placement.case is None and _is_passed_on(session, authority_id, incoming):
        return Placement(candidate=placement.candidate, reason=PASSED_ON)
    return placement


def _is_passed_on(session: Session, authority_id: int, incoming: IncomingRequest) -> bool:
    if not incoming.facts.get("forwarded") or incoming.sender.email_doubted:
        return False
    return is_colleague(session, authority_id, incoming.sender.email)


def _place(session: Session, runtime: Runtime, authority_id: int, incoming: IncomingRequest) -> Placement:
    case, parties = _proved(session, runtime, authority_id, incoming)
    if case is not None and incoming.sender.email_doubted:
        return Placement(candidate=case, reason=DOUBTED)
    if case is not None:
        if incoming.sender.email.lower() in parties:
            return Placement(case=case)
        return Placement(candidate=case, reason="L’expéditeur n’est pas une des parties du dossier.")
    quoted = incoming.threading.quoted_reference
    guessed = queries.find_case_by_reference(session, authority_id, quoted) if quoted else None
    if guessed is not None:
        reason = DOUBTED if incoming.sender.email_doubted else "La référence est citée, mais rien ne prouve la réponse."
        return Placement(candidate=guessed, reason=reason)
    return Placement()


def reply_token(runtime: Runtime, case_id: int) -> str:
    """What makes a reply address ours: `<case id>.<mark>`."""
    return f"{case_id}.{references.sign(runtime.settings.secret_key, REPLY, str(case_id))}"


def keyed_message_id(runtime: Runtime, unique: str) -> str:
    """A Message-ID that only we can make, without its angle brackets."""
    mark = references.sign(runtime.settings.secret_key, MESSAGE, unique)
    return f"parvis.{unique}.{mark}@{runtime.settings.mail_domain}"


def is_our_message_id(runtime: Runtime, message_id: str) -> bool:
    """Whether a Message-ID carries our mark."""
    parts = message_id.partition("@")[0].split(".")
    if len(parts) != 3 or parts[0] != "parvis":
        return False
    return references.signed_by_any(runtime.settings.secret_keys, MESSAGE, parts[1], parts[2])


def find_by_token(session: Session, runtime: Runtime, authority_id: int, token: str) -> Case | None:
    """The case that a signed reply address of ours names; None for any other address."""
    number, _, mark = token.partition(".")
    if not number.isdigit():
        return None
    if not references.signed_by_any(runtime.settings.secret_keys, REPLY, number, mark):
        return None
    case = session.get(Case, int(number))
    return case if case is not None and case.authority_id == authority_id else None


def _proved(
    session: Session, runtime: Runtime, authority_id: int, incoming: IncomingRequest
) -> tuple[Case | None, frozenset[str]]:
    case = find_by_token(session, runtime, authority_id, incoming.threading.reply_token)
    ours = [mid for mid in incoming.threading.referred_ids if is_our_message_id(runtime, mid)]
    answered = queries.find_mail_case(session, authority_id, ours) if ours else None
    if answered is not None and (case is None or case.id == answered[0].id):
        return answered[0], _parties(session, answered[0], [answered[1].recipient])
    return case, _parties(session, case) if case else frozenset()


def _parties(session: Session, case: Case, others: Iterable[str] = ()) -> frozenset[str]:
    own = matching.list_addresses(session, case.citizen_id) if case.citizen_id else ()
    return frozenset(address.lower() for address in (*own, *others) if address)
