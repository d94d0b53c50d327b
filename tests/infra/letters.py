"""What letters are made of: the values of a case, with the regimes and the hostile texts that tests put in them."""

from typing import Any

from backoffice.domain.regime import GENERAL

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
