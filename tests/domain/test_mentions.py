"""Whom a text names."""

import pytest

from backoffice.domain.mentions import Colleague, Mentions, begins, matches, resolve, write

HELENE = Colleague(1, "Hélène Le Goff", "h.legoff@ville.example")
JEAN = Colleague(2, "Jean-Paul D’Arc", "jp.darc@ville.example")
TWIN = Colleague(3, "Hélène Le Goff", "helene2@ville.example")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Vu avec @helene.le.goff.", (1,)),
        ("(@Hélène.Le-Goff, @H.LeGoff) et @jean.paul.d.arc", (1, 2)),
        ("@jp.darc@ville.example ?", (2,)),
        ("Écrire à jp.darc@ville.example et à a@b.example, ou @ rien", ()),
    ],
)
def test_a_colleague_is_named_by_name_or_address(text: str, found: tuple[int, ...]) -> None:
    assert resolve(text, [HELENE, JEAN]) == Mentions(found)


def test_what_names_nobody_or_several_is_told_apart() -> None:
    read = resolve("@helene.le.goff @marie.curie @helene2@ville.example", [HELENE, TWIN])
    assert read == Mentions((3,), ("@marie.curie",), ("@helene.le.goff",))
    assert write(JEAN, [HELENE, TWIN, JEAN]) == "@jean.paul.d.arc"
    assert write(HELENE, [HELENE, TWIN]) == "@h.legoff@ville.example"


def test_a_name_is_proposed_from_the_beginning_of_any_of_its_words() -> None:
    assert matches(HELENE, "gof")
    assert matches(HELENE, "Hel")
    assert matches(HELENE, "h.leg")
    assert not matches(HELENE, "off")
    assert [begins(HELENE, typed) for typed in ("hél", "h.leg", "gof")] == [True, True, False]
