"""A mail as its writer laid it out, made to stand in a page of ours: its pictures in place, nothing from elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from html.parser import HTMLParser

# The sanitiser of received mail keeps no more (channels.html_text); what is stored is not trusted for all that.
_TAGS = frozenset({
    "a", "abbr", "address", "b", "blockquote", "br", "caption", "center", "cite", "code", "col", "colgroup", "dd",
    "del", "div", "dl", "dt", "em", "font", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "ins", "kbd", "li", "ol",
    "p", "pre", "q", "s", "small", "span", "strike", "strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th",
    "thead", "tr", "tt", "u", "ul",
})  # fmt: skip
_ATTRIBUTES = frozenset({"href", "title", "colspan", "rowspan", "start"})
_SCHEMES = ("http:", "https:", "mailto:", "tel:")
_ALONE = frozenset({"br", "hr", "col"})
_UNREAD = frozenset({"script", "style", "title", "template"})
# Titles of a mail are no titles of our page.
_PLAINER = {f"h{level}": "p" for level in range(1, 7)} | {"center": "div", "tt": "code", "strike": "s"}


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that came with the mail: where it opens (nowhere yet, when `url` is empty) and its name."""

    url: str
    name: str


@dataclass(frozen=True, slots=True)
class Layout:
    """The page, and how many pictures of other sites it does without."""

    html: str
    left_out: int


def lay_out(html: str, pictures: Mapping[str, Picture]) -> Layout:
    """Put the pictures of a mail where it names them by Content-ID (the keys, in lower case); keep what is harmless."""
    writer = _Writer(pictures)
    writer.feed(html)
    writer.close()
    return Layout("".join(writer.written), writer.left_out)


def _is_kept(name: str, value: str) -> bool:
    return name in _ATTRIBUTES and (name != "href" or value.strip().lower().startswith(_SCHEMES))


class _Writer(HTMLParser):
    def __init__(self, pictures: Mapping[str, Picture]) -> None:
        super().__init__(convert_charrefs=True)
        self.pictures = pictures
        self.written: list[str] = []
        self.left_out = 0
        self.unread = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A tag with what we keep of it."""
        said = {name: value or "" for name, value in attrs}
        if tag == "img":
            self._show(said)
            return
        self.unread += tag in _UNREAD
        if tag in _TAGS:
            kept = "".join(f' {name}="{escape(value)}"' for name, value in said.items() if _is_kept(name, value))
            apart = ' rel="noopener noreferrer nofollow"' if tag == "a" else ""
            self.written.append(f"<{_PLAINER.get(tag, tag)}{kept}{apart}>")

    def handle_endtag(self, tag: str) -> None:
        """The end of a tag that has one."""
        self.unread = max(0, self.unread - (tag in _UNREAD))
        if tag in _TAGS - _ALONE:
            self.written.append(f"</{_PLAINER.get(tag, tag)}>")

    def handle_data(self, data: str) -> None:
        """Words."""
        if not self.unread:
            self.written.append(escape(data, quote=False))

    def _show(self, said: Mapping[str, str]) -> None:
        source = said.get("src", "").strip()
        if not source.lower().startswith("cid:"):
            self.left_out += 1
            return
        picture = self.pictures.get(source[4:].lower())
        words = said.get("alt") or (picture.name if picture else "")
        if picture is None or not picture.url:
            self.written.append(f"[{escape(words or 'image')}]")
            return
        size = "".join(f' {name}="{said[name]}"' for name in ("width", "height") if said.get(name, "").isdigit())
        self.written.append(f'<img src="{escape(picture.url)}" alt="{escape(words)}"{size}>')
