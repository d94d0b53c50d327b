"""The form that describes the states of a procedure: what it shows, and the lifecycle that comes back."""

import re
from collections.abc import Mapping

from werkzeug.datastructures import MultiDict

from backoffice.domain import codes
from backoffice.domain.lifecycle import Status
from backoffice.domain.sub_states import MOST_STATES, Lifecycle, SubState

LONGEST_TEXT = 255
NOT_A_NUMBER = "Écrivez un nombre de jours."


def read(form: "MultiDict[str, str]") -> tuple[Lifecycle, dict[str, str]]:
    """The lifecycle of a form, and the faults of what is no number; a state without a name is left out."""
    found: list[SubState] = []
    taken = {form.get(f"code-{rank}", "") for rank in range(MOST_STATES + 1)} | set(Status)
    for rank in range(MOST_STATES + 1):
        label = _text(form, f"name-{rank}")
        if not label or form.get(f"remove-{rank}"):
            continue
        code = form.get(f"code-{rank}", "") or codes.from_words(label, taken, "etat")
        taken.add(code)
        under = form.get(f"under-{rank}", "")
        found.append(
            SubState(
                code,
                label,
                Status(under) if under in set(Status) else Status.UNDER_REVIEW,
                tuple(form.getlist(f"from-{rank}")),
                tuple(form.getlist(f"needs_fields-{rank}")),
                tuple(form.getlist(f"needs_documents-{rank}")),
                _text(form, f"public-{rank}"),
            )
        )
    faults: dict[str, str] = {}
    days = {name: _days(form, name, faults) for name in ("remind_after", "close_after")}
    return Lifecycle(_without_removed(form, found), **days), faults


def field_of(path: str) -> str:
    """The field of the form that a path of the lifecycle is about: « states.2.name » is « name-2 »."""
    known = re.fullmatch(r"states\.(\d+)\.(\w+)", path)
    if known is None:
        return "name-0" if path == "states" else path
    name = "name" if known[2] == "code" else known[2]
    return f"{name}-{known[1]}"


def _without_removed(form: Mapping[str, str], states: list[SubState]) -> tuple[SubState, ...]:
    """Nothing comes from a state that is taken away."""
    removed = {form.get(f"code-{rank}", "") for rank in range(MOST_STATES + 1) if form.get(f"remove-{rank}")}
    return tuple(
        SubState(
            one.code,
            one.name,
            one.under,
            tuple(source for source in one.from_ if source not in removed),
            one.needs_fields,
            one.needs_documents,
            one.public,
        )
        for one in states
    )


def _text(form: Mapping[str, str], name: str) -> str:
    return " ".join(form.get(name, "").replace("\x00", "").split())[:LONGEST_TEXT]


def _days(form: Mapping[str, str], name: str, faults: dict[str, str]) -> int | None:
    typed = form.get(name, "").strip()
    if not typed:
        return None
    if not (typed.isascii() and typed.isdigit() and len(typed) <= 4):
        faults[name] = NOT_A_NUMBER
        return None
    return int(typed)
