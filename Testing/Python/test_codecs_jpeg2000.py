"""What is particular to JPEG 2000: OpenJPEG and noisy masks."""

import io

import numpy as np
import pytest
from pydicom import dcmread, dcmwrite
from pydicom.encaps import encapsulate
from pydicom.uid import HTJ2K, HTJ2KLossless, HTJ2KLosslessRPCL

import dicomsegcodec as hd
from dicomsegcodec.codecs import jpeg2000
from dicomsegcodec.errors import ArgumentError
from dicomsegcodec.samples import SampleFormat
from objects import construct
from series import make_series

pytest.importorskip("openjpeg", reason="pylibjpeg-openjpeg is not installed")


def test_a_mask_comes_back_as_it_was_or_is_refused() -> None:
    # Of the first of these OpenJPEG 2.5.2 loses 397 pixels, without an error.
    labels = np.random.default_rng(0).integers(0, 3, (4, 40, 48))
    kept = 0
    for mask in [*(labels == 1), *(labels == 2)]:
        mask = mask.astype(np.uint8)
        try:
            stream = jpeg2000.encode(mask, SampleFormat(1))
        except ArgumentError as error:
            assert "another transfer syntax" in str(error)
            continue
        np.testing.assert_array_equal(jpeg2000.decode(stream, mask.shape, SampleFormat(1)), mask)
        kept += 1
    assert kept == 7


# A disc and a box as a mask of 1 bit, and as labels 7 and 40000 of 16 bits, by OpenJPH 0.32.0, reversible,
# with one decomposition.
HIGH_THROUGHPUT = {
    1: bytes.fromhex(
        "ff4fff51002940000000000c0000000900000000000000000000000c0000000900000000000000000001000101ff5000"
        "08000200000000ff52000c00020001000104044001ff5c00072010101010ff64001700014f70656e4a50482056657220"
        "302e33322e302eff90000a00000000002c0001ff93d520cf00b207a4db657800d3535180cb9c9232c500c0a00a876500"
        "d9e300ffd9"
    ),
    16: bytes.fromhex(
        "ff4fff51002940000000000c0000000900000000000000000000000c00000009000000000000000000010f0101ff5000"
        "08000200000009ff52000c00020001000104044001ff5c00072088888888ff64001700014f70656e4a50482056657220"
        "302e33322e302eff90000a0000000000c40001ff93c0002f4afdff06000400d4ff6fff7ffe5f9c900c33ba43ae9e15ed"
        "49fbff0300deff6bff47ff7ffe1f4d50ff7fb93b006056fcff3fff3f0100fbff0100feff7fff7f16cfe757c854349480"
        "b73c00c0002e8a00017430000b68b80200018086d3d5f0c3c9a7214f0020707200783814402ce40bfc67ac2350919c00"
        "5404d03889838ba045b8d45dea51048000400120000000f840ec515051c4f69900aa05c08653e2fc70fe70aa16000580"
        "00f0528ab5046916b97900ffd9"
    ),
}


def disc_and_box(disc: int, box: int, bits: int) -> np.ndarray:
    row, column = np.mgrid[:9, :12]
    frame = np.zeros((9, 12), SampleFormat.stored(bits).dtype)
    frame[(row - 4) ** 2 + (column - 4) ** 2 < 10] = disc
    frame[1:4, 8:11] = box
    return frame


@pytest.mark.parametrize(
    ("kind", "bits", "numbers"), [("BINARY", 1, (1,)), ("LABELMAP", 16, (7, 40000))], ids=["masks", "labels"]
)
@pytest.mark.parametrize("syntax", [HTJ2K, HTJ2KLossless, HTJ2KLosslessRPCL])
def test_objects_of_high_throughput_jpeg_2000_are_read(
    kind: str, bits: int, numbers: tuple[int, ...], syntax: str
) -> None:
    expected = disc_and_box(*(numbers if bits == 16 else (1, 1)), bits)
    images = make_series((2, 9, 12))
    file = io.BytesIO()
    construct(images, np.stack([expected, expected]), numbers, kind).save_as(file)
    dataset = dcmread(io.BytesIO(file.getvalue()))
    dataset.PixelData = encapsulate([HIGH_THROUGHPUT[bits]] * 2)
    dataset.file_meta.TransferSyntaxUID = syntax
    file = io.BytesIO()
    dcmwrite(file, dataset, enforce_file_format=True)
    for seg in (hd.seg.segread(file.getvalue()), hd.seg.Segmentation.from_dataset(dataset)):
        volume = seg.get_volume(combine_segments=True)
        np.testing.assert_array_equal(volume.array, np.stack([expected, expected]))
        assert seg.findings == ()
