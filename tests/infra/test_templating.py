"""The words of letters and mails: complete as the law wants them, in good French, without a hole."""

import re
from html.parser import HTMLParser

import pytest
from jinja2 import UndefinedError

from backoffice.infra import templating, typesetting
from tests.infra.letters import (
    HOSTILE,
    PUBLIC_URL,
    REGIMES,
    acts,
    case_values,
    hostile_acts,
    hostile_values,
    letter_values,
    regime_values,
)


def words(name: str, **changes: object) -> str:
    """The text of the acknowledgement mailed under a regime, its non-breaking spaces made plain."""
    return plain(templating.mail("acknowledgement", regime_values(name, **changes), PUBLIC_URL).text)


def plain(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u202f", " ")


class Reader(HTMLParser):
    """Reads a page as a person sees it, and the tags it is made of."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attributes)))

    def handle_data(self, data: str) -> None:
        self.text += data


def test_an_acceptance_by_silence_gives_its_date_and_the_right_to_a_certificate() -> None:
    text = words("acceptance")
    assert "a été reçue le lundi 2 mars 2026 à 14 h 05 (heure de Paris)" in text
    assert "décision implicite d’acceptation : sous réserve que votre dossier soit complet" in text
    assert "elle sera réputée acceptée le samedi 2 mai 2026 (article L. 231-1 du CRPA)" in text
    assert "l’attestation prévue à l’article L. 232-3 du CRPA" in text
    assert "recours" not in text


def test_a_rejection_by_silence_gives_its_date_and_every_way_to_contest_it() -> None:
    text = words("rejection")
    assert "elle sera réputée rejetée le samedi 2 mai 2026 (article L. 231-4, 2°, du CRPA" in text
    assert "dans un délai de deux mois à compter de la date à laquelle votre demande est réputée rejetée" in text
    assert "un recours gracieux, à envoyer à l’adresse suivante : Ville de Saint-Aubin-les-Tilleuls, Hôtel de" in text
    assert "le tribunal administratif de Nantes, 6 allée de l’Île-Gloriette, 44041 Nantes Cedex" in text
    assert "www.telerecours.fr" in text
    assert "interrompt le délai de recours contentieux" in text
    assert "demander les motifs de ce rejet (article L. 232-4 du CRPA)" in text
    assert "acceptée" not in text


def test_a_collegial_refusal_has_no_term_until_it_is_notified() -> None:
    text = words("collegial")
    assert "vous pouvez former :" in text
    assert "ne court qu’à compter de la notification d’une décision expresse de rejet (article R. 421-3" in text
    assert "dans un délai de deux mois" not in text


def test_access_to_documents_goes_to_the_cada_first() -> None:
    text = words("cada")
    assert "Le silence gardé pendant un mois vaut refus de communication" in text
    assert "Commission d’accès aux documents administratifs (CADA), préalable obligatoire" in text
    assert "recours gracieux" not in text


def test_a_host_certificate_goes_to_the_prefet_first() -> None:
    text = words("prefet")
    assert "un recours administratif auprès du préfet, dans un délai de deux mois" in text
    assert "plus d’un mois, ce qui vaut rejet" in text


def test_an_electoral_registration_goes_to_the_commission_first() -> None:
    text = words("electoral")
    assert "La décision doit être prise dans un délai de cinq jours." in text
    assert "commission de contrôle des listes électorales de la commune, dans un délai de cinq jours" in text
    assert "le tribunal judiciaire dans un délai de sept jours" in text


def test_silence_on_personal_data_has_no_effect_and_the_cnil_hears_complaints() -> None:
    text = words("no_effect")
    assert "Une réponse vous sera donnée dans un délai d’un mois à compter de la réception" in text
    assert "ce délai peut être prolongé de deux mois" in text
    assert "ne vaut ni acceptation ni refus" in text
    assert "Commission nationale de l’informatique et des libertés (CNIL" in text
    assert "réputée" not in text


def test_without_a_date_of_silence_the_registration_promises_nothing_that_nobody_sends() -> None:
    text = plain(_mail(implicit_on=None).text)
    assert _mail(implicit_on=None).subject == "Accusé d’enregistrement électronique n°\u00a02026-000123"
    assert "nous est parvenu le lundi 2 mars 2026 à 14 h 05 (heure de Paris)" in text
    assert "l’accusé d’enregistrement électronique prévu à l’article L. 112-11 du code des relations" in text
    assert "Votre dossier est suivi par le service Voirie et propreté." in text
    assert "vous la lirez sur votre page de suivi" in text
    assert "vous sera adressé" not in text
    assert "réputée" not in text


def test_a_procedure_exempt_from_the_acknowledgement_is_registered_all_the_same() -> None:
    text = words("exempt", acknowledge_by=None)
    assert "l’accusé d’enregistrement électronique prévu à l’article L. 112-11" in text
    assert "ne donne pas lieu à un autre accusé de réception : article R. 112-4 du CRPA." in text


def test_what_came_on_paper_is_never_called_electronic() -> None:
    assert "électronique" not in words("exempt", electronic=False)
    assert "l’accusé de réception prévu à l’article L. 112-3" in words("rejection", electronic=False)


@pytest.mark.parametrize("regime", REGIMES)
@pytest.mark.parametrize("template", ["acknowledgement", "receipt"])
def test_paper_and_mail_say_the_same_words(template: str, regime: str) -> None:
    values = regime_values(regime)
    page = Reader(templating.document_html(template, "Accusé", values, PUBLIC_URL)).text
    mail = templating.mail("acknowledgement", values, PUBLIC_URL)
    shown = Reader(mail.html).text
    said = mail.text.split("\n\n")[1 : mail.text.split("\n\n").index("SERVICE CHARGÉ DE VOTRE DOSSIER")]
    for line in (line.removeprefix("– ") for block in said for line in block.split("\n") if not line.isupper()):
        assert line in page
        assert line in shown


@pytest.mark.parametrize("template", ["acknowledgement", "receipt", "letter"])
def test_every_document_names_the_service_and_the_way_to_follow(template: str) -> None:
    reader = Reader(templating.document_html(template, "Titre", letter_values(), PUBLIC_URL))
    for fact in ("Voirie et propreté", "14 rue des Ateliers", "voirie@saint-aubin.example", "02 61 91 40 20"):
        assert fact in plain(reader.text)
    for fact in ("2026-000123", "K7QM-3TXP", "dpo@saint-aubin.example", "/donnees-personnelles"):
        assert fact in reader.text
    follow = f"{PUBLIC_URL}/suivi?reference=2026-000123"
    assert ("a", follow) in [(tag, attributes.get("href")) for tag, attributes in reader.tags]
    drawings = [attributes for tag, attributes in reader.tags if tag == "svg"]
    assert [drawing["role"] for drawing in drawings] == ["img"]
    assert "Code QR de la page de suivi du dossier 2026-000123" in reader.text


def test_a_letter_bears_who_wrote_it_and_every_line_of_it() -> None:
    page = templating.document_html("letter", "Courrier", letter_values(), PUBLIC_URL)
    assert "<p>Notre équipe passera jeudi.<br>Elle vérifiera les câbles.</p>" in page
    assert "Karim Benali" in page
    assert "Responsable de la voirie" in page


def test_a_department_without_means_of_contact_lends_those_of_the_town() -> None:
    bare = {"name": "Voirie", "email": "", "phone": "", "address": ""}
    text = plain(_mail(department=bare).text)
    assert "Voirie, Hôtel de Ville, 1 place des Tilleuls, 49990 Saint-Aubin-les-Tilleuls" in text
    assert "courriel : mairie@saint-aubin.example ; téléphone : 02 61 91 40 00" in text


def test_an_authority_whose_court_is_unknown_still_tells_where_to_appeal() -> None:
    authority = case_values()["authority"] | {"court": ""}
    assert "le tribunal administratif dont dépend Ville de Saint-Aubin" in plain(_mail(authority=authority).text)


@pytest.mark.parametrize(
    "missing", sorted(case_values().keys() - {"implicit_on", "acknowledge_by", "received_on", "channel"})
)
def test_a_missing_value_is_an_error_and_never_a_hole(missing: str) -> None:
    values = case_values()
    del values[missing]
    with pytest.raises(UndefinedError):
        templating.document_html("acknowledgement", "Accusé", values, PUBLIC_URL)


def test_a_forgotten_date_of_silence_never_passes_for_no_date() -> None:
    values = case_values()
    del values["implicit_on"]
    with pytest.raises(KeyError):
        templating.mail("acknowledgement", values, PUBLIC_URL)


def test_a_value_that_is_none_is_an_error_where_it_would_be_written() -> None:
    with pytest.raises(UndefinedError):
        templating.mail("acknowledgement", case_values(reference="2026-000123", tracking_code=None), PUBLIC_URL)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_what_people_write_is_shown_and_never_obeyed(text: str) -> None:
    calm, values = letter_values(), hostile_values(text)
    for template in ("acknowledgement", "receipt", "letter"):
        page = templating.document_html(template, text, values, PUBLIC_URL)
        expected = templating.document_html(template, "Titre", calm, PUBLIC_URL)
        assert {tag for tag, _ in Reader(page).tags} <= {tag for tag, _ in Reader(expected).tags} | {"br"}
    for template, hostile in hostile_acts(text).items():
        page = templating.document_html(template, text, hostile, PUBLIC_URL)
        expected = templating.document_html(template, "Titre", dict(acts().values())[template], PUBLIC_URL)
        assert {tag for tag, _ in Reader(page).tags} <= {tag for tag, _ in Reader(expected).tags} | {"br"}
        mail = templating.mail("document", hostile | {"letter": {"template": template}}, PUBLIC_URL)
        assert not {"script", "img", "link"} & {tag for tag, _ in Reader(mail.html).tags}
    for template in ("acknowledgement", "reply"):
        mail = templating.mail(template, values, PUBLIC_URL)
        assert re.fullmatch(r"[^\x00-\x1f\x7f]{1,200}", mail.subject)
        assert not {"script", "img", "link"} & {tag for tag, _ in Reader(mail.html).tags}
        assert "49" not in mail.subject.replace(text, "")


def test_a_long_subject_is_cut_with_an_ellipsis() -> None:
    subject = templating.mail("reply", letter_values(subject="mot " * 300), PUBLIC_URL).subject
    assert len(subject) <= templating.LONGEST_SUBJECT
    assert subject.endswith("…")


def test_the_words_of_a_stranger_never_become_a_link() -> None:
    lure = "Colis bloqué » **cliquez** http://piege.example et « payez"
    page = templating.mail("acknowledgement", case_values(subject=lure), PUBLIC_URL).html
    assert "«\u00a0Colis bloqué ” **cliquez** http://piege.example et “ payez\u00a0»" in page
    assert not [tag for tag, attributes in Reader(page).tags if "piege" in (attributes.get("href") or "")]


def test_addresses_become_links_without_their_full_stop() -> None:
    typed = typesetting.typed("Voir https://ville.example/a?b=1&c=2. Écrire à dpo@ville.example, svp.")
    assert '<a href="https://ville.example/a?b=1&amp;c=2">https://ville.example/a?b=1&amp;c=2</a>.' in typed
    assert '<a href="mailto:dpo@ville.example">dpo@ville.example</a>,' in typed


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("0261914020", "02 61 91 40 20"),
        ("+33261914020", "02 61 91 40 20"),
        ("02.61.91.40.20", "02 61 91 40 20"),
        ("3939", "3939"),
        ("+262 262 12 34 56", "+262 262 12 34 56"),
    ],
)
def test_telephones_are_written_as_they_are_said(given: str, read: str) -> None:
    assert plain(typesetting.phone(given)) == read


def test_sentences_keep_their_marks_with_their_words() -> None:
    text = templating.mail("acknowledgement", case_values(), PUBLIC_URL).text
    sentences = re.sub(r"https?://\S+", "", text)
    assert re.findall(r"[^\s–-] [:;!?»]", sentences) == []
    assert re.findall(r"« |n° |L\. \d", sentences) == []


def _mail(**changes: object) -> templating.MailText:
    return templating.mail("acknowledgement", case_values(**changes), PUBLIC_URL)
