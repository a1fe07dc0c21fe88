"""The progress bar and the Cancel button, and what happens to the panel while something runs."""

import contextlib
import logging
from collections.abc import Iterator
from typing import Any

import slicer

from .SourceImages import SourceImagesNotFound


class ProgressRow:
    """Visible, and the rest of the panel disabled, while something runs."""

    def __init__(self, ui: Any) -> None:
        self._ui = ui
        self._sections = (ui.exportCollapsibleButton, ui.importCollapsibleButton)
        self._isCancelled = False
        self.isRunning = False
        ui.progressWidget.visible = False
        ui.cancelButton.connect("clicked(bool)", self.cancel)

    def cancel(self) -> None:
        """Ask what runs, if anything does, to stop."""
        self._isCancelled = True
        self._ui.cancelButton.enabled = False

    def report(self, fraction: float, stage: str) -> bool:
        """Show how far it is; return whether the user wants to stop."""
        self._ui.progressBar.value = int(100 * fraction)
        self._ui.progressBar.format = f"{stage} %p%"
        return self._isCancelled

    @contextlib.contextmanager
    def running(self, statusLabel: Any, failure: str) -> Iterator[None]:
        """Show the row for the duration of the block.

        An error made for the user ends up as a sentence in the status label. Anything else is a defect: it is
        shown in Slicer's own way, with `failure` above the details, and raised again.
        """
        self.isRunning, self._isCancelled = True, False
        self.report(0.0, "")
        self._show(True)
        try:
            yield
        except Exception as error:
            statusLabel.text = str(error)
            if _isForTheUser(error):
                logging.warning(f"{failure} {error}")
            else:
                with slicer.util.tryWithErrorDisplay(failure):
                    raise
        finally:
            self.isRunning = False
            self._show(False)

    def _show(self, isRunning: bool) -> None:
        self._ui.progressWidget.visible = isRunning
        self._ui.cancelButton.enabled = isRunning
        for section in self._sections:
            section.enabled = not isRunning


def _isForTheUser(error: Exception) -> bool:
    from dicomsegcodec.errors import SegError

    return isinstance(error, (SegError, SourceImagesNotFound))
