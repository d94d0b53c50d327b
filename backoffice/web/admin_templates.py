"""The words of letters on simple screens: edit, try out on a sample or a real case, come back to an older version."""

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from backoffice.domain import colours
from backoffice.domain.letters import FRENCH, LANGUAGES, LETTERS, Letter, get_letter
from backoffice.domain.policy import Permission
from backoffice.errors import BackofficeError, Invalid
from backoffice.infra import pdf, templating
from backoffice.models.documents import LetterTemplate
from backoffice.queries import catalogue, people
from backoffice.queries import letters as queries
from backoffice.services import letter_answers, letter_previews, letter_templates, procedure_letters
from backoffice.services.letter_previews import Tried
from backoffice.web.access import Audience, audience
from backoffice.web.current import actor, runtime
from backoffice.web.files import disposition
from backoffice.web.security import CONTENT_SECURITY_POLICY

pages = Blueprint("admin_templates", __name__, url_prefix="/agents/modeles")

# The editor shows the letter in a frame; the letter may be framed by our own pages only, and does nothing there.
EDITOR = "; ".join((*CONTENT_SECURITY_POLICY, "frame-src 'self'", "form-action 'self'"))
FRAMED = "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self' data:; frame-ancestors 'self'"


@pages.get("/")
@audience(Audience.STAFF, Permission.TEMPLATE_MANAGE)
def show() -> ResponseReturnValue:
    """Every letter, with the texts that it has here."""
    with runtime().database.reading() as session:
        in_force = queries.list_in_force(session, actor().authority_id)
        procedures = catalogue.list_procedures(session, actor().authority_id, open_only=False)
        authors = {one.staff_id: people.get_staff(session, one.authority_id, one.staff_id).name for one in in_force}
    texts = {code: [one for one in in_force if one.template == code] for code in LETTERS}
    return render_template(
        "admin/letters.html",
        letters=list(LETTERS.values()),
        texts=texts,
        authors=authors,
        procedures={one.code: one.title for one in procedures},
        languages=LANGUAGES,
    )


@pages.get("/texte")
@audience(Audience.STAFF, Permission.TEMPLATE_MANAGE)
def choose() -> ResponseReturnValue:
    """From the chooser of the list to the text of a letter, a procedure and a language."""
    asked = request.args.get("template", "")
    if not asked:
        return redirect(url_for("admin_templates.show"))
    code = get_letter(asked).code
    return redirect(_address(code, _place()))


@pages.route("/<code>", methods=["GET", "POST"])
@audience(Audience.STAFF, Permission.TEMPLATE_MANAGE)
def edit(code: str) -> ResponseReturnValue:
    """One text: its words, its versions, how the letter looks with it."""
    letter, place = get_letter(code), _place()
    if request.method == "GET":
        return _editor(letter, place, None, {})
    try:
        with runtime().database.transaction() as session:
            letter_templates.save(
                session,
                actor(),
                code,
                place["procedure"],
                place["language"],
                request.form.get("title", ""),
                request.form.get("body", ""),
            )
    except Invalid as fault:
        return _editor(letter, place, request.form.to_dict(), fault.faults, 422)
    flash("Le texte est enregistré. Les prochains courriers le diront ; ceux déjà demandés ne changent pas.", "success")
    return redirect(_address(code, place), 303)


@pages.post("/versions/<int:version_id>/reprise")
@audience(Audience.STAFF, Permission.TEMPLATE_MANAGE)
def restore(version_id: int) -> ResponseReturnValue:
    """The words of an older version, as a new one."""
    try:
        with runtime().database.transaction() as session:
            version = letter_templates.restore(session, actor(), version_id)
    except Invalid as fault:
        return _refused_again(version_id, fault)
    flash(f"Le texte « {version.title} » est repris.", "success")
    place = {"procedure": version.procedure_code, "language": version.language}
    return redirect(_address(version.template, place), 303)


@pages.route("/<code>/apercu", methods=["GET", "POST"])
@audience(Audience.STAFF, Permission.TEMPLATE_MANAGE)
def preview(code: str) -> ResponseReturnValue:
    """The letter as a page, for the frame of the editor: the words posted, else those in force."""
    place = _place()
    letter = get_letter(code)
    sheet = url_for("admin_templates.sheet")
    try:
        with runtime().database.reading() as session:
            body = request.form["body"] if "body" in request.form else _words_shown(session, letter, place)
            tried = _tried(body, place)
            page = letter_previews.page(
                session, runtime(), actor(), code, tried, request.form.get("reference", ""), sheet
            )
    except BackofficeError as fault:
        faults = fault.faults.values() if isinstance(fault, Invalid) else ()
        page = render_template("admin/letter_fault.html", sentences=list(faults) or [fault.sentence], sheet=sheet)
    response = Response(page, headers={"Content-Security-Policy": FRAMED, "X-Frame-Options": "SAMEORIGIN"})
    response.headers["Cache-Control"] = "no-store"
    return response


@pages.post("/<code>/apercu-pdf")
@audience(Audience.STAFF, Permission.TEMPLATE_MANAGE)
def ask_for_pdf(code: str) -> ResponseReturnValue:
    """The same, printed by a worker."""
    letter, place = get_letter(code), _place()
    try:
        with runtime().database.transaction() as session:
            tried = _tried(request.form.get("body", ""), place)
            asked = letter_previews.ask_for_pdf(session, actor(), code, tried, request.form.get("reference", ""))
    except Invalid as fault:
        return _editor(letter, place, request.form.to_dict(), fault.faults, 422)
    except BackofficeError as fault:
        return _editor(letter, place, request.form.to_dict(), {"reference": fault.sentence}, 422)
    return redirect(url_for("admin_templates.show_pdf", preview_id=asked.id), 303)


@pages.get("/apercus/<int:preview_id>")
@audience(Audience.STAFF, Permission.TEMPLATE_MANAGE)
def show_pdf(preview_id: int) -> ResponseReturnValue:
    """A printed preview once it is ready, else a page that waits for it."""
    with runtime().database.reading() as session:
        found = queries.get_preview(session, actor().authority_id, actor().id, preview_id)
    if found.content is None:
        return render_template("admin/letter_waiting.html", title=found.title)
    response = Response(found.content, mimetype="application/pdf")
    response.headers["Content-Disposition"] = disposition("inline", f"{found.title}.pdf")
    response.headers["Cache-Control"] = "private, no-store"
    return response


@pages.get("/feuille.css")
@audience(Audience.STAFF, Permission.TEMPLATE_MANAGE)
def sheet() -> ResponseReturnValue:
    """The styles of the paper, for a browser: the same sheet, with our fonts where browsers find them."""
    fonts = url_for("static", filename="vendor/atkinson-hyperlegible/")
    styles = pdf.SHEET.read_text(encoding="utf-8").replace(f'url("{pdf.FONT_SCHEME}:', f'url("{fonts}')
    screen = (templating.FOLDER / "documents" / "screen.css").read_text(encoding="utf-8")
    colour = request.args.get("couleur", "")
    own = colours.paper_styles(colours.read(colour)) if colour else ""
    return Response(styles + own + screen, mimetype="text/css")


def _place() -> dict[str, str]:
    given = request.values
    return {"procedure": given.get("procedure", ""), "language": given.get("language", "") or FRENCH}


def _address(code: str, place: dict[str, str]) -> str:
    return url_for("admin_templates.edit", code=code, procedure=place["procedure"], language=place["language"])


def _versions(letter: Letter, place: dict[str, str]) -> list[LetterTemplate]:
    with runtime().database.reading() as session:
        letter_templates.check_place(session, actor().authority_id, place["procedure"], place["language"])
        return queries.list_versions(session, actor().authority_id, letter.code, place["procedure"], place["language"])


def _tried(body: str, place: dict[str, str]) -> Tried:
    return Tried(body, place["language"], place["procedure"], drafted="draft" in request.values)


def _words_shown(session: Session, letter: Letter, place: dict[str, str]) -> str:
    """What the frame begins with: the words of the draft when it is shown there, else what the editor begins with."""
    if "draft" not in request.values:
        return _words(_versions(letter, place), letter)
    drafted = letter_previews.drafted_words(session, actor(), place["procedure"], letter.code)
    in_force = procedure_letters.list_in_force(session, actor().authority_id, place["procedure"])
    mine = procedure_letters.by_place(in_force).get((letter.code, FRENCH))
    common = letter_templates.common_words(session, actor().authority_id, letter.code)
    return drafted if drafted is not None else mine.body if mine else common


def _refused_again(version_id: int, fault: Invalid) -> ResponseReturnValue:
    """The editor with the words of an older version, which can be said no more, and why."""
    with runtime().database.reading() as session:
        old = queries.get_version(session, actor().authority_id, version_id)
    place = {"procedure": old.procedure_code, "language": old.language}
    return _editor(get_letter(old.template), place, {"title": old.title, "body": old.body}, fault.faults, 422)


def _words(versions: list[LetterTemplate], letter: Letter) -> str:
    """What the editor begins with: the text in force, else the words shipped, to be changed or translated."""
    return versions[0].body if versions else templating.shipped_words(letter.code)


def _editor(
    letter: Letter, place: dict[str, str], typed: dict[str, str] | None, errors: dict[str, str], status: int = 200
) -> ResponseReturnValue:
    versions = _versions(letter, place)
    with runtime().database.reading() as session:
        procedure = catalogue.find_procedure(session, actor().authority_id, place["procedure"])
        authors = {one.staff_id: people.get_staff(session, one.authority_id, one.staff_id).name for one in versions}
        offered = letter_answers.offered(session, actor().authority_id, letter, place["procedure"])
    values = {"title": versions[0].title if versions else "", "body": _words(versions, letter), "reference": ""}
    page = render_template(
        "admin/letter_edit.html",
        letter=offered,
        place=place,
        procedure=procedure,
        language_name=LANGUAGES[place["language"]],
        values=values | (typed or {}),
        errors=errors,
        versions=versions,
        authors=authors,
    )
    return Response(page, status, {"Content-Security-Policy": EDITOR})
