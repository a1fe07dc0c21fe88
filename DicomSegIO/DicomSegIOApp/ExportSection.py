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
        self._findings: list[Any] = []
        self._checked: tuple[Any, ...] | None = None  # what the two above are for
        showFindings(ui.exportFindingsListWidget, [])

    def forget(self) -> None:
        """Check everything again at the next update: the segmentation or the images may have changed."""
        self._checked = None

    def update(self, parameters: Any) -> None:
        """Check what was not checked yet and show the findings."""
        node = parameters.segmentation
        inputs = (node, parameters.referenceVolume, parameters.sourceFolder, _choices(parameters))
        if inputs != self._checked:
            self._sourceImages, self._findings = self._check(parameters) if node else (_NO_IMAGES, [])
            self._checked = inputs
        findings = self._findings
        problem = _("Choose the segmentation to export.")
        if node:
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

    def _check(self, parameters: Any) -> tuple[SourceImages, list[Any]]:
        node = parameters.segmentation
        try:
            images = self._logic.findSourceImages(node, parameters.referenceVolume, parameters.sourceFolder)
        except SourceImagesNotFound as error:
            return SourceImages((), _("Not found")), [self._logic.blockingFinding(str(error))]
        return images, self._logic.validate(node, images.files, **_choices(parameters))


def _choices(parameters: Any) -> dict[str, Any]:
    return {
        "segmentationType": parameters.segmentationType.value,
        "keepEmptyFrames": parameters.keepEmptyFrames,
    }
