"""DELETEs of a whole case: its rows wherever they are, and the names of the files that they held."""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Column, Table, delete, select, update
from sqlalchemy.orm import Session

from backoffice.domain.exports import ExportState
from backoffice.infra.database import Base
from backoffice.models.arrived_letters import ArrivedLetter
from backoffice.models.batches import Batch, BatchLine
from backoffice.models.cases import Case
from backoffice.models.digitised_mail import DigitisedLetter
from backoffice.models.exports import Export
from backoffice.models.feedback import Feedback
from backoffice.models.files import ReceivedFile
from backoffice.models.jobs import Job
from backoffice.models.legal import CaseFact
from backoffice.models.mail import MailRecord
from backoffice.queries import digitised_mail, held_files

CASES = "cases"
# What is kept of them when the case goes, without it: the ledger balances, the contacts count.
UNTIED: dict[str, tuple[str, ...]] = {
    "mail_records": ("candidate_case_id",),
    "contacts": ("case_id", "about_case_id"),
    "call_records": ("case_id",),
    "digitised_letters": ("arrived_letter_id",),
}
# The names that promises give to the rows of these tables.
NAMED_IN_JOBS = {
    CASES: "case_id",
    "documents": "document_id",
    "outgoing_mails": "mail_id",
    "outgoing_sms": "sms_id",
    "bundles": "bundle_id",
    "tasks": "task_id",
}


@dataclass(slots=True)
class Destroyed:
    """What went: how many rows of each table, the ids that promises may name, and the files that rows named."""

    rows: Counter[str] = field(default_factory=Counter)
    ids: dict[str, set[int]] = field(default_factory=dict)
    digests: set[str] = field(default_factory=set)
    citizen_ids: set[int] = field(default_factory=set)


def destroy_cases(session: Session, cases: Collection[Case], said: str, *, keeping: Collection[str] = ()) -> Destroyed:
    """Delete these cases, which the caller holds, with all that hangs on them; `said` is left where a scan was.

    The tables come from the metadata, those that hang on others first: a new one is among them by itself. Those that
    are to be kept (`keeping`) hang on the cases alone, which then stay too.
    """
    done = Destroyed(citizen_ids={case.citizen_id for case in cases if case.citizen_id is not None})
    case_ids = {case.id for case in cases}
    if not case_ids:
        return done
    _empty_ledger(session, case_ids, done)
    _empty_scans(session, case_ids, done, said)
    _empty_batches(session, case_ids, done)
    _untie(session, case_ids)
    gone: dict[str, set[int]] = {CASES: case_ids}
    for table in _hanging():
        gone[table.name] = _ids_on(session, table, gone)
    for name in reversed([name for name in gone if name not in keeping]):
        _delete(session, Base.metadata.tables[name], gone, done)
    done.ids = {NAMED_IN_JOBS[name]: ids for name, ids in gone.items() if name in NAMED_IN_JOBS and name not in keeping}
    session.expire_all()
    return done


def list_hanging_tables() -> list[str]:
    """The tables whose rows go with a case."""
    return [table.name for table in _hanging()]


def forget_files(session: Session, digests: Iterable[str]) -> tuple[set[str], int]:
    """Forget what is known of these contents when nothing names them any more; give all that may be erased.

    Every table that names files is read once, however many there are. Also how many were forgotten.
    """
    wanted = set(digests) - {""}
    if not wanted:
        return set(), 0
    left = wanted - held_files.list_named(session, wanted, received=False)
    freed = set(left)
    for file in session.scalars(select(ReceivedFile).where(ReceivedFile.digest.in_(left))):
        freed |= {file.preview, file.thumbnail}
        session.delete(file)
    session.flush()
    return freed - {""}, len(left)


def delete_jobs(session: Session, authority_id: int, ids: dict[str, set[int]]) -> None:
    """Delete the promises, kept or given up, that were about rows that are gone: their errors may quote somebody."""
    jobs = session.execute(
        select(Job.id, Job.payload).where(Job.authority_id == authority_id, Job.state.in_(("done", "dead")))
    )
    about = [row.id for row in jobs if any(row.payload.get(name) in gone for name, gone in ids.items())]
    if about:
        session.execute(delete(Job).where(Job.id.in_(about)))


def claim_personal_exports(session: Session, authority_id: int) -> list[Export]:
    """The exports of agents that tell of people and whose file is still there, locked."""
    query = select(Export).where(
        Export.authority_id == authority_id, Export.personal, Export.digest != "", Export.state == ExportState.DONE
    )
    return list(session.scalars(query.with_for_update()))


def _empty_ledger(session: Session, case_ids: set[int], done: Destroyed) -> None:
    """The line of each received mail stays, for the ledger must balance; nothing of the mail does."""
    lines = session.scalars(select(MailRecord).where(MailRecord.case_id.in_(case_ids))).all()
    done.digests |= {line.raw_digest for line in lines}
    done.rows["received_mails"] += len(lines)
    for line in lines:
        line.raw_digest = line.sender = line.subject = line.dedupe_key = line.reason = ""
        line.case_id, line.content = None, {}
    session.flush()


def _empty_scans(session: Session, case_ids: set[int], done: Destroyed, said: str) -> None:
    """As when a scan that was put away is destroyed: its line says so, its file goes with the nightly round."""
    query = select(DigitisedLetter).join(ArrivedLetter, ArrivedLetter.id == DigitisedLetter.arrived_letter_id)
    for letter in session.scalars(query.where(ArrivedLetter.case_id.in_(case_ids))):
        done.digests |= {letter.digest, *(digest for page in letter.pages["pages"] for digest in page.values())}
        done.rows["scans"] += 1
        letter.state, letter.reason = digitised_mail.DESTROYED, said
        letter.digest, letter.text, letter.pages = "", "", {"pages": []}
    session.flush()


def _empty_batches(session: Session, case_ids: set[int], done: Destroyed) -> None:
    """The letters of a batch are joined in one file: it goes as soon as one of them must."""
    of_these = select(BatchLine.batch_id).where(BatchLine.case_id.in_(case_ids))
    for batch in session.scalars(select(Batch).where(Batch.id.in_(of_these), Batch.merged_digest != "")):
        done.digests.add(batch.merged_digest)
        batch.merged_digest, batch.merged_size = "", 0
    session.flush()


def _untie(session: Session, case_ids: set[int]) -> None:
    letters = select(ArrivedLetter.id).where(ArrivedLetter.case_id.in_(case_ids))
    for name, columns in UNTIED.items():
        table = Base.metadata.tables[name]
        for column in columns:
            among = letters if column == "arrived_letter_id" else case_ids
            session.execute(update(table).where(table.c[column].in_(among)).values({column: None}))


def _hanging() -> list[Table]:
    """Every table that hangs on cases, or on a table that does, each after those it hangs on."""
    names, found = {CASES}, []
    for table in Base.metadata.sorted_tables:
        if table.name not in UNTIED and table.name not in names and _links(table, names):
            names.add(table.name)
            found.append(table)
    return found


def _links(table: Table, names: Collection[str]) -> list[tuple[Column[Any], str]]:
    """The columns of a table that hang on one of these: one that must name it, or that is how a row is of a case."""
    return [
        (key.parent, key.column.table.name)
        for key in table.foreign_keys
        if key.column.table.name in names and (not key.parent.nullable or key.parent.name == "case_id")
    ]


def _ids_on(session: Session, table: Table, gone: dict[str, set[int]]) -> set[int]:
    """The ids of the rows that go; a table without an `id` is emptied by its link alone."""
    if "id" not in table.c:
        return set()
    found: set[int] = set()
    for column, name in _links(table, gone):
        if gone[name]:
            found |= set(session.scalars(select(table.c.id).where(column.in_(gone[name]))))
    return found


def _delete(session: Session, table: Table, gone: dict[str, set[int]], done: Destroyed) -> None:
    if "id" in table.c:
        wanted = table.c.id.in_(gone[table.name])
    else:
        (column, name), *_ = _links(table, gone)
        wanted = column.in_(gone[name])
    of_file = {named.key for named in held_files.NAMED if named.class_.__tablename__ == table.name}
    for name in sorted(of_file):
        done.digests |= set(session.scalars(select(table.c[name]).where(wanted)))
    result = session.execute(delete(table).where(wanted))
    done.rows[table.name] += result.rowcount  # type: ignore[attr-defined]


def shorten_words(session: Session, case_ids: Collection[int], longest: int) -> None:
    """Take what people wrote out of the legal facts and the opinions of cases: codes, days and short labels stay."""
    for fact in session.scalars(select(CaseFact).where(CaseFact.case_id.in_(case_ids))):
        fact.data = {
            name: "" if isinstance(value, str) and len(value) > longest else value for name, value in fact.data.items()
        }
    session.execute(update(Feedback).where(Feedback.case_id.in_(case_ids)).values(reason=""))
