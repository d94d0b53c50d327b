"""SELECTs on the words that administrators gave to letters, and on the letters they tried out."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backoffice.errors import NotFound
from backoffice.models.documents import LetterPreview, LetterTemplate


def list_in_force(
    session: Session, authority_id: int, *, template: str = "", procedures: Sequence[str] | None = None
) -> list[LetterTemplate]:
    """The last version of every text of an authority; of one template, or of some procedures, when they are named."""
    key = (LetterTemplate.template, LetterTemplate.procedure_code, LetterTemplate.language)
    last = select(*key, func.max(LetterTemplate.number).label("number")).where(
        LetterTemplate.authority_id == authority_id
    )
    if template:
        last = last.where(LetterTemplate.template == template)
    if procedures is not None:
        last = last.where(LetterTemplate.procedure_code.in_(procedures))
    newest = last.group_by(*key).subquery()
    query = (
        select(LetterTemplate)
        .join(
            newest,
            (LetterTemplate.template == newest.c.template)
            & (LetterTemplate.procedure_code == newest.c.procedure_code)
            & (LetterTemplate.language == newest.c.language)
            & (LetterTemplate.number == newest.c.number),
        )
        .where(LetterTemplate.authority_id == authority_id)
        .order_by(LetterTemplate.template, LetterTemplate.procedure_code, LetterTemplate.language)
    )
    return list(session.scalars(query))


def list_versions(
    session: Session, authority_id: int, template: str, procedure_code: str, language: str
) -> list[LetterTemplate]:
    """Every version of a text, the newest first."""
    query = select(LetterTemplate).where(
        LetterTemplate.authority_id == authority_id,
        LetterTemplate.template == template,
        LetterTemplate.procedure_code == procedure_code,
        LetterTemplate.language == language,
    )
    return list(session.scalars(query.order_by(LetterTemplate.number.desc())))


def get_version(session: Session, authority_id: int, version_id: int) -> LetterTemplate:
    """One version of a text of this authority, or NotFound."""
    version = session.get(LetterTemplate, version_id)
    if version is None or version.authority_id != authority_id:
        raise NotFound("Cette version n’existe pas.")
    return version


def find_preview(session: Session, preview_id: int) -> LetterPreview | None:
    """A letter tried out, for the worker that prints it."""
    return session.get(LetterPreview, preview_id)


def get_preview(session: Session, authority_id: int, staff_id: int | None, preview_id: int) -> LetterPreview:
    """A letter that this very person tried out, or NotFound."""
    preview = session.get(LetterPreview, preview_id)
    if preview is None or preview.authority_id != authority_id or preview.staff_id != staff_id:
        raise NotFound("Cet aperçu n’existe pas ou n’est plus gardé : demandez-en un autre.")
    return preview
