"""The rules in force for French local authorities, and the variant of the bill before Parliament, as data.

Each value marked TO_CONFIRM awaits a jurist (domain.md §10); an administrator changes it through `amended`,
never in the code. The sources are those of domain.md §2 and §11.
"""

from dataclasses import replace
from datetime import date

from backoffice.domain.law import Confidence, LegalRule, Ruleset
from backoffice.domain.periods import Period
from backoffice.errors import Invalid

SOURCE, KNOWN, TO_CONFIRM = Confidence.SOURCE, Confidence.KNOWN, Confidence.TO_CONFIRM
CRPA = date(2016, 1, 1)
ELECTRONIC_NOTICES = date(2016, 11, 7)
HOUSE = "usage de la collectivité, sans texte"

COMPETENT, FIRST = "competent_authority", "first_authority"
RESTART, SUSPEND = "restart", "suspend"
LAST_DAY_EXCLUDED, BOTH_DAYS_COUNTED = "last_day_excluded", "both_days_counted"
POSTMARK, RECEIPT = "postmark", "receipt"
RESUMPTION = "resumption"


def _period(rule_id: str, value: str, article: str, confidence: Confidence, note: str = "") -> LegalRule:
    return LegalRule(rule_id, article, Period.parse(value), confidence, note)


RECEIPT_RULES = (
    LegalRule(
        "filing",
        "articles L. 112-1 et L. 112-13 du CRPA",
        POSTMARK,
        SOURCE,
        "Quand l’usager doit respecter une date limite, le cachet de la poste fait foi.",
        CRPA,
        choices=(POSTMARK, RECEIPT),
    ),
    LegalRule(
        "registration_notice",
        "article R. 112-11-2 du CRPA",
        Period.parse("1 working_day"),
        SOURCE,
        "L’accusé d’enregistrement électronique part aussitôt ou, à défaut, dans ce délai.",
        ELECTRONIC_NOTICES,
    ),
    LegalRule(
        "acknowledgement.electronic",
        "article R. 112-11-2 du CRPA",
        Period.parse("10 working_days"),
        SOURCE,
        "Délai compté depuis la réception de l’envoi électronique.",
        ELECTRONIC_NOTICES,
    ),
    _period(
        "acknowledgement.other",
        "10 working_days",
        HOUSE,
        KNOWN,
        "L’article R. 112-5 du CRPA ne fixe pas de délai hors voie électronique : même délai pour tous.",
    ),
    _period("target", "1 working_day", HOUSE, KNOWN, "Unité des objectifs de la collectivité."),
)

SILENCE_RULES = (
    LegalRule(
        "silence.acceptance",
        "article L. 231-1 du CRPA",
        Period.parse("2 months"),
        SOURCE,
        "Délai de droit commun, quand le régime de la démarche n’en fixe pas un autre.",
        CRPA,
    ),
    LegalRule(
        "silence.rejection",
        "article L. 231-4 du CRPA",
        Period.parse("2 months"),
        SOURCE,
        "Délai de droit commun, quand le régime de la démarche n’en fixe pas un autre.",
        CRPA,
    ),
    LegalRule(
        "start.acceptance",
        "article L. 114-3 du CRPA",
        COMPETENT,
        SOURCE,
        "",
        CRPA,
        choices=(COMPETENT, FIRST),
    ),
    LegalRule("start.rejection", "article L. 114-3 du CRPA", FIRST, SOURCE, "", CRPA, choices=(COMPETENT, FIRST)),
    LegalRule(
        "start.resumed",
        HOUSE,
        RESUMPTION,
        TO_CONFIRM,
        "Une demande retirée puis reprise est regardée comme une nouvelle demande, reçue le jour de la reprise.",
        choices=(RESUMPTION, RECEIPT),
    ),
    LegalRule(
        "incomplete.acceptance",
        "article L. 114-5 du CRPA",
        RESTART,
        SOURCE,
        "",
        CRPA,
        choices=(RESTART, SUSPEND),
    ),
    LegalRule(
        "incomplete.rejection",
        "article L. 114-5 du CRPA",
        SUSPEND,
        SOURCE,
        "",
        CRPA,
        choices=(RESTART, SUSPEND),
    ),
    LegalRule(
        "suspension.day_count",
        "article L. 114-5 du CRPA",
        LAST_DAY_EXCLUDED,
        TO_CONFIRM,
        "Jours de suspension : différence entre la date de la demande de pièces et celle de la reprise.",
        CRPA,
        choices=(LAST_DAY_EXCLUDED, BOTH_DAYS_COUNTED),
    ),
    LegalRule(
        "silence.rolls",
        "articles L. 231-1 et L. 231-4 du CRPA",
        False,
        TO_CONFIRM,
        "Pas de report un samedi, un dimanche ou un jour férié (exemple officiel : 1er mai 2022).",
        CRPA,
    ),
    _period(
        "claimable",
        "1 day",
        "articles 641 et 642 du code de procédure civile",
        KNOWN,
        "Le délai expire à minuit.",
    ),
    _period(
        "signing_margin",
        "1 day",
        HOUSE,
        KNOWN,
        "La décision doit être notifiée avant la date, pas le jour même.",
    ),
    _period(
        "retraction",
        "4 months",
        "article L. 242-1 du CRPA",
        KNOWN,
        "Seule une décision illégale peut être retirée, après procédure contradictoire (article L. 121-1).",
    ),
)

ANSWER_RULES = (
    LegalRule("answer.rolls", "texte propre à la démarche", False, KNOWN, "Jours du calendrier, sans report."),
    LegalRule(
        "answer.eu.rolls",
        "article 3 du règlement (CEE, Euratom) n° 1182/71",
        True,
        TO_CONFIRM,
        "Un délai européen qui finit un samedi, un dimanche ou un jour férié est reporté.",
    ),
)

RAPO = "Recours administratif préalable obligatoire."
CADA_NOTE = "La CADA compterait des mois de date à date, sans délai franc : à vérifier."

APPEAL_RULES = (
    _period(
        "appeal.ordinary",
        "2 clear months rolling",
        "articles R. 421-1 et R. 421-2 du CJA",
        SOURCE,
        "Délai franc.",
    ),
    _period("appeal.ordinary.silence", "2 months", "articles L. 411-2 et L. 231-4 du CRPA", SOURCE),
    _period("appeal.ordinary.court", "2 clear months rolling", "article L. 411-2 du CRPA", SOURCE, "Délai franc."),
    _period("appeal.cada", "2 clear months rolling", "article R. 343-1 du CRPA", TO_CONFIRM, f"{RAPO} {CADA_NOTE}"),
    _period("appeal.cada.silence", "2 months", "article R. 343-5 du CRPA", TO_CONFIRM),
    _period("appeal.cada.court", "2 clear months rolling", "article R. 421-1 du CJA", TO_CONFIRM),
    _period("appeal.prefet", "2 clear months rolling", "CESEDA, attestation d’accueil", TO_CONFIRM, RAPO),
    _period("appeal.prefet.silence", "1 month", "CESEDA, attestation d’accueil", TO_CONFIRM),
    _period("appeal.prefet.court", "2 clear months rolling", "article R. 421-1 du CJA", TO_CONFIRM),
    _period("appeal.commission_controle", "5 days", "article L. 18 du code électoral", TO_CONFIRM, RAPO),
    _period("appeal.commission_controle.silence", "30 days", "article L. 18 du code électoral", TO_CONFIRM),
    _period("appeal.commission_controle.court", "7 days", "article L. 20 du code électoral", TO_CONFIRM),
    _period("distance.overseas", "1 month", "article R. 421-7 du CJA", KNOWN),
    _period("distance.abroad", "2 months", "article R. 421-7 du CJA", KNOWN),
    LegalRule(
        "appeal.local_holidays",
        "article 642 du code de procédure civile et article L. 3422-2 du code du travail",
        True,
        TO_CONFIRM,
        "Les jours fériés propres au territoire reportent aussi la fin des délais de recours.",
    ),
    LegalRule(
        "appeal.collegial_bar",
        "article R. 421-3 du CJA",
        False,
        TO_CONFIRM,
        "Décision prise par une assemblée ou sur son avis : seul un refus exprès fait courir le délai.",
    ),
    LegalRule(
        "acknowledgement.late_counts",
        "article L. 112-6 du CRPA",
        False,
        TO_CONFIRM,
        "Un accusé de réception tardif est traité comme absent : le délai de recours n’est pas opposable.",
        CRPA,
    ),
    _period("reasons", "1 month", "article L. 232-4 du CRPA", SOURCE),
    _period("appeal.after_reasons", "2 clear months rolling", "article L. 232-4 du CRPA", SOURCE, "Délai franc."),
    _period(
        "reasonable_time",
        "12 months",
        "CE, 13 juillet 2016, Czabaj",
        TO_CONFIRM,
        "Environ un an, quand le délai de recours n’est pas opposable.",
    ),
)

DEFAULT = Ruleset(
    "crpa-2016",
    "Droit en vigueur (CRPA, texte de l’article L. 114-5 avec nouveau départ du délai)",
    (*RECEIPT_RULES, *SILENCE_RULES, *ANSWER_RULES, *APPEAL_RULES),
)

_BILL = "projet de loi de simplification de la vie économique (article L. 114-5 du CRPA modifié)"
PENDING_BILL = DEFAULT.amended(
    "crpa-simplification",
    "Projet de loi de simplification : suspension du délai au lieu d’un nouveau départ",
    [
        replace(
            DEFAULT.rule("incomplete.acceptance", CRPA),
            article=_BILL,
            value=SUSPEND,
            confidence=TO_CONFIRM,
            valid_from=None,
            note="Promulgation et application aux demandes en cours à vérifier.",
        )
    ],
)

RULESETS = {ruleset.version: ruleset for ruleset in (DEFAULT, PENDING_BILL)}


def get_ruleset(version: str) -> Ruleset:
    """The state of the law snapshotted on a case, by its name; raises Invalid when there is none."""
    try:
        return RULESETS[version]
    except KeyError:
        raise Invalid(f"La version du droit « {version} » n’existe pas.") from None
