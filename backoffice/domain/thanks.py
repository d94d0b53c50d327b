"""Words that only thank: a closed case keeps them and stays closed."""

import re

from backoffice.domain.french import fold

# A message is taken for thanks when each of its words is one of these: any other may be a question or a complaint.
_THANKS = frozenset({"merci", "mercis", "remercie", "remercions", "remerciements", "thanks", "thank"})
_POLITE = """
    bonjour bonsoir madame monsieur mesdames messieurs mme mlle mr m chere cher chers pour de du des la le les l un
    une d et a au aux en ce cette votre vos ton ta tes mon mes notre nos je j vous nous t c est etes suis sommes ai
    avons avez ete tres bien si aussi encore tout toute toutes tous fois beaucoup infiniment vivement mille grand
    sincerement chaleureusement reponse reponses retour retours aide assistance intervention travail rapidite
    efficacite reactivite gentillesse amabilite professionnalisme diligence disponibilite patience explications
    informations information precisions message mail courriel courrier service services equipe equipes mairie ville
    agent agents temps attention accueil soin effort efforts comprehension suivi rapide rapides efficace prompte
    complete claire claires precieuse accorde accordee apporte apportee recu recue note entendu accord ok parfait
    parfaite super genial excellent excellente formidable top impeccable nickel bravo felicitations satisfait
    satisfaite ravi ravie content contente heureux heureuse reconnaissant reconnaissante regle reglee resolu resolue
    repare reparee cordialement cordiales salutations sinceres respectueusement meilleurs meilleures sentiments
    distingues distinguees veuillez agreer agreez recevez expression bonne bon journee soiree fin semaine week end
    continuation vacances you very much so your for the help answer reply quick best kind regards great perfect
"""
_COURTESY = _THANKS.union(_POLITE.split())
_MOST_WORDS = 60
_WORD = re.compile(r"[^\W_]+")


def is_only_thanks(text: str) -> bool:
    """Whether a text thanks and asks nothing. In doubt it does not: reopening for nothing costs less than silence."""
    words = _WORD.findall(fold(text))
    if "?" in text or len(words) > _MOST_WORDS or not _THANKS.intersection(words):
        return False
    return all(_is_courtesy(line) for line in text.splitlines())


def _is_courtesy(line: str) -> bool:
    """Only words of courtesy, or a name alone on its line, with or without a title."""
    unknown = [word for word in _WORD.findall(line) if fold(word) not in _COURTESY]
    is_name = len(unknown) <= 3 and len(_WORD.findall(line)) - len(unknown) <= 1
    return not unknown or (is_name and all(word[0].isupper() for word in unknown))
