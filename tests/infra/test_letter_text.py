"""The words of an administrator: readable, filled in, and never more than words."""

import re
from contextlib import suppress

import pytest
from jinja2 import UndefinedError

from backoffice.domain.letters import LETTERS
from backoffice.errors import Invalid
from backoffice.infra import letter_text, templating
from tests.infra.letters import HOSTILE, PUBLIC_URL, acts, case_values, letter_values

REFUSAL = LETTERS["refusal"]


def fault(body: str) -> str:
    with pytest.raises(Invalid) as refused:
        letter_text.check(body, REFUSAL)
    assert set(refused.value.faults) == {"body"}
    return refused.value.faults["body"]


def test_paragraphs_lists_bold_and_placeholders_become_a_letter() -> None:
    body = "Bonjour {{ usager }},\nici d'abord.\n\nApportez :\n- une **pièce**\n- l'avis d'{{service}}\nMerci !"
    letter_text.check(body, REFUSAL)
    values = {"usager": "Zoé <b>", "service": "Voirie & Cie"}
    page = letter_text.html(body, values, "fr")
    assert page == (
        "<p>Bonjour Zoé &lt;b&gt;, ici d’abord.</p>\n<p>Apportez\u00a0:</p>\n"
        "<ul><li>une<strong> pièce</strong></li><li>l’avis d’Voirie &amp; Cie</li></ul>\n<p>Merci\u00a0!</p>"
    )
    assert "une pièce" in letter_text.plain(body, values, "fr")
    assert "Zoé <b>" in letter_text.plain(body, values, "fr")


def test_another_language_keeps_its_own_typography() -> None:
    assert letter_text.html("It's ready!", {}, "en") == "<p>It&#39;s ready!</p>"


def test_a_value_is_never_read_as_words_of_the_text() -> None:
    value = "**gras** {{ reference }} {% raw %}\n\n- puce http://piege.example"
    page = letter_text.html("Objet : {{ objet }}.", {"objet": value, "reference": "SECRET"}, "fr")
    assert "<strong>" not in page
    assert "<li>" not in page
    assert "SECRET" not in page
    assert "href" not in page


@pytest.mark.parametrize(
    "body",
    [
        "{{ 7 * 7 }}",
        "{{ reference.__class__ }}",
        "{{ reference|upper }}",
        "{{ reference() }}",
        "{{ 'x' }}",
        "{{ none }}",
        "{{ reference",
        "{% for x in range(10) %}x{% endfor %}",
        "{% include 'documents/base.html' %}",
        "{% raw %}{{ reference }}{% endraw %}",
        "{# {{ reference }} #}",
        "{{- reference -}}",
        "{{ {{ reference }} }}",
        "{**{ 7 * 7 }**}",
        "{**% for x in range(10) %}x{% endfor %}",
        "{{ [].__class__.__base__.__subclasses__() }}",
        "{{ lipsum.__globals__ }}",
        "{{ reference ~ tracking_code }}",
    ],
)
def test_nothing_between_braces_is_evaluated(body: str) -> None:
    assert "accolades" in fault(body)
    for render in (letter_text.html, letter_text.plain):
        with suppress(Invalid):
            assert render(body, {"reference": "x"}, "fr") == "<p>{<strong>{ 7 * 7 }</strong>}</p>"


@pytest.mark.parametrize("name", ["self", "loop", "cycler", "namespace", "config", "limit_on", "date_limite"])
def test_a_placeholder_that_the_letter_does_not_offer_is_refused_with_those_it_does(name: str) -> None:
    sentence = fault(f"Avant le {{{{ {name} }}}}.")
    assert f"« {name} » n’existe pas dans ce courrier" in sentence
    assert "date_reception" in sentence
    with pytest.raises(UndefinedError):
        letter_text.html(f"{{{{ {name} }}}}", {"reference": "x"}, "fr")


@pytest.mark.parametrize("body", ["<b>gras</b>", "</p>", "<script>x</script>", "<!-- x -->"])
def test_html_is_refused_with_what_to_write_instead(body: str) -> None:
    assert "balises HTML" in fault(body)


def test_less_than_is_a_sign_and_no_tag() -> None:
    letter_text.check("moins de 12 m² : 5 < 12", REFUSAL)


def test_an_open_bold_passage_is_shown() -> None:
    assert "Apportez **une pièce" in fault("Bonjour.\n\nApportez **une pièce.")


def test_a_text_too_long_is_refused() -> None:
    assert "trop long" in fault("a" * (letter_text.LONGEST + 1))


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_whatever_a_case_holds_the_words_stand(text: str) -> None:
    values = {"objet": text}
    page = letter_text.html("**Objet** : « {{ objet }} »", values, "fr")
    assert page.startswith("<p><strong>Objet</strong>")
    assert page.count("<") == page.count(">") == 4


@pytest.mark.parametrize("code", LETTERS)
def test_the_words_shipped_can_be_saved_and_need_nothing_that_may_lack(code: str) -> None:
    letter, body = LETTERS[code], templating.shipped_words(code)
    letter_text.check(body, letter)
    values = dict(acts().values()).get(code, case_values())
    bare = {"citizen": dict.fromkeys(values["citizen"], ""), "department": dict.fromkeys(values["department"], "")}
    filled = templating.letter_values(letter, values | bare, PUBLIC_URL)
    letter_text.html(body, filled, "fr")


def test_every_placeholder_has_a_value_in_its_letter() -> None:
    for template, values in dict(acts().values()).items():
        letter = LETTERS[template]
        assert templating.letter_values(letter, values, PUBLIC_URL).keys() == {one.name for one in letter.placeholders}


def test_the_words_chosen_are_said_on_paper_and_in_the_mail_of_an_acknowledgement() -> None:
    second = {"language": "en", "body": "Dear {{ usager }}, **thank you**.\n\nOn {{ date_du_jour }}."}
    words = {"template": "acknowledgement", "language": "fr", "body": "Merci {{ usager }}."}
    values = case_values(letter=words | {"second": second})
    page = templating.document_html("acknowledgement", "x", values, PUBLIC_URL)
    mail = templating.mail("acknowledgement", values, PUBLIC_URL)
    for html in (page, mail.html):
        english = html.index('lang="en" dir="ltr"><p>Dear Maryse Lefèvre-Dubois,<strong> thank you</strong>.</p>')
        assert re.search(r"<p>On \w+day,? \d", html), "a date is written as the language writes it"
        assert english < html.index("<div><p>Merci Maryse Lefèvre-Dubois.</p></div>")
    assert mail.text.index("Dear Maryse Lefèvre-Dubois, thank you.") < mail.text.index("Merci Maryse Lefèvre-Dubois.")


def test_a_letter_without_words_of_its_own_says_none() -> None:
    page = templating.document_html("letter", "x", letter_values(letter={"template": "letter"}), PUBLIC_URL)
    assert "Notre équipe passera jeudi." in page
