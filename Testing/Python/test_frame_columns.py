"""Functional groups in columns: the same from bytes and from pydicom's items, whatever their form."""

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom import dcmread, dcmwrite
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.filebase import DicomBytesIO
from pydicom.filereader import read_dataset
from pydicom.filewriter import write_dataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian

from dicomsegcodec import file_parts
from dicomsegcodec.encodings import SegmentationType
from dicomsegcodec.errors import SegError, TruncatedFile
from dicomsegcodec.file_parts import per_frame_bytes
from dicomsegcodec.frame_columns import FrameColumns, columns_from_bytes, columns_from_items
from dicomsegcodec.frames import plan_frames
from dicomsegcodec.functional_groups import PER_FRAME_TAG, write_per_frame
from dicomsegcodec.item_layouts import layout_groups
from dicomsegcodec.item_walk import UnusualLayout
from dicomsegcodec.lenient import reading
from dicomsegcodec.occupancy import find_occupancy
from strategies import Case, cases

decimals = st.sampled_from(("0", "-1.5", "103.75", "+1e2", "-0.0", "12345.6789012345"))


@st.composite
def frame_items(draw: st.DrawFn) -> Dataset:
    """Return an item as one of many writers makes it: whatever may be absent is sometimes absent."""
    item = Dataset()
    if draw(st.booleans()):
        group = Dataset()
        group.ReferencedSegmentNumber = draw(st.integers(1, 65535))
        item.SegmentIdentificationSequence = [group]
    if draw(st.booleans()):
        group = Dataset()
        group.StackID = draw(st.sampled_from(("1", "22")))
        if draw(st.booleans()):
            group.DimensionIndexValues = draw(st.lists(st.integers(1, 2**32 - 1), min_size=1, max_size=3))
        if draw(st.booleans()):
            group.TemporalPositionIndex = draw(st.integers(1, 2**32 - 1))
        item.FrameContentSequence = [group]
    if draw(st.booleans()):
        group = Dataset()
        group.ImagePositionPatient = [draw(decimals) for _ in range(3)]
        item.PlanePositionSequence = [group]
    if draw(st.booleans()):
        group = Dataset()
        group.ImageOrientationPatient = [draw(decimals) for _ in range(6)]
        item.PlaneOrientationSequence = [group]
    if draw(st.booleans()):
        group = Dataset()
        group.PixelSpacing = [draw(decimals), draw(decimals)]
        if draw(st.booleans()):
            group.SliceThickness = draw(decimals)
        if draw(st.booleans()):
            group.SpacingBetweenSlices = draw(decimals)
        item.PixelMeasuresSequence = [group]
    derivations = []
    for _ in range(draw(st.integers(0, 2))):
        derivation = Dataset()
        sources = []
        for _ in range(draw(st.integers(0, 2))):
            source = Dataset()
            source.ReferencedSOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
            source.ReferencedSOPInstanceUID = f"1.2.{draw(st.integers(0, 10**6))}"
            if draw(st.booleans()):
                source.SpatialLocationsPreserved = draw(st.sampled_from(("YES", "NO", "REORIENTED_ONLY")))
            if draw(st.booleans()):
                source.ReferencedFrameNumber = draw(st.lists(st.integers(1, 99), min_size=1, max_size=3))
            sources.append(source)
        derivation.SourceImageSequence = sources
        derivations.append(derivation)
    if derivations:
        item.DerivationImageSequence = derivations
    if draw(st.booleans()):
        item.add_new(0x00091001, "LO", "private")
    return item


def encoded(items: list[Dataset], undefined: bool, implicit: bool = False) -> bytes:
    """Return the value of a sequence of these items as pydicom writes it."""
    holder = Dataset()
    holder.PerFrameFunctionalGroupsSequence = Sequence(items)
    if undefined:
        for element in holder.iterall():
            if element.VR == "SQ":
                element.is_undefined_length = True
                for item in element.value:
                    item.is_undefined_length_sequence_item = True
    file = DicomBytesIO()
    file.is_little_endian, file.is_implicit_VR = True, implicit
    write_dataset(file, holder)
    return file.getvalue()[8 if implicit else 12 :]


def assert_same(one: FrameColumns, other: FrameColumns) -> None:
    assert one.frames == other.frames
    np.testing.assert_array_equal(one.segment, other.segment)
    np.testing.assert_array_equal(one.segment_stated, other.segment_stated)
    np.testing.assert_array_equal(one.time, other.time)
    assert (one.dimensions is None) == (other.dimensions is None)
    if one.dimensions is not None:
        np.testing.assert_array_equal(one.dimensions, other.dimensions)
    assert set(one.texts) == set(other.texts)
    for name in one.texts:
        assert texts_by_frame(one, name) == texts_by_frame(other, name)
    assert references(one) == references(other)


def texts_by_frame(columns: FrameColumns, name: str) -> dict[int, str]:
    column = columns.texts[name]
    pairs = zip(column.rows.tolist(), column.place.tolist(), strict=True)
    return {row: column.texts[place] for row, place in pairs}


def references(columns: FrameColumns) -> list[tuple]:
    parts = (
        columns.reference_frame,
        columns.reference_uid,
        columns.reference_preserved,
        columns.reference_number,
    )
    rows = zip(*(part.tolist() for part in parts), strict=True)
    return sorted((frame, columns.uids[uid], preserved, number) for frame, uid, preserved, number in rows)


END = b"\xfe\xff\xdd\xe0\0\0\0\0"


@given(
    items=st.lists(frame_items(), min_size=1, max_size=8),
    repeat=st.integers(1, 3),
    undefined=st.booleans(),
    implicit=st.booleans(),
)
def test_bytes_and_items_give_the_same_columns(
    items: list[Dataset], repeat: int, undefined: bool, implicit: bool
) -> None:
    # The end of the sequence is part of what pydicom writes.
    value = encoded(items, undefined, implicit).removesuffix(END) * repeat
    expected = columns_from_items(items * repeat)
    assert_same(columns_from_bytes(value, implicit), expected)
    assert_same(columns_from_bytes(value + END, implicit), expected)


@given(
    items=st.lists(frame_items(), min_size=1, max_size=8),
    repeat=st.integers(1, 40),
    undefined=st.booleans(),
    implicit=st.booleans(),
    piece=st.integers(8, 300),
)
def test_the_sequence_is_found_in_a_file_whatever_its_length_is(
    items: list[Dataset], repeat: int, undefined: bool, implicit: bool, piece: int
) -> None:
    value = encoded(items, undefined, implicit).removesuffix(END) * repeat
    length = b"\xff\xff\xff\xff" if undefined else len(value).to_bytes(4, "little")
    head = b"\x00\x52\x30\x92" + (b"" if implicit else b"SQ\0\0") + length
    after = b"\xe0\x7f\x10\0 what follows"
    file = io.BytesIO(b"before" + head + value + (END if undefined else b"") + after)
    file.seek(6)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(file_parts, "_PIECE_BYTES", piece)
        assert per_frame_bytes(file, implicit) == value
    assert file.read() == after


def test_a_sequence_without_an_end_is_truncated() -> None:
    item = Dataset()
    item.PatientID = "some words"
    value = encoded([item] * 3, undefined=True).removesuffix(END)
    for end in range(len(value)):
        file = io.BytesIO(b"\x00\x52\x30\x92SQ\0\0\xff\xff\xff\xff" + value[:end])
        with pytest.raises(TruncatedFile):
            per_frame_bytes(file, False)


def test_a_value_that_looks_like_the_end_of_an_item_is_none() -> None:
    # The delimiter of an item, then an item that begins as these do, where a shorter one before it ended.
    trap = b"\xfe\xff\x0d\xe0\0\0\0\0\xfe\xff\0\xe0\xff\xff\xff\xff\x09\0\x01\x10OB\0\0"
    items = []
    for length in (8, 60, 8, 8, 60):
        item = Dataset()
        item.add_new(0x00091001, "OB", bytes(length - 8) + trap[: min(8, length)] + trap[8:] * (length > 8))
        group = Dataset()
        group.ReferencedSegmentNumber = length
        item.SegmentIdentificationSequence = [group]
        items.append(item)
    value = encoded(items, undefined=True)
    assert_same(columns_from_bytes(value), columns_from_items(items))


@pytest.mark.parametrize("implicit", [True, False])
def test_unknown_content_of_undefined_length_is_passed_over(implicit: bool) -> None:
    number = Dataset()
    number.ReferencedSegmentNumber = 7
    item = Dataset()
    item.SegmentIdentificationSequence = [number]
    value = encoded([item], undefined=False, implicit=implicit)
    inner = b"\xfe\xff\0\xe0\x0c\0\0\0" + b"\x10\0\x20\0\x04\0\0\0ABCD" + END
    head = b"\x09\0\x01\x10" + (b"" if implicit else b"UN\0\0") + b"\xff\xff\xff\xff"
    content = head + inner + value[8:]
    grown = value[:4] + len(content).to_bytes(4, "little") + content
    assert columns_from_bytes(grown * 3, implicit).segment.tolist() == [7, 7, 7]


def test_what_only_pydicom_knows_to_read_is_read_by_it() -> None:
    number = Dataset()
    number.ReferencedSegmentNumber = 7
    item = Dataset()
    item.SegmentIdentificationSequence = [number]
    value = encoded([item], undefined=False)
    # A VR that is none, with a length of 2 bytes; and fragments in an element.
    for element in (
        b"\x09\0\x01\x10QQ\x04\0ABCD",
        b"\x09\0\x01\x10OB\0\0\xff\xff\xff\xff\xfe\xff\0\xe0\x04\0\0\0ABCD" + END,
    ):
        content = element + value[8:]
        grown = value[:4] + len(content).to_bytes(4, "little") + content
        with pytest.raises(UnusualLayout):
            layout_groups(grown)
        assert columns_from_bytes(grown * 2).segment.tolist() == [7, 7]


def test_as_many_layouts_as_items_are_read_in_time_that_grows_with_their_number() -> None:
    items = []
    for number in range(400):
        item = Dataset()
        group = Dataset()
        group.ReferencedSegmentNumber = number + 1
        # Of one length, but the private elements are different ones.
        item.add_new(0x00091000 + number % 200, "LO", "private ")
        if number % 3:
            item.add_new(0x00111000 + number, "SH", "more")
        item.SegmentIdentificationSequence = [group]
        items.append(item)
    for undefined in (True, False):
        for implicit in (True, False):
            value = encoded(items, undefined, implicit)
            assert_same(columns_from_bytes(value, implicit), columns_from_items(items))


@given(case=cases(), kind=st.sampled_from((SegmentationType.BINARY, SegmentationType.LABELMAP)))
def test_what_is_written_by_columns_is_what_pydicom_reads(case: Case, kind: SegmentationType) -> None:
    planes = case.segmentation.planes
    occupancy = find_occupancy(case.segmentation)
    table = plan_frames(occupancy, planes, kind, keep_empty=False)
    value = write_per_frame(table, planes, case.sources.references(planes), case.segmentation.numbers, kind)
    columns = columns_from_bytes(value)
    assert columns.segment.tolist() == table.segment.tolist()
    positions = texts_by_frame(columns, "position")
    assert [positions[f] for f in range(len(table))] == [planes.positions[p] for p in table.plane.tolist()]
    header = b"\x00\x52\x30\x92SQ\0\0" + len(value).to_bytes(4, "little")
    parsed = read_dataset(io.BytesIO(header + bytes(value)), False, True)
    items = list(parsed[PER_FRAME_TAG].value)
    assert_same(columns_from_items(items), columns)
    # Byte for byte what pydicom would have written.
    assert encoded(items, undefined=False) == bytes(value)


@given(
    items=st.lists(frame_items(), min_size=1, max_size=5),
    undefined=st.booleans(),
    implicit=st.booleans(),
    data=st.data(),
)
def test_damaged_bytes_are_understood_or_refused_by_an_error_of_ours(
    items: list[Dataset], undefined: bool, implicit: bool, data: st.DataObject
) -> None:
    value = bytearray(encoded(items, undefined, implicit))
    for _ in range(data.draw(st.integers(1, 4))):
        if value:
            value[data.draw(st.integers(0, len(value) - 1))] = data.draw(st.integers(0, 255))
    end = data.draw(st.integers(0, len(value)))
    for damaged in (bytes(value), bytes(value[:end])):
        try:
            with reading("The functional groups"):
                columns_from_bytes(damaged, implicit)
        except SegError as error:
            assert str(error)


def test_a_sequence_of_no_items_has_no_frames() -> None:
    assert columns_from_bytes(b"").frames == columns_from_items([]).frames == 0


def test_items_of_one_layout_are_one_group_whatever_their_values() -> None:
    items = []
    for number in range(50):
        item = Dataset()
        item.SegmentIdentificationSequence = [Dataset()]
        item.SegmentIdentificationSequence[0].ReferencedSegmentNumber = number + 1
        items.append(item)
    groups, count = layout_groups(encoded(items, undefined=False))
    assert count == 50
    assert len(groups) == 1
    assert groups[0].rows.tolist() == list(range(50))


def test_implicit_vr_gives_the_same_columns() -> None:
    items = []
    for number in range(3):
        item = Dataset()
        item.SegmentIdentificationSequence = [Dataset()]
        item.SegmentIdentificationSequence[0].ReferencedSegmentNumber = number + 1
        item.PlanePositionSequence = [Dataset()]
        item.PlanePositionSequence[0].ImagePositionPatient = ["0", "0", str(number)]
        items.append(item)
    holder = Dataset()
    holder.PerFrameFunctionalGroupsSequence = items
    holder.file_meta = FileMetaDataset()
    holder.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    file = io.BytesIO()
    dcmwrite(file, holder, implicit_vr=False, little_endian=True)
    again = dcmread(io.BytesIO(file.getvalue()), force=True)
    assert_same(
        columns_from_items(list(again.PerFrameFunctionalGroupsSequence)),
        columns_from_bytes(encoded(items, undefined=False)),
    )


@pytest.mark.parametrize("number", [1, 255, 256, 65535])
def test_segment_numbers_of_16_bits_are_read(number: int) -> None:
    item = Dataset()
    item.SegmentIdentificationSequence = [Dataset()]
    item.SegmentIdentificationSequence[0].ReferencedSegmentNumber = number
    assert columns_from_bytes(encoded([item], undefined=False)).segment.tolist() == [number]
