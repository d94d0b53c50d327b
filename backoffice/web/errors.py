"""Errors, named by meaning inside, translated here: a French page for people, RFC 9457 problem details for machines."""

import secrets
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import structlog
from flask import Flask, current_app, jsonify, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError, OperationalError
from werkzeug.exceptions import HTTPException, InternalServerError, RequestEntityTooLarge, TooManyRequests

from backoffice.domain.wording import Wording
from backoffice.errors import BackofficeError, Conflict, Forbidden, Gone, Invalid, NotFound, Unavailable
from backoffice.web import current, kept_input, languages

STATUS: dict[type[BackofficeError], int] = {
    Gone: 410,
    NotFound: 404,
    Forbidden: 403,
    Conflict: 409,
    Invalid: 422,
    Unavailable: 503,
}

HTTP_SENTENCES: dict[int, tuple[str, str]] = {
    400: (
        Wording("Demande incomprise"),
        Wording("Votre navigateur a envoyé une demande que nous ne comprenons pas. Revenez en arrière."),
    ),
    404: (NotFound.title, NotFound.sentence),
    405: (
        Wording("Action impossible ici"),
        Wording("Cette adresse ne s’ouvre pas de cette manière. Revenez à l’accueil."),
    ),
    413: (
        Wording("Envoi trop volumineux"),
        Wording("Vos fichiers dépassent la taille permise. Envoyez-en moins, ou de plus légers."),
    ),
    429: (
        Wording("Trop d’envois en peu de temps"),
        Wording("Votre connexion a beaucoup envoyé en peu de temps. Attendez un peu."),
    ),
}

log = structlog.get_logger("parvis.web")


@dataclass(frozen=True, slots=True)
class Shown:
    """What the error page shows; the reference finds the line in the logs."""

    title: str
    sentence: str
    reference: str = ""


def install(app: Flask) -> None:
    """Translate every error at the door."""
    app.register_error_handler(BackofficeError, _backoffice)
    app.register_error_handler(CSRFError, _stale_form)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(OperationalError, _database)
    app.register_error_handler(DataError, _unfit)
    app.register_error_handler(Exception, _unforeseen)


def status_of(error: BackofficeError) -> int:
    """The HTTP status of an error of the house."""
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 500)


def problem(error: BackofficeError) -> ResponseReturnValue:
    """An error of the house as problem details, whatever the machine said that it reads."""
    faults = error.faults if isinstance(error, Invalid) else {}
    return _problem(Shown(error.title, error.sentence), status_of(error), faults)


def _backoffice(error: BackofficeError) -> ResponseReturnValue:
    status = status_of(error)
    faults = error.faults if isinstance(error, Invalid) else {}
    return _answer(Shown(error.title, error.sentence), status, faults)


def _stale_form(_: CSRFError) -> ResponseReturnValue:
    if _wants_json():
        return _answer(
            Shown(Wording("Session expirée"), Wording("La session de ce formulaire a expiré : rechargez la page.")), 400
        )
    return kept_input.ask_to_send_again()


def _http(error: HTTPException) -> ResponseReturnValue:
    status = error.code or 500
    if isinstance(error, TooManyRequests):
        return _too_many(error)
    if isinstance(error, InternalServerError) and isinstance(error.original_exception, OperationalError):
        return _database(error.original_exception)  # it went away while the page of another error was made
    if request.url_rule is None and (page := _without_last_slash()):
        return redirect(page, 308)
    if isinstance(error, RequestEntityTooLarge) or status in HTTP_SENTENCES:
        return _answer(Shown(*HTTP_SENTENCES[status]), status)
    if 300 <= status < 400:
        return error
    return _answer(Shown(BackofficeError.title, BackofficeError.sentence), status)


def _without_last_slash() -> str:
    """The page that was meant, when somebody typed a slash too many after its address; empty when there is none."""
    path = request.path.rstrip("/")
    adapter = current_app.create_url_adapter(request)
    if request.method not in {"GET", "HEAD"} or path in {"", request.path} or adapter is None:
        return ""
    try:
        adapter.match(path, "GET")
    except HTTPException:
        return ""
    query = request.query_string.decode("latin-1")
    return f"{request.root_path}{quote(path)}{'?' if query else ''}{query}"


def _too_many(error: TooManyRequests) -> ResponseReturnValue:
    # What counts by itself says how long to wait; a minute is right for the rest.
    seconds = error.retry_after if isinstance(error.retry_after, int) else 60
    answer = make_response(
        _answer(Shown(*HTTP_SENTENCES[429]), 429)
        if _wants_json() or request.method == "GET"
        else kept_input.ask_to_wait(seconds)
    )
    answer.headers["Retry-After"] = str(seconds)
    return answer


def _database(error: OperationalError) -> ResponseReturnValue:
    reference = secrets.token_hex(4)
    log.error("database unavailable", reference=reference, error=type(error.orig).__name__)
    current.do_without_database()
    return _answer(Shown(Unavailable.title, Unavailable.sentence, reference), 503)


def _unfit(error: DataError) -> ResponseReturnValue:
    # The last net: what the pages let through and no column can hold (PostgreSQL alone says so).
    log.warning("refused by the database", error=type(error.orig).__name__)
    return _answer(Shown(Invalid.title, Wording("Un des champs est trop long ou illisible : raccourcissez-le.")), 422)


def _unforeseen(error: Exception) -> ResponseReturnValue:
    reference = secrets.token_hex(4)
    log.error("unforeseen error", reference=reference, kind=type(error).__name__, exc_info=error)
    sentence = Wording(
        "Une erreur imprévue est survenue de notre côté. Rien n’a été enregistré : réessayez dans un instant."
    )
    return _answer(Shown(BackofficeError.title, sentence, reference), 500)


def _answer(shown: Shown, status: int, faults: dict[str, str] | None = None) -> ResponseReturnValue:
    shown = Shown(languages.own(shown.title), languages.own(shown.sentence), shown.reference)
    if _wants_json():
        return _problem(shown, status, faults or {})
    try:
        return render_template("errors/error.html", error=shown), status
    except OperationalError:
        # The page of an error shows even when the database is away.
        current.do_without_database()
        return render_template("errors/error.html", error=shown), status


def _problem(shown: Shown, status: int, faults: dict[str, str]) -> ResponseReturnValue:
    body: dict[str, Any] = {"type": "about:blank", "title": shown.title, "status": status, "detail": shown.sentence}
    if shown.reference:
        body["instance"] = f"urn:parvis:error:{shown.reference}"
    if faults:
        body["errors"] = [{"field": name, "detail": languages.said(sentence)} for name, sentence in faults.items()]
    answer = jsonify(body)
    answer.content_type = "application/problem+json"
    return answer, status


def _wants_json() -> bool:
    accepted = request.accept_mimetypes
    return request.is_json or accepted.best_match(("text/html", "application/json")) == "application/json"
