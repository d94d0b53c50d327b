"""What a copy for training must know of the whole house first, and writes last."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, select, update
from sqlalchemy.orm import Session

from backoffice.domain.french import fold
from backoffice.domain.lifecycle import Outcome, Status
from backoffice.infra.database import table_of
from backoffice.models.cases import Case
from backoffice.models.catalogue import ProcedureVersion
from backoffice.models.people import Citizen, Staff

CODE = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}")


def read_vocabulary(connection: Connection) -> frozenset[str]:
    """The codes that procedures give to their answers, and the states of cases."""
    found = {*Status, *Outcome}
    for definition in connection.execute(select(ProcedureVersion.definition)).scalars():
        found |= {text for text in _codes(definition) if CODE.fullmatch(text)}
    return frozenset(map(str, found))


def read_names(connection: Connection) -> frozenset[str]:
    """Every word of everybody's name, folded."""
    names = (Citizen.family_name, Citizen.given_names, Citizen.usage_name, Citizen.organisation)
    texts = [str(text) for row in connection.execute(select(*names)) for text in row]
    texts += connection.execute(select(Staff.name)).scalars()
    return frozenset(word for text in texts for word in fold(text).split())


def write_heads(session: Session, heads: Mapping[int, str]) -> None:
    """The head of the history of each case."""
    table = table_of(Case)
    for case_id, digest in heads.items():
        session.execute(update(table).where(table.c.id == case_id).values(history_digest=digest))


def _codes(value: Any, name: str = "") -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, one in value.items():
            yield from _codes(one, str(key))
    elif isinstance(value, list):
        for one in value:
            yield from _codes(one, name)
    elif isinstance(value, str) and name in {"value", "code"}:
        yield value
