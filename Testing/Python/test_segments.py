"""Segments to and from items of the Segment Sequence: nothing is lost, whatever a person types."""

import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydicom import dcmread
from pydicom.dataset import Dataset

from dicomsegcodec.errors import ArgumentError
from dicomsegcodec.segments import (
    Algorithm,
    Code,
    Segment,
    code_item,
    label_text,
    read_code,
    read_segment,
    write_segment,
)
from strategies import segments

any_text = st.text(min_size=1, max_size=80).filter(lambda t: t.strip() and "\0" not in t)


def through_a_file(item: Dataset, implicit: bool = False) -> Dataset:
    """Return an item as it is read from a file."""
    holder = Dataset()
    holder.SpecificCharacterSet = "ISO_IR 192"
    holder.SegmentSequence = [item]
    file = io.BytesIO()
    holder.save_as(file, implicit_vr=implicit, little_endian=True)
    return dcmread(io.BytesIO(file.getvalue()), force=True).SegmentSequence[0]


@given(segment=segments(), implicit=st.booleans())
def test_a_segment_comes_back_from_its_item(segment: Segment, implicit: bool) -> None:
    item = write_segment(segment)
    assert read_segment(item) == (segment, [])
    assert read_segment(through_a_file(item, implicit)) == (segment, [])


@given(label=any_text)
@example("back\\slash")
@example("line\nbreak")
@example(" leading and trailing ")
@example("x" * 65)
@example("\ud800")
@example("=^~")
def test_any_label_comes_back(label: str) -> None:
    item = through_a_file(write_segment(Segment(number=1, label=label)))
    assert read_segment(item)[0].label == label
    stored = item.SegmentLabel
    assert isinstance(stored, str)
    assert 1 <= len(stored) <= 64


@given(text=st.text(max_size=100))
def test_what_fits_a_segment_label_is_at_most_64_printable_characters(text: str) -> None:
    fitting = label_text(text)
    assert 1 <= len(fitting) <= 64
    assert fitting.isprintable()
    assert "\\" not in fitting
    assert fitting == fitting.strip()
    assert label_text(fitting) == fitting


def test_a_label_renamed_by_somebody_else_is_the_one_that_counts() -> None:
    item = write_segment(Segment(number=1, label="x" * 70))
    item.SegmentLabel = "renamed"
    assert read_segment(item)[0].label == "renamed"


@pytest.mark.parametrize("words", ["not json", "[1, 2]", "null", "", None, '{"label": 7}', '{"label": null}'])
def test_private_words_damaged_by_somebody_are_passed_over(words: str | None) -> None:
    item = write_segment(Segment(number=1, label="x" * 70))
    block = item.private_block(0x0063, "DicomSegIO")
    block[0x01].value = words
    found = read_segment(through_a_file(item))[0]
    assert found.label == "x" * 64
    assert found.number == 1


def test_private_words_stand_in_a_private_element_that_others_can_pass_over() -> None:
    plain = write_segment(Segment(number=1, label="plain"))
    assert not any(element.tag.is_private for element in plain)
    long = write_segment(Segment(number=1, label="x" * 70))
    assert [element.VR for element in long if element.tag.is_private] == ["LO", "UT"]


@pytest.mark.parametrize("number", [0, -1, 65536])
def test_a_number_beyond_16_bits_is_refused(number: int) -> None:
    with pytest.raises(ArgumentError, match=str(number)):
        write_segment(Segment(number=number, label="x"))


@pytest.mark.parametrize("half", [{"tracking_id": "a"}, {"tracking_uid": "1.2"}])
def test_half_a_tracking_is_refused(half: dict[str, str]) -> None:
    with pytest.raises(ArgumentError, match="both or neither"):
        write_segment(Segment(number=1, label="x", **half))


def test_an_automatic_algorithm_without_a_name_is_refused() -> None:
    with pytest.raises(ArgumentError, match="no name"):
        write_segment(Segment(number=1, label="x", algorithm=Algorithm("AUTOMATIC")))


# --- codes --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "keyword"),
    [
        ("T-D0050", "CodeValue"),
        ("1234567890123456", "CodeValue"),
        ("12345678901234567", "LongCodeValue"),
        ("urn:oid:1.2.3", "URNCodeValue"),
        ("https://example.org/code", "URNCodeValue"),
    ],
)
def test_a_code_value_goes_where_its_length_and_kind_say(value: str, keyword: str) -> None:
    item = code_item(Code(value, "99X", "Meaning"))
    assert item[keyword].value == value
    assert sum(k in item for k in ("CodeValue", "LongCodeValue", "URNCodeValue")) == 1
    assert read_code(item) == Code(value, "99X", "Meaning")


def test_a_backslash_in_a_meaning_does_not_make_two_of_it() -> None:
    item = code_item(Code("1", "99X", "left\\right"))
    assert item["CodeMeaning"].VM == 1


# --- items of other writers ---------------------------------------------------------------------------------


def test_an_item_that_says_little_is_a_segment_and_the_doubts_are_findings() -> None:
    item = Dataset()
    item.SegmentNumber = 3
    segment, doubts = read_segment(item)
    assert (segment.number, segment.label) == (3, "Segment 3")
    assert segment.algorithm == Algorithm("MANUAL")
    assert len(doubts) == 2
    assert {doubt.where for doubt in doubts} == {"segment 3"}


@pytest.mark.parametrize("color", [[1], [1, 2], [1, 2, 3, 4], None])
def test_a_color_of_other_than_three_values_is_none(color: object) -> None:
    item = write_segment(Segment(number=1, label="x"))
    item.RecommendedDisplayCIELabValue = color
    segment, doubts = read_segment(item)
    assert segment.cielab is None
    assert len(doubts) == (1 if isinstance(color, list) else 0)


def test_empty_sequences_are_absent_ones() -> None:
    item = write_segment(Segment(number=1, label="x"))
    item.AnatomicRegionSequence = []
    item.PrimaryAnatomicStructureSequence = []
    item.SegmentationAlgorithmIdentificationSequence = []
    assert read_segment(item) == (Segment(number=1, label="x"), [])
