"""How long a file is kept, in words, for the information notices (RGPD 13)."""

from backoffice.domain.french import NBSP, plural
from backoffice.domain.procedures import RETENTION_START_LABELS, FinalDisposition, ProcedureDefinition, Retention
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


def start_in_words(definition: ProcedureDefinition, undated: int) -> str:
    """Which answer gives the first day, and of how many files it is missing; empty when the house knows that day."""
    code = definition.retention.start_field
    if not code:
        return ""
    field = definition.find_field(code)
    said = f"Jour donné par la réponse à «{NBSP}{field.label if field else code}{NBSP}»"
    if not undated:
        return f"{said}."
    missing = plural(undated, "dossier sans cette réponse", "dossiers sans cette réponse")
    return f"{said}{NBSP}; {missing}, durée comptée de la fin du dossier."
