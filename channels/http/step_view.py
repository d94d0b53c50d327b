"""A form that is filled in step by step, as its pages show it: where one is, what is still wrong, the summary."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from backoffice.domain import conditions, form_pages, formulas, identity
from backoffice.domain.answer_text import describe_step
from backoffice.domain.answers import Answers, as_posted
from backoffice.domain.conditions import Condition
from backoffice.domain.drafts import DraftContent
from backoffice.domain.fields import Field, FieldKind
from backoffice.domain.form_pages import DOCUMENT_PREFIX, DOCUMENTS, FormPage
from backoffice.domain.incoming import ChannelCode, IncomingFile
from backoffice.domain.procedures import EligibilityRule, ProcedureDefinition
from backoffice.domain.representation_form import read_represented
from backoffice.domain.requester import CONTACT_CHOICES, PREFIX, REQUESTER_FIELDS
from backoffice.web import said_procedures
from backoffice.web.languages import spoken
from channels.http import form_page, form_view
from channels.http.filled_form import FilledForm
from channels.http.signed_in import SignedIn

SUMMARY_LABELS = {str(choice.value): choice.label for choice in CONTACT_CHOICES}


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a form has come: its answers, all that is wrong or was not seen yet, and its pages."""

    answers: Answers
    errors: Mapping[str, str]
    unseen: tuple[str, ...]
    pages: tuple[FormPage, ...]

    def errors_of(self, definition: ProcedureDefinition, slug: str) -> dict[str, str]:
        """What is wrong on one page."""
        return {name: one for name, one in self.errors.items() if form_pages.page_of(definition, name) == slug}

    def has_unseen(self, definition: ProcedureDefinition, slug: str) -> bool:
        """Whether the answers open questions on this page that it has not shown yet."""
        return any(form_pages.page_of(definition, name) == slug for name in self.unseen)

    def stop(self, definition: ProcedureDefinition, page: FormPage) -> EligibilityRule | None:
        """The rule that ends the request on this page."""
        return definition.find_ineligibility(self.answers.values, page.rank)


@dataclass(frozen=True, slots=True)
class Part:
    """One page in the summary: its answers as people read them, and the files that no line of them names."""

    page: FormPage
    lines: tuple[tuple[str, str], ...]
    files: tuple[str, ...]


def progress(definition: ProcedureDefinition, key: str, content: DraftContent, citizen: SignedIn | None) -> Progress:
    """How far a draft has come."""
    form = FilledForm(key, content.fields, content.files)
    answers, errors = form_page.read_all(definition, form, citizen)
    shown = form_view.build(definition, form.fields, answers.values).shown
    unseen = tuple(name for name in shown if name not in content.shown and form_pages.page_of(definition, name))
    pages = form_pages.list_pages(definition, answers.values, content.passed, [*errors, *unseen])
    return Progress(answers, errors, unseen, pages)


def elsewhere(definition: ProcedureDefinition, page: FormPage, values: Mapping[str, Any]) -> str:
    """What the questions of a page look at on the others, as JSON: input name → texts."""
    step = definition.steps[page.rank] if page.rank is not None else None
    mine = {field.code for field in step.fields} if step else set()
    seen = set(_seen_by(step.fields)) if step else set()
    if page.rank is not None:
        seen |= {code for rule in definition.list_rules(page.rank) for code in _fields_of(rule.when)}
    if page.slug == DOCUMENTS:
        seen = {code for one in definition.documents for code in _fields_of(one.when)}
    known = {code: values[code] for code in seen - mine if code in values}
    return json.dumps(as_posted(known), ensure_ascii=False) if known else ""


def summary(
    definition: ProcedureDefinition, reached: Progress, content: DraftContent, citizen: SignedIn | None
) -> list[Part]:
    """Every page with what was answered on it."""
    return [
        Part(
            page,
            tuple(said_procedures.marked_answers(_lines(definition, page, reached, content, citizen), definition)),
            _files(definition, page, content),
        )
        for page in reached.pages[:-1]
    ]


def _lines(
    definition: ProcedureDefinition, page: FormPage, reached: Progress, content: DraftContent, citizen: SignedIn | None
) -> list[tuple[str, str]]:
    if page.rank is not None:
        step = definition.steps[page.rank]
        names = {field.label: _names(content, field.code) for field in step.fields if field.kind is FieldKind.FILES}
        return [(label, names.get(label) or text) for label, text in describe_step(step, reached.answers.values)]
    if page.slug == DOCUMENTS:
        named = [(one.label, _names(content, f"{DOCUMENT_PREFIX}{one.code}")) for one in definition.documents]
        return [(label, text) for label, text in named if text]
    fields = citizen.complete(content.fields) if citizen else content.fields
    represented, _ = read_represented(fields, ChannelCode.WEB_FORM)
    said = ((one.label, one.code, _text(fields, one.code)) for one in REQUESTER_FIELDS)
    own = [(label, _requester_text(code, text)) for label, code, text in said if text]
    return [*(represented.facts() if represented else ()), *own]


def _text(fields: Mapping[str, Any], code: str) -> str:
    return str((fields.get(f"{PREFIX}{code}") or ("",))[0]).strip()


def _requester_text(code: str, text: str) -> str:
    if code == "phone":
        return identity.display_phone(identity.check_phone(text))
    return SUMMARY_LABELS.get(text, text) if code == "contact_preference" else text


def _names(content: DraftContent, name: str) -> str:
    return ", ".join(_file(file) for file in content.files if file.field == name)


def _files(definition: ProcedureDefinition, page: FormPage, content: DraftContent) -> tuple[str, ...]:
    alone = {field.code for field in definition.fields if field.kind is FieldKind.FILES}
    mine = (file for file in content.files if form_pages.page_of(definition, file.field) == page.slug)
    return tuple(_file(file) for file in mine if file.field not in alone and not file.field.startswith(DOCUMENT_PREFIX))


def _file(file: IncomingFile) -> str:
    return f"{file.name} ({spoken().writing.file_size(file.size)})"


def _seen_by(fields: tuple[Field, ...]) -> Iterator[str]:
    for field in fields:
        yield from _fields_of(field.when)
        if field.formula:
            yield from map(formulas.field_of, formulas.looks(field.formula))
        yield from _seen_by(field.fields)


def _fields_of(condition: Condition | None) -> Iterator[str]:
    return (one.field for one in conditions.comparisons(condition))
