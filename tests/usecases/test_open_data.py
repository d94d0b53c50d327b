"""Open data: months made anonymous once, versions that never change, and what is taken back opens no more."""

import csv
import io
import json
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from backoffice.domain.open_data import COLUMNS
from backoffice.errors import Forbidden, Gone, Invalid, NotFound
from backoffice.infra.runtime import Runtime
from backoffice.infra.storage import LocalStorage
from backoffice.models.authorities import SettingChange
from backoffice.models.cases import Case
from backoffice.models.catalogue import ProcedureVersion
from backoffice.models.districts import DistrictRow
from backoffice.models.open_data import OpenDataBlock, OpenDataChange, OpenDataset, OpenDataVersion
from backoffice.models.people import Citizen
from backoffice.models.staff_notices import StaffNotice
from backoffice.queries import open_data as queries
from backoffice.services import (
    held_files,
    moment,
    open_data,
    open_data_blocks,
    open_data_catalogue,
    open_data_preview,
    open_data_versions,
    outbox,
)
from backoffice.services.open_data_files import CSV, GEOJSON
from backoffice.services.outbox import JobKind, LostLease
from tests import factories
from tests.usecases.promises import claim_next, jobs_by_state

CODE = "street_issue"
TYPED = {
    "span": "1", "place": "1", "columns": ["channel", "department", "outcome", "delay", "in_time"],
    "threshold": "5", "lag": "2", "first": "2026-01",
}  # fmt: skip
JUNE = datetime(2026, 6, 10, 8, tzinfo=UTC)
SQUARE = [[[-1.01, 46.99], [-0.99, 46.99], [-0.99, 47.01], [-1.01, 47.01], [-1.01, 46.99]]]
WHY = "Une erreur dans les quartiers."


def fill(runtime: Runtime, months: dict[int, int], *, first: int = 1) -> None:
    """So many requests in each month of 2026, each of somebody else, in a district; some are closed."""
    with runtime.database.transaction() as session:
        authority_id = factories.the_authority(session).id
        district = session.scalar(select(DistrictRow))
        if district is None:
            mine = {"authority_id": authority_id, "name": "=Gare", "folded": "gare", "outlines": [SQUARE]}
            district = DistrictRow(**mine, created_at=JUNE)
            session.add(district)
            session.flush()
        for month, count in months.items():
            for rank in range(count):
                known = Citizen(authority_id=authority_id, family_name=f"Martin {month} {rank}", created_at=JUNE)
                session.add(known)
                session.flush()
                when = datetime(2026, month, first + rank % 20, 10, tzinfo=UTC)
                case = factories.a_case(session, runtime, received_at=when)
                case.citizen_id, case.district_id = known.id, district.id
                case.latitude, case.longitude = 47.0 + rank / 1_000, -1.0
                if rank % 2:
                    case.status, case.outcome, case.closed_at, case.closed_on = "closed", "answered", when, when.date()
                    case.closed_after_days = rank


def marked(runtime: Runtime, **typed: Any) -> int:
    with runtime.database.transaction() as session:
        return open_data.mark(session, factories.actor_named(session, "Nadia"), CODE, {**TYPED, **typed}).id


def round_of(runtime: Runtime) -> None:
    with runtime.database.transaction() as session:
        outbox.promise(session, JobKind.REFRESH_OPEN_DATA)
    open_data_versions.refresh(runtime, claim_next(runtime, JobKind.REFRESH_OPEN_DATA))


def publish(runtime: Runtime) -> None:
    open_data_versions.publish(runtime, claim_next(runtime, JobKind.PUBLISH_OPEN_DATA))


def ask_and_publish(runtime: Runtime) -> None:
    with runtime.database.transaction() as session:
        open_data.ask_now(session, factories.actor_named(session, "Nadia"), CODE)
    publish(runtime)


def content(runtime: Runtime, name: str = CSV, number: int | None = None) -> bytes:
    with runtime.database.reading() as session:
        authority_id = factories.the_authority(session).id
        file, _ = open_data_catalogue.get_file(session, authority_id, CODE, name, number)
    return runtime.storage.get(file.digest)


def rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode())))


def versions(runtime: Runtime) -> list[OpenDataVersion]:
    with runtime.database.reading() as session:
        return list(session.scalars(select(OpenDataVersion).order_by(OpenDataVersion.number)))


def test_a_month_is_published_once_it_is_over_and_later_versions_only_add_to_it(runtime: Runtime) -> None:
    fill(runtime, {1: 12, 2: 3, 3: 4, 4: 7})
    with runtime.database.transaction() as session:
        session.execute(update(Case).where(Case.id == 1).values(restricted=True))
    with moment.at(datetime(2026, 5, 2, 6, tzinfo=UTC)):
        marked(runtime)
        round_of(runtime)
        round_of(runtime)
        assert jobs_by_state(runtime, JobKind.PUBLISH_OPEN_DATA) == {"queued": 1}, "once a month"
        publish(runtime)
    (first,) = versions(runtime)
    assert (first.number, first.total, first.lines, first.waiting, first.suppressed) == (1, 14, 11, 3, 0)
    assert first.until_on == date(2026, 2, 28), "March ended less than two months ago"
    before = content(runtime)
    said = rows(before)
    assert list(said[0]) == [one.code for one in COLUMNS]
    assert {one["recue_au"] for one in said} == {"2026-01-31"}
    assert {one["quartier"] for one in said} == {"'=Gare"}, "no spreadsheet runs the name of a district"
    # What is corrected in a month already published does not change what was said of it.
    with runtime.database.transaction() as session:
        session.execute(update(Case).where(Case.received_on < date(2026, 2, 1)).values(channel="letter"))
    with moment.at(JUNE):
        round_of(runtime)
        publish(runtime)
        round_of(runtime)
        ask_and_publish(runtime)
        ask_and_publish(runtime)
    first, second = versions(runtime)
    assert (second.total, second.lines, second.waiting, second.suppressed) == (11 + 3 + 4, 11 + 7, 0, 0)
    after = rows(content(runtime))
    assert not Counter(map(str, said)) - Counter(map(str, after)), "every line of the first version is in the second"
    added = Counter(map(str, after)) - Counter(map(str, said))
    assert Counter(one["recue_du"] + one["recue_au"] for one in after if str(one) in added) == {
        "2026-01-012026-03-31": 7
    }, "two months of three and four make a quarter of seven; April is not over long enough"
    assert content(runtime, number=1) == before
    with runtime.database.transaction() as session:
        held_files.let_go(session, [one.digest for one in queries.list_files(session, [first.id, second.id])])
    held_files.sweep(runtime)
    assert content(runtime, number=1) == before, "files of versions are kept"


@pytest.mark.parametrize("seeded_url", ["sqlite"], indirect=True)
def test_the_map_says_the_lines_of_the_table_and_no_door(runtime: Runtime) -> None:
    fill(runtime, {1: 30}, first=5)
    with runtime.database.transaction() as session:
        session.execute(update(Case).where(Case.id <= 6).values(latitude=47.0005, longitude=-1.0005))
    with moment.at(JUNE):
        marked(runtime, place="0", columns=[], lag="4")
        ask_and_publish(runtime)
    said, places = rows(content(runtime)), json.loads(content(runtime, GEOJSON))
    assert places["type"] == "FeatureCollection"
    assert len(places["features"]) == len(said) == 30
    for feature, line in zip(places["features"], said, strict=True):
        assert set(feature) == {"type", "geometry", "properties"}
        assert feature["type"] == "Feature"
        longitude, latitude = feature["geometry"]["coordinates"]
        assert (feature["geometry"]["type"], f"{longitude:.5f}", f"{latitude:.5f}") == (
            "Point",
            line["longitude"],
            line["latitude"],
        )
        assert -180 <= longitude <= 180
        assert -90 <= latitude <= 90
        assert feature["properties"]["recue_du"] == "2026-01-01"
        assert feature["properties"]["canal"] is None
    by_place = Counter((one["lieu_precision"], one["latitude"]) for one in said)
    assert min(by_place.values()) >= 5
    assert ("quartier", "47.00000") in by_place, "the point of a district is one of its outline, for all its requests"
    assert "47.00050" not in {one["latitude"] for one in said}, "a cell tells its middle"
    assert not {"etat", "issue", "delai_min", "service"} & {name for one in said for name, cell in one.items() if cell}


@pytest.mark.parametrize("seeded_url", ["sqlite"], indirect=True)
def test_a_publication_killed_half_way_or_without_storage_goes_on_and_makes_one_version(runtime: Runtime) -> None:
    fill(runtime, {1: 6, 2: 6, 3: 6})
    with moment.at(JUNE):
        marked(runtime)
        round_of(runtime)
        claim = claim_next(runtime, JobKind.PUBLISH_OPEN_DATA)
        assert isinstance(runtime.storage, LocalStorage)
        place, runtime.storage.folder = runtime.storage.folder, Path("/dev/full")
        with pytest.raises(OSError, match="/dev/full"):
            open_data_versions.publish(runtime, claim)
        runtime.storage.folder = place
        for _ in range(2):
            due = open_data_blocks.find_due(runtime, claim)
            assert due is not None
            open_data_blocks.make_block(runtime, claim, due)
            open_data_blocks.make_block(runtime, claim, due)
        with runtime.database.reading() as session:
            made = {one.starts_on: one.id for one in session.scalars(select(OpenDataBlock))}
        assert set(made) == {date(2026, 1, 1), date(2026, 2, 1)}
        # Another process takes the job up: the first one, if it is alive after all, leaves nothing.
        with runtime.database.transaction() as session:
            session.execute(update(outbox.Job).where(outbox.Job.id == claim.job_id).values(token="another"))
        with pytest.raises(LostLease):
            open_data_versions.publish(runtime, claim)
        assert versions(runtime) == []
        with runtime.database.transaction() as session:
            session.execute(update(outbox.Job).where(outbox.Job.id == claim.job_id).values(token=claim.token))
        open_data_versions.publish(runtime, claim)
        with runtime.database.reading() as session:
            again = {one.starts_on: one.id for one in session.scalars(select(OpenDataBlock))}
        assert again.items() >= made.items(), "months that were made are not made again"
        assert [one.lines for one in versions(runtime)] == [18]
        ask_and_publish(runtime)
        assert len(versions(runtime)) == 1, "an unchanged dataset makes no version"


@pytest.mark.parametrize("seeded_url", ["sqlite"], indirect=True)
def test_what_is_restricted_or_taken_back_opens_no_more(runtime: Runtime) -> None:
    fill(runtime, {1: 6})
    with moment.at(JUNE):
        marked(runtime)
        ask_and_publish(runtime)
        assert content(runtime)
        with runtime.database.reading() as session:
            notices = session.scalars(select(StaffNotice.text)).all()
            assert any("la version 1 de « Signalement d’un problème" in text and "6 lignes" in text for text in notices)
        # The procedure becomes restricted: nothing is public from that instant, and the next round says so.
        with runtime.database.transaction() as session:
            version = queries.list_live(session)[0].procedure.current_version
            assert version is not None
            definition = {**version.definition, "restricted": True}
            session.execute(
                update(ProcedureVersion)
                .where(ProcedureVersion.id == version.id)
                .values(definition=definition, digest="f" * 64)
            )
        with pytest.raises(Gone):
            content(runtime)
        round_of(runtime)
        with runtime.database.transaction() as session:
            (dataset,) = session.scalars(select(OpenDataset))
            assert dataset.taken_back_at == JUNE
            last = session.scalars(select(OpenDataChange).order_by(OpenDataChange.id.desc())).first()
            assert last is not None
            assert (last.kind, last.author, last.reason) == (
                "taken_back",
                "Parvis",
                open_data_versions.RESTRICTED_SINCE,
            )
            with pytest.raises(Invalid, match="jamais publiées"):
                open_data.mark(session, factories.actor_named(session, "Nadia"), CODE, TYPED)
            definition["restricted"] = False
            session.execute(
                update(ProcedureVersion)
                .where(ProcedureVersion.id == version.id)
                .values(definition=definition, digest="e" * 64)
            )
        # Marked again, it begins anew; what was public before stays closed.
        marked(runtime)
        ask_and_publish(runtime)
        assert [one.number for one in versions(runtime)] == [1, 2]
        assert content(runtime, number=2)
        for number, refusal in ((1, Gone), (3, NotFound)):
            with pytest.raises(refusal):
                content(runtime, number=number)
        with runtime.database.transaction() as session:
            nadia = factories.actor_named(session, "Nadia")
            with pytest.raises(Invalid):
                open_data.take_back(session, nadia, CODE, "non")
            open_data.take_back(session, nadia, CODE, WHY)
            with pytest.raises(NotFound):
                open_data.ask_now(session, nadia, CODE)
        with pytest.raises(Gone):
            content(runtime, number=2)
        with runtime.database.reading() as session:
            line = session.scalars(select(SettingChange).order_by(SettingChange.id.desc())).first()
            assert line is not None
            assert (line.act, line.reason) == ("Données ouvertes : publication retirée", WHY)


@pytest.mark.parametrize("seeded_url", ["sqlite"], indirect=True)
def test_only_an_administrator_publishes_and_every_fault_of_the_form_is_told(runtime: Runtime) -> None:
    fill(runtime, {1: 8, 2: 3})
    wrong = {"span": "2", "place": "x", "threshold": "2", "lag": "99", "first": "2026-13"}
    with moment.at(JUNE), runtime.database.transaction() as session:
        nadia, philippe = (factories.actor_named(session, name) for name in ("Nadia", "Philippe"))
        for act in (
            lambda: open_data.mark(session, philippe, CODE, TYPED),
            lambda: open_data.ask_now(session, philippe, CODE),
            lambda: open_data.take_back(session, philippe, CODE, WHY),
            lambda: open_data.set_catalogue(session, philippe, {}),
        ):
            with pytest.raises(Forbidden):
                act()
        with pytest.raises(Invalid) as fault:
            open_data.mark(session, nadia, CODE, {**TYPED, **wrong})
        assert set(fault.value.faults) == set(wrong)
        with pytest.raises(Invalid) as fault:
            open_data.set_catalogue(session, nadia, {"licence": "LO", "licence_url": "LO", "email": "x"})
        assert set(fault.value.faults) == {"licence_url", "email", "territory"}
        before = open_data_preview.make(session, open_data.draft(session, nadia, CODE, TYPED))
        assert before is not None
        assert (before.total, before.told, before.waiting, before.suppressed) == (11, 8, 0, 3)
        assert dict(before.precision)["Réception"] == (("le mois", 8),)
        assert session.scalars(select(OpenDataset)).all() == [], "a preview keeps nothing"
        open_data.mark(session, nadia, CODE, TYPED)
        assert [one.is_live for one in open_data.list_procedures(session, philippe) if one.dataset] == [True]
