"""In which language a page is: the citizen's, chosen or asked for by their browser; always French for staff."""

from functools import lru_cache
from typing import Any
from urllib.parse import quote, urlencode

from flask import Flask, Response, current_app, g, has_request_context, request, session, url_for
from markupsafe import Markup
from werkzeug.exceptions import HTTPException

from backoffice.domain.languages import LANGUAGES, Language
from backoffice.domain.letters import FRENCH
from backoffice.domain.wording import Wording
from backoffice.infra import speech
from backoffice.infra.speech import Speech
from backoffice.web import french_marks
from backoffice.web.access import STAFF_PAGES, Audience, audience_of, is_read_by_staff

CHOICE = "langue"
"""What an address says to choose a language (« ?langue=en »), and where the session of forms remembers it."""

ANSWERS_OF_PROVIDERS = frozenset({"citizen_account.callback", "citizen_account.signed_out"})
"""Addresses that serve once, and carry a code: no page repeats them."""


def install(app: Flask) -> None:
    """Have the choice of an address remembered, and every page say its language."""

    @app.before_request
    def choose() -> None:
        if not _is_french_only():
            chosen = request.args.get(CHOICE, "")
            if chosen in LANGUAGES and session.get(CHOICE) != chosen:
                session[CHOICE] = chosen

    @app.after_request
    def tell(response: Response) -> Response:
        if "speech" in g and not _is_french_only():
            french_marks.set_marks(response)
            response.headers.setdefault("Content-Language", spoken().language.code)
            response.vary.add("Accept-Language")
        return response


def spoken() -> Speech:
    """The speech of the page being served."""
    found: Speech | None = g.get("speech")
    if found is None:
        found = g.speech = speech.of(_wanted())
    return found


def said(text: str) -> str:
    """A wording in the language of the page, for what no template writes: JSON, messages kept for the next page."""
    return spoken().say(text)


def forget_all_else() -> None:
    """Empty the session of forms, but for the language: who signs out still reads theirs."""
    chosen = session.get(CHOICE)
    session.clear()
    if chosen:
        session[CHOICE] = chosen


def own(text: str) -> str:
    """A sentence that we wrote, whether it is a wording or one of `backoffice.errors`, which knows of no wording."""
    return spoken().gettext(text) if type(text) is str else said(text)


def shown(value: Any) -> Any:
    """What templates write: wordings in the language of the page, everything else as it is."""
    if type(value) is not Wording or not has_request_context():
        return value
    speaking = spoken()
    return _or_french(speaking, value.source, speaking.say(value))


def gettext(text: str) -> str:
    """The `gettext` of templates."""
    speaking = spoken()
    return _or_french(speaking, text, speaking.gettext(text))


def in_page(text: str, **values: Any) -> Markup:
    """The `_` of templates: a text of ours in the language of the page, with what takes places in it."""
    code = spoken().language.code
    return _sentence(code, text) % values if values else _whole_sentence(code, text)


@lru_cache(maxsize=4096)
def _sentence(code: str, text: str) -> Markup:
    speaking = speech.of(code)
    return Markup(_or_french(speaking, text, speaking.gettext(text)))  # noqa: S704 (templates write it, and catalogues)


@lru_cache(maxsize=4096)
def _whole_sentence(code: str, text: str) -> Markup:
    return _sentence(code, text) % {}


def ngettext(one: str, several: str, count: int) -> str:
    """The `ngettext` of templates."""
    speaking = spoken()
    return _or_french(speaking, one, speaking.ngettext(one, several, count))


def _or_french(speaking: Speech, source: str, text: str) -> str:
    return text if speaking.knows(source) else french_marks.between(text)


def choices() -> list[tuple[Language, str]]:
    """Each language with the address of this page in it; none where pages only speak French."""
    if _is_french_only():
        return []
    path, arguments = "/", {}
    if request.endpoint in ANSWERS_OF_PROVIDERS:
        path = url_for("citizen_account.sign_in")
    elif request.endpoint is None:
        path = "/"  # what no page has may be read as the address of another site
    elif request.method in {"GET", "HEAD"}:
        path, arguments = quote(request.path), request.args.to_dict(flat=False)
    elif _opens(request.path):
        path = quote(request.path)
    return [(one, f"{path}?{urlencode({**arguments, CHOICE: [one.code]}, doseq=True)}") for one in LANGUAGES.values()]


def _opens(path: str) -> bool:
    """Whether the page that came back from a form can also be opened by a link."""
    try:
        current_app.create_url_adapter(request).match(path, "GET")  # type: ignore[union-attr]
    except HTTPException:
        return False
    return True


def _wanted() -> str:
    if _is_french_only():
        return FRENCH
    chosen = session.get(CHOICE)
    if chosen in LANGUAGES:
        return str(chosen)
    return request.accept_languages.best_match(LANGUAGES, FRENCH) or FRENCH


def _is_french_only() -> bool:
    """Whether the page is for staff or for machines, or no page at all."""
    if "french_only" not in g:
        g.french_only = _serves_no_citizen()
    return bool(g.french_only)


def _serves_no_citizen() -> bool:
    if request.endpoint is None:
        return is_read_by_staff()
    if request.endpoint == "static":
        return True
    who = audience_of(current_app, request.endpoint)
    return who is None or who[0] in {Audience.STAFF, Audience.MACHINE} or request.path.startswith(STAFF_PAGES)
