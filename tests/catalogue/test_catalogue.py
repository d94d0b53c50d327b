"""The starter catalogue is complete, coherent, typographically French, and each file is its own export."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from backoffice import catalogue
from backoffice.domain import french, procedure_translations
from backoffice.domain.answers import read_answers
from backoffice.domain.calendars import get_calendar
from backoffice.domain.fields import Field, FieldKind
from backoffice.domain.identity import check_email, check_phone, check_siret
from backoffice.domain.policy import CONFINED, Role
from backoffice.domain.procedure_files import dump, write_yaml
from backoffice.domain.procedure_translations import in_language
from backoffice.domain.procedures import ProcedureDefinition
from backoffice.domain.regime import Regime
from backoffice.errors import Invalid

CODES = {
    "birth_certificate", "street_issue", "childcare_place", "school_meals_aftercare", "terrace_permit",
    "parking_resident_or_move", "waste_bin_bulky", "planning_certificate", "electoral_registration", "cemetery_plot",
    "room_booking", "association_grant", "host_certificate", "citizen_census", "document_access", "gdpr_request",
    "accessibility_report",
}  # fmt: skip
FILES = Path(catalogue.__file__).parent / "procedures"
PROCEDURES = catalogue.load_procedures()

every_procedure = pytest.mark.parametrize("definition", PROCEDURES, ids=lambda one: one.code)


def texts(data: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """Every text of plain data with the key it is under."""
    if isinstance(data, dict):
        for inner, value in data.items():
            yield from texts(value, inner)
    elif isinstance(data, list):
        for value in data:
            yield from texts(value, key)
    elif isinstance(data, str):
        yield key, data


def test_the_seventeen_procedures_are_there() -> None:
    assert {one.code for one in PROCEDURES} == CODES


@every_procedure
def test_a_file_is_exactly_what_an_export_would_write(definition: ProcedureDefinition) -> None:
    assert write_yaml(definition) == (FILES / f"{definition.code}.yaml").read_text(encoding="utf-8")


@every_procedure
def test_texts_are_typographically_french(definition: ProcedureDefinition) -> None:
    codes = {"code", "value", "field", "in", "equals"}
    french_only = {key: value for key, value in dump(definition).items() if key != "translations"}
    wrong = [text for key, text in texts(french_only) if key not in codes and french.typographic(text) != text]
    assert wrong == []


@every_procedure
def test_everything_is_said_in_english_and_nothing_else(definition: ProcedureDefinition) -> None:
    assert "en" in definition.translations
    for code, words in definition.translations.items():
        assert set(words) == set(procedure_translations.texts(definition)), code
        assert in_language(definition, code).title == words[definition.title]
    assert in_language(definition, "fr") == definition


@every_procedure
def test_the_summary_is_short_sentences(definition: ProcedureDefinition) -> None:
    assert 3 <= len(definition.summary) <= 10
    assert all(sentence.endswith(".") and len(sentence.split()) <= 25 for sentence in definition.summary)


@every_procedure
def test_the_page_of_a_procedure_has_something_to_say(definition: ProcedureDefinition) -> None:
    assert definition.who
    assert definition.fee
    assert definition.other_channels
    assert definition.target_working_days
    assert definition.life_events
    assert len(definition.keywords) >= 8
    assert definition.outputs
    assert definition.personal_data.purpose


@every_procedure
def test_every_legal_regime_is_understood_by_the_clock(definition: ProcedureDefinition) -> None:
    regime = Regime.from_data(definition.regime_for({}))
    assert regime.basis
    assert Regime.from_data(regime.to_data()) == regime
    for variant in definition.regime_variants:
        assert Regime.from_data({**definition.regime, **variant.regime}) != regime


@every_procedure
def test_an_empty_form_is_complained_about_and_an_agent_is_not_blocked(definition: ProcedureDefinition) -> None:
    assert read_answers(definition, {}).errors
    partial = read_answers(definition, {}, unknowns_allowed=True)
    assert partial.is_acceptable
    assert partial.unknown


@every_procedure
def test_a_well_filled_form_is_accepted(definition: ProcedureDefinition) -> None:
    form, files = filled(definition)
    answers = read_answers(definition, form, files, today=date(2026, 3, 3))
    assert answers.errors == {}
    assert answers.ineligible is None


@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("nid de poule", "street_issue"),
        ("lampadaire", "street_issue"),
        ("poubelle", "waste_bin_bulky"),
        ("encombrants", "waste_bin_bulky"),
        ("cantine", "school_meals_aftercare"),
        ("creche", "childcare_place"),
        ("voter", "electoral_registration"),
        ("terasse", "terrace_permit"),
        ("salle des fetes", "room_booking"),
    ],
)
def test_common_words_lead_to_their_procedure(word: str, code: str) -> None:
    definition = next(one for one in PROCEDURES if one.code == code)
    assert french.fold(word) in {french.fold(keyword) for keyword in definition.keywords}


def test_the_eight_departments_can_be_reached_and_each_has_people() -> None:
    departments = catalogue.load_departments()
    assert len(departments) == 8
    for department in departments:
        assert check_email(department.email)
        assert check_phone(department.phone)
        assert department.address
        assert department.opening_hours
        roles = {
            membership.role
            for agent in catalogue.load_staff()
            for membership in agent.memberships
            if membership.department == department.code
        }
        assert {Role.CASE_HANDLER, Role.UNIT_SUPERVISOR} <= roles


def test_twelve_agents_hold_every_role() -> None:
    staff = catalogue.load_staff()
    assert len(staff) == len({agent.email for agent in staff}) == 12
    assert {membership.role for agent in staff for membership in agent.memberships} == set(Role) - CONFINED
    assert all(check_email(agent.email).endswith("@saint-aubin.example") for agent in staff)


def test_the_authority_is_coherent() -> None:
    authority = catalogue.load_authority()
    assert authority.name == "Ville de Saint-Aubin-les-Tilleuls"
    assert not get_calendar(authority.calendar).is_working_day(date(2026, 5, 1))
    assert check_siret(authority.details.siret)
    assert authority.triage_department in {department.code for department in catalogue.load_departments()}
    assert "Nantes" in authority.details.court.address


def test_a_faulty_file_is_named_with_its_fault(tmp_path: Path) -> None:
    (tmp_path / "departments.yaml").write_text("- code: a\n  nom: A\n", encoding="utf-8")
    with pytest.raises(Invalid, match=r"departments\.yaml .*«\u00a0nom\u00a0»"):
        catalogue.load_departments(tmp_path)


def test_a_procedure_of_an_unknown_department_is_refused(tmp_path: Path) -> None:
    (tmp_path / "procedures").mkdir()
    (tmp_path / "departments.yaml").write_text("[]", encoding="utf-8")
    (tmp_path / "procedures" / "street_issue.yaml").write_bytes((FILES / "street_issue.yaml").read_bytes())
    with pytest.raises(Invalid, match=r"street_issue\.yaml .*«\u00a0voirie\u00a0»"):
        catalogue.load_procedures(tmp_path)


SAMPLES: dict[FieldKind, str] = {
    FieldKind.TEXT: "Texte",
    FieldKind.LONG_TEXT: "Un texte plus long.",
    FieldKind.NUMBER: "12",
    FieldKind.MONEY: "1 500,00 €",
    FieldKind.DATE: "03/03/2026",
    FieldKind.YES_NO: "yes",
    FieldKind.EMAIL: "lea@exemple.fr",
    FieldKind.PHONE: "06 12 34 56 78",
    FieldKind.SIRET: "732 829 320 00074",
    FieldKind.RNA: "W751234567",
    FieldKind.IBAN: "FR76 3000 6000 0112 3456 7890 189",
    FieldKind.PLATE: "AB-123-CD",
}
PARTS: dict[FieldKind, dict[str, str]] = {
    FieldKind.PERSON: {
        "family_name": "Roy", "given_names": "Léa", "birth_date": "02/05/1990", "birth_place": "Angers, France",
    },
    FieldKind.ADDRESS: {"line": "3 rue Haute", "postcode": "49990", "city": "Saint-Aubin-les-Tilleuls"},
    FieldKind.PLACE: {"address": "Devant l’école"},
    FieldKind.PERIOD: {"start": "20/03/2026", "end": "22/03/2026"},
}  # fmt: skip


def filled(definition: ProcedureDefinition) -> tuple[dict[str, list[str]], dict[str, int]]:
    """A form in which every question of the procedure has a plausible answer."""
    form: dict[str, list[str]] = {}
    files: dict[str, int] = {}
    for field in definition.fields:
        for one, name in [(field, field.code), *((inner, f"{field.code}-0.{inner.code}") for inner in field.fields)]:
            if one.kind is FieldKind.FILES:
                files[name] = 1
            for suffix, text in sample(one).items():
                form[f"{name}{suffix}"] = [text]
    return form, files


def sample(field: Field) -> dict[str, str]:
    """What to post for a field: input suffix → text."""
    if field.choices:
        return {"": field.choices[0].value}
    if field.kind in PARTS:
        return {f".{part}": text for part, text in PARTS[field.kind].items()}
    if field.earliest.startswith("today+"):
        return {"": "30/03/2026"}
    return {"": SAMPLES[field.kind]} if field.kind in SAMPLES else {}
