"""The tests of the house: they mirror the code, and run against real servers that they start themselves."""

import pytest

pytest.register_assert_rewrite("tests.services", "tests.workers.crew")
