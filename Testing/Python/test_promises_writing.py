"""What the checklist of the specification promises of writing, a short proof for each of its rows.

Other tests look deeper at most of them; here no row is forgotten, which the last test sees to. What is to be
refused is in test_promises_refused.
"""

import itertools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.pixels import apply_color_lut
from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code

import dicomsegcodec as hd
from checklist import rows
from matrix_objects import multi_frame
from objects import construct, describe, uids_of
from series import make_series, rotation
from test_pyramid import levels, nearest, pyramid
from test_slides import slide

KINDS = ("BINARY", "FRACTIONAL", "LABELMAP")
PATIENT, SLIDE = hd.CoordinateSystemNames.PATIENT, hd.CoordinateSystemNames.SLIDE
SHAPE = (4, 6, 9)
IMAGES = hd.spatial.sort_datasets(make_series(SHAPE))
LABELS = np.zeros(SHAPE, np.uint8)
LABELS[1:, 2:5, 1:6] = 1
LABELS[2, 3:, 4:] = 2
STACK = np.stack([LABELS == 1, LABELS == 2], axis=3)
OVERLAPPING = np.stack([LABELS > 0, LABELS == 2], axis=3)
MATRIX = np.zeros((50, 50), np.uint8)
MATRIX[38:43, 5:41] = 1
RLE, JPEG_LS, JPEG_2000 = "1.2.840.10008.1.2.5", "1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.90"

PROOFS: dict[str, Callable[[Path], None]] = {}


def proves(*numbers: str) -> Callable[[Callable[[Path], None]], Callable[[Path], None]]:
    """Mark a function as the proof of rows of the checklist."""

    def add(proof: Callable[[Path], None]) -> Callable[[Path], None]:
        for number in numbers:
            assert number not in PROOFS, number
            PROOFS[number] = proof
        return proof

    return add


def written(seg: hd.seg.Segmentation, folder: Path) -> Dataset:
    """Return the data set that pydicom reads from the file of a segmentation."""
    seg.save_as(folder / "written.dcm")
    return dcmread(folder / "written.dcm")


def by_image(seg: hd.seg.Segmentation, **options: object) -> np.ndarray:
    return seg.get_pixels_by_source_instance(uids_of(IMAGES), **options)  # type: ignore[arg-type]


def slide_of(size: tuple[int, int] = (50, 50), tile: tuple[int, int] = (10, 10)) -> list[Dataset]:
    return [slide(size, tile)]


def descriptions(**other: object) -> list[hd.seg.SegmentDescription]:
    given = {
        "segment_number": 1,
        "segment_label": "liver",
        "segmented_property_category": codes.SCT.Organ,
        "segmented_property_type": codes.SCT.Liver,
        "algorithm_type": "MANUAL",
    }
    return [hd.seg.SegmentDescription(**{**given, **other})]  # type: ignore[arg-type]


def described(folder: Path, **other: object) -> Dataset:
    """Return the Segment Sequence item that such a description ends up as in a file."""
    seg = construct(IMAGES, LABELS == 1, segment_descriptions=descriptions(**other))
    (item,) = written(seg, folder).SegmentSequence
    return item


# --- concepts and descriptions ------------------------------------------------------------------------------


@proves("S1", "D29")
def images_of_any_modality_are_segmented(folder: Path) -> None:
    for modality, sop_class in (
        ("US", "1.2.840.10008.5.1.4.1.1.6.1"),
        ("OT", "1.2.840.10008.5.1.4.1.1.7"),
        ("XY", "1.2.3.4.5"),  # of nobody
    ):
        images = make_series(SHAPE, Modality=modality, SOPClassUID=sop_class)
        seg = written(construct(images, LABELS == 1), folder)
        (series,) = seg.ReferencedSeriesSequence
        assert {i.ReferencedSOPClassUID for i in series.ReferencedInstanceSequence} == {sop_class}
        assert seg.ContentLabel == f"{modality}_SEG"
        assert seg.Modality == "SEG"


@proves("S2")
def a_segmentation_has_one_segment_or_more(folder: Path) -> None:
    for count in (1, 2, 300):
        array = np.arange(np.prod(SHAPE)).reshape(SHAPE) % (count + 1)
        seg = written(construct(IMAGES, array, range(1, count + 1), "LABELMAP"), folder)
        assert len(seg.SegmentSequence) == count + 1  # and the background
        seg = written(construct(IMAGES, array, range(1, count + 1)), folder)
        assert len(seg.SegmentSequence) == count


@proves("S3")
def each_segment_has_its_own_frames_and_may_overlap_others(folder: Path) -> None:
    for kind in ("BINARY", "FRACTIONAL"):
        seg = construct(IMAGES, OVERLAPPING, [1, 2], kind)
        assert seg.SegmentsOverlap == "YES"
        assert seg.NumberOfFrames == 3 + 1
        np.testing.assert_array_equal(by_image(seg), OVERLAPPING)
        assert construct(IMAGES, STACK, [1, 2], kind).SegmentsOverlap == "NO"
    fractions = construct(IMAGES, OVERLAPPING * 0.5, [1, 2], "FRACTIONAL")
    assert fractions.SegmentsOverlap == "UNDEFINED"
    assert construct(IMAGES, LABELS, [1, 2], "LABELMAP").SegmentsOverlap == "NO"


@proves("S4", "S5")
def segments_are_numbered_from_one_in_the_order_of_their_descriptions(folder: Path) -> None:
    seg = written(construct(IMAGES, LABELS * 0, range(1, 12)), folder)
    assert [item.SegmentNumber for item in seg.SegmentSequence] == list(range(1, 12))
    assert [item.SegmentLabel for item in seg.SegmentSequence] == [f"Segment {n}" for n in range(1, 12)]


@proves("S6")
def a_label_is_any_text(folder: Path) -> None:
    for label in ("liver", "肝臓", "a\\b", "x" * 200, "Ünïcödé " * 20):
        item = described(folder, segment_label=label)
        assert len(item.SegmentLabel) <= 64
        seg = hd.seg.segread(folder / "written.dcm")
        assert seg.get_segment_description(1).segment_label == label


@proves("S7", "S13")
def properties_are_coded_concepts_or_codes_of_pydicom(folder: Path) -> None:
    for category, kind in (
        (codes.SCT.Organ, codes.SCT.Liver),
        (codes.SCT.MorphologicallyAbnormalStructure, codes.SCT.Tumor),
        (hd.sr.CodedConcept("91723000", "SCT", "Anatomical Structure"), Code("1", "99X", "Mine")),
    ):
        item = described(folder, segmented_property_category=category, segmented_property_type=kind)
        for concept, sequence in (
            (category, item.SegmentedPropertyCategoryCodeSequence),
            (kind, item.SegmentedPropertyTypeCodeSequence),
        ):
            assert sequence[0].CodeValue == concept.value
            assert sequence[0].CodingSchemeDesignator == concept.scheme_designator
            assert sequence[0].CodeMeaning == concept.meaning


@proves("S8")
def the_algorithm_type_is_an_enumerated_value_or_its_text(folder: Path) -> None:
    network = hd.AlgorithmIdentificationSequence("net", codes.cid7162.ArtificialIntelligence, "2")
    for kind in hd.seg.SegmentAlgorithmTypeValues:
        for given in (kind, str(kind)):
            item = described(folder, algorithm_type=given, algorithm_identification=network)
            assert item.SegmentAlgorithmType == kind.value
    assert set(hd.seg.SegmentAlgorithmTypeValues) == {"AUTOMATIC", "SEMIAUTOMATIC", "MANUAL"}


@proves("S9")
def an_algorithm_is_identified(folder: Path) -> None:
    network = hd.AlgorithmIdentificationSequence(
        name="net",
        family=codes.cid7162.ArtificialIntelligence,
        version="2",
        source="Maker",
        parameters={"threshold": "0.5", "folds": "5"},
    )
    item = described(folder, algorithm_type="AUTOMATIC", algorithm_identification=network)
    assert item.SegmentAlgorithmName == "net"
    (identified,) = item.SegmentationAlgorithmIdentificationSequence
    assert identified.AlgorithmName == "net" and identified.AlgorithmVersion == "2"
    assert identified.AlgorithmSource == "Maker"
    assert identified.AlgorithmFamilyCodeSequence[0].CodeMeaning == "Artificial Intelligence"
    assert identified.AlgorithmParameters == "threshold=0.5,folds=5"


@proves("S10")
def anatomic_regions_are_kept(folder: Path) -> None:
    item = described(folder, anatomic_regions=[codes.SCT.Liver, codes.SCT.Kidney])
    assert [region.CodeMeaning for region in item.AnatomicRegionSequence] == ["Liver", "Kidney"]


@proves("S11")
def a_segment_is_tracked(folder: Path) -> None:
    item = described(folder, tracking_id="lesion 1", tracking_uid="1.2.3")
    assert (item.TrackingID, item.TrackingUID) == ("lesion 1", "1.2.3")


@proves("S12")
def a_description_is_made_of_keywords_and_tells_them(folder: Path) -> None:
    for number in (1, 65535):
        (description,) = descriptions(segment_number=number)
        assert isinstance(description, Dataset)
        assert description.segment_number == number
        assert description.segment_label == "liver"
        assert description.segmented_property_type == codes.SCT.Liver
        assert description.segmented_property_category == codes.SCT.Organ
        assert description.algorithm_type == hd.seg.SegmentAlgorithmTypeValues.MANUAL
        assert description.tracking_id is None and description.algorithm_identification is None


@proves("S14")
def a_coded_concept_is_stored_where_its_value_belongs(folder: Path) -> None:
    concept = hd.sr.CodedConcept("91723000", "SCT", "Anatomical Structure")
    assert concept == codes.SCT.AnatomicalStructure
    assert hd.sr.CodedConcept("T-62000", "SRT", "Liver") == codes.SCT.Liver
    assert concept != codes.SCT.Liver
    assert "LongCodeValue" not in concept
    long = hd.sr.CodedConcept("1" * 17, "99X", "Long")
    assert long.LongCodeValue == "1" * 17 and "CodeValue" not in long
    urn = hd.sr.CodedConcept("urn:lex:us:federal", "99X", "Law")
    assert urn.URNCodeValue == "urn:lex:us:federal" and "CodeValue" not in urn


# --- segmentation types -------------------------------------------------------------------------------------


@proves("S15")
def the_type_is_an_enumerated_value_or_its_text(folder: Path) -> None:
    assert set(hd.seg.SegmentationTypeValues) == set(KINDS)
    for kind in hd.seg.SegmentationTypeValues:
        for given in (kind, str(kind)):
            seg = construct(IMAGES, LABELS, [1, 2], given)  # type: ignore[arg-type]
            assert seg.SegmentationType == kind.value


@proves("S16")
def binary_is_one_bit_a_pixel_of_many_segments(folder: Path) -> None:
    stack = np.random.default_rng(0).integers(0, 2, (*SHAPE, 300)).astype(bool)
    seg = written(construct(IMAGES, stack, range(1, 301), omit_empty_frames=False), folder)
    assert (seg.BitsAllocated, seg.BitsStored, seg.HighBit) == (1, 1, 0)
    assert len(seg.PixelData) == stack.size / 8
    assert set(np.unique(seg.pixel_array).tolist()) == {0, 1}
    np.testing.assert_array_equal(by_image(hd.seg.segread(folder / "written.dcm")), stack)


@proves("S17")
def fractions_are_probabilities_or_occupancies(folder: Path) -> None:
    assert construct(IMAGES, STACK, [1, 2], "FRACTIONAL").SegmentationFractionalType == "PROBABILITY"
    assert set(hd.seg.SegmentationFractionalTypeValues) == {"PROBABILITY", "OCCUPANCY"}
    for given in (hd.seg.SegmentationFractionalTypeValues.OCCUPANCY, "OCCUPANCY"):
        seg = construct(IMAGES, STACK, [1, 2], "FRACTIONAL", fractional_type=given)
        assert seg.SegmentationFractionalType == "OCCUPANCY"
        assert seg.NumberOfFrames == 3 + 1


@proves("S18")
def a_label_map_has_the_narrowest_samples_that_hold_its_numbers(folder: Path) -> None:
    for number, bits in ((1, 8), (255, 8), (256, 16), (65535, 16)):
        array = np.where(LABELS == 1, number, 0).astype(np.uint16)
        seg = written(construct(IMAGES, array, [number], "LABELMAP"), folder)
        assert (seg.BitsAllocated, seg.BitsStored, seg.HighBit) == (bits, bits, bits - 1)
        assert seg.PixelRepresentation == 0
        assert seg.NumberOfFrames == 3
        np.testing.assert_array_equal(seg.pixel_array, array[1:])


@proves("S19")
def a_label_map_is_of_another_sop_class(folder: Path) -> None:
    uids = {kind: written(construct(IMAGES, LABELS, [1, 2], kind), folder).SOPClassUID for kind in KINDS}
    assert uids["BINARY"] == uids["FRACTIONAL"] == "1.2.840.10008.5.1.4.1.1.66.4"
    assert uids["LABELMAP"] == "1.2.840.10008.5.1.4.1.1.66.7"
    assert isinstance(hd.seg.segread(folder / "written.dcm"), hd.seg.Segmentation)


# --- construction -------------------------------------------------------------------------------------------


@proves("S20")
def the_page_s_keywords_are_enough_and_all_needed(folder: Path) -> None:
    needed = {
        "source_images": IMAGES,
        "pixel_array": LABELS,
        "segmentation_type": "BINARY",
        "segment_descriptions": describe([1, 2]),
        "series_instance_uid": "1.2.3",
        "series_number": 7,
        "sop_instance_uid": "1.2.3.4",
        "instance_number": 8,
        "manufacturer": "Maker",
        "manufacturer_model_name": "Model",
        "software_versions": ("1", "2"),
        "device_serial_number": "9",
    }
    seg = written(hd.seg.Segmentation(**needed), folder)  # type: ignore[arg-type]
    assert (seg.SeriesInstanceUID, seg.SOPInstanceUID) == ("1.2.3", "1.2.3.4")
    assert (seg.SeriesNumber, seg.InstanceNumber) == (7, 8)
    assert (seg.Manufacturer, seg.ManufacturerModelName) == ("Maker", "Model")
    assert (seg.SoftwareVersions, seg.DeviceSerialNumber) == (["1", "2"], "9")
    for name in needed:
        with pytest.raises(TypeError, match=name):
            hd.seg.Segmentation(**{key: value for key, value in needed.items() if key != name})  # type: ignore[arg-type]


@proves("S21")
def masks_are_bool_integer_or_whole_floats_of_any_width_and_byte_order(folder: Path) -> None:
    for dtype in (*"bBhHiIlLqQfd", "?", ">u2", ">i4", "<f4", ">f8", np.float16):
        mask = (LABELS == 1).astype(dtype)
        for kind in KINDS:
            np.testing.assert_array_equal(by_image(construct(IMAGES, mask, kind=kind))[..., 0], LABELS == 1)


@proves("S22")
def only_the_type_changes_from_binary_to_label_map(folder: Path) -> None:
    found = [by_image(construct(IMAGES, LABELS, [1, 2], kind)) for kind in ("BINARY", "LABELMAP")]
    np.testing.assert_array_equal(*found)


@proves("S23")
def two_axes_are_one_frame(folder: Path) -> None:
    for kind in KINDS:
        one = construct(IMAGES[:1], LABELS[2], [1, 2], kind)
        other = construct(IMAGES[:1], LABELS[2:3], [1, 2], kind)
        assert written(one, folder).PixelData == written(other, folder).PixelData


@proves("S24")
def a_plane_belongs_to_its_image_whatever_their_order(folder: Path) -> None:
    order = [2, 0, 3, 1]
    seg = construct([IMAGES[i] for i in order], LABELS[order], [1, 2])
    np.testing.assert_array_equal(by_image(seg, combine_segments=True), LABELS)
    segments = [f.SegmentIdentificationSequence[0].ReferencedSegmentNumber for f in frames_of(seg)]
    assert segments == sorted(segments)
    for number in (1, 2):
        normal = np.cross([0, 1, 0], [1, 0, 0])
        places = [
            np.dot(f.PlanePositionSequence[0].ImagePositionPatient, normal)
            for f, n in zip(frames_of(seg), segments, strict=True)
            if n == number
        ]
        assert places == sorted(places)


def frames_of(seg: Dataset) -> list[Dataset]:
    return list(seg.PerFrameFunctionalGroupsSequence)


@proves("S25")
def a_plane_belongs_to_its_frame_of_a_multi_frame_image(folder: Path) -> None:
    image = multi_frame(IMAGES)
    for kind in KINDS:
        seg = construct([image], LABELS, [1, 2], kind)
        found = seg.get_pixels_by_source_frame(image.SOPInstanceUID, [4, 3, 2, 1], combine_segments=True)
        np.testing.assert_array_equal(found, LABELS[::-1])


@proves("S26")
def images_are_sorted_along_their_normal(folder: Path) -> None:
    for axes in (np.eye(3), rotation(20, -15, 30), rotation(90, 0, 88)):
        images = make_series((5, 3, 3), turned=axes)
        order = hd.spatial.sort_datasets([images[i] for i in (3, 1, 4, 0, 2)])
        places = np.array([image.ImagePositionPatient for image in order], float)
        row_direction, column_direction = axes[:, 0], axes[:, 1]
        assert (np.diff(places @ np.cross(column_direction, row_direction)) > 0).all()


@proves("S27")
def an_image_gives_its_frames_in_its_units(folder: Path) -> None:
    (image,) = make_series((1, 4, 5), RescaleIntercept="-1024", RescaleSlope="2")
    image.save_as(folder / "image.dcm", enforce_file_format=True)
    image = hd.imread(folder / "image.dcm")
    stored = np.frombuffer(image.PixelData, np.uint16).reshape(4, 5)
    np.testing.assert_array_equal(image.get_frame(1), stored * 2.0 - 1024)
    assert image.get_frames().dtype.kind == "f" and image.get_frames().shape == (1, 4, 5)


@proves("S28")
def stacked_segments_are_numbered_by_the_last_axis(folder: Path) -> None:
    for kind in KINDS:
        np.testing.assert_array_equal(by_image(construct(IMAGES, STACK, [1, 2], kind)), STACK)
    one = construct(IMAGES[:1], STACK[2:3], [1, 2])  # the axis of frames is there also for one
    np.testing.assert_array_equal(one.get_pixels_by_source_instance(uids_of(IMAGES[:1])), STACK[2:3])


@proves("S29", "S53")
def a_label_is_its_segment_s_number_in_every_type(folder: Path) -> None:
    for kind in KINDS:
        for dtype in (np.uint8, np.int32):
            seg = construct(IMAGES, LABELS.astype(dtype), [1, 2], kind, max_fractional_value=77)
            np.testing.assert_array_equal(by_image(seg), STACK)
    fractions = construct(IMAGES, LABELS, [1, 2], "FRACTIONAL", max_fractional_value=77)
    assert set(np.unique(fractions.pixel_array).tolist()) == {0, 77}


@proves("S30", "D17")
def the_form_of_the_array_and_the_stored_type_are_independent(folder: Path) -> None:
    forms = (LABELS, STACK, STACK.astype(np.uint8), STACK.astype(float))
    for kind, array in itertools.product(KINDS, forms):
        np.testing.assert_array_equal(by_image(construct(IMAGES, array, [1, 2], kind)), STACK)
    gap = construct(IMAGES, STACK, [1, 300], "LABELMAP")
    assert set(np.unique(gap.pixel_array).tolist()) == {0, 1, 300}
    np.testing.assert_array_equal(by_image(gap), STACK)


@proves("S31")
def stacked_segments_that_only_touch_are_a_label_map(folder: Path) -> None:
    touching = np.zeros((*SHAPE, 2), bool)
    touching[:, :, :4, 0] = touching[:, :, 4:, 1] = True
    seg = construct(IMAGES, touching, [1, 2], "LABELMAP")
    np.testing.assert_array_equal(by_image(seg), touching)


@proves("S32", "S33", "S34")
def a_volume_lies_anywhere(folder: Path) -> None:
    grid = {
        "spacing": (2.0, 0.7, 0.3),
        "direction": rotation(30, 20, -10)[:, ::-1] * [-1, 1, 1],
        "position": (10.0, -20.0, 30.0),
        "frame_of_reference_uid": IMAGES[0].FrameOfReferenceUID,
        "coordinate_system": PATIENT,
    }
    labels = np.random.default_rng(2).integers(1, 3, (3, 7, 5)).astype(np.uint8)
    stacked = hd.Volume.from_components(np.stack([labels == 1, labels == 2], 3), channels=(1, 2), **grid)  # type: ignore[arg-type]
    for given, kind in itertools.product((hd.Volume.from_components(labels, **grid), stacked), KINDS):  # type: ignore[arg-type]
        seg = construct(IMAGES, given, [1, 2], kind)  # type: ignore[arg-type]
        back = seg.get_volume(combine_segments=True)
        flipped = np.linalg.det(given.affine) * np.linalg.det(back.affine) < 0
        step = np.array([[len(labels) - 1, 0, 0, 1]]).T if flipped else np.array([[0, 0, 0, 1]]).T
        np.testing.assert_allclose(back.affine[:, 3:], given.affine @ step, atol=1e-4)
        np.testing.assert_array_equal(back.array[::-1] if flipped else back.array, labels)


@proves("S35", "S36")
def planes_are_placed_one_by_one(folder: Path) -> None:
    places = [(1.5, 2.5, 40.0), (1.5, 2.5, 30.0)]
    seg = construct(
        IMAGES,
        np.ones((2, 7, 5), np.uint8),
        plane_positions=[hd.PlanePositionSequence(PATIENT, place) for place in places],
        plane_orientation=hd.PlaneOrientationSequence(PATIENT, (0, 1, 0, -1, 0, 0)),
        pixel_measures=hd.PixelMeasuresSequence((2.0, 1.5), 4.0, 10.0),
    )
    shared = seg.SharedFunctionalGroupsSequence[0]
    assert shared.PlaneOrientationSequence[0].ImageOrientationPatient == [0, 1, 0, -1, 0, 0]
    (measures,) = shared.PixelMeasuresSequence
    assert measures.PixelSpacing == [2.0, 1.5]
    assert (measures.SliceThickness, measures.SpacingBetweenSlices) == (4, 10)
    stored = [tuple(f.PlanePositionSequence[0].ImagePositionPatient) for f in frames_of(seg)]
    assert sorted(stored) == sorted(places)
    (on_slide,) = hd.PlanePositionSequence(SLIDE, (1, 2, 3), (7, 8))
    assert on_slide.XOffsetInSlideCoordinateSystem == 1 and on_slide.ZOffsetInSlideCoordinateSystem == 3
    assert on_slide.ColumnPositionInTotalImagePixelMatrix == 7
    assert on_slide.RowPositionInTotalImagePixelMatrix == 8
    (orientation,) = hd.PlaneOrientationSequence(SLIDE, (0, -1, 0, -1, 0, 0))
    assert orientation.ImageOrientationSlide == [0, -1, 0, -1, 0, 0]


@proves("S37")
def uids_are_made(folder: Path) -> None:
    made = {hd.UID() for _ in range(100)}
    assert len(made) == 100 and all(uid.is_valid and len(uid) <= 64 for uid in made)
    assert hd.UID("1.2.3") == "1.2.3"


# --- slides -------------------------------------------------------------------------------------------------


def tiles(matrix: np.ndarray) -> np.ndarray:
    """Return the 10 x 10 tiles of a matrix, row by row."""
    rows_of, columns_of = (n // 10 for n in matrix.shape)
    return matrix.reshape(rows_of, 10, columns_of, 10).swapaxes(1, 2).reshape(-1, 10, 10)


@proves("S38")
def tiles_are_passed_as_frames(folder: Path) -> None:
    seg = construct(slide_of(), tiles(MATRIX))
    np.testing.assert_array_equal(seg.get_total_pixel_matrix(combine_segments=True), MATRIX)
    corners = ((10, 20), (0, 30))  # column and row, from 0
    places = [
        hd.PlanePositionSequence(
            SLIDE, (23.45 - 0.0005 * row, 25.69 - 0.0005 * column, 0), (column + 1, row + 1)
        )
        for column, row in corners
    ]
    seg = construct(slide_of(), np.stack([tiles(MATRIX)[15]] * 2), plane_positions=places)
    expected = np.zeros_like(MATRIX)
    for column, row in corners:
        expected[row : row + 10, column : column + 10] = tiles(MATRIX)[15]
    np.testing.assert_array_equal(seg.get_total_pixel_matrix(combine_segments=True), expected)


@proves("S39", "S47")
def a_total_pixel_matrix_is_cut_into_tiles(folder: Path) -> None:
    forms = (MATRIX, MATRIX[None], MATRIX[None, ..., None], MATRIX > 0)
    for array, kind in itertools.product(forms, KINDS):
        seg = construct(slide_of(), array, kind=kind, tile_pixel_array=True)
        assert (seg.Rows, seg.Columns) == (10, 10)
        np.testing.assert_array_equal(seg.get_total_pixel_matrix(combine_segments=True), MATRIX)
        (level, _half) = pyramid(slide_of(), [array], kind, 1, downsample_factors=[2])
        np.testing.assert_array_equal(level.get_total_pixel_matrix(combine_segments=True), MATRIX)
    seg = construct(slide_of(), MATRIX, tile_pixel_array=True, tile_size=(16, 24))
    assert (seg.Rows, seg.Columns) == (16, 24)
    last = seg.pixel_array[-1]  # of rows 33 to 48, columns 25 to 48
    np.testing.assert_array_equal(last, MATRIX[32:48, 24:48])
    padded = construct(
        slide_of(), MATRIX | 1, tile_pixel_array=True, tile_size=(16, 24), omit_empty_frames=False
    )
    assert padded.pixel_array[-1].sum() == 2 * 2  # what is left of 50 x 50


@proves("S40")
def a_matrix_has_a_place_of_its_own(folder: Path) -> None:
    seg = construct(
        slide_of(),
        MATRIX[:30, :40] | 1,
        tile_pixel_array=True,
        plane_positions=[hd.PlanePositionSequence(SLIDE, (20.0, 30.0, 0.0), (1, 1))],
        pixel_measures=hd.PixelMeasuresSequence((0.002, 0.001), 0.01),
    )
    (origin,) = seg.TotalPixelMatrixOriginSequence
    assert origin.XOffsetInSlideCoordinateSystem == 20 and origin.YOffsetInSlideCoordinateSystem == 30
    assert (seg.TotalPixelMatrixRows, seg.TotalPixelMatrixColumns) == (30, 40)
    for frame in frames_of(seg):
        (place,) = frame.PlanePositionSlideSequence
        # Image Orientation (Slide): columns count along -y, rows along -x.
        x = 20 - 0.002 * (place.RowPositionInTotalImagePixelMatrix - 1)
        y = 30 - 0.001 * (place.ColumnPositionInTotalImagePixelMatrix - 1)
        np.testing.assert_allclose(place.XOffsetInSlideCoordinateSystem, x)
        np.testing.assert_allclose(place.YOffsetInSlideCoordinateSystem, y)


@proves("S41")
def the_page_s_matrix_has_ten_tiles(folder: Path) -> None:
    seg = written(construct(slide_of(), MATRIX, tile_pixel_array=True), folder)
    assert seg.NumberOfFrames == 10
    assert seg.pixel_array.shape == (10, 10, 10)


@proves("S42", "S43", "S44", "D26")
def tiles_are_sparse_by_default_or_full(folder: Path) -> None:
    for given in (None, "TILED_SPARSE", hd.DimensionOrganizationTypeValues.TILED_SPARSE):
        seg = construct(slide_of(), MATRIX, tile_pixel_array=True, dimension_organization_type=given)
        assert seg.DimensionOrganizationType == "TILED_SPARSE"
        assert all("PlanePositionSlideSequence" in frame for frame in frames_of(seg))
    for given in ("TILED_FULL", hd.DimensionOrganizationTypeValues.TILED_FULL):
        seg = written(
            construct(
                slide_of(),
                MATRIX,
                tile_pixel_array=True,
                omit_empty_frames=False,
                dimension_organization_type=given,
            ),
            folder,
        )
        assert seg.DimensionOrganizationType == "TILED_FULL"
        assert "PerFrameFunctionalGroupsSequence" not in seg
        assert seg.NumberOfFrames == 25
        np.testing.assert_array_equal(seg.pixel_array, tiles(MATRIX))


@proves("S45")
def a_pyramid_is_made_of_sources_arrays_or_factors(folder: Path) -> None:
    sizes = [(50, 34), (25, 17), (13, 9)]
    arrays = [np.ones(size, np.uint8) for size in sizes]
    for images, given, keywords in (
        (levels(*sizes), arrays[:1], {}),
        (levels(*sizes), arrays, {}),
        (slide_of(sizes[0]), arrays, {}),
        (slide_of(sizes[0]), arrays[:1], {"downsample_factors": [2.0, 3.9]}),
    ):
        made = pyramid(images, given, "BINARY", 1, **keywords)
        assert [(s.TotalPixelMatrixRows, s.TotalPixelMatrixColumns) for s in made] == sizes
        assert all(isinstance(s, hd.seg.Segmentation) and s.pixel_array.any() for s in made)
        assert len({s.SeriesInstanceUID for s in made}) == 1
        assert [s.InstanceNumber for s in made] == [1, 2, 3]


@proves("S46", "D10")
def factors_make_sizes_to_the_nearest_whole_number(folder: Path) -> None:
    made = pyramid(slide_of(), [MATRIX], "BINARY", 1, downsample_factors=[2.0, 2.7, 30])
    assert [s.TotalPixelMatrixRows for s in made] == [50, 25, 19, 2]


@proves("S48")
def labels_are_sampled_and_fractions_averaged(folder: Path) -> None:
    labels = np.random.default_rng(5).integers(0, 2, (50, 50)).astype(np.uint8)
    for kind, dtype in (("BINARY", np.uint8), ("LABELMAP", np.uint8), ("FRACTIONAL", np.uint8)):
        (_first, half) = pyramid(slide_of(), [labels.astype(dtype)], kind, 1, downsample_factors=[2])
        np.testing.assert_array_equal(
            half.get_total_pixel_matrix(combine_segments=True), nearest(labels, (25, 25))
        )
    (_first, half) = pyramid(slide_of(), [labels / 1.0], "FRACTIONAL", 1, downsample_factors=[2])
    mean = labels.reshape(25, 2, 25, 2).mean(axis=(1, 3))
    np.testing.assert_allclose(half.get_total_pixel_matrix()[..., 0], mean, atol=0.5 / 255 + 1e-6)


# --- fractions ----------------------------------------------------------------------------------------------


@proves("S49", "D8")
def fractions_are_stored_to_the_nearest_part_of_the_largest_value(folder: Path) -> None:
    fractions = np.random.default_rng(3).random(SHAPE).astype(np.float32)
    fractions[:, 0, 0] = 1
    for largest in (255, 1, 100):
        given = {} if largest == 255 else {"max_fractional_value": largest}
        seg = written(construct(IMAGES, fractions, kind="FRACTIONAL", **given), folder)
        assert seg.MaximumFractionalValue == largest
        assert seg.BitsAllocated == 8
        assert seg.pixel_array[:, 0, 0].tolist() == [largest] * 4
        np.testing.assert_array_equal(seg.pixel_array, np.around(fractions * np.float32(largest)))


@proves("S50", "S51")
def floats_go_in_and_come_out_as_fractions(folder: Path) -> None:
    for dtype in (np.float32, np.float64):
        fractions = np.random.default_rng(4).random(SHAPE).astype(dtype)
        back = by_image(construct(IMAGES, fractions, kind="FRACTIONAL"))
        assert back.dtype == np.float32
        np.testing.assert_allclose(back[..., 0], fractions, atol=0.5 / 255 + 1e-6)


@proves("S52", "D24")
def fractions_of_several_segments_are_stacked(folder: Path) -> None:
    stack = np.random.default_rng(6).random((*SHAPE, 2)).astype(np.float32)
    back = by_image(construct(IMAGES, stack, [1, 2], "FRACTIONAL"))
    np.testing.assert_allclose(back, stack, atol=0.5 / 255 + 1e-6)


# --- compression and frames ---------------------------------------------------------------------------------


@proves("S54", "D1", "D2")
def bits_follow_each_other_across_frames_to_a_padding_of_nulls(folder: Path) -> None:
    for shape in ((3, 2, 3), (1, 1, 1), (5, 5, 7), (3, 11, 13), (4, 6, 9)):
        masks = np.random.default_rng(7).integers(0, 2, shape).astype(bool)
        seg = written(construct(make_series(shape), masks, omit_empty_frames=False), folder)
        order = np.argsort([i.ImagePositionPatient[2] for i in seg_sources(seg)])
        assert sorted(order.tolist()) == list(range(shape[0]))
        bits = np.unpackbits(np.frombuffer(seg.PixelData, np.uint8), bitorder="little")
        assert len(seg.PixelData) % 2 == 0 and len(seg.PixelData) - 1 <= -(-masks.size // 8)
        assert not bits[masks.size :].any()
        stored = bits[: masks.size].reshape(shape)
        np.testing.assert_array_equal(stored, seg.pixel_array.reshape(shape))
        assert sorted(map(bytes, stored.astype(bool))) == sorted(map(bytes, masks))


def seg_sources(seg: Dataset) -> list[Dataset]:
    return [frame.PlanePositionSequence[0] for frame in seg.PerFrameFunctionalGroupsSequence]


@proves("S55")
def binary_is_compressed_by_jpeg_2000_with_one_bit(folder: Path) -> None:
    masks = np.zeros((3, 40, 45), bool)
    masks[:, 5:30, 7:20] = True
    seg = written(construct(make_series(masks.shape), masks, transfer_syntax_uid=JPEG_2000), folder)
    assert seg.file_meta.TransferSyntaxUID == JPEG_2000
    assert (seg.BitsAllocated, seg.BitsStored) == (1, 1)
    np.testing.assert_array_equal(seg.pixel_array, masks)


@proves("S56")
def other_types_are_compressed_without_loss(folder: Path) -> None:
    images = make_series((4, 40, 45))
    labels = np.zeros((4, 40, 45), np.uint8)
    labels[:, 3:30, 5:20], labels[2, 9:11] = 1, 2
    for kind in ("LABELMAP", "FRACTIONAL"):
        plain = written(construct(images, labels, [1, 2], kind), folder)
        assert plain.file_meta.TransferSyntaxUID == "1.2.840.10008.1.2.1"
        for uid in ("1.2.840.10008.1.2", RLE, JPEG_LS, JPEG_2000):
            seg = written(construct(images, labels, [1, 2], kind, transfer_syntax_uid=uid), folder)
            assert seg.file_meta.TransferSyntaxUID == uid
            np.testing.assert_array_equal(seg.pixel_array, plain.pixel_array)


@proves("S57")
def workers_compress_the_same(folder: Path) -> None:
    labels = np.zeros((4, 40, 45), np.uint8)
    labels[:, 3:30, 5:20] = 1
    images = make_series(labels.shape)

    def frames(workers: object) -> bytes:
        seg = construct(images, labels, kind="LABELMAP", transfer_syntax_uid=JPEG_2000, workers=workers)
        return written(seg, folder).PixelData

    with ThreadPoolExecutor(2) as executor:
        assert frames(0) == frames(2) == frames(-1) == frames(executor)
    with pytest.warns(UserWarning, match="not used"):
        construct(images, labels, workers=2)


@proves("S58")
def empty_frames_are_left_out_unless_all_are(folder: Path) -> None:
    for kind, kept, all_of_them in (("BINARY", 3 + 1, 8), ("FRACTIONAL", 3 + 1, 8), ("LABELMAP", 3, 4)):
        assert construct(IMAGES, LABELS, [1, 2], kind).NumberOfFrames == kept
        seg = construct(IMAGES, LABELS, [1, 2], kind, omit_empty_frames=False)
        assert seg.NumberOfFrames == all_of_them
        empty = construct(IMAGES, LABELS * 0, [1, 2], kind)
        assert empty.NumberOfFrames == all_of_them
        assert any("empty" in finding.text for finding in empty.findings)


@proves("S59")
def a_segmentation_is_a_data_set_of_pydicom(folder: Path) -> None:
    seg = construct(IMAGES, LABELS, [1, 2])
    assert isinstance(seg, Dataset)
    assert seg.pixel_array.shape == (4, 6, 9)
    np.testing.assert_array_equal(seg.pixel_array, written(seg, folder).pixel_array)
    seg.PatientName = "Roe^Jane"
    assert written(seg, folder).PatientName == "Roe^Jane"


@proves("S60")
def dimension_indices_are_the_ranks_of_what_they_point_to(folder: Path) -> None:
    for seg in (
        construct(IMAGES, LABELS, [1, 2]),
        construct(IMAGES, LABELS, [1, 2], "LABELMAP"),
        construct(slide_of(), MATRIX, tile_pixel_array=True),
    ):
        pointers = [item.DimensionIndexPointer for item in seg.DimensionIndexSequence]
        groups = [item.FunctionalGroupPointer for item in seg.DimensionIndexSequence]
        shared = seg.SharedFunctionalGroupsSequence[0]
        indices, values = [], []
        for frame in frames_of(seg):
            index = frame.FrameContentSequence[0].DimensionIndexValues
            indices.append(list(index) if len(pointers) > 1 else [index])
            values.append(
                [(frame.get(g) or shared[g]).value[0][p].value for g, p in zip(groups, pointers, strict=True)]
            )
        assert indices == sorted(indices)
        for column in range(len(pointers)):
            pairs = {i[column]: v[column] for i, v in zip(indices, values, strict=True)}
            assert sorted(pairs) == list(range(1, len(pairs) + 1))
            assert all(pairs[i[column]] == v[column] for i, v in zip(indices, values, strict=True))
        organizations = {item.DimensionOrganizationUID for item in seg.DimensionOrganizationSequence}
        assert organizations == {item.DimensionOrganizationUID for item in seg.DimensionIndexSequence}


# --- beyond the page ----------------------------------------------------------------------------------------


@proves("B1")
def a_segment_has_a_colour(folder: Path) -> None:
    for color in (hd.CIELabColor(53.24, 80.09, 67.2), hd.CIELabColor.from_rgb(255, 0, 0)):
        item = described(folder, display_color=color)
        assert hd.CIELabColor.from_rgb(255, 0, 0).to_rgb() == (255, 0, 0)
        np.testing.assert_allclose(item.RecommendedDisplayCIELabValue, (34890, 53480, 50167), atol=60)


@proves("B2")
def what_else_is_known_of_an_object_is_said(folder: Path) -> None:
    person = hd.ContentCreatorIdentificationCodeSequence([Code("1", "99X", "Reader 1")], "Hospital")
    scanner = hd.ContributingEquipment("Maker", codes.DCM.ProcessingEquipment, station_name="ROOM1")
    scheme = hd.coding_schemes.CodingSchemeIdentificationItem("99X", "Ours", uid="1.2.3", registry="HL7")
    seg = written(
        construct(
            IMAGES,
            LABELS == 1,
            content_label="MY LABEL_1",
            content_description="Größe",
            content_creator_name="Roe^Jane",
            content_creator_identification=person,
            series_description="Liver",
            contributing_equipment=[scanner],
            coding_schemes=[scheme],
            specific_character_set="ISO_IR 100",
            segment_descriptions=descriptions(primary_anatomic_structures=[codes.SCT.Liver]),
        ),
        folder,
    )
    assert (seg.ContentLabel, seg.ContentDescription) == ("MY LABEL_1", "Größe")
    assert (seg.ContentCreatorName, seg.SeriesDescription) == ("Roe^Jane", "Liver")
    assert seg.SpecificCharacterSet == "ISO_IR 100"
    assert b"Gr\xf6\xdfe" in (folder / "written.dcm").read_bytes()
    (creator,) = seg.ContentCreatorIdentificationCodeSequence
    assert creator.PersonIdentificationCodeSequence[0].CodeMeaning == "Reader 1"
    assert [item.get("StationName") for item in seg.ContributingEquipmentSequence].count("ROOM1") == 1
    assert "99X" in [item.CodingSchemeDesignator for item in seg.CodingSchemeIdentificationSequence]
    (structure,) = seg.SegmentSequence[0].PrimaryAnatomicStructureSequence
    assert structure.CodeMeaning == "Liver"
    assert set(hd.seg.SegmentsOverlapValues) == {"YES", "NO", "UNDEFINED"}


@proves("B4")
def a_label_map_has_a_palette_and_gaps_in_its_numbers(folder: Path) -> None:
    labels = np.where(LABELS == 2, 5, LABELS)
    table = np.array([[0, 0, 0], [255, 0, 0], [9, 9, 9], [9, 9, 9], [9, 9, 9], [0, 255, 128]], np.uint8)
    luts = [hd.PaletteColorLUT(0, table[:, i], color) for i, color in enumerate(("red", "green", "blue"))]
    for palette in (
        hd.PaletteColorLUTTransformation(*luts),
        hd.PaletteColorLUTTransformation.from_combined_lut(table),
    ):
        seg = written(
            construct(IMAGES, labels, [1, 5], "LABELMAP", palette_color_lut_transformation=palette), folder
        )
        assert seg.PhotometricInterpretation == "PALETTE COLOR"
        assert seg.PixelPaddingValue == 0
        assert [item.SegmentNumber for item in seg.SegmentSequence] == [0, 1, 5]
        assert seg.SegmentSequence[0].SegmentLabel == "Background"
        np.testing.assert_array_equal(seg.pixel_array, labels[1:])
        np.testing.assert_array_equal(apply_color_lut(seg.pixel_array, seg), table[labels[1:]])
        # An ICC profile of an input or display device, PS3.3 C.11.15.
        assert seg.ICCProfile[12:16] in (b"scnr", b"mntr") and seg.ICCProfile[36:40] == b"acsp"
    given = construct(
        IMAGES,
        labels,
        [1, 5],
        "LABELMAP",
        palette_color_lut_transformation=palette,
        icc_profile=seg.ICCProfile,
    )
    assert given.ICCProfile == seg.ICCProfile


@proves("B3")
def frames_refer_to_the_images_they_lie_on(folder: Path) -> None:
    other = make_series((2, 6, 9), modality="MR", StudyInstanceUID=IMAGES[0].StudyInstanceUID)
    seg = construct(IMAGES, LABELS, [1, 2], further_source_images=other)
    assert {uid for _study, _series, uid in seg.get_source_image_uids()} == set(uids_of([*IMAGES, *other]))
    affine = construct(IMAGES, np.ones(SHAPE, bool)).get_volume().affine
    for grid, preserved in (
        (affine, "YES"),
        (affine @ np.diag([1, 0.5, 0.5, 1]), "NO"),
        (affine @ np.array([[1, 0, 0, 0.5], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]), None),
    ):
        seg = construct(IMAGES, hd.Volume(np.ones(SHAPE, np.uint8), grid))  # type: ignore[arg-type]
        for frame in frames_of(seg):
            found = [
                source.SpatialLocationsPreserved
                for derivation in frame.DerivationImageSequence
                for source in derivation.SourceImageSequence
            ]
            assert found == [preserved] * (preserved is not None)


@proves("B5")
def a_projection_is_segmented(folder: Path) -> None:
    absent = dict.fromkeys(("FrameOfReferenceUID", "ImagePositionPatient", "ImageOrientationPatient"))
    images = make_series((1, 6, 9), **absent)
    for kind in KINDS:
        seg = construct(images, LABELS[2], [1, 2], kind)
        assert "FrameOfReferenceUID" not in written(seg, folder)
        back = seg.get_pixels_by_source_instance(uids_of(images), combine_segments=True)
        np.testing.assert_array_equal(back, LABELS[2:3])


@proves("B6")
def regular_planes_are_a_stack_whose_spacing_is_known(folder: Path) -> None:
    def shared(seg: Dataset) -> Dataset:
        return seg.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0]

    full, hole = LABELS * 0 + 1, np.array([1, 0, 1, 1], np.uint8)[:, None, None] + LABELS * 0
    for images in (IMAGES, IMAGES[::-1], make_series(SHAPE, SliceThickness=None)):
        for kind, given in itertools.product(("BINARY", "LABELMAP"), (None, "3D")):
            seg = construct(images, full, kind=kind, dimension_organization_type=given)
            assert seg.DimensionOrganizationType == "3D"
            assert shared(seg).SpacingBetweenSlices == 2.5
        seg = construct(images, hole)
        assert "DimensionOrganizationType" not in seg
        assert shared(seg).SpacingBetweenSlices == 2.5
    assert "DimensionOrganizationType" not in construct(IMAGES, LABELS, [1, 2])
    uneven = [IMAGES[0], IMAGES[1], IMAGES[3]]
    seg = construct(uneven, full[:3])
    assert "DimensionOrganizationType" not in seg and "SpacingBetweenSlices" not in shared(seg)


@proves("B7")
def compressed_frames_have_an_offset_table(folder: Path) -> None:
    for extended in (False, True):
        seg = construct(
            IMAGES,
            LABELS,
            [1, 2],
            "LABELMAP",
            transfer_syntax_uid=RLE,
            use_extended_offset_table=extended,
        )
        plain = written(seg, folder)
        assert plain.PixelData[:8] == bytes.fromhex("feff00e0") + (0 if extended else 12).to_bytes(
            4, "little"
        )
        assert ("ExtendedOffsetTable" in plain) == extended
        np.testing.assert_array_equal(plain.pixel_array, LABELS[1:])


@proves("B11")
def a_pyramid_has_a_uid_and_a_label(folder: Path) -> None:
    own = {"pyramid_uid": "1.2.3", "pyramid_label": "Nuclei"}
    for seg in (
        *pyramid(slide_of(), [MATRIX], "BINARY", 1, downsample_factors=[2], **own),
        construct(slide_of(), MATRIX, tile_pixel_array=True, **own),
    ):
        plain = written(seg, folder)
        assert (plain.PyramidUID, plain.PyramidLabel) == ("1.2.3", "Nuclei")
    uids = {s.PyramidUID for s in pyramid(slide_of(), [MATRIX], "BINARY", 1, downsample_factors=[2])}
    assert len(uids) == 1


# --- defects of others --------------------------------------------------------------------------------------


@proves("D6")
def fractions_that_round_to_nothing_are_empty_frames(folder: Path) -> None:
    seg = construct(IMAGES, np.full(SHAPE, 0.001), kind="FRACTIONAL")
    assert seg.NumberOfFrames == 4 and not seg.pixel_array.any()
    some = np.where(LABELS == 2, 0.5, 0.001)
    assert construct(IMAGES, some, kind="FRACTIONAL").NumberOfFrames == 1


@proves("D18")
def the_array_stays_as_it_is(folder: Path) -> None:
    for kind, array in itertools.product(KINDS, (LABELS.copy(), STACK.astype(np.uint8), STACK * 1.0)):
        before = array.copy()
        written(construct(IMAGES, array, [1, 2], kind), folder)
        np.testing.assert_array_equal(array, before)
        assert array.flags.writeable


@proves("D20")
def tiles_of_a_matrix_refer_to_the_frames_of_the_source(folder: Path) -> None:
    (image,) = slide_of()
    seg = construct([image], MATRIX, tile_pixel_array=True)
    frames = range(1, 26)
    back = seg.get_pixels_by_source_frame(
        image.SOPInstanceUID, frames, combine_segments=True, assert_missing_frames_are_empty=True
    )
    np.testing.assert_array_equal(back, tiles(MATRIX))


@proves("D27")
def what_the_source_does_not_say_is_left_empty(folder: Path) -> None:
    absent = (
        *("AccessionNumber", "PatientBirthDate", "PatientSex", "PatientName", "PatientID", "StudyID"),
        *("StudyDate", "StudyTime"),
    )
    seg = written(construct(make_series(SHAPE, **dict.fromkeys(absent)), LABELS == 1), folder)
    assert all(not seg[keyword].value for keyword in absent)
    written(construct(make_series(SHAPE, SliceThickness=None), LABELS == 1), folder)
    unknown = written(construct(make_series(SHAPE, PatientSex="U"), LABELS == 1), folder)
    assert unknown.PatientSex == ""
    projection = dict.fromkeys(
        ("FrameOfReferenceUID", "ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing")
    )
    written(construct(make_series((1, 6, 9), **projection), LABELS[1] == 1), folder)


# --- all of them --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", PROOFS, ids=lambda n: f"{n} {PROOFS[n].__name__}")
def test_a_promise_is_kept(number: str, tmp_path: Path) -> None:
    PROOFS[number](tmp_path)


def test_no_row_about_writing_is_forgotten(page: Path) -> None:
    assert {r.number for r in rows(page.parent / "CHECKLIST.md") if r.about_writing} == set(PROOFS)
