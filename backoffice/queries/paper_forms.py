"""SELECTs on the forms to print."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice.models.catalogue import PaperForm
from backoffice.queries.once import insert_once


def find_form(session: Session, authority_id: int, fingerprint: str) -> PaperForm | None:
    """The form that says exactly this, printed or to be printed."""
    mine = (PaperForm.authority_id == authority_id, PaperForm.fingerprint == fingerprint)
    return session.scalar(select(PaperForm).where(*mine))


def get_or_insert(session: Session, authority_id: int, fingerprint: str, **values: Any) -> PaperForm:
    """The same, written down now by whoever comes first."""
    insert_once(
        session,
        PaperForm,
        ("authority_id", "fingerprint"),
        authority_id=authority_id,
        fingerprint=fingerprint,
        digest="",
        size=0,
        **values,
    )
    form = find_form(session, authority_id, fingerprint)
    assert form is not None  # noqa: S101 (inserted just now, by this transaction or by another)
    return form


def find_unprinted(session: Session, form_id: int) -> PaperForm | None:
    """A form that is still to be printed."""
    return session.scalar(select(PaperForm).where(PaperForm.id == form_id, PaperForm.digest == ""))
