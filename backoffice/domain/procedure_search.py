"""Finds procedures from a citizen's words: without accents or case, singular or plural, with a slip of the finger."""

import difflib
from collections.abc import Iterable, Sequence
from functools import lru_cache

from backoffice.domain.french import fold
from backoffice.domain.procedures import ProcedureDefinition

# Words that say nothing of what is looked for.
EMPTY = """
a au aux avec ce ces comment d dans de demande demander des du en et faire il j je l la le les ma mes mon n ne ou par
pas pour que quel quelle qui s se sur un une veux votre voudrais vous
an for how i in is my need of or the to want what with your
"""
EMPTY_WORDS = frozenset(EMPTY.split())
TITLE, KEYWORD, TEXT = 8, 5, 1
CLOSE_ENOUGH = 0.8


def search(definitions: Sequence[ProcedureDefinition], typed: str) -> list[ProcedureDefinition]:
    """The procedures that have every word that means something, best first; none of them known: an empty list."""
    words = [stem for word in fold(typed).split() if word not in EMPTY_WORDS and (stem := _stem(word))]
    if not words:
        return []
    scored = [(score, index) for index, one in enumerate(definitions) if (score := _score(one, words))]
    if not scored:
        corrected = _corrected(words, definitions)
        scored = [(score, index) for index, one in enumerate(definitions) if (score := _score(one, corrected))]
    return [definitions[index] for _, index in sorted(scored, key=lambda found: (-found[0], found[1]))]


def _score(definition: ProcedureDefinition, words: Iterable[str]) -> int:
    total = 0
    for word in words:
        best = max((weight for stem, weight in _index(definition).items() if stem.startswith(word)), default=0)
        if not best:
            return 0
        total += best
    return total


def _corrected(words: Iterable[str], definitions: Sequence[ProcedureDefinition]) -> list[str]:
    known = sorted({stem for one in definitions for stem in _index(one)})
    near = (difflib.get_close_matches(word, known, n=1, cutoff=CLOSE_ENOUGH) for word in words)
    return [found[0] if found else word for word, found in zip(words, near, strict=True)]


def _index(definition: ProcedureDefinition) -> dict[str, int]:
    return _index_of(
        definition.title,
        " ".join((*definition.keywords, *definition.life_events, definition.theme)),
        " ".join((*definition.summary, definition.who)),
    )


@lru_cache(maxsize=512)
def _index_of(title: str, keywords: str, text: str) -> dict[str, int]:
    index: dict[str, int] = {}
    for words, weight in ((text, TEXT), (keywords, KEYWORD), (title, TITLE)):
        index |= {_stem(word): weight for word in fold(words).split()}
    index.pop("", None)
    return index


def _stem(word: str) -> str:
    """A word without its punctuation and its mark of plural."""
    word = word.strip('.,;:!?()«»"')
    return word[:-1] if len(word) > 3 and word[-1] in "sx" else word
