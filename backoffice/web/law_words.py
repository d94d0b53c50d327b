"""The rules of the clock and their values, as people name them: a code is for the machine."""

from backoffice.domain import rulesets
from backoffice.domain.law import Confidence, LegalRule
from backoffice.domain.periods import Period
from backoffice.domain.procedures import DocumentSource
from backoffice.domain.regime import AppealRoute, Regime, Silence
from backoffice.services import law

NAMES = {
    "filing": "Date limite que l’usager doit respecter",
    "registration_notice": "Accusé d’enregistrement électronique",
    "acknowledgement.electronic": "Accusé de réception d’un envoi électronique",
    "acknowledgement.other": "Accusé de réception des autres envois",
    "acknowledgement.late_counts": "Accusé de réception tardif",
    "target": "Objectif de la collectivité",
    "silence.acceptance": "Silence qui vaut acceptation",
    "silence.rejection": "Silence qui vaut rejet",
    "silence.rolls": "Report de la date du silence un jour non ouvré",
    "start.acceptance": "Départ du délai, quand le silence vaut acceptation",
    "start.rejection": "Départ du délai, quand le silence vaut rejet",
    "start.resumed": "Départ du délai d’une demande reprise",
    "incomplete.acceptance": "Pièces manquantes, quand le silence vaut acceptation",
    "incomplete.rejection": "Pièces manquantes, quand le silence vaut rejet",
    "suspension.day_count": "Compte des jours de suspension",
    "claimable": "Effet du silence, après sa date",
    "signing_margin": "Marge pour signer avant la date",
    "retraction": "Retrait d’une acceptation née du silence",
    "answer.rolls": "Report d’un délai de réponse un jour non ouvré",
    "answer.eu.rolls": "Report d’un délai européen un jour non ouvré",
    "appeal.ordinary": "Délai de recours",
    "appeal.ordinary.silence": "Silence sur un recours gracieux ou hiérarchique",
    "appeal.ordinary.court": "Saisine du tribunal après ce recours",
    "appeal.cada": "Saisine de la CADA",
    "appeal.cada.silence": "Silence sur la saisine de la CADA",
    "appeal.cada.court": "Saisine du tribunal après la CADA",
    "appeal.prefet": "Recours devant le préfet",
    "appeal.prefet.silence": "Silence du préfet",
    "appeal.prefet.court": "Saisine du tribunal après le préfet",
    "appeal.commission_controle": "Recours devant la commission de contrôle",
    "appeal.commission_controle.silence": "Silence de la commission de contrôle",
    "appeal.commission_controle.court": "Saisine du tribunal après la commission de contrôle",
    "appeal.local_holidays": "Jours fériés locaux et délais de recours",
    "appeal.collegial_bar": "Délai de recours contre le silence d’une assemblée",
    "appeal.after_reasons": "Délai de recours après la communication des motifs",
    "distance.overseas": "Délai de distance outre-mer",
    "distance.abroad": "Délai de distance à l’étranger",
    "reasons": "Communication des motifs d’un refus implicite",
    "reasonable_time": "Délai raisonnable pour agir",
}

CHOICES = {
    rulesets.COMPETENT: "réception par l’administration compétente",
    rulesets.FIRST: "réception par la première administration saisie",
    rulesets.RESTART: "le délai ne court qu’à partir de la réception des pièces",
    rulesets.SUSPEND: "le délai est suspendu",
    rulesets.LAST_DAY_EXCLUDED: "le dernier jour n’est pas compté",
    rulesets.BOTH_DAYS_COUNTED: "le premier et le dernier jour sont comptés",
    rulesets.POSTMARK: "cachet de la poste",
    rulesets.RECEIPT: "réception",
    rulesets.RESUMPTION: "reprise de la demande",
}

CONFIDENCE_LABELS: dict[str, str] = {
    Confidence.SOURCE: "Texte vérifié",
    Confidence.KNOWN: "Connu par la pratique",
    Confidence.TO_CONFIRM: "À confirmer",
}


SOURCES: dict[str, str] = {
    DocumentSource.USER: "L’usager",
    DocumentSource.API: "L’administration qui la détient, directement",
    DocumentSource.ALREADY_HELD: "La collectivité, qui l’a déjà",
    DocumentSource.DECLARATION: "Une déclaration de l’usager suffit",
}
"""Who gives a document of a procedure (CRPA L114-8, L113-12 and L113-13)."""

SILENCES = {
    Silence.ACCEPTANCE.value: "Le silence vaut acceptation",
    Silence.REJECTION.value: "Le silence vaut rejet",
    Silence.NONE.value: "Le silence ne vaut aucune décision",
}

APPEAL_ROUTES = {
    AppealRoute.ORDINARY.value: "Recours ordinaire, devant le tribunal administratif",
    AppealRoute.CADA.value: "CADA d’abord, obligatoirement",
    AppealRoute.PREFET.value: "Préfet d’abord, obligatoirement",
    AppealRoute.COMMISSION_CONTROLE.value: "Commission de contrôle des listes électorales d’abord, obligatoirement",
    AppealRoute.CNIL.value: "Réclamation à la CNIL",
    AppealRoute.NONE.value: "Aucun",
}


def effect(regime: Regime) -> str:
    """What the silence of the administration is worth: « Rejet, 2 mois »."""
    if regime.silence is Silence.NONE:
        return f"Sans effet ; réponse due sous {regime.delay.in_french()}" if regime.delay else "Sans effet"
    meaning = "Acceptation" if regime.silence is Silence.ACCEPTANCE else "Rejet"
    return f"{meaning}, {regime.delay.in_french() if regime.delay else 'délai de droit commun'}"


def name(rule: LegalRule) -> str:
    """What a rule is about."""
    return NAMES.get(rule.id, rule.id)


def value(rule: LegalRule) -> str:
    """What a rule says: « 2 mois », « non », « cachet de la poste »."""
    if isinstance(rule.value, Period):
        return rule.value.in_french()
    return CHOICES.get(str(rule.value)) or law.show_value(rule.value)


def choices(rule: LegalRule) -> list[tuple[str, str]]:
    """The values that a rule may have, each with its words; none when any value may be written."""
    return [(one, CHOICES.get(one, one)) for one in rule.choices]
