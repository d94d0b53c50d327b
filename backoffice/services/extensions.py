"""More time to answer, when the text of a request allows it: announced to the citizen before the first term."""

from sqlalchemy.orm import Session

from backoffice.domain import legal_events, policy
from backoffice.domain.french import long_date
from backoffice.domain.legal_events import EventKind
from backoffice.domain.policy import Actor, Permission
from backoffice.domain.regime import Regime
from backoffice.errors import Conflict, Invalid
from backoffice.models.cases import Case
from backoffice.models.legal import CaseFact
from backoffice.queries import legal as queries
from backoffice.services import clock, documents, legal_facts

SHORTEST_REASON = 20


def extend(session: Session, actor: Actor, case: Case, reason: str) -> CaseFact:
    """Announce that the answer takes longer, and why; the letter gives the new date.

    Raises Conflict when the text allows no extension, when it was used, or when the first term is over.
    """
    policy.require(actor, Permission.CASE_DECIDE, case)
    authority = legal_facts.require_open(session, case)
    if Regime.from_data(case.regime).extension is None:
        raise Conflict("Le texte de cette démarche ne permet pas de prolonger le délai de réponse.")
    if legal_events.find_last(queries.list_events(session, case.id), EventKind.EXTENDED) is not None:
        raise Conflict("Le délai de réponse a déjà été prolongé.")
    today = legal_facts.today_of(authority)
    term = clock.deadlines(session, case, authority).decide_by
    if term is None or term.on < today:
        raise Conflict("Le délai de réponse est passé : une prolongation serait sans effet.")
    reason = reason.strip()
    if len(reason) < SHORTEST_REASON:
        raise Invalid(faults={"text": "Dites pourquoi cette demande est complexe : l’usager doit le savoir."})
    fact = legal_facts.write(session, actor, case, EventKind.EXTENDED, today, {"reason": reason})
    legal_facts.settle(session, actor, case, authority, fact, on=today.isoformat())
    longer = clock.deadlines(session, case, authority).decide_by
    assert longer is not None  # noqa: S101 (a term that is longer is still a term)
    text = (
        f"Votre demande du {long_date(case.received_on)} est complexe : il nous faut plus de temps pour y répondre.\n\n"
        f"{reason}\n\nNous vous répondrons au plus tard le {long_date(longer.on)} ({longer.explanation.article})."
    )
    values = documents.case_values(session, authority, case)
    agent = legal_facts.agent_of(session, actor)
    legal_facts.send(session, actor, case, "letter", values | {"text": text, "agent": agent})
    return fact
