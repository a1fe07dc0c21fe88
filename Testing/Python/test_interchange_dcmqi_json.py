"""dcmqi's segmentation JSON, both ways."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicomsegcodec.color import cielab_to_rgb, rgb_to_cielab
from dicomsegcodec.errors import ArgumentError, ExternalFileError, OutputError
from dicomsegcodec.findings import Severity
from dicomsegcodec.interchange.dcmqi_json import (
    SegmentCoding,
    SeriesAttributes,
    format_coding,
    parse_coding,
    read_coding,
    write_coding,
)
from dicomsegcodec.segments import Algorithm, Code, Region, Segment
from interchange_strategies import full_segments, long_text, simple_segments

# The limits of dcmqi's schema, as it is published; kept here because the tests need no network.
SERIES_LENGTHS = {
    "ContentCreatorName": 64, "ClinicalTrialSeriesID": 64, "ClinicalTrialTimePointID": 64,
    "ClinicalTrialCoordinatingCenterName": 64, "ContentLabel": 16, "ContentDescription": 64,
    "SeriesDescription": 64, "SeriesNumber": 12, "InstanceNumber": 12, "BodyPartExamined": 16,
}  # fmt: skip
CODE_KEYS = {"CodeValue", "CodingSchemeDesignator", "CodeMeaning"}
CODE_SEQUENCES = {
    "SegmentedPropertyCategoryCodeSequence", "SegmentedPropertyTypeCodeSequence",
    "SegmentedPropertyTypeModifierCodeSequence", "AnatomicRegionSequence", "AnatomicRegionModifierSequence",
}  # fmt: skip
TEXTS = {
    "SegmentDescription", "SegmentLabel", "SegmentAlgorithmType", "SegmentAlgorithmName",
    "TrackingIdentifier", "TrackingUniqueIdentifier",
}  # fmt: skip


def segment_json(**changes: Any) -> dict[str, Any]:
    """Return a segment as dcmqi's documentation has it; a change to None takes the key away."""
    item = {
        "labelID": 1,
        "SegmentLabel": "Liver",
        "SegmentedPropertyCategoryCodeSequence": {
            "CodeValue": "123037004", "CodingSchemeDesignator": "SCT", "CodeMeaning": "Anatomical Structure",
        },
        "SegmentedPropertyTypeCodeSequence": {
            "CodeValue": "10200004", "CodingSchemeDesignator": "SCT", "CodeMeaning": "Liver",
        },
        "SegmentAlgorithmType": "SEMIAUTOMATIC",
        "SegmentAlgorithmName": "SlicerEditor",
        "recommendedDisplayRGBValue": [221, 130, 101],
    }  # fmt: skip
    item.update(changes)
    return {key: value for key, value in item.items() if value is not None}


def document(*segments: dict[str, Any], **root: Any) -> str:
    return json.dumps({"segmentAttributes": [list(segments) or [segment_json()]], **root})


def assert_schema_valid(text: str) -> None:
    root = json.loads(text)
    assert set(root) <= {"@schema", "segmentAttributesFileMapping", "segmentAttributes", *SERIES_LENGTHS}
    for key, longest in SERIES_LENGTHS.items():
        assert isinstance(root.get(key, ""), str) and len(root.get(key, "")) <= longest
    assert root["segmentAttributes"] and all(root["segmentAttributes"])
    for segment in (s for volume in root["segmentAttributes"] for s in volume):
        assert set(segment) <= {
            "labelID", "recommendedDisplayRGBValue", "RecommendedDisplayCIELabValue", *CODE_SEQUENCES, *TEXTS,
        }  # fmt: skip
        assert isinstance(segment["labelID"], int)
        assert segment["SegmentAlgorithmType"] in ("AUTOMATIC", "MANUAL", "SEMIAUTOMATIC")
        for key in CODE_SEQUENCES & set(segment):
            assert set(segment[key]) == CODE_KEYS
            assert all(isinstance(v, str) and len(v) <= 64 for v in segment[key].values())
        assert all(isinstance(segment[key], str) for key in TEXTS & set(segment))
        assert (
            len(segment.get("SegmentLabel", "")) <= 64 and len(segment.get("SegmentAlgorithmName", "")) <= 64
        )
        for key, most in (("recommendedDisplayRGBValue", 255), ("RecommendedDisplayCIELabValue", 65535)):
            if key in segment:
                assert len(segment[key]) == 3 and all(0 <= v <= most for v in segment[key])


numbers = st.none() | st.integers(-(2**31) + 1, 2**31 - 1)
short_cs = st.none() | st.text("ABCXYZ_ 019", min_size=1, max_size=16)
series = st.builds(
    SeriesAttributes,
    content_creator_name=st.none() | long_text,
    clinical_trial_series_id=st.none() | long_text,
    clinical_trial_time_point_id=st.none() | long_text,
    clinical_trial_coordinating_center_name=st.none() | long_text,
    content_label=short_cs,
    content_description=st.none() | long_text,
    series_description=st.none() | long_text,
    series_number=numbers,
    instance_number=numbers,
    body_part_examined=short_cs,
)


@st.composite
def codings(draw: st.DrawFn) -> SegmentCoding:
    volumes = tuple(
        tuple(
            draw(simple_segments(number))
            for number in draw(st.lists(st.integers(1, 65535), min_size=1, max_size=3, unique=True))
        )
        for _ in range(draw(st.integers(1, 3)))
    )
    names = tuple(f"{n}.nrrd" for n in range(len(volumes))) if draw(st.booleans()) else ()
    return SegmentCoding(volumes=volumes, file_names=names, series=draw(series))


@given(codings())
def test_what_the_json_can_say_comes_back_unchanged(coding: SegmentCoding) -> None:
    text, findings = format_coding(coding)
    assert findings == []
    assert_schema_valid(text)
    assert parse_coding(text) == (coding, [])


@given(full_segments())
def test_only_keys_of_the_schema_are_written_and_the_rest_is_told(segment: Segment) -> None:
    text, findings = format_coding(SegmentCoding(volumes=((segment,),)))
    assert_schema_valid(text)
    (again,) = parse_coding(text)[0].volumes[0]
    assert bool(findings) == (again != segment)


def test_each_thing_left_out_is_named() -> None:
    code = Code("1", "S", "One")
    segment = Segment(
        number=7,
        label="x" * 65,
        category=Code("1", "S", "One", "20240101"),
        type_modifiers=(code, Code("2", "S", "Two")),
        regions=(Region(code, (code, Code("3", "S", "Three"))), Region(Code("4", "S", "Four"))),
        primary_structures=(Region(Code("5", "S", "Five")),),
        algorithm=Algorithm("AUTOMATIC", "net", "2", code),
        private_text={"slicer:Status": "done"},
    )
    _, findings = format_coding(SegmentCoding(volumes=((segment,),)))
    text = "\n".join(map(str, findings))
    for word in ("20240101", "Two", "Three", "Four", "Five", "family", "slicer:Status", "65 characters"):
        assert word in text
    assert all(f.where == "segment 7" and f.severity is Severity.WARNING for f in findings)


def test_a_flat_list_is_one_label_volume() -> None:
    flat = json.dumps({"segmentAttributes": [segment_json(), segment_json(labelID=4)]})
    nested = json.dumps({"segmentAttributes": [[segment_json(), segment_json(labelID=4)]]})
    assert parse_coding(flat) == parse_coding(nested)
    assert [s.number for s in parse_coding(flat)[0].volumes[0]] == [1, 4]


def test_the_example_of_dcmqi_is_read() -> None:
    coding, findings = parse_coding(
        document(
            segment_json(
                TrackingIdentifier="Liver", TrackingUniqueIdentifier="1.2.3", SegmentDescription="All of it"
            ),
            ContentCreatorName="Doe^John",
            ClinicalTrialSeriesID="Session1",
            SeriesNumber="300",
            InstanceNumber=1,
            **{
                "@schema": "https://raw.githubusercontent.com/qiicr/dcmqi/master/doc/schemas/seg-schema.json#"
            },
        )
    )
    assert findings == []
    assert coding.series == SeriesAttributes(
        content_creator_name="Doe^John",
        clinical_trial_series_id="Session1",
        series_number=300,
        instance_number=1,
    )
    assert coding.volumes == (
        (
            Segment(
                number=1,
                label="Liver",
                category=Code("123037004", "SCT", "Anatomical Structure"),
                type=Code("10200004", "SCT", "Liver"),
                algorithm=Algorithm("SEMIAUTOMATIC", "SlicerEditor"),
                cielab=rgb_to_cielab([221 / 255, 130 / 255, 101 / 255]),
                tracking_id="Liver",
                tracking_uid="1.2.3",
                description="All of it",
            ),
        ),
    )


def test_a_segment_without_label_is_called_as_its_type() -> None:
    coding, _ = parse_coding(document(segment_json(SegmentLabel=None)))
    assert coding.volumes[0][0].label == "Liver"


def test_series_attributes_are_read_at_the_root_and_below_series_attributes() -> None:
    inner = {"ContentLabel": "LIVER", "ContentDescription": "inner", "BodyPartExamined": ""}
    coding, findings = parse_coding(document(ContentDescription="outer", seriesAttributes=inner))
    assert coding.series == SeriesAttributes(content_label="LIVER", content_description="outer")
    (finding,) = findings
    assert "'ContentDescription'" in finding.text and "inner" in finding.text and "outer" in finding.text


def test_null_counts_as_absent() -> None:
    text = document(
        {**segment_json(), "SegmentDescription": None, "AnatomicRegionSequence": None}, SeriesNumber=None
    )
    assert parse_coding(text) == parse_coding(document(segment_json()))


def test_both_colours_may_stand_there_and_the_exact_one_is_used() -> None:
    cielab = list(rgb_to_cielab([0.2, 0.4, 0.6]))
    near = [round(c * 255) for c in cielab_to_rgb(cielab)]
    coding, findings = parse_coding(
        document(segment_json(recommendedDisplayRGBValue=near, RecommendedDisplayCIELabValue=cielab))
    )
    assert coding.volumes[0][0].cielab == tuple(cielab) and findings == []
    coding, findings = parse_coding(document(segment_json(RecommendedDisplayCIELabValue=cielab)))
    assert coding.volumes[0][0].cielab == tuple(cielab)
    assert "different colours" in findings[0].text


def test_unknown_keys_are_told_with_their_place_and_do_no_harm() -> None:
    code = {**segment_json()["SegmentedPropertyTypeCodeSequence"], "CodeVersion": "1"}
    text = document(segment_json(Colour="red", SegmentedPropertyTypeCodeSequence=code), Author="me")
    coding, findings = parse_coding(text, "meta.json")
    assert coding == parse_coding(document(segment_json()))[0]
    assert [(f.severity, f.where) for f in findings] == [
        (Severity.WARNING, "meta.json"),
        (Severity.WARNING, "meta.json, segment with labelID 1"),
        (Severity.WARNING, "meta.json, segment with labelID 1, SegmentedPropertyTypeCodeSequence"),
    ]
    for finding, key in zip(findings, ("Author", "Colour", "CodeVersion"), strict=True):
        assert f"'{key}'" in finding.text


def test_a_region_modifier_alone_is_told() -> None:
    code = segment_json()["SegmentedPropertyTypeCodeSequence"]
    coding, findings = parse_coding(document(segment_json(AnatomicRegionModifierSequence=code)))
    assert coding.volumes[0][0].regions == ()
    assert "AnatomicRegionModifierSequence" in findings[0].text


CODE = "SegmentedPropertyTypeCodeSequence"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ["line 1"]),
        ("{", ["line 1"]),
        ('{"segmentAttributes": [[{"labelID": 1, "labelID": 2}]]}', ["'labelID' stands twice"]),
        ("[" * 100_000, ["not valid JSON"]),
        ('{"SeriesNumber": ' + "9" * 5000 + "}", ["not valid JSON"]),
        ("[]", ["a list of 0"]),
        ("{}", ["'segmentAttributes' is missing"]),
        ('{"segmentAttributes": {}}', ["'segmentAttributes' is an object"]),
        ('{"segmentAttributes": []}', ["'segmentAttributes'"]),
        ('{"segmentAttributes": [[]]}', ["item 1 is a list of 0"]),
        ('{"segmentAttributes": [[1]]}', ["segment 1", "is 1; expected an object"]),
        (document(segment_json(labelID=None)), ["'labelID' is missing"]),
        (document(segment_json(labelID="1")), ["'labelID' is the text '1'", "whole number"]),
        (document(segment_json(labelID=True)), ["'labelID' is true"]),
        (document(segment_json(labelID=0)), ["'labelID' is 0", "from 1 to 65535"]),
        (document(segment_json(labelID=65536)), ["65536"]),
        (document(segment_json(), segment_json()), ["'labelID' 1 stands twice"]),
        (document(segment_json(**{CODE: None})), ["labelID 1", f"'{CODE}' is missing"]),
        (document(segment_json(**{CODE: "Liver"})), ["labelID 1", f"'{CODE}' is the text 'Liver'"]),
        (document(segment_json(**{CODE: {"CodeValue": "1"}})), [CODE, "'CodingSchemeDesignator' is missing"]),
        (
            document(segment_json(**{CODE: {**dict.fromkeys(CODE_KEYS, "a"), "CodeValue": 1}})),
            [CODE, "'CodeValue' is 1"],
        ),
        (document(segment_json(SegmentAlgorithmType=None)), ["'SegmentAlgorithmType' is missing"]),
        (document(segment_json(SegmentAlgorithmType="auto")), ["'SegmentAlgorithmType' is 'auto'"]),
        (document(segment_json(SegmentLabel=3)), ["labelID 1", "'SegmentLabel' is 3", "text"]),
        (document(segment_json(SegmentLabel="\ud800")), ["'SegmentLabel'"]),
        (document(segment_json(recommendedDisplayRGBValue=[1, 2])), ["'recommendedDisplayRGBValue'"]),
        (document(segment_json(recommendedDisplayRGBValue=[1, 2, 256])), ["0 to 255"]),
        (document(segment_json(recommendedDisplayRGBValue="1,2,3")), ["'recommendedDisplayRGBValue'"]),
        (document(segment_json(RecommendedDisplayCIELabValue=[0.5, 0, 0])), ["three whole numbers"]),
        (document(segment_json(TrackingIdentifier="a")), ["'TrackingUniqueIdentifier' is missing", "both"]),
        (document(segment_json(TrackingUniqueIdentifier="1.2")), ["'TrackingIdentifier' is missing"]),
        (document(SeriesNumber="three"), ["'SeriesNumber' is the text 'three'"]),
        (document(SeriesNumber=1.5), ["'SeriesNumber' is 1.5"]),
        (document(SeriesNumber=2**40), ["'SeriesNumber'"]),
        (document(SeriesDescription=3), ["'SeriesDescription' is 3"]),
        (document(seriesAttributes=[]), ["'seriesAttributes' is a list of 0"]),
        (document(segmentAttributesFileMapping="a"), ["'segmentAttributesFileMapping'"]),
        (document(segmentAttributesFileMapping=["a", "b"]), ["names 2 files", "describes 1"]),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_used_is_refused_naming_file_segment_and_key(
    text: str, words: list[str]
) -> None:
    with pytest.raises(ExternalFileError) as caught:
        parse_coding(text, "meta.json")
    assert "meta.json" in str(caught.value)
    for word in words:
        assert word in str(caught.value)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.data(), json_values)
def test_any_value_in_any_place_is_read_or_refused_in_words(data: st.DataObject, value: Any) -> None:
    root = json.loads(
        document(segment_json(RecommendedDisplayCIELabValue=[1, 2, 3]), SeriesNumber="1", seriesAttributes={})
    )
    segment = root["segmentAttributes"][0][0]
    place = data.draw(st.sampled_from([root, root["seriesAttributes"], segment, segment[CODE]]))
    place[data.draw(st.sampled_from([*place, "SeriesDescription", "segmentAttributesFileMapping"]))] = value
    try:
        coding, _ = parse_coding(json.dumps(root), "meta.json")
    except ExternalFileError as error:
        assert str(error).startswith("meta.json")
    else:
        assert_schema_valid(format_coding(coding)[0])


def test_files_are_read_and_written_as_utf8_with_or_without_mark(tmp_path: Path) -> None:
    path = tmp_path / "meta.json"
    coding = SegmentCoding(volumes=((Segment(number=1, label="Fígado 肝臓"),),))
    assert write_coding(path, coding) == []
    assert read_coding(path) == (coding, [])
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert read_coding(path) == (coding, [])


def test_a_file_that_is_not_there_or_not_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ExternalFileError, match="no file"):
        read_coding(tmp_path / "absent.json")
    with pytest.raises(ExternalFileError, match="cannot be read"):
        read_coding(tmp_path)
    (tmp_path / "latin.json").write_bytes('{"a": "Fígado"}'.encode("latin-1"))
    with pytest.raises(ExternalFileError, match="UTF-8"):
        read_coding(tmp_path / "latin.json")


def test_a_coding_that_no_json_can_say_is_refused(tmp_path: Path) -> None:
    segment = Segment(number=1, label="a")
    for volumes, names in (((), ()), (((),), ()), (((segment, segment),), ()), (((segment,),), ("a", "b"))):
        with pytest.raises(ArgumentError):
            format_coding(SegmentCoding(volumes=volumes, file_names=names))
    with pytest.raises(OutputError):
        write_coding(tmp_path / "absent" / "meta.json", SegmentCoding(volumes=((segment,),)))
