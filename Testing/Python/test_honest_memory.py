"""What a header promises is held against what is there before room is made for it; nothing takes for ever."""

import contextlib
import io
import struct
import time
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import pytest
from pydicom import dcmread, dcmwrite
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLSLossless,
    RLELossless,
)

import dicomsegcodec as hd
from dicomsegcodec.assemble import zeros
from dicomsegcodec.codecs import deflate, jpeg2000, jpegls, rle
from dicomsegcodec.errors import IrregularPlanes, ReadError, SegError
from dicomsegcodec.inflating import InflatingStream
from dicomsegcodec.read import open_segmentation
from dicomsegcodec.samples import SampleFormat
from objects import construct
from series import make_series

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")

MEGABYTES = 1 << 20
DEFLATED_FRAMES = "1.2.840.10008.1.2.8.1"
GIANT = 65535


@contextmanager
def at_most(megabytes: int, seconds: float = 60) -> Iterator[None]:
    """Fail where the block takes more memory at a time, or longer by far than it should."""
    tracemalloc.start()
    started = time.perf_counter()
    try:
        yield
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < megabytes * MEGABYTES, f"{peak / MEGABYTES:.0f} MB were taken"
    assert time.perf_counter() - started < seconds


def small(kind: str = "BINARY", shape: tuple[int, int, int] = (3, 40, 44), **other) -> Dataset:
    labels = np.zeros(shape, np.uint8)
    labels[:, :20, :20] = 1
    file = io.BytesIO()
    construct(make_series(shape), labels, [1], kind, **other).save_as(file)
    return dcmread(io.BytesIO(file.getvalue()))


def encoded(dataset: Dataset) -> bytes:
    file = io.BytesIO()
    encoding = {} if dataset.file_meta.TransferSyntaxUID.is_transfer_syntax else {"implicit_vr": False}
    if dataset.file_meta.TransferSyntaxUID == DEFLATED_FRAMES:
        encoding = {"implicit_vr": False, "little_endian": True, "force_encoding": True}
    dcmwrite(file, dataset, **encoding)
    return file.getvalue()


def read_all(data: bytes) -> None:
    stored = open_segmentation(data)
    for _frame in stored.frames.frames(range(stored.number_of_frames)):
        pass
    hd.seg.segread(data).get_volume(skip_overlap_checks=True)


# --- promises over a kilobyte of pixels ---------------------------------------------------------------------


def without_groups(dataset: Dataset) -> None:
    del dataset.PerFrameFunctionalGroupsSequence


def many_frames(dataset: Dataset) -> None:
    dataset.NumberOfFrames = 10**9


def many_frames_without_groups(dataset: Dataset) -> None:
    without_groups(dataset)
    many_frames(dataset)


def many_tiles(dataset: Dataset) -> None:
    without_groups(dataset)
    dataset.DimensionOrganizationType = "TILED_FULL"
    dataset.Rows = dataset.Columns = 1
    dataset.TotalPixelMatrixRows = dataset.TotalPixelMatrixColumns = 40_000
    dataset.NumberOfFrames = 40_000**2


def many_pixels(dataset: Dataset) -> None:
    dataset.Rows = dataset.Columns = GIANT


@pytest.mark.parametrize("promise", [many_frames_without_groups, many_tiles, many_pixels])
@pytest.mark.parametrize("kind", ["BINARY", "LABELMAP"])
@pytest.mark.parametrize(
    "syntax", [ExplicitVRLittleEndian, RLELossless, JPEGLSLossless, JPEG2000Lossless, DEFLATED_FRAMES]
)
def test_a_promise_that_the_pixels_do_not_keep_is_refused(promise, kind: str, syntax: str) -> None:
    if kind == "BINARY" and syntax in (RLELossless, JPEGLSLossless):
        pytest.skip("is not written with masks")
    dataset = small(kind, transfer_syntax_uid=syntax)
    promise(dataset)
    data = encoded(dataset)
    assert len(data) < 20_000
    with at_most(30), pytest.raises(ReadError):
        read_all(data)


def test_a_wrong_number_of_frames_costs_nothing() -> None:
    dataset = small()
    many_frames(dataset)
    with at_most(30):
        assert hd.seg.segread(encoded(dataset)).findings[0].where == "NumberOfFrames"


def length_of(codec, shape: tuple[int, int], bits: int) -> Callable[[], np.ndarray]:
    """Return what decodes a small frame as one of another shape, if its headers say so too."""
    samples = SampleFormat(bits)
    stream = bytearray(codec.encode(np.zeros((64, 64), samples.dtype), samples))
    if codec is jpeg2000:
        at = stream.index(b"\xff\x51") + 6
        stream[at : at + 8] = struct.pack(">II", shape[1], shape[0])
        tile = at + 16
        stream[tile : tile + 8] = struct.pack(">II", shape[1], shape[0])
    if codec is jpegls:
        at = stream.index(b"\xff\xf7") + 5
        stream[at : at + 4] = struct.pack(">HH", *shape)
    return lambda: codec.decode(bytes(stream), shape, samples)


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("codec", [rle, deflate, jpegls, jpeg2000], ids=lambda codec: codec.__name__)
def test_a_frame_of_a_few_bytes_gets_no_gigabytes(codec, bits: int) -> None:
    decode = length_of(codec, (GIANT, GIANT), bits)
    with at_most(60), pytest.raises(ReadError):
        decode()


def test_frames_of_a_size_that_happens_are_not_doubted() -> None:
    frame = np.zeros((4096, 4096), np.uint8)
    for codec in (jpeg2000, jpegls, deflate):
        stream = codec.encode(frame, SampleFormat(8))
        np.testing.assert_array_equal(codec.decode(stream, frame.shape, SampleFormat(8)), frame)


# --- deflate bombs ------------------------------------------------------------------------------------------


def deflated(body: bytes) -> bytes:
    """Return a file whose data set is the deflated `body`."""
    dataset = small()
    dataset.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    file = io.BytesIO()
    dcmwrite(file, dataset, enforce_file_format=True)
    whole = file.getvalue()
    start = 132 + 12 + struct.unpack_from("<I", whole, 140)[0]
    deflater = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    return whole[:start] + deflater.compress(body) + deflater.flush()


def elements(dataset: Dataset, pixels: bytes) -> bytes:
    """Return a data set's elements in Explicit VR Little Endian, with this Pixel Data element."""
    dataset = Dataset({tag: dataset[tag] for tag in dataset.keys() if tag != 0x7FE00010})  # noqa: SIM118
    file = io.BytesIO()
    dcmwrite(file, dataset, implicit_vr=False, little_endian=True)
    return file.getvalue() + pixels


def pixel_element(length: int, content: bytes) -> bytes:
    return b"\xe0\x7f\x10\0OB\0\0" + struct.pack("<I", length) + content


def test_pixels_that_nobody_promised_are_not_inflated() -> None:
    body = elements(small(), pixel_element(300 * MEGABYTES, bytes(300 * MEGABYTES)))
    data = deflated(body)
    del body
    assert len(data) < MEGABYTES
    with at_most(250), pytest.raises(ReadError, match="gives no reason"):
        open_segmentation(data)


def test_what_follows_the_pixels_is_not_inflated_without_an_end() -> None:
    pixels = small().PixelData
    body = elements(small(), pixel_element(len(pixels), pixels) + bytes(300 * MEGABYTES))
    with at_most(250), pytest.raises(ReadError):
        open_segmentation(deflated(body))


def test_a_large_object_that_deflates_well_is_read() -> None:
    dataset = small(shape=(3, 400, 440))
    dataset.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    file = io.BytesIO()
    dcmwrite(file, dataset, enforce_file_format=True)
    expected = hd.seg.Segmentation.from_dataset(small(shape=(3, 400, 440))).get_volume().array
    np.testing.assert_array_equal(hd.seg.segread(file.getvalue()).get_volume().array, expected)


def test_a_stream_is_inflated_as_far_as_it_is_read() -> None:
    content = np.random.default_rng(0).bytes(300_000) + bytes(50_000_000)
    deflater = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    data = deflater.compress(content) + deflater.flush()
    with at_most(5):
        stream = InflatingStream(data, limit=1_000_000)
        assert stream.read(10) == content[:10]
        assert stream.seek(299_990) == 299_990
        assert stream.read(20) == content[299_990:300_010]
        assert stream.seek(-5, 1) == 300_005 == stream.tell()
        with pytest.raises(ReadError, match="1,000,000 bytes"):
            stream.read(800_000)
        with pytest.raises(ReadError, match="1,000,000 bytes"):
            stream.read()
        with pytest.raises(ReadError, match="1,000,000 bytes"):
            stream.everything()
    assert InflatingStream(data, limit=60_000_000).everything() == content


# --- grids and lists without an end -------------------------------------------------------------------------


def test_planes_that_are_kilometres_apart_are_no_volume() -> None:
    dataset = small()
    item = dataset.PerFrameFunctionalGroupsSequence[2]
    x, y, _z = item.PlanePositionSequence[0].ImagePositionPatient
    item.PlanePositionSequence[0].ImagePositionPatient = [x, y, "-9999998.75"]
    data = encoded(dataset)
    with at_most(30):
        seg = hd.seg.segread(data)
        with pytest.raises(IrregularPlanes):
            seg.get_volume()
        with pytest.raises(IrregularPlanes):
            open_segmentation(data).read_layers()


def test_a_grid_that_no_memory_holds_is_refused_or_costs_nothing() -> None:
    dataset = small()
    for item, z in zip(dataset.PerFrameFunctionalGroupsSequence, ("0", "1", "65000"), strict=True):
        x, y, _z = item.PlanePositionSequence[0].ImagePositionPatient
        item.PlanePositionSequence[0].ImagePositionPatient = [x, y, z]
    dataset.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0].SpacingBetweenSlices = 1
    dataset.Rows, dataset.Columns = 8192, 8192
    dataset.PixelData = bytes(3 * 8192 * 1024)
    dataset.NumberOfFrames = 3
    data = encoded(dataset)
    stored, seg = open_segmentation(data), hd.seg.segread(data)
    assert stored.geometry().shape[0] * 8192**2 > 4e12
    for read in (
        stored.read_layers,
        seg.get_volume,
        lambda: seg.get_volume(combine_segments=True),
        lambda: seg.get_volume(segment_numbers=[1], dtype=np.float64),
    ):
        # Where memory is promised freely, zeros that nobody touches cost nothing.
        with contextlib.suppress(ReadError):
            read()


def test_an_array_that_no_memory_holds_is_refused_in_words() -> None:
    assert zeros((2, 3), np.dtype(np.uint8)).tolist() == [[0] * 3] * 2
    for shape in ((1 << 40, 1 << 10), (1 << 40, 1 << 30)):
        with pytest.raises(ReadError, match="GB"):
            zeros(shape, np.dtype(np.float64))


def nested(depth: int, *, undefined: bool) -> bytes:
    """Return an element with so many sequences in one another."""
    content = b"\x10\0\x10\0LO\x04\0deep"
    for _ in range(depth):
        item = b"\xfe\xff\0\xe0" + (b"\xff\xff\xff\xff" if undefined else struct.pack("<I", len(content)))
        item += content + (b"\xfe\xff\x0d\xe0\0\0\0\0" if undefined else b"")
        content = b"\x40\0\xa7\x30SQ\0\0"
        content += b"\xff\xff\xff\xff" if undefined else struct.pack("<I", len(item))
        content += item + (b"\xfe\xff\xdd\xe0\0\0\0\0" if undefined else b"")
    return content


@pytest.mark.parametrize("undefined", [True, False])
@pytest.mark.parametrize("depth", [50, 2000, 20_000])
def test_sequences_in_sequences_do_not_end_the_process(undefined: bool, depth: int) -> None:
    content = nested(depth, undefined=undefined)
    dataset = small()
    data = encoded(dataset)
    at = data.index(b"\x62\0\x01\0CS")
    with_header = data[:at] + content + data[at:]
    with at_most(300):
        try:
            seg = hd.seg.segread(with_header)
            seg.get_volume()
            assert seg.number_of_segments == 1
        except SegError as error:
            assert depth > 50, error
    # And in a functional group.
    start = data.index(b"\x00\x52\x30\x92SQ\0\0") + 12
    length = struct.unpack_from("<I", data, start - 4)[0]
    item_length = struct.unpack_from("<I", data, start + 4)[0]
    grown = data[: start - 4] + struct.pack("<I", length + len(content)) + data[start : start + 4]
    grown += struct.pack("<I", item_length + len(content)) + data[start + 8 : start + 8 + item_length]
    grown += content + data[start + 8 + item_length :]
    with at_most(300):
        try:
            hd.seg.segread(grown).get_volume()
        except SegError as error:
            assert depth > 50, error


def test_functional_groups_of_as_many_layouts_as_frames_are_read_in_time() -> None:
    dataset = small(shape=(1, 8, 8))
    items = []
    for number in range(4000):
        item = Dataset()
        item.add_new(0x00091000 + number % 250, "LO", "private ")
        item.add_new(0x00111000 + number // 250, "LO", "private ")
        items.append(item)
    dataset.PerFrameFunctionalGroupsSequence = items
    dataset.NumberOfFrames = 4000
    dataset.PixelData = bytes(8 * 4000)
    data = encoded(dataset)
    with at_most(200):
        assert open_segmentation(data).number_of_frames == 4000


@pytest.mark.parametrize("syntax", [RLELossless, JPEGLSLossless, JPEG2000Lossless])
def test_fragments_without_an_end_are_refused(syntax: str) -> None:
    dataset = small("LABELMAP")
    dataset.file_meta.TransferSyntaxUID = syntax
    dataset.PixelData = encapsulate([bytes(2)] * 3)
    data = encoded(dataset)
    with at_most(50), pytest.raises(ReadError):
        read_all(data.replace(b"\xfe\xff\xdd\xe0\0\0\0\0", b"") + b"\xfe\xff\0\xe0\0\0\0\0" * 100_000)
