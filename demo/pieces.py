"""Files that people send: photos drawn with a few shapes, and one-page papers; real bytes, real types."""

import io
from collections.abc import Callable
from functools import cache
from random import Random

from PIL import Image, ImageDraw, ImageFont

PHOTO, PAPER = (960, 720), (827, 1169)  # pixels; a sheet of A4 at 100 dots an inch
JPEG, PDF = "image/jpeg", "application/pdf"

TITLES = {
    "invoice": "Facture d’électricité",
    "insurance": "Attestation d’assurance responsabilité civile",
    "family": "Livret de famille – extrait",
    "form": "Formulaire",
    "budget": "Budget prévisionnel",
    "report": "Compte rendu de l’année écoulée",
    "bank": "Relevé d’identité bancaire",
    "plan": "Plan coté",
    "letter": "Lettre reçue",
}
Drawing = ImageDraw.ImageDraw


@cache
def make(kind: str, variant: int) -> tuple[str, bytes]:
    """The media type and the bytes of a piece of this kind; the same variant is the same file."""
    return (PDF, _paper(kind, Random(f"{kind} {variant}"))) if kind in TITLES else (JPEG, _photo(kind, variant))


def _photo(kind: str, variant: int) -> bytes:
    chance = Random(f"{kind} {variant}")
    image = Image.new("RGB", PHOTO, chance.choice(("#b9c7d3", "#cfd4d6", "#a9bccb")))
    draw = ImageDraw.Draw(image)
    wall, ground = chance.choice(("#d8c7ab", "#c9b79c", "#bfa58a")), chance.choice(("#6d6f72", "#7b7772", "#63666b"))
    draw.rectangle((0, 210, 960, 470), fill=wall)
    for left in range(chance.randrange(30, 120), 900, 230):
        draw.rectangle((left, 260, left + 90, 390), fill="#8d9ba6", outline="#f3efe6", width=8)
    draw.rectangle((0, 470, 960, 720), fill=ground)
    draw.rectangle((0, 460, 960, 490), fill="#b5b2ab")
    SUBJECTS.get(kind, _heap)(draw, chance)
    file = io.BytesIO()
    image.save(file, "JPEG", quality=72)
    return file.getvalue()


def _pothole(draw: Drawing, chance: Random) -> None:
    x, y = chance.randrange(250, 550), chance.randrange(540, 600)
    draw.ellipse((x, y, x + 260, y + 100), fill="#3d3b39", outline="#55524e", width=14)
    draw.ellipse((x + 60, y + 35, x + 200, y + 80), fill="#6f7f8c")


def _heap(draw: Drawing, chance: Random) -> None:
    colours = ("#2f3336", "#3f4f3a", "#e7e2d6", "#8a5a3b", "#41586b", "#7d2f2f")
    for _ in range(9):
        x, y, size = chance.randrange(180, 620), chance.randrange(390, 520), chance.randrange(70, 150)
        draw.rounded_rectangle((x, y, x + size, y + size * 0.8), 22, fill=chance.choice(colours), outline="#222222")


def _graffiti(draw: Drawing, chance: Random) -> None:
    colour = chance.choice(("#b3202a", "#24508f", "#1f7a4a"))
    points = [(chance.randrange(150, 800), chance.randrange(230, 440)) for _ in range(9)]
    draw.line(points, fill=colour, width=16, joint="curve")


def _tree(draw: Drawing, chance: Random) -> None:
    draw.line((120, 560, 780, 600 + chance.randrange(-40, 40)), fill="#5b4330", width=34)
    for _ in range(30):
        x, y = chance.randrange(260, 840), chance.randrange(500, 660)
        draw.ellipse((x, y, x + 70, y + 46), fill=chance.choice(("#3f6b35", "#55813f", "#6c9450")))


def _sign(draw: Drawing, chance: Random) -> None:
    draw.line((200, 640, 640, 560 + chance.randrange(-30, 30)), fill="#9aa0a5", width=16)
    draw.ellipse((620, 480, 780, 640), fill="#b81f2b", outline="#f5f2ec", width=8)
    draw.rectangle((650, 545, 750, 575), fill="#f5f2ec")


def _bench(draw: Drawing, chance: Random) -> None:
    for number, y in enumerate(range(440, 560, 34)):
        if number != chance.randrange(4):
            draw.rectangle((240, y, 720, y + 20), fill="#7a5632")
    for x in (270, 670):
        draw.rectangle((x, 440, x + 22, 640), fill="#3b3f42")


def _sofa(draw: Drawing, chance: Random) -> None:
    colour = chance.choice(("#6e4a3f", "#4a5a6e", "#6b6f4a"))
    draw.rounded_rectangle((220, 430, 740, 560), 30, fill=colour)
    draw.rounded_rectangle((190, 510, 770, 630), 30, fill=colour, outline="#2a2420", width=4)


def _bin(draw: Drawing, chance: Random) -> None:
    draw.polygon(((400, 380), (600, 380), (575, 660), (425, 660)), fill="#4d555b")
    tilt = chance.randrange(20, 60)
    draw.polygon(
        ((390, 380), (600, 380 - tilt), (604, 350 - tilt), (386, 352)), fill=chance.choice(("#d9b21c", "#33383c"))
    )


def _terrace(draw: Drawing, chance: Random) -> None:
    for x in range(160, 800, 210):
        draw.ellipse((x, 560, x + 110, 600), fill="#c9a36a", outline="#5e4a2c", width=4)
        draw.polygon(((x - 20, 450), (x + 55, 380), (x + 130, 450)), fill=chance.choice(("#a8322d", "#2d6a58")))
        draw.line((x + 55, 450, x + 55, 580), fill="#4f4a44", width=6)


def _identity(draw: Drawing, chance: Random) -> None:
    draw.rounded_rectangle((150, 170, 810, 580), 26, fill="#dbe6ee", outline="#7e97a8", width=5)
    draw.rectangle((190, 250, 360, 470), fill="#aab7c0")
    for y in range(260, 460, 50):
        draw.rectangle((400, y, 400 + chance.randrange(180, 360), y + 16), fill="#8496a3")
    draw.text((250, 500), "SPÉCIMEN", font=_font(60), fill="#b3202a")


SUBJECTS: dict[str, Callable[[Drawing, Random], None]] = {
    "pothole": _pothole,
    "dumping": _heap,
    "graffiti": _graffiti,
    "tree": _tree,
    "sign": _sign,
    "bench": _bench,
    "sofa": _sofa,
    "bin": _bin,
    "terrace": _terrace,
    "identity": _identity,
}


def _paper(kind: str, chance: Random) -> bytes:
    sheet = Image.new("L", PAPER, 255)
    draw = ImageDraw.Draw(sheet)
    draw.text((80, 90), TITLES[kind], font=_font(30), fill=20)
    draw.text((80, 140), "Pièce de démonstration, sans valeur", font=_font(18), fill=90)
    if kind == "plan":
        draw.rectangle((120, 260, 700, 760), outline=30, width=4)
        draw.rectangle((180, 320, 480, 560), outline=60, width=3)
        draw.text((300, 780), f"{chance.randrange(4, 12)},40 m", font=_font(22), fill=30)
    else:
        for y in range(240, chance.randrange(700, 1000), 34):
            draw.rectangle((80, y, chance.randrange(420, 740), y + 9), fill=170)
    file = io.BytesIO()
    sheet.save(file, "PDF", resolution=100)
    return file.getvalue()


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype("DejaVuSans.ttf", size)
