"""What a draft holds: everything as it was typed, right or wrong; and what is left of it when its procedure changes."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from backoffice.domain.fields import Field
from backoffice.domain.form_events import STARTED
from backoffice.domain.form_pages import DETAILS, DOCUMENT_PREFIX, DOCUMENTS, code_of, page_of
from backoffice.domain.incoming import IncomingFile
from backoffice.domain.procedures import ProcedureDefinition
from backoffice.domain.wording import Wording
from backoffice.errors import Invalid

LONGEST_CONTENT = 200_000
"""Characters of a draft; the longest form of the starter catalogue, full, is ten times shorter."""
TOO_LONG = Wording("Vos réponses sont trop longues pour être enregistrées : raccourcissez vos textes.")

FileKey = tuple[str, str]
"""Which file of a form: the name of its input, and its digest."""


def key_of(file: IncomingFile) -> FileKey:
    """The same content for two questions is two files, and for one question one."""
    return file.field, file.digest


@dataclass(frozen=True, slots=True)
class DraftContent:
    """Texts by input name, files, the pages `passed` without fault, and the conditional questions that were `shown`.

    `counted` are the marks of `domain.form_events`: what of this form was counted already.
    """

    fields: Mapping[str, Sequence[str]]
    files: tuple[IncomingFile, ...] = ()
    passed: frozenset[str] = frozenset()
    shown: frozenset[str] = frozenset()
    counted: frozenset[str] = frozenset()

    def to_data(self) -> dict[str, Any]:
        """The content as plain data; raises Invalid when it is larger than any honest form."""
        if sum(len(name) + sum(map(len, texts)) for name, texts in self.fields.items()) > LONGEST_CONTENT:
            raise Invalid(TOO_LONG)
        return {
            "fields": {name: [text.replace("\x00", "") for text in texts] for name, texts in self.fields.items()},
            "files": [asdict(file) for file in self.files],
            "passed": sorted(self.passed),
            "shown": sorted(self.shown),
            "counted": sorted(self.counted),
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "DraftContent":
        """The content that `to_data` wrote."""
        files = tuple(IncomingFile(**file) for file in data["files"])
        counted = frozenset(data.get("counted", ()))
        return cls(dict(data["fields"]), files, frozenset(data["passed"]), frozenset(data["shown"]), counted)

    def with_pages(
        self,
        definition: ProcedureDefinition,
        pages: Collection[str],
        posted: "DraftContent",
        dropped: Collection[FileKey] = (),
    ) -> "DraftContent":
        """The content once these pages were posted; what belongs to others stays as it was, whatever was posted for it.

        Their texts replace what they had, their files are added to it, and the `dropped` ones are taken back.
        """
        kept = {name: texts for name, texts in self.fields.items() if page_of(definition, name) not in pages}
        return replace(self, fields=kept).with_answers(definition, pages, posted, dropped)

    def with_answers(
        self,
        definition: ProcedureDefinition,
        pages: Collection[str],
        posted: "DraftContent",
        dropped: Collection[FileKey] = (),
    ) -> "DraftContent":
        """The same, for a page that may not be whole: what it does not say stays as it was."""
        new = {
            name: list(texts)
            for name, texts in posted.fields.items()
            if page_of(definition, name) in pages and any(text.strip() for text in texts)
        }
        files = {key_of(file): file for file in self.files}
        files |= {key_of(file): file for file in posted.files if page_of(definition, file.field) in pages}
        left = tuple(file for key, file in files.items() if key not in dropped)
        return replace(self, fields={**self.fields, **new}, files=left, shown=self.shown | posted.shown)


def adapt(old: ProcedureDefinition, new: ProcedureDefinition, content: DraftContent) -> tuple[DraftContent, list[str]]:
    """What still fits when the procedure changed under a draft, and the questions whose answers do not (their labels).

    Pages whose questions did not change stay done; the others are gone through again, filled in.
    """
    fields = {name: texts for name, texts in content.fields.items() if _fits(old, new, name)}
    files = tuple(file for file in content.files if _fits(old, new, file.field))
    ranks = {str(rank + 1): step for rank, step in enumerate(old.steps)}
    same = {slug: new.steps.index(step) for slug, step in ranks.items() if slug in content.passed and step in new.steps}
    passed = {str(rank + 1) for rank in same.values()} | (content.passed & {DETAILS})
    if old.documents == new.documents:
        passed |= content.passed & {DOCUMENTS}
    lost = [*(content.fields.keys() - fields.keys()), *(file.field for file in content.files if file not in files)]
    # Of the new version, nothing was counted yet but that the form was started.
    counted = content.counted & {STARTED}
    adapted = replace(content, fields=fields, files=files, passed=frozenset(passed), counted=counted)
    return adapted, _labels(old, lost)


def _fits(old: ProcedureDefinition, new: ProcedureDefinition, name: str) -> bool:
    page = page_of(new, name)
    if page in (DETAILS, DOCUMENTS):
        known = {f"{DOCUMENT_PREFIX}{one.code}" for one in new.documents}
        return not name.startswith(DOCUMENT_PREFIX) or name in known
    before, after = _find(old, name), _find(new, name)
    return before is not None and after is not None and before.kind is after.kind


def _find(definition: ProcedureDefinition, name: str) -> Field | None:
    """The field of an input, inside its block when it is in one."""
    field = definition.find_field(code_of(name))
    if field is None or not field.fields:
        return field
    inner = name.partition(".")[2].partition(".")[0]
    return next((one for one in field.fields if one.code == inner), None)


def _labels(definition: ProcedureDefinition, names: Iterable[str]) -> list[str]:
    lost = set(names)
    codes = {code_of(name) for name in lost}
    labels = [field.label for field in definition.fields if field.code in codes]
    return labels + [one.label for one in definition.documents if f"{DOCUMENT_PREFIX}{one.code}" in lost]
