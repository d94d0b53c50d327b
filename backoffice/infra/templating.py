"""Letters and mails from their templates: plain values in, French text out, and never a hole in a sentence."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import segno
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
from markupsafe import Markup, escape

from backoffice.domain import acknowledgements, french
from backoffice.domain.periods import Period, Unit
from backoffice.domain.regime import Regime

FOLDER = Path(__file__).resolve().parents[2] / "templates"
LONGEST_SUBJECT = 200

ZONES = {
    "Europe/Paris": "heure de Paris",
    "America/Cayenne": "heure de Cayenne",
    "America/Guadeloupe": "heure de la Guadeloupe",
    "America/Martinique": "heure de la Martinique",
    "America/Miquelon": "heure de Saint-Pierre-et-Miquelon",
    "Indian/Mayotte": "heure de Mayotte",
    "Indian/Reunion": "heure de La Réunion",
    "Pacific/Noumea": "heure de Nouméa",
    "Pacific/Tahiti": "heure de Tahiti",
    "Pacific/Wallis": "heure de Wallis-et-Futuna",
}

NUMBERS = dict(enumerate(("un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix"), 1))

_UNSEEN = re.compile(r"[ \x00-\x1f\x7f-\x9f\u2028\u2029]+")
_TIED = re.compile(r"(n°|\b[LRD]\.|\barticles?|\bArticles?) (?=[\dLRD])")
_BULLET = re.compile(r"^[–-] ")
_POSTCODE = re.compile(r", (?=\d{5} )")
_STRONG = re.compile(r"( ?\*\*.+?\*\*)")
_ADDRESS = re.compile(r"((?:https?://|\bwww\.)[^\s<>«»]*[^\s<>«».,;:!?)]|(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+)")
_NATIONAL_PHONE = re.compile(r"(?:\+33|0)[ .]?([1-9])(?:[ .]?(\d\d))(?:[ .]?(\d\d))(?:[ .]?(\d\d))(?:[ .]?(\d\d))")


@dataclass(frozen=True, slots=True)
class MailText:
    """A mail ready to be kept: one line of subject, and the same words as text and as HTML."""

    subject: str
    text: str
    html: str


def document_html(template: str, title: str, values: Mapping[str, Any], public_url: str) -> str:
    """The page of `documents/<template>.html`, for the PDF tool; raises jinja2.UndefinedError for a missing value."""
    page = _environment().get_template(f"documents/{template}.html")
    return page.render(_context(values, public_url), title=title)


def mail(template: str, values: Mapping[str, Any], public_url: str) -> MailText:
    """The mail of `emails/<template>/`; raises jinja2.UndefinedError for a missing value."""
    context = _context(values, public_url)
    subject, text = (
        _environment().get_template(f"emails/{template}/{part}.txt").render(context) for part in ("subject", "text")
    )
    subject = one_line(subject, LONGEST_SUBJECT)
    html = _environment().get_template(f"emails/{template}/body.html").render(context, title=subject)
    return MailText(subject, text.strip() + "\n", html)


def one_line(text: str, longest: int | None = None) -> str:
    """A text on one line, without control characters, cut at `longest` characters with « … »."""
    line = _UNSEEN.sub(" ", text).strip()
    return line if longest is None or len(line) <= longest else f"{line[: longest - 1].rstrip()}…"


def prose(text: str) -> Markup:
    """Paragraphs of HTML from plain text: blank lines part them, « – » begins a bullet, `**` marks what stands out."""
    return Markup("\n").join(_paragraph(block) for block in re.split(r"\n\s*\n", text.strip()) if block.strip())


def typed(text: str) -> Markup:
    """Paragraphs of HTML from what a person typed: every line kept, nothing read as markup."""
    text = french.typographic(text.replace("\r\n", "\n").strip())
    blocks = [block.strip("\n") for block in re.split(r"\n[ \t]*\n", text)]
    return Markup("\n").join(
        Markup("<p>{}</p>").format(Markup("<br>").join(linked(line) for line in block.split("\n")))
        for block in blocks
        if block.strip()
    )


def linked(text: str) -> Markup:
    """The text with its web and mail addresses as links."""
    pieces = _ADDRESS.split(text)
    return Markup("").join(_link(piece) if index % 2 else escape(piece) for index, piece in enumerate(pieces))


def phone(number: str) -> str:
    """A French number as it is read aloud, « 02 61 91 40 10 »; any other as it was given."""
    found = _NATIONAL_PHONE.fullmatch(number.strip())
    return french.NBSP.join((f"0{found[1]}", *found.groups()[1:])) if found else number


def in_words(period: Period) -> str:
    """A legal period as a sentence says it: « un mois », « dix jours ouvrés »; in figures above ten."""
    figures, unit = period.in_french().split(french.NBSP, 1)
    words = {**NUMBERS, 1: "une"} if period.unit is Unit.WEEKS else NUMBERS
    return f"{words.get(period.count, figures)}{french.NBSP}{unit}"


def of_period(period: Period) -> str:
    """The same after « un délai »: « d’un mois », « de dix jours ouvrés »."""
    words = in_words(period)
    return f"d’{words}" if words.startswith("un") else f"de {words}"


def postal(address: str) -> Markup:
    """An address typed on one line, with its postcode on a line of its own, as on an envelope."""
    return Markup("<br>").join(_POSTCODE.split(address))


def qr_code(address: str, label: str) -> Markup:
    """A QR code as inline SVG with a text alternative, for a telephone's camera."""
    drawing = segno.make(address, error="m", micro=False).svg_inline(border=0, omitsize=True, title=label)
    return Markup(drawing.replace("<svg ", '<svg role="img" ', 1))  # noqa: S704 (segno escapes the title)


FILTERS: dict[str, Callable[..., str]] = {
    "clock_time": lambda moment, zone: french.clock_time(datetime.fromisoformat(moment), ZoneInfo(zone)),
    "in_words": in_words,
    "linked": linked,
    "local_date": lambda moment, zone: french.long_date(_local(moment, zone)),
    "long_date": lambda day: french.long_date(date.fromisoformat(day)),
    "of_period": of_period,
    "one_line": one_line,
    "phone": phone,
    "plain": lambda text: text.replace("**", ""),
    "postal": postal,
    "prose": prose,
    "typed": typed,
    "zone_name": lambda zone: ZONES.get(zone, "heure locale"),
}


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
    environment.globals |= {"qr_code": qr_code, "wording": _wording}
    return environment


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


def _context(values: Mapping[str, Any], public_url: str) -> dict[str, Any]:
    context = {**values, "public_url": public_url}
    if "regime" in values:
        regime = Regime.from_data(values["regime"])
        context["regime"] = regime
        context["notice"] = acknowledgements.notice(regime, dated=values["implicit_on"] is not None)
    if "reference" in values:
        context["follow_url"] = f"{public_url}/suivi?reference={quote(values['reference'])}"
    return context


@pass_context
def _wording(context: Context, name: str) -> str:
    """The words of `mentions/<name>.txt`, written once for the letter, the mail and its text."""
    text = _environment().get_template(f"mentions/{name}.txt").render(context.get_all())
    text = re.sub(r"\n{3,}", "\n\n", text.strip())
    return _TIED.sub(rf"\1{french.NBSP}", french.typographic(text))


def _local(moment: str, zone: str) -> date:
    return datetime.fromisoformat(moment).astimezone(ZoneInfo(zone)).date()


def _paragraph(block: str) -> Markup:
    lines = block.strip().split("\n")
    if all(_BULLET.match(line) for line in lines):
        items = Markup("").join(Markup("<li>{}</li>").format(_laid_out(_BULLET.sub("", line))) for line in lines)
        return Markup("<ul>{}</ul>").format(items)
    return Markup("<p>{}</p>").format(_laid_out(" ".join(lines)))


def _laid_out(line: str) -> Markup:
    # The space goes inside: WeasyPrint breaks a line too early when a text ends with the space that does not fit.
    pieces = _STRONG.split(line)
    bold = Markup("<strong>{}</strong>")
    return Markup("").join(
        bold.format(piece.replace("**", "")) if index % 2 else linked(piece) for index, piece in enumerate(pieces)
    )


def _link(address: str) -> Markup:
    scheme = "" if address.startswith("http") else "mailto:" if "@" in address else "https://"
    return Markup('<a href="{}{}">{}</a>').format(scheme, address, address)
