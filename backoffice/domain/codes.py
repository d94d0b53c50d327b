"""Codes made from what people wrote: they stay when the words change."""

import re
from collections.abc import Collection

from backoffice.domain.french import fold

LONGEST = 40


def from_words(words: str, taken: Collection[str], prefix: str) -> str:
    """« Numéro du bac » gives `numero_du_bac`, then `numero_du_bac_2`; `prefix` begins a code that no letter begins."""
    plain = re.sub(r"[^a-z0-9]+", "_", fold(words)).strip("_")[:LONGEST].strip("_")
    base = plain if plain[:1].isalpha() else f"{prefix}_{plain}".strip("_")
    code, number = base, 2
    while code in taken:
        code, number = f"{base}_{number}", number + 1
    return code
