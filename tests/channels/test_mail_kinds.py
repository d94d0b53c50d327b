"""Machines are told from people, and people are never taken for machines."""

import json

import pytest

from channels import mail_classify, mail_kinds, mime
from channels.mail_kinds import Kind
from tests.channels import samples


def classified(name: str) -> dict[str, object]:
    (line,) = mail_classify.classify_lines([f"{samples.FOLDER / name}.eml\n"])
    result: dict[str, object] = json.loads(line)
    return result


@pytest.mark.parametrize("name", samples.having("kind"))
def test_each_sample_is_of_its_kind(name: str) -> None:
    result = classified(name)
    assert (result["kind"], result["error"]) == (samples.EXPECTED[name]["kind"], None)


@pytest.mark.parametrize("name", samples.having("detail"))
def test_the_kinds_shown_as_one_are_told_apart(name: str) -> None:
    assert mail_kinds.kind(mime.parse(samples.raw(name))).kind.value == samples.EXPECTED[name]["detail"]


@pytest.mark.parametrize("name", samples.having("bounce"))
def test_a_bounce_says_whom_why_and_which_message(name: str) -> None:
    bounce = mail_kinds.kind(mime.parse(samples.raw(name))).bounce
    assert bounce is not None
    found = {field: getattr(bounce, field) for field in samples.EXPECTED[name]["bounce"]}
    if "recipients" in found:
        found["recipients"] = list(found["recipients"])
    assert found == samples.EXPECTED[name]["bounce"]


def test_a_delay_counts_against_nobody() -> None:
    bounce = mail_kinds.kind(mime.parse(samples.raw("bounce-postfix-delai"))).bounce
    assert bounce is not None
    assert not bounce.is_failure
    assert not bounce.permanent


def test_our_own_mail_coming_back_is_a_loop() -> None:
    parsed = mime.parse(b"From: Accueil <ACCUEIL@ville.example>\nMessage-ID: <1@mairie.example>\n\nBonjour")
    assert mail_kinds.kind(parsed, own_addresses=["accueil@ville.example"]).kind is Kind.LOOP
    assert mail_kinds.kind(parsed, own_domain="mairie.example").kind is Kind.LOOP
    assert mail_kinds.kind(parsed).kind is Kind.REQUEST


def test_a_list_message_is_a_persons_but_is_not_acknowledged() -> None:
    verdict = mail_kinds.kind(mime.parse(samples.raw("request-liste")))
    assert verdict.is_human
    assert not verdict.may_acknowledge


def test_a_missing_file_gives_its_error_and_the_next_is_read() -> None:
    missing, found = mail_classify.classify_lines(["/nowhere/absent.eml", f"{samples.FOLDER / 'request-auto-no'}.eml"])
    assert json.loads(missing)["error"]
    assert json.loads(found)["kind"] == "request"
