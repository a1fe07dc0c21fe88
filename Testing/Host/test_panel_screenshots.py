"""Pictures of the panel with a realistic segmentation, and that it fits where Slicer shows it.

The pictures of the documentation are written anew only where DICOMSEGIO_UPDATE_SCREENSHOTS=1 is set.
"""

import os
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, RLELossless, generate_uid

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

    def take(panel, name: str, width: int = WIDTH) -> Path:
        widget = panel.widget.parent
        widget.resize(width, 2000)  # too low a window would squeeze what is in it
        slicerhost.process_events()
        panel.widget._fitViews()
        for _ in range(5):  # layouts with wrapped text settle in several rounds
            slicerhost.process_events()
        sections = (panel.ui.exportCollapsibleButton, panel.ui.importCollapsibleButton)
        bottom = max(section.mapTo(widget, section.rect.bottomLeft()).y() for section in sections)
        widget.resize(width, bottom + MARGIN)
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


# A part of what TotalSegmentator finds; its vertebrae and ribs make it about a hundred.
VERTEBRAE = [
    *(f"C{n}" for n in range(1, 8)),
    *(f"T{n}" for n in range(1, 13)),
    *(f"L{n}" for n in range(1, 6)),
]
RIBS = [f"rib_{side}_{number}" for side in ("left", "right") for number in range(1, 13)]


@pytest.fixture
def hundred(abdomen, slicer):
    """The eight organs and 96 further segments in one image, coded, as TotalSegmentator leaves them."""
    volume = abdomen.GetNodeReference(abdomen.GetReferenceImageGeometryReferenceRole())
    names = [name for name, *_ in ORGANS]
    labels = np.zeros((40, 96, 128), np.uint8)
    for number, name in enumerate(names, start=1):
        labels[scenes.voxels_of(abdomen, name, volume)] = number
    names += [f"vertebrae_{name}" for name in VERTEBRAE] + RIBS
    names += [f"muscle_{number}" for number in range(104 - len(names))]
    for number in range(9, 105):
        place = np.s_[(number % 13) * 3 : (number % 13) * 3 + 3, 70 + (number // 13) * 3 :, 4:120]
        part = labels[place][:, :3]
        part[part == 0] = number
    slicer.mrmlScene.RemoveNode(abdomen)
    node = scenes.add_label_map(volume, labels, names, "TotalSegmentator")
    for index, name in enumerate(names):
        segment = node.GetSegmentation().GetNthSegment(index)
        code = ORGANS[index][1] if index < len(ORGANS) else "91609006^Vertebra" if "vert" in name else ""
        code = code or ("113197003^Rib" if "rib" in name else "71616004^Skeletal muscle")
        segment.SetTag("TerminologyEntry", f"~{ANATOMY}~SCT^{code}~^^~~^^~^^")
        segment.SetTag("DICOM.SegmentAlgorithmType", "AUTOMATIC")
        segment.SetTag("DICOM.SegmentAlgorithmName", "TotalSegmentator")
        if index < len(ORGANS):
            segment.SetColor(*ORGANS[index][2])
    return node


def test_a_totalsegmentator_result_is_a_compressed_label_map_after_two_clicks(slicer, hundred, panel):
    panel.settle()
    assert panel.blocking == []
    assert "label map with RLE" in panel.ui.typeHintLabel.text
    panel.ui.typeHintLabel.linkActivated.emit("LABELMAP")  # the first click
    panel.settle()
    panel.ui.exportButton.click()  # the second one
    panel.settle()
    assert panel.export_status.startswith("Added to the DICOM database (")
    database = slicer.dicomDatabase
    (study,) = database.studiesForPatient("0815")
    found = [database.filesForSeries(series)[0] for series in database.seriesForStudy(study)]
    (written,) = [one for one in map(pydicom.dcmread, found) if one.Modality == "SEG"]
    assert written.SegmentationType == "LABELMAP"
    assert written.file_meta.TransferSyntaxUID == RLELossless
    described = [item for item in written.SegmentSequence if item.SegmentNumber]
    assert len(described) == 104
    assert described[0].SegmentedPropertyTypeCodeSequence[0].CodeValue == "10200004"
    assert described[-1].SegmentAlgorithmName == "TotalSegmentator"
    loaded = panel.widget.logic.loadSegmentation(written.filename)
    volume = hundred.GetNodeReference(hundred.GetReferenceImageGeometryReferenceRole())
    for name in ("liver", "vertebrae_T4", "rib_left_7"):
        expected = scenes.voxels_of(hundred, name, volume)
        assert expected.any()
        assert (scenes.voxels_of(loaded, name, volume) == expected).all()


def test_pictures_of_a_hundred_segments_wide_narrow_and_dark(hundred, panel, picture, dark):
    panel.ui.typeHintLabel.linkActivated.emit("LABELMAP")
    panel.settle()
    assert content_colors(picture(panel, "hundred-segments.png")) > 50
    panel.ui.editCodesButton.click()
    panel.ui.segmentsTreeWidget.topLevelItem(0).setSelected(True)
    assert content_colors(picture(panel, "narrow.png", NARROW)) > 50
    panel.ui.editCodesButton.click()
    dark()
    file = picture(panel, "dark.png")
    assert content_colors(file) > 50
    import qt

    corner = qt.QImage(str(file)).pixelColor(2, 2)
    assert corner.lightness() < 80


@pytest.fixture
def dark():
    """A function that makes the application dark; it is light again afterwards."""
    import qt

    before = qt.QApplication.palette()

    def apply():
        palette = qt.QPalette(qt.QColor(45, 45, 48), qt.QColor(45, 45, 48))
        palette.setColor(qt.QPalette.Base, qt.QColor(30, 30, 30))
        palette.setColor(qt.QPalette.AlternateBase, qt.QColor(40, 40, 42))
        for role in ("WindowText", "Text", "ButtonText"):
            palette.setColor(getattr(qt.QPalette, role), qt.QColor(230, 230, 230))
        palette.setColor(qt.QPalette.Highlight, qt.QColor(42, 110, 180))
        palette.setColor(qt.QPalette.Link, qt.QColor(90, 170, 255))
        qt.QApplication.setPalette(palette)
        slicerhost.process_events()

    yield apply
    qt.QApplication.setPalette(before)


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
