"""How letters and mails set their words: French dates, periods, telephones, addresses, paragraphs and links."""

import re
from collections.abc import Callable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape

from backoffice.domain import french
from backoffice.domain.periods import Period, Unit
from backoffice.domain.time_zones import zone_in_words

LONGEST_QUOTE = 160

NUMBERS = dict(enumerate(("un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix"), 1))

QR_MASK = 3
"""Trying the eight masks costs a twentieth of a letter; on our addresses this one scores within 1 % of their best."""

_UNSEEN = re.compile(r"[ \x00-\x1f\x7f-\x9f\u2028\u2029]+")
_BULLET = re.compile(r"^[–-] ")
_POSTCODE = re.compile(r", (?=\d{5} )")
_SET_APART = re.compile(r"(«[^»]*»| ?\*\*.+?\*\*)")
_ADDRESS = re.compile(r"((?:https?://|\bwww\.)[^\s<>«»]*[^\s<>«».,;:!?)]|(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+)")
_NATIONAL_PHONE = re.compile(r"(?:\+33|0)[ .]?([1-9])(?:[ .]?(\d\d))(?:[ .]?(\d\d))(?:[ .]?(\d\d))(?:[ .]?(\d\d))")


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


def paragraphs(text: str) -> Markup:
    """Paragraphs and lines as they were typed; nothing is read as markup."""
    blocks = (block for block in text.replace("\r\n", "\n").split("\n\n") if block.strip())
    return Markup("").join(Markup("<p>{}</p>").format(Markup("<br>").join(block.split("\n"))) for block in blocks)


def linked(text: str) -> Markup:
    """The text with its web and mail addresses as links."""
    pieces = _ADDRESS.split(text)
    return Markup("").join(_link(piece) if index % 2 else escape(piece) for index, piece in enumerate(pieces))


def quoted(text: str) -> str:
    """The words of somebody else, on one line between guillemets that they cannot close."""
    words = one_line(text, LONGEST_QUOTE).replace("«", "“").replace("»", "”")
    return f"«{french.NBSP}{words}{french.NBSP}»"


def cited(text: str) -> str:
    """A rule of law word for word, on one line between guillemets."""
    words = one_line(french.typographic(text)).strip("«» \u00a0\u202f.").replace("«", "“").replace("»", "”")
    return f"«{french.NBSP}{words}{french.NBSP}»"


def clause(text: str, opening: str = "") -> str:
    """A part of a sentence that a person typed, without its final mark nor the words that it follows (« Vu »)."""
    line = one_line(french.typographic(text)).rstrip(" .;,\u00a0\u202f")
    begins = bool(opening) and line.lower().startswith(f"{opening.lower()} ")
    return line[len(opening) + 1 :].lstrip() if begins else line


def town_of(address: str) -> str:
    """The town of an address that ends with its postcode and town; empty when it does not."""
    return address.rpartition(", ")[2][6:].strip() if re.search(r"(^|, )\d{5} [^,]+$", address) else ""


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


def qr_code(address: str, label: str, *, border: int = 0, light: str | None = None) -> Markup:
    """A QR code as inline SVG with a text alternative, for a telephone's camera; `border` in modules, on `light`."""
    import segno

    code = segno.make(address, error="m", micro=False, mask=QR_MASK)
    drawing = code.svg_inline(border=border, light=light, omitsize=True, title=label)
    return Markup(drawing.replace("<svg ", '<svg role="img" ', 1))  # noqa: S704 (segno escapes the title)


def _local(moment: str, zone: str) -> date:
    return datetime.fromisoformat(moment).astimezone(ZoneInfo(zone)).date()


def _paragraph(block: str) -> Markup:
    lines = block.strip().split("\n")
    if all(_BULLET.match(line) for line in lines):
        items = Markup("").join(Markup("<li>{}</li>").format(_laid_out(_BULLET.sub("", line))) for line in lines)
        return Markup("<ul>{}</ul>").format(items)
    return Markup("<p>{}</p>").format(_laid_out(" ".join(lines)))


def _laid_out(line: str) -> Markup:
    # What is quoted came from outside: it is never made a link, a robot could use us to send it to others.
    # The space goes into the bold: WeasyPrint breaks a line too early after a text whose last space does not fit.
    laid = []
    for index, piece in enumerate(_SET_APART.split(line)):
        if index % 2 == 0:
            laid.append(linked(piece))
        elif piece.startswith("«"):
            laid.append(escape(piece))
        else:
            laid.append(Markup("<strong>{}</strong>").format(piece.replace("**", "")))
    return Markup("").join(laid)


def _link(address: str) -> Markup:
    scheme = "" if address.startswith("http") else "mailto:" if "@" in address else "https://"
    return Markup('<a href="{}{}">{}</a>').format(scheme, address, address)


FILTERS: dict[str, Callable[..., str]] = {
    "cited": cited,
    "clause": clause,
    "clock_time": lambda moment, zone: french.clock_time(datetime.fromisoformat(moment), ZoneInfo(zone)),
    "file_size": french.file_size,
    "in_words": in_words,
    "linked": linked,
    "number": french.number,
    "local_date": lambda moment, zone: french.long_date(_local(moment, zone)),
    "long_date": lambda day: french.long_date(date.fromisoformat(day)),
    "of_authority": french.of_authority,
    "of_period": of_period,
    "one_line": one_line,
    "phone": phone,
    "plain": lambda text: text.replace("**", ""),
    "postal": postal,
    "prose": prose,
    "quoted": quoted,
    "short_date": lambda day: french.short_date(date.fromisoformat(day)),
    "town_of": town_of,
    "typed": typed,
    "zone_name": zone_in_words,
}
