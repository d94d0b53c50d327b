"""Views of the queue with a name, private or shared with a department, and what each agent remembers of theirs."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from backoffice.domain import policy
from backoffice.domain.policy import Actor, Permission
from backoffice.errors import Forbidden, Invalid
from backoffice.models.saved_views import SavedView
from backoffice.queries import saved_views as queries
from backoffice.services import moment

LONGEST_NAME = 60
LONGEST_FIELDS = 4_000
MOST_OWNED = 50
NAMELESS = "Donnez un nom à cette vue."
NOT_YOURS = "Cette vue est à un autre agent : seuls lui et les responsables de son service la changent."


def save(session: Session, actor: Actor, name: str, fields: str, *, department_id: int | None = None) -> SavedView:
    """Keep a list (`fields` are the end of its address, as the page writes it); raises Invalid, Forbidden."""
    policy.require(actor, Permission.CASE_READ)
    _check_sharing(actor, department_id)
    if queries.count_owned(session, actor) >= MOST_OWNED:
        raise Invalid(f"Vous avez déjà {MOST_OWNED} vues : supprimez-en une qui ne sert plus.")
    if len(fields) > LONGEST_FIELDS:
        raise Invalid("Cette liste a trop de filtres pour être enregistrée : retirez-en.")
    view = SavedView(
        authority_id=actor.authority_id,
        name=_name(name),
        fields=fields,
        owner_id=actor.id,
        department_id=department_id,
        saved_at=moment.now(),
    )
    session.add(view)
    session.flush()
    return view


def change(actor: Actor, view: SavedView, *, name: str, department_id: int | None) -> None:
    """Rename a view, share it with a department or keep it to its owner; raises Invalid, Forbidden."""
    _require_change(actor, view)
    if department_id != view.department_id:
        _check_sharing(actor, department_id)
        if view.owner_id != actor.id and department_id is None:
            raise Forbidden(NOT_YOURS)
    view.name, view.department_id = _name(name), department_id


def delete(session: Session, actor: Actor, view: SavedView) -> None:
    """A view that is of no use any more; those whose queue opened on it see the usual one again."""
    _require_change(actor, view)
    queries.forget_first(session, view.id)
    session.delete(view)


def may_change(actor: Actor, view: SavedView) -> bool:
    """Whether the view is the actor's, or shared with a department where they look after shared views."""
    return view.owner_id == actor.id or (view.department_id is not None and may_share(actor, view.department_id))


def may_share(actor: Actor, department_id: int) -> bool:
    """Whether the actor decides of the views that a department shares."""
    return actor.holds_in(Permission.VIEW_SHARE, department_id)


def open_first(session: Session, actor: Actor, view: SavedView | None) -> None:
    """The queue of the actor opens on this view (None: on the usual one)."""
    queries.claim_habit(session, actor).first_view_id = view.id if view else None


def remember_columns(session: Session, actor: Actor, columns: Sequence[str]) -> None:
    """The columns that the actor's queue shows when its address names none; none stands for the usual ones."""
    queries.claim_habit(session, actor).columns = " ".join(columns)


def use_letter_keys(session: Session, actor: Actor, *, wanted: bool) -> None:
    """Whether one letter alone is a shortcut: who dictates turns this off (WCAG 2.1.4)."""
    queries.claim_habit(session, actor).letter_keys = wanted


def _require_change(actor: Actor, view: SavedView) -> None:
    if not may_change(actor, view):
        raise Forbidden(NOT_YOURS)


def _check_sharing(actor: Actor, department_id: int | None) -> None:
    if department_id is not None and not may_share(actor, department_id):
        raise Forbidden("Seuls les responsables d’un service partagent des vues avec lui.")


def _name(typed: str) -> str:
    name = " ".join(typed.split())
    if not name:
        raise Invalid(NAMELESS, {"name": NAMELESS})
    if len(name) > LONGEST_NAME:
        long = f"Un nom de vue a {LONGEST_NAME} caractères au plus."
        raise Invalid(long, {"name": long})
    return name
