"""Requests made otherwise that may be mine: nothing is shown before a second proof, nothing moves before my word."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_limiter import RateLimitExceeded
from itsdangerous import BadSignature, URLSafeTimedSerializer
from sqlalchemy.orm import Session

from backoffice.domain.references import read_reference
from backoffice.domain.wording import Wording
from backoffice.errors import Invalid
from backoffice.infra import sms
from backoffice.models.people import Citizen
from backoffice.queries import cases, people
from backoffice.services import reconciliation, sheet_codes
from backoffice.services.reconciliation import Proof
from backoffice.web.access import Audience, audience
from backoffice.web.current import actor, authority, runtime, viewer
from backoffice.web.languages import said, spoken
from backoffice.web.limits import limiter, network

pages = Blueprint("citizen_matching", __name__, url_prefix="/mon-espace/retrouver")

PROOF_SECONDS = 15 * 60
REFUSED = 403
GUESSES = "10 per 15 minutes"
CODES = "5 per 15 minutes"
WRONG = Wording(
    "Nous ne trouvons pas de demande à votre nom avec cette référence et ce code. "
    "Vérifiez-les sur votre accusé de réception, puis réessayez."
)
WRONG_CODE = Wording("Ce code n’est pas le bon, ou il a plus de 15 minutes. Vérifiez-le, ou demandez-en un autre.")
SET_ASIDE = Wording("C’est noté : ces demandes ne vous seront plus proposées.")
TOO_MANY = Wording("Vous avez fait beaucoup d’essais en peu de temps. Attendez un quart d’heure, ou appelez-nous.")


def _account_key() -> str:
    return str(actor().id)


@pages.before_request
def with_an_identity() -> ResponseReturnValue | None:
    """A session that only proved an address guesses nothing from a name."""
    seen = viewer()
    return redirect(url_for("citizen_space.show"), 303) if seen and seen.email else None


@pages.get("")
@audience(Audience.CITIZEN)
def show() -> ResponseReturnValue:
    """The two ways to prove that requests are mine."""
    return _page()


@pages.post("/reference")
@limiter.limit(GUESSES, key_func=_account_key, deduct_when=lambda answer: answer.status_code == REFUSED)
@audience(Audience.CITIZEN)
def prove_by_case() -> ResponseReturnValue:
    """By the reference and the tracking code of one of them."""
    typed, code = (request.form.get(name, "")[:40].strip() for name in ("reference", "code"))
    faults: dict[str, str] = {}
    if not typed:
        faults["reference"] = Wording("Indiquez la référence d’une de ces demandes, par exemple 2026-000123.")
    if not code:
        faults["code"] = Wording("Indiquez le code de suivi de cette demande, par exemple K7QM-3TXP.")
    if faults:
        return _page(faults, reference=typed, code=code), 422
    with runtime().database.reading() as session:
        account = _account(session)
        sheets = reconciliation.prove_by_case(session, runtime(), account, read_reference(typed), code)
        if sheets:
            return _confirmation(session, sheets, Proof.CASE_CODE)
    return _page({"code": WRONG}, reference=typed, code=code), REFUSED


@pages.post("/coordonnee")
@limiter.limit(CODES, key_func=_account_key)
@audience(Audience.CITIZEN)
def send_code() -> ResponseReturnValue:
    """By a code sent to the address or the telephone given at the time; the same answer, whether it was or not."""
    typed = request.form.get("contact", "")[:255].strip()
    try:
        contact = sheet_codes.read_contact(typed)
    except Invalid as error:
        return _page({"contact": error.sentence}, contact=typed), 422
    with runtime().database.transaction() as session:
        sheet_codes.send(session, runtime(), _account(session), contact, network(), spoken().language.code)
    return redirect(url_for("citizen_matching.ask_code"), 303)


@pages.get("/code")
@audience(Audience.CITIZEN)
def ask_code() -> ResponseReturnValue:
    """Where the code is written."""
    return render_template("citizen/sheet_code.html", errors={}, typed="")


@pages.post("/code")
@limiter.limit(GUESSES, key_func=_account_key, deduct_when=lambda answer: answer.status_code == REFUSED)
@audience(Audience.CITIZEN)
def prove_by_code() -> ResponseReturnValue:
    """The code that was received."""
    typed = request.form.get("code", "")[:40].strip()
    with runtime().database.transaction() as session:
        sheets = sheet_codes.prove(session, runtime(), _account(session), typed) if typed else []
        if sheets:
            return _confirmation(session, sheets, Proof.CONTACT_CODE)
    errors = {"code": WRONG_CODE if typed else Wording("Indiquez le code que vous avez reçu.")}
    return render_template("citizen/sheet_code.html", errors=errors, typed=typed), REFUSED if typed else 422


@pages.post("/rattacher")
@audience(Audience.CITIZEN)
def join() -> ResponseReturnValue:
    """Bring them into my account, now that I have seen them."""
    sheet_ids, proof = _read_proof(request.form.get("proof", ""))
    if not sheet_ids:
        flash(said(Wording("Cette page est restée ouverte trop longtemps. Recommencez.")), "warning")
        return redirect(url_for("citizen_matching.show"), 303)
    with runtime().database.transaction() as session:
        for sheet_id in sheet_ids:
            reconciliation.merge(session, actor(), actor().id or 0, sheet_id, Proof(proof))
    flash(said(Wording("Ces demandes sont maintenant dans votre espace.")), "success")
    return redirect(url_for("citizen_space.show"), 303)


@pages.post("/ecarter")
@audience(Audience.CITIZEN)
def set_aside() -> ResponseReturnValue:
    """They are not mine: do not ask me again."""
    with runtime().database.transaction() as session:
        reconciliation.set_aside(session, runtime(), actor(), _account(session))
    flash(said(SET_ASIDE), "success")
    return redirect(url_for("citizen_space.show"), 303)


@pages.errorhandler(RateLimitExceeded)
def too_many(_: RateLimitExceeded) -> ResponseReturnValue:
    """Too many wrong guesses by one account."""
    return _page({"": TOO_MANY}), 429


def _account(session: Session) -> Citizen:
    return people.get_citizen(session, authority().id, actor().id or 0)


def _page(errors: dict[str, str] | None = None, **typed: str) -> str:
    by_sms = sms.is_on(runtime().settings)
    return render_template("citizen/find_cases.html", errors=errors or {}, typed=typed, by_sms=by_sms)


def _confirmation(session: Session, sheets: list[Citizen], proof: Proof) -> str:
    found = [case for one in sheets for case in cases.list_citizen_cases(session, one.id)]
    told = [actor().id, [one.id for one in sheets], proof]
    return render_template("citizen/join_cases.html", cases=found, proof=_signer().dumps(told))


def _read_proof(token: str) -> tuple[list[int], str]:
    """What this account proved a moment ago; nothing for another's proof, or an old one."""
    try:
        account_id, sheet_ids, proof = _signer().loads(token, max_age=PROOF_SECONDS)
    except BadSignature:
        return [], ""
    return (sheet_ids, proof) if account_id == actor().id else ([], "")


def _signer() -> URLSafeTimedSerializer:
    keys: Any = list(reversed(runtime().settings.secret_keys))  # itsdangerous signs with the last one
    return URLSafeTimedSerializer(keys, salt="sheet-proof")
