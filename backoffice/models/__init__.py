"""The tables of the house, by subject; importing this package declares them all."""

from backoffice.models import (
    accounts,
    authorities,
    batches,
    bundles,
    cases,
    catalogue,
    documents,
    drafts,
    feedback,
    files,
    held_files,
    held_files,
    jobs,
    legal,
    mail,
    people,
)

__all__ = [
    "accounts",
    "authorities",
    "batches",
    "bundles",
    "cases",
    "catalogue",
    "documents",
    "drafts",
    "feedback",
    "files",
    "held_files",
    "held_files",
    "jobs",
    "legal",
    "mail",
    "people",
]
