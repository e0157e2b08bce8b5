"""Signals that arrive while the main thread is in libvm."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import threading
from collections.abc import Callable

from ._errors import Error


class Signals:
    """Stops what runs on the main thread when a signal arrives, because Python handles it only when the run has returned."""

    def __init__(self, stop: Callable[[], None]) -> None:
        self.stop = stop
        self.arrived = False

    def __enter__(self) -> Signals:
        self.inner, self.outer = socket.socketpair()
        self.outer.setblocking(False)
        self.before = signal.set_wakeup_fd(self.outer.fileno(), warn_on_full_buffer=False)
        self.thread = threading.Thread(target=self._watch, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *raised: object) -> None:
        signal.set_wakeup_fd(self.before)
        self.outer.close()
        self.thread.join()
        self.inner.close()

    def _watch(self) -> None:
        while arrived := self.inner.recv(64):
            self.arrived = True
            if self.before != -1:
                with contextlib.suppress(OSError):
                    os.write(self.before, arrived)
            with contextlib.suppress(Error):
                self.stop()

    def take(self) -> bool:
        """Returns whether a signal has arrived since the last question."""
        arrived, self.arrived = self.arrived, False
        return arrived
