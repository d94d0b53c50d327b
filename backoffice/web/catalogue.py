"""The public catalogue: procedures by theme and by search, one page each, and the pages that the law asks for."""

from dataclasses import dataclass

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from backoffice.domain.plain_silence import silence_in_words
from backoffice.domain.procedure_search import search
from backoffice.domain.procedures import (
    RETENTION_START_LABELS,
    DocumentSource,
    FinalDisposition,
    ProcedureDefinition,
    Retention,
)
from backoffice.domain.regime import Regime
from backoffice.models.catalogue import Procedure
from backoffice.queries import catalogue as queries
from backoffice.services import procedures
from backoffice.web.access import Audience, audience
from backoffice.web.current import authority, runtime
from backoffice.web.pages import today_here

pages = Blueprint("catalogue", __name__)

LONGEST_SEARCH = 100
CLOSED_BY_THE_HOUSE = "Cette démarche est fermée pour le moment : aucune demande ne peut être déposée."
NOT_BY_INTERNET = "Cette démarche ne peut pas être faite par internet."


@dataclass(frozen=True, slots=True)
class Listed:
    """A procedure in a list: what it is, and why it takes no request now (empty when it does)."""

    definition: ProcedureDefinition
    closure: str

    @property
    def code(self) -> str:
        """Its code, which is in its address."""
        return self.definition.code

    @property
    def mark(self) -> str:
        """In a few words, what its name must not hide in a list."""
        if self.definition.sve_excluded:
            return "pas en ligne"
        return "fermée en ce moment" if self.closure else ""


def closure_of(procedure: Procedure, definition: ProcedureDefinition) -> str:
    """Why a procedure takes no request by internet today, for people; empty when it does."""
    if not procedure.open:
        return CLOSED_BY_THE_HOUSE
    if definition.sve_excluded:
        return f"{NOT_BY_INTERNET} {definition.sve_basis}".strip()
    return definition.closure_sentence(today_here())


def retention_in_words(retention: Retention) -> str:
    """How long a file is kept, for the information notice."""
    if retention.years is None:
        return "sans limite de durée, comme archives"
    years = "1 an" if retention.years == 1 else f"{retention.years} ans"
    after = {
        FinalDisposition.KEEP: "puis conservées comme archives",
        FinalDisposition.SORT: "puis triées par les archives",
        FinalDisposition.DESTROY: "puis détruites",
    }[retention.final]
    return f"{years} après {RETENTION_START_LABELS[retention.from_]}, {after}"


@pages.get("/")
@audience(Audience.PUBLIC)
def home() -> ResponseReturnValue:
    """What can be done here: search, themes, follow-up, contact."""
    return render_template("citizen/home.html", themes=_by_theme(_list()))


@pages.get("/demarches")
@audience(Audience.PUBLIC)
def show() -> ResponseReturnValue:
    """Every procedure, or those that answer a search."""
    typed = request.args.get("q", "").strip()[:LONGEST_SEARCH]
    listed = _list()
    found = _matching(listed, typed) if typed else []
    return render_template("citizen/catalogue.html", q=typed, found=found, themes=_by_theme(listed))


@pages.get("/demarches/<code>")
@audience(Audience.PUBLIC)
def procedure(code: str) -> ResponseReturnValue:
    """One procedure: what, who, documents to prepare, cost, delays, other ways."""
    with runtime().database.reading() as session:
        found = queries.get_procedure(session, authority().id, code)
        department = found.department
        definition = procedures.definition_of(found)
    regime = Regime.from_data(definition.regime)
    return render_template(
        "citizen/procedure.html",
        definition=definition,
        department=department,
        closure=closure_of(found, definition),
        documents=[one for one in definition.documents if one.source is DocumentSource.USER],
        silence=silence_in_words(regime, today_here()),
        varies=bool(definition.regime_variants),
    )


@pages.get("/plan-du-site")
@audience(Audience.PUBLIC)
def sitemap() -> ResponseReturnValue:
    """Every page (RGAA 12.2)."""
    return render_template("citizen/sitemap.html", themes=_by_theme(_list()))


@pages.get("/accessibilite")
@audience(Audience.PUBLIC)
def accessibility() -> ResponseReturnValue:
    """The accessibility statement, with its ways of complaint."""
    return render_template("citizen/accessibility.html")


@pages.get("/donnees-personnelles")
@audience(Audience.PUBLIC)
def personal_data() -> ResponseReturnValue:
    """What becomes of personal data, procedure by procedure (RGPD 13)."""
    rows = [(one.definition, retention_in_words(one.definition.retention)) for one in _list()]
    return render_template("citizen/personal_data.html", rows=rows)


@pages.get("/mentions-legales")
@audience(Audience.PUBLIC)
def legal() -> ResponseReturnValue:
    """Who publishes this site."""
    return render_template("citizen/legal.html")


@pages.get("/modalites")
@audience(Audience.PUBLIC)
def terms() -> ResponseReturnValue:
    """How each procedure may be sent (CRPA L112-9 and R112-9-2): published, it binds the public."""
    with runtime().database.reading() as session:
        rows = [
            (procedures.definition_of(one), one.department, closure_of(one, procedures.definition_of(one)))
            for one in queries.list_procedures(session, authority().id, open_only=False)
        ]
    return render_template("citizen/terms.html", rows=rows, max_upload=runtime().settings.max_upload_bytes)


def _list() -> list[Listed]:
    with runtime().database.reading() as session:
        return [
            Listed(definition := procedures.definition_of(one), closure_of(one, definition))
            for one in queries.list_procedures(session, authority().id, open_only=False)
        ]


def _by_theme(listed: list[Listed]) -> list[tuple[str, list[Listed]]]:
    themes: dict[str, list[Listed]] = {}
    for one in listed:
        themes.setdefault(one.definition.theme, []).append(one)
    return sorted(themes.items())


def _matching(listed: list[Listed], typed: str) -> list[Listed]:
    by_code = {one.code: one for one in listed}
    return [by_code[found.code] for found in search([one.definition for one in listed], typed)]
