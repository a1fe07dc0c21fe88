"""The header of a file, read in a thread: a large file on a slow disk must not stop the panel."""

import threading
from collections.abc import Callable
from typing import Any

import qt
import slicer

_LOOK_MILLISECONDS = 20


class HeaderReading:
    """Reads one header at a time; of an older one that is still being read nothing is heard any more.

    Parameters
    ----------
    describe : function of a path
        Touches neither MRML nor Qt.
    shown : function
        Called in the main thread with what `describe` returned.
    """

    def __init__(self, describe: Callable[[str], Any], shown: Callable[[Any], None]) -> None:
        self._describe = describe
        self._shown = shown
        self._thread: threading.Thread | None = None
        self._results: list[Any] = []
        self._timer = qt.QTimer()
        self._timer.setInterval(_LOOK_MILLISECONDS)
        self._timer.connect("timeout()", self._look)

    @property
    def isReading(self) -> bool:
        return self._thread is not None

    def start(self, path: str) -> None:
        """Read the header of this file."""
        results: list[Any] = []
        self._results = results
        self._thread = threading.Thread(
            target=lambda: results.append(self._describe(path)), name="DicomSegIO header", daemon=True
        )
        self._thread.start()
        self._timer.start()

    def stop(self) -> None:
        """Take no notice of what is being read."""
        self._timer.stop()
        self._thread = None

    def wait(self) -> None:
        """Return when the header has been read and shown; the panel stays alive meanwhile."""
        while self._thread is not None:
            self._thread.join(_LOOK_MILLISECONDS / 1000)
            self._look()
            slicer.app.processEvents()

    def _look(self) -> None:
        if self._thread is None or self._thread.is_alive():
            return
        results = self._results
        self.stop()
        if results:
            self._shown(results[0])
