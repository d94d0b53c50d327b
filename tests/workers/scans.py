"""Piles of paper as a scanner gives them: pages with words, blank ones, separators; as PDF or TIFF."""

import io
import time
from collections.abc import Sequence
from typing import Any

import segno
from PIL import Image, ImageDraw, ImageFont

from backoffice.domain.scan_cutting import SEPARATOR_TEXT

A4 = (1240, 1754)
SCANNED_AT = time.struct_time((2026, 3, 2, 9, 0, 0, 0, 61, 0))
BLANK, SEPARATOR = "", "|"
FONT = ImageFont.load_default(46)


def page(said: str) -> Image.Image:
    """A page of 150 dots an inch, black on white with a little dust: its words, nothing, or the separator's code."""
    sheet = Image.new("L", A4, 250)
    draw = ImageDraw.Draw(sheet)
    draw.point([(200, 300), (700, 900), (1000, 1200)], fill=60)
    if said == SEPARATOR:
        code = io.BytesIO()
        segno.make(SEPARATOR_TEXT, error="m", micro=False).save(code, kind="png", scale=16, border=4)
        sheet.paste(Image.open(code).convert("L").rotate(3, expand=True, fillcolor=255), (350, 600))
    for number, line in enumerate(said.splitlines() if said != SEPARATOR else ()):
        draw.text((120, 200 + 70 * number), line, fill=20, font=FONT)
    return sheet


def pile(pages: Sequence[str], kind: str = "PDF") -> bytes:
    """A file of these pages."""
    sheets = [page(said) for said in pages]
    if kind == "TIFF":
        sheets = [sheet.convert("1") for sheet in sheets]
    out = io.BytesIO()
    # The same paper gives the same bytes, even a second later.
    written: dict[str, Any] = {"creationDate": SCANNED_AT, "modDate": SCANNED_AT}
    if kind == "TIFF":
        written = {"compression": "group4"}
    sheets[0].save(out, kind, save_all=True, append_images=sheets[1:], resolution=150, **written)
    return out.getvalue()
