"""The very cases and contacts that a figure of the activity page counts."""

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from backoffice.domain.incoming import CHANNEL_LABELS
from backoffice.domain.policy import Permission
from backoffice.services import figures
from backoffice.web import activity_filters, page_numbers
from backoffice.web.access import Audience, audience
from backoffice.web.current import actor, runtime

pages = Blueprint("figures", __name__, url_prefix="/agents/activite")

ROWS = 50


@pages.get("/<figure>")
@audience(Audience.STAFF, Permission.REPORT_READ)
def listed(figure: str) -> ResponseReturnValue:
    """What a figure counts, with the same filters: the reader opens those that they may read."""
    wanted, asked, number = figures.get_figure(figure), activity_filters.read(), page_numbers.asked()
    with runtime().database.reading() as session:
        shown = figures.read_figure(session, actor(), wanted, asked.filters)
        found, total = figures.list_counted(
            session, actor(), wanted, asked.filters, limit=ROWS, offset=(number - 1) * ROWS
        )
        options = activity_filters.list_options(session)
    page = render_template(
        "supervision/figure.html",
        figure=wanted,
        number=figures.in_words(shown),
        found=found,
        total=total,
        period=asked.period,
        narrowed=activity_filters.in_words(asked.filters, options),
        channels=CHANNEL_LABELS,
        departments=dict(options["departments"]),
        procedures=dict(options["procedures"]),
        export_url=url_for("agent_exports.new", **activity_filters.kept(chiffre=figure)) if total else "",
        activity_url=url_for("supervision.show", **activity_filters.kept()),
        previous_url=_url(figure, number - 1) if number > 1 else None,
        next_url=_url(figure, number + 1) if number * ROWS < total else None,
    )
    return page, 422 if asked.faults else 200


def _url(figure: str, number: int) -> str:
    return url_for("figures.listed", figure=figure, **activity_filters.kept(page=number))
