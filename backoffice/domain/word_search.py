"""Finds things by words: without accents or case, singular or plural, the beginning of a word, a slip of the finger."""

import difflib
from collections.abc import Collection, Iterable, Mapping, Sequence

from backoffice.domain.french import fold

# Words that say nothing of what is looked for.
EMPTY = """
a au aux avec ce ces comment d dans de demande demander des du en et faire il j je l la le les ma mes mon n ne ou par
pas plus pour que quel quelle qui s sa se ses son sur un une veux votre voudrais vous
an for how i in is my need of or the to want what with your
"""
EMPTY_WORDS = frozenset(EMPTY.split())
TITLE, KEYWORD, TEXT = 8, 5, 1
CLOSE_ENOUGH = 0.8
SHORTEST_BEGINNING = 4
# « eau », « rsa » are words: the nearest known one (« au », « sa ») is no slip of the finger.
SHORTEST_SLIP = 4


def index_of(title: str, keywords: str, text: str) -> dict[str, int]:
    """The words of a thing, each with what it weighs: most in the title, least in the text."""
    index: dict[str, int] = {}
    for words, weight in ((text, TEXT), (keywords, KEYWORD), (title, TITLE)):
        index |= {_stem(word): weight for word in fold(words).split() if word not in EMPTY_WORDS}
    index.pop("", None)
    return index


def find(indexes: Sequence[Mapping[str, int]], typed: str) -> list[int]:
    """The places of those that have every word that means something, best first; none of them known: an empty list."""
    words = [stem for word in fold(typed).split() if word not in EMPTY_WORDS and (stem := _stem(word))]
    if not words:
        return []
    # « prix », once cut, is the beginning of « privé ».
    whole = {stem for word in fold(typed).split() if (stem := _stem(word)) != word and len(stem) < SHORTEST_BEGINNING}
    scored = _scored(indexes, words, whole) or _scored(indexes, _corrected(words, indexes), whole)
    return [place for _, place in sorted(scored, key=lambda found: (-found[0], found[1]))]


def _scored(
    indexes: Sequence[Mapping[str, int]], words: Sequence[str], whole: Collection[str]
) -> list[tuple[int, int]]:
    return [(score, place) for place, index in enumerate(indexes) if (score := _score(index, words, whole))]


def _score(index: Mapping[str, int], words: Iterable[str], whole: Collection[str]) -> int:
    total = 0
    for word in words:
        begun = (weight for stem, weight in index.items() if stem.startswith(word))
        best = index.get(word, 0) if word in whole else max(begun, default=0)
        if not best:
            return 0
        total += best
    return total


def _corrected(words: Iterable[str], indexes: Sequence[Mapping[str, int]]) -> list[str]:
    known = sorted({stem for index in indexes for stem in index})
    return [word if len(word) < SHORTEST_SLIP else _nearest(word, known) for word in words]


def _nearest(word: str, known: Sequence[str]) -> str:
    return next(iter(difflib.get_close_matches(word, known, n=1, cutoff=CLOSE_ENOUGH)), word)


def _stem(word: str) -> str:
    """A word without its punctuation and its mark of plural."""
    word = word.strip('.,;:!?()«»"')
    return word[:-1] if len(word) > 3 and word[-1] in "sx" else word
