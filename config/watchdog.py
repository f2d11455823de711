"""Kills the children of a process that died, where the kernel does not do it.

It reads `+pid` and `-pid` lines from its parent; they end when the parent does.
"""

import os
import signal
import sys
from collections.abc import Iterable
from contextlib import suppress


def read_living(lines: Iterable[str]) -> set[int]:
    """The processes that were announced and not taken back when the lines end."""
    living: set[int] = set()
    for line in lines:
        change, pid = line[0], int(line[1:])
        (living.add if change == "+" else living.discard)(pid)
    return living


def main() -> None:
    for pid in read_living(sys.stdin):
        with suppress(ProcessLookupError):  # it ended with its parent
            os.killpg(pid, signal.SIGKILL)


if __name__ == "__main__":
    main()
