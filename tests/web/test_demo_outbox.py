"""The local outbox shows what was sent, in a demonstration and nowhere else."""

from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from app import create_app
from tests import factories

OUTBOX = "/demonstration/courriels"


@pytest.fixture(params=[True, False], ids=["demo", "production"])
def outbox(
    request: pytest.FixtureRequest, seeded_sqlite_url: str, tmp_path: Path
) -> Iterator[tuple[bool, FlaskClient]]:
    """A browser on a demonstration or on a real installation, with one mail in the outbox."""
    settings = factories.some_settings(seeded_sqlite_url, tmp_path, demo=request.param)
    message = EmailMessage()
    message["Subject"], message["To"], message["From"] = "Accusé de réception", "jeanne@courriel.example", "a@b.example"
    message["Date"] = "Fri, 27 Mar 2026 12:00:00 +0100"
    message.set_content("Bonjour <b>Jeanne</b>")
    message.add_attachment(b"%PDF-1.7", "application", "pdf", filename="accusé.pdf")
    settings.outbox_dir.mkdir(parents=True)
    (settings.outbox_dir / "mail-1.eml").write_bytes(message.as_bytes())
    (tmp_path / "secret.eml").write_bytes(b"Subject: secret\n\n")
    application = create_app(settings)
    yield request.param, application.test_client()
    application.extensions["parvis"].database.dispose()


def test_the_outbox_exists_in_a_demonstration_only(outbox: tuple[bool, FlaskClient]) -> None:
    demo, client = outbox
    for path in (OUTBOX, f"{OUTBOX}/mail-1.eml", f"{OUTBOX}/mail-1.eml/0"):
        assert client.get(path).status_code == (200 if demo else 404)


def test_a_mail_is_read_as_text_with_its_files(outbox: tuple[bool, FlaskClient]) -> None:
    demo, client = outbox
    if not demo:
        return
    assert "Accusé de réception" in client.get(OUTBOX).text
    page = client.get(f"{OUTBOX}/mail-1.eml").text
    assert "Bonjour &lt;b&gt;Jeanne&lt;/b&gt;" in page
    assert "accusé.pdf" in page
    assert client.get(f"{OUTBOX}/mail-1.eml/0").data == b"%PDF-1.7"


@pytest.mark.parametrize("name", ["..%2Fsecret.eml", "secret.eml", "mail-1.eml/7", ".eml", "%00.eml"])
def test_no_other_file_is_read(outbox: tuple[bool, FlaskClient], name: str) -> None:
    assert outbox[1].get(f"{OUTBOX}/{name}").status_code == 404
