"""The character set that a caller asks for holds every text of the object, or the object is refused."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom import dcmread
from pydicom.dataset import Dataset

import dicomsegcodec as hd
from dicomsegcodec.character_sets import check_character_set, choose_character_set
from dicomsegcodec.errors import ArgumentError, UnencodableText
from objects import construct, describe
from series import make_series
from test_header import MASK, dciodvfy, images_with, written

SETS = [
    ("ISO_IR 100", "Müller"),
    ("ISO_IR 101", "Wałęsa"),
    ("ISO_IR 144", "Люксембург"),
    ("ISO_IR 126", "Διονυσιος"),
    ("ISO_IR 138", "שרון"),
    ("ISO_IR 13", "ﾔﾏﾀﾞ"),
    ("ISO_IR 166", "สวัสดี"),
    ("ISO_IR 192", "王小東 Müller"),
    ("GB18030", "王小东"),
    (["", "ISO 2022 IR 87"], "山田"),
    (["", "ISO 2022 IR 149"], "김희중"),
    (["ISO 2022 IR 13", "ISO 2022 IR 87"], "ﾔﾏﾀﾞ=山田"),
    (("ISO 2022 IR 100", "ISO 2022 IR 144"), "Müller=Люкс"),
]


@pytest.mark.parametrize(("wanted", "text"), SETS)
def test_texts_are_in_the_character_set_that_is_asked_for(wanted: object, text: str, tmp_path: Path) -> None:
    label = text.replace("=", " ")
    seg, findings = written(
        images_with(PatientName=text),
        tmp_path / "seg.dcm",
        specific_character_set=wanted,
        content_creator_name=text,
        segment_descriptions=[
            hd.seg.SegmentDescription(1, label, *[describe([1])[0].segmented_property_type] * 2, "MANUAL")
        ],
    )
    assert findings == []
    given = [wanted] if isinstance(wanted, str) else list(wanted)
    stored = seg.SpecificCharacterSet
    assert ([stored] if isinstance(stored, str) else list(stored)) == given
    assert str(seg.PatientName) == str(seg.ContentCreatorName) == text
    assert seg.SegmentSequence[0].SegmentLabel == label
    raw = (tmp_path / "seg.dcm").read_bytes()
    if given != ["ISO_IR 192"]:
        assert text.encode("utf-8") not in raw


@pytest.mark.parametrize(
    ("wanted", "text"),
    [
        ("ISO_IR 100", "山田"),
        ("ISO_IR 144", "Müller"),
        (["", "ISO 2022 IR 87"], "Müller"),
        (["ISO 2022 IR 6", "ISO 2022 IR 100"], "Müller"),
        ("ISO_IR 13", "山田"),
    ],
)
def test_a_text_that_the_character_set_does_not_hold_is_refused_and_named(wanted: object, text: str) -> None:
    with pytest.raises(UnencodableText, match=r"SeriesDescription.*ISO_IR 192"):
        construct(make_series((3, 5, 7)), MASK, specific_character_set=wanted, series_description=text)


def test_a_text_that_the_caller_put_into_a_description_counts_too(tmp_path: Path) -> None:
    descriptions = describe([1])
    descriptions[0].ContentCreatorName = "Müller"
    seg = construct(make_series((3, 5, 7)), MASK, segment_descriptions=descriptions)
    seg.save_as(tmp_path / "seg.dcm")
    back = dcmread(tmp_path / "seg.dcm")
    assert back.SpecificCharacterSet == "ISO_IR 192"
    assert back.SegmentSequence[0].ContentCreatorName == "Müller"
    with pytest.raises(UnencodableText, match="ContentCreatorName"):
        construct(
            make_series((3, 5, 7)),
            MASK,
            segment_descriptions=descriptions,
            specific_character_set="ISO_IR 144",
        )


def test_plain_texts_have_the_character_set_that_is_asked_for(tmp_path: Path) -> None:
    seg, _findings = written(
        make_series((3, 5, 7)), tmp_path / "seg.dcm", specific_character_set=["ISO_IR 100"]
    )
    assert seg.SpecificCharacterSet == "ISO_IR 100"
    assert dciodvfy(tmp_path / "seg.dcm") == []


@pytest.mark.parametrize(
    ("wanted", "error"),
    [
        ("", ValueError),
        ([], ValueError),
        ("latin-1", ValueError),
        ("ISO 2022 IR 100", ValueError),
        ("ISO 2022 IR 87", ValueError),
        (["ISO_IR 100", "ISO_IR 144"], ValueError),
        (["ISO 2022 IR 87", "ISO 2022 IR 13"], ValueError),
        (["ISO 2022 IR 100", ""], ValueError),
        (["ISO_IR 192", "ISO 2022 IR 87"], ValueError),
        (100, TypeError),
        ([None], TypeError),
    ],
)
def test_terms_that_are_none_or_do_not_go_together_are_refused(
    wanted: object, error: type[Exception]
) -> None:
    with pytest.raises(error) as caught:
        construct(make_series((3, 5, 7)), MASK, specific_character_set=wanted)
    assert isinstance(caught.value, hd.errors.SegError)


def test_terms_of_an_enumeration_are_taken() -> None:
    highdicom = pytest.importorskip("highdicom")
    assert check_character_set(highdicom.SpecificCharacterSetValues.LATIN_ALPHABET_NO_1) == ("ISO_IR 100",)
    assert check_character_set(None) == ()


@given(
    text=st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=30),
    wanted=st.sampled_from([wanted for wanted, _text in SETS]),
)
def test_a_text_is_held_or_refused_and_never_changed(text: str, wanted: object) -> None:
    text = text.replace("\\", "/").strip() or "x"
    dataset = Dataset()
    dataset.ContentDescription = text
    try:
        choose_character_set(dataset, check_character_set(wanted))
    except UnencodableText:
        assert not text.isascii()
        return
    back = Dataset.from_json(dataset.to_json()) if text.isascii() else _through_bytes(dataset)
    assert back.ContentDescription == text


def _through_bytes(dataset: Dataset) -> Dataset:
    from io import BytesIO

    buffer = BytesIO()
    dataset.save_as(buffer, implicit_vr=False, little_endian=True)
    return dcmread(BytesIO(buffer.getvalue()), force=True)


def test_no_text_is_too_strange_for_the_default() -> None:
    dataset = Dataset()
    dataset.ContentDescription = "ñ 山 😀"
    choose_character_set(dataset, ())
    assert dataset.SpecificCharacterSet == "ISO_IR 192"
    with pytest.raises(ArgumentError):
        choose_character_set(dataset, ("ISO_IR 100",))
