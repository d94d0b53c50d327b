"""Versions of open data: each month made anonymous once and for all, then the files of all the months together.

A month that was published is never computed again: a version says what the one before said, in the same words, and
more months. What differs between two versions is therefore made of whole groups, which hide their people by themselves.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import BinaryIO

from sqlalchemy.orm import Session

from backoffice.domain import open_data as rules
from backoffice.domain import policy
from backoffice.domain.anonymising import Place
from backoffice.domain.french import plural
from backoffice.domain.report_periods import PeriodKind, containing
from backoffice.domain.staff_notices import NoticeEvent
from backoffice.errors import Conflict
from backoffice.infra.runtime import Runtime
from backoffice.models.authorities import Authority
from backoffice.models.open_data import OpenDataBlock, OpenDataFile, OpenDataset, OpenDataVersion
from backoffice.queries import open_data as queries
from backoffice.services import leases, moment, open_data, outbox, staff_notices
from backoffice.services.open_data_blocks import QUARTER, find_due, is_live, make_block, stored
from backoffice.services.open_data_files import (
    CSV,
    DICTIONARY,
    GEOJSON,
    SCHEMA,
    write_csv,
    write_dictionary,
    write_geojson,
    write_schema,
)
from backoffice.services.outbox import Claim

RESTRICTED_SINCE = "La démarche est devenue réservée aux agents de son service."
MADE_MEANWHILE = "Une autre publication du même jeu de données a avancé entre-temps : celle-ci recommence."


@dataclass(frozen=True, slots=True)
class Made:
    """The files of a version that is not written down yet, and what it is made of."""

    blocks: tuple[OpenDataBlock, ...]
    files: tuple[tuple[str, str, int], ...]
    since: date

    @property
    def lines(self) -> int:
        """How many lines it has."""
        return sum(one.lines for one in self.blocks)


def refresh(runtime: Runtime, claim: Claim) -> None:
    """The round of each night: promise what has a month to publish, once a month; take back what may be no more."""
    with runtime.database.transaction() as session:
        outbox.keep(session, claim)
        for dataset in queries.list_live(session):
            if open_data.why_never(dataset.procedure):
                open_data.withdraw(session, policy.system(dataset.authority_id), dataset, RESTRICTED_SINCE)
                continue
            authority = session.get_one(Authority, dataset.authority_id)
            due = rules.last_month_due(moment.today(authority.timezone), dataset.lag)
            if due < dataset.first_on or (dataset.promised_on is not None and dataset.promised_on >= due):
                continue
            dataset.promised_on = due
            open_data.promise(session, dataset, staff_id=None)


def publish(runtime: Runtime, claim: Claim) -> None:
    """Make the blocks that are due, one transaction each, then a version when its data are not those of the last one.

    A start that was killed half-way finds the blocks that were made; one that comes again finds nothing to do.
    """
    with leases.held(runtime, claim):
        while (due := find_due(runtime, claim)) is not None:
            make_block(runtime, claim, due)
        made = _make_files(runtime, claim)
    with runtime.database.transaction() as session:
        outbox.keep(session, claim)
        dataset = queries.claim_dataset(session, claim.payload["dataset_id"])
        if made is not None and dataset is not None and is_live(dataset, claim):
            _keep_version(session, claim, dataset, made)


def _make_files(runtime: Runtime, claim: Claim) -> Made | None:
    with runtime.database.reading() as session:
        dataset = queries.find_by_id(session, claim.payload["dataset_id"])
        if dataset is None or not is_live(dataset, claim):
            return None
        blocks = queries.list_blocks(session, dataset)
        title, code, since = dataset.procedure.title, dataset.procedure.code, dataset.first_on
    if not any(one.lines for one in blocks):
        return None
    digests = [one.digest for one in blocks]
    address = f"{runtime.settings.public_url}/donnees-ouvertes/{code}"
    writers: dict[str, Callable[[BinaryIO], object]] = {CSV: lambda to: write_csv(to, runtime.storage, digests)}
    if any(one.choices["place"] != Place.TERRITORY for one in blocks):
        writers[GEOJSON] = lambda to: write_geojson(to, runtime.storage, digests)
    writers[DICTIONARY] = write_dictionary
    writers[SCHEMA] = lambda to: write_schema(to, title, address)
    files = tuple((name, *stored(runtime, write)) for name, write in writers.items())
    return Made(tuple(blocks), files, since)


def _keep_version(session: Session, claim: Claim, dataset: OpenDataset, made: Made) -> None:
    blocks = queries.list_blocks(session, dataset)
    if [one.id for one in blocks] != [one.id for one in made.blocks]:
        raise Conflict(MADE_MEANWHILE)
    last = queries.find_version(session, dataset)
    known = {one.name: one.digest for one in queries.list_files(session, [last.id])} if last else {}
    if known.get(CSV) == made.files[0][1]:
        return
    months = [one for one in blocks if one.months == 1]
    done = {one.starts_on for one in blocks if one.months == QUARTER}
    version = OpenDataVersion(
        authority_id=dataset.authority_id,
        dataset_id=dataset.id,
        series=dataset.series,
        number=queries.last_number(session, dataset) + 1,
        since_on=made.since,
        until_on=containing(PeriodKind.MONTH, months[-1].starts_on).end,
        blocks=[one.id for one in blocks],
        threshold=min(one.threshold for one in blocks),
        total=sum(one.total for one in months),
        lines=made.lines,
        suppressed=sum(one.suppressed for one in blocks),
        waiting=sum(len(one.held) for one in months if rules.quarter_of(one.starts_on) not in done),
        made_at=moment.now(),
    )
    session.add(version)
    session.flush()
    for name, digest, size in made.files:
        own = {"authority_id": dataset.authority_id, "version_id": version.id}
        session.add(OpenDataFile(**own, name=name, digest=digest, size=size))
    said = {"number": version.number, "lines": version.lines, "suppressed": version.suppressed}
    open_data.note(session, policy.system(dataset.authority_id), dataset, "published", said)
    if claim.payload["staff_id"] is not None:
        which = f"la version {version.number} de « {dataset.procedure.title} »"
        text = f"Données ouvertes : {which} est publiée, {plural(version.lines, 'ligne')}."
        staff_notices.tell_aside(
            session, dataset.authority_id, NoticeEvent.FINISHED, [claim.payload["staff_id"]], text,
            address=f"/agents/donnees-ouvertes/{dataset.procedure.code}",
        )  # fmt: skip
