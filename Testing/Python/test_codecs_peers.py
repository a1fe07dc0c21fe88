"""Other programs as judges: they restore our frames, and we restore theirs."""

import io
import zlib
from pathlib import Path

import numpy as np
import pydicom
import pydicom.uid
import pytest
from pydicom.encaps import generate_frames
from pydicom.pixels import get_decoder, get_encoder

from codec_frames import FORMATS, codec_of, labels, noise
from dicomsegcodec.byte_source import MemoryBytes
from dicomsegcodec.codecs import deflate, transfer_syntax
from dicomsegcodec.codecs.encapsulation import frame_spans
from dicomsegcodec.codecs.fragment_writer import EncapsulatedPixels
from dicomsegcodec.samples import SampleFormat

SHAPES = ((33, 47), (64, 64), (100, 259))
SYNTAXES = [
    ("RLELossless", 8),
    ("RLELossless", 16),
    ("JPEGLSLossless", 8),
    ("JPEGLSLossless", 16),
    ("JPEG2000Lossless", 1),
    ("JPEG2000Lossless", 8),
    ("JPEG2000Lossless", 16),
]


def series(shape: tuple[int, int], samples: SampleFormat) -> np.ndarray:
    """Return a few different frames."""
    return np.stack(
        [
            labels(shape, samples, 1),
            noise(shape, samples, 2),
            np.zeros(shape, samples.dtype),
            labels(shape, samples, 3),
        ]
    )


def options(shape: tuple[int, int], samples: SampleFormat) -> dict[str, object]:
    """Return what pydicom has to know of pixel data."""
    return {
        "rows": shape[0],
        "columns": shape[1],
        "number_of_frames": 4,
        "samples_per_pixel": 1,
        "bits_allocated": samples.bits,
        "bits_stored": samples.bits,
        "pixel_representation": 0,
        "photometric_interpretation": "MONOCHROME2",
        "pixel_keyword": "PixelData",
    }


@pytest.mark.parametrize(("name", "bits"), SYNTAXES)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_pydicom_restores_our_frames(name: str, bits: int, shape: tuple[int, int]) -> None:
    uid, samples = getattr(pydicom.uid, name), FORMATS[bits]
    codec = codec_of(transfer_syntax(uid))
    frames = series(shape, samples)
    with EncapsulatedPixels(codec.encode_many(frames, samples)) as pixels:
        value = b"".join(pixels.pieces())
    decoder = get_decoder(uid)
    if not decoder.is_available:
        pytest.skip(f"pydicom restores {name} with packages that nothing here asks for")
    restored, _ = decoder.as_array(value, **options(shape, samples))
    assert np.array_equal(restored, frames)


@pytest.mark.parametrize(("name", "bits"), [row for row in SYNTAXES if row[1] > 1])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_we_restore_the_frames_of_pydicom(name: str, bits: int, shape: tuple[int, int]) -> None:
    uid, samples = getattr(pydicom.uid, name), FORMATS[bits]
    codec = codec_of(transfer_syntax(uid))
    encoder = get_encoder(uid)
    if not encoder.is_available:
        pytest.skip(f"pydicom compresses {name} with packages that nothing here asks for")
    for frame in series(shape, samples):
        data = encoder.encode(frame, **{**options(shape, samples), "number_of_frames": 1})
        assert np.array_equal(codec.decode(data, shape, samples), frame)


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("bare", [True, False], ids=["codestream", "JP2"])
@pytest.mark.parametrize("shape", [*SHAPES, (1, 9), (7, 3)], ids=str)
def test_we_restore_the_jpeg_2000_frames_of_pillow(bits: int, bare: bool, shape: tuple[int, int]) -> None:
    images = pytest.importorskip("PIL.Image")
    codec, samples = codec_of(transfer_syntax(pydicom.uid.JPEG2000Lossless)), FORMATS[bits]
    for frame in series(shape, samples):
        file = io.BytesIO()
        resolutions = 1 if min(shape) < 32 else 6
        images.fromarray(frame).save(
            file, "JPEG2000", irreversible=False, no_jp2=bare, num_resolutions=resolutions
        )
        assert np.array_equal(codec.decode(file.getvalue(), shape, samples), frame)


@pytest.mark.parametrize("bits", [1, 8, 16])
@pytest.mark.parametrize("shape", [*SHAPES, (1, 1), (1, 9), (7, 3)], ids=str)
def test_zlib_restores_our_deflated_frames_and_we_restore_its(bits: int, shape: tuple[int, int]) -> None:
    samples = FORMATS[bits]
    for frame in series(shape, samples):
        raw = (np.packbits(frame.ravel(), bitorder="little") if bits == 1 else frame).tobytes()
        inflater = zlib.decompressobj(wbits=-15)
        assert inflater.decompress(deflate.encode(frame, samples)) == raw
        # PS3.5 A.4.13: nothing but one zero byte, where the stream is odd.
        assert inflater.eof and inflater.unused_data in (b"", b"\0")
        for level in (0, 1, 6, 9):
            stream = zlib.compress(raw, level, wbits=-15)
            for data in (stream, stream + b"\0"):
                assert np.array_equal(deflate.decode(data, shape, samples), frame)


@pytest.mark.parametrize("size", ["liver", "liver_nonbyte_aligned"])
@pytest.mark.parametrize("compression", ["rle", "j2k", "deflate"])
def test_one_bit_reference_frames_are_restored(corpus: Path, size: str, compression: str) -> None:
    folder = corpus / "pydicom-data"
    if size == "liver":
        native = pydicom.dcmread(folder / "liver_expb.dcm", force=True)
    else:
        native = pydicom.dcmread(folder / "liver_nonbyte_aligned.dcm")
    expected = native.pixel_array
    assert expected.any()
    path = folder / f"{size}_{compression}.dcm"
    dataset = pydicom.dcmread(path, force=True)
    row = transfer_syntax(dataset.file_meta.TransferSyntaxUID)
    assert 1 in row.reads
    data = path.read_bytes()
    value = data.index(dataset.PixelData[:64])
    with MemoryBytes(data).opened() as read_at:
        spans = frame_spans(read_at, len(data), value, dataset.NumberOfFrames)
        for index, theirs in enumerate(generate_frames(dataset.PixelData, number_of_frames=3)):
            frame = spans.read(read_at, index)
            assert frame == theirs
            restored = codec_of(row).decode(frame, expected.shape[1:], FORMATS[1])
            assert np.array_equal(restored, expected[index])


# A disc of 7 and a box of 200 on 9 x 12 pixels, by OpenJPH 0.32.0, reversible, with one decomposition.
# Nothing in the test environment writes High-Throughput JPEG 2000.
HIGH_THROUGHPUT = bytes.fromhex(
    "ff4fff51002940000000000c0000000900000000000000000000000c0000000900000000000000000001070101ff500008000200000001"
    "ff52000c00020001000104044001ff5c00072048484848ff64001700014f70656e4a50482056657220302e33322e302eff90000a000000"
    "0000830001ff93c02ea8fd0602eaf7df1b664eb2997d7fe0bd3efebdbe3e3a20fbbf5fc07ec0ff7f0b67f3aa2110aa1080b73c00c02d98"
    "05ab00b480b802025e02c6ccf3044c1c448a402ce00bfc678c2318919c0054f4e96251285184402100f8400ec5110364f69900aac5971e"
    "1fab1685f0528ab1046116b97900ffd9"
)


@pytest.mark.parametrize("name", ["HTJ2KLossless", "HTJ2KLosslessRPCL", "HTJ2K"])
def test_high_throughput_jpeg_2000_is_read(name: str) -> None:
    row, column = np.mgrid[:9, :12]
    expected = np.zeros((9, 12), np.uint8)
    expected[(row - 4) ** 2 + (column - 4) ** 2 < 10] = 7
    expected[1:4, 8:11] = 200
    syntax = transfer_syntax(getattr(pydicom.uid, name))
    assert not syntax.writes
    assert np.array_equal(codec_of(syntax).decode(HIGH_THROUGHPUT, (9, 12), FORMATS[8]), expected)
