"""What citizens came back for, which answers did not help, where forms are given up, and the texts that follow."""

import re
from datetime import UTC, date, datetime, timedelta
from html import unescape
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice.domain.form_events import Counted, FormEvent
from backoffice.domain.incoming import ChannelCode, Sender
from backoffice.domain.lifecycle import Outcome
from backoffice.domain.policy import Actor
from backoffice.models.evaluation import FormCount
from backoffice.queries import catalogue, ready_answers
from backoffice.reports import answers, forms, return_motives
from backoffice.services import casework, citizen_acts, contacts, export_jobs, moment
from backoffice.services.contacts import Answered
from backoffice.services.form_counting import Tally
from backoffice.services.outbox import JobKind
from backoffice.web.access import STAFF_COOKIE
from tests import factories
from tests.usecases.promises import claim_next
from tests.web.citizen_visits import HOLE, form_path, runtime_of, send
from tests.web.citizen_visits import JEANNE as PERSON
from tests.web.conftest import SignedIn
from tests.web.step_visits import ASSOCIATION, GRANT, JEANNE, MONEY, a_budget, go_on, send_page
from tests.web.visits import hidden, words

Counts = dict[tuple[str, str], int]


def opened(client: FlaskClient, code: str, **headers: str) -> str:
    """A form that is opened, the whole of its answer received."""
    with client.get(form_path(code), headers=headers) as answer:
        return answer.text


def counted(app: Flask) -> tuple[Counts, dict[tuple[str, str, str], int]]:
    """How many of each (event, step), then how many refusals of each (step, question, why)."""
    with runtime_of(app).database.reading() as session:
        rows = list(session.scalars(select(FormCount)))
    whole = {(row.event, row.step): row.n for row in rows if not row.field}
    return whole, {(row.step, row.field, row.fault): row.n for row in rows if row.field}


def test_each_step_of_a_form_is_counted_once_and_nothing_tells_of_whom(app: Flask, client: FlaskClient) -> None:
    page = opened(client, GRANT)
    assert counted(app) == ({("opened", "1"): 1}, {})
    refused = send_page(client, page, {**ASSOCIATION, "iban": "FR00", "rna": ""}).text
    send_page(client, refused, {**ASSOCIATION, "iban": "FR00"})
    page = go_on(client, refused, ASSOCIATION)
    back = send_page(client, page, {**MONEY, "amount": "beaucoup", "go": "back"})
    page = go_on(client, client.get(back.location).text, ASSOCIATION)
    page = go_on(client, page, {**MONEY, "budget": a_budget()})
    left = send_page(client, page, {}, f"/demarches/{GRANT}/brouillon")
    assert left.location.endswith("/plus-tard")
    key = hidden(page, "submission")
    page = client.get(client.get(f"/brouillons/{key}").location).text
    page = go_on(client, page, {"republican_commitment": "yes"})
    page = go_on(client, page, {"document.bank_details": a_budget("rib.pdf")})
    summary = go_on(client, page, JEANNE)
    sent = send_page(client, summary, {})
    assert sent.status_code == 303
    assert send_page(client, summary, {}).status_code == 303  # twice by mistake: it was sent once
    events, questions = counted(app)
    steps = ("1", "2", "3", "pieces", "coordonnees", "verification")
    assert {step: n for (event, step), n in events.items() if event == "passed"} == dict.fromkeys(steps, 1)
    assert {step: n for (event, step), n in events.items() if event == "shown"} == dict.fromkeys(steps[1:], 1)
    rest = {key: n for key, n in events.items() if key[0] not in {"passed", "shown"}}
    assert rest == {
        ("opened", "1"): 1,
        ("started", ""): 1,
        ("refused", "1"): 2,
        ("left", "3"): 1,
        ("resumed", "3"): 1,
        ("sent", ""): 1,
    }
    assert questions == {("1", "iban", "wrong"): 2, ("1", "rna", "missing"): 1}


def test_a_form_in_one_page_counts_people_alone(app: Flask, client: FlaskClient) -> None:
    page = opened(client, "street_issue")
    opened(client, "street_issue", **{"User-Agent": "Mozilla/5.0 (compatible; Googlebot/2.1)"})
    opened(client, "street_issue", **{"Sec-Purpose": "prefetch"})
    client.head(form_path()).close()
    agent = app.test_client()
    agent.set_cookie(STAFF_COOKIE, "celui d’un agent")
    opened(agent, "street_issue")
    form = {"submission": hidden(page, "submission"), "csrf_token": hidden(page, "csrf_token")}
    with client.post(form_path(), data=form | {"requester.email": "pas une adresse", "mal<": "x"}) as answer:
        assert answer.status_code == 422
    saved = {"Accept": "application/json"}
    for _ in range(2):
        assert client.post("/demarches/street_issue/brouillon", data=form, headers=saved).status_code == 200
    assert send(client, {**HOLE, **PERSON}, page=page).status_code == 303
    events, questions = counted(app)
    assert events == {
        ("opened", "formulaire"): 1,
        ("refused", "formulaire"): 1,
        ("started", ""): 1,
        ("passed", "formulaire"): 1,
        ("sent", ""): 1,
    }
    assert questions["formulaire", "requester.email", "wrong"] == 1
    assert questions["formulaire", "category", "missing"] == 1
    assert {step for step, _, _ in questions} == {"formulaire"}


EVALUATION = "/agents/activite/evaluation"
MARCH = "du=2026-03-01&au=2026-03-31"


def _in_march(day: int) -> datetime:
    return datetime(2026, 3, day, 10, tzinfo=UTC)


def _called(session: Session, agent: Actor, who: Sender, day: int, version: int | None = None) -> None:
    with moment.at(_in_march(day)):
        said = Answered(f"{next(factories.numbers):032}", ChannelCode.PHONE, "Dit.", who, "street_issue", version)
        contacts.record(session, agent, said)


def _people_who_come_back(app: Flask) -> int:
    """Anne twice, Bob and Chloé once; the number of the ready answer that Anne was given first."""
    anne, bob, chloe = (
        Sender(given_names=name, family_name="Petit", email=f"{name.lower()}@courriel.example")
        for name in ("Anne", "Bob", "Chloe")
    )
    runtime = runtime_of(app)
    with runtime.database.transaction() as session:
        karim = factories.actor_named(session, "Karim")
        answer = ready_answers.find_answer(session, karim.authority_id, "street_issue_danger")
        assert answer is not None
        _called(session, karim, anne, 2, answer.current_version_id)
        _called(session, karim, anne, 6)
        _called(session, karim, anne, 8)
        case = factories.a_case(session, runtime, sender=bob, received_at=_in_march(3))
        with moment.at(_in_march(5)):
            casework.close(session, runtime, karim, case, Outcome.ANSWERED, "Le trou est rebouché.")
        citizen_acts.judge(session, case, "Le trou est revenu.", helped=False).at = _in_march(6)
        factories.a_case(session, runtime, sender=bob, received_at=_in_march(10))
        factories.a_case(session, runtime, sender=chloe, received_at=_in_march(3))
        _called(session, karim, chloe, 9)
        return answer.id


def _numbers(page: str) -> list[tuple[str, str, int]]:
    """Each number of the tables that leads somewhere: its line, its address, itself."""
    lines = re.findall(r'<tr role="row"><th scope="row"[^>]*>(.*?)</th>(.*?)</tr>', page, re.DOTALL)
    found = r'<td role="cell" class="numeric"[^>]*><a href="([^"]+)">([0-9]+)<'
    return [(words(line), unescape(link), int(n)) for line, cells in lines for link, n in re.findall(found, cells)]


def test_each_number_of_the_evaluation_opens_a_list_of_as_many(app: Flask, signed_in: SignedIn) -> None:
    answer_id = _people_who_come_back(app)
    marc = signed_in("Marc")
    page = marc.get(f"{EVALUATION}/?{MARCH}").text
    returns = _numbers(page)
    assert {(line, n) for line, _, n in returns[1:]} >= {
        ("Demande terminée : Réponse apportée", 1),
        ("Rien encore : la demande était en cours", 1),
        ("Une réponse sur-le-champ, sans réponse type", 1),
    }
    assert any(line.startswith("Réponse type : «") for line, _, _ in returns)
    assert returns[0][2] == sum(n for _, _, n in returns[1:]) == 4
    judged = _numbers(marc.get(f"{EVALUATION}/reponses?{MARCH}").text)
    assert "Le trou est revenu." in marc.get(f"{EVALUATION}/reponses?{MARCH}").text
    assert [n for _, _, n in judged] == [1, 1, 0, 4, 1, 1]  # judged, not helped, reopened, back; given, came back
    for line, link, n in [*returns, *judged]:
        rows = re.findall(r'<tr role="row">\s*<th scope="row"', marc.get(link).text)
        assert len(rows) == n, (line, link)
    assert f"sujet=answer&amp;reponse={answer_id}" in page
    assert f"/agents/exports/evaluation?{MARCH}" in unescape(page)
    assert "masquer les petits nombres" in marc.get(f"/agents/exports/evaluation?{MARCH}").text
    exported = {}
    for outward in ("", "yes"):
        asked = {"source": MARCH, "format": "csv", "outward": outward, "form_key": f"{outward:e<32}"}
        made = marc.post("/agents/exports/evaluation", data=asked).headers["Location"]
        export_jobs.make(runtime_of(app), claim_next(runtime_of(app), JobKind.MAKE_EXPORT))
        exported[outward] = marc.get(f"{made}/fichier").text
    assert "Signalement d’un problème dans la rue;1;1;100;0;4" in exported[""]
    assert "Demande terminée : Réponse apportée;1" in exported[""]
    assert "Demande terminée : Réponse apportée;masqué" in exported["yes"]
    assert (
        marc.post("/agents/exports/evaluation", data=asked | {"format": "pdf", "form_key": "f" * 32}).status_code == 422
    )
    elsewhere = signed_in("Hélène").get(f"{EVALUATION}/?{MARCH}").text
    assert "Rien à compter" in elsewhere
    assert marc.get(f"{EVALUATION}/retours/reponse-99999?{MARCH}").status_code == 404
    assert marc.get(f"{EVALUATION}/?du=x").status_code == 422
    assert signed_in("Karim").get(f"{EVALUATION}/").status_code == 403


def _count(app: Flask, day: date, events: dict[tuple[FormEvent, str], int], field: str = "") -> None:
    with runtime_of(app).database.transaction() as session:
        authority = factories.the_authority(session)
        version = catalogue.get_procedure(session, authority.id, GRANT).current_version_id
        assert version is not None
        counted = [
            Counted(event, step, field, field and "wrong") for (event, step), n in events.items() for _ in range(n)
        ]
        Tally(authority.id, version, day).add(session, counted)


LOST = {
    (FormEvent.OPENED, "1"): 20,
    (FormEvent.STARTED, ""): 10,
    (FormEvent.PASSED, "1"): 8,
    (FormEvent.SHOWN, "2"): 8,
    (FormEvent.REFUSED, "2"): 7,
    (FormEvent.PASSED, "2"): 2,
    (FormEvent.SENT, ""): 2,
}


def test_a_supervisor_sees_at_which_step_a_form_is_given_up_and_why(app: Flask, signed_in: SignedIn) -> None:
    _count(app, date(2026, 3, 31), LOST)
    _count(app, date(2026, 4, 1), LOST)
    _count(app, date(2026, 3, 31), {(FormEvent.REFUSED, "2"): 6}, "amount")
    philippe = signed_in("Philippe")
    listed = philippe.get(f"{EVALUATION}/formulaires?{MARCH}").text
    ((line, link, opened_), *others) = _numbers(listed)
    assert (line, opened_, [n for _, _, n in others]) == ("Subvention à une association", 20, [10, 2, 8, 80])
    page = philippe.get(link).text
    shown = words(page)
    assert "10 formulaires commencés, 2 envoyés" in shown
    rows = re.findall(r'<tr role="row"><th scope="row"[^>]*>(.*?)</th>(.*?)</tr>', page, re.DOTALL)
    cells = {words(name): re.findall(r"<td[^>]*>([^<]*)</td>", rest) for name, rest in rows}
    assert cells["L’association"][:5] == ["20", "8", "12", "60", "0"]
    assert cells["Montant demandé"][1:3] == ["à corriger", "6"]
    assert 'role="img"' in page
    assert "question=amount" in page
    assert "Personne n’a ouvert" in signed_in("Marc").get(f"{EVALUATION}/formulaires/{GRANT}?{MARCH}").text
    assert philippe.get(f"{EVALUATION}/formulaires/inconnue").status_code == 404


def test_a_text_is_proposed_from_a_line_decided_published_and_measured(app: Flask, signed_in: SignedIn) -> None:
    today = moment.now().date()
    _count(app, today - timedelta(days=3), LOST)
    philippe, nadia = signed_in("Philippe"), signed_in("Nadia")
    new = f"{EVALUATION}/textes/nouveau?sujet=label&demarche={GRANT}&etape=2&question=amount"
    form = philippe.get(new).text
    assert ">\nMontant demandé</textarea>" in form
    refused = philippe.post(new, data={"said": "Montant demandé", "proposed": "Montant demandé", "why": ""})
    assert (refused.status_code, "Ce texte est le même" in refused.text) == (422, True)
    typed = {"said": "Montant demandé", "proposed": "Combien demandez-vous, en euros ?", "why": "Six refus sur dix."}
    page = philippe.post(new, data=typed).headers["Location"]
    assert "Décider" not in philippe.get(page).text
    assert philippe.post(page, data={"state": "accepted"}).status_code == 403
    assert "Combien demandez-vous" in words(nadia.get(page).text)
    assert nadia.post(page, data={"state": "published"}).status_code == 409
    assert nadia.post(page, data={"state": "declined", "reason": " "}).status_code == 422
    assert nadia.post(page, data={"state": "accepted"}).status_code == 303
    assert nadia.post(f"/agents/demarches/{GRANT}/brouillon/nouveau").status_code == 303
    assert page in nadia.get(f"/agents/demarches/{GRANT}/brouillon").text
    assert nadia.post(page, data={"state": "published"}).status_code == 303
    _count(app, today, {(FormEvent.SHOWN, "2"): 4, (FormEvent.PASSED, "2"): 3})
    shown = words(nadia.get(page).text)
    assert "Avant 6 8 75" in shown
    assert "Depuis 1 4 25" in shown
    history = shown.partition("Historique")[2]
    assert [name for name in ("Proposée", "Retenue", "Publiée") if name in history] == [
        "Proposée",
        "Retenue",
        "Publiée",
    ]
    assert "Philippe" in history
    assert "Publiée 1" in words(philippe.get(f"{EVALUATION}/textes?etat=published").text)
    answer_id = _people_who_come_back(app)
    of_answer = f"{EVALUATION}/textes/nouveau?sujet=answer&reponse={answer_id}"
    typed = {"said": "Appelez", "proposed": "Appelez le 112.", "why": "On rappelle pour le numéro."}
    page = nadia.post(of_answer, data=typed).headers["Location"]
    assert page in nadia.get(f"/agents/reponses/{answer_id}/modifier").text
    assert nadia.post(page, data={"state": "declined", "reason": "Le numéro y est déjà."}).status_code == 303
    assert page not in nadia.get(f"/agents/reponses/{answer_id}").text
    for nowhere in ("sujet=label", "sujet=x", f"sujet=step&demarche={GRANT}&etape=9", "sujet=answer&reponse=²"):
        assert nadia.get(f"{EVALUATION}/textes/nouveau?{nowhere}").status_code == 404


def test_the_manual_says_what_the_evaluation_says() -> None:
    tables = (
        ("Retours", (*return_motives.BY_PROCEDURE.columns, *return_motives.BY_ANSWER.columns)),
        ("Réponses", answers.BY_PROCEDURE.columns),
        ("Formulaires", forms.BY_PROCEDURE.columns),
        ("Étapes d’un formulaire", forms.STEP_COLUMNS),
        ("Questions d’un formulaire", forms.FIELD_COLUMNS),
    )
    lines = []
    for title, columns in tables:
        lines += ["", f"## {title}", "", "| Chiffre | Définition |", "|---|---|"]
        lines += [f"| {one.title} | {one.definition} |" for one in columns if one.definition]
    manual = (Path(__file__).parents[2] / "docs" / "evaluation.md").read_text(encoding="utf-8")
    assert manual.splitlines()[-len(lines) :] == lines
