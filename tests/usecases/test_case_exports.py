"""Cases leave as lines: the right ones, in every format alike, without people unless by right and for a reason."""

import csv
import hashlib
import io
import json
import re
import zipfile
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import openpyxl
import pytest
from lxml import etree
from sqlalchemy import select

from backoffice.domain.books import Book, Field, Kind, Sheet
from backoffice.domain.exports import ExportKind, ExportState
from backoffice.domain.incoming import IncomingFile, Sender
from backoffice.errors import Forbidden, Invalid, NotFound
from backoffice.infra.runtime import Runtime
from backoffice.infra.table_files import BY_CODE
from backoffice.models.authorities import Department
from backoffice.models.cases import Case
from backoffice.models.exports import Export
from backoffice.models.staff_notices import StaffNotice
from backoffice.queries import agent_exports as queries
from backoffice.queries import queue
from backoffice.queries.queue_filters import NOBODY, Filters, View
from backoffice.reports.base import Filters as Period
from backoffice.services import case_exports, case_texts, export_jobs
from backoffice.services.export_work import Wanted
from backoffice.services.outbox import JobKind
from tests import factories
from tests.usecases.promises import claim_next

TODAY = date(2026, 3, 31)
EVERYTHING = case_exports.of_list(Filters(View.OPEN), TODAY)
MARCH = case_exports.of_figure("recues", Period(date(2026, 3, 1), date(2026, 3, 31), today=TODAY))
REASON = "Publipostage pour la réunion de quartier."
PARQUET = "b18b698c0fa79993362cd659599e623941a5deaca1539094efa9357aa2d1903b"
NASTY = '=HYPERLINK("http://x.example";"Cliquez")'


def wanted(code: str = "csv", asked: dict[str, Any] = EVERYTHING, key: str = "k" * 32, **changes: Any) -> Wanted:
    personal = changes.get("personal", False)
    asked = asked | {"about": "Tous", "personal": personal, "bom": True}
    plain = Wanted(ExportKind.CASES, code, "Dossiers : Tous en cours", "Tous", asked, personal, "", key)
    return replace(plain, **changes)


def exported(runtime: Runtime, asked: Wanted, by: str = "Marc") -> tuple[Export, bytes]:
    """The export that this person asks for, and its file."""
    with runtime.database.transaction() as session:
        export_id = export_jobs.ask_for(session, factories.actor_named(session, by), asked).id
    export_jobs.make(runtime, claim_next(runtime, JobKind.MAKE_EXPORT))
    with runtime.database.reading() as session:
        export = session.get_one(Export, export_id)
    return export, runtime.storage.get(export.digest) if export.digest else b""


def some_cases(runtime: Runtime) -> None:
    """Street issues in Marc's department: one nasty, one restricted; and one restricted of another department."""
    with runtime.database.transaction() as session:
        for day in (2, 3, 9):
            factories.a_case(session, runtime, received_at=datetime(2026, 3, day, 10, tzinfo=UTC))
        cases = session.scalars(select(Case).order_by(Case.id)).all()
        cases[0].subject, cases[1].restricted = NASTY, True
        cases[2].closed_on, cases[2].closed_after_days = date(2026, 3, 20), 11


def rows_of(content: bytes, delimiter: str = ";") -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=delimiter))


def test_lines_leave_without_people_and_are_written_in_the_log(runtime: Runtime) -> None:
    some_cases(runtime)
    export, content = exported(runtime, wanted())
    head, *lines = rows_of(content)
    assert content.startswith(b"\xef\xbb\xbf")
    assert (export.state, export.done, export.size) == (ExportState.DONE, 3, len(content))
    assert export.digest == hashlib.sha256(content).hexdigest()
    assert head[:4] == ["Référence", "Reçue le", "Canal", "Démarche"]
    assert [line[1] for line in lines] == ["2026-03-02", "2026-03-03", "2026-03-09"]
    assert lines[0][2] == "En ligne"
    assert lines[1][-1] == "oui"
    assert not re.search(r"Martin|jeanne|HYPERLINK|@", content.decode())
    with runtime.database.reading() as session:
        (logged,) = queries.list_logged(session, factories.actor_named(session, "Marc"), limit=10)
        assert (logged.staff.name.split()[0], logged.done, logged.personal) == ("Marc", 3, False)
        told = session.scalars(select(StaffNotice).where(StaffNotice.place == f"/agents/exports/{export.id}")).one()
    assert "3 lignes" in told.text


def test_people_leave_by_right_and_for_a_reason_and_no_cell_runs(runtime: Runtime) -> None:
    some_cases(runtime)
    export, content = exported(runtime, wanted(personal=True, reason=REASON))
    lines = rows_of(content)
    assert "'" + NASTY in lines[1]
    assert "Martin" in lines[1]
    assert (export.reason, export.personal) == (REASON, True)
    assert export.expires_at - (export.made_at or export.asked_at) == timedelta(days=2)
    with runtime.database.transaction() as session:
        marc, philippe = (factories.actor_named(session, name) for name in ("Marc", "Philippe"))
        with pytest.raises(Invalid):
            export_jobs.ask_for(session, marc, wanted(personal=True, reason="bof", key="a" * 32))
        with pytest.raises(Invalid):
            export_jobs.ask_for(session, marc, wanted("docx", key="b" * 32))
        with pytest.raises(Forbidden):
            export_jobs.ask_for(session, factories.actor_named(session, "Karim"), wanted(key="c" * 32))
        with pytest.raises(Forbidden):
            export_jobs.ask_for(session, philippe, wanted(personal=True, reason=REASON, key="d" * 32))


def test_restricted_cases_of_others_and_other_departments_never_leave(runtime: Runtime) -> None:
    some_cases(runtime)
    with runtime.database.transaction() as session:
        away = factories.a_case(session, runtime, received_at=datetime(2026, 3, 4, 10, tzinfo=UTC))
        known = sorted(factories.actor_named(session, "Marc").department_ids)
        other = session.scalars(select(Department.id).where(Department.id.not_in(known)).limit(1)).one()
        away.department_id, away.restricted, away.reference = other, True, "2026-777777"
    for asked in (EVERYTHING, MARCH):
        _, content = exported(runtime, wanted(asked=asked, key=str(asked["source"])))
        assert "2026-777777" not in content.decode()
        assert len(rows_of(content)) == 4
    _, content = exported(runtime, wanted(asked=MARCH, key="all"), by="Philippe")
    assert len(rows_of(content)) == 3, "the restricted one stays"


def test_what_leaves_is_what_the_list_holds_whatever_narrows_it(runtime: Runtime) -> None:
    some_cases(runtime)
    case_texts.catch_up(runtime)
    narrowed = (
        Filters(View.FOUND, words="lilas"),
        Filters(View.FOUND, words="100%"),
        Filters(View.DEPARTMENTS, channels=("web_form", "phone"), assignee=NOBODY),
        Filters(View.OPEN, effect="rejection", since=date(2026, 3, 1), until=date(2026, 3, 5)),
        Filters(View.LATE, procedures=("street_issue", NOBODY), statuses=("received",), watched=True),
        Filters(View.RETURNED),
        Filters(View.CLOSED, language="fr"),
    )
    for place, filters in enumerate(narrowed):
        _, content = exported(runtime, wanted(asked=case_exports.of_list(filters, TODAY), key=f"{place}"))
        with runtime.database.reading() as session:
            listed = queue.count(session, factories.actor_named(session, "Marc"), filters, TODAY)
        assert len(rows_of(content)) - 1 == listed, filters


def test_every_format_says_the_same(runtime: Runtime) -> None:
    some_cases(runtime)
    files = {code: exported(runtime, wanted(code, personal=True, reason=REASON, key=code))[1] for code in BY_CODE}
    head, *lines = rows_of(files["csv"])
    assert rows_of(files["csv-en"], ",") == [head, *lines]
    book = openpyxl.load_workbook(io.BytesIO(files["xlsx"]))
    page = book["Dossiers"]
    assert book.sheetnames == ["Dossiers", "Paramètres"]
    assert (page.freeze_panes, page.auto_filter.ref) == ("B2", f"A1:{page.cell(4, len(head)).coordinate}")
    assert page["B2"].value == datetime(2026, 3, 2)  # noqa: DTZ001 (a cell has no time zone)
    assert page.cell(4, head.index("Jours jusqu’à la fin") + 1).value == 11
    assert [[_text(cell) for cell in row] for row in page.iter_rows(min_row=2, values_only=True)] == _plain(lines)
    assert _ods_rows(files["ods"], "Dossiers") == _plain([head, *lines])
    objects = [json.loads(line) for line in files["jsonl"].splitlines()]
    assert [[_text(cell) for cell in one.values()] for one in objects] == _plain(lines)
    assert objects[0]["subject"] == NASTY
    assert files["parquet"][:4] == files["parquet"][-4:] == b"PAR1"


def _plain(rows: list[list[str]]) -> list[list[str]]:
    """What CSV neutralises is text elsewhere: it needs no mark."""
    return [[cell.removeprefix("'") for cell in row] for row in rows]


def _text(cell: Any) -> str:
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    return "" if cell is None else {True: "oui", False: "non"}[cell] if isinstance(cell, bool) else str(cell)


def _ods_rows(content: bytes, name: str) -> list[list[str]]:
    """The cells of a table of a workbook of LibreOffice, read from its XML."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.infolist()[0].filename == "mimetype"
        tree = etree.fromstring(archive.read("content.xml"))
        etree.fromstring(archive.read("settings.xml"))
    urn = "urn:oasis:names:tc:opendocument:xmlns:"
    table, office = f"{{{urn}table:1.0}}", f"{{{urn}office:1.0}}"
    (found,) = (one for one in tree.iter(f"{table}table") if one.get(f"{table}name") == name)
    rows = []
    for row in found.iter(f"{table}table-row"):
        cells = row.findall(f"{table}table-cell")
        rows.append([cell.get(f"{office}date-value") or "\n".join(p.text or "" for p in cell) for cell in cells])
    return rows


def test_a_parquet_file_is_the_one_that_other_programs_read() -> None:
    # These bytes were read back by pyarrow 26: the format is fixed, and so is what we write.
    fields = tuple(Field(f"f{kind}", kind, kind) for kind in Kind)
    rows = [
        ("é", 3, 1.5, date(2026, 3, 1), True),
        (None, None, None, None, None),
        ("", -7, 0.0, date(1969, 1, 1), False),
    ]
    target = io.BytesIO()
    BY_CODE["parquet"].write(target, Book("T", (Sheet("t", "T", fields, rows),), (("Par", "Zoé"),)))
    assert hashlib.sha256(target.getvalue()).hexdigest() == PARQUET


def test_an_export_expires_and_its_line_stays(runtime: Runtime) -> None:
    some_cases(runtime)
    export, _ = exported(runtime, wanted())
    with runtime.database.transaction() as session:
        marc = factories.actor_named(session, "Marc")
        assert export_jobs.note_download(session, marc, export.id).name == f"dossiers-tous-en-cours-{export.id}.csv"
        with pytest.raises(NotFound):
            export_jobs.note_download(session, factories.actor_named(session, "Hélène"), export.id)
        export_jobs.expire(session, export.expires_at)
        with pytest.raises(NotFound):
            export_jobs.note_download(session, marc, export.id)
        kept = session.get_one(Export, export.id)
        assert (kept.state, kept.digest, kept.done, kept.downloads) == (ExportState.EXPIRED, "", 3, 1)


def test_one_form_makes_one_export_and_who_lost_the_right_gets_nothing(runtime: Runtime) -> None:
    some_cases(runtime)
    with runtime.database.transaction() as session:
        marc = factories.actor_named(session, "Marc")
        one, again = (export_jobs.ask_for(session, marc, wanted()) for _ in range(2))
        assert one.id == again.id
        factories.staff_named(session, "Marc").active = False
    claim = claim_next(runtime, JobKind.MAKE_EXPORT)
    export_jobs.make(runtime, claim)
    with runtime.database.reading() as session:
        assert session.get_one(Export, one.id).fault == export_jobs.NO_MORE_RIGHT
    with pytest.raises(IndexError):
        claim_next(runtime, JobKind.MAKE_EXPORT)


def test_documents_and_files_of_a_selection_leave_in_one_zip(runtime: Runtime) -> None:
    file = IncomingFile("trou.png", "image/png", 4, runtime.storage.put(b"trou"), field="photos")
    with runtime.database.transaction() as session:
        case = factories.a_case(session, runtime, sender=Sender(family_name="Petit"), files=(file,))
    _, content = exported(runtime, wanted("zip", kind=ExportKind.FILES, personal=True, reason=REASON))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = archive.namelist()
        assert "Petit" in archive.read("dossiers.csv").decode()
    assert f"{case.reference}/001-trou.png" in names
