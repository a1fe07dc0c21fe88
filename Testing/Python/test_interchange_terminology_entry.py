"""Slicer's terminology entries."""

from hypothesis import given
from hypothesis import strategies as st

from dicomsegcodec.interchange.terminology_entry import TerminologyEntry, parse_entry, write_entry
from dicomsegcodec.segments import Code
from interchange_strategies import any_text, codes

TISSUE = (
    "Segmentation category and type - 3D Slicer General Anatomy list"
    "~SCT^85756007^Tissue~SCT^85756007^Tissue~^^"
    "~Anatomic codes - DICOM master list~^^~^^"
)


def plain(code: Code | None) -> bool:
    text = "" if code is None else "".join(code[:3])
    return text.isprintable() and not any(sign in text for sign in "~^|")


entries = st.builds(
    TerminologyEntry,
    codes,
    codes,
    st.none() | codes,
    st.none() | codes,
    st.none() | codes,
    any_text,
    any_text,
)


def test_an_entry_of_slicer_is_read() -> None:
    entry = parse_entry(TISSUE)
    assert entry is not None
    assert entry.category == entry.type == Code("85756007", "SCT", "Tissue")
    assert (entry.modifier, entry.region, entry.region_modifier) == (None, None, None)
    assert entry.context.startswith("Segmentation category") and entry.region_context.startswith("Anatomic")
    assert write_entry(entry) == TISSUE


def test_modifier_and_region_are_read_in_their_places() -> None:
    text = "c~S^1^cat~S^2^type~S^3^modifier~r~S^4^region~S^5^left"
    entry = parse_entry(text)
    assert entry == TerminologyEntry(
        Code("1", "S", "cat"),
        Code("2", "S", "type"),
        Code("3", "S", "modifier"),
        Code("4", "S", "region"),
        Code("5", "S", "left"),
        "c",
        "r",
    )
    assert write_entry(entry) == text


def test_what_is_no_entry_gives_none() -> None:
    for text in ("", "Tissue", "~^^~^^~^^~~^^~^^", "c~S^1^cat~^^~^^~~^^~^^", TISSUE + "~x", TISSUE[:-10]):
        assert parse_entry(text) is None, text


@given(entries)
def test_what_is_written_is_read_back_and_signs_of_the_format_never_break_it(entry: TerminologyEntry) -> None:
    text = write_entry(entry)
    again = parse_entry(text)
    assert again is not None
    assert "|" not in text and "\n" not in text
    assert write_entry(again) == text
    for before, after in zip(entry[:5], again[:5], strict=True):
        assert (before is None) == (after is None)
        if plain(before):
            assert before == after
