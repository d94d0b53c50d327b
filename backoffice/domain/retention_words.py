"""How long a file is kept, in words, for the information notices (RGPD 13)."""

from backoffice.domain.procedures import RETENTION_START_LABELS, FinalDisposition, Retention
from backoffice.domain.wording import Wording

AFTERWARDS = {
    FinalDisposition.KEEP: Wording("puis conservées comme archives"),
    FinalDisposition.SORT: Wording("puis triées par les archives"),
    FinalDisposition.DESTROY: Wording("puis détruites"),
}


def in_words(retention: Retention) -> str:
    """« 2 ans après la clôture du dossier, puis détruites »."""
    if retention.years is None:
        return Wording("sans limite de durée, comme archives")
    return Wording.counted(
        "%(count)s an après %(event)s, %(afterwards)s",
        "%(count)s ans après %(event)s, %(afterwards)s",
        retention.years,
        event=RETENTION_START_LABELS[retention.from_],
        afterwards=AFTERWARDS[retention.final],
    )
