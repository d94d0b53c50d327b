"""The post room of the demonstration: the register of its letters, and this morning's pile as the scanner gave it."""

import io
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from pathlib import Path

import yaml
from markupsafe import Markup
from sqlalchemy.orm import Session

from backoffice.domain import arrived_letters
from backoffice.domain.arrived_letters import Nature, Particulars
from backoffice.domain.incoming import ChannelCode
from backoffice.domain.scan_cutting import SEPARATOR_TEXT
from backoffice.infra import pdf
from backoffice.infra.runtime import Runtime
from backoffice.infra.typesetting import qr_code
from backoffice.models.arrived_letters import ArrivedLetter
from backoffice.models.authorities import Authority
from backoffice.models.cases import Case
from backoffice.queries import cases
from backoffice.services import digitised_mail
from backoffice.services.digitised_mail import Arrival
from demo.town import Opened, Town

PILE = "courrier-du-matin.pdf"


@cache
def letters() -> tuple[dict[str, list[str]], ...]:
    """The letters of the pile: the lines of their `sender`, and their own `lines`."""
    told: list[dict[str, list[str]]] = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))
    return tuple(told)


def write_register(session: Session, authority: Authority, town: Town, opened: Sequence[Opened]) -> None:
    """A line for each letter that opened a case, in the order in which they arrived."""
    posted = [session.get_one(Case, one.case_id) for one in opened if one.planned.channel is ChannelCode.LETTER]
    for turn, case in enumerate(sorted(posted, key=lambda case: (case.received_on, case.id))):
        noted = Particulars(case.received_on, Nature.WITH_RECEIPT if turn % 4 == 3 else Nature.SIMPLE)
        first = cases.list_messages(session, case.id)[0]
        first.facts = {**first.facts, "letter": noted.to_data()}
        year = case.received_on.year
        session.add(
            ArrivedLetter(
                authority_id=authority.id,
                year=year,
                number=cases.next_number(session, authority.id, arrived_letters.series(year)),
                source_id=first.source_id,
                case_id=case.id,
                nature=noted.nature,
                received_on=case.received_on,
                staff_id=town.front_desk.id,
                registered_at=case.registered_at,
            )
        )


def lay_pile(runtime: Runtime, authority_id: int, now: datetime) -> None:
    """Three letters and the pages between them in one file, which the workers cut as soon as they start."""
    separator = Markup('<section class="code">{}</section>').format(qr_code(SEPARATOR_TEXT, "Page de séparation"))
    pages = separator.join(_page(one, now) for one in letters())
    html = Markup(
        '<!DOCTYPE html><html lang="fr"><head><meta charset="utf-8"><title>Courrier du matin</title><style>'
        "section {{ break-after: page; font: 13pt/1.7 serif; }} .code svg {{ width: 9cm; margin: 4cm 3cm; }}"
        "</style></head><body>{}</body></html>"
    ).format(pages)
    content = pdf.render(str(html))
    digitised_mail.take_in(runtime, authority_id, Arrival(f"demo:{PILE}", PILE), io.BytesIO(content))


def _page(letter: dict[str, list[str]], now: datetime) -> Markup:
    head = Markup("<br>").join(letter["sender"])
    lines = Markup("").join(Markup("<p>{}</p>").format(line) for line in letter["lines"])
    shape = Markup("<section><p>{}</p><p>Le {}</p>{}<p>{}</p></section>")
    return shape.format(head, f"{now:%d/%m/%Y}", lines, letter["sender"][0])
