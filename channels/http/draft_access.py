"""Which drafts this browser may open: begun on its own pages, of its account, or whose link it followed."""

from flask import redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from backoffice.domain.drafts import DraftContent
from backoffice.domain.form_pages import FormPage
from backoffice.models.drafts import Draft
from backoffice.queries import drafts as queries
from backoffice.services import drafts, moment
from backoffice.services.drafts import Owner
from backoffice.web import case_access, kiosk_device
from backoffice.web.current import authority, runtime, viewer
from channels.http.filled_form import FilledForm

MOST_KEYS = 12
KEYS = "drafts"
"""Under this name in the signed cookie, and carried over when somebody signs in."""


def owner() -> Owner:
    """Whose drafts are begun in this browser now: nobody's when an address alone opened a verified account."""
    seen = viewer()
    is_account = seen is not None and seen.kind == "citizen" and not seen.is_weak
    return Owner(authority().id, seen.actor.id if seen is not None and is_account else None)


def grant(key: str) -> None:
    """Let this browser open a draft, until it closes."""
    session[KEYS] = [*(one for one in keys() if one != key), key][-MOST_KEYS:]


def forget(key: str) -> None:
    """Leave a draft to its account alone: a session that ends must not leave it to whoever sits down next."""
    if key in keys():
        session[KEYS] = [one for one in keys() if one != key]


def keys() -> list[str]:
    """The drafts granted to this browser."""
    return list(session.get(KEYS, []))


def may_open(draft: Draft) -> bool:
    """Whether it is the draft of the citizen who is signed in, or was granted to this browser."""
    citizen_id = owner().citizen_id
    if draft.citizen_id is not None and citizen_id is not None:
        return draft.citizen_id == citizen_id
    return draft.key in keys()


def find(key: str) -> Draft | None:
    """The live draft of this key, whoever may open it."""
    with runtime().database.reading() as database:
        return queries.find_draft(database, authority().id, key, moment.now())


def find_or_answer(key: str) -> Draft | ResponseReturnValue:
    """The draft that this browser may open, or where its reader is led, or told, instead."""
    draft = find(key)
    if draft is not None and may_open(draft):
        return draft
    if (sent := receipt_of(key)) is not None:
        return sent
    if draft is not None and draft.citizen_id is not None and owner().citizen_id is None:
        return redirect(url_for("citizen_account.sign_in", next=request.path), 303)
    return nothing_here()


def receipt_of(key: str) -> ResponseReturnValue | None:
    """The way to the receipt of a form that was sent from this browser; None when it was not."""
    with runtime().database.reading() as database:
        case = drafts.find_sent(database, authority().id, key)
    if case is None or not case_access.may_follow(case):
        return None
    return redirect(url_for("web_form.receipt", reference=case.reference, deja=1), 303)


def nothing_here() -> ResponseReturnValue:
    """What a wrong, old or foreign address of a draft answers: always the same."""
    return render_template("citizen/no_draft.html"), 404


def to_page(key: str, page: FormPage) -> ResponseReturnValue:
    """The way to a page of a draft."""
    return redirect(url_for("step_form.show", key=key, slug=page.slug), 303)


def find_begun(code: str) -> Draft | None:
    """The last draft of a procedure that this browser may go on with."""
    mine, known = owner(), keys()
    if mine.citizen_id is None and not known:
        return None
    with runtime().database.reading() as database:
        found = queries.find_begun(database, mine.authority_id, code, known, mine.citizen_id, moment.now())
    return found if found is not None and may_open(found) and not is_blank(found) else None


def is_blank(draft: Draft) -> bool:
    """Whether nothing was written yet."""
    return not draft.content["fields"] and not draft.content["files"]


def form_of(draft: Draft) -> FilledForm:
    """The form as it was left."""
    content = DraftContent.from_data(draft.content)
    return FilledForm(draft.key, content.fields, content.files, {})


def keep(database: Session, draft: Draft, content: DraftContent) -> None:
    """Write what a draft (locked) holds, and whose it is from now on."""
    mine = owner()
    drafts.keep(database, draft, mine, content, kept=drafts.KEPT_AT_KIOSK if kiosk_device.here() else drafts.KEPT)
    if mine.citizen_id is not None:
        forget(draft.key)


def delete(key: str) -> None:
    """Delete a draft that this browser may open."""
    draft = find(key)
    if draft is not None and may_open(draft):
        with runtime().database.transaction() as database:
            drafts.forget(database, draft)
        forget(key)
