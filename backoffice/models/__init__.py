"""The tables of the house, by subject; importing this package declares them all."""

from backoffice.models import authorities, cases, catalogue, documents, jobs, legal, mail, people

__all__ = ["authorities", "cases", "catalogue", "documents", "jobs", "legal", "mail", "people"]
