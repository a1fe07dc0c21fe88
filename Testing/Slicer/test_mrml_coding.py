"""Codes of segments: by their names, and to and from dcmqi's JSON."""

import json
from pathlib import Path

import numpy as np
import pytest
import slicer
from pydicom.sr._concepts_dict import concepts
from segmentations import TISSUE_ENTRY, Layer, Looks, addSegmentation, state

from dicomsegcodec.errors import ArgumentError, ExternalFileError
from dicomsegcodec.segments import Code
from DicomSegIOLib import (
    ExportOptions,
    SegmentationNode,
    exportSegmentation,
    loadCoding,
    loadSegmentation,
    matchCodes,
    saveCoding,
    uncodedIds,
)
from DicomSegIOLib.NameTable import NAMES_FILE, readNames, wordsOf
from DicomSegIOLib.Terminology import describeSegment

# The classes of TotalSegmentator's task "total", version 2, in its order.
SIDES = ("right", "left")
TOTAL = (
    *("spleen", "kidney_right", "kidney_left", "gallbladder", "liver", "stomach", "pancreas"),
    *("adrenal_gland_right", "adrenal_gland_left", "lung_upper_lobe_left", "lung_lower_lobe_left"),
    *("lung_upper_lobe_right", "lung_middle_lobe_right", "lung_lower_lobe_right", "esophagus", "trachea"),
    *("thyroid_gland", "small_bowel", "duodenum", "colon", "urinary_bladder", "prostate"),
    *("kidney_cyst_left", "kidney_cyst_right", "sacrum", "vertebrae_S1"),
    *(f"vertebrae_L{n}" for n in range(5, 0, -1)),
    *(f"vertebrae_T{n}" for n in range(12, 0, -1)),
    *(f"vertebrae_C{n}" for n in range(7, 0, -1)),
    *("heart", "aorta", "pulmonary_vein", "brachiocephalic_trunk"),
    *(f"{vessel}_{side}" for vessel in ("subclavian_artery", "common_carotid_artery") for side in SIDES),
    *("brachiocephalic_vein_left", "brachiocephalic_vein_right", "atrial_appendage_left"),
    *("superior_vena_cava", "inferior_vena_cava", "portal_vein_and_splenic_vein"),
    *(f"{part}_{side}" for part in ("iliac_artery", "iliac_vena") for side in SIDES),
    *(f"{bone}_{side}" for bone in ("humerus", "scapula", "clavicula", "femur", "hip") for side in SIDES),
    "spinal_cord",
    *(f"gluteus_{part}_{side}" for part in ("maximus", "medius", "minimus") for side in SIDES),
    *(f"{part}_{side}" for part in ("autochthon", "iliopsoas") for side in SIDES),
    *("brain", "skull"),
    *(f"rib_{side}_{n}" for side in SIDES for n in range(1, 13)),
    *("sternum", "costal_cartilages"),
)

# Meanings that are not in pydicom's dictionary, whose words for these codes are others; these are Slicer's.
SLICERS_WORDS = {
    ("123037004", "Anatomical Structure"): "Body structure (body structure)",
    ("12921003", "Pelvis"): "Pelvic structure (body structure)",
    ("113345001", "Abdomen"): "Abdominal structure (body structure)",
}


def known() -> dict[str, set[str]]:
    """Return what pydicom calls each concept of SNOMED CT."""
    found: dict[str, set[str]] = {}
    for entries in concepts["SCT"].values():
        for value, (meaning, _) in entries.items():
            found.setdefault(value, set()).add(meaning)
    return found


# --- the table ----------------------------------------------------------------------------------------------


def test_every_code_of_the_table_is_a_concept_of_this_meaning() -> None:
    dictionary = known()
    otherWords = set()
    for row in readNames().values():
        for code in (row.category, row.type, row.modifier, row.region, row.regionModifier):
            if code is None:
                continue
            assert code.scheme_designator == "SCT" and code.value in dictionary, (row.name, code)
            meanings = {m.removesuffix(" (body structure)").casefold() for m in dictionary[code.value]}
            if code.meaning.casefold() not in meanings:
                otherWords.add((code.value, code.meaning))
    assert otherWords == set(SLICERS_WORDS)
    for (value, _), meaning in SLICERS_WORDS.items():
        assert meaning in dictionary[value]


def test_all_classes_of_totalsegmentator_are_in_the_table() -> None:
    assert len(TOTAL) == len(set(TOTAL)) == 117
    table = readNames()
    names = {row.name for row in table.values()}
    assert set(TOTAL) <= names
    for row in table.values():
        sides = {side for side in ("left", "right") if side in wordsOf(row.name)}
        said = {
            code.meaning.casefold()
            for code in (row.modifier, row.regionModifier)
            if code is not None and code.meaning in ("Left", "Right")
        }
        inType = {side for side in ("left", "right") if side in row.type.meaning.casefold()}
        assert sides == (said or inType), row.name
        assert row.color is None or all(0 <= part <= 1 for part in row.color)


def test_sides_vertebrae_and_ribs_are_right() -> None:
    table = {row.name: row for row in readNames().values()}
    assert table["kidney_left"].modifier == Code("7771000", "SCT", "Left")
    assert table["kidney_cyst_right"].regionModifier == Code("24028007", "SCT", "Right")
    for kind, count in (("C", 7), ("T", 12), ("L", 5)):
        for n in range(1, count + 1):
            assert table[f"vertebrae_{kind}{n}"].type.meaning == f"{kind}{n} vertebra"
    assert table["subclavian_artery_left"].type.value == "36765005"  # 29700009 is the right one
    assert table["hip_left"].region.meaning == "Hip" and table["hip_left"].type.meaning == "Bone"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("kidney_left", "Left Kidney"),
        ("kidney_left", "KIDNEY, LEFT"),
        ("rib_left_1", "left rib 01"),
        ("vertebrae_C1", "C1 Vertebrae"),
        ("Fígado", "fígado "),
    ],
)
def test_names_are_compared_by_their_words(one, other) -> None:
    assert wordsOf(one) == wordsOf(other)


def test_other_names_are_others() -> None:
    assert wordsOf("rib_left_1") != wordsOf("rib_left_11") != wordsOf("rib_left_10")
    assert wordsOf("vertebrae_C1") != wordsOf("vertebrae_C10")
    assert wordsOf("...") == ()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name,type\nx,SCT 1 X\n", "no column 'category'"),
        ("name,category,type\nliver,SCT 1 A,\n", "line 2: 'liver' needs a category and a type"),
        ("name,category,type\nliver,SCT 1,SCT 2 B\n", "line 2: the category is 'SCT 1'; a code is written"),
        ("name,category,type\n,SCT 1 A,SCT 2 B\n", "line 2: the row has no name"),
        ("name,category,type\na,SCT 1 A,SCT 2 B\nA,SCT 1 A,SCT 2 B\n", "line 3: 'A' is the same name as 'a'"),
        ("name,category,type,color\na,SCT 1 A,SCT 2 B,1 2 256\n", "three numbers from 0 to 255"),
        (b"\xff\xfe\x00", "cannot be read"),
    ],
)
def test_a_table_that_cannot_be_used_says_where(tmp_path, text, words) -> None:
    path = tmp_path / "names.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ExternalFileError, match=words):
        readNames(path)
    with pytest.raises(ExternalFileError, match="There is no table"):
        readNames(tmp_path / "none.csv")


def test_the_table_is_where_the_module_is_installed() -> None:
    assert NAMES_FILE.is_file() and NAMES_FILE.parent.parent.name == "Resources"


# --- matching -----------------------------------------------------------------------------------------------

TISSUE = {"TerminologyEntry": TISSUE_ENTRY}
LUNG = {
    "TerminologyEntry": (
        "My own list~SCT^123037004^Anatomical Structure~SCT^39607008^Lung~^^~Own regions~^^~^^"
    )
}


@pytest.fixture
def node(scene, volume):
    return addSegmentation(
        scene,
        {
            "k": Looks("Left Kidney", tags=TISSUE | {"own": "kept", "Description": "words"}),
            "l": Looks("liver"),
            "c": Looks("spleen", tags=LUNG),
            "x": Looks("something else", tags=TISSUE),
        },
        [Layer(np.arange(1, 4, dtype=np.uint8)[None, None].repeat(2, 0), {"k": 1, "l": 2, "c": 3})],
        volume=volume,
    )


def coded(node, segmentId: str):
    """Return what is written about a segment."""
    segment = node.GetSegmentation().GetSegment(segmentId)
    tags = SegmentationNode.readTags(segment)
    described, _ = describeSegment(1, segment.GetName(), segment.GetColor(), tags, segmentId)
    return described


def test_segments_that_have_no_code_yet_are_named(node) -> None:
    assert uncodedIds(node) == ["k", "l", "x"]
    assert uncodedIds(node, ["x", "c"]) == ["x"]


def test_codes_are_matched_by_name(node) -> None:
    colors = [node.GetSegmentation().GetSegment(name).GetColor() for name in "klcx"]
    result = matchCodes(node)
    assert result.matched == {"k": "kidney_left", "l": "liver"} and result.unmatched == ("x",)
    (finding,) = result.findings
    assert finding.text == "No codes are known for the name 'something else'." and finding.segmentIds == (
        "x",
    )
    kidney = coded(node, "k")
    assert (kidney.type.meaning, kidney.type_modifiers[0].meaning) == ("Kidney", "Left")
    assert kidney.category.value == "123037004" and kidney.description == "words"
    assert SegmentationNode.readTags(node.GetSegmentation().GetSegment("k"))["own"] == "kept"
    assert coded(node, "c").type.meaning == "Lung"  # it was coded by somebody
    assert coded(node, "x").type.meaning == "Tissue"
    assert [node.GetSegmentation().GetSegment(name).GetColor() for name in "klcx"] == colors
    assert uncodedIds(node) == ["x"]


def test_codes_that_are_there_are_replaced_if_asked_for(node) -> None:
    result = matchCodes(node, ["c", "k"], isReplacing=True, withColors=True)
    assert set(result.matched) == {"c", "k"}
    assert coded(node, "c").type.meaning == "Spleen"
    color = node.GetSegmentation().GetSegment("c").GetColor()
    assert tuple(round(part * 255) for part in color) == (157, 108, 162)


def test_a_table_of_ones_own(node, tmp_path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("name,category,type\nsomething ELSE,99MINE C1 My category,99MINE T1 My type\n")
    result = matchCodes(node, path=path)
    assert result.matched == {"x": "something ELSE"}
    assert coded(node, "x").type == Code("T1", "99MINE", "My type")


def terminologies(tmp_path: Path):
    """Return Slicer's logic with one small terminology."""

    def code(value: str, meaning: str, **more: object) -> dict[str, object]:
        return {"CodeValue": value, "CodingSchemeDesignator": "SCT", "CodeMeaning": meaning, **more}

    sides = [code("7771000", "Left"), code("24028007", "Right")]
    types = [code("33", "Something else"), code("34", "Gonad", Modifier=sides), code("35", "Pillar")]
    root = {
        "SegmentationCategoryTypeContextName": "Small list",
        "@schema": "https://raw.githubusercontent.com/qiicr/dcmqi/master/doc/segment-context-schema.json#",
        "SegmentationCodes": {"Category": [code("32", "Things", Type=types)]},
    }
    path = tmp_path / "small.term.json"
    path.write_text(json.dumps(root))
    logic = slicer.vtkSlicerTerminologiesModuleLogic()
    assert logic.LoadTerminologyFromFile(str(path)) == "Small list"
    return logic


def test_slicers_terminologies_are_asked_for_names_that_are_in_no_table(
    scene, node, tmp_path, vtkErrors
) -> None:
    logic = terminologies(tmp_path)
    vtkErrors.clear()
    segmentation = node.GetSegmentation()
    segmentation.GetSegment("k").SetName("right gonad")
    segmentation.GetSegment("l").SetName("left pillar")  # which has no sides
    result = matchCodes(node, terminologies=logic)
    assert result.matched == {"k": "Gonad", "x": "Something else"} and result.unmatched == ("l",)
    assert coded(node, "x").type == Code("33", "SCT", "Something else")
    assert coded(node, "x").category == Code("32", "SCT", "Things")
    assert coded(node, "k").type_modifiers == (Code("24028007", "SCT", "Right"),)


def test_unknown_segments_are_refused(node) -> None:
    with pytest.raises(ArgumentError, match="no segment with the ID y"):
        matchCodes(node, ["y"])


# --- dcmqi's JSON -------------------------------------------------------------------------------------------


def jsonOf(*segments: dict, **series: object) -> dict:
    return {
        "@schema": "https://raw.githubusercontent.com/qiicr/dcmqi/master/doc/schemas/seg-schema.json#",
        **series,
        "segmentAttributes": [list(segments)],
    }


def attributes(
    number: int, label: str, value: str = "10200004", meaning: str = "Liver", **more: object
) -> dict:
    return {
        "labelID": number,
        "SegmentLabel": label,
        "SegmentedPropertyCategoryCodeSequence": {
            "CodeValue": "123037004", "CodingSchemeDesignator": "SCT", "CodeMeaning": "Anatomical Structure"
        },
        "SegmentedPropertyTypeCodeSequence": {
            "CodeValue": value, "CodingSchemeDesignator": "SCT", "CodeMeaning": meaning
        },
        "SegmentAlgorithmType": "AUTOMATIC",
        "SegmentAlgorithmName": "Net",
        "recommendedDisplayRGBValue": [10, 20, 30],
        **more,
    }  # fmt: skip


def test_a_json_is_matched_by_name(node, tmp_path) -> None:
    path = tmp_path / "coding.json"
    path.write_text(
        json.dumps(
            jsonOf(
                attributes(7, "LIVER", SegmentDescription="of the JSON"),
                attributes(1, "kidney_left", "64033007", "Kidney"),
                attributes(9, "heart"),
                SeriesDescription="Mine",
                SeriesNumber="12",
                BodyPartExamined="LIVER",
            )
        )
    )
    result = loadCoding(node, path)
    assert result.matched == {"k": "kidney_left", "l": "LIVER"} and result.unmatched == ("c", "x")
    assert [finding.text for finding in result.findings] == [
        "The JSON describes 'heart', and there is no such segment.",
        "Segments 'spleen' and 'something else' are not described by the JSON.",
    ]
    assert result.options == {"seriesDescription": "Mine", "seriesNumber": 12, "bodyPartExamined": "LIVER"}
    ExportOptions(**result.options).forCodec()
    liver = coded(node, "l")
    assert (liver.type.meaning, liver.algorithm.name, liver.description) == ("Liver", "Net", "of the JSON")
    assert coded(node, "k").description == ""
    segment = node.GetSegmentation().GetSegment("l")
    assert segment.GetName() == "liver" and segment.GetColor() != (10 / 255, 20 / 255, 30 / 255)
    loadCoding(node, path, withNames=True, withColors=True)
    assert segment.GetName() == "LIVER"
    assert tuple(round(part * 255) for part in segment.GetColor()) == (10, 20, 30)


def test_a_json_is_matched_by_number(node) -> None:
    coding = jsonOf(attributes(2, "A"), attributes(3, "B", "78961009", "Spleen"), attributes(8, "C"))
    result = loadCoding(node, coding)  # no name fits; label values are 1, 2, 3 and, of the empty one, 1
    assert result.matched == {"l": "A", "c": "B"}
    assert coded(node, "c").type.meaning == "Spleen"
    for segmentId, value in zip("klcx", (2, 8, 3, 9), strict=True):
        node.GetSegmentation().GetSegment(segmentId).SetLabelValue(value)
    assert loadCoding(node, coding, by="NUMBER").matched == {"k": "A", "l": "C", "c": "B"}
    assert loadCoding(node, coding, by="NAME").matched == {}
    with pytest.raises(ArgumentError, match="AUTO, NAME, NUMBER"):
        loadCoding(node, coding, by="PLACE")
    twice = {**coding, "segmentAttributes": [[attributes(1, "A")], [attributes(1, "B")]]}
    with pytest.raises(ArgumentError, match="match them by name"):
        loadCoding(node, twice)


def test_names_that_stand_twice_are_not_guessed(scene, volume) -> None:
    ones = np.ones((2, 3, 4), np.uint8)
    node = addSegmentation(
        scene,
        {"a": Looks("liver"), "b": Looks("Liver"), "c": Looks("spleen")},
        [Layer(ones, {"a": 1})],
        volume=volume,
    )
    result = loadCoding(node, jsonOf(attributes(1, "liver"), attributes(2, "spleen")), by="NAME")
    assert result.matched == {"c": "spleen"} and result.unmatched == ("a", "b")


def test_a_json_that_cannot_be_used_changes_nothing(scene, node, tmp_path) -> None:
    before = state(scene)
    path = tmp_path / "bad.json"
    path.write_text("{")
    for bad in (path, tmp_path / "none.json", {"segmentAttributes": [[{"labelID": 1}]]}):
        with pytest.raises(ExternalFileError):
            loadCoding(node, bad)
    assert state(scene) == before


def test_what_is_saved_is_loaded_again(scene, volume, node, tmp_path) -> None:
    matchCodes(node)
    segment = node.GetSegmentation().GetSegment("l")
    segment.SetTag("DICOM.SegmentAlgorithmType", "SEMIAUTOMATIC")
    segment.SetTag("DICOM.SegmentAlgorithmName", "Grow from seeds")
    before = state(scene)
    options = ExportOptions(
        seriesDescription="Mine", contentCreatorName="Doe^Jane", clinicalTrialSeriesId="S"
    )
    assert saveCoding(node, tmp_path / "coding.json", options=options) == []
    assert state(scene) == before
    written = json.loads((tmp_path / "coding.json").read_text())
    assert [item["labelID"] for item in written["segmentAttributes"][0]] == [1, 2, 3, 4]
    other = addSegmentation(
        scene,
        {name: Looks(label) for name, label in zip("abcd", ("a", "b", "c", "d"), strict=True)},
        [],
        volume=volume,
    )
    result = loadCoding(other, tmp_path / "coding.json", by="NUMBER", withNames=True, withColors=True)
    assert result.findings == () and result.options["contentCreatorName"] == "Doe^Jane"
    for mine, theirs in zip("klcx", "abcd", strict=True):
        one, again = coded(node, mine), coded(other, theirs)
        assert (one.label, one.category, one.type, one.type_modifiers) == (
            again.label, again.category, again.type, again.type_modifiers
        )  # fmt: skip
        assert (one.algorithm, one.description, one.cielab) == (
            again.algorithm,
            again.description,
            again.cielab,
        )


def test_what_a_json_cannot_hold_is_said(scene, volume, tmp_path) -> None:
    node = addSegmentation(scene, {"a": Looks("A" * 70)}, [], volume=volume)
    (finding,) = saveCoding(node, tmp_path / "coding.json")
    assert "70 characters" in finding.text
    bad = addSegmentation(
        scene, {"a": Looks("A", tags={"DICOM.SegmentAlgorithmType": "AUTOMATIC"})}, [], volume=volume
    )
    with pytest.raises(ArgumentError, match="no algorithm name"):
        saveCoding(bad, tmp_path / "coding.json")


def test_matched_codes_go_through_a_file(scene, volume, node, oblique, tmp_path) -> None:
    matchCodes(node)
    exportSegmentation(node, tmp_path / "seg.dcm", oblique.files)
    back = loadSegmentation(tmp_path / "seg.dcm", scene)
    for name in "klcx":
        one, again = coded(node, name), coded(back, name)
        assert (one.category, one.type, one.type_modifiers, one.regions) == (
            again.category, again.type, again.type_modifiers, again.regions
        )  # fmt: skip
