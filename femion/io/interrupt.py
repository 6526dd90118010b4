"""SIGTERM as a wish that is granted between two steps."""

import signal
import threading
from typing import Any


class Interrupt:
    """While it is entered, SIGTERM only sets `asked`; the handler before it is put back."""

    def __init__(self) -> None:
        self.asked = False
        self._before: Any = None

    def __enter__(self) -> "Interrupt":
        if threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGTERM, self._ask)
        return self

    def __exit__(self, *error: Any) -> None:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, self._before or signal.SIG_DFL)

    def _ask(self, *_: Any) -> None:
        self.asked = True
