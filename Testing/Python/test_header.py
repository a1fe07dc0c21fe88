"""The header comes out whole from whatever sources there are in the world, and each repair is a finding."""

import subprocess
from datetime import datetime
from pathlib import Path

import numpy as np
import pydicom
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom import dcmread
from pydicom.dataset import Dataset

import dicomsegcodec as hd
from dicomsegcodec.copied_attributes import copy_patient_and_study
from dicomsegcodec.errors import ArgumentError
from dicomsegcodec.findings import Finding, Severity
from dicomsegcodec.layers import LabelLayer, LayeredSegmentation
from dicomsegcodec.sources import SourceImages
from dicomsegcodec.write import WriteOptions, write_segmentation
from objects import construct, uids_of
from series import make_series
from strategies import plain_segments
from validators import program

MASK = np.zeros((3, 5, 7), np.uint8)
MASK[1, 2:4, 2:5] = 1


def images_with(**attributes: object) -> list[Dataset]:
    """Return source images with these attributes, whatever their values; None leaves one out."""
    with pydicom.config.disable_value_validation():
        return make_series((3, 5, 7), **attributes)


def written(images: list[Dataset], path: Path, **other: object) -> tuple[Dataset, list[Finding]]:
    seg = construct(images, MASK, **other)
    seg.save_as(path)
    return dcmread(path), list(seg.findings)


def dciodvfy(path: Path) -> list[str]:
    """Return its errors and warnings, but not what a DICOMDIR would need and the standard lets be empty."""
    # No check of its return code: it tells of errors.
    checked = subprocess.run([program("dciodvfy"), "-new", path], capture_output=True, text=True)
    lines = (checked.stdout + checked.stderr).splitlines()
    return [line for line in lines if line.startswith(("Error", "Warning")) and "DICOMDIR" not in line]


@pytest.mark.parametrize(
    "keyword",
    [
        *("PatientName", "PatientID", "PatientBirthDate", "PatientSex", "StudyDate", "StudyTime"),
        *("AccessionNumber", "StudyID", "ReferringPhysicianName", "Manufacturer", "SeriesNumber"),
        *("SliceThickness", "PositionReferenceIndicator", "InstanceNumber", "Modality", "SamplesPerPixel"),
    ],
)
def test_an_absent_attribute_of_the_source_stops_nothing(keyword: str, tmp_path: Path) -> None:
    seg, findings = written(images_with(**{keyword: None}), tmp_path / "seg.dcm")
    assert findings == []
    assert np.array_equal(seg.pixel_array, MASK[1])
    assert dciodvfy(tmp_path / "seg.dcm") == []
    seg, _findings = written(images_with(**{keyword: ""}), tmp_path / "empty.dcm")
    assert np.array_equal(seg.pixel_array, MASK[1])


@pytest.mark.parametrize(
    ("keyword", "value", "expected"),
    [
        ("PatientAge", "42", "042Y"),
        ("PatientAge", "6M", "006M"),
        ("PatientAge", "old", None),
        ("PatientSex", "U", ""),
        ("PatientSex", "m", ""),
        ("PatientWeight", "71.123456789012345", "71.1234567890123"),
        ("PatientBirthDate", "1970-01-01", "19700101"),
        ("PatientBirthDate", "01.01.70", ""),
        ("StudyTime", "10:10:10", "101010"),
        ("StudyDate", "20241399", ""),
        ("AccessionNumber", "A" * 20, "A" * 16),
        ("StudyDescription", "D" * 70, "D" * 64),
        ("EthnicGroup", "E" * 20, "E" * 16),
    ],
)
def test_a_value_that_its_vr_does_not_allow_is_mended_or_left_out_and_reported(
    keyword: str, value: str, expected: str | None, tmp_path: Path
) -> None:
    seg, findings = written(images_with(**{keyword: value}), tmp_path / "seg.dcm")
    found = seg.get(keyword)
    assert (found if found is None else str(found)) == expected or str(found) == "71.1234567890124"
    assert [(f.where, f.severity) for f in findings] == [(keyword, Severity.WARNING)]
    assert value in findings[0].text
    assert dciodvfy(tmp_path / "seg.dcm") == []


@pytest.mark.parametrize(
    ("keyword", "value"),
    [
        ("PregnancyStatus", 4),
        ("LongitudinalTemporalOffsetFromEvent", 1.5),
        ("PatientSize", "1.83"),
        ("PatientName", "Yamada^Tarou=山田^太郎=やまだ^たろう"),
        ("OtherPatientNames", ["A^B", "C^D"]),
        ("MedicalAlerts", ["one", "two"]),
        ("PatientComments", "a line\r\nanother line, über alles"),
        ("ReferencedStudySequence", [Dataset()]),
        ("ClinicalTrialSponsorName", "Sponsor"),
        ("IssuerOfPatientID", "Hospital"),
    ],
)
def test_what_is_right_is_copied_as_it_is(keyword: str, value: object, tmp_path: Path) -> None:
    images = images_with(**{keyword: value})
    seg, findings = written(images, tmp_path / "seg.dcm")
    assert findings == []
    assert seg[keyword].value == images[0][keyword].value


@pytest.mark.parametrize("keyword", ["StudyInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID"])
def test_uids_of_the_source_are_copied_even_where_they_break_the_rules(keyword: str, tmp_path: Path) -> None:
    # Leading zeros in a component are common; another UID would be another study.
    images = images_with(**{keyword: "1.02.003"})
    seg, _findings = written(images, tmp_path / "seg.dcm")
    with pydicom.config.disable_value_validation():
        found = seg.ReferencedSeriesSequence[0] if keyword == "SeriesInstanceUID" else seg
        assert found[keyword].value == "1.02.003"


def test_instance_uids_of_the_source_are_copied_even_where_they_break_the_rules(tmp_path: Path) -> None:
    with pydicom.config.disable_value_validation():
        images = make_series((3, 5, 7))
        for number, image in enumerate(images):
            image.SOPInstanceUID = f"1.02.{number}"
    written(images, tmp_path / "seg.dcm")
    seg = hd.seg.segread(tmp_path / "seg.dcm")
    np.testing.assert_array_equal(seg.get_pixels_by_source_instance(uids_of(images))[..., 0], MASK)


@pytest.mark.parametrize("charset", ["ISO_IR 100", "ISO_IR 192", "ISO_IR 144", ["", "ISO 2022 IR 87"]])
def test_names_of_any_character_set_arrive(charset: str, tmp_path: Path) -> None:
    name = {"ISO_IR 144": "Юлия"}.get(charset if isinstance(charset, str) else "", "Müller^Jörg")
    if not isinstance(charset, str):
        name = "Yamada^Tarou=山田^太郎"
    images = []
    for number, image in enumerate(make_series((3, 5, 7))):
        image.SpecificCharacterSet = charset
        image.PatientName = image.ReferringPhysicianName = name
        image.InstitutionName = "Klinik" if not isinstance(charset, str) else name.split("^")[0]
        image.save_as(tmp_path / f"{number}.dcm", enforce_file_format=True)
        images.append(dcmread(tmp_path / f"{number}.dcm"))
    seg, findings = written(images, tmp_path / "seg.dcm")
    assert findings == []
    assert seg.SpecificCharacterSet == "ISO_IR 192"
    assert str(seg.PatientName) == str(seg.ReferringPhysicianName) == name
    equipment = seg.ContributingEquipmentSequence[0]
    assert equipment.InstitutionName == images[0].InstitutionName
    assert images[0].SpecificCharacterSet == charset


def test_plain_text_needs_no_character_set(tmp_path: Path) -> None:
    seg, _findings = written(make_series((3, 5, 7)), tmp_path / "seg.dcm")
    assert "SpecificCharacterSet" not in seg


@pytest.mark.parametrize("modality", ["ab", "CT 2", "much too long for a code string", "é", "CT\\MR", ""])
def test_any_modality_gives_a_content_label_that_is_allowed(modality: str, tmp_path: Path) -> None:
    seg, _findings = written(images_with(Modality=modality), tmp_path / "seg.dcm")
    assert dciodvfy(tmp_path / "seg.dcm") == []
    assert seg.Modality == "SEG"
    assert 0 < len(seg.ContentLabel) <= 16


@pytest.mark.parametrize("value", ["x" * 70, "SLIDE\\CORNER", "größer"])
def test_any_position_reference_indicator_gives_a_file(value: str, tmp_path: Path) -> None:
    construct(images_with(PositionReferenceIndicator=value), MASK).save_as(tmp_path / "seg.dcm")
    assert dciodvfy(tmp_path / "seg.dcm") == []


@pytest.mark.parametrize("number", ["7", "2147483647", "", None])
def test_the_series_number_of_the_source_gives_one_that_fits(number: str | None, tmp_path: Path) -> None:
    planes = SourceImages.of(images_with(SeriesNumber=number))
    layers = LayeredSegmentation(planes.planes, plain_segments([1]), (LabelLayer(MASK, {1: 1}),))
    write_segmentation(tmp_path / "seg.dcm", layers, planes)
    assert dcmread(tmp_path / "seg.dcm").SeriesNumber == (107 if number == "7" else 100)
    assert dciodvfy(tmp_path / "seg.dcm") == []


def test_lossy_compression_of_the_source_is_passed_on(tmp_path: Path) -> None:
    images = images_with(
        LossyImageCompression="01",
        LossyImageCompressionRatio=["10.5", "2"],
        LossyImageCompressionMethod=["ISO_10918_1", "ISO_14495_1"],
    )
    seg, _findings = written(images, tmp_path / "seg.dcm")
    assert seg.LossyImageCompression == "01"
    assert seg.LossyImageCompressionRatio == [10.5, 2]
    assert dciodvfy(tmp_path / "seg.dcm") == []


def test_the_source_images_are_left_as_they_are(tmp_path: Path) -> None:
    sequence = Dataset()
    sequence.ReferencedSOPClassUID, sequence.ReferencedSOPInstanceUID = "1.2.3", "1.2.4"
    images = images_with(PatientAge="42", PatientSex="U", ReferencedStudySequence=[sequence])
    before = [image.to_json() for image in images]
    mask = MASK.copy()
    seg = construct(images, mask)
    seg.PatientName = "Other"
    seg.ReferencedStudySequence[0].ReferencedSOPInstanceUID = "9"
    seg.save_as(tmp_path / "seg.dcm")
    assert [image.to_json() for image in images] == before
    np.testing.assert_array_equal(mask, MASK)


# --- what the caller says -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("series_number", 0),
        ("series_number", -1),
        ("series_number", 2**31),
        ("instance_number", 0),
        ("instance_number", 2**31),
        ("content_label", "lower case"),
        ("content_label", "A" * 17),
        ("content_label", "A\\B"),
        ("segmentation_type", "LABELED"),
        ("segmentation_type", ""),
        ("sop_instance_uid", "no uid"),
        ("sop_instance_uid", "1." * 40 + "1"),
        ("series_instance_uid", "1.02.3"),
        ("manufacturer", ""),
        ("manufacturer", "x" * 65),
        ("manufacturer", "a\\b"),
        ("manufacturer_model_name", "x" * 65),
        ("device_serial_number", "x" * 65),
        ("device_serial_number", ""),
        ("software_versions", ()),
        ("software_versions", ("1", "x" * 65)),
    ],
)
def test_an_option_that_cannot_be_written_is_refused(option: str, value: object) -> None:
    with pytest.raises(ArgumentError):
        WriteOptions(**{option: value})


def test_options_are_written(tmp_path: Path) -> None:
    sources = SourceImages.of(make_series((3, 5, 7)))
    layers = LayeredSegmentation(sources.planes, plain_segments([1]), (LabelLayer(MASK, {1: 1}),))
    options = WriteOptions(
        series_instance_uid="1.2.3",
        series_number=2**31 - 1,
        series_description="Süd",
        sop_instance_uid="1.2.4",
        instance_number=9,
        manufacturer="Österreich AG",
        manufacturer_model_name="Model",
        software_versions=("1", "2"),
        device_serial_number="17",
        content_label="LABEL_1",
        content_description="Beschreibung",
        content_creator_name="Roe^Jane",
        content_date_time=datetime(2024, 2, 29, 23, 59, 58, 7),
    )
    write_segmentation(tmp_path / "seg.dcm", layers, sources, options)
    seg = dcmread(tmp_path / "seg.dcm")
    assert seg.file_meta.MediaStorageSOPInstanceUID == seg.SOPInstanceUID == "1.2.4"
    assert (seg.SeriesInstanceUID, seg.SeriesNumber, seg.InstanceNumber) == ("1.2.3", 2**31 - 1, 9)
    assert (seg.Manufacturer, seg.SeriesDescription) == ("Österreich AG", "Süd")
    assert seg.SoftwareVersions == ["1", "2"]
    assert (seg.ContentLabel, seg.ContentDescription) == ("LABEL_1", "Beschreibung")
    assert seg.ContentCreatorName == "Roe^Jane"
    assert (seg.ContentDate, seg.ContentTime) == ("20240229", "235958.000007")
    assert dciodvfy(tmp_path / "seg.dcm") == []


texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=90)


@given(
    values=st.dictionaries(
        st.sampled_from(
            (
                *("PatientAge", "PatientWeight", "PatientSex", "PatientBirthDate", "StudyTime", "StudyID"),
                *("PatientName", "StudyDescription", "PregnancyStatus", "PatientComments", "AccessionNumber"),
            )
        ),
        texts,
        max_size=4,
    )
)
def test_no_text_in_the_source_stops_the_copying(values: dict[str, str]) -> None:
    source = Dataset()
    source.StudyInstanceUID = "1.2.3"
    with pydicom.config.disable_value_validation():
        for keyword, value in values.items():
            try:
                setattr(source, keyword, value)
            except ValueError:  # pydicom itself does not take it, so no source has it
                continue
    header, findings = Dataset(), []
    copy_patient_and_study(source, header, findings)
    assert {finding.where for finding in findings} <= set(values)
    for keyword in ("PatientName", "PatientID", "StudyDate", "StudyID"):
        assert keyword in header
