"""The Import section: shows what is in a file before it is loaded, and loads it."""

import contextlib
import os
from typing import Any

from slicer.i18n import tr as _

from .FileSummary import showSummary
from .FindingsList import showFindings
from .HeaderReading import HeaderReading
from .ProgressRow import ProgressRow
from .ReadyButton import setReady


class ImportSection:
    """Shows a parameter node and the header of the file it names."""

    def __init__(self, ui: Any, logic: Any, progressRow: ProgressRow) -> None:
        self._ui = ui
        self._logic = logic
        self._progressRow = progressRow
        self._show(None)
        self.header = HeaderReading(_describe, self._onHeader)
        self._file = ""  # the one in the folder, if a folder was chosen
        self._shown: tuple[str, float | None] | None = None  # path and time of the file whose header is shown

    def update(self, parameters: Any) -> None:
        """Show the header, unless it is shown already."""
        path = parameters.importPath
        file = (path, os.path.getmtime(path) if path and os.path.exists(path) else None)
        if file == self._shown:
            return
        self._shown = file
        self._show(None)
        reading = _("Reading the header…") if file[1] is not None else ""
        setReady(self._ui.loadButton, self._ui.importStatusLabel, reading or _describe(path)[1], "")
        if reading:
            self.header.start(path)
        else:
            self.header.stop()

    def _onHeader(self, found: tuple[dict[str, Any] | None, str]) -> None:
        description, problem = found
        self._file = description["file"] if description else ""
        self._show(description)
        setReady(self._ui.loadButton, self._ui.importStatusLabel, problem, _("Ready to load."))

    def _show(self, description: dict[str, Any] | None) -> None:
        self._ui.contentsLabel.visible = description is not None
        showSummary(self._ui.importSummaryLabel, self._ui.importSegmentsTreeWidget, description)
        showFindings(self._ui.importFindingsListWidget, description["findings"] if description else [])

    def load(self, parameters: Any) -> None:
        """Load the file; the status says what was loaded, or what went wrong."""
        with self._progressRow.running(self._ui.importStatusLabel, _("The file could not be loaded.")):
            node = self._logic.loadSegmentation(
                self._file, parameters.importReferenceVolume or "auto", self._progressRow.report
            )
            text = _("Loaded {name} with {count} segments.")
            segments = node.GetSegmentation().GetNumberOfSegments()
            self._ui.importStatusLabel.text = text.format(name=node.GetName(), count=segments)
            self._ui.importPathEdit.addCurrentPathToHistory()


def _describe(path: str) -> tuple[dict[str, Any] | None, str]:
    """Return what the header of a file says and "", or None and why it cannot be loaded.

    A folder stands for the only segmentation in it. The description has the file under the key file.
    """
    if not path:
        return None, _("Choose the DICOM Segmentation file to load.")
    from dicomsegcodec.errors import SegError
    from DicomSegIOLib import describeFile

    if os.path.isdir(path):
        files = _segmentationsIn(path)
        if len(files) != 1:
            text = _("{path} is a folder with {count} segmentations. Choose one of the files.")
            if not files:
                text = _("{path} is a folder without a DICOM Segmentation file. Choose a file.")
            return None, text.format(path=path, count=len(files))
        (path,) = files
    try:
        return {**describeFile(path), "file": path}, ""
    except SegError as error:
        return None, str(error)


def _segmentationsIn(folder: str) -> list[str]:
    """Return the DICOM Segmentation files directly in a folder, by the headers of its files."""
    import pydicom
    from pydicom.errors import InvalidDicomError

    found = []
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        if entry.is_file():
            with contextlib.suppress(InvalidDicomError, OSError):  # not DICOM, or not ours to read
                header = pydicom.dcmread(entry.path, stop_before_pixels=True, specific_tags=["Modality"])
                if header.get("Modality") == "SEG":
                    found.append(entry.path)
    return found
