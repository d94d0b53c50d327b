"""Conditions between answers, in words: what a sheet of paper says where a screen would show or hide a question."""

from collections.abc import Mapping

from backoffice.domain.conditions import AllOf, Among, Answered, AnyOf, AtLeast, Condition, Not, Scalar
from backoffice.domain.fields import Field
from backoffice.domain.french import NBSP, number


def in_words(condition: Condition, fields: Mapping[str, Field]) -> str:
    """« votre réponse à « Que voulez-vous faire ? » est : Les corriger »; `fields` are the questions it may look at."""
    match condition:
        case Among(code, values):
            return f"{_answer_to(code, fields)} est{NBSP}: {_labels(values, fields.get(code))}"
        case AtLeast(code, minimum):
            return f"{_answer_to(code, fields)} est d’au moins {number(minimum)}"
        case Answered(code, expected):
            return f"vous {'avez répondu' if expected else 'n’avez pas répondu'} à {_question(code, fields)}"
        case Not(Among(code, values)):
            return f"{_answer_to(code, fields)} n’est pas{NBSP}: {_labels(values, fields.get(code))}"
        case Not(inner):
            return f"il n’est pas vrai que {in_words(inner, fields)}"
        case AnyOf(several):
            return ", ou ".join(in_words(one, fields) for one in several)
        case AllOf(several):
            return ", et ".join(in_words(one, fields) for one in several)


def _answer_to(code: str, fields: Mapping[str, Field]) -> str:
    return f"votre réponse à {_question(code, fields)}"


def _question(code: str, fields: Mapping[str, Field]) -> str:
    label = fields[code].label if code in fields else code
    return f"«{NBSP}{label}{NBSP}»"


def _labels(values: tuple[Scalar, ...], field: Field | None) -> str:
    return " ou ".join(_label(value, field) for value in values)


def _label(value: Scalar, field: Field | None) -> str:
    if isinstance(value, bool):
        return "oui" if value else "non"
    known = {choice.value: choice.label for choice in field.choices} if field else {}
    return known.get(str(value), str(value))
