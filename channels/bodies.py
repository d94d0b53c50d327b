"""Choose, in the tree of a message, the parts that are its text, and put that text together."""

import re
from dataclasses import dataclass, field
from functools import cached_property

from channels import charsets, html_text, transfer_encodings
from channels.mime_parts import Part

_TEXT_TYPES = ("text/plain", "text/html", "text/enriched", "text/richtext", "text/x-plain", "text/unknown")
_FIRST_CHILD_ONLY = ("multipart/signed", "multipart/report", "multipart/related", "multipart/x-mixed-replace")
_NO_BODY = ("multipart/encrypted", "multipart/digest", "multipart/appledouble")
_ENRICHED_TAG = re.compile(r"<param>[^<]*</param>|</?[A-Za-z-]{1,40}>", re.IGNORECASE)


@dataclass
class Slot:
    """One passage of the text, in the forms its sender gave: plain, HTML or both."""

    plain: list[Part] = field(default_factory=list)
    html: list[Part] = field(default_factory=list)

    @cached_property
    def plain_text(self) -> str:
        """The plain form, empty when there is none."""
        return "\n\n".join(filter(None, (plain_text(part).strip("\n") for part in self.plain)))

    @property
    def text(self) -> str:
        """The plain form unless it is blank, else what the HTML says."""
        text = self.plain_text
        if text.strip() or not self.html:
            return text
        return "\n\n".join(html_text.to_text(part.text) for part in self.html)


@dataclass
class Body:
    """The passages of a message in order, and whether they had to be taken from a named file."""

    slots: list[Slot]
    is_borrowed: bool = False

    @property
    def parts(self) -> list[Part]:
        """Every part shown as text, which is therefore no attachment."""
        return [] if self.is_borrowed else [part for slot in self.slots for part in (*slot.plain, *slot.html)]

    @property
    def text_plain(self) -> str:
        """All plain passages."""
        return "\n\n".join(slot.plain_text for slot in self.slots if slot.plain_text)

    @property
    def html(self) -> str:
        """All HTML passages, as received."""
        return "\n".join(part.text for slot in self.slots for part in slot.html)

    @property
    def text(self) -> str:
        """The whole text, each passage once."""
        passages: list[str] = []
        for slot in self.slots:
            passage = slot.text
            if passage.strip() and not (
                slot.html and not slot.plain and passages and _says_the_same(passages, passage)
            ):
                passages.append(passage)
        return "\n\n".join(passages)


def choose(root: Part) -> Body:
    """The body of a message: what its sender meant to be read, else the first text file it carries."""
    slots = _slots(root, is_first=True)
    if slots:
        return Body(slots)
    named = [part for part in root.walk() if part.media_type in ("text/plain", "text/html")]
    direct = [part for part in named if part.disposition[0] != "attachment"] or named
    if not direct:
        return Body([])
    part = direct[0]
    return Body([Slot(html=[part]) if part.media_type == "text/html" else Slot(plain=[part])], is_borrowed=True)


def _slots(part: Part, *, is_first: bool) -> list[Slot]:
    if part.media_type in _NO_BODY:
        return []
    if part.media_type.startswith("multipart/"):
        if not part.children:
            return [Slot(plain=[part])] if part.body.strip() else []
        if part.media_type == "multipart/alternative":
            inner = [
                slot
                for place, child in enumerate(part.children)
                for slot in _slots(child, is_first=place == 0 or is_first)
            ]
            merged = Slot([p for slot in inner for p in slot.plain], [p for slot in inner for p in slot.html])
            return [merged] if inner else []
        children = part.children[:1] if part.media_type in _FIRST_CHILD_ONLY else part.children
        return [slot for place, child in enumerate(children) for slot in _slots(child, is_first=place == 0)]
    if part.media_type in ("application/pkcs7-mime", "application/x-pkcs7-mime") and part.children:
        return _slots(part.children[0], is_first=True)
    if part.media_type not in _TEXT_TYPES or part.disposition[0] == "attachment" or part.filename:
        return []
    if not is_first and part.headers.raw("content-id") and part.media_type != "text/html":
        return []
    return [Slot(html=[part]) if part.media_type == "text/html" else Slot(plain=[part])]


def plain_text(part: Part) -> str:
    """A plain part's text without the files written in it as uuencode or yEnc."""
    if part.media_type.startswith("multipart/"):
        return charsets.decode(part.body).replace("\r\n", "\n")
    if b"begin" not in part.content:
        text = part.text
    else:
        content = part.content
        files = sorted(transfer_encodings.find_encoded_files(content), key=lambda file: -file.start)
        for file in files:
            content = content[: file.start] + content[file.end :]
        text = charsets.decode(content, part.parameters.get("charset", "")).replace("\r\n", "\n")
    if part.media_type in ("text/enriched", "text/richtext"):
        return _ENRICHED_TAG.sub("", text.replace("<<", "\ue000")).replace("\ue000", "<")
    return _reflow(text) if part.parameters.get("format", "").lower() == "flowed" else text


def _reflow(text: str) -> str:
    """Join the soft-broken lines of format=flowed (RFC 3676); quoted lines stay as they are."""
    if " \n" not in text:
        return text
    lines: list[str] = []
    for line in text.split("\n"):
        previous = lines[-1] if lines else ""
        is_soft = previous.endswith(" ") and previous != "-- " and previous.strip() and not previous.startswith(">")
        if is_soft and line and not line.startswith(">") and line != "-- ":
            lines[-1] = previous + line.removeprefix(" ")
        else:
            lines.append(line.removeprefix(" ") if line.startswith((" >", " From ")) else line)
    return "\n".join(lines)


def _says_the_same(passages: list[str], passage: str) -> bool:
    """True for an HTML twin that its sender put beside the plain text instead of in an alternative."""
    known = set(" ".join(passages).split())
    words = passage.split()
    return sum(1 for word in words if word in known) * 10 >= len(words) * 8
