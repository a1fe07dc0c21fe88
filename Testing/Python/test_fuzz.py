"""Files damaged at random, byte by byte and element by element: nothing but errors of ours comes out.

`make fuzz` does the same with a fuzzer that looks for new ways through the code; see Testing/Fuzz.
"""

import copy
import io

import pydicom
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydicom import dcmread, dcmwrite
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

from damage import read_everything, seeds
from dicomsegcodec.lenient import DAMAGE

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")

names = st.sampled_from(sorted(seeds()))
every_seed = pytest.mark.parametrize("name", sorted(seeds()))


@every_seed
def test_an_undamaged_object_is_read(name: str) -> None:
    assert read_everything(seeds()[name]) >= 8


# --- bytes --------------------------------------------------------------------------------------------------

INTERESTING = (
    *(
        b"\0",
        b"\x01",
        b"\x7f",
        b"\x80",
        b"\xff",
        b"\xff\xff",
        b"\0\0\0\0",
        b"\xff\xff\xff\xff",
        b"\xfe\xff\xff\xff",
    ),
    *(b"\xfe\xff\0\xe0", b"\xfe\xff\x0d\xe0", b"\xfe\xff\xdd\xe0", b"\xfe\xff\0\xe0\xff\xff\xff\xff"),
    *(
        b"SQ\0\0\xff\xff\xff\xff",
        b"UN\0\0\xff\xff\xff\xff",
        b"OB\0\0",
        b"UL",
        b"DS",
        b"IS",
        b"nan",
        b"1e999",
        b"\\",
    ),
)


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """Return a file with bytes changed, cut off, cut out, doubled, or taken from another one."""
    data = bytearray(seeds()[draw(names)])
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(data)))
        length = draw(st.integers(0, 40))
        match draw(
            st.sampled_from(("flip", "insert", "overwrite", "cut out", "cut off", "double", "splice"))
        ):
            case "flip" if at < len(data):
                data[at] ^= 1 << draw(st.integers(0, 7))
            case "insert":
                data[at:at] = draw(st.sampled_from(INTERESTING) | st.binary(max_size=12))
            case "overwrite":
                new = draw(st.sampled_from(INTERESTING) | st.binary(max_size=12))
                data[at : at + len(new)] = new
            case "cut out":
                del data[at : at + length]
            case "cut off":
                del data[at:]
            case "double":
                data[at:at] = data[at : at + length]
            case "splice":
                other = seeds()[draw(names)]
                start = draw(st.integers(0, len(other)))
                data[at:at] = other[start : start + length]
    return bytes(data)


@given(data=damaged())
def test_damaged_bytes_end_in_errors_of_ours(data: bytes) -> None:
    read_everything(data)


# --- elements -----------------------------------------------------------------------------------------------

NUMBERS = st.sampled_from((0, 1, 2, 7, 8, 255, 256, 65535)) | st.integers(0, 65535)
TEXTS = st.sampled_from(
    (
        "",
        " ",
        "x",
        "0",
        "-1",
        "1",
        "2",
        "2147483647",
        "99999999999999",
        "nan",
        "inf",
        "1e308",
        "-1e-308",
        "1.5",
        "YES",
    )
) | st.text(st.characters(max_codepoint=255), max_size=20)
VALUES = {
    "US": NUMBERS,
    "UL": st.sampled_from((0, 1, 2**31, 2**32 - 1)) | st.integers(0, 2**32 - 1),
    "SL": st.sampled_from((0, -1, 1, 2**31 - 1, -(2**31))),
    "AT": st.sampled_from((0, 0x00200032, 0x0062000B, 0x52009230, 0xFFFFFFFF)),
    "OB": st.binary(max_size=60),
    "OW": st.binary(max_size=30).map(lambda value: value * 2),
}
KEYWORDS = (
    *(
        "Rows",
        "Columns",
        "NumberOfFrames",
        "BitsAllocated",
        "BitsStored",
        "SamplesPerPixel",
        "PixelPaddingValue",
    ),
    *(
        "SegmentationType",
        "MaximumFractionalValue",
        "SegmentNumber",
        "SegmentLabel",
        "ReferencedSegmentNumber",
    ),
    *(
        "ImagePositionPatient",
        "ImageOrientationPatient",
        "PixelSpacing",
        "SliceThickness",
        "SpacingBetweenSlices",
    ),
    *("DimensionOrganizationType", "TotalPixelMatrixRows", "TotalPixelMatrixColumns", "DimensionIndexValues"),
    *(
        "RowPositionInTotalImagePixelMatrix",
        "ReferencedSOPInstanceUID",
        "ReferencedFrameNumber",
        "SegmentsOverlap",
    ),
    *("SpecificCharacterSet", "PixelRepresentation", "RecommendedDisplayCIELabValue", "FrameOfReferenceUID"),
    *("SegmentSequence", "SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence", "PixelData"),
    *(
        "ReferencedSeriesSequence",
        "DerivationImageSequence",
        "PlanePositionSequence",
        "PixelMeasuresSequence",
    ),
    *("SegmentIdentificationSequence", "ExtendedOffsetTable", "ExtendedOffsetTableLengths", "TrackingUID"),
)


def datasets_in(dataset: Dataset) -> list[Dataset]:
    """Return a data set and all that are in it."""
    found = [dataset]
    for element in dataset:
        if element.VR == "SQ":
            for item in element.value:
                found += datasets_in(item)
    return found


def change(draw: st.DrawFn, dataset: Dataset) -> None:
    """Change, remove, double or add one element or item anywhere."""
    target = draw(st.sampled_from(datasets_in(dataset)))
    known = [element.tag for element in target]
    deed = draw(st.sampled_from(("value", "value", "remove", "add", "items", "private", "another VR")))
    if deed == "private":
        target.add_new(
            0x00991001, draw(st.sampled_from(("LO", "UN", "SQ"))), draw(st.sampled_from(("", None)))
        )
    elif deed == "add" or not known:
        keyword = draw(st.sampled_from(KEYWORDS))
        vr = pydicom.datadict.dictionary_VR(keyword).split(" ")[0]
        value = [] if vr == "SQ" else draw(values(vr))
        target[keyword] = DataElement(keyword, vr, value)
    else:
        tag = draw(st.sampled_from(known))
        element = target[tag]
        if deed == "remove":
            del target[tag]
        elif element.VR == "SQ":
            items = list(element.value)
            match draw(st.sampled_from(("none", "first", "double", "reverse"))):
                case "none":
                    items = []
                case "first":
                    items = items[:1]
                case "double":
                    items += copy.deepcopy(items)
                case "reverse":
                    items.reverse()
            target[tag] = DataElement(tag, "SQ", items)
        else:
            vr = (
                draw(st.sampled_from(("US", "DS", "LO", "UN", "OB", "UI")))
                if deed == "another VR"
                else element.VR
            )
            target[tag] = DataElement(tag, vr, draw(values(vr)))


def values(vr: str) -> st.SearchStrategy:
    one = VALUES.get(vr, st.binary(max_size=30) if vr in ("UN", "OV", "OF") else TEXTS)
    return one if vr in ("OB", "OW", "UN", "OV", "OF") else one | st.lists(one, max_size=7)


@st.composite
def rewritten(draw: st.DrawFn) -> bytes:
    """Return a file with changed elements, written by pydicom, which leaves its form whole."""
    plain = ("binary Explicit VR Little Endian", "fractional", "labelmap-words", "labelmap-16", "tiles")
    dataset = dcmread(io.BytesIO(seeds()[draw(st.sampled_from(plain))]))
    with pydicom.config.disable_value_validation():
        try:
            for _ in range(draw(st.integers(1, 5))):
                change(draw, dataset)
            dataset.file_meta.TransferSyntaxUID = draw(
                st.sampled_from((ExplicitVRLittleEndian, ImplicitVRLittleEndian))
            )
            file = io.BytesIO()
            dcmwrite(file, dataset)
        except DAMAGE:
            assume(False)  # pydicom does not write it
    return file.getvalue()


@given(data=rewritten())
def test_objects_that_make_no_sense_end_in_errors_of_ours(data: bytes) -> None:
    read_everything(data)
