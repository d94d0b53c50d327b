"""The words of letters: written by administrators, version after version; frozen when a letter is asked for."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from backoffice.domain import policy
from backoffice.domain.letters import FRENCH, LANGUAGES, LETTERS, Letter, get_letter
from backoffice.domain.policy import Actor, Permission
from backoffice.domain.setting_screens import Screen
from backoffice.errors import Invalid
from backoffice.infra import letter_text, templating
from backoffice.models.authorities import Authority
from backoffice.models.cases import Case
from backoffice.models.documents import LetterTemplate
from backoffice.queries import catalogue
from backoffice.queries import letters as queries
from backoffice.services import letter_answers, moment, setting_history

# The letters that have words of this authority: those that have none, nearly all, cost no SELECT.
OWN_LETTERS = "own_letters"
# The languages, besides French, that some letter of this authority speaks: only those are offered to people.
LETTER_LANGUAGES = "letter_languages"
LONGEST_TITLE = 255


def languages_of(authority: Authority) -> tuple[str, ...]:
    """The languages that somebody may choose for their letters: French, and those that some letter speaks here."""
    return (FRENCH, *(code for code in authority.details.get(LETTER_LANGUAGES, ()) if code in LANGUAGES))


def choose(session: Session, case: Case, template: str, values: dict[str, Any]) -> dict[str, Any]:
    """The words that a letter will say, to be frozen in its values, with the version that they come from.

    In French those of the procedure first, then those of every procedure, then the words shipped; and under `second`,
    those in the language of the case, when there are any. A text that asks for a fact which this case lacks is passed
    over: a letter leaves without a hole, and it leaves.
    """
    letter = LETTERS.get(template)
    if letter is None:
        return {"template": template}
    authority = session.get_one(Authority, case.authority_id)
    written = _in_line(session, case, template) if template in authority.details.get(OWN_LETTERS, ()) else []
    texts = [(one, letter_answers.of_case(session, case, one.body, one.language)) for one in written]
    fit = [(one, said) for one, said in texts if not missing_names(letter, one.body, values, said)]
    chosen: dict[str, Any] = {"template": template, "language": FRENCH, "body": templating.shipped_words(template)}
    french = next(((one, said) for one, said in fit if one.language == FRENCH), None)
    if french is not None:
        chosen |= _frozen(*french)
    # A text for every procedure would not say the same as French words written for this one.
    wanted = {case.procedure_code} if french is not None and french[0].procedure_code else {case.procedure_code, ""}
    second = next(((one, said) for one, said in fit if one.language != FRENCH and one.procedure_code in wanted), None)
    if second is not None:
        chosen["second"] = _frozen(*second)
    return chosen


def common_words(session: Session, authority_id: int, template: str) -> str:
    """The French words of a letter for every procedure: those of this authority, else those shipped."""
    versions = queries.list_versions(session, authority_id, template, "", FRENCH)
    return (versions[0].body if versions else "") or templating.shipped_words(template)


def _frozen(version: LetterTemplate, answers: Mapping[str, str]) -> dict[str, Any]:
    return ({"answers": dict(answers)} if answers else {}) | {
        "version_id": version.id,
        "number": version.number,
        "procedure": version.procedure_code,
        "language": version.language,
        "body": version.body,
    }


def missing_names(letter: Letter, body: str, values: dict[str, Any], answers: Mapping[str, str]) -> list[str]:
    """The placeholders of a text that a case has no value for."""
    return sorted(letter_text.names_in(body) - templating.letter_values(letter, values, "").keys() - answers.keys())


def save(
    session: Session, actor: Actor, template: str, procedure_code: str, language: str, title: str, body: str
) -> LetterTemplate:
    """Write the next version of a text; an empty body gives the letter back to the next text in line.

    Raises Invalid, field by field, for a text that could not be printed.
    """
    policy.require(actor, Permission.TEMPLATE_MANAGE)
    letter, body = get_letter(template), body.replace("\r\n", "\n").strip()
    check_place(session, actor.authority_id, procedure_code, language)
    # One administrator after the other: each takes the next number, and adds to what the others wrote.
    authority = catalogue.claim_authority(session, actor.authority_id)
    faults = {} if title.strip() else {"title": "Donnez un nom à ce texte, par exemple « Texte de la rentrée »."}
    try:
        letter_text.check(body, letter_answers.offered(session, actor.authority_id, letter, procedure_code))
    except Invalid as fault:
        faults |= fault.faults
    if faults:
        raise Invalid(faults=faults)
    versions = queries.list_versions(session, actor.authority_id, template, procedure_code, language)
    version = LetterTemplate(
        authority_id=actor.authority_id,
        template=template,
        procedure_code=procedure_code,
        language=language,
        number=versions[0].number + 1 if versions else 1,
        title=title.strip()[:LONGEST_TITLE],
        body=body,
        staff_id=actor.id,
        created_at=moment.now(),
    )
    session.add(version)
    session.flush()
    own = sorted({template, *authority.details.get(OWN_LETTERS, ())})
    spoken = {one.language for one in queries.list_in_force(session, authority.id) if one.body} - {FRENCH}
    authority.details = authority.details | {OWN_LETTERS: own, LETTER_LANGUAGES: sorted(spoken)}
    before = {"Nom du texte": versions[0].title, "Texte": versions[0].body} if versions else {}
    after = {"Nom du texte": version.title, "Texte": version.body}
    titles = dict(catalogue.list_procedure_titles(session, authority.id, open_only=False))
    procedure = titles.get(procedure_code, procedure_code)
    subject = ", ".join(filter(None, (letter.title, procedure, LANGUAGES[language].lower())))
    setting_history.record(session, actor, Screen.LETTERS, subject, before, after, act=f"Version {version.number}")
    return version


def restore(session: Session, actor: Actor, version_id: int) -> LetterTemplate:
    """Say the words of an older version again, as a new version."""
    policy.require(actor, Permission.TEMPLATE_MANAGE)
    old = queries.get_version(session, actor.authority_id, version_id)
    return save(session, actor, old.template, old.procedure_code, old.language, old.title, old.body)


def check_place(session: Session, authority_id: int, procedure_code: str, language: str) -> None:
    """Raise NotFound for an unknown procedure, Invalid for a language that no letter speaks."""
    if procedure_code:
        catalogue.get_procedure(session, authority_id, procedure_code)
    if language not in LANGUAGES:
        raise Invalid(faults={"language": "Choisissez une langue de la liste."})


def _in_line(session: Session, case: Case, template: str) -> list[LetterTemplate]:
    """The texts that a case may get, the first one wins."""
    places = [(case.procedure_code, case.language), (case.procedure_code, FRENCH), ("", case.language), ("", FRENCH)]
    with session.no_autoflush:  # the case may be on its way in, to be written with the rest of its change
        found = queries.list_in_force(
            session, case.authority_id, template=template, procedures=sorted({case.procedure_code, ""})
        )
    by_place = {(one.procedure_code, one.language): one for one in found if one.body}
    return [by_place[place] for place in dict.fromkeys(places) if place in by_place]
