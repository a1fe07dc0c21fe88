"""The Export section: shows whether the export can start, and starts it."""

from collections.abc import Callable
from typing import Any

import slicer
from slicer.i18n import tr as _

from .ExportChoices import exportChoices, seriesChoices
from .FindingsView import FindingsView
from .OutputPath import outputFile, outputProblem
from .ProgressRow import ProgressRow
from .ReadyButton import setReady
from .SegmentsSection import SegmentsSection
from .SourceImages import SourceImages, SourceImagesNotFound

_NO_IMAGES = SourceImages((), "")


class ExportSection:
    """Shows a parameter node and what the logic thinks of it."""

    def __init__(
        self,
        ui: Any,
        logic: Any,
        progressRow: ProgressRow,
        fixText: Callable[[str], str],
        fix: Callable[[str, Any], None],
    ) -> None:
        self._ui = ui
        self._logic = logic
        self._progressRow = progressRow
        self._sourceImages = _NO_IMAGES
        self._findings: list[Any] = []
        self._checked: tuple[Any, ...] | None = None  # what the two above are for
        self.findingsView = FindingsView(ui.exportFindingsWidget, fixText, fix)
        self.segments = SegmentsSection(ui)

    def forget(self) -> None:
        """Check everything again at the next update: the segmentation or the images may have changed."""
        self._checked = None

    def clear(self) -> None:
        """Show nothing of any segmentation: the scene is closing, or the module was left."""
        self.forget()
        self.segments.update(None, [])

    def update(self, parameters: Any) -> None:
        """Check what was not checked yet and show the findings."""
        node = parameters.segmentation
        choices = exportChoices(parameters) if node else None
        inputs = (node, parameters.referenceVolume, parameters.sourceFolder, choices)
        if inputs != self._checked:
            self._sourceImages, self._findings = (
                self._check(parameters, choices) if choices else (_NO_IMAGES, [])
            )
            self._checked = inputs
        findings = self._findings
        problem = _("Choose the segmentation to export.")
        if node:
            blocking = [finding.text for finding in findings if finding.severity == "ERROR"]
            problem = "\n".join(blocking) or outputProblem(parameters.outputPath)
        self._ui.seriesDescriptionLineEdit.placeholderText = node.GetName() if node else ""
        self._ui.sourceStatusLabel.text = self._sourceImages.text
        self.segments.update(parameters, findings)
        self.findingsView.show(findings)
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
                progress=self._progressRow.report,
                **exportChoices(parameters),
                **seriesChoices(parameters),
            )
            bytes_ = sum(written.stat().st_size for written in result.files)
            text = _("Saved {file} ({size} kB).").format(file=file, size=-(-bytes_ // 1000))
            self._ui.exportStatusLabel.text = text
            self.findingsView.show(result.findings)
            self._ui.outputPathEdit.addCurrentPathToHistory()

    def _check(self, parameters: Any, choices: dict[str, Any]) -> tuple[SourceImages, list[Any]]:
        node = parameters.segmentation
        try:
            images = self._logic.findSourceImages(node, parameters.referenceVolume, parameters.sourceFolder)
        except SourceImagesNotFound as error:
            return SourceImages((), _("Not found")), [self._logic.blockingFinding(str(error))]
        return images, self._logic.validate(node, images.files, **choices)
