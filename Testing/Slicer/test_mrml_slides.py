"""Segmentations of slides: tiles, pyramids, and where they lie."""

from pathlib import Path

import numpy as np
import pytest
import vtk
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid
from segmentations import Layer, Looks, addSegmentation, matrixOf
from vtk.util.numpy_support import numpy_to_vtk

import dicomsegcodec as hd
from dicomsegcodec.errors import ArgumentError, GeometryMismatch, MixedSources, OverlappingSegments
from dicomsegcodec.read import open_segmentation
from DicomSegIOLib import ExportOptions, exportSegmentation, possibleCompressions

SPACING = 0.002
MATRIX = (60, 44)


def slideImage(matrix=MATRIX, tile=(16, 16), *, kind: str = "VOLUME", uids=None) -> Dataset:
    """Return the header of a slide image; a smaller matrix covers the same area."""
    study, series, frame = uids or (generate_uid(), generate_uid(), generate_uid())
    image = Dataset()
    image.file_meta = FileMetaDataset()
    image.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    image.SOPClassUID, image.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.77.1.6", generate_uid()
    image.file_meta.MediaStorageSOPClassUID = image.SOPClassUID
    image.file_meta.MediaStorageSOPInstanceUID = image.SOPInstanceUID
    image.StudyInstanceUID, image.SeriesInstanceUID, image.FrameOfReferenceUID = study, series, frame
    image.PositionReferenceIndicator, image.Modality = "SLIDE_CORNER", "SM"
    image.ImageType = ["ORIGINAL", "PRIMARY", kind, "NONE"]
    image.PatientName, image.PatientID, image.PatientBirthDate, image.PatientSex = "Doe^Jane", "P1", "", "F"
    image.StudyDate, image.StudyTime, image.StudyID, image.AccessionNumber = "20240102", "101010", "1", "A1"
    image.ReferringPhysicianName, image.Manufacturer, image.SeriesNumber = "", "Scanner", 1
    image.Rows, image.Columns = tile
    image.TotalPixelMatrixRows, image.TotalPixelMatrixColumns = matrix
    image.ImageOrientationSlide = [0, -1, 0, -1, 0, 0]
    origin, measures, shared = Dataset(), Dataset(), Dataset()
    origin.XOffsetInSlideCoordinateSystem, origin.YOffsetInSlideCoordinateSystem = "23.5", "25.75"
    image.TotalPixelMatrixOriginSequence = [origin]
    between = [f"{SPACING * full / size:.10g}" for full, size in zip(MATRIX, matrix, strict=True)]
    measures.PixelSpacing, measures.SliceThickness = between, "0.01"
    shared.PixelMeasuresSequence = [measures]
    image.SharedFunctionalGroupsSequence = [shared]
    image.ContainerIdentifier, image.IssuerOfTheContainerIdentifierSequence = "C1", []
    specimen = Dataset()
    specimen.SpecimenIdentifier, specimen.SpecimenUID = "S1", generate_uid()
    specimen.IssuerOfTheSpecimenIdentifierSequence, specimen.SpecimenPreparationSequence = [], []
    image.SpecimenDescriptionSequence = [specimen]
    image.NumberOfFrames = (-(-matrix[0] // tile[0])) * (-(-matrix[1] // tile[1]))
    image.DimensionOrganizationType = "TILED_FULL"
    return image


def ijkToRas(image: Dataset) -> np.ndarray:
    """Return the matrix of a volume of one slice that lies where the slide's pixels do."""
    matrix = np.eye(4)
    down, across = (
        float(v) for v in image.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0].PixelSpacing
    )
    row, column = np.reshape(image.ImageOrientationSlide, (2, 3)).astype(float)
    matrix[:3, 0], matrix[:3, 1], matrix[:3, 2] = row * across, column * down, np.cross(row, column) * 0.01
    matrix[:3, 3] = 23.5, 25.75, 0
    return np.diag([-1.0, -1, 1, 1]) @ matrix


@pytest.fixture
def pyramid(tmp_path) -> list[Path]:
    """Files of a slide in three resolutions, and of its label; not in this order."""
    uids = generate_uid(), generate_uid(), generate_uid()
    folder = tmp_path / "slide"
    folder.mkdir()
    images = [
        slideImage((15, 11), uids=uids),
        slideImage(uids=uids),
        slideImage((10, 10), (10, 10), kind="LABEL", uids=uids),
        slideImage((30, 22), uids=uids),
    ]
    files = []
    for number, image in enumerate(images):
        files.append(folder / f"{number}.dcm")
        image.save_as(files[-1], enforce_file_format=True)
    return files


def labels(*values: int, seed: int = 0) -> np.ndarray:
    found = np.random.default_rng(seed).choice([0, *values], (1, *MATRIX)).astype(np.uint8)
    found[:, 16:32] = 0  # tiles without a pixel
    return found


@pytest.fixture
def node(scene):
    pixels = labels(1, 2)
    return addSegmentation(
        scene,
        {"a": Looks("Nuclei"), "b": Looks("Stroma"), "e": Looks("Empty")},
        [Layer(pixels, {"a": 1, "b": 2})],
        ijkToRas=ijkToRas(slideImage()),
    )


def matrixOfFile(path: Path) -> np.ndarray:
    """Return the total pixel matrix of a label map, or each segment of another one on the first axis."""
    seg = hd.seg.segread(path)
    numbers = list(seg.segment_numbers)
    whole = seg.get_total_pixel_matrix(combine_segments=seg.segmentation_type == "LABELMAP")
    return whole if whole.ndim == 2 else np.moveaxis(whole, -1, 0)[: len(numbers)]


@pytest.mark.parametrize("kind", ["BINARY", "LABELMAP", "FRACTIONAL"])
@pytest.mark.parametrize("tile", [None, (20, 32)])
@pytest.mark.parametrize("full", [False, True])
def test_a_matrix_is_cut_into_tiles(node, pyramid, tmp_path, kind, tile, full) -> None:
    options = ExportOptions(segmentationType=kind, tileSize=tile, tiledFull=full)
    result = exportSegmentation(node, tmp_path / "seg.dcm", pyramid[1], options)
    assert result.files == (tmp_path / "seg.dcm",)
    stored = open_segmentation(result.files[0])
    assert (stored.rows, stored.columns) == (tile or (16, 16))
    organization = stored.dataset.get("DimensionOrganizationType")
    assert organization == ("TILED_FULL" if full else "TILED_SPARSE")
    assert (stored.dataset.TotalPixelMatrixRows, stored.dataset.TotalPixelMatrixColumns) == MATRIX
    pixels = labels(1, 2)[0]
    found = matrixOfFile(result.files[0])
    if kind == "LABELMAP":
        np.testing.assert_array_equal(found, pixels)
    else:
        for number in (1, 2):
            np.testing.assert_array_equal(found[number - 1] != 0, pixels == number)


def test_the_folder_of_a_pyramid_is_searched_for_the_level(node, pyramid, tmp_path) -> None:
    for given in (pyramid[0].parent, pyramid, pyramid[::-1]):
        result = exportSegmentation(node, tmp_path / "seg.dcm", given)
        header = open_segmentation(result.files[0]).dataset
        assert (header.TotalPixelMatrixRows, header.TotalPixelMatrixColumns) == MATRIX


@pytest.mark.parametrize("kind", ["BINARY", "LABELMAP"])
def test_factors_make_a_pyramid(node, pyramid, tmp_path, kind) -> None:
    options = ExportOptions(
        segmentationType=kind, downsampleFactors=(2.0, 4.0), compression="DEFLATED_FRAMES"
    )
    result = exportSegmentation(node, tmp_path / "seg.dcm", pyramid[1], options)
    assert [path.name for path in result.files] == ["seg_1.dcm", "seg_2.dcm", "seg_3.dcm"]
    headers = [open_segmentation(path).dataset for path in result.files]
    assert [(h.TotalPixelMatrixRows, h.TotalPixelMatrixColumns) for h in headers] == [
        MATRIX,
        (30, 22),
        (15, 11),
    ]
    assert len({h.PyramidUID for h in headers}) == len({h.SeriesInstanceUID for h in headers}) == 1
    assert [h.InstanceNumber for h in headers] == [1, 2, 3]
    pixels = labels(1, 2)[0]
    for path, factor in zip(result.files, (1, 2, 4), strict=True):
        sampled = pixels[factor // 2 :: factor, factor // 2 :: factor]
        found = matrixOfFile(path)
        if kind == "BINARY":
            found = found[0] + 2 * found[1]
        np.testing.assert_array_equal(found, sampled)
        (spacing,) = {
            str(item.PixelSpacing)
            for item in open_segmentation(path)
            .dataset.SharedFunctionalGroupsSequence[0]
            .PixelMeasuresSequence
        }
        assert spacing == str([SPACING * factor] * 2)


def test_the_levels_of_the_source_are_matched(node, pyramid, tmp_path) -> None:
    options = ExportOptions(segmentationType="LABELMAP", downsampleFactors="SOURCE")
    result = exportSegmentation(node, tmp_path / "seg.dcm", pyramid, options)
    headers = [open_segmentation(path).dataset for path in result.files]
    assert [(h.TotalPixelMatrixRows, h.TotalPixelMatrixColumns) for h in headers] == [
        MATRIX,
        (30, 22),
        (15, 11),
    ]
    referenced = [
        h.ReferencedSeriesSequence[0].ReferencedInstanceSequence[0].ReferencedSOPInstanceUID for h in headers
    ]
    from pydicom import dcmread

    assert referenced == [dcmread(pyramid[n]).SOPInstanceUID for n in (1, 3, 0)]


def test_segments_of_a_lower_level_go_to_that(scene, pyramid, tmp_path) -> None:
    from pydicom import dcmread

    pixels = np.ones((1, 10, 8), np.uint8)
    node = addSegmentation(
        scene, {"a": Looks("A")}, [Layer(pixels, {"a": 1}, (3, 5, 0))], ijkToRas=ijkToRas(dcmread(pyramid[3]))
    )
    options = ExportOptions(downsampleFactors="SOURCE")
    result = exportSegmentation(node, tmp_path / "seg.dcm", pyramid, options)
    headers = [open_segmentation(path).dataset for path in result.files]
    assert [(h.TotalPixelMatrixRows, h.TotalPixelMatrixColumns) for h in headers] == [(30, 22), (15, 11)]
    expected = np.zeros((30, 22), np.uint8)
    expected[5:15, 3:11] = 1
    np.testing.assert_array_equal(matrixOfFile(result.files[0])[0], expected)


def test_overlaps_of_a_slide_are_split_and_levels_stay_together(scene, pyramid, tmp_path) -> None:
    node = addSegmentation(
        scene,
        {"a": Looks("A"), "b": Looks("B")},
        [Layer(labels(1), {"a": 1}), Layer(labels(1, seed=1), {"b": 1})],
        ijkToRas=ijkToRas(slideImage()),
    )
    with pytest.raises(OverlappingSegments):
        exportSegmentation(node, tmp_path / "seg.dcm", pyramid[1], ExportOptions(segmentationType="LABELMAP"))
    options = ExportOptions(segmentationType="LABELMAP", overlap="SPLIT", downsampleFactors=(2.0,))
    result = exportSegmentation(node, tmp_path / "seg.dcm", pyramid[1], options)
    headers = [open_segmentation(path).dataset for path in result.files]
    assert [h.SegmentSequence[-1].SegmentLabel for h in headers] == ["A", "A", "B", "B"]
    pyramids = [h.PyramidUID for h in headers]
    assert pyramids[0] == pyramids[1] != pyramids[2] == pyramids[3]
    np.testing.assert_array_equal(matrixOfFile(result.files[2]), labels(1, seed=1)[0])


def test_fractions_of_a_slide_are_averaged(scene, node, pyramid, tmp_path) -> None:
    numbers = np.random.default_rng(0).random(MATRIX).astype(np.float32)
    volume = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "probability")
    image = vtk.vtkImageData()
    image.SetDimensions(MATRIX[1], MATRIX[0], 1)
    image.GetPointData().SetScalars(numpy_to_vtk(numbers.reshape(-1), deep=True))
    volume.SetAndObserveImageData(image)
    volume.SetIJKToRASMatrix(matrixOf(ijkToRas(slideImage())))
    options = ExportOptions(segmentationType="FRACTIONAL", downsampleFactors=(2.0,), segmentIds=("a",))
    result = exportSegmentation(
        node, tmp_path / "seg.dcm", pyramid[1], options, fractionVolumes={"a": volume}
    )
    whole, half = (
        hd.seg.segread(path).get_total_pixel_matrix(rescale_fractional=True)[..., 0] for path in result.files
    )
    np.testing.assert_allclose(whole, numbers, atol=0.5001 / 255)
    mean = numbers.reshape(30, 2, 22, 2).mean(axis=(1, 3))
    np.testing.assert_allclose(half, mean, atol=0.5001 / 255)


def test_segments_that_are_on_no_level_are_refused(scene, pyramid, tmp_path) -> None:
    matrix = ijkToRas(slideImage()) @ np.diag([1.3, 1.3, 1, 1])
    node = addSegmentation(
        scene, {"a": Looks("A")}, [Layer(np.ones((1, 3, 4), np.uint8), {"a": 1})], ijkToRas=matrix
    )
    for options in (None, ExportOptions(grid="OWN"), ExportOptions(grid="SOURCE")):
        with pytest.raises(GeometryMismatch, match="'A' cannot be written"):
            exportSegmentation(node, tmp_path / "seg.dcm", pyramid, options)


def test_pixels_beyond_a_slide(scene, pyramid, tmp_path) -> None:
    node = addSegmentation(
        scene,
        {"a": Looks("A")},
        [Layer(np.ones((1, 3, 4), np.uint8), {"a": 1}, (42, 3, 0))],
        ijkToRas=ijkToRas(slideImage()),
    )
    with pytest.raises(ArgumentError, match=r"6 voxels of segment 'A' \(50 %\)"):
        exportSegmentation(node, tmp_path / "seg.dcm", pyramid)
    result = exportSegmentation(node, tmp_path / "seg.dcm", pyramid, ExportOptions(outside="CUT"))
    assert matrixOfFile(result.files[0])[0].sum() == 6


def test_images_of_two_slides_are_refused(node, pyramid, tmp_path) -> None:
    other = tmp_path / "other.dcm"
    slideImage().save_as(other, enforce_file_format=True)
    with pytest.raises(MixedSources, match="2 series"):
        exportSegmentation(node, tmp_path / "seg.dcm", [*pyramid, other])


def test_tiles_that_are_too_small_for_a_compression(node, pyramid, tmp_path) -> None:
    (row,) = (row for row in possibleCompressions("BINARY", 16, 16) if row.key == "JPEG2000")
    assert not row.isPossible
    with pytest.raises(ArgumentError, match="at least 32 x 32"):
        exportSegmentation(node, tmp_path / "seg.dcm", pyramid, ExportOptions(compression="JPEG2000"))
    options = ExportOptions(compression="JPEG2000", tileSize=(32, 32))
    exportSegmentation(node, tmp_path / "seg.dcm", pyramid, options)
