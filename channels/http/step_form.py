"""The public door, step by step: a page is kept when it is left, checked when it is sent, and all is read at last."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from backoffice.domain import form_events
from backoffice.domain.drafts import DraftContent, FileKey, key_of
from backoffice.domain.form_events import Counted
from backoffice.domain.form_pages import (
    DETAILS,
    SUMMARY,
    FormPage,
    every_slug,
    find_page,
    list_pages,
    next_page,
    page_before,
)
from backoffice.domain.procedures import ProcedureDefinition
from backoffice.domain.wording import Wording
from backoffice.models.drafts import Draft
from backoffice.services import drafts
from backoffice.services.drafts import AlreadySent
from backoffice.web import form_numbers, limits, said_procedures, security
from backoffice.web.access import Audience, audience
from backoffice.web.current import runtime
from backoffice.web.languages import said
from channels.http import (
    draft_access,
    filled_form,
    form_page,
    form_tally,
    form_view,
    signed_in,
    step_sending,
    step_view,
    uploads,
)
from channels.http.filled_form import FilledForm
from channels.http.form_page import EXPIRED, Asked
from channels.http.signed_in import SignedIn
from channels.http.step_view import Progress

pages = Blueprint("step_form", __name__)

MORE_QUESTIONS = Wording("Vos réponses ouvrent de nouvelles questions sur cette page. Regardez-les, puis continuez.")
SIGN_IN_AGAIN = Wording(
    "Votre session est terminée. Reconnectez-vous dans un autre onglet, puis continuez : "
    "tout ce que vous avez écrit sur cette page est là."
)
CHANGED = Wording("Cette démarche a changé depuis votre dernier passage.")
LOOK_AGAIN = Wording("Vérifiez les pages qui restent à faire.")


@dataclass(frozen=True, slots=True)
class Saved:
    """What a posted page made of its draft; `lost` is what a new version of the procedure no longer asks."""

    content: DraftContent
    reached: Progress
    version: int
    told: str = ""
    lost: tuple[str, ...] | None = None


def first_page(asked: Asked, form: FilledForm, citizen: SignedIn | None) -> str:
    """The first page of a form that nobody began."""
    content = DraftContent(form.fields)
    reached = step_view.progress(asked.definition, form.submission, content, citizen)
    begun = draft_access.find_begun(asked.definition.code)
    return _page(asked, reached.pages[0], form, reached, citizen, {}, begun=begun)


def receive_first(asked: Asked, form: FilledForm) -> ResponseReturnValue:
    """The first page comes back: its draft begins, unless it was begun already."""
    if (sent := draft_access.receipt_of(form.submission)) is not None:
        return sent
    draft = draft_access.find(form.submission)
    if draft is not None and not draft_access.may_open(draft):
        # The browser forgot that it began it: the same answers begin another.
        form = replace(form, submission=form_numbers.new())
    slug = list_pages(asked.definition, {})[0].slug
    if not security.is_genuine_form():
        return give_back(asked, form, slug, None, EXPIRED), 400
    if draft is None:
        limits.count_request()
    if draft_access.owner().citizen_id is None:
        draft_access.grant(form.submission)
    return _receive(asked, form, slug)


@pages.get("/brouillons/<key>/<slug>")
@audience(Audience.PUBLIC)
def show(key: str, slug: str) -> ResponseReturnValue:
    """One page of a draft, or the one that must come before it."""
    draft = draft_access.find_or_answer(key)
    if not isinstance(draft, Draft):
        return draft
    asked = form_page.asked_of(draft.procedure)
    form = draft_access.form_of(draft)
    if asked.closure:
        return form_page.closed(asked, asked.closure, form)
    if drafts.is_outdated(draft) or not asked.definition.step_by_step:
        return redirect(url_for("draft_pages.go_on", key=key), 303)
    citizen = signed_in.find()
    reached = step_view.progress(asked.definition, key, DraftContent.from_data(draft.content), citizen)
    page = find_page(reached.pages, slug)
    if page is None or not (page.is_done or page == next_page(reached.pages)):
        return draft_access.to_page(key, next_page(reached.pages))
    if page.slug == SUMMARY:
        return step_sending.page(asked, draft, reached, citizen)
    if citizen is not None and page.slug == DETAILS and not page.is_done:
        form = replace(form, fields={**citizen.begin(), **form.fields})
    return _page(asked, page, form, reached, citizen, {}, version=draft.version_id)


@pages.post("/brouillons/<key>/<slug>")
@security.answers_itself
@audience(Audience.PUBLIC)
def receive(key: str, slug: str) -> ResponseReturnValue:
    """A page comes back: kept, checked, and followed by the next one; the last one sends the request."""
    draft = draft_access.find(key)
    ended = draft is not None and draft.citizen_id is not None and draft_access.owner().citizen_id is None
    if draft is None or not (ended or draft_access.may_open(draft)):
        return draft_access.receipt_of(key) or draft_access.nothing_here()
    asked = form_page.asked_of(draft.procedure)
    form = replace(filled_form.read(runtime(), asked.definition.max_attachments), submission=key)
    if not draft_access.may_open(draft):
        return give_back(asked, form, slug, draft, SIGN_IN_AGAIN, alone=True), 403
    if not security.is_genuine_form():
        return give_back(asked, form, slug, draft, EXPIRED), 400
    if asked.closure:
        return form_page.closed(asked, asked.closure, draft_access.form_of(draft))
    if slug == SUMMARY:
        return step_sending.send(asked, draft, form)
    return _receive(asked, form, slug)


def say_what_changed(lost: tuple[str, ...]) -> None:
    """Tell, on the next page, that the procedure changed under the draft, and what it no longer asks."""
    flash(f"{said(CHANGED)} {said(LOOK_AGAIN)}", "warning")
    if lost:
        gone = Wording("Ces réponses n’ont plus leur place et ont été retirées : %(names)s.", names=", ".join(lost))
        flash(said(gone), "warning")


def _receive(asked: Asked, form: FilledForm, slug: str) -> ResponseReturnValue:
    citizen = signed_in.find()
    changed = filled_form.rearranged(form, asked.definition)
    try:
        saved = _save(asked, changed or form, slug, citizen, _dropped(form, changed), checked=changed is None)
    except AlreadySent:
        return draft_access.receipt_of(form.submission) or draft_access.nothing_here()
    page = find_page(saved.reached.pages, slug)
    if saved.lost is not None or page is None:
        say_what_changed(saved.lost or ())
        return redirect(url_for("draft_pages.go_on", key=form.submission), 303)
    if changed is None and (target := _target(form, saved.reached.pages, page)):
        return draft_access.to_page(form.submission, target)
    if changed is None and page.is_done:
        return draft_access.to_page(form.submission, next_page(saved.reached.pages))
    shown = _over(saved.content, changed or form)
    if changed is not None:
        return _page(asked, page, shown, saved.reached, citizen, {}, version=saved.version)
    errors = {**saved.reached.errors_of(asked.definition, slug), **form.file_errors}
    stop = None if errors else saved.reached.stop(asked.definition, page)
    told = MORE_QUESTIONS if not errors and stop is None else ""
    return _page(asked, page, shown, saved.reached, citizen, errors, version=saved.version, stop=stop, told=told), 422


def _save(
    asked: Asked, form: FilledForm, slug: str, citizen: SignedIn | None, dropped: frozenset[FileKey], *, checked: bool
) -> Saved:
    definition = asked.definition
    with runtime().database.transaction() as session:
        draft = drafts.begin(session, draft_access.owner(), form.submission, asked.procedure)
        lost = None
        if drafts.is_outdated(draft):
            lost = tuple(drafts.bring_up_to_date(session, draft))
        elif form.text("version") not in {"", str(draft.version_id)}:
            lost = ()  # the page that was sent is of the version before
        posted = DraftContent(form.fields, form.files, shown=form.shown)
        content = DraftContent.from_data(draft.content)
        if lost is None:
            content = content.with_pages(definition, {slug}, posted, dropped)
        else:
            content = content.with_answers(definition, every_slug(definition), posted, dropped)
        reached = step_view.progress(definition, form.submission, content, citizen)
        happened: Sequence[Counted] = ()
        if lost is None and checked:
            passes = _passes(definition, form, slug, reached)
            content = replace(content, passed=content.passed | {slug} if passes else content.passed - {slug})
            reached = step_view.progress(definition, form.submission, content, citizen)
            happened = _happened(asked, form, slug, reached, passes=passes)
        tally = form_tally.find(draft.version_id)
        if tally is not None:
            happened, counted = form_events.new_ones(happened, content.counted)
            content = replace(content, counted=counted)
        draft_access.keep(session, draft, content)
        if tally is not None:
            tally.add(session, happened)
        return Saved(content, reached, draft.version_id, lost=lost)


def _happened(asked: Asked, form: FilledForm, slug: str, reached: Progress, *, passes: bool) -> Sequence[Counted]:
    """What is counted of a page that was sent."""
    page = find_page(reached.pages, slug)
    if page is None:
        return ()
    elsewhere = _target(form, reached.pages, page) is not None
    following = next_page(reached.pages).slug if passes and not elsewhere else ""
    errors = {**reached.errors_of(asked.definition, slug), **form.file_errors}
    told = bool(errors) or reached.stop(asked.definition, page) is not None
    refusal = form_tally.refusal(asked, slug, form, errors) if told and not passes and not elsewhere else ()
    return form_events.of_page(asked.definition, slug, passes=passes, following=following, refusal=refusal)


def _passes(definition: ProcedureDefinition, form: FilledForm, slug: str, reached: Progress) -> bool:
    page = find_page(reached.pages, slug)
    faulty = form.file_errors or reached.errors_of(definition, slug) or reached.has_unseen(definition, slug)
    return page is not None and not faulty and reached.stop(definition, page) is None


def _dropped(form: FilledForm, changed: FilledForm | None) -> frozenset[FileKey]:
    """The files that were ticked, or that went with a repetition taken away."""
    tokens = form.fields.get(uploads.DROPPED_FILE, ())
    away = list(uploads.read_kept(runtime().settings, form.submission, tokens))
    if changed is not None:
        away += [file for file in form.files if file not in changed.files]
    return frozenset(key_of(file) for file in away)


def _target(form: FilledForm, pages: tuple[FormPage, ...], page: FormPage) -> FormPage | None:
    """The page that was asked for instead of the next one: the one before, or one that is done."""
    asked = form.text("go")
    return page_before(pages, page.slug) if asked == "back" else find_page(pages, asked)


def _over(content: DraftContent, form: FilledForm) -> FilledForm:
    """The draft, with what was just typed over it: blank repetitions too, which no draft keeps."""
    files = {key_of(file): file for file in (*content.files, *form.files)}
    return replace(form, fields={**content.fields, **form.fields}, files=tuple(files.values()))


def give_back(asked: Asked, form: FilledForm, slug: str, draft: Draft | None, told: str, *, alone: bool = False) -> str:
    """The page of a form in steps as it was sent, nothing kept; `alone` leaves out the answers of the other pages."""
    kept = DraftContent({}) if draft is None or alone else DraftContent.from_data(draft.content)
    content = kept.with_pages(asked.definition, {slug}, DraftContent(form.fields, form.files, shown=form.shown))
    citizen = signed_in.find()
    reached = step_view.progress(asked.definition, form.submission, content, citizen)
    page = find_page(reached.pages, slug) or reached.pages[0]
    version = draft.version_id if draft else None
    return _page(asked, page, _over(content, form), reached, citizen, {}, version=version, told=told)


def _page(
    asked: Asked,
    page: FormPage,
    form: FilledForm,
    reached: Progress,
    citizen: SignedIn | None,
    errors: Mapping[str, str],
    *,
    version: int | None = None,
    **more: Any,
) -> str:
    values = reached.answers.values
    view = form_view.build_page(asked.definition, page, form.fields, values)
    shown = form_page.context(asked, form, citizen)
    action = url_for("web_form.submit", code=asked.definition.code)
    if version is not None:
        action = shown["return_to"] = url_for("step_form.receive", key=form.submission, slug=page.slug)
    return render_template(
        "citizen/step.html",
        **(
            shown
            | {
                "view": view,
                "rules": () if page.rank is None else form_view.rules(asked.definition, values, page.rank),
                "page": page,
                "pages": reached.pages,
                "before": page_before(reached.pages, page.slug),
                "errors": said_procedures.marked_errors(form_page.in_order(errors, view), asked.definition),
                "known": step_view.elsewhere(asked.definition, page, values),
                "action": action,
                "version": version,
            }
            | more
        ),
    )
