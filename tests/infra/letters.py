"""What letters are made of: the values of a case, with the regimes and the hostile texts that tests put in them."""

from typing import Any

from backoffice.domain.letters import LETTERS
from backoffice.domain.regime import GENERAL
from backoffice.infra import templating

PUBLIC_URL = "https://demarches.saint-aubin.example"

TEXT = "Madame,\n\nNotre équipe passera jeudi.\nElle vérifiera les câbles.\n\nCordialement"

REGIMES: dict[str, dict[str, Any]] = {
    "acceptance": {"silence": "acceptance", "delay": "2 months", "basis": "article L. 231-1 du CRPA"},
    "rejection": GENERAL.to_data(),
    "collegial": {"silence": "rejection", "collegial_decision": True},
    "cada": {"silence": "rejection", "delay": "1 month", "appeal_route": "cada"},
    "prefet": {"silence": "rejection", "delay": "1 month", "appeal_route": "prefet"},
    "electoral": {"silence": "rejection", "decide_within": "5 days", "appeal_route": "commission_controle"},
    "no_effect": {"silence": "none", "delay": "1 month", "extension": "2 months", "appeal_route": "cnil"},
    "exempt": {"silence": "acceptance", "ar_exempt_basis": "article R. 112-4 du CRPA"},
}

HOSTILE: dict[str, str] = {
    "emoji": "Zoé 😀👨‍👩‍👧 Martin",
    "chinese": "张伟 漢字",
    "arabic": "محمد بن علي",
    "hebrew": "דָּוִד כהן",
    "vietnamese": "Nguyễn Thị Hạnh",
    "decomposed": "Hélène",
    "turned": "Ali\u202etnomehc\u202c Baba",
    "controls": "Jean\x00\x07\x1b[31m\udc80 Paul",
    "endless": "A" * 255,
    "markup": "<script>alert(1)</script><img src=http://evil.example/x.png><link rel=attachment href=file:///etc/passwd>",
    "template": "{{ 7 * 7 }}{% include 'base.html' %}",
    "entities": "&lt;b&gt; &#28450; &amp;",
    "styles": "</title></h1><style>body{display:none}</style>",
}


def case_values(**changes: Any) -> dict[str, Any]:
    """The values of a request received on line, where silence means rejection."""
    return {
        "reference": "2026-000123",
        "tracking_code": "K7QM-3TXP",
        "subject": "Éclairage public en panne rue des Ateliers",
        "channel": "En ligne",
        "electronic": True,
        "written_on": "2026-03-02",
        "received_at": "2026-03-02T13:05:00+00:00",
        "received_on": "2026-03-02",
        "implicit_on": "2026-05-02",
        "acknowledge_by": "2026-03-16",
        "target_on": "2026-03-09",
        "regime": REGIMES["rejection"],
        "citizen": {
            "name": "Maryse Lefèvre-Dubois",
            "email": "maryse@courriel.example",
            "address_line": "12 bis rue des Lavandières",
            "postcode": "49990",
            "city": "Saint-Aubin-les-Tilleuls",
        },
        "department": {
            "name": "Voirie et propreté",
            "email": "voirie@saint-aubin.example",
            "phone": "0261914020",
            "address": "Centre technique municipal, 14 rue des Ateliers, 49990 Saint-Aubin-les-Tilleuls",
        },
        "authority": {
            "name": "Ville de Saint-Aubin-les-Tilleuls",
            "email": "mairie@saint-aubin.example",
            "phone": "02 61 91 40 00",
            "timezone": "Europe/Paris",
            "address": "Hôtel de Ville, 1 place des Tilleuls, 49990 Saint-Aubin-les-Tilleuls",
            "court": {"city": "Nantes", "address": "6 allée de l’Île-Gloriette, 44041 Nantes Cedex"},
            "privacy_contact": "dpo@saint-aubin.example",
        },
        **changes,
    }


def regime_values(name: str, **changes: Any) -> dict[str, Any]:
    """The values of a request under one of the regimes."""
    implicit_on = None if name == "no_effect" else "2026-05-02"
    return case_values(regime=REGIMES[name], implicit_on=implicit_on, **changes)


def letter_values(**changes: Any) -> dict[str, Any]:
    """The values of a letter or a mail that an agent wrote."""
    agent = {"name": "Karim Benali", "title": "Responsable de la voirie"}
    return case_values(text=TEXT, agent=agent) | changes


def hostile_values(text: str) -> dict[str, Any]:
    """Values where everything that a person outside the house may write is this text."""
    values = letter_values(subject=text, text=f"{text}\n\n{text}")
    return values | {"citizen": dict.fromkeys(values["citizen"], text)}


SECOND: dict[str, str] = {
    "en": "Dear {{ usager }},\n\nThis is about your request **{{ reference }}**.\n\n- Keep this letter;\n- call us.",
    "ar": "{{ usager }}،\n\nنكتب إليكم بشأن طلبكم رقم **{{ reference }}**.\n\n- احتفظوا بهذه الرسالة؛\n- اتصلوا بنا.",
    "uk": "{{ usager }},\n\nПишемо вам щодо вашого звернення **{{ reference }}**.",
}


def with_second(template: str, values: dict[str, Any], language: str) -> dict[str, Any]:
    """The same letter, which also speaks another language, above the French."""
    if template not in LETTERS:
        return values
    second = {"language": language, "body": SECOND[language]}
    body = templating.shipped_words(template)
    return values | {"letter": {"template": template, "language": "fr", "body": body, "second": second}}


AGENT = {"name": "Karim Benali", "title": "Responsable de la voirie"}
SIGNATORY = {
    "name": "Nadège Le Bihan",
    "title": "Adjointe au maire chargée du commerce",
    "act": "arrêté n° 2026-14 du 3 janvier 2026",
}
PIECES: list[dict[str, Any]] = [
    {
        "code": "plan",
        "label": "Plan coté de la terrasse",
        "legal_basis": "code de la voirie routière, article L. 113-2",
        "blocking": True,
    },
    {
        "code": "photo",
        "label": "Photographie de la façade",
        "legal_basis": "règlement de voirie, article 4",
        "blocking": False,
    },
]
REASONS = {
    "texts": "le code de la voirie routière, article L. 113-2\nVu le règlement de voirie du 12 mai 2019 ;",
    "rule": "l'occupation du domaine public est subordonnée à l'absence de gêne pour les piétons",
    "facts": "le trottoir mesure 1,10 m devant le 12 rue des Lilas et la terrasse en occuperait 0,80 m",
    "conclusion": "le passage restant serait inférieur à 1,40 m.",
    "plain": "Votre demande est refusée parce que le trottoir est trop étroit.",
}
RECIPIENT = {
    "name": "Communauté de communes du Val",
    "address": "1 rue du Pont, 49990 Saint-Aubin-les-Tilleuls",
    "email": "contact@val.example",
    "phone": "0241000000",
    "reason": "La collecte des déchets lui a été transférée le 1er janvier 2024.",
}
DECIDED = {"signatory": SIGNATORY, "decided_on": "2026-04-02", "complete_on": "2026-03-20", "agent": AGENT}


def _silence(regime: str, outcome: str, *, enforceable: bool = True) -> dict[str, Any]:
    return regime_values(regime, outcome=outcome, enforceable=enforceable)


def missing_values(regime: str = "rejection", **changes: Any) -> dict[str, Any]:
    """The values of a request for missing pieces under a regime."""
    return regime_values(regime, limit_on="2026-04-20", pieces=PIECES, blocking=True, agent=AGENT) | changes


def acts() -> dict[str, tuple[str, dict[str, Any]]]:
    """Every letter of the law: its template and its values."""
    return {
        "missing documents, rejection": ("missing_documents", missing_values("rejection")),
        "missing documents, acceptance": ("missing_documents", missing_values("acceptance")),
        "missing documents, not blocking": ("missing_documents", missing_values(blocking=False, pieces=PIECES[1:])),
        "missing documents, no effect": ("missing_documents", missing_values("no_effect")),
        "transmission": (
            "transmission",
            case_values(recipient=RECIPIENT, transmitted_on="2026-03-04", agent=AGENT),
        ),
        "silence accepts": ("implicit_decision", _silence("acceptance", "implicitly_accepted")),
        "silence rejects": ("implicit_decision", _silence("rejection", "implicitly_refused")),
        "silence rejects late": (
            "implicit_decision",
            _silence("rejection", "implicitly_refused", enforceable=False),
        ),
        "certificate": (
            "certificate",
            regime_values("acceptance", signatory=SIGNATORY, complete_on="2026-03-02", agent=AGENT),
        ),
        **{f"refusal, {regime}": ("refusal", regime_values(regime, **REASONS, **DECIDED)) for regime in REGIMES},
        "favourable": ("favourable", letter_values(**DECIDED)),
    }


def hostile_acts(text: str) -> dict[str, dict[str, Any]]:
    """The values of one letter of each template, where whatever a person may write is this text."""
    written = {"subject": text, "text": f"{text}\n\n{text}", "recipient": dict.fromkeys(RECIPIENT, text)}
    written |= dict.fromkeys(REASONS, f"{text}\n{text}")
    written |= {"pieces": [{**piece, "label": text, "legal_basis": text} for piece in PIECES]}
    written |= {"signatory": dict.fromkeys(SIGNATORY, text), "agent": dict.fromkeys(AGENT, text)}
    return {
        template: values
        | {key: value for key, value in written.items() if key in values}
        | {"citizen": dict.fromkeys(values["citizen"], text)}
        for template, values in dict(acts().values()).items()
    }
