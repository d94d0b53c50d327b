"""A page of citizens as a kiosk shows it: no way out, nothing that a browser would fill in or keep by itself."""

import html
import re
from collections.abc import Callable

LeadsTo = Callable[[str], str | None]
"""The address that a link may have: its own, empty for the welcome page, None when the link must go."""

_LINK = re.compile(r"<a\b([^>]*)>(.*?)</a>", re.DOTALL)
_FORM = re.compile(r"<form\b([^>]*)>(.*?)</form>", re.DOTALL)
_BUTTON = re.compile(r'<button\b[^>]*\bformaction="([^"]*)"[^>]*>.*?</button>', re.DOTALL)
_HREF = re.compile(r'\bhref="([^"]*)"')
_ACTION = re.compile(r'\baction="([^"]*)"')
_WAYS_OUT = re.compile(r'\s(?:target|download)(?:="[^"]*")?(?=[\s>]|$)')
_KEPT_BY_BROWSERS = re.compile(r'\s(?:autocomplete|data-draft)="[^"]*"')


def bounded(page: str, leads_to: LeadsTo, welcome: str) -> str:
    """The page without the links, buttons and forms that lead out of the kiosk; their words stay, buttons' go.

    Browsers are asked to fill in nothing, and no draft is saved while one types.
    """

    def link(found: re.Match[str]) -> str:
        attributes, words = found[1], found[2]
        href = _HREF.search(attributes)
        if href is None:
            return found[0]
        to = leads_to(html.unescape(href[1]))
        if to is None:
            return "" if 'class="btn' in attributes else f"<span>{words}</span>"
        if not to:
            attributes = attributes.replace(href[0], f'href="{welcome}"')
        return f"<a{_WAYS_OUT.sub('', attributes)}>{words}</a>"

    def form(found: re.Match[str]) -> str:
        action = _ACTION.search(found[1])
        if action is not None and leads_to(html.unescape(action[1])) is None:
            return ""
        return f'<form{found[1]} autocomplete="off">{found[2]}</form>'

    def button(found: re.Match[str]) -> str:
        return found[0] if leads_to(html.unescape(found[1])) is not None else ""

    page = _KEPT_BY_BROWSERS.sub("", page)
    return _BUTTON.sub(button, _LINK.sub(link, _FORM.sub(form, page)))
