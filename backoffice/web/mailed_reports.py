"""What the links of a mailed report open, without an account: the report, and the way to receive no more."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from backoffice.domain.file_checks import PDF
from backoffice.services import mailed_reports
from backoffice.web import files
from backoffice.web.access import Audience, audience
from backoffice.web.current import authority, runtime

pages = Blueprint("mailed_reports", __name__, url_prefix="/rapports")


@pages.get("/<token>")
@audience(Audience.PUBLIC)
def read(token: str) -> ResponseReturnValue:
    """The report, as it was when it was sent."""
    with runtime().database.reading() as session:
        found = mailed_reports.open_link(session, runtime(), authority().id, token)
        name = f"{found.version.report.name} – {found.version.period}.pdf"
    return files.send_file(found.digest, name, PDF, shown=True)


@pages.get("/<token>/arret")
@audience(Audience.PUBLIC)
def ask_to_stop(token: str) -> ResponseReturnValue:
    """The way out: only the button uses it, for some mail readers open every link."""
    with runtime().database.reading() as session:
        found = mailed_reports.find(session, runtime(), authority().id, token)
        name, email = found.version.report.name, found.recipient.email
        stopped = found.recipient.stopped_at is not None
    return render_template("citizen/stop_report.html", token=token, name=name, email=email, stopped=stopped)


@pages.post("/<token>/arret")
@audience(Audience.PUBLIC)
def stop(token: str) -> ResponseReturnValue:
    """Receive no more."""
    with runtime().database.transaction() as session:
        mailed_reports.stop(session, runtime(), authority().id, token)
    return ask_to_stop(token)
