"""Lists that are shown a page at a time, by the number of the page in the address."""

from flask import request

LAST_PAGE = 10_000


def asked() -> int:
    """The page that the address asks for: the first one when it is none."""
    given = request.args.get("page", "1")
    return min(max(int(given), 1), LAST_PAGE) if given.isascii() and given.isdigit() and len(given) < 6 else 1
