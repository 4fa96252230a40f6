"""Ends this process when its supervisor is gone, however that came: the kernel closes the pipe on standard input."""

from __future__ import annotations

import os
import signal
import sys
import threading

VARIABLE = "DESKPULSE_TETHERED"


def hold() -> None:
    """Does nothing unless the supervisor asked for it."""
    if os.environ.pop(VARIABLE, "") != "1":
        return

    def wait_for_its_end() -> None:
        # Nothing is ever written: readable means closed.
        while os.read(sys.stdin.fileno(), 4096):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait_for_its_end, name="tether", daemon=True).start()
