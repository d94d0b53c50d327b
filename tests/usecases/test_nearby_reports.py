"""Reports near a place: found around a point, told without a word of who made them, followed until they are closed."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from backoffice.domain import policy, procedure_files
from backoffice.domain.addresses import Point
from backoffice.domain.lifecycle import Outcome, Status
from backoffice.domain.nearby import NearbyReport, coarse
from backoffice.errors import Invalid, NotFound
from backoffice.infra.runtime import Runtime
from backoffice.models.authorities import Authority
from backoffice.models.cases import Case
from backoffice.models.followers import Follower
from backoffice.models.jobs import Job
from backoffice.models.mail import OutgoingMail
from backoffice.queries import catalogue
from backoffice.services import casework, followers, moment, nearby_reports, procedures, sorting
from backoffice.services.outbox import JobKind
from backoffice.settings import STARTER_ADDRESSES
from tests import factories
from workers import jobs

LILAS_12 = Point(47.305683, -0.852493)
TODAY = moment.today("Europe/Paris")
JEANNE = "jeanne@courriel.example"


@pytest.fixture
def house(seeded_url: str, tmp_path: Path) -> Iterator[Runtime]:
    """A town that has its addresses in a file, once on each engine."""
    found = factories.a_runtime(seeded_url, tmp_path, address_url=STARTER_ADDRESSES.as_uri())
    yield found
    found.database.dispose()


def a_report(house: Runtime, address: str = "14 rue des Lilas", category: str = "lighting", **changes: Any) -> int:
    """A report, once its place was looked up."""
    answers = {
        "category": category,
        "location": {"address": address},
        "description": "Chez M. Dupont.",
        "danger": False,
    }
    receipt = factories.a_receipt(house, **{"answers": answers, **changes})
    work(house, JobKind.LOCATE_CASE)
    assert receipt.case_id
    return receipt.case_id


def work(house: Runtime, kind: JobKind) -> None:
    """Keep the promises of a kind."""
    with house.database.reading() as session:
        waiting = session.scalars(select(Job.id).where(Job.kind == kind, Job.state == "queued")).all()
    for job_id in waiting:
        jobs.run(house, jobs.HANDLERS, job_id)


def around(house: Runtime, point: Point = LILAS_12, category: str = "lighting") -> list[NearbyReport]:
    with house.database.reading() as session:
        authority_id = factories.the_authority(session).id
    return nearby_reports.find(house, authority_id, "street_issue", point, category, TODAY)


def change(house: Runtime, case_id: int, **values: Any) -> None:
    with house.database.transaction() as session:
        case = session.get_one(Case, case_id)
        for name, value in values.items():
            setattr(case, name, value)


def close(house: Runtime, case_id: int) -> None:
    with house.database.transaction() as session:
        actor = factories.actor_named(session, "Karim")
        case = session.get_one(Case, case_id)
        case.status = Status.UNDER_REVIEW
        casework.close(session, house, actor, case, Outcome.ANSWERED, "C’est réparé.")


def mails(house: Runtime, template_words: str) -> list[OutgoingMail]:
    with house.database.reading() as session:
        written = session.scalars(select(OutgoingMail).order_by(OutgoingMail.id)).all()
    return [one for one in written if template_words in one.subject]


def test_a_place_that_is_only_written_is_located_and_the_answers_stay_as_given(house: Runtime) -> None:
    case_id = a_report(house, "devant le 14, rue des lilas")
    with house.database.reading() as session:
        case = session.get_one(Case, case_id)
    assert (case.latitude, case.longitude, case.near_street) == (47.305721, -0.852716, "Rue des Lilas")
    assert case.answers["location"] == {"address": "devant le 14, rue des lilas"}


def test_what_the_address_service_is_not_sure_of_stays_unknown(house: Runtime) -> None:
    for place in ("rue des Lilas", "devant l’école", "999 rue des Lilas"):
        case_id = a_report(house, place)
        with house.database.reading() as session:
            assert session.get_one(Case, case_id).latitude is None
    assert around(house) == []


def test_an_open_report_nearby_is_told_without_a_word_of_its_author(house: Runtime) -> None:
    case_id = a_report(house)
    (found,) = around(house)
    assert found == NearbyReport(case_id, "Éclairage public", "Rue des Lilas", "tout près", "Signalé au service", TODAY)
    assert "14" not in str(found).replace(str(TODAY), "").replace(f"case_id={case_id}", "")


def test_a_report_at_a_point_needs_no_address(house: Runtime) -> None:
    spot = {"latitude": LILAS_12.latitude, "longitude": LILAS_12.longitude}
    a_report(house, answers={"category": "tree", "location": spot, "danger": False})
    assert [one.category for one in around(house)] == ["Arbre ou végétation"]


def test_the_same_category_comes_first_then_the_nearest(house: Runtime) -> None:
    a_report(house, "12 rue des Lilas", "pothole")
    a_report(house, "18 rue des Lilas", "lighting")
    a_report(house, "14 rue des Lilas", "lighting")
    a_report(house, "40 rue des Lilas", "lighting")
    told = [(one.category, one.distance) for one in around(house)]
    assert told == [
        ("Éclairage public", "tout près"),
        ("Éclairage public", "à environ 60 m"),
        ("Trou ou chaussée abîmée", "tout près"),
    ]


def test_points_are_told_to_their_square_only() -> None:
    assert coarse(LILAS_12) == coarse(Point(LILAS_12.latitude + 0.00002, LILAS_12.longitude - 0.00002))


@pytest.mark.parametrize(
    "values",
    [
        {"closed_at": datetime.now(UTC)},
        {"restricted": True},
        {"received_on": TODAY - timedelta(days=91)},
        {"procedure_code": "waste_bin_bulky"},
        {"latitude": 48.0},
    ],
)
def test_what_is_closed_restricted_old_elsewhere_or_something_else_is_not_shown(
    house: Runtime, values: dict[str, Any]
) -> None:
    case_id = a_report(house)
    assert len(around(house)) == 1
    change(house, case_id, **values)
    assert around(house) == []


def test_a_restricted_procedure_shows_nothing_and_keeps_no_point(house: Runtime) -> None:
    with house.database.transaction() as session:
        authority = factories.the_authority(session)
        found = catalogue.get_procedure(session, authority.id, "street_issue")
        text = procedures.export_file(session, found) + "restricted: true\n"
        procedures.publish(session, policy.system(authority.id), authority, procedure_files.read_yaml(text))
    case_id = a_report(house)
    with house.database.reading() as session:
        assert session.get_one(Case, case_id).latitude is None
        assert session.scalars(select(Job).where(Job.kind == JobKind.LOCATE_CASE)).all() == []


def test_other_procedures_keep_no_point_of_their_addresses(house: Runtime) -> None:
    answers = {"variant": "repair", "address": {"line": "12 rue des Lilas", "latitude": 47.3, "longitude": -0.8}}
    case_id = a_report(house, procedure="waste_bin_bulky", answers=answers)
    with house.database.reading() as session:
        assert session.get_one(Case, case_id).latitude is None


def test_a_case_that_came_from_another_procedure_tells_nothing_of_its_form(house: Runtime) -> None:
    case_id = a_report(house, procedure="", answers={}, subject="Lampe")
    with house.database.transaction() as session:
        case = session.get_one(Case, case_id)
        sorting.choose_procedure(session, factories.actor_named(session, "Sandrine"), case, "street_issue")
        case.latitude, case.longitude = LILAS_12.latitude, LILAS_12.longitude
    assert [one.category for one in around(house)] == ["Signalement d’un problème dans la rue"]


def follow(house: Runtime, email: str = JEANNE) -> None:
    assert not followers.follow(house, authority_of(house), around(house)[0], email), "its owner alone learns more"


def authority_of(house: Runtime) -> int:
    with house.database.reading() as session:
        return factories.the_authority(session).id


def test_who_follows_is_told_once_of_the_end_and_forgotten(house: Runtime) -> None:
    case_id = a_report(house)
    follow(house)
    follow(house, "Jeanne@Courriel.example")
    first, again = mails(house, "Confirmez que vous suivez")
    assert link_of(first) != link_of(again)
    assert mails(house, "Vous suivez un signalement") == []
    with pytest.raises(NotFound):
        confirm(house, link_of(first))  # another one was asked for since
    confirm(house, link_of(again))
    follow(house)
    (first,) = mails(house, "Vous suivez un signalement")
    assert first.recipient == JEANNE
    assert "Éclairage public, Rue des Lilas" in first.text
    assert "Dupont" not in first.text + first.html
    tell(house)
    assert mails(house, "Signalement terminé") == [], "it is not closed"
    close(house, case_id)
    tell(house)
    tell(house)
    (last,) = mails(house, "Signalement terminé")
    assert (last.recipient, last.case_id) == (JEANNE, None)
    assert "réparé" not in last.text + last.html
    with house.database.reading() as session:
        assert session.scalars(select(Follower)).all() == []


def link_of(mail: OutgoingMail) -> str:
    """The token of the link that a mail gives."""
    found = re.search(r"/signalements/(?:confirmer|ne-plus-suivre)/(\S+)", mail.text)
    assert found
    return found[1]


def confirm(house: Runtime, token: str) -> None:
    with house.database.transaction() as session:
        followers.confirm(session, house, factories.the_authority(session).id, token, TODAY)


def test_an_address_that_nobody_proved_is_told_nothing_and_forgotten(house: Runtime) -> None:
    case_id = a_report(house)
    follow(house)
    close(house, case_id)
    tell(house)
    assert mails(house, "Signalement terminé") == []
    with house.database.reading() as session:
        assert session.scalars(select(Follower)).all() == []
    a_report(house, "16 rue des Lilas")
    follow(house)
    with house.database.transaction() as session:
        session.scalars(select(Follower)).one().created_at -= timedelta(days=4)
    with pytest.raises(NotFound):
        confirm(house, link_of(mails(house, "Confirmez que vous suivez")[-1]))
    tell(house)
    with house.database.reading() as session:
        assert session.scalars(select(Follower)).all() == []


def tell(house: Runtime) -> None:
    with house.database.transaction() as session:
        session.add(
            Job(kind=JobKind.TELL_FOLLOWERS, payload={}, due_at=datetime.now(UTC), created_at=datetime.now(UTC))
        )
    work(house, JobKind.TELL_FOLLOWERS)


def test_who_follows_may_leave_by_the_link_of_the_mail(house: Runtime) -> None:
    a_report(house)
    follow(house)
    confirm(house, link_of(mails(house, "Confirmez")[0]))
    found = re.search(r"/signalements/ne-plus-suivre/(\S+)", mails(house, "Vous suivez")[0].text)
    assert found
    with house.database.transaction() as session:
        authority_id = session.scalars(select(Authority.id)).one()
        followers.leave(session, authority_id, found[1])
    with house.database.transaction() as session:
        assert session.scalars(select(Follower)).all() == []
        with pytest.raises(NotFound):
            followers.leave(session, authority_id, found[1])


def test_an_address_is_not_flooded_and_must_be_one(house: Runtime) -> None:
    for number in range(10, 16):
        a_report(house, f"{number} rue des Lilas")
    with pytest.raises(Invalid):
        follow(house, "jeanne")
    found = around(house)
    sixth = replace(found[0], case_id=({1, 2, 3, 4, 5, 6} - {one.case_id for one in found}).pop())
    for report in found:
        assert not followers.follow(house, authority_of(house), report, JEANNE)
    written = len(mails(house, ""))
    assert not followers.follow(house, authority_of(house), sixth, JEANNE), "who did not prove it learns nothing"
    assert len(mails(house, "")) == written
    with pytest.raises(Invalid, match="plusieurs de nos messages"):
        followers.follow(house, authority_of(house), sixth, JEANNE, proven={JEANNE})


def test_two_clicks_at_one_instant_follow_once(seeded_postgres_url: str, tmp_path: Path) -> None:
    house = factories.a_runtime(seeded_postgres_url, tmp_path, address_url=STARTER_ADDRESSES.as_uri())
    a_report(house)
    (report,) = around(house)

    def rival(*_: Any) -> None:
        assert not followers.follow(house, authority_of(house), report, JEANNE)

    event.listen(Session, "before_flush", rival, once=True)
    assert not followers.follow(house, authority_of(house), report, JEANNE)
    with house.database.reading() as session:
        assert session.scalars(select(Follower.email)).all() == [JEANNE]
    house.database.dispose()


def test_who_follows_is_written_to_in_their_language(house: Runtime) -> None:
    case_id = a_report(house)
    followers.follow(house, authority_of(house), around(house)[0], JEANNE, language="en")
    (asked,) = mails(house, "Confirm that you follow a report")
    confirm(house, link_of(asked))
    (followed,) = mails(house, "You are following a report")
    assert f"/signalements/ne-plus-suivre/{link_of(followed)}" in followed.text.partition("* * *")[0]
    close(house, case_id)
    tell(house)
    (last,) = mails(house, "The report that you followed is finished")
    assert "Signalement terminé" in last.subject
    assert f"{house.settings.public_url}/demarches/street_issue" in last.text.partition("* * *")[0]
