"""What the buttons beside findings do: change the parameters, or lead to the control that helps."""

from collections.abc import Callable
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

_LONGEST_NAME = 64


class Fixes:
    """The fixes that the panel has, by the keys of findings (`DicomSegIOLib.Findings.FIXES`).

    Parameters
    ----------
    parameters : function
        Returns the parameter node that is shown.
    """

    def __init__(self, ui: Any, parameters: Callable[[], Any]) -> None:
        self._ui = ui
        self._parameters = parameters
        self._actions: dict[str, tuple[str, Callable[[Any], None]]] = {
            "chooseSegmentation": (_("Choose segmentation"), self._focus(ui.segmentationSelector)),
            "chooseReference": (_("Choose source volume"), self._focus(ui.referenceVolumeSelector)),
            "chooseFolder": (_("Choose DICOM folder…"), self._chooseFolder),
            "openDatabase": (_("Open the DICOM module"), self._openDicomModule),
            "chooseSegments": (_("Choose segments"), self._focus(ui.segmentsTreeWidget)),
            "setGeometry": (_("Set source geometry"), self._setGeometry),
            "splitOverlap": (_("Split into several files"), self._choose("overlap", "SPLIT")),
            "laterWins": (_("Let later segments win"), self._choose("overlap", "LATER_WINS")),
            "writeBinary": (_("Write as Binary"), self._choose("segmentationType", "BINARY")),
            "writeLabelMap": (_("Write as label map"), self._choose("segmentationType", "LABELMAP")),
            "consecutiveNumbers": (_("Number from 1"), self._choose("segmentNumbers", "CONSECUTIVE")),
            "useOwnGrid": (_("Keep the segments' own grid"), self._choose("grid", "OWN")),
            "resampleToImages": (_("Resample to the images"), self._choose("grid", "SOURCE")),
            "cutToImages": (_("Cut off what lies outside"), self._choose("outside", "CUT")),
            "noCompression": (_("Do not compress"), self._choose("compression", "NONE")),
            "nameAlgorithm": (_("Name the algorithm…"), self._nameAlgorithm),
            "renameLong": (_("Shorten names"), self._shortenNames),
            "changeOptions": (_("Show what is said of the series"), self._showSeries),
        }

    def text(self, key: str) -> str:
        """Return what the button for a fix says; empty where there is none."""
        return self._actions[key][0] if key in self._actions else ""

    def fix(self, key: str, finding: Any) -> None:
        """Do it."""
        self._actions[key][1](finding)

    def _choose(self, name: str, value: str) -> Callable[[Any], None]:
        def choose(finding: Any) -> None:
            parameters = self._parameters()
            setattr(parameters, name, type(getattr(parameters, name))[value])

        return choose

    def _focus(self, control: Any) -> Callable[[Any], None]:
        def focus(finding: Any) -> None:
            self._ui.inputsGroupBox.collapsed = False
            control.setFocus()

        return focus

    def _chooseFolder(self, finding: Any) -> None:
        self._ui.sourceFolderEdit.browse()

    def _openDicomModule(self, finding: Any) -> None:
        slicer.util.selectModule("DICOM")

    def _setGeometry(self, finding: Any) -> None:
        parameters = self._parameters()
        if parameters.referenceVolume:
            parameters.segmentation.SetReferenceImageGeometryParameterFromVolumeNode(
                parameters.referenceVolume
            )
        else:
            self._focus(self._ui.referenceVolumeSelector)(finding)

    def _nameAlgorithm(self, finding: Any) -> None:
        title, question = _("Algorithm"), _("Name of the algorithm that made the segments:")
        name = qt.QInputDialog.getText(self._ui.exportCollapsibleButton, title, question).strip()
        for segment in self._segmentsOf(finding) if name else ():
            segment.SetTag("DICOM.SegmentAlgorithmName", name)

    def _shortenNames(self, finding: Any) -> None:
        for segment in self._segmentsOf(finding):
            segment.SetName(segment.GetName()[:_LONGEST_NAME].rstrip())

    def _segmentsOf(self, finding: Any) -> list[Any]:
        segmentation = self._parameters().segmentation.GetSegmentation()
        found = [segmentation.GetSegment(segmentId) for segmentId in finding.segmentIds]
        return [segment for segment in found if segment is not None]

    def _showSeries(self, finding: Any) -> None:
        self._ui.seriesGroupBox.collapsed = False
        self._ui.seriesDescriptionLineEdit.setFocus()
