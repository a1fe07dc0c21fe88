"""Segments that are not on the images' voxels, reach beyond the images, or belong to uneven images."""

import numpy as np
import pytest
import vtk
from image_series import SHAPE, TURNED
from pydicom import dcmread
from segmentations import (
    REPRESENTATION,
    Layer,
    Looks,
    addSegmentation,
    addVolume,
    arrayOf,
    bufferOf,
    ijkToRasOf,
    matrixOf,
    state,
    voxels,
)
from test_mrml_fractions import fractionsOf
from test_mrml_node import addTransform
from vtk.util.numpy_support import numpy_to_vtk

from dicomsegcodec.errors import ArgumentError, GeometryMismatch, IrregularPlanes
from dicomsegcodec.read import open_segmentation
from DicomSegIOLib import ExportOptions, exportSegmentation, loadSegmentation
from series import make_series, rotation, write_series

OWN = ExportOptions(grid="OWN")
ONES = np.ones((2, 3, 4), np.uint8)


def blob(shape, seed: int = 0) -> np.ndarray:
    return (np.random.default_rng(seed).random(shape) > 0.4).astype(np.uint8)


def points(node, segmentId: str) -> set[tuple[float, ...]]:
    """Return where the voxels of a segment are, RAS in mm."""

    segment = node.GetSegmentation().GetSegment(segmentId)
    image = segment.GetRepresentation(REPRESENTATION)
    matrix = vtk.vtkMatrix4x4()
    image.GetImageToWorldMatrix(matrix)
    columns, rows, slices = image.GetDimensions()
    k, j, i = np.nonzero(bufferOf(image).reshape(slices, rows, columns) == segment.GetLabelValue())
    extent = image.GetExtent()
    index = np.stack([i + extent[0], j + extent[2], k + extent[4], np.ones(len(i))])
    return {tuple(np.round(p, 3).tolist()) for p in (arrayOf(matrix) @ index)[:3].T}


@pytest.mark.parametrize("kind", ["BINARY", "LABELMAP", "FRACTIONAL"])
@pytest.mark.parametrize("scale", [(0.5, 0.5, 0.5), (2.0, 1.5, 1.0), (1.0, 1.0, 0.5)])
def test_a_grid_of_its_own_moves_no_voxel(scene, volume, oblique, tmp_path, kind, scale) -> None:
    own = ijkToRasOf(oblique.images) @ np.diag([*scale, 1])
    node = addSegmentation(
        scene,
        {"a": Looks("A"), "b": Looks("B")},
        [
            Layer(blob((4, 5, 6)), {"a": 1}, (2, 3, 1), own),
            Layer(blob((2, 2, 3), 1) * 4, {"b": 4}, (9, 9, 0), own),
        ],
        volume=volume,
    )
    before = state(scene)
    options = ExportOptions(segmentationType=kind, grid="OWN")
    with pytest.raises(GeometryMismatch) as caught:
        exportSegmentation(node, tmp_path / "no.dcm", oblique.files, ExportOptions(segmentationType=kind))
    assert caught.value.fixes[:2] == ("useOwnGrid", "resampleToImages")
    result = exportSegmentation(node, tmp_path / "seg.dcm", oblique.files, options)
    assert state(scene) == before
    assert any("grid of their own" in finding.text for finding in result.findings)
    header = dcmread(result.files[0])
    assert header.FrameOfReferenceUID == oblique.images[0].FrameOfReferenceUID
    assert len(header.ReferencedSeriesSequence[0].ReferencedInstanceSequence) == len(oblique.files)
    if kind == "FRACTIONAL":
        return
    back = loadSegmentation(result.files[0], scene, None)
    for segmentId in "ab":
        assert points(back, segmentId) == points(node, segmentId) != set()


def test_the_own_grid_is_that_which_the_segmentation_states(scene, volume, oblique, tmp_path) -> None:
    fine = addVolume(scene, make_series((12, 28, 22), turned=TURNED, spacing_mm=(1.25, 0.375, 0.25))[::-1])
    node = addSegmentation(scene, {"a": Looks("A")}, [Layer(ONES, {"a": 1}, (3, 2, 1))], volume=fine)
    result = exportSegmentation(node, tmp_path / "seg.dcm", oblique.files, OWN)
    stored = open_segmentation(result.files[0])
    assert (stored.rows, stored.columns) == (28, 22)
    assert "22 x 28 x 12 voxels of 0.25 x 0.375 x 1.25 mm" in result.findings[0].text


def test_segments_of_different_grids_have_none_together(scene, volume, oblique, tmp_path) -> None:
    grids = [ijkToRasOf(oblique.images) @ np.diag([s, s, 1, 1]) for s in (0.5, 0.7)]
    node = addSegmentation(
        scene,
        {"a": Looks("A"), "b": Looks("B")},
        [Layer(ONES, {"a": 1}, ijkToRas=grids[0]), Layer(ONES, {"b": 1}, ijkToRas=grids[1])],
        volume=volume,
    )
    with pytest.raises(GeometryMismatch, match="'A' and Segment 'B' stand on different voxels") as caught:
        exportSegmentation(node, tmp_path / "seg.dcm", oblique.files, OWN)
    assert caught.value.fixes == ("resampleToImages",)


@pytest.mark.parametrize("kind", ["BINARY", "LABELMAP"])
@pytest.mark.parametrize("angle", [0, 7])
def test_resampling_is_that_of_slicer(scene, volume, oblique, tmp_path, kind, angle) -> None:

    turn = np.eye(4)
    turn[:3, :3] = rotation(angle, 0, 2 * angle)
    own = ijkToRasOf(oblique.images) @ np.diag([0.5, 0.7, 0.9, 1]) @ turn
    own[:3, 3] += ijkToRasOf(oblique.images)[:3, :3] @ [2.3, 3.2, 1.4]
    node = addSegmentation(
        scene,
        {"a": Looks("A"), "b": Looks("B")},
        [Layer(blob((3, 8, 7)) * 2, {"a": 2}, ijkToRas=own), Layer(blob((2, 3, 2), 1), {"b": 1}, (5, 9, 3))],
        volume=volume,
    )
    before = state(scene)
    options = ExportOptions(segmentationType=kind, grid="SOURCE", outside="CUT", overlap="LATER_WINS")
    result = exportSegmentation(node, tmp_path / "seg.dcm", oblique.files, options)
    assert state(scene) == before
    assert "Segment 'A' is resampled to the images" in result.findings[0].text
    assert result.findings[0].severity == "WARNING" and result.findings[0].segmentIds == ("a",)
    back = loadSegmentation(result.files[0], scene)
    mine, slicers = voxels(back, "a", volume), voxels(node, "a", volume)
    # Slicer decides otherwise where a centre lies just between two voxels.
    assert slicers.sum() > 20 and (mine != slicers).sum() <= 0.02 * slicers.sum()
    np.testing.assert_array_equal(voxels(back, "b", volume), voxels(node, "b", volume))


def test_fractions_are_resampled_too(scene, volume, oblique, tmp_path) -> None:

    node = addSegmentation(scene, {"a": Looks("A")}, [], volume=volume)
    numbers = np.random.default_rng(0).random(oblique.shape).astype(np.float32)
    fine = _fineVolume(scene, oblique, numbers)
    options = ExportOptions(segmentationType="FRACTIONAL", grid="SOURCE", keepEmptyFrames=True)
    result = exportSegmentation(
        node, tmp_path / "seg.dcm", oblique.files, options, fractionVolumes={"a": fine}
    )
    np.testing.assert_allclose(fractionsOf(result.files[0]), numbers, atol=0.5001 / 255)


def _fineVolume(scene, oblique, numbers: np.ndarray):
    """Return numbers as a volume of voxels a third as wide and high."""
    fine = np.repeat(np.repeat(numbers, 3, axis=1), 3, axis=2)
    matrix = ijkToRasOf(oblique.images) @ np.diag([1 / 3, 1 / 3, 1, 1])
    matrix[:3, 3] -= matrix[:3, :3] @ [1, 1, 0]
    volume = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "fine")
    image = vtk.vtkImageData()
    image.SetDimensions(*fine.shape[::-1])
    image.GetPointData().SetScalars(numpy_to_vtk(np.ascontiguousarray(fine).reshape(-1), deep=True))
    volume.SetAndObserveImageData(image)
    volume.SetIJKToRASMatrix(matrixOf(matrix))
    return volume


def test_what_lies_outside_can_be_cut_off(scene, volume, oblique, tmp_path) -> None:
    node = addSegmentation(
        scene,
        {"a": Looks("Liver"), "b": Looks("B")},
        [Layer(ONES, {"a": 1}, (-1, 0, 0)), Layer(ONES, {"b": 1}, (40, 0, 0))],
        volume=volume,
    )
    result = exportSegmentation(node, tmp_path / "seg.dcm", oblique.files, ExportOptions(outside="CUT"))
    (finding,) = result.findings
    assert finding.text == (
        "What lies outside of the source images is cut off: 6 voxels of segment 'Liver' (25 %) and 24 voxels "
        "of segment 'B' (100 %)."
    )
    assert finding.severity == "WARNING" and finding.segmentIds == ("a", "b")
    back = loadSegmentation(result.files[0], scene)
    assert voxels(back, "a", volume).sum() == 18
    np.testing.assert_array_equal(voxels(back, "a", volume), voxels(node, "a", volume))
    assert not voxels(back, "b", volume).any()


@pytest.mark.parametrize("first", [(-2, 3, 3), (3, -2, -1), (3, 12, 5), (9, 3, 3)])
def test_what_lies_outside_can_be_kept_on_a_larger_grid(scene, volume, oblique, tmp_path, first) -> None:
    node = addSegmentation(scene, {"a": Looks("A")}, [Layer(ONES, {"a": 1}, first)], volume=volume)
    result = exportSegmentation(node, tmp_path / "seg.dcm", oblique.files, OWN)
    back = loadSegmentation(result.files[0], scene, None)
    assert points(back, "a") == points(node, "a")


def test_the_own_grid_is_not_used_where_the_images_grid_will_do(scene, volume, oblique, tmp_path) -> None:
    node = addSegmentation(scene, {"a": Looks("A")}, [Layer(ONES, {"a": 1})], volume=volume)
    result = exportSegmentation(node, tmp_path / "seg.dcm", oblique.files, OWN)
    assert result.findings == ()
    exportSegmentation(node, tmp_path / "plain.dcm", oblique.files)
    one, other = (open_segmentation(tmp_path / name).planes for name in ("seg.dcm", "plain.dcm"))
    assert one.positions == other.positions


def test_a_transform_moves_the_voxels_off_the_images(scene, volume, oblique, tmp_path) -> None:
    node = addSegmentation(scene, {"a": Looks("A")}, [Layer(ONES, {"a": 1}, (3, 3, 2))], volume=volume)
    addTransform(scene, node, offset=(0.1, 0.0, 0.0))
    with pytest.raises(GeometryMismatch, match="beside those of the images") as caught:
        exportSegmentation(node, tmp_path / "seg.dcm", oblique.files)
    assert "useOwnGrid" in caught.value.fixes
    result = exportSegmentation(node, tmp_path / "seg.dcm", oblique.files, OWN)
    back = loadSegmentation(result.files[0], scene, None)
    moved = {tuple(np.round(np.add(p, [0.1, 0, 0]), 3).tolist()) for p in points(node, "a")}
    assert points(back, "a") == moved


def test_a_transform_that_is_not_linear_is_refused(scene, volume, oblique, tmp_path) -> None:

    node = addSegmentation(scene, {"a": Looks("A")}, [Layer(ONES, {"a": 1})], volume=volume)
    transform = scene.AddNewNodeByClass("vtkMRMLTransformNode", "bent")
    spline = vtk.vtkThinPlateSplineTransform()
    source, target = vtk.vtkPoints(), vtk.vtkPoints()
    for n, point in enumerate([(0, 0, 0), (9, 0, 0), (0, 9, 0), (0, 0, 9), (5, 5, 5)]):
        source.InsertNextPoint(point)
        target.InsertNextPoint(point if n < 4 else (6, 5, 5))
    spline.SetBasisToR()
    spline.SetSourceLandmarks(source)
    spline.SetTargetLandmarks(target)
    transform.SetAndObserveTransformToParent(spline)
    node.SetAndObserveTransformNodeID(transform.GetID())
    with pytest.raises(ArgumentError, match="non-linear transform 'bent'") as caught:
        exportSegmentation(node, tmp_path / "seg.dcm", oblique.files)
    assert caught.value.fixes == ("hardenTransform",)


# --- images that are no regular grid ------------------------------------------------------------------------


@pytest.fixture
def uneven(scene, tmp_path):
    """Images that are not evenly spaced, and the volume that Slicer makes of them."""
    images = make_series(SHAPE, turned=TURNED)
    step = np.array(images[1].ImagePositionPatient, float) - np.array(images[0].ImagePositionPatient, float)
    for image in images[3:]:
        image.ImagePositionPatient = [
            f"{v:.8g}" for v in np.array(image.ImagePositionPatient, float) + step / 2
        ]
    images = images[::-1]
    return addVolume(scene, images, "uneven"), images, write_series(tmp_path / "uneven", images)


@pytest.mark.parametrize("kind", ["BINARY", "LABELMAP"])
@pytest.mark.parametrize("shuffled", [False, True])
def test_slices_of_uneven_images_go_to_the_images_they_came_from(
    scene, uneven, tmp_path, kind, shuffled
) -> None:
    volume, images, files = uneven
    node = addSegmentation(
        scene, {"a": Looks("A")}, [Layer(blob((3, 5, 4)), {"a": 1}, (2, 3, 1))], volume=volume
    )
    given = [files[n] for n in (3, 0, 5, 1, 4, 2)] if shuffled else files
    result = exportSegmentation(node, tmp_path / "seg.dcm", given, ExportOptions(segmentationType=kind))
    assert "not evenly spaced" in result.findings[0].text and result.findings[0].severity == "NOTE"
    header = dcmread(result.files[0])
    frames = header.pixel_array
    known = {str(image.SOPInstanceUID): k for k, image in enumerate(images)}
    for frame, groups in zip(frames, header.PerFrameFunctionalGroupsSequence, strict=True):
        source = groups.DerivationImageSequence[0].SourceImageSequence[0]
        k = known[source.ReferencedSOPInstanceUID]
        np.testing.assert_array_equal(frame != 0, voxels(node, "a", volume)[k])
        assert groups.PlanePositionSequence[0].ImagePositionPatient == images[k].ImagePositionPatient


def test_uneven_images_without_their_volume_are_refused(scene, uneven, oblique, tmp_path) -> None:
    volume, images, files = uneven
    node = addSegmentation(scene, {"a": Looks("A")}, [Layer(ONES, {"a": 1})], ijkToRas=ijkToRasOf(images))
    with pytest.raises(IrregularPlanes) as caught:
        exportSegmentation(node, tmp_path / "seg.dcm", files)
    assert caught.value.fixes == ("chooseReference", "chooseFolder")
    node.SetReferenceImageGeometryParameterFromVolumeNode(volume)
    for wrong in (files[1:], [*files[1:], files[0]][:-2]):
        with pytest.raises(IrregularPlanes):
            exportSegmentation(node, tmp_path / "seg.dcm", wrong)
    volume.SetSpacing(0.6, 0.75, 2.5)
    with pytest.raises(IrregularPlanes):
        exportSegmentation(node, tmp_path / "seg.dcm", files)


def test_an_image_without_a_place_is_found_by_its_volume(scene, tmp_path) -> None:
    images = make_series((1, 14, 11), FrameOfReferenceUID=None, ImagePositionPatient=None)
    files = write_series(tmp_path / "projection", images)
    for image in images:
        image.ImagePositionPatient = [0, 0, 0]
    volume = addVolume(scene, images)
    node = addSegmentation(
        scene, {"a": Looks("A")}, [Layer(blob((1, 5, 4)), {"a": 1}, (2, 3, 0))], volume=volume
    )
    result = exportSegmentation(node, tmp_path / "seg.dcm", files)
    frame = dcmread(result.files[0]).pixel_array
    np.testing.assert_array_equal(frame.reshape(14, 11) != 0, voxels(node, "a", volume)[0])


def test_a_gantry_tilt_is_kept(scene, tmp_path) -> None:
    images = make_series(SHAPE)
    for k, image in enumerate(images):
        position = np.add(np.array(image.ImagePositionPatient, float), [0, 0.6 * k, 0])
        image.ImagePositionPatient = [f"{v:.8g}" for v in position]
    images = images[::-1]
    files = write_series(tmp_path / "tilt", images)
    volume = addVolume(scene, images)
    node = addSegmentation(
        scene, {"a": Looks("A")}, [Layer(blob((3, 5, 4)), {"a": 1}, (2, 3, 1))], volume=volume
    )
    result = exportSegmentation(node, tmp_path / "seg.dcm", files)
    back = loadSegmentation(result.files[0], scene)
    np.testing.assert_array_equal(voxels(back, "a", volume), voxels(node, "a", volume))
