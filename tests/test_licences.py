"""What Parvis runs with is listed, and nothing of it takes Parvis's own licence away."""

import pytest

from tests import licences


def test_the_list_of_licences_is_that_of_what_is_installed() -> None:
    assert licences.PAGE.read_text(encoding="utf-8") == licences.page(), "run `make licences`"


@pytest.mark.parametrize("lock", ["requirements.txt", "requirements-dev.txt"])
def test_no_package_binds_what_is_made_with_it(lock: str) -> None:
    of_tests = licences.OF_TESTS if "dev" in lock else frozenset()
    told = {name: licences.licence_of(name) for name in licences.locked(lock) if name not in of_tests}
    assert len(told) > 60
    assert {name: licence for name, licence in told.items() if not licences.suits(licence)} == {}


def test_an_expression_is_read_as_spdx_writes_it() -> None:
    assert licences.suits("MIT AND BSD-3-Clause") is True
    assert licences.suits("GPL-3.0-only OR MIT AND LGPL-3.0-only") is True
    for bound in ("GPL-3.0-only", "MIT AND AGPL-3.0-only", "Proprietary", "MIT AND (A OR MIT)", ""):
        assert licences.suits(bound) is False
    with pytest.raises(licences.UnknownLicenceError):
        licences.licence_of("pymupdf")
