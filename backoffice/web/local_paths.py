"""Addresses of our own that travel through a form: never another site's, whatever was typed in the address bar."""

from urllib.parse import urlsplit

from flask import current_app
from werkzeug.exceptions import HTTPException


def safe_path(path: str) -> str:
    """The same path (with its query) if it is one of ours, else an empty text."""
    # Browsers read « /\\host » and « //host » as another site, and drop control characters on the way.
    if not path.startswith("/") or path.startswith("//") or "\\" in path or any(ord(sign) < 33 for sign in path):
        return ""
    parts = urlsplit(path)
    return path if not parts.scheme and not parts.netloc else ""


def accepts(path: str, method: str) -> bool:
    """Whether this path of ours answers to the method (so that a kept form can be sent there again)."""
    try:
        current_app.url_map.bind("localhost").match(urlsplit(path).path, method=method)
    except HTTPException:
        return False
    return True
