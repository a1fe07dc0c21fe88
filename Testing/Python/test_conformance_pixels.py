"""Checking: Pixel Data as bytes and fragments, and pixels against the header, each spoilt by itself."""

import io
import struct
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread, dcmwrite
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.uid import (
    ExplicitVRBigEndian,
    JPEGBaseline8Bit,
    JPEGLSLossless,
)

import dicomsegcodec as hd
from conformance_objects import (
    SHAPE,
    Defect,
    assert_found,
    label_map,
    segment,
    spoilt,
    with_value,
    without,
    written,
)
from dicomsegcodec.errors import Cancelled
from objects import construct
from series import make_series

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")  # pydicom's, about what it is to write

FRAME_BYTES = SHAPE[1] * SHAPE[2]


def pixels_to(change: Callable[[bytes], bytes]):
    def to(dataset: Dataset) -> None:
        dataset.PixelData = change(dataset.PixelData)

    return to


def bytes_set(value: int, *places: int):
    """Return what sets bytes of Pixel Data."""

    def change(data: bytes) -> bytes:
        changed = bytearray(data)
        for place in places:
            changed[place] = value
        return bytes(changed)

    return pixels_to(change)


def whole_bytes(data: bytes) -> bytes:
    """Return packed frames, each filled up to a whole byte."""
    bits = np.unpackbits(np.frombuffer(data, np.uint8), bitorder="little")[: 6 * FRAME_BYTES]
    packed = np.packbits(bits.reshape(6, FRAME_BYTES), axis=1, bitorder="little").tobytes()
    return packed + bytes(len(packed) % 2)


def in_fragments_of(uid: str):
    """Return what says that the frames are compressed."""

    def change(dataset: Dataset) -> None:
        dataset.file_meta.TransferSyntaxUID = uid
        dataset.PixelData = encapsulate([bytes(20)] * dataset.NumberOfFrames)
        dataset["PixelData"].is_undefined_length = True

    return change


def empty(dataset: Dataset) -> None:
    dataset.PixelData = bytes(len(dataset.PixelData))


def fragments_of(value: bytes) -> tuple[bytes, list[bytes]]:
    """Return the Basic Offset Table and the fragments of encapsulated Pixel Data."""
    items, place = [], 0
    while place + 8 <= len(value):
        group, number, length = struct.unpack_from("<HHI", value, place)
        if (group, number) != (0xFFFE, 0xE000):
            break
        items.append(value[place + 8 : place + 8 + length])
        place += 8 + length
    return items[0], items[1:]


def encapsulated(change: Callable[[bytes, list[bytes]], tuple[bytes, list[bytes]]]):
    """Return what puts Pixel Data together anew from another offset table and other fragments."""

    def to(dataset: Dataset) -> None:
        table, fragments = change(*fragments_of(dataset.PixelData))
        items = b"".join(struct.pack("<HHI", 0xFFFE, 0xE000, len(f)) + f for f in (table, *fragments))
        dataset.PixelData = items
        dataset["PixelData"].is_undefined_length = True

    return to


def table_of(*offsets: int) -> bytes:
    return np.array(offsets, "<u4").tobytes()


def shifted(table: bytes, by: int) -> bytes:
    offsets = np.frombuffer(table, "<u4").copy()
    offsets[1:] += np.uint32(by)
    return offsets.tobytes()


def split_last(table: bytes, fragments: list[bytes]) -> tuple[bytes, list[bytes]]:
    last = fragments[-1]
    return table, [*fragments[:-1], last[:8], last[8:]]


def extended_tables(offsets: Callable | None = None, lengths: Callable | None = None):
    def to(dataset: Dataset) -> None:
        if offsets is not None:
            dataset.ExtendedOffsetTable = offsets(np.frombuffer(dataset.ExtendedOffsetTable, "<u8")).tobytes()
        if lengths is not None:
            table = np.frombuffer(dataset.ExtendedOffsetTableLengths, "<u8")
            dataset.ExtendedOffsetTableLengths = lengths(table).tobytes()

    return to


def garbled(table: bytes, fragments: list[bytes]) -> tuple[bytes, list[bytes]]:
    fragments[1] = bytes(len(fragments[1]))
    return table, fragments


SEEN_IN_THE_HEADER = ("a label map of a draft",)
DEFECTS = [
    # Bytes, PS3.5 8 and A
    Defect(
        "a lossy syntax",
        "binary",
        in_fragments_of(JPEGBaseline8Bit),
        "ERROR [TransferSyntaxUID, PS3.5 8.2] 1.2.840.10008.1.2.4.50",
    ),
    Defect(
        "JPEG-LS of bits",
        "binary",
        in_fragments_of(JPEGLSLossless),
        "ERROR [TransferSyntaxUID, PS3.5 8.2] 1-bit",
    ),
    Defect("no Pixel Data", "binary", without("PixelData"), "ERROR [PixelData, PS3.5 7.1] no Pixel Data"),
    Defect("too few bytes", "binary", pixels_to(lambda d: d[:-40]), "ERROR [PixelData, PS3.3 C.7.6.3] holds"),
    Defect(
        "a frame too many",
        "labelmap",
        pixels_to(lambda d: d + bytes(FRAME_BYTES + 1)),
        "ERROR [PixelData, PS3.3 C.7.6.3] 1 more frame",
    ),
    Defect(
        "some bytes too many",
        "binary",
        pixels_to(lambda d: d + bytes(4)),
        "ERROR [PixelData, PS3.3 C.7.6.3] more than 6 frames",
    ),
    Defect(
        "frames of whole bytes", "binary", pixels_to(whole_bytes), "ERROR [PixelData, PS3.5 8.1.1] filled up"
    ),
    Defect(
        "a label map of a draft",
        "labelmap",
        with_value("SegmentationType", "LABELED"),
        "ERROR [SegmentationType, PS3.3 C.8.20.2.3] LABELED",
    ),
    Defect("a filling of 30H", "binary", bytes_set(0x30, -1), "WARNING [PixelData, PS3.5 6.2] 30H"),
    Defect("bits of no pixel", "binary", bytes_set(0xFF, -2), "WARNING [PixelData, PS3.5 8.1.1] bits"),
    Defect(
        "no bits allocated", "binary", without("BitsAllocated"), "ERROR [PixelData, PS3.3 C.7.6.3] unknown"
    ),
    # Fragments, PS3.5 A.4
    Defect(
        "an offset table of other places",
        "compressed",
        encapsulated(lambda t, f: (shifted(t, 2), f)),
        "ERROR [PixelData, PS3.5 A.4] no fragment",
    ),
    Defect(
        "an offset table too long",
        "compressed",
        encapsulated(lambda t, f: (t + t[:4], f)),
        "ERROR [PixelData, PS3.5 A.4] 5 entries",
    ),
    Defect(
        "an offset table to and fro",
        "compressed",
        encapsulated(lambda t, f: (t[:4] + t[8:12] + t[4:8] + t[12:], f)),
        "ERROR [PixelData, PS3.5 A.4] ascend",
    ),
    Defect(
        "an odd fragment",
        "compressed",
        encapsulated(lambda t, f: (b"", [*f[:-1], f[-1] + b"\0"])),
        "ERROR [PixelData, PS3.5 A.4] odd length",
    ),
    Defect(
        "an empty fragment",
        "compressed",
        encapsulated(lambda t, f: (b"", [f[0], b"", *f[2:]])),
        "ERROR [PixelData, PS3.5 A.4] no bytes",
    ),
    Defect(
        "a frame of two fragments",
        "compressed",
        encapsulated(split_last),
        "ERROR [PixelData, PS3.5 A.4.2] 5 fragments",
    ),
    Defect(
        "a fragment too few",
        "compressed",
        encapsulated(lambda t, f: (b"", f[:-1])),
        "ERROR [PixelData, PS3.3 C.7.6.3] 3 fragments",
    ),
    Defect(
        "an extended table of other places",
        "extended",
        extended_tables(lambda t: t + np.uint64(2)),
        "ERROR [ExtendedOffsetTable, PS3.3 C.7.6.3.1.8] no fragment",
    ),
    Defect(
        "an extended table too short",
        "extended",
        extended_tables(lambda t: t[:-1]),
        "ERROR [ExtendedOffsetTable, PS3.3 C.7.6.3.1.8] 3 entries",
    ),
    Defect(
        "other lengths",
        "extended",
        extended_tables(None, lambda t: t + np.uint64(8)),
        "ERROR [ExtendedOffsetTableLengths, PS3.3 C.7.6.3.1.8]",
    ),
    Defect(
        "no lengths",
        "extended",
        without("ExtendedOffsetTableLengths"),
        "ERROR [ExtendedOffsetTableLengths, PS3.3 C.7.6.3] missing",
    ),
    Defect(
        "two offset tables",
        "extended",
        encapsulated(lambda t, f: (table_of(0, *np.cumsum([8 + len(x) for x in f[:-1]])), f)),
        "ERROR [ExtendedOffsetTable, PS3.3 C.7.6.3.1.8] not empty",
    ),
    # Pixels, PS3.3 C.8.20.2.3
    Defect(
        "overlap against the word",
        "overlapping",
        with_value("SegmentsOverlap", "NO"),
        "ERROR [SegmentsOverlap, PS3.3 C.8.20.2.3] segment 2",
    ),
    Defect(
        "a word without overlap",
        "binary",
        with_value("SegmentsOverlap", "YES"),
        "WARNING [SegmentsOverlap, PS3.3 C.8.20.2.3] no pixel",
    ),
    Defect(
        "fractions above their maximum",
        "fractional",
        bytes_set(201, 5, FRAME_BYTES + 5),
        "ERROR [MaximumFractionalValue, PS3.3 C.8.20.2] 2 frames have samples up to 201",
    ),
    Defect(
        "an undescribed label",
        "labelmap",
        lambda d: d.SegmentSequence.remove(segment(d, 2)),
        "ERROR [SegmentSequence, PS3.3 C.8.20.2.3.3] label 2",
    ),
    Defect(
        "labels of nobody",
        "labelmap",
        bytes_set(77, 3, 4),
        "ERROR [SegmentSequence, PS3.3 C.8.20.2.3.3] label 77",
    ),
    Defect(
        "an undescribed background",
        "labelmap",
        lambda d: d.SegmentSequence.pop(0),
        "WARNING [SegmentSequence, PS3.3 C.8.20.2.3.3] names as background",
    ),
    Defect("no pixel at all", "binary", empty, "NOTE [PixelData, PS3.3 C.8.20.2.3] No frame"),
    Defect("only background", "labelmap", empty, "NOTE [PixelData, PS3.3 C.8.20.2.3] No frame"),
    Defect(
        "a frame that cannot be decoded",
        "compressed",
        encapsulated(garbled),
        "ERROR [PixelData, PS3.5 8.2] Frame 2",
    ),
]


@pytest.mark.parametrize("defect", DEFECTS, ids=str)
def test_spoilt_pixels_are_found(defect: Defect) -> None:
    findings = hd.seg.check(spoilt(defect.kind, defect.change))
    assert_found(findings, defect.expected)


@pytest.mark.parametrize(
    "defect",
    [d for d in DEFECTS if "PS3.3 C.8.20.2" in d.expected and d.name not in SEEN_IN_THE_HEADER],
    ids=str,
)
def test_pixels_are_looked_at_only_where_that_is_wanted(defect: Defect) -> None:
    with pytest.raises(AssertionError, match="Not found"):
        assert_found(hd.seg.check(spoilt(defect.kind, defect.change), pixels=False), defect.expected)


def test_a_file_without_the_delimiter_of_its_fragments_is_found() -> None:
    data = written("compressed")
    at = data.rindex(bytes.fromhex("FEFFDDE000000000"))
    assert_found(hd.seg.check(data[:at]), "ERROR [PixelData, PS3.5 A.4] delimiter")


def test_pixel_data_of_an_odd_length_is_found() -> None:
    data = written("binary")
    length = len(dcmread(io.BytesIO(data)).PixelData)
    head = b"\xe0\x7f\x10\0OB\0\0"
    at = data.index(head + struct.pack("<I", length))
    odd = data[:at] + head + struct.pack("<I", length - 1) + data[at + 12 : -1]
    assert hd.seg.check(data) == ()
    assert_found(hd.seg.check(odd), "ERROR [PixelData, PS3.5 7.1.1] odd length")


def test_bytes_as_the_vr_of_words_are_found() -> None:
    seg = construct(make_series(SHAPE), label_map() * np.uint16(300), [300, 600], "LABELMAP")
    file = io.BytesIO()
    seg.save_as(file)
    data = file.getvalue()
    assert hd.seg.check(data) == ()
    wrong = data.replace(b"\xe0\x7f\x10\0OW", b"\xe0\x7f\x10\0OB")
    assert_found(hd.seg.check(wrong), "ERROR [PixelData, PS3.5 A.2] OW")


def test_fragments_that_are_none_are_found() -> None:
    data = written("labelmap").replace(b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2.5\0")
    assert_found(hd.seg.check(data), "ERROR [PixelData, PS3.3 C.7.6.3] Pixel Data is not in fragments")


def test_fragments_of_a_native_syntax_are_found() -> None:
    data = written("compressed").replace(b"1.2.840.10008.1.2.5\0", b"1.2.840.10008.1.2.1\0")
    assert_found(hd.seg.check(data), "ERROR [PixelData, PS3.3 C.7.6.3] Pixel Data is in fragments")


def test_a_retired_syntax_is_found() -> None:
    dataset = dcmread(io.BytesIO(written("binary")))
    dataset.file_meta.TransferSyntaxUID = ExplicitVRBigEndian
    file = io.BytesIO()
    dcmwrite(file, dataset, implicit_vr=False, little_endian=False)
    assert [f.section for f in hd.seg.check(file.getvalue())] == ["PS3.5 A.3"]


def test_bits_in_rle_are_found(corpus: Path) -> None:
    findings = hd.seg.check(corpus / "pydicom-data" / "liver_rle.dcm")
    assert_found(findings, "WARNING [TransferSyntaxUID, PS3.5 8.2.2]")


@pytest.mark.parametrize("shape", [(3, 5, 7), (3, 8, 8), (3, 4, 6), (2, 16, 24)])
@pytest.mark.parametrize("kind", ["BINARY", "FRACTIONAL"])
@pytest.mark.parametrize("place", [(0, 0, 0), (1, -1, -1)])
def test_overlap_of_a_single_pixel_is_found_wherever_its_bits_lie(
    shape: tuple[int, int, int], kind: str, place: tuple[int, int, int]
) -> None:
    array = np.zeros((*shape, 3), np.uint8)
    array[:, 1:3, 1:3, 0] = array[:, 3:, 3:, 2] = 1
    array[place] = 0
    array[(*place, 1)] = 1
    apart = construct(make_series(shape), array, [1, 2, 3], kind)
    assert hd.seg.check(apart) == ()
    array[(*place, 2)] = 1
    together = construct(make_series(shape), array, [1, 2, 3], kind)
    together.SegmentsOverlap = "NO"
    assert_found(hd.seg.check(together), "ERROR [SegmentsOverlap, PS3.3 C.8.20.2.3]")


def test_frames_of_one_segment_at_one_place_do_not_overlap_each_other() -> None:
    def change(dataset: Dataset) -> None:
        for item in dataset.PerFrameFunctionalGroupsSequence:
            item.SegmentIdentificationSequence[0].ReferencedSegmentNumber = 1
        dataset.SegmentsOverlap = "NO"

    findings = hd.seg.check(spoilt("overlapping", change))
    assert not [f for f in findings if f.where == "SegmentsOverlap"]


def test_progress_is_told_and_can_cancel() -> None:
    told: list[float] = []
    assert hd.seg.check(written("labelmap"), progress=lambda part, _stage: told.append(part)) == ()
    assert told[0] == 0 and told[-1] == 1 and told == sorted(told)
    with pytest.raises(Cancelled):
        hd.seg.check(written("labelmap"), progress=lambda _part, _stage: True)


def test_memory_does_not_grow_with_the_number_of_frames(tmp_path: Path) -> None:
    array = np.zeros((100, 512, 512, 4), bool)
    array[:, 10:60, 10:60] = [True, False, False, False]
    array[:, 100:160, 10:60] = [False, True, True, True]
    construct(make_series(array.shape[:3]), array, [1, 2, 3, 4]).save_as(tmp_path / "many.dcm")
    assert (tmp_path / "many.dcm").stat().st_size > 12_000_000
    hd.seg.check(written("binary"))
    tracemalloc.start()
    assert hd.seg.check(tmp_path / "many.dcm") == ()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4_000_000
