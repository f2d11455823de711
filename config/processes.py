"""Child processes that cannot outlive their parent, however it ends."""

import ctypes
import fcntl
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TextIO

BASE_DIR = Path(__file__).resolve().parent.parent
KERNEL_WATCHES = sys.platform == "linux"
"""Whether the kernel kills children whose parent died. Elsewhere a small process of ours does (`config.watchdog`)."""

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)  # loaded here: between fork and exec nothing may be imported


def spawn(
    command: Sequence[str], environment: Mapping[str, str] | None = None, pass_fds: Sequence[int] = ()
) -> subprocess.Popen[bytes]:
    """Start a process in a session of its own, so that Ctrl-C in a terminal reaches its parent alone.

    Call it from the main thread: the kernel's signal comes when the *thread* that forked ends.
    """
    process = subprocess.Popen(  # noqa: S603 (commands are ours)
        command,
        cwd=BASE_DIR,
        env=environment,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        pass_fds=pass_fds,
        preexec_fn=_die_with(os.getpid()) if KERNEL_WATCHES else None,  # noqa: PLW1509 (two system calls, no lock)
    )
    if not KERNEL_WATCHES:
        tell_watchdog("+", process.pid)
    return process


def take_lock(path: Path) -> TextIO | None:
    """The file, locked until it is closed here and in children that inherited it; None while somebody else has it."""
    file = path.open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    return file


def signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """Send a signal to the process and whatever it started in its session."""
    with suppress(ProcessLookupError, PermissionError):  # it has just ended; macOS may say the latter
        os.killpg(process.pid, number)


def forget(process: subprocess.Popen[bytes]) -> None:
    """The process has ended and was waited for; its number may soon be somebody else's."""
    if not KERNEL_WATCHES:
        tell_watchdog("-", process.pid)


def tell_watchdog(change: str, pid: int) -> None:
    pipe = _watchdog().stdin
    assert pipe is not None
    pipe.write(f"{change}{pid}\n".encode())
    pipe.flush()


@cache
def _watchdog() -> subprocess.Popen[bytes]:
    """One for this process; it ends by itself, because its pipe does."""
    command = [sys.executable, "-m", "config.watchdog"]
    return subprocess.Popen(command, cwd=BASE_DIR, stdin=subprocess.PIPE, start_new_session=True)  # noqa: S603


def _die_with(parent: int) -> Callable[[], None]:
    def ask_kernel() -> None:
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it died before we asked
            os._exit(1)

    return ask_kernel
