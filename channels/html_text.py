"""What a mail's HTML says as text, and the same page made safe to show."""

import nh3

from channels import html_lines

_TAGS = {
    "a", "abbr", "address", "b", "blockquote", "br", "caption", "center", "cite", "code", "col", "colgroup",
    "dd", "del", "div", "dl", "dt", "em", "font", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img",
    "ins", "kbd", "li", "ol", "p", "pre", "q", "s", "small", "span", "strike", "strong", "sub", "sup",
    "table", "tbody", "td", "tfoot", "th", "thead", "tr", "tt", "u", "ul",
}  # fmt: skip
_ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "width", "height"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "ol": {"start"},
}


def sanitise(html: str) -> str:
    """HTML safe to show: an allow-list of tags, links opened apart, remote images dropped, `cid:` images kept."""
    return _CLEANER.clean(html[: html_lines.HTML_LIMIT])


def _keep_attribute(_tag: str, attribute: str, value: str) -> str | None:
    if attribute == "src" and not value.strip().lower().startswith("cid:"):
        return None
    if attribute == "href" and value.strip().lower().startswith("cid:"):
        return None
    return value


# Its lists are read once: to read them again for each mail costs more than most mails.
_CLEANER = nh3.Cleaner(
    tags=_TAGS,
    attributes=_ATTRIBUTES,
    url_schemes={"http", "https", "mailto", "tel", "cid"},
    attribute_filter=_keep_attribute,
    link_rel="noopener noreferrer nofollow",
)


def to_text(html: str) -> str:
    """The text of an HTML page, blocks on their own lines, nothing marked."""
    lines = [line.text for line in html_lines.to_lines(html)]
    return "\n".join(lines).strip("\n")
