"""Explicit VR Big Endian, retired, is read: header, functional groups and pixels of every width."""

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom import dcmread, dcmwrite
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian

import dicomsegcodec as hd
from dicomsegcodec.findings import Severity
from dicomsegcodec.read import open_segmentation
from objects import construct
from series import make_series

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


def plain(seg: hd.seg.Segmentation) -> Dataset:
    file = io.BytesIO()
    seg.save_as(file)
    return dcmread(io.BytesIO(file.getvalue()))


def big_endian(dataset: Dataset, vr: str) -> bytes:
    """Return the object as a big endian writer would write it, its Pixel Data of this VR."""
    value = dataset.PixelData
    if vr == "OW":
        value = np.frombuffer(value, "<u2").byteswap().tobytes()
    dataset["PixelData"].VR, dataset["PixelData"].value = vr, value
    for element in dataset.iterall():
        if element.VR == "OW" and element.keyword != "PixelData":
            element.value = np.frombuffer(element.value, "<u2").byteswap().tobytes()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRBigEndian
    file = io.BytesIO()
    dcmwrite(file, dataset, enforce_file_format=True)
    return file.getvalue()


def read_in_every_way(data: bytes) -> list[hd.seg.Segmentation]:
    return [
        hd.seg.segread(data),
        hd.seg.Segmentation.from_dataset(dcmread(io.BytesIO(data))),
        hd.seg.Segmentation.from_dataset(dcmread(io.BytesIO(data)), copy=False),
    ]


@pytest.mark.parametrize(
    ("kind", "numbers", "vr"),
    [
        ("BINARY", (1, 2), "OB"),
        ("BINARY", (1, 2), "OW"),
        ("LABELMAP", (1, 200), "OB"),
        ("LABELMAP", (1, 200), "OW"),
        ("LABELMAP", (1, 300), "OW"),
        ("FRACTIONAL", (1, 2), "OB"),
        ("FRACTIONAL", (1, 2), "OW"),
    ],
)
@settings(max_examples=6)
@given(data=st.data())
def test_a_big_endian_object_holds_what_the_little_endian_one_does(
    kind: str, numbers: tuple[int, int], vr: str, data: st.DataObject
) -> None:
    shape = (3, data.draw(st.integers(1, 6)), data.draw(st.integers(1, 9)))
    labels = np.array([0, *numbers], np.uint16)[
        np.random.default_rng(data.draw(st.integers(0, 99))).integers(0, 3, shape)
    ]
    images = make_series(shape)
    array = labels if kind != "FRACTIONAL" else np.stack([labels == n for n in numbers], axis=3)
    numbers_used = numbers if kind == "LABELMAP" else (1, 2)
    if kind == "BINARY":
        array = np.searchsorted([0, *numbers], labels).astype(np.uint8)
    dataset = plain(construct(images, array, numbers_used, kind, omit_empty_frames=False))
    expected = hd.seg.Segmentation.from_dataset(dataset)
    volume, uids = expected.get_volume(), expected.get_source_image_uids()
    for seg in read_in_every_way(big_endian(dataset, vr)):
        np.testing.assert_array_equal(seg.get_volume().array, volume.array)
        np.testing.assert_array_equal(seg.get_volume().affine, volume.affine)
        assert seg.get_source_image_uids() == uids
        assert [(f.severity, f.where) for f in seg.findings] == [(Severity.NOTE, "TransferSyntaxUID")]
        # What is saved is little endian, its pixels too, for pydicom as well.
        assert seg.file_meta.TransferSyntaxUID == ExplicitVRLittleEndian
        file = io.BytesIO()
        seg.save_as(file)
        again = dcmread(io.BytesIO(file.getvalue()))
        assert again.PixelData == expected.PixelData
        assert again.PerFrameFunctionalGroupsSequence == expected.PerFrameFunctionalGroupsSequence
        assert again.Rows == shape[1] and again.SegmentSequence == expected.SegmentSequence


def test_a_data_set_that_is_not_to_change_stays_big_endian() -> None:
    labels = np.arange(24, dtype=np.uint8).reshape(2, 3, 4) % 3
    data = big_endian(plain(construct(make_series((2, 3, 4)), labels, [1, 2])), "OW")
    dataset = dcmread(io.BytesIO(data))
    before = dataset.PixelData
    hd.seg.Segmentation.from_dataset(dataset)
    assert dataset.PixelData == before
    assert dataset.file_meta.TransferSyntaxUID == ExplicitVRBigEndian
    converted = hd.seg.Segmentation.from_dataset(dataset, copy=False)
    assert converted is dataset
    assert dataset.file_meta.TransferSyntaxUID == ExplicitVRLittleEndian


def test_a_big_endian_file_saved_over_itself_can_be_read_on(tmp_path) -> None:
    labels = np.arange(24, dtype=np.uint16).reshape(2, 3, 4) % 3 * 150
    dataset = plain(construct(make_series((2, 3, 4)), labels, [150, 300], "LABELMAP"))
    expected = hd.seg.Segmentation.from_dataset(dataset).get_volume(combine_segments=True).array
    path = tmp_path / "seg.dcm"
    path.write_bytes(big_endian(dataset, "OW"))
    seg = hd.seg.segread(path)
    for name in ("A much longer name than the one before^Jane", "Roe"):
        seg.PatientName = name
        seg.save_as(path)
        for one in (seg, hd.seg.segread(path)):
            np.testing.assert_array_equal(one.get_volume(combine_segments=True).array, expected)


def test_words_beside_the_pixels_are_turned_too() -> None:
    dataset = plain(construct(make_series((2, 3, 4)), np.ones((2, 3, 4), np.uint8), [1], "LABELMAP"))
    dataset.PhotometricInterpretation = "PALETTE COLOR"
    words = np.arange(2, 258, dtype="<u2").tobytes()
    for color in ("Red", "Green", "Blue"):
        setattr(dataset, f"{color}PaletteColorLookupTableDescriptor", [256, 0, 16])
        dataset[f"{color}PaletteColorLookupTableDescriptor"].VR = "US"
        setattr(dataset, f"{color}PaletteColorLookupTableData", words)
    for seg in read_in_every_way(big_endian(dataset, "OB")):
        assert seg.RedPaletteColorLookupTableData == words
        assert list(seg.RedPaletteColorLookupTableDescriptor) == [256, 0, 16]


def test_files_of_other_writers_are_read_as_their_little_endian_twins(corpus) -> None:
    for name, twin in (
        ("pydicom-data/liver_expb.dcm", "dcmqi/liver.dcm"),
        ("pydicom/liver_expb_1frame.dcm", "pydicom/liver_1frame.dcm"),
    ):
        one, other = open_segmentation(corpus / name), open_segmentation(corpus / twin)
        assert one.segments == other.segments
        np.testing.assert_array_equal(one.geometry().index_to_lps, other.geometry().index_to_lps)
        for a, b in zip(one.read_layers().layers, other.read_layers().layers, strict=True):
            np.testing.assert_array_equal(a.pixels, b.pixels)
