"""Open data for everybody: the list, one page a dataset, the files of each version, and the catalogue for machines."""

import json

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from backoffice.domain.open_data import COLUMNS
from backoffice.errors import NotFound
from backoffice.models.authorities import Authority
from backoffice.queries import open_data as queries
from backoffice.services import open_data, open_data_catalogue
from backoffice.services.open_data_catalogue import FILE_KINDS, NO_DATASET, PAGE
from backoffice.web import said_procedures
from backoffice.web.access import Audience, audience
from backoffice.web.current import authority, runtime
from backoffice.web.files import disposition

pages = Blueprint("open_data", __name__, url_prefix=PAGE)

LATEST_KEPT, VERSION_KEPT = 3600, 86_400
"""Seconds that a cache may keep what is the latest, and what never changes: a dataset taken back must end there too."""
JSON_LD = "application/ld+json"


@pages.get("")
@audience(Audience.PUBLIC)
def show_all() -> ResponseReturnValue:
    """Every dataset."""
    with runtime().database.reading() as session:
        found = open_data_catalogue.list_published(session, authority().id)
        said = [(one, said_procedures.said(one.definition)) for one in found]
        licence = open_data.catalogue_values(session.get_one(Authority, authority().id))
    return render_template("citizen/open_data.html", datasets=said, licence=licence)


@pages.get("/catalogue.jsonld")
@audience(Audience.PUBLIC)
def catalogue() -> ResponseReturnValue:
    """The catalogue as DCAT-AP, that portals gather."""
    with runtime().database.reading() as session:
        said = open_data_catalogue.to_json_ld(session, authority().id, runtime().settings.public_url)
    response = Response(json.dumps(said, ensure_ascii=False, indent=1) + "\n", mimetype=JSON_LD)
    response.add_etag()
    return _shared(response, LATEST_KEPT).make_conditional(request)


@pages.get("/<code>")
@audience(Audience.PUBLIC)
def show(code: str) -> ResponseReturnValue:
    """One dataset: what it says, its files, its columns, its versions."""
    with runtime().database.reading() as session:
        found = open_data_catalogue.get_published(session, authority().id, code)
        versions = [one for one in queries.list_versions(session, found.dataset) if one.series == found.dataset.series]
        files = queries.list_files(session, [one.id for one in versions])
        licence = open_data.catalogue_values(session.get_one(Authority, authority().id))
    return render_template(
        "citizen/open_dataset.html",
        found=found,
        definition=said_procedures.said(found.definition),
        description=open_data_catalogue.description_of(found),
        versions=[(one, [file for file in files if file.version_id == one.id]) for one in versions],
        kinds=FILE_KINDS,
        columns=COLUMNS,
        licence=licence,
    )


@pages.get("/<code>/<file_name>")
@audience(Audience.PUBLIC)
def latest(code: str, file_name: str) -> ResponseReturnValue:
    """A file of the latest version, always at this address."""
    return _send(code, file_name, None)


@pages.get("/<code>/versions/<int:number>/<file_name>")
@audience(Audience.PUBLIC)
def version(code: str, number: int, file_name: str) -> ResponseReturnValue:
    """A file of one version, the same for ever."""
    return _send(code, file_name, number)


def _send(code: str, name: str, number: int | None) -> Response:
    if name not in FILE_KINDS or (number is not None and number >= 2**31):
        raise NotFound(NO_DATASET)
    with runtime().database.reading() as session:
        file, found = open_data_catalogue.get_file(session, authority().id, code, name, number)
    # Nothing is read when the reader has it already, nor when it only asks how large it is.
    known = request.if_none_match.contains(file.digest) or request.method == "HEAD"
    response = Response(b"" if known else runtime().storage.chunks(file.digest))
    response.headers["Content-Type"] = FILE_KINDS[name].media_type
    response.headers["Content-Disposition"] = disposition("attachment", f"{code}-v{found.number}-{name}")
    response.headers["Content-Location"] = f"{PAGE}/{code}/versions/{found.number}/{name}"
    response.headers["Content-Length"] = str(file.size)
    response.last_modified = found.made_at
    response.set_etag(file.digest)
    _shared(response, LATEST_KEPT if number is None else VERSION_KEPT)
    if request.if_none_match.contains(file.digest):
        response.status_code = 304
        del response.headers["Content-Length"]
    return response


def _shared(response: Response, seconds: int) -> Response:
    """Anybody may keep it a while, and pages of other sites may read it."""
    response.headers["Cache-Control"] = f"public, max-age={seconds}"
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
