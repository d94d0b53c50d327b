"""Numbers of rows as addresses and forms write them."""

LARGEST = 2**63 - 1
"""What both engines hold."""
MOST_DIGITS = 19


def read(text: str) -> int | None:
    """The number of a row, or None for what cannot be one (signs, other digits than ours, more than a row can have)."""
    if not (text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS):
        return None
    number = int(text)
    return number if number <= LARGEST else None
