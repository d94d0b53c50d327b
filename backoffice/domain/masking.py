"""Small numbers hidden in tables that leave: who is one of three people of a line must not be found again.

Lines are hidden whole, for their numbers may add up; and never one alone, nor few that add up to little, for totals are
known. What one table hides, every table of the same labels hides.
"""

from collections.abc import Collection, Iterable, Sequence

MASKED = "masqué"
USUAL_THRESHOLD, HIGHEST_THRESHOLD = 5, 100
THRESHOLD_SETTING = "masked_under"
"""The name of the setting of an authority: counts from 1 to one less leave nowhere."""

Counts = Sequence[tuple[str, Sequence[int]]]
"""The lines of a table: their label, and their counts."""


def is_small(count: float | None, threshold: int) -> bool:
    """Whether a count says too much of too few people."""
    return count is not None and 0 < count < threshold


def lines_to_mask(tables: Iterable[Counts], threshold: int) -> set[str]:
    """The labels whose lines are hidden in all these tables, which count the same things by the same labels."""
    known, hidden = list(tables), set[str]()
    before = -1
    while len(hidden) > before:
        before = len(hidden)
        for table in known:
            hidden |= _of_table(table, threshold, hidden)
    return hidden


def _of_table(table: Counts, threshold: int, hidden: Collection[str]) -> set[str]:
    """The labels to hide in one table, given what the others hide: small counts, then what protects them."""
    small = {label for label, counts in table if any(is_small(count, threshold) for count in counts)}
    masked = small | {label for label, _ in table if label in hidden}
    if not masked:
        return set()
    left = sorted((line for line in table if line[0] not in masked), key=lambda line: (sum(line[1]), line[0]))
    while left and not _protects([line for line in table if line[0] in masked], threshold):
        masked.add(left.pop(0)[0])
    return masked


def _protects(lines: Counts, threshold: int) -> bool:
    """Whether the difference between a total and what is shown says nothing of one line: in each column, enough.

    A column where all that is hidden is nothing says nothing of anybody.
    """
    columns = list(zip(*(counts for _, counts in lines), strict=True))
    return len(lines) > 1 and all(
        sum(column) == 0 or (sum(column) >= threshold and sum(1 for count in column if count) > 1) for column in columns
    )
