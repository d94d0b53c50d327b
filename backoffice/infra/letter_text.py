"""The words of a letter as an administrator writes them: paragraphs, lists, bold, and declared placeholders only.

Nothing typed is ever evaluated: the text is checked to hold nothing but words and `{{ names }}` of the letter, then
filled in by a Jinja sandbox without functions, filters or attributes, which escapes every value.
"""

import re
from collections.abc import Mapping
from functools import lru_cache

from jinja2 import StrictUndefined, Template, TemplateSyntaxError, UndefinedError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from backoffice.domain import french
from backoffice.domain.letters import ANSWER, FRENCH, Letter
from backoffice.errors import Invalid
from backoffice.infra.typesetting import one_line, prose

LONGEST = 8000
BRACES = "Écrivez chaque information entre deux paires d’accolades, par exemple {{ reference }}, et rien d’autre."

_TAG = re.compile(r"</?[a-zA-Z!]")
_BEGINS_BULLET = re.compile(r"[–-] ")
_HELD = re.compile(r"\{\{ ?(\w+) ?\}\}")
_KEPT = re.compile("\ue000(\\w+)\ue001")


def check(body: str, letter: Letter) -> None:
    """Raise Invalid, on the field `body`, for a text that the letter could not be made from."""
    if len(body) > LONGEST:
        raise _fault(f"Ce texte est trop long : {LONGEST} caractères au plus.")
    if "\ue000" in body or "\ue001" in body:
        raise _fault("Ce texte contient un caractère invisible réservé : effacez-le.")
    if _TAG.search(body):
        raise _fault("Le texte ne contient pas de balises HTML : écrivez **gras**, et « - » au début d’une puce.")
    for name in _names(body):
        if letter.find(name) is None:
            raise _fault(refusal(name, letter))
    for block in re.split(r"\n\s*\n", _laid_out(body)):
        if any(line.count("**") % 2 for line in (block.split("\n") if _BEGINS_BULLET.match(block) else [block])):
            raise _fault(f"Un passage en gras n’est pas fermé : « {one_line(block, 60)} ». Ajoutez **.")
    _html_source(body, FRENCH)
    _plain_source(body, FRENCH)


def refusal(name: str, letter: Letter) -> str:
    """Why a text of this letter may not call for what it does not offer, with what to write instead."""
    question = name.removeprefix(ANSWER)
    if name in letter.withheld:
        return (
            f"La réponse à « {question} » est réservée à certains agents, ou touche à la santé ou à l’identité : "
            f"aucun courrier ne l’imprime. Retirez {{{{ {name} }}}}."
        )
    if not name.startswith(ANSWER):
        offered = ", ".join(one.name for one in letter.placeholders)
        return f"« {name} » n’existe pas dans ce courrier. Choisissez parmi : {offered}."
    asked = f"Ce courrier demande la réponse à « {question} »"
    if offered := ", ".join(one.name for one in letter.placeholders if one.name.startswith(ANSWER)):
        return (
            f"{asked}, que cette démarche ne pose pas, ou pas avec un texte pour réponse. Choisissez parmi : {offered}."
        )
    return (
        f"{asked} : seul le courrier d’une démarche dit les réponses à ses propres questions. Retirez {{{{ {name} }}}}."
    )


def names_in(body: str) -> frozenset[str]:
    """The placeholders that a text calls for; raise Invalid when it holds anything else between braces."""
    return frozenset(_names(body))


def html(body: str, values: Mapping[str, str], language: str) -> Markup:
    """The text as HTML, filled in; raise jinja2.UndefinedError for a value that is not given."""
    source = _html_source(body, language)
    return Markup(_template(source, escaped=True).render(_given(source, values)))  # noqa: S704 (values are escaped)


def plain(body: str, values: Mapping[str, str], language: str) -> str:
    """The same as the plain text of a mail."""
    source = _plain_source(body, language)
    return _template(source, escaped=False).render(_given(source, values))


def _html_source(body: str, language: str) -> str:
    marked = prose(_HELD.sub("\ue000\\1\ue001", _set(body, language)))
    return _unchanged(body, _KEPT.sub(r"{{ \1 }}", marked))


def _plain_source(body: str, language: str) -> str:
    return _unchanged(body, _set(body, language).replace("**", ""))


def _unchanged(body: str, source: str) -> str:
    """The source, once sure that laying the text out made no brace of it mean more than it did."""
    if names_in(source) != names_in(body):
        raise _fault(BRACES)
    return source


def _given(source: str, values: Mapping[str, str]) -> dict[str, str]:
    missing = sorted(names_in(source) - values.keys())
    if missing:
        raise UndefinedError(f"no value for: {', '.join(missing)}")
    return dict(values)


def _set(body: str, language: str) -> str:
    text = _laid_out(body)
    return french.typographic(text).replace("'{{", "’{{") if language == FRENCH else text


def _laid_out(body: str) -> str:
    """One paragraph a block and one list a block, whatever blank lines were typed between them."""
    lines: list[str] = []
    for line in body.replace("\r\n", "\n").strip().split("\n"):
        before = lines[-1] if lines else ""
        if before.strip() and bool(_BEGINS_BULLET.match(line)) != bool(_BEGINS_BULLET.match(before)):
            lines.append("")
        lines.append(line.strip())
    return "\n".join(lines)


@lru_cache(maxsize=256)
def _names(body: str) -> tuple[str, ...]:
    try:
        tree = _environment(escaped=True).parse(body)
    except TemplateSyntaxError:
        raise _fault(BRACES) from None
    found = []
    for node in tree.body:
        if not isinstance(node, nodes.Output):
            raise _fault(BRACES)
        for part in node.nodes:
            if isinstance(part, nodes.Name):
                found.append(part.name)
            elif not isinstance(part, nodes.TemplateData):
                raise _fault(BRACES)
    # Comments and « raw » passages leave no trace in the tree: what is read must be what was written.
    if "{%" in body or "{#" in body or len(_HELD.findall(body)) != len(found) or body.count("{{") != len(found):
        raise _fault(BRACES)
    return tuple(found)


@lru_cache(maxsize=2)
def _environment(*, escaped: bool) -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        autoescape=escaped, undefined=StrictUndefined, keep_trailing_newline=True
    )
    environment.globals.clear()
    environment.filters.clear()
    environment.tests.clear()
    return environment


@lru_cache(maxsize=256)
def _template(source: str, *, escaped: bool) -> Template:
    return _environment(escaped=escaped).from_string(source)


def _fault(sentence: str) -> Invalid:
    return Invalid(faults={"body": sentence})
