"""What makes a password easy to guess: its length, the words that everybody tries first, and those of the house."""

import re
from collections.abc import Iterable

from backoffice.domain.french import fold

SHORTEST = 12
LONGEST = 1024
# Beside what is guessed first, what is left must be worth something (CNIL 2022-100: twelve signs with throttling).
FEWEST_OWN_SIGNS = 6
FEWEST_DIFFERENT = 5
SHORTEST_WORD = 4

# Letters that people replace by figures and signs, and that programs replace back.
_DISGUISES = str.maketrans("013457@$!€", "oieastasie")
_ROWS = (
    "azertyuiopqsdfghjklmwxcvbn",
    "qwertyuiopasdfghjklzxcvbnm",
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "1qaz2wsx3edc",
)
_RUN = 4

# The words of the lists of stolen passwords, French and English: alone, twice, or with figures around, they fall in the
# first thousands of trials.
_LISTED = """
motdepasse password passw passe pass secret bonjour bonsoir salut coucou azerty qwerty admin administrateur
administrator root user utilisateur invite guest test essai demo welcome bienvenue letmein login connexion
ouvert sesame changer changeme default defaut temporaire provisoire mairie ville commune agglo metropole
departement region collectivite service accueil agent public france paris lyon marseille toulouse nantes
bordeaux lille soleil lune etoile chocolat doudou loulou nounou chouchou princesse coeur amour jetaime
iloveyou love bisous bebe maman papa famille vacances football olympique psg monkey dragon master sunshine
princess shadow superman batman pokemon starwars pikachu naruto michael jordan nicolas julien camille thomas
marine caroline isabelle catherine stephane frederic philippe christophe sebastien alexandre guillaume
sandrine valerie nathalie sophie marie pierre jean louis janvier fevrier mars avril mai juin juillet aout
septembre octobre novembre decembre lundi mardi mercredi jeudi vendredi samedi dimanche printemps automne
hiver noel ordinateur bureau internet google facebook microsoft windows computer orange wanadoo liberte
egalite fraternite republique tricolore champion tintin asterix obelix doraemon whatever freedom trustno
nothing forever summer winter autumn spring january february march april june july august september october
november december monday tuesday wednesday thursday friday saturday sunday company business parvis
"""
COMMON = frozenset(_LISTED.split())


def fault_of(password: str, own_words: Iterable[str] = ()) -> str:
    """What is wrong with a password, in a sentence that says what to do; empty when nothing is.

    `own_words` are what a stranger would try here first: the authority's name, the agent's name and address.
    """
    if len(password) < SHORTEST:
        return f"Choisissez un mot de passe d’au moins {SHORTEST} caractères, par exemple quatre mots."
    if len(password) > LONGEST:
        return f"Ce mot de passe est trop long : {LONGEST} caractères au plus."
    if len(set(password)) < FEWEST_DIFFERENT or _left_of(password, COMMON) < FEWEST_OWN_SIGNS:
        return "Ce mot de passe est trop facile à deviner : choisissez-en un autre, par exemple quatre mots sans lien."
    own = {word for said in own_words for word in re.split(r"[^a-z0-9]+", fold(said)) if len(word) >= SHORTEST_WORD}
    if _left_of(password, COMMON | own) < FEWEST_OWN_SIGNS:
        return "Ce mot de passe reprend votre nom ou celui de la collectivité : choisissez-en un autre."
    return ""


def _left_of(password: str, words: frozenset[str]) -> int:
    """How many different signs are left of a password once what is guessed first is taken away."""
    # Years and signs around a word are the first thing that programs add.
    plain = re.sub(r"^[^a-z]+|[^a-z]+$", "", fold(password))
    return min(len(set(_without(reading, words)) - {" "}) for reading in (plain, plain.translate(_DISGUISES)))


def _without(text: str, words: frozenset[str]) -> str:
    # The longest first: « motdepasse » is not « passe » with something around it.
    for word in sorted((one for one in words if len(one) >= SHORTEST_WORD), key=len, reverse=True):
        text = text.replace(word, " ")
    for row in (*_ROWS, *(row[::-1] for row in _ROWS)):
        for start in range(len(row) - _RUN + 1):
            text = text.replace(row[start : start + _RUN], " ")
    return text
