"""Evidence bundles of a case: asked for with one button, followed while they are made, downloaded."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from backoffice.domain.policy import Permission
from backoffice.errors import NotFound
from backoffice.models.bundles import BundleKind
from backoffice.queries import bundles as queries
from backoffice.queries import cases
from backoffice.services import bundles
from backoffice.web import files
from backoffice.web.access import Audience, audience
from backoffice.web.current import actor, runtime

pages = Blueprint("evidence", __name__, url_prefix="/agents/dossiers")


@pages.get("/<reference>/preuves")
@audience(Audience.STAFF, Permission.CASE_READ)
def show(reference: str) -> ResponseReturnValue:
    """The bundles of a case, and nothing of what they hold; the page asks for itself again while one is being made."""
    with runtime().database.reading() as session:
        case = cases.get_case(session, actor(), reference)
        found = queries.list_bundles(session, case.id, BundleKind.EVIDENCE)
    pending = any(one.made_at is None for one in found)
    return render_template("cases/evidence.html", case=case, bundles=found, pending=pending)


@pages.post("/<reference>/preuves")
@audience(Audience.STAFF, Permission.CASE_READ)
def ask(reference: str) -> ResponseReturnValue:
    """Promise a bundle; a second click finds the first one at work."""
    with runtime().database.transaction() as session:
        bundles.ask_for(session, actor(), cases.claim_case(session, actor(), reference))
    return redirect(url_for("evidence.show", reference=reference), 303)


@pages.get("/<reference>/preuves/<int:bundle_id>.<any(pdf, zip):kind>")
@audience(Audience.STAFF, Permission.CASE_READ)
def download(reference: str, bundle_id: int, kind: str) -> ResponseReturnValue:
    """The PDF or the ZIP of a bundle."""
    with runtime().database.reading() as session:
        case = cases.get_case(session, actor(), reference)
        bundle = queries.find_bundle(session, case.id, bundle_id, BundleKind.EVIDENCE)
    if bundle is None or bundle.made_at is None:
        raise NotFound(files.GONE)
    files.note_reading(case, bundle_id=bundle_id)
    digest = bundle.pdf_digest if kind == "pdf" else bundle.zip_digest
    return files.send_file(digest, f"dossier-de-preuve-{reference}-{bundle_id}.{kind}", f"application/{kind}")
