"""A tiny process that ends the broker when its parent is gone: `python tether.py PID`, standard input held by the parent.

The kernel closes the pipe when the parent dies, also by kill -9. (Linux' parent-death signal follows the *thread*
that started the child, so it would end a broker started from a worker thread.) Standard library only; no import of ours.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
import time

_GRACE_S = 15.0
_POLL_S = 1.0


def main() -> None:
    pid = int(sys.argv[1])
    with contextlib.suppress(ProcessLookupError):
        # Nothing is ever written to the pipe: readable means closed. A normal stop ends this process before it
        # closes the pipe, so then the parent is dead. A broker that is gone ends the wait, before its pid is reused.
        while not select.select([sys.stdin], [], [], _POLL_S)[0]:
            os.kill(pid, 0)
        os.kill(pid, signal.SIGTERM)
        deadline_s = time.monotonic() + _GRACE_S
        while time.monotonic() < deadline_s:
            os.kill(pid, 0)
            time.sleep(0.1)
        os.kill(pid, signal.SIGKILL)


if __name__ == "__main__":
    main()
