"""The licences of what Parvis runs with, from what is installed: `python -m tests.licences` writes docs/licences.md.

A licence that is unknown, or that would bind Parvis itself (GPL, AGPL…), stops the writing, and the tests.
"""

import re
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "licences.md"

FREE = frozenset(
    {
        "0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "ISC", "MIT", "MIT-0", "MIT-CMU", "PSF-2.0",
        "Unlicense", "Zlib",
    }
)  # fmt: skip
BESIDE = frozenset({"LGPL-2.1-or-later", "LGPL-3.0-only", "MPL-1.1", "MPL-2.0"})
"""Copyleft that stays with the library: used as it is published, and anybody may replace it."""
OF_TESTS = frozenset({"pymupdf", "pymupdf-layout", "pymupdf4llm"})
"""AGPL, or their own: `outloud` reads PDF files with them in the tests; nothing of ours imports or ships them."""

# What metadata say in words; then what they leave to a file, or what is not installed here: read once.
IN_WORDS = {
    "apache 2.0": "Apache-2.0",
    "apache license, version 2.0": "Apache-2.0",
    "apache software license": "Apache-2.0",
    "bsd": "BSD-3-Clause",
    "bsd 2-clause license": "BSD-2-Clause",
    "bsd license": "BSD-3-Clause",
    "3-clause bsd license": "BSD-3-Clause",
    "gnu lesser general public license v3 (lgplv3)": "LGPL-3.0-only",
    "lgpl": "LGPL-3.0-only",
    "mit license": "MIT",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
    "new bsd": "BSD-3-Clause",
    "the unlicense (unlicense)": "Unlicense",
}
READ = {
    "async-timeout": "Apache-2.0",
    "brotlicffi": "MIT",
    "colorama": "BSD-3-Clause",
    "imapclient": "BSD-3-Clause",
    "pi-heif": "BSD-3-Clause AND LGPL-3.0-only",  # its wheel holds libheif and libde265
    "pypdfium2": "Apache-2.0 OR BSD-3-Clause",
    "pyphen": "GPL-2.0-or-later OR LGPL-2.1-or-later OR MPL-1.1",
    "python-dateutil": "Apache-2.0 AND BSD-3-Clause",
}


class UnknownLicenceError(ValueError):
    """Nothing says, in words that are known, under which licence a package is."""


def locked(lock: str) -> dict[str, str]:
    """The packages of a lock and their versions, those of other systems and interpreters too."""
    text = (ROOT / lock).read_text(encoding="utf-8")
    return dict(re.findall(r"^([A-Za-z0-9_.-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", text, flags=re.MULTILINE))


def licence_of(name: str) -> str:
    """The SPDX expression of an installed package; raises UnknownLicenceError."""
    if name in READ:
        return READ[name]
    told = metadata.metadata(name)
    if expression := told.get("License-Expression"):
        return str(expression)
    classifiers = [str(one) for one in told.get_all("Classifier") or [] if str(one).startswith("License ::")]
    for said in (str(told.get("License") or ""), *(one.rpartition(" :: ")[2] for one in classifiers)):
        known = IN_WORDS.get(said.lower(), said if said in FREE | BESIDE else "")
        if known:
            return known
    raise UnknownLicenceError(f"{name}: read its licence, then say it in tests/licences.py")


def suits(expression: str) -> bool:
    """Whether one of its choices (OR) holds only licences (AND) that leave Parvis its own; no brackets are read."""
    choices = (choice.split(" AND ") for choice in expression.split(" OR "))
    return any(all(one in FREE | BESIDE for one in choice) for choice in choices)


def page() -> str:
    """The page of licences; raises UnknownLicenceError."""
    rows = [(name, version, licence_of(name)) for name, version in sorted(locked("requirements.txt").items())]
    lines = "\n".join(f"| {name} | {version} | {licence} |" for name, version, licence in rows)
    return HEAD + lines + "\n"


HEAD = """\
# Licences of what Parvis runs with

Written by `make licences` from the packages of `requirements.txt` as they are installed; a test refuses a licence that
is unknown or that would bind Parvis itself. LGPL and MPL libraries are used as published, and anybody may replace them.
Fonts, styles and scripts of `static/vendor` carry their own licences beside them. The tools of tests are not part of
what is installed (PyMuPDF, which reads PDF files there, is AGPL).

| Package | Version | Licence |
|---|---|---|
"""


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
