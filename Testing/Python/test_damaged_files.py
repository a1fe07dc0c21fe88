"""Files that are cut off or damaged end in an error of ours, whatever was hit, and never in another one."""

import io
from pathlib import Path

import numpy as np
import pydicom
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydicom import dcmread, dcmwrite
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    RLELossless,
)

import dicomsegcodec as hd
from dicomsegcodec.cli import main
from dicomsegcodec.errors import (
    FileMissing,
    MissingAttribute,
    NotDicom,
    NotSegmentation,
    ReadError,
    SegError,
    TruncatedFile,
    UnsupportedTransferSyntax,
)
from dicomsegcodec.read import open_segmentation
from objects import construct
from series import make_series

# Of pydicom, about the syntax of a file; it has no other way to say it.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


def example_object() -> Dataset:
    labels = np.zeros((3, 5, 7), np.uint8)
    labels[:, 2:4, 2:5] = 1
    labels[1, 0] = 2
    return construct(make_series((3, 5, 7)), labels, [1, 2])


def written(syntax: str) -> bytes:
    seg = example_object()
    seg.file_meta.TransferSyntaxUID = syntax
    file = io.BytesIO()
    seg.save_as(file)
    return file.getvalue()


def with_undefined_lengths() -> bytes:
    dataset = dcmread(io.BytesIO(written(ExplicitVRLittleEndian)))
    for element in dataset.iterall():
        if element.VR == "SQ":
            element.is_undefined_length = True
            for item in element.value:
                item.is_undefined_length_sequence_item = True
    file = io.BytesIO()
    dcmwrite(file, dataset, enforce_file_format=True)
    return file.getvalue()


FILES = {
    "explicit": written(ExplicitVRLittleEndian),
    "implicit": written(ImplicitVRLittleEndian),
    "deflated": written(DeflatedExplicitVRLittleEndian),
    "undefined lengths": with_undefined_lengths(),
}
every_file = pytest.mark.parametrize("name", FILES)


def read_everything(data: bytes) -> None:
    stored = open_segmentation(data)
    for _frame in stored.frames.frames(range(stored.number_of_frames)):
        pass
    stored.read_layers()
    seg = hd.seg.segread(data)
    seg.get_volume()
    seg.get_source_image_uids()
    seg.get_segment_description(1)
    seg.get_segment_numbers(segment_label="x")


@every_file
def test_an_undamaged_file_is_read(name: str) -> None:
    read_everything(FILES[name])


@every_file
def test_a_file_cut_off_anywhere_is_refused_by_an_error_of_ours(name: str) -> None:
    data = FILES[name]
    if name == "deflated":
        data = data.removesuffix(b"\0")  # there only to make the length even
    # Every byte of the meta information and of the end; in between, wherever an element may begin or stop.
    for length in [*range(400), *range(400, len(data) - 600, 7), *range(len(data) - 600, len(data))]:
        with pytest.raises(ReadError):
            read_everything(data[:length])


@every_file
@given(data=st.data())
def test_changed_bytes_are_understood_or_refused_by_an_error_of_ours(name: str, data: st.DataObject) -> None:
    damaged = bytearray(FILES[name])
    for _ in range(data.draw(st.integers(1, 3))):
        damaged[data.draw(st.integers(128, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    try:
        read_everything(bytes(damaged))
    except SegError as error:
        assert str(error)


@pytest.mark.parametrize(
    ("keyword", "value"),
    [
        ("Rows", None),
        ("Rows", 0),
        ("Columns", None),
        ("BitsAllocated", None),
        ("BitsAllocated", 32),
        ("SegmentSequence", None),
        ("SegmentSequence", []),
        ("SegmentationType", None),
        ("SegmentationType", "LABELED"),
        ("SOPClassUID", None),
        ("SOPClassUID", "1.2.840.10008.5.1.4.1.1.2"),
        ("PerFrameFunctionalGroupsSequence", None),
        ("PixelData", None),
        ("PixelData", b""),
        ("PixelData", bytes(8)),
    ],
)
def test_an_object_without_what_it_takes_is_refused(keyword: str, value: object) -> None:
    dataset = dcmread(io.BytesIO(FILES["explicit"]))
    if value is None:
        del dataset[keyword]
    else:
        setattr(dataset, keyword, value)
    file = io.BytesIO()
    dcmwrite(file, dataset)
    with pytest.raises(ReadError):
        read_everything(file.getvalue())
    with pytest.raises(ReadError):
        hd.seg.Segmentation.from_dataset(dataset).get_volume()


@pytest.mark.parametrize("number", [None, 0, 2, 5, 2**31 - 1])
def test_a_wrong_number_of_frames_is_mended_where_the_pixels_agree_with_the_groups(
    number: int | None,
) -> None:
    dataset = dcmread(io.BytesIO(FILES["explicit"]))
    dataset.NumberOfFrames = number
    if number is None:
        del dataset.NumberOfFrames
    file = io.BytesIO()
    dcmwrite(file, dataset)
    expected = hd.seg.segread(FILES["explicit"]).get_volume().array
    for seg in (hd.seg.segread(file.getvalue()), hd.seg.Segmentation.from_dataset(dataset)):
        np.testing.assert_array_equal(seg.get_volume().array, expected)
        assert [finding.where for finding in seg.findings] == ["NumberOfFrames"]


def change_position(text: list[str]):
    def change(dataset: Dataset) -> None:
        item = dataset.PerFrameFunctionalGroupsSequence[1]
        item.PlanePositionSequence[0].ImagePositionPatient = text

    return change


def change_segment(number: int):
    def change(dataset: Dataset) -> None:
        item = dataset.PerFrameFunctionalGroupsSequence[1]
        item.SegmentIdentificationSequence[0].ReferencedSegmentNumber = number

    return change


def change_shared(group: str, keyword: str, value: object):
    def change(dataset: Dataset) -> None:
        setattr(dataset.SharedFunctionalGroupsSequence[0][group].value[0], keyword, value)

    return change


@pytest.mark.parametrize(
    "change",
    [
        change_position(["1", "2"]),
        change_position(["1", "2", "nan"]),
        change_position(["1", "2", "1e999"]),
        change_segment(9),
        change_shared("PixelMeasuresSequence", "PixelSpacing", ["0.5"]),
        change_shared("PixelMeasuresSequence", "PixelSpacing", ["0", "0"]),
        change_shared("PlaneOrientationSequence", "ImageOrientationPatient", ["0"] * 6),
        change_shared("PlaneOrientationSequence", "ImageOrientationPatient", ["1"] * 5),
        change_shared("PlaneOrientationSequence", "ImageOrientationPatient", ["1", "0", "0", "1", "0", "0"]),
    ],
)
def test_functional_groups_that_make_no_sense_are_refused(change) -> None:
    with pydicom.config.disable_value_validation():
        dataset = dcmread(io.BytesIO(FILES["explicit"]))
        change(dataset)
        file = io.BytesIO()
        dcmwrite(file, dataset)
    with pytest.raises(ReadError):
        read_everything(file.getvalue())
    with pytest.raises(ReadError):
        hd.seg.Segmentation.from_dataset(dataset).get_volume()


@pytest.mark.parametrize("text", [b"103.75", b"0.75\\0.5", b"1\\0\\0\\0\\1\\0"])
def test_decimal_strings_that_are_no_numbers_are_refused(text: bytes) -> None:
    data = FILES["explicit"]
    assert text in data
    with pytest.raises(ReadError, match="x"):
        read_everything(data.replace(text, b"x" + text[1:]))


@pytest.mark.filterwarnings("error")
def test_values_that_their_vr_does_not_allow_are_read_without_a_warning() -> None:
    with pydicom.config.disable_value_validation():
        dataset = dcmread(io.BytesIO(FILES["explicit"]))
        dataset.SegmentSequence[0].SegmentLabel = "long " * 20
        dataset.SegmentSequence[0].SegmentedPropertyTypeCodeSequence[0].CodeValue = "12345678901234567890"
        dataset.FrameOfReferenceUID = dataset.StudyInstanceUID = "1.02.3"
        for item in dataset.ReferencedSeriesSequence[0].ReferencedInstanceSequence:
            item.ReferencedSOPInstanceUID = "1.02." + item.ReferencedSOPInstanceUID[2:]
        file = io.BytesIO()
        dcmwrite(file, dataset)
    read_everything(file.getvalue())


def test_reading_leaves_pydicoms_own_checks_as_they_were() -> None:
    before = pydicom.config.settings.reading_validation_mode, pydicom.config.settings.writing_validation_mode
    read_everything(FILES["explicit"])
    with pytest.raises(ReadError):
        read_everything(FILES["explicit"][:600])
    after = pydicom.config.settings.reading_validation_mode, pydicom.config.settings.writing_validation_mode
    assert after == before


# --- what is no segmentation at all -------------------------------------------------------------------------


def test_a_missing_file_is_said_to_be_missing(tmp_path: Path) -> None:
    for read in (open_segmentation, hd.seg.segread, hd.imread):
        with pytest.raises(FileMissing, match=r"none\.dcm") as caught:
            read(tmp_path / "none.dcm")
        assert isinstance(caught.value, FileNotFoundError)


def test_a_folder_is_said_to_be_a_folder(tmp_path: Path) -> None:
    for read in (open_segmentation, hd.seg.segread):
        with pytest.raises(ReadError, match="folder"):
            read(tmp_path)


@given(data=st.binary(max_size=600))
@example(b"")
@example(b"DICM")
@example(bytes(128) + b"DICM")
def test_what_is_not_dicom_is_refused(data: bytes) -> None:
    with pytest.raises(ReadError):
        hd.seg.segread(data)


def test_a_file_of_text_is_said_not_to_be_dicom(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("These are notes. " * 50)
    for read in (open_segmentation, hd.seg.segread, hd.imread):
        with pytest.raises(NotDicom, match=r"notes\.txt"):
            read(path)


def test_an_image_is_said_to_be_one() -> None:
    file = io.BytesIO()
    make_series((1, 4, 4))[0].save_as(file, enforce_file_format=True)
    with pytest.raises(NotSegmentation, match="CT Image Storage") as caught:
        hd.seg.segread(file.getvalue())
    assert isinstance(caught.value, ValueError)


JPEG_LOSSLESS = "1.2.840.10008.1.2.4.70"


def of_an_unknown_syntax() -> bytes:
    dataset = dcmread(io.BytesIO(FILES["explicit"]))
    dataset.file_meta.TransferSyntaxUID = JPEG_LOSSLESS
    dataset.PixelData = encapsulate([b"\xff\xd8\xff\xd9"] * dataset.NumberOfFrames)
    file = io.BytesIO()
    dcmwrite(file, dataset, implicit_vr=False, little_endian=True, force_encoding=True)
    return file.getvalue()


def test_of_a_transfer_syntax_that_is_not_read_the_header_is_read_and_frames_are_refused() -> None:
    data = of_an_unknown_syntax()
    for seg in (hd.seg.segread(data), hd.seg.Segmentation.from_dataset(dcmread(io.BytesIO(data)))):
        assert seg.segment_numbers == [1, 2]
        assert seg.get_segment_description(2).segment_label == "Segment 2"
        assert len(seg.get_source_image_uids()) == 3
        with pytest.raises(UnsupportedTransferSyntax, match=JPEG_LOSSLESS) as caught:
            seg.get_volume()
        assert isinstance(caught.value, ValueError)


@pytest.mark.parametrize("damaged", [True, False])
def test_the_header_of_an_object_whose_frames_cannot_be_read_is_shown(
    damaged: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = of_an_unknown_syntax()
    if damaged:
        dataset = dcmread(io.BytesIO(data))
        dataset.file_meta.TransferSyntaxUID = RLELossless
        file = io.BytesIO()
        dcmwrite(file, dataset)
        data = file.getvalue()
    (tmp_path / "seg.dcm").write_bytes(data)
    assert main(["info", str(tmp_path / "seg.dcm")]) == 0
    shown = capsys.readouterr().out
    assert "BINARY" in shown and "Segment 2" in shown and "5 x 7" in shown
    assert "Frames cannot be read" in shown


def test_the_number_of_frames_of_an_unknown_transfer_syntax_is_not_believed() -> None:
    data = of_an_unknown_syntax()
    dataset = dcmread(io.BytesIO(data))
    del dataset.PerFrameFunctionalGroupsSequence
    dataset.SegmentSequence = dataset.SegmentSequence[:1]
    dataset.NumberOfFrames = 10**9
    file = io.BytesIO()
    dcmwrite(file, dataset, implicit_vr=False, little_endian=True, force_encoding=True)
    with pytest.raises(TruncatedFile, match="1,000,000,000"):
        hd.seg.segread(file.getvalue())


def test_a_file_that_changed_after_it_was_opened_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "seg.dcm"
    path.write_bytes(FILES["explicit"])
    seg = hd.seg.segread(path)
    path.write_bytes(FILES["implicit"])
    with pytest.raises(ReadError, match="changed"):
        seg.get_volume()


def test_a_file_that_was_deleted_after_it_was_opened_is_said_to_be_missing(tmp_path: Path) -> None:
    path = tmp_path / "seg.dcm"
    path.write_bytes(FILES["explicit"])
    seg = hd.seg.segread(path)
    path.unlink()
    with pytest.raises(FileMissing):
        seg.get_volume()


def test_truncated_pixels_say_how_much_is_missing() -> None:
    with pytest.raises(TruncatedFile, match="bytes"):
        hd.seg.segread(FILES["explicit"][:-2]).get_volume()


def test_a_missing_attribute_is_named() -> None:
    dataset = dcmread(io.BytesIO(FILES["explicit"]))
    del dataset.Rows
    with pytest.raises(MissingAttribute, match="Rows"):
        hd.seg.Segmentation.from_dataset(dataset)
