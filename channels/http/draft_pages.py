"""Drafts as their owner sees them: saved at any moment, gone on with here or by a link, deleted."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from backoffice.domain import form_events
from backoffice.domain.drafts import DraftContent, key_of
from backoffice.domain.form_events import Counted, FormEvent
from backoffice.domain.form_pages import every_slug, next_page
from backoffice.domain.incoming import IncomingFile
from backoffice.domain.procedures import ProcedureDefinition
from backoffice.domain.wording import Wording
from backoffice.errors import Conflict, Invalid
from backoffice.models.drafts import Draft
from backoffice.queries import drafts as queries
from backoffice.services import drafts, moment
from backoffice.web import limits, security
from backoffice.web.access import Audience, audience
from backoffice.web.current import authority, runtime
from backoffice.web.languages import said, spoken
from backoffice.web.limits import limiter
from channels.http import draft_access, filled_form, form_page, form_tally, signed_in, step_form, step_view, uploads
from channels.http.filled_form import FilledForm
from channels.http.form_page import EXPIRED, Asked

pages = Blueprint("draft_pages", __name__)

LINKS = "10 per hour"
OPENINGS = "30 per 5 minutes"


@pages.post("/demarches/<code>/brouillon")
@limits.saves_itself
@security.answers_itself
@audience(Audience.PUBLIC)
def save(code: str) -> ResponseReturnValue:
    """Keep what is on the page, right or wrong; a script is told so, a person is offered ways to go on later."""
    asked = form_page.get_asked(code)
    form = filled_form.read(runtime(), asked.definition.max_attachments)
    by_script = "application/json" in request.headers.get("Accept", "")
    if not security.is_genuine_form():
        return _refused(asked, form, EXPIRED, by_script, 400)
    if asked.closure:
        return _refused(asked, form, asked.closure, by_script, 409)
    draft = draft_access.find(form.submission)
    if draft is not None and not draft_access.may_open(draft):
        return _refused(asked, form, EXPIRED, by_script, 403)
    try:
        saved = _save(asked, form, keep_ticked=by_script)
    except (Conflict, Invalid) as error:
        return _refused(asked, form, error.sentence, by_script, 409)
    if by_script:
        return _told(saved, form)
    for sentence in form.file_errors.values():
        flash(said(sentence), "warning")
    return redirect(url_for("draft_pages.later", key=form.submission), 303)


@pages.get("/brouillons/<key>")
@audience(Audience.PUBLIC)
def go_on(key: str) -> ResponseReturnValue:
    """The draft where it was left; brought up to date first when its procedure changed."""
    draft = draft_access.find_or_answer(key)
    if not isinstance(draft, Draft):
        return draft
    asked = form_page.asked_of(draft.procedure)
    if asked.closure:
        return form_page.closed(asked, asked.closure, draft_access.form_of(draft))
    if drafts.is_outdated(draft):
        draft = _up_to_date(draft)
    citizen = signed_in.find()
    content = DraftContent.from_data(draft.content)
    if asked.definition.step_by_step:
        page = next_page(step_view.progress(asked.definition, key, content, citizen).pages)
        _count_return(draft, page.slug)
        return draft_access.to_page(key, page)
    _count_return(draft, form_events.WHOLE)
    return form_page.whole(asked, draft_access.form_of(draft), citizen, {})


@pages.get("/brouillons/<key>/plus-tard")
@audience(Audience.PUBLIC)
def later(key: str) -> ResponseReturnValue:
    """Until when the draft is kept, and how to find it again."""
    draft = draft_access.find_or_answer(key)
    return _later(draft, {}) if isinstance(draft, Draft) else draft


@pages.post("/brouillons/<key>/plus-tard")
@limiter.limit(LINKS)
@audience(Audience.PUBLIC)
def send_link(key: str) -> ResponseReturnValue:
    """Send the link to an address, which is kept nowhere else."""
    draft = draft_access.find_or_answer(key)
    if not isinstance(draft, Draft):
        return draft
    email = request.form.get("email", "").strip()
    if not email:
        return _later(draft, {"email": Wording("Écrivez l’adresse à laquelle envoyer le lien.")}), 422
    try:
        with runtime().database.transaction() as session:
            claimed = queries.claim_draft(session, authority().id, key, moment.now())
            if claimed is not None:
                drafts.send_link(session, runtime(), claimed, email, spoken().language.code)
    except Invalid as error:
        return _later(draft, {"email": error.sentence}, email), 422
    sent = Wording("Le lien est parti à l’adresse %(email)s. Vous pouvez fermer cette page.", email=email)
    flash(said(sent), "success")
    return redirect(url_for("draft_pages.later", key=key), 303)


@pages.get("/reprendre/<token>")
@limiter.limit(OPENINGS)
@audience(Audience.PUBLIC)
def follow_link(token: str) -> ResponseReturnValue:
    """A link from a mail: this browser may open the draft from now on."""
    with runtime().database.reading() as session:
        draft = drafts.find_by_link(session, authority().id, token)
    if draft is None:
        return draft_access.nothing_here()
    draft_access.grant(draft.key)
    return redirect(url_for("draft_pages.go_on", key=draft.key), 303)


@pages.get("/brouillons/<key>/suppression")
@audience(Audience.PUBLIC)
def ask_to_delete(key: str) -> ResponseReturnValue:
    """What would be deleted, before it is."""
    draft = draft_access.find_or_answer(key)
    if not isinstance(draft, Draft):
        return draft
    return render_template("citizen/delete_draft.html", draft=draft)


@pages.post("/brouillons/<key>/suppression")
@audience(Audience.PUBLIC)
def delete(key: str) -> ResponseReturnValue:
    """Delete the draft and all that it holds."""
    draft = draft_access.find_or_answer(key)
    if not isinstance(draft, Draft):
        return draft
    draft_access.delete(key)
    title = form_page.asked_of(draft.procedure).definition.title
    flash(said(Wording("Votre brouillon « %(title)s » est effacé.", title=title)), "success")
    home = "catalogue.home" if draft_access.owner().citizen_id is None else "citizen_space.show"
    return redirect(url_for(home), 303)


def _save(asked: Asked, form: FilledForm, *, keep_ticked: bool) -> Draft:
    """`keep_ticked`: what a script saves while a person thinks takes no file away yet."""
    definition = asked.definition
    slugs = {form.text("page")} if definition.step_by_step else every_slug(definition)
    dropped = uploads.read_kept(
        runtime().settings, form.submission, () if keep_ticked else form.fields.get(uploads.DROPPED_FILE, ())
    )
    with runtime().database.transaction() as session:
        draft = drafts.begin(session, draft_access.owner(), form.submission, asked.procedure)
        if drafts.is_outdated(draft):
            drafts.bring_up_to_date(session, draft)
        # What a script saves has not been read yet: the questions seen are noted when the page is sent.
        posted = DraftContent(form.fields, form.files)
        content = DraftContent.from_data(draft.content)
        content = content.with_pages(definition, slugs, posted, {key_of(one) for one in dropped})
        happened: Sequence[Counted] = ()
        tally = form_tally.find(draft.version_id)
        if tally is not None:
            left = Counted(FormEvent.LEFT, _step_of(definition, form))
            saved = (Counted(FormEvent.STARTED), *(() if keep_ticked else (left,)))
            happened, counted = form_events.new_ones(saved, content.counted)
            content = replace(content, counted=counted)
        draft_access.keep(session, draft, content)
        if tally is not None:
            tally.add(session, happened)
        return draft


def _step_of(definition: ProcedureDefinition, form: FilledForm) -> str:
    """The step on which a form is left for later."""
    slug = form.text("page")
    if definition.step_by_step:
        return slug if slug in every_slug(definition) else form_events.first_step(definition)
    return form_events.WHOLE


def _count_return(draft: Draft, step: str) -> None:
    tally = form_tally.find(draft.version_id)
    if tally is not None:
        tally.add_alone(runtime(), [Counted(FormEvent.RESUMED, step)])


def _up_to_date(draft: Draft) -> Draft:
    with runtime().database.transaction() as session:
        claimed = queries.claim_draft(session, authority().id, draft.key, moment.now())
        if claimed is not None and drafts.is_outdated(claimed):
            step_form.say_what_changed(tuple(drafts.bring_up_to_date(session, claimed)))
        return claimed or draft


def _told(draft: Draft, form: FilledForm) -> ResponseReturnValue:
    """What the script of the page shows: when it was saved, the files received, and the refused ones."""
    time = spoken().writing.clock_time(draft.saved_at, authority().timezone)
    files = [_as_json(form, file) for file in form.files]
    saved = said(Wording("Brouillon enregistré à %(time)s", time=time))
    errors = {name: said(sentence) for name, sentence in form.file_errors.items()}
    return jsonify(saved=saved, files=files, errors=errors)


def _as_json(form: FilledForm, file: IncomingFile) -> dict[str, Any]:
    token = uploads.keep_token(runtime().settings, form.submission, file)
    return {"field": file.field, "name": file.name, "size": spoken().writing.file_size(file.size), "token": token}


def _refused(asked: Asked, form: FilledForm, sentence: str, by_script: bool, status: int) -> ResponseReturnValue:
    """The reason, with everything that was typed when a person asked."""
    if by_script:
        return jsonify(error=said(sentence)), status
    if asked.definition.step_by_step:
        return step_form.give_back(asked, form, form.text("page"), None, sentence), status
    return form_page.whole(asked, form, signed_in.find(), {}, told=sentence), status


def _later(draft: Draft, errors: dict[str, str], typed: str = "") -> str:
    owned = draft.citizen_id is not None and draft.citizen_id == draft_access.owner().citizen_id
    email = typed or draft_access.form_of(draft).text("requester.email")
    return render_template("citizen/later.html", draft=draft, owned=owned, errors=errors, typed=email)
