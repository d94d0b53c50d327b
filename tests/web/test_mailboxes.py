"""A mailbox is added on a screen, tried out, read, suspended: its password is sealed, and never shown again."""

import re

from flask import Flask
from sqlalchemy import select

from backoffice.infra import sealing
from backoffice.infra.runtime import Runtime
from backoffice.models.authorities import SettingChange
from backoffice.models.mail import KeptMailbox
from backoffice.queries import mail_ledger as ledger
from backoffice.services import doctor, kept_mailboxes
from backoffice.settings import MailboxSettings
from tests.services.dovecot import Mailbox
from tests.web.citizen_visits import runtime_of
from tests.web.conftest import SignedIn
from tests.web.visits import words
from tests.workers.crew import wait_until
from workers import inboxes

HERE = "/agents/boites/reglages"
PASSWORD = "un-mot-de-passe-de-boite"
TYPED = {
    "code": "urbanisme",
    "address": "urbanisme@collectivite.example",
    "scheme": "imaps",
    "host": "127.0.0.1",
    "port": "9",
    "account": "urba@collectivite.example",
    "password": PASSWORD,
    "folder": "INBOX",
    "processed_folder": "Traités",
}


def test_a_mailbox_is_added_tried_corrected_and_suspended(app: Flask, signed_in: SignedIn) -> None:
    paul, house = signed_in("Paul"), runtime_of(app)
    wrong = {"code": "Urba 1", "address": "urba@", "host": "http://x", "port": "0", "folder": "", "scheme": "maildir"}
    page = paul.post(f"{HERE}/nouvelle", data={**TYPED, **wrong})
    assert page.status_code == 422
    assert set(re.findall(r'id="f-(\w+)-error', page.text)) == set(wrong)
    assert 'value="http://x"' in page.text
    assert PASSWORD not in page.text
    tried = paul.post(f"{HERE}/nouvelle", data={**TYPED, "do": "test"})
    assert "Personne ne répond sur le port 9" in words(tried.text)
    assert 'value="urba@collectivite.example"' in tried.text
    assert paul.get(f"{HERE}/urbanisme").status_code == 404, "trying keeps nothing"
    assert paul.post(f"{HERE}/nouvelle", data=TYPED).status_code == 303
    assert "Une boîte porte déjà ce nom" in words(paul.post(f"{HERE}/nouvelle", data=TYPED).text)
    with house.database.transaction() as session:
        (read,) = kept_mailboxes.list_kept(session, house)
        assert read == MailboxSettings(
            "urbanisme",
            TYPED["address"],
            "imaps://urba%40collectivite.example@127.0.0.1:9/INBOX",
            PASSWORD,
            "saint-aubin",
        )
        kept = session.scalars(select(KeptMailbox)).one()
        assert PASSWORD not in kept.secret
        assert sealing.is_sealed(kept.secret)
    assert PASSWORD not in paul.get(f"{HERE}/urbanisme").text
    assert "Personne ne répond" in words(paul.post("/agents/boites/urbanisme/tester").text)
    assert "urbanisme" in doctor.mailboxes(house).said, "never read yet: said among what is to look at"
    # Without a password the one that is kept stays.
    assert paul.post(f"{HERE}/urbanisme", data={**TYPED, "host": "imap.example", "password": ""}).status_code == 303
    with house.database.reading() as session:
        (read,) = kept_mailboxes.list_kept(session, house)
        assert (read.password, "@imap.example:9/" in read.url) == (PASSWORD, True)
        told = [(one.act, one.after) for one in session.scalars(select(SettingChange).order_by(SettingChange.id))]
    assert told[0][1]["Mot de passe"] == "changé"
    assert told[1] == ("Modifié", {"Serveur": "imap.example"})
    assert PASSWORD not in str(told)
    paul.post(f"{HERE}/urbanisme/lecture", data={"active": "0"})
    assert "Lecture suspendue" in words(paul.get("/agents/boites").text)
    with house.database.reading() as session:
        assert kept_mailboxes.list_kept(session, house) == ()
    for who in ("Sandrine", "Hélène"):
        assert signed_in(who).get(f"{HERE}/nouvelle").status_code == 403


def test_a_mailbox_of_the_screens_is_read_within_a_minute_and_left_once_suspended(
    app: Flask, signed_in: SignedIn, mailbox: Mailbox
) -> None:
    paul, house = signed_in("Paul"), runtime_of(app)
    paul.post(f"{HERE}/nouvelle", data={**TYPED, "account": mailbox.user, "password": mailbox.password})
    with house.database.transaction() as session:
        # In clear, as screens never offer it: this server is of this machine.
        row = session.scalars(select(KeptMailbox)).one()
        row.scheme, row.host, row.port = "imap", mailbox.host, mailbox.port
    screens = inboxes.Screens(house)
    screens.follow()
    try:
        ((_, thread),) = screens.watched.values()
        mailbox.append(b"From: a@courriel.example\r\nSubject: Bonjour\r\n\r\nUn trou.\r\n")
        wait_until(lambda: _received(house) == 1)
        paul.post(f"{HERE}/urbanisme/lecture", data={"active": "0"})
        screens.follow()
        assert screens.watched == {}
        assert not thread.is_alive()
    finally:
        screens.leave(list(screens.watched))
    assert "Compte juste" in words(paul.get("/agents/boites").text)


def _received(house: Runtime) -> int:
    with house.database.reading() as session:
        mark = ledger.find_bookmark(session, "urbanisme")
        return mark.received if mark else 0
