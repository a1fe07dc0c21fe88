"""Pictures of the panel with a realistic segmentation, and that it fits where Slicer shows it.

The pictures of the documentation are written anew only where DICOMSEGIO_UPDATE_SCREENSHOTS=1 is set.
"""

import os
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid

import scenes
import slicerhost

SCREENSHOTS = Path(__file__).resolve().parents[2] / "Resources" / "Screenshots"
WIDTH = 440
NARROW = 400
MARGIN = 12

ANATOMY = "SCT^123037004^Anatomical Structure"
# Name as of TotalSegmentator, SNOMED CT code (one was forgotten), colour; centre and radii in the volume.
ORGANS = [
    ("liver", "10200004^Liver", (0.87, 0.51, 0.40), (0.5, 0.40, 0.30), (0.45, 0.20, 0.18)),
    ("spleen", "78961009^Spleen", (0.62, 0.42, 0.42), (0.5, 0.50, 0.80), (0.35, 0.12, 0.08)),
    ("kidney_right", "64033007^Kidney", (0.73, 0.40, 0.28), (0.5, 0.65, 0.32), (0.30, 0.07, 0.06)),
    ("kidney_left", "64033007^Kidney", (0.73, 0.40, 0.28), (0.5, 0.66, 0.70), (0.30, 0.07, 0.06)),
    ("stomach", "69695003^Stomach", (0.85, 0.52, 0.38), (0.6, 0.33, 0.68), (0.30, 0.10, 0.10)),
    ("pancreas", "15776009^Pancreas", (0.98, 0.70, 0.35), (0.5, 0.48, 0.52), (0.15, 0.05, 0.08)),
    ("aorta", "15825003^Aorta", (0.88, 0.38, 0.30), (0.5, 0.60, 0.52), (0.60, 0.03, 0.03)),
    ("gallbladder", "", (0.55, 0.63, 0.31), (0.4, 0.36, 0.44), (0.12, 0.04, 0.03)),
]


@pytest.fixture
def abdomen(slicer, tmp_path):
    """A segmentation of eight organs on a CT of 40 slices, which the DICOM database knows."""
    folder = tmp_path / "abdomen"
    folder.mkdir()
    files = _write_series(folder, (40, 96, 128))
    for file in files:
        slicer.dicomDatabase.insert(str(file))
    volume = scenes.load_volume(files, "3: CT Abdomen 5.0 B30f")
    organs = []
    free = np.ones((40, 96, 128), bool)
    for name, code, color, *place in ORGANS:
        voxels = scenes.ellipsoid(volume, *place) & free  # each voxel belongs to one organ
        free &= ~voxels
        organs.append(scenes.Organ(name, voxels, color, f"~{ANATOMY}~SCT^{code}~^^~~^^~^^" if code else ""))
    return scenes.add_segmentation(volume, organs, "TotalSegmentator")


def _write_series(folder: Path, shape: tuple[int, int, int]) -> list[Path]:
    study, series, frame_of_reference = generate_uid(), generate_uid(), generate_uid()
    files = []
    for k in range(shape[0]):
        image = pydicom.Dataset()
        image.file_meta = pydicom.dataset.FileMetaDataset()
        image.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        image.SOPClassUID, image.SOPInstanceUID, image.Modality = CTImageStorage, generate_uid(), "CT"
        image.StudyInstanceUID, image.SeriesInstanceUID = study, series
        image.FrameOfReferenceUID = frame_of_reference
        image.PatientName, image.PatientID, image.StudyID = "Doe^Jane", "0815", "1"
        image.SeriesNumber, image.InstanceNumber = 3, k + 1
        image.ImagePositionPatient = [-180, -135, 5 * k]
        image.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
        image.PixelSpacing, image.SliceThickness = [2.8, 2.8], 5
        image.Rows, image.Columns = shape[1:]
        files.append(folder / f"{k:03}.dcm")
        image.save_as(files[-1], enforce_file_format=True)
    return files


@pytest.fixture
def picture(tmp_path):
    """A function that takes a picture: for the documentation when asked for, else of no consequence."""
    folder = SCREENSHOTS if os.environ.get("DICOMSEGIO_UPDATE_SCREENSHOTS") == "1" else tmp_path

    def take(panel, name: str) -> Path:
        widget = panel.widget.parent
        widget.resize(WIDTH, 900)
        slicerhost.process_events()
        panel.widget._fitViews()
        for _ in range(5):  # layouts with wrapped text settle in several rounds
            slicerhost.process_events()
        sections = (panel.ui.exportCollapsibleButton, panel.ui.importCollapsibleButton)
        bottom = max(section.mapTo(widget, section.rect.bottomLeft()).y() for section in sections)
        widget.resize(WIDTH, bottom + MARGIN)
        slicerhost.screenshot(panel.widget, folder / name)
        return folder / name

    return take


def content_colors(file: Path) -> int:
    """Return how many colours a picture has: an empty panel has few."""
    import qt

    image = qt.QImage(str(file)).scaled(200, 200)
    return len({image.pixel(x, y) for x in range(0, 200, 2) for y in range(0, 200, 2)})


def test_pictures_of_export_import_and_both(abdomen, panel, picture, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    file = Path("/data/TotalSegmentator.dcm")
    monkeypatch.setattr("DicomSegIOApp.ExportSection.outputProblem", lambda parameters, database: "")
    panel.widget._parameterNode.segmentation = abdomen
    panel.choose_output(file)
    assert panel.blocking == []
    assert content_colors(picture(panel, "export-panel.png")) > 50

    exported = tmp_path / "TotalSegmentator.dcm"
    panel.widget.logic.exportSegmentation(abdomen, exported, segmentationType="LABELMAP")
    panel.ui.exportCollapsibleButton.collapsed = True
    panel.choose_file_to_load(exported)
    assert panel.ui.importSegmentsTreeWidget.topLevelItemCount == len(ORGANS)
    shown = panel.ui.importPathEdit
    shown.blockSignals(True)
    shown.currentPath = str(file)  # no folder of this machine in the picture
    assert content_colors(picture(panel, "import-panel.png")) > 50
    panel.ui.exportCollapsibleButton.collapsed = False
    assert content_colors(picture(panel, "panel.png")) > 50


def test_picture_of_what_stands_against_an_export(abdomen, panel, picture):
    liver = abdomen.GetSegmentation().GetNthSegment(0)
    node = abdomen.GetNodeReference(abdomen.GetReferenceImageGeometryReferenceRole())
    voxels = scenes.ellipsoid(node, (0.5, 0.4, 0.3), (0.1, 0.05, 0.05))
    scenes.add_segment(abdomen, node, scenes.Organ("liver_tumour", voxels, (0.9, 0.8, 0.3)))
    assert liver.GetName() == "liver"
    panel.choose_type("Label map")
    assert len(panel.blocking) == 1
    assert content_colors(picture(panel, "export-blocked.png")) > 50


def test_nothing_is_cut_off_in_a_narrow_panel(abdomen, panel, tmp_path):
    panel.ui.importCollapsibleButton.collapsed = False
    long = tmp_path / "a_folder_with_a_rather_long_name_for_a_narrow_panel" / "and_a_file.dcm"
    panel.choose_output(long)
    panel.choose_file_to_load(long)
    widget = panel.widget.parent
    widget.resize(NARROW, 900)
    slicerhost.process_events()
    assert widget.minimumSizeHint().width() <= NARROW
    slicerhost.screenshot(panel.widget, tmp_path / "narrow.png")
    for name, child in vars(panel.ui).items():
        if getattr(child, "visible", False) and child.parent() is not None:
            right = child.mapTo(widget, child.rect.topRight()).x()
            assert right <= NARROW, name


def test_the_axes_of_the_scene_are_those_of_the_files(abdomen):
    """The pictures would be of no use if the organs were not where the export finds them."""
    volume = abdomen.GetNodeReference(abdomen.GetReferenceImageGeometryReferenceRole())
    corner = np.array([0.0, 0.0, 0.0, 1.0])
    import vtk

    matrix = vtk.vtkMatrix4x4()
    volume.GetIJKToRASMatrix(matrix)
    assert matrix.MultiplyPoint(corner)[:3] == (180.0, 135.0, 0.0)
