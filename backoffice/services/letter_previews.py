"""Letters tried out before their words are saved: as a page at once, as a PDF by a worker; on a sample or on a case."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy.orm import Session

from backoffice.domain import letter_answers, policy
from backoffice.domain.letters import FRENCH, Letter, get_letter
from backoffice.domain.policy import Actor, Permission
from backoffice.domain.procedures import ProcedureDefinition
from backoffice.domain.regime import GENERAL
from backoffice.domain.sample_answers import sample_answers
from backoffice.errors import Conflict, Invalid
from backoffice.infra import letter_text, pdf, templating
from backoffice.infra.runtime import Runtime
from backoffice.models.authorities import Authority
from backoffice.models.cases import Case
from backoffice.models.documents import LetterPreview
from backoffice.queries import cases, catalogue
from backoffice.queries import letters as queries
from backoffice.queries import procedure_drafts as drafts
from backoffice.services import (
    documents,
    legal_facts,
    letter_templates,
    letterheads,
    moment,
    outbox,
    procedure_drafts,
    procedures,
)
from backoffice.services import letter_answers as answers_of
from backoffice.services.outbox import Claim, JobKind

SVA = {"silence": "acceptance", "delay": "2 months", "basis": "article L. 231-1 du CRPA"}


@dataclass(frozen=True, slots=True)
class Tried:
    """Words that are tried out, for every procedure or for one; `drafted` when they stand in the draft of that one."""

    body: str
    language: str = FRENCH
    procedure_code: str = ""
    drafted: bool = False


def page(
    session: Session, runtime: Runtime, actor: Actor, template: str, text: Tried, reference: str, sheet: str
) -> str:
    """The letter with these words as a page for a browser, with the styles at `sheet`.

    Raises Invalid for words that could not be printed, NotFound for a case that the actor may not read.
    """
    values = letterheads.dress(runtime, _values(session, actor, get_letter(template), text, reference))
    return templating.document_html(
        template, documents.TITLES[template], values, runtime.settings.public_url, sheet_url=sheet
    )


def ask_for_pdf(session: Session, actor: Actor, template: str, text: Tried, reference: str) -> LetterPreview:
    """Promise the same as a PDF; only the person who asks will see it, for a day."""
    preview = LetterPreview(
        authority_id=actor.authority_id,
        staff_id=actor.id,
        template=template,
        title=f"Aperçu – {documents.TITLES[template]}",
        values=_values(session, actor, get_letter(template), text, reference),
        asked_at=moment.now(),
    )
    session.add(preview)
    session.flush()
    outbox.promise(session, JobKind.PREVIEW_LETTER, authority_id=actor.authority_id, preview_id=preview.id)
    return preview


def render(runtime: Runtime, claim: Claim) -> None:
    """Print a letter tried out; no transaction is open while rendering."""
    with runtime.database.reading() as session:
        asked = queries.find_preview(session, claim.payload["preview_id"])
    content = None
    if asked is not None and asked.content is None:
        values = letterheads.dress(runtime, asked.values)
        html = templating.document_html(asked.template, asked.title, values, runtime.settings.public_url)
        content = pdf.render(html)
    with runtime.database.transaction() as session:
        outbox.keep(session, claim)
        preview = queries.find_preview(session, claim.payload["preview_id"])
        if preview is not None and content is not None:
            preview.content = content


def drafted_words(session: Session, actor: Actor, code: str, template: str) -> str | None:
    """What the draft of a procedure makes a letter say in French; None when it says nothing of it."""
    definition = _draft(session, actor, code)
    found = (one.body for one in definition.letters if (one.letter, one.language) == (template, FRENCH))
    return next(found, None)


def _values(session: Session, actor: Actor, letter: Letter, text: Tried, reference: str) -> dict[str, Any]:
    policy.require(actor, Permission.TEMPLATE_MANAGE)
    definition = _definition(session, actor, text)
    letter_text.check(text.body, letter_answers.with_answers(letter, definition) if definition else letter)
    authority = session.get_one(Authority, actor.authority_id)
    today = legal_facts.today_of(authority)
    if reference:
        case = _case(session, actor, reference)
        values = documents.case_values(session, authority, case)
        answers = answers_of.of_case(session, case, text.body, text.language)
        answers = answers if case.procedure_code == text.procedure_code else {}
    else:
        values, answers = _sample(session, authority, today), _made_up(definition, today)
    values |= _act_of(letter.code, today) | {"letter": _letter(session, actor, letter, text, answers)}
    missing = letter_templates.missing_names(letter, text.body, values, answers)
    if missing:
        raise Invalid(faults={"body": f"Ce dossier n’a pas de valeur pour : {', '.join(missing)}."})
    return values


def _definition(session: Session, actor: Actor, text: Tried) -> ProcedureDefinition | None:
    """The procedure whose questions the words may call for."""
    if text.drafted:
        return _draft(session, actor, text.procedure_code)
    procedure = catalogue.find_procedure(session, actor.authority_id, text.procedure_code)
    return procedures.definition_of(procedure) if procedure and procedure.current_version else None


def _draft(session: Session, actor: Actor, code: str) -> ProcedureDefinition:
    policy.require(actor, Permission.PROCEDURE_MANAGE)
    return procedure_drafts.read(drafts.get_draft(session, actor.authority_id, code))


def _made_up(definition: ProcedureDefinition | None, today: date) -> dict[str, str]:
    """An answer to each question, even to those that no single request is asked together."""
    if definition is None:
        return {}
    steps = tuple(
        replace(step, when=None, fields=tuple(replace(one, when=None) for one in step.fields))
        for step in definition.steps
    )
    asked = replace(definition, steps=steps)
    return dict(letter_answers.answers_for(asked, sample_answers(asked, today)))


def _letter(session: Session, actor: Actor, letter: Letter, text: Tried, answers: Mapping[str, str]) -> dict[str, Any]:
    """The words tried out, above those in French when they are in another language, as they will be printed."""
    said = {"language": text.language, "body": text.body, "answers": dict(answers)}
    if text.language == FRENCH:
        return {"template": letter.code, **said}
    french = letter_templates.common_words(session, actor.authority_id, letter.code)
    second = said if text.body.strip() else None
    return {"template": letter.code, "language": FRENCH, "body": french, "second": second}


def _case(session: Session, actor: Actor, reference: str) -> Case:
    policy.require(actor, Permission.CASE_READ)
    case = cases.get_case(session, actor, reference.strip())
    if case.restricted:
        raise Conflict("Ce dossier est protégé : choisissez-en un autre pour essayer un modèle.")
    return case


def _sample(session: Session, authority: Authority, today: date) -> dict[str, Any]:
    """A case that does not exist, of the first department of the real authority."""
    department = catalogue.list_departments(session, authority.id)[0]
    received = today - timedelta(days=10)
    contact = ("name", "email", "phone", "address")
    return {
        "reference": f"{today.year}-000000",
        "tracking_code": "EXEM-PLE0",
        "subject": "Installation d’une terrasse sur le trottoir",
        "channel": "En ligne",
        "electronic": True,
        "written_on": today.isoformat(),
        "received_at": f"{received.isoformat()}T09:30:00+00:00",
        "received_on": received.isoformat(),
        "implicit_on": (received + timedelta(days=61)).isoformat(),
        "acknowledge_by": (received + timedelta(days=14)).isoformat(),
        "target_on": (received + timedelta(days=28)).isoformat(),
        "regime": GENERAL.to_data(),
        "citizen": {
            "name": "Camille Exemple",
            "email": "camille@exemple.fr",
            "address_line": "12 rue des Lilas",
            "postcode": "49990",
            "city": "Saint-Aubin-les-Tilleuls",
        },
        "department": {field: getattr(department, field) for field in contact},
        "authority": documents.authority_values(authority),
    }


def _act_of(template: str, today: date) -> dict[str, Any]:
    """What the act of the law adds to the values of a case, made up: a letter is tried out before there is an act."""
    agent = {"name": "Dominique Modèle", "title": "Agent instructeur"}
    decided = {
        "signatory": {"name": "Claude Signataire", "title": "Maire", "act": ""},
        "decided_on": today.isoformat(),
        "complete_on": (today - timedelta(days=5)).isoformat(),
        "agent": agent,
    }
    silent_on = {"implicit_on": (today - timedelta(days=1)).isoformat()}
    piece = {"label": "Plan coté de la terrasse", "legal_basis": "règlement de voirie, article 4", "blocking": True}
    acts: dict[str, dict[str, Any]] = {
        "missing_documents": {
            "limit_on": (today + timedelta(days=30)).isoformat(),
            "pieces": [piece],
            "blocking": True,
            "agent": agent,
        },
        "transmission": {
            "recipient": {
                "name": "Communauté de communes",
                "address": "1 rue du Pont, 49990 Saint-Aubin-les-Tilleuls",
                "email": "contact@exemple.fr",
                "phone": "",
                "reason": "La compétence lui a été transférée.",
            },
            "transmitted_on": today.isoformat(),
            "agent": agent,
        },
        "implicit_decision": silent_on | {"outcome": "implicitly_refused", "enforceable": True},
        "certificate": decided | silent_on | {"regime": SVA},
        "refusal": decided
        | {
            "texts": "le règlement de voirie, article 4",
            "rule": "une terrasse laisse libre un passage de 1,40 m",
            "facts": "le trottoir mesure 1,80 m et la terrasse demandée en occuperait 0,80 m",
            "conclusion": "le passage restant serait inférieur à 1,40 m",
            "plain": "Votre demande est refusée parce que le trottoir est trop étroit.",
        },
        "favourable": decided | {"text": "La terrasse est autorisée du 1er juin au 30 septembre."},
    }
    return acts.get(template, {})
