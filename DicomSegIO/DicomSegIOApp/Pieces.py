"""Work in the main thread, done in short pieces between two events of the user."""

import time
from collections.abc import Callable, Iterator

import qt

_PIECE_SECONDS = 0.02


class Pieces:
    """Runs a generator a little at a time; a new one takes the place of the one before."""

    def __init__(self) -> None:
        self._pieces: Iterator[None] = iter(())
        self._done: Callable[[], None] | None = None
        self._timer = qt.QTimer()
        self._timer.setInterval(0)
        self._timer.connect("timeout()", self._runSome)

    @property
    def isRunning(self) -> bool:
        return bool(self._timer.active)

    def start(self, pieces: Iterator[None], done: Callable[[], None]) -> None:
        """Run these pieces, each at most a few milliseconds; call `done` after the last."""
        self._pieces, self._done = pieces, done
        self._timer.start()

    def stop(self) -> None:
        """Leave the rest undone."""
        self._timer.stop()
        self._pieces, self._done = iter(()), None

    def _runSome(self) -> None:
        end = time.monotonic() + _PIECE_SECONDS
        for _piece in self._pieces:
            if time.monotonic() > end:
                return
        done = self._done
        self.stop()
        if done:
            done()
