"""What other writers do, each with what is made of it and the finding that says so.

Each habit is done to an object of ours by pydicom, so that what the object holds is known; then it is read
from a file in explicit and in implicit VR, and as a data set.
"""

import copy
import io
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pydicom
import pytest
from pydicom import dcmread, dcmwrite
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

import dicomsegcodec as hd
from dicomsegcodec.errors import IrregularPlanes, MissingAttribute, ReadError, SegError
from dicomsegcodec.findings import Finding, Severity
from dicomsegcodec.read import open_segmentation
from objects import construct, masks_of
from series import make_series, rotation

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")

SHAPE = (4, 6, 7)  # 42 pixels a frame: frames of 1 bit start inside bytes
# In the order in which a volume has them.
IMAGES = make_series(SHAPE, turned=rotation(10, 20, 30))[::-1]
LABELS = np.zeros(SHAPE, np.uint8)
LABELS[0:3, 1:4, 2:5] = 1
LABELS[1:4, 4:6, 0:3] = 2
LABELS[2, 0, :] = 3


def binary(numbers: tuple[int, ...] = (1, 2, 3)) -> Dataset:
    return plain(construct(IMAGES, np.where(max(numbers) >= LABELS, LABELS, 0), numbers))


def label_map() -> Dataset:
    return plain(construct(IMAGES, LABELS, [1, 2, 3], "LABELMAP"))


def fractional() -> Dataset:
    return plain(construct(IMAGES, LABELS == 1, [1], "FRACTIONAL"))


def plain(seg: hd.seg.Segmentation) -> Dataset:
    """Return the object as pydicom reads it."""
    file = io.BytesIO()
    seg.save_as(file)
    return dcmread(io.BytesIO(file.getvalue()))


def encoded(dataset: Dataset, syntax: str = ExplicitVRLittleEndian) -> bytes:
    dataset = copy.deepcopy(dataset)
    dataset.file_meta.TransferSyntaxUID = syntax
    file = io.BytesIO()
    with pydicom.config.disable_value_validation():
        dcmwrite(file, dataset, enforce_file_format=True)
    return file.getvalue()


def readings(dataset: Dataset) -> list[hd.seg.Segmentation]:
    """Return the object read in every way."""
    return [
        hd.seg.segread(encoded(dataset)),
        hd.seg.segread(encoded(dataset, ImplicitVRLittleEndian)),
        hd.seg.Segmentation.from_dataset(dataset),
    ]


def masks(seg: hd.seg.Segmentation) -> dict[int, np.ndarray]:
    """Return the voxels of each segment, as a stack and as layers both."""
    volume = seg.get_volume()
    stacked = {n: volume.array[..., i] != 0 for i, n in enumerate(seg.segment_numbers)}
    stored = open_segmentation(encoded(seg))
    if stored.segmentation_type != "FRACTIONAL":
        for number, mask in masks_of(stored.read_layers()).items():
            np.testing.assert_array_equal(mask, stacked[number])
    return stacked


def frames_of(dataset: Dataset) -> list[Dataset]:
    return list(dataset.PerFrameFunctionalGroupsSequence)


def shared_of(dataset: Dataset) -> Dataset:
    return dataset.SharedFunctionalGroupsSequence[0]


# --- habits after which every voxel is where it was ---------------------------------------------------------


@dataclass(frozen=True)
class Habit:
    """What a writer does, and the finding about it."""

    do: Callable[[Dataset], None]
    where: str
    section: str
    base: Callable[[], Dataset] = binary
    severity: Severity = Severity.WARNING
    words: str = ""


HABITS: dict[str, Habit] = {}


def habit(where: str, section: str, **other) -> Callable[[Callable], Callable]:
    def add(do: Callable[[Dataset], None]) -> Callable[[Dataset], None]:
        HABITS[do.__name__] = Habit(do, where, section, **other)
        return do

    return add


@habit("ImageOrientationPatient", "C.7.6.16.2.4")
def orientation_and_measures_in_the_object_itself(dataset: Dataset) -> None:
    shared = shared_of(dataset)
    dataset.ImageOrientationPatient = shared.PlaneOrientationSequence[0].ImageOrientationPatient
    dataset.PixelSpacing = shared.PixelMeasuresSequence[0].PixelSpacing
    dataset.SliceThickness = shared.PixelMeasuresSequence[0].SliceThickness
    del dataset.SharedFunctionalGroupsSequence


@habit("ReferencedSegmentNumber", "C.8.20.3.1", base=lambda: binary((1,)))
def no_segment_identification_of_an_only_segment(dataset: Dataset) -> None:
    shared_of(dataset).pop("SegmentIdentificationSequence", None)
    for item in frames_of(dataset):
        item.pop("SegmentIdentificationSequence", None)


@habit("ReferencedSegmentNumber", "C.8.20.3.1", words="shared groups name segment 1")
def segment_identification_in_both_groups(dataset: Dataset) -> None:
    group = Dataset()
    group.ReferencedSegmentNumber = 1
    shared_of(dataset).SegmentIdentificationSequence = [group]


@habit("SegmentNumber", "C.8.20.2", words="twice")
def a_segment_described_twice_in_the_same_words(dataset: Dataset) -> None:
    dataset.SegmentSequence.append(copy.deepcopy(dataset.SegmentSequence[0]))


@habit("ReferencedSeriesSequence", "C.12.2", words="series is unknown")
def no_referenced_series(dataset: Dataset) -> None:
    del dataset.ReferencedSeriesSequence


@habit("ReferencedSeriesSequence", "C.12.2", severity=Severity.NOTE)
def no_derivation_and_no_references_at_all(dataset: Dataset) -> None:
    del dataset.ReferencedSeriesSequence
    dataset.pop("SourceImageSequence", None)
    for item in frames_of(dataset):
        del item.DerivationImageSequence


@habit("ReferencedSOPClassUID", "10.8")
def references_without_their_sop_class(dataset: Dataset) -> None:
    for item in dataset.ReferencedSeriesSequence[0].ReferencedInstanceSequence:
        del item.ReferencedSOPClassUID
    for item in frames_of(dataset):
        del item.DerivationImageSequence[0].SourceImageSequence[0].ReferencedSOPClassUID


@habit("DerivationImageSequence", "C.7.6.16.2.6", words="7 references")
def each_reference_twice(dataset: Dataset) -> None:
    for item in frames_of(dataset):
        sources = item.DerivationImageSequence[0].SourceImageSequence
        sources.append(copy.deepcopy(sources[0]))


@habit("NumberOfFrames", "C.7.6.6")
def number_of_frames_too_large(dataset: Dataset) -> None:
    dataset.NumberOfFrames += 2


@habit("NumberOfFrames", "C.7.6.6")
def number_of_frames_too_small(dataset: Dataset) -> None:
    dataset.NumberOfFrames -= 5


@habit("NumberOfFrames", "C.7.6.6", words="missing")
def no_number_of_frames(dataset: Dataset) -> None:
    del dataset.NumberOfFrames


@habit("NumberOfFrames", "C.7.6.6", words="first of them")
def more_functional_groups_than_frames(dataset: Dataset) -> None:
    dataset.PerFrameFunctionalGroupsSequence += copy.deepcopy(frames_of(dataset))[:4]


@habit("PixelData", "8.1.1", words="whole byte")
def each_frame_filled_up_to_a_whole_byte(dataset: Dataset) -> None:
    bits = np.unpackbits(np.frombuffer(dataset.PixelData, np.uint8), bitorder="little")
    frames = bits[: dataset.NumberOfFrames * 42].reshape(-1, 42)
    value = b"".join(np.packbits(frame, bitorder="little").tobytes() for frame in frames)
    dataset.PixelData = value + b"\0" * (len(value) % 2)


@habit("PixelData", "8.1.1", words="1,000 bytes")
def bytes_after_the_last_frame(dataset: Dataset) -> None:
    dataset.PixelData += bytes(1000)


@habit("BitsAllocated", "C.8.20.2.1", words="8 bits")
def a_byte_for_each_binary_pixel(dataset: Dataset) -> None:
    bits = np.unpackbits(np.frombuffer(dataset.PixelData, np.uint8), bitorder="little")
    frames = bits[: dataset.NumberOfFrames * 42]
    dataset.PixelData = (frames * 255).tobytes()
    dataset.BitsAllocated = dataset.BitsStored = 8
    dataset.HighBit = 7


@habit("SpacingBetweenSlices", "C.7.6.16.2.1", words="4 mm and planes are 2.5 mm")
def another_spacing_than_that_of_the_positions(dataset: Dataset) -> None:
    shared_of(dataset).PixelMeasuresSequence[0].SpacingBetweenSlices = 4


@habit("FrameOfReferenceUID", "C.7.4.1")
def positions_without_a_frame_of_reference(dataset: Dataset) -> None:
    del dataset.FrameOfReferenceUID


def repeat_a_frame(dataset: Dataset) -> None:
    dataset.PerFrameFunctionalGroupsSequence.append(copy.deepcopy(frames_of(dataset)[0]))
    bits = np.unpackbits(np.frombuffer(dataset.PixelData, np.uint8), bitorder="little")
    frames = bits[: dataset.NumberOfFrames * 42].reshape(-1, 42)
    dataset.PixelData = np.packbits(np.concatenate([frames, frames[:1]]), bitorder="little").tobytes()
    dataset.NumberOfFrames += 1


@habit("PixelPaddingValue", "C.8.20.2.4", base=label_map, words="0, described as such")
def a_label_map_without_a_padding_value(dataset: Dataset) -> None:
    del dataset.PixelPaddingValue


@habit("PixelPaddingValue", "C.8.20.2.4", base=label_map, words="0 is taken")
def a_label_map_without_a_background(dataset: Dataset) -> None:
    del dataset.PixelPaddingValue
    dataset.SegmentSequence = [item for item in dataset.SegmentSequence if item.SegmentNumber]


@habit("PixelPaddingValue", "C.8.20.2.4", base=label_map, words="0, described as such")
def a_background_by_its_label_alone(dataset: Dataset) -> None:
    del dataset.PixelPaddingValue
    for item in dataset.SegmentSequence:
        item.SegmentedPropertyTypeCodeSequence[0].CodeValue = "85756007"
    dataset.SegmentSequence[0].SegmentLabel = "Background"


@habit("SOPClassUID", "A.51", base=label_map)
def a_label_map_of_the_older_sop_class(dataset: Dataset) -> None:
    dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.66.4"


@habit("SegmentationType", "C.8.20.2", base=label_map, words="LABELED")
def a_labeled_object_of_drafts_with_32_bits(dataset: Dataset) -> None:
    dataset.SegmentationType = "LABELED"
    dataset.PixelData = np.frombuffer(dataset.PixelData, np.uint8).astype("<u4").tobytes()
    dataset.BitsAllocated = dataset.BitsStored = 32
    dataset.HighBit = 31


@habit("PixelRepresentation", "C.8.20.2", base=label_map)
def signed_labels(dataset: Dataset) -> None:
    dataset.PixelRepresentation = 1
    del dataset["PixelPaddingValue"]
    dataset.add_new(0x00280120, "SS", 0)


@habit("MaximumFractionalValue", "C.8.20.2", base=fractional, words="255")
def no_maximum_fractional_value(dataset: Dataset) -> None:
    del dataset.MaximumFractionalValue


@habit("segment 2", "C.8.20.4", words="property category or type")
def no_property_codes(dataset: Dataset) -> None:
    del dataset.SegmentSequence[1].SegmentedPropertyTypeCodeSequence
    del dataset.SegmentSequence[1].SegmentedPropertyCategoryCodeSequence


@habit("segment 1", "C.8.20.4", words="no Segment Label")
def no_segment_label(dataset: Dataset) -> None:
    del dataset.SegmentSequence[0].SegmentLabel


@habit("segment 1", "C.8.20.4", words="2 values instead of 3")
def a_colour_of_two_values(dataset: Dataset) -> None:
    dataset.SegmentSequence[0].RecommendedDisplayCIELabValue = [40000, 30000]


@habit("segment 1", "C.8.20.4", words="Recommended Display CIELab Value")
def a_colour_of_fractions(dataset: Dataset) -> None:
    dataset.SegmentSequence[0].add_new(0x0062000D, "FD", [61.5, -3.25, 70.0])


@habit("segment 1", "C.8.20.4", words="Recommended Display CIELab Value")
def a_colour_in_words(dataset: Dataset) -> None:
    dataset.SegmentSequence[0].add_new(0x0062000D, "LO", ["red", "green", "blue"])


every_habit = pytest.mark.parametrize("name", HABITS)


@every_habit
def test_a_habit_of_another_writer_moves_no_voxel_and_is_told(name: str) -> None:
    habit = HABITS[name]
    dataset = habit.base()
    expected = masks(hd.seg.Segmentation.from_dataset(dataset))
    with pydicom.config.disable_value_validation():
        habit.do(dataset)
    for seg in readings(dataset):
        found = masks(seg)
        assert list(found) == list(expected)
        for number, mask in expected.items():
            np.testing.assert_array_equal(found[number], mask)
        told = [f for f in seg.findings if f.where == habit.where and habit.words in f.text]
        assert len(told) == 1, seg.findings
        assert told[0].section.endswith(habit.section) and told[0].section.startswith("PS3.")
        assert told[0].severity == habit.severity


@every_habit
def test_what_was_mended_is_not_changed_in_the_data_set(name: str) -> None:
    dataset = HABITS[name].base()
    with pydicom.config.disable_value_validation():
        HABITS[name].do(dataset)
    before = dataset.to_json()
    seg = hd.seg.Segmentation.from_dataset(dataset)
    seg.get_volume()
    assert dataset.to_json() == before
    assert seg.to_json() == before


def test_our_own_files_have_no_findings() -> None:
    for dataset in (binary(), binary((1,)), label_map(), fractional()):
        for seg in readings(dataset):
            assert seg.findings == ()


# --- groups where others put them, without a word -----------------------------------------------------------


def silent(do: Callable[[Dataset], None], base: Callable[[], Dataset] = binary) -> None:
    """Make sure that what is allowed, if unusual, moves no voxel and is no finding."""
    dataset = base()
    expected = masks(hd.seg.Segmentation.from_dataset(dataset))
    do(dataset)
    for seg in readings(dataset):
        assert seg.findings == ()
        for number, mask in masks(seg).items():
            np.testing.assert_array_equal(mask, expected[number])


def test_all_that_is_shared_may_stand_at_each_frame() -> None:
    def do(dataset: Dataset) -> None:
        shared = shared_of(dataset)
        for item in frames_of(dataset):
            item.update(copy.deepcopy(shared))
        del dataset.SharedFunctionalGroupsSequence

    silent(do)


def test_the_segment_may_be_shared() -> None:
    def do(dataset: Dataset) -> None:
        group = Dataset()
        group.ReferencedSegmentNumber = 1
        shared_of(dataset).SegmentIdentificationSequence = [group]
        for item in frames_of(dataset):
            item.pop("SegmentIdentificationSequence", None)

    silent(do, lambda: binary((1,)))


def test_a_position_that_all_frames_share_is_each_ones() -> None:
    def do(dataset: Dataset) -> None:
        first = frames_of(dataset)[0].PlanePositionSequence
        shared_of(dataset).PlanePositionSequence = copy.deepcopy(first)
        for item in frames_of(dataset):
            if item.PlanePositionSequence == first:
                del item.PlanePositionSequence

    silent(do)


def test_spacing_and_thickness_may_be_absent() -> None:
    def do(dataset: Dataset) -> None:
        del shared_of(dataset).PixelMeasuresSequence[0].SpacingBetweenSlices
        del shared_of(dataset).PixelMeasuresSequence[0].SliceThickness

    silent(do)


def test_private_groups_and_elements_are_passed_over() -> None:
    def do(dataset: Dataset) -> None:
        for target in (dataset, shared_of(dataset), *frames_of(dataset)):
            block = target.private_block(0x0099, "SOMEBODY", create=True)
            block.add_new(0x01, "LO", "words")
            block.add_new(0x02, "UN", b"\1\2\3\4")
            nested = Dataset()
            nested.PatientComments = "nested"
            block.add_new(0x03, "SQ", [nested])

    silent(do)


def test_undefined_lengths_everywhere_are_read() -> None:
    def do(dataset: Dataset) -> None:
        for element in dataset.iterall():
            if element.VR == "SQ":
                element.is_undefined_length = True
                for item in element.value:
                    item.is_undefined_length_sequence_item = True

    silent(do)


def test_pixel_data_of_odd_length_is_read_and_told() -> None:
    data = bytearray(encoded(label_map()))
    # An odd length, as pydicom does not write it: one label less in the last frame would be needed to be
    # right, so the object is cut to 3 rows of 7 pixels in 3 frames.
    dataset = dcmread(io.BytesIO(bytes(data)))
    dataset.Rows = 3
    dataset.PerFrameFunctionalGroupsSequence = frames_of(dataset)[:3]
    dataset.NumberOfFrames = 3
    dataset.PixelData = bytes(range(4)) * 16  # 63 are needed
    even = encoded(dataset)
    at = even.rindex(b"\x40\0\0\0" + bytes(range(4)))
    odd = even[:at] + b"\x3f\0\0\0" + even[at + 4 : -1]
    seg = hd.seg.segread(odd)
    assert [f.where for f in seg.findings] == ["PixelData"]
    np.testing.assert_array_equal(
        seg.get_volume(combine_segments=True).array.reshape(-1), (bytes_of(range(4)) * 16)[:63]
    )


def bytes_of(values: range) -> list[int]:
    return list(values)


# --- segments -----------------------------------------------------------------------------------------------


def renumbered(dataset: Dataset, numbers: dict[int, int]) -> Dataset:
    for item in dataset.SegmentSequence:
        item.SegmentNumber = numbers.get(item.SegmentNumber, item.SegmentNumber)
    for item in frames_of(dataset):
        group = item.SegmentIdentificationSequence[0]
        group.ReferencedSegmentNumber = numbers[group.ReferencedSegmentNumber]
    return dataset


@pytest.mark.parametrize(
    "numbers", [{1: 0, 2: 1, 3: 2}, {1: 1, 2: 5, 3: 300}, {1: 3, 2: 0, 3: 7}, {1: 65535, 2: 2, 3: 4}]
)
def test_segments_of_any_number_are_read_by_it(numbers: dict[int, int]) -> None:
    expected = masks(hd.seg.Segmentation.from_dataset(binary()))
    for seg in readings(renumbered(binary(), numbers)):
        assert seg.segment_numbers == list(numbers.values())
        found = masks(seg)
        for old, new in numbers.items():
            np.testing.assert_array_equal(found[new], expected[old])
            assert seg.get_segment_description(new).segment_label == f"Segment {old}"
        assert [f.where for f in seg.findings] == ["SegmentNumber"]


def test_a_segment_0_of_a_binary_object_is_no_background() -> None:
    seg = hd.seg.segread(encoded(renumbered(binary(), {1: 0, 2: 1, 3: 2})))
    relabelled = seg.get_volume(combine_segments=True, relabel=True).array
    np.testing.assert_array_equal(relabelled, LABELS)
    with pytest.raises(SegError, match="relabel"):
        seg.get_volume(combine_segments=True)


def test_a_label_map_whose_background_is_another_value_has_a_segment_0() -> None:
    dataset = label_map()
    dataset.PixelPaddingValue = 9
    dataset.SegmentSequence[0].SegmentedPropertyTypeCodeSequence[0].CodeValue = "10200004"
    dataset.SegmentSequence[0].SegmentLabel = "Rest"
    dataset.PixelData = (
        np.where(np.frombuffer(dataset.PixelData, np.uint8) == 3, 9, LABELS.ravel())
        .astype(np.uint8)
        .tobytes()
    )
    for seg in readings(dataset):
        assert seg.segment_numbers == [0, 1, 2, 3]
        found = masks(seg)
        np.testing.assert_array_equal(found[0], LABELS == 0)
        np.testing.assert_array_equal(found[1], LABELS == 1)
        assert not found[3].any()


def test_a_label_map_without_a_background_may_have_a_segment_0() -> None:
    dataset = label_map()
    del dataset.PixelPaddingValue
    dataset.SegmentSequence[0].SegmentedPropertyTypeCodeSequence[0].CodeValue = "10200004"
    dataset.SegmentSequence[0].SegmentLabel = "Rest"
    for seg in readings(dataset):
        assert seg.segment_numbers == [0, 1, 2, 3]
        np.testing.assert_array_equal(masks(seg)[0], LABELS == 0)
        assert "Rest" in seg.findings[0].text and seg.findings[0].where == "PixelPaddingValue"


def test_an_empty_segment_does_not_move_the_names_of_those_after_it() -> None:
    labels = np.where(LABELS == 2, 0, LABELS)
    seg = hd.seg.segread(encoded(plain(construct(IMAGES, labels, [1, 2, 3]))))
    found = masks(seg)
    np.testing.assert_array_equal(found[1], labels[:3] == 1)
    assert not found[2].any()
    np.testing.assert_array_equal(found[3], labels[:3] == 3)
    assert seg.get_segment_description(3).segment_label == "Segment 3"


def test_two_descriptions_of_one_number_that_differ_are_refused() -> None:
    dataset = binary()
    dataset.SegmentSequence.append(copy.deepcopy(dataset.SegmentSequence[0]))
    dataset.SegmentSequence[-1].SegmentLabel = "Liver"
    with pytest.raises(ReadError, match="'Segment 1' and as 'Liver'"):
        hd.seg.segread(encoded(dataset))


def test_a_label_above_255_among_few_segments_is_read() -> None:
    numbers = {1: 1, 2: 300, 3: 65535}
    labels = np.array([0, 1, 300, 65535], np.uint16)[LABELS]
    seg = hd.seg.segread(encoded(plain(construct(IMAGES, labels, list(numbers.values()), "LABELMAP"))))
    np.testing.assert_array_equal(seg.get_volume(combine_segments=True).array, labels)
    for old, new in numbers.items():
        np.testing.assert_array_equal(masks(seg)[new], old == LABELS)


def test_fractions_are_not_taken_for_labels() -> None:
    dataset = fractional()
    with pytest.raises(ReadError, match="FRACTIONAL"):
        open_segmentation(encoded(dataset)).read_layers()
    layers = open_segmentation(encoded(dataset)).read_fractions()
    np.testing.assert_array_equal(layers.fractions[0].pixels, (LABELS == 1)[:3].astype(np.float32))


# --- places -------------------------------------------------------------------------------------------------


def without_position(dataset: Dataset) -> None:
    for item in frames_of(dataset):
        del item.PlanePositionSequence


def without_spacing(dataset: Dataset) -> None:
    del shared_of(dataset).PixelMeasuresSequence


def with_two_orientations(dataset: Dataset) -> None:
    group = Dataset()
    group.ImageOrientationPatient = ["0", "1", "0", "0", "0", "1"]
    frames_of(dataset)[3].PlaneOrientationSequence = [group]


def with_one_position_missing(dataset: Dataset) -> None:
    del frames_of(dataset)[2].PlanePositionSequence


@pytest.mark.parametrize(
    ("do", "words"),
    [
        (without_position, "no Image Position"),
        (without_spacing, "no PixelSpacing"),
        (with_two_orientations, "differ in ImageOrientationPatient"),
        (with_one_position_missing, "1 of 7 frames"),
    ],
)
def test_frames_without_a_place_are_read_by_source_image(do, words: str) -> None:
    dataset = binary()
    do(dataset)
    for seg in readings(dataset):
        uids = [image.SOPInstanceUID for image in IMAGES]
        found = seg.get_pixels_by_source_instance(uids, combine_segments=True)
        np.testing.assert_array_equal(found, LABELS)
        with pytest.raises(MissingAttribute, match=words):
            seg.get_volume()


def test_a_single_frame_without_a_position_is_read() -> None:
    image = make_series((1, 6, 7), FrameOfReferenceUID=None)[0]
    dataset = plain(construct([image], LABELS[0] == 1))
    for keyword in ("PlanePositionSequence",):
        for item in frames_of(dataset):
            item.pop(keyword, None)
    dataset.pop("FrameOfReferenceUID", None)
    for seg in readings(dataset):
        found = seg.get_pixels_by_source_instance([image.SOPInstanceUID])
        np.testing.assert_array_equal(found[0, ..., 0], LABELS[0] == 1)
        assert seg.findings == ()


def test_positions_decide_where_planes_are_uneven() -> None:
    dataset = binary()
    for item in frames_of(dataset):
        position = item.PlanePositionSequence[0].ImagePositionPatient
        if float(position[2]) > 103:
            item.PlanePositionSequence[0].ImagePositionPatient = [*position[:2], float(position[2]) + 0.7]
    for seg in readings(dataset):
        assert any(f.where == "ImagePositionPatient" for f in seg.findings)
        with pytest.raises(IrregularPlanes):
            seg.get_volume()
        uids = [image.SOPInstanceUID for image in IMAGES]
        np.testing.assert_array_equal(seg.get_pixels_by_source_instance(uids, combine_segments=True), LABELS)


def test_a_tilted_stack_is_told_and_kept() -> None:
    images = make_series(SHAPE)[::-1]
    for k, image in enumerate(images):  # as a gantry tilt does it
        x, y, z = image.ImagePositionPatient
        image.ImagePositionPatient = [x, float(y) + 0.6 * k, z]
    seg = hd.seg.segread(encoded(plain(construct(images, LABELS, [1, 2, 3]))))
    assert [(f.severity, f.where) for f in seg.findings] == [(Severity.NOTE, "ImagePositionPatient")]
    volume = seg.get_volume(combine_segments=True)
    np.testing.assert_array_equal(volume.array, LABELS)
    np.testing.assert_allclose(volume.affine[:3, 0], [0, 0.6, -2.5], atol=1e-6)


def test_a_hole_in_the_stack_stays_a_hole() -> None:
    labels = LABELS.copy()
    labels[1] = 0
    dataset = plain(construct(IMAGES, labels, [1, 2, 3]))
    del shared_of(dataset).PixelMeasuresSequence[0].SpacingBetweenSlices
    for seg in readings(dataset):
        np.testing.assert_array_equal(seg.get_volume(combine_segments=True).array, labels)


def test_a_frame_that_is_there_twice_is_told() -> None:
    dataset = binary()
    expected = masks(hd.seg.Segmentation.from_dataset(dataset))
    repeat_a_frame(dataset)
    stored = open_segmentation(encoded(dataset))
    assert [f.where for f in stored.findings] == ["ImagePositionPatient"]
    assert "there is one already" in stored.findings[0].text
    for number, mask in masks_of(stored.read_layers()).items():
        np.testing.assert_array_equal(mask, expected[number])


def test_two_label_frames_at_one_place_that_differ_are_refused() -> None:
    dataset = label_map()
    items = frames_of(dataset)
    pixels = np.frombuffer(dataset.PixelData, np.uint8).copy()
    pixels[42 + 9] = 3  # where the frame after it has segment 1
    dataset.PixelData = pixels.tobytes()
    items[1].PlanePositionSequence = copy.deepcopy(items[2].PlanePositionSequence)
    stored = open_segmentation(encoded(dataset))
    assert any(f.where == "ImagePositionPatient" for f in stored.findings)
    with pytest.raises(ReadError, match="differ"):
        stored.read_layers()


# --- what some writers do all at once -----------------------------------------------------------------------


def test_an_object_like_siemens_is_read() -> None:
    dataset = binary((1,))
    item = dataset.SegmentSequence[0]
    del item.SegmentedPropertyTypeCodeSequence, item.SegmentedPropertyCategoryCodeSequence
    measures = shared_of(dataset).PixelMeasuresSequence[0]
    del measures.SpacingBetweenSlices
    shared = shared_of(dataset)
    del shared.PixelMeasuresSequence
    derivation, source = Dataset(), Dataset()
    source.ReferencedSOPClassUID = "1.2.840.10008.5.1.4.1.1.2.1"
    source.ReferencedSOPInstanceUID = IMAGES[0].SOPInstanceUID
    source.ReferencedFrameNumber = [1, 2, 3]
    derivation.SourceImageSequence = [source]
    shared.DerivationImageSequence = [derivation]
    for place, frame in enumerate(frames_of(dataset)):
        frame.PixelMeasuresSequence = [copy.deepcopy(measures)]
        frame.FrameContentSequence[0].StackID = "1"
        frame.FrameContentSequence[0].InStackPositionNumber = place
        frame.FrameContentSequence[0].DimensionIndexValues = [1, place]
        del frame.DerivationImageSequence
    del dataset.ReferencedSeriesSequence
    for seg in readings(dataset):
        np.testing.assert_array_equal(masks(seg)[1], (LABELS == 1)[:3])
        assert [f.where for f in seg.findings] == ["ReferencedSeriesSequence", "segment 1"]
        assert seg.get_source_image_uids() == [(dataset.StudyInstanceUID, "", IMAGES[0].SOPInstanceUID)]


def test_an_image_that_all_frames_share_is_the_source_of_each() -> None:
    dataset = binary((1,))
    derivation = copy.deepcopy(frames_of(dataset)[0].DerivationImageSequence[0])
    shared_of(dataset).DerivationImageSequence = [derivation]
    for frame in frames_of(dataset):
        del frame.DerivationImageSequence
    dataset.PerFrameFunctionalGroupsSequence = frames_of(dataset)[:1]
    dataset.NumberOfFrames = 1
    dataset.PixelData = dataset.PixelData[:6]
    for seg in readings(dataset):
        found = seg.get_pixels_by_source_instance([IMAGES[0].SOPInstanceUID])
        np.testing.assert_array_equal(found[0, ..., 0], LABELS[0] == 1)


def test_a_cropped_grid_is_read_where_it_lies() -> None:
    dataset = binary()
    masks_before = masks(hd.seg.Segmentation.from_dataset(dataset))
    volume = hd.seg.Segmentation.from_dataset(dataset).get_volume()
    bits = np.unpackbits(np.frombuffer(dataset.PixelData, np.uint8), bitorder="little")
    frames = bits[: dataset.NumberOfFrames * 42].reshape(-1, 6, 7)[:, 1:6, 2:7]
    dataset.PixelData = np.packbits(frames, bitorder="little").tobytes() + b"\0"
    dataset.PixelData = dataset.PixelData[:22]  # 7 frames of 25 bits
    dataset.Rows, dataset.Columns = 5, 5
    step = volume.affine[:3, 1] + 2 * volume.affine[:3, 2]
    for frame in frames_of(dataset):
        position = np.array(frame.PlanePositionSequence[0].ImagePositionPatient, float) + step
        frame.PlanePositionSequence[0].ImagePositionPatient = [f"{v:.10g}"[:16] for v in position]
    grid = open_segmentation(encoded(binary())).geometry()
    stored = open_segmentation(encoded(dataset))
    assert stored.geometry().shape == (4, 5, 5)
    # Laid on the images' grid, every voxel is where it was; those that were cut off are empty.
    for number, mask in masks_of(stored.read_layers(grid)).items():
        expected = np.zeros(SHAPE, bool)
        expected[:, 1:6, 2:7] = masks_before[number][:, 1:6, 2:7]
        np.testing.assert_array_equal(mask, expected)


def test_a_fractional_object_without_references_or_segments_of_its_frames_is_read() -> None:
    dataset = fractional()
    dataset.SegmentationFractionalType = "OCCUPANCY"
    del dataset.ReferencedSeriesSequence
    dataset.pop("SourceImageSequence", None)
    shared_of(dataset).pop("SegmentIdentificationSequence", None)
    dataset.DimensionIndexSequence = dataset.DimensionIndexSequence[1:]
    for frame in frames_of(dataset):
        del frame.DerivationImageSequence
        frame.pop("SegmentIdentificationSequence", None)
        frame.FrameContentSequence[0].DimensionIndexValues = [1]
    for seg in readings(dataset):
        assert seg.findings[0] != seg.findings[1]
        assert {f.where for f in seg.findings} == {"ReferencedSeriesSequence", "ReferencedSegmentNumber"}
        np.testing.assert_array_equal(seg.get_volume().array[..., 0], (LABELS == 1)[:3].astype(np.float32))


def test_a_mammography_object_without_places_is_read() -> None:
    dataset = binary((1,))
    dataset.PerFrameFunctionalGroupsSequence = frames_of(dataset)[:2]
    dataset.NumberOfFrames = 2
    dataset.PixelData = dataset.PixelData[:11] + b"\0"
    for keyword in ("FrameOfReferenceUID", "PositionReferenceIndicator", "SharedFunctionalGroupsSequence"):
        dataset.pop(keyword, None)
    for frame in frames_of(dataset):
        del frame.PlanePositionSequence
        group = Dataset()
        group.ReferencedSegmentNumber = 1
        frame.SegmentIdentificationSequence = [group]
    seg = hd.seg.segread(encoded(dataset, ImplicitVRLittleEndian))
    uids = [image.SOPInstanceUID for image in IMAGES[:2]]
    np.testing.assert_array_equal(seg.get_pixels_by_source_instance(uids)[..., 0], (LABELS == 1)[:2])
    with pytest.raises(MissingAttribute):
        seg.get_volume()


def test_a_finding_says_what_where_and_by_which_section() -> None:
    dataset = binary()
    dataset.NumberOfFrames = 11
    (finding,) = hd.seg.segread(encoded(dataset)).findings
    assert finding == Finding(
        Severity.WARNING,
        "Number of Frames is 11 and the functional groups describe 7 frames, as many as Pixel Data holds; "
        "these are taken.",
        "NumberOfFrames",
        "PS3.3 C.7.6.6",
    )


def test_numbers_of_frames_that_nothing_supports_are_refused() -> None:
    dataset = binary()
    dataset.NumberOfFrames = 11
    dataset.PixelData += bytes(500)
    with pytest.raises(ReadError, match="11 and 7 frames"):
        hd.seg.segread(encoded(dataset))


def test_an_object_that_does_not_say_whether_segments_overlap_is_undefined() -> None:
    dataset = binary()
    del dataset.SegmentsOverlap  # an optional attribute
    assert open_segmentation(encoded(dataset)).segments_overlap == "UNDEFINED"
    for seg in readings(dataset):
        assert seg.findings == ()
        np.testing.assert_array_equal(seg.get_volume(combine_segments=True).array, LABELS)


def test_a_frame_without_groups_of_its_own_has_those_that_are_shared() -> None:
    image = make_series((1, 6, 7))[0]
    dataset = plain(construct([image], LABELS[0] == 1))
    shared_of(dataset).update(copy.deepcopy(frames_of(dataset)[0]))
    del dataset.PerFrameFunctionalGroupsSequence
    for seg in readings(dataset):
        assert seg.findings == ()
        np.testing.assert_array_equal(seg.get_volume().array[0, ..., 0], LABELS[0] == 1)
        found = seg.get_pixels_by_source_instance([image.SOPInstanceUID])
        np.testing.assert_array_equal(found[0, ..., 0], LABELS[0] == 1)


def test_frames_without_groups_of_their_own_can_be_had_one_by_one() -> None:
    dataset = binary((1,))
    del dataset.PerFrameFunctionalGroupsSequence
    stored = open_segmentation(encoded(dataset))
    found = np.stack(list(stored.frames.frames(range(3))))
    np.testing.assert_array_equal(found, LABELS[:3] == 1)
    with pytest.raises(MissingAttribute, match="no Image Position"):
        stored.read_layers()


def test_frames_of_the_same_segment_that_do_not_say_so_take_the_shared_one() -> None:
    dataset = binary()
    group = Dataset()
    group.ReferencedSegmentNumber = 2
    shared_of(dataset).SegmentIdentificationSequence = [group]
    for item in frames_of(dataset):
        if item.SegmentIdentificationSequence[0].ReferencedSegmentNumber == 2:
            del item.SegmentIdentificationSequence
    for seg in readings(dataset):
        assert [f.where for f in seg.findings] == ["ReferencedSegmentNumber"]
        np.testing.assert_array_equal(seg.get_volume(combine_segments=True).array, LABELS)
