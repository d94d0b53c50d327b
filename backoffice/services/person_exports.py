"""All that the house knows of a person, in one ZIP: as data, to read, and with every file (RGPD 15)."""

import json
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from backoffice.domain import policy
from backoffice.domain.exports import LONGEST_REASON, SHORTEST_REASON, ExportKind
from backoffice.domain.file_names import safe_name
from backoffice.domain.french import long_datetime
from backoffice.domain.policy import Actor, Permission
from backoffice.errors import Invalid
from backoffice.infra import pdf, templating
from backoffice.infra.archives import Archive
from backoffice.models.authorities import Authority
from backoffice.models.cases import Case
from backoffice.queries import cases, erasure, matching, people
from backoffice.services import account_data, data_exports, documents, history_text, moment, received_files
from backoffice.services.export_work import NO_REASON, Subject, Wanted, Work
from backoffice.services.journal import EVENT_LABELS, Event

PAGE = "/agents/droits/copies"
TITLE = "Toutes les données d’une personne"
DATA, READABLE, ABSENT = "donnees.json", "donnees.pdf", "fichiers-absents.txt"
HOUSE, STAFF = "La collectivité", "Un agent"


def wanted_for(citizen_id: int, reason: str, key: str) -> Wanted:
    """What a form asks for: the copy of one person."""
    return Wanted(
        ExportKind.PERSON, "zip", f"{TITLE} (fiche {citizen_id})", "", {"citizen_id": citizen_id}, True, reason, key
    )


def _check(session: Session, actor: Actor, wanted: Wanted) -> None:
    policy.require(actor, Permission.PERSON_RIGHTS_MANAGE)
    if not SHORTEST_REASON <= len(wanted.reason.strip()) <= LONGEST_REASON:
        raise Invalid(NO_REASON, {"reason": NO_REASON})
    people.get_citizen(session, actor.authority_id, wanted.asked["citizen_id"])


def _size(session: Session, _: Actor, asked: dict[str, Any]) -> int:
    return len(matching.list_case_ids(session, asked["citizen_id"]))


def _write(work: Work) -> int:
    """Each case is a line of the export; files that the antivirus keeps back or that are lost are named."""
    citizen_id = work.wanted.asked["citizen_id"]
    with work.runtime.database.reading() as session:
        citizen = people.get_citizen(session, work.author.authority_id, citizen_id)
        authority = session.get_one(Authority, citizen.authority_id)
        found = account_data.gather(session, citizen, "", moment.now())
        ids = matching.list_case_ids(session, citizen.id)
        by_reference = {one["reference"]: one for one in found["cases"]}
        mine = [session.get_one(Case, id_) for id_ in ids]
        for case in mine:
            by_reference[case.reference] = _whole(session, case)
        found["cases"] = list(by_reference.values())
        found["merged_sheets"] = [
            {"name": one.display_name, "email": one.email, "phone": one.phone}
            for one in erasure.list_group(session, citizen.id)
            if one.id != citizen.id
        ]
        zone = ZoneInfo(authority.timezone)
        words = {
            "authority": documents.authority_values(authority),
            "made": long_datetime(moment.now(), zone),
            "identities": data_exports.in_words(work.runtime, found["identities"]),
        }
    absent: list[str] = []
    with Archive(work.target, moment.now()) as archive:
        archive.add(DATA, [json.dumps(found, ensure_ascii=False, indent=1).encode("utf-8", "replace")])
        page = templating.document_html("data_export", TITLE, found | words, work.runtime.settings.public_url)
        archive.add(READABLE, [pdf.render(page)])
        for case in work.counted(mine):
            _add_files(work, archive, case, absent)
        if absent:
            archive.add(ABSENT, ["\n".join(absent).encode("utf-8", "replace")])
    return work.done


def _whole(session: Session, case: Case) -> dict[str, Any]:
    """What the citizen reads on the site, and what they do not: notes, what was done, without agents' names."""
    messages = cases.list_messages(session, case.id)
    notes = [{"at": one.received_at.isoformat(), "text": one.body} for one in messages if one.direction == "note"]
    history = [
        {
            "at": event.at.isoformat(),
            "what": EVENT_LABELS[Event(event.kind)],
            "detail": history_text.detail(event),
            "who": {"system": HOUSE, "staff": STAFF}.get(event.actor_kind, event.actor_name or STAFF),
        }
        for event in cases.list_events(session, case.id)
    ]
    return account_data.describe_case(session, case) | {"internal_notes": notes, "history": history}


def _add_files(work: Work, archive: Archive, case: Case, absent: list[str]) -> None:
    with work.runtime.database.reading() as session:
        documents = [(f"{one.title}.pdf", one.digest) for one in cases.list_documents(session, case.id) if one.digest]
        received = [(one.name, one.digest) for one in cases.list_attachments(session, case.id)]
        originals = [
            (f"message-{one.id}.eml", one.raw_digest) for one in cases.list_messages(session, case.id) if one.raw_digest
        ]
        known = [digest for _, digest in (*received, *originals)]
        checks = received_files.checks(session, work.runtime, known)
    for place, (name, digest) in enumerate([*documents, *received, *originals], 1):
        path = f"dossiers/{case.reference}/{safe_name(name, place)}"
        kept_back = digest in checks and not checks[digest].may_leave
        if kept_back or not work.runtime.storage.exists(digest):
            absent.append(path)
        else:
            archive.add(path, work.runtime.storage.chunks(digest))


def _suffix(_: str) -> str:
    return "zip"


SUBJECT = Subject(_check, _size, _write, _suffix)
