"""What the stylesheet, the templates and the vendored files promise, read without a browser."""

import re
from hashlib import sha256
from itertools import pairwise

import pytest
from weasyprint import HTML

from tests.web.styleguide_pages import PAGES, ROOT, environment

CSS = (ROOT / "static/css/parvis.css").read_text(encoding="utf-8")
# The pages of people: letters and mails have rules of their own.
TEMPLATES = [
    path
    for path in sorted((ROOT / "templates").rglob("*.html"))
    if not {"documents", "emails"} & set(path.relative_to(ROOT / "templates").parts)
]
GROUNDS = ("paper", "surface", "sunken")
TONES = ("info", "success", "warning", "danger", "waiting", "primary")


def tokens(selector: str) -> dict[str, str]:
    """The custom properties of the first rule of this selector that gives colours."""
    for block in re.findall(rf"{re.escape(selector)} {{(.*?)}}", CSS, re.DOTALL):
        found = dict(re.findall(r"--([\w-]+):\s*([^;]+);", block))
        if "paper" in found and "ink" in found:
            return found
    raise AssertionError(f"no colours under {selector}")


LIGHT = tokens(":root")
DARK = tokens(':root[data-theme="dark"]')


def luminance(colour: str) -> float:
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG 2.1 between two colours, from 1 to 21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_the_dark_colours_are_the_same_by_device_and_by_choice() -> None:
    assert tokens(':root:not([data-theme="light"])') == DARK


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_text_stands_out_on_every_ground(theme: dict[str, str]) -> None:
    pairs = [(ink, ground) for ink in ("ink", "ink-soft", "primary") for ground in GROUNDS]
    pairs += [(tone, f"{tone}-soft") for tone in TONES] + [(tone, ground) for tone in TONES for ground in GROUNDS]
    pairs += [("ink", f"{tone}-soft") for tone in TONES] + [("on-primary", "primary"), ("on-primary", "primary-strong")]
    assert [pair for pair in pairs if contrast(theme[pair[0]], theme[pair[1]]) < 4.5] == []


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_borders_and_focus_stand_out_on_every_ground(theme: dict[str, str]) -> None:
    marks = ("line-strong", "focus", "series-1", "series-2", "series-3")
    pairs = [(mark, ground) for mark in marks for ground in GROUNDS]
    assert [pair for pair in pairs if contrast(theme[pair[0]], theme[pair[1]]) < 3] == []


def test_no_page_needs_what_the_security_policy_refuses() -> None:
    refused = re.compile(r"""\sstyle\s*=|<style|<script(?![^>]*\bsrc=)|\son[a-z]+\s*=\s*["']|javascript:|["'(]data:""")
    tags = re.compile(r"{#.*?#}|{%.*?%}", re.DOTALL)
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in TEMPLATES
        for match in refused.finditer(tags.sub("", path.read_text(encoding="utf-8")))
    ]
    assert found == []
    assert not re.search(r"url\([\"']?(data:|http)", CSS)


def test_every_drawing_named_by_a_page_is_in_the_sprite() -> None:
    drawn = set(re.findall(r'<symbol id="([\w-]+)"', (ROOT / "static/icons.svg").read_text(encoding="utf-8")))
    env = environment()
    named = {name for page in PAGES.values() for name in re.findall(r'icons\.svg#([\w-]+)"', page(env))}
    assert named
    assert named <= drawn


def test_headings_never_skip_a_level() -> None:
    env = environment()
    for path, page in PAGES.items():
        levels = [int(level) for level in re.findall(r"<h([1-6])", page(env))]
        assert levels.count(1) == 1, path
        assert all(after - before <= 1 for before, after in pairwise(levels)), path


def test_the_title_of_a_page_with_errors_says_so() -> None:
    env = environment()
    title = re.compile("<title>(.*?)</title>")
    sound, faulty = (title.search(PAGES[path](env)) for path in ("/form", "/form-errors"))
    assert sound is not None
    assert sound[1] == "Signaler un problème dans la rue – Parvis – Ville de Saint-Aubin-les-Tilleuls"
    assert faulty is not None
    assert faulty[1].startswith("Erreur\u00a0: Signaler")


def test_vendored_files_are_those_that_were_reviewed() -> None:
    listed = re.findall(
        r"^\| `([^`]+)` .*`([0-9a-f]{64})` \|$",
        (ROOT / "static/vendor/README.md").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    for path, digest in listed:
        assert sha256((ROOT / path).read_bytes()).hexdigest() == digest, path
    present = {path.relative_to(ROOT).as_posix() for path in (ROOT / "static/vendor").rglob("*") if path.is_file()}
    assert {path for path in present if not path.endswith(("LICENSE", "README.md"))} <= {path for path, _ in listed}


def test_charts_are_drawn_in_a_pdf_too() -> None:
    env = environment()
    page = env.from_string(
        '<!doctype html><html lang="fr"><title>Bilan</title>{% import "components/charts.html" as charts %}'
        '{{ charts.bar_chart("canaux", "Par canal", "En ligne 8.", [("En ligne", 8)], "Demandes", open=True) }}'
        '{{ charts.line_chart("mois", "Par mois", "De 3 à 5.", ["mars", "avril"], [("Reçues", [3, 5])], open=True) }}'
    ).render()
    empty = '<!doctype html><html lang="fr"><title>Bilan</title>'
    drawn, blank = (HTML(string=html).write_pdf(uncompressed_pdf=True) for html in (page, empty))
    green = b"0.043137 0.352941 0.368627"  # the first series, #0b5a5e, as PDF writes colours
    assert green in drawn
    assert green not in blank
