"""Checking: attributes, codes, segments, labels, encoding, file meta information, each spoilt by itself."""

import io

import pytest
from pydicom import dcmread
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset

import dicomsegcodec as hd
from conformance_objects import (
    MAKERS,
    Defect,
    assert_found,
    both,
    on,
    segment,
    spoilt,
    with_value,
    without,
    written,
)

ALGORITHM = "SegmentationAlgorithmIdentificationSequence"


def item_of(sequence: str, number: int = 0):
    return lambda dataset: dataset[sequence].value[number]


def of_uid(uid: str) -> Dataset:
    """Return a reference to an object of an unknown class."""
    item = Dataset()
    item.ReferencedSOPInstanceUID = uid
    return item


def category(dataset: Dataset) -> Dataset:
    return segment(dataset).SegmentedPropertyCategoryCodeSequence[0]


def tumour(dataset: Dataset) -> Dataset:
    return segment(dataset, 2)


def twice(sequence: str):
    return lambda dataset: dataset[sequence].value.append(dataset[sequence].value[0])


def element(tag: int, vr: str, value: object):
    return lambda dataset: dataset.add(DataElement(tag, vr, value))


def private(dataset: Dataset) -> None:
    dataset.private_block(0x0099, "SOMEBODY", create=True).add_new(1, "LO", "word")


def numbered(first: int, second: int):
    def change(dataset: Dataset) -> None:
        one, two = segment(dataset, 1), segment(dataset, 2)
        one.SegmentNumber, two.SegmentNumber = first, second

    return change


DEFECTS = [
    # Attributes, PS3.3 A.51.3
    Defect(
        "no birth date",
        "binary",
        without("PatientBirthDate"),
        "ERROR [PatientBirthDate, PS3.3 C.7.1.1] missing",
    ),
    Defect(
        "empty study UID",
        "binary",
        with_value("StudyInstanceUID", ""),
        "ERROR [StudyInstanceUID, PS3.3 C.7.2.1] empty",
    ),
    Defect("no manufacturer", "binary", without("Manufacturer"), "ERROR [Manufacturer, PS3.3 C.7.5.2]"),
    Defect(
        "no software version",
        "labelmap",
        without("SoftwareVersions"),
        "ERROR [SoftwareVersions, PS3.3 C.7.5.2]",
    ),
    Defect("no content label", "binary", without("ContentLabel"), "ERROR [ContentLabel, PS3.3 C.8.20.2]"),
    Defect("no content date", "binary", without("ContentDate"), "ERROR [ContentDate, PS3.3 C.7.6.16]"),
    Defect("no series number", "binary", without("SeriesNumber"), "ERROR [SeriesNumber, PS3.3 C.8.20.1]"),
    Defect(
        "no lossy compression",
        "binary",
        without("LossyImageCompression"),
        "ERROR [LossyImageCompression, PS3.3 C.8.20.2]",
    ),
    Defect(
        "lossy without a ratio",
        "binary",
        with_value("LossyImageCompression", "01"),
        "ERROR [LossyImageCompressionRatio, PS3.3 C.8.20.2]",
    ),
    Defect(
        "no segment label",
        "binary",
        on(segment, without("SegmentLabel")),
        "ERROR [SegmentSequence/SegmentLabel, PS3.3 C.8.20.2] item 1",
    ),
    Defect(
        "no algorithm type",
        "labelmap",
        on(segment, without("SegmentAlgorithmType")),
        "ERROR [SegmentSequence/SegmentAlgorithmType, PS3.3 C.8.20.2]",
    ),
    Defect(
        "no category",
        "binary",
        on(segment, without("SegmentedPropertyCategoryCodeSequence")),
        "ERROR [SegmentSequence/SegmentedPropertyCategoryCodeSequence, PS3.3 C.8.20.2]",
    ),
    Defect(
        "empty type",
        "binary",
        on(segment, with_value("SegmentedPropertyTypeCodeSequence", [])),
        "ERROR [SegmentSequence/SegmentedPropertyTypeCodeSequence, PS3.3 C.8.20.2] empty",
    ),
    Defect(
        "no algorithm version",
        "binary",
        on(tumour, on(item_of(ALGORITHM), without("AlgorithmVersion"))),
        f"ERROR [SegmentSequence/{ALGORITHM}/AlgorithmVersion, PS3.3 C.8.20.2]",
    ),
    Defect(
        "no series of the images",
        "binary",
        on(item_of("ReferencedSeriesSequence"), without("SeriesInstanceUID")),
        "ERROR [ReferencedSeriesSequence/SeriesInstanceUID, PS3.3 C.12.2]",
    ),
    Defect(
        "nameless equipment",
        "binary",
        on(item_of("ContributingEquipmentSequence"), without("Manufacturer")),
        "ERROR [ContributingEquipmentSequence/Manufacturer, PS3.3 C.12.1]",
    ),
    Defect(
        "no dimension organization",
        "binary",
        with_value("DimensionOrganizationSequence", []),
        "ERROR [DimensionOrganizationSequence, PS3.3 C.7.6.17]",
    ),
    Defect(
        "fractions without a maximum",
        "fractional",
        without("MaximumFractionalValue"),
        "ERROR [MaximumFractionalValue, PS3.3 C.8.20.2]",
    ),
    Defect(
        "fractions of no type",
        "fractional",
        without("SegmentationFractionalType"),
        "ERROR [SegmentationFractionalType, PS3.3 C.8.20.2]",
    ),
    Defect(
        "a fractional type of masks",
        "binary",
        with_value("SegmentationFractionalType", "OCCUPANCY"),
        "ERROR [SegmentationFractionalType, PS3.3 C.8.20.2]",
    ),
    Defect(
        "no patient orientation",
        "projection",
        without("PatientOrientation"),
        "ERROR [PatientOrientation, PS3.3 C.7.6.1.1.1]",
    ),
    Defect(
        "no slide orientation",
        "sparse",
        without("ImageOrientationSlide"),
        "ERROR [ImageOrientationSlide, PS3.3 C.8.12.14]",
    ),
    Defect(
        "no focal planes",
        "full",
        without("TotalPixelMatrixFocalPlanes"),
        "ERROR [TotalPixelMatrixFocalPlanes, PS3.3 C.8.12.14]",
    ),
    Defect(
        "no matrix origin",
        "sparse",
        without("TotalPixelMatrixOriginSequence"),
        "ERROR [TotalPixelMatrixOriginSequence, PS3.3 C.8.12.14]",
    ),
    Defect(
        "no specimen UID",
        "sparse",
        on(item_of("SpecimenDescriptionSequence"), without("SpecimenUID")),
        "ERROR [SpecimenDescriptionSequence/SpecimenUID, PS3.3 C.7.6.22]",
    ),
    Defect("no pyramid UID", "pyramid", without("PyramidUID"), "ERROR [PyramidUID, PS3.3 C.7.11.1]"),
    Defect("no ICC profile", "palette", without("ICCProfile"), "ERROR [ICCProfile, PS3.3 C.11.15]"),
    Defect(
        "pixel padding of masks",
        "binary",
        element(0x00280120, "US", 0),
        "ERROR [PixelPaddingValue, PS3.3 A.51.4]",
    ),
    Defect(
        "a window",
        "fractional",
        both(with_value("WindowCenter", "1"), with_value("WindowWidth", "1")),
        "WARNING [WindowCenter, PS3.3 A.51.4]",
    ),
    Defect(
        "planes of one sample",
        "binary",
        with_value("PlanarConfiguration", 0),
        "ERROR [PlanarConfiguration, PS3.3 C.7.6.3]",
    ),
    Defect(
        "an aspect ratio",
        "binary",
        with_value("PixelAspectRatio", ["1", "1"]),
        "ERROR [PixelAspectRatio, PS3.3 C.7.6.3.1.7]",
    ),
    Defect("an overlay", "binary", element(0x60000010, "US", 3), "WARNING [OverlayData, PS3.3 A.51.4]"),
    Defect(
        "an unknown sex", "binary", with_value("PatientSex", "U"), "ERROR [PatientSex, PS3.3 C.7.1.1] 'U'"
    ),
    Defect(
        "a frame for all that is none",
        "binary",
        with_value("RepresentativeFrameNumber", 7),
        "ERROR [RepresentativeFrameNumber, PS3.3 C.7.6.16]",
    ),
    # Image, PS3.3 C.8.20.2
    Defect(
        "a type of a draft",
        "labelmap",
        with_value("SegmentationType", "LABELED"),
        "ERROR [SegmentationType, PS3.3 C.8.20.2.3]",
    ),
    Defect(
        "the modality of the images",
        "binary",
        with_value("Modality", "CT"),
        "ERROR [Modality, PS3.3 C.8.20.1]",
    ),
    Defect(
        "an original image",
        "binary",
        with_value("ImageType", ["ORIGINAL", "PRIMARY"]),
        "ERROR [ImageType, PS3.3 C.8.20.2]",
    ),
    Defect(
        "a resampled image",
        "pyramid",
        with_value("ImageType", ["DERIVED", "PRIMARY", "VOLUME", "RESAMPLED"]),
        "ERROR [ImageType, PS3.3 C.8.20.2]",
    ),
    Defect(
        "the other SOP class",
        "labelmap",
        with_value("SOPClassUID", "1.2.840.10008.5.1.4.1.1.66.4"),
        "ERROR [SOPClassUID, PS3.4 B.5.1.25]",
    ),
    Defect("bits stored", "labelmap", with_value("BitsStored", 7), "ERROR [BitsStored, PS3.3 C.8.20.2]"),
    Defect("high bit", "labelmap", with_value("HighBit", 8), "ERROR [HighBit, PS3.3 C.8.20.2]"),
    Defect(
        "bytes of masks", "binary", with_value("BitsAllocated", 8), "ERROR [BitsAllocated, PS3.3 C.8.20.2]"
    ),
    Defect(
        "inverted",
        "binary",
        with_value("PhotometricInterpretation", "MONOCHROME1"),
        "ERROR [PhotometricInterpretation, PS3.3 C.8.20.2]",
    ),
    Defect(
        "signed",
        "labelmap",
        with_value("PixelRepresentation", 1),
        "ERROR [PixelRepresentation, PS3.3 C.8.20.2]",
    ),
    Defect(
        "a maximum of 256",
        "fractional",
        with_value("MaximumFractionalValue", 256),
        "ERROR [MaximumFractionalValue, PS3.3 C.8.20.2]",
    ),
    Defect("no rows", "binary", with_value("Rows", 0), "ERROR [Rows, PS3.3 C.7.6.3] is 0"),
    Defect(
        "a green table of its own",
        "palette",
        with_value("GreenPaletteColorLookupTableDescriptor", [2, 0, 8]),
        "ERROR [RedPaletteColorLookupTableDescriptor, PS3.3 C.7.6.3.1.5] differ",
    ),
    Defect(
        "a short table",
        "palette",
        with_value("BluePaletteColorLookupTableData", b"\0\0"),
        "ERROR [BluePaletteColorLookupTableData, PS3.3 C.7.6.3.1.6]",
    ),
    # Segments, PS3.3 C.8.20.2.4 and C.8.20.4
    Defect(
        "one number twice", "binary", numbered(1, 1), "ERROR [SegmentNumber, PS3.3 C.8.20.2.4] more than once"
    ),
    Defect(
        "one label twice",
        "labelmap",
        numbered(1, 1),
        "ERROR [SegmentNumber, PS3.3 C.8.20.2.4] more than once",
    ),
    Defect("a gap", "binary", numbered(1, 3), "ERROR [SegmentNumber, PS3.3 C.8.20.2.4] 1 to 2"),
    Defect("not from 1", "fractional", numbered(2, 3), "ERROR [SegmentNumber, PS3.3 C.8.20.2.4] 1 to 2"),
    Defect(
        "another order",
        "binary",
        lambda d: d.SegmentSequence.reverse(),
        "NOTE [SegmentNumber, PS3.3 C.8.20.2] 2, 1",
    ),
    Defect(
        "two types",
        "binary",
        on(segment, twice("SegmentedPropertyTypeCodeSequence")),
        "ERROR [SegmentedPropertyTypeCodeSequence, PS3.3 C.8.20.4]",
    ),
    Defect(
        "an unknown algorithm type",
        "binary",
        on(segment, with_value("SegmentAlgorithmType", "NETWORK")),
        "ERROR [SegmentAlgorithmType, PS3.3 C.8.20.4]",
    ),
    Defect(
        "a nameless algorithm",
        "binary",
        on(tumour, without("SegmentAlgorithmName")),
        "ERROR [SegmentAlgorithmName, PS3.3 C.8.20.2] segment 2",
    ),
    Defect(
        "half a colour",
        "binary",
        on(tumour, with_value("RecommendedDisplayCIELabValue", [1, 2])),
        "ERROR [RecommendedDisplayCIELabValue, PS3.3 C.10.7.1.1] segment 2",
    ),
    Defect(
        "a colour in words",
        "binary",
        on(tumour, element(0x0062000D, "LO", "red")),
        "ERROR [RecommendedDisplayCIELabValue, PS3.3 C.10.7.1.1]",
    ),
    Defect(
        "a colour that is not scaled",
        "binary",
        on(tumour, with_value("RecommendedDisplayCIELabValue", [54, 120, 60])),
        "WARNING [RecommendedDisplayCIELabValue, PS3.3 C.10.7.1.1]",
    ),
    Defect(
        "a colour beside a palette",
        "palette",
        on(segment, with_value("RecommendedDisplayCIELabValue", [30000, 40000, 50000])),
        "ERROR [RecommendedDisplayCIELabValue, PS3.3 C.8.20.2]",
    ),
    Defect(
        "half a tracking", "binary", on(tumour, without("TrackingUID")), "ERROR [TrackingUID, PS3.3 C.8.20.4]"
    ),
    Defect(
        "an unknown overlap",
        "binary",
        with_value("SegmentsOverlap", "MAYBE"),
        "ERROR [SegmentsOverlap, PS3.3 C.8.20.2.3]",
    ),
    Defect(
        "labels that overlap",
        "labelmap",
        with_value("SegmentsOverlap", "YES"),
        "ERROR [SegmentsOverlap, PS3.3 C.8.20.2]",
    ),
    # Labels, PS3.3 C.8.20.2.4
    Defect(
        "no pixel padding",
        "labelmap",
        without("PixelPaddingValue"),
        "WARNING [PixelPaddingValue, PS3.3 C.8.20.2.4] no Pixel Padding Value",
    ),
    Defect(
        "pixel padding beyond 8 bits",
        "labelmap",
        with_value("PixelPaddingValue", 300),
        "ERROR [PixelPaddingValue, PS3.3 C.7.5.1]",
    ),
    Defect(
        "two backgrounds",
        "labelmap",
        with_value("PixelPaddingValue", 5),
        "WARNING [PixelPaddingValue, PS3.3 C.8.20.2.4] coded as background",
    ),
    Defect(
        "a segment beyond 8 bits",
        "labelmap",
        on(segment, with_value("SegmentNumber", 300)),
        "WARNING [SegmentNumber, PS3.3 C.8.20.2.3.3]",
    ),
    # Codes, PS3.3 8.8
    Defect(
        "a code of no scheme",
        "binary",
        on(category, without("CodingSchemeDesignator")),
        "ERROR [SegmentedPropertyCategoryCodeSequence, PS3.3 8.8] Scheme",
    ),
    Defect(
        "a code of no value",
        "labelmap",
        on(category, without("CodeValue")),
        "ERROR [SegmentedPropertyCategoryCodeSequence, PS3.3 8.8] no value",
    ),
    Defect(
        "a code of no meaning",
        "sparse",
        on(category, without("CodeMeaning")),
        "ERROR [SegmentedPropertyCategoryCodeSequence, PS3.3 8.8] Meaning",
    ),
    Defect(
        "a code of two values",
        "binary",
        on(category, with_value("LongCodeValue", "x")),
        "ERROR [SegmentedPropertyCategoryCodeSequence, PS3.3 8.8] more than one",
    ),
    Defect(
        "a region of no scheme",
        "binary",
        on(tumour, on(item_of("AnatomicRegionSequence"), without("CodingSchemeDesignator"))),
        "ERROR [AnatomicRegionSequence, PS3.3 8.8]",
    ),
    Defect(
        "an old code",
        "binary",
        on(category, with_value("CodingSchemeDesignator", "SRT")),
        "NOTE [CodingSchemeDesignator, PS3.16 8]",
    ),
    Defect(
        "a patient of no class",
        "binary",
        with_value("ReferencedPatientSequence", [of_uid("1.2.3")]),
        "ERROR [ReferencedSOPClassUID, PS3.3 10.8]",
    ),
    # Encoding, PS3.5 6.2
    Defect(
        "a long label",
        "binary",
        on(segment, with_value("SegmentLabel", "long " * 20)),
        "ERROR [SegmentLabel, PS3.5 6.2] 64",
    ),
    Defect(
        "a long study ID",
        "binary",
        with_value("StudyID", "12345678901234567"),
        "ERROR [StudyID, PS3.5 6.2] 16",
    ),
    Defect(
        "a label of small letters",
        "binary",
        with_value("ContentLabel", "liver"),
        "ERROR [ContentLabel, PS3.5 6.2] CS",
    ),
    Defect(
        "no UID",
        "binary",
        with_value("FrameOfReferenceUID", "1.02.x"),
        "ERROR [FrameOfReferenceUID, PS3.5 6.2] 1.02.x",
    ),
    Defect("no date", "binary", with_value("StudyDate", "yesterday"), "ERROR [StudyDate, PS3.5 6.2]"),
    Defect(
        "a date with dots", "binary", with_value("StudyDate", "2024.01.02"), "ERROR [StudyDate, PS3.5 6.2]"
    ),
    Defect("no time", "binary", with_value("StudyTime", "25:00"), "ERROR [StudyTime, PS3.5 6.2]"),
    Defect(
        "an age of years without a letter",
        "binary",
        with_value("PatientAge", "42"),
        "ERROR [PatientAge, PS3.5 6.2]",
    ),
    Defect(
        "a control character",
        "binary",
        with_value("SeriesDescription", "a\tb"),
        "ERROR [SeriesDescription, PS3.5 6.1.3]",
    ),
    Defect(
        "a text beyond ASCII",
        "binary",
        element(0x0008103E, "LO", "Schädel"),
        "ERROR [SeriesDescription, PS3.3 C.12.1.1.2] Specific Character Set is missing",
    ),
    Defect(
        "an unknown character set",
        "binary",
        with_value("SpecificCharacterSet", "UTF-9"),
        "ERROR [SpecificCharacterSet, PS3.3 C.12.1.1.2]",
    ),
    Defect(
        "two names of a manufacturer",
        "binary",
        with_value("Manufacturer", ["One", "Two"]),
        "ERROR [Manufacturer, PS3.6 6] 2 values",
    ),
    Defect(
        "another VR", "binary", element(0x0008103E, "SH", "words"), "WARNING [SeriesDescription, PS3.6 6] SH"
    ),
    Defect("private elements", "binary", private, "NOTE [, PS3.5 7.8] SOMEBODY"),
    Defect(
        "private elements of nobody", "binary", element(0x00991001, "LO", "word"), "WARNING [, PS3.5 7.8.1]"
    ),
    # File meta information, PS3.10 7.1
    Defect(
        "no implementation",
        "binary",
        lambda d: delattr(d.file_meta, "ImplementationClassUID"),
        "ERROR [ImplementationClassUID, PS3.10 7.1]",
    ),
    Defect(
        "another object's UID",
        "binary",
        lambda d: setattr(d.file_meta, "MediaStorageSOPInstanceUID", "1.2.3"),
        "ERROR [MediaStorageSOPInstanceUID, PS3.10 7.1]",
    ),
]


# pydicom's, about what it is to read and write; it has no other way to say it.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


@pytest.mark.parametrize("kind", MAKERS)
def test_a_sound_object_has_no_findings(kind: str) -> None:
    assert hd.seg.check(written(kind)) == ()
    assert hd.seg.check(MAKERS[kind]()) == ()
    assert hd.seg.check(dcmread(io.BytesIO(written(kind)))) == ()


@pytest.mark.parametrize("defect", DEFECTS, ids=str)
def test_a_spoilt_header_is_found(defect: Defect) -> None:
    findings = hd.seg.check(spoilt(defect.kind, defect.change))
    assert_found(findings, defect.expected)


def test_bytes_that_are_no_text_of_the_character_set_are_found() -> None:
    def change(dataset: Dataset) -> None:
        dataset.SpecificCharacterSet = "ISO_IR 192"
        dataset.SeriesDescription = "Schädel"

    data = spoilt("binary", change).replace("Schädel".encode(), "Schädel".encode("latin-1") + b" ")
    assert_found(hd.seg.check(data), "ERROR [SeriesDescription, PS3.3 C.12.1.1.2] ISO_IR 192")


def test_decimal_strings_that_are_no_numbers_are_found() -> None:
    data = written("binary").replace(b"0.75\\0.5", b"0.75\\x.5")
    assert_found(hd.seg.check(data), "ERROR [PixelSpacing, PS3.5 6.2] x.5")


def test_an_odd_length_is_found() -> None:
    seg = MAKERS["binary"]()
    seg.SeriesDescription = "word"
    file = io.BytesIO()
    seg.save_as(file)
    data = file.getvalue()
    at = data.index(b"LO\x04\0word")
    odd = data[:at] + b"LO\x03\0wor" + data[at + 8 :]
    assert_found(hd.seg.check(odd), "ERROR [SeriesDescription, PS3.5 7.1.1] 3 bytes")
