"""A Dovecot IMAP server: any user name opens an empty mailbox of its own, so each test has a fresh one."""

import getpass
import grp
import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from imapclient import IMAPClient

from tests.services import certificate, mail_tokens
from tests.services.mail_tokens import TokenServer
from tests.services.program import IS_ROOT, Program, find_program, free_port

USER = "nobody" if IS_ROOT else getpass.getuser()
GROUP = "nogroup" if IS_ROOT else grp.getgrgid(os.getegid()).gr_name
PASSWORD = "mot-de-passe"
NO_CHROOT = (
    "anvil",
    "auth",
    "director",
    "imap-login",
    "imap-urlauth-login",
    "ipc",
    "stats",
    "imap-hibernate",
)

CONFIGURATION = """
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <{certificate}
ssl_key = <{key}
disable_plaintext_auth = no
base_dir = {folder}/run
state_dir = {folder}/state
log_path = /dev/stderr
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
first_valid_uid = 1
mail_location = maildir:{folder}/mail/%u
mail_max_userip_connections = 100
auth_mechanisms = plain login xoauth2
auth_failure_delay = 0
passdb {{
  driver = oauth2
  mechanisms = xoauth2
  args = {folder}/oauth2.conf
}}
passdb {{
  driver = static
  mechanisms = plain login
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={folder}/mail/%u
}}
namespace inbox {{
  inbox = yes
}}
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service imap-login {{
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
  }}
}}
"""


OAUTH2 = """
introspection_url = {address}/introspection?token=
introspection_mode = get
force_introspection = yes
username_attribute = username
active_attribute = active
active_value = true
"""


@dataclass(frozen=True)
class Mailbox:
    """One empty mailbox of the server, and how to open it (plain IMAP, no TLS)."""

    host: str
    port: int
    user: str
    password: str

    @contextmanager
    def session(self) -> Iterator[IMAPClient]:
        """An open IMAP session, to look at the mailbox as its owner."""
        with IMAPClient(self.host, self.port, ssl=False, use_uid=True) as client:
            client.login(self.user, self.password)
            yield client

    def append(self, message: bytes, folder: str = "INBOX") -> None:
        """Put a message in a folder, unseen."""
        with self.session() as client:
            client.append(folder, message)

    def messages(self, folder: str = "INBOX") -> list[bytes]:
        """Every message of a folder, oldest first; none when the folder does not exist."""
        with self.session() as client:
            if not client.folder_exists(folder):
                return []
            client.select_folder(folder, readonly=True)
            found = client.fetch(client.search("ALL"), ["BODY.PEEK[]"])
            return [found[uid][b"BODY[]"] for uid in sorted(found)]


class Dovecot:
    """The server. `stop` and `start` make an outage; `cut` breaks the open sessions only."""

    def __init__(self, folder: Path, tokens: TokenServer) -> None:
        self.port, self.tls_port = free_port(), free_port()
        self.tokens = tokens
        self.folder = folder
        configuration = folder / "dovecot.conf"
        self.certificate, key = certificate.write(folder)
        configuration.write_text(_configuration(folder, self.port, self.tls_port, self.certificate, key))
        (folder / "oauth2.conf").write_text(OAUTH2.format(address=tokens.address))
        command = [find_program("dovecot", "dovecot-imapd"), "-F", "-c", str(configuration)]
        self.program = Program(command, folder / "dovecot.log", self._answers)
        self.start, self.stop = self.program.start, self.program.stop
        self.numbers = count(1)

    def clean(self) -> None:
        """Bring the server back, whatever the last test did to it."""
        self.tokens.seconds = 3600
        if not self.program.is_running:
            self.start()

    def mailbox(self, name: str = "accueil") -> Mailbox:
        """A new, empty mailbox."""
        return Mailbox("127.0.0.1", self.port, f"{name}-{next(self.numbers)}", PASSWORD)

    def restart(self) -> None:
        """Stop, then start: mail stays, sessions do not."""
        self.stop()
        self.start()

    def cut(self) -> int:
        """Kill the processes that serve open sessions, in the middle of whatever they do; gives how many."""
        sessions = self._sessions({"imap", "imap-login"})
        for pid in sessions:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return len(sessions)

    def deliver(self, mailbox: Mailbox, message: bytes) -> None:
        """Put a message in an inbox that was opened before, as a delivery agent does: the server need not be up."""
        path = self.folder / "mail" / mailbox.user / "new" / f"{next(self.numbers)}.delivered"
        draft = path.parent.parent / "tmp" / path.name
        draft.write_bytes(message)
        if IS_ROOT:
            shutil.chown(draft, USER, GROUP)
        draft.rename(path)

    def count_sessions(self) -> int:
        """How many people are signed in."""
        return len(self._sessions({"imap"}))

    def _sessions(self, names: set[str]) -> list[int]:
        assert self.program.process is not None
        return [pid for pid, name in _children(self.program.process.pid) if name in names]

    def _answers(self) -> bool:
        with suppress(OSError, EOFError), IMAPClient("127.0.0.1", self.port, ssl=False, timeout=2) as client:
            return bool(client.welcome)
        return False


def _configuration(folder: Path, port: int, tls_port: int, certified: Path, key: Path) -> str:
    text = CONFIGURATION.format(
        folder=folder,
        port=port,
        tls_port=tls_port,
        certificate=certified,
        key=key,
        user=USER,
        group=GROUP,
        password=PASSWORD,
    )
    return text + "".join(f"service {name} {{\n  chroot =\n}}\n" for name in NO_CHROOT)


def _children(parent: int) -> list[tuple[int, str]]:
    """The processes that this one started, with their names."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            before, _, after = path.read_text().rpartition(")")
            if int(after.split()[1]) == parent:
                found.append((int(path.parent.name), before.partition("(")[2]))
    return found


@contextmanager
def running() -> Iterator[Dovecot]:
    """A Dovecot that lives as long as the block."""
    with (
        TemporaryDirectory(prefix="parvis-dovecot-", ignore_cleanup_errors=True) as name,
        mail_tokens.running() as tokens,
    ):
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "mail").mkdir()
        (folder / "mail").chmod(0o777)
        server = Dovecot(folder, tokens)
        try:
            server.start()
            yield server
        finally:
            server.stop()
