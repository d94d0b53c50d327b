"""The activity page counts what it says, and each number leads to what it counts."""

import re
from datetime import UTC, date, datetime
from html import unescape

import pytest
from flask import Flask

from backoffice.domain import books
from backoffice.domain.incoming import ChannelCode
from backoffice.domain.lifecycle import Outcome
from backoffice.reports.base import Filters
from backoffice.services import casework, citizen_acts, contacts, exports
from backoffice.services.contacts import Answered
from backoffice.web import figures, supervision
from tests import factories
from tests.web.conftest import SignedIn
from tests.web.visits import words

MARCH = "du=2026-03-01&au=2026-03-31"


CONTACTS = (
    (ChannelCode.PHONE, "street_issue"),
    (ChannelCode.PHONE, "street_issue"),
    (ChannelCode.COUNTER, "waste_bin_bulky"),
    (ChannelCode.COUNTER, "street_issue"),
)


def _received(day: int, month: int = 3) -> datetime:
    return datetime(2026, month, day, 10, tzinfo=UTC)


def _some_activity(app: Flask) -> None:
    runtime = app.extensions["parvis"]
    with runtime.database.transaction() as session:
        karim = factories.actor_named(session, "Karim")
        for day in (2, 3, 9):
            factories.a_case(session, runtime, received_at=_received(day))
        factories.a_case(session, runtime, received_at=_received(5), channel=ChannelCode.PHONE)
        factories.a_case(session, runtime, received_at=_received(10, 2))
        for day, delay in ((4, 2), (6, 9), (7, 5)):
            case = factories.a_case(session, runtime, received_at=_received(day))
            casework.close(session, runtime, karim, case, Outcome.ANSWERED, "Le trou est rebouché.")
            case.closed_on, case.closed_after_days = date(2026, 3, day + delay), delay
        for number, (channel, motive) in enumerate(CONTACTS):
            said = Answered(f"c{number}", channel, "Jeudi.", motive=motive, at=_received(9 + number))
            contact = contacts.record(session, karim, said)
        contact.case_id = case.id


def test_a_supervisor_reads_what_was_received_closed_and_left(app: Flask, signed_in: SignedIn) -> None:
    _some_activity(app)
    with app.extensions["parvis"].database.reading() as session:
        marc = factories.actor_named(session, "Marc")
        tables = exports.read_tables(session, marc, Filters(date(2026, 3, 1), date(2026, 3, 31)))
    by_channel = {row[0]: row[1:] for row in tables[0].rows}
    assert by_channel == {"En ligne": (6, 3, 4, 5), "Téléphone": (1, 0, 1, None)}
    page = signed_in("Marc").get(f"/agents/activite/?{MARCH}")
    assert page.status_code == 200
    assert "Du dimanche 1er mars 2026 au mardi 31 mars 2026" in page.text


def test_the_median_of_an_even_number_of_delays_is_the_mean_of_the_middle_two(app: Flask) -> None:
    _some_activity(app)
    runtime = app.extensions["parvis"]
    with runtime.database.transaction() as session:
        case = factories.a_case(session, runtime, received_at=_received(8))
        casework.close(session, runtime, factories.actor_named(session, "Karim"), case, Outcome.INADMISSIBLE, "Non.")
        case.closed_on, case.closed_after_days = date(2026, 3, 20), 12
        marc = factories.actor_named(session, "Marc")
        tables = exports.read_tables(session, marc, Filters(date(2026, 3, 1), date(2026, 3, 31)))
    assert tables[0].rows[0][:5:4] == ("En ligne", 7)


def _figures(page: str) -> list[list[str]]:
    """Title, number, difference and definition of each figure of a page."""
    seen = re.sub(r'<span class="visually-hidden">.*?</span>', "", page)
    parts = (r"<h3>(.*?)</h3>", r"<a [^>]*>(.*?)</a>", r'(?:<p class="figure-change">(.*?)</p>)?', r"<p>(.*?)</p>")
    found = re.findall(
        r'<li class="figure-card">\s*' + r".*?".join(parts[:2]) + r"</p>\s*" + parts[2] + r".*?" + parts[3],
        seen,
        re.DOTALL,
    )
    return [[words(part) for part in one] for one in found]


def test_what_is_answered_at_once_is_counted_apart_and_together_with_requests(app: Flask) -> None:
    _some_activity(app)
    with app.extensions["parvis"].database.reading() as session:
        marc = factories.actor_named(session, "Marc")
        by_channel, by_motive = exports.read_contacts(session, marc, Filters(date(2026, 3, 1), date(2026, 3, 31)))
        assert set(by_channel.rows) == {
            ("En ligne", 0, 0, 6, 6),
            ("Téléphone", 2, 0, 1, 3),
            ("Guichet", 1, 1, 0, 1),
        }
        assert {row[1:] for row in by_motive.rows} == {(2, 1, 7, 9), (1, 0, 0, 1)}
        only_calls = exports.read_contacts(session, marc, Filters(date(2026, 3, 1), date(2026, 3, 10), channel="phone"))
        assert only_calls[0].rows == (("Téléphone", 2, 0, 1, 3),)
        helene = factories.actor_named(session, "Hélène")
        assert exports.read_contacts(session, helene, Filters(date(2026, 1, 1), date(2026, 12, 31)))[0].rows == ()


def test_a_supervisor_counts_only_their_own_departments(app: Flask) -> None:
    _some_activity(app)
    with app.extensions["parvis"].database.reading() as session:
        helene = factories.actor_named(session, "Hélène")
        tables = exports.read_tables(session, helene, Filters(date(2026, 1, 1), date(2026, 12, 31)))
    assert tables[0].rows == ()


def test_an_impossible_period_is_told_beside_its_field_and_keeps_what_was_asked(signed_in: SignedIn) -> None:
    page = signed_in("Marc").get("/agents/activite/?du=2026-04-01&au=2026-03-01&canal=phone")
    assert page.status_code == 422
    assert "La période finit avant de commencer" in page.text
    assert '<option value="phone" selected' in page.text


def test_a_department_that_is_no_number_narrows_nothing(signed_in: SignedIn) -> None:
    client = signed_in("Marc")
    for department in ("²", "9" * 30):
        assert client.get(f"/agents/activite/?service={department}").status_code == 200


def test_a_front_desk_agent_reads_no_activity(signed_in: SignedIn) -> None:
    assert signed_in("Sandrine").get("/agents/activite/").status_code == 403


def test_a_cell_that_a_spreadsheet_would_run_is_neutralised() -> None:
    assert books.safe_cell("=HYPERLINK(1)") == "'=HYPERLINK(1)"
    assert books.safe_cell("Voirie") == "Voirie"


def test_whether_answers_helped_is_counted_by_procedure_and_each_figure_lists_what_it_counts(
    app: Flask, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime = app.extensions["parvis"]
    # In Paris it is still March 31st, then April 1st.
    last_evening, first_night = (datetime(2026, 3, 31, hour, 30, tzinfo=UTC) for hour in (21, 22))
    with runtime.database.transaction() as session:
        karim = factories.actor_named(session, "Karim")
        for helped, at in ((True, _received(2)), (True, last_evening), (False, _received(9)), (True, first_night)):
            case = factories.a_case(session, runtime, received_at=_received(1))
            casework.close(session, runtime, karim, case, Outcome.ANSWERED, "Le trou est rebouché.")
            said = citizen_acts.judge(session, case, "" if helped else "Le trou est revenu.", helped=helped)
            said.at = at
        other = factories.a_case(session, runtime, procedure="waste_bin_bulky", received_at=_received(1))
        casework.close(session, runtime, karim, other, Outcome.ANSWERED, "C’est fait.")
        citizen_acts.judge(session, other, "", helped=True).at = datetime(2026, 3, 5, tzinfo=UTC)
    desk = signed_in("Marc")
    page = desk.get(f"/agents/activite/?{MARCH}").text
    row = re.search(
        r"<th[^>]*>Signalement d’un problème dans la rue</th>(?:(?!</tr>).)*appréciations à lire.*?</tr>",
        page,
        re.DOTALL,
    )
    assert row
    assert re.findall(r">([0-9,]+)<", row[0]) == ["3", "2", "1", "66,7"]
    for url, count in zip(re.findall(r'href="([^"]+)"', row[0]), (3, 2, 1), strict=True):
        listed = desk.get(unescape(url)).text
        assert f"{count} appréciation" in words(listed)
        assert len(re.findall(r'<th scope="row"', listed)) == count
    assert "Le trou est revenu." in listed
    monkeypatch.setattr(supervision, "OPINIONS", 2)
    first = desk.get(f"/agents/activite/appreciations?{MARCH}&endpoint=x").text
    assert ("4 appréciations" in words(first), len(re.findall(r'<th scope="row"', first))) == (True, 2)
    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following
    last = desk.get(unescape(following[1])).text
    assert len(re.findall(r'<th scope="row"', last)) == 2
    assert 'rel="next"' not in last
    assert unescape(re.findall(r'rel="prev" href="([^"]+)"', last)[0]).endswith("page=1")
    assert "Aucune appréciation" in words(signed_in("Hélène").get(f"/agents/activite/appreciations?{MARCH}").text)
    assert desk.get("/agents/activite/appreciations?du=x").status_code == 422


def test_a_figure_lists_page_after_page_only_what_its_reader_may_count_and_links_what_they_may_open(
    app: Flask, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime = app.extensions["parvis"]
    with runtime.database.transaction() as session:
        cases = [factories.a_case(session, runtime, received_at=_received(day)) for day in (2, 3, 9)]
        cases[1].restricted = True
        first, secret, last = (case.reference for case in cases)
    monkeypatch.setattr(figures, "ROWS", 2)
    marc, philippe, ines = (signed_in(name) for name in ("Marc", "Philippe", "Inès"))
    address = f"/agents/activite/recues?{MARCH}&canal=web_form&demarche=street_issue&endpoint=x"
    page = marc.get(address).text
    assert "Reçues : 3" in words(page)
    assert "mars 2026 · En ligne · Signalement d’un problème dans la rue" in words(page)
    assert re.findall(r">(\d{4}-\d{6})</a>", page) == [last, secret]
    following = re.search(r'rel="next" href="([^"]+)"', page)
    assert following
    assert first in (rest := marc.get(unescape(following[1])).text)
    assert secret not in rest
    assert "canal=web_form&amp;demarche=street_issue" in rest
    shown = words(philippe.get(address).text)
    assert "Reçues : 2" in shown
    assert (last in shown, secret in shown) == (True, False)
    assert "/agents/dossiers/" not in philippe.get(address).text
    assert "Reçues : 3" in words(ines.get(address).text)
    assert f'href="/agents/dossiers/{secret}"' in ines.get(address).text
    assert marc.get("/agents/activite/chiffre-inconnu").status_code == 404
    assert marc.get("/agents/activite/recues?du=x").status_code == 422
    assert signed_in("Karim").get(address).status_code == 403


def test_a_period_is_compared_with_the_one_before_or_a_year_before(app: Flask, signed_in: SignedIn) -> None:
    with app.extensions["parvis"].database.transaction() as session:
        for day, month, year in ((2, 3, 2026), (3, 3, 2026), (5, 2, 2026), (9, 3, 2025)):
            at = datetime(year, month, day, 10, tzinfo=UTC)
            factories.a_case(session, app.extensions["parvis"], received_at=at)
        factories.a_case(session, app.extensions["parvis"], received_at=datetime(2025, 2, 9, 10, tzinfo=UTC))
    desk = signed_in("Marc")
    for comparison, name, change in (("avant", "février 2026", "1 de plus (1)"), ("an", "mars 2025", "1 de plus (1)")):
        page = desk.get(f"/agents/activite/?{MARCH}&comparer={comparison}&canal=web_form").text
        assert f"comparé à : {name} (entre parenthèses)" in words(page)
        assert _figures(page)[0][:3] == ["Reçues", "2", change]
        links = [unescape(link) for link in re.findall(r'<li class="period-step"><a href="([^"]+)"', page)]
        assert all("canal=web_form" in link and f"comparer={comparison}" in link for link in links)
        assert "du=2026-02-01&au=2026-02-28" in links[0]
    page = desk.get("/agents/activite/?du=2025-09-01&au=2026-08-31").text
    assert "comparé à : année scolaire 2024-2025" in words(page)
    assert _figures(page)[0][:3] == ["Reçues", "3", "1 de plus (2)"]


def test_figures_by_agent_are_shown_only_where_an_administrator_chose_it_for_a_reason(
    app: Flask, signed_in: SignedIn
) -> None:
    _some_activity(app)
    with app.extensions["parvis"].database.transaction() as session:
        factories.a_case(session, app.extensions["parvis"]).assignee_id = factories.staff_named(session, "Karim").id
    marc, ines = signed_in("Marc"), signed_in("Nadia")
    page, setting = f"/agents/activite/?{MARCH}", "/agents/chiffres-par-agent/"
    assert "Les chiffres par agent ne sont pas affichés" in marc.get(page).text
    assert "Karim" not in words(marc.get(page).text)
    assert marc.post(setting, data={"do": "show", "reason": "Parce que je le veux."}).status_code == 403
    refused = ines.post(setting, data={"do": "show", "reason": "bof"})
    assert (refused.status_code, "Dites pourquoi, en une phrase" in refused.text) == (422, True)
    reason = "Répartir les dossiers après le départ de deux agents."
    assert ines.post(setting, data={"do": "show", "reason": reason}).status_code == 303
    assert ines.post(setting, data={"do": "show", "reason": reason}).status_code == 409
    shown = words(marc.get(page).text)
    assert "Affichés par Nadia Ferreira depuis le" in shown
    assert reason in shown
    assert "Karim" in shown
    ines.post(setting, data={"do": "hide", "reason": "La répartition est faite."})
    assert "Karim" not in words(marc.get(page).text)
    history = words(ines.get(setting).text)
    assert history.index("La répartition est faite.") < history.index(reason)
