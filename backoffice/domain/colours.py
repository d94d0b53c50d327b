"""The colour of an authority: whether its text is read (WCAG 2.1, criterion 1.4.3), and what is drawn from it."""

import re
from dataclasses import dataclass

from backoffice.errors import Invalid

READABLE = 4.5
"""The least contrast of a text with what is behind it."""

WHITE, BLACK = (255, 255, 255), (0, 0, 0)
# The grounds of our pages (static/css/parvis.css), clear and dark.
CLEAR_GROUNDS = ("#ffffff", "#f6f4ef", "#edeae2")
DARK_GROUNDS = ("#1c2326", "#14191b", "#0f1315")
NOT_A_COLOUR = "Écrivez une couleur avec un dièse et six chiffres ou lettres de a à f, par exemple #0b5a5e."
_WRITTEN = re.compile(r"#?([0-9a-fA-F]{6})")

Rgb = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a colour is read on the ground where it is read worst, and the nearest one that is read everywhere."""

    ratio: float
    ground: str
    nearest: str

    @property
    def is_readable(self) -> bool:
        """Whether texts of this colour may be shown."""
        return self.ratio >= READABLE


def read(text: str) -> str:
    """« #0B5A5E » or « 0b5a5e » as `#0b5a5e`; raise Invalid."""
    found = _WRITTEN.fullmatch(text.strip())
    if found is None:
        raise Invalid(NOT_A_COLOUR)
    return f"#{found.group(1).lower()}"


def contrast(one: str, other: str) -> float:
    """The contrast of two colours, from 1 to 21 (WCAG 2.1, definition of « contrast ratio »)."""
    lighter, darker = sorted((_luminance(_rgb(one)), _luminance(_rgb(other))), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def judge(colour: str) -> Verdict:
    """Whether texts of this colour, and white texts upon it, are read on every clear ground of our pages."""
    ratio, ground = _worst(colour)
    nearest = colour
    step = 0
    while _worst(nearest)[0] < READABLE:
        step += 1
        nearest = _mix(colour, BLACK, step / 256)
    return Verdict(ratio, ground, nearest)


def stylesheet(colour: str) -> str:
    """The styles of pages in this colour, which must be readable: for clear screens as it is, lighter for dark ones."""
    clear = {
        "--primary": colour,
        "--primary-strong": _mix(colour, BLACK, 0.3),
        "--on-primary": _hex(WHITE),
        "--primary-soft": _soft(colour),
    }
    light = _for_dark(colour)
    dark = {
        "--primary": light,
        "--primary-strong": _mix(light, WHITE, 0.35),
        "--on-primary": DARK_GROUNDS[-1],
        "--primary-soft": _mix(light, _rgb(DARK_GROUNDS[1]), 0.8),
    }
    said = _declared(dark)
    return (
        f":root {{ {_declared(clear)} }}\n"
        f'@media screen and (prefers-color-scheme: dark) {{ :root:not([data-theme="light"]) {{ {said} }} }}\n'
        f'@media screen {{ :root[data-theme="dark"] {{ {said} }} }}\n'
    )


def paper_styles(colour: str) -> str:
    """The styles of letters in this colour."""
    return (
        f"h1, h2, h4, a, .sender .name, .only-if {{ color: {colour}; }}\n"
        f".sender .name, .follow, .send {{ border-color: {colour}; }}\n"
    )


def _worst(colour: str) -> tuple[float, str]:
    return min((contrast(colour, ground), ground) for ground in (*CLEAR_GROUNDS, _soft(colour)))


def _for_dark(colour: str) -> str:
    """The colour, lightened until it is read on every dark ground and on its own dark shade."""
    step, light = 0, colour
    while (
        min(contrast(light, ground) for ground in (*DARK_GROUNDS, _mix(light, _rgb(DARK_GROUNDS[1]), 0.8)))
        < READABLE + 1
    ):
        step += 1
        light = _mix(colour, WHITE, step / 256)
    return light


def _soft(colour: str) -> str:
    return _mix(colour, WHITE, 0.87)


def _declared(values: dict[str, str]) -> str:
    return " ".join(f"{name}: {value};" for name, value in values.items())


def _mix(colour: str, other: Rgb, share: float) -> str:
    """The colour with this share of another."""
    mixed = (round(one * (1 - share) + two * share) for one, two in zip(_rgb(colour), other, strict=True))
    return _hex(tuple(mixed))


def _luminance(rgb: Rgb) -> float:
    linear = [value / 12.92 if (value := one / 255) <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for one in rgb]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _rgb(colour: str) -> Rgb:
    number = int(colour[1:], 16)
    return number >> 16, (number >> 8) & 255, number & 255


def _hex(rgb: tuple[int, ...]) -> str:
    return "#" + "".join(f"{one:02x}" for one in rgb)
