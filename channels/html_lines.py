"""Read the HTML of a mail as lines of text, knowing which are a quotation, come after a cut, or are a signature."""

import re
from dataclasses import dataclass
from enum import Enum

from selectolax.lexbor import LexborHTMLParser, LexborNode

from channels import charsets

HTML_LIMIT = 2_000_000  # letters read; a longer page is kept whole as a file and cut here
_SKIPPED = {
    "head", "style", "script", "title", "template", "noscript", "object", "iframe", "-comment", "!doctype",
    "svg", "select", "textarea",
}  # fmt: skip
_BLOCKS = {
    "p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "table", "tr", "blockquote", "pre",
    "hr", "section", "article", "header", "footer", "address", "dl", "dt", "dd", "form", "center",
    "fieldset", "body", "aside", "main", "nav", "caption", "figure",
}  # fmt: skip
_PARAGRAPHS = {
    "p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "table", "pre", "blockquote", "dl",
}  # fmt: skip
_LEAVES = {
    "br", "img", "hr", "p", "li", "meta", "link", "input", "col", "area", "base", "td", "th", "tr",
    "option", "o",
}  # fmt: skip
_DEPTH_LIMIT = 3000
_TAG = re.compile(r"<[^<>]*>")
_TAG_NAME = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]*)")
_SPACES = re.compile(r"[ \t\n\r\f]+")
_RUNS = re.compile(r" {2,}")
_HIDDEN = re.compile(r"display\s*:\s*none|mso-hide\s*:\s*all", re.IGNORECASE)
_CUT_NAMES = re.compile(
    r"^(?:divRplyFwdMsg|appendonsend|stopSpelling|zwchr|OLK_SRC_BODY_SECTION|oriMsgHtmlSeperator|"
    r"isReplyContent|reply-intro"
    r"|mail-editor-reference-message-container|ms-outlook-mobile-reference-message|yahoo_quoted|"
    r"zmail_extra|zmail_extra_hr"
    r"|protonmail_quote|tutanota_quote|moz-cite-prefix|gmail_quote|gmail_quote_container|"
    r"gmail_attr|gmail_quote_attribution"
    r"|__QUOTED_TEXT__|quote|hs_reply|spark_quote|AOLMsgPart.*|x_divRplyFwdMsg|x_appendonsend|"
    r"skiptranslate_quote|uol_quote"
    r"|mailru-blockquote-author|mail-quote-collapse|quoted-message|replyHeader|ecxhmmessage|"
    r"yahoo_quoted_.*)$"
)
_SIGNATURE_NAMES = re.compile(
    r"^(?:gmail_signature|moz-signature|[Ss]ignature|x_[Ss]ignature|ms-outlook-mobile-signature|"
    r"composer_signature"
    r"|AppleMailSignature|protonmail_signature_block.*|__SIG_PRE__|__SIG_POST__|"
    r"ymail_android_signature|yahoo-signature"
    r"|ydp\w*signature|iphone-signature|email-signature|mobile-signature|Zm-_Id_-Sgn\d*|_rc_sig|"
    r"x_ms-outlook-mobile-signature"
    r"|lineBreakAtBeginningOfSignature|spark_signature|mail_android_signature|sig_block|"
    r"tutanota_signature)$"
)
_OUTLOOK_BORDER = re.compile(
    r"border\s*:\s*none\s*;\s*border-top\s*:\s*solid\s+(?:#\w+|\w+)\s+1\.0pt|"
    r"border-top-style\s*:\s*solid.{0,80}padding\s*:?\s*3(?:\.0)?pt",
    re.IGNORECASE | re.DOTALL,
)


class Mark(Enum):
    """What a line is known to be from the structure it stood in."""

    TEXT = "text"
    QUOTED = "quoted"
    CUT = "cut"
    SIGNATURE = "signature"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a mail and what it is."""

    text: str
    mark: Mark = Mark.TEXT


def to_lines(html: str) -> list[Line]:
    """Lines of an HTML page, each with what its structure says: quoted, after a cut, signature or plain text."""
    if not html.strip():
        return []
    page = html[:HTML_LIMIT]
    if _is_too_deep(page):  # the parser's time grows with the square of the depth
        return [Line(line.strip()) for line in _TAG.sub(" ", page).split("\n")]
    tree = LexborHTMLParser(page)
    root = tree.body or tree.root
    return _Writer().write(root) if root is not None else []


def _is_too_deep(page: str) -> bool:
    if page.count("<") < _DEPTH_LIMIT:
        return False
    depth = 0
    for tag in _TAG_NAME.finditer(page):
        if tag.group(1):
            depth = max(0, depth - 1)
        elif tag.group(2).lower() not in _LEAVES:
            depth += 1
            if depth > _DEPTH_LIMIT:
                return True
    return False


class _Writer:
    """Walks a page once, without recursion, and writes its lines."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.current: list[str] = []
        self.marks: list[Mark] = [Mark.TEXT]
        self.is_preformatted = 0

    def write(self, root: LexborNode) -> list[Line]:
        node: LexborNode | None = root
        while node is not None:
            is_open = self._enter(node)
            child = node.child if is_open else None
            if child is not None:
                node = child
                continue
            if is_open:
                self._leave(node)
            while node is not None:
                if node.mem_id == root.mem_id:
                    node = None
                    break
                following = node.next
                if following is not None:
                    node = following
                    break
                node = node.parent
                if node is not None:
                    self._leave(node)
        self._break()
        return self.lines

    def _enter(self, node: LexborNode) -> bool:
        """Write what stands at the start of a node; False when nothing inside it is to be read."""
        tag = node.tag or ""
        if tag == "-text":
            self._add(node.text_content or "")
            return False
        if tag in _SKIPPED:
            return False
        if tag == "br":
            self._break(force=True)
            return False
        if tag == "hr":
            self._break()
        mark = self._read_attributes(node, tag)
        if mark is None:
            return False
        if tag in _BLOCKS:
            self._break(blank=tag in _PARAGRAPHS)
        if mark is not self.marks[-1] and tag not in _BLOCKS:
            self._break()
        if mark is Mark.CUT and self.marks[-1] is not Mark.CUT:
            self.lines.append(Line("", Mark.CUT))
        if tag == "hr":
            return False
        self.marks.append(mark)
        self.is_preformatted += tag == "pre"
        return True

    def _leave(self, node: LexborNode) -> None:
        tag = node.tag or ""
        if tag in ("td", "th"):
            self.current.append(" ")
        if tag in _BLOCKS or (len(self.marks) > 1 and self.marks[-1] is not self.marks[-2]):
            self._break(blank=tag in _PARAGRAPHS)
        self.is_preformatted -= tag == "pre"
        if len(self.marks) > 1:
            self.marks.pop()

    def _read_attributes(self, node: LexborNode, tag: str) -> Mark | None:
        """The mark of what stands in this node, or None when it is hidden."""
        inherited = self.marks[-1]
        attributes = node.attributes
        if not attributes:
            return Mark.QUOTED if tag == "blockquote" and inherited is Mark.CUT else inherited
        style = attributes.get("style") or ""
        if style and "none" in style and _HIDDEN.search(style):
            return None
        if inherited is Mark.QUOTED:
            return inherited
        if tag == "blockquote":
            is_cited = (
                attributes.get("type") == "cite" or inherited is Mark.CUT or "quote" in (attributes.get("class") or "")
            )
            return Mark.QUOTED if is_cited or "1px" in style or "solid" in style else inherited
        names = [name for key in ("id", "class", "name", "data-marker") for name in (attributes.get(key) or "").split()]
        if any(_CUT_NAMES.match(name) for name in names) or (style and tag == "div" and _OUTLOOK_BORDER.search(style)):
            return Mark.CUT
        if inherited is Mark.TEXT and any(_SIGNATURE_NAMES.match(name) for name in names):
            return Mark.SIGNATURE
        return inherited

    def _add(self, text: str) -> None:
        if self.is_preformatted:
            first, *others = charsets.scrub(text).split("\n")
            self.current.append(first)
            for other in others:
                self._break(force=True)
                self.current.append(other)
            return
        self.current.append(_SPACES.sub(" ", charsets.scrub(text)))

    def _break(self, *, force: bool = False, blank: bool = False) -> None:
        """End the line under way; `blank` asks for an empty line after a paragraph."""
        text = "".join(self.current)
        text = text.rstrip() if self.is_preformatted else _RUNS.sub(" ", text).strip(" ")
        if text or force:
            self.lines.append(Line(text, self.marks[-1]))
        if blank and self.lines and self.lines[-1].text:
            self.lines.append(Line("", self.marks[-1]))
        self.current = []
