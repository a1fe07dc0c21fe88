"""Every kind of object in every place, organisation and transfer syntax: read and judged by others.

Which combinations are tried is told in `matrix_cells`, what each must hold in `matrix_objects`, and who
judges it in `validators`. Arrays are compared, not bytes: two right files need not be equal.
"""

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset

import dicomsegcodec as hd
from dicomsegcodec.codecs import TRANSFER_SYNTAXES
from matrix_cells import CHOICES, Cell, all_cells, covering, crossing, pairs_of
from matrix_objects import Made, Truth, make, tiles_of
from objects import construct, uids_of
from validators import (
    DEFLATED_IMAGE_FRAME,
    dciodvfy,
    dcmqi_images,
    inflated_frames,
    missing_attributes,
    plain_twin,
)

CELLS = crossing() if os.environ.get("HYPOTHESIS_PROFILE") == "thorough" else covering()
# dcmqi knows neither the other compressions nor slides, nor images without a place.
DCMQI_READS = (
    "ImplicitVRLittleEndian",
    "ExplicitVRLittleEndian",
    "DeflatedExplicitVRLittleEndian",
    "RLELossless",
)
every_cell = pytest.mark.parametrize("cell", CELLS, ids=str)


@dataclass(frozen=True)
class Written:
    """A file of an object, and what is being said about it meanwhile."""

    made: Made
    path: Path
    plain: Path
    """The file itself, or its twin in a transfer syntax that every program reads."""
    faults: Future[list[str]]
    """Errors and warnings of dciodvfy."""


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Cell], Written]]:
    """Return a function that gives the file of a combination, written once."""
    folder = tmp_path_factory.mktemp("matrix")
    done: dict[Cell, Written] = {}
    with ThreadPoolExecutor(2) as validators:

        def write(cell: Cell) -> Written:
            if cell not in done:
                made = make(cell)
                path = folder / f"{len(done)}.dcm"
                made.segmentation.save_as(path)
                plain = plain_twin(path, path.with_suffix(".twin.dcm"))
                done[cell] = Written(made, path, plain, validators.submit(dciodvfy, plain))
            return done[cell]

        yield write


# --- the combinations ---------------------------------------------------------------------------------------


def test_every_two_values_that_can_meet_do() -> None:
    assert pairs_of(covering()) == pairs_of(all_cells())
    assert {value for pair in pairs_of(covering()) for value in pair} == {
        (name, value) for name, values in CHOICES.items() for value in values
    }


def test_every_transfer_syntax_that_is_written_is_tried_with_all_samples_it_holds() -> None:
    tried = {(cell.transfer_syntax_uid, cell.bits) for cell in CELLS}
    assert tried == {(row.uid, bits) for row in TRANSFER_SYNTAXES.values() for bits in row.writes}


# --- arrays -------------------------------------------------------------------------------------------------


def check_volume(truth: Truth, affine: np.ndarray, array: np.ndarray, expected: np.ndarray) -> None:
    """Compare a (slices, rows, columns, ...) volume with the planes that are to be at its slices' places."""
    np.testing.assert_allclose(affine[:3, 1], truth.row_step_mm, atol=1e-5)
    np.testing.assert_allclose(affine[:3, 2], truth.column_step_mm, atol=1e-5)
    positions = affine[:3, 3] + np.arange(len(array))[:, None] * affine[:3, 0]
    distance = np.linalg.norm(positions[:, None] - truth.positions_mm[None], axis=2)
    plane = distance.argmin(axis=1)
    assert distance.min(axis=1).max() < 0.01
    assert len(set(plane.tolist())) == len(plane)
    np.testing.assert_array_equal(array, expected[plane])
    assert not np.delete(expected, plane, axis=0).any()


def check_retrieval(library, seg, made: Made) -> None:
    """Compare every way of reading that makes sense for an object with what it must hold."""
    truth, cell = made.truth, made.cell
    assert list(seg.segment_numbers) == list(truth.samples)
    stack = truth.stack / np.float32(truth.maximum) if cell.segmentation_type == "FRACTIONAL" else truth.stack
    # highdicom loses segments over 255 of a stacked label map.
    stacked = library is hd or max(truth.samples) < 256
    for read, check, part in _ways(seg, made):
        if stacked:
            check(read(), stack)
            if cell.segmentation_type == "FRACTIONAL":
                check(read(rescale_fractional=False), truth.stack)
        if not truth.two_valued:
            continue
        if (np.count_nonzero(truth.stack[part], axis=-1) > 1).any():
            with pytest.raises(RuntimeError, match="overlap"):
                read(combine_segments=True)
        else:
            check(read(combine_segments=True), truth.labels)


def _ways(seg, made: Made) -> Iterator[tuple[Callable, Callable, object]]:
    """Yield (reading function, function that compares its result with the whole, the part that it reads)."""
    cell, truth, uid = made.cell, made.truth, str(made.images[0].SOPInstanceUID)
    equal = np.testing.assert_array_equal
    if cell.placed:
        yield seg.get_volume, lambda found, whole: check_volume(truth, found.affine, found.array, whole), ...
    if cell.tiled:
        yield seg.get_total_pixel_matrix, equal, ...
        part = (slice(4, 40), slice(-40, -1))

        def region(**options: object) -> np.ndarray:
            return seg.get_total_pixel_matrix(5, 41, -40, -1, **options)

        yield region, lambda found, whole: equal(found, whole[part]), part
    if cell.geometry in ("series", "shuffled series", "two time points", "projection"):
        uids = uids_of(made.images)[::-1]

        def by_instance(**options: object) -> np.ndarray:
            return seg.get_pixels_by_source_instance(uids, **options)

        yield by_instance, lambda found, whole: equal(found, whole[::-1]), ...
    if cell.geometry == "multi-frame image" or (cell.tiled and cell.aligned):
        frames = range(1, int(made.images[0].NumberOfFrames) + 1)

        def by_frame(**options: object) -> np.ndarray:
            return seg.get_pixels_by_source_frame(
                uid, frames, assert_missing_frames_are_empty=True, **options
            )

        backwards = made.images[0].get("DimensionOrganizationType") == "TILED_SPARSE"

        def tiles(whole: np.ndarray) -> np.ndarray:
            if not cell.tiled:
                return whole
            if whole.ndim == 3:
                return np.stack([tiles(whole[..., i]) for i in range(whole.shape[2])], axis=-1)
            cut = list(tiles_of(whole, (made.images[0].Rows, made.images[0].Columns)).values())
            return np.stack(cut[::-1] if backwards else cut)

        yield by_frame, lambda found, whole: equal(found, tiles(whole)), ...


# pydicom wonders where a compressed frame has by chance the size of a plain one.
@pytest.mark.filterwarnings("ignore:The number of bytes of compressed pixel data matches:UserWarning")
@every_cell
def test_highdicom_reads_what_was_written(written, cell: Cell) -> None:
    highdicom = pytest.importorskip("highdicom", reason="highdicom is not installed")
    made = written(cell)
    # It does not know Deflated Image Frame Compression.
    path = made.plain if cell.transfer_syntax_uid == DEFLATED_IMAGE_FRAME else made.path
    check_retrieval(highdicom, highdicom.seg.segread(path), made.made)


@every_cell
def test_we_read_what_was_written(written, cell: Cell) -> None:
    made = written(cell)
    check_retrieval(hd, hd.seg.segread(made.path), made.made)
    check_retrieval(hd, made.made.segmentation, made.made)


@pytest.mark.parametrize("cell", [c for c in CELLS if not c.aligned], ids=str)
def test_frames_on_other_pixels_than_the_sources_are_not_read_by_source(written, cell: Cell) -> None:
    made = written(cell).made
    with pytest.raises(RuntimeError, match=r"get_volume|get_total_pixel_matrix"):
        made.segmentation.get_pixels_by_source_instance(uids_of(made.images))


# --- frames, as the file states them ------------------------------------------------------------------------


def frames_of(dataset: Dataset) -> list[tuple[int, tuple[float, ...]]]:
    """Return (Segment Number, place) of each frame, read from the file with pydicom alone.

    The number is 0 in a label map; the place is Image Position (Patient) and the time point if there are
    several, (row, column) in the total pixel matrix, or nothing.
    """
    shared = dataset.SharedFunctionalGroupsSequence[0]
    if dataset.get("DimensionOrganizationType") == "TILED_FULL":
        # PS3.3 C.7.6.17.3: columns fastest, then rows; segments slowest.
        matrix = (dataset.TotalPixelMatrixRows, dataset.TotalPixelMatrixColumns)
        corners = list(tiles_of(np.zeros(matrix, bool), (dataset.Rows, dataset.Columns)))
        numbers = [item.SegmentNumber for item in dataset.SegmentSequence]
        numbers = [0] if dataset.SegmentationType == "LABELMAP" else numbers
        return [(number, corner) for number in numbers for corner in corners]
    frames = []
    for item in dataset.PerFrameFunctionalGroupsSequence:
        segment = item.get("SegmentIdentificationSequence") or shared.get("SegmentIdentificationSequence")
        number = int(segment[0].ReferencedSegmentNumber) if segment else 0
        place: tuple[float, ...] = ()
        if "PlanePositionSequence" in item:
            place = tuple(float(v) for v in item.PlanePositionSequence[0].ImagePositionPatient)
            time = item.FrameContentSequence[0].get("TemporalPositionIndex")
            place = place if time is None else (*place, time)
        elif "PlanePositionSlideSequence" in item:
            position = item.PlanePositionSlideSequence[0]
            place = (
                position.RowPositionInTotalImagePixelMatrix,
                position.ColumnPositionInTotalImagePixelMatrix,
            )
        frames.append((number, place))
    return frames


def expected_planes(
    made: Made, tile: tuple[int, int]
) -> dict[int, list[tuple[tuple[float, ...], np.ndarray]]]:
    """Return (place, samples) of each plane or tile by Segment Number; that of a label map is 0."""
    whole = {0: made.truth.labels} if made.cell.labelmap else made.truth.samples
    if made.cell.tiled:
        return {number: list(tiles_of(matrix, tile).items()) for number, matrix in whole.items()}
    places = [tuple(place) for place in made.truth.positions_mm.tolist()] or [()]
    if made.truth.times:
        places = [(*place, time) for place, time in zip(places, made.truth.times, strict=True)]
    return {number: [*zip(places, stack, strict=True)] for number, stack in whole.items()}


@pytest.mark.filterwarnings("ignore:The number of bytes of compressed pixel data matches:UserWarning")
@every_cell
def test_each_frame_is_at_its_place_and_no_other_frame_is_there(written, cell: Cell) -> None:
    made = written(cell)
    dataset = dcmread(made.path)
    shape = (dataset.Rows, dataset.Columns)
    if cell.transfer_syntax_uid == DEFLATED_IMAGE_FRAME:
        pixels = np.stack(inflated_frames(dataset))
    else:
        pixels = dataset.pixel_array.reshape(-1, *shape)
    found = dict(zip(frames_of(dataset), pixels, strict=True))
    assert len(found) == len(pixels) == dataset.NumberOfFrames
    organisation = "TILED_SPARSE" if cell.tiled else "3D" if cell.stack else ""
    chosen = cell.organisation if cell.organisation != "by default" else organisation
    assert dataset.get("DimensionOrganizationType", "") == chosen
    for number, planes in expected_planes(made.made, shape).items():
        for place, samples in planes:
            near = [key for key in found if key[0] == number and np.allclose(key[1], place, atol=1e-3)]
            if cell.empty_frames == "kept" or samples.any():
                assert len(near) == 1
            for key in near:
                np.testing.assert_array_equal(found.pop(key), samples)
                assert cell.empty_frames == "kept" or samples.any()
    assert not found


# --- others -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cell", [c for c in CELLS if c.placed and c.syntax in DCMQI_READS], ids=str)
def test_dcmqi_finds_each_sample_at_its_place_in_space(written, cell: Cell, tmp_path: Path) -> None:
    made = written(cell)
    truth = made.made.truth
    found = {number: np.zeros_like(samples) for number, samples in truth.samples.items()}
    for name, image in dcmqi_images(made.path, tmp_path / "itk"):
        affine, array = array_of(image)
        to_index = np.linalg.inv(affine)
        for number, samples in truth.samples.items():
            index = index_of(truth, samples.shape) @ to_index[:3, :3].T + to_index[:3, 3]
            whole = np.rint(index).astype(int)
            inside = ((whole >= 0) & (whole < array.shape)).all(axis=-1)
            assert np.abs(index - whole)[inside].max() < 0.01
            values = array[tuple(whole[inside].T)]
            if cell.segmentation_type == "FRACTIONAL":
                values = values if name == str(number) else 0
            else:
                values = values.astype(np.uint16) == number  # its label maps are of signed numbers
            found[number][inside] += np.asarray(values).astype(np.uint8)
    for number, samples in truth.samples.items():
        np.testing.assert_array_equal(found[number], samples, f"segment {number}")


def array_of(image) -> tuple[np.ndarray, np.ndarray]:
    """Return the (4, 4) matrix from (slice, row, column) to LPS, mm, and the array of a SimpleITK image."""
    sitk = pytest.importorskip("SimpleITK", reason="SimpleITK is not installed")
    affine = np.eye(4)
    steps = np.array(image.GetDirection()).reshape(3, 3) * image.GetSpacing()
    affine[:3, :3], affine[:3, 3] = steps[:, ::-1], image.GetOrigin()
    return affine, sitk.GetArrayFromImage(image)


def index_of(truth: Truth, shape: Sequence[int]) -> np.ndarray:
    """Return the (planes, rows, columns, 3) places of all pixels, LPS, mm."""
    row, column = np.arange(shape[1])[:, None, None], np.arange(shape[2])[:, None]
    return truth.positions_mm[:, None, None] + row * truth.row_step_mm + column * truth.column_step_mm


@every_cell
def test_dciodvfy_has_nothing_to_say(written, cell: Cell) -> None:
    assert written(cell).faults.result() == []


@every_cell
def test_the_standards_tables_miss_no_attribute(written, cell: Cell) -> None:
    assert missing_attributes(dcmread(written(cell).plain)) == []


@every_cell
def test_our_own_check_has_nothing_to_say(written, cell: Cell) -> None:
    assert list(hd.seg.check(written(cell).path)) == []


@pytest.mark.parametrize("name", ["sm_image", "sm_image_control"])
def test_wsidicom_opens_a_slide_that_lies_beside_its_segmentations(
    corpus: Path, name: str, tmp_path: Path
) -> None:
    wsidicom = pytest.importorskip("wsidicom", reason="wsidicom is not installed")
    source = shutil.copy(corpus / "highdicom" / f"{name}.dcm", tmp_path)
    image = dcmread(source)
    size = (image.TotalPixelMatrixRows, image.TotalPixelMatrixColumns)
    mask = np.zeros(size, np.uint8)
    mask[3:29, 4:40] = 1
    for kind in ("BINARY", "FRACTIONAL", "LABELMAP"):
        for organisation in ("TILED_SPARSE", "TILED_FULL"):
            construct(
                [image],
                mask,
                kind=kind,
                tile_pixel_array=True,
                dimension_organization_type=organisation,
                omit_empty_frames=False,
            ).save_as(tmp_path / f"{kind} {organisation}.dcm")
    with wsidicom.WsiDicom.open(tmp_path) as slide:
        assert (slide.size.height, slide.size.width) == size
        (level,) = slide.levels
        assert len(level.datasets) == 1
