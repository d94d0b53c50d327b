"""A house that holds one thing of each kind, and every address that leads to one: for tests that try every door."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from backoffice.domain.drafts import DraftContent
from backoffice.domain.form_pages import SUMMARY
from backoffice.domain.incoming import ChannelCode, IncomingFile
from backoffice.domain.open_data import Choices
from backoffice.domain.policy import Role
from backoffice.infra.runtime import Runtime
from backoffice.models.absences import Absence
from backoffice.models.arrived_letters import ArrivedLetter
from backoffice.models.batches import Batch, BatchLine
from backoffice.models.bundles import Bundle
from backoffice.models.calls import CallBack, CallRecord
from backoffice.models.cases import Case
from backoffice.models.catalogue import Procedure, ProcedureDraft
from backoffice.models.contacts import Contact
from backoffice.models.data_protection import RightsRequest
from backoffice.models.digitised_mail import DigitisedFile, DigitisedLetter
from backoffice.models.districts import DistrictRow
from backoffice.models.documents import LetterPreview, LetterTemplate
from backoffice.models.drafts import Draft
from backoffice.models.eliminations import CaseHold, Elimination, EliminationCase
from backoffice.models.evaluation import TextProposal
from backoffice.models.exports import DataExport, Export
from backoffice.models.jobs import Job
from backoffice.models.kiosks import Kiosk
from backoffice.models.legal import Delegation
from backoffice.models.macros import Macro
from backoffice.models.mail import MailRecord
from backoffice.models.open_data import OpenDataFile, OpenDataset, OpenDataVersion
from backoffice.models.people import Citizen, Membership, Staff
from backoffice.models.ready_answers import ReadyAnswer, ReadyAnswerVersion
from backoffice.models.saved_reports import ReportFile, ReportVersion, SavedReport
from backoffice.models.saved_views import SavedView
from backoffice.models.sign_in import StaffFactor, StaffIdentity
from backoffice.models.tags import CaseTag, Tag
from backoffice.models.tasks import Task
from backoffice.queries import cases as case_queries
from backoffice.queries import catalogue, open_data
from backoffice.services import accounts, casework, parked_mail
from backoffice.web import files
from backoffice.web.access import CITIZEN_COOKIE, STAFF_COOKIE
from tests import factories

NOW = datetime.now(UTC)
NOWHERE = "1"
"""A part of an address that nothing stands for here (a link used once, a number of no row)."""
DRAFTED = {"question": "description", "piece": "plan", "letter": "refusal", "number": 1, "rank": 0}
"""The parts of addresses that lead somewhere in a procedure, in its draft and in its versions."""
PDF = b"%PDF-1.7\n%%EOF\n"


@dataclass(frozen=True, slots=True)
class Everything:
    """The parts of addresses (`<int:case_id>` → 3) that lead to what the house holds.

    `everywhere_id` is an agent who holds every role in the whole authority; no address leads to that account.
    """

    parts: dict[str, Any]
    everywhere_id: int
    citizen_id: int
    case: Case

    def address(self, rule: Rule, **instead: Any) -> str:
        """The address of a route, with its real parts or others."""
        path = rule.rule
        for name in sorted(rule.arguments, key=len, reverse=True):
            start = path.index(name + ">")
            begin = path.rindex("<", 0, start)
            value = instead.get(name, self.parts_of(rule).get(name, NOWHERE))
            path = f"{path[:begin]}{value}{path[start + len(name) + 1 :]}"
        return path

    def parts_of(self, rule: Rule) -> dict[str, Any]:
        """What leads somewhere real on this route: a `code` is not everywhere the code of the same thing."""
        codes = {"/modeles/": "refusal", "/actes/": "recours"}
        code = next((code for place, code in codes.items() if place in rule.rule), "street_issue")
        own = {"key": "en-cours"} if "/retours/" in rule.rule else {}
        kind = "zip" if "any(zip)" in rule.rule else "pdf"
        return {**self.parts, **own, **DRAFTED, "code": code, "figure": "recues", "kind": kind}


def fill(runtime: Runtime, **said: Any) -> Everything:
    """One thing of each kind, all of one case; `said` is what its citizen says (see factories.an_incoming)."""
    file = IncomingFile("trou.png", "image/png", len(PDF), runtime.storage.put(PDF), field="photos")
    raw = runtime.storage.put(b"From: x\r\n\r\nBonjour")
    with runtime.database.transaction() as session:
        case = factories.a_case(session, runtime, **{"files": (file,), "raw_digest": raw, **said})
        everywhere = _an_agent(session, case.authority_id, "Zoé Partout")
        parts = _things_of(session, case, everywhere, raw, file.digest)
        _an_open_dataset(session, case, file.digest)
        parts |= _an_account(_an_agent(session, case.authority_id, "Yves Ailleurs"))
        casework.note(session, accounts.actor_of(everywhere), case, "Une note.")
        return Everything(parts, everywhere.id, case.citizen_id or 0, case)


def _an_account(agent: Staff) -> dict[str, int]:
    return {"staff_id": agent.id, "membership_id": agent.memberships[0].id}


def _an_agent(session: Session, authority_id: int, name: str) -> Staff:
    agent = Staff(
        authority_id=authority_id,
        email=f"agent-{next(factories.numbers)}@saint-aubin.example",
        name=name,
        password_hash="",
        created_at=NOW,
        memberships=[Membership(authority_id=authority_id, role=role) for role in Role],
    )
    session.add(agent)
    session.flush()
    return agent


def _a_draft(session: Session, case: Case, file: IncomingFile) -> Draft:
    procedure = session.scalars(select(Procedure).where(Procedure.code == "terrace_permit")).one()
    return Draft(
        authority_id=case.authority_id,
        key=f"{next(factories.numbers):022}",
        procedure_id=procedure.id,
        version_id=procedure.current_version_id,
        citizen_id=case.citizen_id,
        content=DraftContent({"description": [case.subject]}, (file,)).to_data(),
        created_at=NOW,
        saved_at=NOW,
        expires_at=NOW + timedelta(days=1),
    )


def _an_open_dataset(session: Session, case: Case, digest: str) -> None:
    """What is published of the procedure of the case; several cases of a house are of one procedure."""
    mine = {"authority_id": case.authority_id}
    procedure = catalogue.find_procedure(session, case.authority_id, case.procedure_code)
    if procedure is None or open_data.find_dataset(session, case.authority_id, procedure.code):
        return
    dataset = OpenDataset(
        **mine, procedure_id=procedure.id, choices=Choices().to_data(), threshold=5, lag=3, first_on=NOW.date(),
        created_at=NOW,
    )  # fmt: skip
    session.add(dataset)
    session.flush()
    version = OpenDataVersion(
        **mine, dataset_id=dataset.id, series=1, number=1, since_on=NOW.date(), until_on=NOW.date(), threshold=5,
        total=9, lines=9, suppressed=0, waiting=0, made_at=NOW,
    )  # fmt: skip
    session.add(version)
    session.flush()
    session.add(OpenDataFile(**mine, version_id=version.id, name="donnees.csv", digest=digest, size=len(PDF)))


def _a_procedure_draft(session: Session, case: Case) -> None:
    """The next version of the procedure of the case; another case has it already."""
    known = select(ProcedureDraft.id).where(
        ProcedureDraft.authority_id == case.authority_id, ProcedureDraft.code == "street_issue"
    )
    if session.scalar(known) is not None:
        return
    procedure = session.scalars(select(Procedure).where(Procedure.code == "street_issue")).first()
    assert procedure is not None
    assert procedure.current_version is not None
    piece = {"code": "plan", "label": "Plan", "legal_basis": "Délibération 2026-1"}
    session.add(
        ProcedureDraft(
            authority_id=case.authority_id, code="street_issue", base_number=1, origin="Version en vigueur",
            definition=procedure.current_version.definition | {"documents": [piece]}, author="Zoé", started_at=NOW,
            saved_at=NOW,
        )
    )  # fmt: skip


def _an_open_dataset(session: Session, case: Case, digest: str) -> None:
    """What is published of the procedure of the case; several cases of a house are of one procedure."""
    mine = {"authority_id": case.authority_id}
    procedure = catalogue.find_procedure(session, case.authority_id, case.procedure_code)
    if procedure is None or open_data.find_dataset(session, case.authority_id, procedure.code):
        return
    dataset = OpenDataset(
        **mine, procedure_id=procedure.id, choices=Choices().to_data(), threshold=5, lag=3, first_on=NOW.date(),
        created_at=NOW,
    )  # fmt: skip
    session.add(dataset)
    session.flush()
    version = OpenDataVersion(
        **mine, dataset_id=dataset.id, series=1, number=1, since_on=NOW.date(), until_on=NOW.date(), threshold=5,
        total=9, lines=9, suppressed=0, waiting=0, made_at=NOW,
    )  # fmt: skip
    session.add(version)
    session.flush()
    session.add(OpenDataFile(**mine, version_id=version.id, name="donnees.csv", digest=digest, size=len(PDF)))


def _a_ready_answer(session: Session, authority_id: int) -> ReadyAnswer:
    mine = {"authority_id": authority_id, "title": "Où jeter le verre ?"}
    answer = ReadyAnswer(**mine, code=f"verre_{next(factories.numbers)}", review_on=NOW.date(), created_at=NOW)
    session.add(answer)
    session.flush()
    version = ReadyAnswerVersion(**mine, answer_id=answer.id, number=1, text="Dans un bac.", author="Zoé", at=NOW)
    session.add(version)
    session.flush()
    answer.current_version_id = version.id
    return answer


def _a_right(session: Session, case: Case) -> int:
    """A request for erasure, of the person of the case unless the case is restricted."""
    found = RightsRequest(
        authority_id=case.authority_id, number=f"2026-{next(factories.numbers)}", kind="erasure",
        citizen_id=None if case.restricted else case.citizen_id, name="Une personne", received_on=NOW.date(),
        due_on=NOW.date(), acts={"lines": []}, author="Zoé", at=NOW,
    )  # fmt: skip
    session.add(found)
    session.flush()
    return found.id


def _an_elimination(session: Session, case: Case, digest: str) -> dict[str, int]:
    """A bordereau that waits for its visa, from which the case was set aside, and a hold that was lifted."""
    mine = {"authority_id": case.authority_id}
    group = {
        "key": "street_issue:2022", "code": "street_issue", "title": "Signalement", "year": 2022, "cases": 1,
        "first_on": "2022-01-01", "last_on": "2022-02-02", "size": 3, "retention": "2 ans", "basis": "Texte",
        "sorted": True,
    }  # fmt: skip
    found = Elimination(
        **mine, number=f"2022-{next(factories.numbers)}", state="drawn", proposed_at=NOW, drawn_at=NOW,
        drawn_by="Zoé", groups={"groups": [group]}, counts={}, pdf_digest=digest, visa_digest=digest,
        signed_by="Mme Diraison", signed_on=NOW.date(),
    )  # fmt: skip
    hold = CaseHold(**mine, case_id=case.id, reason="Contentieux", author="Zoé", at=NOW, lifted_at=NOW)
    session.add_all((found, hold))
    session.flush()
    line = EliminationCase(
        **mine, elimination_id=found.id, case_id=case.id, reference=case.reference, procedure_code="street_issue",
        closed_on=NOW.date(), state="kept", reason="Il a été rouvert.",
    )  # fmt: skip
    session.add(line)
    return {"elimination_id": found.id, "hold_id": hold.id}


def _a_kiosk(session: Session, authority_id: int) -> int:
    kiosk = Kiosk(authority_id=authority_id, place=f"Hall {next(factories.numbers)}", created_at=NOW)
    session.add(kiosk)
    session.flush([kiosk])
    return kiosk.id


def _a_text_proposal(session: Session, answer: ReadyAnswer, agent: Staff) -> int:
    proposal = TextProposal(
        authority_id=answer.authority_id, subject="answer", answer_id=answer.id, about=answer.title, said="Un bac.",
        proposed="Au bac.", why="Plus court.", state="published", staff_id=agent.id, author="Zoé", at=NOW,
        published_at=NOW,
    )  # fmt: skip
    session.add(proposal)
    session.flush()
    return proposal.id


def _a_letter(session: Session, case: Case, agent: Staff, digest: str) -> tuple[int, int]:
    """A file of a scanner, and a letter both as it was scanned and as it is in the register, under one number."""
    mine, number = {"authority_id": case.authority_id}, next(factories.numbers)
    file = DigitisedFile(
        **mine, source_key=str(number), name="pile.pdf", media_type="application/pdf", size=3, digest=digest,
        received_at=NOW, state="cut",
    )  # fmt: skip
    arrived = ArrivedLetter(
        **mine, year=2026, number=number, source_id=str(number), case_id=case.id, nature="simple",
        received_on=NOW.date(), staff_id=agent.id, registered_at=NOW,
    )  # fmt: skip
    session.add_all([file, arrived])
    session.flush()
    pages = {"pages": [{"preview": digest, "thumbnail": digest}]}
    session.add(
        DigitisedLetter(
            **mine, id=arrived.id, file_id=file.id, position=0, digest=digest, size=3, pages=pages, state="waiting"
        )
    )
    session.flush()
    return file.id, arrived.id


def _things_of(session: Session, case: Case, agent: Staff, raw: str, digest: str) -> dict[str, Any]:
    mine = {"authority_id": case.authority_id}
    of_agent = {**mine, "staff_id": agent.id}
    document = case_queries.list_documents(session, case.id)[0]
    document.digest, document.size, document.rendered_at = digest, len(PDF), NOW
    bundle = Bundle(**of_agent, case_id=case.id, asked_at=NOW, made_at=NOW, pdf_digest=digest, zip_digest=digest)
    batch = Batch(
        **of_agent, kind="letter", form_key=f"{next(factories.numbers):032}", state="done", total=1, done=1,
        values={"subject": "Travaux", "text": "Bonjour."}, created_at=NOW, merged_digest=digest,
    )  # fmt: skip
    preview = LetterPreview(**of_agent, template="refusal", title="Refus", values={}, asked_at=NOW, content=PDF)
    words = LetterTemplate(
        **of_agent,
        template="refusal",
        number=next(factories.numbers),
        title="Refus",
        body="Bonjour.",
        created_at=NOW,
    )
    parked = factories.an_incoming(channel=ChannelCode.EMAIL, files=(IncomingFile("a.pdf", files.PDF, 3, digest),))
    line = MailRecord(
        **mine, mailbox="demandes", position=f"1:{next(factories.numbers)}", raw_digest=raw, size=9, received_at=NOW,
        received_on=NOW.date(), recorded_at=NOW, sender="a@b.example", subject="Bonjour", outcome="parked",
        content=parked_mail.to_data(parked), candidate_case_id=case.id,
    )  # fmt: skip
    delegation = Delegation(
        **mine, signatory="Anne", title="Adjointe", act="2026-1", valid_from=NOW.date(), created_at=NOW
    )
    draft = _a_draft(session, case, IncomingFile("plan.pdf", files.PDF, 3, digest, field="attachments"))
    export = DataExport(
        **mine, citizen_id=case.citizen_id, asked_at=NOW, made_at=NOW, expires_at=NOW + timedelta(days=7),
        data=b"{}", page=PDF,
    )  # fmt: skip
    taken_away = Export(
        **of_agent, form_key=f"{next(factories.numbers):032}", kind="cases", format="csv", title="Dossiers",
        asked={"source": "figure", "figure": "recues", "filters": {}}, state="done", asked_at=NOW, made_at=NOW,
        expires_at=NOW + timedelta(days=7), name="dossiers.csv", digest=digest, size=len(PDF),
    )  # fmt: skip
    saved = SavedReport(**mine, name="Conseil", owner_id=agent.id, fields="", span="month", saved_at=NOW)
    session.add(saved)
    session.flush()
    frozen = ReportVersion(
        **of_agent, report_id=saved.id, number=1, slot="1", asked={}, period="mars 2026", parameters=[["Par", "Zoé"]],
        asked_at=NOW, made_at=NOW,
    )  # fmt: skip
    session.add(frozen)
    session.flush()
    session.add(ReportFile(**mine, version_id=frozen.id, format="pdf", digest=digest, size=len(PDF)))
    job = Job(**mine, kind="send_mail", payload={}, state="dead", due_at=NOW, created_at=NOW)
    ringing = CallRecord(
        **mine, external_id=f"{next(factories.numbers)}", direction="in", from_number="+33612345678", started_at=NOW,
        told_at=NOW, citizen_id=case.citizen_id, case_id=case.id,
    )  # fmt: skip
    view = SavedView(
        **mine, name="Voirie", fields="vue=en-cours", owner_id=agent.id, department_id=case.department_id, saved_at=NOW
    )
    session.add_all([bundle, batch, preview, words, line, delegation, export, taken_away, job, draft, ringing, view])
    session.flush()
    call_back = CallBack(
        **mine, call_id=ringing.id, number="+33612345678", starts_at=NOW, ends_at=NOW, department_id=case.department_id,
        history={}, created_at=NOW,
    )  # fmt: skip
    contact = Contact(
        **mine, source_id=f"{next(factories.numbers)}", channel="phone", at=NOW, recorded_by_id=agent.id,
        citizen_id=case.citizen_id, about_case_id=case.id, line="Jeudi.",
    )  # fmt: skip
    session.add_all([call_back, contact])
    session.flush()
    answer = _a_ready_answer(session, case.authority_id)
    scan, arrived = _a_letter(session, case, agent, digest)
    _a_procedure_draft(session, case)
    _an_open_dataset(session, case, digest)
    district = DistrictRow(**mine, name="Centre", folded=f"centre {next(factories.numbers)}", created_at=NOW)
    absence = Absence(**of_agent, from_on=NOW.date(), until_on=NOW.date(), recorded_by_id=agent.id, recorded_at=NOW)
    factor = StaffFactor(**of_agent, kind="totp", name="Téléphone", secret="", created_at=NOW, confirmed_at=NOW)
    identity = StaffIdentity(
        **of_agent, issuer="https://connexion.example", subject=f"{next(factories.numbers)}", provider="pro",
        linked_at=NOW, last_login_at=NOW,
    )  # fmt: skip
    session.add_all([district, absence, factor, identity])
    session.flush()
    tag = Tag(**mine, name="Canicule", folded=f"canicule {next(factories.numbers)}", tone="warning", created_at=NOW)
    session.add_all(
        [tag, BatchLine(**mine, batch_id=batch.id, position=0, case_id=case.id, state="refused", message="Non.")]
    )
    session.flush()
    steps = {"take": True, "tag_ids": [tag.id], "answer_id": answer.id, "note": "Vu.", "status": "under_review"}
    macro = Macro(**mine, name="Vu", folded=f"vu {next(factories.numbers)}", steps=steps, position=1, created_at=NOW)
    session.add_all([macro, CaseTag(**mine, case_id=case.id, tag_id=tag.id)])
    task = Task(
        **mine, case_id=case.id, form_key=f"{next(factories.numbers)}", asked_by_id=agent.id, title=case.subject,
        from_department_id=case.department_id, body="Syndicat des eaux", question=case.subject,
        due_on=NOW.date(), state="asked", asked_at=NOW,
    )  # fmt: skip
    session.add(task)
    session.flush()
    (attachment,) = case_queries.list_attachments(session, case.id)
    return {
        **_an_elimination(session, case, digest),
        "rights_id": _a_right(session, case),
        "paper": "bordereau",
        "format_name": "csv",
        "reference": case.reference,
        "department_id": case.department_id,
        "citizen_id": case.citizen_id,
        "attachment_id": attachment.id,
        "message_id": attachment.message_id,
        "document_id": document.id,
        "bundle_id": bundle.id,
        "batch_id": batch.id,
        "view_id": view.id,
        "letter_id": arrived,
        "file_id": scan,
        "preview_id": preview.id,
        "version_id": words.id,
        "answer_id": answer.id,
        "call_id": ringing.id,
        "call_back_id": call_back.id,
        "contact_id": contact.id,
        "tag_id": tag.id,
        "macro_id": macro.id,
        "task_id": task.id,
        "absence_id": absence.id,
        "factor_id": factor.id,
        "identity_id": identity.id,
        "district_id": district.id,
        "kiosk_id": _a_kiosk(session, case.authority_id),
        "proposal_id": _a_text_proposal(session, answer, agent),
        "line_id": line.id,
        "delegation_id": delegation.id,
        "job_id": job.id,
        "export_id": export.id,
        "own_export_id": taken_away.id,
        "report_id": saved.id,
        "version_number": 1,
        "format_code": "pdf",
        "what": "rapport",
        "session_id": 1,
        "number": 1,
        "rule_id": "filing",
        "digest": digest,
        "key": draft.key,
        "slug": SUMMARY,
        "name": "franceconnect",
        "file_name": "donnees.csv",
        "filename": "css/parvis.css",
    }


def routes(app: Flask, method: str = "GET") -> list[Rule]:
    """Every route that answers to a method, in the order of their addresses."""
    return sorted((rule for rule in app.url_map.iter_rules() if method in (rule.methods or ())), key=lambda r: r.rule)


def browser_of(app: Flask, *, staff_id: int = 0, citizen_id: int = 0) -> FlaskClient:
    """A browser where this agent, this citizen, or nobody is signed in."""
    runtime: Runtime = app.extensions["parvis"]
    client = app.test_client()
    with runtime.database.transaction() as session:
        if staff_id:
            token = accounts.open_session(session, runtime, staff=session.get_one(Staff, staff_id))
            client.set_cookie(STAFF_COOKIE, token)
        if citizen_id:
            token = accounts.open_session(session, runtime, citizen=session.get_one(Citizen, citizen_id))
            client.set_cookie(CITIZEN_COOKIE, token)
    return client


@dataclass(slots=True)
class Form:
    """A form of a page: where it goes, what it would send as it stands, and what people write in it."""

    action: str
    method: str
    fields: dict[str, str]
    written: set[str]


class Forms(HTMLParser):
    """The forms of a page."""

    def __init__(self, page: str, address: str) -> None:
        super().__init__()
        self.address, self.found = address, list[Form]()
        self.open: Form | None = None
        self.select = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a form, and what it holds."""
        given = {name: value or "" for name, value in attrs}
        name, kind = given.get("name", ""), given.get("type", "text")
        if tag == "form":
            self.open = Form(given.get("action") or self.address, given.get("method", "get"), {}, set())
            self.found.append(self.open)
        elif self.open is None:
            return
        elif tag == "option" and self.select and given.get("value"):
            self.open.fields[self.select] = self.open.fields[self.select] or given["value"]
        elif name:
            self.open.fields.setdefault(name, given.get("value") or PLAUSIBLE.get(kind, ""))
            self.select = name if tag == "select" else self.select
            if tag == "textarea" or (tag == "input" and kind not in CHOSEN):
                self.open.written.add(name)

    def handle_endtag(self, tag: str) -> None:
        """Leave a form, or a list of choices."""
        if tag == "form":
            self.open = None
        elif tag == "select":
            self.select = ""


PLAUSIBLE = {"email": "a@courriel.example", "tel": "0241000000", "date": "2026-03-02", "text": "Bonjour"}
CHOSEN = frozenset({"radio", "checkbox", "submit", "button", "hidden"})
