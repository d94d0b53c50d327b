"""References that people read aloud, tracking codes, and the signed tokens that bring replies home."""

import hashlib
import hmac
import re
import secrets

# No 0/O, 1/I/L, U/V or 2/Z: a code is dictated on the phone and read in 14 pt.
ALPHABET = "3456789ABCDEFGHJKMNPQRSTWXY"
CODE_LENGTH = 8
REFERENCE = re.compile(r"(?<![\d-])(20\d{2})-(\d{6,9})(?!\d)")
TYPED_REFERENCE = re.compile(r"(20\d{2})\D{0,3}(\d{1,9})")
TOKEN_BYTES = 10


def reference(year: int, number: int) -> str:
    """`2026-000123`: the year of receipt and a number without holes."""
    return f"{year}-{number:06d}"


def find_reference(text: str) -> str:
    """The first reference quoted in a text (a mail's subject, a search box), else an empty string."""
    found = REFERENCE.search(text)
    return found.group(0) if found else ""


def read_reference(typed: str) -> str:
    """A reference as somebody typed it: « 2026 123 » is 2026-000123; empty when it is none."""
    found = TYPED_REFERENCE.search(typed.replace(" ", ""))
    return reference(int(found[1]), int(found[2])) if found else ""


def new_tracking_code() -> str:
    """Eight random characters (27^8, some 38 bits), without look-alikes."""
    return "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))


def show_code(code: str) -> str:
    """`K7QM-3TXP`: in two halves, easier to dictate."""
    return f"{code[:4]}-{code[4:]}"


def read_code(typed: str) -> str:
    """A code as somebody typed it: case, spaces and dashes do not count."""
    return re.sub(r"[^0-9A-Z]", "", typed.upper())


def same_code(typed: str, code: str) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(read_code(typed).encode(), code.encode())


def sign(secret: str, purpose: str, text: str) -> str:
    """A short keyed mark of a text (20 hexadecimal characters), different for each purpose."""
    mark = hmac.new(secret.encode(), f"{purpose}\0{text}".encode(), hashlib.sha256)
    return mark.digest()[:TOKEN_BYTES].hex()


def signed_by_any(secret_keys: tuple[str, ...], purpose: str, text: str, mark: str) -> bool:
    """Check a mark against the key of today and those still accepted during a rotation."""
    given = mark.encode(errors="replace")
    return any(hmac.compare_digest(sign(key, purpose, text).encode(), given) for key in secret_keys)
