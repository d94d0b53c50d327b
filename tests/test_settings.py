"""Settings are read once, typed, and complain about everything at once."""

import json
import stat
from pathlib import Path

import pytest

from backoffice.errors import Invalid
from backoffice.settings import Settings

KEY = "k" * 40


def test_every_fault_of_the_environment_is_told_at_once(tmp_path: Path) -> None:
    environment = {
        "VAR_DIR": str(tmp_path),
        "SECRET_KEYS": "short",
        "PUBLIC_URL": "mairie.fr",
        "MAX_UPLOAD_MB": "ten",
        "MAILBOXES": "{",
        "PARVIS_DEMO": "perhaps",
        "ANTIVIRUS_URL": "tcp://clamd:port",
    }
    with pytest.raises(Invalid) as refused:
        Settings.from_environment(environment)
    assert set(refused.value.faults) == set(environment) - {"VAR_DIR"}
    assert "mairie.fr" in refused.value.sentence


def test_an_installation_on_one_machine_makes_its_own_key_once(tmp_path: Path) -> None:
    first, second = (Settings.from_environment({"VAR_DIR": str(tmp_path)}) for _ in range(2))
    assert first.secret_key == second.secret_key
    assert len(first.secret_key) >= 32
    assert stat.S_IMODE((tmp_path / "secret.key").stat().st_mode) == 0o600


def test_a_shared_database_demands_keys_that_every_machine_shares(tmp_path: Path) -> None:
    environment = {"VAR_DIR": str(tmp_path), "DATABASE_URL": "postgresql://db/parvis"}
    with pytest.raises(Invalid, match="SECRET_KEYS"):
        Settings.from_environment(environment)
    assert Settings.from_environment(environment | {"SECRET_KEYS": f"{KEY},{'o' * 40}"}).secret_keys == (KEY, "o" * 40)


def test_no_secret_shows_when_settings_are_printed(tmp_path: Path) -> None:
    environment = {
        "VAR_DIR": str(tmp_path),
        "SECRET_KEYS": KEY,
        "DATABASE_URL": "postgresql://parvis:s3cret@db/parvis",
        "SMTP_URL": "smtp://user:p4ss@mail",
        "MAILBOXES": '[{"code": "a", "address": "a@b.example", "url": "imaps://a@b", "password": "pw-imap"}]',
    }
    shown = repr(Settings.from_environment(environment))
    assert not any(secret in shown for secret in (KEY, "s3cret", "p4ss", "pw-imap"))


def test_words_of_citizens_leave_by_https(tmp_path: Path) -> None:
    for url, suits in (
        ("https://sms.example/envoi", True),
        ("http://127.0.0.1:9000/", True),
        ("http://sms.example/envoi", False),
        ("sms.example", False),
    ):
        environment = {"VAR_DIR": str(tmp_path), "SMS_URL": url}
        if suits:
            assert Settings.from_environment(environment).sms_url == url
        else:
            with pytest.raises(Invalid, match="SMS_URL"):
                Settings.from_environment(environment)


AGREEMENT = {"name": "region", "issuer": "https://compte.region.example", "client_id": "parvis", "client_secret": "x"}


def test_an_identity_provider_is_added_by_configuration_alone(tmp_path: Path) -> None:
    own = {key: value for key, value in AGREEMENT.items() if key != "client_secret"}
    strict = AGREEMENT | {"kind": "franceconnect", "name": "franceconnect", "issuer": "https://fc.example/api/v2"}
    environment = {
        "VAR_DIR": str(tmp_path),
        "IDENTITY_PROVIDERS": json.dumps(
            [own | {"client_secret_env": "REGION_SECRET", "algorithms": ["ES256"]}, strict]
        ),
        "REGION_SECRET": "s3cret-of-the-region",
    }
    settings = Settings.from_environment(environment)
    region, franceconnect = settings.identity_providers
    assert region.client_secret == "s3cret-of-the-region"
    assert "s3cret" not in repr(settings)
    assert (region.pkce, region.userinfo, region.proves_identity) == (True, "json", False)
    assert (franceconnect.pkce, franceconnect.userinfo, franceconnect.proves_identity) == (False, "jwt", True)


@pytest.mark.parametrize(
    "changes",
    [
        {"issuer": "http://compte.region.example"},
        {"discovery_url": "https://ailleurs.example/discovery"},
        {"algorithms": ["HS256"]},
        {"algorithms": []},
        {"scopes": "profile"},
        {"claims": {"nir": "nir"}},
        {"client_secret": ""},
        {"name": "confirmation"},
        {"acr_values": "eidas1"},
        {"kind": "franceconnect", "userinfo": "json"},
        {"pkce": "yes"},
        {"colour": "blue"},
    ],
)
def test_an_agreement_that_lets_too_much_in_is_refused(changes: dict[str, object], tmp_path: Path) -> None:
    environment = {"VAR_DIR": str(tmp_path), "IDENTITY_PROVIDERS": json.dumps([AGREEMENT | changes])}
    with pytest.raises(Invalid, match="IDENTITY_PROVIDERS"):
        Settings.from_environment(environment)


def test_two_agreements_with_one_issuer_are_refused(tmp_path: Path) -> None:
    twice = json.dumps([AGREEMENT, AGREEMENT | {"name": "autre"}])
    with pytest.raises(Invalid, match="deux fournisseurs"):
        Settings.from_environment({"VAR_DIR": str(tmp_path), "IDENTITY_PROVIDERS": twice})


def test_the_sites_of_several_authorities_are_told_by_their_codes(tmp_path: Path) -> None:
    known = {
        "VAR_DIR": str(tmp_path),
        "SITES": "saint-aubin=https://saint-aubin.example/, agglo = https://agglo.example",
    }
    sites = (("saint-aubin", "https://saint-aubin.example"), ("agglo", "https://agglo.example"))
    assert Settings.from_environment(known).sites == sites
    assert Settings.from_environment({"VAR_DIR": str(tmp_path)}).sites == ()
    with pytest.raises(Invalid, match="SITES"):
        Settings.from_environment(known | {"SITES": "agglo=agglo.example"})
