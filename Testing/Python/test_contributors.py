"""Who and what had a part in an object: equipment, creator, coding schemes, institution, dates, texts."""

import json
import pickle
from datetime import date, datetime, time, timedelta, timezone
from pathlib import Path

import numpy as np
import pydicom
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom import dcmread
from pydicom.datadict import dictionary_VR
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes
from pydicom.valuerep import DA, TM, PersonName, validate_value

import dicomsegcodec as hd
from dicomsegcodec.errors import ArgumentError, MissingAttribute
from dicomsegcodec.findings import Finding
from dicomsegcodec.layers import LabelLayer, LayeredSegmentation
from dicomsegcodec.sources import SourceImages
from dicomsegcodec.texts import check_text
from dicomsegcodec.write import WriteOptions, write_segmentation
from objects import construct
from series import make_series
from strategies import plain_segments
from test_header import MASK, dciodvfy, images_with, written
from test_slides import labels, segmentation, slide

WHO = hd.sr.CodedConcept("121079", "DCM", "Baseline")


def creator(**other: object) -> hd.ContentCreatorIdentificationCodeSequence:
    arguments = {
        "person_identification_codes": [WHO, codes.DCM.Person],
        "institution_name": "Universitätsklinik",
        "person_address": "Street 1\r\nTown",
        "person_telephone_numbers": ["+1 23", "+1 24"],
        "person_telecom_information": "a@b.org",
        "institution_code": hd.sr.CodedConcept("22232009", "SCT", "Hospital"),
        "institution_address": "Street 2",
        "institutional_department_name": "Radiology",
        "institutional_department_type_code": hd.sr.CodedConcept("225728007", "SCT", "Department"),
    }
    return hd.ContentCreatorIdentificationCodeSequence(**{**arguments, **other})


def workstation(**other: object) -> hd.ContributingEquipment:
    arguments = {
        "manufacturer": "Maker",
        "purpose_of_reference": codes.DCM.ModifyingEquipment,
        "manufacturer_model_name": "Workstation",
        "software_versions": ["1.0", "2.0"],
        "device_serial_number": "S1",
        "institution_name": "Hospital",
        "institutional_department_name": "Radiology",
        "institution_address": "Street 1\nTown",
        "station_name": "ROOM1",
        "contribution_datetime": datetime(2024, 2, 29, 12, 30, 15, 250000),
        "contribution_description": "Corrected the outlines",
    }
    return hd.ContributingEquipment(**{**arguments, **other})


# --- equipment ----------------------------------------------------------------------------------------------


def test_equipment_stands_between_the_scanner_and_this_library(tmp_path: Path) -> None:
    highdicom = pytest.importorskip("highdicom")
    machine = workstation()
    seg, findings = written(
        images_with(
            ManufacturerModelName="Scanner",
            SoftwareVersions=["v1", "v2"],
            DeviceSerialNumber="77",
            StationName="CT1",
            InstitutionalDepartmentName="Radiology",
            InstitutionAddress="Street 9",
            AcquisitionDate="20240101",
            AcquisitionTime="101112.5",
        ),
        tmp_path / "seg.dcm",
        contributing_equipment=[machine],
    )
    assert findings == []
    scanner, found, library = seg.ContributingEquipmentSequence
    assert scanner.PurposeOfReferenceCodeSequence[0].CodeValue == "109101"
    assert (scanner.ManufacturerModelName, scanner.SoftwareVersions) == ("Scanner", ["v1", "v2"])
    assert (scanner.DeviceSerialNumber, scanner.StationName) == ("77", "CT1")
    assert scanner.ContributionDateTime == "20240101101112.5"
    assert found == machine
    assert found.ContributionDateTime == "20240229123015.250000"
    assert library.ManufacturerModelName == "dicomsegcodec"
    assert dciodvfy(tmp_path / "seg.dcm") == []
    peer = highdicom.seg.segread(tmp_path / "seg.dcm")
    assert peer.ContributingEquipmentSequence[1].StationName == "ROOM1"
    assert pickle.loads(pickle.dumps(machine)) == machine


def test_equipment_says_what_highdicoms_does() -> None:
    highdicom = pytest.importorskip("highdicom")
    arguments = {
        "manufacturer": "Maker",
        "purpose_of_reference": codes.DCM.ProcessingEquipment,
        "software_versions": ("1", "2"),
        "contribution_datetime": datetime(2024, 2, 29, 1, 2, 3),
        "institution_address": "Street",
    }
    assert {e.keyword for e in workstation()} == {
        e.keyword for e in highdicom.ContributingEquipment(**{**WORKSTATION, **arguments})
    }
    ours, theirs = hd.ContributingEquipment(**arguments), highdicom.ContributingEquipment(**arguments)
    for keyword in ("Manufacturer", "SoftwareVersions", "InstitutionAddress"):
        assert ours[keyword].value == theirs[keyword].value
    seg = construct(make_series((3, 5, 7)), MASK, contributing_equipment=[theirs])
    assert seg.ContributingEquipmentSequence[1] == theirs


WORKSTATION = {
    "manufacturer_model_name": "Workstation",
    "device_serial_number": "S1",
    "institution_name": "Hospital",
    "institutional_department_name": "Radiology",
    "station_name": "ROOM1",
    "contribution_description": "x",
}


@pytest.mark.parametrize(
    ("moment", "stored"),
    [
        ("2024", "2024"),
        ("20240229120000.5+0100", "20240229120000.5+0100"),
        (
            datetime(2024, 2, 29, 12, tzinfo=timezone(timedelta(hours=-5, minutes=-30))),
            "20240229120000.000000-0530",
        ),
        (datetime(2024, 2, 29, 12), "20240229120000.000000"),
    ],
)
def test_the_moment_of_a_contribution_is_written(moment: object, stored: str, tmp_path: Path) -> None:
    machine = workstation(contribution_datetime=moment)
    construct(make_series((3, 5, 7)), MASK, contributing_equipment=[machine]).save_as(tmp_path / "s.dcm")
    assert dcmread(tmp_path / "s.dcm").ContributingEquipmentSequence[1].ContributionDateTime == stored
    assert dciodvfy(tmp_path / "s.dcm") == []


@pytest.mark.parametrize(
    ("other", "error"),
    [
        ({"manufacturer": ""}, ValueError),
        ({"manufacturer": "x" * 65}, ValueError),
        ({"manufacturer": None}, TypeError),
        ({"purpose_of_reference": "processing"}, TypeError),
        ({"station_name": "x" * 17}, ValueError),
        ({"station_name": "a\\b"}, ValueError),
        ({"software_versions": []}, ValueError),
        ({"software_versions": ["1", "a\nb"]}, ValueError),
        ({"software_versions": 1.0}, TypeError),
        ({"institution_address": "x" * 1025}, ValueError),
        ({"contribution_description": "a\0b"}, ValueError),
        ({"contribution_datetime": "yesterday"}, ValueError),
    ],
)
def test_equipment_that_cannot_be_written_is_refused(other: dict, error: type[Exception]) -> None:
    with pytest.raises(error):
        workstation(**other)


def test_equipment_is_taken_from_an_image_and_from_this_library() -> None:
    image = make_series((3, 5, 7), ManufacturerModelName="Scanner")[0]
    scanner = hd.ContributingEquipment.for_image_acquisition(image)
    assert isinstance(scanner, hd.ContributingEquipment)
    assert (scanner.Manufacturer, scanner.ManufacturerModelName) == (image.Manufacturer, "Scanner")
    library = hd.ContributingEquipment.for_library(purpose_of_reference=codes.DCM.DeIdentifyingEquipment)
    assert library.ManufacturerModelName == "dicomsegcodec"
    assert library.PurposeOfReferenceCodeSequence[0].CodeMeaning == codes.DCM.DeIdentifyingEquipment.meaning
    image.Manufacturer = ""
    with pytest.raises(MissingAttribute):
        hd.ContributingEquipment.for_image_acquisition(image)


@pytest.mark.parametrize(
    "other",
    [
        {"contributing_equipment": workstation()},
        {"contributing_equipment": ["equipment"]},
        {"coding_schemes": ["99X"]},
        {"content_creator_identification": creator()[0]},
        {"content_creator_identification": "Doe^Jane"},
    ],
)
def test_what_is_no_sequence_of_items_is_refused(other: dict) -> None:
    with pytest.raises(TypeError):
        construct(make_series((3, 5, 7)), MASK, **other)


def test_items_that_lack_what_they_need_are_refused() -> None:
    for name in ("contributing_equipment", "coding_schemes", "content_creator_identification"):
        with pytest.raises(ArgumentError, match=name):
            WriteOptions(**{name: [Dataset()]})
    with pytest.raises(ArgumentError, match="2 items"):
        WriteOptions(content_creator_identification=[*creator(), *creator()])


# --- the creator --------------------------------------------------------------------------------------------


def test_the_creator_is_written_by_name_and_by_codes(tmp_path: Path) -> None:
    highdicom = pytest.importorskip("highdicom")
    who = creator()
    seg, _findings = written(
        make_series((3, 5, 7)),
        tmp_path / "seg.dcm",
        content_creator_name=PersonName("Yamada^Tarou=山田^太郎"),
        content_creator_identification=who,
    )
    assert str(seg.ContentCreatorName) == "Yamada^Tarou=山田^太郎"
    assert seg.ContentCreatorIdentificationCodeSequence[0] == who[0]
    assert seg.ContentCreatorIdentificationCodeSequence[0].PersonTelephoneNumbers == ["+1 23", "+1 24"]
    assert dciodvfy(tmp_path / "seg.dcm") == []
    peer = highdicom.seg.segread(tmp_path / "seg.dcm").ContentCreatorIdentificationCodeSequence[0]
    assert [c.CodeValue for c in peer.PersonIdentificationCodeSequence] == ["121079", codes.DCM.Person.value]
    assert peer.InstitutionCodeSequence[0].CodeMeaning == "Hospital"
    assert "InstitutionName" not in peer


def test_a_creator_says_what_highdicoms_does() -> None:
    highdicom = pytest.importorskip("highdicom")
    arguments = {"person_identification_codes": [codes.DCM.Person], "institution_name": "Hospital"}
    ours = hd.ContentCreatorIdentificationCodeSequence(**arguments)
    theirs = highdicom.ContentCreatorIdentificationCodeSequence(**arguments)
    assert ours[0] == theirs[0]
    seg = construct(make_series((3, 5, 7)), MASK, content_creator_identification=theirs)
    assert seg.ContentCreatorIdentificationCodeSequence[0] == ours[0]


@pytest.mark.parametrize(
    ("other", "error"),
    [
        ({"person_identification_codes": []}, ValueError),
        ({"person_identification_codes": ["me"]}, TypeError),
        ({"institution_name": "x" * 65}, ValueError),
        ({"institution_name": ""}, ValueError),
        ({"institution_code": "H1"}, TypeError),
        ({"person_telephone_numbers": []}, ValueError),
        ({"person_telephone_numbers": "+1 23"}, TypeError),
        ({"person_telecom_information": "x" * 10241}, ValueError),
        ({"institutional_department_type_code": 7}, TypeError),
    ],
)
def test_a_creator_who_cannot_be_written_is_refused(other: dict, error: type[Exception]) -> None:
    with pytest.raises(error):
        creator(**other)


# --- coding schemes -----------------------------------------------------------------------------------------


def test_coding_schemes_are_identified(tmp_path: Path) -> None:
    highdicom = pytest.importorskip("highdicom")
    private = hd.sr.CodingSchemeIdentificationItem(
        "99HOSPITAL",
        name="Codes of the hospital",
        version="7",
        responsible_organization="Hospital\nIT",
        resources=[hd.sr.CodingSchemeResourceItem("https://a.org/codes?v=7", "CSV")],
    )
    registered = hd.coding_schemes.CodingSchemeIdentificationItem("FMA", registry="HL7", uid="2.16.840.1.1")
    external = hd.coding_schemes.CodingSchemeIdentificationItem("X", registry="Ours", external_id="x-1")
    assert hd.sr.CodingSchemeIdentificationItem is hd.coding_schemes.CodingSchemeIdentificationItem
    seg, _findings = written(
        make_series((3, 5, 7)), tmp_path / "seg.dcm", coding_schemes=[private, registered, external]
    )
    assert list(seg.CodingSchemeIdentificationSequence) == [private, registered, external]
    # That it does not know them is why they are identified.
    doubts = [line for line in dciodvfy(tmp_path / "seg.dcm") if "Unrecognized defined term" not in line]
    assert doubts == []
    peer = highdicom.seg.segread(tmp_path / "seg.dcm").CodingSchemeIdentificationSequence
    theirs = highdicom.coding_schemes.CodingSchemeIdentificationItem(
        "FMA", registry="HL7", uid="2.16.840.1.1"
    )
    assert peer[1].to_json() == theirs.to_json() == registered.to_json()
    assert peer[0].CodingSchemeResourcesSequence[0].CodingSchemeURL == "https://a.org/codes?v=7"


@pytest.mark.parametrize(
    "other",
    [
        {"designator": "x" * 17},
        {"designator": ""},
        {"version": "x" * 17},
        {"registry": "HL7"},
        {"registry": "HL7", "uid": "1.2", "external_id": "1"},
        {"registry": "HL7", "uid": "one.two"},
        {"name": "a\0b"},
    ],
)
def test_a_coding_scheme_that_cannot_be_written_is_refused(other: dict) -> None:
    with pytest.raises(ArgumentError):
        hd.sr.CodingSchemeIdentificationItem(**{"designator": "99X", **other})


def test_resources_of_coding_schemes_are_checked() -> None:
    for url, kind in (("https://a.org", "PDF"), ("", "DOC"), ("https://a.org/a b", "DOC"), ("a\\b", "OWL")):
        with pytest.raises(ArgumentError):
            hd.sr.CodingSchemeResourceItem(url, kind)
    with pytest.raises(TypeError):
        hd.sr.CodingSchemeIdentificationItem("99X", resources=["https://a.org"])


# --- dates, institution, qualification ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "moments",
    [
        (date(2024, 2, 29), time(12, 30, 15, 500), date(2024, 2, 28), time(23, 59)),
        ("20240229", "123015.0005", "20240228", "2359"),
        (DA("20240229"), TM("123015.0005"), DA("20240228"), TM("2359")),
    ],
)
def test_content_and_series_have_the_dates_that_are_given(moments: tuple, tmp_path: Path) -> None:
    names = ("content_date", "content_time", "series_date", "series_time")
    seg, _findings = written(
        make_series((3, 5, 7)),
        tmp_path / "seg.dcm",
        institution_name="Hospital",
        institutional_department_name="Radiology",
        content_qualification="RESEARCH",
        **dict(zip(names, moments, strict=True)),
    )
    assert (seg.ContentDate, seg.ContentTime) == ("20240229", "123015.000500")
    assert (seg.SeriesDate, seg.SeriesTime) == ("20240228", "235900.000000")
    assert (seg.InstitutionName, seg.InstitutionalDepartmentName) == ("Hospital", "Radiology")
    assert seg.ContentQualification == "RESEARCH"
    assert dciodvfy(tmp_path / "seg.dcm") == []


@pytest.mark.parametrize(
    ("other", "error"),
    [
        ({"content_time": "12"}, TypeError),
        ({"series_time": "12"}, TypeError),
        ({"content_date": "2024-02-29"}, ValueError),
        ({"content_date": "20240230"}, ValueError),
        ({"content_date": 20240229}, TypeError),
        ({"content_date": "20240229", "content_time": "2561"}, ValueError),
        ({"content_date": "20240229", "content_time": 12}, TypeError),
        ({"content_date": "20240229", "series_date": "20240301"}, ValueError),
        (
            {
                "content_date": "20240229",
                "content_time": "10",
                "series_date": "20240229",
                "series_time": "11",
            },
            ValueError,
        ),
        ({"content_qualification": "DRAFT"}, ValueError),
    ],
)
def test_dates_and_terms_that_make_no_sense_are_refused(other: dict, error: type[Exception]) -> None:
    with pytest.raises(error) as caught:
        construct(make_series((3, 5, 7)), MASK, **other)
    assert isinstance(caught.value, hd.errors.SegError)


# --- texts that do not fit ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("series_description", "x" * 65),
        ("series_description", "a\\b"),
        ("series_description", "two\nlines"),
        ("content_description", "x" * 65),
        ("content_creator_name", "x" * 65),
        ("content_creator_name", "a^b^c^d^e^f"),
        ("content_creator_name", "a=b=c=d"),
        ("institution_name", "x" * 65),
        ("institutional_department_name", "x" * 65),
        ("clinical_trial_series_id", "x" * 65),
        ("clinical_trial_time_point_id", "x" * 65),
        ("clinical_trial_coordinating_center_name", "x" * 65),
        ("body_part_examined", "Liver"),
        ("body_part_examined", "X" * 17),
        ("pyramid_uid", "1.02"),
    ],
)
def test_a_text_of_the_caller_that_does_not_fit_is_refused_and_named(name: str, text: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        WriteOptions(**{name: text})
    assert name in str(caught.value).lower().replace(" ", "_")


@given(
    text=st.text(max_size=70) | st.text(st.sampled_from("a\\\n\t=^é"), max_size=12),
    vr=st.sampled_from(["SH", "LO", "PN", "ST", "LT"]),
)
def test_a_text_that_is_taken_is_one_that_pydicom_takes(text: str, vr: str) -> None:
    try:
        check_text("it", text, vr, empty=True)
    except ArgumentError as error:
        assert str(error).startswith("it ")
        return
    validate_value(vr, text, pydicom.config.RAISE)
    assert "\0" not in text and "\x1b" not in text


def test_the_longest_texts_that_fit_are_written_whole(tmp_path: Path) -> None:
    names = ("series_description", "content_description", "institution_name", "institutional_department_name")
    seg, findings = written(
        make_series((3, 5, 7)),
        tmp_path / "seg.dcm",
        content_creator_name=f"{'a' * 64}={'ß' * 64}",
        **dict.fromkeys(names, "ü" * 64),
    )
    assert findings == []
    assert seg.SeriesDescription == seg.ContentDescription == seg.InstitutionName == "ü" * 64
    assert str(seg.ContentCreatorName) == f"{'a' * 64}={'ß' * 64}"
    # Its lengths are of bytes, the standard's of characters: so again without umlauts.
    seg, _findings = written(make_series((3, 5, 7)), tmp_path / "seg.dcm", **dict.fromkeys(names, "u" * 64))
    assert dciodvfy(tmp_path / "seg.dcm") == []


@pytest.mark.parametrize(
    ("keyword", "value", "expected"),
    [
        ("StudyDescription", "D" * 70, "D" * 64),
        ("StudyID", "I" * 20, "I" * 16),
        ("PatientComments", "c" * 10300, "c" * 10240),
        ("AdditionalPatientHistory", "h" * 10300, "h" * 10240),
        ("PatientName", "N" * 70, "N" * 70),
        ("ReferringPhysicianName", f"A={'N' * 70}", f"A={'N' * 70}"),
    ],
)
def test_a_text_of_the_source_that_does_not_fit_is_a_finding(
    keyword: str, value: str, expected: str, tmp_path: Path
) -> None:
    seg, findings = written(images_with(**{keyword: value}), tmp_path / "seg.dcm")
    assert [f.where for f in findings] == [keyword]
    with pydicom.config.disable_value_validation():
        assert str(seg[keyword].value) == expected


@pytest.mark.parametrize(
    ("keyword", "value", "expected"),
    [
        ("InstitutionName", "x" * 70, "x" * 64),
        ("StationName", "x" * 20, "x" * 16),
        ("InstitutionAddress", "x" * 1100, "x" * 1024),
    ],
)
def test_texts_of_the_scanner_that_do_not_fit_are_findings(
    keyword: str, value: str, expected: str, tmp_path: Path
) -> None:
    findings: list[Finding]
    seg, findings = written(images_with(**{keyword: value}), tmp_path / "seg.dcm")
    assert [f.where for f in findings] == [keyword]
    assert seg.ContributingEquipmentSequence[0][keyword].value == expected
    assert dciodvfy(tmp_path / "seg.dcm") == []


def test_another_time_point_of_a_trial_than_the_sources_is_a_finding(tmp_path: Path) -> None:
    sources = SourceImages.of(
        images_with(ClinicalTrialTimePointID="1", ClinicalTrialTimePointDescription="first visit")
    )
    layers = LayeredSegmentation(sources.planes, plain_segments([1]), (LabelLayer(MASK, {1: 1}),))
    for point, found, description in (("1", [], "first visit"), ("2", ["ClinicalTrialTimePointID"], None)):
        options = WriteOptions(clinical_trial_time_point_id=point)
        findings = write_segmentation(tmp_path / f"{point}.dcm", layers, sources, options)
        assert [f.where for f in findings] == found
        seg = dcmread(tmp_path / f"{point}.dcm")
        assert seg.ClinicalTrialTimePointID == point
        assert seg.get("ClinicalTrialTimePointDescription") == description
        assert dciodvfy(tmp_path / f"{point}.dcm") == []


def test_every_attribute_of_patient_study_and_specimen_is_copied() -> None:
    highdicom = pytest.importorskip("highdicom", reason="highdicom is not installed; it has the tables")
    tables = Path(highdicom.__file__).parent / "_standard" / "module_attribute_map.json"
    modules = json.loads(tables.read_text(encoding="utf-8"))
    names = (
        *("patient", "clinical-trial-subject", "general-study", "patient-study", "clinical-trial-study"),
        "specimen",
    )
    source = slide()
    wanted = {a["keyword"] for name in names for a in modules[name] if not a["path"]}
    enumerated = {"PatientSex": "O", "PatientIdentityRemoved": "YES", "SmokingStatus": "NO"}
    by_vr = {"DA": "20240101", "TM": "10", "AS": "042Y", "UI": "1.2.3", "DS": "1", "US": 1, "FD": 1.5}
    for keyword in wanted:
        vr = dictionary_VR(keyword)
        value = [Dataset()] if vr == "SQ" else enumerated.get(keyword, by_vr.get(vr, "TEXT"))
        setattr(source, keyword, value)
    seg = segmentation(source, labels(), "BINARY", tile_pixel_array=True)
    assert seg.findings == ()
    for keyword in wanted:
        assert seg[keyword].value == source[keyword].value, keyword


def test_items_that_are_changed_afterwards_do_not_change_the_object() -> None:
    machine, who = workstation(), creator()
    scheme = hd.sr.CodingSchemeIdentificationItem("99X")
    seg = construct(
        make_series((3, 5, 7)),
        np.copy(MASK),
        contributing_equipment=[machine],
        content_creator_identification=who,
        coding_schemes=[scheme],
    )
    machine.Manufacturer = who[0].PersonAddress = scheme.CodingSchemeDesignator = "changed"
    assert seg.ContributingEquipmentSequence[1].Manufacturer == "Maker"
    assert seg.ContentCreatorIdentificationCodeSequence[0].PersonAddress == "Street 1\r\nTown"
    assert seg.CodingSchemeIdentificationSequence[0].CodingSchemeDesignator == "99X"
