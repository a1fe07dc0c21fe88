"""Which transfer syntaxes there are, and what is said where one cannot be used."""

import numpy as np
import pydicom.uid
import pytest

from codec_frames import COMPRESSED, FORMATS, codec_of
from dicomsegcodec import codecs
from dicomsegcodec.codecs import TRANSFER_SYNTAXES, TransferSyntax, for_writing, transfer_syntax
from dicomsegcodec.codecs.packages import OptionalPackage
from dicomsegcodec.errors import ArgumentError, UnsupportedTransferSyntax

LARGE = (512, 512)
ABSENT = OptionalPackage("pyjpegls", "a_module_that_is_not_there")


def keywords(bits: int) -> set[str]:
    """Return what can be written with samples of `bits`."""
    return {row.keyword for row in TRANSFER_SYNTAXES.values() if row.holds(FORMATS[bits], LARGE)}


@pytest.mark.parametrize("row", TRANSFER_SYNTAXES.values(), ids=lambda row: row.keyword)
def test_the_table_agrees_with_pydicom(row: TransferSyntax) -> None:
    uid = pydicom.uid.UID(row.uid)
    if not uid.is_transfer_syntax:
        assert row.keyword == "DeflatedImageFrameCompression"
        return
    assert (uid.keyword, uid.name) == (row.keyword, row.name)
    assert uid.is_implicit_VR == row.implicit_vr
    assert uid.is_little_endian == row.little_endian
    assert uid.is_deflated == row.deflated
    assert uid.is_encapsulated == row.encapsulated


def test_binary_can_be_native_deflated_jpeg2000_or_deflated_by_frame() -> None:
    native = {"ImplicitVRLittleEndian", "ExplicitVRLittleEndian", "DeflatedExplicitVRLittleEndian"}
    assert keywords(1) == native | {"JPEG2000Lossless", "DeflatedImageFrameCompression"}
    assert keywords(8) == keywords(16) == keywords(1) | {"RLELossless", "JPEGLSLossless"}


def test_what_is_written_is_read_too() -> None:
    for row in TRANSFER_SYNTAXES.values():
        assert row.writes <= row.reads
    assert transfer_syntax(pydicom.uid.RLELossless).reads == {1, 8, 16}


@pytest.mark.parametrize("uid", ["1.2.3", "", pydicom.uid.JPEGLSNearLossless, pydicom.uid.JPEGBaseline8Bit])
def test_an_unknown_transfer_syntax_is_refused_with_the_known_ones(uid: str) -> None:
    with pytest.raises(
        UnsupportedTransferSyntax, match=r"known are Implicit VR Little Endian, .*RLE Lossless"
    ):
        transfer_syntax(uid)
    with pytest.raises(ArgumentError, match=r"choose one of ImplicitVRLittleEndian .*RLELossless"):
        for_writing(uid, FORMATS[8], LARGE)


@pytest.mark.parametrize("name", ["RLELossless", "JPEGLSLossless"])
def test_compressions_without_bits_are_refused_for_binary_with_the_choices(name: str) -> None:
    with pytest.raises(ArgumentError) as raised:
        for_writing(getattr(pydicom.uid, name), FORMATS[1], LARGE)
    message = str(raised.value)
    assert message.startswith(f"{name} cannot be written with 1-bit samples; choose one of ")
    assert "JPEG2000Lossless" in message and "JPEGLSLossless" not in message.partition("choose")[2]


@pytest.mark.parametrize("name", ["ExplicitVRBigEndian", "JPEG2000", "HTJ2KLossless"])
def test_what_is_only_read_is_refused_for_writing(name: str) -> None:
    uid = getattr(pydicom.uid, name)
    assert transfer_syntax(uid).keyword == name
    with pytest.raises(ArgumentError, match="cannot be written"):
        for_writing(uid, FORMATS[8], LARGE)


@pytest.mark.parametrize("row", COMPRESSED, ids=lambda row: row.keyword)
def test_frames_that_are_too_small_are_refused_before_they_fail(row: TransferSyntax) -> None:
    codec, side, samples = codec_of(row), row.smallest, FORMATS[8]
    assert for_writing(row.uid, samples, (side, side)) is row
    generator = np.random.default_rng(1)
    for _ in range(50):
        codec.encode(generator.integers(0, 256, (side, side), np.uint8), samples)
        codec.encode(generator.integers(0, 2, (side, side), np.uint8) * np.uint8(255), samples)
    if side > 1:
        for shape in ((side - 1, 512), (512, side - 1)):
            with pytest.raises(ArgumentError, match=f"at least {side} x {side} pixels"):
                for_writing(row.uid, samples, shape)


def test_a_frame_that_its_codec_has_no_room_for_is_refused_in_words() -> None:
    half = np.random.default_rng(0).integers(0, 2, (256, 256), np.uint8)
    with pytest.raises(ArgumentError, match="256 x 256 pixels does not compress with JPEG 2000"):
        codec_of(transfer_syntax(pydicom.uid.JPEG2000Lossless)).encode(half, FORMATS[1])
    tiny = np.random.default_rng(0).integers(0, 256, (3, 3), np.uint8)
    with pytest.raises(ArgumentError, match="3 x 3 pixels does not compress with JPEG-LS"):
        codec_of(transfer_syntax(pydicom.uid.JPEGLSLossless)).encode(tiny, FORMATS[8])


@pytest.mark.parametrize("module", ["jpegls", "jpeg2000"])
def test_an_absent_package_is_named_with_what_installs_it(
    module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    codec = getattr(codecs, module)
    row = next(row for row in COMPRESSED if row.codec is codec)
    monkeypatch.setattr(codec, "REQUIRES", ABSENT)
    monkeypatch.setattr(codec, "_PACKAGE", ABSENT)
    with pytest.raises(ArgumentError, match=rf"{row.keyword} cannot be written: .*pip install pyjpegls"):
        for_writing(row.uid, FORMATS[8], LARGE)
    with pytest.raises(UnsupportedTransferSyntax, match="pip install pyjpegls"):
        codec.decode(b"", LARGE, FORMATS[8])


def test_each_optional_package_is_asked_for_by_the_name_it_is_installed_by() -> None:
    names = {row.requires.name for row in COMPRESSED if row.requires}
    assert names == {"pyjpegls", "pylibjpeg-openjpeg"}
