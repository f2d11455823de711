"""Kills the children of a process that died, where the kernel does not: reads `+pid` and `-pid` lines until its parent is gone."""

import os
import signal
import sys
from collections.abc import Iterable


def read_living(lines: Iterable[str]) -> set[int]:
    """The processes that were announced and not taken back when the lines end."""
    living: set[int] = set()
    for line in lines:
        change, pid = line[0], int(line[1:])
        (living.add if change == "+" else living.discard)(pid)
    return living


def main() -> None:
    for pid in read_living(sys.stdin):
        try:
            os.killpg(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass  # it ended with its parent


if __name__ == "__main__":
    main()
