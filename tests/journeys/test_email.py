"""A citizen writes to the town hall, gets an acknowledgement, answers it; a stranger's answer waits for an agent."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Page, expect

from tests import factories, mails
from tests.services.browser import Pages, axe, is_wider_than_screen
from tests.services.program import free_port
from tests.web.visits import STAFF
from tests.workers.crew import wait_until

pytestmark = pytest.mark.browser

SUBJECT = "Lampadaire éteint rue des Lilas"


class House:
    """A demonstration started as a person starts it, on a database that waits for it."""

    def __init__(self, folder: Path, database: Path) -> None:
        self.folder = folder / "var"
        self.folder.mkdir()
        shutil.copy(database, self.folder / "parvis.db")
        self.address = f"http://127.0.0.1:{free_port()}"
        settings = {"PARVIS_DEMO": "1", "VAR_DIR": str(self.folder), "PUBLIC_URL": self.address}
        with (folder / "output").open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "workers.supervisor"],
                env={**settings, "DEMO_IDENTITY_PORT": str(free_port())},
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def is_open(self) -> bool:
        with suppress(requests.ConnectionError):
            return requests.get(f"{self.address}/sante/pret", timeout=15).ok
        return False

    def drop(self, raw: bytes, name: str) -> None:
        """Copy a message in the mailbox, as a person does."""
        (self.folder / "maildir").mkdir(exist_ok=True)
        (self.folder / "maildir" / name).write_bytes(raw)

    def sent_to(self, recipient: str) -> EmailMessage | None:
        """The last mail that left for this address."""
        for path in sorted((self.folder / "outbox").glob("*.eml"), reverse=True):
            message = message_from_bytes(path.read_bytes(), policy=policy.default)
            if recipient in str(message["To"]):
                assert isinstance(message, EmailMessage)
                return message
        return None

    def close(self) -> None:
        self.process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(20)
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)


@pytest.fixture
def house(tmp_path: Path, seeded_sqlite: Path) -> Iterator[House]:
    house = House(tmp_path, seeded_sqlite)
    try:
        wait_until(house.is_open, 90)
        yield house
    finally:
        house.close()


def signed_in(open_page: Pages, house: House, first_name: str) -> Page:
    page = open_page()
    page.goto(f"{house.address}/agents/connexion")
    page.get_by_label("Adresse électronique").fill(STAFF[first_name])
    page.get_by_label("Mot de passe", exact=True).fill(factories.PASSWORD)
    page.get_by_role("button", name="Se connecter").click()
    return page


def reload_until(page: Page, address: str, text: str) -> None:
    """Open a page again until work done elsewhere shows on it."""

    def shown() -> bool:
        page.goto(address)
        return page.get_by_text(text).count() > 0

    wait_until(shown, 30)


@pytest.mark.timeout(300)
def test_a_mail_becomes_a_case_its_answer_joins_it_and_a_stranger_is_sorted_by_hand(
    house: House, open_page: Pages
) -> None:
    house.drop(mails.a_mail("Bonjour, il fait noir.", Subject=SUBJECT, files={"plan.txt": b"ici"}), "demande.eml")
    agent = signed_in(open_page, house, "Sandrine")
    reload_until(agent, f"{house.address}/agents/dossiers?q=Lampadaire", SUBJECT)
    agent.get_by_role("row").filter(has_text=SUBJECT).get_by_role("link").first.click()
    expect(agent.get_by_text("Bonjour, il fait noir.")).to_be_visible()
    expect(agent.get_by_role("link", name="plan.txt").first).to_be_visible()
    case = agent.url

    wait_until(lambda: house.sent_to("jeanne.martin@courriel.example") is not None)
    acknowledgement = house.sent_to("jeanne.martin@courriel.example")
    assert acknowledgement is not None
    assert [part.get_content_type() for part in acknowledgement.iter_attachments()] == ["application/pdf"]
    answer = {"Subject": f"Re: {acknowledgement['Subject']}", "To": str(acknowledgement["Reply-To"])}
    house.drop(mails.a_mail("C’est devant le 14.", **answer), "reponse.eml")
    reload_until(agent, case, "C’est devant le 14.")

    stranger = mails.a_mail("Moi aussi.", From="Paul Inconnu <paul@ailleurs.example>", **answer)
    house.drop(stranger, "voisin.eml")
    reload_until(agent, f"{house.address}/agents/courriels", "Moi aussi.")
    assert axe(agent) == []
    agent.set_viewport_size({"width": 375, "height": 800})
    assert not is_wider_than_screen(agent)
    agent.get_by_role("button", name="Rattacher au dossier").click()
    expect(agent.get_by_text("Le courriel est rattaché au dossier")).to_be_visible()
    agent.goto(case)
    expect(agent.get_by_text("Moi aussi.")).to_be_visible()

    administrator = signed_in(open_page, house, "Paul")
    administrator.goto(f"{house.address}/agents/boites")
    expect(administrator.get_by_text("Compte juste")).to_be_visible()
    assert axe(administrator) == []
