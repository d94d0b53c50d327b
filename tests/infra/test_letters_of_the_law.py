"""The letters that the law asks for: each says its effect, its dates, who signs and how to contest, in plain words."""

import re

import pytest
from jinja2 import UndefinedError

from backoffice.infra import templating
from tests.infra.letters import PIECES, PUBLIC_URL, REGIMES, acts, case_values, missing_values
from tests.infra.test_templating import Reader, plain

ACTS = acts()


def read(name: str) -> str:
    """A letter of the law as it is read, on one line, with plain spaces."""
    template, values = ACTS[name]
    return shown(template, values)


def shown(template: str, values: dict[str, object]) -> str:
    text = Reader(templating.document_html(template, "Titre", values, PUBLIC_URL)).text
    return " ".join(plain(text).split())


def test_missing_pieces_are_named_with_the_text_that_asks_for_them_and_the_last_day() -> None:
    text = read("missing documents, rejection")
    assert "Votre dossier n° 2026-000123 est incomplet" in text
    assert "Plan coté de la terrasse Exigé par : code de la voirie routière, article L. 113-2" in text
    assert (
        "Photographie de la façade (votre dossier avance sans attendre cette pièce, article L. 114-5-1 du CRPA)" in text
    )
    assert "au plus tard le lundi 20 avril 2026, par le moyen de votre choix" in text
    assert "aucune copie certifiée conforme" in text
    assert "appelez le 02 61 91 40 20" in text


def test_missing_pieces_suspend_a_rejection() -> None:
    text = read("missing documents, rejection")
    assert "sera réputée rejetée est suspendu pendant le délai qui vous est imparti" in text
    assert "la production de ces pièces indispensables avant son expiration met fin à cette suspension" in text
    assert "acceptée" not in text


def test_missing_pieces_restart_an_acceptance() -> None:
    text = read("missing documents, acceptance")
    assert "sera réputée acceptée ne court qu’à compter de la réception de l’ensemble de ces pièces" in text
    assert "suspendu" not in text


def test_pieces_that_are_not_indispensable_stop_nothing() -> None:
    text = read("missing documents, not blocking")
    assert "continue sans attendre ces pièces (article L. 114-5-1 du CRPA)" in text
    assert "L. 114-5 du" not in text


def test_when_every_piece_is_indispensable_the_letter_does_not_sort_them() -> None:
    text = shown("missing_documents", missing_values(pieces=PIECES[:1]))
    assert "la production de ces pièces avant" in text


def test_a_transmission_says_who_has_the_request_and_whose_clock_runs() -> None:
    text = read("transmission")
    assert "En application de l’article L. 114-2" in text
    assert "nous la lui avons transmise le mercredi 4 mars 2026" in text
    assert "vous n’avez aucune démarche à accomplir" in text
    assert "le silence vaudrait rejet court depuis le lundi 2 mars 2026" in text
    for contact in ("Communauté de communes du Val", "1 rue du Pont", "contact@val.example", "02 41 00 00 00"):
        assert contact in text
    accepted = ACTS["transmission"][1] | {"regime": REGIMES["acceptance"]}
    assert "ne court qu’à compter de sa réception par cette administration" in shown("transmission", accepted)


def test_a_silence_that_accepts_says_since_when_and_how_to_prove_it() -> None:
    text = read("silence accepts")
    assert "Votre demande n° 2026-000123 est acceptée" in text
    assert "réputée acceptée depuis le samedi 2 mai 2026 (article L. 231-1 du CRPA)" in text
    assert "l’attestation prévue à l’article L. 232-3" in text
    assert "recours" not in text


def test_a_silence_that_rejects_says_how_to_ask_why_and_how_to_contest() -> None:
    text = read("silence rejects")
    assert "réputée rejetée depuis le samedi 2 mai 2026" in text
    assert "nous pouvons encore vous répondre" in text
    assert "les motifs de ce refus, dans le délai de recours (article L. 232-4 du CRPA)" in text
    assert "dans un délai de deux mois à compter du samedi 2 mai 2026" in text
    assert "opposés" not in text


def test_without_a_proper_acknowledgement_the_periods_of_appeal_do_not_hold() -> None:
    text = read("silence rejects late")
    assert "les délais de recours ne peuvent donc pas vous être opposés (article L. 112-6 du CRPA)" in text
    assert "dans un délai raisonnable, en règle générale un an" in text
    assert "deux mois à compter du" not in text.replace("deux mois à compter du jour où ces motifs", "")


def test_a_certificate_names_its_signatory_and_the_day_of_the_acceptance() -> None:
    text = read("certificate")
    assert "Je, Nadège Le Bihan, Adjointe au maire chargée du commerce, agissant par délégation" in text
    assert "reçue complète le lundi 2 mars 2026" in text
    assert "dans le délai de deux mois" in text
    assert "réputée acceptée depuis le samedi 2 mai 2026" in text
    assert "Fait à Saint-Aubin-les-Tilleuls, le lundi 2 mars 2026" in text


def test_a_refusal_begins_with_plain_words_then_gives_its_reasons_in_law_and_in_fact() -> None:
    text = read("refusal, rejection")
    in_order = [
        "Votre demande est refusée parce que le trottoir est trop étroit.",
        "Décision de refus – demande n° 2026-000123",
        "Vu le code de la voirie routière, article L. 113-2 ;",
        "Vu le règlement de voirie du 12 mai 2019 ;",
        "reçue le lundi 2 mars 2026 et complétée le vendredi 20 mars 2026 ;",
        "Considérant ce qui suit :",
        "« l’occupation du domaine public est subordonnée à l’absence de gêne pour les piétons ».",
        "le trottoir mesure 1,10 m",
        "Décide :",
        "Article 1er",
        "Article 2",
        "Par délégation (arrêté n° 2026-14 du 3 janvier 2026), Adjointe au maire chargée du commerce Nadège Le Bihan",
        "Voies et délais de recours",
    ]
    places = [text.find(part) for part in in_order]
    assert -1 not in places
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("regime", "words"),
    [
        ("rejection", "un recours gracieux, à envoyer à l’adresse suivante : Ville de Saint-Aubin-les-Tilleuls"),
        ("collegial", "dans un délai de deux mois à compter de la notification de cette décision"),
        ("cada", "Commission d’accès aux documents administratifs (CADA), dans un délai de deux mois à compter de la"),
        (
            "prefet",
            "un recours administratif auprès du préfet, dans un délai de deux mois à compter de la notification",
        ),
        ("electoral", "dans un délai de cinq jours à compter de la notification de cette décision"),
        ("no_effect", "une réclamation auprès de la Commission nationale de l’informatique et des libertés"),
        ("exempt", "dans un délai de deux mois à compter de la notification de cette décision"),
    ],
)
def test_a_refusal_is_contested_by_the_route_of_its_procedure(regime: str, words: str) -> None:
    assert words in read(f"refusal, {regime}")


def test_a_favourable_decision_says_what_is_granted_and_who_signs() -> None:
    text = read("favourable")
    assert "Elle est acceptée." in text
    assert "Notre équipe passera jeudi." in text
    assert "Nadège Le Bihan" in text


@pytest.mark.parametrize("name", ACTS)
def test_a_letter_of_the_law_bears_its_reference_its_agent_and_the_privacy_notice(name: str) -> None:
    text = read(name)
    assert "Dossier 2026-000123" in text
    assert "/donnees-personnelles" in text
    assert "Affaire suivie par Karim Benali, Responsable de la voirie" in text or name.startswith("silence")
    assert "voirie@saint-aubin.example" in text


@pytest.mark.parametrize("name", ACTS)
def test_the_mail_that_brings_a_letter_says_what_it_is(name: str) -> None:
    template, values = ACTS[name]
    mail = templating.mail("document", values | {"letter": {"template": template}}, PUBLIC_URL)
    assert "2026-000123" in mail.subject
    assert "lettre jointe" in mail.text or "Voici l’attestation" in mail.text
    heading = re.search(r"<h1[^>]*>(.*?)</h1>", templating.document_html(template, "x", values, PUBLIC_URL), re.DOTALL)
    assert heading is not None
    assert heading[1].strip() == mail.subject


@pytest.mark.parametrize("name", ACTS)
def test_a_missing_fact_is_an_error_and_never_a_hole(name: str) -> None:
    template, values = ACTS[name]
    # An acceptance has nothing to contest: whether its periods hold is not said.
    unsaid = {"enforceable"} if name == "silence accepts" else set()
    for missing in values.keys() - case_values().keys() - unsaid:
        with pytest.raises(UndefinedError):
            templating.document_html(template, "x", {k: v for k, v in values.items() if k != missing}, PUBLIC_URL)
