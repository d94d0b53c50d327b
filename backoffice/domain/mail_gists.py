"""What a mail says first to who reads another language than French: the gist of it, above the French that counts.

The first text is the title; none for a mail that is not for citizens. The law wants acknowledgements and decisions in
French: their gist says what they are and what to do, and that the French has the last word.
"""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from backoffice.domain.lifecycle import OUTCOME_LABELS, STATUS_LABELS, Outcome, Status
from backoffice.domain.plain_silence import implicit_in_words
from backoffice.domain.regime import Regime
from backoffice.domain.wording import Wording, Written

Values = Mapping[str, Any]
Gist = tuple[str, ...]

FRENCH_COUNTS = Wording("Le texte en français, ci-dessous, est celui qui fait foi.")
ANSWER = Wording("Pour nous répondre, répondez à ce message : votre réponse rejoindra votre dossier.")
ONCE = Wording("Le lien sert une seule fois, dans les 15 minutes. Gardez-le pour vous.")
NOTHING_ASKED = Wording("Vous n’avez rien demandé ? Ne faites rien.")


def gist(template: str, values: Values, follow_url: str = "") -> Gist:
    """The texts for the mail `emails/<template>/` with these values; empty for a mail that has none."""
    write = _GISTS.get(template)
    return tuple(filter(None, write({**values, "follow_url": follow_url}))) if write else ()


def _acknowledgement(values: Values) -> Gist:
    implicit_on = date.fromisoformat(values["implicit_on"]) if values["implicit_on"] else None
    regime = Regime.from_data(values["regime"])
    return (
        Wording("Votre demande est bien reçue"),
        _about(values),
        implicit_in_words(regime, implicit_on, date.fromisoformat(values["written_on"])),
        _follow(values),
        ANSWER,
        FRENCH_COUNTS,
    )


def _document(values: Values) -> Gist:
    return (
        Wording("Un courrier au sujet de votre demande"),
        _about(values),
        _news(values),
        Wording(
            "La lettre jointe est en français. "
            "Si vous avez besoin d’aide pour la lire, appelez-nous ou venez au guichet."
        ),
        _follow(values),
        ANSWER,
    )


def _news(values: Values) -> str:
    match values["letter"]["template"]:
        case "missing_documents":
            limit = date.fromisoformat(values["limit_on"])
            return Wording("Il manque des pièces. Envoyez-les au plus tard le %(day)s.", day=limit)
        case "refusal":
            return Wording(
                "Nous ne pouvons pas accepter votre demande. La lettre dit pourquoi, et comment la contester."
            )
        case "favourable":
            return Wording("Votre demande est acceptée. La lettre précise ce qui vous est accordé.")
        case "transmission":
            return Wording("Une autre administration va vous répondre : nous lui avons transmis votre demande.")
        case _:
            return ""


def _reply(values: Values) -> Gist:
    return (
        Wording("Une réponse à votre demande"),
        Wording(
            "Un agent vous répond au sujet de votre demande %(reference)s, ci-dessous.", reference=values["reference"]
        ),
        ANSWER,
    )


def _awaited(values: Values) -> Gist:
    outcome = OUTCOME_LABELS[Outcome.CLOSED_NO_ACTION]
    return (outcome if values["closed"] else STATUS_LABELS[Status.WAITING_CITIZEN], _about(values))


def _withdrawn(values: Values) -> Gist:
    return (
        Wording("Votre demande est retirée."),
        _about(values),
        Wording(
            "Vous n’avez pas demandé ce retrait, ou vous changez d’avis ? Répondez à ce message : la demande reprendra."
        ),
    )


def _sign_in_link(values: Values) -> Gist:
    return (
        Wording("Votre lien de connexion"),
        Wording("Pour vous connecter, ouvrez ce lien, puis appuyez sur le bouton : %(link)s", link=values["link"]),
        ONCE,
        NOTHING_ASKED,
    )


def _address_link(values: Values) -> Gist:
    return (
        Wording("Confirmez cette adresse"),
        Wording(
            "Quelqu’un de connecté au site %(authority)s veut ouvrir son espace avec cette adresse. "
            "Si c’est vous, ouvrez ce lien dans le navigateur où vous êtes connecté : %(link)s",
            authority=Written("of_authority", values["authority"]["name"]),
            link=values["link"],
        ),
        ONCE,
        NOTHING_ASKED,
    )


def _address_changed(values: Values) -> Gist:
    authority = values["authority"]
    return (
        Wording("L’adresse de votre espace a changé"),
        Wording(
            "Votre espace sur le site %(authority)s s’ouvre maintenant avec une autre adresse.",
            authority=Written("of_authority", authority["name"]),
        ),
        Wording(
            "Ce n’est pas vous ? Appelez-nous ou écrivez-nous tout de suite : %(contact)s",
            contact=f"{authority['phone']} {authority['email']}".strip(),
        ),
    )


def _report_confirm(values: Values) -> Gist:
    return (
        Wording("Confirmez que vous suivez un signalement"),
        _report(values),
        Wording("Pour être prévenu quand il sera terminé, ouvrez ce lien : %(link)s", link=values["link"]),
        Wording("Ce n’est pas vous ? Ne faites rien : votre adresse s’efface en trois jours."),
    )


def _report_followed(values: Values) -> Gist:
    return (
        Wording("Vous suivez un signalement"),
        _report(values),
        Wording("Nous vous écrirons une fois, quand il sera terminé. Votre adresse sera ensuite effacée."),
        Wording("Pour ne plus le suivre : %(link)s", link=values["link"]),
    )


def _report_closed(values: Values) -> Gist:
    return (
        Wording("Le signalement que vous suiviez est terminé"),
        _report(values),
        Wording("Le problème est toujours là ? Signalez-le : %(link)s", link=values["link"]),
        Wording("Votre adresse est effacée de ce signalement."),
    )


def _report(values: Values) -> Wording:
    return Wording(
        "« %(what)s », signalé le %(day)s.",
        what=", ".join(filter(None, (values["category"], values["street"]))),
        day=date.fromisoformat(values["reported_on"]),
    )


def _draft(values: Values) -> Gist:
    return (
        Wording("Continuer ma demande"),
        Wording(
            "Vous avez commencé une demande, qui n’est pas encore envoyée. Pour la continuer : %(link)s",
            link=values["link"],
        ),
        Wording("Ce lien fonctionne jusqu’au %(day)s. Gardez-le pour vous.", day=date.fromisoformat(values["until"])),
    )


def _sheet_code(values: Values) -> Gist:
    return (
        Wording("Votre code"),
        Wording("Si c’est vous, écrivez ce code sur la page restée ouverte : %(code)s", code=values["code"]),
        Wording("Il sert une seule fois, dans les 15 minutes. Ne le donnez à personne."),
        NOTHING_ASKED,
    )


def _about(values: Values) -> Wording:
    return Wording(
        "Demande « %(subject)s », référence %(reference)s, reçue le %(day)s.",
        subject=values["subject"],
        reference=values["reference"],
        day=date.fromisoformat(values["received_on"]),
    )


def _follow(values: Values) -> Wording:
    return Wording(
        "Pour la suivre : %(link)s, avec le code %(code)s. Gardez ce code pour vous.",
        link=values["follow_url"],
        code=values["tracking_code"],
    )


_GISTS: dict[str, Callable[[Values], Gist]] = {
    "acknowledgement": _acknowledgement,
    "address_changed": _address_changed,
    "address_link": _address_link,
    "awaited": _awaited,
    "document": _document,
    "draft": _draft,
    "reply": _reply,
    "report_closed": _report_closed,
    "report_confirm": _report_confirm,
    "report_followed": _report_followed,
    "sheet_code": _sheet_code,
    "sign_in_link": _sign_in_link,
    "withdrawn": _withdrawn,
}
