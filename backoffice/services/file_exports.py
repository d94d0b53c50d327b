"""The documents and received files of a selection of cases, in one ZIP, with the lines that name them."""

import io
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from backoffice.domain import policy
from backoffice.domain.exports import MOST_CASES_OF_FILES
from backoffice.domain.file_names import safe_name
from backoffice.domain.french import number
from backoffice.domain.policy import Actor, Permission
from backoffice.domain.reserved_answers import RESERVED_FILE
from backoffice.errors import Invalid
from backoffice.infra.archives import Archive
from backoffice.models.cases import Case
from backoffice.queries import case_lines, cases
from backoffice.services import case_exports, export_work, moment, received_files, reserved_answers
from backoffice.services.export_work import Subject, Wanted, Work

SUFFIX = "zip"


def _check(session: Session, actor: Actor, wanted: Wanted) -> None:
    policy.require(actor, Permission.REPORT_EXPORT)
    export_work.check_reason(actor, wanted)
    if _size(session, actor, wanted.asked) > MOST_CASES_OF_FILES:
        most = f"Un export tient les fichiers de {number(MOST_CASES_OF_FILES)} dossiers au plus : filtrez la liste."
        raise Invalid(most, {"": most})


def _size(session: Session, actor: Actor, asked: dict[str, Any]) -> int:
    return case_lines.count(session, case_exports.find_cases(session, actor, asked, personal=True))


def _write(work: Work) -> int:
    """A folder a case; what the antivirus keeps back, is reserved to others or was lost is named in what is missing."""
    with work.runtime.database.reading() as session:
        found = case_exports.find_cases(session, work.author, work.wanted.asked, personal=True)
        listed = case_lines.list_references(session, found, MOST_CASES_OF_FILES)
    absent: list[str] = []
    with Archive(work.target, moment.now()) as archive:
        for case_id, reference in work.counted(listed):
            _add_case(work, archive, case_id, reference, absent)
        lines = io.BytesIO()
        case_exports.SUBJECT.write(replace(work, target=lines, done=0))
        archive.add("dossiers.csv", [lines.getvalue()])
        if absent:
            archive.add("fichiers-absents.txt", ["\n".join(absent).encode("utf-8", "replace")])
    return work.done


def _add_case(work: Work, archive: Archive, case_id: int, reference: str, absent: list[str]) -> None:
    with work.runtime.database.reading() as session:
        documents = [(f"{one.title}.pdf", one.digest) for one in cases.list_documents(session, case_id) if one.digest]
        attachments = cases.list_attachments(session, case_id)
        hidden = reserved_answers.hidden_files(session, work.author, session.get_one(Case, case_id), attachments)
        received = [(one.name, one.digest) for one in attachments if one.id not in hidden]
        checks = received_files.checks(session, work.runtime, [digest for _, digest in received])
    kept_back = {digest for digest, check in checks.items() if not check.may_leave}
    for place, (name, digest) in enumerate([*documents, *received], 1):
        path = f"{reference}/{safe_name(name, place)}"
        if digest in kept_back or not work.runtime.storage.exists(digest):
            absent.append(path)
        else:
            archive.add(path, _chunks(work, digest))
    absent += [f"{reference}/{RESERVED_FILE}"] * len(hidden)


def _chunks(work: Work, digest: str) -> Iterable[bytes]:
    return work.runtime.storage.chunks(digest)


def _suffix(_: str) -> str:
    return SUFFIX


SUBJECT = Subject(_check, _size, _write, _suffix)
