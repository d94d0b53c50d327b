"""What was answered on the spot beside what became a case, apart and together: by channel, and by motive."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import CTE, ColumnElement, Select, func, select, union
from sqlalchemy.orm import InstrumentedAttribute

from backoffice.models.cases import Case
from backoffice.models.contacts import Contact
from backoffice.reports import volumes
from backoffice.reports.base import Column, Filters, Report, Scope

Key = InstrumentedAttribute[str]

FIGURES = (
    volumes.ANSWERED_NOW.column("answered"),
    Column(
        "became",
        "Devenues une demande",
        "Réponses immédiates de la période dont un agent a fait ensuite une demande : elles ne comptent plus que là.",
    ),
    Column("cases", "Demandes", volumes.RECEIVED.definition, volumes.RECEIVED.code),
    volumes.TOGETHER.column("together"),
)


def _counted(name: str, key: Key, *tests: ColumnElement[bool]) -> CTE:
    return select(key.label("key"), func.count().label("n")).where(*tests).group_by(key).cte(name)


def _by(of_contact: Key, of_case: Key) -> Callable[[Filters, Scope], Select[Any]]:
    def build(filters: Filters, scope: Scope) -> Select[Any]:
        counted = volumes.of_contacts(filters, scope)
        answered = _counted("answered", of_contact, counted, Contact.case_id.is_(None))
        became = _counted("became", of_contact, counted, Contact.case_id.is_not(None))
        received = (volumes.received_in(filters), scope.conditions(filters))
        cases = _counted("received", of_case, *received)
        parts = (answered, became, cases)
        keys = union(*(select(part.c.key) for part in parts)).cte("keys")
        figures = [func.coalesce(part.c.n, 0) for part in parts]
        together = figures[0] + figures[2]
        query = select(
            keys.c.key,
            figures[0].label("answered"),
            figures[1].label("became"),
            figures[2].label("cases"),
            together.label("together"),
        ).select_from(keys)
        for part in parts:
            query = query.outerjoin(part, part.c.key == keys.c.key)
        return query.order_by(together.desc(), keys.c.key)

    return build


BY_CHANNEL = Report(
    "contacts_by_channel",
    "Réponses immédiates et demandes, par canal",
    "Ce à quoi un agent a répondu sur-le-champ, à côté de ce qui est devenu une demande, selon le canal.",
    (Column("key", "Canal"), *FIGURES),
    _by(Contact.channel, Case.channel),
)
BY_MOTIVE = Report(
    "contacts_by_motive",
    "Réponses immédiates et demandes, par motif",
    "La même chose selon la démarche dont il était question.",
    (Column("key", "Motif"), *FIGURES),
    _by(Contact.motive, Case.procedure_code),
)
REPORTS: tuple[Report, ...] = (BY_CHANNEL, BY_MOTIVE)
