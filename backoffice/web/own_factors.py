"""An agent's own second factors: an application by its QR code, passkeys, recovery codes that are shown once."""

from flask import (
    Blueprint,
    Response,
    flash,
    g,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from backoffice.domain import one_time_codes
from backoffice.domain.dangerous_acts import DangerousAct
from backoffice.errors import Conflict, Forbidden, Invalid
from backoffice.infra.typesetting import qr_code
from backoffice.models.people import Staff
from backoffice.queries import accounts as account_queries
from backoffice.queries import sign_in as queries
from backoffice.services import passkeys, second_factors
from backoffice.services.second_factors import KIND_LABELS, Kind
from backoffice.web import local_paths, staff_sessions
from backoffice.web.access import Audience, audience, dangerous, enrolling, halted
from backoffice.web.current import Viewer, authority, runtime

pages = Blueprint("own_factors", __name__, url_prefix="/agents/compte/double-authentification")


@pages.get("")
@audience(Audience.STAFF)
@enrolling
@dangerous(DangerousAct.OWN_FACTORS)
def show() -> ResponseReturnValue:
    """What I have, and what I may add; whoever must have one and has none is led here."""
    return _page({})


@pages.post("/application")
@audience(Audience.STAFF)
@enrolling
@dangerous(DangerousAct.OWN_FACTORS)
def begin_application() -> ResponseReturnValue:
    """A key for an application: read as a QR code, or typed."""
    with runtime().database.transaction() as database:
        staff = _claim(database)
        key = second_factors.begin_application(database, runtime(), staff)
    return _application_page(staff, key, {})


@pages.post("/application/confirmer")
@audience(Audience.STAFF)
@enrolling
@dangerous(DangerousAct.OWN_FACTORS)
def confirm_application() -> ResponseReturnValue:
    """The first code that the application gives."""
    code, name = request.form.get("code", ""), request.form.get("name", "")
    try:
        with runtime().database.transaction() as database:
            codes = second_factors.confirm_application(database, runtime(), _claim(database), code, name)
    except Conflict as error:
        return _page({"": error.sentence}), 409
    except Invalid as error:
        with runtime().database.transaction() as database:
            staff = _claim(database)
            key = second_factors.begin_application(database, runtime(), staff)
        return _application_page(staff, key, error.faults), 422
    return _added(Kind.APPLICATION, codes)


@pages.post("/cle/demande")
@audience(Audience.STAFF)
@enrolling
@dangerous(DangerousAct.OWN_FACTORS)
def ask_passkey() -> ResponseReturnValue:
    """What the browser is asked to make."""
    try:
        with runtime().database.transaction() as database:
            return jsonify(passkeys.ask_for_new(database, runtime(), _claim(database), _seen().session_id))
    except Conflict as error:
        return jsonify(error=error.sentence), 409


@pages.post("/cle")
@audience(Audience.STAFF)
@enrolling
@dangerous(DangerousAct.OWN_FACTORS)
def add_passkey() -> ResponseReturnValue:
    """The passkey that the browser made."""
    answer, name = request.form.get("passkey", ""), request.form.get("name", "")
    try:
        with runtime().database.transaction() as database:
            codes = passkeys.add(database, runtime(), _claim(database), _seen().session_id, answer, name)
    except (Conflict, Invalid) as error:
        return _page({"": error.sentence}), 422
    return _added(Kind.PASSKEY, codes)


@pages.post("/codes")
@audience(Audience.STAFF)
@dangerous(DangerousAct.OWN_FACTORS)
def renew_codes() -> ResponseReturnValue:
    """Ten other recovery codes."""
    try:
        with runtime().database.transaction() as database:
            codes = second_factors.renew_codes(database, runtime(), _claim(database))
    except Conflict as error:
        return _page({"": error.sentence}), 409
    return render_template("staff/recovery_codes.html", codes=codes, next_path=url_for("own_factors.show"))


@pages.post("/<int:factor_id>/retirer")
@audience(Audience.STAFF)
@dangerous(DangerousAct.OWN_FACTORS)
def remove(factor_id: int) -> ResponseReturnValue:
    """One of them goes."""
    try:
        with runtime().database.transaction() as database:
            second_factors.remove(database, runtime(), _claim(database), factor_id)
    except Conflict as error:
        return _page({"": error.sentence}), 409
    flash("Ce moyen est retiré : il n’ouvre plus votre compte.", "success")
    return redirect(url_for("own_factors.show"), 303)


def _added(kind: Kind, codes: list[str]) -> Response:
    """The recovery codes when they are the first; who had to have a second factor is now signed in."""
    held, next_path = halted(), url_for("own_factors.show")
    token = ""
    if held is not None:
        next_path = local_paths.safe_path(str(session.get(staff_sessions.NEXT, ""))) or url_for("staff_sign_in.home")
        token = staff_sessions.renew_after_enrolment(held.id, kind)
        session.clear()
    if codes:
        answer = make_response(render_template("staff/recovery_codes.html", codes=codes, next_path=next_path))
    else:
        flash("Ce moyen est ajouté : il vous sera demandé à la prochaine connexion.", "success")
        answer = make_response(redirect(next_path, 303))
    return staff_sessions.with_cookie(answer, token) if token else answer


def _page(errors: dict[str, str]) -> str:
    with runtime().database.reading() as database:
        staff = _mine(database)
        factors = queries.list_factors(database, staff.id)
        left = queries.count_recovery_codes(database, staff.id)
        site = passkeys.site_for(database, runtime(), staff.authority_id)
        required = second_factors.is_required(database, staff)
    return render_template(
        "staff/factors.html",
        staff=staff,
        factors=[(one, KIND_LABELS[Kind(one.kind)]) for one in factors],
        codes_left=left,
        has_site=site is not None,
        required=required,
        forced=halted() is not None,
        errors=errors,
    )


def _application_page(staff: Staff, key: bytes, errors: dict[str, str]) -> str:
    address = one_time_codes.address_of(key, f"Parvis {authority().name}", staff.email)
    return render_template(
        "staff/application.html",
        drawing=qr_code(address, "QR code à lire avec l’application", border=4, light="#fff"),
        written=one_time_codes.written(key),
        address=address,
        staff=staff,
        errors=errors,
    )


def _seen() -> Viewer:
    seen: Viewer = g.viewer
    return seen


def _mine(database: Session) -> Staff:
    seen = _seen().actor
    staff = account_queries.get_account(database, seen.authority_id, seen.id or 0)
    if staff.home_id is not None:
        raise Forbidden("Votre double authentification se règle sur le site de votre collectivité.")
    return staff


def _claim(database: Session) -> Staff:
    seen = _seen().actor
    account_queries.claim_staff(database, seen.authority_id, seen.id or 0)
    return _mine(database)
