"""A reply shows what its writer has just written; his words are never lost."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels import html_text, mime, replies
from tests.channels import samples

QUOTED = "\n\nLe 3 mars 2025 à 09:41, Mairie <accueil@saint-aubin.example> a écrit :\n\n> Bonjour\n> À bientôt\n"


PIECES = [
    *("> cité", "Bonjour", "", "De : a@b.example", "Envoyé : 3 mars 2025", "À : c@d.example", "-- ", "Objet : x"),
    *("Le 3 mars 2025 à 9:00, X a écrit :", "-----Message d'origine-----", "_" * 32, "Envoyé de mon iPhone"),
    *("<b>gras</b>", "Pensez à l'environnement", "> Le 3 mars 2025 à 9:00, X a écrit :", "Merci, c'est fait."),
]


def words_of(reply: replies.Reply) -> list[str]:
    return f"{reply.visible}\n{reply.elided}\n{reply.signature}".split()


@pytest.mark.parametrize("name", samples.having("text"))
def test_each_sample_shows_its_own_words(name: str) -> None:
    shown = replies.visible(mime.parse(samples.raw(name))).visible
    assert shown.split() == samples.EXPECTED[name]["text"].split()


def test_what_is_not_shown_is_folded_not_lost() -> None:
    reply = replies.visible("Merci.\n\n-- \nNadia" + QUOTED)
    assert (reply.visible, reply.signature) == ("Merci.", "-- \nNadia")
    assert "À bientôt" in reply.elided


def test_a_text_that_is_only_a_quotation_is_shown_whole() -> None:
    assert replies.visible(QUOTED).visible.split() == QUOTED.split()


def test_answers_between_the_quoted_lines_are_shown_with_them() -> None:
    answers = "> Votre adresse ?\n12 rue des Lilas\n> Votre téléphone ?\n06 00 00 00 00\n"
    reply = replies.visible(answers + "> Merci\n> L'accueil\n")
    assert reply.visible.split() == answers.split()
    assert reply.elided == "> Merci\n> L'accueil"


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=300))
def test_every_word_of_a_text_is_either_shown_or_folded(text: str) -> None:
    reply = replies.visible(text)
    assert sorted(words_of(reply)) == sorted(text.split())


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=25))
def test_no_arrangement_of_lines_loses_a_word(lines: list[str]) -> None:
    text = "\n".join(lines)
    reply = replies.visible(text)
    assert sorted(words_of(reply)) == sorted(text.split())
    assert reply.visible.strip() or not any(letter.isalnum() for letter in text)


def test_html_is_cleaned_before_it_is_shown() -> None:
    clean = html_text.sanitise(
        '<p onclick="x()">Bonjour<script>alert(1)</script><img src="http://suivi.example/p.gif"><img src="cid:logo">'
        '<a href="javascript:x">a</a><a href="https://ville.example">b</a></p>'
    )
    assert "script" not in clean
    assert "suivi.example" not in clean
    assert "onclick" not in clean
    assert 'src="cid:logo"' in clean
    assert 'rel="noopener noreferrer nofollow"' in clean


@pytest.mark.timeout(20)
@pytest.mark.parametrize("start", ["Begin forwarded message:", "---------- Forwarded message", "(https://a.example/b)"])
@pytest.mark.parametrize("filling", [" ", "-", "\t", "> "])
def test_a_line_of_blanks_without_end_keeps_nobody_waiting(start: str, filling: str) -> None:
    """Time that grows with the square of the length would be hours here."""
    line = f"{start}{filling * 500_000}x"
    reply = replies.visible(f"Bonjour,\n\n> citation\n{line}\n> citation\nMerci.")
    assert "Bonjour," in reply.visible
