"""What Slicer says about a segment, to a file's Segment Sequence item and back."""

import json
from dataclasses import replace
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.dataset import Dataset
from pydicom.filebase import DicomBytesIO
from pydicom.filereader import read_dataset
from pydicom.filewriter import write_dataset
from segmentations import TISSUE_ENTRY

from dicomsegcodec.color import rgb_to_cielab
from dicomsegcodec.findings import Severity
from dicomsegcodec.interchange import seg_nrrd
from dicomsegcodec.segments import Algorithm, Code, Region, Segment, read_segment, write_segment
from DicomSegIOLib import Terminology

LIVER = (
    "Segmentation category and type - 3D Slicer General Anatomy list~SCT^123037004^Anatomical Structure"
    "~SCT^10200004^Liver~^^~Anatomic codes - DICOM master list~^^~^^"
)
MASS = (
    "Own list~SCT^49755003^Morphologically Abnormal Structure~SCT^4147007^Mass~SCT^7771000^Left"
    "~Own regions~SCT^39607008^Lung~SCT^261183002^Upper"
)


def throughBytes(segment: Segment) -> Segment:
    """Return a segment as a file gives it back."""
    whole = Dataset()
    whole.SpecificCharacterSet = "ISO_IR 192"
    whole.SegmentSequence = [write_segment(segment)]
    buffer = DicomBytesIO()
    buffer.is_little_endian, buffer.is_implicit_VR = True, False
    write_dataset(buffer, whole)
    back, _ = read_segment(read_dataset(BytesIO(buffer.getvalue()), False, True).SegmentSequence[0])
    return back


def describe(tags: dict[str, str], name: str = "name", number: int = 1) -> Segment:
    segment, findings = Terminology.describeSegment(number, name, (0.5, 0.25, 0.75), tags, f"id{number}")
    assert not [finding for finding in findings if finding.severity is Severity.ERROR]
    return segment


def errors(tags: dict[str, str]) -> list[str]:
    _, findings = Terminology.describeSegment(1, "Tumor", (0, 0, 0), tags, "id")
    return [finding.text for finding in findings if finding.severity is Severity.ERROR]


# --- exact round trips --------------------------------------------------------------------------------------

words = st.text(st.characters(exclude_categories=("Cs", "Cc")) | st.sampled_from("\n\t|~^"), max_size=90)
parts = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="~^\\"), max_size=80)
schemes = st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=1, max_size=16)
values = st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=1, max_size=20)
triples = st.builds("{}^{}^{}".format, schemes, values, parts)
entries = st.builds(
    "{}~{}~{}~{}~{}~{}~{}".format,
    parts,
    triples,
    triples,
    triples | st.just("^^"),
    parts,
    triples | st.just("^^"),
    triples | st.just("^^"),
)
someTags = st.fixed_dictionaries(
    {},
    optional={
        Terminology.ENTRY_TAG: entries | parts,
        Terminology.DESCRIPTION_TAG: words | st.text("abc |\n", min_size=1000, max_size=1100),
        Terminology.ALGORITHM_TYPE_TAG: st.just("MANUAL"),
        Terminology.ALGORITHM_NAME_TAG: words,
        "Segmentation.Status": words,
        "somebody's: own | tag": words,
        "": words,
    },
)


@given(someTags, words)
def test_tags_and_names_come_back_from_a_file_word_for_word(tags: dict[str, str], name: str) -> None:
    back = throughBytes(describe(tags, name))
    assert Terminology.segmentTags(back) == tags
    assert back.label == (name or "Segment 1")
    assert Terminology.segmentId(back) == "id1"


codes = st.builds(
    Code,
    st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=1, max_size=16)
    | st.just("a-code-value-of-more-than-16"),
    st.sampled_from(["SCT", "DCM", "99OWN"]),
    st.text(
        st.characters(exclude_categories=("Cs", "Cc", "Z"), exclude_characters="\\"), min_size=1, max_size=64
    ),
    st.none() | st.just("2024"),
)
regions = st.builds(Region, codes, st.lists(codes, max_size=3).map(tuple))
plain = st.text(
    # Of characters that this Python does not know yet, files have a space.
    st.characters(exclude_categories=("Cs", "Cc", "Cf", "Cn", "Co", "Z"), exclude_characters="\\"),
    min_size=1,
    max_size=64,
)
algorithms = (
    st.just(Algorithm())
    | st.builds(Algorithm, st.sampled_from(["AUTOMATIC", "SEMIAUTOMATIC", "MANUAL"]), plain)
    | st.builds(Algorithm, st.just("AUTOMATIC"), plain, plain, codes, plain, plain)
)
foreign = st.builds(
    Segment,
    number=st.integers(1, 0xFFFF),
    label=plain,
    category=codes,
    type=codes,
    type_modifiers=st.lists(codes, max_size=3).map(tuple),
    regions=st.lists(regions, max_size=3).map(tuple),
    primary_structures=st.lists(regions, max_size=2).map(tuple),
    algorithm=algorithms,
    cielab=st.tuples(*[st.integers(0, 255)] * 3).map(lambda rgb: rgb_to_cielab([c / 255 for c in rgb])),
    description=st.just("") | plain | st.just("two\nlines | and a bar"),
)
tracked = st.builds(
    lambda segment, tracking: replace(segment, tracking_id=tracking, tracking_uid="1.2.3"),
    foreign,
    st.just("a | b") | plain,
)


@given(foreign | tracked)
def test_what_another_program_wrote_is_written_back_in_full(segment: Segment) -> None:
    stored = throughBytes(segment)
    tags = Terminology.segmentTags(stored)
    color = Terminology.segmentColor(stored)
    again, _ = Terminology.describeSegment(stored.number, stored.label, color, tags, "id")
    assert replace(throughBytes(again), private_text={}) == stored


@given(foreign | tracked)
def test_tags_of_another_programs_segment_can_stand_in_a_seg_nrrd_file(segment: Segment) -> None:
    for tag, value in Terminology.segmentTags(throughBytes(segment)).items():
        assert not set(tag + value) & set("|\n\r"), tag


@given(foreign)
def test_an_entry_has_seven_parts_whatever_the_meanings_are(segment: Segment) -> None:
    entry = Terminology.segmentTags(segment)[Terminology.ENTRY_TAG].split("~")
    assert len(entry) == 7
    assert all(entry[n].count("^") == 2 for n in (1, 2, 3, 5, 6))


def test_the_codecs_seg_nrrd_files_call_the_same_things_by_the_same_names() -> None:
    assert (Terminology.FULL_TAG, Terminology.PRIVATE_TAG) == (seg_nrrd.FULL_TAG, seg_nrrd.PRIVATE_PREFIX)


# --- the words of each tag ----------------------------------------------------------------------------------


def test_an_entry_gives_codes() -> None:
    segment = describe({Terminology.ENTRY_TAG: MASS})
    assert segment.category == Code("49755003", "SCT", "Morphologically Abnormal Structure")
    assert segment.type == Code("4147007", "SCT", "Mass")
    assert segment.type_modifiers == (Code("7771000", "SCT", "Left"),)
    assert segment.regions == (Region(Code("39607008", "SCT", "Lung"), (Code("261183002", "SCT", "Upper"),)),)


def test_tags_of_slicer_core_give_description_and_algorithm() -> None:
    segment = describe(
        {
            Terminology.ENTRY_TAG: LIVER,
            "Description": "as seen | in\ntwo lines",
            "DICOM.SegmentAlgorithmType": "AUTOMATIC",
            "DICOM.SegmentAlgorithmName": "TotalSegmentator",
        }
    )
    assert segment.description == "as seen | in\ntwo lines"
    assert segment.algorithm == Algorithm("AUTOMATIC", "TotalSegmentator")


def test_tags_give_tracking() -> None:
    segment = describe({"DICOM.TrackingID": "lesion 1", "DICOM.TrackingUID": "1.2.3"})
    assert (segment.tracking_id, segment.tracking_uid) == ("lesion 1", "1.2.3")


@pytest.mark.parametrize(
    ("tags", "words"),
    [
        ({"DICOM.SegmentAlgorithmType": "automatic"}, "algorithm type 'automatic'"),
        ({"DICOM.SegmentAlgorithmType": "AUTOMATIC"}, "no algorithm name"),
        (
            {"DICOM.SegmentAlgorithmType": "AUTOMATIC", "DICOM.SegmentAlgorithmName": "\u0378"},
            "no algorithm name",
        ),
        ({"DICOM.TrackingID": "a"}, "only one of the tags"),
        ({"DICOM.TrackingUID": "1.2"}, "only one of the tags"),
        ({"DICOM.TrackingID": "a", "DICOM.TrackingUID": "x"}, "tracking UID"),
    ],
)
def test_what_cannot_be_written_is_an_error_that_names_the_segment(tags: dict[str, str], words: str) -> None:
    (text,) = errors(tags)
    assert words in text and "Tumor" in text


@pytest.mark.parametrize("entry", ["", "no entry", "a~b~c", "~SCT^1^x~^^~^^~~^^~^^", LIVER + "~"])
def test_a_segment_without_a_readable_entry_is_tissue_and_says_so(entry: str) -> None:
    segment, findings = Terminology.describeSegment(1, "s", (0, 0, 0), {Terminology.ENTRY_TAG: entry}, "id")
    assert segment.category == segment.type == Code("85756007", "SCT", "Tissue")
    assert ["Tissue is written" in finding.text for finding in findings] == [True]
    assert Terminology.segmentTags(throughBytes(segment)) == {Terminology.ENTRY_TAG: entry}


def test_a_modifier_without_a_code_is_left_out_and_says_so() -> None:
    entry = MASS.replace("SCT^7771000^Left", "SCT^^Left")
    segment, findings = Terminology.describeSegment(1, "s", (0, 0, 0), {Terminology.ENTRY_TAG: entry}, "id")
    assert segment.type_modifiers == ()
    assert [finding.text for finding in findings] == [
        "The modifier of segment 's' has no code; it is left out."
    ]
    assert Terminology.segmentTags(throughBytes(segment))[Terminology.ENTRY_TAG] == entry


def test_a_code_without_a_meaning_gets_its_value_for_one() -> None:
    entry = LIVER.replace("^Liver", "^")
    segment = describe({Terminology.ENTRY_TAG: entry})
    assert segment.type == Code("10200004", "SCT", "10200004")
    assert Terminology.segmentTags(throughBytes(segment)) == {Terminology.ENTRY_TAG: entry}


# --- edits win ----------------------------------------------------------------------------------------------

RICH = Segment(
    number=3,
    label="lesion",
    category=Code("49755003", "SCT", "Morphologically Abnormal Structure"),
    type=Code("4147007", "SCT", "Mass ~ of ^ some | kind", "2024"),
    type_modifiers=(Code("7771000", "SCT", "Left"), Code("261183002", "SCT", "Upper")),
    regions=(
        Region(Code("39607008", "SCT", "Lung"), (Code("7771000", "SCT", "Left"), Code("1", "99X", "inner"))),
        Region(Code("2", "99X", "elsewhere")),
    ),
    primary_structures=(Region(Code("3", "99X", "structure"), (Code("4", "99X", "of it"),)),),
    algorithm=Algorithm(
        "AUTOMATIC", "net", "1.2", Code("123110", "DCM", "Artificial Intelligence"), "us", "a=1|b=2"
    ),
    cielab=rgb_to_cielab((1, 0, 0)),
    tracking_id="lesion | 1",
    tracking_uid="1.2.3",
    description="first | line\nsecond",
)


def edited(**changes: str) -> Segment:
    tags = Terminology.segmentTags(RICH)
    for old, new in changes.values():
        assert any(old in value for tag, value in tags.items() if tag != Terminology.FULL_TAG)
        tags = {t: v if t == Terminology.FULL_TAG else v.replace(old, new) for t, v in tags.items()}
    return describe(tags, RICH.label, RICH.number)


def fieldsOf(segment: Segment) -> dict:
    return {name: getattr(segment, name) for name in Terminology._FIELDS}


def test_what_slicer_shows_of_a_rich_segment() -> None:
    tags = Terminology.segmentTags(RICH)
    assert tags["Description"] == "first / line second"
    assert tags["DICOM.SegmentAlgorithmName"] == "net"
    assert "~SCT^4147007^Mass - of - some - kind~SCT^7771000^Left~" in tags[Terminology.ENTRY_TAG]
    assert fieldsOf(edited()) == fieldsOf(RICH)


def test_another_type_drops_the_further_modifiers_and_structures_and_nothing_else() -> None:
    segment = edited(type=("SCT^4147007^Mass - of - some - kind", "SCT^52988006^Lesion"))
    assert segment.type == Code("52988006", "SCT", "Lesion")
    assert segment.type_modifiers == RICH.type_modifiers[:1]
    assert segment.primary_structures == ()
    assert (segment.regions, segment.algorithm, segment.description) == (
        RICH.regions,
        RICH.algorithm,
        RICH.description,
    )


def test_another_region_drops_the_further_regions() -> None:
    segment = edited(region=("SCT^39607008^Lung", "SCT^64033007^Kidney"))
    assert segment.regions == (Region(Code("64033007", "SCT", "Kidney"), (Code("7771000", "SCT", "Left"),)),)
    assert segment.type_modifiers == RICH.type_modifiers


def test_another_description_counts() -> None:
    assert edited(text=("first / line second", "new")).description == "new"


def test_another_algorithm_drops_the_identification_of_the_first() -> None:
    segment = edited(name=("net", "other net"))
    assert segment.algorithm == Algorithm("AUTOMATIC", "other net")


def test_tracking_tags_count_more_than_what_the_file_said() -> None:
    tags = Terminology.segmentTags(RICH) | {"DICOM.TrackingID": "other", "DICOM.TrackingUID": "1.9"}
    segment = describe(tags)
    assert (segment.tracking_id, segment.tracking_uid) == ("other", "1.9")


@pytest.mark.parametrize("change", [("DicomSegIO", None), ("[", "{"), ("null", "[7]"), ('"Left"', "5")])
def test_a_tag_that_somebody_damaged_is_passed_over(change: tuple[str, str | None]) -> None:
    tags = Terminology.segmentTags(RICH)
    old, new = change
    damaged = "5" if new is None else tags[Terminology.FULL_TAG].replace(old, new)
    assert damaged != tags[Terminology.FULL_TAG]
    segment = describe(tags | {Terminology.FULL_TAG: damaged})
    assert segment.type == Code("4147007", "SCT", "Mass - of - some - kind")
    assert segment.description == "first / line second"


def test_tags_count_less_than_attributes_that_another_program_changed_since() -> None:
    stored = throughBytes(
        describe({Terminology.ENTRY_TAG: LIVER, "Description": "old", "Segmentation.Status": "done"})
    )
    changed = replace(stored, description="new")
    tags = Terminology.segmentTags(changed)
    assert tags["Description"] == "new"
    assert tags["Segmentation.Status"] == "done"
    assert "~SCT^10200004^Liver~" in tags[Terminology.ENTRY_TAG]


def test_a_segment_of_another_program_is_looked_up_in_slicers_dicom_lists() -> None:
    entry = Terminology.segmentTags(Segment(number=1, label="a"))[Terminology.ENTRY_TAG]
    assert entry == (
        "Segmentation category and type - DICOM master list~SCT^85756007^Tissue~SCT^85756007^Tissue~^^"
        "~Anatomic codes - DICOM master list~^^~^^"
    )
    assert entry.count("~") == TISSUE_ENTRY.count("~")


# --- colours ------------------------------------------------------------------------------------------------


@given(st.tuples(*[st.integers(0, 255)] * 3))
def test_every_colour_of_256_steps_comes_back(steps: tuple[int, int, int]) -> None:
    color = tuple(step / 255 for step in steps)
    segment, _ = Terminology.describeSegment(1, "a", color, {}, "id")
    assert Terminology.segmentColor(throughBytes(segment)) == color


@given(st.tuples(*[st.floats(0, 1)] * 3))
def test_a_colour_moves_by_a_step_at_most_and_only_once(color: tuple[float, float, float]) -> None:
    once = Terminology.segmentColor(Terminology.describeSegment(1, "a", color, {}, "id")[0])
    assert max(abs(a - b) for a, b in zip(once, color, strict=True)) <= 1 / 255
    assert Terminology.segmentColor(Terminology.describeSegment(1, "a", once, {}, "id")[0]) == once


@given(st.tuples(*[st.integers(0, 0xFFFF)] * 3))
def test_a_colour_of_another_program_stays_as_long_as_nobody_changes_it(cielab: tuple[int, int, int]) -> None:
    stored = replace(RICH, cielab=cielab)
    tags, color = Terminology.segmentTags(stored), Terminology.segmentColor(stored)
    assert Terminology.describeSegment(1, "a", color, tags, "id")[0].cielab == cielab
    other = (1 - color[0], *color[1:])
    assert Terminology.describeSegment(1, "a", other, tags, "id")[0].cielab == rgb_to_cielab(other)


def test_a_segment_without_a_colour_has_none() -> None:
    assert Terminology.segmentColor(Segment(number=1, label="a")) is None


def test_the_full_tag_is_ascii_json() -> None:
    full = Terminology.segmentTags(replace(RICH, label="肝臓"))[Terminology.FULL_TAG]
    assert full.isascii() and json.loads(full)["label"] == "肝臓"
