"""A message that cannot be read in time costs a process, never the queue."""

import subprocess
import sys

import pytest

ENDLESS = {
    "in Python": "while True: pass",
    "in C": "import re; re.match('(a+)+$', 'a' * 60 + 'b')",
    "asleep": "import time; time.sleep(60)",
}


def run(work: str, seconds: float) -> subprocess.CompletedProcess[str]:
    program = f"from workers.time_limit import at_most\nwith at_most({seconds}):\n    {work}\nprint('done')"
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=50)


@pytest.mark.parametrize("where", ENDLESS)
def test_work_that_does_not_end_ends_its_process_and_says_where(where: str) -> None:
    ended = run(ENDLESS[where], 0.3)
    assert ended.returncode == 1
    assert "Timeout" in ended.stderr
    assert ended.stdout == ""


def test_work_done_in_time_goes_on() -> None:
    ended = run("pass", 0.3)
    assert (ended.returncode, ended.stdout) == (0, "done\n")
