"""Files that lack what PS3.10 asks for, or state another encoding than theirs; fragments of every kind."""

import io
import struct

import numpy as np
import pytest
from pydicom import dcmread, dcmwrite
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate, generate_frames
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_dataset
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLSLossless,
    RLELossless,
)

import dicomsegcodec as hd
from dicomsegcodec.errors import ArgumentError, NotDicom, ReadError, TruncatedFile
from objects import construct
from series import make_series

SHAPE = (3, 40, 36)
LABELS = np.zeros(SHAPE, np.uint8)
LABELS[:, 4:20, 3:30] = 1
LABELS[1:, 25:] = 2
DEFLATED_FRAMES = "1.2.840.10008.1.2.8.1"


def written(kind: str = "BINARY", syntax: str = ExplicitVRLittleEndian) -> bytes:
    file = io.BytesIO()
    construct(make_series(SHAPE), LABELS[::-1], [1, 2], kind, transfer_syntax_uid=syntax).save_as(file)
    return file.getvalue()


def elements(syntax: str) -> bytes:
    """Return the data set alone, without preamble and meta information, in this encoding."""
    dataset = dcmread(io.BytesIO(written()))
    file = DicomBytesIO()
    file.is_implicit_VR = syntax == ImplicitVRLittleEndian
    file.is_little_endian = syntax != ExplicitVRBigEndian
    write_dataset(file, dataset)
    return file.getvalue()


def meta(data: bytes) -> int:
    """Return where the data set begins."""
    return 144 + struct.unpack_from("<I", data, 140)[0]


def check(data: bytes, *where: str) -> None:
    seg = hd.seg.segread(data)
    np.testing.assert_array_equal(seg.get_volume(combine_segments=True).array, LABELS)
    assert [f.where for f in seg.findings] == list(where)
    assert all(f.section.startswith("PS3.") for f in seg.findings)


# --- preamble, meta information, encoding -------------------------------------------------------------------

NATIVE = [ExplicitVRLittleEndian, ImplicitVRLittleEndian, DeflatedExplicitVRLittleEndian]


@pytest.mark.parametrize("syntax", NATIVE)
def test_a_file_without_a_preamble_is_read(syntax: str) -> None:
    check(written(syntax=syntax)[132:], "")


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian])
def test_a_data_set_without_meta_information_is_read(syntax: str) -> None:
    check(elements(syntax), "", "TransferSyntaxUID")


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian, ExplicitVRBigEndian])
def test_a_file_without_a_transfer_syntax_is_read_in_the_encoding_that_it_has(syntax: str) -> None:
    more = ["TransferSyntaxUID"] if syntax == ExplicitVRBigEndian else []
    check(bytes(128) + b"DICM" + elements(syntax), "TransferSyntaxUID", *more)
    assert UID(syntax).name in hd.seg.segread(bytes(128) + b"DICM" + elements(syntax)).findings[0].text


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("stated", "actual"),
    [(ExplicitVRLittleEndian, ImplicitVRLittleEndian), (ImplicitVRLittleEndian, ExplicitVRLittleEndian)],
)
def test_elements_in_another_vr_than_the_transfer_syntax_are_read(stated: str, actual: str) -> None:
    data = written(syntax=stated)
    check(data[: meta(data)] + elements(actual), "TransferSyntaxUID")


@pytest.mark.parametrize("size", [0, 1, 5, 11, 12, 40, 131, 132, 140])
def test_the_first_bytes_of_a_file_are_no_file(size: int) -> None:
    for data in (written(), written()[132:], elements(ImplicitVRLittleEndian)):
        with pytest.raises(ReadError):
            hd.seg.segread(data[:size])


@pytest.mark.parametrize(
    "data",
    [
        bytes(4000),
        b"\2\0\0\0" + b"words and more words, which are no elements" * 20,
        b"\x08\0\x05\0" + b"\xff" * 2000,
        b"NRRD0004\n" * 100,
        b"\x89PNG\r\n\x1a\n" * 100,
    ],
)
def test_other_files_are_no_dicom(data: bytes) -> None:
    with pytest.raises(NotDicom):
        hd.seg.segread(data)


def test_what_follows_the_pixels_is_read() -> None:
    padding = b"\xfc\xff\xfc\xffOB\0\0\x04\0\0\0abcd"
    seg = hd.seg.segread(written() + padding)
    assert seg[0xFFFCFFFC].value == b"abcd"
    np.testing.assert_array_equal(seg.get_volume(combine_segments=True).array, LABELS)


def test_the_preamble_may_hold_anything() -> None:
    check(b"II*\0" + bytes(124) + written()[128:])


# --- fragments ----------------------------------------------------------------------------------------------


def fragmented(syntax: str, count: int, table: str) -> bytes:
    """Return a label map of which each frame is so many fragments, with an offset table of this kind."""
    dataset = dcmread(io.BytesIO(written("LABELMAP", syntax)))
    frames = list(generate_frames(dataset.PixelData, number_of_frames=3))
    value = encapsulate(frames, fragments_per_frame=count, has_bot=table == "basic")
    whole = encapsulate(frames, fragments_per_frame=count, has_bot=True)
    basic = struct.unpack_from("<3I", whole, 8)
    if table == "extended":
        dataset.ExtendedOffsetTable = struct.pack("<3Q", *basic)
        dataset.ExtendedOffsetTableLengths = struct.pack("<3Q", *(len(frame) for frame in frames))
    if table == "wrong":
        value = whole[:8] + struct.pack("<3I", basic[0], basic[1] + 2, basic[2]) + whole[20:]
    if table == "relative to the table":
        value = whole[:8] + struct.pack("<3I", *(n + 20 for n in basic)) + whole[20:]
    dataset.PixelData = value
    dataset["PixelData"].is_undefined_length = True
    file = io.BytesIO()
    options = {"implicit_vr": False, "little_endian": True, "force_encoding": True}
    dcmwrite(file, dataset, **(options if syntax == DEFLATED_FRAMES else {}))
    return file.getvalue()


SYNTAXES = [RLELossless, JPEGLSLossless, JPEG2000Lossless, DEFLATED_FRAMES]


@pytest.mark.parametrize("table", ["basic", "extended", "empty", "wrong", "relative to the table"])
@pytest.mark.parametrize("count", [1, 2, 5])
@pytest.mark.parametrize("syntax", SYNTAXES)
def test_frames_of_several_fragments_are_read(syntax: str, count: int, table: str) -> None:
    data = fragmented(syntax, count, table)
    # Which fragment a frame begins with is known from a table, or from the first bytes of the stream.
    told = table in ("basic", "extended") or count == 1 or syntax in (JPEGLSLossless, JPEG2000Lossless)
    if told:
        check(data)
        return
    with pytest.raises(ReadError):
        hd.seg.segread(data).get_volume()


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_a_file_that_ends_with_its_last_fragment_is_read(syntax: str) -> None:
    data = written("LABELMAP", syntax)
    end = data.rindex(b"\xfe\xff\xdd\xe0\0\0\0\0")
    check(data[:end])
    with pytest.raises(TruncatedFile):
        hd.seg.segread(data[: end - 1]).get_volume()


@pytest.mark.parametrize("syntax", SYNTAXES)
@pytest.mark.parametrize("number", [None, 2, 7])
def test_a_wrong_number_of_compressed_frames_is_mended(syntax: str, number: int | None) -> None:
    dataset: Dataset = dcmread(io.BytesIO(written("LABELMAP", syntax)))
    dataset.NumberOfFrames = number
    if number is None:
        del dataset.NumberOfFrames
    file = io.BytesIO()
    options = {"implicit_vr": False, "little_endian": True, "force_encoding": True}
    dcmwrite(file, dataset, **(options if syntax == DEFLATED_FRAMES else {}))
    check(file.getvalue(), "NumberOfFrames")
    seg = hd.seg.Segmentation.from_dataset(dataset)
    np.testing.assert_array_equal(seg.get_volume(combine_segments=True).array, LABELS)


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_native_frames_under_a_compressed_transfer_syntax_are_read(syntax: str) -> None:
    data = written("LABELMAP")
    old, new = ExplicitVRLittleEndian.encode(), syntax.encode()
    header = b"\x02\0\x10\0UI"
    stated = header + len(old + b"\0").to_bytes(2, "little") + old + b"\0"
    assert stated in data
    padded = new + b"\0" * (len(new) % 2)
    changed = data.replace(stated, header + len(padded).to_bytes(2, "little") + padded)
    check(changed, "TransferSyntaxUID")
    with pytest.raises(ReadError):
        hd.seg.segread(changed[:-100]).get_volume()
    seg = hd.seg.segread(changed)
    with pytest.raises(ArgumentError, match="not stored so"):
        seg.save_as(io.BytesIO())
    seg.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    file = io.BytesIO()
    seg.save_as(file)
    check(file.getvalue())
