"""What citizens do on the page of their case besides answering: correct, withdraw, ask for the certificate, judge."""

import secrets
from datetime import UTC, datetime

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from backoffice.domain import answer_text
from backoffice.domain.french import NBSP
from backoffice.domain.incoming import ChannelCode, IncomingRequest, Sender
from backoffice.domain.lifecycle import Status
from backoffice.domain.wording import Wording
from backoffice.errors import Conflict, Invalid
from backoffice.models.cases import Case
from backoffice.queries import cases
from backoffice.services import citizen_acts, intake, procedures
from backoffice.web import follow_up, said_procedures
from backoffice.web.access import Audience, audience
from backoffice.web.current import authority, runtime
from backoffice.web.errors import status_of
from backoffice.web.languages import said

pages = Blueprint("follow_up_acts", __name__)

LONGEST_CORRECTION = 4000
CONTACT, OTHER = Wording("Mes coordonnées"), Wording("Autre chose")
CLOSED = Wording("Votre demande est terminée : écrivez au service s’il faut la reprendre.")
CERTIFICATE_ASKED = Wording(
    "Votre demande d’attestation est transmise. Elle arrivera dans vos documents, sur cette page."
)
PROVE_AGAIN = Wording("Redonnez d’abord la référence et le code de suivi.")


@pages.get("/suivi/<reference>/corriger")
@audience(Audience.PUBLIC)
def correction(reference: str) -> ResponseReturnValue:
    """Say what is wrong in the request."""
    case = follow_up.find_followed(reference)
    if case is None:
        return _prove_again(reference)
    if case.status == Status.CLOSED:
        return _back(reference, CLOSED, "info")
    return _correction_page(case, {"submission": secrets.token_urlsafe(16)}, {})


@pages.post("/suivi/<reference>/corriger")
@audience(Audience.PUBLIC)
def correct(reference: str) -> ResponseReturnValue:
    """What is wrong goes to the agent as a message; the answers themselves stay as they were given."""
    case = _followed_by_writer(reference)
    if not isinstance(case, Case):
        return case
    if case.status == Status.CLOSED:
        return _back(reference, CLOSED, "info")
    typed = request.form.to_dict()
    what, text = typed.get("what", ""), typed.get("text", "").replace("\x00", "").strip()
    errors: dict[str, str] = {}
    if what not in _questions(case):
        errors["what"] = Wording("Choisissez dans la liste ce qui est à corriger.")
    if not text:
        errors["text"] = Wording("Écrivez ce qu’il faut lire à la place.")
    elif len(text) > LONGEST_CORRECTION:
        errors["text"] = Wording("Ce texte dépasse 4 000 caractères : raccourcissez-le.")
    if errors:
        return _correction_page(case, typed, errors), 422
    number = typed.get("submission", "")[:40] or secrets.token_urlsafe(16)
    incoming = IncomingRequest(
        channel=ChannelCode.WEB_FORM,
        source_id=f"{case.id}.correction.{number}",
        received_at=datetime.now(UTC),
        sender=Sender(citizen_id=case.citizen_id),
        authority=authority().code,
        subject="Correction demandée",
        body=f"À corriger{NBSP}: {what}\n\n{text}",
    )
    intake.accept_answer(runtime(), case.id, incoming)
    return _back(reference, Wording("Votre correction est transmise au service. Elle est dans vos messages."))


@pages.get("/suivi/<reference>/retirer")
@audience(Audience.PUBLIC)
def withdrawal(reference: str) -> ResponseReturnValue:
    """What withdrawing means, before it is done."""
    case = follow_up.find_followed(reference)
    if case is None:
        return _prove_again(reference)
    if case.status == Status.CLOSED:
        return _back(reference, Wording("Cette demande est déjà terminée."), "info")
    return render_template("citizen/withdrawal.html", case=case, typed={}, errors={})


@pages.post("/suivi/<reference>/retirer")
@audience(Audience.PUBLIC)
def withdraw(reference: str) -> ResponseReturnValue:
    """Withdraw the request."""
    case = _followed_by_writer(reference)
    if not isinstance(case, Case):
        return case
    try:
        with runtime().database.transaction() as session:
            held = cases.claim_case_by_id(session, case.id)
            citizen_acts.withdraw(session, runtime(), held, request.form.get("reason", ""))
    except Conflict:
        return _back(reference, Wording("Cette demande est déjà terminée."), "info")
    except Invalid as fault:
        page = render_template("citizen/withdrawal.html", case=case, typed=request.form.to_dict(), errors=fault.faults)
        return page, status_of(fault)
    return _back(reference, Wording("Votre demande est retirée."))


@pages.post("/suivi/<reference>/attestation")
@audience(Audience.PUBLIC)
def ask_for_certificate(reference: str) -> ResponseReturnValue:
    """Ask for the certificate of an acceptance by silence."""
    case = follow_up.find_followed(reference)
    if case is None:
        return _prove_again(reference)
    try:
        with runtime().database.transaction() as session:
            citizen_acts.ask_for_certificate(session, cases.claim_case_by_id(session, case.id))
    except Conflict as fault:
        return _back(reference, fault.sentence, "info")
    return _back(reference, CERTIFICATE_ASKED)


@pages.post("/suivi/<reference>/avis")
@audience(Audience.PUBLIC)
def judge(reference: str) -> ResponseReturnValue:
    """Say whether the answer helped."""
    case = _followed_by_writer(reference)
    if not isinstance(case, Case):
        return case
    typed = request.form.to_dict()
    if typed.get("helped") not in {"yes", "no"}:
        errors = {"helped": Wording("Dites si cette réponse vous a aidé, par oui ou par non.")}
        return follow_up.case_page(reference, judgement=typed, errors=errors), 422
    try:
        with runtime().database.transaction() as session:
            held = cases.claim_case_by_id(session, case.id)
            said = citizen_acts.judge(session, held, typed.get("reason", ""), helped=typed["helped"] == "yes")
    except Invalid as fault:
        return follow_up.case_page(reference, judgement=typed, errors=fault.faults), status_of(fault)
    except Conflict as fault:
        return _back(reference, fault.sentence, "info")
    if said.reopened:
        return _back(reference, Wording("Merci. Votre demande est rouverte : un agent va la reprendre."))
    return _back(reference, Wording("Merci, votre avis est enregistré."))


def _followed_by_writer(reference: str) -> Case | ResponseReturnValue:
    """The case, for who may follow it; who wrote until it closed in this browser gives the code, and loses no word."""
    case = follow_up.find_followed(reference)
    if case is not None:
        return case
    tried = follow_up.try_posted_code(reference)
    if tried.reference:
        return follow_up.get_followed(reference)
    written = {name: values for name, values in request.form.lists() if name not in {"csrf_token", "code"}}
    return follow_up.ask_for_code(reference, written, tried, request.form.get("code", "")[:40])


def _prove_again(reference: str) -> ResponseReturnValue:
    flash(said(PROVE_AGAIN), "warning")
    return redirect(url_for("follow_up.form", reference=reference), 303)


def _back(reference: str, sentence: str, tone: str = "success") -> ResponseReturnValue:
    flash(said(sentence), tone)
    return redirect(url_for("follow_up.show", reference=reference), 303)


def _questions(case: Case) -> dict[str, str]:
    """What may be wrong, as agents read it and as citizens do: each question answered, contact details, the rest."""
    asked: dict[str, str] = {}
    if case.form_version is not None:
        definition = procedures.read_version(case.form_version)
        said_here = said_procedures.said(definition)
        written = answer_text.describe(definition, case.answers)
        shown = said_procedures.marked_answers(answer_text.describe(said_here, case.answers), said_here)
        asked = {str(french): label for (french, _), (label, _) in zip(written, shown, strict=True)}
    return {**asked, str(CONTACT): CONTACT, str(OTHER): OTHER}


def _correction_page(case: Case, typed: dict[str, str], errors: dict[str, str]) -> str:
    options = list(_questions(case).items())
    return render_template("citizen/correction.html", case=case, options=options, typed=typed, errors=errors)
