"""What our own relay found out about the sender of a message (RFC 8601): the verdicts of others are not read."""

import re
from collections.abc import Iterable, Mapping

METHODS = ("dmarc", "spf", "dkim")
FAILED = "fail"
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_RESULT = re.compile(r"\s*([a-z0-9_.-]+)(?:\s*/\s*\d+)?\s*=\s*([a-z]+)", re.IGNORECASE)
_FROM = re.compile(r"header\.from\s*=\s*(?:[^\s@;]*@)?([^\s;]+)", re.IGNORECASE)
_LONGEST = 10_000


def read(fields: Iterable[str], authserv_id: str) -> dict[str, str]:
    """The results by method, `domain` (the one that DMARC is about) and `relay`; empty when our relay said nothing.

    Only the fields that carry the name of our relay are read: anybody may write such a field in a message. Should one
    that bears its name by fraud have come through, a failure counts more than any success, and what stands first, where
    relays write, more than what follows.
    """
    found: dict[str, str] = {}
    for field in fields if authserv_id else ():
        name, _, results = _bare(field[:_LONGEST]).partition(";")
        if name.split(" ")[0].lower() != authserv_id.lower():
            continue
        for result in results.split(";"):
            _note(found, result)
    return {"relay": authserv_id, **found} if found else {}


def is_doubted(results: Mapping[str, str], address: str) -> bool:
    """Whether the address that a message shows is not the sender's, as far as our relay knows.

    DMARC failed; or it is about another domain: a message with two senders, or one that asks to answer elsewhere.
    """
    if not results:
        return False
    other = results.get("domain", "") not in ("", address.rpartition("@")[2].lower())
    return results.get("dmarc") == FAILED or other


def _note(found: dict[str, str], result: str) -> None:
    said = _RESULT.match(result)
    if said is None or said[1].lower() not in METHODS:
        return
    method, value = said[1].lower(), said[2].lower()
    if method not in found or (method == "dmarc" and value == FAILED):
        found[method] = value
        domain = _FROM.search(result) if method == "dmarc" else None
        if domain is not None:
            found["domain"] = domain[1].lower().rstrip(".")


def _bare(field: str) -> str:
    """A field without its comments (which may be nested, and hold anything) and without its quotation marks."""
    kept, depth = [], 0
    for piece in re.split(r'("(?:[^"\\]|\\.)*"|\\.|[()])', field):
        if piece == "(":
            depth += 1
        elif piece == ")":
            depth = max(0, depth - 1)
        elif not depth:
            kept.append(_QUOTED.sub(lambda quoted: quoted[1].replace(";", " "), piece))
    return " ".join("".join(kept).split())
