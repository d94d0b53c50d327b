"""The acts of the law as forms: which are offered on a case, what they ask, and the use case behind each."""

from sqlalchemy.orm import Session

from backoffice.domain import row_ids
from backoffice.domain.facts import APPEAL_LABELS, RESIDENCE_LABELS, AppealKind, Residence
from backoffice.domain.french import long_date
from backoffice.domain.legal_events import (
    EventKind,
    find_notification,
    find_transmission,
    find_transmission_receipt,
    list_pieces_asked,
    list_unanswered_appeals,
)
from backoffice.domain.lifecycle import Outcome
from backoffice.domain.policy import Actor, Permission, allows
from backoffice.domain.regime import Regime
from backoffice.errors import Invalid
from backoffice.models.cases import Case
from backoffice.services import acknowledging, appeals, correcting, decisions, extensions, transmissions
from backoffice.services.decisions import Reasons
from backoffice.services.transmissions import Recipient
from backoffice.web.act_forms import Act, Ask, Choices, Situation, Values, day_in, day_or_none
from backoffice.web.current import authority, runtime

# The acknowledgement that was handed over, among the facts that can be corrected: it is a day of the case, no fact.
GIVEN = "accuse"
RESIDENCE_CHOICES = tuple((where.value, label) for where, label in RESIDENCE_LABELS.items())


def _transmit(session: Session, actor: Actor, case: Case, values: Values) -> object:
    names = ("name", "address", "email", "phone")
    recipient = Recipient(*(values.get(f"recipient_{name}", "") for name in names))
    return transmissions.transmit(session, runtime(), actor, case, recipient, values.get("reason", ""))


def _refuse(session: Session, actor: Actor, case: Case, values: Values) -> object:
    reasons = Reasons(*(values.get(name, "") for name in ("texts", "rule", "facts", "conclusion", "plain")))
    return decisions.refuse(session, actor, case, reasons)


def _kinds_of_appeal(case: Case) -> tuple[AppealKind, ...]:
    """The compulsory one only where a text makes one: the regime of the case says before whom."""
    route = Regime.from_data(case.regime).appeal_route
    return tuple(kind for kind in AppealKind if kind is not AppealKind.MANDATORY or route.is_compulsory)


def _appeals_open(situation: Situation) -> Choices:
    return tuple((kind.value, APPEAL_LABELS[kind]) for kind in _kinds_of_appeal(situation.case))


def _appeal(session: Session, actor: Actor, case: Case, values: Values) -> object:
    if values.get("kind") not in _kinds_of_appeal(case):
        raise Invalid(faults={"kind": "Choisissez la sorte de recours."})
    posted = day_or_none(values, "posted_on")
    return appeals.note_appeal(session, actor, case, AppealKind(values["kind"]), day_in(values), posted)


def _correct(session: Session, actor: Actor, case: Case, values: Values) -> object:
    number = row_ids.read(values.get("fact", ""))
    if number is None and values.get("fact") != GIVEN:
        raise Invalid(faults={"fact": correcting.NO_SUCH_FACT})
    on = None if values.get("vanishes") == "yes" else day_in(values)
    reason = values.get("reason", "")
    if number is None:
        correcting.correct_acknowledgement(session, actor, case, on, reason)
        return None
    return correcting.correct(session, actor, case, number, on, reason)


def _note_residence(session: Session, actor: Actor, case: Case, values: Values) -> object:
    if values.get("residence") not in set(Residence):
        raise Invalid(faults={"residence": "Choisissez où vit l’usager."})
    return correcting.note_residence(session, actor, case, Residence(values["residence"]))


def _noted(situation: Situation) -> Choices:
    noted = correcting.list_noted(situation.case, situation.events)
    choices = tuple((str(one.number), f"{one.label}, le {long_date(one.on)}") for one in noted)
    given_on = acknowledging.find_given_on(situation.case, authority().timezone)
    return (*choices, (GIVEN, f"{correcting.GIVEN_LABEL}, le {long_date(given_on)}")) if given_on else choices


def _waits_for_pieces(situation: Situation) -> bool:
    return situation.is_open and any(request.missing for request in list_pieces_asked(situation.events))


def _lacks_acknowledgement(situation: Situation) -> bool:
    case = situation.case
    return case.acknowledged_at is None and case.citizen_id is not None and case.outcome != Outcome.WITHDRAWN


def may_ask_for_pieces(situation: Situation) -> bool:
    """Whether the letter of L114-5 still moves a date: not once silence has become a decision."""
    return situation.is_open and not situation.case.implicit_outcome


def _may_transmit(situation: Situation) -> bool:
    return situation.is_open and situation.case.implicit_outcome != Outcome.IMPLICITLY_ACCEPTED


DAY = Ask("on", "Date", "day")

ACTS: tuple[Act, ...] = (
    Act(
        "accuse-remis",
        "Noter la remise de l’accusé de réception",
        "Sans accusé remis ou posté, le délai de recours ne peut pas être opposé à l’usager (article L. 112-6).",
        Permission.CASE_NOTE,
        _lacks_acknowledgement,
        (DAY,),
        lambda session, actor, case, values: acknowledging.note_given(session, actor, case, day_in(values)),
        "La remise de l’accusé est notée.",
        "Noter la remise",
    ),
    Act(
        "decision-favorable",
        "Signer une décision favorable",
        "La décision est produite, signée au nom du signataire en fonction aujourd’hui, et adressée à l’usager. "
        "Le dossier est terminé.",
        Permission.CASE_DECIDE,
        lambda now: now.is_open,
        (Ask("text", "Ce qui est accordé, et à quelles conditions", "textarea"),),
        lambda session, actor, case, values: decisions.accept(session, actor, case, values.get("text", "")),
        "La décision est signée.",
        "Signer et envoyer",
        writes=True,
    ),
    Act(
        "refus",
        "Signer un refus motivé",
        "Un refus cite les textes, la règle, les faits propres à ce dossier, et dit les recours possibles. "
        "Le dossier est terminé.",
        Permission.CASE_DECIDE,
        lambda now: now.is_open and now.dates.may_refuse(now.today),
        (
            Ask(
                "plain",
                "En mots simples",
                "textarea",
                "« Votre demande est refusée parce que… » : en tête du courrier.",
            ),
            Ask("texts", "Textes appliqués", "text", "Après « Vu » : par exemple « le code de la voirie routière »."),
            Ask("rule", "La règle", "textarea", "Après « Considérant qu’aux termes de ces textes »."),
            Ask("facts", "Les faits de ce dossier", "textarea", "Ce qui a été constaté, ici, pour cette demande."),
            Ask("conclusion", "La conclusion", "textarea", "Après « Considérant, par suite, que »."),
        ),
        _refuse,
        "Le refus est signé. Il dit les voies de recours.",
        "Signer et envoyer le refus",
        writes=True,
    ),
    Act(
        "transmission",
        "Transmettre à l’administration compétente",
        "L’usager est prévenu et n’a rien à refaire (article L. 114-2). Le dossier est terminé ici.",
        Permission.CASE_DECIDE,
        _may_transmit,
        (
            Ask("recipient_name", "Administration compétente"),
            Ask("recipient_address", "Son adresse postale", required=False),
            Ask(
                "recipient_email",
                "Son courriel",
                hint="La demande et ses fichiers y partent. Sans courriel, envoyez-les-lui par la poste.",
                required=False,
            ),
            Ask("recipient_phone", "Son téléphone", required=False),
            Ask("reason", "Pourquoi elle est compétente", "textarea", required=False),
        ),
        _transmit,
        "La demande est transmise et l’usager est prévenu. Si vous n’avez pas donné de courriel à l’administration "
        "compétente, postez-lui la demande.",
        "Transmettre",
        writes=True,
    ),
    Act(
        "transmission-recue",
        "Noter la réception par l’autre administration",
        "Quand le silence vaut acceptation, le délai court depuis cette réception.",
        Permission.CASE_NOTE,
        lambda now: find_transmission(now.events) is not None and find_transmission_receipt(now.events) is None,
        (DAY,),
        lambda session, actor, case, values: transmissions.note_transmission_received(
            session, actor, case, day_in(values)
        ),
        "La réception est notée.",
        "Noter la réception",
    ),
    Act(
        "premiere-reception",
        "Noter une première réception ailleurs",
        "Une autre administration avait reçu la demande avant de nous l’envoyer. Quand le silence vaut rejet, le délai "
        "court depuis cette première réception (article L. 114-3).",
        Permission.CASE_NOTE,
        lambda now: now.is_open and not now.has(EventKind.FIRST_RECEIVED) and not now.case.implicit_outcome,
        (Ask("name", "Administration qui a reçu la demande d’abord"), Ask("on", "Reçue là-bas le", "date")),
        lambda session, actor, case, values: transmissions.note_first_received(
            session, actor, case, day_in(values), values.get("name", "")
        ),
        "La première réception est notée. Les dates du dossier sont recalculées.",
        "Noter la réception",
    ),
    Act(
        "prolongation",
        "Prolonger le délai de réponse",
        "L’usager reçoit un courrier qui dit pourquoi, et la nouvelle date.",
        Permission.CASE_DECIDE,
        lambda now: (
            now.is_open
            and bool(now.case.regime.get("extension"))
            and not now.has(EventKind.EXTENDED)
            and now.dates.decide_by is not None
            and now.dates.decide_by.on >= now.today
        ),
        (Ask("text", "Pourquoi cette demande est complexe", "textarea", "L’usager le lira."),),
        lambda session, actor, case, values: extensions.extend(session, actor, case, values.get("text", "")),
        "Le délai est prolongé.",
        "Prolonger et prévenir l’usager",
        writes=True,
    ),
    Act(
        "notification",
        "Noter la notification de la décision",
        "Le délai de recours court depuis le jour où l’usager a reçu la décision.",
        Permission.CASE_NOTE,
        lambda now: now.has(EventKind.DECIDED) and find_notification(now.events) is None,
        (DAY,),
        lambda session, actor, case, values: decisions.note_notified(session, actor, case, day_in(values)),
        "La notification est notée.",
        "Noter la notification",
    ),
    Act(
        "attestation",
        "Délivrer l’attestation d’acceptation",
        "L’attestation de l’article L. 232-3, due sur simple demande de l’usager.",
        Permission.CASE_REPLY,
        lambda now: now.case.implicit_outcome == Outcome.IMPLICITLY_ACCEPTED,
        (),
        lambda session, actor, case, _: decisions.ask_for_certificate(session, actor, case),
        "L’attestation est en cours de production.",
        "Produire l’attestation",
        writes=True,
    ),
    Act(
        "recours",
        "Enregistrer un recours",
        "Formé dans le délai, il interrompt le délai pour saisir le tribunal.",
        Permission.CASE_NOTE,
        lambda now: now.has(EventKind.DECIDED) or bool(now.case.implicit_outcome),
        (
            Ask("kind", "Sorte de recours", "choice", choices=_appeals_open),
            DAY,
            Ask("posted_on", "Date du cachet de la poste", "date", required=False),
        ),
        _appeal,
        "Le recours est enregistré.",
        "Enregistrer le recours",
    ),
    Act(
        "recours-rejete",
        "Noter le rejet d’un recours",
        "Le délai pour saisir le tribunal court depuis le jour où l’usager a reçu ce rejet.",
        Permission.CASE_NOTE,
        lambda now: bool(list_unanswered_appeals(now.events)),
        (Ask("on", "Rejet reçu par l’usager le", "day"),),
        lambda session, actor, case, values: appeals.note_rejected(session, actor, case, day_in(values)),
        "Le rejet du recours est noté.",
        "Noter le rejet",
    ),
    Act(
        "motifs-demandes",
        "Noter une demande de motifs",
        "Les motifs d’un refus implicite sont dus dans le mois (article L. 232-4).",
        Permission.CASE_NOTE,
        lambda now: (
            now.case.implicit_outcome == Outcome.IMPLICITLY_REFUSED
            and now.is_open
            and not now.has(EventKind.REASONS_ASKED)
        ),
        (DAY,),
        lambda session, actor, case, values: appeals.note_reasons_asked(session, actor, case, day_in(values)),
        "La demande de motifs est notée.",
        "Noter la demande",
    ),
    Act(
        "motifs",
        "Communiquer les motifs",
        "Le délai pour saisir le tribunal recommence à courir.",
        Permission.CASE_DECIDE,
        lambda now: now.has(EventKind.REASONS_ASKED) and not now.has(EventKind.REASONS_GIVEN),
        (Ask("text", "Les motifs, en droit et en fait", "textarea"),),
        lambda session, actor, case, values: appeals.give_reasons(session, actor, case, values.get("text", "")),
        "Les motifs sont écrits.",
        "Envoyer les motifs",
        writes=True,
    ),
    Act(
        "retrait",
        "Noter le retrait par l’usager",
        "L’usager renonce : aucune décision ne naîtra du silence. Le dossier est terminé.",
        Permission.CASE_MOVE,
        lambda now: now.is_open,
        (DAY, Ask("text", "Ce que l’usager a dit ou écrit", "textarea")),
        lambda session, actor, case, values: transmissions.withdraw(
            session, actor, case, day_in(values), values.get("text", "")
        ),
        "Le retrait est noté.",
        "Noter le retrait",
    ),
    Act(
        "residence",
        "Noter où vit l’usager",
        "Loin du tribunal, l’usager a plus de temps pour le saisir (article R. 421-7 du code de justice "
        "administrative).",
        Permission.CASE_NOTE,
        lambda now: now.case.citizen_id is not None,
        (Ask("residence", "Où vit l’usager", "choice", choices=RESIDENCE_CHOICES),),
        _note_residence,
        "La résidence est notée. Les dates du dossier sont recalculées.",
        "Noter la résidence",
    ),
    Act(
        "correction",
        "Corriger une date notée",
        "La bonne date remplace la première, qui reste dans l’historique avec la raison et votre nom. Toutes les "
        "échéances suivent, et leur explication le dit, à l’usager aussi.",
        Permission.CASE_CORRECT,
        lambda now: now.case.received_on is not None,
        (
            Ask("fact", "Ce qui est mal noté", "choice", choices=_noted),
            Ask("on", "La bonne date", "date", required=False),
            Ask("vanishes", "Ce fait n’a pas eu lieu", "check", required=False),
            Ask("reason", "Pourquoi", "textarea", "D’où vient l’erreur, et ce qui prouve la bonne date."),
        ),
        _correct,
        "La correction est écrite. Les dates du dossier sont recalculées.",
        "Corriger",
    ),
)

# These two have a page of their own, for they hold a list.
ASK_FOR_PIECES, RECEIVE_PIECES = "pieces", "pieces-recues"


def offered(actor: Actor, situation: Situation) -> list[tuple[str, str]]:
    """The acts that make sense now and that the actor may do, as (code, title)."""
    found = []
    if may_ask_for_pieces(situation) and allows(actor, Permission.CASE_DECIDE, situation.case):
        found.append((ASK_FOR_PIECES, "Demander les pièces manquantes"))
    if _waits_for_pieces(situation) and allows(actor, Permission.CASE_NOTE, situation.case):
        found.append((RECEIVE_PIECES, "Noter les pièces reçues"))
    return found + [
        (act.code, act.title)
        for act in ACTS
        if act.is_offered(situation) and allows(actor, act.permission, situation.case)
    ]
