"""Fractional labelmaps and probability volumes to FRACTIONAL objects."""

import numpy as np
import pytest
import slicer
import vtk
from segmentations import (
    Layer,
    Looks,
    addSegmentation,
    addVolume,
    arrayOf,
    ijkToRasOf,
    matrixOf,
    orientedImage,
    state,
)
from vtk.util.numpy_support import numpy_to_vtk

from dicomsegcodec.errors import ArgumentError
from dicomsegcodec.read import open_segmentation
from DicomSegIOLib import ExportOptions, exportSegmentation

FRACTIONAL = slicer.vtkSegmentationConverter.GetSegmentationFractionalLabelmapRepresentationName()
PROBABILITY = ExportOptions(segmentationType="FRACTIONAL")
ONES = np.ones((2, 3, 4), np.uint8)


def addFractions(scene, volume, pixels: np.ndarray, first=(0, 0, 0), *, stated: bool = True, name="frac"):
    """Return a node with one segment that has a fractional labelmap, as SlicerRT makes them."""
    grid = vtk.vtkMatrix4x4()
    volume.GetIJKToRASMatrix(grid)
    image = orientedImage(pixels, first, arrayOf(grid))
    if stated:
        for field, values in (("ScalarRange", (-108.0, 108.0)), ("ThresholdValue", (0.0,))):
            array = vtk.vtkDoubleArray()
            array.SetName(field)
            for value in values:
                array.InsertNextValue(value)
            image.GetFieldData().AddArray(array)
    node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", name)
    node.SetReferenceImageGeometryParameterFromVolumeNode(volume)
    node.GetSegmentation().SetSourceRepresentationName(FRACTIONAL)
    segment = slicer.vtkSegment()
    segment.SetName("Tumor")
    segment.AddRepresentation(FRACTIONAL, image)
    assert node.GetSegmentation().AddSegment(segment, "t")
    return node


def addScalars(scene, images, pixels: np.ndarray, name: str = "probability"):
    """Return a volume of (slices, rows, columns) numbers on the grid of images."""
    volume = addVolume(scene, images, name)
    volume.RemoveAttribute("DICOM.instanceUIDs")
    scalars = numpy_to_vtk(np.ascontiguousarray(pixels).reshape(-1), deep=True)
    volume.GetImageData().GetPointData().SetScalars(scalars)
    return volume


def fractionsOf(path, number: int = 1) -> np.ndarray:
    """Return (slices, rows, columns) fractions of a segment on the images' planes."""
    layered = open_segmentation(path).read_fractions()
    whole = np.zeros(layered.shape, np.float32)
    for layer in layered.fractions:
        if layer.segment == number:
            place = tuple(slice(o, o + n) for o, n in zip(layer.origin, layer.pixels.shape, strict=True))
            whole[place] = layer.pixels
    return whole


@pytest.fixture
def fractions(oblique) -> np.ndarray:
    found = np.random.default_rng(5).random(oblique.shape).astype(np.float32)
    found[:, :, :2] = 0
    found[2, 3, 4] = 1
    return found


@pytest.mark.parametrize("fractionalType", ["PROBABILITY", "OCCUPANCY"])
@pytest.mark.parametrize("maximum", [255, 100])
def test_a_probability_volume(scene, volume, oblique, fractions, tmp_path, fractionalType, maximum) -> None:
    node = addSegmentation(scene, {"a": Looks("A")}, [], volume=volume)
    given = addScalars(scene, oblique.images, fractions)
    before = state(scene)
    options = ExportOptions(
        segmentationType="FRACTIONAL",
        fractionalType=fractionalType,
        maximumFractionalValue=maximum,
        keepEmptyFrames=True,
    )
    result = exportSegmentation(
        node, tmp_path / "seg.dcm", oblique.files, options, fractionVolumes={"a": given}
    )
    assert result.findings == () and state(scene) == before
    header = open_segmentation(result.files[0]).dataset
    assert (header.SegmentationFractionalType, header.MaximumFractionalValue) == (fractionalType, maximum)
    np.testing.assert_allclose(fractionsOf(result.files[0]), fractions, atol=0.5001 / maximum)


@pytest.mark.parametrize(
    ("dtype", "low", "high"), [(np.uint8, 0, 255), (np.int16, -1000, 1000), (np.float64, 0, 100)]
)
def test_numbers_that_are_scaled_by_a_stated_range(
    scene, volume, oblique, fractions, tmp_path, dtype, low, high
) -> None:
    node = addSegmentation(scene, {"a": Looks("A")}, [], volume=volume)
    numbers = (low + fractions.astype(np.float64) * (high - low)).astype(dtype)
    given = addScalars(scene, oblique.images, numbers)
    with pytest.raises(ArgumentError, match=r"holds numbers from .* where 0 stands .* and 1 for 1") as caught:
        exportSegmentation(
            node, tmp_path / "no.dcm", oblique.files, PROBABILITY, fractionVolumes={"a": given}
        )
    assert caught.value.fixes == ("chooseFractions",) and caught.value.segmentIds == ("a",)
    options = ExportOptions(segmentationType="FRACTIONAL", fractionRange=(low, high), keepEmptyFrames=True)
    result = exportSegmentation(
        node, tmp_path / "seg.dcm", oblique.files, options, fractionVolumes={"a": given}
    )
    expected = (numbers.astype(float) - low) / (high - low)
    np.testing.assert_allclose(fractionsOf(result.files[0]), expected, atol=0.5001 / 255)


def test_rounding_errors_are_taken_back_and_nothing_else(scene, volume, oblique, fractions, tmp_path) -> None:
    node = addSegmentation(scene, {"a": Looks("A")}, [], volume=volume)
    fractions[1, 1, 3], fractions[1, 1, 4] = 1 + 1e-6, -1e-7
    given = addScalars(scene, oblique.images, fractions)
    result = exportSegmentation(
        node, tmp_path / "seg.dcm", oblique.files, PROBABILITY, fractionVolumes={"a": given}
    )
    found = fractionsOf(result.files[0])
    assert (found[1, 1, 3], found[1, 1, 4]) == (1, 0)
    for wrong in (1.001, -0.001, np.nan):
        fractions[1, 1, 3] = wrong
        given = addScalars(scene, oblique.images, fractions)
        with pytest.raises(ArgumentError, match="holds numbers from"):
            exportSegmentation(
                node, tmp_path / "x.dcm", oblique.files, PROBABILITY, fractionVolumes={"a": given}
            )


def test_segments_without_fractions_are_0_and_1_and_that_is_said(
    scene, volume, oblique, fractions, tmp_path
) -> None:
    node = addSegmentation(
        scene,
        {"a": Looks("A"), "b": Looks("B"), "c": Looks("C"), "d": Looks("D")},
        [Layer((np.arange(4) % 2 + 1)[None, None].astype(np.uint8) * ONES, {"b": 1, "c": 2}, (3, 2, 1))],
        volume=volume,
    )
    given = addScalars(scene, oblique.images, fractions)
    result = exportSegmentation(
        node, tmp_path / "seg.dcm", oblique.files, PROBABILITY, fractionVolumes={"a": given}
    )
    (finding,) = result.findings
    assert finding.text == (
        "Segments 'B', 'C' and 'D' have no fractions, only voxels, which are written as 0 and 1."
    )
    assert finding.segmentIds == ("b", "c", "d") and finding.fix == "chooseFractions"
    found = fractionsOf(result.files[0], 3)
    assert set(np.unique(found)) == {0, 1} and found.sum() == 12
    np.testing.assert_allclose(fractionsOf(result.files[0]), fractions, atol=0.5001 / 255)
    # Without any fractions, too.
    alone = ExportOptions(segmentationType="FRACTIONAL", segmentIds=("b",))
    result = exportSegmentation(node, tmp_path / "b.dcm", oblique.files, alone)
    assert fractionsOf(result.files[0]).sum() == 12
    assert len(result.findings) == 1


def test_a_fractional_labelmap_states_its_range(scene, volume, oblique, tmp_path) -> None:
    pixels = np.random.default_rng(1).integers(-108, 109, (3, 5, 4)).astype(np.int8)
    node = addFractions(scene, volume, pixels, (2, 3, 1))
    before = state(scene)
    result = exportSegmentation(node, tmp_path / "seg.dcm", oblique.files, PROBABILITY)
    assert result.findings == () and state(scene) == before
    whole = fractionsOf(result.files[0])[:, 3:8, 2:6]
    # The file has the planes with a voxel, along the images' stack, which runs against the volume or not.
    expected = np.rint((pixels.astype(float) + 108) / 216 * 255) / 255
    assert any(np.allclose(whole, turned, atol=1e-6) for turned in (expected, expected[::-1]))


def test_a_fractional_labelmap_is_thresholded_for_other_types(scene, volume, oblique, tmp_path) -> None:
    pixels = np.random.default_rng(1).integers(-108, 109, (3, 5, 4)).astype(np.int8)
    node = addFractions(scene, volume, pixels, (2, 3, 1))
    for kind in ("BINARY", "LABELMAP"):
        options = ExportOptions(segmentationType=kind)
        result = exportSegmentation(node, tmp_path / f"{kind}.dcm", oblique.files, options)
        assert "at least the labelmap's threshold" in result.findings[0].text
        stored = open_segmentation(result.files[0])
        (layer,) = stored.read_layers().layers
        assert (layer.pixels != 0).sum() == (pixels >= 0).sum()


def test_a_range_that_is_not_stated_is_not_guessed(scene, volume, oblique, tmp_path) -> None:
    pixels = np.random.default_rng(1).integers(0, 201, (3, 5, 4)).astype(np.uint8)
    node = addFractions(scene, volume, pixels, (2, 3, 1), stated=False)
    with pytest.raises(ArgumentError, match="the fractional labelmap holds numbers from"):
        exportSegmentation(node, tmp_path / "seg.dcm", oblique.files, PROBABILITY)
    options = ExportOptions(segmentationType="FRACTIONAL", fractionRange=(0, 200))
    result = exportSegmentation(node, tmp_path / "seg.dcm", oblique.files, options)
    assert np.isclose(fractionsOf(result.files[0]).max(), pixels.max() / 200, atol=0.51 / 255)


def test_a_volume_on_another_grid_is_placed_or_refused(scene, volume, oblique, fractions, tmp_path) -> None:
    node = addSegmentation(scene, {"a": Looks("A")}, [], volume=volume)
    turned = addScalars(scene, oblique.images[::-1], fractions[::-1])
    results = [
        exportSegmentation(
            node, tmp_path / f"{n}.dcm", oblique.files, PROBABILITY, fractionVolumes={"a": given}
        )
        for n, given in enumerate([addScalars(scene, oblique.images, fractions), turned])
    ]
    np.testing.assert_array_equal(*(fractionsOf(result.files[0]) for result in results))
    coarse = addScalars(scene, oblique.images, fractions)
    coarse.SetIJKToRASMatrix(matrixOf(ijkToRasOf(oblique.images) @ np.diag([2.0, 2, 1, 1])))
    with pytest.raises(ArgumentError, match="Segment 'A' cannot be written on"):
        exportSegmentation(
            node, tmp_path / "x.dcm", oblique.files, PROBABILITY, fractionVolumes={"a": coarse}
        )


def test_a_volume_that_cannot_be_fractions_is_named(scene, volume, oblique, tmp_path) -> None:
    node = addSegmentation(scene, {"a": Looks("A")}, [], volume=volume)
    empty = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "nothing")
    for given, words in (
        ({"a": empty}, "'nothing' has no voxels"),
        ({"x": volume}, "there is no such segment"),
    ):
        with pytest.raises(ArgumentError, match=words):
            exportSegmentation(node, tmp_path / "x.dcm", oblique.files, PROBABILITY, fractionVolumes=given)


@pytest.mark.parametrize("compression", ["RLE", "DEFLATED", "DEFLATED_FRAMES"])
def test_fractions_are_compressed(scene, volume, oblique, fractions, tmp_path, compression) -> None:
    node = addSegmentation(scene, {"a": Looks("A")}, [], volume=volume)
    given = addScalars(scene, oblique.images, fractions)
    options = ExportOptions(segmentationType="FRACTIONAL", compression=compression)
    result = exportSegmentation(
        node, tmp_path / "seg.dcm", oblique.files, options, fractionVolumes={"a": given}
    )
    np.testing.assert_allclose(fractionsOf(result.files[0]), fractions, atol=0.5001 / 255)
