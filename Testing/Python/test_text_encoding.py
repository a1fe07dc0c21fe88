"""Character sets that are none: the texts are read, and what they were taken for is told."""

import io
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom import dcmread, dcmwrite
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

import dicomsegcodec as hd
from dicomsegcodec.text_encoding import unknown_terms
from objects import construct
from series import make_series

UTF_8, LATIN_1 = "ISO_IR 192", "ISO_IR 100"


def written(stated: str | list[str], encoding: str, text: str, syntax: str = ExplicitVRLittleEndian) -> bytes:
    """Return an object with texts in `encoding` that states another character set."""
    seg = construct(make_series((1, 3, 4)), np.ones((1, 3, 4), np.uint8))
    seg.SpecificCharacterSet = {"utf-8": UTF_8, "latin-1": LATIN_1}[encoding]
    seg.PatientName = text
    seg.SegmentSequence[0].SegmentLabel = text
    seg.SegmentSequence[0].SegmentedPropertyTypeCodeSequence[0].CodeMeaning = text
    seg.file_meta.TransferSyntaxUID = syntax
    file = io.BytesIO()
    seg.save_as(file)
    # pydicom would translate the texts with the name.
    data = file.getvalue()
    value = "\\".join([stated] if isinstance(stated, str) else stated).encode()
    value += b" " * (len(value) % 2)
    head = b"\x08\0\x05\0" + (b"CS" if syntax == ExplicitVRLittleEndian else b"")
    at = data.index(head) + len(head)
    size = 2 if syntax == ExplicitVRLittleEndian else 4
    return data[:at] + len(value).to_bytes(size, "little") + value + data[at + size + 10 :]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian])
@pytest.mark.parametrize(
    ("stated", "encoding", "term"),
    [
        ("UTF-8", "utf-8", UTF_8),
        ("utf8", "utf-8", UTF_8),
        ("ISO IR 192", "utf-8", UTF_8),
        ("ISO_IR_192", "utf-8", UTF_8),
        ("ISO-IR 100", "latin-1", LATIN_1),
        ("ISO_IR100", "latin-1", LATIN_1),
        ("ISO 8859-1", "latin-1", LATIN_1),
        ("latin1", "latin-1", LATIN_1),
        ("NONSENSE", "utf-8", UTF_8),
        ("NONSENSE", "latin-1", LATIN_1),
        ("ISO_IR 9999", "utf-8", UTF_8),
        ("WINDOWS_1252", "latin-1", LATIN_1),
        ([UTF_8, "ISO 2022 IR 87"], "utf-8", UTF_8),
    ],
)
def test_an_unknown_character_set_is_replaced_by_that_of_the_texts(
    stated, encoding: str, term: str, syntax: str
) -> None:
    seg = hd.seg.segread(written(stated, encoding, "Müßig^Jörg", syntax))
    assert seg.PatientName == "Müßig^Jörg"
    assert seg.get_segment_description(1).segment_label == "Müßig^Jörg"
    assert seg.SegmentSequence[0].SegmentedPropertyTypeCodeSequence[0].CodeMeaning == "Müßig^Jörg"
    (finding,) = seg.findings
    assert finding.where == "SpecificCharacterSet" and finding.section == "PS3.3 C.12.1.1.2"
    assert term in finding.text and (stated if isinstance(stated, str) else stated[0]) in finding.text
    # What is saved states what it is.
    file = io.BytesIO()
    seg.save_as(file)
    again = dcmread(io.BytesIO(file.getvalue()))
    assert again.SpecificCharacterSet == term
    assert again.PatientName == "Müßig^Jörg"
    assert again.SegmentSequence[0].SegmentLabel == "Müßig^Jörg"


@pytest.mark.filterwarnings("error")
def test_texts_in_sequences_of_undefined_length_are_read_too() -> None:
    dataset = dcmread(io.BytesIO(written(UTF_8, "utf-8", "größer")))
    for element in dataset.iterall():
        if element.VR == "SQ":
            element.is_undefined_length = True
    file = io.BytesIO()
    dcmwrite(file, dataset, enforce_file_format=True)
    data = file.getvalue().replace(b"ISO_IR 192", b"ISO_IR 777")
    seg = hd.seg.segread(data)
    assert seg.get_segment_description(1).segment_label == "größer"
    assert len(seg.findings) == 1


@pytest.mark.parametrize("stated", ["", UTF_8, LATIN_1, "GB18030", ["", "ISO 2022 IR 87"], "ISO 2022 IR 100"])
def test_a_known_character_set_is_no_finding(stated) -> None:
    data = written(stated, "latin-1", "plain")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        seg = hd.seg.segread(data)
        assert seg.get_segment_description(1).segment_label == "plain"
        assert seg.findings == ()


@given(value=st.binary(max_size=40))
def test_any_bytes_are_a_character_set_that_is_known_or_not(value: bytes) -> None:
    assert unknown_terms(value) in (True, False)


def test_texts_that_nobody_has_asked_for_keep_their_character_set_in_descriptions_and_concepts() -> None:
    seg = hd.seg.segread(written(UTF_8, "utf-8", "größer"))
    assert seg.PatientID is not None  # somebody has looked into the object
    assert seg.get_segment_description(1).segment_label == "größer"
    dataset = dcmread(io.BytesIO(written(UTF_8, "utf-8", "größer")))
    item = dataset.SegmentSequence[0].SegmentedPropertyTypeCodeSequence[0]
    assert hd.sr.CodedConcept.from_dataset(item).meaning == "größer"
