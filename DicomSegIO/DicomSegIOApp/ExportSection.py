"""The Export section: shows whether the export can start, and starts it."""

from typing import Any

import slicer
from slicer.i18n import tr as _

from .FindingsList import showFindings
from .OutputPath import outputFile, outputProblem
from .ProgressRow import ProgressRow
from .ReadyButton import setReady
from .SourceImages import SourceImages, SourceImagesNotFound

_NO_IMAGES = SourceImages((), "")


class ExportSection:
    """Shows a parameter node and what the logic thinks of it."""

    def __init__(self, ui: Any, logic: Any, progressRow: ProgressRow) -> None:
        self._ui = ui
        self._logic = logic
        self._progressRow = progressRow
        self._sourceImages = _NO_IMAGES

    def update(self, parameters: Any) -> None:
        """Look for the source images, check everything and show the findings."""
        node = parameters.segmentation
        self._sourceImages = _NO_IMAGES
        problem, findings = _("Choose the segmentation to export."), []
        if node:
            findings = self._validate(parameters)
            blocking = [finding.text for finding in findings if finding.severity == "ERROR"]
            problem = "\n".join(blocking) or outputProblem(parameters.outputPath)
        self._ui.seriesDescriptionLineEdit.placeholderText = node.GetName() if node else ""
        self._ui.sourceStatusLabel.text = self._sourceImages.text
        showFindings(self._ui.exportFindingsListWidget, findings)
        setReady(self._ui.exportButton, self._ui.exportStatusLabel, problem, _("Ready to export."))
        if any(finding.severity == "ERROR" for finding in findings):  # they are listed just above the status
            self._ui.exportStatusLabel.text = _("Not ready to export: see what is in bold.")

    def export(self, parameters: Any) -> None:
        """Write the file; the status says where it is, or what went wrong."""
        file = outputFile(parameters.outputPath, parameters.segmentation.GetName())
        question = _("{file} exists already. Replace it?").format(file=file)
        if file.exists() and not slicer.util.confirmOkCancelDisplay(question):
            return
        with self._progressRow.running(
            self._ui.exportStatusLabel, _("The segmentation could not be exported.")
        ):
            result = self._logic.exportSegmentation(
                parameters.segmentation,
                file,
                reference=self._sourceImages.files,
                seriesDescription=parameters.seriesDescription,
                progress=self._progressRow.report,
                **_choices(parameters),
            )
            bytes_ = sum(written.stat().st_size for written in result.files)
            text = _("Saved {file} ({size} kB).").format(file=file, size=-(-bytes_ // 1000))
            self._ui.exportStatusLabel.text = text
            showFindings(self._ui.exportFindingsListWidget, result.findings)
            self._ui.outputPathEdit.addCurrentPathToHistory()

    def _validate(self, parameters: Any) -> list:
        try:
            self._sourceImages = self._logic.findSourceImages(
                parameters.segmentation, parameters.referenceVolume, parameters.sourceFolder
            )
        except SourceImagesNotFound as error:
            self._sourceImages = SourceImages((), _("Not found"))
            return [self._logic.blockingFinding(str(error))]
        return self._logic.validate(parameters.segmentation, self._sourceImages.files, **_choices(parameters))


def _choices(parameters: Any) -> dict[str, Any]:
    return {
        "segmentationType": parameters.segmentationType.value,
        "keepEmptyFrames": parameters.keepEmptyFrames,
    }
