"""To pydicom a segmentation whose pixels wait is a data set like any other."""

import copy
import io
import json
import pickle
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from pydicom import Dataset, dcmread, dcmwrite
from pydicom.dataelem import DataElement
from pydicom.uid import DeflatedExplicitVRLittleEndian, ImplicitVRLittleEndian

import dicomsegcodec as hd
from dicomsegcodec.errors import ArgumentError, Cancelled, OutputError
from objects import construct, uids_of
from series import make_series

IMAGES = make_series((3, 5, 7))
LABELS = np.zeros((3, 5, 7), np.uint8)
LABELS[:, 2:4, 2:5] = 1
LABELS[1, 0] = 2


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "seg.dcm"
    construct(IMAGES, LABELS, [1, 2]).save_as(file)
    return file


@pytest.fixture(params=["planned", "file", "bytes", "open file", "data set"])
def seg(request: pytest.FixtureRequest, path: Path) -> hd.seg.Segmentation:
    """Return the same object in each of the states it can be in."""
    match request.param:
        case "file":
            return hd.seg.segread(path)
        case "bytes":
            return hd.seg.segread(path.read_bytes())
        case "open file":
            return hd.seg.segread(io.BytesIO(path.read_bytes()))
        case "data set":
            return hd.seg.Segmentation.from_dataset(dcmread(path))
    return construct(IMAGES, LABELS, [1, 2])


@pytest.fixture
def plain(path: Path) -> Dataset:
    """Return the object as pydicom reads it."""
    return dcmread(path)


def written(dataset: Dataset) -> Dataset:
    file = io.BytesIO()
    dataset.save_as(file)
    return dcmread(io.BytesIO(file.getvalue()))


def pixels_of(seg: hd.seg.Segmentation) -> np.ndarray:
    return seg.get_pixels_by_source_instance(uids_of(IMAGES), combine_segments=True)


def test_pixel_data_and_pixel_array_are_pydicoms(seg: hd.seg.Segmentation, plain: Dataset) -> None:
    assert seg.PixelData == plain.PixelData
    np.testing.assert_array_equal(seg.pixel_array, plain.pixel_array)


@pytest.mark.parametrize(
    "get",
    [
        lambda d: d.PixelData,
        lambda d: d["PixelData"].value,
        lambda d: d[0x7FE00010].value,
        lambda d: d[0x7FE0, 0x0010].value,
        lambda d: d.get("PixelData"),
        lambda d: d.get((0x7FE0, 0x0010)).value,
        lambda d: d.get_item("PixelData").value,
        lambda d: d[0x7FE00000:]["PixelData"].value,
        lambda d: d.group_dataset(0x7FE0).PixelData,
        lambda d: next(e.value for e in d if e.keyword == "PixelData"),
        lambda d: next(e.value for e in d.values() if e.tag == 0x7FE00010),
        lambda d: dict(d.items())[0x7FE00010].value,
        lambda d: d.setdefault("PixelData", b"").value,
        lambda d: d.pop("PixelData").value,
        lambda d: d.popitem()[1].value,
        lambda d: copy.copy(d).PixelData,
    ],
)
def test_every_way_to_the_pixels_gives_them(get, path: Path, plain: Dataset) -> None:
    expected = plain.PixelData
    assert get(hd.seg.segread(path)) == expected
    assert get(construct(IMAGES, LABELS, [1, 2])) == expected


def test_a_data_set_updated_from_a_segmentation_has_its_pixels(
    seg: hd.seg.Segmentation, plain: Dataset
) -> None:
    other = Dataset()
    other.update(seg)
    assert other.PixelData == plain.PixelData
    assert len(other.PerFrameFunctionalGroupsSequence) == plain.NumberOfFrames


def test_functional_groups_of_the_frames_are_parsed_when_asked_for(
    seg: hd.seg.Segmentation, plain: Dataset
) -> None:
    assert len(seg.PerFrameFunctionalGroupsSequence) == len(plain.PerFrameFunctionalGroupsSequence) == 4
    item, expected = (d.PerFrameFunctionalGroupsSequence[2] for d in (seg, plain))
    assert item.PlanePositionSequence == expected.PlanePositionSequence
    assert item.FrameContentSequence == expected.FrameContentSequence
    assert item.SegmentIdentificationSequence == expected.SegmentIdentificationSequence


def test_iterating_and_printing_and_json_are_those_of_the_file(path: Path, plain: Dataset) -> None:
    seg = hd.seg.segread(path)
    assert [element.tag for element in seg] == [element.tag for element in plain]
    assert str(seg) == str(plain)
    assert json.loads(hd.seg.segread(path).to_json()) == json.loads(plain.to_json())
    visited = []
    hd.seg.segread(path).walk(lambda _dataset, element: visited.append(element.tag))
    assert len(visited) == len(list(plain.iterall()))


def test_two_readings_of_a_file_are_equal_until_one_is_changed(path: Path) -> None:
    one, other = hd.seg.segread(path), hd.seg.segread(path)
    assert one == other
    other.PatientID = "other"
    assert one != other


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda d: pickle.loads(pickle.dumps(d))])
def test_a_copy_is_whole_and_its_own(duplicate, seg: hd.seg.Segmentation, plain: Dataset) -> None:
    other = duplicate(seg)
    assert type(other) is hd.seg.Segmentation
    other.PatientID = "other"
    other.SegmentSequence[0].SegmentLabel = "other"
    other.PerFrameFunctionalGroupsSequence[0].PlanePositionSequence[0].ImagePositionPatient = [0, 0, 0]
    assert seg.PatientID == "P1"
    assert seg.get_segment_description(1).segment_label == "Segment 1"
    np.testing.assert_array_equal(pixels_of(seg), LABELS)
    np.testing.assert_array_equal(pixels_of(other), LABELS)
    assert other.PixelData == plain.PixelData
    assert written(other).PixelData == plain.PixelData


def test_what_is_saved_is_what_was_read_byte_by_byte(path: Path, tmp_path: Path) -> None:
    for source in (path, path.read_bytes()):
        hd.seg.segread(source).save_as(tmp_path / "again.dcm")
        assert (tmp_path / "again.dcm").read_bytes() == path.read_bytes()


def test_pydicom_writes_the_object_too(seg: hd.seg.Segmentation, plain: Dataset, tmp_path: Path) -> None:
    dcmwrite(tmp_path / "pydicom.dcm", seg, enforce_file_format=True)
    again = dcmread(tmp_path / "pydicom.dcm")
    assert again.PixelData == plain.PixelData
    np.testing.assert_array_equal(pixels_of(hd.seg.segread(tmp_path / "pydicom.dcm")), LABELS)


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, DeflatedExplicitVRLittleEndian])
def test_another_native_transfer_syntax_is_written_and_read_back(
    syntax: str, seg: hd.seg.Segmentation, tmp_path: Path
) -> None:
    seg.file_meta.TransferSyntaxUID = syntax
    seg.save_as(tmp_path / "other.dcm")
    again = hd.seg.segread(tmp_path / "other.dcm")
    assert again.file_meta.TransferSyntaxUID == syntax
    np.testing.assert_array_equal(pixels_of(again), LABELS)
    again.PatientID = "changed"
    again.save_as(tmp_path / "third.dcm")
    third = hd.seg.segread(tmp_path / "third.dcm")
    assert third.PatientID == "changed"
    np.testing.assert_array_equal(pixels_of(third), LABELS)


# --- changes through pydicom --------------------------------------------------------------------------------


def test_changed_attributes_are_saved(seg: hd.seg.Segmentation, plain: Dataset) -> None:
    seg.PatientName = "Roe^Jane"
    seg.SegmentSequence[1].SegmentLabel = "renamed"
    seg.add_new(0x00104000, "LT", "a comment")
    del seg.AccessionNumber
    again = written(seg)
    assert again.PatientName == "Roe^Jane"
    assert again.SegmentSequence[1].SegmentLabel == "renamed"
    assert again.PatientComments == "a comment"
    assert "AccessionNumber" not in again
    assert again.PixelData == plain.PixelData
    assert seg.get_segment_numbers(segment_label="renamed") == [2]


def test_elements_around_and_after_the_pixels_are_saved(seg: hd.seg.Segmentation, plain: Dataset) -> None:
    seg.add_new(0x54000100, "SQ", [])
    seg.add_new(0xFFFCFFFC, "OB", b"\0\0")
    again = written(seg)
    assert [element.tag for element in again if element.tag > 0x52009230] == [
        0x54000100,
        0x7FE00010,
        0xFFFCFFFC,
    ]
    assert again.PixelData == plain.PixelData


def test_changed_functional_groups_are_saved_and_used(seg: hd.seg.Segmentation) -> None:
    for item in seg.PerFrameFunctionalGroupsSequence:
        x, y, z = item.PlanePositionSequence[0].ImagePositionPatient
        item.PlanePositionSequence[0].ImagePositionPatient = [x, y, z + 10]
    for one in (seg, hd.seg.Segmentation.from_dataset(written(seg))):
        assert one.get_volume().position[2] == pytest.approx(101.25 + 5 + 10)


@pytest.mark.parametrize(
    "change",
    [
        lambda d, value: setattr(d, "PixelData", value),
        lambda d, value: d.__setitem__("PixelData", DataElement(0x7FE00010, "OB", value)),
        lambda d, value: d.add_new(0x7FE00010, "OB", value),
        lambda d, value: d.add(DataElement(0x7FE00010, "OB", value)),
        lambda d, value: d.update({"PixelData": value}),
        lambda d, value: d.update({0x7FE00010: DataElement(0x7FE00010, "OB", value)}),
        lambda d, value: setattr(d["PixelData"], "value", value),
    ],
)
def test_changed_pixels_are_saved_and_used(change, seg: hd.seg.Segmentation) -> None:
    value = bytes(18)
    change(seg, value)
    assert not pixels_of(seg).any()
    assert not seg.pixel_array.any()
    assert written(seg).PixelData == value


@pytest.mark.parametrize(
    "remove",
    [
        lambda d: delattr(d, "PixelData"),
        lambda d: d.__delitem__("PixelData"),
        lambda d: d.__delitem__(0x7FE00010),
        lambda d: d.__delitem__(slice(0x7FE00000, None)),
        lambda d: d.pop("PixelData"),
        lambda d: d.pop(0x7FE00010),
        lambda d: d.popitem(),
        lambda d: d.clear(),
    ],
)
def test_removed_pixels_stay_removed(remove, seg: hd.seg.Segmentation) -> None:
    remove(seg)
    assert "PixelData" not in seg
    assert not hasattr(seg, "PixelData")
    assert "PixelData" not in written(seg)


def test_a_changed_character_set_is_that_of_the_frames_too(seg: hd.seg.Segmentation) -> None:
    seg.SpecificCharacterSet = "ISO_IR 192"
    seg.PatientName = "Müller^Jörg"
    seg.PerFrameFunctionalGroupsSequence[0].FrameContentSequence[0].FrameComments = "größer"
    again = written(seg)
    assert again.PatientName == "Müller^Jörg"
    assert again.PerFrameFunctionalGroupsSequence[0].FrameContentSequence[0].FrameComments == "größer"


def test_texts_that_nobody_touched_follow_a_changed_character_set(path: Path) -> None:
    plain = dcmread(path)
    plain.SpecificCharacterSet = "ISO_IR 100"
    plain.PatientName = "Müller^Jörg"
    code = hd.sr.CodedConcept("1", "99X", "größer")
    plain.ProcedureCodeSequence = [code]
    plain.PerFrameFunctionalGroupsSequence[0].FrameContentSequence[0].FrameComments = "größer"
    plain.save_as(path)
    for seg in (hd.seg.segread(path), hd.seg.Segmentation.from_dataset(dcmread(path))):
        seg.SpecificCharacterSet = "ISO_IR 192"
        again = written(seg)
        assert again.PatientName == "Müller^Jörg"
        assert again.ProcedureCodeSequence[0].CodeMeaning == "größer"
        assert again.PerFrameFunctionalGroupsSequence[0].FrameContentSequence[0].FrameComments == "größer"


# --- saving -------------------------------------------------------------------------------------------------


def test_a_segmentation_saved_over_its_own_file_can_be_read_on(path: Path) -> None:
    seg = hd.seg.segread(path)
    seg.PatientName = "A much longer name than the one before^Jane"
    seg.save_as(path)
    np.testing.assert_array_equal(pixels_of(seg), LABELS)
    seg.PatientName = "Roe"
    seg.save_as(path)
    np.testing.assert_array_equal(pixels_of(seg), LABELS)
    again = hd.seg.segread(path)
    assert again.PatientName == "Roe"
    np.testing.assert_array_equal(pixels_of(again), LABELS)


def test_saving_does_not_replace_a_file_where_it_is_told_not_to(path: Path) -> None:
    before = path.read_bytes()
    with pytest.raises(FileExistsError):
        construct(IMAGES, LABELS * 0, [1, 2]).save_as(path, overwrite=False)
    assert path.read_bytes() == before


def test_a_cancelled_save_leaves_the_file_that_was_there(path: Path) -> None:
    before = path.read_bytes()
    with pytest.raises(Cancelled):
        construct(IMAGES, LABELS * 0, [1, 2]).save_as(path, progress=lambda fraction, stage: True)
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_progress_goes_from_nothing_to_everything(path: Path, tmp_path: Path) -> None:
    seen: list[float] = []
    hd.seg.segread(path).save_as(tmp_path / "x.dcm", progress=lambda fraction, stage: seen.append(fraction))
    assert seen == sorted(seen)
    assert seen[-1] == 1


def test_an_array_changed_before_the_save_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    for array in (LABELS.copy(), np.asfortranarray(LABELS), np.stack([LABELS == 1, LABELS == 2], axis=3)):
        seg = construct(IMAGES, array, [1, 2])
        array[0, 0, 0] = 1
        with pytest.raises(ArgumentError, match="changed"):
            seg.save_as(tmp_path / "changed.dcm")
        with pytest.raises(ArgumentError, match="changed"):
            seg.get_volume()
        assert list(tmp_path.iterdir()) == []


def test_an_array_changed_after_the_pixels_were_taken_does_not_matter(tmp_path: Path) -> None:
    array = LABELS.copy()
    seg = construct(IMAGES, array, [1, 2])
    seg.save_as(tmp_path / "before.dcm")
    assert seg.PixelData
    array[...] = 0
    seg.save_as(tmp_path / "after.dcm")
    assert (tmp_path / "after.dcm").read_bytes() == (tmp_path / "before.dcm").read_bytes()


def test_a_folder_that_is_not_there_is_said_to_be_missing(seg: hd.seg.Segmentation, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="There is no folder"):
        seg.save_as(tmp_path / "none" / "seg.dcm")


# --- threads ------------------------------------------------------------------------------------------------


def test_threads_read_one_object_at_the_same_time(path: Path) -> None:
    for source in (path, path.read_bytes()):
        seg = hd.seg.segread(source)
        with ThreadPoolExecutor(8) as pool:
            for found in pool.map(pixels_of, [seg] * 64):
                np.testing.assert_array_equal(found, LABELS)


def test_threads_that_ask_for_the_pixels_at_the_same_time_all_get_them(path: Path, plain: Dataset) -> None:
    expected = plain.PixelData
    for _ in range(50):
        seg = hd.seg.segread(path)
        with ThreadPoolExecutor(8) as pool:
            assert set(pool.map(lambda one: one.PixelData, [seg] * 16)) == {expected}
