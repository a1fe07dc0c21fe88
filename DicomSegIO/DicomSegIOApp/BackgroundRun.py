"""Long codec work in a thread, while Slicer stays responsive."""

import threading
from collections.abc import Callable

import slicer

Progress = Callable[[float, str], object]

_PAUSE_SECONDS = 0.02  # between two looks at the thread; the user's clicks wait no longer


def runInBackground(run: Callable[[Progress], None], progress: Progress) -> None:
    """Call `run(report)` in a thread; here, process events and hand on what it reports.

    Parameters
    ----------
    run : function of a progress function
        Touches neither MRML nor Qt.
    progress : function of fraction (0 to 1) and stage
        Called in this thread; a true answer asks the work to stop.

    Raises
    ------
    Exception
        What `run` raised.
    """
    latest = (0.0, "")
    stop = threading.Event()
    raised: list[BaseException] = []

    def report(fraction: float, stage: str) -> bool:
        nonlocal latest
        latest = (fraction, stage)
        return stop.is_set()

    def work() -> None:
        try:
            run(report)
        except BaseException as error:  # carried over to the thread that asked
            raised.append(error)

    thread = threading.Thread(target=work, name="DicomSegIO")
    thread.start()
    try:
        while thread.is_alive():
            if progress(*latest):
                stop.set()
            slicer.app.processEvents()
            thread.join(_PAUSE_SECONDS)
    finally:  # no thread is left behind, even when `progress` raises
        stop.set()
        thread.join()
    if raised:
        raise raised[0]
