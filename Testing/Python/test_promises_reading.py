"""Every row of the checklist about reading and retrieval: what it promises, and the errors that it names.

An entry of the table asks one thing of one object; the answer is a value, an array, or an exception.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom import dcmread
from pydicom.sr.codedict import codes
from pydicom.tag import Tag

import dicomsegcodec as hd
from checklist import rows
from dicomsegcodec.errors import SegError
from objects import construct, uids_of
from series import make_series
from test_slides import slide
from test_sources_of_all_kinds import multi_frame

SHAPE = (4, 6, 9)
IMAGES = hd.spatial.sort_datasets(make_series(SHAPE))
UIDS = uids_of(IMAGES)
LABELS = np.zeros(SHAPE, np.uint8)
LABELS[1, 1:4, 1:6] = 1
LABELS[2, 2:5, 2:7] = 2
LABELS[1, 5, 8] = 3
STACK = np.stack([n == LABELS for n in (1, 2, 3)], axis=3).astype(np.uint8)
OVERLAP = np.stack([LABELS > 0, LABELS == 2], axis=3).astype(np.uint8)
FRACTIONS = np.linspace(0, 1, np.prod(SHAPE), dtype=np.float32).reshape(SHAPE)
MATRIX = np.zeros((50, 45), np.uint8)
MATRIX[12:31, 7:33], MATRIX[40:, 2] = 1, 2
ENHANCED = multi_frame(5)
OF_FRAMES = np.zeros((5, 6, 9), np.uint8)
OF_FRAMES[0, 1:3], OF_FRAMES[3, 4] = 1, 2

Seg = hd.seg.Segmentation


def described() -> list[hd.seg.SegmentDescription]:
    liver = {"segmented_property_category": codes.SCT.Organ, "segmented_property_type": codes.SCT.Liver}
    bone = {"segmented_property_category": codes.SCT.Tissue, "segmented_property_type": codes.SCT.Bone}
    made = hd.AlgorithmIdentificationSequence("net", codes.cid7162.ArtificialIntelligence, "1")
    return [
        hd.seg.SegmentDescription(1, "liver", **liver, algorithm_type="MANUAL"),
        hd.seg.SegmentDescription(
            2,
            "bone",
            **bone,
            algorithm_type="AUTOMATIC",
            algorithm_identification=made,
            tracking_uid="1.2.3.4",
            tracking_id="Finding 1",
        ),
        hd.seg.SegmentDescription(3, "rib", **bone, algorithm_type="MANUAL"),
    ]


def saved(seg: Seg) -> bytes:
    file = BytesIO()
    seg.save_as(file)
    return file.getvalue()


OBJECTS: dict[str, Callable[[], Seg]] = {
    "binary": lambda: construct(IMAGES, LABELS, segment_descriptions=described()),
    "labelmap": lambda: construct(IMAGES, LABELS, kind="LABELMAP", segment_descriptions=described()),
    "overlap": lambda: construct(IMAGES, OVERLAP, [1, 2]),
    "fractional": lambda: construct(IMAGES, FRACTIONS, kind="FRACTIONAL"),
    "two values": lambda: construct(IMAGES, LABELS, [1, 2, 3], "FRACTIONAL"),
    "16 bit": lambda: construct(IMAGES, LABELS.astype(np.uint16) * 200, [200, 400, 600], "LABELMAP"),
    "frames": lambda: construct([ENHANCED], OF_FRAMES, [1, 2]),
    "slide": lambda: construct([SLIDE], MATRIX, [1, 2], tile_pixel_array=True),
    "full": lambda: construct(
        [SLIDE],
        MATRIX,
        [1, 2],
        tile_pixel_array=True,
        dimension_organization_type="TILED_FULL",
        omit_empty_frames=False,
    ),
    "moved": lambda: with_derivation("SpatialLocationsPreserved", "NO"),
    "unreferenced": lambda: without_references(),
    "twice": lambda: with_derivation("ReferencedSOPInstanceUID", UIDS[0]),
}
SLIDE = slide((50, 45), (10, 10))


def with_derivation(keyword: str, value: str) -> Seg:
    labels = STACK if keyword == "SpatialLocationsPreserved" else OVERLAP
    seg = construct(IMAGES, labels, list(range(1, labels.shape[3] + 1)))
    for item in seg.PerFrameFunctionalGroupsSequence:
        setattr(item.DerivationImageSequence[0].SourceImageSequence[0], keyword, value)
    return seg


def without_references() -> Seg:
    seg = construct(IMAGES, LABELS, [1, 2, 3])
    for item in seg.PerFrameFunctionalGroupsSequence:
        item.DerivationImageSequence = []
    return seg


@cache
def made(name: str) -> Seg:
    """Return an object as it is read from its file."""
    return hd.seg.segread(saved(OBJECTS[name]()))


@dataclass(frozen=True)
class Promise:
    """What `ask` gets of an object.

    Parameters
    ----------
    answer : exception type, array or value
        What is to be raised; what is to be equal, arrays also in shape; or, as a function, what is to be true
        of what was got.
    """

    rows: str
    of: str
    ask: Callable[[Seg], object]
    answer: object

    def __str__(self) -> str:
        return f"{self.rows}, {self.of}"


def by_image(**options: object) -> Callable[[Seg], object]:
    return lambda seg: seg.get_pixels_by_source_instance(UIDS, **options)


def by_frame(numbers: object, **options: object) -> Callable[[Seg], object]:
    return lambda seg: seg.get_pixels_by_source_frame(ENHANCED.SOPInstanceUID, numbers, **options)


def matrix(**options: object) -> Callable[[Seg], object]:
    return lambda seg: seg.get_total_pixel_matrix(**{"combine_segments": True, **options})


def volume(**options: object) -> Callable[[Seg], object]:
    return lambda seg: seg.get_volume(**options).array


def indices(values: object, pointers: object = None, **options: object) -> Callable[[Seg], object]:
    return lambda seg: seg.get_pixels_by_dimension_index_values(values, pointers, **options)


def again(convert: Callable[[bytes], object]) -> Callable[[Seg], object]:
    return lambda seg: convert(saved(seg))


PLACE = Tag("ImagePositionPatient")
PROMISES = [
    # Reading and searching
    Promise("S61", "binary", again(hd.seg.segread), lambda seg: isinstance(seg, (Seg, pydicom.Dataset))),
    Promise("S61 B8", "binary", again(lambda data: hd.seg.segread(BytesIO(data))), lambda s: type(s) is Seg),
    Promise(
        "S62",
        "binary",
        again(lambda d: hd.Segmentation.from_dataset(dcmread(BytesIO(d)))),
        lambda s: type(s) is Seg,
    ),
    Promise("S62", "binary", lambda _seg: Seg.from_dataset(IMAGES[0]), ValueError),
    Promise("S62", "binary", lambda _seg: Seg.from_dataset({"SOPClassUID": "1.2"}), TypeError),
    Promise("S64", "binary", lambda seg: seg.PatientName, "Doe^Jane"),
    Promise("S65", "labelmap", lambda seg: seg.number_of_segments, 3),
    Promise("S66", "binary", lambda seg: seg.segment_numbers, [1, 2, 3]),
    Promise("S66", "16 bit", lambda seg: seg.segment_numbers, [200, 400, 600]),
    Promise("S67", "binary", lambda s: s.get_segment_numbers(), [1, 2, 3]),
    Promise("S67", "binary", lambda s: s.get_segment_numbers(segment_label="bone"), [2]),
    Promise("S67", "binary", lambda s: s.get_segment_numbers(segmented_property_type=codes.SCT.Bone), [2, 3]),
    Promise(
        "S67", "binary", lambda s: s.get_segment_numbers(segmented_property_category=codes.SCT.Organ), [1]
    ),
    Promise("S67", "binary", lambda s: s.get_segment_numbers(algorithm_type="MANUAL"), [1, 3]),
    Promise("S67", "binary", lambda s: s.get_segment_numbers(tracking_uid="1.2.3.4"), [2]),
    Promise("S67", "binary", lambda s: s.get_segment_numbers(tracking_id="Finding 1"), [2]),
    Promise(
        "S67",
        "binary",
        lambda s: s.get_segment_numbers(
            segmented_property_type=codes.SCT.Bone,
            algorithm_type=hd.seg.SegmentAlgorithmTypeValues.MANUAL,
        ),
        [3],
    ),
    Promise("S67", "binary", lambda s: s.get_segment_numbers("liver", codes.SCT.Tissue), []),
    Promise("S68", "binary", lambda s: s.get_segment_description(2).segment_label, "bone"),
    Promise("S68", "binary", lambda s: s.get_segment_description(2).tracking_uid, "1.2.3.4"),
    Promise("S68", "binary", lambda s: s.get_segment_description(4), IndexError),
    Promise("S68", "labelmap", lambda s: s.get_segment_description(0), IndexError),
    Promise("S69", "binary", lambda s: [uids[2] for uids in s.get_source_image_uids()], UIDS),
    Promise(
        "S69",
        "binary",
        lambda s: s.get_source_image_uids()[0],
        (IMAGES[0].StudyInstanceUID, IMAGES[0].SeriesInstanceUID, UIDS[0]),
    ),
    # By source image
    Promise("S70", "binary", by_image(), STACK),
    Promise("S70", "labelmap", by_image(), STACK),
    Promise("S70", "binary", lambda s: s.get_pixels_by_source_instance(UIDS[::-1]), STACK[::-1]),
    Promise("S70", "binary", lambda s: s.get_pixels_by_source_instance([UIDS[2]] * 2), STACK[[2, 2]]),
    Promise("S70", "binary", lambda s: s.get_pixels_by_source_instance(UIDS[0]), TypeError),
    Promise("S70", "binary", lambda s: s.get_pixels_by_source_instance([]), ValueError),
    Promise("S70 D3", "16 bit", by_image(), STACK),
    Promise("S71", "binary", lambda s: s.get_pixels_by_source_instance(UIDS[1:3]), STACK[1:3]),
    Promise("S71", "binary", lambda s: by_image()(s).dtype, np.dtype(np.uint8)),
    # By source frame
    Promise("S72", "frames", by_frame([1, 4], combine_segments=True), OF_FRAMES[[0, 3]]),
    Promise("S72", "frames", by_frame([4, 3, 1], combine_segments=True), OF_FRAMES[[3, 2, 0]]),
    Promise("S72", "frames", by_frame(range(1, 5), combine_segments=True), OF_FRAMES[:4]),
    Promise("S72", "frames", by_frame(None, combine_segments=True), OF_FRAMES[:4]),
    Promise("S72 D25", "frames", by_frame([0]), ValueError),
    Promise("S72", "frames", by_frame([-1]), ValueError),
    Promise("S72", "frames", by_frame([]), ValueError),
    Promise("S72", "frames", by_frame([5]), ValueError),
    Promise(
        "S72 S81",
        "frames",
        by_frame([5, 4], combine_segments=True, assert_missing_frames_are_empty=True),
        OF_FRAMES[[4, 3]],
    ),
    Promise("S73", "full", lambda s: s.get_pixels_by_source_frame(SLIDE.SOPInstanceUID, [1]), RuntimeError),
    Promise("S73", "unreferenced", by_image(), RuntimeError),
    Promise("S73", "moved", by_image(), RuntimeError),
    Promise("S73 B9", "moved", by_image(ignore_spatial_locations=True), STACK),
    Promise("S73", "twice", by_image(), RuntimeError),
    Promise("S73", "binary", lambda s: s.get_pixels_by_source_instance(["1.2.3"]), KeyError),
    Promise("S73", "frames", lambda s: s.get_pixels_by_source_frame("1.2.3", [1]), KeyError),
    Promise(
        "S81",
        "binary",
        lambda s: s.get_pixels_by_source_instance(["1.2.3", UIDS[1]], assert_missing_frames_are_empty=True),
        np.stack([STACK[0], STACK[1]]),
    ),
    # By dimension
    Promise("B9", "binary", lambda s: s.get_default_dimension_index_pointers(), [PLACE]),
    Promise("B9", "binary", lambda s: s.are_dimension_indices_unique([PLACE]), True),
    Promise("B9", "binary", lambda s: s.are_dimension_indices_unique(["ImagePositionPatient"]), True),
    Promise(
        "B9", "slide", lambda s: s.are_dimension_indices_unique(["RowPositionInTotalImagePixelMatrix"]), False
    ),
    Promise("B9", "binary", lambda s: s.are_dimension_indices_unique([]), ValueError),
    Promise("B9", "binary", lambda s: s.are_dimension_indices_unique(["PatientName"]), KeyError),
    Promise("S74", "binary", indices([[2], [1]]), STACK[[2, 1]]),
    Promise("S74", "labelmap", indices([[2], [1]], [PLACE]), STACK[[2, 1]]),
    Promise("S74", "binary", indices([[1]], ["ReferencedSegmentNumber"]), ValueError),
    Promise("S74", "binary", indices([[1]], ["PatientName"]), KeyError),
    Promise("S74", "binary", indices([[1]], []), ValueError),
    Promise("S74", "binary", indices([[9]]), ValueError),
    Promise("S74", "binary", indices([[0]]), ValueError),
    Promise("S74", "binary", indices([[1, 2]]), ValueError),
    Promise("S74", "binary", indices([]), ValueError),
    Promise("S74", "binary", indices([[9], [2]], assert_missing_frames_are_empty=True), STACK[[0, 2]]),
    Promise("S74", "slide", indices([[1]], ["RowPositionInTotalImagePixelMatrix"]), RuntimeError),
    Promise("S74", "full", indices([[1]], ["RowPositionInTotalImagePixelMatrix"]), (KeyError, RuntimeError)),
    # Which segments, as what
    Promise("S75", "binary", by_image(segment_numbers=[3, 1]), STACK[..., [2, 0]]),
    Promise("S75", "labelmap", by_image(segment_numbers=[3, 1]), STACK[..., [2, 0]]),
    Promise("S75", "binary", by_image(segment_numbers=[]), ValueError),
    Promise("S75", "binary", by_image(segment_numbers=[4]), ValueError),
    Promise("S76", "binary", by_image(combine_segments=True), LABELS),
    Promise("S76", "overlap", by_image(combine_segments=True), RuntimeError),
    Promise("S76", "overlap", by_image(combine_segments=True, segment_numbers=[1]), OVERLAP[..., 0]),
    Promise(
        "S76 D9", "labelmap", by_image(combine_segments=True, segment_numbers=[1, 3]), LABELS * (LABELS != 2)
    ),
    Promise(
        "S77",
        "overlap",
        by_image(combine_segments=True, skip_overlap_checks=True),
        np.maximum(OVERLAP[..., 0], 2 * OVERLAP[..., 1]),
    ),
    Promise(
        "S77",
        "overlap",
        by_image(combine_segments=True, skip_overlap_checks=True, relabel=True, segment_numbers=[2, 1]),
        np.maximum(2 * OVERLAP[..., 0], OVERLAP[..., 1]),
    ),
    Promise("S78", "two values", by_image(combine_segments=True), LABELS),
    Promise("S78", "fractional", by_image(combine_segments=True), ValueError),
    Promise("S79", "labelmap", by_image(combine_segments=True), LABELS),
    Promise("S79", "16 bit", lambda s: by_image(combine_segments=True)(s).dtype, np.dtype(np.uint16)),
    Promise("S80 D3", "16 bit", by_image(combine_segments=True, relabel=True), LABELS),
    Promise(
        "S80",
        "binary",
        by_image(combine_segments=True, relabel=True, segment_numbers=[3, 2]),
        np.select([LABELS == 3, LABELS == 2], [1, 2]),
    ),
    Promise("S80", "binary", by_image(relabel=True), STACK),
    # Fractions
    Promise(
        "S82 Q8",
        "fractional",
        by_image(),
        np.around(FRACTIONS * 255)[..., None].astype(np.float32) / np.float32(255),
    ),
    Promise("S82", "fractional", lambda s: by_image()(s).dtype, np.dtype(np.float32)),
    Promise("S82", "fractional", by_image(rescale_fractional=False), np.around(FRACTIONS * 255)[..., None]),
    Promise("S82", "fractional", lambda s: by_image(rescale_fractional=False)(s).dtype, np.dtype(np.uint8)),
    Promise("S82", "fractional", by_image(dtype=np.uint8), ValueError),
    Promise("S82", "two values", by_image(combine_segments=True, rescale_fractional=False), ValueError),
    # Volumes
    Promise("S83", "binary", volume(combine_segments=True), LABELS[1:3]),
    Promise("S83", "labelmap", volume(segment_numbers=[2]), STACK[1:3, ..., 1:2]),
    Promise(
        "S83",
        "two values",
        volume(combine_segments=True, relabel=True, segment_numbers=[2]),
        STACK[1:3, ..., 1],
    ),
    Promise("S83", "fractional", volume(rescale_fractional=False), np.around(FRACTIONS * 255)[..., None]),
    Promise("S83", "slide", volume(combine_segments=True), MATRIX[None]),
    Promise("S83", "full", volume(combine_segments=True), MATRIX[None]),
    Promise("S84", "binary", lambda s: s.get_volume().spatial_shape, (2, 6, 9)),
    Promise(
        "S84",
        "binary",
        lambda s: s.get_volume().affine,
        lambda a: np.allclose(
            a,
            [
                [0, 0, 0.5, -125],
                [0, 0.75, 0, -128.1],
                [-2.5, 0, 0, float(IMAGES[1].ImagePositionPatient[2])],
                [0, 0, 0, 1],
            ],
        ),
    ),
    Promise("S83 Q7", "binary", volume(combine_segments=True, on=IMAGES), LABELS),
    Promise("B9", "binary", volume(combine_segments=True, slice_start=2), LABELS[2:3]),
    Promise("B9", "binary", volume(combine_segments=True, slice_start=1, as_indices=True), LABELS[2:3]),
    Promise("B9", "binary", volume(combine_segments=True, slice_end=-1), LABELS[1:2]),
    Promise("B9", "binary", volume(combine_segments=True, row_start=2, row_end=-1), LABELS[1:3, 1:-1]),
    Promise(
        "B9", "binary", volume(combine_segments=True, column_start=-3, dtype=np.int16), LABELS[1:3, :, -3:]
    ),
    Promise("B9", "binary", lambda s: s.get_volume_geometry().spatial_shape, (2, 6, 9)),
    Promise("B9 D25", "binary", volume(slice_start=3), ValueError),
    Promise("B9 D25", "binary", volume(row_start=0), ValueError),
    Promise("B9 D25", "binary", volume(row_end=0), ValueError),
    Promise("B9 D25", "binary", volume(row_start=3, row_end=3), ValueError),
    Promise("B9 D25", "binary", volume(column_end=11), ValueError),
    Promise("B9 D25", "binary", volume(slice_start=-3), ValueError),
    Promise("B9", "binary", lambda s: s.get_tracking_ids(), [("Finding 1", "1.2.3.4")]),
    Promise("B9", "binary", lambda s: s.get_tracking_ids(algorithm_type="MANUAL"), []),
    Promise(
        "B9", "binary", lambda s: [c.meaning for c in s.segmented_property_categories], ["Organ", "Tissue"]
    ),
    Promise("B9", "binary", lambda s: [c.meaning for c in s.segmented_property_types], ["Liver", "Bone"]),
    Promise(
        "B9", "binary", lambda s: [len(f) for f, _groups, _item in hd.seg.utils.iter_segments(s)], [1, 1, 1]
    ),
    Promise("B9", "binary", lambda s: [int(i.SegmentNumber) for _f, _g, i in s.iter_segments()], [1, 2, 3]),
    Promise("B9", "labelmap", lambda s: [int(f.sum()) for f, _g, _i in s.iter_segments()], [15, 15, 1]),
    Promise("B9", "labelmap", lambda s: s.get_stored_frame(1), LABELS[1]),
    Promise("B9", "labelmap", lambda s: s.get_stored_frame(1, as_index=True), LABELS[2]),
    Promise("B9", "labelmap", lambda s: s.get_stored_frames([2, 1]), LABELS[[2, 1]]),
    Promise("B9", "labelmap", lambda s: s.get_frames(), LABELS[1:3].astype(np.float64)),
    Promise("B9", "binary", lambda s: s.get_stored_frame(0), ValueError),
    Promise("B9", "binary", lambda s: s.get_stored_frame(9), ValueError),
    # Total pixel matrices
    Promise("S85", "slide", matrix(combine_segments=False), np.stack([MATRIX == 1, MATRIX == 2], axis=2)),
    Promise("S85", "slide", matrix(), MATRIX),
    Promise("S85", "full", matrix(), MATRIX),
    Promise("S85", "binary", matrix(), RuntimeError),
    Promise(
        "S86 S87",
        "slide",
        matrix(row_start=20, row_end=40, column_start=10, column_end=20),
        MATRIX[19:39, 9:19],
    ),
    Promise("S86 S87", "full", matrix(row_start=21, column_start=-30, column_end=-25), MATRIX[20:, -30:-25]),
    Promise("S86", "slide", matrix(row_start=-1), MATRIX[-1:]),
    Promise("S86", "slide", matrix(row_end=-1), MATRIX[:-1]),
    Promise("S86", "slide", matrix(row_end=51), MATRIX),
    Promise("S86", "slide", matrix(row_start=0, row_end=7, as_indices=True), MATRIX[:7]),
    Promise("S86", "slide", matrix(row_start=0), ValueError),
    Promise("S86 D25", "slide", matrix(column_end=0), ValueError),
    Promise("S86", "slide", matrix(row_start=51), ValueError),
    Promise("S86", "slide", matrix(row_end=52), ValueError),
    Promise("S86 D25", "slide", matrix(row_start=-60), ValueError),
    Promise("S86 D25", "slide", matrix(column_start=20, column_end=20), ValueError),
    Promise("S86 D25", "slide", matrix(column_start=20, column_end=10), ValueError),
]


@pytest.mark.parametrize("promise", PROMISES, ids=str)
def test_a_promise_is_kept(promise: Promise) -> None:
    seg = made(promise.of)
    if isinstance(promise.answer, (type, tuple)) and _errors(promise.answer):
        with pytest.raises(promise.answer) as caught:  # type: ignore[arg-type]
            promise.ask(seg)
        assert isinstance(caught.value, SegError)
        return
    answer = promise.ask(seg)
    if callable(promise.answer) and not isinstance(promise.answer, type):
        assert promise.answer(answer)
    elif isinstance(promise.answer, np.ndarray):
        np.testing.assert_array_equal(answer, promise.answer)
        assert answer.shape == promise.answer.shape
    else:
        assert answer == promise.answer


def _errors(answer: object) -> bool:
    kinds = answer if isinstance(answer, tuple) else (answer,)
    return all(isinstance(kind, type) and issubclass(kind, Exception) for kind in kinds)


def test_conversion_in_place_shares_and_a_copy_does_not() -> None:
    """S63."""
    dataset = dcmread(BytesIO(saved(OBJECTS["binary"]())))
    copied = Seg.from_dataset(dataset)
    copied.PatientName = "Somebody^Else"
    assert type(dataset) is not Seg
    assert dataset.PatientName == "Doe^Jane"
    assert Seg.from_dataset(dataset, copy=False) is dataset
    assert type(dataset) is Seg


def test_retrieval_by_frame_looks_at_each_reference_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """D12: requests are looked up in sorted references, not each in all of them."""
    from dicomsegcodec import frame_lookup

    counted = []
    find = np.searchsorted

    def searching(table: np.ndarray, keys: np.ndarray, side: str) -> np.ndarray:
        counted.append((len(table), len(keys)))
        return find(table, keys, side=side)

    seg = made("frames")  # made before, since NumPy is the same everywhere
    monkeypatch.setattr(frame_lookup.np, "searchsorted", searching)
    many = list(range(1, 2000))
    pixels = seg.get_pixels_by_source_frame(
        ENHANCED.SOPInstanceUID, many, combine_segments=True, assert_missing_frames_are_empty=True
    )
    assert pixels.shape == (1999, 6, 9)
    assert counted == [(2, 1999), (2, 1999)]


# Proven in files of their own.
ELSEWHERE = {
    "S63": "test_conversion_in_place_shares_and_a_copy_does_not",
    "S88": "test_peers, test_matrix",
    "D5": "test_matrix: sizes that are no multiple of 8",
    "D12": "test_retrieval_by_frame_looks_at_each_reference_once",
    "B10": "test_volume, test_volume_highdicom",
    "Q4": "test_given_grids",
    "Q5": "test_given_grids",
}


def test_every_row_about_retrieval_is_here(page: Path) -> None:
    asked = {row for promise in PROMISES for row in promise.rows.split()}
    about_reading = [
        *(f"S{n}" for n in range(61, 89)),
        *("D3", "D5", "D9", "D12", "D25", "B8", "B9", "B10", "Q4", "Q5", "Q7", "Q8"),
    ]
    known = {row.number for row in rows(page.parent / "CHECKLIST.md")}
    assert set(about_reading) <= known
    assert [row for row in about_reading if row not in asked and row not in ELSEWHERE] == []


def test_every_error_that_the_rows_name_is_asked_for(page: Path) -> None:
    asked = {
        (row, kind.__name__)
        for promise in PROMISES
        if _errors(promise.answer)
        for row in promise.rows.split()
        for kind in (promise.answer if isinstance(promise.answer, tuple) else (promise.answer,))
    }
    named = {
        (row.number, error)
        for row in rows(page.parent / "CHECKLIST.md")
        if row.number in {f"S{n}" for n in range(61, 88)}
        for error in row.errors
    }
    # AttributeError is what the page's own line raises in highdicom, whose root has no Segmentation.
    assert named - asked == {("S62", "AttributeError")}
