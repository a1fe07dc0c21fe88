"""What a file becomes in a scene: segmentations, label maps, probabilities; and what it says before."""

import numpy as np
import pytest
import slicer
import vtk
from image_series import SHAPE, TURNED
from segmentations import (
    REPRESENTATION,
    Layer,
    Looks,
    addSegmentation,
    addVolume,
    bufferOf,
    ijkToRasOf,
    matrixOf,
    state,
    voxels,
)
from test_mrml_fractions import addScalars
from test_mrml_placing import points
from test_mrml_slides import MATRIX, ijkToRas, labels, slideImage
from test_mrml_sources import Database

from dicomsegcodec.errors import ArgumentError, Cancelled, IrregularPlanes, ReadError
from DicomSegIOLib import (
    ExportOptions,
    ImportOptions,
    ImportSession,
    describeFile,
    exportSegmentation,
    findReferenced,
    loadSegmentation,
)
from series import make_series, write_series

PROBABILITIES = ImportOptions(loadAs="PROBABILITIES")
LABELMAP = ImportOptions(loadAs="LABELMAP")


def load(path, scene, reference="auto", **options):
    session = ImportSession(path, scene, reference, ImportOptions(**options))
    session.run()
    return session.finish()


def numbersOf(node) -> np.ndarray:
    """Return the voxels of a volume node as (slices, rows, columns)."""
    image = node.GetImageData()
    columns, rows, slices = image.GetDimensions()
    return bufferOf(image).reshape(slices, rows, columns)


def matrixOfNode(node) -> np.ndarray:
    matrix = vtk.vtkMatrix4x4()
    node.GetIJKToRASMatrix(matrix)
    return np.array([[matrix.GetElement(r, c) for c in range(4)] for r in range(4)])


def on(volume, node) -> np.ndarray:
    """Return the numbers of a volume node on the grid of another, 0 where it is not; both on one lattice."""
    whole = np.zeros(numbersOf(volume).shape, numbersOf(node).dtype)
    step = np.linalg.inv(matrixOfNode(volume)) @ matrixOfNode(node)
    np.testing.assert_allclose(step[:3, :3], np.eye(3), atol=1e-4)
    i, j, k = np.rint(step[:3, 3]).astype(int)
    slices, rows, columns = numbersOf(node).shape
    whole[k : k + slices, j : j + rows, i : i + columns] = numbersOf(node)
    return whole


# --- fractions ----------------------------------------------------------------------------------------------


@pytest.fixture
def fractions(oblique) -> np.ndarray:
    """Multiples of 1/255, which a file stores exactly, nothing in the outermost planes."""
    found = np.random.default_rng(5).integers(0, 256, oblique.shape).astype(np.float32) / np.float32(255)
    found[0] = found[-1] = 0
    found[2, 3, 4], found[2, 3, 5] = np.float32(128 / 255), np.float32(127 / 255)
    return found


@pytest.fixture
def fractional(scene, volume, oblique, fractions, tmp_path):
    """A FRACTIONAL file of two segments with fractions and an empty one."""
    node = addSegmentation(
        scene,
        {"a": Looks("Liver", (1.0, 0.0, 0.0)), "b": Looks("Spleen"), "e": Looks("Empty")},
        [],
        volume=volume,
    )
    given = {
        "a": addScalars(scene, oblique.images, fractions),
        "b": addScalars(scene, oblique.images, 1 - fractions),
    }
    given["e"] = addScalars(scene, oblique.images, 0 * fractions)
    options = ExportOptions(segmentationType="FRACTIONAL", seriesDescription="Probabilities")
    exportSegmentation(node, tmp_path / "seg.dcm", oblique.files, options, fractionVolumes=given)
    for one in (node, *given.values()):
        scene.RemoveNode(one)
    return tmp_path / "seg.dcm"


def test_probabilities_become_volumes_on_the_grid_of_the_images(scene, volume, fractional, fractions) -> None:
    result = load(fractional, scene, loadAs="PROBABILITIES")
    assert result.segmentationNode is None and result.labelVolumes == () and result.findings == ()
    assert list(result.probabilityVolumes) == ["a", "b"]
    for segmentId, expected in (("a", fractions), ("b", 1 - fractions)):
        node = result.probabilityVolumes[segmentId]
        assert numbersOf(node).dtype == np.float32 and numbersOf(node).shape == fractions.shape
        np.testing.assert_allclose(matrixOfNode(node), matrixOfNode(volume), atol=1e-9)
        np.testing.assert_allclose(numbersOf(node), expected, atol=1e-6)
        assert node.GetAttribute("DicomSegIO.SegmentID") == segmentId
        assert node.GetAttribute("DICOM.instanceUIDs") is None  # it is no image of a series
    assert result.probabilityVolumes["a"].GetName() == "Probabilities - Liver"
    assert result.nodes == tuple(result.probabilityVolumes.values())


def test_probabilities_without_the_images_have_their_own_grid(scene, volume, fractional, fractions) -> None:
    for options, reference in (({"isExpanded": False}, volume), ({}, None)):
        result = load(fractional, scene, reference, loadAs="PROBABILITIES", **options)
        node = result.probabilityVolumes["a"]
        assert numbersOf(node).shape[0] <= fractions.shape[0]
        if reference is not None:
            np.testing.assert_allclose(on(volume, node), fractions, atol=1e-6)
        else:
            assert numbersOf(node).max() == fractions.max()


@pytest.mark.parametrize("threshold", [0.0, 0.3, 0.5, 128 / 255, 1.0])
def test_a_threshold_makes_a_segmentation(scene, volume, fractional, fractions, threshold) -> None:
    result = load(fractional, scene, threshold=threshold)
    node = result.segmentationNode
    assert node.GetSegmentation().GetSegmentIDs() == ("a", "b", "e")
    for segmentId, given in (("a", fractions), ("b", 1 - fractions)):
        held = np.rint(given * 255) / 255
        wanted = held >= threshold - 1e-9 if threshold else held > 0
        np.testing.assert_array_equal(voxels(node, segmentId, volume), wanted)
    assert not voxels(node, "e", volume).any()
    assert node.GetNodeReference("referenceImageGeometryRef") is volume
    (finding,) = result.findings
    words = f"at least {threshold:.3g}" if threshold else "more than 0"
    assert finding.text == f"The segments have the voxels whose fraction is {words}."


def test_both_are_loaded_together(scene, volume, fractional, fractions) -> None:
    result = load(fractional, scene, loadAs="BOTH")
    assert voxels(result.segmentationNode, "a", volume).sum() == (fractions >= 0.5).sum()
    node = result.segmentationNode
    role = "DicomSegIO.fractions"
    linked = [node.GetNthNodeReference(role, n) for n in range(node.GetNumberOfNodeReferences(role))]
    assert linked == list(result.probabilityVolumes.values())


def test_loaded_probabilities_are_written_again_exactly(scene, volume, oblique, fractional, tmp_path) -> None:
    first = load(fractional, scene, loadAs="BOTH")
    options = ExportOptions(segmentationType="FRACTIONAL")
    exportSegmentation(
        first.segmentationNode,
        tmp_path / "again.dcm",
        oblique.files,
        options,
        fractionVolumes=first.probabilityVolumes,
    )
    again = load(tmp_path / "again.dcm", scene, loadAs="PROBABILITIES")
    for segmentId, node in first.probabilityVolumes.items():
        np.testing.assert_array_equal(numbersOf(again.probabilityVolumes[segmentId]), numbersOf(node))


def test_a_fractional_file_can_be_a_label_map(scene, volume, fractional, fractions) -> None:
    result = load(fractional, scene, loadAs="LABELMAP", threshold=0.6)
    held = np.rint(fractions * 255) / 255
    (node,) = result.labelVolumes
    expected = np.where(held >= 0.6, 1, np.where(1 - held >= 0.6, 2, 0))
    np.testing.assert_array_equal(numbersOf(node), expected)


def test_the_threshold_has_limits(scene, fractional) -> None:
    for options, words in (
        ({"threshold": 1.1}, "from 0 to 1"),
        ({"threshold": -0.1}, "from 0 to 1"),
        ({"loadAs": "MESH"}, "SEGMENTATION, LABELMAP, PROBABILITIES, BOTH"),
    ):
        before = state(scene)
        with pytest.raises(ArgumentError, match=words):
            load(fractional, scene, **options)
        assert state(scene) == before
    with pytest.raises(ArgumentError, match="makes no segmentation"):
        loadSegmentation(fractional, scene, options=PROBABILITIES)


# --- label maps ---------------------------------------------------------------------------------------------


@pytest.fixture
def node(scene, volume):
    pixels = np.random.default_rng(0).integers(0, 3, (3, 5, 4)).astype(np.uint8)
    return addSegmentation(
        scene,
        {"a": Looks("Liver", (1.0, 0.0, 0.0)), "b": Looks("Spleen", (0.0, 1.0, 0.0)), "e": Looks("Empty")},
        [Layer(pixels, {"a": 1, "b": 2}, (2, 3, 1))],
        volume=volume,
    )


@pytest.mark.parametrize("kind", ["BINARY", "LABELMAP"])
def test_segments_become_a_label_map_with_their_colors(scene, volume, oblique, node, tmp_path, kind) -> None:
    options = ExportOptions(segmentationType=kind)
    exportSegmentation(node, tmp_path / "seg.dcm", oblique.files, options)
    result = load(tmp_path / "seg.dcm", scene, loadAs="LABELMAP")
    (labelNode,) = result.labelVolumes
    assert labelNode.IsA("vtkMRMLLabelMapVolumeNode") and labelNode.GetName() == "segmentation"
    expected = voxels(node, "a", volume) + 2 * voxels(node, "b", volume).astype(int)
    np.testing.assert_array_equal(numbersOf(labelNode), expected)
    np.testing.assert_allclose(matrixOfNode(labelNode), matrixOfNode(volume), atol=1e-9)
    colors = labelNode.GetDisplayNode().GetColorNode()
    assert [colors.GetColorName(n) for n in range(4)] == ["background", "Liver", "Spleen", "Empty"]
    rgba = [0.0] * 4
    colors.GetColor(2, rgba)
    assert rgba == [0.0, 1.0, 0.0, 1.0]
    small = load(tmp_path / "seg.dcm", scene, loadAs="LABELMAP", isExpanded=False).labelVolumes[0]
    assert numbersOf(small).shape[0] <= 3
    np.testing.assert_array_equal(on(volume, small), expected)


def test_overlapping_segments_become_several_label_maps(scene, volume, oblique, tmp_path) -> None:
    ones = np.ones((2, 3, 4), np.uint8)
    node = addSegmentation(
        scene,
        {"a": Looks("A"), "b": Looks("B")},
        [Layer(ones, {"a": 1}), Layer(ones, {"b": 1}, (1, 1, 1))],
        volume=volume,
    )
    exportSegmentation(node, tmp_path / "seg.dcm", oblique.files)
    first, second = load(tmp_path / "seg.dcm", scene, loadAs="LABELMAP").labelVolumes
    assert (first.GetName(), second.GetName()) == ("segmentation 1", "segmentation 2")
    np.testing.assert_array_equal(numbersOf(first) == 1, voxels(node, "a", volume))
    np.testing.assert_array_equal(numbersOf(second) == 2, voxels(node, "b", volume))


def test_a_file_without_a_voxel_becomes_what_is_asked_for(scene, volume, oblique, tmp_path) -> None:
    node = addSegmentation(scene, {"a": Looks("A")}, [], volume=volume)
    for kind, wanted in (("BINARY", "LABELMAP"), ("LABELMAP", "LABELMAP"), ("FRACTIONAL", "BOTH")):
        options = ExportOptions(segmentationType=kind)
        exportSegmentation(node, tmp_path / "seg.dcm", oblique.files, options)
        result = load(tmp_path / "seg.dcm", scene, loadAs=wanted)
        assert all(not numbersOf(volumeNode).any() for volumeNode in result.nodes[1:])
        assert result.nodes


def test_probabilities_are_not_made_of_labels(scene, oblique, node, tmp_path) -> None:
    exportSegmentation(node, tmp_path / "seg.dcm", oblique.files)
    before = state(scene)
    for wanted in ("PROBABILITIES", "BOTH"):
        with pytest.raises(ArgumentError, match="without probabilities"):
            load(tmp_path / "seg.dcm", scene, loadAs=wanted)
    assert state(scene) == before


# --- the grid of the images ---------------------------------------------------------------------------------


@pytest.mark.parametrize("first", [(-2, 3, 3), (3, -2, -1), (3, 12, 5), (9, 3, 3)])
def test_frames_beyond_the_volume_are_loaded_and_reported(scene, volume, oblique, tmp_path, first) -> None:
    node = addSegmentation(
        scene, {"a": Looks("A")}, [Layer(np.ones((2, 3, 4), np.uint8), {"a": 1}, first)], volume=volume
    )
    exportSegmentation(node, tmp_path / "seg.dcm", oblique.files, ExportOptions(grid="OWN"))
    result = load(tmp_path / "seg.dcm", scene)
    (finding,) = result.findings
    assert finding.severity == "NOTE" and "reach beyond volume 'volume'; they are loaded, too" in finding.text
    back = result.segmentationNode
    assert points(back, "a") == points(node, "a")
    assert back.GetNodeReference("referenceImageGeometryRef") is volume
    np.testing.assert_array_equal(voxels(back, "a", volume), voxels(node, "a", volume))
    cut = load(tmp_path / "seg.dcm", scene, loadAs="LABELMAP")
    assert cut.findings[0].severity == "WARNING" and "cut off" in cut.findings[0].text
    np.testing.assert_array_equal(numbersOf(cut.labelVolumes[0]) != 0, voxels(node, "a", volume))
    whole = load(tmp_path / "seg.dcm", scene, loadAs="LABELMAP", isExpanded=False)
    assert numbersOf(whole.labelVolumes[0]).sum() == 24


def test_a_volume_that_runs_along_other_axes(scene, oblique, node, volume, tmp_path) -> None:
    exportSegmentation(node, tmp_path / "seg.dcm", oblique.files)
    turned = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "turned")
    image = vtk.vtkImageData()
    image.SetDimensions(oblique.shape[0], oblique.shape[2], oblique.shape[1])
    image.AllocateScalars(vtk.VTK_SHORT, 1)
    image.GetPointData().GetScalars().Fill(0)
    turned.SetAndObserveImageData(image)
    turned.SetIJKToRASMatrix(matrixOf(ijkToRasOf(oblique.images)[:, [2, 0, 1, 3]]))
    back = load(tmp_path / "seg.dcm", scene, turned).segmentationNode
    assert back.GetNodeReference("referenceImageGeometryRef") is turned
    for segmentId in "ab":
        assert points(back, segmentId) == points(node, segmentId)


@pytest.fixture
def uneven(scene, tmp_path):
    images = make_series(SHAPE, turned=TURNED)
    step = np.subtract(*(np.array(images[n].ImagePositionPatient, float) for n in (1, 0)))
    for image in images[3:]:
        position = np.array(image.ImagePositionPatient, float) + step / 2
        image.ImagePositionPatient = [f"{v:.8g}" for v in position]
    images = images[::-1]
    return addVolume(scene, images, "uneven"), write_series(tmp_path / "uneven", images)


@pytest.mark.parametrize("kind", ["BINARY", "LABELMAP"])
@pytest.mark.parametrize("keep", [False, True])
def test_frames_of_uneven_images_go_back_to_their_slices(scene, uneven, tmp_path, kind, keep) -> None:
    volume, files = uneven
    pixels = np.random.default_rng(0).integers(0, 2, (4, 5, 4)).astype(np.uint8)
    node = addSegmentation(scene, {"a": Looks("A")}, [Layer(pixels, {"a": 1}, (2, 3, 1))], volume=volume)
    options = ExportOptions(segmentationType=kind, keepEmptyFrames=keep)
    exportSegmentation(node, tmp_path / "seg.dcm", files, options)
    result = load(tmp_path / "seg.dcm", scene)
    assert "put in the slice that was loaded from its image" in result.findings[-1].text
    np.testing.assert_array_equal(voxels(result.segmentationNode, "a", volume), voxels(node, "a", volume))
    scene.RemoveNode(volume)
    described = describeFile(tmp_path / "seg.dcm")["grid"]
    assert not described["isRegular"] and described["reason"]
    before = state(scene)
    with pytest.raises(IrregularPlanes):
        load(tmp_path / "seg.dcm", scene)
    assert state(scene) == before


def test_an_image_without_a_place_comes_back(scene, tmp_path) -> None:
    images = make_series((1, 14, 11), FrameOfReferenceUID=None, ImagePositionPatient=None)
    files = write_series(tmp_path / "projection", images)
    for image in images:
        image.ImagePositionPatient = [0, 0, 0]
    volume = addVolume(scene, images)
    pixels = np.random.default_rng(0).integers(0, 2, (1, 5, 4)).astype(np.uint8)
    node = addSegmentation(scene, {"a": Looks("A")}, [Layer(pixels, {"a": 1}, (2, 3, 0))], volume=volume)
    exportSegmentation(node, tmp_path / "seg.dcm", files)
    result = load(tmp_path / "seg.dcm", scene)
    np.testing.assert_array_equal(voxels(result.segmentationNode, "a", volume), voxels(node, "a", volume))
    assert describeFile(tmp_path / "seg.dcm")["grid"] is None


def test_a_slide_is_loaded_as_one_slice(scene, tmp_path) -> None:
    slideImage().save_as(tmp_path / "slide.dcm", enforce_file_format=True)
    pixels = labels(1, 2)
    node = addSegmentation(
        scene,
        {"a": Looks("Nuclei"), "b": Looks("Stroma")},
        [Layer(pixels, {"a": 1, "b": 2})],
        ijkToRas=ijkToRas(slideImage()),
    )
    for kind in ("BINARY", "LABELMAP"):
        options = ExportOptions(segmentationType=kind, tileSize=(20, 32))
        exportSegmentation(node, tmp_path / "seg.dcm", tmp_path / "slide.dcm", options)
        back = load(tmp_path / "seg.dcm", scene).segmentationNode
        for segmentId, label in (("a", 1), ("b", 2)):
            segment = back.GetSegmentation().GetSegment(segmentId)
            image = segment.GetRepresentation(REPRESENTATION)
            assert image.GetDimensions()[2] == 1
            assert (bufferOf(image) == segment.GetLabelValue()).sum() == (pixels == label).sum()
            assert points(back, segmentId) == points(node, segmentId)
        described = describeFile(tmp_path / "seg.dcm")
        assert described["grid"]["isTiled"] and described["grid"]["planes"] == 1
        assert (described["rows"], described["columns"]) == (20, 32) and MATRIX == (60, 44)


# --- nothing left behind ------------------------------------------------------------------------------------


@pytest.mark.parametrize("loadAs", ["SEGMENTATION", "LABELMAP", "PROBABILITIES", "BOTH"])
def test_a_cancel_leaves_nothing(scene, volume, fractional, loadAs) -> None:
    before = state(scene)
    for step in range(3):
        calls: list[float] = []

        def progress(fraction: float, _stage: str, step=step, calls=calls) -> bool:
            calls.append(fraction)
            return len(calls) > step

        session = ImportSession(fractional, scene, "auto", ImportOptions(loadAs=loadAs))
        with pytest.raises(Cancelled):
            session.run(progress)
        assert state(scene) == before


@pytest.mark.parametrize("loadAs", ["SEGMENTATION", "LABELMAP", "PROBABILITIES", "BOTH"])
@pytest.mark.parametrize("where", ["Terminology.segmentColor", "ImportSession._tell", "Grid.matrixFromArray"])
def test_a_failure_leaves_nothing(scene, volume, fractional, monkeypatch, loadAs, where) -> None:
    from DicomSegIOLib import Grid, Importing, Terminology

    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene)
    session = ImportSession(fractional, scene, "auto", ImportOptions(loadAs=loadAs))
    session.run()
    before, items = state(scene), hierarchy.GetNumberOfItems()
    calls: list[int] = []
    home = {"Terminology": Terminology, "ImportSession": Importing.ImportSession, "Grid": Grid}
    owner, name = home[where.partition(".")[0]], where.partition(".")[2]
    real = getattr(owner, name)

    def fail(*arguments: object) -> object:
        calls.append(1)
        if len(calls) == 2 or name == "_tell":
            raise MemoryError
        return real(*arguments)

    monkeypatch.setattr(owner, name, fail)
    try:
        session.finish()
    except MemoryError:
        assert [node for node, _ in state(scene)["nodes"]] == [node for node, _ in before["nodes"]]
        assert hierarchy.GetNumberOfItems() == items
    else:
        assert len(calls) < 2


# --- what a file says ---------------------------------------------------------------------------------------


def test_what_a_fractional_file_says(oblique, fractional) -> None:
    said = describeFile(fractional)
    assert (said["type"], said["fractionalType"], said["maximumFractionalValue"]) == (
        "FRACTIONAL",
        "PROBABILITY",
        255,
    )
    assert said["sopClass"] == "Segmentation Storage" and said["bits"] == 8
    assert [segment["isEmpty"] for segment in said["segments"]] == [False, False, True]
    assert [segment["frames"] for segment in said["segments"]] == [4, 6, 0]
    assert said["overlap"] == "UNDEFINED" and said["background"] is None
    assert said["grid"]["isRegular"] and said["grid"]["planes"] == 6


def test_where_the_images_of_a_file_are(scene, volume, oblique, fractional) -> None:
    said = describeFile(fractional)
    uid = oblique.images[0].SeriesInstanceUID
    assert findReferenced(said) == [{"uid": uid, "count": 6, "volume": None, "inDatabase": None}]
    (row,) = findReferenced(said, scene, Database(oblique.files[:4]))
    assert row["volume"] is volume and row["inDatabase"] == 4
    volume.RemoveAttribute("DICOM.instanceUIDs")
    closed = Database(oblique.files)
    closed.isOpen = False
    (row,) = findReferenced(said, scene, closed)
    assert row["volume"] is None and row["inDatabase"] is None


def test_frames_that_cannot_be_read_are_said_beside_the_header(scene, oblique, node, tmp_path) -> None:
    options = ExportOptions(segmentationType="LABELMAP", compression="RLE")
    exportSegmentation(node, tmp_path / "seg.dcm", oblique.files, options)
    data = bytearray((tmp_path / "seg.dcm").read_bytes())
    start = data.rindex(b"\xfe\xff\x00\xe0")
    data[start + 8 : start + 40] = b"\xff" * 32
    (tmp_path / "bad.dcm").write_bytes(data)
    said = describeFile(tmp_path / "bad.dcm")
    assert [segment["isEmpty"] for segment in said["segments"]] == [None] * 3
    assert said["findings"][0].severity == "ERROR" and "Frames cannot be read" in said["findings"][0].text
    before = state(scene)
    with pytest.raises(ReadError):
        load(tmp_path / "bad.dcm", scene)
    assert state(scene) == before
