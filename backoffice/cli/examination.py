"""`flask --app app doctor`: how each part of the installation is, and what to do."""

import json
import sys
from collections.abc import Sequence

import click

from backoffice.cli import tools
from backoffice.domain.health import STATE_LABELS, Examined, is_well
from backoffice.services import doctor as examination


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="One JSON list, for a program.")
def doctor(as_json: bool) -> None:
    """Look at every part of the installation; the exit code is 1 when one is at fault."""
    found = examination.examine(tools.runtime())
    click.echo(json.dumps([_data(one) for one in found], ensure_ascii=False, indent=2) if as_json else _text(found))
    if not is_well(found):
        sys.exit(1)


def _data(one: Examined) -> dict[str, str]:
    told = one.finding
    return {"check": one.code, "label": one.label, "state": told.state, "said": told.said, "remedy": told.remedy}


def _text(found: Sequence[Examined]) -> str:
    lines = []
    for one in found:
        lines.append(f"{STATE_LABELS[one.finding.state]:<13} {one.label} : {one.finding.said}")
        if one.finding.remedy:
            lines.append(f"{'':<13}   → {one.finding.remedy}")
    return "\n".join(lines)
