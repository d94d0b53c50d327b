"""SELECTs on macros: those of an authority, those that may suit a case, and whether a form has applied one."""

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from backoffice.errors import NotFound
from backoffice.models.cases import Case
from backoffice.models.macros import Macro, MacroChange, MacroRun


def list_all(session: Session, authority_id: int) -> list[Macro]:
    """The macros of an authority with their department, in the order in which they are offered; retired ones too."""
    query = select(Macro).where(Macro.authority_id == authority_id).options(joinedload(Macro.department))
    return list(session.scalars(query.order_by(Macro.position, Macro.folded)))


def list_for(session: Session, case: Case) -> list[Macro]:
    """Those in service of the department of a case or of all, in the order in which they are offered."""
    query = select(Macro).where(
        Macro.authority_id == case.authority_id,
        Macro.retired_at.is_(None),
        Macro.department_id.is_(None) | (Macro.department_id == case.department_id),
    )
    return list(session.scalars(query.order_by(Macro.position, Macro.folded)))


def find_named(session: Session, authority_id: int, folded: str) -> Macro | None:
    """The macro of this name, without case or accents."""
    return session.scalar(select(Macro).where(Macro.authority_id == authority_id, Macro.folded == folded))


def get_macro(session: Session, authority_id: int, macro_id: int) -> Macro:
    """One macro of this authority, or NotFound."""
    return _of(session.get(Macro, macro_id), authority_id)


def claim_macro(session: Session, authority_id: int, macro_id: int) -> Macro:
    """The same, locked and read anew until the transaction ends."""
    query = select(Macro).where(Macro.id == macro_id).with_for_update(of=Macro)
    return _of(session.scalar(query.execution_options(populate_existing=True)), authority_id)


def list_changes(session: Session, macro_id: int) -> list[MacroChange]:
    """What was done to a macro, newest first."""
    query = select(MacroChange).where(MacroChange.macro_id == macro_id)
    return list(session.scalars(query.order_by(MacroChange.id.desc())))


def has_run(session: Session, case_id: int, form_key: str) -> bool:
    """Whether the form of this key applied a macro to a case."""
    query = select(MacroRun.id).where(MacroRun.case_id == case_id, MacroRun.form_key == form_key)
    return session.scalar(query) is not None


def _of(macro: Macro | None, authority_id: int) -> Macro:
    if macro is None or macro.authority_id != authority_id:
        raise NotFound("Cet enchaînement n’existe pas.")
    return macro
