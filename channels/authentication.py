"""What our own relay found out about the sender of a message (RFC 8601): the verdicts of others are not read."""

import re
from collections.abc import Iterable, Mapping

METHODS = ("dmarc", "spf", "dkim")
PASSED, FAILED = "pass", "fail"
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_PIECES = re.compile(r'("(?:[^"\\]|\\.)*"|\\.|[()])')
_RESULT = re.compile(r"\s*([a-z0-9_.-]+)(?:\s*/\s*\d+)?\s*=\s*([a-z]+)", re.IGNORECASE)
_FROM = re.compile(r"header\.from\s*=\s*(?:[^\s@;]*@)?([^\s;]+)", re.IGNORECASE)
_LONGEST = 10_000


def read(fields: Iterable[str], authserv_id: str) -> dict[str, str]:
    """The results by method, `domain` (the one that DMARC is about) and `relay`; empty when our relay said nothing.

    A field whose comments or quotation marks do not close is a failure of DMARC: relays repeat in them what the writer
    chose (his address), and may so have been led to hide their verdict. Only the fields that carry the name of our
    relay are read: anybody may write such a field in a message. Should one that bears its name by fraud have come
    through, a failure counts more than any success, and what stands first, where relays write, more than what follows.
    """
    found: dict[str, str] = {}
    for field in fields if authserv_id else ():
        bare, is_sound = _bare(field[:_LONGEST])
        name, _, results = bare.partition(";")
        if name.split(" ")[0].lower() != authserv_id.lower():
            continue
        if not is_sound:
            found["dmarc"] = FAILED
            continue
        for result in results.split(";"):
            _note(found, result)
    return {"relay": authserv_id, **found} if found else {}


def is_doubted(results: Mapping[str, str], address: str, shown: str) -> bool:
    """Whether `address`, the sender's, is not that of who wrote, as far as our relay knows; `shown` stands in From.

    DMARC failed; or it is about another domain (a message with two senders, or one that asks to answer elsewhere); or
    it says nothing, and neither SPF nor DKIM vouches for anybody. Nothing is doubted when our relay says nothing.
    """
    if not results:
        return False
    domain, dmarc = _domain(address), results.get("dmarc")
    is_vouched = dmarc == PASSED or PASSED in (results.get("spf"), results.get("dkim"))
    is_another = domain != _domain(shown) or results.get("domain", domain) != domain
    return dmarc == FAILED or not is_vouched or is_another


def _domain(address: str) -> str:
    return address.rpartition("@")[2].lower()


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


def _bare(field: str) -> tuple[str, bool]:
    """A field without its comments (which may be nested, and hold anything) and quotation marks; whether all closed."""
    kept, depth, is_sound = list[str](), 0, True
    for piece in _PIECES.split(field):
        if piece == "(":
            depth += 1
        elif piece == ")":
            is_sound = is_sound and depth > 0
            depth = max(0, depth - 1)
        else:
            quoted = _QUOTED.fullmatch(piece)
            is_sound = is_sound and (quoted is not None or '"' not in piece or piece.startswith("\\"))
            if not depth:
                kept.append(quoted[1].replace(";", " ") if quoted else piece)
    return " ".join("".join(kept).split()), is_sound and not depth
