"""Letters and mails from their templates: plain values in, French text out, and never a hole in a sentence."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import (
    Environment,
    FileSystemLoader,
    StrictUndefined,
    Undefined,
    UndefinedError,
    pass_context,
    select_autoescape,
)
from jinja2.runtime import Context
from markupsafe import Markup

from backoffice.domain import acknowledgements, colours, french, mail_gists
from backoffice.domain.languages import WRITINGS
from backoffice.domain.letters import FRENCH, LETTERS, RIGHT_TO_LEFT, Letter
from backoffice.domain.regime import Regime
from backoffice.infra import letter_text, speech
from backoffice.infra.typesetting import FILTERS, one_line, qr_code, typed

# The pages show an agent's words as letters do: `typed` is theirs too.
__all__ = ["MailText", "document_html", "letter_values", "mail", "shipped_words", "typed"]

FOLDER = Path(__file__).resolve().parents[2] / "templates"
LONGEST_SUBJECT = 200
RULE = "* * *"

_NO_WORDS: dict[str, Any] = {"language": FRENCH, "direction": "ltr", "html": Markup(""), "text": ""}
_TIED = re.compile(r"(n°|\b[LRD]\.|\barticles?|\bArticles?) (?=[\dLRD])")


@dataclass(frozen=True, slots=True)
class MailText:
    """A mail ready to be kept: one line of subject, and the same words as text and as HTML."""

    subject: str
    text: str
    html: str


def document_html(template: str, title: str, values: Mapping[str, Any], public_url: str, *, sheet_url: str = "") -> str:
    """The page of `documents/<template>.html`, for the PDF tool; raises jinja2.UndefinedError for a missing value.

    With the address of a sheet of styles, the page shows in a browser as it will be printed.
    """
    page = _environment().get_template(f"documents/{template}.html")
    return page.render(_context(values, public_url, template), title=title, sheet_url=sheet_url)


def mail(template: str, values: Mapping[str, Any], public_url: str) -> MailText:
    """The mail of `emails/<template>/`; raises jinja2.UndefinedError for a missing value.

    `language` among the values puts the gist of it in that language first; the French stays whole.
    """
    context = _context(values, public_url, template)
    gist = _gist(template, values, context.get("follow_url", ""))
    subject, text = (
        _environment().get_template(f"emails/{template}/{part}.txt").render(context) for part in ("subject", "text")
    )
    said = gist["texts"]
    subject = one_line(f"{said[0]} / {subject.strip()}" if said else subject, LONGEST_SUBJECT)
    html = _environment().get_template(f"emails/{template}/body.html").render(context, title=subject, gist=gist)
    above = "\n\n".join([*said, RULE, ""]) if said else ""
    return MailText(subject, f"{above}{text.strip()}\n", html)


def _gist(template: str, values: Mapping[str, Any], follow_url: str) -> dict[str, Any]:
    spoken = speech.of(values.get("language", FRENCH))
    found = () if spoken.is_french else mail_gists.gist(template, values, follow_url)
    return {"texts": [spoken.say(one) for one in found], "language": spoken.language}


@cache
def shipped_words(code: str) -> str:
    """The words that a letter says as long as no administrator writes others; empty for a letter that has none."""
    return (FOLDER / "letters" / f"{code}.txt").read_text(encoding="utf-8").strip()


def letter_values(letter: Letter, values: Mapping[str, Any], public_url: str, language: str = FRENCH) -> dict[str, str]:
    """What the placeholders of a letter become for a case; those that the case has no value for are left out.

    Dates are written as `language` writes them, in figures when we do not know how it does.
    """
    facts = {**values, "follow_url": _follow_url(values, public_url)}
    written = {"date": _dates_in(language), "phone": FILTERS["phone"], "text": one_line}
    found = {one.name: (one, _first(facts, one.paths) or one.otherwise) for one in letter.placeholders}
    return {name: written[one.kind](value) for name, (one, value) in found.items() if value}


def _dates_in(language: str) -> Callable[[str], str]:
    if language == FRENCH:
        return FILTERS["long_date"]
    write = WRITINGS[language].long_date if language in WRITINGS else french.short_date
    return lambda day: write(date.fromisoformat(day))


def _first(facts: Mapping[str, Any], paths: tuple[str, ...]) -> str:
    for path in paths:
        value: Any = facts
        for step in path.split("."):
            value = value.get(step) if isinstance(value, Mapping) else None
        if value:
            return str(value)
    return ""


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        undefined=StrictUndefined,
        autoescape=select_autoescape(["html"]),
        finalize=_no_hole,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters |= {name: _filled(written) for name, written in FILTERS.items()}
    environment.filters["paper_styles"] = colours.paper_styles
    environment.globals |= {"_": _french, "qr_code": qr_code, "wording": _wording}
    return environment


def _french(text: str, **values: object) -> str:
    """The words of the components that pages share, which documents have in French alone."""
    return text % values if values else text


def _no_hole(value: object) -> object:
    if value is None:
        raise UndefinedError("a template writes a value that is None")
    return value


def _filled(written: Callable[..., str]) -> Callable[..., str]:
    """The filter, which also refuses what is missing: a filter would see it before `finalize` does."""

    def write(value: object, *rest: object) -> str:
        if isinstance(value, Undefined):
            str(value)  # a StrictUndefined raises, and names itself
        return written(_no_hole(value), *rest)

    return write


def _context(values: Mapping[str, Any], public_url: str, template: str) -> dict[str, Any]:
    context = {**values, "public_url": public_url}
    if "regime" in values:
        regime = Regime.from_data(values["regime"])
        context["regime"] = regime
        context["notice"] = acknowledgements.notice(regime, dated=values["implicit_on"] is not None)
    if "reference" in values:
        context["follow_url"] = _follow_url(values, public_url)
    context["letter"] = _letter(values, public_url, template)
    return context


def _follow_url(values: Mapping[str, Any], public_url: str) -> str:
    return f"{public_url}/suivi?reference={quote(values['reference'])}"


def _letter(values: Mapping[str, Any], public_url: str, template: str) -> dict[str, Any]:
    """The words of a letter as frozen in its values, or as shipped: their language, and the same as HTML and text.

    `second` is the same in another language, empty when there is none: it never stands for the French (law of 1994).
    """
    chosen = values.get("letter") or {"template": template}
    letter = LETTERS.get(chosen["template"])
    body, second = chosen.get("body", shipped_words(letter.code) if letter else ""), chosen.get("second")
    if letter is None or not (body or second):
        return {"template": chosen["template"], **_NO_WORDS, "second": _NO_WORDS}
    here = partial(letter_values, letter, values, public_url)
    language = chosen.get("language", FRENCH)
    return {
        "template": letter.code,
        **_words(body, here(language) | chosen.get("answers", {}), language),
        "second": _words_beside(second, here(second["language"])) if second else _NO_WORDS,
    }


def _words_beside(second: Mapping[str, Any], filled: dict[str, str]) -> dict[str, Any]:
    return _words(second["body"], filled | second.get("answers", {}), second["language"])


def _words(body: str, filled: Mapping[str, str], language: str) -> dict[str, Any]:
    if not body:
        return _NO_WORDS
    return {
        "language": language,
        "direction": "rtl" if language in RIGHT_TO_LEFT else "ltr",
        "html": letter_text.html(body, filled, language),
        "text": letter_text.plain(body, filled, language),
    }


@pass_context
def _wording(context: Context, name: str, **more: str) -> str:
    """The words of `mentions/<name>.txt`, written once for the letter, the mail and its text."""
    text = _environment().get_template(f"mentions/{name}.txt").render({**context.get_all(), **more})
    text = re.sub(r"\n{3,}", "\n\n", text.strip())
    return _TIED.sub(rf"\1{french.NBSP}", french.typographic(text))
