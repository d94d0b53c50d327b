"""How each part of the installation is, for administrators: what `flask doctor` says, without any secret."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from backoffice.domain.health import STATE_LABELS, State
from backoffice.domain.policy import Permission
from backoffice.infra import migrations
from backoffice.services import doctor
from backoffice.web.access import Audience, audience
from backoffice.web.current import runtime

pages = Blueprint("admin_state", __name__, url_prefix="/agents/etat")

# A person waits for this page: less than for the command.
PATIENCE = 6.0
TONES = {State.OK: "success", State.WARNING: "warning", State.FAULT: "danger", State.UNUSED: "neutral"}


@pages.get("/")
@audience(Audience.STAFF, Permission.HOUSE_READ)
def show() -> ResponseReturnValue:
    """Every part, those at fault first."""
    found = doctor.examine(runtime(), patience=PATIENCE)
    worst = [State.FAULT, State.WARNING, State.OK, State.UNUSED]
    return render_template(
        "admin/state.html",
        found=sorted(found, key=lambda one: worst.index(one.finding.state)),
        faults=sum(one.finding.state is State.FAULT for one in found),
        state_labels=STATE_LABELS,
        tones=TONES,
        revision=migrations.known_numbers()[-1],
    )
