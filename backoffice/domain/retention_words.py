"""How long a file is kept, in words, for the information notices (RGPD 13)."""

from backoffice.domain.procedures import RETENTION_START_LABELS, FinalDisposition, Retention

AFTERWARDS = {
    FinalDisposition.KEEP: "puis conservées comme archives",
    FinalDisposition.SORT: "puis triées par les archives",
    FinalDisposition.DESTROY: "puis détruites",
}


def in_words(retention: Retention) -> str:
    """« 2 ans après la clôture du dossier, puis détruites »."""
    if retention.years is None:
        return "sans limite de durée, comme archives"
    years = "1 an" if retention.years == 1 else f"{retention.years} ans"
    return f"{years} après {RETENTION_START_LABELS[retention.from_]}, {AFTERWARDS[retention.final]}"
