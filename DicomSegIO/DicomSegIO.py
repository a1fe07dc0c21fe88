"""DICOM SEG IO: segmentations to and from DICOM Segmentation objects; its parts are in DicomSegIOApp."""

import os
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import qt
import slicer
import vtk
from slicer import vtkMRMLScalarVolumeNode, vtkMRMLSegmentationNode
from slicer.i18n import tr as _
from slicer.i18n import translate
from slicer.parameterNodeWrapper import WithinRange, parameterNodeWrapper
from slicer.ScriptedLoadableModule import (
    ScriptedLoadableModule,
    ScriptedLoadableModuleLogic,
    ScriptedLoadableModuleTest,
    ScriptedLoadableModuleWidget,
)
from slicer.util import VTKObservationMixin

from DicomSegIOApp import Remembered
from DicomSegIOApp.BackgroundRun import runInBackground
from DicomSegIOApp.Choices import (
    Compression,
    Grid,
    Outside,
    Overlap,
    SegmentationType,
    SegmentChoice,
    SegmentNumbers,
)
from DicomSegIOApp.ExportSection import ExportSection
from DicomSegIOApp.FittingHeight import fitHeight
from DicomSegIOApp.Fixes import Fixes
from DicomSegIOApp.ImportSection import ImportSection
from DicomSegIOApp.OutputPath import outputFile
from DicomSegIOApp.PathBinding import PathBinding
from DicomSegIOApp.ProgressRow import ProgressRow
from DicomSegIOApp.SegmentationObserver import SegmentationObserver
from DicomSegIOApp.SourceImages import SourceImages, SourceImagesNotFound, inDatabase, inFolder

_PACKAGES = ("DicomSegIOApp", "DicomSegIOLib", "dicomsegcodec")


class DicomSegIO(ScriptedLoadableModule):
    """Saves segmentations as DICOM Segmentation objects and loads them."""

    def __init__(self, parent):
        ScriptedLoadableModule.__init__(self, parent)
        self.parent.title = _("DICOM SEG IO")
        self.parent.categories = [translate("qSlicerAbstractCoreModule", "Informatics")]
        self.parent.contributors = ["DicomSegIO developers"]
        self.parent.helpText = _("""
Saves segmentations as DICOM Segmentation objects, and loads such objects as segmentations.
To export, choose a segmentation and a file; the volume that was segmented and its DICOM images are found
automatically when they were loaded from the DICOM database, otherwise choose the folder of the images.
See more in the <a href="https://github.com/DicomSegIO/SlicerDicomSegIO#readme">module documentation</a>.
""")
        self.parent.acknowledgementText = _("""
Developed by the DicomSegIO developers on top of 3D Slicer, pydicom, NumPy and SimpleITK.
""")


@parameterNodeWrapper
class DicomSegIOParameterNode:
    """What is chosen in the panel."""

    segmentation: vtkMRMLSegmentationNode
    referenceVolume: vtkMRMLScalarVolumeNode
    sourceFolder: str = ""
    segments: SegmentChoice = SegmentChoice.ALL
    selectedSegments: str = ""  # their IDs, a line each
    segmentationType: SegmentationType = SegmentationType.BINARY
    compression: Compression = Compression.NONE
    overlap: Overlap = Overlap.REFUSE
    maximumFractionalValue: Annotated[int, WithinRange(1, 255)] = 255
    segmentNumbers: SegmentNumbers = SegmentNumbers.CONSECUTIVE
    grid: Grid = Grid.REFUSE
    outside: Outside = Outside.REFUSE
    keepEmptyFrames: bool = False
    labelColors: bool = False
    seriesDescription: str = ""
    seriesNumber: Annotated[int, WithinRange(0, 2147483647)] = 0  # 0: chosen automatically
    contentLabel: str = ""
    contentDescription: str = ""
    contentCreatorName: str = ""
    bodyPartExamined: str = ""
    clinicalTrialSeriesId: str = ""
    clinicalTrialTimePointId: str = ""
    clinicalTrialCoordinatingCenterName: str = ""
    addToDatabase: bool = True
    outputPath: str = ""
    fileNamePattern: str = "{segmentation}"
    importPath: str = ""
    importReferenceVolume: vtkMRMLScalarVolumeNode


class DicomSegIOWidget(ScriptedLoadableModuleWidget, VTKObservationMixin):
    """The panel: shows the parameter node, asks the logic, decides nothing."""

    def __init__(self, parent=None) -> None:
        ScriptedLoadableModuleWidget.__init__(self, parent)
        VTKObservationMixin.__init__(self)
        self.logic = None
        self._parameterNode = None
        self._parameterNodeGuiTag = None

    def setup(self) -> None:
        ScriptedLoadableModuleWidget.setup(self)
        uiWidget = slicer.util.loadUI(self.resourcePath("UI/DicomSegIO.ui"))
        self.layout.addWidget(uiWidget)
        self.ui = slicer.util.childWidgetVariables(uiWidget)
        uiWidget.setMRMLScene(slicer.mrmlScene)
        self.logic = DicomSegIOLogic()
        self._progressRow = ProgressRow(self.ui)
        fixes = Fixes(self.ui, lambda: self._parameterNode)
        self._exportSection = ExportSection(
            self.ui, self.logic, self._progressRow, fixes, self.resourcePath("requirements.txt")
        )
        self._importSection = ImportSection(self.ui, self.logic, self._progressRow)

        # Changes come in bursts (letters typed, segments of a loaded scene): look once, when it is quiet.
        self._updateTimer = qt.QTimer()
        self._updateTimer.setSingleShot(True)
        self._updateTimer.setInterval(200)
        self._updateTimer.connect("timeout()", self.updatePanel)

        names = ("sourceFolder", "outputPath", "importPath")
        self._paths = PathBinding({name: getattr(self.ui, f"{name}Edit") for name in names})
        self._segmentationObserver = SegmentationObserver(
            self._onSegmentationModified, self._updateTimer.start
        )
        for section in (self.ui.exportCollapsibleButton, self.ui.importCollapsibleButton):
            section.connect("contentsCollapsed(bool)", self._fitViews)
        self.ui.exportButton.connect("clicked(bool)", self.onExportButton)
        self.ui.copyPythonButton.connect("clicked(bool)", self.onCopyPythonButton)
        self.ui.loadButton.connect("clicked(bool)", self.onLoadButton)

        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.StartCloseEvent, self.onSceneStartClose)
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.EndCloseEvent, self.onSceneEndClose)
        self.initializeParameterNode()

    def cleanup(self) -> None:
        self._progressRow.cancel()
        self._updateTimer.stop()
        self._importSection.header.stop()
        self.setParameterNode(None)
        self.removeObservers()

    def onReload(self) -> None:
        for name in [name for name in sys.modules if name.partition(".")[0] in _PACKAGES]:
            del sys.modules[name]
        ScriptedLoadableModuleWidget.onReload(self)

    def enter(self) -> None:
        self.initializeParameterNode()

    def exit(self) -> None:
        self.setParameterNode(None)

    def onSceneStartClose(self, caller, event) -> None:
        self._progressRow.cancel()
        self.setParameterNode(None)

    def onSceneEndClose(self, caller, event) -> None:
        if self.parent.isEntered:
            self.initializeParameterNode()

    def initializeParameterNode(self) -> None:
        parameters = self.logic.getParameterNode()
        Remembered.fill(parameters)
        self.setParameterNode(parameters)
        if not self._parameterNode.segmentation:
            self._parameterNode.segmentation = slicer.mrmlScene.GetFirstNodeByClass("vtkMRMLSegmentationNode")

    def setParameterNode(self, parameterNode) -> None:
        """Show and observe another parameter node, or none."""
        if self._parameterNode:
            self._parameterNode.disconnectGui(self._parameterNodeGuiTag)
            self.removeObserver(self._parameterNode, vtk.vtkCommand.ModifiedEvent, self._onParametersModified)
        self._parameterNode = parameterNode
        self._paths.show(parameterNode)
        self._segmentationObserver.observe(None)
        self._exportSection.clear()
        if self._parameterNode:
            self._parameterNodeGuiTag = self._parameterNode.connectGui(self.ui)
            self.addObserver(self._parameterNode, vtk.vtkCommand.ModifiedEvent, self._onParametersModified)
            self._onParametersModified()

    def _onParametersModified(self, caller=None, event=None) -> None:
        parameters = self._parameterNode
        self._paths.show(parameters)
        if parameters.segmentation is not self._segmentationObserver.node:
            isOther = self._segmentationObserver.node is not None
            self._segmentationObserver.observe(parameters.segmentation)
            if isOther:
                parameters.referenceVolume = None
                parameters.segments = SegmentChoice.ALL
        if parameters.segmentation and not parameters.referenceVolume:
            parameters.referenceVolume = self.logic.referenceVolume(parameters.segmentation)
        self._updateTimer.start()

    def _onSegmentationModified(self) -> None:
        self._exportSection.forget()
        self._onParametersModified()

    def updatePanel(self) -> None:
        """Show what the logic thinks of the parameters; later, while something runs."""
        if self._progressRow.isRunning:
            self._updateTimer.start()
        elif self._parameterNode:
            self._exportSection.update(self._parameterNode)
            self._importSection.update(self._parameterNode)

    def _fitViews(self) -> None:
        """Measure anew what was filled while its section was closed."""
        for view in (
            self.ui.segmentsTreeWidget,
            self.ui.importFindingsListWidget,
            self.ui.importSegmentsTreeWidget,
        ):
            fitHeight(view)

    def onExportButton(self) -> None:
        if self._isStillEnabled(self.ui.exportButton):
            self._exportSection.export(self._parameterNode)

    def onCopyPythonButton(self) -> None:
        self._exportSection.copyPython(self._parameterNode)

    def onLoadButton(self) -> None:
        self._isStillEnabled(self.ui.loadButton)
        self._importSection.header.wait()
        if self.ui.loadButton.enabled:
            self._importSection.load(self._parameterNode)

    def _isStillEnabled(self, button) -> bool:
        """Look at what was changed within the last moments, too."""
        self._updateTimer.stop()
        self.updatePanel()
        return button.enabled


class DicomSegIOLogic(ScriptedLoadableModuleLogic):
    """Exports, checks and loads segmentations; needs no panel. To be called in the main thread."""

    def getParameterNode(self):
        return DicomSegIOParameterNode(super().getParameterNode())

    def exportSegmentation(
        self,
        segmentationNode,
        outputPath,
        reference=None,
        segmentationType="BINARY",
        segments=None,
        progress=None,
        **options,
    ):
        """Write a segmentation to a DICOM file and return the `ExportResult` (files, findings).

        :param outputPath: file; or folder, in which a new file is named after the segmentation.
        :param reference: the volume that was segmented, the folder or the list of its DICOM files;
          None: the volume that the segmentation refers to.
        :param segmentationType: "BINARY", "LABELMAP" or "FRACTIONAL".
        :param segments: names or IDs of the segments to write; None: all.
        :param progress: called with the fraction done and the stage; a true answer cancels.
        :param options: further fields of `DicomSegIOLib.ExportOptions`, such as compression="RLE",
          keepEmptyFrames=True or seriesDescription="Liver".
        :raises SourceImagesNotFound, dicomsegcodec.errors.SegError: with a sentence for the user.
        """
        from DicomSegIOLib import ExportSession

        files = self.findSourceImages(segmentationNode, reference).files
        path = outputFile(outputPath, segmentationNode.GetName())
        chosen = self._options(segmentationNode, segmentationType, segments, options)
        session = ExportSession(segmentationNode, files, str(path), chosen)
        session.prepare()
        self._run(session, progress)
        return session.result

    def validate(self, segmentationNode, reference=None, segmentationType="BINARY", segments=None, **options):
        """Return the findings on an export with these arguments; those of severity ERROR prevent it."""
        from DicomSegIOLib import validateExport

        chosen = self._options(segmentationNode, segmentationType, segments, options)
        try:
            files = self.findSourceImages(segmentationNode, reference).files
        except SourceImagesNotFound as error:
            return [self.blockingFinding(str(error), "chooseFolder")]
        return validateExport(segmentationNode, files, chosen)

    def blockingFinding(self, text, *fixes):
        """Return a finding that prevents an export; fixes as in `DicomSegIOLib.Findings.FIXES`."""
        from DicomSegIOLib.Findings import blocking

        return blocking(text, *fixes)

    def loadSegmentation(self, path, referenceVolume="auto", progress=None):
        """Load a DICOM Segmentation file and return the new segmentation node.

        :param referenceVolume: the volume to get the geometry from; "auto": found by the images that the
          file refers to; None: no volume.
        :param progress: as for `exportSegmentation`.
        """
        from DicomSegIOLib import ImportSession

        session = ImportSession(str(path), slicer.mrmlScene, referenceVolume)
        self._run(session, progress)
        return session.finish().segmentationNode

    def referenceVolume(self, segmentationNode):
        """Return the volume that the segmentation refers to, or None."""
        role = vtkMRMLSegmentationNode.GetReferenceImageGeometryReferenceRole()
        volume = segmentationNode.GetNodeReference(role) if segmentationNode else None
        return volume if volume and volume.IsA("vtkMRMLScalarVolumeNode") else None

    def findSourceImages(self, segmentationNode, reference=None, folder=""):
        """Return the `SourceImages` (files, text) of a segmentation.

        :param reference: as for `exportSegmentation`.
        :param folder: where the images of the volume are; empty: in the DICOM database.
        """
        if isinstance(reference, (list, tuple)):
            return SourceImages(tuple(str(file) for file in reference), "")
        if isinstance(reference, (str, os.PathLike)):
            reference, folder = None, reference
        volume = reference or self.referenceVolume(segmentationNode)
        if folder:
            return inFolder(folder, volume)
        if not volume:
            raise SourceImagesNotFound(
                _("Choose the volume that was segmented, or the folder of its DICOM images.")
            )
        return inDatabase(volume, getattr(slicer, "dicomDatabase", None))

    def _options(self, segmentationNode, segmentationType, segments, options):
        from DicomSegIOLib import ExportOptions

        return ExportOptions(
            segmentationType=segmentationType,
            segmentIds=None if segments is None else tuple(self._segmentIds(segmentationNode, segments)),
            **options,
        )

    def _segmentIds(self, segmentationNode, namesOrIds):
        segmentation = segmentationNode.GetSegmentation()
        for name in namesOrIds:
            isId = segmentation.GetSegment(name) is not None
            segmentId = name if isId else segmentation.GetSegmentIdBySegmentName(name)
            if not segmentId:
                raise ValueError(_("There is no segment {name}.").format(name=name))
            yield segmentId

    def _run(self, session, progress):
        if progress:
            runInBackground(session.run, progress)
        else:
            session.run()


class DicomSegIOTest(ScriptedLoadableModuleTest):
    """Exports a segmentation of a small CT series, loads it back and compares."""

    def setUp(self):
        slicer.mrmlScene.Clear()

    def runTest(self):
        for segmentationType in ("BINARY", "LABELMAP"):
            self.setUp()
            self.test_round_trip(segmentationType)

    def test_round_trip(self, segmentationType="BINARY"):
        import numpy as np

        from DicomSegIOApp.SampleSeries import makeSampleVolume

        with tempfile.TemporaryDirectory() as folder:
            volume = makeSampleVolume(Path(folder), (6, 24, 20))
            segmentationNode = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode", "Organs")
            segmentationNode.SetReferenceImageGeometryParameterFromVolumeNode(volume)
            expected = {"Liver": np.s_[1:5, 3:12, 2:9], "Spleen": np.s_[2:4, 14:20, 10:18]}
            for name, box in expected.items():
                segmentId = segmentationNode.GetSegmentation().AddEmptySegment("", name)
                voxels = np.zeros((6, 24, 20), np.uint8)
                voxels[box] = 1
                slicer.util.updateSegmentBinaryLabelmapFromArray(voxels, segmentationNode, segmentId, volume)

            logic = DicomSegIOLogic()
            findings = logic.validate(segmentationNode, folder, segmentationType)
            self.assertEqual([finding.text for finding in findings if finding.severity == "ERROR"], [])
            file = Path(folder) / "organs.dcm"
            logic.exportSegmentation(segmentationNode, file, folder, segmentationType)
            loaded = logic.loadSegmentation(file, volume)

            for name, box in expected.items():
                segmentId = loaded.GetSegmentation().GetSegmentIdBySegmentName(name)
                voxels = slicer.util.arrayFromSegmentBinaryLabelmap(loaded, segmentId, volume)
                self.assertEqual(voxels.sum(), voxels[box].size, name)
                self.assertTrue(voxels[box].all(), name)
        self.delayDisplay("Test passed")
