"""The tables of the house, by subject; importing this package declares them all."""

from backoffice.models import (
    authorities,
    batches,
    bundles,
    cases,
    catalogue,
    documents,
    drafts,
    files,
    jobs,
    legal,
    mail,
    people,
)

__all__ = [
    "authorities",
    "batches",
    "bundles",
    "cases",
    "catalogue",
    "documents",
    "drafts",
    "files",
    "jobs",
    "legal",
    "mail",
    "people",
]
