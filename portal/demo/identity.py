"""Under whose id PostgreSQL runs, which refuses to run as root.

An ordinary user runs it as they are. Root enters a user namespace in which root has an ordinary id: the files stay
root's and no permission has to be opened. Where namespaces are switched off (in many containers), the server runs as
the account nobody, which is let through to files that only root may read.
"""

import os
import pwd
import shutil
import signal
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

ACCOUNTS = ("nobody", "daemon", "postgres")


class NoIdentityError(Exception):
    """This machine has no way to run PostgreSQL; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Identity:
    """A way to run PostgreSQL; its files belong to `uid` and `gid`."""

    uid: int
    gid: int
    enter: tuple[str, ...]

    def command(self, arguments: Sequence[str], when_parent_dies: signal.Signals) -> list[str]:
        """The command that runs `arguments` so, and gets the signal when the process that started it is gone.

        The signal is asked for last: the kernel forgets it when the id of a process changes.
        """
        return [*self.enter, "--pdeathsig", when_parent_dies.name.removeprefix("SIG"), "--", *arguments]

    def works(self) -> bool:
        """True when a program can be run so on this machine."""
        trial = subprocess.run(self.command(["true"], signal.SIGKILL), capture_output=True, check=False)
        return trial.returncode == 0


def find_identity() -> Identity:
    """The first way that works here; raises `NoIdentityError`."""
    if shutil.which("setpriv") is None or shutil.which("unshare") is None:
        raise NoIdentityError(
            "The programs setpriv and unshare are missing: install them with 'apt-get install util-linux'."
        )
    for identity in _candidates():
        if identity.works():
            return identity
    raise NoIdentityError(
        "PostgreSQL does not run as root, and here root may neither enter a user namespace nor become another account. "
        "Start as an ordinary user, or set DATABASE_URL to a PostgreSQL server of your own."
        if os.geteuid() == 0
        else f"The user id {os.geteuid()} has no account on this machine, and PostgreSQL needs one. "
        "Start as a user with an account, or set DATABASE_URL to a PostgreSQL server of your own."
    )


def _candidates() -> Iterator[Identity]:
    uid, gid = os.geteuid(), os.getegid()
    if uid != 0 and _has_account(uid):
        yield Identity(uid, gid, ("setpriv",))
        return
    account = _other_account()
    yield in_namespace(account)
    if uid == 0:
        yield as_account(account)


def in_namespace(account: pwd.struct_passwd) -> Identity:
    """As ourselves, who inside a user namespace are called `account`; PostgreSQL looks the name up."""
    maps = (f"--map-user={account.pw_uid}", f"--map-group={account.pw_gid}")
    return Identity(os.geteuid(), os.getegid(), ("unshare", "--user", *maps, "setpriv"))


def as_account(account: pwd.struct_passwd) -> Identity:
    """As another account that may pass through directories which only root may enter."""
    ids = (f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups")
    # Without the secure bit access(2), by which PostgreSQL looks for its own programs, would not count the capability.
    passage = ("--inh-caps=+dac_override", "--ambient-caps=+dac_override", "--securebits=+no_setuid_fixup")
    return Identity(account.pw_uid, account.pw_gid, ("setpriv", *ids, *passage))


def _has_account(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def _other_account() -> pwd.struct_passwd:
    by_name = {entry.pw_name: entry for entry in pwd.getpwall() if entry.pw_uid != 0}
    for name in (*ACCOUNTS, *by_name):
        if name in by_name:
            return by_name[name]
    raise NoIdentityError("This machine has no account but root, and PostgreSQL does not run as root.")
