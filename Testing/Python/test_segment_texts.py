"""Texts that an attribute cannot hold as they are."""

import pytest

from dicomsegcodec.errors import ArgumentError
from dicomsegcodec.segments import Algorithm, Code, Segment, line_text, read_segment, write_segment

AI = Code("123110", "DCM", "Artificial\\Intelligence")


@pytest.mark.parametrize("text", ["a\\b", "a\x1bb", "a\nb", "n" * 80])
def test_a_line_of_text_is_one_value_without_control_characters(text: str) -> None:
    algorithm = Algorithm("AUTOMATIC", text, text, AI, text)
    segment = Segment(number=1, label="liver", category=Code("1", "SCT", text), algorithm=algorithm)
    item = write_segment(segment)
    identification = item.SegmentationAlgorithmIdentificationSequence[0]
    for value in (
        item.SegmentAlgorithmName,
        identification.AlgorithmVersion,
        identification.AlgorithmSource,
        item.SegmentedPropertyCategoryCodeSequence[0].CodeMeaning,
    ):
        assert value == line_text(text)
        assert value.isprintable()
        assert len(value) <= 64
    assert read_segment(item)[0].algorithm.name == line_text(text)


@pytest.mark.parametrize("scheme", ["S" * 17, "A\\B", "A\x00"])
def test_a_coding_scheme_that_does_not_fit_is_refused(scheme: str) -> None:
    with pytest.raises(ArgumentError, match="16 characters"):
        write_segment(Segment(number=1, label="liver", category=Code("1", scheme, "Organ")))
