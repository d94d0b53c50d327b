"""Transfers of a closed case to the archives: asked for with one button, followed while they are made, downloaded."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from backoffice.domain import retention_words
from backoffice.domain.dangerous_acts import DangerousAct
from backoffice.domain.policy import Permission
from backoffice.errors import NotFound
from backoffice.models.authorities import Authority
from backoffice.models.bundles import BundleKind
from backoffice.queries import bundles as queries
from backoffice.queries import cases
from backoffice.services import archive_transfers
from backoffice.web import files
from backoffice.web.access import Audience, audience, dangerous
from backoffice.web.current import actor, runtime

pages = Blueprint("archive_transfer", __name__, url_prefix="/agents/dossiers")


@pages.get("/<reference>/versement")
@audience(Audience.STAFF, Permission.CASE_ARCHIVE)
def show(reference: str) -> ResponseReturnValue:
    """The transfers of a case, what is said of its retention, or why it cannot leave yet."""
    with runtime().database.reading() as session:
        case = archive_transfers.get_case(session, actor(), reference)
        authority = session.get_one(Authority, case.authority_id)
        found = queries.list_bundles(session, case.id, BundleKind.ARCHIVES)
        obstacle = archive_transfers.obstacle_to(authority, case)
        archives, retention = archive_transfers.archives_of(authority), archive_transfers.retention_of(case)
    return render_template(
        "cases/archive_transfer.html",
        case=case,
        bundles=found,
        pending=any(one.made_at is None for one in found),
        obstacle=obstacle,
        archives=archives,
        retention=retention_words.in_words(retention) if retention else "",
    )


@pages.post("/<reference>/versement")
@audience(Audience.STAFF, Permission.CASE_ARCHIVE)
def ask(reference: str) -> ResponseReturnValue:
    """Promise a transfer; a second click finds the first one at work."""
    with runtime().database.transaction() as session:
        archive_transfers.ask_for(session, actor(), cases.claim_case(session, actor(), reference))
    return redirect(url_for("archive_transfer.show", reference=reference), 303)


@pages.get("/<reference>/versement/<int:bundle_id>.<any(zip):kind>")
@audience(Audience.STAFF, Permission.CASE_ARCHIVE)
@dangerous(DangerousAct.PERSONAL_EXPORT)
def download(reference: str, bundle_id: int, kind: str) -> ResponseReturnValue:
    """The ZIP of a transfer."""
    with runtime().database.reading() as session:
        case = archive_transfers.get_case(session, actor(), reference)
        bundle = queries.find_bundle(session, case.id, bundle_id, BundleKind.ARCHIVES)
    if bundle is None or bundle.made_at is None:
        raise NotFound(files.GONE)
    files.note_reading(case, bundle_id=bundle_id)
    return files.send_file(bundle.zip_digest, f"versement-{reference}-{bundle_id}.{kind}", f"application/{kind}")
