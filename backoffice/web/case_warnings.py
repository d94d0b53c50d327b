"""What presses on the page of a case: letters that did not arrive, decisions that nobody noted as notified."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from flask import url_for

from backoffice.domain.facts import seems_overseas
from backoffice.domain.french import long_date
from backoffice.domain.legal_events import (
    EventKind,
    find_last,
    find_notification,
    find_transmission,
    find_transmission_receipt,
    list_pieces_asked,
)
from backoffice.domain.letters import ACKNOWLEDGEMENTS, DECISIONS
from backoffice.domain.regime import Silence
from backoffice.models.authorities import Authority
from backoffice.models.cases import Case, CaseEvent
from backoffice.models.documents import Document
from backoffice.models.mail import OutgoingMail
from backoffice.services import undelivered
from backoffice.services.journal import Event
from backoffice.services.undelivered import Undelivered
from backoffice.web.act_forms import Situation

SEND_OTHERWISE = "Imprimez le courrier et postez-le, ou corrigez l’adresse et envoyez-le de nouveau ; puis notez-le."
EFFECTS = {
    **dict.fromkeys(
        ACKNOWLEDGEMENTS,
        "Tant qu’aucun accusé n’est remis, le délai de recours ne peut pas être opposé à l’usager (article L. 112-6).",
    ),
    **dict.fromkeys(DECISIONS, "Le délai de recours ne court pas : la décision n’est pas notifiée."),
    "missing_documents": "L’usager ne sait pas ce qui manque : le délai que vous lui avez donné n’est pas sûr.",
}


@dataclass(frozen=True, slots=True)
class Alert:
    """A notice with what to do: sentences, then links (address, words)."""

    title: str
    sentences: tuple[str, ...]
    links: tuple[tuple[str, str], ...]


def of_case(
    now: Situation,
    documents: Sequence[Document],
    mails: Sequence[OutgoingMail],
    history: Sequence[CaseEvent],
    authority: Authority,
    returned: OutgoingMail | None = None,
) -> list[Alert]:
    """Every warning of a case, the letters first; `returned` is the last mail to its citizen, when it came back."""
    lost = undelivered.list_undelivered(now.case, documents, mails, now.events, history)
    found = [_of_letter(now.case, one) for one in lost]
    if returned is not None and not any(one.recipient == returned.recipient for one in lost):
        found.append(_of_address(returned))
    if find_transmission(now.events) is not None and find_transmission_receipt(now.events) is None:
        found += [_of_forwarding(now.case, one) for one in mails if undelivered.is_forwarding(one) and _came_back(one)]
    if _waits_for_its_clock(now):
        found.append(Alert("Aucune échéance ne court", now.dates.silence_explanation, ()))
    if _may_live_far(now, authority):
        found.append(_of_residence(now.case))
    decided = find_last(now.events, EventKind.DECIDED)
    if decided is None or decided.data.get("favourable"):
        return found
    notified = find_notification(now.events)
    if notified is None:
        found.append(_of_notification(now, decided.on.isoformat(), history))
    elif now.dates.implicit_on is not None and now.dates.retract_until is not None:
        sentence = (
            f"La demande est réputée acceptée depuis le {long_date(now.dates.implicit_on.on)} : le refus, notifié le "
            f"{long_date(notified.on)}, est arrivé après. Voyez avec un juriste s’il peut valoir retrait."
        )
        found.append(Alert("Refus notifié trop tard", (sentence,), ()))
    return found


def _waits_for_its_clock(now: Situation) -> bool:
    """Whether silence would accept the request, if the pieces that were asked for had come (L114-5)."""
    accepts = now.is_open and now.case.regime.get("silence") == Silence.ACCEPTANCE
    return accepts and now.dates.implicit_on is None and any(one.missing for one in list_pieces_asked(now.events))


def _may_live_far(now: Situation, authority: Authority) -> bool:
    """Whether the citizen's address is overseas while the authority's is not, and nobody noted where they live."""
    citizen = now.case.citizen
    far = citizen is not None and seems_overseas(citizen.postcode)
    court = authority.details.get("court") or {}
    here = seems_overseas(str(court.get("address", "")).rpartition(", ")[2][:5])
    return far and not here and not now.has(EventKind.RESIDENCE_NOTED)


def _of_residence(case: Case) -> Alert:
    link = url_for("legal_acts.act", reference=case.reference, code="residence")
    sentence = (
        "Son adresse est outre-mer : le délai pour saisir le tribunal est alors plus long d’un mois (article R. 421-7 "
        "du code de justice administrative), et un refus le dit."
    )
    return Alert("Dites où vit l’usager", (sentence,), ((link, "Noter où vit l’usager"),))


def _of_letter(case: Case, lost: Undelivered) -> Alert:
    said = undelivered.said_of(lost.document)
    why = f"Le courriel envoyé à {lost.recipient} n’est pas arrivé : {lost.reason}" if lost.recipient else lost.reason
    page = url_for("letter_sending.show", reference=case.reference, document_id=lost.document.id)
    pdf = url_for("files.document", reference=case.reference, document_id=lost.document.id)
    sentences = (why, EFFECTS.get(lost.document.template, ""), SEND_OTHERWISE)
    return Alert(
        f"{said[0].upper()}{said[1:]}",
        tuple(sentence for sentence in sentences if sentence),
        ((pdf, "Ouvrir le courrier à imprimer"), (page, "Envoyer de nouveau, ou noter la remise")),
    )


def _of_address(mail: OutgoingMail) -> Alert:
    """An address that does not work, seen from any case of its owner."""
    sentences = (
        f"Le dernier courriel envoyé à {mail.recipient} n’est pas arrivé : {mail.error or 'il est revenu.'}",
        (
            "Avant d’écrire de nouveau, demandez son adresse à l’usager par un autre moyen et corrigez-la sur sa "
            "fiche, ou écrivez-lui par la poste."
        ),
    )
    return Alert("L’adresse électronique de l’usager ne fonctionne pas", sentences, ())


def _came_back(mail: OutgoingMail) -> bool:
    return mail.bounced_at is not None or mail.failed_at is not None


def _of_forwarding(case: Case, mail: OutgoingMail) -> Alert:
    """The other administration has nothing yet, while the citizen was told that it has (L114-2)."""
    said = undelivered.NOT_FORWARDED
    link = url_for("legal_acts.act", reference=case.reference, code="transmission-recue")
    sentences = (
        f"Le courriel envoyé à {mail.recipient} n’est pas arrivé : {mail.error}",
        "Envoyez-lui la demande et ses pièces par la poste, puis notez le jour où elle les a reçues.",
    )
    return Alert(f"{said[0].upper()}{said[1:]}", sentences, ((link, "Noter la réception par l’autre administration"),))


def _of_notification(now: Situation, decided_on: str, history: Sequence[CaseEvent]) -> Alert:
    sentences = [
        "Le délai de recours court depuis le jour où l’usager a reçu la décision : notez-le dès qu’il est connu."
    ]
    if now.dates.notify_by is not None:
        limit = long_date(now.dates.notify_by.on)
        is_past = now.dates.notify_by.on < now.today
        sentences.append(
            f"Si le refus n’a pas été notifié le {limit} au plus tard, la demande est réputée acceptée depuis ce jour."
            if is_past
            else f"Le refus doit être notifié au plus tard le {limit} : sinon, la demande sera réputée acceptée."
        )
    opened = [one.data["on"] for one in history if one.kind == Event.DOCUMENT_OPENED and one.data["on"] >= decided_on]
    if opened:
        sentences.append(
            f"L’usager a ouvert la décision sur sa page de suivi le {_day(opened[0])}. Ce jour vaut notification s’il "
            "avait accepté d’être notifié ainsi (article L. 112-15)."
        )
    link = url_for("legal_acts.act", reference=now.case.reference, code="notification")
    return Alert("La notification de la décision n’est pas notée", tuple(sentences), ((link, "Noter la notification"),))


def _day(iso: str) -> str:
    return long_date(date.fromisoformat(iso))
