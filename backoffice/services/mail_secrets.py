"""Links that open something, in mails that have left: of use to whoever received them, and to nobody else."""

from typing import Any

from sqlalchemy import Table

GONE = "(lien retiré de cette copie)"


def without_links(table: Table, row: dict[str, Any]) -> dict[str, Any]:
    """A row as it leaves the installation: a mail that gave a link and has left keeps everything but its words."""
    is_link = table.name == "outgoing_mails" and (row["secret"] or row["case_id"] is None)
    if is_link and (row["sent_at"] or row["failed_at"]):
        return {**row, "text": GONE, "html": ""}
    return row
