"""Functional groups are written by columns; pydicom's items, made one by one, are the same bytes."""

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from pydicom.dataset import Dataset
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_dataset
from pydicom.sr.codedict import codes

from dicomsegcodec import functional_groups
from dicomsegcodec.encodings import SegmentationType
from dicomsegcodec.frames import FrameTable
from dicomsegcodec.functional_groups import write_per_frame
from dicomsegcodec.geometry import Planes
from dicomsegcodec.slides import SlideOffsets, SlideTiles
from dicomsegcodec.source_references import SourceReferences

UIDS = st.integers(0, 10**40).map(lambda n: f"1.2.{n}")
NUMBERS = st.one_of(
    st.integers(-999, 999).map(str),
    st.floats(-999, 999, allow_subnormal=False).map(lambda v: f"{v:.9g}"[:16]),
)


@st.composite
def planes_anywhere(draw: st.DrawFn) -> Planes:
    """Return planes whose texts are of any length: of a patient, at several times, or tiles of a slide."""
    count = draw(st.integers(1, 6))
    if draw(st.booleans()):
        corners = draw(st.lists(st.tuples(*[st.integers(0, 10**6)] * 2), min_size=count, max_size=count))
        offsets = ["\\".join(draw(st.tuples(*[NUMBERS] * 3))) for _ in range(count)]
        return SlideTiles(
            positions=SlideOffsets.of_texts(offsets),
            orientation="0\\-1\\0\\-1\\0\\0",
            spacing="1\\1",
            shape=(4, 4),
            matrix=(10**7, 10**7),
            corners=np.array(corners),
            origin="0\\0\\0",
        )
    places = [
        f"0\\0\\{z}" for z in draw(st.lists(st.integers(-999, 999), min_size=1, unique=True, max_size=4))
    ]
    places = [f"{draw(NUMBERS)}{place[1:]}" if len(places) == 1 else place for place in places]
    planes = Planes(places, "1\\0\\0\\0\\1\\0", "1\\1", (4, 4))
    if draw(st.booleans()):
        pairs = draw(st.lists(st.tuples(st.sampled_from(places), st.integers(1, 9)), min_size=1, unique=True))
        texts, times = zip(*pairs, strict=True)
        return replace(planes, positions=texts, time_points=times)
    return planes


@st.composite
def references_of(draw: st.DrawFn, planes: int) -> SourceReferences:
    images = tuple(
        draw(st.lists(st.tuples(st.sampled_from(("1.2.3", "1.2.34")), UIDS), min_size=1, max_size=4))
    )
    row = st.tuples(
        st.integers(0, planes - 1),
        st.integers(0, len(images) - 1),
        st.one_of(st.just(0), st.integers(1, 12345)),
        st.booleans(),
    )
    rows = sorted(draw(st.lists(row, max_size=9)), key=lambda one: one[0])
    plane, image, number, preserved = np.array(rows, np.int64).reshape(-1, 4).T
    return SourceReferences(images, plane, image, number, preserved.astype(bool))


def item_of(
    planes: Planes, plane: int, sources: list, segment: int, index: list[int], labelmap: bool
) -> Dataset:
    """Return what a frame's item should hold, the plain way."""
    frame, content, position = Dataset(), Dataset(), Dataset()
    frame.DerivationImageSequence = []
    if sources:
        derivation = Dataset()
        derivation.DerivationCodeSequence = [coded("113076", "DCM", "Segmentation")]
        derivation.SourceImageSequence = []
        for sop_class, sop_instance, number, preserved in sources:
            source = Dataset()
            source.ReferencedSOPClassUID, source.ReferencedSOPInstanceUID = sop_class, sop_instance
            if number:
                source.ReferencedFrameNumber = number
            source.SpatialLocationsPreserved = "YES" if preserved else "NO"
            purpose = codes.DCM.SourceImageForImageProcessingOperation
            source.PurposeOfReferenceCodeSequence = [coded(*purpose[:3])]
            derivation.SourceImageSequence.append(source)
        frame.DerivationImageSequence = [derivation]
    if planes.time_points:
        content.TemporalPositionIndex = planes.time_points[plane]
    content.DimensionIndexValues = index
    frame.FrameContentSequence = [content]
    if isinstance(planes, SlideTiles):
        for axis, text in zip("XYZ", planes.positions[plane].split("\\"), strict=True):
            setattr(position, f"{axis}OffsetInSlideCoordinateSystem", text)
        row, column = planes.corners[plane].tolist()
        position.RowPositionInTotalImagePixelMatrix = row + 1
        position.ColumnPositionInTotalImagePixelMatrix = column + 1
        frame.PlanePositionSlideSequence = [position]
    else:
        position.ImagePositionPatient = planes.positions[plane].split("\\")
        frame.PlanePositionSequence = [position]
    if not labelmap:
        frame.SegmentIdentificationSequence = [Dataset()]
        frame.SegmentIdentificationSequence[0].ReferencedSegmentNumber = segment
    return frame


def coded(value: str, scheme: str, meaning: str) -> Dataset:
    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = value, scheme, meaning
    return code


def bytes_of(items: list[Dataset]) -> bytes:
    holder = Dataset()
    holder.PerFrameFunctionalGroupsSequence = items
    file = DicomBytesIO()
    file.is_little_endian, file.is_implicit_VR = True, False
    write_dataset(file, holder)
    return file.getvalue()[12:]


def ranks(values: list) -> list[int]:
    known = sorted(set(values))
    return [known.index(value) + 1 for value in values]


@given(planes=planes_anywhere(), data=st.data(), kind=st.sampled_from(list(SegmentationType)))
def test_items_by_columns_are_what_pydicom_makes_one_by_one(
    planes: Planes, data: st.DataObject, kind: SegmentationType
) -> None:
    labelmap = kind is SegmentationType.LABELMAP
    references = data.draw(references_of(len(planes)))
    segments = [1, 2, 7]
    frame = st.tuples(st.sampled_from([0] if labelmap else segments), st.integers(0, len(planes) - 1))
    rows = data.draw(st.lists(frame, min_size=1, max_size=12))
    segment, plane = (list(column) for column in zip(*rows, strict=True))
    if isinstance(planes, SlideTiles):
        dimensions = [ranks(planes.corners[plane, axis].tolist()) for axis in (0, 1)]
    else:
        dimensions = [ranks([-float(planes.positions[p].split("\\")[2]) for p in plane])]
        if planes.time_points:
            dimensions.insert(0, ranks([planes.time_points[p] for p in plane]))
    if not labelmap:
        dimensions.insert(0, [segments.index(n) + 1 for n in segment])
    items = [
        item_of(planes, p, references.of_plane(p), s, list(index), labelmap)
        for s, p, index in zip(segment, plane, zip(*dimensions, strict=True), strict=True)
    ]
    table = FrameTable(np.array(segment, np.uint16), np.array(plane, np.int32))
    assert bytes(write_per_frame(table, planes, references, segments, kind)) == bytes_of(items)


def test_it_does_not_matter_how_many_frames_are_made_at_once(monkeypatch) -> None:
    tiles = SlideTiles.covering(
        (300, 1100),
        (10, 10),
        origin="8.5\\12\\0",
        orientation="0.6\\0.8\\0\\-0.8\\0.6\\0",
        spacing="0.25\\0.25",
        frame_of_reference="1.2",
    )
    generator = np.random.default_rng(0)
    table = FrameTable(
        generator.integers(1, 3, 5000).astype(np.uint16),
        generator.integers(0, len(tiles), 5000).astype(np.int32),
    )
    number = np.arange(len(tiles))
    references = SourceReferences(
        (("1.2.3", "1.2.3.4"),), number, np.zeros_like(number), number + 1, np.ones(len(tiles), bool)
    )
    values = []
    for at_once in (64, 10**6):
        monkeypatch.setattr(functional_groups, "_FRAMES_AT_ONCE", at_once)
        values.append(write_per_frame(table, tiles, references, [1, 2], SegmentationType.BINARY))
    assert values[0] == values[1]


@given(st.lists(st.tuples(*[NUMBERS] * 3), max_size=9), st.data())
def test_offsets_keep_their_decimal_strings(texts: list[tuple[str, str, str]], data: st.DataObject) -> None:
    given_texts = ["\\".join(parts) for parts in texts]
    offsets = SlideOffsets.of_texts(given_texts)
    assert list(offsets) == given_texts
    order = data.draw(st.lists(st.integers(0, len(texts) - 1), max_size=9)) if texts else []
    assert list(offsets[np.array(order, np.int64)]) == [given_texts[i] for i in order]
    assert list(offsets[1:3]) == given_texts[1:3]
