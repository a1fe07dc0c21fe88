"""Elements written in one go are byte for byte what pydicom writes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.dataset import Dataset
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_dataset

from dicomsegcodec.dataset_bytes import encode_elements
from dicomsegcodec.plain_elements import plain_element

ASCII = st.text(st.characters(min_codepoint=32, max_codepoint=126, exclude_characters="\\"), max_size=12)
WORDS = ASCII.map(str.strip)
UIDS = st.lists(st.integers(0, 9999), min_size=2, max_size=6).map(lambda parts: ".".join(map(str, parts)))
VALUES = {
    "ContentLabel": st.sampled_from(["", "LIVER", "A B"]),
    "SegmentLabel": WORDS | st.just("Fígado"),
    "ContentDescription": st.none() | WORDS,
    "SoftwareVersions": st.lists(WORDS, max_size=3),
    "ContentDate": st.sampled_from(["", "20260102"]),
    "StudyTime": st.sampled_from(["", "120000.123"]),
    "ReferencedSOPInstanceUID": UIDS,
    "ImageType": st.lists(st.sampled_from(["DERIVED", "PRIMARY", ""]), max_size=4),
    "Rows": st.integers(0, 65535),
    "DimensionIndexValues": st.lists(st.integers(0, 2**32 - 1), max_size=4),
    "RowPositionInTotalImagePixelMatrix": st.integers(-(2**31), 2**31 - 1),
    "RecommendedDisplayCIELabValue": st.lists(st.integers(0, 65535), min_size=3, max_size=3),
    "PixelSpacing": st.lists(st.floats(0.125, 9, width=16).map(lambda v: f"{v:.6g}"), min_size=2, max_size=2),
    "SliceThickness": st.none() | st.floats(0.125, 9, width=16),
    "SeriesNumber": st.none() | st.integers(0, 2**31 - 1),
    "PatientName": WORDS,
    "ContentCreatorName": st.none() | WORDS,
    "LongCodeValue": WORDS,
    "TextValue": ASCII,
    "ICCProfile": st.binary(max_size=9),
    "PixelPaddingValue": st.integers(0, 255),
    "SmallestImagePixelValue": st.integers(0, 255),
    "ExaminedBodyThickness": st.floats(width=32, allow_nan=False),
    "SelectorFDValue": st.lists(st.floats(allow_nan=False), max_size=3),
    "DimensionIndexPointer": st.just(0x0020000D),
}
LEAVES = st.fixed_dictionaries({}, optional=VALUES)


@st.composite
def data_sets(draw, depth=2):
    dataset = Dataset()
    for keyword, value in draw(LEAVES).items():
        setattr(dataset, keyword, value)
    if depth:
        for keyword in ("SegmentSequence", "ReferencedSeriesSequence", "AnatomicRegionSequence"):
            if draw(st.booleans()):
                setattr(dataset, keyword, draw(st.lists(data_sets(depth - 1), max_size=2)))
    return dataset


def by_pydicom(dataset: Dataset, implicit: bool) -> bytes:
    buffer = DicomBytesIO()
    buffer.is_little_endian, buffer.is_implicit_VR = True, implicit
    write_dataset(buffer, dataset, dataset.get("SpecificCharacterSet") or "iso8859")
    return buffer.getvalue()


@given(data_sets(), st.booleans(), st.booleans())
def test_elements_are_what_pydicom_writes(dataset, implicit, utf8):
    if utf8:
        dataset.SpecificCharacterSet = "ISO_IR 192"
    dataset.PixelRepresentation = 0
    ours = encode_elements(dataset, list(dataset.keys()), implicit)
    assert ours == by_pydicom(dataset, implicit)


@pytest.mark.parametrize(
    ("keyword", "value"),
    [("SegmentLabel", "Fígado"), ("PatientName", "A^B"), ("PixelPaddingValue", 0)],
)
def test_what_is_not_plain_is_left_to_pydicom(keyword, value):
    dataset = Dataset()
    setattr(dataset, keyword, value)
    if keyword == "PixelPaddingValue":
        dataset[keyword].VR = "US or SS"
    assert plain_element(dataset[keyword], False) is None


def test_undefined_lengths_are_left_to_pydicom():
    dataset = Dataset()
    dataset.SegmentSequence = [Dataset()]
    assert plain_element(dataset["SegmentSequence"], False) is not None
    dataset.SegmentSequence[0].is_undefined_length_sequence_item = True
    assert plain_element(dataset["SegmentSequence"], False) is None


def test_what_is_too_long_for_its_length_field_is_left_to_pydicom():
    dataset = Dataset()
    dataset.DimensionIndexValues = [1] * 20000
    assert plain_element(dataset["DimensionIndexValues"], False) is None
    assert plain_element(dataset["DimensionIndexValues"], True) is not None
