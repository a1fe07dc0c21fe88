"""The Export section: shows whether the export can start, and starts it."""

import tempfile
from typing import Any

import slicer
from slicer.i18n import tr as _

from . import Remembered
from .EncodingSection import EncodingSection
from .ExportChoices import exportChoices
from .FindingsView import FindingsView
from .Fixes import Fixes
from .OutputPath import fileName, outputFile, outputProblem
from .ProgressRow import ProgressRow
from .PythonCode import exportCode
from .ReadyButton import setReady
from .SegmentsSection import SegmentsSection
from .SizeEstimates import sizeText
from .SourceImages import SourceImages, SourceImagesNotFound

_NO_IMAGES = SourceImages((), "")


class ExportSection:
    """Shows a parameter node and what the logic thinks of it.

    Parameters
    ----------
    requirementsFile : str
        Lists what has to be installed for some of the compressions.
    """

    def __init__(
        self, ui: Any, logic: Any, progressRow: ProgressRow, fixes: Fixes, requirementsFile: str
    ) -> None:
        self._ui = ui
        self._logic = logic
        self._progressRow = progressRow
        self._sourceImages = _NO_IMAGES
        self._findings: list[Any] = []
        self._checked: tuple[Any, ...] | None = None  # what the two above are for
        self.findingsView = FindingsView(ui.exportFindingsWidget, fixes.text, fixes.fix)
        self.segments = SegmentsSection(ui, self._onCounted)
        self.encoding = EncodingSection(ui, requirementsFile)
        self._parameters: Any = None

    def forget(self) -> None:
        """Check everything again at the next update: the segmentation or the images may have changed."""
        self._checked = None

    def clear(self) -> None:
        """Show nothing of any segmentation: the scene is closing, or the module was left."""
        self.forget()
        self._parameters = None
        self.segments.update(None, [])
        self.encoding.clear()

    @property
    def isBusy(self) -> bool:
        """Whether voxels are still counted or sizes estimated."""
        return self.segments.isCounting or self.encoding.sizes.isRunning

    def _onCounted(self) -> None:
        if self._parameters is not None:
            self._showEncoding()

    def _showEncoding(self) -> None:
        fixes = {key for finding in self._findings for key in getattr(finding, "fixes", ())}
        self.encoding.update(self._parameters, self.segments.layers, fixes)

    def update(self, parameters: Any) -> None:
        """Check what was not checked yet and show the findings."""
        node = parameters.segmentation
        self._parameters = parameters if node else None
        choices = exportChoices(parameters) if node else None
        inputs = (node, parameters.referenceVolume, parameters.sourceFolder, choices)
        if inputs != self._checked:
            self._sourceImages, self._findings = (
                self._check(parameters, choices) if choices is not None else (_NO_IMAGES, [])
            )
            self._checked = inputs
        findings = self._findings
        problem = _("Choose the segmentation to export.")
        if node:
            blocking = [finding.text for finding in findings if finding.severity == "ERROR"]
            problem = "\n".join(blocking) or outputProblem(parameters, slicer.dicomDatabase)
        self._ui.copyPythonButton.enabled = bool(node)
        self._ui.seriesDescriptionLineEdit.placeholderText = node.GetName() if node else ""
        self._ui.sourceStatusLabel.text = self._sourceImages.text
        self.segments.update(parameters, findings)
        if node:
            self._showEncoding()
        else:
            self.encoding.clear()
        self.findingsView.show(findings)
        setReady(self._ui.exportButton, self._ui.exportStatusLabel, problem, _("Ready to export."))
        if any(finding.severity == "ERROR" for finding in findings):  # they are listed just above the status
            self._ui.exportStatusLabel.text = _("Not ready to export: see what is in bold.")

    def export(self, parameters: Any) -> None:
        """Write the file; the status says where it is, or what went wrong."""
        name = fileName(parameters)
        file = outputFile(parameters.outputPath, name) if parameters.outputPath else None
        question = _("{file} exists already. Replace it?").format(file=file)
        if file and file.exists() and not slicer.util.confirmOkCancelDisplay(question):
            return
        with (
            self._progressRow.running(
                self._ui.exportStatusLabel, _("The segmentation could not be exported.")
            ),
            tempfile.TemporaryDirectory(prefix="DicomSegIO") as folder,
        ):
            result = self._logic.exportSegmentation(
                parameters.segmentation,
                file or outputFile(folder, name),
                reference=self._sourceImages.files,
                progress=self._progressRow.report,
                **exportChoices(parameters),
            )
            size = sizeText(sum(written.stat().st_size for written in result.files))
            if parameters.addToDatabase:
                for written in result.files:  # what stays in its place is only linked
                    slicer.dicomDatabase.insert(str(written), file is None, False)
            self._ui.exportStatusLabel.text = self._saved(result.files if file else (), size, parameters)
            self.findingsView.show(result.findings)
            Remembered.remember(parameters)
            if file:
                self._ui.outputPathEdit.addCurrentPathToHistory()

    def _saved(self, files: Any, size: str, parameters: Any) -> str:
        if not files:
            return _("Added to the DICOM database ({size}).").format(size=size)
        text = _("Saved {file} ({size}).") if len(files) == 1 else _("Saved {file} and {more} more ({size}).")
        if parameters.addToDatabase:
            text += " " + _("It is in the DICOM database, too.")
        return text.format(file=files[0], more=len(files) - 1, size=size)

    def copyPython(self, parameters: Any) -> None:
        """Put the code that does this export into the clipboard."""
        if parameters.segmentation:
            slicer.app.clipboard().setText(exportCode(parameters, self._sourceImages.files))
            self._ui.exportStatusLabel.text = _("The Python code is in the clipboard.")

    def _check(self, parameters: Any, choices: dict[str, Any]) -> tuple[SourceImages, list[Any]]:
        node = parameters.segmentation
        try:
            images = self._logic.findSourceImages(node, parameters.referenceVolume, parameters.sourceFolder)
        except SourceImagesNotFound as error:
            return SourceImages((), _("Not found")), [self._logic.blockingFinding(str(error), "chooseFolder")]
        return images, self._logic.validate(node, images.files, **choices)
