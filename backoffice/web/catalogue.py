"""The public catalogue: procedures by theme, by moment of life and by search, one page and one paper form each."""

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from backoffice.domain import retention_words
from backoffice.domain.file_checks import PDF
from backoffice.domain.plain_silence import silence_in_words
from backoffice.domain.procedures import DocumentSource
from backoffice.domain.regime import Regime
from backoffice.domain.wording import Wording
from backoffice.errors import NotFound, Unavailable
from backoffice.models.authorities import Authority
from backoffice.models.catalogue import PaperForm
from backoffice.queries import catalogue as queries
from backoffice.queries import ready_answers, usual_delays
from backoffice.services import paper_forms
from backoffice.web import catalogue_lists, said_procedures
from backoffice.web.access import Audience, audience
from backoffice.web.current import authority, runtime
from backoffice.web.files import send_file
from backoffice.web.pages import today_here

pages = Blueprint("catalogue", __name__)

LONGEST_SEARCH = 100
MOST_ANSWERS = 5
PAPER_KEPT_SECONDS = 300
NO_SUCH_MOMENT = Wording("Cette page n’existe pas. Retrouvez toutes les démarches dans le menu.")

# What forms say of a procedure too.
closure_of = catalogue_lists.closure_of
retention_in_words = retention_words.in_words


class BeingPrinted(Unavailable):
    """A form that nobody had asked for yet."""

    title = Wording("Formulaire en préparation")
    sentence = Wording("Ce formulaire s’imprime pour la première fois. Rechargez cette page dans quelques secondes.")


@pages.get("/")
@audience(Audience.PUBLIC)
def home() -> ResponseReturnValue:
    """What can be done here: search, moments of life, themes, follow-up, contact."""
    listed = catalogue_lists.list_all()
    return render_template(
        "citizen/home.html", themes=catalogue_lists.by_theme(listed), moments=catalogue_lists.by_moment(listed)
    )


@pages.get("/demarches")
@audience(Audience.PUBLIC)
def show() -> ResponseReturnValue:
    """Every procedure, or those that answer a search or a moment of life."""
    typed = request.args.get("q", "").strip()[:LONGEST_SEARCH]
    listed = catalogue_lists.list_all()
    moments = catalogue_lists.by_moment(listed)
    chosen = None
    if slug := request.args.get("moment", ""):
        chosen = next((one for one in moments if one.slug == slug), None)
        if chosen is None:
            raise NotFound(NO_SUCH_MOMENT)
    return render_template(
        "citizen/catalogue.html",
        q=typed,
        found=catalogue_lists.matching(listed, typed) if typed else [],
        answers=_answers_to(typed) if typed else [],
        themes=catalogue_lists.by_theme(listed),
        moments=moments,
        chosen=chosen,
        by_moment=request.args.get("par") == "moment" or chosen is not None,
    )


def _answers_to(typed: str) -> list[ready_answers.FoundAnswer]:
    """What the house says of these words: much of what people look for is done elsewhere (passport, taxes…)."""
    with runtime().database.reading() as session:
        return ready_answers.search(session, authority().id, typed, MOST_ANSWERS, public_only=True)


@pages.get("/demarches/<code>")
@audience(Audience.PUBLIC)
def procedure(code: str) -> ResponseReturnValue:
    """One procedure: what, who, documents to prepare, cost, delays, other ways."""
    with runtime().database.reading() as session:
        found = queries.get_procedure(session, authority().id, code)
        department = found.department
        definition = said_procedures.definition_of(found)
        delay = usual_delays.find_delay(session, authority().id, code)
        answers = ready_answers.list_for_procedure(session, authority().id, code)
    regime = Regime.from_data(definition.regime)
    closure = closure_of(found, definition)
    return render_template(
        "citizen/procedure.html",
        definition=definition,
        department=department,
        closure=closure,
        has_paper_form=not closure or (found.open and definition.sve_excluded),
        documents=[one for one in definition.documents if one.source is DocumentSource.USER],
        delay=delay,
        silence=silence_in_words(regime, today_here()),
        varies=bool(definition.regime_variants),
        answers=answers,
    )


@pages.get("/demarches/<code>/formulaire.pdf")
@audience(Audience.PUBLIC)
def paper_form(code: str) -> ResponseReturnValue:
    """The form to print and fill in by hand: printed once, by a worker, and given to everybody after that."""
    form = _paper_form(code)
    if not form.digest:
        raise BeingPrinted
    if request.if_none_match.contains(form.digest):
        response = Response(status=304)
    else:
        response = send_file(form.digest, f"{form.title}.pdf", PDF, shown=True)
    response.headers["Cache-Control"] = f"public, max-age={PAPER_KEPT_SECONDS}"
    response.set_etag(form.digest)
    return response


def _paper_form(code: str) -> PaperForm:
    with runtime().database.reading() as session:
        found = queries.get_procedure(session, authority().id, code)
        form = paper_forms.find(session, session.get_one(Authority, authority().id), found)
    if form is None:
        with runtime().database.transaction() as session:
            found = queries.get_procedure(session, authority().id, code)
            form = paper_forms.find_or_ask(session, session.get_one(Authority, authority().id), found)
    return form


@pages.get("/plan-du-site")
@audience(Audience.PUBLIC)
def sitemap() -> ResponseReturnValue:
    """Every page (RGAA 12.2)."""
    listed = catalogue_lists.list_all()
    return render_template(
        "citizen/sitemap.html", themes=catalogue_lists.by_theme(listed), moments=catalogue_lists.by_moment(listed)
    )


@pages.get("/accessibilite")
@audience(Audience.PUBLIC)
def accessibility() -> ResponseReturnValue:
    """The accessibility statement, with its ways of complaint."""
    return render_template("citizen/accessibility.html")


@pages.get("/donnees-personnelles")
@audience(Audience.PUBLIC)
def personal_data() -> ResponseReturnValue:
    """What becomes of personal data, procedure by procedure (RGPD 13)."""
    rows = [(one.definition, retention_in_words(one.definition.retention)) for one in catalogue_lists.list_all()]
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
        found = queries.list_procedures(session, authority().id, open_only=False)
        read = [(one, said_procedures.definition_of(one)) for one in found]
        rows = [(definition, one.department, closure_of(one, definition)) for one, definition in read]
        departments = queries.list_departments(session, authority().id)
    settings = runtime().settings
    return render_template(
        "citizen/terms.html", rows=rows, departments=departments, max_upload=settings.max_upload_bytes
    )
