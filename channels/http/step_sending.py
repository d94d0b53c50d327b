"""The last page of a form in steps: all the answers to read again, then the sending, which nothing repeats."""

from collections.abc import Mapping
from dataclasses import replace

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from backoffice.domain.drafts import DraftContent
from backoffice.domain.form_pages import SUMMARY, next_page, page_of
from backoffice.domain.incoming import IncomingFile
from backoffice.domain.wording import Wording
from backoffice.errors import Invalid
from backoffice.models.drafts import Draft
from backoffice.services import drafts
from backoffice.services.drafts import ChangedMeanwhile
from backoffice.services.intake import Intake
from backoffice.web import case_access, nearby_reports
from backoffice.web.current import authority, runtime
from backoffice.web.languages import said
from channels.http import draft_access, form_page, form_tally, signed_in, step_view
from channels.http.filled_form import FilledForm
from channels.http.form_page import Asked
from channels.http.signed_in import SignedIn
from channels.http.step_view import Progress
from channels.web_form import WebForm

INCOMPLETE = Wording("Complétez d’abord cette page : il y manque quelque chose.")
SIGN_IN_FIRST = Wording(
    "Cette démarche demande d’être connecté. Connectez-vous dans un autre onglet, puis envoyez votre demande."
)


def page(
    asked: Asked,
    draft: Draft,
    reached: Progress,
    citizen: SignedIn | None,
    errors: Mapping[str, str] | None = None,
    told: str = "",
) -> str:
    """« Vérifiez vos réponses » : page by page, each with its way back."""
    content = DraftContent.from_data(draft.content)
    return render_template(
        "citizen/summary.html",
        **(
            form_page.context(asked, draft_access.form_of(draft), citizen)
            | {
                "parts": step_view.summary(asked.definition, reached, content, citizen),
                "page": reached.pages[-1],
                "pages": reached.pages,
                "revision": draft.revision,
                "near": nearby_reports.view_of(
                    asked.definition, nearby_reports.find(asked.definition, reached.answers.values)
                ),
                "stop": asked.definition.find_ineligibility(reached.answers.values),
                "errors": errors or {},
                "told": told,
            }
        ),
    )


def send(asked: Asked, draft: Draft, form: FilledForm) -> ResponseReturnValue:
    """Let the request in exactly as it was read again; whatever changed meanwhile is shown first."""
    citizen = signed_in.find()
    if drafts.is_outdated(draft):
        return redirect(url_for("draft_pages.go_on", key=draft.key), 303)
    content = DraftContent.from_data(draft.content)
    reached = step_view.progress(asked.definition, draft.key, content, citizen)
    if next_page(reached.pages).slug != SUMMARY:
        flash(said(INCOMPLETE), "warning")
        return draft_access.to_page(draft.key, next_page(reached.pages))
    if form.text("revision") != str(draft.revision):
        return page(asked, draft, reached, citizen, told=ChangedMeanwhile.sentence), 409
    if asked.definition.find_ineligibility(reached.answers.values) is not None:
        return page(asked, draft, reached, citizen), 422
    if form_page.lacks_identity(asked.definition, citizen):
        return page(asked, draft, reached, citizen, {"": SIGN_IN_FIRST}), 422
    if lost := [file for file in content.files if not runtime().storage.exists(file.digest)]:
        return _without(asked, draft, lost)
    return _let_in(asked, draft, citizen)


def _let_in(asked: Asked, draft: Draft, citizen: SignedIn | None) -> ResponseReturnValue:
    kept = draft_access.form_of(draft)
    incoming = WebForm().normalise(form_page.submission(asked, kept, citizen))
    try:
        tally = form_tally.find(draft.version_id)
        received = drafts.send(runtime(), authority().id, incoming, draft.revision, tally=tally)
    except ChangedMeanwhile:
        flash(said(ChangedMeanwhile.sentence), "warning")
        return redirect(url_for("step_form.show", key=draft.key, slug=SUMMARY), 303)
    except Invalid as error:  # closed between the page and its sending
        return form_page.closed(asked, error.sentence, kept)
    draft_access.forget(draft.key)
    case_access.grant(received.reference)
    again = 1 if received.outcome is Intake.REPEATED else None
    return redirect(url_for("web_form.receipt", reference=received.reference, deja=again), 303)


def _without(asked: Asked, draft: Draft, lost: list[IncomingFile]) -> ResponseReturnValue:
    """Leave out files that the storage no longer has, and ask for them again where they were asked."""
    slugs = [page_of(asked.definition, file.field) for file in lost]
    with runtime().database.transaction() as session:
        kept = drafts.begin(session, draft_access.owner(), draft.key, asked.procedure)
        content = DraftContent.from_data(kept.content)
        files = tuple(file for file in content.files if file not in lost)
        draft_access.keep(session, kept, replace(content, files=files, passed=content.passed - frozenset(slugs)))
    names = ", ".join(file.name for file in lost)
    gone = Wording("Nous n’avons plus ces fichiers : %(names)s. Ajoutez-les de nouveau.", names=names)
    flash(said(gone), "warning")
    return redirect(url_for("step_form.show", key=draft.key, slug=slugs[0]), 303)
