"""What is counted of the form that a browser has: neither agents who try it, nor machines, nor pages fetched ahead."""

import re
from collections.abc import Mapping, Sequence

from flask import Response, request

from backoffice.domain import form_events
from backoffice.domain.form_events import Counted, FormEvent
from backoffice.services.form_counting import Tally
from backoffice.web.access import STAFF_COOKIE
from backoffice.web.current import authority, runtime
from backoffice.web.pages import today_here
from channels.http.filled_form import FilledForm
from channels.http.form_page import Asked

# Machines that say what they are; those that do not send nothing: a form that is sent has its proof of origin.
MACHINES = re.compile(
    r"bot|crawl|spider|slurp|fetch|preview|monitor|headless|externalhit|lighthouse|curl|wget|python|java/|go-http",
    re.IGNORECASE,
)


def find(version_id: int | None) -> Tally | None:
    """The tally of a form in this version; None when who asks is not counted."""
    agent = request.headers.get("User-Agent", "")
    ahead = "prefetch" in request.headers.get("Sec-Purpose", request.headers.get("Purpose", ""))
    if version_id is None or STAFF_COOKIE in request.cookies or ahead or not agent or MACHINES.search(agent):
        return None
    return Tally(authority().id, version_id, today_here())


def opened(response: Response, asked: Asked) -> Response:
    """A new form leaves: it is counted once it has left."""
    if request.method != "GET":
        return response
    return _later(response, asked, [Counted(FormEvent.OPENED, form_events.first_step(asked.definition))])


def refused(response: Response, asked: Asked, form: FilledForm, errors: Mapping[str, str]) -> Response:
    """The same for a form in one page that is given back: with what to correct, or because it cannot succeed."""
    return _later(response, asked, refusal(asked, form_events.WHOLE, form, errors))


def refusal(asked: Asked, step: str, form: FilledForm, errors: Mapping[str, str]) -> Sequence[Counted]:
    """What is counted of a step that is given back; without an error, a rule ends the request there."""
    if not errors:
        return (Counted(FormEvent.STOPPED, step),)
    return form_events.of_refusal(asked.definition, step, errors, form.file_errors, form.fields)


def _later(response: Response, asked: Asked, counted: Sequence[Counted]) -> Response:
    tally, tools = find(asked.procedure.current_version_id), runtime()
    if tally is not None:
        response.call_on_close(lambda: tally.add_alone(tools, counted))
    return response
