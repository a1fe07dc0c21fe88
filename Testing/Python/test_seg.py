"""The segmentation object: what its constructor refuses, how it is searched, how data sets become one."""

import io
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset, FileDataset
from pydicom.sr.codedict import codes

import dicomsegcodec as hd
from dicomsegcodec.errors import SegError
from objects import construct, describe, uids_of
from series import make_series

IMAGES = make_series((3, 5, 7))
LABELS = np.zeros((3, 5, 7), np.uint8)
LABELS[:, 2:4, 2:5] = 1
LABELS[1, 0] = 2


def test_the_arguments_that_the_page_names_are_required() -> None:
    arguments = {
        "source_images": IMAGES,
        "pixel_array": LABELS,
        "segmentation_type": "BINARY",
        "segment_descriptions": describe([1, 2]),
        "series_instance_uid": hd.UID(),
        "series_number": 1,
        "sop_instance_uid": hd.UID(),
        "instance_number": 1,
        "manufacturer": "Maker",
        "manufacturer_model_name": "Model",
        "software_versions": "1",
        "device_serial_number": "1",
    }
    hd.seg.Segmentation(**arguments)
    for name in arguments:
        with pytest.raises(TypeError, match=name):
            hd.seg.Segmentation(**{key: value for key, value in arguments.items() if key != name})


@pytest.mark.parametrize(
    ("other", "error"),
    [
        ({"segmentation_type": "LABELED"}, ValueError),
        ({"series_number": 0}, ValueError),
        ({"instance_number": 0}, ValueError),
        ({"instance_number": -5}, ValueError),
        ({"content_label": "lower"}, ValueError),
        ({"sop_instance_uid": "no uid"}, ValueError),
        ({"source_images": []}, ValueError),
        ({"source_images": IMAGES[:2]}, ValueError),
        ({"source_images": [*IMAGES, IMAGES[0]]}, ValueError),
        ({"source_images": [*IMAGES[:2], make_series((1, 5, 7))[0]]}, ValueError),
        ({"source_images": ["a", "b", "c"]}, TypeError),
        ({"source_images": IMAGES[0]}, TypeError),
        ({"source_images": None}, TypeError),
        ({"segment_descriptions": []}, ValueError),
        ({"segment_descriptions": describe([1])}, ValueError),
        ({"segment_descriptions": describe([1, 3])}, ValueError),
        ({"segment_descriptions": describe([0 + 1, 1])}, ValueError),
        ({"segment_descriptions": describe([2, 1])}, ValueError),
        ({"segment_descriptions": describe([2, 3])}, ValueError),
        ({"segment_descriptions": [Dataset(), Dataset()]}, TypeError),
        ({"segment_descriptions": ["liver"]}, TypeError),
        ({"pixel_array": LABELS[0]}, ValueError),
        ({"pixel_array": LABELS[:2]}, ValueError),
        ({"pixel_array": LABELS[:, :4]}, ValueError),
        ({"pixel_array": LABELS[:, :, :6]}, ValueError),
        ({"pixel_array": LABELS[..., None]}, ValueError),
        ({"pixel_array": np.stack([LABELS] * 3, axis=3) > 0}, ValueError),
        ({"pixel_array": np.stack([LABELS] * 2, axis=3)}, ValueError),
        ({"pixel_array": np.stack([LABELS.astype(np.int8) * -1] * 2, axis=3)}, ValueError),
        ({"pixel_array": LABELS[None, None]}, ValueError),
        ({"pixel_array": np.uint8(1)}, TypeError),
        ({"pixel_array": LABELS * 2}, ValueError),
        ({"pixel_array": LABELS.astype(np.int16) * -1}, ValueError),
        ({"pixel_array": LABELS * 0.3}, ValueError),
        ({"pixel_array": LABELS.tolist()}, TypeError),
        ({"pixel_array": LABELS.astype(str)}, TypeError),
        ({"pixel_array": LABELS.astype(complex)}, TypeError),
        ({"pixel_array": LABELS.astype(object)}, TypeError),
        ({"pixel_array": None}, TypeError),
    ],
)
def test_arguments_that_do_not_fit_are_refused_by_an_error_of_ours_and_changed_by_none(
    other: dict, error: type[Exception]
) -> None:
    before = [image.to_json() for image in IMAGES]
    labels = LABELS.copy()
    with pytest.raises(error) as caught:
        construct(IMAGES, **{"array": labels, "numbers": [1, 2], **renamed(other)})
    assert isinstance(caught.value, SegError)
    assert [image.to_json() for image in IMAGES] == before
    np.testing.assert_array_equal(labels, LABELS)


def renamed(other: dict) -> dict:
    """Return arguments of the constructor as those of `construct`."""
    names = {"pixel_array": "array", "segmentation_type": "kind", "source_images": "images"}
    arguments = {names.get(key, key): value for key, value in other.items()}
    if "images" in arguments:
        arguments["source_images"] = arguments.pop("images")
    return arguments


@pytest.mark.parametrize("numbers", [[3, 2], [1, 1], [2, 7, 7]])
def test_the_numbers_of_a_label_map_ascend(numbers: list[int]) -> None:
    with pytest.raises(ValueError, match="ascending"):
        construct(IMAGES, LABELS * 0, numbers, "LABELMAP")


def test_overlap_in_a_label_map_is_refused_and_in_binary_stored() -> None:
    stack = np.ones((3, 5, 7, 2), bool)
    with pytest.raises(ValueError, match="overlap") as caught:
        construct(IMAGES, stack, [1, 2], "LABELMAP")
    assert isinstance(caught.value, SegError)
    assert construct(IMAGES, stack, [1, 2]).SegmentsOverlap == "YES"


@pytest.mark.parametrize("kind", ["BINARY", "LABELMAP"])
def test_a_plane_of_two_axes_is_a_stack_of_one(kind: str) -> None:
    one = construct(IMAGES[:1], LABELS[0], [1, 2], kind)
    other = construct(IMAGES[:1], LABELS[:1], [1, 2], kind)
    np.testing.assert_array_equal(one.pixel_array, other.pixel_array)


def test_a_stack_with_gaps_in_the_numbers_is_stored_under_those_numbers() -> None:
    stack = np.stack([LABELS == 1, LABELS == 2], axis=3)
    seg = construct(IMAGES, stack, [1, 300], "LABELMAP")
    combined = seg.get_pixels_by_source_instance(uids_of(IMAGES), combine_segments=True)
    np.testing.assert_array_equal(combined, np.where(LABELS == 2, 300, LABELS.astype(int)))


def test_the_callers_descriptions_are_copied_with_whatever_is_on_them() -> None:
    descriptions = describe([1])
    descriptions[0].SegmentedPropertyTypeCodeSequence[0].SegmentedPropertyTypeModifierCodeSequence = [
        hd.sr.CodedConcept("7771000", "SCT", "Left")
    ]
    seg = construct(IMAGES, LABELS == 1, segment_descriptions=descriptions)
    descriptions[0].SegmentLabel = "changed"
    assert seg.get_segment_description(1).segment_label == "Segment 1"
    kind = seg.SegmentSequence[0].SegmentedPropertyTypeCodeSequence[0]
    assert kind.SegmentedPropertyTypeModifierCodeSequence[0].CodeMeaning == "Left"


def test_the_sop_class_is_that_of_the_type() -> None:
    uids = [construct(IMAGES, LABELS, [1, 2], kind).SOPClassUID for kind in ("BINARY", "LABELMAP")]
    assert uids == ["1.2.840.10008.5.1.4.1.1.66.4", "1.2.840.10008.5.1.4.1.1.66.7"]


# --- searching ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=["BINARY", "LABELMAP"])
def searched(request: pytest.FixtureRequest) -> hd.seg.Segmentation:
    algorithm = hd.AlgorithmIdentificationSequence("Net", codes.cid7162.ArtificialIntelligence, "v1")
    liver = {
        "segmented_property_category": codes.SCT.Organ,
        "segmented_property_type": codes.SCT.Liver,
    }
    automatic = {"algorithm_type": "AUTOMATIC", "algorithm_identification": algorithm}
    descriptions = [
        hd.seg.SegmentDescription(1, "liver", **liver, algorithm_type="MANUAL"),
        hd.seg.SegmentDescription(2, "liver", **liver, **automatic, tracking_id="a", tracking_uid="1.2"),
        hd.seg.SegmentDescription(
            3, "x" * 70, codes.SCT.Tissue, codes.SCT.Bone, **automatic, tracking_id="a", tracking_uid="1.3"
        ),
    ]
    seg = construct(IMAGES, LABELS, segment_descriptions=descriptions, kind=request.param)
    file = io.BytesIO()
    seg.save_as(file)
    return hd.seg.segread(file.getvalue())


@pytest.mark.parametrize(
    ("criteria", "expected"),
    [
        ({}, [1, 2, 3]),
        ({"segment_label": "liver"}, [1, 2]),
        ({"segment_label": "Liver"}, []),
        ({"segment_label": "x" * 70}, [3]),
        ({"segmented_property_type": codes.SCT.Liver}, [1, 2]),
        ({"segmented_property_type": hd.sr.CodedConcept("T-62000", "SRT", "Liver")}, [1, 2]),
        ({"segmented_property_category": codes.SCT.Tissue}, [3]),
        ({"algorithm_type": "AUTOMATIC"}, [2, 3]),
        ({"algorithm_type": hd.seg.SegmentAlgorithmTypeValues.MANUAL}, [1]),
        ({"tracking_id": "a"}, [2, 3]),
        ({"tracking_uid": "1.3"}, [3]),
        ({"tracking_id": "a", "segment_label": "liver"}, [2]),
        ({"tracking_uid": "1.2", "segmented_property_type": codes.SCT.Bone}, []),
    ],
)
def test_segments_are_found_that_meet_every_criterion(
    searched: hd.seg.Segmentation, criteria: dict, expected: list[int]
) -> None:
    assert searched.get_segment_numbers(**criteria) == expected


def test_the_background_of_a_label_map_is_no_segment(searched: hd.seg.Segmentation) -> None:
    assert searched.number_of_segments == 3
    assert searched.segment_numbers == [1, 2, 3]


@pytest.mark.parametrize("number", [0, 4, -1, 65535])
def test_a_segment_that_is_not_there_is_an_index_error(searched: hd.seg.Segmentation, number: int) -> None:
    with pytest.raises(IndexError, match=str(number)) as caught:
        searched.get_segment_description(number)
    assert isinstance(caught.value, SegError)


# --- from data sets -----------------------------------------------------------------------------------------


@pytest.fixture
def plain(tmp_path: Path) -> FileDataset:
    construct(IMAGES, LABELS, [1, 2]).save_as(tmp_path / "seg.dcm")
    return dcmread(tmp_path / "seg.dcm")


def test_a_data_set_is_copied_unless_it_should_not_be(plain: FileDataset) -> None:
    seg = hd.seg.Segmentation.from_dataset(plain)
    seg.PatientID = "other"
    seg.SegmentSequence[0].SegmentLabel = "other"
    assert type(plain) is FileDataset
    assert plain.PatientID == "P1"
    assert plain.SegmentSequence[0].SegmentLabel == "Segment 1"
    same = hd.seg.Segmentation.from_dataset(plain, copy=False)
    assert same is plain
    assert isinstance(plain, hd.seg.Segmentation)
    np.testing.assert_array_equal(same.get_volume(combine_segments=True).array[::-1], LABELS)


@pytest.mark.parametrize("copy", [True, False])
def test_a_data_set_that_is_refused_stays_what_it_was(plain: FileDataset, copy: bool) -> None:
    del plain.Rows
    before = plain.to_json()
    with pytest.raises(SegError):
        hd.seg.Segmentation.from_dataset(plain, copy=copy)
    assert type(plain) is FileDataset
    assert plain.to_json() == before


@pytest.mark.parametrize("thing", [None, "seg.dcm", b"", 7, {}])
def test_what_is_no_data_set_is_refused_as_a_type(thing: object) -> None:
    with pytest.raises(TypeError) as caught:
        hd.seg.Segmentation.from_dataset(thing)
    assert isinstance(caught.value, SegError)


def test_another_object_is_refused_as_a_value() -> None:
    with pytest.raises(ValueError, match="CT Image Storage") as caught:
        hd.seg.Segmentation.from_dataset(IMAGES[0])
    assert isinstance(caught.value, SegError)


@pytest.mark.parametrize("missing", ["file_meta", "TransferSyntaxUID"])
def test_a_data_set_without_its_transfer_syntax_is_refused_with_the_way_out(
    plain: FileDataset, missing: str
) -> None:
    if missing == "file_meta":
        del plain.file_meta
    else:
        del plain.file_meta.TransferSyntaxUID
    with pytest.raises(SegError, match=r"set file_meta\.TransferSyntaxUID"):
        hd.seg.Segmentation.from_dataset(plain)
