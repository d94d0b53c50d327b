"""Separate what a correspondent has just written from what his mail program quoted, signed or added.

Losing a citizen's words is worse than showing a quotation: in doubt all is shown, and nothing is deleted, only folded.
"""

import re
from dataclasses import dataclass

from channels import attributions, html_lines, mail_kinds, quotations, signatures
from channels.html_lines import Line, Mark
from channels.mime import ParsedMail

_STRUCTURES = (
    "gmail_quote", "moz-cite-prefix", "divrplyfwdmsg", "appendonsend", 'type="cite', "type='cite", "type=cite",
    "yahoo_quoted", "border-top:", "olk_src", "zwchr", "__quoted", "protonmail", "tutanota_quote", 'name="quote',
    "zmail_extra", "reference-message-container", "stopspelling", "reply-intro", "aolmsgpart", "<blockquote",
    "hs_reply", "mailru",
)  # fmt: skip
_SIGNATURES = ("signature", "__sig_", "_rc_sig", "sig_block", "zm-_id_-sgn")


@dataclass(frozen=True, slots=True)
class Reply:
    """The three parts of a text; the last two are shown folded."""

    visible: str
    elided: str = ""
    signature: str = ""


def visible(source: ParsedMail | str, html: str = "") -> Reply:
    """What is new in a message. A mail that answers nothing, or is a forward, comes out whole.

    `source` may be a bare text, which is then taken for a reply's, with its HTML twin when there is one.
    """
    if isinstance(source, str):
        return _separate(source, html)
    if not mail_kinds.is_reply(source) or mail_kinds.is_forward(source):
        return Reply(source.text)
    return _separate(source.text if source.text_plain.strip() else "", source.html)


def _separate(text: str, html: str) -> Reply:
    if not text.strip():
        return _from_lines(html_lines.to_lines(html))
    reply = _from_text(text)
    if not html:
        return reply
    page = html.lower()
    is_signed = not reply.signature and any(name in page for name in _SIGNATURES)
    if reply.elided or not (is_signed or any(name in page for name in _STRUCTURES)):
        return _without_html_signature(reply, html) if is_signed else reply
    by_structure = _from_lines(html_lines.to_lines(html))
    if by_structure.elided and _begins_with(reply.visible, by_structure.visible):
        return by_structure
    return _without_html_signature(reply, html) if is_signed else reply


def _from_text(text: str) -> Reply:
    return _from_lines([Line(line) for line in attributions.part_announcements(text).split("\n")])


def _begins_with(longer: str, shorter: str) -> bool:
    """True when the words of `shorter` open `longer`, marks aside: both forms of a mail then say the same."""
    wanted, found = re.findall(r"\w+", shorter), re.findall(r"\w+", longer)
    return bool(wanted) and found[: len(wanted)] == wanted


def _without_html_signature(reply: Reply, html: str) -> Reply:
    """Take off the signature that only the HTML names, when the plain text ends with the same words."""
    marked = "\n".join(line.text for line in html_lines.to_lines(html) if line.mark is Mark.SIGNATURE)
    wanted = re.findall(r"\w+", marked)
    words = list(re.finditer(r"\w+", reply.visible))
    if not wanted or len(wanted) >= len(words) or [word.group() for word in words[-len(wanted) :]] != wanted:
        return reply
    start = words[-len(wanted)].start()
    start = reply.visible.rfind("\n", 0, start) + 1
    kept = re.sub(r"\n[\s*_-]*$", "", reply.visible[:start]).rstrip()
    return Reply(kept, reply.elided, reply.visible[start:]) if kept.strip() else reply


def _from_lines(lines: list[Line]) -> Reply:
    """The rules: take out what is quoted, then look for the signature."""
    whole = "\n".join(line.text for line in lines).strip("\n")
    signed = [line.text for line in lines if line.mark is Mark.SIGNATURE]
    kept, elided = quotations.cut([line for line in lines if line.mark is not Mark.SIGNATURE])
    if not quotations.has_words(kept):
        return Reply(whole)
    end = signatures.find_signature(kept)
    if not quotations.has_words(kept[:end]):
        end = len(kept)
    if elided or end < len(kept):
        while end and _is_rule_or_blank(kept[end - 1]):
            end -= 1
    return Reply(
        visible="\n".join(kept[:end]).strip("\n").rstrip(),
        elided="\n".join(elided).strip("\n"),
        signature="\n".join([*kept[end:], *signed]).strip("\n"),
    )


def _is_rule_or_blank(line: str) -> bool:
    """True for the dashes left above what has been folded."""
    return not line.strip(" \u00a0\t-_=*—–>")
